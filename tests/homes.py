"""Homes for tests: a home that reaches a newsroom, and passes over it by a clock that a test moves.

with Newsroom(start=START) as room:
    place = Place(tmp_path / "home", room)
    herald = room.outlet("herald.example")
    place.watch(herald)
    place.look()                     # one real pass
    place.look(hours=1)              # and one an hour later
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from archive import home as homes
from archive import memento
from archive.db import articles, findings, outlets, record
from archive.db.articles import Article
from archive.db.engine import Database, open_database
from archive.db.tables import captures, fetches, warcs
from archive.domain.history import StandingChange
from archive.domain.model import (
    Capture,
    Digest,
    Exchange,
    Location,
    Outlet,
    RecordType,
    Role,
    Seed,
    SeedKind,
)
from archive.domain.urls import urlkey
from archive.keeping import Purpose
from archive.visits import Finding
from archive.warc.reader import exchange_at
from crawler import runtime
from crawler.runtime import opened
from crawler.watching import watch
from crawler.wire import WireSettings
from scheduler.crawling import Pass, Tally, run_pass
from scheduler.progress import Progress

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

SETTINGS = """\
{archive}
[crawl]
delay = {delay}
max_delay = {max_delay}
timeout = "{timeout}"
max_bytes = "2MiB"
extract_workers = 0
ca_bundle = "{ca_bundle}"
{crawl}

[edits]
confirm_after = "{confirm_after}"
reextract = {reextract}

[takedowns]
confirmations = {confirmations}
span = "{span}"
{takedowns}

[crawl.connect_to]
{table}
"""


class Ticking:
    """A clock that a test moves; it goes on by a millisecond at every look, so that no two moments are one."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.advance(seconds=seconds)


class Place:
    """A home at `root` that reaches every host of `room`, with the words a test needs."""

    def __init__(
        self, root: Path, room, *, crawl="", archive="", takedowns="", delay: float = 0, **settings
    ) -> None:
        self.root, self.room = root, room
        self.clock = Ticking()
        self.settings = {
            "delay": delay,
            "max_delay": 5,
            "timeout": "2s",
            "confirm_after": "0s",
            "reextract": "true",
            "confirmations": 3,
            "span": "24h",
            "crawl": crawl,
            "archive": archive,
            "takedowns": takedowns,
            "ca_bundle": room.ca_path if room.tls else "",
            **settings,
        }
        homes.create(root, {}, settings_text=self._text())
        self.tally = Tally()

    def _text(self) -> str:
        table = "\n".join(f'"{host}" = "{address}"' for host, address in self.room.connect_to.items())
        return SETTINGS.format(table=table, **self.settings)

    @property
    def home(self) -> homes.Home:
        """The home as its settings are now; hosts that the room got since are in them."""
        (self.root / "stet.toml").write_text(self._text(), encoding="utf-8")
        return homes.find(self.root, {})

    def database(self) -> Database:
        return open_database(self.home.database_url)

    @functools.cached_property
    def _own(self) -> Database:
        """The test's own look at the database, opened once; passes open theirs, as they always do."""
        database = self.database()
        weakref.finalize(self, database.close)
        return database

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        return self._own.read()

    def writing(self) -> contextlib.AbstractContextManager[Connection]:
        return self._own.write()

    def watch(self, paper=None, *paths: str, stories=(), **outlet) -> Outlet | None:
        """Watch an outlet by seeds (default: its RSS feed), or single stories, or single URLs."""
        made = None
        with self.writing() as connection:
            if paper is not None:
                kinds = {"xml": SeedKind.SITEMAP} | dict.fromkeys(["rss", "feed", "atom"], SeedKind.FEED)
                seeds = []
                for path in paths or ("/rss.xml",):
                    kind = next((k for sign, k in reversed(kinds.items()) if sign in path), SeedKind.SECTION)
                    seeds.append(Seed(url=paper.url(path), kind=kind))
                made = Outlet(
                    **{
                        "name": paper.host.split(".")[0],
                        "domains": (paper.host,),
                        "home": paper.url("/"),
                        "seeds": tuple(seeds),
                        **outlet,
                    }
                )
                outlets.save(connection, made, self.clock.moment)
            for story in stories:
                watch(connection, story if isinstance(story, str) else story.url, now=self.clock.moment)
        return made

    def look(self, *, outlet=None, url=None, force=True, **later: float) -> list[Finding]:
        """One pass, `later` by the clock; what it found, in the order found."""
        self.clock.advance(**(later or {"minutes": 30}))
        found: list[Finding] = []
        with self._names():
            self.tally = run_pass(
                self.home,
                Pass(outlet=outlet, url=getattr(url, "url", url), force=force),
                progress=Progress(),
                tell=found.append,
                now=self.clock,
                sleep=self.clock.sleep,
            )
        return found

    def break_off(self, story, *, at: datetime | None = None) -> None:
        """Keep what is at a story's address now, and end before anybody looks at it."""
        with opened(self.home, now=(lambda: at) if at is not None else self.clock) as wanted:

            async def fetch() -> None:
                exchange = await wanted.wire.exchange(story.url, [("User-Agent", "stet")])
                article = self.article(story)
                purpose = Purpose(role=Role.ARTICLE, outlet_id=article.outlet_id, article_id=article.id)
                notes = (("role", "article"), ("hop", "0"), ("outlet", article.outlet), ("subject", story.url))
                wanted.keeper.keep(replace(exchange, notes=notes), purpose)
                await wanted.aclose()

            asyncio.run(fetch())
        assert "" in {fetch.presence for fetch in self.fetches(story)}

    @contextlib.contextmanager
    def _names(self) -> Iterator[None]:
        """The room's names while some of them lead nowhere: no test asks the system's resolver."""
        if not getattr(self.room, "nameless", None):
            yield
            return
        ours = functools.partial(WireSettings, resolve=self.room.resolve, connect_timeout=0.2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runtime, "WireSettings", ours)
            yield

    def due(self, **later: float) -> list[Finding]:
        """One pass over what is due only."""
        return self.look(force=False, **later)

    # What is known.

    def article(self, story) -> Article:
        with self.reading() as connection:
            return memento.article_at(connection, getattr(story, "url", story))

    def articles(self) -> list[Article]:
        with self.reading() as connection:
            return articles.listed(connection)

    def versions(self, story) -> list[findings.Version]:
        with self.reading() as connection:
            return findings.versions_of(
                connection, memento.article_at(connection, getattr(story, "url", story)).id
            )

    def changes(self) -> list[findings.Change]:
        with self.reading() as connection:
            return findings.changes_listed(connection)[::-1]

    def standings(self) -> list[StandingChange]:
        with self.reading() as connection:
            return findings.standings_listed(connection)[::-1]

    def fetches(self, story) -> list[record.FetchRow]:
        """The fetch log of an article, oldest first."""
        with self.reading() as connection:
            article = memento.article_at(connection, getattr(story, "url", story))
            return record.fetches_of(connection, article.id)[::-1]

    def last(self, story) -> record.FetchRow:
        return self.fetches(story)[-1]

    def captures(self, story) -> list:
        with self.reading() as connection:
            return memento.captures_of(connection, getattr(story, "url", story))

    def count(self, table) -> int:
        with self.reading() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def log(self, role: str | None = None) -> list:
        """Every fetch row, oldest first."""
        query = select(fetches).order_by(fetches.c.id)
        if role is not None:
            query = query.where(fetches.c.role == role)
        with self.reading() as connection:
            return list(connection.execute(query).mappings())

    def every_capture(self) -> list:
        with self.reading() as connection:
            ids = connection.execute(select(captures.c.id).order_by(captures.c.id)).scalars()
            return [record.capture(connection, capture_id) for capture_id in ids]

    def exchange(self, row) -> Exchange:
        """The whole exchange that a fetch row points at, from the WARC."""
        with self.reading() as connection:
            name = connection.execute(select(warcs.c.name).where(warcs.c.id == row["warc_id"])).scalar_one()
            place = Location(warc=name, offset=row["offset"], length=row["length"])
            lookup = lambda url, at: record.response_at(connection, url, at)  # noqa: E731
            return exchange_at(self.home.warcs, place, lookup=lookup)


