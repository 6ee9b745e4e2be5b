"""An article, its captures, fetches, versions and tags as rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from archive.db.articles import Article
    from archive.db.findings import Version
    from archive.db.notes import Note
    from archive.db.record import FetchRow as Fetch
    from archive.db.tags import Tagged
    from archive.domain.history import StandingChange
    from archive.domain.model import Capture, Outlet


class ArticleRow(TypedDict):
    """An article that is watched."""

    id: int
    url: str
    """Its address; others may lead to it too."""
    outlet: str
    title: str
    standing: str
    """`live`, `missing`, `taken_down`, `moved`, `unreachable` or `barred`."""
    reason: str | None
    """Why it does not stand as live."""
    first_seen: datetime | None
    """When it was first there to read."""
    last_seen: datetime | None
    """When it last was."""
    last_checked: datetime | None
    next_check: datetime | None
    next_why: str
    versions: int
    """How many wordings it had."""
    captures: int
    published: datetime | None
    """As its outlet says."""
    tags: list[str]


def article_row(article: Article, tags: Collection[str]) -> ArticleRow:
    """An article with what it is tagged by."""
    held = article.held
    return {
        "id": article.id,
        "url": article.url,
        "outlet": article.outlet,
        "title": article.title,
        "standing": held.standing.value,
        "reason": held.reason.value if held.reason else None,
        "first_seen": article.first_seen,
        "last_seen": article.last_seen,
        "last_checked": article.last_checked,
        "next_check": article.next_check,
        "next_why": article.next_why,
        "versions": article.versions,
        "captures": article.captures,
        "published": article.published,
        "tags": sorted(tags),
    }


class WholeArticleRow(ArticleRow):
    """An article, with all addresses that lead to it."""

    urls: list[str]
    outlet_title: str
    since: datetime
    """Since when it stands as it does."""
    discovered: datetime
    found_in: str
    """The address of the seed that named it, or `by hand`."""
    last_changed: datetime | None
    version: int | None
    """The id of the version that stands."""


def whole_article_row(
    article: Article, tags: Collection[str], *, urls: Collection[str], outlet: Outlet
) -> WholeArticleRow:
    """An article with its addresses."""
    return {
        **article_row(article, tags),
        "urls": sorted(urls),
        "outlet_title": outlet.title or outlet.name,
        "since": article.since,
        "discovered": article.discovered,
        "found_in": article.found_in,
        "last_changed": article.last_changed,
        "version": article.version_id,
    }


class CaptureRow(TypedDict):
    """A fetch that was kept."""

    id: int
    url: str
    timestamp: datetime
    status: int
    """The HTTP status that the outlet answered with."""
    mime: str
    digest: str
    """Of the body as it was sent, without chunk sizes and with its content coding."""
    record_type: str
    """`response`, or `revisit` where the same payload is kept already."""
    warc: str
    """The name of the WARC file."""
    offset: int
    length: int
    """Bytes of the record in that file."""
    truncated: str | None
    """Why the answer is not whole."""
    vantage: str | None
    """The way out by which it was fetched; null: straight from here."""


def capture_row(capture: Capture, vantage: str | None) -> CaptureRow:
    """A capture, and the way out by which it was made."""
    return {
        "id": capture.id,
        "url": capture.url,
        "timestamp": capture.timestamp,
        "status": capture.status,
        "mime": capture.mime,
        "digest": capture.digest,
        "record_type": capture.record_type.value,
        "warc": capture.location.warc,
        "offset": capture.location.offset,
        "length": capture.location.length,
        "truncated": capture.truncated.value if capture.truncated else None,
        "vantage": vantage,
    }


class FetchRow(TypedDict):
    """An attempt to fetch an article, and what it says of the article's presence."""

    id: int
    url: str
    began: datetime
    elapsed_ms: int
    status: int | None
    """The HTTP status; null: there was no whole answer."""
    trouble: str | None
    """Why there is no whole answer."""
    detail: str | None
    presence: str | None
    """`present`, `gone`, `barrier` or `unreachable`; null: a hop on the way, or not looked at yet."""
    sighting: str | None
    """The same, finer: `not_found`, `soft_404`, `timed_out` …"""
    why: str | None
    vantage: str | None
    """The way out by which it was fetched; null: straight from here."""


