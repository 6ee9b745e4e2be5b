"""Search: in all that ever stood, and in what changes removed and added.

Knows three means. SQLite has FTS5 with its trigram tokenizer: `texts_index` holds the postings of whole versions
and not their text, `edits_index` reads its text from `edits`. PostgreSQL has `pg_trgm` where the extension may be
installed, an index over the same keys. Where neither is there, keys are read one after another: slow, and the
same answers. What a key is, and so what is found, `archive.domain.searchable` says.

Ids of `texts` and `edits` begin with the day, so that the newest first and a span of time are what the indexes
give by themselves, and a frequent word costs no more than a rare one. Within a day the order is that of writing.
"""

from __future__ import annotations

import enum
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)

from archive.db.tables import articles, changes, edits, outlets, texts, versions
from archive.domain.searchable import Query, edited, key_of, snippet
from archive.domain.verdicts import THERE

if TYPE_CHECKING:
    from archive.db.findings import Version

#: Bits of an id after the day: sixteen million versions of one day.
_WITHIN_DAY = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Hits that are asked for at once; the next time twice as many.
_FIRST, _MOST = 128, 4096

#: So many ids go into one statement.
_SOME = 500

#: FTS5 looks up trigrams: nothing shorter, unless by so many of them at once.
_TRIGRAM = 3
_ALTERNATIVES = 256

TEXTS_INDEX = "texts_index"
TEXTS_TERMS = "texts_terms"
EDITS_INDEX = "edits_index"
_texts_index = table(TEXTS_INDEX, column("rowid"))
_edits_index = table(EDITS_INDEX, column("rowid"))


def is_index(table_name: str) -> bool:
    """Whether a table is one that FTS5 keeps for itself."""
    return table_name.startswith((TEXTS_INDEX, TEXTS_TERMS, EDITS_INDEX))


