"""What a time line of an article is drawn of: its looks, and which wording each capture shows, without any text.

Rows are light: an article may have been looked at ten thousand times, and each page about it reads them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from archive.db.tables import captures, extractions, fetches, versions
from archive.domain.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """One look at an article, from here or from a vantage point."""

    at: datetime
    presence: str  #: empty: it says nothing, such as a redirect on the way
    status: int | None
    vantage: str
    url: str
    captured: datetime | None  #: when its capture is of; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stretch of captures that show one version."""

    number: int
    version_id: int  #: of the reading that was seen first
    first_seen: datetime
    last_seen: datetime
    url: str  #: of the last capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A version as one extractor reads it, without its text."""

    id: int
    number: int
    extractor: str
    words: int
    first_seen: datetime
    last_seen: datetime


def ends(connection: Connection, article_id: int) -> tuple[datetime, datetime] | None:
    """When an article was looked at first, and last; None where nobody did."""
    of = (fetches.c.article_id == article_id, fetches.c.role == Role.ARTICLE.value)
    first, last = connection.execute(select(func.min(fetches.c.began), func.max(fetches.c.began)).where(*of)).one()
    return None if first is None else (first, last)


def glimpses(
    connection: Connection, article_id: int, *, since: datetime, until: datetime, limit: int
) -> list[Glimpse]:
    """The looks of a span, oldest first; of too many the latest."""
    query = (
        select(
            fetches.c.began.label("at"),
            *(fetches.c[name] for name in ("presence", "status", "vantage", "url")),
            captures.c.timestamp.label("captured"),
        )
        .outerjoin(captures, captures.c.fetch_id == fetches.c.id)
        .where(
            fetches.c.article_id == article_id,
            fetches.c.role == Role.ARTICLE.value,
            fetches.c.began >= since,
            fetches.c.began <= until,
        )
        .order_by(fetches.c.began.desc(), fetches.c.id.desc())
        .limit(limit)
    )
    return [Glimpse(**row) for row in connection.execute(query).mappings()][::-1]


def stays(connection: Connection, article_id: int, *, extractor: str) -> list[Stay]:
    """The stretches in which each version stood, oldest first.

    As `extractor` reads the captures; what it has not read, as the last one that did.
    """
    query = (
        select(
            captures.c.id, captures.c.timestamp, captures.c.url, versions.c.number, versions.c.id.label("version")
        )
        .join(extractions, extractions.c.capture_id == captures.c.id)
        .join(versions, versions.c.id == extractions.c.version_id)
        .where(captures.c.article_id == article_id, versions.c.article_id == article_id, versions.c.number > 0)
        .order_by(
            captures.c.timestamp,
            captures.c.id,
            (extractions.c.extractor == extractor).desc(),
            extractions.c.id.desc(),
        )
    )
    each = (next(same) for _, same in groupby(connection.execute(query), lambda row: row.id))
    return list(_stretches(each))


def _stretches(shown: Iterator[Row[*tuple[Any, ...]]]) -> Iterator[Stay]:
    for number, group in groupby(shown, lambda row: row.number):
        same = list(group)
        yield Stay(
            number=number,
            version_id=same[0].version,
            first_seen=same[0].timestamp,
            last_seen=same[-1].timestamp,
            url=same[-1].url,
        )


def readings(connection: Connection, article_id: int) -> list[Reading]:
    """Every reading of every version of an article, in their order."""
    query = (
        select(*(versions.c[name] for name in Reading.__slots__))
        .where(versions.c.article_id == article_id, versions.c.number > 0)
        .order_by(versions.c.number, versions.c.id)
    )
    return [Reading(**row) for row in connection.execute(query).mappings()]
