"""What was fetched and what was kept of it: the fetch log and the capture index.

The statements that every fetch runs are built once, with parameters: one that is built anew for each use
takes 0.09 ms of CPU, one that is there 0.02.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, func, or_, select

from archive.db.tables import articles, captures, fetches, warcs
from archive.domain.model import (
    PROBES,
    Capture,
    Digest,
    Exchange,
    Location,
    Presence,
    RecordType,
    Role,
    Sighting,
    Truncated,
    UrlKey,
)
from archive.domain.urls import urlkey


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRow:
    """One line of the fetch log."""

    id: int
    article_id: int | None
    role: Role
    url: str
    began: datetime
    elapsed_ms: int
    status: int | None
    trouble: str
    detail: str
    hop_of: int | None
    presence: str
    sighting: str
    why: str
    vantage: str


FETCHES = select(*(fetches.c[name] for name in FetchRow.__slots__))
_ADD_FETCH = fetches.insert().returning(fetches.c.id)


def add_fetch(
    connection: Connection,
    exchange: Exchange,
    *,
    role: Role,
    status: int | None,
    location: Location | None,
    outlet_id: int | None = None,
    article_id: int | None = None,
    seed_id: int | None = None,
    hop_of: int | None = None,
    source: str = "",
    vantage: str = "",
) -> int:
    """Log a fetch; `location` is that of its principal record. Returns its id."""
    values: dict[str, Any] = {
        "outlet_id": outlet_id,
        "article_id": article_id,
        "seed_id": seed_id,
        "role": role.value,
        "url": exchange.url,
        "began": exchange.began,
        "elapsed_ms": exchange.elapsed_ms,
        "status": status,
        "trouble": exchange.trouble.value if exchange.trouble else "",
        "detail": exchange.trouble_detail,
        "hop_of": hop_of,
        "warc_id": warc_id(connection, location.warc) if location else None,
        "offset": location.offset if location else None,
        "length": location.length if location else None,
        "source": source,
        "vantage": vantage,
    }
    return int(connection.execute(_ADD_FETCH, values).scalar_one())


_NOTE_SIGHTING = fetches.update().where(fetches.c.id == bindparam("of_fetch"))


def note_sighting(connection: Connection, fetch_id: int, sighting: Sighting) -> None:
    """Write what a fetch said of the article's presence."""
    values = {"presence": sighting.presence.value, "sighting": sighting.kind, "why": sighting.why}
    connection.execute(_NOTE_SIGHTING, {"of_fetch": fetch_id, **values})


def note_probe(connection: Connection, fetch_id: int, kind: str, why: str) -> None:
    """Write that a fetch was looked at which says nothing of anything's presence, and what it said."""
    connection.execute(_NOTE_SIGHTING, {"of_fetch": fetch_id, "presence": "", "sighting": kind, "why": why})


def last_began(connection: Connection) -> datetime | None:
    """When the latest of the last fetches of our own began."""
    last = select(fetches.c.began).where(fetches.c.source == "").order_by(fetches.c.id.desc()).limit(LAST)
    return connection.execute(select(func.max(last.subquery().c.began))).scalar()


LAST: Final = 200
"""Fetches that may have been under way at the same time, and are therefore not written down in order."""


def fetches_of(
    connection: Connection, article_id: int, *, until: datetime | None = None, limit: int = 1000
) -> list[FetchRow]:
    """The fetch log of an article, newest first; nothing that began after `until`."""
    query = FETCHES.where(fetches.c.article_id == article_id)
    query = query.order_by(fetches.c.began.desc(), fetches.c.id.desc()).limit(limit)
    if until is not None:
        query = query.where(fetches.c.began <= until)
    return [as_fetch(row) for row in connection.execute(query).mappings()]


def fetches_by_id(connection: Connection, ids: Collection[int]) -> list[FetchRow]:
    """The lines of the fetch log with these ids, whatever they were fetched for."""
    query = FETCHES.where(fetches.c.id.in_(sorted(ids)))
    return [as_fetch(row) for row in connection.execute(query).mappings()]


