"""Memento over HTTP (RFC 7089): TimeGate, TimeMaps and mementos of one home.

The TimeGate follows pattern 2.1 of section 4.2: it answers 302 with the address of a memento. It chooses the
latest at or before the time asked for, as `archive.memento` does, and the nearest where `Prefer: closest` (RFC
7240) or the path `/timegate/closest/` says so. For a time before all captures it gives the first one, as the
standard wants; the memento's own date says that it is later. `/web/STAMP/` is stricter and answers 404 then.

**What counts as a memento.** Every capture, whatever its status: a 404, a block page, a redirect. TimeGate,
TimeMap and the links between mementos all speak of the same captures. A TimeGate that passed over what is no
article would say that the page of Monday still stood on Wednesday, when the outlet answered 404: it would hide
the very thing that is to be proven. Who asks for an article's wording, not for what the outlet answered, asks
`stet get --at`, or for a memento's text (`te_`).

A memento has one address, with 17 digits; any other time leads there by a redirect. Nothing is changed but by what
hubs call (`archive.web.hub`), and by whoever may edit: below `/acts/` (`archive.web.forms`) and below `/api/`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from archive import memento
from archive.acts.hands import Hands
from archive.db import timeline
from archive.db.engine import Connection, Database
from archive.domain import atom
from archive.domain.model import Capture
from archive.domain.redirects import leads_to
from archive.domain.rights import Right
from archive.domain.urls import urlkey
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.home import Home
from archive.memento import Line
from archive.timemaps import FORMS, Addresses, by_key, http_date, link, pieces, safe, span
from archive.warc import cdxj
from archive.web import asking, guard, health, pages, replay, stills
from archive.web.answers import Answer, plain, said
from archive.web.api import application as api
from archive.web.api import problems
from archive.web.api.answers import Desk
from archive.web.asking import TEXT, Wanted
from archive.web.bodies import Bodies
from archive.web.bundles import Bundles
from archive.web.deeds import DEEDS
from archive.web.feeds import Feeds
from archive.web.forms import Forms
from archive.web.gate import VISITOR, Gate
from archive.web.health import Instruments
from archive.web.hub import Hubs
from archive.web.pages import frame
from archive.web.replay import Fields
from archive.web.signing import Signing

log = logging.getLogger(__name__)

PIECE: Final = 1000
"""Captures of a TimeMap that are read at once, each time in a transaction of its own: a slow client must not
keep SQLite from cleaning up its log. One of 5,000 captures takes 0.1 s."""

#: A name or an address, and a port: what may stand in the links that we write.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")

FRONT = """\
Stet, an archive of news articles. It serves Memento (RFC 7089):

/timegate/URL              what stood at URL at the time in Accept-Datetime, or last of all: the latest capture
                           at or before it; the nearest with 'Prefer: closest', or by /timegate/closest/URL
/timemap/link/URL          every capture of URL; also /timemap/json/URL and /timemap/cdxj/URL
/web/20260302093000/URL    what stood at URL at that time (UTC; 4 to 14 digits, or 17 for one capture)
/web/20260302093000id_/URL the same, its content coding left on
/web/20260302093000te_/URL the story of that page, as text
/feeds/all.atom            what was changed, taken down, brought back, as an Atom feed; also
                           /feeds/outlet/NAME.atom, /feeds/rule/NAME.atom, /feeds/dossier/NAME.atom
