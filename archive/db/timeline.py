"""The capture index by time: each question of Memento is one step down a B-tree, however long the history.

A line of captures is that of one URL or that of one article. Both have an index that ends with the time, so
"the latest at or before" reads one row. Statements are built once, as in `archive.db.record`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, collate, func, select, tuple_

from archive.db.record import CAPTURES, as_capture
from archive.db.tables import Utc, captures, extractions, fetches, versions
from archive.domain.model import Capture, UrlKey

Line = UrlKey | int
"""The captures of one URL, by its key, or of one article, by its id."""

SOON: Final = timedelta(hours=1)
"""How long after a redirect its target may have been fetched: ten hops, each after the `max_delay` of five
minutes, take less. It bounds the look, not the answer."""

_Statement = Select[Any]
_OF: Final[Mapping[type, ColumnElement[bool]]] = {
    str: captures.c.urlkey == bindparam("of"),
    int: captures.c.article_id == bindparam("of"),
}
_PLACE = tuple_(captures.c.timestamp, captures.c.id)
_AT = bindparam("at", type_=Utc())
_HERE = tuple_(_AT, bindparam("id", type_=captures.c.id.type))
_FORWARD = (captures.c.timestamp, captures.c.id)
_BACKWARD = (captures.c.timestamp.desc(), captures.c.id.desc())


def _each(build: Callable[[_Statement], _Statement]) -> dict[type, _Statement]:
    """The statement for both kinds of line."""
    return {kind: build(CAPTURES.where(which)) for kind, which in _OF.items()}


_FIRST = _each(lambda line: line.order_by(*_FORWARD).limit(1))
_LAST = _each(lambda line: line.order_by(*_BACKWARD).limit(1))
_AT_OR_BEFORE = _each(lambda line: line.where(captures.c.timestamp <= _AT).order_by(*_BACKWARD).limit(1))
_AT_OR_AFTER = _each(lambda line: line.where(captures.c.timestamp >= _AT).order_by(*_FORWARD).limit(1))
_PREVIOUS = _each(lambda line: line.where(_PLACE < _HERE).order_by(*_BACKWARD).limit(1))
_NEXT = _each(lambda line: line.where(_PLACE > _HERE).order_by(*_FORWARD).limit(bindparam("limit", type_=Integer)))
_AT_MOMENT = _each(lambda line: line.where(captures.c.timestamp == _AT).order_by(captures.c.id))


def _one(
    connection: Connection, statements: Mapping[type, _Statement], of: Line, **values: object
) -> Capture | None:
    row = connection.execute(statements[type(of)], {"of": of, **values}).mappings().first()
    return None if row is None else as_capture(row)


def first(connection: Connection, of: Line) -> Capture | None:
    """The oldest capture of the line."""
    return _one(connection, _FIRST, of)


def last(connection: Connection, of: Line) -> Capture | None:
    """The newest capture of the line."""
    return _one(connection, _LAST, of)


def at_or_before(connection: Connection, of: Line, at: datetime) -> Capture | None:
    """The latest capture that is not later than `at`."""
    return _one(connection, _AT_OR_BEFORE, of, at=at)


def at_or_after(connection: Connection, of: Line, at: datetime) -> Capture | None:
    """The earliest capture that is not earlier than `at`."""
    return _one(connection, _AT_OR_AFTER, of, at=_whole(at))


def _whole(at: datetime) -> datetime:
    """`at`, or the next whole millisecond: columns hold those, and cut what is between."""
    rest = at.microsecond % 1000
    return at + timedelta(microseconds=1000 - rest) if rest else at


def at_moment(connection: Connection, of: Line, at: datetime) -> list[Capture]:
    """The captures of this very millisecond: one, unless URLs that share a key were fetched in it."""
    rows = connection.execute(_AT_MOMENT[type(of)], {"of": of, "at": at}).mappings()
    return [as_capture(row) for row in rows]


def before(connection: Connection, of: Line, capture: Capture) -> Capture | None:
    """The capture just before this one in the line."""
    return _one(connection, _PREVIOUS, of, at=capture.timestamp, id=capture.id)


def after(connection: Connection, of: Line, capture: Capture, *, limit: int = 1) -> list[Capture]:
    """The captures just after this one, `limit` at most: a long line is read so in pieces."""
    values = {"of": of, "at": capture.timestamp, "id": capture.id, "limit": limit}
    return [as_capture(row) for row in connection.execute(_NEXT[type(of)], values).mappings()]


# What a redirect led to -----------------------------------------------------------------------------

_REDIRECT = captures.alias("redirect")
_LED_TO = (
    CAPTURES.join(fetches, fetches.c.id == captures.c.fetch_id)
    .where(
        captures.c.urlkey == bindparam("of"),
        captures.c.timestamp >= _AT,
        captures.c.timestamp <= bindparam("until", type_=Utc()),
        fetches.c.hop_of
        == select(_REDIRECT.c.fetch_id).where(_REDIRECT.c.id == bindparam("id")).scalar_subquery(),
    )
    .order_by(*_FORWARD)
    .limit(1)
)


def led_to(connection: Connection, redirect: Capture, target: UrlKey) -> Capture | None:
    """The capture of `target` that was made by following `redirect`."""
    values = {"of": target, "at": redirect.timestamp, "until": redirect.timestamp + SOON, "id": redirect.id}
    row = connection.execute(_LED_TO, values).mappings().first()
    return None if row is None else as_capture(row)


# What an article said -------------------------------------------------------------------------------

_SHOWN = (
    select(captures.c.id, captures.c.timestamp, versions.c.id.label("version"))
    .join(extractions, extractions.c.capture_id == captures.c.id)
    .join(versions, versions.c.id == extractions.c.version_id)
    .where(
        captures.c.article_id == bindparam("of"),
        versions.c.article_id == bindparam("of"),
        versions.c.number > 0,  # what was seen once and never again is no wording that stood
    )
    .limit(1)
)
# Where two extractors read a capture, the one that is asked for is preferred, and then the later reading.
_READING = ((extractions.c.extractor == bindparam("extractor")).desc(), extractions.c.id.desc())
_SHOWN_BY = _SHOWN.where(captures.c.timestamp <= _AT).order_by(*_BACKWARD, *_READING)
_SHOWN_SINCE = _SHOWN.where(captures.c.timestamp >= _AT).order_by(*_FORWARD, *_READING)
_READ_BY = _SHOWN_BY.where(versions.c.extractor == bindparam("extractor"))
_READ_OTHER_BY = _READ_BY.where(versions.c.number != bindparam("but"))


def shown_by(connection: Connection, article_id: int, at: datetime, *, extractor: str) -> tuple[int, int] | None:
    """The latest capture at or before `at` in which the article was there to read, and its wording; their ids."""
    return _shown(connection, _SHOWN_BY, of=article_id, at=at, extractor=extractor)


def shown_since(
    connection: Connection, article_id: int, at: datetime, *, extractor: str
) -> tuple[int, int] | None:
    """The earliest such capture at or after `at`."""
    return _shown(connection, _SHOWN_SINCE, of=article_id, at=_whole(at), extractor=extractor)


def shown_other(
    connection: Connection, article_id: int, at: datetime, *, extractor: str, but: int | None
) -> tuple[int, int] | None:
    """The latest such capture at or before `at` with a wording of this extractor that is not number `but`."""
    if but is None:
        return _shown(connection, _READ_BY, of=article_id, at=at, extractor=extractor)
    return _shown(connection, _READ_OTHER_BY, of=article_id, at=at, extractor=extractor, but=but)


def extractors(connection: Connection, article_id: int, *, first: str) -> list[str]:
    """Whoever read an article: `first`, if it did, and then the others, the latest first."""
    query = (
        select(versions.c.extractor)
        .where(versions.c.article_id == article_id)
        .group_by(versions.c.extractor)
        .order_by((versions.c.extractor == first).desc(), func.max(versions.c.id).desc())
    )
    return list(connection.execute(query).scalars())


def _shown(connection: Connection, statement: _Statement, **values: object) -> tuple[int, int] | None:
    row = connection.execute(statement, values).first()
    return None if row is None else (row.id, row.version)


# The whole index ------------------------------------------------------------------------------------


def every(connection: Connection) -> Iterator[Capture]:
    """Every row of the index by key and time, keys in the order of their bytes; read as they are asked for."""
    key: ColumnElement[str] = captures.c.urlkey
    if connection.dialect.name == "postgresql":  # SQLite compares bytes without being told
        key = collate(key, "C")
    query = CAPTURES.order_by(key, *_FORWARD).execution_options(yield_per=1000)
    return map(as_capture, connection.execute(query).mappings())
