"""The one read path: a URL and a time → the capture, the version, the bytes.

Evidence needs "what stood at that time", so a capture is chosen as the *latest at or before* the
time asked for, never a later one that happens to be nearer, unless the nearest is asked for. The database's
index answers that; nothing here grows with the history of a page, but for what lists all of it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from archive.db import articles, findings, record, timeline
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.db.timeline import Line as Line
from archive.domain.identity import twin_of
from archive.domain.model import Capture, HttpHead, Location
from archive.domain.urls import fetchable, normalise, urlkey
from archive.errors import NothingFound
from archive.extractor import EXTRACTOR
from archive.home import Home
from archive.warc.http1 import body_of
from archive.warc.reader import group_bytes, payload
from archive.warc.records import DECODE_LIMIT

FOREVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""A time after every capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A captured page, its content coding undone."""

    capture: Capture
    head: HttpHead
    head_bytes: bytes  #: as on the wire
    entity: bytes  #: as its digest has it: de-chunked, still content-encoded
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
    line = story_line(connection, url)
    return (
        record.captures_of(connection, line) if isinstance(line, int) else record.captures_of_url(connection, line)
    )


def timemap_of(connection: Connection, url: str) -> list[Capture]:
    """Every capture of the resource at `url` itself, oldest first (RFC 7089 section 2.3)."""
    line = line_of(connection, url)
    return (
        record.captures_of(connection, line) if isinstance(line, int) else record.captures_of_url(connection, line)
    )


def line_of(connection: Connection, url: str) -> Line:
    """The captures of the resource at `url`; of the article it leads to where it was not fetched itself.

    Whatever the outlet answered is a capture, a 404 and a block page too: that it was not the article is what
    is to be proven. Raises `NothingFound`.
    """
    key = urlkey(fetchable(url))
    if timeline.first(connection, key) is not None:
        return key
    with suppress(NothingFound):
        article = article_at(connection, url)
        for line in (urlkey(article.url), article.id):
            if timeline.first(connection, line) is not None:
                return line
    raise _never_kept(url)


def story_line(connection: Connection, url: str) -> Line:
    """The captures of the article behind `url`, at whichever of its URLs; else those of that very URL."""
    article = articles.by_url(connection, normalise(url))
    lines: list[Line] = [article.id] if article is not None else []
    for line in [*lines, urlkey(fetchable(url))]:
        if timeline.first(connection, line) is not None:
            return line
    raise _never_kept(url)


def _never_kept(url: str) -> NothingFound:
    return NothingFound(f"{url}: no capture of it is kept here; 'stet add {url}' watches it")


def latest(connection: Connection, line: Line, at: datetime | None) -> Capture:
    """The latest capture of `line` at or before `at` (or of all); raises `NothingFound`."""
    found = timeline.last(connection, line) if at is None else timeline.at_or_before(connection, line, at)
    if found is None:
        raise _too_early(timeline.first(connection, line))
    return found


def ends(connection: Connection, line: Line) -> tuple[Capture, Capture]:
    """The first capture of `line`, which has some, and the last."""
    first, last = timeline.first(connection, line), timeline.last(connection, line)
    assert first is not None
    assert last is not None
    return first, last


def closest(connection: Connection, line: Line, at: datetime) -> Capture:
    """The capture of `line` nearest to `at`, be it later; of two that are as near, the earlier one."""
    sides = timeline.at_or_before(connection, line, at), timeline.at_or_after(connection, line, at)
    found = [side for side in sides if side is not None]
    if not found:
        raise _too_early(None)
    return min(found, key=lambda capture: abs(capture.timestamp - at))


def _too_early(first: Capture | None) -> NothingFound:
    if first is None:
        return NothingFound("no capture of it is kept here")
    when = f"{first.timestamp:%Y-%m-%d %H:%M:%S} UTC"
    return NothingFound(f"{first.url}: nothing was captured before {when}; ask for a later time")


