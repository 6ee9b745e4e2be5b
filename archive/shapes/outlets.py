"""Outlets, their health, gaps and seeds as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import TypedDict

from archive.domain.health import honesty, sentence
from archive.overview import GapRow, OpenOutageRow, OutletStatus, RatesRow, gap_row, rates
from archive.shapes.takedowns import OutageRow, outage_row

if TYPE_CHECKING:
    from archive.db.outlets import SeedState
    from archive.db.takedowns import Controls, Outage
    from archive.domain.gaps import Gap
    from archive.domain.health import Health
    from archive.domain.model import Outlet


class HealthSummary(TypedDict):
    """How the visits of an outlet go, in short."""

    state: str
    """In words."""
    fetches: int
    success: str
    """The share of visits that told whether the article was there, in words; empty: there were none."""
    success_rate: float | None
    """The same as a share of 1."""
    block_rate: float | None
    """The share that met a barrier."""
    failure_rate: float | None
    """The share that reached nobody."""
    last_good: datetime | None
    overdue: int
    """Articles whose check is due."""
    outage: OpenOutageRow | None


class OutletRow(TypedDict):
    """An outlet that is watched."""

    name: str
    title: str
    domains: list[str]
    feeds: list[str]
    sitemaps: list[str]
    sections: list[str]
    seeds: int
    state: str
    """`watched`, `paused`, or since when it is closed; empty: it only comes with Stet."""
    health: HealthSummary | None


SUMMARY = tuple(HealthSummary.__annotations__)
"""What the list of outlets tells of the health of each; 'stet outlet health' tells the rest."""


def outlet_row(one: Outlet, health: OutletStatus | None) -> OutletRow:
    """An outlet; `health` is its row of `archive.overview.outlets`, where it is watched."""

    def of_kind(kind: str) -> list[str]:
        return [seed.url for seed in one.seeds if seed.kind.value == kind]

    state = "paused" if one.paused else f"closed {one.closed}" if one.closed else "watched" if health else ""
    return {
        "name": one.name,
        "title": one.title,
        "domains": list(one.domains),
        "feeds": of_kind("feed"),
        "sitemaps": of_kind("sitemap"),
        "sections": of_kind("section"),
        "seeds": len(one.seeds),
        "state": state,
        "health": _short(health) if health else None,
    }


def _short(health: OutletStatus) -> HealthSummary:
    given: Mapping[str, Any] = health
    return cast("HealthSummary", {key: given[key] for key in SUMMARY})


class SeedRow(TypedDict):
    """Where discovery starts, and how the last fetch of it went."""

    url: str
    kind: str
    """`feed`, `sitemap` or `section`."""
    checked: bool
    last_fetched: datetime | None
    last_outcome: str
    last_found: int
    """Links to articles in its last whole answer."""
    next_check: datetime | None


def seed_row(one: SeedState) -> SeedRow:
    """A seed."""
    return {
        "url": one.url,
        "kind": one.kind.value,
        "checked": one.checked,
        "last_fetched": one.last_fetched,
        "last_outcome": one.last_outcome,
        "last_found": one.last_found,
        "next_check": one.next_check,
    }


class LooksRow(RatesRow):
    """The same, with what the visits met."""

    kinds: dict[str, int]


class NotFoundRow(TypedDict):
    """How an outlet says that a page is not there."""

    says: str
    url: str | None
    at: datetime | None
    status: int | None


class ControlsRow(TypedDict):
    """What can speak for an outlet when one of its articles is missing."""

    articles: int
    last_seen: datetime | None
    front_page: datetime | None


class RobotsRow(TypedDict):
    """What robots.txt of an origin says to us."""

    origin: str
    at: datetime
    says: str


class FailingSeedRow(TypedDict):
    """A seed whose last answer could not be read."""

    url: str
    outcome: str
    at: datetime


class HealthRow(RatesRow):
    """How the visits of an outlet go."""

    outlet: str
    paused: bool
    state: str
    since: datetime
    """Visits are counted from here on."""
    articles: dict[str, int]
    """By standing."""
    kinds: dict[str, int]
    """What visits met."""
    vantages: dict[str, LooksRow]
    last_good: datetime | None
    overdue: int
    lag_median_s: float | None
    lag_max_s: float | None
    outages: list[OutageRow]
    gaps: list[GapRow]
    not_found: NotFoundRow
    controls: ControlsRow
    robots: list[RobotsRow]
    forbidden: int
    """Fetches that robots.txt forbade."""
    failing_seeds: list[FailingSeedRow]


def health_row(
    one: Health, *, since: datetime, outages: Sequence[Outage], gaps: Sequence[Gap], controls: Controls
) -> HealthRow:
    """The health of an outlet."""
    return {
        "outlet": one.outlet,
        "paused": one.paused,
        "state": sentence(one),
        "since": since,
        "articles": dict(one.articles),
        **rates(one.straight),
        "kinds": one.straight.kinds,
        "vantages": {label: {**rates(seen), "kinds": seen.kinds} for label, seen in one.vantages.items()},
        "last_good": one.last_good,
        "overdue": one.overdue,
        "lag_median_s": one.lag_median.total_seconds() if one.lag_median is not None else None,
        "lag_max_s": one.lag_max.total_seconds() if one.lag_max is not None else None,
        "outages": [outage_row(each) for each in outages],
        "gaps": [gap_row(gap) for gap in gaps],
        "not_found": {
            "says": honesty(one.sibling),
            "url": one.sibling.url if one.sibling else None,
            "at": one.sibling.at if one.sibling else None,
            "status": one.sibling.status if one.sibling else None,
        },
        "controls": {
            "articles": controls.articles,
            "last_seen": controls.last_seen,
            "front_page": controls.front_page,
        },
        "robots": [{"origin": each.origin, "at": each.at, "says": each.words} for each in one.robots],
        "forbidden": one.forbidden,
        "failing_seeds": [{"url": seed.url, "outcome": seed.outcome, "at": seed.at} for seed in one.failing],
    }


class WholeOutletRow(TypedDict):
    """An outlet: how it is watched, its seeds, and its health."""

    name: str
    title: str
    aliases: list[str]
    domains: list[str]
    home: str
    """Its front page."""
    languages: list[str]
    delay: float | None
    """Seconds between fetches of one host; null: as the settings say."""
    concurrency: int
    obey_robots: bool
    paused: bool
    closed: str
    """Since when it publishes nothing any more."""
    notes: str
    seeds: list[SeedRow]
    health: HealthRow


def whole_outlet_row(one: Outlet, seeds: Sequence[SeedState], health: HealthRow) -> WholeOutletRow:
    """All of an outlet."""
    return {
        "name": one.name,
        "title": one.title,
        "aliases": list(one.aliases),
        "domains": list(one.domains),
        "home": one.home,
        "languages": list(one.languages),
        "delay": one.delay,
        "concurrency": one.concurrency,
        "obey_robots": one.obey_robots,
        "paused": one.paused,
        "closed": one.closed,
        "notes": one.notes,
        "seeds": [seed_row(each) for each in seeds],
        "health": health,
    }
