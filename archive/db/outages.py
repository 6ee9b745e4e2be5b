"""When many articles of an outlet failed together: the last looks at them, and the table `outages`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, literal, or_, select, tuple_

from archive.db.rows import insert_id
from archive.db.tables import articles, fetches, outages, outlets
from archive.domain.model import Presence, Role, Standing
from archive.domain.outages import ENOUGH, WINDOW, Look, Outage

FRONT: Final = timedelta(days=90)
"""For so long back a front page is looked for: it was last there before an outlet went offline."""

LOOKS: Final = 1000
"""Articles of an outlet that are looked back at, those looked at last. Chosen: a pass over a large outlet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One outage of an outlet, as the database holds it."""

    id: int
    outlet_id: int
    outlet: str
    title: str  #: of the outlet
    home: str  #: its front page, or nothing
    outage: Outage
    why: str  #: what was told of it last, in words
    told: datetime | None  #: when it had lasted long enough to be told
    ended: datetime | None


_SELECT = select(outages, outlets.c.name.label("outlet"), outlets.c.declaration).join(
    outlets, outlets.c.id == outages.c.outlet_id
)
_HELD = [field.name for field in fields(Outage) if field.name != "presence"]
_OPEN = _SELECT.where(
    outages.c.outlet_id == bindparam("outlet"),
    outages.c.began <= bindparam("at"),
    or_(outages.c.ended.is_(None), outages.c.ended > bindparam("at")),
).order_by(outages.c.began.desc())
_LAST_END = select(func.max(outages.c.ended)).where(
    outages.c.outlet_id == bindparam("outlet"), outages.c.ended <= bindparam("at")
)
_LOOKS = (
    select(
        articles.c.id,
        articles.c.last_checked,
        articles.c.last_presence,
        articles.c.last_sighting,
        articles.c.last_seen,
        articles.c.away,
    )
    .where(
        articles.c.outlet_id == bindparam("outlet"),
        articles.c.last_checked > bindparam("since"),
        articles.c.last_checked <= bindparam("at"),
        articles.c.last_seen.is_not(None),
        articles.c.last_presence != "",
        articles.c.standing != Standing.TAKEN_DOWN.value,
    )
    .order_by(articles.c.last_checked.desc(), articles.c.id)
    .limit(LOOKS)
)
_FRONTS = (
    select(fetches.c.began, fetches.c.presence, fetches.c.sighting)
    .where(
        fetches.c.outlet_id == bindparam("outlet"),
        fetches.c.began > bindparam("since"),
        fetches.c.began <= bindparam("at"),
        fetches.c.role == Role.CONTROL.value,
        fetches.c.presence != "",
    )
    .order_by(fetches.c.began)
)


def _row(row: RowMapping) -> Row:
    declaration: dict[str, Any] = row["declaration"]
    held = Outage(presence=Presence(row["presence"]), **{name: row[name] for name in _HELD})
    return Row(
        outage=held,
        title=declaration.get("title") or row["outlet"],
        home=declaration.get("home") or "",
        **{name: row[name] for name in ("id", "outlet_id", "outlet", "why", "told", "ended")},
    )


def _values(outage: Outage) -> dict[str, Any]:
    return {"presence": outage.presence.value, **{name: getattr(outage, name) for name in _HELD}}


def open_at(connection: Connection, outlet_id: int, at: datetime) -> Row | None:
    """The outage that the outlet was in at this time."""
    row = connection.execute(_OPEN, {"outlet": outlet_id, "at": at}).mappings().first()
    return None if row is None else _row(row)


def looks(
    connection: Connection, outlet_id: int, at: datetime, *, away: Mapping[int, datetime | None]
) -> list[Look]:
    """The last look at each of the outlet's articles by now, which is `at`.

    `away` tells of those that were looked at just now since when they are not there. An outlet of few articles
    shows its front page as well, as article 0.
    """
    since = at - WINDOW
    rows = connection.execute(_LOOKS, {"outlet": outlet_id, "since": since, "at": at}).all()
    found = [
        Look(
            article_id=row.id,
            at=row.last_checked,
            presence=Presence(row.last_presence),
            kind=row.last_sighting,
            seen=row.last_seen,
            away=away.get(row.id, row.away),
        )
        for row in rows
    ]
    return found + _front(connection, outlet_id, at - FRONT, at) if len(rows) < ENOUGH else found


def _front(connection: Connection, outlet_id: int, since: datetime, at: datetime) -> list[Look]:
    rows = connection.execute(_FRONTS, {"outlet": outlet_id, "since": since, "at": at}).all()
    seen = max((row.began for row in rows if row.presence == Presence.PRESENT.value), default=None)
    if seen is None:
        return []
    last = rows[-1]
    away = next((row.began for row in rows if row.began > seen), None)
    return [
        Look(
            article_id=0,
            at=last.began,
            presence=Presence(last.presence),
            kind=last.sighting,
            seen=seen,
            away=away,
        )
    ]


def last_end(connection: Connection, outlet_id: int, at: datetime) -> datetime | None:
    """When the last outage of the outlet was over, not later than `at`."""
    return connection.execute(_LAST_END, {"outlet": outlet_id, "at": at}).scalar()


def write(connection: Connection, outlet_id: int, outage: Outage, *, why: str, told: datetime | None) -> int:
    """Write what is held of an outlet's outage; one that began then already goes on. Returns its id."""
    values = {**_values(outage), "why": why, "told": told, "ended": None}
    same = select(outages.c.id).where(outages.c.outlet_id == outlet_id, outages.c.began == outage.began)
    known = connection.execute(same).scalar()
    if known is None:
        return insert_id(connection, outages.insert().values(outlet_id=outlet_id, **values))
    connection.execute(outages.update().where(outages.c.id == known).values(**values))
    return int(known)


def end(connection: Connection, outage_id: int, at: datetime) -> None:
    """Write that it was over by then."""
    connection.execute(outages.update().where(outages.c.id == outage_id).values(ended=at))


def outlets_down(connection: Connection) -> set[int]:
    """The outlets that are in an outage now, and did not just lose many articles: ids."""
    query = select(outages.c.outlet_id).where(outages.c.ended.is_(None), outages.c.mass.is_(False))
    return set(connection.execute(query).scalars())


def by_id(connection: Connection, outage_id: int) -> Row:
    """The outage with this id, which must exist."""
    return _row(connection.execute(_SELECT.where(outages.c.id == outage_id)).mappings().one())


def listed(
    connection: Connection,
    *,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    open_only: bool = False,
    offline_only: bool = False,
    before: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[Row]:
    """Outages that were told, the latest first; those before a time of telling and an id."""
    which: list[ColumnElement[bool]] = [outages.c.told.is_not(None)]
    if outlet is not None:
        which.append(outlets.c.name == outlet)
    if since is not None:
        which.append(outages.c.told >= since)
    if until is not None:
        which.append(outages.c.told <= until)
    if open_only:
        which.append(outages.c.ended.is_(None))
    if offline_only:
        which.append(outages.c.offline.is_not(None))
    if before is not None:
        place = literal(before[0], outages.c.told.type), literal(before[1])
        which.append(tuple_(outages.c.told, outages.c.id) < tuple_(*place))
    query = _SELECT.where(*which).order_by(outages.c.told.desc(), outages.c.id.desc()).limit(limit)
    return [_row(row) for row in connection.execute(query).mappings()]
