"""What stands between a reader and a page: walls, challenges, blocks, parked domains. Pure.

Knows the marks that they leave in status, headers and mark-up. Refuses to judge whether an article is there:
that is for `archive.domain.sightings`, which knows its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.domain.model import Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """One that was recognised."""

    kind: str  #: `bot_challenge`, `court_or_provider_block`, `login`, `consent` … : `KINDS`
    why: str  #: in words, with who does it where that can be told
    sure: bool  #: certain by itself; else only where the article's words are not there


def barrier(
    *,
    status: int,
    headers: Sequence[tuple[str, str]],
    markup: str,
    url: str,
    page: Extraction | None,
) -> Barrier | None:
    """The barrier that an answer is, if it is one; `markup` is the body as text, `url` the final one."""
    del status, headers, markup, url, page
    return None
