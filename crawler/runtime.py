"""What every spider of one home shares in this process: the wire, the gate, the keeper.

Scrapy copies its settings deeply, so live objects cannot travel in them: spiders find the runtime
by the home's folder. It is opened by whoever starts the crawl; a spider started by hand
(`scrapy crawl visit`) opens it for itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import platform
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from archive import reextracting, storing
from archive.alerting import Alerting
from archive.db import hosts, record
from archive.db.engine import Connection, Database, open_database
from archive.domain.model import Capture, Exchange, Extraction
from archive.errors import EnvironmentFailed, Misuse, StetError
from archive.extractor import EXTRACTOR
from archive.fixity import keep_books
from archive.home import Home
from archive.ingest import Settler, known_extraction
from archive.keeping import Keeper, Kept, Unreadable, page_of, payload_reader
from archive.reaching import Resolve
from archive.replaying import RUN, Replayer, reconcile, rules
from archive.settings import Settings, digest
from archive.visits import Finding
from archive.warc.files import NoRoom, require_room
from archive.warc.recovery import recover
from archive.warc.seals import seal_new
from archive.warc.writer import WarcWriter
from crawler.gate import Gate, NotNow
from crawler.guard import host_literal
from crawler.lookup import lookup
from crawler.politeness import LONGEST_HOLD
from crawler.readers import Lost, Readers
from crawler.robots import Robots
from crawler.wire import Wire, WireSettings

logger = logging.getLogger(__name__)

VERSION = version("stet")

LOOK: Final = 0.5
"""Seconds between two looks whether a full disk has room again."""

LATELY: Final = 1000
"""The last fetches before a crash whose hosts are taken to have been asked just then. More than are ever under way
at once, and as many as 64 hosts allow in two minutes and a half at ten seconds between two fetches."""

T = TypeVar("T")


@dataclass
class Runtime:
    """One home, open for fetching."""

    home: Home
    database: Database
    writer: WarcWriter
    keeper: Keeper
    replayer: Replayer
    settler: Settler
    wire: Wire
    gate: Gate
    readers: Readers
    now: Callable[[], datetime]
    tell: Callable[[Finding], None] = lambda _finding: None
    plan: Callable[[int], None] = lambda _more: None  #: so many more fetches are to be done
    step: Callable[[], None] = lambda: None  #: one of them is done
    wait: Callable[[int, float], None] = lambda _count, _seconds: (
        None
    )  #: so many second looks are to be taken, in so long
    robots: dict[str, Robots] = field(default_factory=dict)  #: by `robots_key`
    asking: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))  #: for them
    under_way: set[asyncio.Future[Exchange]] = field(default_factory=set)
    broken_off: bool = False
    crashed: bool = False  #: the process before this one did not end by itself
    recalled: bool = False
    failure: StetError | None = None  #: what makes it impossible to go on
    short: bool = False  #: a disk is full, and somebody waits for room
    crawls: int = 0  #: that are under way
    tending: bool = False
    brief: bool = False  #: at the end neither authorities nor the bucket are waited for; the next start does it
    unsettled: int = 0  #: pages that were kept and could not be settled, because of an error of ours

    @property
    def settings(self) -> Settings:
        """The home's settings."""
        return self.home.settings

    @property
    def user_agent(self) -> str:
        """Who we say we are: a name, a version, and whom to complain to."""
        return user_agent(self.settings)

    def require_room(self) -> None:
        """Raise `NoRoom` where so little is left on a disk that nothing more should be fetched."""
        require_room(self.home.disks, self.settings.archive.reserve)

    async def patiently(self, act: Callable[[], T]) -> T:
        """What `act` gives; where there is no room, it is tried again for as long as `[archive] patience` says."""
        until = time.monotonic() + self.settings.archive.patience.total_seconds()
        while True:
            try:
                done = act()
            except NoRoom as error:
                if self.failure is not None or time.monotonic() >= until:
                    raise
                if not self.short:
                    logger.warning("%s; waiting for it", error)
                self.short = True
                await asyncio.sleep(LOOK)
            else:
                self.short = False
                return done

    async def unless_broken_off(self, exchanging: Awaitable[Exchange], host: str) -> Exchange:
        """What comes of it. Raises `NotNow` where it takes too long for who wants to end; it says nothing then."""
        task = asyncio.ensure_future(exchanging)
        self.under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self.broken_off:
                raise NotNow(host, 0, "the pass ends") from None
            raise
        finally:
            self.under_way.discard(task)

    def break_off(self) -> None:
        """End the exchanges that are under way, as if they had not been begun."""
        self.broken_off = True
        for task in self.under_way:
            task.cancel()

    async def tend(self) -> None:
        """Seal the WARC file if it is due; to be called now and then while nothing is written."""
        if self.tending:
            return
        self.tending = True
        try:
            if self.writer.tend():
                await asyncio.to_thread(seal_new, self.home.spool)
        except EnvironmentFailed as error:  # the next start makes up for it
            logger.warning("%s", error)
        finally:
            self.tending = False

    async def read(self, kept: Kept) -> Extraction | None:
        """What a reader would read of an answer; None where there is no page in it."""
        known = known_extraction(self.database, kept)
        if known is not None:
            return known
        page = page_of(self.database, kept, self.settler.read_payload)
        if page is None:
            return None
        return await self.readers.read(page)

    async def read_again(self, article_id: int) -> None:
        """After an upgrade: read the version that stands by today's extractor, as carefully as any other page.

        Raises `Unreadable`.
        """
        with self.database.read() as connection:
            now = reextracting.wanted_now(connection, article_id)
        if now is None:
            return
        pages: dict[int, Extraction] = {}
        for payloads in (now.stands, *now.others):
            for payload in payloads:
                with contextlib.suppress(Unreadable, Lost):
                    body, content_type = self.settler.read_payload(payload)
                    pages[payload.id] = await self.readers.extraction((body, payload.url, content_type))
                    break
        with self.database.write() as connection:
            reextracting.write_now(connection, now, pages)

    async def aclose(self) -> None:
        """Close the connections, and write down which hosts are still to be left alone."""
        with self.database.write() as connection:
            self.note_holds(connection)
        await self.wire.aclose()

    def note_holds(self, connection: Connection) -> None:
        """Write down which hosts are to be left alone, for a later process. Needs a running loop."""
        now = self.now()
        held = {h: (now + timedelta(seconds=s), why) for h, (s, why) in self.gate.held().items()}
        hosts.save(connection, held, now)

    def recall(self) -> None:
        """Go on leaving those hosts alone that an earlier process was asked to; once. Needs a running loop."""
        if self.recalled:
            return
        self.recalled = True
        now = self.now()
        with self.database.read() as connection:
            for host, until, why in hosts.held(connection, now):
                self.gate.hold(host, min((until - now).total_seconds(), LONGEST_HOLD), why)
            if self.crashed:
                urls = hosts.last_asked(connection, LATELY)
                self.gate.broken_off({urlsplit(url).hostname or "" for url in urls})

    def close(self) -> None:
        """Close and seal the WARC files, bring the log over them up to date and the files to where they live."""
        self.readers.close()
        with contextlib.closing(self.database):
            with contextlib.suppress(EnvironmentFailed):  # it waits in the database for the next time
                self.keeper.keep_journal(all_of_it=True)
            self.writer.close()
            if self.brief:
                _keep_books(self.home, self.database, self.now)
                return
            _keep_books(self.home, self.database, self.now, lookup(self.settings.crawl))
            _store(self.home, self.database, self.now)


