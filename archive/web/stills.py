"""Captured pages as they looked, without what they could do: shown within the article's page.

`/framed/STAMP/URL` is asked for by whoever may read, and leads to `/still/KEY/`, the page made still
(`archive.stilling`) by the capture that stood then. Its pictures, styles and fonts are those that were captured
nearest to it, at `/still/KEY/im/URL` and `/still/KEY/st/URL`.

**Why a key.** The page is sandboxed: it has an origin that is nobody's, and a browser sends no cookie with what
such a page asks for. So the address itself says that somebody may see it: the capture, until when, and a code over
both (HMAC, RFC 2104) by a secret that this process drew. What a key opens besides its page are pictures, styles
and fonts, never another page.

**What it may do.** Its Content-Security-Policy allows pictures, styles and fonts below its own key and nothing
else; no script, no form, no frame, no request to any other host. A link that is followed opens a page of ours.
"""

from __future__ import annotations

import functools
import hmac
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from archive import memento
from archive.db import articles, record, timeline
from archive.db.engine import Connection
from archive.domain.model import Capture
from archive.domain.urls import InvalidUrl, fetchable, normalise, urlkey
from archive.errors import Misuse, NothingFound
from archive.extraction.decoding import decode
from archive.memento import Page
from archive.stilling import styles
from archive.stilling.pages import still
from archive.timemaps import safe
from archive.web import asking
from archive.web.answers import Answer, plain
from archive.web.pages import languages, words
from archive.web.pages.frame import HTML, paged
from archive.web.pages.statics import STATIC
from archive.web.replay import Fields

if TYPE_CHECKING:
    from archive.web.app import Views

LASTS: Final = timedelta(hours=12)
"""How long a key opens its page: a working day with the page left open. It ends when the server does."""

FONTS: Final = ("font/", "application/font", "application/x-font", "application/vnd.ms-fontobject")


def routes(views: Views) -> list[BaseRoute]:
    """Where they are."""
    stills = Stills(views)
    return [
        Route("/framed/{url:path}", paged(stills.framed)),
        Route("/still/{key}/im/{url:path}", stills.picture),
        Route("/still/{key}/st/{url:path}", stills.style),
        Route("/still/{key}/", stills.page),
    ]