def as_fetch(row: RowMapping) -> FetchRow:
    """The line of the log in a row of `FETCHES`."""
    plain = {name: row[name] for name in FetchRow.__slots__ if name != "role"}
    return FetchRow(role=Role(row["role"]), **plain)


def newest_warc(connection: Connection) -> str:
    """The name of the WARC file that was begun last; empty where there is none."""
    return connection.execute(select(func.max(warcs.c.name))).scalar() or ""


_WARC_ID = select(warcs.c.id).where(warcs.c.name == bindparam("name"))
_ADD_WARC = warcs.insert().returning(warcs.c.id)


def warc_id(connection: Connection, name: str) -> int:
    """The id of the WARC file called `name`, added where it is new."""
    known = connection.execute(_WARC_ID, {"name": name}).scalar()
    return int(known if known is not None else connection.execute(_ADD_WARC, {"name": name}).scalar_one())


_REFERRED_TO = (
    select(captures.c.id)
    .where(
        captures.c.urlkey == bindparam("key"),  # the index is on this
        captures.c.url == bindparam("url"),
        captures.c.timestamp == bindparam("at"),
    )
    .order_by(captures.c.id)
)
_ADD_CAPTURE = captures.insert().returning(captures.c.id)
_COUNT_CAPTURE = (
    articles.update().where(articles.c.id == bindparam("article")).values(captures=articles.c.captures + 1)
)


def add_capture(connection: Connection, capture: Capture, *, fetch_id: int, article_id: int | None) -> int:
    """Index a capture whose records are on disk. Returns its id."""
    refers_to = None
    if capture.refers_to_url is not None and capture.refers_to_timestamp is not None:
        key = urlkey(capture.refers_to_url)
        wanted = {"key": key, "url": capture.refers_to_url, "at": capture.refers_to_timestamp}
        refers_to = connection.execute(_REFERRED_TO, wanted).scalar()
    values = {
        "fetch_id": fetch_id,
        "article_id": article_id,
        "url": capture.url,
        "urlkey": capture.urlkey,
        "timestamp": capture.timestamp,
        "status": capture.status,
        "mime": capture.mime,
        "digest": capture.digest,
        "record_type": capture.record_type.value,
        "record_id": capture.record_id,
        "warc_id": warc_id(connection, capture.location.warc),
        "offset": capture.location.offset,
        "length": capture.location.length,
        "truncated": capture.truncated.value if capture.truncated else "",
        "refers_to": refers_to,
    }
    if article_id is not None:
        connection.execute(_COUNT_CAPTURE, {"article": article_id})
    return int(connection.execute(_ADD_CAPTURE, values).scalar_one())


_original = captures.alias("original")
CAPTURES = (
    select(
        captures,
        warcs.c.name.label("warc"),
        _original.c.url.label("original_url"),
        _original.c.timestamp.label("original_timestamp"),
    )
    .join(warcs, warcs.c.id == captures.c.warc_id)
    .outerjoin(_original, _original.c.id == captures.c.refers_to)
)
_BY_ID = CAPTURES.where(captures.c.id == bindparam("id"))
_ORIGINAL_OF = CAPTURES.where(
    captures.c.id == select(captures.c.refers_to).where(captures.c.id == bindparam("id")).scalar_subquery()
)
_WITH_PAYLOAD = (
    CAPTURES.where(
        captures.c.urlkey == bindparam("key"),
        captures.c.url == bindparam("url"),
        captures.c.digest == bindparam("digest"),
        captures.c.record_type == RecordType.RESPONSE.value,
        captures.c.truncated == "",
        captures.c.timestamp <= bindparam("until"),
    )
    .order_by(captures.c.timestamp.desc())
    .limit(1)
)


def as_capture(row: RowMapping) -> Capture:
    """The capture in a row of `CAPTURES`."""
    return Capture(
        id=row["id"],
        url=row["url"],
        urlkey=UrlKey(row["urlkey"]),
        timestamp=row["timestamp"],
        status=row["status"],
        mime=row["mime"],
        digest=Digest(row["digest"]),
        record_type=RecordType(row["record_type"]),
        record_id=row["record_id"],
        location=Location(warc=row["warc"], offset=row["offset"], length=row["length"]),
        truncated=Truncated(row["truncated"]) if row["truncated"] else None,
        refers_to_url=row["original_url"],
        refers_to_timestamp=row["original_timestamp"],
    )