/api/v1/openapi.json       what programs can ask, and what they get: JSON
/evidence/change/12        a ZIP file that proves a change to strangers; also /evidence/standing/12
/healthz                   whether all is well: 200 or 503, and what is amiss
/metrics                   the daemon in numbers, for Prometheus
"""


def create(
    home: Home,
    database: Database,
    *,
    base: str = "",
    instruments: Instruments | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hands: Hands | None = None,
    at_loopback: bool = True,
) -> Starlette:
    """The application that serves `home`; `base` is its public address, else that which a request names.

    `at_loopback`: it is served there and nowhere else, so that whoever asks is at the machine.

    `instruments` are those of the daemon that it is part of. Without `hands` nothing new is watched, and no
    channel is reached.
    """
    return application(Views(home, database, base, instruments, now, hands=hands, at_loopback=at_loopback))


def application(views: Views) -> Starlette:
    """The application that answers by these views."""
    return Starlette(
        routes=[
            *pages.routes(views),
            *stills.routes(views),
            *Signing(views.database, views.now).routes(),
            Route("/healthz", views.health),
            Route("/metrics", views.metrics),
            Route("/feeds/all.atom", views.feeds.all_of_it),
            Route("/feeds/{kind}/{name}.atom", views.feeds.of),
            Route("/evidence/{what}/{id:int}", views.bundles.of),
            Route("/timegate/{url:path}", views.timegate),
            Route("/timemap/{form}/{url:path}", views.timemap),
            Route("/web/{url:path}", views.memento),
            Mount(api.PREFIX, api.create(views.desk)),
            *views.forms.routes(),
            Route("/websub/{token}", views.hubs.callback, methods=["GET", "POST"]),
        ],
        middleware=[
            Middleware(Bodies, refuse=_too_much),
            Middleware(_Plainly),
            Middleware(
                Gate,
                base=lambda: views.base,
                at_loopback=lambda: views.at_loopback,
                proxies=lambda: views.home.settings.web.proxies,
                database=views.database,
                now=views.now,
            ),
        ],
        exception_handlers={
            HTTPException: _refused,
            Misuse: _misuse,
            NothingFound: _nothing,
            EnvironmentFailed: _failed,
        },
    )


class _Plainly:
    """Keeps service workers out, and requests whose Host could not stand in a link."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            if "service-worker" in request.headers:
                await plain(403, "no service worker is served from an archive")(scope, receive, send)
                return
            if not _HOST.fullmatch(request.headers.get("host", "")):
                await plain(400, "the Host of the request is no host")(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(f"{api.PREFIX}/"):  # a path that holds a line break is taken to no call
        return problems.problem(
            error.status_code, "there is no such call; openapi.json lists those that there are"
        )
    words = {404: "there is no such page here; / says what there is", 405: "only GET and HEAD are answered here"}
    extra = [(name.title(), value) for name, value in (error.headers or {}).items()]
    return plain(error.status_code, words.get(error.status_code, error.detail), extra)


def _too_much(request: Request, status: int, line: str) -> Response:
    """The answer to who sends too much, before anybody asked who they are."""
    if request.url.path.startswith("/api/"):
        return problems.problem(status, line)
    if not frame.wants_html(request):
        return plain(status, line)
    return frame.refusal(Request({**request.scope, "stet.person": VISITOR}), status, line)


def _misuse(_request: Request, error: Exception) -> Response:
    return plain(400, str(error))


def _nothing(_request: Request, error: Exception) -> Response:
    return plain(404, said(error))


def _failed(_request: Request, error: Exception) -> Response:
    log.error("%s", error)  # it names files, which are nobody's business out there
    return plain(503, "the archive cannot read this just now; its log says why")


class Views:
    """What is answered at each path."""

    def __init__(
        self,
        home: Home,
        database: Database,
        base: str,
        instruments: Instruments | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        hands: Hands | None = None,
        at_loopback: bool = True,
    ) -> None:
        self.at_loopback = at_loopback
        self._database, self._instruments, self.now = database, instruments, now
        self.feeds = Feeds(home, database, lambda request: self._addresses(request).base)
        self.bundles = Bundles(home, database)
        self.hubs = Hubs(database, now)
        self.desk = Desk(home, database, now, self._addresses, hands)
        self.forms = Forms(self.desk, DEEDS)
        self.take(home, base)

    def take(self, home: Home, base: str) -> None:
        """Go by these settings from now on; the same home, whose database is open."""
        self._home, self._base = home, base.rstrip("/")
        self.feeds.home = self.bundles.home = self.desk.home = home

    @property
    def home(self) -> Home:
        """The home, by its settings of now."""
        return self._home

    @property
    def base(self) -> str:
        """Its public address; empty where it has none of its own."""
        return self._base

    @property
    def database(self) -> Database:
        """Its database."""
        return self._database

    def front(self, _request: Request) -> Response:
        """What is served here, for programs."""
        feed = f'</feeds/all.atom>; rel="alternate"; type="{atom.MEDIA_TYPE.partition(";")[0]}"'
        return plain(200, FRONT.rstrip("\n"), [("Content-Security-Policy", "default-src 'none'"), ("Link", feed)])

    def checks(self) -> dict[str, str]:
        """What was checked, and what is amiss with it; empty words where nothing is."""
        return health.checks(self._home, self._database, self._instruments)

    def health(self, request: Request) -> Response:
        """Whether all is well: a line, or each check in JSON where that is preferred."""
        found = self.checks()
        status = 503 if any(found.values()) else 200
        uncached = [("Cache-Control", "no-store")]
        if "application/json" not in request.headers.get("accept", "") or guard.person(request).right < Right.READ:
            known = guard.person(request).right >= Right.READ
            return plain(status, health.sentence(found) if known else _bare(status), uncached)
        document = {"ok": status == 200, "checks": {name: words or "ok" for name, words in found.items()}}
        head = [*uncached, ("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff")]
        return Answer(status, head, f"{json.dumps(document)}\n".encode())

    def metrics(self, request: Request) -> Response:
        """The numbers of the process, for Prometheus."""
        if self._instruments is None:
            raise NothingFound("numbers are told by the daemon alone; this process only serves: run 'stet run'")
        media_type, text = self._instruments.exposition(request.headers.get("accept", ""))
        return Answer(200, [("Content-Type", media_type), ("Cache-Control", "no-store")], text)

    def _addresses(self, request: Request) -> Addresses:
        return Addresses(self._base or f"{request.url.scheme}://{request.headers['host']}")

    # RFC 7089 section 4.2.1 -------------------------------------------------------------------------

    def timegate(self, request: Request) -> Response:
        """302 to the memento for the time asked for."""
        nearest = "/timegate/closest/"
        by_path = bytes(request.scope["raw_path"]).startswith(nearest.encode())
        url = _url(request, nearest if by_path else "/timegate/")
        at = asking.accept_datetime(request.headers.get("accept-datetime"))
        closest = by_path or _prefers_closest(request)
        with self._database.read() as connection:
            line = memento.line_of(connection, url)
            if at is None:
                found = memento.latest(connection, line, None)
            elif closest:
                found = memento.closest(connection, line, at)
            else:
                # Section 4.5.3: a time before the first memento leads to the first one.
                found = timeline.at_or_before(connection, line, at) or memento.closest(connection, line, at)
            links = self._links(request, connection, line, url, found)
        applied = [("Preference-Applied", "closest")] if _prefers_closest(request) else []
        return _found(
            self._addresses(request).memento(found), [("Vary", "accept-datetime, prefer"), links, *applied]
        )

    # RFC 7089 section 5 -----------------------------------------------------------------------------

    def timemap(self, request: Request) -> Response:
        """Every capture, in one of the three forms."""
        form = request.path_params["form"]
        if form not in FORMS:
            raise Misuse(f"{form[:40]!r} is no form of a TimeMap; there are {', '.join(FORMS)}")
        url = _url(request, f"/timemap/{form}/")
        with self._database.read() as connection:
            line = memento.line_of(connection, url)
            first, last = memento.ends(connection, line)
        fields = [("Content-Type", FORMS[form]), ("X-Content-Type-Options", "nosniff")]
        if request.method == "HEAD":
            return Answer(200, fields)
        captures: Iterable[Capture] = self._walk(line, first, last)
        if form == "cdxj" and isinstance(line, int):
            captures = by_key(captures)
        text = pieces(url, captures, form, self._addresses(request), first=first, last=last)
        answer = StreamingResponse(_gathered(text))
        answer.raw_headers = [(name.encode(), value.encode()) for name, value in fields]
        return answer

    def _walk(self, line: Line, first: Capture, last: Capture) -> Iterator[Capture]:
        """The captures from `first` to `last`; what is added meanwhile is left for the next time."""
        yield first
        here = first
        while here.id != last.id:
            with self._database.read() as connection:
                piece = timeline.after(connection, line, here, limit=PIECE)
            for here in piece:
                yield here
                if here.id == last.id:
                    return
            if not piece:
                return

    # Mementos ---------------------------------------------------------------------------------------

    def memento(self, request: Request) -> Response:
        """One capture, if it is named; else 302 to the one that stood at that time."""
        asked = asking.wanted(request.scope["raw_path"], request.scope["query_string"], "/web/")
        with self._database.read() as connection:
            line = memento.line_of(connection, asked.url)
            named = timeline.at_moment(connection, line, asked.at) if asked.exact else []
            if not named:
                return self._redirect(request, connection, line, asked)
            capture = next((each for each in named if each.url == asked.url), named[-1])
            if asked.how == TEXT:
                return self._text(request, connection, line, capture)
            return self._replay(request, connection, line, capture, asked.how)

    def _redirect(self, request: Request, connection: Connection, line: Line, asked: Wanted) -> Response:
        """To the memento of that time (RFC 7089 section 4.5.6: no Memento-Datetime on the way)."""
        choose = memento.closest if _prefers_closest(request) else memento.latest
        found = choose(connection, line, asked.at)
        links = self._links(request, connection, line, asked.url, found)
        return _found(self._addresses(request).memento(found, asked.how), [("Vary", "prefer"), links])

    def _text(self, request: Request, connection: Connection, line: Line, capture: Capture) -> Response:
        version = memento.wording_of(connection, capture)
        if version is None:
            raise NothingFound(f"{capture.url}: this capture shows no story; take it without {TEXT}")
        text = f"{version.extraction.title}\n\n{version.extraction.text}"
        head = [*self._dated(request, connection, line, capture), ("Stet-Extractor", version.extraction.extractor)]
        return plain(200, text, head)

    def _replay(
        self, request: Request, connection: Connection, line: Line, capture: Capture, how: str
    ) -> Response:
        page = memento.page(self._home, connection, capture)
        status, data = replay.status(page.head), replay.body(page, how)
        fields = self._dated(request, connection, line, capture)
        fields += replay.guards(self._addresses(request).base)
        if target := leads_to(capture.url, page.head):
            fields.append(("Location", self._led_to(request, connection, capture, target, how)))
        if capture.truncated:
            fields.append(("X-Archive-Truncated", capture.truncated.value))
        if page.problem and how != asking.RAW:
            fields.append(("X-Archive-Problem", replay.clean(page.problem)))
        fields += replay.fields(page, how)
        return _ranged(request, status, fields, data)

    def _led_to(self, request: Request, connection: Connection, redirect: Capture, target: str, how: str) -> str:
        """The memento of what a captured redirect led to: what was fetched then, else what stood then."""
        followed = timeline.led_to(connection, redirect, urlkey(target))
        if followed is not None:
            return self._addresses(request).memento(followed, how)
        return self._addresses(request).at(cdxj.stamp(redirect.timestamp), target, how)

    def _dated(self, request: Request, connection: Connection, line: Line, capture: Capture) -> Fields:
        links = self._links(request, connection, line, capture.url, capture)
        return [("Memento-Datetime", http_date(capture.timestamp)), links]

    def _links(
        self, request: Request, connection: Connection, line: Line, url: str, capture: Capture
    ) -> tuple[str, str]:
        """RFC 7089 section 2.1.3: the original, its TimeGate and TimeMap, and the mementos around `capture`."""
        addresses = self._addresses(request)
        first, last = memento.ends(connection, line)
        before = timeline.before(connection, line, capture)
        after = next(iter(timeline.after(connection, line, capture)), None)
        words: dict[int, tuple[Capture, list[str]]] = {}
        for each, word in ((first, "first"), (before, "prev"), (capture, ""), (after, "next"), (last, "last")):
            if each is not None:
                words.setdefault(each.id, (each, []))[1].append(word)
        links = [
            f'<{safe(url)}>; rel="original"',
            f'<{addresses.timegate(url)}>; rel="timegate"',
            f'<{addresses.timemap(url, "link")}>; rel="timemap"; type="{FORMS["link"]}"; {span(first, last)}',
        ]
        around = sorted(words.values(), key=lambda pair: (pair[0].timestamp, pair[0].id))
        for each, found in around:
            links.append(link(addresses.memento(each), " ".join([*filter(None, found), "memento"]), each))
        return "Link", ", ".join(links)


def _bare(status: int) -> str:
    return "all is well" if status == 200 else "something is amiss"


def _url(request: Request, before: str) -> str:
    return asking.url_in(request.scope["raw_path"], request.scope["query_string"], before)


def _prefers_closest(request: Request) -> bool:
    preferences = ",".join(request.headers.getlist("prefer")).lower().split(",")
    return any(each.partition(";")[0].strip() == "closest" for each in preferences)


def _found(where: str, fields: Fields) -> Answer:
    return plain(302, where, [("Location", where), *fields])


def _gathered(text: Iterator[str]) -> Iterator[bytes]:
    """The pieces in blocks of some size: each goes to the client by way of another thread."""
    block: list[str] = []
    for piece in text:
        block.append(piece)
        if len(block) == PIECE:
            yield "".join(block).encode("utf-8", "replace")
            block.clear()
    yield "".join(block).encode("utf-8", "replace")


def _ranged(request: Request, status: int, fields: Fields, data: bytes) -> Answer:
    """The whole body, or the range that is asked for where the status is 200 (RFC 9110 section 14.2).

    `If-Range` is not answered with a part: there is nothing here that it could be held against.
    """
    if status != 200:
        return Answer(status, fields, data)
    fields = [*fields, ("Accept-Ranges", "bytes")]
    asked = None if "if-range" in request.headers else request.headers.get("range")
    try:
        part = asking.byte_range(asked, len(data))
    except IndexError:
        return plain(416, "the range lies outside of the body", [("Content-Range", f"bytes */{len(data)}")])
    if part is None:
        return Answer(status, fields, data)
    start, end = part
    fields.append(("Content-Range", f"bytes {start}-{end}/{len(data)}"))
    return Answer(206, fields, data[start : end + 1])
