"""Sums over what was found: edits and takedowns by day, and how long articles stood. They only read.

Each is asked of one outlet, or of some days of all, and reads rows that an index gives; none reads the text of a
version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, case, func, select, type_coerce

from archive.db.tables import articles, changes, fetches, standings
from archive.domain.model import Standing
from archive.domain.survival import Lives
from archive.domain.verdicts import THERE

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_THERE: Final = sorted(standing.value for standing in THERE)


@dataclass(slots=True, kw_only=True)
class Day:
    """What was found on one day, in UTC."""

    day: date
    edits: int = 0
    stealth: int = 0  #: of the edits
    taken_down: int = 0
    restored: int = 0


def by_day(connection: Connection, since: datetime, until: datetime, *, outlet_id: int | None = None) -> list[Day]:
    """Edits and takedowns of each day from `since` to `until`, the days of nothing too; of all outlets, or of one.

    An edit that a later one tells of is not counted.
    """
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = {at: Day(day=at) for at in (first + timedelta(days=n) for n in range((last - first).days + 1))}
    for row in connection.execute(_edits(since, until, outlet_id)):
        day = days[_EPOCH + timedelta(days=row.day)]
        day.edits, day.stealth = row.edits, row.stealth or 0
    for row in connection.execute(_steps(since, until, outlet_id)):
        day = days[_EPOCH + timedelta(days=row.day)]
        day.taken_down, day.restored = row.taken_down or 0, row.restored or 0
    return list(days.values())


def _day(at: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(at, BigInteger) // _DAY_MS


def _edits(since: datetime, until: datetime, outlet_id: int | None) -> Any:
    of = changes.c
    query = select(
        _day(of.detected_at).label("day"),
        func.count().label("edits"),
        func.sum(case((of.stealth.is_(True), 1), else_=0)).label("stealth"),
    ).where(of.detected_at >= since, of.detected_at <= until, of.superseded_by.is_(None))
    return _of_outlet(query, of.article_id, outlet_id).group_by("day")


def _steps(since: datetime, until: datetime, outlet_id: int | None) -> Any:
    of = standings.c
    down = of.after == Standing.TAKEN_DOWN.value
    back = (of.before == Standing.TAKEN_DOWN.value) & of.after.in_(_THERE)
    query = select(
        _day(of.at).label("day"),
        func.sum(case((down, 1), else_=0)).label("taken_down"),
        func.sum(case((back, 1), else_=0)).label("restored"),
    ).where(of.at >= since, of.at <= until)
    return _of_outlet(query, of.article_id, outlet_id).group_by("day")


def _of_outlet(query: Any, article_id: ColumnElement[int], outlet_id: int | None) -> Any:
    if outlet_id is None:
        return query
    return query.join(articles, articles.c.id == article_id).where(articles.c.outlet_id == outlet_id)


def lives(connection: Connection, outlet_id: int) -> Lives:
    """How long the articles of an outlet stood, in whole days since each was first seen.

    One that was taken down stood until the first look that did not find it, whatever came later. Of the others
    nobody knows more than that they stood until they were last seen.
    """
    ended = (
        select(
            standings.c.article_id,
            func.min(
                func.coalesce(type_coerce(fetches.c.began, BigInteger), type_coerce(standings.c.at, BigInteger))
            ).label("at"),
        )
        .join(articles, articles.c.id == standings.c.article_id)
        .outerjoin(fetches, fetches.c.id == standings.c.evidence["first_bad"].as_integer())
        .where(articles.c.outlet_id == outlet_id, standings.c.after == Standing.TAKEN_DOWN.value)
        .group_by(standings.c.article_id)
        .subquery()
    )
    first = type_coerce(articles.c.first_seen, BigInteger)
    until = func.coalesce(ended.c.at, type_coerce(articles.c.last_seen, BigInteger))
    days = ((until - first) // _DAY_MS).label("days")
    gone = case((ended.c.at.is_not(None), 1), else_=0).label("gone")
    query = (
        select(days, gone, func.count().label("articles"))
        .select_from(articles)
        .outerjoin(ended, ended.c.article_id == articles.c.id)
        .where(articles.c.outlet_id == outlet_id, articles.c.first_seen.is_not(None))
        .group_by("days", "gone")
    )
    found = Lives({}, {})
    for row in connection.execute(query):
        of = found.gone if row.gone else found.seen
        day = max(row.days or 0, 0)
        of[day] = of.get(day, 0) + row.articles
    return found
