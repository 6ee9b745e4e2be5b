"""Take the captures of one URL from another archive: its TimeMap, then memento by memento, politely.

Every answer of the archive is kept as it came, like anything that is fetched; what it shows is imported beside
it. Refuses to be clever: one request at a time, and the archive's wishes are obeyed.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from archive.domain import timemap
from archive.domain.model import HttpHead, Role, Trouble
from archive.domain.timemap import Memento
from archive.errors import EnvironmentFailed, NothingFound, StetError
from archive.importing import FileReport, Importer
from archive.keeping import Kept, Purpose
from crawler.backfill import memento_of
from crawler.gate import NotNow
from crawler.spiders.base import StetSpider
from crawler.tasks import Job, Task, task_of

MOST_PAGES: Final = 200
"""TimeMaps of one URL that are read; the Wayback Machine puts some 10,000 mementos on one."""

MOST_TRIES: Final = 4
"""For one memento, where the archive asks for patience; the waits are its own, doubled by the gate."""

MOST_FAILURES: Final = 3
"""Mementos in a row that do not come before the archive is taken to be down."""

MOST_HOPS: Final = 4
"""Redirects within the archive to the memento that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to take."""

    url: str
    archive: str
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


@dataclass(slots=True)
class Ending:
    """Why it ended early, if it did."""

    failure: StetError | None = None


class BackfillSpider(StetSpider):
    """TimeMap → captures. What came of it is in `report`, and in `ending`."""

    name = "backfill"
    wish: Wish
    importer: Importer
    report: FileReport
    ending: Ending

    async def start(self) -> AsyncIterator[Request]:
        """Ask everything from here, one after the other; nothing is left for the scheduler."""
        self.runtime.recall()
        try:
            await self._take_all(await self._mementos())
        except NotNow as error:
            self.ending.failure = EnvironmentFailed(f"{error}; what came is kept, run it again then to go on")
        except StetError as error:
            self.ending.failure = error
        nothing: tuple[Request, ...] = ()
        for request in nothing:  # an asynchronous generator, as Scrapy wants it
            yield request

    async def _mementos(self) -> list[Memento]:
        """What the archive has, oldest first, of the time that is wished for."""
        first = timemap.address_of(self.wish.archive, self.wish.url)
        pages, found, opaque = [first], dict[str, Memento](), 0
        for page in pages:
            read = timemap.read(await self._page(page), url=page)
            opaque += read.opaque
            found |= {memento.url: memento for memento in read.mementos}
            here = urlsplit(first).netloc
            more = [url for url in read.pages if url not in pages and urlsplit(url).netloc == here]
            pages += more[: MOST_PAGES - len(pages)]
        if opaque:
            self.logger.warning("%s: %d mementos have no raw form that we know", first, opaque)
        if not found:
            raise NothingFound(f"{self.wish.url}: {first} names no memento of it that can be taken as it was")
        since, until = self.wish.since, self.wish.until
        wanted = [
            each
            for each in found.values()
            if (since is None or each.at >= since) and (until is None or each.at <= until)
        ]
        return sorted(wanted, key=lambda memento: memento.at)

    async def _page(self, url: str) -> str:
        kept = await self._patiently(url)
        if kept is None or kept.status != 200 or not kept.whole:
            if kept is not None and kept.status == 404:
                raise NothingFound(f"{self.wish.url}: the archive has no capture of it ({url} answers 404)")
            raise EnvironmentFailed(f"{url}: {_outcome(kept)}; is it the address of an archive? try again later")
        return kept.body.decode("utf-8", "replace")

    async def _take_all(self, mementos: list[Memento]) -> None:
        new = [each for each in mementos if not self.importer.is_known(each.original, each.at)]
        self.report.records, self.report.known = len(mementos), len(mementos) - len(new)
        if mementos:
            self.importer.claim(self.wish.url, mementos[0].at)
        new = new[: self.wish.limit]
        self.runtime.plan(len(new))
        failures = 0
        for memento in new:
            taken = await self._take(memento)
            self.runtime.step()
            failures = 0 if taken else failures + 1
            if failures >= MOST_FAILURES:
                raise EnvironmentFailed(
                    f"{self.wish.archive}: {failures} mementos in a row did not come; what came is kept, run it"
                    " again later to go on"
                )

    async def _take(self, memento: Memento) -> bool:
        """Fetch and import one memento; whether it came."""
        url, original = memento.url, memento
        for _ in range(MOST_HOPS):
            kept = await self._patiently(url)
            exchange = memento_of(kept, memento) if kept is not None and kept.whole else None
            if kept is not None and exchange is not None:
                self.importer.keep(exchange, self._notes(kept), self.report)
                return True
            following = _way_on(kept.head, url) if kept is not None else None
            if following is None or urlsplit(following.url).netloc != urlsplit(original.url).netloc:
                self.logger.warning("%s: %s; not taken", url, _outcome(kept))
                self.report.passed["memento"] += 1
                return False
            url, memento = following.url, following
            if self.importer.is_known(memento.original, memento.at):
                self.report.known += 1
                return True
        return False

    def _notes(self, kept: Kept) -> list[tuple[str, str]]:
        """Where the exchange comes from: the archive, and our own fetch from it, which is kept too."""
        return [
            ("source", self.wish.archive),
            ("sourceRecord", kept.exchange.url),
            ("sourceFormat", "memento (RFC 7089)"),
            ("sourceFetched", kept.exchange.began.isoformat()),
        ]

    async def _patiently(self, url: str) -> Kept | None:
        """The answer, asked for again where the archive wants us to wait. Raises `NotNow`."""
        kept = None
        for _ in range(MOST_TRIES):
            kept = await self._fetch(url)
            if kept is None or kept.head is None or kept.status not in (429, 503):
                break
            if kept.head.get("memento-datetime"):  # this is what the outlet said then
                break
        return kept

    async def _fetch(self, url: str) -> Kept | None:
        task = Task(purpose=Purpose(role=Role.IMPORT), outlet=None, subject=url)
        request = Job(url=url, task=task).request()
        request.meta["dont_redirect"] = True  # an archived redirect is what is asked for
        task = task_of(request)
        assert self.crawler.engine is not None
        with contextlib.suppress(IgnoreRequest):  # what there is was kept
            await self.crawler.engine.download_async(request)
        return task.hops[-1] if task.hops else None


def _way_on(head: HttpHead | None, url: str) -> Memento | None:
    """The memento that the archive itself leads to."""
    return timemap.raw(urljoin(url, head.get("location"))) if head is not None and head.get("location") else None


def _outcome(kept: Kept | None) -> str:
    if kept is None:
        return "no answer"
    if kept.exchange.trouble is Trouble.ROBOTS_FORBID:
        return "the archive's robots.txt forbids it"
    if kept.exchange.trouble is not None:
        return kept.exchange.trouble_detail or kept.exchange.trouble.value
    return f"answered {kept.status}"