class Field(enum.StrEnum):
    """Where to search."""

    STOOD = "stood"  #: in all texts that ever stood
    REMOVED = "removed"  #: in what changes took out
    ADDED = "added"  #: in what they put in


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where a query was found: the latest version of an article with these words, or one change."""

    article_id: int
    url: str
    outlet: str
    title: str
    version_id: int
    version: int  #: the number of the version with the words, or of the one that the change led to
    timestamp: datetime  #: when that version was first seen
    snippet: str
    still_live: bool  #: the words stand in the version that stands, and the article is there to read
    last_seen: datetime | None = None  #: that version
    change_id: int | None = None


# Writing -------------------------------------------------------------------------------------------


def note_version(connection: Connection, version: Version) -> None:
    """Let the words of a confirmed version be found: of its first reading by the extractor that read it last."""
    extraction = version.extraction
    for twin in connection.execute(_TWINS, {"article": version.article_id, "of": version.number}).all():
        if twin.extractor == extraction.extractor:
            return
        forget_version(connection, twin.version_id)
    pieces = (extraction.title, extraction.standfirst, extraction.text, *extraction.captions)
    _add_text(connection, version.id, version.first_seen, key_of(pieces))


def _add_text(connection: Connection, version_id: int, at: datetime, key: str) -> None:
    indexed = _has_index(connection)
    values = {
        "id": _next_id(connection, texts, at),
        "version_id": version_id,
        "checksum": _checksum(key),
        "key": None if indexed else key,
    }
    connection.execute(_ADD_TEXT, values)
    if indexed:
        connection.execute(_INDEX_TEXT, {"id": values["id"], "key": key})


def forget_version(connection: Connection, version_id: int) -> None:
    """Take a version out of the index; to be done before the version itself goes."""
    row = connection.execute(select(texts).where(texts.c.version_id == version_id)).first()
    if row is None:
        return
    if row.key is None:
        query = select(versions.c.document).where(versions.c.id == version_id)
        key = key_of(_pieces(connection.execute(query).scalar_one()))
        if _checksum(key) != row.checksum:
            # Other rules made it: without its very letters it cannot be taken out. Nobody will find it.
            connection.execute(texts.update().where(texts.c.id == row.id).values(version_id=None))
            return
        connection.execute(_UNINDEX_TEXT, {"id": row.id, "key": key})
    connection.execute(texts.delete().where(texts.c.id == row.id))


def note_change(connection: Connection, change_id: int, removed: Sequence[str], added: Sequence[str]) -> None:
    """Let the stretches that a change took out and put in be found."""
    at = connection.execute(_DETECTED_AT, {"change": change_id}).scalar_one()
    values = {
        "id": _next_id(connection, edits, at),
        "change_id": change_id,
        "removed": list(removed),
        "added": list(added),
        "removed_key": key_of(removed),
        "added_key": key_of(added),
    }
    connection.execute(_FORGET_EDITS, {"change": change_id})
    connection.execute(_ADD_EDITS, values)


def note_step(connection: Connection, change_id: int) -> None:
    """The same of a change of which only the two versions are known."""
    of = select(changes.c.from_version, changes.c.to_version).where(changes.c.id == change_id)
    ids = connection.execute(of).one()
    before, after = (_fields(_document(connection, version_id)) for version_id in ids)
    note_change(connection, change_id, *edited(before, after))


def forget(connection: Connection, article_id: int) -> None:
    """Take all versions of an article out of the index, before they go. What is noted of a change goes with it."""
    theirs = select(texts.c.version_id).join(versions, versions.c.id == texts.c.version_id)
    for version_id in connection.execute(theirs.where(versions.c.article_id == article_id)).scalars().all():
        forget_version(connection, version_id)


def rebuild(connection: Connection) -> None:
    """Index all versions and changes anew, from themselves alone."""
    for row in connection.execute(select(texts.c.version_id).where(texts.c.version_id.is_not(None))).all():
        forget_version(connection, row.version_id)
    connection.execute(edits.delete())
    known = dict[tuple[int, int], tuple[str, int, datetime]]()  # article and number → extractor, reading, time
    of = versions.c
    readings = select(of.article_id, of.number, of.extractor, of.id, of.first_seen).where(of.number > 0)
    for article_id, number, extractor, version_id, at in connection.execute(readings.order_by(of.id)):
        if known.get((article_id, number), ("",))[0] != extractor:
            known[article_id, number] = extractor, version_id, at
    for _, version_id, at in sorted(known.values(), key=lambda each: (each[2], each[1])):
        _add_text(connection, version_id, at, key_of(_pieces(_document(connection, version_id))))
    in_order = select(changes.c.id).order_by(changes.c.detected_at, changes.c.id)
    for change_id in connection.execute(in_order).scalars().all():
        note_step(connection, change_id)


def _document(connection: Connection, version_id: int) -> Mapping[str, Any]:
    query = select(versions.c.document).where(versions.c.id == version_id)
    document: Mapping[str, Any] = connection.execute(query).scalar_one()
    return document


def _fields(document: Mapping[str, Any]) -> tuple[str, ...]:
    return document["title"], document["standfirst"], document["text"]


def _pieces(document: Mapping[str, Any]) -> tuple[str, ...]:
    return (*_fields(document), *document.get("captions", ()))


def _checksum(key: str) -> int:
    return zlib.crc32(key.encode())


def _day(at: datetime) -> int:
    return (at - _EPOCH).days << _WITHIN_DAY


def _next_id(connection: Connection, of: Table, at: datetime) -> int:
    if connection.dialect.name == "postgresql":  # no two writers may take one id; SQLite has one writer at a time
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"stet {of.name}"))))
    first = _day(at)
    last = connection.execute(_LAST_OF_DAY[of.name], {"first": first, "end": first + _DAY}).scalar()
    return first if last is None else int(last) + 1


_DAY = 1 << _WITHIN_DAY

# Every change and every new version run these: built once (see `archive.db.record`).
_TWINS = (
    select(texts.c.version_id, versions.c.extractor)
    .join(versions, versions.c.id == texts.c.version_id)
    .where(versions.c.article_id == bindparam("article"), versions.c.number == bindparam("of"))
)
_LAST_OF_DAY = {
    of.name: select(func.max(of.c.id)).where(of.c.id >= bindparam("first"), of.c.id < bindparam("end"))
    for of in (texts, edits)
}
_DETECTED_AT = select(changes.c.detected_at).where(changes.c.id == bindparam("change"))
_ADD_TEXT, _ADD_EDITS = texts.insert(), edits.insert()
_FORGET_EDITS = edits.delete().where(edits.c.change_id == bindparam("change"))
_INDEX_TEXT = text(f"INSERT INTO {TEXTS_INDEX} (rowid, key) VALUES (:id, :key)")  # noqa: S608
_UNINDEX_TEXT = text(
    f"INSERT INTO {TEXTS_INDEX} ({TEXTS_INDEX}, rowid, key) VALUES ('delete', :id, :key)"  # noqa: S608
)
_IS_THERE = text("SELECT 1 FROM sqlite_master WHERE name = :name")


def _has_index(connection: Connection) -> bool:
    """Whether FTS5 does it: in SQLite, unless its library is too old."""
    if connection.dialect.name != "sqlite":
        return False
    return connection.execute(_IS_THERE, {"name": TEXTS_INDEX}).first() is not None


# Reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which hits are wanted, whatever they say."""

    outlet: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Scope()

