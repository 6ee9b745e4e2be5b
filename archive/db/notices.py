"""Notices: what is said once of many articles of an outlet, and which articles were seen in another dress.

Knows the tables `dresses` and `notices`. The rule is that of `archive.domain.redesigns`, asked at the time of each
visit about the looks before it; how many articles a wave has, and which of them changed in words, is counted when
somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from archive.db.rows import insert_id
from archive.db.tables import articles, changes, dresses, fetches, notices, outlets, versions
from archive.domain.dress import another
from archive.domain.model import Presence, Role
from archive.domain.redesigns import KIND, LOOKS, WINDOW, is_wave, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One wave of articles in another dress."""

    id: int
    kind: str
    outlet: str
    title: str  #: of the outlet
    url: str  #: its home page, or an article where it has none
    at: datetime  #: the first article in the new dress
    told: datetime  #: when there were enough to tell of it
    last_at: datetime  #: the last one
    articles: int
    changed: tuple[str, ...]  #: addresses of those whose words changed with it
    example: str  #: the address of the first one

    @property
    def summary(self) -> str:
        """What is told of it, in words."""
        return sentence(self.articles, len(self.changed))


def note_dress(
    connection: Connection, outlet_id: int, article_id: int, template: str, at: datetime
) -> Notice | None:
    """The article was seen in another dress than before. Returns the notice that this makes, if it makes one.

    To be told before the article is said to be seen at `at`. A dress that the outlet wore already when the article
    was last looked at is none of a redesign: the page for telephones, the one for another region.
    """
    if _dressed_of_late(connection, article_id, at) or _was_worn(connection, outlet_id, article_id, template, at):
        return None
    connection.execute(dresses.insert().values(outlet_id=outlet_id, article_id=article_id, at=at))
    open_ = select(notices).where(
        notices.c.outlet_id == outlet_id,
        notices.c.kind == KIND,
        notices.c.at <= at + WINDOW,
        notices.c.last_at >= at - WINDOW,
    )
    wave = connection.execute(open_.order_by(notices.c.at)).mappings().first()
    if wave is not None:
        span = {"at": min(wave["at"], at), "last_at": max(wave["last_at"], at)}
        connection.execute(notices.update().where(notices.c.id == wave["id"]).values(span))
        return None
    began = _wave(connection, outlet_id, at)
    if began is None:
        return None
    values = {"outlet_id": outlet_id, "kind": KIND, "at": began, "told": at, "last_at": at}
    made = insert_id(connection, notices.insert().values(values))
    return next(notice for notice in listed(connection) if notice.id == made)


def _dressed_of_late(connection: Connection, article_id: int, at: datetime) -> bool:
    """Templates that are tested on some readers come and go: once a wave is enough."""
    query = select(dresses.c.id).where(
        dresses.c.article_id == article_id, dresses.c.at > at - WINDOW, dresses.c.at <= at
    )
    return connection.execute(query.limit(1)).first() is not None


def _was_worn(connection: Connection, outlet_id: int, article_id: int, template: str, at: datetime) -> bool:
    """Whether this or another article was seen in this dress by the time of the look before this one."""
    seen = connection.execute(select(articles.c.last_seen).where(articles.c.id == article_id)).scalar()
    if seen is None or not template:
        return False
    looks = _looks(outlet_id, seen).with_only_columns(fetches.c.article_id)
    since_then = select(dresses.c.article_id).where(
        dresses.c.outlet_id == outlet_id, dresses.c.at > seen, dresses.c.at <= at
    )
    ids = set(connection.execute(looks).scalars()) - set(connection.execute(since_then).scalars())
    worn = select(versions.c.document["template"].as_string()).where(
        versions.c.article_id.in_(ids | {article_id}), versions.c.first_seen <= seen
    )
    return any(sketch and not another(sketch, template) for sketch in connection.execute(worn).scalars())


def _looks(outlet_id: int, at: datetime) -> Select[Any]:
    """The last looks at articles of the outlet by `at`."""
    return (
        select(fetches.c.article_id, fetches.c.began)
        .where(
            fetches.c.outlet_id == outlet_id,
            fetches.c.role == Role.ARTICLE.value,
            fetches.c.presence == Presence.PRESENT.value,
            fetches.c.vantage == "",
            fetches.c.began <= at,
            fetches.c.began > at - WINDOW,
        )
        .order_by(fetches.c.began.desc())
        .limit(LOOKS)
    )


def _wave(connection: Connection, outlet_id: int, at: datetime) -> datetime | None:
    """When the wave began of which there are enough articles at `at`."""
    looks = _looks(outlet_id, at).join(articles, articles.c.id == fetches.c.article_id)
    looks = looks.where(fetches.c.began > articles.c.first_seen)
    rows = connection.execute(looks).all()
    since = min((row.began for row in rows), default=at)
    dressed = select(dresses.c.article_id, dresses.c.at).where(
        dresses.c.outlet_id == outlet_id, dresses.c.at >= since, dresses.c.at <= at
    )
    times = {row.article_id: row.at for row in connection.execute(dressed)}
    seen = {row.article_id for row in rows} | set(times)
    return min(times.values()) if is_wave(len(times), len(seen)) else None


def hand_over(connection: Connection, *, away: int, into: int) -> None:
    """Give the dresses of article `away` to `into`."""
    both = select(dresses.c.at).where(dresses.c.article_id == into)
    connection.execute(dresses.delete().where(dresses.c.article_id == away, dresses.c.at.in_(both)))
    connection.execute(dresses.update().where(dresses.c.article_id == away).values(article_id=into))


_NOTICE = select(notices, outlets.c.name.label("outlet"), outlets.c.declaration).join(
    outlets, outlets.c.id == notices.c.outlet_id
)


def listed(
    connection: Connection,
    *,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Notice]:
    """Notices for people, the latest told first."""
    query = _NOTICE.order_by(notices.c.told.desc(), notices.c.id.desc()).limit(limit)
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    if since is not None:
        query = query.where(notices.c.told >= since)
    if until is not None:
        query = query.where(notices.c.told <= until)
    return [_notice(connection, row) for row in connection.execute(query).mappings().all()]


def _notice(connection: Connection, row: RowMapping) -> Notice:
    span = (
        dresses.c.outlet_id == row["outlet_id"],
        dresses.c.at >= row["at"],
        dresses.c.at <= row["last_at"],
    )
    number = connection.execute(select(func.count(dresses.c.article_id.distinct())).where(*span)).scalar_one()
    first = select(articles.c.url).join(dresses, dresses.c.article_id == articles.c.id).where(*span)
    example = connection.execute(first.order_by(dresses.c.at, articles.c.url).limit(1)).scalar() or ""
    changed = (
        select(articles.c.url)
        .join(dresses, dresses.c.article_id == articles.c.id)
        .join(changes, changes.c.article_id == articles.c.id)
        .where(*span, changes.c.to_at == dresses.c.at, changes.c.superseded_by.is_(None))
        .distinct()
        .order_by(articles.c.url)
    )
    declaration: dict[str, Any] = row["declaration"]
    return Notice(
        id=row["id"],
        kind=row["kind"],
        outlet=row["outlet"],
        title=declaration.get("title") or row["outlet"],
        url=declaration.get("home") or example,
        at=row["at"],
        told=row["told"],
        last_at=row["last_at"],
        articles=int(number),
        changed=tuple(connection.execute(changed).scalars()),
        example=example,
    )
