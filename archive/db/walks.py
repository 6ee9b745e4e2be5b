"""Walks over long lists, page by page: each page costs the same, however far in the list it is.

A walk goes by a key that an index holds (a time and an id), the newest first. What an index does not hold (an
outlet, a language, words of a title) is looked for in some `LOOKED_AT` rows at most: a page may then hold less
than was asked for, or nothing, and still say where to go on. So nobody waits for what is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, literal, or_, select, tuple_

from archive.db import alerts as telling
from archive.db import articles as watched
from archive.db import cursors, findings, outages, outlets, record, searching, tables
from archive.db import tags as tagging
from archive.db import takedowns as gone
from archive.db.alerts import Alert
from archive.db.articles import Article
from archive.db.cursors import Page
from archive.db.findings import Change
from archive.db.record import FetchRow
from archive.db.searching import EVERYTHING, Field, Hit, Scope
from archive.db.tables import Utc
from archive.db.takedowns import Outage, Verdict
from archive.domain.model import Capture, Reason
from archive.domain.searchable import Query

LOOKED_AT: Final = 20_000
"""Rows that are looked at for one page, at most: some tens of milliseconds."""

HITS: Final = 1_000
"""The same of hits whose texts are read: whether words still stand there no index says."""

_FIRST: Final = 500
"""Rows that are looked at to begin with; then twice as many, and so on."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 and 9999, in milliseconds

T = TypeVar("T")


class Place(NamedTuple):
    """The key of a row."""

    at: datetime
    id: int