COUNTED = 2_000
"""Hits that are counted, of each sort, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many hits a search has."""

    stood: int  #: articles
    there: int  #: of those, in which the words stand to this day
    removed: int  #: changes
    added: int
    at_least: bool  #: there are more than were counted


def stood(connection: Connection, query: Query, scope: Scope = EVERYTHING, *, limit: int = 100) -> list[Hit]:
    """The articles in which `query` ever stood, each by its latest version that holds it; the newest first."""
    latest: dict[int, int] = {}  # article → version
    for row in texts_found(connection, query, scope):
        latest.setdefault(row.article_id, row.version_id)
        if len(latest) == limit:
            break
    return text_hits(connection, query, latest, scope)


def text_hits(
    connection: Connection, query: Query, latest: Mapping[int, int], scope: Scope = EVERYTHING
) -> list[Hit]:
    """Articles and their latest version that holds the query, by their ids → hits, the newest first."""
    rows = _all(connection, _TEXT_HIT.where(versions.c.id.in_(latest.values())))
    # Its latest version that holds the words is the present one, or they do not stand in that.
    live = {row["article_id"] for row in rows if row["standing"] in THERE and row["number"] == row["present"]}
    if scope.until is not None:
        live |= still_live(connection, query, latest)
    hits = [
        _hit(
            row,
            timestamp=row["first_seen"],
            snippet=snippet(_paragraphs(row["document"]), query),
            still_live=row["article_id"] in live,
            last_seen=row["last_seen"],
        )
        for row in rows
    ]
    return sorted(hits, key=lambda hit: (hit.timestamp, hit.version_id), reverse=True)


def changed(
    connection: Connection, query: Query, field: Field, scope: Scope = EVERYTHING, *, limit: int = 100
) -> list[Hit]:
    """The changes that removed or added `query`, the newest first, without those that a later one tells of."""
    found = islice(changes_found(connection, {field: query}, scope), limit)
    return change_hits(connection, query, field, list(found))


def change_hits(connection: Connection, query: Query, field: Field, ids: Collection[int]) -> list[Hit]:
    """Changes, by their ids → hits, the newest first."""
    rows = _all(connection, _CHANGE_HIT.where(changes.c.id.in_(ids)))
    live = still_live(connection, query, {row["article_id"] for row in rows})
    hits = [
        _hit(
            row,
            timestamp=row["to_at"],
            snippet=snippet(row[field.value], query),
            still_live=row["article_id"] in live,
            change_id=row["change_id"],
        )
        for row in rows
    ]
    return sorted(hits, key=lambda hit: (hit.timestamp, hit.change_id), reverse=True)


def changes_found(
    connection: Connection,
    wanted: Mapping[Field, Query],
    scope: Scope = EVERYTHING,
    *,
    superseded: bool = False,
) -> Iterator[int]:
    """The changes that removed and added all that is wanted, the newest first: ids, read as they are taken."""
    return (row.change_id for row in edits_found(connection, wanted, scope, superseded=superseded))


def edits_found(
    connection: Connection,
    wanted: Mapping[Field, Query],
    scope: Scope = EVERYTHING,
    *,
    superseded: bool = False,
    below: int | None = None,
) -> Iterator[Row[Any]]:
    """The same as rows of `id`, their place in the index, and `change_id`; those whose place is below `below`."""
    query: Select[Any] = select(edits.c.id, edits.c.change_id).join(changes, changes.c.id == edits.c.change_id)
    asked = [(edits.c[f"{field}_key"], term) for field, words in wanted.items() for term in words.terms]
    if _has_index(connection):
        lookups = [_phrase(term, of=key.name) for key, term in asked if len(term) >= _TRIGRAM]
        query = query.where(*(func.instr(key, term) > 0 for key, term in asked if len(term) < _TRIGRAM))
        if lookups:
            query = query.join(_edits_index, _edits_index.c.rowid == edits.c.id)
            query = query.where(_matches(EDITS_INDEX, lookups))
        place = _edits_index.c.rowid if lookups else edits.c.id
    else:
        query, place = query.where(*(_holds(connection, key, term) for key, term in asked)), edits.c.id
    if not superseded:
        query = query.where(changes.c.superseded_by.is_(None))
    if scope.outlet is not None:
        query = query.join(articles, articles.c.id == changes.c.article_id)
    query = _within(query, scope, place, changes.c.detected_at)
    return _newest_first(connection, query, place, below)


