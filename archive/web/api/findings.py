"""What was found out, over the API: changes, notices, takedowns, and where words stand or stood."""

from __future__ import annotations

import enum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from archive.db import findings, notices, outlets, searching, walks
from archive.db.searching import Scope
from archive.db.takedowns import Verdict, Wanted
from archive.domain.kinds import Kind
from archive.domain.model import Reason, Standing
from archive.domain.searchable import Query as Words
from archive.errors import NothingFound
from archive.shapes.findings import ChangeRow, HitRow, NoticeRow, change_row, hit_row, notice_row
from archive.shapes.takedowns import TakedownRow, outlet_outage_row, verdict_row
from archive.web.api.answers import Desk, Listed, answer, desk, page, whole
from archive.web.api.asked import Cursor, Id, Limit, Outlet, Since, Until, text

router = APIRouter(tags=["findings"])

At = Annotated[Desk, Depends(desk)]
_WORDS = "words, all of which must be there; phrases in double quotes"


@router.get("/changes", response_model=Listed[ChangeRow])
def list_changes(
    request: Request,
    at: At,
    outlet: Outlet = None,
    kind: Annotated[list[Kind], Query(max_length=20, description="Only of this kind, among others.")] = [],  # noqa: B006
    min_weight: Annotated[float, Query(ge=0, le=1, description="Only of at least this weight.")] = 0.0,
    stealth: Annotated[
        bool | None, Query(description="Only what the page does not declare, or only the rest.")
    ] = None,
    language: Annotated[
        str | None, Query(pattern="^[a-z]{2,3}$", description="Only where the later wording is in it (ISO 639).")
    ] = None,
    removed: Annotated[str | None, text(f"Only what took these out: {_WORDS}.")] = None,
    added: Annotated[str | None, text(f"Only what put these in: {_WORDS}.")] = None,
    superseded: Annotated[bool, Query(description="Also those that a later one tells of.")] = False,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Changes of wording, the latest first. A page may hold less than `limit`, or nothing, and still go on."""
    wanted = walks.Wanted(
        outlet=outlet,
        kinds=tuple(one.value for one in kind),
        min_weight=min_weight,
        stealth=stealth,
        language=language,
        removed=removed,
        added=added,
        superseded=superseded,
        since=since,
        until=until,
    )
    with at.database.read() as connection:
        found = walks.changes(connection, wanted, cursor=cursor, limit=limit)
    return page(request, found, [change_row(one) for one in found.items])


@router.get("/changes/{id}", response_model=ChangeRow)
def one_change(request: Request, at: At, id: Id) -> Response:  # noqa: A002 - as the path has it
    """A change; `/diff?change=ID` shows it, `/evidence/change/ID` proves it."""
    with at.database.read() as connection:
        found = findings.change(connection, id)
    if found is None:
        raise NothingFound(f"change {id}: there is none of this id here")
    return answer(request, change_row(found))


@router.get("/notices", response_model=Listed[NoticeRow])
def list_notices(
    request: Request, at: At, outlet: Outlet = None, since: Since = None, until: Until = None, limit: Limit = 50
) -> Response:
    """What is said once of many articles (redesigns), the latest first."""
    with at.database.read() as connection:
        if outlet is not None:
            outlets.by_name(connection, outlet)
        found = notices.listed(connection, outlet=outlet, since=since, until=until, limit=limit)
    return whole(request, [notice_row(one) for one in found])


@router.get("/takedowns", response_model=Listed[TakedownRow])
def list_takedowns(
    request: Request,
    at: At,
    outlet: Outlet = None,
    standing: Annotated[list[Standing], Query(max_length=10, description="Only of this standing.")] = [],  # noqa: B006
    reason: Annotated[list[Reason], Query(max_length=10, description="Only for this reason.")] = [],  # noqa: B006
    everything: Annotated[bool, Query(description="Whatever is not live, also what only cannot be seen.")] = False,
    restored: Annotated[bool, Query(description="Also what is there again.")] = False,
    hints: Annotated[
        bool, Query(description="Also what is there, and of which a hint says that it may go.")
    ] = False,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What was taken down or is suspected to be, and outages, the latest first, each with what it rests on."""
    wanted = Wanted(
        outlet=outlet,
        standings=tuple(one.value for one in standing),
        reasons=tuple(one.value for one in reason),
        everything=everything,
        restored=restored,
        hints=hints,
        since=since,
        until=until,
    )
    with at.database.read() as connection:
        if outlet is not None:
            outlets.by_name(connection, outlet)
        found = walks.takedowns(connection, wanted, cursor=cursor, limit=limit)
    rows = [verdict_row(one) if isinstance(one, Verdict) else outlet_outage_row(one) for one in found.items]
    return page(request, found, rows)


class Where(enum.StrEnum):
    """Where words are searched for."""

    STOOD = "stood"
    REMOVED = "removed"
    ADDED = "added"


_Q = text(f"What is searched for: {_WORDS}.")
_WHERE = Query(alias="in", description="In all that ever stood, or in what changes removed or added.")
_THERE = Query(description="Only where the words stand to this day, or only where they do not.")


@router.get("/search", response_model=Listed[HitRow])
def search(
    request: Request,
    at: At,
    q: Annotated[str, _Q],
    where: Annotated[Where, _WHERE] = Where.STOOD,
    there: Annotated[bool | None, _THERE] = None,
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Articles in which words ever stood, each by its latest version with them; or changes; the newest first."""
    words, scope = Words.read(q), Scope(outlet=outlet, since=since, until=until)
    with at.database.read() as connection:
        if outlet is not None:
            outlets.by_name(connection, outlet)
        if where is Where.STOOD:
            found = walks.stood(connection, words, scope, there=there, cursor=cursor, limit=limit)
        else:
            field = searching.Field(where.value)
            found = walks.changed(connection, words, field, scope, there=there, cursor=cursor, limit=limit)
    return page(request, found, [hit_row(one) for one in found.items])


class Facets(BaseModel):
    """How many hits a search has, by what became of the words."""

    stood: int = Field(description="Articles in which the words ever stood.")
    there: int = Field(description="Of those, in which they stand to this day.")
    gone: int = Field(
        description="Of those, in which they do not: they were removed, or the article is not there."
    )
    removed: int = Field(description="Changes that took the words out.")
    added: int = Field(description="Changes that put them in.")
    at_least: bool = Field(description="There are so many that not all were counted.")


@router.get("/search/facets", response_model=Facets)
def facets(
    request: Request,
    at: At,
    q: Annotated[str, _Q],
    outlet: Outlet = None,
    since: Since = None,
    until: Until = None,
) -> Response:
    """How many hits a search has: still there, gone, removed, added. Counted are 2,000 of each at most."""
    words, scope = Words.read(q), Scope(outlet=outlet, since=since, until=until)
    with at.database.read() as connection:
        if outlet is not None:
            outlets.by_name(connection, outlet)
        found = searching.counted(connection, words, scope)
    return answer(
        request,
        {
            "stood": found.stood,
            "there": found.there,
            "gone": found.stood - found.there,
            "removed": found.removed,
            "added": found.added,
            "at_least": found.at_least,
        },
    )
