"""The labelled real pages, put up on loopback under their own host names and crawled by the whole pipeline.

Shared by the benchmark `articles.py` and by `tests/test_corpus.py`. Knows the archive of pages beside the
project (`../shared/corpus/articles`; nothing of it is copied) and what the server sent, byte for byte.
Refuses to judge a text: that is the benchmarks' business.
"""

from __future__ import annotations

import itertools
import json
import tarfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection
from warcio.archiveiterator import ArchiveIterator

from archive import home as homes
from archive.db import articles, findings, outlets, record
from archive.db.articles import Article
from archive.db.engine import open_database
from archive.db.findings import Change, Version
from archive.domain.model import Outlet
from archive.domain.urls import normalise
from archive.visits import Finding
from scheduler.crawling import Pass, Tally, run_pass
from scheduler.newsroom import Request, Response, Script
from scheduler.newsroom.wire import frame
from scheduler.progress import Progress
from tests.newsroom import Newsroom, page_noise

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "articles"
ABSENT = "no labelled pages beside the project (shared/corpus/articles)"
SCHEMES = ("http", "https")

#: Without a charset: the collection does not tell what the servers said, so the page must speak for itself.
CONTENT_TYPE = "text/html"

SETTINGS = """\
[crawl]
delay = 0.0
ca_bundle = "{bundle}"
extract_workers = {workers}
[edits]
confirm_after = "0s"
[crawl.connect_to]
{table}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPage:
    """One page of the collection."""

    name: str
    host: str
    target: str  #: path and query, normalised
    payload: bytes
    gold: str  #: the text that a person took from it; empty where nobody did

    def url(self, scheme: str) -> str:
        """Its address."""
        return f"{scheme}://{self.host}{self.target}"


def present() -> bool:
    """Whether the collection lies beside the project."""
    return (CORPUS / "articles.jsonl").is_file() and (CORPUS / "pages.tar.xz").is_file()


def real_pages(*, every: int = 1, offset: int = 0) -> list[RealPage]:
    """The pages in the table's order; with `every`, one of so many, beginning at `offset`.

    A page without an address in the table gets an invented host and path.
    """
    rows = [json.loads(line) for line in (CORPUS / "articles.jsonl").read_text("utf-8").splitlines()]
    wanted = {row["page"]: row for row in rows[offset::every]}
    bodies: dict[str, bytes] = {}
    with tarfile.open(CORPUS / "pages.tar.xz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in wanted and (source := archive.extractfile(member)) is not None:
                bodies[name] = source.read()
    return [_page(row, bodies[name]) for name, row in wanted.items()]


def _page(row: dict[str, str], payload: bytes) -> RealPage:
    name = row["id"].replace("_", "-")  # a host name knows no underscore
    parts = urlsplit(normalise(row.get("url") or f"https://{name}.example/{name}"))
    return RealPage(
        name=row["page"],
        host=parts.netloc,
        target=parts.path + (f"?{parts.query}" if parts.query else ""),
        payload=payload,
        gold=row.get("gold_text") or "",
    )


class PressRoom(Newsroom):
    """A newsroom with an https side that serves real pages and remembers every byte of its answers."""

    def __init__(self) -> None:
        super().__init__(https=True)
        self.sent: defaultdict[str, list[bytes]] = defaultdict(list)  #: URL → its answers, in order
        self._turns: dict[str, Iterator[int]] = {}

    def put_up(self, page: RealPage, url: str, *, noisy: bool) -> None:
        """Let `page` stand at `url`, on both schemes; noisy: other bytes at each fetch, wherever it stands."""
        turns = self._turns.setdefault(page.name, itertools.count(1))
        parts = urlsplit(url)
        self.serve_page(
            parts.netloc,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            page.payload,
            CONTENT_TYPE,
            noise=(lambda body, _turn: page_noise(body, next(turns))) if noisy else None,
        )

    def respond(self, request: Request) -> Response | Script:
        """The answer as the very bytes that will be sent."""
        answer = super().respond(request)
        assert isinstance(answer, Response)
        status, raw = frame(request, answer, now=self.clock.now())
        self.sent[f"{request.scheme}://{request.host}{request.target}"].append(raw)
        return Script((raw,), status=status)


class Clock:
    """Real time that can be set forward, so that passes lie hours apart."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC), time.monotonic()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time, aware."""
        moment, mark = self._began
        return moment + timedelta(seconds=time.monotonic() - mark) + self._ahead

    def advance(self, **by: float) -> None:
        """Go forward; the arguments are those of `timedelta`."""
        self._ahead += timedelta(**by)


