"""The newsroom: a clock, the outlets with their hosts and addresses, and pages of others.

It knows which outlet a request is for. What that outlet answers is told in `scheduler.newsroom.outlet`,
how the answer travels in `scheduler.newsroom.wire`.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote

from archive.errors import Misuse
from scheduler.newsroom.outlet import Outlet
from scheduler.newsroom.parts import Masthead
from scheduler.newsroom.visits import VisitLog
from scheduler.newsroom.wire import Request, Response, Script, Server

LOOPBACK = "127.0.0.1"
DEFAULT_SECTIONS = ("politics", "world", "economy", "culture", "sport")

PageNoise = Callable[[bytes, int], bytes]
"""A page's bytes and the count of its fetches → the bytes to send."""


class Clock:
    """The outlets' clock: real time, or one that stands still at `start` until it is advanced."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._offset = timedelta()

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        return (self._start or datetime.now(UTC)) + self._offset

    def set(self, moment: datetime) -> None:
        """Stand still at `moment`."""
        self._start, self._offset = moment.astimezone(UTC), timedelta()

    def advance(self, **by: float) -> None:
        """Go forward; the arguments are those of `timedelta`: `advance(hours=2)`."""
        self._offset += timedelta(**by)


class Newsroom:
    """Plays outlets on loopback. Use it as a context manager; it listens from `with` to its end."""

    outlet_type: type[Outlet] = Outlet  #: a subclass may play its own

    def __init__(
        self,
        *,
        start: datetime | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        tls_port: int = 0,
    ) -> None:
        self.clock = Clock(start)
        self.lock = threading.RLock()
        self.outlets: dict[str, Outlet] = {}
        self.address = LOOPBACK  #: where outlets without an address of their own are reached
        self.port, self.tls_port, self.tls = port, tls_port, tls
        self._hosts: dict[str, Outlet] = {}
        self._pages: dict[str, dict[object, tuple[Response, PageNoise | None]]] = {}
        self._fetches: dict[tuple[str, object], int] = {}
        self.server = Server(self.respond, now=self.clock.now)

    def __enter__(self) -> Self:
        self.server.start()
        try:
            self.port = self.server.listen(LOOPBACK, self.port)
            if self.tls is not None:
                self.tls_port = self.server.listen(LOOPBACK, self.tls_port, self.tls)
        except BaseException:
            self.server.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()

    @property
    def log(self) -> VisitLog:
        """Every request so far."""
        return self.server.log

    @property
    def connect_to(self) -> dict[str, str]:
        """Where each host is reached, as `[crawl.connect_to]` and curl's `--connect-to` have it."""
        table: dict[str, str] = {}
        for host in [*self._hosts, *self._pages]:
            outlet = self._hosts.get(host)
            address, port, tls_port = outlet.reached_at if outlet else (LOOPBACK, self.port, self.tls_port)
            table[f"{host}:80"] = f"{address}:{port}"
            if self.tls is not None:
                table[f"{host}:443"] = f"{address}:{tls_port}"
        return table

    def outlet(
        self,
        host: str,
        *,
        title: str = "",
        language: str = "en",
        aliases: Sequence[str] = (),
        scheme: str = "",
        sections: Sequence[str] = DEFAULT_SECTIONS,
        address: str = "",
        amp: bool = False,
        article_body: bool = False,
    ) -> Outlet:
        """A new outlet. `aliases` are hosts that redirect to it; `address`: its own, as 127.x.y.z.

        With `article_body` the structured data tell the whole text, too.
        """
        scheme = scheme or ("https" if self.tls else "http")
        taken = [name for name in (host, *aliases) if name in self._hosts]
        if taken:
            raise Misuse(f"newsroom: the host {taken[0]} is taken; give every outlet its own")
        if scheme == "https" and self.tls is None:
            raise Misuse(f"newsroom: {host} wants https but the room has no certificate; pass tls=")
        masthead = Masthead(
            title=title or host,
            base=f"{scheme}://{host}",
            language=language,
            sections=tuple(sections),
            article_body=article_body,
        )
        outlet = self.outlet_type(self, host, masthead, aliases=tuple(aliases), amp=amp)
        if address:
            outlet.move_to(address)
        with self.lock:
            self.outlets[host] = outlet
            self._hosts.update(dict.fromkeys((host, *aliases), outlet))
        return outlet

    def serve_page(
        self,
        host: str,
        path: str,
        body: bytes,
        content_type: str = "text/html; charset=utf-8",
        *,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
        noise: PageNoise | None = None,
    ) -> None:
        """Any page under any host, byte for byte; `path` may have a query; `noise` acts at every fetch."""
        page = Response(status=status, body=body, content_type=content_type, headers=tuple(headers))
        with self.lock:
            self._pages.setdefault(host.lower(), {})[_page_key(path)] = (page, noise)

    def respond(self, request: Request) -> Response | Script:
        """The answer to a request. Subclasses add behaviour around it; called in the server's thread."""
        with self.lock:
            page = self._page_for(request)
            if page is not None:
                return page
            outlet = self._hosts.get(request.host) or self._at_address(request.local)
            if outlet is not None:
                return outlet.respond(request)
        known = request.host in self._pages
        return Response(
            status=404 if known else 421, body=b"no such page or host here\n", content_type="text/plain"
        )

    def _page_for(self, request: Request) -> Response | None:
        found = self._pages.get(request.host, {})
        key = _page_key(request.target)
        if key not in found:
            return None
        page, noise = found[key]
        if noise is None:
            return page
        turn = self._fetches[request.host, key] = self._fetches.get((request.host, key), 0) + 1
        body = noise(page.body, turn)
        return Response(status=page.status, body=body, content_type=page.content_type, headers=page.headers)

    def _at_address(self, local: tuple[str, int]) -> Outlet | None:
        return next((outlet for outlet in self.outlets.values() if local[0] == outlet.address), None)


def _page_key(target: str) -> object:
    """Path and query, decoded: clients differ in what they percent-encode and in what order they ask."""
    path, _, query = target.partition("?")
    return unquote(path) or "/", tuple(sorted(parse_qsl(query, keep_blank_values=True)))