def shown(
    connection: Connection, article: Article, *, extractor: str | None = None
) -> list[tuple[Capture, Version]]:
    """The captures in which the article was there to read, oldest first, each with its wording.

    As `extractor` reads them, by default today's; what it has not read, as the last one that did.
    """
    wording = findings.versions_by_capture(connection, article.id, extractor or EXTRACTOR)
    versions = {v.id: v for v in findings.versions_of(connection, article.id)}
    captures = record.captures_of(connection, article.id)
    return [(c, versions[wording[c.id]]) for c in captures if wording.get(c.id) in versions]


def standing_at(
    connection: Connection, url: str, at: datetime | None, *, closest: bool = False
) -> tuple[Capture, Version]:
    """The latest capture at or before `at` that shows the article, and the wording it shows.

    With `closest` the nearest one, be it later.
    """
    article = article_at(connection, url)
    by = timeline.shown_by(connection, article.id, at or FOREVER, extractor=EXTRACTOR)
    since = None
    if at is not None and (closest or by is None):
        since = timeline.shown_since(connection, article.id, at, extractor=EXTRACTOR)
    found = [(record.capture(connection, c), version) for c, version in filter(None, (by, since))]
    if not found:
        raise NothingFound(f"{url}: no version of it is known yet; 'stet crawl --url {url}' fetches it")
    if by is None and not closest:
        raise _too_early(found[0][0])
    capture, version = min(found, key=lambda each: abs(each[0].timestamp - (at or FOREVER)))
    return capture, findings.version(connection, version)


def wording_of(connection: Connection, capture: Capture) -> Version | None:
    """The wording of an article that `capture` shows, if it shows one."""
    return findings.wording_of(connection, capture.id, EXTRACTOR)


def versions_between(
    connection: Connection, url: str, start: datetime | None, end: datetime | None
) -> tuple[Version, Version]:
    """The wordings that stood at `start` and at `end`; by default the last two that differ.

    Both as one extractor reads them: today's where it has read both, else the last one that has.
    """
    capture, after = standing_at(connection, url, end)
    if start is not None:
        return _by_one_ruler(connection, url, standing_at(connection, url, start)[0], capture, after.article_id)
    article_id, at = after.article_id, capture.timestamp
    for extractor in timeline.extractors(connection, article_id, first=EXTRACTOR):
        last = timeline.shown_other(connection, article_id, at, extractor=extractor, but=None)
        if last is None:
            continue
        after = findings.version(connection, last[1])
        other = timeline.shown_other(connection, article_id, at, extractor=extractor, but=after.number)
        if other is not None:
            return findings.version(connection, other[1]), after
    raise NothingFound(f"{url}: only one wording of it was ever seen")


def _by_one_ruler(
    connection: Connection, url: str, earlier: Capture, later: Capture, article_id: int
) -> tuple[Version, Version]:
    before, after = (findings.wordings_of(connection, c.id, article_id, EXTRACTOR) for c in (earlier, later))
    for extractor, version in after.items():
        if extractor in before:
            return before[extractor], version
    raise NothingFound(
        f"{url}: the two wordings were read by different extractors and cannot be compared;"
        " 'stet reextract --apply' reads the earlier one again"
    )


def step_of(connection: Connection, url: str, change_id: int) -> tuple[Change, Version, Version]:
    """The change of the article behind `url` that goes by this id, and the two wordings that it lies between."""
    article = article_at(connection, url)
    change = findings.change(connection, change_id)
    if change is None:
        raise NothingFound(f"change {change_id}: there is none; 'stet changes {url}' lists them")
    if change.article_id != article.id:
        raise NothingFound(
            f"change {change_id} is one of {change.url}; 'stet changes {url}' lists those of this one"
        )
    before, after = (findings.version(connection, v) for v in (change.from_version, change.to_version))
    return change, before, after


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
        entity=message.entity,
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
