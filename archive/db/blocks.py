"""Which paragraphs stand in which articles of an outlet, and what of them is furniture at a given time.

Knows the tables `blocks` and `resets`; the rules are those of `archive.domain.furniture`. Asked for a visit, only
what was seen not later than that visit answers, so that it finds the same answer whenever it is settled again. An
article asks for the few paragraphs in which two of its wordings differ, and is told by one query.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from archive.db import journal
from archive.db.outlets import by_name
from archive.db.rows import insert
from archive.db.tables import articles, blocks, outlets, resets
from archive.domain.furniture import (
    FEW,
    Elsewhere,
    Furniture,
    Stand,
    differing,
    learnt,
    looked,
    spelt,
)
from archive.errors import NothingFound

PARAGRAPHS: Final = 1_000
"""Of a page; the rest is not learnt from. Live blogs have some hundreds."""

ASKED: Final = 200
"""Differing paragraphs that are asked for; where more differ it is no furniture that makes the difference."""

RESET: Final = "noise_reset"
"""The kind of the journal entry that tells of a reset."""

BEGINNING: Final = datetime.fromtimestamp(0, UTC)
_OF_ARTICLE = select(blocks).where(blocks.c.article_id == bindparam("article"))
_STAND = tuple(Stand.__slots__)


def note(connection: Connection, outlet_id: int, article_id: int, paragraphs: Sequence[str], at: datetime) -> None:
    """The article was seen with these paragraphs at `at`. Telling it again changes nothing."""
    known = _stands(connection, article_id)
    after = looked(known, paragraphs[:PARAGRAPHS], at)
    fresh = [_row(outlet_id, article_id, one, stand) for one, stand in after.items() if one not in known]
    if fresh:
        connection.execute(blocks.insert(), fresh)
    for one, stand in after.items():
        if one in known:
            which = blocks.c.outlet_id == outlet_id, blocks.c.mask == one, blocks.c.article_id == article_id
            connection.execute(blocks.update().where(*which).values(**asdict(stand)))


def _stands(connection: Connection, article_id: int) -> dict[int, Stand]:
    rows = connection.execute(_OF_ARTICLE, {"article": article_id}).mappings()
    return {row["mask"]: Stand(**{name: row[name] for name in _STAND}) for row in rows}


def _row(outlet_id: int, article_id: int, one: int, stand: Stand) -> dict[str, Any]:
    return {"outlet_id": outlet_id, "mask": one, "article_id": article_id, **asdict(stand)}


def furniture_of(
    connection: Connection,
    outlet_id: int,
    article_id: int,
    before: Sequence[str],
    after: Sequence[str],
    at: datetime,
) -> Furniture:
    """What of the paragraphs in which two wordings of an article differ is furniture of its outlet at `at`."""
    found = differing(before, after)
    if not found or len(found) > ASKED:
        return Furniture()
    others = stood_elsewhere(connection, outlet_id, article_id, [one.mask for one in found], at)
    most = max((one.stood for one in others.values()), default=0)
    if most < FEW:
        return Furniture()
    return learnt(found, others, articles_by(connection, outlet_id, at))


def stood_elsewhere(
    connection: Connection, outlet_id: int, but: int | None, asked: Collection[int], at: datetime
) -> dict[int, Elsewhere]:
    """In how many other articles the masks were seen since they were last forgotten."""
    forgotten = floors(connection, outlet_id, at)
    all_since = forgotten.pop(None, BEGINNING)
    by_time: dict[datetime, list[int]] = {}
    for one in asked:
        by_time.setdefault(max(all_since, forgotten.get(one, BEGINNING)), []).append(one)
    found: dict[int, Elsewhere] = {}
    for since, masks in by_time.items():
        query = counts(outlet_id, since, at).where(blocks.c.mask.in_(masks), blocks.c.article_id != (but or 0))
        found |= {row.mask: elsewhere_of(row) for row in connection.execute(query)}
    return found


def counts(outlet_id: int, since: datetime, at: datetime) -> Any:
    """One row for each mask: in how many articles it stood, was born, varied and counted."""

    def by_then(column: Any) -> Any:
        return func.count().filter(column > since, column <= at)

    return (
        select(
            blocks.c.mask,
            func.count().label("stood"),
            func.count().filter(blocks.c.born).label("born"),
            by_then(blocks.c.varied).label("varied"),
            by_then(blocks.c.counted).label("counted"),
        )
        .where(blocks.c.outlet_id == outlet_id, blocks.c.at > since, blocks.c.at <= at)
        .group_by(blocks.c.mask)
    )


def elsewhere_of(row: Any) -> Elsewhere:
    """A row of `counts`."""
    return Elsewhere(stood=row.stood, born=row.born, varied=row.varied, counted=row.counted)


def floors(connection: Connection, outlet_id: int, at: datetime) -> dict[int | None, datetime]:
    """When masks were last forgotten; under None, when all of them were."""
    query = select(resets.c.mask, func.max(resets.c.at)).where(resets.c.outlet_id == outlet_id, resets.c.at <= at)
    return {row[0]: row[1] for row in connection.execute(query.group_by(resets.c.mask))}


def articles_by(connection: Connection, outlet_id: int, at: datetime) -> int:
    """How many articles of the outlet were seen by then."""
    query = select(func.count()).where(articles.c.outlet_id == outlet_id, articles.c.first_seen <= at)
    return int(connection.execute(query).scalar_one())


# When articles are forgotten or joined -------------------------------------------------------------


def forget(connection: Connection, article_id: int) -> None:
    """Forget what stood in an article, for it to be found out anew from its visits in time order."""
    connection.execute(blocks.delete().where(blocks.c.article_id == article_id))


def hand_over(connection: Connection, *, away: int, into: int) -> None:
    """Give what stood in article `away` to `into`; of what stood in both, the earlier sight counts."""
    theirs = _stands(connection, away)
    outlet_id = connection.execute(select(articles.c.outlet_id).where(articles.c.id == into)).scalar_one()
    for one, stand in theirs.items():
        statement = insert(connection, blocks).values(_row(outlet_id, into, one, stand))
        earlier = blocks.c.at > stand.at
        statement = statement.on_conflict_do_update(
            index_elements=["outlet_id", "mask", "article_id"], set_=asdict(stand), where=earlier
        )
        connection.execute(statement)
    forget(connection, away)


# Resets -------------------------------------------------------------------------------------------


def reset(connection: Connection, name: str, *, one: int | None, at: datetime) -> None:
    """Forget an outlet's furniture from `at` on, all of it or one mask; what is first seen later teaches anew."""
    outlet_id, _ = by_name(connection, name)
    known = select(blocks.c.mask).where(blocks.c.outlet_id == outlet_id, blocks.c.mask == one).limit(1)
    if one is not None and connection.execute(known).first() is None:
        raise NothingFound(f"{spelt(one)}: no paragraph of outlet '{name}' has this mask")
    _reset(connection, outlet_id, one, at)
    journal.note(connection, RESET, {"outlet": name, "mask": one}, at=at)


def reset_again(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> None:
    """Do what a journal entry of the kind `noise_reset` tells; one of an outlet that is gone tells nothing."""
    query = select(outlets.c.id).where(outlets.c.name == document["outlet"])
    outlet_id = connection.execute(query).scalar()
    if outlet_id is not None:
        _reset(connection, outlet_id, document["mask"], at)


def _reset(connection: Connection, outlet_id: int, one: int | None, at: datetime) -> None:
    same = resets.c.outlet_id == outlet_id, resets.c.mask.is_not_distinct_from(one), resets.c.at == at
    if connection.execute(select(resets.c.id).where(*same)).first() is None:
        connection.execute(resets.insert().values(outlet_id=outlet_id, mask=one, at=at))
