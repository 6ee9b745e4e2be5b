"""What can be told, and who wants to know of it: the values. Pure; `archive.domain.telling` brings them together.

An `Event` is one thing that can be told: a change, a step of a standing, a notice about a whole outlet, or a word
of the daemon about itself. A `Rule` says who wants to know of which.

A rule has three parts, and each that is given must hold of what it is about:

- *where*: outlets, articles, tags, dossiers. Any of the outlets and any of the articles …
- *which changes*: kinds, a least weight, stealth, words that went, words that came;
- *which standings*.

With some of the second part and none of the third it is about changes alone, with the third alone about standings,
with both about both, and with neither about everything. `docs/alerts.md` says it for people.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from archive.domain.kinds import Kind
from archive.domain.model import Standing
from archive.domain.redesigns import KIND as REDESIGN
from archive.domain.times import iso


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
    id: int  #: of the change, standing or notice, as the database had it then
    at: datetime
    text: str  #: in words, one line
    url: str = ""
    outlet: str = ""
    title: str = ""
    addresses: frozenset[str] = frozenset()  #: all that lead to it, of a notice to any article of the outlet
    tags: frozenset[str] = frozenset()  #: of the article, or articles; `dossier:NAME` where a dossier quotes it
    kinds: tuple[str, ...] = ()  #: of a change; of a notice its kind; `watch` of a word of the daemon
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
    mark: str = ""  #: what tells it from others of one article at one moment; of a word of the daemon its key

    @property
    def subject(self) -> str:
        """What it tells of, by which it is told once.

        Ids would not do: a database that is made anew gives others, and some of them for the second time.
        """
        if self.what is What.WATCH:
            return f"{self.what.value}:{self.mark}"
        of = self.outlet if self.what is What.NOTICE else self.url
        return ":".join(filter(None, (self.what.value, iso(self.at), self.mark, of)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who wants to know of what. Each condition that is given must hold; one that is empty always does."""

    name: str
    channels: tuple[str, ...]
    outlets: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()  #: addresses
    tags: tuple[str, ...] = ()
    dossiers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  #: of changes; or of notices, or `watch`
    min_weight: float = 0.0
    stealth: bool = False  #: only changes that the outlet says nothing of
    removed: tuple[str, ...] = ()  #: words or phrases, one of which a change must have taken away
    added: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    pace: Pace = Pace.AT_ONCE
    quiet: Quiet | None = None

    @property
    def picks_changes(self) -> bool:
        """Whether it says which changes."""
        return bool(self.kinds or self.min_weight or self.stealth or self.removed or self.added)


DOSSIER: Final = "dossier:"
"""What a tag begins with that says that a dossier quotes the article."""

WATCH: Final = "watch"
"""The kind of what the daemon says about itself."""

OUTAGES: Final[Mapping[str, frozenset[str]]] = {
    "outage": frozenset({Standing.UNREACHABLE, Standing.BARRED}),
    "outlet_offline": frozenset({Standing.UNREACHABLE, Standing.BARRED}),
    "outlet_back": frozenset({Standing.LIVE, Standing.MOVED}),
    "mass_removal": frozenset({Standing.MISSING, Standing.TAKEN_DOWN}),
}
"""Kinds of notices that tell of a standing for all articles, and of which: no step of one is told beside."""

KINDS: Final = (*Kind, REDESIGN, *OUTAGES, WATCH)
"""All that a rule's `kinds` may name."""


def sentence(rule: Rule) -> str:
    """What a rule is about, in words."""
    changes = list[str]()
    if rule.kinds:
        changes.append(_or(rule.kinds))
    if rule.stealth:
        changes.append("silent")
    if rule.min_weight:
        changes.append(f"weight {rule.min_weight:g} or more")
    for words, verb in ((rule.removed, "taken out"), (rule.added, "put in")):
        if words:
            changes.append(f"{_or([f'“{word}”' for word in words])} {verb}")
    what = ["changes: " + ", ".join(changes)] if changes else []
    if rule.standings:
        what.append("standing: " + _or(rule.standings))
    where = [
        f"{name} {_or(names)}"
        for name, names in (
            ("at", rule.outlets),
            ("of", rule.articles),
            ("tagged", rule.tags),
            ("quoted in", rule.dossiers),
        )
        if names
    ]
    return "; ".join([" and ".join(what) or "everything", *where])


def _or(names: Sequence[str]) -> str:
    return " or ".join(names).replace("_", " ")
