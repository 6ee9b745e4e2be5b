"""Exchange → capture: the bytes are safe before anybody thinks about them.

`Keeper.keep` appends the exchange to the WARC, flushes it to the disk and then indexes it. Knows what
was asked for and why; refuses to know what it means, which is found out in `archive.ingest`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from archive.db import journal, record
from archive.db.engine import Connection, Database
from archive.domain.model import Capture, Exchange, HttpHead, Location, RecordType, Role, Truncated
from archive.domain.timemap import http_date
from archive.errors import EnvironmentFailed
from archive.warc.http1 import body_of
from archive.warc.places import Places
from archive.warc.reader import payload
from archive.warc.records import DECODE_LIMIT, Prepared, prepare
from archive.warc.writer import WarcWriter

ReadPayload = Callable[[Capture], tuple[bytes, str]]
"""A response capture → its decoded body and its Content-Type. Raises `Unreadable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why something is fetched, and for whom."""

    role: Role
    outlet_id: int | None = None
    article_id: int | None = None
    seed_id: int | None = None
    hop_of: int | None = None  #: the fetch that redirected here
    validated: int | None = None  #: the capture whose validators the request carries
    source: str = ""  #: of an exchange that others had: where it came from
    vantage: str = ""  #: the vantage point that it is seen from, by its label; empty: straight from here


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One exchange, safe on disk and indexed."""

    fetch_id: int
    purpose: Purpose
    exchange: Exchange
    status: int | None
    head: HttpHead | None
    capture: Capture | None
    body: bytes = field(repr=False)  #: with the content coding undone; empty for a 304
    truncated: Truncated | None = None
    decoding_problem: str = ""

    @property
    def whole(self) -> bool:
        """Whether the answer arrived as a whole and can be read."""
        return self.exchange.trouble is None and self.truncated is None

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return self.head.get("content-type") if self.head else ""


class Keeper:
    """Keeps exchanges. One per process and home: it owns the WARC file being written."""

    def __init__(self, database: Database, writer: WarcWriter) -> None:
        self.database = database
        self.writer = writer

    def keep(self, exchange: Exchange, purpose: Purpose) -> Kept:
        """Write `exchange` to the WARC, durably, and then index it.

        Raises `NoRoom` where the disk did not take it; it can be kept again then. Raises `EnvironmentFailed` where
        the database did not: the bytes are safe, and the next start gives them their row.
        """
        settled = self.keep_journal()
        if settled:
            places = " ".join(entry.document["place"] for entry in settled)
            exchange = replace(exchange, notes=(*exchange.notes, (journal.SETTLED, places)))
        prepared = prepare(exchange)
        same, unchanged = self._earlier(prepared, purpose)
        written = self.writer.write(prepared, same=same, unchanged=unchanged)
        try:
            with self.database.write() as connection:
                journal.forget(connection, settled)
                fetch_id, capture_id = index(connection, prepared, purpose, written.principal, written.capture)
                capture = record.capture(connection, capture_id) if capture_id is not None else None
        except EnvironmentFailed:
            self.writer.leave()
            raise
        return kept(prepared, purpose, fetch_id, capture)

    def keep_journal(self, *, all_of_it: bool = False) -> Sequence[journal.Entry]:
        """Write to the WARC what no exchange says and is not there yet. Raises `EnvironmentFailed`.

        Where all there is to say is which visits were settled, the next exchange has room for it: then nothing is
        written, unless `all_of_it` is asked for, and the entries are given back.
        """
        with self.database.read() as connection:
            entries = journal.pending(connection)
        if not entries or (not all_of_it and all(entry.kind == journal.SETTLED for entry in entries)):
            return entries
        self.writer.write_journal(
            [{"at": entry.at.isoformat(), "kind": entry.kind, **entry.document} for entry in entries]
        )
        with self.database.write() as connection:
            journal.forget(connection, entries)
        return ()

    def _earlier(self, prepared: Prepared, purpose: Purpose) -> tuple[Capture | None, Capture | None]:
        """The capture that this one repeats: with the same payload, or confirmed by a 304."""
        with self.database.read() as connection:
            if prepared.status == 304 and purpose.validated is not None:
                return None, record.original(connection, record.capture(connection, purpose.validated))
            if prepared.digest is None or prepared.truncated is not None:
                return None, None
            same = record.with_payload(
                connection, prepared.urlkey, prepared.url, prepared.digest, until=prepared.timestamp
            )
            return same, None


def index(
    connection: Connection, prepared: Prepared, purpose: Purpose, place: Location, capture: Capture | None
) -> tuple[int, int | None]:
    """Log the fetch whose principal record lies at `place`, and index the capture it made; their ids."""
    fetch_id = record.add_fetch(
        connection,
        prepared.exchange,
        role=purpose.role,
        status=prepared.status or None,
        location=place,
        outlet_id=purpose.outlet_id,
        article_id=purpose.article_id,
        seed_id=purpose.seed_id,
        hop_of=purpose.hop_of,
        source=purpose.source,
        vantage=purpose.vantage,
    )
    if capture is None:
        return fetch_id, None
    shown = purpose.article_id if purpose.role is Role.ARTICLE else None  # an opinion is of one, and shows none
    return fetch_id, record.add_capture(connection, capture, fetch_id=fetch_id, article_id=shown)


def kept(prepared: Prepared, purpose: Purpose, fetch_id: int, capture: Capture | None) -> Kept:
    """An exchange that is on disk and indexed, taken apart."""
    return Kept(
        fetch_id=fetch_id,
        purpose=purpose,
        exchange=prepared.exchange,
        status=prepared.status or None,
        head=prepared.message.head if prepared.message else None,
        capture=capture,
        truncated=prepared.truncated,
        body=prepared.body.body if prepared.body else b"",
        decoding_problem=prepared.body.problem if prepared.body else "",
    )


def page_of(database: Database, kept: Kept, read_payload: ReadPayload) -> tuple[bytes, str, str] | None:
    """The page that an answer shows: body, URL, Content-Type; None where there is none to read.

    A 304 shows the page that it confirms, which lies in the WARC.
    """
    if kept.status == 304 and kept.capture is not None and kept.capture.record_type is RecordType.REVISIT:
        with database.read() as connection:
            original = record.original(connection, kept.capture)
        body, content_type = read_payload(original)
        return body, original.url, content_type
    return (kept.body, kept.exchange.url, kept.content_type) if readable(kept) else None


def readable(kept: Kept) -> bool:
    """Whether there is a page in it that an extractor could read.

    How an outlet says "not found" is read whatever its status; what an archive says is no page. Some outlets
    answer 404 or 410 and show the article all the same.
    """
    role = kept.purpose.role
    if role is Role.OPINION or (kept.status not in (200, 404, 410) and not (role is Role.SIBLING and kept.body)):
        return False
    if not kept.whole or kept.decoding_problem:
        return False
    mime = kept.content_type.split(";")[0].strip().lower()
    return mime in ("", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")


def sendable(validator: str) -> str:
    """A validator as it can be sent back: printable ASCII, or nothing. Some outlets' tags are broken."""
    return validator if validator.isascii() and validator.isprintable() else ""


AT_REST: Final = timedelta(minutes=1)
"""So much older than its answer a Last-Modified must be. It counts in seconds: what is changed twice in one would
be "not modified" to whoever asks in between. RFC 9110 section 8.8.2.2 wants a second; the minute is RFC 7232's,
for clocks that differ behind one address."""


def modified(head: HttpHead, began: datetime) -> str:
    """The Last-Modified of an answer, as it can be sent back; empty where the page may be changing just now."""
    given, said = (http_date(head.get(name)) for name in ("last-modified", "date"))
    if given is None or (said or began) - given < AT_REST:
        return ""
    return sendable(head.get("last-modified"))


class Unreadable(Exception):
    """The bytes of a capture cannot be read again, so its article cannot be compared. The others can."""


def payload_reader(places: Places) -> ReadPayload:
    """A function that reads the decoded body and Content-Type of a response capture from its WARC."""

    def read(capture: Capture) -> tuple[bytes, str]:
        try:
            message = payload(places, capture.location)
        except EnvironmentFailed as error:
            raise Unreadable(str(error)) from error
        return body_of(message, limit=DECODE_LIMIT).body, message.head.get("content-type")

    return read
