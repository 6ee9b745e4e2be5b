"""What outlets answer to addresses that cannot exist, and which of them are to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select

from archive.db.tables import articles, fetches, outlets, siblings
from archive.domain import beside
from archive.domain.model import Role, Standing
from archive.domain.soft404 import Answer
from archive.domain.urls import InvalidUrl

KNOWN_FOR: Final = timedelta(days=60)
"""Older answers are not believed any more: an outlet that was redesigned says "not found" in other words."""

LATEST: Final = 4
"""Answers of one shape that are looked at: enough to see what varies in them, such as lists of latest stories."""

SHAPES: Final = 3
"""Shapes of an outlet that are asked for: most outlets have one, or one for each generation of software."""

SAMPLE: Final = 200
"""Its newest articles, among whose addresses the commonest shapes are looked for."""

SOON: Final = timedelta(days=1)
"""While an article is under suspicion its outlet is asked so often."""

DOUBTFUL: Final = ("other_page", "soft_404", "redirected", "emptied", "retracted", "merged")
"""Sightings of which only an answer to what cannot exist tells whether they are the outlet's way to say "gone"."""

_ADD = siblings.insert()
_ANSWERS = (
    select(
        *(siblings.c[name] for name in Answer.__slots__),
    )
    .where(
        siblings.c.outlet_id == bindparam("outlet"),
        siblings.c.shape == bindparam("of_shape"),
        siblings.c.at <= bindparam("until"),
        siblings.c.at > bindparam("since"),
    )
    .order_by(siblings.c.at.desc())
    .limit(LATEST)
)


def add(connection: Connection, outlet_id: int, answer: Answer, *, fetch_id: int) -> None:
    """Write down an answer; `fetch_id` is the fetch that brought it."""
    values = {name: getattr(answer, name) for name in Answer.__slots__}
    connection.execute(_ADD, {"outlet_id": outlet_id, "fetch_id": fetch_id, **values})


def answers(connection: Connection, outlet_id: int, shape: str, at: datetime) -> list[Answer]:
    """The latest answers that were known at that time, the newest first."""
    wanted = {"outlet": outlet_id, "of_shape": shape, "until": at, "since": at - KNOWN_FOR}
    return [Answer(**row) for row in connection.execute(_ANSWERS, wanted).mappings()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A sibling to be asked for."""

    outlet_id: int
    shape: str
    beside: str  #: the address of an article of this shape


def wanted(
    connection: Connection, now: datetime, every: timedelta, *, outlet_id: int | None = None
) -> list[Wanted]:
    """Which outlets are to be asked now, and beside which addresses; of one outlet, or of all that are not paused.

    Each is asked for its commonest shapes now and then; and at once for the shapes of articles that are under
    suspicion, where the last answer is older than a day.
    """
    found: dict[tuple[int, str], str] = {}
    asked = _last_asked(connection, outlet_id)
    for outlet, url in _suspected(connection, now, outlet_id):
        shape = _shape(url)
        known = sum(1 for owner, _ in found if owner == outlet)
        if shape and known < SHAPES and not _within(asked.get(outlet, {}).get(shape), SOON, now):
            found.setdefault((outlet, shape), url)
    ours = connection.execute(_ours(outlet_id).order_by(outlets.c.id)).scalars().all()
    for outlet in ours:
        before = asked.get(outlet, {})
        if _within(max(before.values(), default=None), every, now):
            continue
        for shape, url in _commonest(connection, outlet):
            found.setdefault((outlet, shape), url)
    return [Wanted(outlet_id=outlet, shape=shape, beside=url) for (outlet, shape), url in sorted(found.items())]


def _within(at: datetime | None, span: timedelta, now: datetime) -> bool:
    return at is not None and now - at < span


def _shape(url: str) -> str:
    """The shape of an address; empty where it is none."""
    try:
        return beside.shape(url)
    except InvalidUrl:
        return ""


def _last_asked(connection: Connection, outlet_id: int | None) -> dict[int, dict[str, datetime]]:
    query = select(siblings.c.outlet_id, siblings.c.shape, func.max(siblings.c.at).label("at"))
    query = query.group_by(siblings.c.outlet_id, siblings.c.shape)
    if outlet_id is not None:
        query = query.where(siblings.c.outlet_id == outlet_id)
    found: dict[int, dict[str, datetime]] = {}
    for row in connection.execute(query):
        found.setdefault(row.outlet_id, {})[row.shape] = row.at
    return found


def _ours(outlet_id: int | None) -> Select[Any]:
    query = select(outlets.c.id).where(outlets.c.paused.is_(False))
    return query if outlet_id is None else query.where(outlets.c.id == outlet_id)


def _suspected(connection: Connection, now: datetime, outlet_id: int | None) -> Iterator[tuple[int, str]]:
    """Articles that are missing, or that lately gave doubtful sightings: outlet and address."""
    ours = _ours(outlet_id)
    doubtful = select(fetches.c.article_id).where(
        fetches.c.outlet_id.in_(ours),
        fetches.c.began > now - SOON,
        fetches.c.role == Role.ARTICLE.value,
        fetches.c.sighting.in_(DOUBTFUL),
    )
    query = (
        select(articles.c.outlet_id, articles.c.url)
        .where(
            articles.c.outlet_id.in_(ours),
            articles.c.version_id.is_not(None),
            (articles.c.standing == Standing.MISSING.value) | articles.c.id.in_(doubtful),
        )
        .order_by(articles.c.id.desc())
    )
    for row in connection.execute(query):
        yield row.outlet_id, row.url


def _commonest(connection: Connection, outlet_id: int) -> list[tuple[str, str]]:
    """The commonest shapes among the addresses of the outlet's newest articles, each with the newest of them."""
    query = (
        select(articles.c.url)
        .where(articles.c.outlet_id == outlet_id, articles.c.version_id.is_not(None))
        .order_by(articles.c.id.desc())
        .limit(SAMPLE)
    )
    counts: Counter[str] = Counter()
    newest: dict[str, str] = {}
    for url in connection.execute(query).scalars():
        if shape := _shape(url):
            counts[shape] += 1
            newest.setdefault(shape, url)
    return [(shape, newest[shape]) for shape, _ in counts.most_common(SHAPES)]
