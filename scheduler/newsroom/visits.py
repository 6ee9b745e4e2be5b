"""The log of a pretend outlet: who asked for what, when, and when the answer was through.

Tests prove a crawler's politeness from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Visit:
    """One line of the log. `finished`: when the answer was sent or the client had left; None until then."""

    host: str
    method: str
    path: str  #: the target as sent, with its query
    headers: tuple[tuple[str, str], ...]
    scheme: str
    connection: int  #: counts connections from 1
    received: float  #: `time.monotonic()` when the head was complete
    at: datetime  #: the same moment on the wall clock, UTC
    status: int = 0
    sent: int = 0  #: bytes given to the socket
    finished: float | None = None  #: set just after the last byte, thus perhaps after the client has it

    def get(self, name: str) -> str:
        """The first value of request header `name`, or the empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(slots=True)
class VisitLog:
    """Every request, in the order received."""

    visits: list[Visit] = field(default_factory=list)

    def __iter__(self) -> Iterator[Visit]:
        return iter(list(self.visits))

    def __len__(self) -> int:
        return len(self.visits)

    def clear(self) -> None:
        """Forget what was; requests under way are forgotten too."""
        self.visits.clear()

    def requests_for(self, host: str, path: str | None = None) -> list[Visit]:
        """The visits of one host, or of one of its paths."""
        return [visit for visit in list(self.visits) if visit.host == host and path in (None, visit.path)]

    def overlaps(self, host: str) -> list[tuple[Visit, Visit]]:
        """Pairs of visits, each beginning before the one received earlier was answered in full."""
        pairs = []
        busy: Visit | None = None
        for visit in self.requests_for(host):
            if busy is not None and (busy.finished is None or visit.received < busy.finished):
                pairs.append((busy, visit))
            if busy is None or (busy.finished or visit.received) <= (visit.finished or float("inf")):
                busy = visit
        return pairs

    def gaps(self, host: str) -> list[float]:
        """Seconds from the end of each answer to the next request."""
        visits = self.requests_for(host)
        return [
            later.received - (earlier.finished or later.received) for earlier, later in itertools.pairwise(visits)
        ]
