"""robots.txt, after RFC 9309: what we may fetch, how far apart, and where sitemaps are.

Pure: reads text, asks `protego`, caches nothing and fetches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from protego import Protego

from archive.domain.model import Trouble

#: RFC 9309 section 2.5: "The parsing limit MUST be at least 500 kibibytes".
LIMIT = 500 * 1024

#: How long an unreachable robots.txt forbids everything before it is asked for again: soon enough that
#: a restart of the outlet's server costs no recrawl of minutes, late enough not to press a sick server.
UNREACHABLE_FOR = timedelta(minutes=10)

#: The product token that outlets can name in robots.txt (RFC 9309 section 2.2.1).
TOKEN = "stet"  # noqa: S105 - a name, no secret


ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin's robots.txt says to us."""

    rules: Protego | None  #: None: no rules at all
    unreachable: str = ""  #: why everything is forbidden for the time being
    until: datetime = ALWAYS  #: when it is to be asked for again

    def refusal(self, url: str) -> Trouble | None:
        """Why `url` may not be fetched; None where it may."""
        if self.unreachable:
            return Trouble.ROBOTS_UNREACHABLE
        if self.rules is None or self.rules.can_fetch(url, TOKEN):
            return None
        return Trouble.ROBOTS_FORBID

    @property
    def crawl_delay(self) -> float | None:
        """Crawl-delay in seconds (not in the RFC, but widely used)."""
        value = self.rules.crawl_delay(TOKEN) if self.rules is not None else None
        return float(value) if value is not None and 0 <= float(value) < 86_400 else None


def read(status: int | None, body: bytes, trouble: str = "") -> Robots:
    """Judge the answer to a request for robots.txt.

    RFC 9309 section 2.3.1: 2xx is parsed; "unavailable" (4xx) allows everything; "unreachable"
    (5xx or no answer) must be taken as a complete disallow; after too many redirects it may be
    taken as unavailable. 429 is an overloaded server and is treated as unreachable.
    """
    if trouble == Trouble.REDIRECT_LIMIT.value:
        return Robots(None)
    if trouble or status is None:
        return Robots(None, trouble or "no answer")
    if status >= 500 or status == 429:
        return Robots(None, f"answered {status}")
    if not 200 <= status < 300:
        return Robots(None)
    return Robots(Protego.parse(body[:LIMIT].decode("utf-8-sig", errors="replace")))


def lifetime(robots: Robots, max_age: timedelta) -> timedelta:
    """How long an answer holds: RFC 9309 section 2.4 allows 24 hours, an unreachable one is tried sooner."""
    return min(UNREACHABLE_FOR, max_age) if robots.unreachable else max_age