class Stills:
    """The still pages of one home."""

    def __init__(self, views: Views) -> None:
        self._views, self._secret = views, secrets.token_bytes(32)

    def framed(self, request: Request) -> Response:
        """302 to the still page of the capture that stood at this time."""
        asked = asking.wanted(request.scope["raw_path"], request.scope["query_string"], "/framed/")
        with self._views.database.read() as connection:
            line = memento.line_of(connection, asked.url)
            capture = memento.latest(connection, line, asked.at)
        where = f"/still/{self._key(capture.id)}/"
        return plain(302, where, [("Location", where), ("Cache-Control", "no-store")])

    def page(self, request: Request) -> Response:
        """The page that a key opens."""
        key, capture_id = self._opened(request)
        with self._views.database.read() as connection:
            capture = record.capture(connection, capture_id)
            page = memento.page(self._views.home, connection, capture)
            if not capture.mime.startswith(("text/html", "application/xhtml")):
                return plain(404, f"what was captured is no page but {capture.mime or 'nothing that has a type'}")
            read = decode(page.body, content_type=page.head.get("content-type"), url=capture.url)
            said = languages.of(request).words.gettext
            notes = {"left out": f"[{said(words.LEFT_OUT)}]", "picture": said(words.PICTURE)}
            leads = _Kept(connection, capture, f"/still/{key}")
            made = still(
                read.text.encode("utf-8", "replace"), "utf-8", capture.url, leads, notes, STATIC.path("still.css")
            )
        return _guarded(request, key, HTML, made.html.encode("utf-8", "replace"))

    def picture(self, request: Request) -> Response:
        """A picture on it."""
        key, page = self._requisite(request, "im")
        kind = page.head.get("content-type")
        if not kind.lower().startswith("image/"):
            raise NothingFound("what was captured there is no picture")
        return _guarded(request, key, _plain_type(kind), page.body)

    def style(self, request: Request) -> Response:
        """A style sheet of it, or a font or picture that one refers to."""
        key, page = self._requisite(request, "st")
        kind = page.head.get("content-type").lower()
        if kind.startswith("text/css"):
            base = page.capture.url
            text = decode(page.body, content_type=kind, url=base).text
            made = styles.sheet(text, lambda url: _below(f"/still/{key}/st", urljoin(base, url)))
            return _guarded(request, key, "text/css; charset=utf-8", made.encode("utf-8", "replace"))
        if not kind.startswith(("image/", *FONTS)):
            raise NothingFound("what was captured there is no style, font or picture")
        # A sandboxed page may use a font only where its host says that anybody may (Fetch, section 3.3.3).
        return _guarded(request, key, _plain_type(kind), page.body, [("Access-Control-Allow-Origin", "*")])

    def _requisite(self, request: Request, what: str) -> tuple[str, Page]:
        key, capture_id = self._opened(request)
        before = f"/still/{key}/{what}/"
        url = asking.url_in(request.scope["raw_path"], request.scope["query_string"], before)
        with self._views.database.read() as connection:
            at = record.capture(connection, capture_id).timestamp
            capture = _nearest(connection, url, at)
            if capture is None:
                raise NothingFound(f"{url}: no capture of it is kept here")
            return key, memento.page(self._views.home, connection, capture)

    # Keys -------------------------------------------------------------------------------------------

    def _key(self, capture_id: int) -> str:
        """Opens this capture; the same within an hour, so that what it leads to can be kept by browsers."""
        until = self._views.now() + LASTS
        return self._written(capture_id, int(until.timestamp()) // 3600)

    def _written(self, capture_id: int, until: int) -> str:
        code = hmac.digest(self._secret, f"{capture_id}.{until}".encode(), "sha256")
        return f"{capture_id}.{until}.{urlsafe_b64encode(code[:18]).decode()}"

    def _opened(self, request: Request) -> tuple[str, int]:
        """The key of a request and the capture that it opens; raises `NothingFound`."""
        key = str(request.path_params["key"])
        numbers = key.split(".")[:2]
        if len(numbers) == 2 and all(each.isdecimal() and each.isascii() and len(each) < 16 for each in numbers):
            capture_id, until = map(int, numbers)
            ends = datetime.fromtimestamp(until * 3600, UTC) if until < 10**6 else None
            if (
                ends
                and self._views.now() < ends
                and hmac.compare_digest(key.encode(), self._written(capture_id, until).encode())
            ):
                return key, capture_id
        raise NothingFound("this address has run out; open the article's page again")


def _plain_type(kind: str) -> str:
    """A type as the outlet gave it, without parameters."""
    return kind.partition(";")[0].strip().encode("ascii", "replace").decode()


def _guarded(request: Request, key: str, kind: str, body: bytes, fields: Fields | None = None) -> Answer:
    base = f"{request.url.scheme}://{request.headers['host']}"
    own, ours = f"{base}/still/{key}/", f"{base}/static/"
    policy = (
        f"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src {own} data:; "
        f"style-src {own} {ours} 'unsafe-inline'; font-src {own}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    head = [
        ("Content-Type", kind),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "private, max-age=3600"),
    ]
    return Answer(HTTPStatus.OK, [*head, *(fields or [])], body)


def _below(place: str, url: str) -> str:
    return f"{place}/{quote(safe(url), safe='%/:?[]@!$&+,;=-._~')}"


def _nearest(connection: Connection, url: str, at: datetime) -> Capture | None:
    """The good capture of this very address that is nearest to a time."""
    with suppress(InvalidUrl, Misuse, NothingFound):
        found = memento.closest(connection, urlkey(fetchable(url)), at)
        if found.status == HTTPStatus.OK:
            return found
    return None


class _Kept:
    """Where what a page refers to is shown, if it was captured."""

    def __init__(self, connection: Connection, capture: Capture, place: str) -> None:
        self._connection, self._at, self._place = connection, capture.timestamp, place
        self._is_kept = functools.cache(self._look)

    def _look(self, url: str) -> bool:
        return _nearest(self._connection, url, self._at) is not None

    def picture(self, url: str) -> str | None:
        """Of an image."""
        return _below(f"{self._place}/im", url) if self._is_kept(url) else None

    def style(self, url: str) -> str | None:
        """Of a style sheet, or what one refers to."""
        return _below(f"{self._place}/st", url) if self._is_kept(url) else None

    def page(self, url: str) -> str | None:
        """Of an article that is watched; else of anything else that was captured at that address."""
        with suppress(InvalidUrl, Misuse, ValueError):
            article = articles.by_url(self._connection, normalise(url))
            if article is not None:
                return f"/article/{article.id}"
            if timeline.first(self._connection, urlkey(fetchable(url))) is not None:
                return f"/web/{self._at:%Y%m%d%H%M%S}/{safe(url)}"
        return None