def kinds(found: list[Finding]) -> list[str]:
    """What was found, in short."""
    return [finding.what for finding in found]


# A database without a newsroom.

NOW = START
HERALD = Outlet(
    name="herald",
    title="The Herald",
    domains=("herald.example",),
    seeds=(Seed(url="http://herald.example/rss.xml", kind=SeedKind.FEED),),
    languages=("en",),
)


class Shelf:
    """A database with one outlet in it: SQLite in `folder`, or what `url` names."""

    def __init__(self, folder, url=""):
        self.database = open_database(url or f"sqlite:///{folder / 'stet.db'}")
        with self.database.write() as connection:
            self.outlet = outlets.save(connection, HERALD, NOW)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.database.close()

    def article(self, connection, path, **known):
        url = f"http://herald.example{path}"
        return articles.add(connection, outlet_id=self.outlet, url=url, found_in="test", now=NOW, **known)[0]

    def keep(self, url, *, connection, article_id=None, at=NOW, digest="sha256:" + "0" * 64, offset=None, **more):
        exchange = Exchange(url=url, began=at)
        fetch = record.add_fetch(
            connection, exchange, role=Role.ARTICLE, status=200, location=None, article_id=article_id
        )
        place = Location(warc="a.warc.gz", offset=fetch * 1000 if offset is None else offset, length=10)
        capture = Capture(
            **{
                "url": url,
                "urlkey": urlkey(url),
                "timestamp": at,
                "status": 200,
                "mime": "text/html",
                "digest": Digest(digest),
                "record_type": RecordType.RESPONSE,
                "record_id": f"urn:uuid:{fetch}",
                "location": place,
                **more,
            }
        )
        return record.add_capture(connection, capture, fetch_id=fetch, article_id=article_id)
