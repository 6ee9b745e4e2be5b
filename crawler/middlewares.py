"""robots.txt, obeyed before every request, redirects included."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.db import hosts
from archive.domain.model import Role, Trouble
from archive.domain.urls import InvalidUrl, fetchable
from archive.keeping import Kept, Purpose
from crawler.handler import AskAgain, FetchFailed, keep, obeys_robots, origin_of, refused
from crawler.robots import LIMIT, Robots, lifetime, read
from crawler.runtime import robots_key
from crawler.start import runtime_of
from crawler.tasks import META, Task, task_of

_OURS = frozenset({Trouble.ADDRESS_REFUSED, Trouble.PROXY_FAILED})
"""Troubles that the origin has no part in."""


class RobotsMiddleware:
    """Lets a request pass, or turns it into a kept failure that says why."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.runtime = runtime_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """Refuse what robots.txt forbids; the refusal is logged and kept like any failed fetch."""
        task = task_of(request)
        try:
            fetchable(request.url)
        except InvalidUrl as error:  # a redirect to an address in an odd spelling, say; a WARC cannot name it
            raise IgnoreRequest(str(error)) from error
        task.allowed_until = None
        if not obeys_robots(task):
            return None
        robots = await self._robots(origin_of(request.url), task)
        if robots.until > self.runtime.now() and not task.asked_again:
            task.allowed_until = robots.until
        trouble = robots.refusal(request.url)
        if trouble is None:
            return None
        detail = f"robots.txt: {robots.unreachable}" if robots.unreachable else "robots.txt forbids it"
        exchange = refused(self.runtime.now(), request.url, trouble, detail)
        raise FetchFailed(await keep(self.runtime, task, exchange))

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Ask once more whether it may be fetched; once, as robots.txt may be older again when its turn comes."""
        if not isinstance(exception, AskAgain):
            return None
        task_of(request).asked_again = True
        return request

    async def _robots(self, origin: str, task: Task) -> Robots:
        key = robots_key(origin, task.purpose.vantage)
        async with self.runtime.asking[key]:  # many pages of one origin wait for one answer
            known = self.runtime.robots.get(key)
            if known is None or known.until <= self.runtime.now():
                known = self._remembered(key) or await self._fetched(origin, task)
                self.runtime.robots[key] = known
            return known

    def _remembered(self, key: str) -> Robots | None:
        """What an earlier pass was told, as long as that holds."""
        now, max_age = self.runtime.now(), self.runtime.settings.crawl.robots_max_age
        with self.runtime.database.read() as connection:
            row = hosts.robots_of(connection, key, now - max_age)
        if row is None or row[3] > now:  # the clock was set back: nobody knows how old that is
            return None
        status, body, trouble, fetched = row
        robots = read(status, body.encode(), trouble)
        robots = replace(robots, until=fetched + lifetime(robots, max_age))
        return robots if robots.until > now else None

    async def _fetched(self, origin: str, task: Task) -> Robots:
        """Ask for it. Raises `NotNow` where the host wants to be left alone; then nothing is known."""
        asked_by = task.purpose
        purpose = Purpose(role=Role.ROBOTS, outlet_id=asked_by.outlet_id, vantage=asked_by.vantage)
        own = Task(purpose=purpose, outlet=task.outlet)
        request = Request(f"{origin}/robots.txt", meta={META: own}, dont_filter=True)
        assert self.crawler.engine is not None
        try:
            await self.crawler.engine.download_async(request)
        except (IgnoreRequest, ValueError):  # ValueError: a redirect to what is no URL
            if not own.hops:
                raise
        return self._judged(robots_key(origin, purpose.vantage), own)

    def _judged(self, key: str, own: Task) -> Robots:
        last = own.hops[-1]
        if last.exchange.trouble in _OURS and len(own.hops) == 1:
            return Robots(None, until=last.exchange.began)  # the page will be refused in the same way, and say so
        trouble = _trouble(last)
        body = last.body[:LIMIT].decode("utf-8-sig", errors="replace")
        began = own.hops[0].exchange.began
        with self.runtime.database.write() as connection:
            hosts.save_robots(connection, key, status=last.status, body=body, trouble=trouble, at=began)
        robots = read(last.status, body.encode(), trouble)
        return replace(robots, until=began + lifetime(robots, self.runtime.settings.crawl.robots_max_age))


def _trouble(last: Kept) -> str:
    """Why there is no answer to read. One that was cut at the size limit is read as far as it goes.

    Any other cut may have lost a Disallow line.
    """
    if last.whole or last.exchange.trouble is Trouble.TOO_LARGE:
        return ""
    return (last.exchange.trouble or Trouble.DISCONNECTED).value
