"""The one read path: a URL and a time → the capture, the version, the bytes.

Evidence needs "what stood at that time", so a capture is chosen as the *latest at or before* the
time asked for, never a later one that happens to be nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.db import articles, findings, record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Version
from archive.domain.identity import twin_of
from archive.domain.model import Capture, HttpHead, Location
from archive.domain.urls import fetchable, normalise, urlkey
from archive.errors import NothingFound
from archive.extractor import EXTRACTOR
from archive.home import Home
from archive.warc.http1 import body_of
from archive.warc.reader import group_bytes, payload
from archive.warc.records import DECODE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A captured page, its content coding undone."""

    capture: Capture
    head: HttpHead
    head_bytes: bytes  #: as on the wire
    body: bytes
    problem: str = ""  #: what could not be decoded


def article_at(connection: Connection, url: str) -> Article:
    """The article that `url` leads to, in any of its forms; raises `NothingFound`."""
    plain = normalise(url)
    for form in (plain, twin_of(plain)):
        if form is not None and (article := articles.by_url(connection, form)) is not None:
            return article
    raise NothingFound(f"{url}: not watched here; 'stet add {url}' watches it")


def captures_of(connection: Connection, url: str) -> list[Capture]:
    """Every capture of the article behind `url`, or of that very URL (a feed, say), oldest first."""
    plain = normalise(url)
    article = articles.by_url(connection, plain)
    found = record.captures_of(connection, article.id) if article is not None else []
    found = found or record.captures_of_url(connection, urlkey(fetchable(url)))
    if not found:
        raise NothingFound(f"{url}: no capture of it is kept here; 'stet add {url}' watches it")
    return found


def timemap_of(connection: Connection, url: str) -> list[Capture]:
    """Every capture of the resource at `url` itself, oldest first (RFC 7089 section 2.3)."""
    found = record.captures_of_url(connection, urlkey(fetchable(url)))
    return found or captures_of(connection, url)


def latest(captures: Sequence[Capture], at: datetime | None) -> Capture:
    """The latest of `captures` at or before `at` (or of all); raises `NothingFound`."""
    before = [c for c in captures if at is None or c.timestamp <= at]
    if not before:
        first = min(c.timestamp for c in captures)
        when = f"{first:%Y-%m-%d %H:%M:%S} UTC"
        raise NothingFound(f"{captures[0].url}: nothing was captured before {when}; ask for a later time")
    return max(before, key=lambda c: (c.timestamp, c.id))


def shown(connection: Connection, article: Article) -> list[tuple[Capture, Version]]:
    """The captures in which the article was there to read, oldest first, each with its wording."""
    wording = findings.versions_by_capture(connection, article.id, EXTRACTOR)
    versions = {v.id: v for v in findings.versions_of(connection, article.id)}
    captures = record.captures_of(connection, article.id)
    return [(c, versions[wording[c.id]]) for c in captures if c.id in wording]


def standing_at(connection: Connection, url: str, at: datetime | None) -> tuple[Capture, Version]:
    """The latest capture at or before `at` that shows the article, and the wording it shows."""
    seen = shown(connection, article_at(connection, url))
    if not seen:
        raise NothingFound(f"{url}: no version of it is known yet; 'stet crawl --url {url}' fetches it")
    wanted = latest([c for c, _ in seen], at)
    return next((c, v) for c, v in seen if c.id == wanted.id)


def versions_between(
    connection: Connection, url: str, start: datetime | None, end: datetime | None
) -> tuple[Version, Version]:
    """The wordings that stood at `start` and at `end`; by default the last two that differ."""
    capture, after = standing_at(connection, url, end)
    if start is not None:
        before = standing_at(connection, url, start)[1]
        if before.extraction.extractor != after.extraction.extractor:
            raise NothingFound(f"{url}: the two wordings were read by different extractors and cannot be compared")
        return before, after
    seen = shown(connection, article_at(connection, url))
    others = [v for c, v in seen if c.timestamp <= capture.timestamp and v.number != after.number]
    others = [v for v in others if v.extraction.extractor == after.extraction.extractor]
    if not others:
        raise NothingFound(f"{url}: only one wording of it was ever seen")
    return others[-1], after


def page(home: Home, connection: Connection, capture: Capture) -> Page:
    """The page that `capture` shows; a revisit shows what it refers to."""

    def lookup(url: str, at: datetime) -> Location | None:
        return record.response_at(connection, url, at)

    message = payload(home.warcs, capture.location, lookup=lookup)
    decoded = body_of(message, limit=DECODE_LIMIT)
    return Page(
        capture=capture,
        head=message.head,
        head_bytes=message.head_bytes,
        body=decoded.body,
        problem=decoded.problem,
    )


def records(home: Home, connection: Connection, capture: Capture) -> bytes:
    """A WARC file of `capture` alone: all records of its exchange, and of the one that a revisit repeats.

    The members are copied as they lie in the archive, byte for byte.
    """
    wanted = [record.original(connection, capture), capture]
    seen: dict[Location, None] = {c.location: None for c in wanted}
    return b"".join(group_bytes(home.warcs, location) for location in seen)
