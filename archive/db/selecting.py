"""Which fetches an export takes: by article, outlet and time, with the place of their records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, select

from archive.db.tables import captures, fetches, outlets, warcs
from archive.domain.model import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A fetch whose records are kept, and where the principal of them lies."""

    id: int
    article_id: int | None
    url: str
    began: datetime
    hop_of: int | None
    location: Location


_HELD = (
    select(
        fetches.c.id,
        fetches.c.article_id,
        fetches.c.url,
        fetches.c.began,
        fetches.c.hop_of,
        fetches.c.offset,
        fetches.c.length,
        warcs.c.name.label("warc"),
    )
    .join(warcs, warcs.c.id == fetches.c.warc_id)
    .order_by(fetches.c.began, fetches.c.id)
)


def _all(connection: Connection, query: Select[tuple[object, ...]]) -> list[Held]:
    return [
        Held(
            id=row["id"],
            article_id=row["article_id"],
            url=row["url"],
            began=row["began"],
            hop_of=row["hop_of"],
            location=Location(warc=row["warc"], offset=row["offset"], length=row["length"]),
        )
        for row in connection.execute(query).mappings()
    ]


def held(
    connection: Connection,
    *,
    article_id: int | None = None,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Held]:
    """Every fetch of an article, of an outlet (its seeds and robots.txt too) or of all, oldest first."""
    query = _HELD
    if article_id is not None:
        query = query.where(fetches.c.article_id == article_id)
    if outlet is not None:
        query = query.join(outlets, outlets.c.id == fetches.c.outlet_id).where(outlets.c.name == outlet)
    if since is not None:
        query = query.where(fetches.c.began >= since)
    if until is not None:
        query = query.where(fetches.c.began <= until)
    return _all(connection, query)


def held_by_id(connection: Connection, ids: Collection[int]) -> list[Held]:
    """The fetches with these ids, as far as their records are kept, oldest first."""
    return _all(connection, _HELD.where(fetches.c.id.in_(sorted(ids))))


def held_of_captures(connection: Connection, capture_ids: Collection[int]) -> list[Held]:
    """The fetches that these captures were made by, oldest first."""
    of = select(captures.c.fetch_id).where(captures.c.id.in_(sorted(capture_ids)))
    return _all(connection, _HELD.where(fetches.c.id.in_(of)))


def fetches_by_capture(connection: Connection, article_id: int) -> dict[int, int]:
    """Capture id → fetch id, for all captures of an article."""
    query = select(captures.c.id, captures.c.fetch_id).where(captures.c.article_id == article_id)
    return {row.id: row.fetch_id for row in connection.execute(query)}


def originals_of(connection: Connection, fetch_ids: Collection[int]) -> list[tuple[int, int]]:
    """Of fetches whose answer repeats an earlier one: their ids, and those of the fetches that brought it."""
    original = captures.alias("original")
    query = (
        select(captures.c.fetch_id, original.c.fetch_id)
        .join(original, original.c.id == captures.c.refers_to)
        .where(captures.c.fetch_id.in_(sorted(fetch_ids)))
        .order_by(captures.c.fetch_id)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]
