"""The spans in which nobody could see an article, or any article of an outlet.

Reads the fetch log of a span and the two looks around it, and asks `archive.domain.gaps`. What was seen from
vantage points does not count: what people are told of is what is seen from here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, func, select, type_coerce

from archive.db.tables import Utc, articles, changes, fetches, outlets, seeds
from archive.domain.gaps import TELLING, Gap, Look, gaps, within
from archive.domain.model import Presence, Role
from archive.domain.pace import DOWN_STEPS, by_age

AN_HOUR = timedelta(hours=1)
"""What is shorter is no gap of an outlet: its other articles were not due meanwhile."""

NEAR = timedelta(hours=6)
"""Pauses that are no further apart are read at once. Chosen."""

_MILLISECOND = timedelta(milliseconds=1)

# That a look was straight and told something. The empty text keeps SQLite from the index by presence, of which it
# would read all: the log in the order of time has one soon.
_TELLS = (
    fetches.c.role == Role.ARTICLE.value,
    fetches.c.vantage == "",
    (fetches.c.presence + "").in_(TELLING),
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

PAUSED = "the outlet is paused: nothing is fetched"
"""Why nobody looks any more, where a person said so."""


def of_article(
    connection: Connection, article_id: int, since: datetime | None = None, until: datetime | None = None
) -> list[Gap]:
    """The gaps of one article that reach into this span, oldest first; without `until`, to its last look."""
    row = connection.execute(
        select(articles.c.discovered, articles.c.published, outlets.c.paused)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(articles.c.id == article_id)
    ).one()
    edits = select(changes.c.to_at).where(changes.c.article_id == article_id).order_by(changes.c.to_at)
    starts = sorted([row.published or row.discovered, *connection.execute(edits).scalars()])
    looks, gone = list[Look](), None
    for one in _log(connection, fetches.c.article_id == article_id, since, until):
        if one.presence:
            # Where the log is read from its midst, nobody knows how long it has been gone.
            begins = one.began if looks or since is None else _LONG_AGO
            gone = (gone or begins) if one.presence == Presence.GONE.value else None
            looks.append(Look(one.began, one.presence, one.why, _pause(one, starts, gone), article_id))
    return _gaps(looks, since, until, paused=row.paused)


def of_outlet(connection: Connection, outlet_id: int, since: datetime, until: datetime) -> list[Gap]:
    """The spans in which no article of an outlet could be seen, or nobody looked at any, oldest first.

    One article that is walled is no gap of its outlet, unless it is the only one.
    """
    spans = _joined(_pauses(connection, outlet_id, since, until))
    if not spans:
        return []
    of = _watched(connection, outlet_id)
    return [gap for begin, end in spans for gap in _of_pause(connection, outlet_id, of, begin, end)]


def _joined(pauses: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Pauses that lie close together as one span, for each span costs some questions of the log.

    The looks between two of them are less than an hour apart, so that there is no gap of the outlet.
    """
    spans = list[tuple[datetime, datetime]]()
    for begin, end in pauses:
        if spans and begin - spans[-1][1] <= NEAR:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((begin, end))
    return spans


