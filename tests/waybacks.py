"""A pretend web archive on loopback, as the Wayback Machine speaks: paged TimeMaps, `id_` mementos, refusals."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True)
class Shot:
    """One memento: what the outlet answered at that time."""

    url: str
    at: datetime
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    coding: str = ""  #: of the archive's own answer

    @property
    def stamp(self) -> str:
        return self.at.strftime("%Y%m%d%H%M%S")


@dataclass
class Wayback:
    """The archive. `asked` lists what was asked for; `refusals` are given out before anything else."""

    shots: list[Shot]
    page: int = 100  #: mementos on one TimeMap
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    down_after: int | None = None  #: so many answers, and then none
    elsewhere: dict[str, str] = field(default_factory=dict)  #: stamps that the archive answers with another
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/web/"

    def mementos_asked(self) -> list[str]:
        return [path for path in self.asked if "id_/" in path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        if path == "/robots.txt":
            return self.send(handler, 404, [], b"")
        self.asked.append(path)
        if self.down_after is not None and len(self.asked) > self.down_after:
            handler.close_connection = True
            handler.connection.close()
            return None
        if self.refusals and "id_/" in path:
            status, headers = self.refusals.pop(0)
            return self.send(handler, status, list(headers.items()), b"Slow down.")
        if "/timemap/link/" in path:
            return self.timemap(handler, path)
        digits, _, url = path.removeprefix("/web/").partition("id_/")
        if digits in self.elsewhere:
            return self.send(handler, 302, [("Location", f"{self.address}{self.elsewhere[digits]}id_/{url}")], b"")
        for shot in self.shots:
            if (shot.stamp, shot.url) == (digits, url):
                return self.memento(handler, shot)
        return self.send(handler, 404, [("Content-Type", "text/html")], b"<h1>Not in the archive</h1>")

    def timemap(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        rest = path.partition("/timemap/link/")[2]
        number, _, url = rest.rpartition("/page/") if "/page/" in rest else ("0", "", rest)
        url, number = (url, int(number)) if "/page/" not in rest else (rest.partition("/page/")[0], int(url))
        shots = [shot for shot in self.shots if shot.url.partition("://")[2] == url.partition("://")[2]]
        if not shots:
            return self.send(handler, 404, [], b"")
        lines = [
            f'<{url}>; rel="original"',
            f'<{self.address}timemap/link/{url}>; rel="self"; type="application/link-format"',
        ]
        for shot in shots[number * self.page : (number + 1) * self.page]:
            when = format_datetime(shot.at, usegmt=True)
            lines.append(f'<{self.address}{shot.stamp}/{shot.url}>; rel="memento"; datetime="{when}"')
        if (number + 1) * self.page < len(shots):
            further = f"{self.address}timemap/link/{url}/page/{number + 1}"
            lines.append(f'<{further}>; rel="timemap"; type="application/link-format"; from="x, y"')
        return self.send(handler, 200, [("Content-Type", "application/link-format")], ",\n".join(lines).encode())

    def memento(self, handler: BaseHTTPRequestHandler, shot: Shot) -> None:
        headers = [("Memento-Datetime", format_datetime(shot.at, usegmt=True)), ("x-archive-src", "spn2.warc.gz")]
        headers += [(f"x-archive-orig-{name.lower()}", value) for name, value in shot.headers]
        headers += [(n, v) for n, v in shot.headers if n.lower() == "content-type"]
        headers += [("Location", f"{self.address}{shot.stamp}id_/{v}") for n, v in shot.headers if n == "Location"]
        headers += [("Content-Encoding", shot.coding)] if shot.coding else []
        self.send(handler, shot.status, headers, shot.body)

    def send(self, handler, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
