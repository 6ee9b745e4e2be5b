"""Hints: what makes one look sooner, and says nothing by itself. Knows the tables `hints` and `listings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from archive.db import journal
from archive.db.articles import SECOND_LOOKS
from archive.db.rows import insert
from archive.db.tables import aliases, articles, hints, listings, outlets, seeds
from archive.domain.hints import Entry, HintKind


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


JOURNAL: Final = "hint"
"""The kind of the journal entry that tells of a hint that a list gave, or that it holds no more."""


def begin(connection: Connection, article_id: int, kind: HintKind, why: str, *, at: datetime) -> bool:
    """Write a hint down, unless one of its kind holds already or it was written before; whether it was."""
    same = select(hints.c.id).where(hints.c.article_id == article_id, hints.c.kind == kind.value)
    if connection.execute(same.where(or_(hints.c.ended.is_(None), hints.c.at == at))).first() is not None:
        return False
    connection.execute(hints.insert().values(article_id=article_id, at=at, kind=kind.value, why=why))
    return True


def end(connection: Connection, article_id: int, kind: HintKind, *, at: datetime) -> None:
    """What a hint of this kind said holds no more."""
    connection.execute(
        hints.update()
        .where(hints.c.article_id == article_id, hints.c.kind == kind.value)
        .where(hints.c.ended.is_(None), hints.c.at < at)
        .values(ended=at)
    )


def tell(connection: Connection, article_id: int, kind: HintKind, why: str, *, at: datetime) -> bool:
    """The same as `begin` (or, without words, as `end`), with a look as soon as can be; and for the journal."""
    if not _apply(connection, article_id, kind, why, at):
        return False
    url = connection.execute(select(articles.c.url).where(articles.c.id == article_id)).scalar_one()
    journal.note(connection, JOURNAL, {"url": url, "hint": kind.value, "why": why}, at=at)
    return True


def tell_again(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> None:
    """Do what a journal entry of the kind `hint` tells; of an article that is not here it tells nothing."""
    query = select(aliases.c.article_id).where(aliases.c.url == document["url"])
    article_id = connection.execute(query).scalar()
    if article_id is not None:
        _apply(connection, article_id, HintKind(document["hint"]), document["why"], at)


def _apply(connection: Connection, article_id: int, kind: HintKind, why: str, at: datetime) -> bool:
    if not why:
        end(connection, article_id, kind, at=at)
        return True
    if not begin(connection, article_id, kind, why, at=at):
        return False
    pull(connection, article_id, why, at=at)
    return True


# Pulls ---------------------------------------------------------------------------------------------

PULL: Final = "pull"
"""The kind of the journal entry that tells that an article was to be looked at sooner, and why."""


def pull(connection: Connection, article_id: int, why: str, *, at: datetime) -> bool:
    """Have an article looked at as soon as can be, for this reason; whether that is sooner than it was to be.

    A second look stays what it is: it asks without conditions.
    """
    sooner = or_(articles.c.next_check.is_(None), articles.c.next_check > at)
    statement = articles.update().where(
        articles.c.id == article_id, sooner, articles.c.next_why.not_in(SECOND_LOOKS)
    )
    return bool(connection.execute(statement.values(next_check=at, next_why=why)).rowcount)


def tell_pull(connection: Connection, article_id: int, why: str, *, at: datetime) -> bool:
    """The same, and for the journal."""
    if not pull(connection, article_id, why, at=at):
        return False
    url = connection.execute(select(articles.c.url).where(articles.c.id == article_id)).scalar_one()
    journal.note(connection, PULL, {"url": url, "why": why}, at=at)
    return True


def pull_again(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> None:
    """Do what a journal entry of the kind `pull` tells; of an article that is not here it tells nothing."""
    query = select(aliases.c.article_id).where(aliases.c.url == document["url"])
    article_id = connection.execute(query).scalar()
    if article_id is not None:
        pull(connection, article_id, document["why"], at=at)


# What holds ----------------------------------------------------------------------------------------


def holding(connection: Connection, outlet_id: int, kind: HintKind) -> set[int]:
    """The articles of an outlet of which a hint of this kind holds."""
    query = (
        select(hints.c.article_id)
        .join(articles, articles.c.id == hints.c.article_id)
        .where(articles.c.outlet_id == outlet_id, hints.c.kind == kind.value, hints.c.ended.is_(None))
    )
    return set(connection.execute(query).scalars())


def last_of_unplanned(connection: Connection) -> dict[int, datetime]:
    """Of articles that are to be planned: when the last hint came that held when each was last checked.

    And not "now": whether it ended since then must not matter, for a database that is made anew plans later.
    """
    checked = articles.c.last_checked
    query = (
        select(hints.c.article_id, func.max(hints.c.at))
        .join(articles, articles.c.id == hints.c.article_id)
        .where(articles.c.next_check.is_(None), hints.c.at <= checked)
        .where(or_(hints.c.ended.is_(None), hints.c.ended > checked))
        .group_by(hints.c.article_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


# What lists named ----------------------------------------------------------------------------------


def named_last(connection: Connection, seed_id: int) -> list[Entry]:
    """The articles that the last whole answer of a seed named, in its order."""
    query = select(listings.c.named).where(listings.c.seed_id == seed_id)
    rows = connection.execute(query).scalar() or []
    return [Entry(one, datetime.fromisoformat(dated) if dated else None) for one, dated in rows]


def named_by_others(connection: Connection, seed_id: int) -> set[int]:
    """The articles that the other lists of the same kind and outlet named last."""
    this = select(seeds.c.outlet_id, seeds.c.kind).where(seeds.c.id == seed_id).subquery()
    query = (
        select(listings.c.named)
        .join(seeds, seeds.c.id == listings.c.seed_id)
        .where(seeds.c.outlet_id == this.c.outlet_id, seeds.c.kind == this.c.kind, seeds.c.id != seed_id)
    )
    return {one for named in connection.execute(query).scalars() for one, _ in named}


def note_named(connection: Connection, seed_id: int, named: Sequence[Entry], *, at: datetime) -> None:
    """Remember what a whole answer of a seed named."""
    values = {"named": [[e.article, e.dated.isoformat() if e.dated else None] for e in named], "at": at}
    statement = insert(connection, listings).values(seed_id=seed_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["seed_id"], set_=values))


def watched(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """The articles that these normalised URLs lead to, as far as they are watched: their ids."""
    found: dict[str, int] = {}
    for start in range(0, len(urls), 500):  # as in `articles.known_urls`
        part = urls[start : start + 500]
        query = select(aliases.c.url, aliases.c.article_id).where(aliases.c.url.in_(part))
        found |= {row.url: row.article_id for row in connection.execute(query)}
    return found
