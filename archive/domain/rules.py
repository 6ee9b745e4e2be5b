"""What is told × alert rules → to whom and when. Pure.

An `Event` is one thing that can be told: a change, a step of a standing, a notice about a whole outlet, or a word
of the daemon about itself. A `Rule` says who wants to know of which.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, time


class What(enum.StrEnum):
    """The kinds of events."""

    CHANGE = "change"
    STANDING = "standing"
    NOTICE = "notice"  #: of a whole outlet: an outage, a redesign
    WATCH = "watch"  #: of the daemon itself: nothing was fetched for long


class Pace(enum.StrEnum):
    """How often a rule speaks."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nobody is told anything: from `start` up to `end`, perhaps over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that can be told, as it was known when it was found."""

    what: What
    id: int  #: of the change, standing or notice
    at: datetime
    text: str  #: in words, one line
    url: str = ""
    outlet: str = ""
    title: str = ""
    tags: frozenset[str] = frozenset()  #: of the article; `dossier:NAME` where a dossier quotes it
    kinds: tuple[str, ...] = ()  #: of a change; of a notice its kind
    weight: float = 0.0
    stealth: bool = False
    removed: str = ""  #: the words that went, one stretch a line
    added: str = ""
    standing: str = ""
    reason: str = ""
    before: str = ""  #: the standing before it
    from_at: datetime | None = None  #: when the earlier wording was last seen
    to_at: datetime | None = None  #: when the later one was first seen
    from_version: int | None = None  #: ids, for the diff
    to_version: int | None = None

    @property
    def subject(self) -> str:
        """What it tells of, by which it is told once."""
        return f"{self.what.value}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who wants to know of what. Each condition that is given must hold; one that is empty always does."""

    name: str
    channels: tuple[str, ...]
    outlets: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()  #: addresses
    tags: tuple[str, ...] = ()
    dossiers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  #: of changes
    min_weight: float = 0.0
    stealth: bool = False  #: only changes that the outlet says nothing of
    removed: tuple[str, ...] = ()  #: words, one of which a change must have taken away
    added: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    pace: Pace = Pace.AT_ONCE
    quiet: Quiet | None = None
