"""Reading pages in worker processes: a hostile page may kill or stall its reader, and nobody else's.

Knows how long reading may take and what to do with a reader that dies. What reading means is told in
`archive.extraction`.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from concurrent.futures import TimeoutError as TooLong
from concurrent.futures.process import BrokenProcessPool

from pebble import ProcessExpired, ProcessPool

from archive.domain.model import Extraction
from archive.errors import EnvironmentFailed
from archive.extraction import extract

logger = logging.getLogger(__name__)

#: Starting a reader costs about a second (imports), as much as reading 20 to 40 pages; the first pages
#: of a pass are read in this process.
POOL_FROM = 20

#: Seconds that reading one page may take. Honest pages need 0.03 s, the worst of 267 real ones 0.4 s, and the
#: worst hostile ones that were tried 3 s.
LIMIT = 60.0

#: Seconds between two looks whether those who mind the readers are still there.
LOOK = 5.0

Page = tuple[bytes, str, str]
"""Body, URL and Content-Type."""


class Lost(Exception):
    """A page that cannot be read: it stalls its reader, or kills it."""


class Readers:
    """Up to `workers` processes that read pages; 0: everything is read in this process.

    So are the first `pool_from` pages.
    """

    def __init__(self, workers: int, *, pool_from: int = POOL_FROM) -> None:
        self._workers = workers
        self._pool_from = pool_from
        self._pool: ProcessPool | None = None
        self._pages = 0

    async def read(self, page: Page) -> Extraction | None:
        """What a reader would read; None, and an entry in the log, for a page that cannot be read."""
        try:
            return await self.extraction(page)
        except Lost as error:
            logger.error("%s: %s; it counts as unreadable", page[1], error)
            return None

    async def extraction(self, page: Page) -> Extraction:
        """The same; raises `Lost` for a page that cannot be read, and whatever its reader raises.

        Raises `EnvironmentFailed` where the machine lets no reader live.
        """
        self._pages += 1
        if not self._workers or self._pages <= self._pool_from:
            return _read(page)
        for attempt in (1, 2):  # a reader may also have died of something else
            try:
                return await self._elsewhere(page)
            except TooLong:
                raise Lost(f"cannot be read within {LIMIT:.0f} s") from None
            except ProcessExpired as error:
                died = f"its reader died ({error})"
                logger.log(logging.WARNING if attempt == 1 else logging.DEBUG, "%s: %s", page[1], died)
        raise Lost(died)

    async def _elsewhere(self, page: Page) -> Extraction:
        """What a worker reads. Where all are gone, and it was no page that did it, others are begun once."""
        for last in (False, True):
            pool = self._pool = self._pool or self._begun()
            try:
                return await _from(pool, page)
            except BrokenProcessPool as error:
                logger.log(logging.DEBUG if last else logging.WARNING, "the readers of pages are gone: %s", error)
                if self._pool is pool:
                    self.close()
        raise EnvironmentFailed(
            "pages cannot be read: their readers end as soon as they begin; see whether there is memory left"
        )

    def _begun(self) -> ProcessPool:
        return ProcessPool(max_workers=self._workers, context=multiprocessing.get_context("forkserver"))

    def close(self) -> None:
        """End the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


async def _from(pool: ProcessPool, page: Page) -> Extraction:
    """What a worker of this pool reads. Raises `BrokenProcessPool` where it has none any more.

    A pool breaks where a worker dies that reads nothing just then, and for good. Where its threads die instead, it
    says so to nobody who waits already.
    """
    try:
        future = pool.schedule(_read, args=[page], timeout=LIMIT)
    except RuntimeError as error:
        raise BrokenProcessPool(str(error)) from error
    waiting: asyncio.Future[Extraction] = asyncio.wrap_future(future)
    try:
        while not (await asyncio.wait([waiting], timeout=LOOK))[0]:
            if not pool.active:
                raise BrokenProcessPool("nobody minds them")
        return waiting.result()
    finally:
        waiting.cancel()


def _read(page: Page) -> Extraction:
    body, url, content_type = page
    return extract(body, url=url, content_type=content_type)
