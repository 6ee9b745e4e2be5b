"""What a request asks for: the URL in its path, its times, its range. Pure; raises `Misuse`.

A path holds a whole URL, spelt as people and programs spell them: bare, percent-encoded as a whole, without a
scheme, with slashes that some proxy merged. It is read from the bytes of the request line, because decoding the
path first would turn `%2F`, `%3F` and `%25` into something that was not asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from archive.domain.times import parse_time
from archive.domain.urls import fetchable
from archive.errors import Misuse

RAW: Final = "id_"
"""Behind a stamp: the payload as it was sent, its content coding left on (as the Wayback Machine has it)."""
TEXT: Final = "te_"
"""Behind a stamp: the story of the page, as text."""

_WHOLE = re.compile(r"(?:https?|%68%74%74%70)(?::|%3a)", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/*", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_STAMP = re.compile(r"([0-9]{4,17})([a-z]{2}_)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: RFC 7089 section 2.1.1, "accept-dt-value". The day of the week is not held against the date: clients
#: (the Memento validator among them) send wrong ones, and the date is what they mean.
_HTTP_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT",
    re.IGNORECASE | re.ASCII,
)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What stood at `url` at `at`, and in which form."""

    at: datetime
    exact: bool  #: the time is to the millisecond, as in a memento's own address
    how: str  #: "", RAW or TEXT
    url: str


def url_in(raw_path: bytes, query: bytes, before: str) -> str:
    """The URL behind `before` in a request's path and query, ready to be looked up."""
    text = raw_path.decode("utf-8", "replace")[len(before) :]
    if query:
        text += "?" + query.decode("utf-8", "replace")
    return _url(text)


def _url(text: str) -> str:
    found = _WHOLE.match(text)
    if found and "%" in found[0]:
        text = unquote(text, errors="replace")
    if scheme := _SCHEME.match(text):
        text = f"{scheme[1]}://{text[scheme.end() :]}"
    elif not _OTHER_SCHEME.match(text):
        text = "http://" + text.lstrip("/")
    return fetchable(text)


def wanted(raw_path: bytes, query: bytes, before: str) -> Wanted:
    """The time, the form and the URL behind `before`: `20260302093000id_/http://example.org/`."""
    digits, _, _ = raw_path.decode("utf-8", "replace")[len(before) :].partition("/")
    found = _STAMP.fullmatch(digits)
    if found is None:
        raise Misuse(f"{digits[:40]!r} is no time; write 4 to 14 digits or 17, as in /web/20260302093000/URL")
    how = found[2] if found[2] in (RAW, TEXT) else ""  # mp_, if_, im_ …: other archives' words for the page itself
    url = url_in(raw_path, query, f"{before}{digits}/")
    return Wanted(parse_time(found[1]), len(found[1]) == 17, how, url)


def accept_datetime(value: str | None) -> datetime | None:
    """The time in `Accept-Datetime`; None where there is none or it is blank.

    It means the end of its second, so that the Memento-Datetime of a memento leads back to that memento.
    """
    if value is None or not value.strip():
        return None
    found = _HTTP_DATE.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError
        day, month, year, hour, minute, second = found.groups()
        number = _MONTHS.index(month.lower()) + 1
        return datetime(int(year), number, int(day), int(hour), int(minute), min(int(second), 59), 999_999, UTC)
    except ValueError:
        raise Misuse(
            f"Accept-Datetime {value[:60]!r} is no HTTP date; write it as in Mon, 02 Mar 2026 09:30:00 GMT"
        ) from None


def byte_range(value: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range within `size` bytes; None where all are wanted.

    Raises `IndexError` where it lies outside. What is not understood is passed over (RFC 9110 section 14.2).
    """
    found = _RANGE.fullmatch(value.strip()) if value else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size - 1
    else:
        start, end = int(found[1]), min(int(found[2] or size), size - 1)
        if found[2] and int(found[2]) < int(found[1]):
            return None
    if start > end:
        raise IndexError(start)
    return start, end
