"""In which language a page is, and how numbers, dates and words are written in it. Babel's door.

The reader's choice is kept in a cookie; who never chose gets what the browser asks for. Catalogues are read from
their `.po` files, once each: nothing is to be compiled.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Final, Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit
from starlette.requests import Request
from starlette.responses import Response

from archive.errors import NothingFound
from archive.web.answers import plain

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch", "tr": "Türkçe"}
"""The languages of the pages, each by its own name."""

COOKIE: Final = "language"

_LOCALES: Final[Mapping[str, str]] = {"en": "en_GB"}  # days before months, and 24 hours
YEAR: Final = 365 * 24 * 3600
"""So many seconds a choice is remembered."""

_UNITS: Final[Sequence[tuple[int, Literal["day", "hour", "minute"]]]] = (
    (86_400 * 2, "day"),
    (3_600 * 2, "hour"),
    (60, "minute"),
)
_LENGTHS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_WANTED = re.compile(r"([a-zA-Z]{1,8})(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")
_HERE = re.compile(r"/(?![/\\])[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class Language:
    """How things are written in a language."""

    code: str
    locale: Locale
    words: NullTranslations

    @property
    def tag(self) -> str:
        """As scripts and BCP 47 name it: `en-GB`."""
        return str(self.locale).replace("_", "-")

    def number(self, value: float) -> str:
        """`1,234`."""
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        """`98%`."""
        return format_percent(share, locale=self.locale)

    def moment(self, at: datetime) -> str:
        """`2 Mar 2026, 08:30 UTC`."""
        return f"{format_datetime(at, 'medium', locale=self.locale).rpartition(':')[0]} UTC"

    def day(self, at: datetime) -> str:
        """`2 Mar 2026`."""
        return format_date(at, "medium", locale=self.locale)

    def date(self, day: date) -> str:
        """The same of a day in UTC, which no zone moves."""
        return format_date(day, "medium", locale=self.locale)

    def ago(self, at: datetime, now: datetime) -> str:
        """`5 minutes ago`, `in 3 hours`."""
        length = at - now
        size = abs(length.total_seconds())
        unit = next((name for least, name in _UNITS if size >= least), None)
        return format_timedelta(
            length, granularity=unit or "second", threshold=10, add_direction=True, locale=self.locale
        )

    def length(self, span: timedelta) -> str:
        """`3 hours`, never rounded: 30 days are not four weeks."""
        seconds = span.total_seconds()
        size, unit = next(
            ((each, name) for each, name in _LENGTHS if seconds % each == 0 and seconds), (1, "second")
        )
        return format_unit(seconds / size, f"duration-{unit}", locale=self.locale)

    def size(self, count: int) -> str:
        """`12.3 MB`."""
        value = float(count)
        for unit in ("B", "kB", "MB", "GB"):
            if value < 1000:
                return f"{format_decimal(value, '0' if unit == 'B' else '0.0', locale=self.locale)} {unit}"
            value /= 1000
        return f"{format_decimal(value, '0.0', locale=self.locale)} TB"


@functools.cache
def language(code: str) -> Language:
    """The language of this code, one of `LANGUAGES`."""
    return Language(code, Locale.parse(_LOCALES.get(code, code)), _catalogue(code))


def _catalogue(code: str) -> NullTranslations:
    file = files("archive.web") / "locale" / code / "LC_MESSAGES" / "stet.po"
    if not file.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=code))
    compiled.seek(0)
    return Translations(compiled)


def of(request: Request) -> Language:
    """The language in which this reader gets a page."""
    chosen = request.cookies.get(COOKIE, "")
    return language(chosen if chosen in LANGUAGES else _preferred(request.headers.get("accept-language", "")))


def _preferred(asked: str) -> str:
    """The best of ours (RFC 9110 section 12.5.4); English where none is asked for."""
    found = [each for part in asked.split(",")[:20] if (each := _WANTED.fullmatch(part.strip()))]
    ranked = sorted(found, key=lambda each: -float(each[2] or 1))
    return next((code for each in ranked if (code := each[1].lower()) in LANGUAGES and each[2] != "0"), "en")


def choose(request: Request) -> Response:
    """Keep what the reader chose, and lead back to where it was chosen."""
    chosen = request.path_params["language"]
    if chosen not in LANGUAGES:
        raise NothingFound(f"there are pages in {', '.join(LANGUAGES.values())}")
    back = request.query_params.get("back", "/")
    where = back if _HERE.fullmatch(back) else "/"
    answer = plain(303, where, [("Location", where)])
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, chosen, max_age=YEAR, secure=secure, httponly=True, samesite="lax")
    return answer
