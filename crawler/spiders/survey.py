"""Find an outlet's seeds, or try those it has. Asks one page after the other, and few of them.

By hand: `scrapy crawl survey -a url=https://…` prints nothing and keeps everything.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from rapidfuzz import fuzz
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from archive.db import hosts
from archive.domain.model import Outlet, Role, Seed, SeedKind
from archive.errors import NothingFound
from archive.keeping import Kept, Purpose
from crawler.discovery.feeds import NotAFeed, parse_feed
from crawler.discovery.reading import page_of
from crawler.discovery.seeds import (
    WELL_KNOWN_FEEDS,
    WELL_KNOWN_SITEMAPS,
    sections_in_page,
    seeds_in_page,
    sitemaps_in_robots,
)
from crawler.gate import NotNow
from crawler.handler import origin_of
from crawler.seeding import harvest, horizon
from crawler.spiders.base import StetSpider
from crawler.tasks import Job, Task, task_of
from crawler.watching import draft

#: Candidates of each kind that are tried, and well-known places that are guessed at. An outlet
#: names one to five feeds in its front page; politeness makes every guess cost `delay` seconds.
MOST_CANDIDATES = 6
MOST_GUESSES = 6

#: A front page with fewer links to stories than this is no section front.
FEWEST_LINKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One seed, tried."""

    seed: Seed
    works: bool
    said: str  #: in words, for the table
    stories: int = 0
    newest: datetime | None = None
    how: str = ""  #: where the seed was found


@dataclass(slots=True)
class Report:
    """What a survey found out."""

    outlet: Outlet
    home: str = ""  #: how the front page answered
    reached: bool = False
    tried: list[Tried] | None = None

    def worth_keeping(self) -> Outlet:
        """The outlet with the seeds that work."""
        works = tuple(t.seed for t in self.tried or () if t.works)
        return replace(self.outlet, seeds=works)