class Stand:
    """A home that watches `pages` at one scheme, and the room that serves them."""

    def __init__(
        self, room: PressRoom, folder: Path, pages: Iterable[RealPage], *, scheme: str, noisy: bool, workers: int
    ) -> None:
        self.room = room
        self.clock = Clock()
        self.pages = {page.url(scheme): page for page in pages}
        self._noisy, self._workers = noisy, workers
        for url, page in self.pages.items():
            room.put_up(page, url, noisy=noisy)
        self.home = homes.create(folder, {}, settings_text=self._settings())
        self._served = dict(self.pages)  #: every address a page is known by
        self._ids = self._watch()

    def _settings(self) -> str:
        table = "\n".join(f'"{host}" = "{address}"' for host, address in self.room.connect_to.items())
        return SETTINGS.format(bundle=self.room.ca_path, workers=self._workers, table=table)

    def _watch(self) -> dict[int, RealPage]:
        """Watch every page; article id → page."""
        now = self.clock.now()
        database = open_database(self.home.database_url)
        with database.write() as connection:
            by_host = {host: _outlet(connection, host, now) for host in {p.host for p in self.pages.values()}}
            watched = {
                articles.add(connection, outlet_id=by_host[page.host], url=url, found_in="by hand", now=now)[
                    0
                ]: page
                for url, page in self.pages.items()
            }
        database.close()
        return watched

    def look(self) -> tuple[Tally, list[Finding]]:
        """One pass over all pages, an hour after the last one."""
        self.clock.advance(hours=1)
        found: list[Finding] = []
        with Progress() as progress:
            tally = run_pass(self.home, Pass(force=True), progress=progress, tell=found.append, now=self.clock.now)
        self._follow()
        return tally, found

    def edit(self, page: RealPage, before: str, after: str) -> None:
        """Replace words on a page, wherever it stands."""
        edited = replace(page, payload=page.payload.replace(before.encode(), after.encode()))
        for url, known in self._served.items():
            if known.name == page.name:
                self.room.put_up(edited, url, noisy=self._noisy)

    def _follow(self) -> None:
        """Serve each page at its canonical address too: the article is asked for there from now on."""
        for article, page in self.articles():
            if article.url not in self._served:
                self.room.put_up(page, article.url, noisy=self._noisy)
                self._served[article.url] = page
        (self.home.root / homes.SETTINGS_FILE).write_text(self._settings(), encoding="utf-8")
        self.home = homes.find(self.home.root, {})

    # What the archive holds now.

    def articles(self) -> list[tuple[Article, RealPage]]:
        """The articles with their pages; fewer than pages where two of them are one article."""
        database = open_database(self.home.database_url)
        with database.read() as connection:
            held = articles.listed(connection, limit=1_000_000)
        database.close()
        return [(article, self._ids[article.id]) for article in held]

    def versions(self) -> dict[str, list[Version]]:
        """Page name → the versions of its article, the first one first."""
        database = open_database(self.home.database_url)
        held = self.articles()
        with database.read() as connection:
            found = {page.name: findings.versions_of(connection, article.id) for article, page in held}
        database.close()
        return found

    def changes(self) -> list[Change]:
        """Every change that was found."""
        database = open_database(self.home.database_url)
        with database.read() as connection:
            found = findings.changes_listed(connection, limit=1_000_000)
        database.close()
        return found

    def barred(self) -> list[tuple[str, str]]:
        """URL and reason of every article fetch that did not show the article."""
        database = open_database(self.home.database_url)
        held = self.articles()
        with database.read() as connection:
            log = [row for article, _ in held for row in record.fetches_of(connection, article.id)]
        database.close()
        return [(row.url, row.why) for row in log if row.presence != "present"]

    def responses(self) -> Iterator[tuple[str, bytes]]:
        """URL and block of every response record, read by warcio: a reader that is not ours."""
        for path in sorted(self.home.spool.glob("*.warc.gz")):
            with path.open("rb") as file:
                for found in ArchiveIterator(file, no_record_parse=True):
                    if found.rec_type == "response":
                        yield found.rec_headers["WARC-Target-URI"], found.raw_stream.read()

    def inexact(self) -> list[str]:
        """Addresses of pages whose answer is not in the WARC byte for byte as the server sent it."""
        kept: defaultdict[str, list[bytes]] = defaultdict(list)
        for url, block in self.responses():
            kept[url].append(block)
        wrong = [url for url, blocks in kept.items() if not set(blocks) <= set(self.room.sent[url])]
        return wrong + [url for url in self.pages if url not in kept]


def _outlet(connection: Connection, host: str, now: datetime) -> int:
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in host)
    return outlets.save(connection, Outlet(name=name, domains=(host,), home=f"https://{host}/"), now)
