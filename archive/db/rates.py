"""What rates of change are learnt from, and what was learnt.

Knows the table `rates`; what its documents mean is for the scheduler to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from archive.db.rows import insert
from archive.db.tables import articles, changes, outlets, rates, tags
from archive.domain.model import Reason, Standing

Span = tuple[datetime, datetime]
"""When it was last seen as it was, and first as it then was."""

_AT_ONCE = 500  # SQLite takes at most 32,766 variables; 500 keeps statements small


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one article that rates can be learnt from."""

    id: int
    outlet_id: int
    url: str
    born: datetime  #: published, or else discovered
    found_in: str
    standing: Standing
    since: datetime
    first_seen: datetime | None
    last_seen: datetime | None
    last_changed: datetime | None
    edits: Sequence[Span]
    gone: Span | None  #: it was taken down in between


def seen(connection: Connection, *, most: int) -> tuple[int, Iterator[Seen]]:
    """Articles of outlets that are not paused, about `most` where there are more; and of how many each is one."""
    count = connection.execute(select(func.count()).select_from(articles)).scalar_one()
    every = -(-count // most) or 1
    chosen = articles.c.id % every == 0
    edits = _spans(connection, chosen)
    born = func.coalesce(articles.c.published, articles.c.discovered, type_=articles.c.discovered.type)
    query = (
        select(articles.c.id, articles.c.outlet_id, articles.c.url, born.label("born"), articles.c.found_in)
        .add_columns(*(articles.c[name] for name in ("standing", "reason", "since", "first_seen", "last_seen")))
        .add_columns(articles.c.last_changed, articles.c.first_miss)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(chosen, outlets.c.paused.is_(False))
        .order_by(articles.c.id)
    )
    rows = connection.execute(query).mappings()
    return every, (_seen(row, edits.get(row["id"], ())) for row in rows)


def _seen(row: RowMapping, edits: Sequence[Span]) -> Seen:
    plain = {name: row[name] for name in Seen.__slots__ if name not in ("standing", "edits", "gone")}
    standing, gone = Standing(row["standing"]), None
    if standing is Standing.TAKEN_DOWN and row["reason"] != Reason.OUTLET_OFFLINE.value and row["last_seen"]:
        gone = (row["last_seen"], max(row["last_seen"], row["first_miss"] or row["since"]))
    return Seen(**plain, standing=standing, edits=edits, gone=gone)


def edits_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[Span]]:
    """The edits of these articles, in the order of time."""
    found: dict[int, list[Span]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= _spans(connection, articles.c.id.in_(ids[start : start + _AT_ONCE]))
    return found


def _spans(connection: Connection, which: Any) -> dict[int, list[Span]]:
    query = (
        select(changes.c.article_id, changes.c.from_at, changes.c.to_at)
        .join(articles, articles.c.id == changes.c.article_id)
        .where(which, changes.c.superseded_by.is_(None))
        .order_by(changes.c.article_id, changes.c.to_at)
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for article_id, begin, end in connection.execute(query):
        found[article_id].append((min(begin, end), end))
    return dict(found)


def tags_of(connection: Connection, ids: Sequence[int] | None = None) -> dict[int, set[str]]:
    """What people call these articles, or all, by."""
    found: dict[int, set[str]] = defaultdict(set)
    parts = [None] if ids is None else [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
    for part in parts:
        query = select(tags.c.article_id, tags.c.tag)
        for article_id, tag in connection.execute(
            query if part is None else query.where(tags.c.article_id.in_(part))
        ):
            found[article_id].add(tag)
    return dict(found)


def load(
    connection: Connection, outlet_ids: Sequence[int] | None = None
) -> dict[int, tuple[datetime, Mapping[str, Any]]]:
    """What was learnt of these outlets, or of all, and when."""
    query = select(rates)
    if outlet_ids is not None:
        query = query.where(rates.c.outlet_id.in_(outlet_ids))
    rows = connection.execute(query).mappings()
    return {row["outlet_id"]: (row["at"], row["document"]) for row in rows}


def save(connection: Connection, learnt: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
    """Write what was learnt of outlets down, over what was there."""
    if learnt:
        statement = insert(connection, rates)
        new = {"at": statement.excluded.at, "document": statement.excluded.document}
        rows = [{"outlet_id": outlet, "at": at, "document": document} for outlet, document in learnt.items()]
        connection.execute(statement.on_conflict_do_update(index_elements=["outlet_id"], set_=new), rows)
