"""Atom feeds over HTTP, with what readers ask again with: `ETag` and `Last-Modified` (RFC 9110 section 8.8).

An entity tag is made of all that is on a page, without writing it out. `Last-Modified` is the time at which this
process first saw the page as it is, and not that of its latest entry: what was found earlier may come to be known
later, and a reader that goes by times alone must not miss it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive import feeds
from archive.db.engine import Database
from archive.domain import atom
from archive.domain.times import parse_time
from archive.errors import Misuse, NothingFound
from archive.feeds import Wanted
from archive.home import Home
from archive.timemaps import http_date
from archive.web.answers import Answer

KEPT: Final = 64
"""Pages that are remembered: several readers ask for the same few."""

LARGEST: Final = 512 * 1024
"""Bytes of a page that is remembered whole; a larger one is written anew for each reader that has it not."""

FRESH: Final = "max-age=60"


@dataclass(frozen=True, slots=True)
class _Known:
    tag: str
    modified: datetime
    dated: bool  #: False: the page before it was of the same second
    body: bytes | None


class Feeds:
    """The feeds of one home."""

    def __init__(self, home: Home, database: Database, base_of: Callable[[Request], str]) -> None:
        self._home, self._database, self._base_of = home, database, base_of
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, Wanted], _Known] = OrderedDict()

    def all_of_it(self, request: Request) -> Response:
        """Everything that was told."""
        return self._answer(request, Wanted(before=_before(request)))

    def of(self, request: Request) -> Response:
        """What was told of an outlet, by a rule, of what a dossier quotes."""
        kind, name = request.path_params["kind"], request.path_params["name"]
        if kind not in feeds.KINDS:
            raise NothingFound(f"there are feeds of {', '.join(feeds.KINDS)}, and /feeds/all.atom")
        return self._answer(request, Wanted(kind=kind, name=name, before=_before(request)))

    def _answer(self, request: Request, wanted: Wanted) -> Response:
        base = self._base_of(request)
        with self._database.read() as connection:
            page = feeds.page(self._home, connection, wanted)
            tag = page.tag(base)
            known = self._lookup(base, wanted, tag)
            fields = [("ETag", f'W/"{tag}"'), ("Cache-Control", FRESH)]
            if known.dated:
                fields.append(("Last-Modified", http_date(known.modified)))
            if _has_it(request, tag, known):
                return Answer(304, fields)
            body = known.body
            if body is None:
                body = feeds.document(self._home, connection, page, base)
                self._remember(base, wanted, tag, body)
        fields += [
            ("Content-Type", atom.MEDIA_TYPE),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ]
        return Answer(200, fields, body)

    def _lookup(self, base: str, wanted: Wanted, tag: str) -> _Known:
        key = base, wanted
        with self._lock:
            known = self._known.get(key)
            if known is None or known.tag != tag:
                now = datetime.now(UTC).replace(microsecond=0)
                known = _Known(tag, now, known is None or known.modified < now, None)
                self._known[key] = known
            self._known.move_to_end(key)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
            return known

    def _remember(self, base: str, wanted: Wanted, tag: str, body: bytes) -> None:
        with self._lock:
            known = self._known.get((base, wanted))
            if known is not None and known.tag == tag and len(body) <= LARGEST:
                self._known[base, wanted] = _Known(tag, known.modified, known.dated, body)


def _has_it(request: Request, tag: str, known: _Known) -> bool:
    """Whether the reader has this page already (RFC 9110 section 13.2.2: a tag counts before a time)."""
    given = request.headers.get("if-none-match")
    if given is not None:
        return given.strip() == "*" or tag in {
            each.strip().removeprefix("W/").strip('"') for each in given.split(",")
        }
    return known.dated and request.headers.get("if-modified-since") == http_date(known.modified)


def _before(request: Request) -> datetime | None:
    given = request.query_params.get("before")
    if given is None:
        return None
    if not (len(given) == 17 and given.isascii() and given.isdigit()):
        raise Misuse("before: write the 17 digits of a time, as the link to the next page has them")
    return parse_time(given)
