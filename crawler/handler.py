"""Scrapy's download handler for http and https: one capture point below every middleware.

Waits for the host's turn, puts the request on the wire, and has the exchange kept in the WARC
before anybody above sees a response: redirects, robots.txt, seeds and failures alike.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response

from archive.domain.model import Exchange, HttpHead, Role, Trouble
from archive.errors import EnvironmentFailed, Misuse
from archive.keeping import Kept
from crawler import politeness
from crawler.runtime import Runtime, require_contact, robots_key
from crawler.start import runtime_of
from crawler.tasks import Task, task_of

logger = logging.getLogger(__name__)


class FetchFailed(IgnoreRequest):
    """There is no whole answer; what there is was kept."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.exchange.trouble_detail or str(kept.exchange.trouble))
        self.kept = kept


class AskAgain(Exception):
    """While the request waited for its turn, what robots.txt said grew too old to go by."""


class WireHandler(BaseDownloadHandler):
    """Fetches through `crawler.wire` and keeps through `archive.ingest`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.runtime: Runtime = runtime_of(crawler)
        self._told: set[str] = set()  # what is wrong with ways out, said once a crawl

    async def download_request(self, request: Request) -> Response:
        """One exchange. Raises `FetchFailed` where no whole answer came; `NotNow`, `AskAgain` if not tried."""
        task = task_of(request)
        url = request.url.split("#", 1)[0]
        await self.runtime.patiently(self.runtime.require_room)
        not_begun = self._too_far(task, url) or self._stranger(task, url)
        kept = await keep(self.runtime, task, not_begun) if not_begun else await self._fetched(task, url)
        if not kept.whole or kept.status is None or kept.head is None:
            raise FetchFailed(kept)
        headers = Headers([(name, value.encode("latin-1")) for name, value in _folded(kept).items()])
        return Response(url, status=kept.status, headers=headers, body=kept.body)

    def _too_far(self, task: Task, url: str) -> Exchange | None:
        """The exchange that is not begun, because redirects lead in a circle or on and on."""
        most = self.runtime.settings.crawl.max_redirects
        if any(hop.exchange.url == url for hop in task.hops):
            detail = f"the redirects lead back to {url}"
        elif len(task.hops) > most:
            detail = f"more than {most} redirects"
        else:
            return None
        return refused(self.runtime.now(), url, Trouble.REDIRECT_LIMIT, detail)

    def _stranger(self, task: Task, url: str) -> Exchange | None:
        """The exchange that is not begun, because nobody there knows whom to complain to."""
        try:
            require_contact(self.runtime.settings, url, vantage=task.purpose.vantage)
        except Misuse as error:  # a redirect may lead away from loopback
            return refused(self.runtime.now(), url, Trouble.ADDRESS_REFUSED, str(error))
        return None

    async def _fetched(self, task: Task, url: str) -> Kept:
        """Fetch and keep. The turn lasts until what the answer asks for is known to the gate."""
        runtime, vantage = self.runtime, task.purpose.vantage
        concurrency = task.outlet.concurrency if task.outlet else 1
        key = robots_key(origin_of(url), vantage)
        delay = functools.partial(self._delay, task, key)
        async with runtime.gate.turn(host_of(url), url, delay=delay, concurrency=concurrency):
            if trouble := self._forbidden(task, key, url):
                return await keep(runtime, task, refused(runtime.now(), url, trouble, "robots.txt forbids it"))
            headers = request_headers(runtime, task)
            exchanging = runtime.wire.exchange(url, headers, fresh=task.fresh, vantage=vantage)
            exchange = await runtime.unless_broken_off(exchanging, host_of(url))
            if exchange.trouble is Trouble.PROXY_FAILED and exchange.trouble_detail not in self._told:
                self._told.add(exchange.trouble_detail)
                logger.warning("%s; nothing is learnt by this way out", exchange.trouble_detail)
            return await keep(runtime, task, exchange)

    def _forbidden(self, task: Task, key: str, url: str) -> Trouble | None:
        """Whether robots.txt came to forbid it while it waited for its turn."""
        robots = self.runtime.robots.get(key)
        if robots is None or robots.unreachable or not obeys_robots(task):
            return None
        return robots.refusal(url)

    def _delay(self, task: Task, key: str) -> float:
        """Seconds between two fetches of the task's host, as far as is known by now. Raises `AskAgain`."""
        if task.allowed_until is not None and task.allowed_until <= self.runtime.now():
            raise AskAgain
        robots = self.runtime.robots.get(key)
        return politeness.delay(
            task.outlet,
            home=self.runtime.settings.crawl.delay,
            crawl_delay=robots.crawl_delay if robots else None,
        )


