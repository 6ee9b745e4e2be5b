"""Tags: what people call articles by. A user's act, so it goes into the journal. Knows the table `tags`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from archive.db import journal
from archive.db.rows import insert
from archive.db.tables import aliases, articles, outlets, tags

JOURNAL: Final = "tag"
"""The kind of the journal entry that tells that an article was tagged, or is tagged so no more."""

_AT_ONCE: Final = 500  # as in `articles.known_urls`


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One tag of one article, for people."""

    url: str
    outlet: str
    title: str
    tag: str
    at: datetime


def of_article(connection: Connection, article_id: int) -> frozenset[str]:
    """The tags of an article."""
    return frozenset(connection.execute(select(tags.c.tag).where(tags.c.article_id == article_id)).scalars())


def of_articles(connection: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The tags of each of these articles that has any."""
    found: dict[int, set[str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(tags.c.article_id, tags.c.tag).where(tags.c.article_id.in_(ids[start : start + _AT_ONCE]))
        for article_id, tag in connection.execute(query):
            found.setdefault(article_id, set()).add(tag)
    return {article_id: frozenset(given) for article_id, given in found.items()}


def tagged(tag: str) -> Select[tuple[int]]:
    """The ids of the articles with this tag, for the WHERE of another query."""
    return select(tags.c.article_id).where(tags.c.tag == tag)


def add(connection: Connection, article_id: int, tag: str, *, at: datetime) -> bool:
    """Tag an article; whether it was not tagged so before."""
    new = _add(connection, article_id, tag, at)
    if new:
        _tell(connection, article_id, tag, at, on=True)
    return new


def remove(connection: Connection, article_id: int, tag: str, *, at: datetime) -> bool:
    """Take a tag from an article; whether it had it."""
    had = _remove(connection, article_id, tag)
    if had:
        _tell(connection, article_id, tag, at, on=False)
    return had


def tell_again(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> None:
    """Do what a journal entry of the kind `tag` tells; of an article that is not here it tells nothing."""
    query = select(aliases.c.article_id).where(aliases.c.url == document["url"])
    article_id = connection.execute(query).scalar()
    if article_id is None:
        return
    if document["on"]:
        _add(connection, article_id, document["tag"], at)
    else:
        _remove(connection, article_id, document["tag"])


def hand_over(connection: Connection, *, away: int, into: int) -> None:
    """Give the tags of an article to another; of a tag that both have, the earlier one stays."""
    for tag, at in connection.execute(select(tags.c.tag, tags.c.at).where(tags.c.article_id == away)).all():
        held = tags.c.article_id == into, tags.c.tag == tag
        if not _add(connection, into, tag, at):
            connection.execute(tags.update().where(*held, tags.c.at > at).values(at=at))
    connection.execute(tags.delete().where(tags.c.article_id == away))


def listed(
    connection: Connection, *, tag: str | None = None, article_id: int | None = None, limit: int = 100
) -> list[Tagged]:
    """Tags of articles, the newest first."""
    query = (
        select(articles.c.url, outlets.c.name.label("outlet"), articles.c.title, tags.c.tag, tags.c.at)
        .join(articles, articles.c.id == tags.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .order_by(tags.c.at.desc(), tags.c.article_id.desc(), tags.c.tag)
        .limit(limit)
    )
    if tag is not None:
        query = query.where(tags.c.tag == tag)
    if article_id is not None:
        query = query.where(tags.c.article_id == article_id)
    return [Tagged(**row) for row in connection.execute(query).mappings()]


def counted(connection: Connection) -> dict[str, int]:
    """Every tag that there is, and how many articles have it."""
    query = select(tags.c.tag, func.count()).group_by(tags.c.tag).order_by(tags.c.tag)
    return {row[0]: row[1] for row in connection.execute(query)}


def _add(connection: Connection, article_id: int, tag: str, at: datetime) -> bool:
    statement = insert(connection, tags).values(article_id=article_id, tag=tag, at=at)
    return bool(connection.execute(statement.on_conflict_do_nothing()).rowcount)


def _remove(connection: Connection, article_id: int, tag: str) -> bool:
    statement = tags.delete().where(tags.c.article_id == article_id, tags.c.tag == tag)
    return bool(connection.execute(statement).rowcount)


def _tell(connection: Connection, article_id: int, tag: str, at: datetime, *, on: bool) -> None:
    url = connection.execute(select(articles.c.url).where(articles.c.id == article_id)).scalar_one()
    journal.note(connection, JOURNAL, {"url": url, "tag": tag, "on": on}, at=at)
