"""The server of the crawl benchmark: a newsroom in a process of its own, with small pages or large ones.

    with serve(hosts=20, articles=100, pages="real") as server:
        crawl(server.urls, connect_to=server.connect_to)
        server.noise(on=True)      # from now on every fetch gets other bytes and the same story

`scheduler.newsroom` serves its own pages of about 7 kB; here it can also serve real ones of 50 to 95 kB
(or its own, padded to that size, where the collection is absent), and be told to begin with noise.
The child ends when the pipe to its standard input closes, thus also when its parent dies.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.corpus import CONTENT_TYPE, present, real_pages
from scheduler.newsroom import Newsroom, Request, Response
from scheduler.newsroom.process import Served, fill, warm
from tests.newsroom import page_noise

PAGES = ("small", "real")
#: What real pages are taken: 64 of the 267 of the collection, 70 kB on average, as one says of news pages.
SIZES = range(50_000, 95_000)
PADDED = 70_000  #: bytes of a padded page
PATIENCE = 10.0  #: seconds for the child to end once told; it takes milliseconds


@dataclass(frozen=True, slots=True)
class Server:
    """The running child: where its articles are, and how to make it noisy."""

    process: subprocess.Popen[str]
    connect_to: dict[str, str]
    urls: tuple[str, ...]
    page_bytes: int  #: of an average page, before gzip

    def noise(self, *, on: bool) -> None:
        """Let every fetch differ in noise from now on, or let pages stand still again."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("noise\n" if on else "quiet\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextlib.contextmanager
def serve(*, hosts: int, articles: int, pages: str) -> Iterator[Server]:
    """Run this file as a child for the length of the block; `articles` are those of all hosts together."""
    command = [sys.executable, __file__, f"--hosts={hosts}", f"--articles={articles}", f"--pages={pages}"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        told = json.loads(child.stdout.readline())
        yield Server(child, told["connect_to"], tuple(told["urls"]), told["page_bytes"])
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(PATIENCE)


class _Large:
    """Large pages put up under the addresses of the newsroom's small ones."""

    def __init__(self, room: Newsroom, served: Served) -> None:
        self._room = room
        bodies = [page.payload for page in real_pages()] if present() else []
        fitting = [body for body in bodies if len(body) in SIZES]
        self.bodies = {
            url: fitting[number % len(fitting)] if fitting else _padded(room, url)
            for number, url in enumerate(served.urls)
        }

    def put_up(self, noise: Callable[[bytes, int], bytes] | None = None) -> None:
        for url, body in self.bodies.items():
            parts = urlsplit(url)
            self._room.serve_page(parts.netloc, parts.path, body, CONTENT_TYPE, noise=noise)

    def warm(self) -> None:
        """Compress every page now, so that no crawl waits for it."""
        for url in self.bodies:
            parts = urlsplit(url)
            _body(self._room, parts.netloc, parts.path)


def _body(room: Newsroom, host: str, path: str) -> bytes:
    answer = room.respond(Request(method="GET", target=path, host=host, path=unquote(path)))
    assert isinstance(answer, Response)
    assert answer.status == HTTPStatus.OK
    assert answer.zipped  # computed once and kept with the answer
    return answer.body


def _padded(room: Newsroom, url: str) -> bytes:
    """The newsroom's own page with scripts and styles up to PADDED bytes, which zip like real ones: badly."""
    parts = urlsplit(url)
    page = _body(room, parts.netloc, parts.path)
    lines, size = [], len(page)
    while size < PADDED:
        line = f'"{hashlib.sha256(f"{url}{size}".encode()).hexdigest()}": {{"margin": "0 auto", "width": 0}},\n'
        lines.append(line)
        size += len(line)
    script = f"<script>window.state={{{''.join(lines)}}};</script></head>".encode()
    return page.replace(b"</head>", script, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--pages", choices=PAGES, default="small")
    chosen = parser.parse_args()
    with Newsroom() as room:
        served = fill(room, hosts=chosen.hosts, stories=chosen.articles // chosen.hosts)
        large = _Large(room, served) if chosen.pages == "real" else None
        if large:
            large.put_up()
            large.warm()
            sizes = [len(body) for body in large.bodies.values()]
        else:
            warm(room)
            sizes = [len(_body(room, (at := urlsplit(url)).netloc, at.path)) for url in served.urls]
        told = {"connect_to": room.connect_to, "urls": served.urls, "page_bytes": sum(sizes) // len(sizes)}
        _say(json.dumps(told))
        for line in sys.stdin:
            _turn(room, large, noisy=line.strip() == "noise")
            _say("done")


def _turn(room: Newsroom, large: _Large | None, *, noisy: bool) -> None:
    if large:
        large.put_up(page_noise if noisy else None)
    for outlet in room.outlets.values():
        outlet.add_noise() if noisy else outlet.hush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
