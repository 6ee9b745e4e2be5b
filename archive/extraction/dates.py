"""Dates as pages write them, to aware times in UTC.

Knows ISO 8601, RFC 5322 and the variants that outlets make of them; htmldate for pages that state no date in
their head. Refuses to know what day it is: the same bytes give the same date for ever.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from htmldate import find_date
from lxml import html

from archive.extraction.claims import Claims
from archive.extraction.fields import Head

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "article.published", "ptime", "pdate", "publish-date",
    "publish_date", "publication_date", "pubdate", "dc.date.issued", "dcterms.created", "dcterms.date",
    "dc.date", "cxenseparse:recs:publishtime",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "article.updated",
    "lastmod", "last-modified", "utime", "dcterms.modified", "dc.date.modified",
)  # fmt: skip

_FRACTION = re.compile(r"(\.\d{6})\d+")  # .NET writes seven digits, fromisoformat takes six
_LOOSE = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # htmldate's own bound: the web had no outlets before
_LATEST = datetime(
    2100, 1, 1, tzinfo=UTC
)  # htmldate's own bound is today, which would tie the result to the clock

_SEARCHED = 2_000_000
"""Characters of text in a tree that htmldate may search; 1.6 million characters of nothing but dates
take it less than half a second."""


def published(tree: html.HtmlElement, head: Head, claims: Claims, url: str) -> tuple[datetime | None, str]:
    """When the story appeared, and the statement as written (empty when only htmldate found a date)."""
    for statement in (claims.published, *(head.first(name) for name in _PUBLISHED), *_time_elements(tree)):
        if found := read_date(statement):
            return found, statement
    return _searched(tree, url), ""


def modified(head: Head, claims: Claims) -> tuple[datetime | None, str]:
    """When the story was last changed, by its own account, and that statement as written."""
    for statement in (claims.modified, *(head.first(name) for name in _MODIFIED)):
        if found := read_date(statement):
            return found, statement
    return None, ""


def read_date(text: str) -> datetime | None:
    """An aware time in UTC; None for what is no date or lies outside 1995–2100.

    A time without zone is taken for UTC, a date without time for midnight: there is nothing better to know,
    and comparing with the same rule on both sides is what matters.
    """
    text = text.strip()
    found: datetime | None = None
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    if found is None:
        with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
            found = parsedate_to_datetime(text)
    if found is None and (loose := _LOOSE.match(text)):
        with contextlib.suppress(ValueError):
            found = datetime(*(int(part or 0) for part in loose.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    if found is None:
        return None
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
    return found if _EARLIEST <= found < _LATEST else None


def _time_elements(tree: html.HtmlElement) -> list[str]:
    """The `time` elements that say they are the date of publication."""
    return [
        time.get("datetime") or ""
        for time in tree.iter("time")
        if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None
    ]


def _searched(tree: html.HtmlElement, url: str) -> datetime | None:
    """Htmldate's best guess, a day; None for a page too large to search."""
    if sum(len(text) for text in tree.itertext()) > _SEARCHED:
        return None
    earliest, latest = _EARLIEST.replace(tzinfo=None), _LATEST.replace(tzinfo=None)
    try:
        found = find_date(tree, original_date=True, url=url or None, min_date=earliest, max_date=latest)
    except Exception:  # noqa: BLE001 -- a fallback on a page of any shape: no date is a fair answer
        return None
    return read_date(found) if found else None
