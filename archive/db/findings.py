"""Versions, changes and standings: what was found out about articles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select

from archive.db import blocks, notices, searching
from archive.db.rows import insert_id
from archive.db.searching import EVERYTHING, Field, Scope
from archive.db.tables import (
    articles,
    captures,
    change_kinds,
    changes,
    extractions,
    fetches,
    outlets,
    rereadings,
    standings,
    versions,
)
from archive.domain.history import StandingChange
from archive.domain.model import Extraction, Link, Standing, StructuredData
from archive.domain.searchable import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A distinct wording of an article."""

    id: int
    article_id: int
    number: int  #: 1, 2, 3 … in the order of confirmation; 0 while it is not confirmed
    extraction: Extraction
    fingerprint: str
    capture_id: int  #: the first capture with this wording
    first_seen: datetime
    last_seen: datetime

    @property
    def name(self) -> tuple[int, int]:
        """What is the same for all readings of one version; of a wording that is none there is one reading."""
        return (self.number, 0) if self.number else (0, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The step between two versions, as it was found."""

    id: int
    article_id: int
    url: str
    outlet: str
    title: str
    detected_at: datetime
    kind: str
    kinds: tuple[str, ...]
    weight: float
    stealth: bool
    summary: str
    reasons: tuple[str, ...]
    words_added: int
    words_removed: int
    from_version: int  #: a version's id
    to_version: int
    from_at: datetime  #: when the earlier wording was last seen
    to_at: datetime  #: when the later wording was first seen
    capture_id: int
    superseded_by: int | None  #: the change that tells of this one too
    confirmed_by: int | None  #: the capture of the second look


_DATES = ("published", "modified")


def pack(extraction: Extraction) -> dict[str, Any]:
    """An `Extraction` as JSON-able values."""
    plain = asdict(extraction)
    for key in _DATES:
        plain[key] = plain[key].isoformat() if plain[key] else None
    return plain


def unpack(plain: dict[str, Any]) -> Extraction:
    """The `Extraction` that `pack` made `plain` of."""
    values = dict(plain)
    for key in _DATES:
        values[key] = datetime.fromisoformat(values[key]) if values[key] else None
    structured = dict(values.pop("structured"))
    structured["types"] = tuple(structured["types"])
    for key in ("authors", "captions", "images", "stamps", "asides", "pointers"):
        values[key] = tuple(values.get(key, ()))
    values["links"] = tuple(Link(**link) for link in values.get("links", ()))
    return Extraction(structured=StructuredData(**structured), **values)


def _version(row: RowMapping) -> Version:
    plain = {name: row[name] for name in Version.__slots__ if name != "extraction"}
    return Version(extraction=unpack(row["document"]), **plain)


# Every visit runs these: built once, they take a fifth of the time (see `archive.db.record`).
_BY_ID = select(versions).where(versions.c.id == bindparam("id"))
_OF_CAPTURE = (
    select(versions)
    .join(extractions, extractions.c.version_id == versions.c.id)
    .where(extractions.c.capture_id == bindparam("capture"), extractions.c.extractor == bindparam("extractor"))
)
_SAME_WORDS = select(versions).where(
    versions.c.article_id == bindparam("article"),
    versions.c.extractor == bindparam("extractor"),
    versions.c.fingerprint == bindparam("fingerprint"),
)
_SEEN = versions.update().where(versions.c.id == bindparam("of_version"))
_ADD_VERSION = versions.insert().returning(versions.c.id)
_LAST_NUMBER = select(func.coalesce(func.max(versions.c.number), 0)).where(
    versions.c.article_id == bindparam("article")
)
_KNOWN_EXTRACTION = select(extractions.c.id).where(
    extractions.c.capture_id == bindparam("capture"), extractions.c.extractor == bindparam("extractor")
)
_ADD_EXTRACTION = extractions.insert()


def version(connection: Connection, version_id: int) -> Version:
    """The version with this id, which must exist."""
    return _version(connection.execute(_BY_ID, {"id": version_id}).mappings().one())


def find_version(connection: Connection, version_id: int) -> Version | None:
    """The version with this id, if there is one."""
    row = connection.execute(_BY_ID, {"id": version_id}).mappings().first()
    return None if row is None else _version(row)


def versions_of(connection: Connection, article_id: int) -> list[Version]:
    """All versions of an article in their order, each reading of them; not what was never confirmed."""
    query = select(versions).where(versions.c.article_id == article_id, versions.c.number > 0)
    query = query.order_by(versions.c.number, versions.c.id)
    return [_version(row) for row in connection.execute(query).mappings()]


def version_of_capture(connection: Connection, capture_id: int, extractor: str) -> Version | None:
    """The version that this capture shows to this extractor, if it shows one."""
    row = connection.execute(_OF_CAPTURE, {"capture": capture_id, "extractor": extractor}).mappings().first()
    return None if row is None else _version(row)


def wording_of(connection: Connection, capture_id: int, extractor: str) -> Version | None:
    """The version that this capture shows, to `extractor` if it read it and else to the last one that did."""
    row = connection.execute(_wordings(capture_id, extractor).limit(1)).mappings().first()
    return None if row is None else _version(row)


def wordings_of(connection: Connection, capture_id: int, article_id: int, extractor: str) -> dict[str, Version]:
    """The version of an article that this capture shows to each extractor that read it; in the same order."""
    query = _wordings(capture_id, extractor).where(versions.c.article_id == article_id)
    return {row["extractor"]: _version(row) for row in connection.execute(query).mappings()}


def _wordings(capture_id: int, extractor: str) -> Select[Any]:
    return (
        select(versions)
        .join(extractions, extractions.c.version_id == versions.c.id)
        .where(extractions.c.capture_id == capture_id)
        .order_by((extractions.c.extractor == extractor).desc(), extractions.c.id.desc())
    )


def shown_in(connection: Connection, capture_id: int, article_id: int) -> set[int]:
    """The versions of this article that were there to read in this capture, one for each extractor."""
    query = (
        select(versions.c.id)
        .join(extractions, versions.c.id == extractions.c.version_id)
        .where(extractions.c.capture_id == capture_id, versions.c.article_id == article_id)
    )
    return set(connection.execute(query).scalars())


def hand_over(connection: Connection, *, away: int, into: int) -> None:
    """Give the versions and changes of article `away` to `into`; the same wording becomes one version."""
    last = (
        connection.execute(select(func.max(versions.c.number)).where(versions.c.article_id == into)).scalar() or 0
    )
    query = select(versions).where(versions.c.article_id == away).order_by(versions.c.number, versions.c.id)
    pairs = [(row, _twin(connection, row, into)) for row in connection.execute(query).mappings().all()]
    numbers = {row["number"]: twin["number"] for row, twin in pairs if twin is not None and twin["number"]}
    numbers[0] = 0  # what is not confirmed stays so
    for row, twin in pairs:
        if twin is not None:
            _join(connection, row, twin)
            continue
        if row["number"] not in numbers:  # all readings of one version stay one
            numbers[row["number"]] = last = last + 1
        values = {"article_id": into, "number": numbers[row["number"]]}
        connection.execute(versions.update().where(versions.c.id == row["id"]).values(values))
    connection.execute(changes.update().where(changes.c.article_id == away).values(article_id=into))
    connection.execute(changes.delete().where(changes.c.from_version == changes.c.to_version))
    connection.execute(articles.update().where(articles.c.id == away).values(version_id=None))
    connection.execute(articles.update().where(articles.c.id == into).values(versions=last))
    blocks.hand_over(connection, away=away, into=into)
    both = rereadings.c.article_id.in_((away, into))
    connection.execute(rereadings.delete().where(both))  # what is said there is said of one of them
    notices.hand_over(connection, away=away, into=into)


def _twin(connection: Connection, row: RowMapping, into: int) -> RowMapping | None:
    """The same reading as `row`, of article `into`."""
    same = {"article": into, "extractor": row["extractor"], "fingerprint": row["fingerprint"]}
    return connection.execute(_SAME_WORDS, same).mappings().first()


def _join(connection: Connection, row: RowMapping, twin: RowMapping) -> None:
    """Let version `twin` stand for `row`, which goes."""
    for column in (extractions.c.version_id, changes.c.from_version, changes.c.to_version):
        table = column.table
        connection.execute(table.update().where(column == row["id"]).values({column.name: twin["id"]}))
    span = {
        "first_seen": min(row["first_seen"], twin["first_seen"]),
        "last_seen": max(row["last_seen"], twin["last_seen"]),
    }
    connection.execute(versions.update().where(versions.c.id == twin["id"]).values(span))
    searching.forget_version(connection, row["id"])
    connection.execute(versions.delete().where(versions.c.id == row["id"]))


def versions_by_capture(connection: Connection, article_id: int, extractor: str) -> dict[int, int]:
    """Capture id → version id, for all captures of an article that show it.

    As `extractor` read them where it did; captures that only an earlier one read keep its version.
    """
    query = (
        select(extractions.c.capture_id, extractions.c.version_id)
        .join(versions, versions.c.id == extractions.c.version_id)
        .where(versions.c.article_id == article_id)
        .order_by(extractions.c.extractor == extractor, extractions.c.id)
    )
    return {row.capture_id: row.version_id for row in connection.execute(query)}


def reading_with(connection: Connection, article_id: int, extractor: str, fingerprint: str) -> Version | None:
    """The reading of an article with this fingerprint, by this extractor."""
    same = {"article": article_id, "extractor": extractor, "fingerprint": fingerprint}
    row = connection.execute(_SAME_WORDS, same).mappings().first()
    return None if row is None else _version(row)


def add_reading(
    connection: Connection,
    article_id: int,
    extraction: Extraction,
    fingerprint: str,
    *,
    capture_id: int,
    words: int,
    at: datetime,
    number: int,
) -> Version:
    """Keep how an article reads in a capture. `number` is its version's: 0 while nobody can say that it is one."""
    made: dict[str, Any] = {
        "article_id": article_id,
        "number": number,
        "fingerprint": fingerprint,
        "capture_id": capture_id,
        "first_seen": at,
        "last_seen": at,
    }
    values = made | {"extractor": extraction.extractor, "document": pack(extraction), "words": words}
    version_id = int(connection.execute(_ADD_VERSION, values).scalar_one())
    reading = Version(id=version_id, extraction=extraction, **made)
    if number:
        searching.note_version(connection, reading)
    return reading


def redress(connection: Connection, reading: Version, template: str) -> None:
    """The same words stand in another template now, to which what comes next is to be compared."""
    document = pack(replace(reading.extraction, template=template))
    connection.execute(versions.update().where(versions.c.id == reading.id).values(document=document))


def show(connection: Connection, capture_id: int, reading: Version, at: datetime) -> None:
    """The capture, of `at`, shows this reading."""
    seen = {"first_seen": min(reading.first_seen, at), "last_seen": max(reading.last_seen, at)}
    connection.execute(_SEEN, {"of_version": reading.id, **seen})
    _note_extraction(connection, capture_id, reading.id, reading.extraction.extractor)


def number(connection: Connection, reading: Version, as_: int | None = None) -> int:
    """Make a reading a version: the next one, or another reading of the version `as_`. Returns its number."""
    given = as_ or _next_number(connection, reading.article_id)
    connection.execute(versions.update().where(versions.c.id == reading.id).values(number=given))
    searching.note_version(connection, replace(reading, number=given))
    return given


def first_reading(connection: Connection, reading: Version) -> int:
    """The id by which all readings of its version go: that of the first one by the same extractor."""
    if not reading.number:
        return reading.id
    query = select(func.min(versions.c.id)).where(
        versions.c.article_id == reading.article_id,
        versions.c.extractor == reading.extraction.extractor,
        versions.c.number == reading.number,
    )
    return int(connection.execute(query).scalar_one())


def seen_by_us(connection: Connection, version: Version) -> bool:
    """Whether a capture of our own, and not an imported one, shows the version."""
    query = (
        select(extractions.c.id)
        .join(versions, versions.c.id == extractions.c.version_id)
        .join(captures, captures.c.id == extractions.c.capture_id)
        .join(fetches, fetches.c.id == captures.c.fetch_id)
        .where(versions.c.article_id == version.article_id, versions.c.number == version.number)
        .where(fetches.c.source == "")
    )
    return connection.execute(query.limit(1)).first() is not None


def readings_of(connection: Connection, version: Version) -> list[Version]:
    """All readings of a version by the same extractor, the latest first."""
    query = select(versions).where(
        versions.c.article_id == version.article_id,
        versions.c.extractor == version.extraction.extractor,
        versions.c.number == version.number,
    )
    return [_version(row) for row in connection.execute(query.order_by(versions.c.id.desc())).mappings()]


def all_readings(connection: Connection, ids: Collection[int]) -> list[int]:
    """The ids with those of all other readings of the same versions."""
    found = set(ids)
    for one in ids:
        each = version(connection, one)
        if each.number:
            found.update(reading.id for reading in readings_of(connection, each))
    return sorted(found)


def _next_number(connection: Connection, article_id: int) -> int:
    return int(connection.execute(_LAST_NUMBER, {"article": article_id}).scalar_one()) + 1


def _note_extraction(connection: Connection, capture_id: int, version_id: int, extractor: str) -> None:
    read = {"capture": capture_id, "extractor": extractor}
    if connection.execute(_KNOWN_EXTRACTION, read).first() is None:
        values = {"capture_id": capture_id, "version_id": version_id, "extractor": extractor}
        connection.execute(_ADD_EXTRACTION, values)


def captures_read(connection: Connection, article_id: int, extractor: str) -> set[int]:
    """The captures that show a version of the article to this extractor: ids."""
    query = (
        select(extractions.c.capture_id)
        .join(versions, versions.c.id == extractions.c.version_id)
        .where(versions.c.article_id == article_id, extractions.c.extractor == extractor)
    )
    return set(connection.execute(query).scalars())


def forget(connection: Connection, article_id: int) -> None:
    """Forget all that was found out about an article, for it to be found out anew.

    When it changed its dress stays: that was seen among others of its outlet, as they were then.
    """
    searching.forget(connection, article_id)
    for table in (changes, standings):
        connection.execute(table.delete().where(table.c.article_id == article_id))
    theirs = select(versions.c.id).where(versions.c.article_id == article_id)
    connection.execute(extractions.delete().where(extractions.c.version_id.in_(theirs)))
    connection.execute(versions.delete().where(versions.c.article_id == article_id))
    blocks.forget(connection, article_id)


def add_change(
    connection: Connection,
    *,
    removed: Sequence[str] | None = None,
    added: Sequence[str] | None = None,
    **values: Any,
) -> int:
    """Write a change; returns its id.

    `removed` and `added` are the stretches that can be searched; by default all in which the versions differ.
    """
    change_id = insert_id(connection, changes.insert().values(**values))
    if removed is None or added is None:
        searching.note_step(connection, change_id)
    else:
        searching.note_change(connection, change_id, removed, added)
    return change_id


def supersede(
    connection: Connection, by: int, *, article_id: int, among: Collection[int], since: datetime
) -> None:
    """Let the change `by` tell of all steps between the wordings `among` (ids) that were found since then."""
    between = changes.c.from_version.in_(among) & changes.c.to_version.in_(among)
    connection.execute(
        changes.update()
        .where(changes.c.article_id == article_id, between, changes.c.id != by, changes.c.detected_at >= since)
        .values(superseded_by=by)
    )


# Outer joins, as in `archive.db.articles.ARTICLES`: so that a list by time is read from an index.
CHANGES = (
    select(changes, articles.c.url, articles.c.title, outlets.c.name.label("outlet"))
    .select_from(changes)
    .outerjoin(articles, articles.c.id == changes.c.article_id)
    .outerjoin(outlets, outlets.c.id == articles.c.outlet_id)
)


def as_change(row: RowMapping) -> Change:
    """The change in a row of `CHANGES`."""
    plain = {name: row[name] for name in Change.__slots__}
    plain |= {"kinds": tuple(row["kinds"]), "reasons": tuple(row["reasons"])}
    return Change(**plain)


def change(connection: Connection, change_id: int) -> Change | None:
    """The change with this id, if there is one."""
    row = connection.execute(CHANGES.where(changes.c.id == change_id)).mappings().first()
    return None if row is None else as_change(row)


def changes_of(connection: Connection, article_id: int) -> list[Change]:
    """All changes of an article, oldest first, also those that a later one tells of."""
    query = CHANGES.where(changes.c.article_id == article_id).order_by(changes.c.to_at, changes.c.id)
    return [as_change(row) for row in connection.execute(query).mappings()]


def changes_listed(
    connection: Connection,
    *,
    article_id: int | None = None,
    kinds: Collection[str] = (),
    stealth: bool = False,
    min_weight: float = 0.0,
    removed: Query | None = None,
    added: Query | None = None,
    superseded: bool = False,
    scope: Scope = EVERYTHING,
    limit: int = 100,
) -> list[Change]:
    """Changes for people, the latest first; those that a later one tells of are left out unless asked for."""
    query = CHANGES.order_by(changes.c.detected_at.desc(), changes.c.id.desc())
    if article_id is not None:
        query = query.where(changes.c.article_id == article_id)
    if kinds:
        of_kind = select(change_kinds.c.change_id).where(change_kinds.c.kind.in_(kinds))
        query = query.where(changes.c.id.in_(of_kind))
    if stealth:
        query = query.where(changes.c.stealth.is_(True))
    if min_weight:
        query = query.where(changes.c.weight >= min_weight)
    if not superseded:
        query = query.where(changes.c.superseded_by.is_(None))
    if scope.outlet is not None:
        query = query.where(outlets.c.name == scope.outlet)
    if scope.since is not None:
        query = query.where(changes.c.detected_at >= scope.since)
    if scope.until is not None:
        query = query.where(changes.c.detected_at <= scope.until)
    words = {Field.REMOVED: removed, Field.ADDED: added}
    wanted = {field: asked for field, asked in words.items() if asked is not None}
    if not wanted:
        return [as_change(row) for row in connection.execute(query.limit(limit)).mappings()]
    listed = list[Change]()
    found = searching.changes_found(connection, wanted, scope, superseded=superseded)
    while len(listed) < limit and (some := list(islice(found, limit))):
        listed += map(as_change, connection.execute(query.where(changes.c.id.in_(some))).mappings())
    return listed[:limit]


def add_standing(connection: Connection, **values: Any) -> int:
    """Write a step of an article's standing; returns its id."""
    return insert_id(connection, standings.insert().values(**values))


def told_by(connection: Connection, article_id: int) -> int | None:
    """The outage that tells of the article's last step: its id."""
    query = select(standings.c.outage_id).where(standings.c.article_id == article_id)
    return connection.execute(query.order_by(standings.c.at.desc(), standings.c.id.desc()).limit(1)).scalar()


def standings_listed(
    connection: Connection, *, article_id: int | None = None, outlet: str | None = None, limit: int = 100
) -> list[StandingChange]:
    """Steps of standings, the latest first."""
    query = STANDINGS.order_by(standings.c.at.desc(), standings.c.id.desc()).limit(limit)
    if article_id is not None:
        query = query.where(standings.c.article_id == article_id)
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    return [as_standing(row) for row in connection.execute(query).mappings()]


def standings_of(connection: Connection, article_id: int) -> list[StandingChange]:
    """All steps of an article's standing, oldest first."""
    query = STANDINGS.where(standings.c.article_id == article_id).order_by(standings.c.at, standings.c.id)
    return [as_standing(row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, standing_id: int) -> StandingChange | None:
    """The step with this id, if there is one."""
    row = connection.execute(STANDINGS.where(standings.c.id == standing_id)).mappings().first()
    return None if row is None else as_standing(row)


STANDINGS = (
    select(standings, articles.c.url, articles.c.title, outlets.c.name.label("outlet"))
    .select_from(standings)
    .outerjoin(articles, articles.c.id == standings.c.article_id)
    .outerjoin(outlets, outlets.c.id == articles.c.outlet_id)
)


def as_standing(row: RowMapping) -> StandingChange:
    """The step in a row of `STANDINGS`."""
    plain = {name: row[name] for name in StandingChange.__slots__}
    return StandingChange(**{**plain, "before": Standing(row["before"]), "after": Standing(row["after"])})
