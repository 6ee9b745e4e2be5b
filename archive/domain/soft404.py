"""How an outlet says "not found" with status 200: learnt from addresses that cannot exist. Pure.

After Bar-Yossef, Broder, Kumar and Tomkins, "Sic transit gloria telae", WWW 2004: ask for a sibling of the address
with a long random name, and compare status, redirect target and words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an outlet answered to an address that cannot exist."""

    shape: str  #: of the addresses beside it: `shape`
    url: str  #: as asked for
    at: datetime
    status: int | None  #: of the last hop; None: no answer
    final_url: str
    title: str = ""
    text: str = ""  #: what a reader would read of it