def _pauses(
    connection: Connection, outlet_id: int, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The spans of an hour or more between two telling looks at articles of an outlet: there alone gaps can be.

    The database finds them ten times quicker than whoever reads all looks.
    """
    told = select(
        fetches.c.began, func.lag(fetches.c.began, type_=Utc).over(order_by=fetches.c.began).label("before")
    ).where(
        fetches.c.outlet_id == outlet_id,
        fetches.c.role == Role.ARTICLE.value,
        fetches.c.vantage == "",
        fetches.c.presence.in_(TELLING),
        fetches.c.began >= since,
        fetches.c.began <= until,
    )
    looks = told.subquery()
    first, last = (_telling(connection, outlet_id, since, until, last=last) for last in (False, True))
    if first is None or last is None:
        return [(since, until)]
    long = type_coerce(looks.c.began, BigInteger) - type_coerce(looks.c.before, BigInteger)
    query = select(looks.c.before, looks.c.began).where(long >= AN_HOUR // _MILLISECOND)
    between = [(row.before, row.began) for row in connection.execute(query.order_by(looks.c.began))]
    return [(since, first), *between, (last, until)]


def _telling(
    connection: Connection, outlet_id: int, since: datetime, until: datetime, *, last: bool
) -> datetime | None:
    """The first or the last telling look of a span. It walks the log in its order till it meets one."""
    query = select(fetches.c.began).where(
        fetches.c.outlet_id == outlet_id, *_TELLS, fetches.c.began >= since, fetches.c.began <= until
    )
    return connection.execute(
        query.order_by(fetches.c.began.desc() if last else fetches.c.began).limit(1)
    ).scalar()


@dataclass(frozen=True, slots=True)
class _Watched:
    """What is asked once for all pauses of an outlet."""

    paused: bool
    has_seeds: bool
    starts: Sequence[datetime]  #: when each article began; where there are seeds, of two of them at most


def _watched(connection: Connection, outlet_id: int) -> _Watched:
    paused = connection.execute(select(outlets.c.paused).where(outlets.c.id == outlet_id)).scalar_one()
    has_seeds = connection.execute(select(seeds.c.id).where(seeds.c.outlet_id == outlet_id).limit(1)).first()
    born = func.coalesce(articles.c.published, articles.c.discovered)
    query = select(born).where(articles.c.outlet_id == outlet_id)
    # With seeds it only matters whether there are two: to sort all of a large outlet takes some hundredths.
    query = query.limit(2) if has_seeds else query.order_by(born)
    return _Watched(paused, has_seeds is not None, list(connection.execute(query).scalars()))


def _of_pause(connection: Connection, outlet_id: int, of: _Watched, since: datetime, until: datetime) -> list[Gap]:
    looks = [
        # Seeds are due more often than anything is called late.
        Look(
            one.began,
            one.presence if one.role == Role.ARTICLE.value else "",  # a front page speaks for no article
            one.why,
            timedelta() if of.has_seeds and not one.source else _pause(one, of.starts, None),
            one.article_id or 0,
        )
        for one in _log(connection, fetches.c.outlet_id == outlet_id, since, until)
    ]
    enough = min(2, len(of.starts))
    return [
        gap
        for gap in _gaps(looks, since, until, paused=of.paused)
        if not gap.looks or (gap.articles >= enough and _length(gap, until) >= AN_HOUR)
    ]


def _length(gap: Gap, now: datetime) -> timedelta:
    return (gap.until or now) - gap.since if gap.since else timedelta.max


def _log(
    connection: Connection, of: ColumnElement[bool], since: datetime | None, until: datetime | None
) -> Sequence[Row[Any]]:
    """The straight fetches of a span, and those before and after it back and on to the next telling one."""
    told = (of, *_TELLS)
    query = (
        select(*(fetches.c[name] for name in ("began", "presence", "why", "source", "article_id", "role")))
        .where(of, fetches.c.vantage == "")
        .order_by(fetches.c.began, fetches.c.id)
    )
    if since is not None:
        before = select(fetches.c.began).where(*told, fetches.c.began <= since)
        start = connection.execute(before.order_by(fetches.c.began.desc()).limit(1)).scalar()
        query = query.where(fetches.c.began >= start) if start is not None else query
    if until is not None:
        after = select(fetches.c.began).where(*told, fetches.c.began > until)
        end = connection.execute(after.order_by(fetches.c.began).limit(1)).scalar()
        query = query.where(fetches.c.began <= end) if end is not None else query
    return connection.execute(query).all()


def _gaps(looks: Sequence[Look], since: datetime | None, until: datetime | None, *, paused: bool) -> list[Gap]:
    found = [gap for gap in gaps(looks, until) if within(gap, since, until)]
    if paused and found and found[-1].until is None and not found[-1].looks:
        found[-1] = replace(found[-1], why=PAUSED)
    return found


def _pause(fetch: Row[Any], starts: Sequence[datetime], gone: datetime | None) -> timedelta | None:
    """After which pause the next look was due at the latest; none after an import.

    By the age since the last of `starts`, or of what is gone by how long it has been so.
    """
    began: datetime = fetch.began
    if fetch.source:
        return None
    if fetch.presence == Presence.GONE.value:
        return next(pause for limit, pause in DOWN_STEPS if began - (gone or _LONG_AGO) < limit)
    known = bisect_right(starts, began)
    return by_age(began - starts[known - 1] if known else timedelta())
