"""The pages of outlets: how they are watched, how they do, and what becomes of their articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive.db import courses, gaps, health, sums, takedowns, walks
from archive.db import outlets as watched
from archive.db.courses import Visits
from archive.db.engine import Connection
from archive.db.sums import Day
from archive.db.takedowns import Outage, Verdict, Wanted
from archive.domain import survival
from archive.domain.gaps import Gap
from archive.domain.health import Health, honesty
from archive.domain.survival import Point
from archive.web.pages.frame import page
from archive.web.pages.room import Room

SPAN: Final = timedelta(days=60)
"""For so long back an outlet's page tells of days."""

SHOWN: Final = 10
FEW: Final = 5
"""Fewer articles that went make no curve that anybody should read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What was counted of an outlet."""

    health: Health
    visits: Sequence[Visits]
    days: Sequence[Day]
    gaps: Sequence[Gap]
    outages: Sequence[Outage]
    curve: Sequence[Point]

    @property
    def edits(self) -> int:
        """All edits of the span."""
        return sum(day.edits for day in self.days)

    @property
    def silent_share(self) -> float | None:
        """The share of them that no note on the page declares."""
        return sum(day.stealth for day in self.days) / self.edits if self.edits else None

    @property
    def taken_down(self) -> int:
        """Articles that were taken down within the span."""
        return sum(day.taken_down for day in self.days)

    @property
    def busy(self) -> Sequence[Day]:
        """The days on which anything was found, the latest first."""
        return [day for day in reversed(self.days) if day.edits or day.taken_down or day.restored]


class Outlets(Room):
    """The list of outlets, and each of them."""

    def list(self, request: Request) -> Response:
        """All outlets with their health."""
        now = self.views.now()
        with self.views.database.read() as connection:
            outlets, told = self.counted.outlets(connection), self.counted.health(connection, now)
        return page(request, "outlets.html", outlets=outlets, health=told, now=now)

    def one(self, request: Request) -> Response:
        """An outlet."""
        now, name = self.views.now(), request.path_params["name"]
        with self.views.database.read() as connection:
            outlet_id, outlet = watched.by_name(connection, name)
            seeds = watched.seeds_of(connection, outlet_id)
            course: Course = self.counted.numbers.get(
                ("outlet", outlet_id), lambda: _course(connection, outlet_id, name, now)
            )
            gone = walks.takedowns(connection, Wanted(outlet=name, restored=True), limit=SHOWN)
            outlets = self.counted.outlets(connection)
        return page(
            request,
            "outlet.html",
            name=name,
            outlet=outlet,
            seeds=seeds,
            course=course,
            gone=[one for one in gone.items if isinstance(one, Verdict)],
            honesty=honesty(course.health.sibling),
            few=FEW,
            span=SPAN.days,
            outlets=outlets,
            now=now,
        )


def _course(connection: Connection, outlet_id: int, name: str, now: datetime) -> Course:
    since = now - SPAN
    [told] = health.of_outlets(connection, since, now, name)
    visits = courses.visits_by_day(connection, outlet_id, since, now)
    days = sums.by_day(connection, since, now, outlet_id=outlet_id)
    return Course(
        health=told,
        visits=list(dropwhile(lambda day: not day.count, visits)),
        days=list(dropwhile(lambda day: not (day.edits or day.taken_down or day.restored), days)),
        gaps=gaps.of_outlet(connection, outlet_id, since, now)[::-1][:SHOWN],
        outages=takedowns.outages_listed(connection, outlet=name, limit=SHOWN),
        curve=survival.curve(sums.lives(connection, outlet_id)),
    )
