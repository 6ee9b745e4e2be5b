"""A served archive for tests: a real server on loopback, asked by `http.client`, and answers put into it by hand.

with Shop(tmp_path) as shop:
    shop.keep("http://a.example/", page(b"<p>first"))
    reply = shop.get("/timegate/http://a.example/")
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from archive import home as homes
from archive.db.engine import open_database
from archive.domain.model import Capture, Exchange, Role, Truncated
from archive.home import Home
from archive.keeping import Keeper, Kept, Purpose
from archive.serving import address, listen, server
from archive.warc.writer import WarcWriter
from archive.web.app import create
from tests.homes import START


@dataclass(frozen=True)
class Reply:
    status: int
    fields: list[tuple[str, str]]
    body: bytes = field(repr=False)

    def __getitem__(self, name: str) -> str:
        [value] = self.all(name)
        return value

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> dict:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def links(self) -> dict[str, list[tuple[str, dict[str, str]]]]:
        """Relation → addresses, each with its attributes (RFC 8288)."""
        return links(self["link"])


def links(text: str) -> dict[str, list[tuple[str, dict[str, str]]]]:
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for uri, rest in re.findall(r'<([^<>"\s]+)>((?:\s*;\s*\w+="[^"]*")+)', text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        for relation in attributes["rel"].split():
            found.setdefault(relation, []).append((uri, attributes))
    return found


class Site:
    """A server that runs; every request is a connection of its own."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.host, self.port = urlsplit(base).hostname, urlsplit(base).port

    def ask(self, method: str, path: str, **headers: str) -> Reply:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        with contextlib.closing(connection):
            target = path.removeprefix(self.base)
            connection.putrequest(method, target, skip_accept_encoding=True, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, **headers)

    def head(self, path: str, **headers: str) -> Reply:
        return self.ask("HEAD", path, **headers)


@contextlib.contextmanager
def served(home: Home, **settings) -> Iterator[Site]:
    """Serve `home` for the length of the block."""
    database = open_database(home.database_url)
    with listen("127.0.0.1", 0) as listener:
        running = server(create(home, database, **settings))
        # The thread has no signals to handle, and ends when it is told to.
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Site(address(listener))
        finally:
            running.should_exit = True
            thread.join(10)
            database.close()
    assert not thread.is_alive()


def page(body: bytes = b"<p>words", *fields: str, status: str = "200 OK") -> bytes:
    """An answer as it is on the wire."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class Shop:
    """A home into which a test keeps answers, served for the length of the block."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = homes.create(folder / "home", {})
        self._settings = settings
        self._number = itertools.count(1)

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        self.database = open_database(self.home.database_url)
        self._stack.callback(self.database.close)
        self.writer = WarcWriter(self.home.spool, info={"software": "test"}, now=lambda: START)
        self._stack.callback(self.writer.close)
        self.keeper = Keeper(self.database, self.writer)
        self.site = self._stack.enter_context(served(self.home, **self._settings))
        self.base, self.get, self.head, self.ask = self.site.base, self.site.get, self.site.head, self.site.ask
        return self

    def __exit__(self, *exc):
        self._stack.close()

    def keep(
        self, url: str, answer: bytes | None = None, at: datetime | float | None = None, **purpose
    ) -> Capture:
        """Keep an answer of `url`; `at` in seconds from START, by default an hour after the last one."""
        return self.kept(url, answer, at, **purpose).capture

    def kept(
        self,
        url: str,
        answer: bytes | None = None,
        at: datetime | float | None = None,
        truncated: Truncated | None = None,
        **purpose,
    ) -> Kept:
        if at is None:
            at = 3600 * next(self._number)
        moment = at if isinstance(at, datetime) else START + timedelta(seconds=at)
        exchange = Exchange(
            url=url,
            began=moment,
            request=b"GET / HTTP/1.1\r\n\r\n",
            response=page() if answer is None else answer,
            truncated=truncated,
        )
        return self.keeper.keep(exchange, Purpose(role=Role.ARTICLE, **purpose))

    def memento(self, capture: Capture, how: str = "") -> str:
        return (
            f"/web/{capture.timestamp:%Y%m%d%H%M%S}{capture.timestamp.microsecond // 1000:03}{how}/{capture.url}"
        )
