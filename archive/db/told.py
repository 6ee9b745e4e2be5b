"""All that somebody is told of, the latest first: changes, steps of standings, and what befell whole outlets.

Which steps are told is decided as `archive.judging` decided when they were made, from the rows alone. Each thing
has a name that is made of what was fetched and when: a database that is made anew from the WARC files gives the
same names, though other ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, true

from archive.db import notices as waves
from archive.db import outages as failures
from archive.db import witnesses
from archive.db.findings import as_standing
from archive.db.notices import Notice
from archive.db.outages import Row
from archive.db.tables import articles, captures, changes, fetches, outages, outlets, standings, tags
from archive.domain.model import Reason, Standing
from archive.domain.moves import WAVE, deed
from archive.domain.outages import BACK_AGAIN, end_sentence, name_of, sentence
from archive.domain.rules import What
from archive.domain.times import iso
from archive.domain.verdicts import THERE, step_in_words

_OF_ARTICLES = (articles.c.url, articles.c.title, outlets.c.name.label("outlet"))
_THERE = sorted(standing.value for standing in THERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A page that it rests on: its address, and when it was seen."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that is told."""

    what: What
    id: int  #: of the change, the standing, the notice or the outage
    at: datetime
    name: str  #: its own for good
    kinds: tuple[str, ...]  #: of a change or a notice; of a step the standing and its reason
    outlet: str
    title: str  #: of the article, or of the outlet
    url: str
    text: str  #: in words, one line
    stealth: bool = False
    before: Look | None = None
    after: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Of which articles: those of an outlet, those with a tag, or all."""

    outlet: str = ""
    tag: str = ""


ALL = Shelf()


def listed(
    connection: Connection, shelf: Shelf = ALL, *, before: datetime | None = None, limit: int
) -> list[Told]:
    """What was told before that time (or at all), the latest first.

    Of what was told at one moment all is given or nothing, but where it is more than `limit`.
    """
    some = [source(connection, shelf, before, limit + 1) for source in (_changes, _standings, _outages, _notices)]
    found = sorted(chain.from_iterable(some), key=_place, reverse=True)
    if len(found) <= limit:
        return found
    rest = found[limit].at
    whole = [told for told in found[:limit] if told.at > rest]
    return whole or [told for told in found if told.at == rest]


def _place(told: Told) -> tuple[datetime, str]:
    return told.at, told.name


def is_tag(connection: Connection, tag: str) -> bool:
    """Whether any article has it."""
    return connection.execute(select(tags.c.tag).where(tags.c.tag == tag).limit(1)).first() is not None


def _of(shelf: Shelf) -> list[ColumnElement[bool]]:
    """Which articles; to be asked of a query that joins articles and outlets."""
    which: list[ColumnElement[bool]] = []
    if shelf.outlet:
        which.append(outlets.c.name == shelf.outlet)
    if shelf.tag:
        which.append(articles.c.id.in_(select(tags.c.article_id).where(tags.c.tag == shelf.tag)))
    return which


# Changes -------------------------------------------------------------------------------------------


def _changes(connection: Connection, shelf: Shelf, before: datetime | None, limit: int) -> list[Told]:
    query = (
        select(changes, *_OF_ARTICLES, captures.c.url.label("seen"), captures.c.timestamp)
        .select_from(changes.join(articles).join(outlets).join(captures, captures.c.id == changes.c.capture_id))
        .where(changes.c.superseded_by.is_(None), *_of(shelf))
    )
    if before is not None:
        query = query.where(changes.c.detected_at < before)
    query = query.order_by(changes.c.detected_at.desc(), changes.c.id.desc()).limit(limit)
    return [
        Told(
            what=What.CHANGE,
            id=row.id,
            at=row.detected_at,
            name=f"change {iso(row.detected_at)} {iso(row.timestamp)} {row.seen}",
            kinds=tuple(row.kinds),
            outlet=row.outlet,
            title=row.title,
            url=row.url,
            text=row.summary,
            stealth=row.stealth,
            before=Look(url=row.url, at=row.from_at),
            after=Look(url=row.seen, at=row.timestamp),
        )
        for row in connection.execute(query)
    ]


# Steps of standings --------------------------------------------------------------------------------


def _standings(connection: Connection, shelf: Shelf, before: datetime | None, limit: int) -> list[Told]:
    """Steps that may be told, and of these those that were; asked for again until there are enough."""
    found: list[Told] = []
    last = (before, 0) if before is not None else None
    while len(found) < limit:
        rows = _candidates(connection, shelf, last, limit)
        found += [_step(connection, row) for row in rows if _was_told(connection, row)]
        if len(rows) < limit:
            break
        last = rows[-1]["at"], rows[-1]["id"]
    return found[:limit]


def _candidates(
    connection: Connection, shelf: Shelf, last: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Those before the `last` one."""
    after, was = standings.c.after, standings.c.before
    there = after.in_(_THERE)
    barred = Standing.BARRED.value
    may_be = or_(
        and_(after == Standing.TAKEN_DOWN.value, was != after),
        and_(was == Standing.TAKEN_DOWN.value, there),
        after == Standing.MOVED.value,
        and_(after == barred, standings.c.reason == Reason.GEO_BLOCKED.value),
        and_(was == barred, there),
    )
    query = (
        select(standings, *_OF_ARTICLES, articles.c.outlet_id)
        .select_from(standings.join(articles).join(outlets))
        .where(standings.c.outage_id.is_(None), may_be, *_of(shelf))
    )
    if last is not None:
        at, id_ = last
        query = query.where(or_(standings.c.at < at, and_(standings.c.at == at, standings.c.id < id_)))
    query = query.order_by(standings.c.at.desc(), standings.c.id.desc()).limit(limit)
    return connection.execute(query).mappings().all()


