"""What is sent, and how a channel says that it was not. Refuses to know what is told, and by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from archive.errors import StetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of one rule to one channel, in all the forms that channels take."""

    key: str  #: of the delivery; the same at every try, so that a receiver can tell a double
    rule: str
    channel: str
    at: datetime  #: when it was put together; the same at every try
    subject: str  #: one line
    text: str = field(repr=False)
    html: str = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)  #: as `webhook.schema.json` has it, but for what stands above


class Undelivered(StetError):
    """A channel did not take a message. `str(error)` is why, in one line and without secrets."""

    def __init__(self, why: str, *, permanent: bool = False, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.permanent = permanent  #: no later try can go better
        self.after = after  #: the receiver asks not to be tried again before so long