def texts_found(
    connection: Connection, query: Query, scope: Scope, *, below: int | None = None
) -> Iterator[Row[Any]]:
    """The versions that hold the query, the newest first; those whose place in the index is below `below`."""
    wanted: Select[Any] = select(texts.c.id, texts.c.version_id, versions.c.article_id)
    wanted = wanted.join(versions, versions.c.id == texts.c.version_id)
    place: ColumnElement[int] = texts.c.id
    if _has_index(connection):
        lookups, rest = _lookups(connection, query)
        if lookups:
            wanted = wanted.join(_texts_index, _texts_index.c.rowid == texts.c.id)
            wanted = wanted.where(_matches(TEXTS_INDEX, lookups))
            place = _texts_index.c.rowid
    else:
        wanted, rest = wanted.where(*(_holds(connection, texts.c.key, term) for term in query.terms)), None
    if scope.outlet is not None:
        wanted = wanted.join(articles, articles.c.id == versions.c.article_id)
    for row in _newest_first(connection, _within(wanted, scope, place, versions.c.first_seen), place, below):
        if rest is None or rest.stands_in(key_of(_pieces(_document(connection, row.version_id)))):
            yield row


def _within(
    query: Select[Any], scope: Scope, place: ColumnElement[int], moment: ColumnElement[datetime]
) -> Select[Any]:
    """Days are told by the id; only on the first and the last day the moment itself is looked at."""
    if scope.outlet is not None:
        named = select(outlets.c.id).where(outlets.c.name == scope.outlet).scalar_subquery()
        query = query.where(articles.c.outlet_id == named)
    if scope.since is not None:
        day = _day(scope.since)
        query = query.where(place >= day, or_(place >= day + _DAY, moment >= scope.since))
    if scope.until is not None:
        day = _day(scope.until)
        query = query.where(place < day + _DAY, or_(place < day, moment <= scope.until))
    return query


def _newest_first(
    connection: Connection, query: Select[Any], place: ColumnElement[int], below: int | None = None
) -> Iterator[Row[Any]]:
    """The rows of `query` by falling id, read as they are taken, so that nobody waits for those at the end."""
    size = _FIRST
    while True:
        part = query if below is None else query.where(place < below)
        rows = connection.execute(part.order_by(place.desc()).limit(size)).all()
        yield from rows
        if len(rows) < size:
            return
        below, size = rows[-1].id, min(2 * size, _MOST)


def _lookups(connection: Connection, query: Query) -> tuple[list[str], Query | None]:
    """What FTS5 can look up of a query, and the rest, for which texts have to be read.

    One letter or two are looked up by all trigrams that begin with them. Where those are very many the letters
    stand in most texts, and the first that are read will do.
    """
    lookups, rest = list[str](), list[str]()
    for term in query.terms:
        if len(term) >= _TRIGRAM:
            lookups.append(_phrase(term))
            continue
        bounds = {"low": term, "high": term + _HIGHEST, "limit": _ALTERNATIVES + 1}
        longer = connection.execute(_BEGIN_WITH, bounds).scalars().all()
        if len(longer) > _ALTERNATIVES:
            rest.append(term)
        else:
            lookups.append(f"({' OR '.join(map(_phrase, longer or [_NOWHERE]))})")
    return lookups, Query(tuple(rest)) if rest else None


def _holds(connection: Connection, key: ColumnElement[str], term: str) -> ColumnElement[bool]:
    if connection.dialect.name == "postgresql":  # LIKE is what `pg_trgm` has an index for
        return key.like("%" + re.sub(r"([\\%_])", r"\\\1", term) + "%")
    return func.instr(key, term) > 0


def _phrase(term: str, *, of: str = "") -> str:
    """A term in FTS5's own language."""
    phrase = '"' + term.replace('"', '""') + '"'
    return f"{of} : {phrase}" if of else phrase


def _matches(index: str, lookups: Sequence[str]) -> ColumnElement[bool]:
    # A literal column, for FTS5 wants its table's own name there.
    return literal_column(index).op("MATCH", is_comparison=True)(" AND ".join(lookups))


