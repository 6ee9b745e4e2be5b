"""What a Memento archive answered when it was asked for an article, and which articles it is to be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, exists, select

from archive.db.tables import articles, opinions, outlets
from archive.domain.model import Standing

LATELY: Final = timedelta(days=1)
"""An archive is asked for what became missing since then: not for all that is missing when it is first named."""

MOST: Final = 20
"""Articles that an archive is asked for in one pass: we are guests there, and an outage makes hundreds missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One answer."""

    article_id: int
    at: datetime
    fetch_id: int
    archive: str  #: its address, from the settings
    last_seen: datetime | None  #: its last memento; None: it has none, or did not answer
    memento: str  #: the address of that
    said: str  #: in words


def add(connection: Connection, opinion: Opinion) -> None:
    """Write down an answer."""
    connection.execute(opinions.insert(), {name: getattr(opinion, name) for name in Opinion.__slots__})


def of_article(connection: Connection, article_id: int) -> list[Opinion]:
    """What was answered for an article, the latest first."""
    query = select(*(opinions.c[name] for name in Opinion.__slots__)).where(opinions.c.article_id == article_id)
    rows = connection.execute(query.order_by(opinions.c.at.desc())).mappings()
    return [Opinion(**row) for row in rows]


def wanted(connection: Connection, now: datetime, *, outlet_id: int | None = None) -> list[int]:
    """Articles that lately became missing or were found to be taken down, and were not asked for since: ids."""
    since = articles.c.since
    query = (
        select(articles.c.id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(
            outlets.c.paused.is_(False),
            articles.c.standing.in_([Standing.MISSING.value, Standing.TAKEN_DOWN.value]),
            since > now - LATELY,
            ~exists().where(opinions.c.article_id == articles.c.id, opinions.c.at >= since),
        )
        .order_by(since, articles.c.id)
        .limit(MOST)
    )
    if outlet_id is not None:
        query = query.where(articles.c.outlet_id == outlet_id)
    return list(connection.execute(query).scalars())
