"""Hints: what makes one look sooner, and says nothing by itself. Knows the tables `hints` and `listings`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.db.tables import articles, hints, outlets


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One hint, for people."""

    url: str
    outlet: str
    title: str
    kind: str  #: `noindex`, `left_feed`, `left_sitemap`
    at: datetime
    ended: datetime | None  #: when it held no more
    why: str


def listed(
    connection: Connection,
    article_id: int | None = None,
    outlet: str | None = None,
    since: datetime | None = None,
    open_only: bool = False,
    limit: int = 100,
) -> list[Hint]:
    """Hints, the newest first; those that hold still with `open_only`."""
    query = (
        select(articles.c.url, outlets.c.name.label("outlet"), articles.c.title)
        .add_columns(hints.c.kind, hints.c.at, hints.c.ended, hints.c.why)
        .join(articles, articles.c.id == hints.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .order_by(hints.c.at.desc(), hints.c.id.desc())
        .limit(limit)
    )
    if article_id is not None:
        query = query.where(hints.c.article_id == article_id)
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    if since is not None:
        query = query.where(hints.c.at >= since)
    if open_only:
        query = query.where(hints.c.ended.is_(None))
    return [Hint(**row) for row in connection.execute(query).mappings()]
