"""After an upgrade of the extractor: the histories of articles, read again with many hands.

Knows how many pages are read at once, when to stop, and what to do with a page that cannot be read. What the
readings mean is told in `archive.reextracting`. It can be killed at any moment: an article is written whole or
not at all, and the next run goes on with the first one that is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from archive import reextracting
from archive.db import readings
from archive.db.engine import Database
from archive.domain.model import Capture, Extraction
from archive.errors import EnvironmentFailed
from archive.extractor import EXTRACTOR
from archive.home import Home
from archive.keeping import Unreadable, payload_reader
from archive.reextracting import Work, work_on
from crawler.readers import Lost, Readers

logger = logging.getLogger(__name__)

AHEAD: Final = 8
"""Articles of which pages are read before the first of them is written."""

PAGES: Final = 3
"""Pages in memory for each process that reads, so that none of them waits."""

SLICE: Final = 50
"""Articles at the end of a pass; 50 with ten captures each take a worker some ten seconds."""

SLICE_SECONDS: Final = 10.0
"""After this no other article is begun at the end of a pass: capturing goes before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What was read of one article."""

    article_id: int
    pages: dict[int, Extraction] = field(default_factory=dict)  #: by the capture that holds the bytes
    unread: dict[int, str] = field(default_factory=dict)  #: why it could not be read


@dataclass(slots=True)
class Tally:
    """What was done, in numbers."""

    articles: int = 0
    pages: int = 0
    unread: int = 0
    left: int = 0  #: articles that are still to be read again
    seconds: float = 0.0

    def sentence(self) -> str:
        """For the terminal."""
        rate = self.articles / self.seconds if self.seconds else 0
        text = f"{_many(self.articles, 'article')} read again, {_many(self.pages, 'page')}"
        text += f" in {self.seconds:.0f} s ({rate:.1f} articles a second)"
        text += f", {_many(self.unread, 'page')} could not be read" if self.unread else ""
        return text + (f"; {_many(self.left, 'article')} left" if self.left else "")


def some(
    home: Home,
    database: Database,
    *,
    limit: int = SLICE,
    seconds: float = SLICE_SECONDS,
    stop: Callable[[], bool] = lambda: False,
) -> Tally:
    """Read the histories of a few articles again: the job of whoever has time. Hold the home.

    Raises `EnvironmentFailed` where the WARC files are out of reach; nothing is lost then, and nothing skipped.
    """
    with database.read() as connection:
        wanted = readings.pending(connection, EXTRACTOR, limit=limit)
    if not wanted:
        return Tally()
    until = time.monotonic() + seconds
    return apply(home, database, wanted, stop=lambda: stop() or time.monotonic() > until)


def apply(
    home: Home,
    database: Database,
    wanted: Iterable[int],
    *,
    step: Callable[[], None] = lambda: None,
    stop: Callable[[], bool] = lambda: False,
) -> Tally:
    """Read the histories of these articles again, one by one, until `stop`. Raises `EnvironmentFailed`."""
    tally, started = Tally(), time.monotonic()
    wanted = list(wanted)

    async def run() -> None:
        async with contextlib.aclosing(read(home, database, wanted)) as found:
            async for again in found:
                _write(database, again)
                tally.articles += 1
                tally.pages += len(again.pages)
                tally.unread += len(again.unread)
                step()
                if stop():
                    break

    asyncio.run(run())
    with database.read() as connection:
        tally.left = readings.count_pending(connection, EXTRACTOR)
    tally.seconds = time.monotonic() - started
    return tally


def _write(database: Database, again: Again) -> None:
    try:
        with database.write() as connection:
            reextracting.write(connection, again.article_id, again.pages, again.unread)
    except EnvironmentFailed:
        raise
    except Exception as error:  # an error of ours, which must not keep the others waiting at every pass
        logger.exception("article %d: not read again", again.article_id)
        with database.write() as connection:
            reextracting.give_up(connection, again.article_id, f"{type(error).__name__}: {error}")


async def read(home: Home, database: Database, wanted: Iterable[int]) -> AsyncGenerator[Again]:
    """What today's extractor reads in the captures of these articles, in their order; nothing is written."""
    workers = home.settings.crawl.extract_workers
    readers = Readers(workers, pool_from=0)  # a page that no earlier extractor stumbled over may stall this one
    hands = asyncio.Semaphore(PAGES * max(1, workers))
    read_payload = payload_reader(home.warcs)

    async def one(payload: Capture, again: Again) -> None:
        async with hands:
            try:
                body, content_type = await asyncio.to_thread(read_payload, payload)
                again.pages[payload.id] = await readers.extraction((body, payload.url, content_type))
            except (Unreadable, Lost) as error:
                _refuse_if_away(error)
                again.unread[payload.id] = str(error)
            except Exception as error:  # the other pages go on
                logger.exception("%s, captured %s: not read again", payload.url, payload.timestamp)
                again.unread[payload.id] = f"{type(error).__name__}: {error}"

    async def article(work: Work) -> Again:
        again = Again(article_id=work.article_id)
        async with asyncio.TaskGroup() as group:
            for payload in work.payloads:
                group.create_task(one(payload, again))
        return again

    window: deque[asyncio.Task[Again]] = deque()
    try:
        for article_id in wanted:
            with database.read() as connection:
                work = work_on(connection, article_id)
            window.append(asyncio.create_task(article(work)))
            if len(window) > AHEAD:
                yield await _done(window.popleft())
        while window:
            yield await _done(window.popleft())
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)
        readers.close()


async def _done(task: asyncio.Task[Again]) -> Again:
    try:
        return await task
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


def _refuse_if_away(error: Exception) -> None:
    """Raise `EnvironmentFailed` where not one page is damaged, but the place where they lie cannot be reached."""
    cause = error.__cause__
    if isinstance(cause, EnvironmentFailed) and isinstance(cause.__cause__, OSError):
        if cause.__cause__.errno == errno.EIO:  # a sector of the disk
            return
        raise cause


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
