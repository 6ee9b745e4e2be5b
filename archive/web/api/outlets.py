"""Outlets over the API: what is watched, how visits go, edits and takedowns by day, how long articles stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from archive import overview
from archive.db import gaps, health, outlets, sums, takedowns
from archive.db.engine import Connection
from archive.domain import survival
from archive.errors import Misuse
from archive.shapes.outlets import (
    HealthRow,
    OutletRow,
    WholeOutletRow,
    health_row,
    outlet_row,
    whole_outlet_row,
)
from archive.shapes.sums import DaysRow, SurvivalRow, days_row, survival_row
from archive.web.api.answers import Desk, Listed, answer, desk, whole
from archive.web.api.asked import TEXT, Since, Until

router = APIRouter(tags=["outlets"])

LATELY: Final = timedelta(days=30)
"""For so long back health is told, as by 'stet outlet health'."""

MOST: Final = timedelta(days=366)
"""For so long at most days are told one by one."""

Name = Annotated[str, Path(max_length=100, pattern=TEXT, description="The outlet's name.", examples=["herald"])]
At = Annotated[Desk, Depends(desk)]


@router.get("/outlets", response_model=Listed[OutletRow])
def list_outlets(request: Request, at: At, since: Since = None) -> Response:
    """All outlets that are watched, with their health; visits count from `since` on, by default for 30 days."""
    now = at.now()
    with at.database.read() as connection:
        told = {row["outlet"]: row for row in overview.outlets(connection, since or now - LATELY, now)}
        found = outlets.all_outlets(connection).values()
    return whole(request, [outlet_row(one, told[one.name]) for one in found])


@router.get("/outlets/{name}", response_model=WholeOutletRow)
def one_outlet(request: Request, at: At, name: Name, since: Since = None) -> Response:
    """An outlet: how it is watched, its seeds; health, outages and gaps since a time, by default 30 days ago."""
    now = at.now()
    begin = since or now - LATELY
    with at.database.read() as connection:
        outlet_id, outlet = outlets.by_name(connection, name)
        seeds = outlets.seeds_of(connection, outlet_id)
        told = _health(connection, outlet_id, name, begin, now)
    return answer(request, whole_outlet_row(outlet, seeds, told))


def _health(connection: Connection, outlet_id: int, name: str, since: datetime, now: datetime) -> HealthRow:
    [one] = health.of_outlets(connection, since, now, name)
    outages = takedowns.outages_listed(connection, outlet=name)
    return health_row(
        one,
        since=since,
        outages=[each for each in outages if each.row.ended is None or each.row.ended >= since],
        gaps=gaps.of_outlet(connection, outlet_id, since, now),
        controls=takedowns.controls_of(connection, outlet_id),
    )


@router.get("/outlets/{name}/days", response_model=DaysRow)
def days_of_outlet(request: Request, at: At, name: Name, since: Since = None, until: Until = None) -> Response:
    """Edits, stealth edits and takedowns of an outlet by day, and in all; by default of the last 30 days."""
    begin, end = _span(at, since, until)
    with at.database.read() as connection:
        outlet_id, _ = outlets.by_name(connection, name)
        found = sums.by_day(connection, begin, end, outlet_id=outlet_id)
    return answer(request, days_row(found))


@router.get("/days", response_model=DaysRow)
def days_of_all(request: Request, at: At, since: Since = None, until: Until = None) -> Response:
    """The same of all outlets together."""
    begin, end = _span(at, since, until)
    with at.database.read() as connection:
        found = sums.by_day(connection, begin, end)
    return answer(request, days_row(found))


def _span(at: Desk, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    end = until or at.now()
    begin = since or end - LATELY
    if begin > end:
        raise Misuse("since: it is later than until; exchange them")
    if end - begin > MOST:
        raise Misuse(f"since: days are told one by one for {MOST.days} of them at most; ask for less at once")
    return begin, end


@router.get("/outlets/{name}/survival", response_model=SurvivalRow)
def survival_of_outlet(request: Request, at: At, name: Name) -> Response:
    """How long its articles stand: the share that still does, by days since they were first seen."""
    with at.database.read() as connection:
        outlet_id, _ = outlets.by_name(connection, name)
        found = sums.lives(connection, outlet_id)
    return answer(request, survival_row(survival.curve(found)))
