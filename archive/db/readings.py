"""How extractors read the captures of articles: what is to be read again after an upgrade, and what came of it.

A row of `versions` is one extractor's reading of a version; `extractions` says which capture shows which reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from archive.db import findings
from archive.db.findings import Version
from archive.db.rows import insert
from archive.db.tables import articles, captures, extractions, outlets, rereadings, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A capture in which an article was there to read, as one extractor read it."""

    capture_id: int
    payload: int  #: the capture that holds the bytes: itself, or what a revisit refers to
    at: datetime
    version_id: int
    number: int
    extractor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A capture that an extractor could not read again."""

    url: str
    outlet: str
    capture_id: int
    at: datetime
    why: str


_SHOWN = (
    select(
        extractions.c.capture_id,
        func.coalesce(captures.c.refers_to, captures.c.id).label("payload"),
        captures.c.timestamp.label("at"),
        versions.c.id.label("version_id"),
        versions.c.number,
        versions.c.extractor,
    )
    .select_from(versions)
    .join(extractions, extractions.c.version_id == versions.c.id)
    .join(captures, captures.c.id == extractions.c.capture_id)
    .where(versions.c.article_id == bindparam("article"))
    .order_by(captures.c.timestamp, captures.c.id, extractions.c.id)
)


def shown(connection: Connection, article_id: int) -> list[Shown]:
    """The captures in which an article was there to read, by time; once for each extractor that read them."""
    return [Shown(**row) for row in connection.execute(_SHOWN, {"article": article_id}).mappings()]


_STANDS_BY = (
    select(versions.c.extractor)
    .join(articles, articles.c.version_id == versions.c.id)
    .where(articles.c.id == bindparam("article"))
)


def stands_by(connection: Connection, article_id: int) -> str | None:
    """Whose reading of the version that stands is current; None before the first version."""
    return connection.execute(_STANDS_BY, {"article": article_id}).scalar()


_BY = (
    select(versions.c.id)
    .where(versions.c.article_id == bindparam("article"), versions.c.extractor == bindparam("extractor"))
    .order_by(versions.c.id)
)


def by(connection: Connection, article_id: int, extractor: str) -> list[Version]:
    """All readings of an article by this extractor, also of wordings that are not confirmed."""
    ids = connection.execute(_BY, {"article": article_id, "extractor": extractor}).scalars().all()
    return [findings.version(connection, each) for each in ids]


_ADJUST = versions.update().where(versions.c.id == bindparam("of_version"))
_SHOW = extractions.insert()


def adjust(connection: Connection, version_id: int, *, number: int, span: tuple[datetime, datetime]) -> None:
    """Write of which version a reading is, and when it was seen."""
    values = {"number": number, "first_seen": span[0], "last_seen": span[1]}
    connection.execute(_ADJUST, {"of_version": version_id, **values})


def show(connection: Connection, pairs: Iterable[tuple[int, int]], extractor: str) -> None:
    """Write that to this extractor each capture shows a reading: pairs of their ids."""
    rows = [{"capture_id": capture, "version_id": reading, "extractor": extractor} for capture, reading in pairs]
    if rows:
        connection.execute(_SHOW, rows)


# What is to be done -------------------------------------------------------------------------------------


def pending(
    connection: Connection,
    extractor: str,
    *,
    outlet: str | None = None,
    limit: int | None = None,
    again: bool = False,
) -> list[int]:
    """The articles whose history was read by other extractors and not by this one yet: ids, in their order.

    With `again` also those of which it could not read everything.
    """
    query = _pending(extractor, again=again).order_by(versions.c.article_id).limit(limit)
    if outlet is not None:
        query = query.join(articles, articles.c.id == versions.c.article_id)
        query = query.join(outlets, outlets.c.id == articles.c.outlet_id).where(outlets.c.name == outlet)
    return [row.article_id for row in connection.execute(query)]


def count_pending(connection: Connection, extractor: str) -> int:
    """How many articles these are."""
    query = select(func.count()).select_from(_pending(extractor, again=False).subquery())
    return int(connection.execute(query).scalar_one())


def _pending(extractor: str, *, again: bool) -> Select[tuple[int]]:
    """Answered by indexes alone: that of the readings by article and extractor, and the key of `rereadings`."""
    left = [rereadings.c.article_id.is_(None), *([rereadings.c.unread > 0] if again else [])]
    return (
        select(versions.c.article_id)
        .distinct()
        .select_from(versions)
        .outerjoin(
            rereadings,
            (rereadings.c.article_id == versions.c.article_id) & (rereadings.c.extractor == extractor),
        )
        .where(versions.c.extractor != extractor, or_(*left))
    )


def note(connection: Connection, article_id: int, extractor: str, unread: Mapping[int, str]) -> None:
    """Write that the history of an article was read again, but for the captures in `unread`."""
    document = {str(capture): why for capture, why in unread.items()}
    values = {"extractor": extractor, "unread": len(document), "document": document}
    statement = insert(connection, rereadings).values(article_id=article_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["article_id"], set_=values))


def unread(connection: Connection, extractor: str, *, outlet: str | None = None) -> list[Unread]:
    """The captures that this extractor could not read again."""
    query = (
        select(rereadings.c.document, articles.c.url, outlets.c.name.label("outlet"))
        .join(articles, articles.c.id == rereadings.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(rereadings.c.extractor == extractor, rereadings.c.unread > 0)
        .order_by(articles.c.id)
    )
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    found = []
    for row in connection.execute(query).mappings():
        for capture, why in row["document"].items():
            at = connection.execute(select(captures.c.timestamp).where(captures.c.id == int(capture))).scalar_one()
            values = {"url": row["url"], "outlet": row["outlet"], "capture_id": int(capture)}
            found.append(Unread(**values, at=at, why=why))
    return found