def capture(connection: Connection, capture_id: int) -> Capture:
    """The capture with this id, which must exist."""
    return as_capture(connection.execute(_BY_ID, {"id": capture_id}).mappings().one())


def original(connection: Connection, of: Capture) -> Capture:
    """The capture that holds the payload: `of` itself, or what a revisit refers to."""
    if of.record_type is RecordType.RESPONSE:
        return of
    return as_capture(connection.execute(_ORIGINAL_OF, {"id": of.id}).mappings().one())


def with_payload(
    connection: Connection, key: UrlKey, url: str, digest: Digest, *, until: datetime
) -> Capture | None:
    """An earlier whole response of this very URL with this payload, for a revisit to refer to.

    A revisit names its original by URL and time. Imported captures can share both, and then none is named.
    """
    wanted = {"key": key, "url": url, "digest": digest, "until": until}
    row = connection.execute(_WITH_PAYLOAD, wanted).mappings().first()
    if row is None:
        return None
    found = as_capture(row)
    return found if response_at(connection, url, found.timestamp) == found.location else None


def vantages_of(connection: Connection, wanted: Collection[Capture]) -> dict[int, str]:
    """From which vantage points captures were made: of those that were not made straight from here, by id."""
    query = (
        select(captures.c.id, fetches.c.vantage)
        .join(fetches, fetches.c.id == captures.c.fetch_id)
        .where(captures.c.urlkey.in_({each.urlkey for each in wanted}), fetches.c.vantage != "")
    )
    return {row.id: row.vantage for row in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An exchange that is kept already."""

    capture_id: int | None
    article_id: int | None
    presence: str


def known(
    connection: Connection, *, key: UrlKey, url: str, at: datetime, digest: Digest | None, status: int
) -> Known | None:
    """The exchange of this URL and time, if it is kept, with this payload; of a 304 with whatever it confirmed.

    Without a digest: one without an answer.
    """
    query = select(fetches.c.article_id, fetches.c.presence, captures.c.id.label("capture_id"))
    if digest is None:
        rows = query.outerjoin(captures, captures.c.fetch_id == fetches.c.id).where(
            fetches.c.url == url, fetches.c.began == at, fetches.c.status.is_(None)
        )
    else:
        same = captures.c.status == 304 if status == 304 else captures.c.digest == digest
        rows = query.join(captures, captures.c.fetch_id == fetches.c.id).where(
            captures.c.urlkey == key, captures.c.url == url, captures.c.timestamp == at, same
        )
    row = connection.execute(rows.limit(1)).mappings().first()
    return None if row is None else Known(**row)


def response_at(connection: Connection, url: str, at: datetime) -> Location | None:
    """Where the response of `url` at `at` lies: what a revisit's WARC-Refers-To-* fields name."""
    query = CAPTURES.where(
        captures.c.urlkey == urlkey(url),
        captures.c.url == url,
        captures.c.timestamp == at,
        captures.c.record_type == RecordType.RESPONSE.value,
    )
    row = connection.execute(query.order_by(captures.c.id).limit(1)).mappings().first()
    return None if row is None else as_capture(row).location


def responses_until(connection: Connection, url: str, at: datetime, *, exactly: bool) -> list[Capture]:
    """The responses of a URL at a time, or the last few before it, the latest first. Raises `InvalidUrl`."""
    query = CAPTURES.where(
        captures.c.urlkey == urlkey(url),
        captures.c.url == url,
        captures.c.timestamp == at if exactly else captures.c.timestamp <= at,
        captures.c.record_type == RecordType.RESPONSE.value,
    )
    query = query.order_by(captures.c.timestamp.desc(), captures.c.id).limit(5)
    return [as_capture(row) for row in connection.execute(query).mappings()]


def is_captured(connection: Connection, key: UrlKey, second: datetime) -> bool:
    """Whether a URL was captured in this second."""
    query = select(captures.c.id).where(
        captures.c.urlkey == key,
        captures.c.timestamp >= second.replace(microsecond=0),
        captures.c.timestamp < second.replace(microsecond=0) + timedelta(seconds=1),
    )
    return connection.execute(query.limit(1)).scalar() is not None


def captures_of(connection: Connection, article_id: int) -> list[Capture]:
    """All captures of an article, oldest first."""
    query = CAPTURES.where(captures.c.article_id == article_id).order_by(captures.c.timestamp, captures.c.id)
    return [as_capture(row) for row in connection.execute(query).mappings()]


def places_in(connection: Connection, warc: str) -> set[int]:
    """Where in the WARC file of this name the exchanges lie whose fetches are in the log."""
    query = select(fetches.c.offset).join(warcs, warcs.c.id == fetches.c.warc_id).where(warcs.c.name == warc)
    return set(connection.execute(query).scalars())


def hop_before(
    connection: Connection,
    url: str,
    *,
    role: Role,
    outlet_id: int | None,
    article_id: int | None,
    seed_id: int | None,
    vantage: str = "",
) -> int | None:
    """The last fetch of `url` for this purpose: the hop that redirected to what is indexed next; its id."""
    query = select(fetches.c.id).where(
        fetches.c.url == url,
        fetches.c.role == role.value,
        fetches.c.outlet_id.is_not_distinct_from(outlet_id),
        fetches.c.article_id.is_not_distinct_from(article_id),
        fetches.c.seed_id.is_not_distinct_from(seed_id),
        fetches.c.vantage == vantage,
    )
    return connection.execute(query.order_by(fetches.c.id.desc()).limit(1)).scalar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A fetch of the log, with what is needed to read it again."""

    id: int
    role: Role
    outlet_id: int | None
    article_id: int | None
    seed_id: int | None
    hop_of: int | None
    began: datetime
    presence: str
    source: str
    vantage: str
    location: Location
    capture_id: int | None


_LOGGED = (
    select(
        *(
            fetches.c[n]
            for n in ("id", "role", "outlet_id", "article_id", "seed_id", "hop_of", "began", "presence")
        ),
        fetches.c.source,
        fetches.c.vantage,
        fetches.c.offset,
        fetches.c.length,
        warcs.c.name.label("warc"),
        captures.c.id.label("capture_id"),
    )
    .join(warcs, warcs.c.id == fetches.c.warc_id)
    .outerjoin(captures, captures.c.fetch_id == fetches.c.id)
)
_LOGGED_BY_ID = _LOGGED.where(fetches.c.id == bindparam("id"))


def _logged(row: RowMapping) -> Logged:
    plain = {name: row[name] for name in Logged.__slots__ if name not in ("role", "location")}
    place = Location(warc=row["warc"], offset=row["offset"], length=row["length"])
    return Logged(role=Role(row["role"]), location=place, **plain)


def logged(connection: Connection, fetch_id: int) -> Logged:
    """The fetch with this id, which must be in a WARC file."""
    return _logged(connection.execute(_LOGGED_BY_ID, {"id": fetch_id}).mappings().one())


def place_of(connection: Connection, fetch_id: int) -> str:
    """Where the principal record of a fetch lies: `file:offset`."""
    place = logged(connection, fetch_id).location
    return f"{place.warc}:{place.offset}"


_VISITS = and_(fetches.c.role == Role.ARTICLE.value, fetches.c.article_id.is_not(None))
_PROBES = fetches.c.role.in_([role.value for role in PROBES])


def visits_of(connection: Connection, article_id: int) -> list[Logged]:
    """The last fetch of each visit of an article, oldest first; the hops before are named by `hop_of`."""
    return _last_hops(connection, _VISITS, fetches.c.article_id == article_id)


def has_fetches(connection: Connection) -> bool:
    """Whether anything was ever fetched."""
    return connection.execute(select(fetches.c.id).limit(1)).first() is not None


def articles_with_source(connection: Connection) -> list[int]:
    """The articles of which others had captures that are here now: ids."""
    query = select(fetches.c.article_id).where(fetches.c.source != "", fetches.c.article_id.is_not(None))
    return sorted(connection.execute(query.distinct()).scalars())


def dead_ends(
    connection: Connection, outlet_id: int, article_id: int, url: str, *, since: datetime, until: datetime
) -> int:
    """How many other articles of the outlet, known to have lived, were redirected to `url` and not seen there."""
    query = (
        select(func.count(fetches.c.article_id.distinct()))
        .join(articles, articles.c.id == fetches.c.article_id)
        .where(
            fetches.c.outlet_id == outlet_id,
            fetches.c.began > since,
            fetches.c.began <= until,
            fetches.c.url == url,
            fetches.c.hop_of.is_not(None),
            fetches.c.role == Role.ARTICLE.value,
            fetches.c.presence.not_in(["", Presence.PRESENT.value]),
            fetches.c.vantage == "",
            fetches.c.article_id != article_id,
            articles.c.version_id.is_not(None),
        )
    )
    return int(connection.execute(query).scalar_one())


PUT_OFF: Final = "could not be settled, by a fault of ours"
"""What is noted of such a visit, so that it is not tried again at every start."""


def put_off(connection: Connection, fetch_id: int) -> None:
    """Note that a visit that ended with this fetch could not be settled."""
    connection.execute(fetches.update().where(fetches.c.id == fetch_id).values(why=PUT_OFF))


def unsettled(connection: Connection, *, lately: int | None = None) -> list[Logged]:
    """The last fetches of visits and probes that nobody looked at yet, oldest first; of the `lately` last ones."""
    which = [fetches.c.why != PUT_OFF, fetches.c.source == ""]
    if lately is not None:
        last = connection.execute(select(func.max(fetches.c.id))).scalar() or 0
        which.append(fetches.c.id > last - lately)
    unseen = or_(and_(_VISITS, fetches.c.presence == ""), and_(_PROBES, fetches.c.sighting == ""))
    return _last_hops(connection, *which, unseen)


def _last_hops(connection: Connection, *which: ColumnElement[bool]) -> list[Logged]:
    later = fetches.alias("later")
    query = _LOGGED.where(
        *which,
        ~select(later.c.id).where(later.c.hop_of == fetches.c.id).exists(),
    )
    rows = connection.execute(query.order_by(fetches.c.began, fetches.c.id)).mappings()
    return [_logged(row) for row in rows]


def captures_by_place(connection: Connection, only: Collection[str] | None = None) -> Iterator[Capture]:
    """Every row of the index, by WARC file and place in it; read as they are asked for. `only` names files."""
    query = CAPTURES.order_by(warcs.c.name, captures.c.offset).execution_options(yield_per=1000)
    if only is not None:
        query = query.where(warcs.c.name.in_(only))
    return map(as_capture, connection.execute(query).mappings())


def refers_to_known(connection: Connection, url: str, digest: str, record_id: str) -> bool:
    """Whether the index has a capture of `url` with this payload or record id; what is empty is not asked for."""
    wanted = {captures.c.digest: digest, captures.c.record_id: record_id}
    query = select(captures.c.id).where(captures.c.urlkey == urlkey(url), captures.c.url == url)
    query = query.where(*(column == value for column, value in wanted.items() if value)).limit(1)
    return connection.execute(query).scalar() is not None


def captured_at(connection: Connection, article_id: int, at: datetime) -> int | None:
    """The capture of an article at this moment: its id."""
    query = select(captures.c.id).where(captures.c.article_id == article_id, captures.c.timestamp == at)
    return connection.execute(query.order_by(captures.c.id.desc()).limit(1)).scalar()


def captures_of_url(connection: Connection, key: UrlKey) -> list[Capture]:
    """All captures of one URL, oldest first, whatever they were fetched for."""
    query = CAPTURES.where(captures.c.urlkey == key).order_by(captures.c.timestamp, captures.c.id)
    return [as_capture(row) for row in connection.execute(query).mappings()]