def _was_told(connection: Connection, row: RowMapping) -> bool:
    """What `archive.domain.standing.ALERTS` says of the step, where its row does not say all by itself."""
    if row["before"] == Standing.TAKEN_DOWN.value or row["after"] not in _THERE:
        return True
    last = _steps_before(connection, row)
    if row["after"] == Standing.MOVED.value and not any(each.after == Standing.MOVED.value for each in last):
        return not _is_of_a_wave(connection, row)
    return bool(last) and last[0].reason == Reason.GEO_BLOCKED.value


def _steps_before(connection: Connection, row: RowMapping) -> Sequence[Any]:
    query = (
        select(standings.c.after, standings.c.reason)
        .where(standings.c.article_id == row["article_id"])
        .where(or_(standings.c.at < row["at"], and_(standings.c.at == row["at"], standings.c.id < row["id"])))
    )
    return connection.execute(query.order_by(standings.c.at.desc(), standings.c.id.desc())).all()


def _is_of_a_wave(connection: Connection, row: RowMapping) -> bool:
    """Whether another article of the outlet moved in the same way before it, so that somebody was told of it."""
    mine = witnesses.way(connection, row["evidence"].get("this"))
    if len(mine) < 2:
        return False
    at, but = row["at"], row["article_id"]
    others = witnesses.moves(connection, row["outlet_id"], since=at - WAVE, at=at, but=but)
    return deed(mine[-1], mine[0]) in {deed(*other) for other in others}


def _step(connection: Connection, row: RowMapping) -> Told:
    looks = {part: _look(connection, row["evidence"].get(part)) for part in ("last_good", "this")}
    this = looks["this"] or Look(url=row["url"], at=row["at"])
    return Told(
        what=What.STANDING,
        id=row["id"],
        at=row["at"],
        name=f"standing {row['after']} {iso(this.at)} {this.url}",
        kinds=tuple(filter(None, (row["after"], row["reason"]))),
        outlet=row["outlet"],
        title=row["title"],
        url=row["url"],
        text=step_in_words(as_standing(row)),
        before=looks["last_good"],
        after=this,
    )


def _look(connection: Connection, fetch_id: int | None) -> Look | None:
    if fetch_id is None:
        return None
    row = connection.execute(select(fetches.c.url, fetches.c.began).where(fetches.c.id == fetch_id)).first()
    return None if row is None else Look(url=row.url, at=row.began)


# Outlets -------------------------------------------------------------------------------------------


def _outages(connection: Connection, shelf: Shelf, before: datetime | None, limit: int) -> list[Told]:
    """What is told of outages: that there is one, that the outlet is offline, that it is back."""
    ids = set[int]()
    offline = outages.c.offline.is_not(None)
    for moment, which in ((outages.c.told, true()), (outages.c.offline, true()), (outages.c.ended, offline)):
        query = select(outages.c.id).select_from(outages.join(outlets)).where(*_of_outlets(shelf), which)
        query = query.where(outages.c.told.is_not(None), moment.is_not(None))
        if before is not None:
            query = query.where(moment < before)
        ids |= set(connection.execute(query.order_by(moment.desc(), outages.c.id.desc()).limit(limit)).scalars())
    words = [each for one in ids for each in _words(failures.by_id(connection, one))]
    return [told for told in words if before is None or told.at < before]


def _words(row: Row) -> Iterator[Told]:
    held = row.outage
    assert row.told is not None
    began = replace(held, offline=None)
    if held.offline is None or held.offline > row.told:
        yield _of_outlet(row, row.told, "began", name_of(began), sentence(began))
    if held.offline is not None:
        yield _of_outlet(row, held.offline, "offline", name_of(held), sentence(held))
        if row.ended is not None:
            yield _of_outlet(row, row.ended, "over", BACK_AGAIN, end_sentence(held))


def _of_outlet(row: Row, at: datetime, part: str, kind: str, text: str) -> Told:
    return Told(
        what=What.NOTICE,
        id=row.id,
        at=at,
        name=f"outage {part} {row.outlet} {iso(row.outage.began)}",
        kinds=(kind,),
        outlet=row.outlet,
        title=row.title,
        url=row.home,
        text=text,
    )


def _of_outlets(shelf: Shelf) -> list[ColumnElement[bool]]:
    """Of which outlets: also those of the articles with a tag, for an outage is told for each of them."""
    which: list[ColumnElement[bool]] = []
    if shelf.outlet:
        which.append(outlets.c.name == shelf.outlet)
    if shelf.tag:
        theirs = select(articles.c.outlet_id).join(tags, tags.c.article_id == articles.c.id)
        which.append(outlets.c.id.in_(theirs.where(tags.c.tag == shelf.tag)))
    return which


def _notices(connection: Connection, shelf: Shelf, before: datetime | None, limit: int) -> list[Told]:
    """Redesigns. They tell of an outlet, and of no article."""
    if shelf.tag:
        return []
    found = waves.listed(connection, outlet=shelf.outlet or None, until=before, limit=limit)
    return [_of_wave(notice) for notice in found if before is None or notice.told < before]


def _of_wave(notice: Notice) -> Told:
    return Told(
        what=What.NOTICE,
        id=notice.id,
        at=notice.told,
        name=f"{notice.kind} {notice.outlet} {iso(notice.told)}",
        kinds=(notice.kind,),
        outlet=notice.outlet,
        title=notice.title,
        url=notice.url,
        text=notice.summary,
    )
