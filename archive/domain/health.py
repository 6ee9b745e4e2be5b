"""How an outlet's visits go → words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.domain.model import Presence
from archive.domain.soft404 import Answer
from archive.domain.urls import InvalidUrl, normalise

HONEST = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How visits of articles went."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: presence and kind of sighting → visits

    @property
    def count(self) -> int:
        """All visits that were settled."""
        return sum(self.counts.values())

    @property
    def kinds(self) -> dict[str, int]:
        """Kind of sighting → visits, the most frequent first."""
        return {kind: n for (_, kind), n in sorted(self.counts.items(), key=lambda each: (-each[1], each[0]))}

    def of(self, *presences: Presence) -> int:
        """Visits that found one of these."""
        return sum(n for (presence, _), n in self.counts.items() if presence in presences)

    def most(self, presence: Presence) -> str:
        """The kind of these that was met most often; empty where none was."""
        met = {kind: n for (found, kind), n in self.counts.items() if found == presence}
        return max(met, key=lambda kind: (met[kind], kind), default="")

    @property
    def success(self) -> float | None:
        """Share of visits that told whether the article was there; None where there were none."""
        return self._share(Presence.PRESENT, Presence.GONE)

    @property
    def blocked(self) -> float | None:
        """Share of visits that met a barrier."""
        return self._share(Presence.BARRIER)

    @property
    def failed(self) -> float | None:
        """Share of visits that reached nobody."""
        return self._share(Presence.UNREACHABLE)

    def _share(self, *presences: Presence) -> float | None:
        return self.of(*presences) / self.count if self.count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSeed:
    """A seed whose last answer was none that could be read."""

    url: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOutage:
    """What an outlet suffers from now."""

    presence: str
    why: str
    began: datetime
    offline: datetime | None  #: since when the outlet is held to be offline


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """robots.txt of one of an outlet's origins, as last read."""

    origin: str
    at: datetime
    status: int | None
    trouble: str

    @property
    def words(self) -> str:
        """What it means for us (RFC 9309 section 2.3.1)."""
        if self.status is not None and 200 <= self.status < 300:
            return "read and obeyed"
        if self.status is not None and 400 <= self.status < 500:
            return f"there is none ({self.status}): everything may be fetched"
        said = f"answered {self.status}" if self.status is not None else self.trouble or "no answer"
        return f"unreachable ({said.replace('_', ' ')}): nothing may be fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How it stands with one outlet."""

    outlet: str
    paused: bool
    articles: Mapping[str, int]  #: standing → articles
    straight: Looks
    vantages: Mapping[str, Looks]  #: the label of another way out → visits by it
    last_good: datetime | None  #: the last straight visit, of all times, that told whether an article was there
    overdue: int  #: articles whose check is due
    lag_median: timedelta | None  #: of those
    lag_max: timedelta | None
    outage: OpenOutage | None
    failing: tuple[FailingSeed, ...]
    sibling: Answer | None  #: the last answer to an address that cannot exist
    robots: tuple[Robots, ...]
    forbidden: int  #: fetches of any kind that robots.txt forbade

    @property
    def count(self) -> int:
        """All articles that are watched."""
        return sum(self.articles.values())


#: What is written down of a seed that could be read: `crawler.spiders.base`.
_READ = re.compile(r"\d+ articles, \d+ new\b|not modified$")


def was_read(outcome: str) -> bool:
    """Whether the last fetch of a seed brought a list of articles; one that was never fetched does not fail."""
    return not outcome or _READ.match(outcome) is not None


def honesty(answer: Answer | None) -> str:
    """How an outlet says that there is no such page."""
    if answer is None or answer.status is None:
        return "unknown"
    if answer.status in HONEST:
        return f"tells {answer.status} honestly"
    if not 200 <= answer.status < 300:
        return f"answers {answer.status} to what cannot exist"
    if _plain(answer.final_url) == _plain(answer.url):
        return f"answers {answer.status} to what cannot exist"
    return f"redirects what cannot exist to {answer.final_url}"


def _plain(url: str) -> str:
    try:
        return normalise(url)
    except InvalidUrl:
        return url


def sentence(health: Health) -> str:
    """The state of an outlet in a few words, the gravest first."""
    if health.paused:
        return "paused"
    if health.outage is not None:
        if health.outage.offline is not None:
            return f"offline since {_day(health.outage.offline)}: {health.outage.why}"
        return f"outage since {_day(health.outage.began)}: {health.outage.why}"
    looks = health.straight
    said = [
        f"{share:.0%} {words}, mostly {looks.most(presence).replace('_', ' ')}"
        for share, presence, words in (
            (looks.blocked, Presence.BARRIER, "blocked"),
            (looks.failed, Presence.UNREACHABLE, "unreachable"),
        )
        if share
    ]
    if health.failing:
        said.append(f"{_many(len(health.failing), 'seed')} cannot be read")
    if not said and not looks.count:
        return "not looked at lately" if health.count else "no articles yet"
    return "; ".join(said) or "well"


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