class Key(NamedTuple):
    """The columns that a walk goes by."""

    at: ColumnElement[datetime]
    id: ColumnElement[int]

    def before(self, place: Place) -> ColumnElement[bool]:
        """What comes after the place, in the order of the walk."""
        return tuple_(self.at, self.id) < tuple_(literal(place.at, Utc()), literal(place.id))

    def down_to(self, place: Place) -> ColumnElement[bool]:
        """What comes not after it."""
        return tuple_(self.at, self.id) >= tuple_(literal(place.at, Utc()), literal(place.id))

    @property
    def order(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The newest first."""
        return self.at.desc(), self.id.desc()


def _read(walk: str, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    at, number = cursors.read(walk, 2, cursor)
    return Place(_moment(at), number)


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + min(max(milliseconds, _EARLIEST), _LATEST) * _MS


def _written(walk: str, place: Place | None) -> str | None:
    return None if place is None else cursors.write(walk, ((place.at - _EPOCH) // _MS, place.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A list that is walked over."""

    name: str
    query: Select[Any]
    key: Key
    indexed: Sequence[ColumnElement[bool]] = ()  #: which rows of the key's own table, as an index has them
    sought: Sequence[ColumnElement[bool]] = ()  #: and what they shall be, which has to be looked for

    def page(
        self, connection: Connection, cursor: str | None, limit: int, of: Callable[[RowMapping], T]
    ) -> Page[T]:
        rows, end = self._rows(connection, _read(self.name, cursor), limit)
        return Page(tuple(map(of, rows)), _written(self.name, end))

    def _rows(
        self, connection: Connection, start: Place | None, limit: int
    ) -> tuple[Sequence[RowMapping], Place | None]:
        """The rows after `start`, and where more may be."""
        found: list[RowMapping] = []
        looked, size = 0, _FIRST
        while True:
            here = [*self.indexed, *([self.key.before(start)] if start else [])]
            end = self._end(connection, here, size) if self.sought else None
            some = self.query.where(*here, *self.sought, *([self.key.down_to(end)] if end else []))
            some = some.add_columns(self.key.at.label("walk_at"), self.key.id.label("walk_id"))
            wanted = some.order_by(*self.key.order).limit(limit + 1 - len(found))
            found += connection.execute(wanted).mappings().all()
            if len(found) > limit:
                last = found[limit - 1]
                return found[:limit], Place(last["walk_at"], last["walk_id"])
            looked += size
            if end is None or looked >= LOOKED_AT:
                return found, end
            start, size = end, 2 * size

    def _end(self, connection: Connection, here: Sequence[ColumnElement[bool]], size: int) -> Place | None:
        """The last of so many rows; None where there are fewer."""
        query = select(self.key.at, self.key.id).where(*here).order_by(*self.key.order)
        row = connection.execute(query.offset(size - 1).limit(1)).first()
        return None if row is None else Place(*row)


def _outlet_id(connection: Connection, name: str) -> int:
    return outlets.by_name(connection, name)[0]


def _span(
    at: ColumnElement[datetime], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    return [*([at >= since] if since is not None else []), *([at <= until] if until is not None else [])]


# What is watched -------------------------------------------------------------------------------------


def articles(
    connection: Connection,
    *,
    outlet: str | None = None,
    standing: str | None = None,
    tag: str | None = None,
    words: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Article]:
    """Articles, the latest found first; `since` and `until` are of when they were found.

    Raises `Misuse` for a cursor that is none, `NothingFound` for an outlet that is not watched.
    """
    of = tables.articles.c
    which = _span(of.discovered, since, until)
    if outlet is not None:
        which.append(of.outlet_id == _outlet_id(connection, outlet))
    if standing is not None:
        which.append(of.standing == standing)
    if tag is not None:
        which.append(of.id.in_(tagging.tagged(tag)))
    sought = (
        [or_(of.title.icontains(words, autoescape=True), of.url.icontains(words, autoescape=True))]
        if words
        else []
    )
    walk = _Walk(
        name="articles", query=watched.ARTICLES, key=Key(of.discovered, of.id), indexed=which, sought=sought
    )
    return walk.page(connection, cursor, limit, watched.as_article)


# What was found ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes are asked for."""

    article_id: int | None = None
    outlet: str | None = None
    kinds: Collection[str] = ()  #: one of these
    min_weight: float = 0.0
    stealth: bool | None = None
    language: str | None = None  #: of the later wording
    removed: str | None = None  #: words, as `archive.domain.searchable` reads them
    added: str | None = None
    superseded: bool = False  #: also those that a later one tells of
    since: datetime | None = None
    until: datetime | None = None


def changes(
    connection: Connection, wanted: Wanted = Wanted(), *, cursor: str | None = None, limit: int = 50
) -> Page[Change]:
    """Changes, the latest first. Raises `Misuse` and `NothingFound` as `articles` does."""
    sought = _sought(connection, wanted)
    if wanted.removed is not None or wanted.added is not None:
        return _with_words(connection, wanted, sought, cursor, limit)
    query, key = findings.CHANGES, Key(tables.changes.c.detected_at, tables.changes.c.id)
    which = list[ColumnElement[bool]]()
    if wanted.article_id is not None:  # it has some tens at most, and an index
        which, sought = [tables.changes.c.article_id == wanted.article_id, *sought], []
    elif len(wanted.kinds) == 1:
        query = query.join(tables.change_kinds, tables.change_kinds.c.change_id == tables.changes.c.id)
        key, which = (
            Key(tables.change_kinds.c.at, tables.change_kinds.c.change_id),
            [tables.change_kinds.c.kind.in_(wanted.kinds)],
        )
    which += _span(key.at, wanted.since, wanted.until)
    walk = _Walk(name="changes", query=query, key=key, indexed=which, sought=sought)
    return walk.page(connection, cursor, limit, findings.as_change)


def _sought(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = list[ColumnElement[bool]]()
    if wanted.outlet is not None:
        found.append(tables.articles.c.outlet_id == _outlet_id(connection, wanted.outlet))
    if len(wanted.kinds) > 1 or (wanted.kinds and (wanted.article_id or wanted.removed or wanted.added)):
        of_kind = select(tables.change_kinds.c.change_id).where(
            tables.change_kinds.c.change_id == tables.changes.c.id,
            tables.change_kinds.c.kind.in_(sorted(wanted.kinds)),
        )
        found.append(of_kind.exists())
    if wanted.min_weight:
        found.append(tables.changes.c.weight >= wanted.min_weight)
    if wanted.stealth is not None:
        found.append(tables.changes.c.stealth.is_(wanted.stealth))
    if wanted.language is not None:
        later = select(tables.versions.c.document["language"].as_string()).where(
            tables.versions.c.id == tables.changes.c.to_version
        )
        found.append(later.scalar_subquery() == wanted.language)
    if not wanted.superseded:
        found.append(tables.changes.c.superseded_by.is_(None))
    return found


def _with_words(
    connection: Connection, wanted: Wanted, sought: Sequence[ColumnElement[bool]], cursor: str | None, limit: int
) -> Page[Change]:
    """The same, by the index of what changes removed and added."""
    asked = {Field.REMOVED: wanted.removed, Field.ADDED: wanted.added}
    words = {field: Query.read(text) for field, text in asked.items() if text is not None}
    below = cursors.read("edits", 1, cursor)[0] if cursor is not None else None
    scope = Scope(outlet=wanted.outlet, since=wanted.since, until=wanted.until)
    rows = searching.edits_found(connection, words, scope, superseded=wanted.superseded, below=below)
    which = [
        *sought,
        *([tables.changes.c.article_id == wanted.article_id] if wanted.article_id is not None else []),
    ]
    found: list[tuple[int, Change]] = []
    looked = 0
    while len(found) <= limit and looked < LOOKED_AT and (some := list(islice(rows, max(_FIRST, limit)))):
        looked, below = looked + len(some), some[-1].id
        query = findings.CHANGES.where(tables.changes.c.id.in_([row.change_id for row in some]), *which)
        there = {row["id"]: findings.as_change(row) for row in connection.execute(query).mappings()}
        found += [(row.id, there[row.change_id]) for row in some if row.change_id in there]
    if len(found) <= limit and looked < LOOKED_AT:
        below = None  # it was the last of them
    if len(found) > limit:
        below = found[limit - 1][0]
    return Page(
        tuple(change for _, change in found[:limit]), None if below is None else cursors.write("edits", (below,))
    )


# What was fetched -------------------------------------------------------------------------------------


def captures(
    connection: Connection,
    article_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    status: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Capture]:
    """The captures of an article, the latest first."""
    of = tables.captures.c
    walk = _Walk(
        name="captures",
        query=record.CAPTURES,
        key=Key(of.timestamp, of.id),
        indexed=[of.article_id == article_id, *_span(of.timestamp, since, until)],
        sought=[of.status == status] if status is not None else [],
    )
    return walk.page(connection, cursor, limit, record.as_capture)


def fetches(
    connection: Connection,
    article_id: int,
    *,
    presence: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FetchRow]:
    """The fetch log of an article with what each look said, the latest first."""
    of = tables.fetches.c
    walk = _Walk(
        name="fetches",
        query=record.FETCHES,
        key=Key(of.began, of.id),
        indexed=[of.article_id == article_id, *_span(of.began, since, until)],
        sought=[of.presence == presence] if presence is not None else [],
    )
    return walk.page(connection, cursor, limit, record.as_fetch)


# What is told -----------------------------------------------------------------------------------------


def alerts(
    connection: Connection,
    *,
    state: str | None = None,
    rule: str | None = None,
    channel: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Alert]:
    """Alerts, the latest first."""
    asked: Mapping[str, str | None] = {"state": state, "rule": rule, "channel": channel}
    walk = _Walk(
        name="alerts",
        query=telling.ALERTS,
        key=Key(tables.alerts.c.at, tables.alerts.c.id),
        sought=[tables.alerts.c[name] == value for name, value in asked.items() if value is not None],
    )
    return walk.page(connection, cursor, limit, telling.as_alert)


# What is gone -----------------------------------------------------------------------------------------


def takedowns(
    connection: Connection, wanted: gone.Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page[Verdict | Outage]:
    """What is held of articles that are not there, and outages of their outlets, the latest first."""
    start = cursors.read("takedowns", 3, cursor) if cursor is not None else None
    found = [
        (row.at, 1, row.id) for query in gone.queries(wanted) for row in _some(connection, query, start, limit)
    ]
    down = {row.id: row for row in _outages(connection, wanted, start, limit)}
    found += [(row.told, 0, row.id) for row in down.values() if row.told is not None]
    found.sort(reverse=True)
    given = found[:limit]
    held = {one.article_id: one for one in gone.verdicts(connection, [n for _, what, n in given if what])}
    items = [held[n] if what else gone.outage_of(connection, down[n]) for _, what, n in given]
    if len(found) <= limit:
        return Page(tuple(items), None)
    at, what, number = given[-1]
    return Page(tuple(items), cursors.write("takedowns", ((at - _EPOCH) // _MS, what, number)))


def _some(
    connection: Connection, query: Select[Any], start: tuple[int, ...] | None, limit: int
) -> Sequence[Row[Any]]:
    """The first articles after the place, and one more."""
    if start is not None:
        of = query.order_by(None).subquery()
        key = Key(of.c.at, of.c.id)
        place = Place(_moment(start[0]), start[2] if start[1] else -1)  # an outage comes after all articles
        query = select(of.c.id, of.c.at).where(key.before(place)).order_by(*key.order)
    return connection.execute(query.limit(limit + 1)).all()


def _outages(
    connection: Connection, wanted: gone.Wanted, start: tuple[int, ...] | None, limit: int
) -> Sequence[outages.Row]:
    """The outages after the place, unless what is asked for is something that they have not."""
    if wanted.standings or (wanted.reasons and Reason.OUTLET_OFFLINE.value not in wanted.reasons):
        return []
    before = None if start is None else (_moment(start[0]), 2**63 - 1 if start[1] else start[2])
    return outages.listed(
        connection,
        outlet=wanted.outlet,
        since=wanted.since,
        until=wanted.until,
        offline_only=bool(wanted.reasons),
        before=before,
        limit=limit + 1,
    )


# Where words stand ------------------------------------------------------------------------------------


def stood(
    connection: Connection,
    query: Query,
    scope: Scope = EVERYTHING,
    *,
    there: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Hit]:
    """The articles in which `query` ever stood, each by its latest version that holds it; the newest first.

    `there` asks for those in which it stands to this day, or for the others.
    """
    below = cursors.read("texts", 1, cursor)[0] if cursor is not None else None
    rows = searching.texts_found(connection, query, scope, below=below)
    found: dict[int, tuple[int, Hit]] = {}  # article → place, and the hit
    seen, looked, last, size = set[int](), 0, 0, max(2 * limit, 40)
    while len(found) <= limit and looked < HITS and (some := list(islice(rows, size))):
        looked += len(some)
        latest = {row.article_id: row for row in reversed(some) if row.article_id not in seen}
        told = searching.told_before(connection, query, latest, below, scope) if below is not None else set()
        seen |= latest.keys()
        wanted = {article: row.version_id for article, row in latest.items() if article not in told}
        hits = searching.text_hits(connection, query, wanted, scope)
        chosen = {hit.article_id: hit for hit in hits if there is None or hit.still_live is there}
        found |= {article: (row.id, chosen[article]) for article, row in latest.items() if article in chosen}
        last = some[-1].id
    ordered = sorted(found.values(), key=lambda each: each[0], reverse=True)
    if len(ordered) > limit:
        return _hits(ordered[:limit], "texts", ordered[limit - 1][0])
    return _hits(ordered, "texts", last if looked >= HITS else None)


def changed(
    connection: Connection,
    query: Query,
    field: Field,
    scope: Scope = EVERYTHING,
    *,
    there: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Hit]:
    """The changes that removed or added `query`, the newest first."""
    below = cursors.read("edited", 1, cursor)[0] if cursor is not None else None
    rows = searching.edits_found(connection, {field: query}, scope, below=below)
    found: list[tuple[int, Hit]] = []
    looked, last = 0, 0
    while len(found) <= limit and looked < HITS and (some := list(islice(rows, max(limit + 1, 100)))):
        looked, last = looked + len(some), some[-1].id
        places = {row.change_id: row.id for row in some}
        hits = searching.change_hits(connection, query, field, places)
        chosen = [hit for hit in hits if there is None or hit.still_live is there]
        found += sorted(((places[hit.change_id or 0], hit) for hit in chosen), key=lambda each: -each[0])
    if len(found) > limit:
        return _hits(found[:limit], "edited", found[limit - 1][0])
    return _hits(found, "edited", last if looked >= HITS else None)


def _hits(found: Sequence[tuple[int, Hit]], walk: str, end: int | None) -> Page[Hit]:
    return Page(tuple(hit for _, hit in found), None if end is None else cursors.write(walk, (end,)))
