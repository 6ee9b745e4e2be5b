"""What all spiders share: how a job becomes a request, and what becomes of its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.db import articles, outlets, subscriptions
from archive.domain.model import PROBES, Role, SeedKind
from archive.domain.websub import links, offer
from archive.errors import EnvironmentFailed, NothingFound
from archive.hinting import Told, note_dates, note_list
from archive.keeping import Kept, Purpose, modified, sendable
from archive.visits import Probe, Visit
from crawler.discovery.reading import document_url
from crawler.gate import NotNow
from crawler.runtime import Runtime
from crawler.seeding import Harvest, harvest, horizon
from crawler.start import halt, runtime_of
from crawler.tasks import Job, Task, article_job, task_of

PULLED: Final = 20
"""Articles that the dates of one list have visited in the same pass; the others are due in the next one. At ten
seconds a fetch these take three minutes."""


class StetSpider(Spider):
    """Fetches the jobs it is given: seeds first, then articles, and articles found on the way."""

    seeds: Iterable[Job] = ()
    probes: Iterable[Job] = ()
    articles: Iterable[Job] = ()
    follow = True  #: visit at once what seeds lead to; else it becomes due

    runtime: Runtime

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> StetSpider:
        """Scrapy's constructor; lends the spider the home's runtime."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.runtime = runtime_of(crawler)
        spider.ready()
        return spider

    def ready(self) -> None:
        """Make jobs of the spider's arguments; called once, with the runtime in place."""

    async def start(self) -> AsyncIterator[Request]:
        """Everything that is to be fetched."""
        self.runtime.recall()
        self._taken: Counter[str] = Counter()  # new articles by seed
        self._asked: set[int] = set()  # articles that lists had us visit in this pass, and those it visits anyway
        self._told: set[str] = set()  # hosts of which it was said that they want to be left alone
        for job in self.seeds:
            yield self.seed_request(job)
        for job in (*self.probes, *self.articles):
            yield self.article_request(job)

    def article_request(self, job: Job) -> Request:
        """The request that visits an article, or probes; what others are judged by comes before them."""
        return job.request(callback=self.visited, errback=self.not_visited, priority=5 if job.early else 0)

    def seed_request(self, job: Job) -> Request:
        """The request that reads a seed; before articles, so that news is seen soon."""
        return job.request(callback=self.seed_read, errback=self.seed_not_read, priority=10)

    def visited(self, response: Response) -> Iterator[Visit | Probe]:
        """A page came."""
        assert response.request is not None
        yield from self._visit(task_of(response.request))

    def not_visited(self, failure: Failure) -> Iterator[Visit | Probe]:
        """No page came; what there is was kept, and says something too."""
        task = self._ended(failure)
        if task is None:
            self.runtime.step()
        else:
            yield from self._visit(task)

    def _visit(self, task: Task) -> Iterator[Visit | Probe]:
        article_id = task.purpose.article_id
        if task.purpose.role in PROBES and task.hops:
            yield Probe(subject=task.subject, hops=tuple(task.hops))
        elif article_id is not None and task.hops:
            yield Visit(article_id=article_id, hops=tuple(task.hops))
        else:
            self.runtime.step()

    def _ended(self, failure: Failure) -> Task | None:
        """The task of a request that ended without an answer to read; None where it did not end, and stays due."""
        task = task_of(failure.request)  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, IgnoreRequest) or (isinstance(error, ValueError) and _leads_nowhere(task)):
            return task
        if isinstance(error, EnvironmentFailed):  # the disk is full, the database is gone: nothing can be kept
            halt(self.crawler, self.runtime, error)
        elif isinstance(error, NotNow):
            if error.host not in self._told and self.runtime.failure is None:
                self._told.add(error.host)
                self.logger.warning("%s", error)
        else:
            self.runtime.unsettled += 1
            self.logger.error("%s: not fetched, by a fault of ours: %s", task.subject, failure.getTraceback())
        return None

    def seed_read(self, response: Response) -> Iterator[Request]:
        """A seed's answer came: take up what it leads to."""
        assert response.request is not None
        task = task_of(response.request)
        last = task.hops[-1]
        self.runtime.step()
        if last.status == 304:
            self._note(task, "not modified")
            return
        if last.status != 200:
            self._note(task, f"answered {last.status}")
            return
        yield from self._take_up(task, last)

    def seed_not_read(self, failure: Failure) -> Iterator[Request]:
        """A seed did not answer."""
        task = self._ended(failure)
        self.runtime.step()
        if task is not None and task.hops:
            last = task.hops[-1]
            self._note(task, last.exchange.trouble_detail or f"answered {last.status}")
        yield from ()

    def _take_up(self, task: Task, last: Kept) -> Iterator[Request]:
        assert task.outlet is not None
        kind = self._kind(task)
        try:
            found = harvest(
                kind,
                last.body,
                url=last.exchange.url,
                content_type=last.content_type,
                outlet=task.outlet,
                since=horizon(last.exchange.began, self.runtime.settings.crawl.discover_max_age),
            )
        except NothingFound as error:
            self._note(task, str(error))
            return
        except Exception:  # the other seeds go on
            self.runtime.unsettled += 1
            self.logger.exception("%s: kept, but not read", last.exchange.url)
            self._note(task, "could not be read, by a fault of ours")
            return
        fresh, left = self._new_articles(task, found)
        self._note_hub(task, last, kind, found)
        told = self._note_dates(task, last, kind, found)
        said = f"{len(found.articles)} articles, {len(fresh)} new" + (f", {left} left for later" if left else "")
        said += f", {len(told.pulled)} changed" if told.pulled else ""
        said += f"; its dates say nothing: {told.ignored}" if told.ignored else ""
        # A 304 would hide what is left for later, and the parts of an index that changed without it.
        last_whole = last if not left and not found.sitemaps else None
        self._note(task, said, found=len(found.articles), last=last_whole, read=True)
        sooner = [*self._left(task, last, kind, found), *told.pulled[:PULLED]]
        if self.follow:
            jobs = [*fresh, *self._sooner(task, sooner)]
            self.runtime.plan(len(jobs))
            yield from map(self.article_request, jobs)
        yield from self._further(task, found)

    def _kind(self, task: Task) -> SeedKind:
        if task.subject != task.hops[0].exchange.url:  # a part of a sitemap index
            return SeedKind.SITEMAP
        assert task.outlet is not None
        return next((s.kind for s in task.outlet.seeds if s.url == task.subject), SeedKind.FEED)

    def _new_articles(self, task: Task, found: Harvest) -> tuple[list[Job], int]:
        """Watch the articles that are not watched yet, up to the limit of one pass; say how many are left."""
        outlet_id = task.purpose.outlet_id
        assert outlet_id is not None
        found_at = task.hops[-1].exchange.began  # and not "now", so that the WARC files give the same again
        jobs: list[Job] = []
        limit = max(0, self.runtime.settings.crawl.discover_limit - self._taken[task.subject])
        with self.runtime.database.write() as connection:
            known = articles.known_urls(connection, [f.url for f in found.articles])
            new = [item for item in found.articles if item.url not in known]
            taken = new[:limit]
            added = articles.add_all(connection, taken, outlet_id=outlet_id, found_in=task.subject, now=found_at)
        for item, (article_id, _) in zip(taken, added, strict=True):
            purpose = Purpose(role=Role.ARTICLE, outlet_id=outlet_id, article_id=article_id)
            jobs.append(Job(url=item.url, task=Task(purpose=purpose, outlet=task.outlet, subject=item.url)))
        self._taken[task.subject] += len(jobs)
        return jobs, len(new) - len(jobs)

    def _note_hub(self, task: Task, last: Kept, kind: SeedKind, found: Harvest) -> None:
        """The hub that a feed names; its head (`Link`) goes before its body (WebSub, section 4)."""
        seed_id = task.purpose.seed_id
        if seed_id is None or kind is not SeedKind.FEED or last.head is None:
            return
        url, fields = last.exchange.url, last.head.get_all("link")
        named = [document_url(each, url) for each in links(fields, "hub")] or found.hubs
        own = [document_url(each, url) for each in links(fields, "self")] or [found.topic or url]
        found_now = offer([hub for hub in named if hub], own[0])
        with self.runtime.database.write() as connection:
            subscriptions.offered(connection, seed_id, found_now, now=last.exchange.began)

    def _note_dates(self, task: Task, last: Kept, kind: SeedKind, found: Harvest) -> Told:
        """The articles that a list, or a part of one, says were changed since they were last seen."""
        seed_id = task.purpose.seed_id
        if seed_id is None or not any(one.modified for one in found.named):
            return Told()
        url, at = last.exchange.url, last.exchange.began
        with self.runtime.database.write() as connection:
            return note_dates(connection, seed_id, url, kind, found.named, at=at)

    def _left(self, task: Task, last: Kept, kind: SeedKind, found: Harvest) -> list[int]:
        """The articles that a whole list no longer names.

        A part of a sitemap index is none: its stories move from part to part.
        """
        seed_id = task.purpose.seed_id
        if seed_id is None or not last.whole or found.sitemaps or task.subject != task.hops[0].exchange.url:
            return []
        at = last.exchange.began
        with self.runtime.database.write() as connection:
            return [one.id for one in note_list(connection, seed_id, task.subject, kind, found.named, at=at)]

    def _sooner(self, task: Task, ids: list[int]) -> list[Job]:
        """Jobs for articles that are to be looked at now, as far as this pass does not visit them anyway."""
        self._asked |= {one for job in self.articles if (one := job.task.purpose.article_id) is not None}
        wanted = [one for one in dict.fromkeys(ids) if one not in self._asked]
        self._asked |= set(wanted)
        assert task.outlet is not None
        with self.runtime.database.read() as connection:
            found = articles.of_ids(connection, wanted)
        return [article_job(one, task.outlet, now=self.runtime.now()) for one in found]

    def _further(self, task: Task, found: Harvest) -> Iterator[Request]:
        if task.subject != task.hops[0].exchange.url:
            return  # an index inside an index is against the protocol and could go on for ever
        purpose = replace(task.purpose, validated=None)
        self.runtime.plan(len(found.sitemaps))
        for url in found.sitemaps:
            part = Task(purpose=purpose, outlet=task.outlet, subject=task.subject)
            yield self.seed_request(Job(url=url, task=part))

    def _note(
        self,
        task: Task,
        outcome: str,
        *,
        found: int | None = None,
        last: Kept | None = None,
        read: bool = False,
    ) -> None:
        """Write down how reading a seed went; parts of an index speak through their index.

        `last` gives the validators for the next time; where an answer was read without one, there are none.
        """
        seed_id = task.purpose.seed_id
        if seed_id is None or task.subject != task.hops[0].exchange.url:
            return
        values: dict[str, Any] = {
            "last_fetched": task.hops[-1].exchange.began,
            "last_outcome": outcome,
            "next_check": None,
        }
        if found is not None:
            values["last_found"] = found
        if read:
            values |= {"etag": "", "last_modified": "", "capture_id": None}
        if last is not None and last.head is not None and last.capture is not None and len(task.hops) == 1:
            values |= {
                "etag": sendable(last.head.get("etag")),
                "last_modified": modified(last.head, last.exchange.began),
                "capture_id": last.capture.id,
            }
        with self.runtime.database.write() as connection:
            outlets.note_seed(connection, seed_id, **values)


def _leads_nowhere(task: Task) -> bool:
    """Whether the last answer was a redirect, so that what failed was its Location, which is no URL."""
    status = task.hops[-1].status if task.hops else None
    return status is not None and 300 <= status < 400