class SurveySpider(StetSpider):
    """url → outlet with seeds. The findings are in `report` when the spider is done."""

    name = "survey"
    url: str | None = None
    outlet: Outlet | None = None  #: with seeds to try; nothing else is tried then
    report: Report | None = None

    async def start(self) -> AsyncIterator[Request]:
        """Ask everything from here, one after the other; nothing is left for the scheduler."""
        self.runtime.recall()
        if self.report is None:
            given = self.outlet or draft(urlsplit(self.url or "").hostname or "")
            self.report = Report(given)
        self.report.tried = []
        if self.outlet is not None:
            await self._try_all(self.outlet.seeds, "declared")
        else:
            await self._survey()
        nothing: tuple[Request, ...] = ()
        for request in nothing:  # an asynchronous generator, as Scrapy wants it
            yield request

    async def _survey(self) -> None:
        assert self.report is not None
        assert self.url is not None
        front = await self._fetch(self.url)
        self.report.home = _outcome(front)
        if front is None or front.status != 200:
            return
        self.report.reached = True
        home = front.exchange.url
        self._describe(front)
        await self._try_all(seeds_in_page(front.body, url=home)[:MOST_CANDIDATES], "link on the front page")
        await self._try_all(self._from_robots(home), "robots.txt")
        await self._guess(SeedKind.FEED, home, WELL_KNOWN_FEEDS)
        await self._guess(SeedKind.SITEMAP, home, WELL_KNOWN_SITEMAPS)
        self._judge(Seed(url=home, kind=SeedKind.SECTION), front, "front page")
        if not self._has(SeedKind.FEED):
            sections = sections_in_page(front.body, url=home, domains=self.report.outlet.domains)
            await self._try_all(sections[:MOST_CANDIDATES], "navigation")

    def _describe(self, front: Kept) -> None:
        """Name the outlet as its front page does."""
        assert self.report is not None
        page = page_of(front.body)
        outlet = replace(self.report.outlet, home=front.exchange.url)
        if page is not None:
            names = page.xpath("//meta[@property='og:site_name']/@content") or page.xpath("//title/text()")
            language = str(page.get("lang") or "").split("-")[0].lower()
            title = site_name(str(names[0]), outlet.name) if names else outlet.title
            outlet = replace(
                outlet, title=title[:200], languages=outlet.languages or tuple(filter(None, [language]))
            )
        self.report.outlet = outlet

    def _from_robots(self, home: str) -> list[Seed]:
        with self.runtime.database.read() as connection:
            known = hosts.robots_of(
                connection, origin_of(home), self.runtime.now() - self.runtime.settings.crawl.robots_max_age
            )
        if known is None:
            return []
        named = sitemaps_in_robots(known[1], url=f"{origin_of(home)}/robots.txt")
        named.sort(key=lambda url: "news" not in url)  # news sitemaps hold what is new
        return [Seed(url=url, kind=SeedKind.SITEMAP) for url in named[:MOST_CANDIDATES]]

    async def _guess(self, kind: SeedKind, home: str, places: Iterable[str]) -> None:
        """Try well-known places until one works, unless a seed of this kind works already."""
        for place in list(places)[:MOST_GUESSES]:
            if self._has(kind):
                return
            await self._try_all([Seed(url=urljoin(home, place), kind=kind)], "well-known place")

    def _has(self, kind: SeedKind) -> bool:
        assert self.report is not None
        return any(t.works and t.seed.kind is kind for t in self.report.tried or ())

    async def _try_all(self, seeds: Iterable[Seed], how: str) -> None:
        assert self.report is not None
        known = {t.seed.url for t in self.report.tried or ()}
        for seed in seeds:
            if seed.url not in known:
                known.add(seed.url)
                self._judge(seed, await self._fetch(seed.url), how)
                self.runtime.step()

    def _judge(self, seed: Seed, kept: Kept | None, how: str) -> None:
        assert self.report is not None
        assert self.report.tried is not None
        tried = Tried(seed=seed, works=False, said=_outcome(kept), how=how)
        if kept is not None and kept.status == 200 and kept.whole:
            tried = self._read(seed, kept, how)
        self.report.tried.append(tried)

    def _read(self, seed: Seed, kept: Kept, how: str) -> Tried:
        assert self.report is not None
        since = horizon(self.runtime.now(), self.runtime.settings.crawl.discover_max_age)
        try:
            found = harvest(
                seed.kind,
                kept.body,
                url=kept.exchange.url,
                content_type=kept.content_type,
                outlet=self.report.outlet,
                since=since,
            )
        except NothingFound as error:
            return Tried(seed=seed, works=False, said=str(error), how=how)
        stories = len(found.articles)
        enough = FEWEST_LINKS if seed.kind is SeedKind.SECTION else 1
        works = stories >= enough or bool(found.sitemaps)
        said = f"{len(found.sitemaps)} sitemaps" if found.sitemaps else f"{stories} stories"
        if found.skipped:
            said += f", {found.skipped} links passed over"
        self._learn_title(seed, kept)
        checked = replace(seed, checked=True)
        return Tried(seed=checked, works=works, said=said, stories=stories, newest=found.newest, how=how)

    def _learn_title(self, seed: Seed, kept: Kept) -> None:
        """A feed's language is better known than that of a page."""
        assert self.report is not None
        if seed.kind is not SeedKind.FEED or self.report.outlet.languages:
            return
        try:
            feed = parse_feed(kept.body, url=kept.exchange.url, content_type=kept.content_type)
        except NotAFeed:
            return
        language = feed.language.split("-")[0].lower()
        self.report.outlet = replace(self.report.outlet, languages=tuple(filter(None, [language])))

    async def _fetch(self, url: str) -> Kept | None:
        """The last hop of a fetch; None where nothing was asked."""
        assert self.report is not None
        task = Task(purpose=Purpose(role=Role.PROBE), outlet=self.report.outlet, subject=url)
        assert self.crawler.engine is not None
        request = Job(url=url, task=task).request()
        task = task_of(request)
        try:
            await self.crawler.engine.download_async(request)
        except NotNow as error:
            self.logger.warning("%s", error)
        except IgnoreRequest:
            pass  # what there is was kept
        return task.hops[-1] if task.hops else None


def site_name(title: str, name: str) -> str:
    """The part of a front page's title that is most like the outlet's domain: `Home | The Herald`."""
    parts = [" ".join(part.split()) for part in re.split(r"\s+[|–—:·-]\s+", title)]
    named = [part for part in parts if part]
    if not named:
        return name
    return max(named, key=lambda part: fuzz.partial_ratio(name, part.lower().replace(" ", "")))[:200]


def _outcome(kept: Kept | None) -> str:
    if kept is None:
        return "not asked: the host wants to be left alone"
    if kept.exchange.trouble is not None:
        return kept.exchange.trouble_detail or kept.exchange.trouble.value
    return f"answered {kept.status}"