def user_agent(settings: Settings) -> str:
    """The User-Agent header: the setting's, or our name with the contact address."""
    crawl = settings.crawl
    if crawl.user_agent:
        return crawl.user_agent if crawl.contact in crawl.user_agent else f"{crawl.user_agent} ({crawl.contact})"
    contact = f"; {crawl.contact}" if crawl.contact else ""
    return f"Mozilla/5.0 (compatible; stet/{VERSION}{contact})"


def robots_key(origin: str, vantage: str) -> str:
    """What a robots.txt is remembered by: an outlet may have another one for another country."""
    return f"{vantage} {origin}" if vantage else origin


def require_contact(settings: Settings, url: str, *, vantage: str = "") -> None:
    """Refuse to fetch `url` from a stranger while the settings name nobody to complain to.

    Where a proxy leads is its own affair: it is never taken for this machine.
    """
    if settings.crawl.contact or (not vantage and goes_to_loopback(settings, url)):
        return
    raise Misuse(
        f"stet.toml: [crawl] contact is not set, and {url} is not on this machine; set it so that outlets"
        ' can reach you: contact = "mailto:you@example.org"'
    )


def goes_to_loopback(settings: Settings, url: str) -> bool:
    """Whether `url` surely leads to this very machine: by its literal host or by `connect_to`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    table = settings.crawl.connect_to
    target = table.get(f"{host}:{port}") or table.get(host) or host
    name = target.rsplit(":", 1)[0] if target.count(":") == 1 else target
    literal = host_literal(name.strip("[]"))
    return name == "localhost" or (literal is not None and ipaddress.ip_address(str(literal)).is_loopback)


_OPEN: dict[str, Runtime] = {}


def find(root: str) -> Runtime | None:
    """The runtime that is open for the home at `root`."""
    return _OPEN.get(root)


@contextlib.contextmanager
def opened(home: Home, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Runtime]:
    """Open `home` for fetching, and seal what was written at the end."""
    key = str(home.root)
    if key in _OPEN:
        raise RuntimeError(f"{key} is open in this process already")
    runtime = _open(home, now)
    _OPEN[key] = runtime
    try:
        yield runtime
    except BaseException:
        with contextlib.suppress(EnvironmentFailed):  # on a full disk; the first error is the one that is told
            runtime.close()
        raise
    else:
        runtime.close()
    finally:
        del _OPEN[key]


def _open(home: Home, now: Callable[[], datetime]) -> Runtime:
    settings = home.settings
    crawl = settings.crawl
    database = open_database(home.database_url)
    repaired = _repaired(home, database)
    if repaired or home.bucket is not None:
        _keep_books(home, database, now)
    _store(home, database, now, patience=storing.START)
    with database.read() as connection:
        newest = record.newest_warc(connection)
    writer = WarcWriter(
        home.spool,
        info=_warcinfo(settings),
        after=newest,
        now=now,
        max_bytes=settings.archive.rotate_size,
        max_age=settings.archive.rotate_age,
        max_idle=settings.archive.rotate_idle,
    )
    wire = Wire(
        WireSettings(
            connect_to=crawl.connect_to,
            vantages=crawl.vantages,
            allow_private=crawl.allow_private_addresses,
            ca_bundle=str(home.root / crawl.ca_bundle) if crawl.ca_bundle else "",
            total_timeout=crawl.timeout.total_seconds(),
            max_bytes=crawl.max_bytes,
        ),
        clock=now,
    )

    def write_text(capture: Capture, page: Extraction) -> None:
        writer.write_conversion(capture, page.text, extractor=page.extractor)

    alerting = Alerting(settings.alerts)
    replayer = Replayer(database, settings, home.warcs, write_text=write_text, alerting=alerting)
    if left := replayer.settle_left():
        logger.warning("%d visits settled that were broken off", left)
    return Runtime(
        home=home,
        database=database,
        writer=writer,
        keeper=Keeper(database, writer),
        replayer=replayer,
        settler=Settler(
            database,
            settings,
            read_payload=payload_reader(home.warcs),
            write_text=write_text,
            journalled=True,
            alerting=alerting,
        ),
        wire=wire,
        readers=Readers(crawl.extract_workers),
        gate=Gate(concurrency=crawl.concurrency, patience=crawl.max_delay),
        now=now,
        crashed=bool(repaired),
    )


def _keep_books(
    home: Home, database: Database, now: Callable[[], datetime], resolve: Resolve | None = None
) -> None:
    for trouble in keep_books(home, database, now=now, resolve=resolve):
        logger.warning("%s", trouble)


def _repaired(home: Home, database: Database) -> list[Path]:
    """Put in order what a crash left, and index it; the files that were mended."""
    paths = []
    for mended in recover(home.spool):
        added = reconcile(database, home.warcs, mended.path) if mended.path is not None else 0
        logger.warning("after a crash: %s; %d of them indexed anew", mended, added)
        paths += [mended.path] if mended.path is not None else []
    return paths


def _store(
    home: Home, database: Database, now: Callable[[], datetime], *, patience: timedelta | None = None
) -> None:
    """Bring sealed files into the bucket, if there is one. Where that fails, capturing goes on."""
    done = storing.store(home, database, now=now, patience=patience)
    for trouble in done.troubles:
        logger.warning("not stored: %s", trouble)
    if done.waiting and done.troubles:
        logger.warning(
            "%s: %s here and nowhere else; the next crawl tries again, or run: stet store",
            home.spool,
            done.count(),
        )


def _warcinfo(settings: Settings) -> dict[str, str]:
    """The fields of the warcinfo record: who made this file, with what, under which policy."""
    return {
        "software": f"stet/{VERSION} (python {platform.python_version()}; {EXTRACTOR})",
        "operator": settings.crawl.contact or "not named",
        "http-header-user-agent": user_agent(settings),
        "robots": "obey (RFC 9309)",
        "hostname": platform.node(),
        "settings": digest(settings),
        "takedowns": rules(settings),
        RUN: uuid.uuid4().hex,
    }