def fetch_row(fetch: Fetch) -> FetchRow:
    """A line of the fetch log."""
    return {
        "id": fetch.id,
        "url": fetch.url,
        "began": fetch.began,
        "elapsed_ms": fetch.elapsed_ms,
        "status": fetch.status,
        "trouble": fetch.trouble or None,
        "detail": fetch.detail or None,
        "presence": fetch.presence or None,
        "sighting": fetch.sighting or None,
        "why": fetch.why or None,
        "vantage": fetch.vantage or None,
    }


class VersionRow(TypedDict):
    """A reading of a wording of an article."""

    id: int
    article: int
    """The article's id."""
    number: int
    """1, 2, 3 … in the order of confirmation; 0: seen, and not confirmed yet. Readings of one wording share it."""
    extractor: str
    """Who read it; only what the same one read can be compared."""
    title: str
    language: str
    words: int
    first_seen: datetime
    last_seen: datetime
    capture: int
    """The id of the first capture with this wording."""


def version_row(version: Version) -> VersionRow:
    """A version without its text."""
    read = version.extraction
    return {
        "id": version.id,
        "article": version.article_id,
        "number": version.number,
        "extractor": read.extractor,
        "title": read.title,
        "language": read.language,
        "words": len(read.text.split()),
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
        "capture": version.capture_id,
    }


class LinkRow(TypedDict):
    """A link in a story."""

    text: str
    url: str


class TextRow(VersionRow):
    """A version with its text."""

    standfirst: str
    authors: list[str]
    published: datetime | None
    modified: datetime | None
    paragraphs: list[str]
    captions: list[str]
    links: list[LinkRow]
    images: list[str]
    stamps: list[str]
    """Update stamps as the page shows them."""


def text_row(version: Version) -> TextRow:
    """A version with its text."""
    read = version.extraction
    return {
        **version_row(version),
        "standfirst": read.standfirst,
        "authors": list(read.authors),
        "published": read.published,
        "modified": read.modified,
        "paragraphs": list(read.paragraphs),
        "captions": list(read.captions),
        "links": [{"text": link.text, "url": link.url} for link in read.links],
        "images": list(read.images),
        "stamps": list(read.stamps),
    }


class StandingRow(TypedDict):
    """A step of an article's standing."""

    id: int
    at: datetime
    before: str
    after: str
    reason: str | None
    why: str


def standing_row(step: StandingChange) -> StandingRow:
    """A step of a standing, without what it rests on."""
    return {
        "id": step.id,
        "at": step.at,
        "before": step.before.value,
        "after": step.after.value,
        "reason": step.reason or None,
        "why": step.why,
    }


class TaggedRow(TypedDict):
    """An article that has a tag."""

    tag: str
    url: str
    outlet: str
    title: str
    at: datetime
    """When it was tagged."""


def tagged_row(one: Tagged) -> TaggedRow:
    """A tag of an article."""
    return {"tag": one.tag, "url": one.url, "outlet": one.outlet, "title": one.title, "at": one.at}


class CaptureLinks(TypedDict):
    """Where a capture is to be had."""

    memento: str
    raw: str
    """The payload as it was sent, its content coding left on."""
    text: str | None
    """The story of the page; null: it shows none."""
    timemap: str
    warc: str
    wacz: str


class WholeCaptureRow(CaptureRow):
    """A capture, what it shows, and where it is to be had."""

    article: int | None
    """The article's id; null: it is of none, but of a seed, say."""
    version: int | None
    """The id of the version that it shows; null: it shows no story."""
    links: CaptureLinks


def whole_capture_row(
    capture: Capture, vantage: str | None, *, article: int | None, version: int | None, links: CaptureLinks
) -> WholeCaptureRow:
    """A capture with its links."""
    return {**capture_row(capture, vantage), "article": article, "version": version, "links": links}


class WordingRow(TypedDict):
    """What a note said before it was altered."""

    text: str
    at: datetime
    by: str


class NoteRow(TypedDict):
    """What somebody wrote of an article."""

    key: str
    """By which it goes, also in a database that was made again."""
    at: datetime
    author: str
    text: str
    edited: datetime | None
    edited_by: str | None
    earlier: list[WordingRow]
    """What it said before, oldest first."""
    version: str
    """Names the note as it is now; `If-Match` takes it, in double quotes."""


def note_row(note: Note) -> NoteRow:
    """A note that stands."""
    return {
        "key": note.key,
        "at": note.at,
        "author": note.author,
        "text": note.text,
        "edited": note.edited,
        "edited_by": note.edited_by or None,
        "earlier": [{"text": one.text, "at": one.at, "by": one.by} for one in note.earlier],
        "version": note.version,
    }