_HIGHEST = "\U0010ffff"
_NOWHERE = "\n\n\n"  # a key ends with two line breaks and holds no third
_BEGIN_WITH = text(f"SELECT term FROM {TEXTS_TERMS} WHERE term >= :low AND term < :high LIMIT :limit")  # noqa: S608

_ARTICLE = (articles.c.url, articles.c.title, outlets.c.name.label("outlet"))
_present = versions.alias("present")
_TEXT_HIT = (
    select(
        versions,
        versions.c.id.label("version_id"),
        *_ARTICLE,
        articles.c.standing,
        _present.c.number.label("present"),
    )
    .join(articles, articles.c.id == versions.c.article_id)
    .outerjoin(_present, _present.c.id == articles.c.version_id)
    .join(outlets, outlets.c.id == articles.c.outlet_id)
)
_CHANGE_HIT = (
    select(
        changes.c.article_id,
        changes.c.to_at,
        changes.c.to_version.label("version_id"),
        versions.c.number,
        edits,
        *_ARTICLE,
    )
    .join(edits, edits.c.change_id == changes.c.id)
    .join(versions, versions.c.id == changes.c.to_version)
    .join(articles, articles.c.id == changes.c.article_id)
    .join(outlets, outlets.c.id == articles.c.outlet_id)
)


def counted(connection: Connection, query: Query, scope: Scope = EVERYTHING) -> Counts:
    """How many hits there are of each sort, as far as they are counted."""
    rows = list(islice(texts_found(connection, query, scope), COUNTED))
    ids = {row.article_id for row in rows}
    # Of what stood until some time the present version may be a later one that holds the words too.
    there = still_live(connection, query, ids) if scope.until is not None else _present_among(connection, rows)
    removed, added = (
        sum(1 for _ in islice(edits_found(connection, {field: query}, scope), COUNTED))
        for field in (Field.REMOVED, Field.ADDED)
    )
    most = max(len(rows), removed, added)
    return Counts(stood=len(ids), there=len(there), removed=removed, added=added, at_least=most == COUNTED)


def _present_among(connection: Connection, rows: Sequence[Row[Any]]) -> set[int]:
    """The articles whose present version is one of these, and that are there to read."""
    found = set[int]()
    for start in range(0, len(rows), _SOME):
        part = [row.version_id for row in rows[start : start + _SOME]]
        query = (
            select(articles.c.id)
            .join(versions, versions.c.article_id == articles.c.id)
            .join(_present, (_present.c.id == articles.c.version_id) & (_present.c.number == versions.c.number))
            .where(versions.c.id.in_(part), articles.c.standing.in_(sorted(standing.value for standing in THERE)))
        )
        found |= set(connection.execute(query).scalars())
    return found


def told_before(
    connection: Connection, query: Query, ids: Collection[int], place: int, scope: Scope = EVERYTHING
) -> set[int]:
    """Which of these articles have a version that holds the query at this place in the index, or a later one."""
    later: Select[Any] = (
        select(versions.c.article_id, versions.c.document)
        .join(texts, texts.c.version_id == versions.c.id)
        .where(versions.c.article_id.in_(ids), texts.c.id >= place)
    )
    rows = connection.execute(_within(later, Scope(until=scope.until), texts.c.id, versions.c.first_seen))
    return {row.article_id for row in rows if query.stands_in(key_of(_pieces(row.document)))}


def _all(connection: Connection, query: Select[Any]) -> Sequence[RowMapping]:
    return connection.execute(query).mappings().all()


def _hit(row: RowMapping, **told: Any) -> Hit:
    plain = {name: row[name] for name in ("article_id", "url", "outlet", "title")}
    return Hit(version_id=row["version_id"], version=row["number"], **plain, **told)


def _paragraphs(document: Mapping[str, Any]) -> list[str]:
    title, standfirst, body = _fields(document)
    return [title, standfirst, *body.split("\n\n"), *document.get("captions", ())]


def still_live(connection: Connection, query: Query, article_ids: Collection[int]) -> set[int]:
    """The articles that are there to read and whose present version holds the query."""
    same = versions.alias("same")
    wanted = (
        select(articles.c.id, same.c.document)
        .join(_present, _present.c.id == articles.c.version_id)
        .join(same, and_(same.c.article_id == articles.c.id, same.c.number == _present.c.number))
        .join(texts, texts.c.version_id == same.c.id)
        .where(
            articles.c.id.in_(article_ids), articles.c.standing.in_(sorted(standing.value for standing in THERE))
        )
    )
    return {row.id for row in connection.execute(wanted) if query.stands_in(key_of(_pieces(row.document)))}