async def keep(runtime: Runtime, task: Task, exchange: Exchange) -> Kept:
    """Keep `exchange` as the next hop of `task`, and heed what the answer asks for.

    On a full disk it waits for room. What is reserved is for what was fetched already, so it may be used here.
    """
    purpose = task.purpose
    if task.hops:  # validators belong to the first hop's URL
        purpose = replace(purpose, hop_of=task.hops[-1].fetch_id, validated=None)
    noted = replace(exchange, notes=_notes(task) + exchange.notes)
    kept = await runtime.patiently(lambda: runtime.keeper.keep(noted, purpose))
    task.hops.append(kept)
    if kept.head is not None:
        _heed(runtime, kept.head, host_of(exchange.url))
    return kept


def _heed(runtime: Runtime, head: HttpHead, host: str) -> None:
    """Leave the host alone for as long as its answer asks for, also after a `kill -9`."""
    seconds = politeness.hold(head, runtime.now())
    if seconds is None:
        runtime.gate.accepted(host)
        return
    runtime.gate.refused(host, seconds, f"answered {head.status}")
    # Where it fails, the gate knows; and it is written at the end, too.
    with contextlib.suppress(EnvironmentFailed), runtime.database.write() as connection:
        runtime.note_holds(connection)


def refused(began: datetime, url: str, trouble: Trouble, detail: str) -> Exchange:
    """An exchange that was not begun, for the log and the WARC."""
    return Exchange(url=url, began=began, trouble=trouble, trouble_detail=detail)


def origin_of(url: str) -> str:
    """`https://host[:port]` of `url`: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def obeys_robots(task: Task) -> bool:
    """Whether robots.txt has a say in it."""
    return task.purpose.role is not Role.ROBOTS and (task.outlet is None or task.outlet.obey_robots)


def host_of(url: str) -> str:
    """The host of `url`: what politeness is owed to, over all its ports and both schemes."""
    return urlsplit(url).hostname or ""


def request_headers(runtime: Runtime, task: Task) -> list[tuple[str, str]]:
    """What we send beside Host, always in this order.

    Neither br nor zstd is asked for: replay tools serve zstd bodies as garbage, and gzip is what
    every tool reads.
    """
    headers = [
        ("User-Agent", runtime.user_agent),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ]
    if task.outlet is not None and task.outlet.languages:
        headers.append(("Accept-Language", ", ".join((*task.outlet.languages, "*;q=0.5"))))
    headers.append(("Accept-Encoding", "gzip, deflate"))
    if not task.hops and task.etag:
        headers.append(("If-None-Match", task.etag))
    if not task.hops and task.last_modified:
        headers.append(("If-Modified-Since", task.last_modified))
    return headers


def _notes(task: Task) -> tuple[tuple[str, str], ...]:
    """What the metadata record says of the purpose, so that a database can be rebuilt from it."""
    notes = [("role", task.purpose.role.value), ("hop", str(len(task.hops)))]
    if task.outlet is not None and task.purpose.outlet_id is not None:  # a draft is nobody's yet
        notes.append(("outlet", task.outlet.name))
    if task.subject:
        notes.append(("subject", task.subject))
    if task.purpose.vantage:
        notes.append(("vantage", task.purpose.vantage))
    if task.hops:
        notes.append(("via", task.hops[-1].exchange.url))
    return tuple(notes)


def _folded(kept: Kept) -> dict[str, str]:
    """The response's headers for Scrapy, which needs Location and little else."""
    assert kept.head is not None
    return {name: value for name, value in kept.head.headers if name.isascii()}
