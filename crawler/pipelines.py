"""Visit → archive: extract the page and settle what it says."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy.crawler import Crawler

from archive.errors import EnvironmentFailed
from archive.ingest import Visit
from crawler.start import halt, runtime_of

logger = logging.getLogger(__name__)


class SettlePipeline:
    """Hands each visit to the archive, in the order in which they came.

    Pages are read in several processes, and a long one takes longer. But whether two addresses are one article
    can depend on which was settled first, and the WARC files, from which all of this is found out again, know one
    order only: that of the fetches.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.runtime = runtime_of(crawler)
        self._last: asyncio.Event | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_item(self, item: Visit) -> Visit:
        """Extract, settle, tell."""
        before, self._last = self._last, (done := asyncio.Event())
        try:
            await self._settle(item, before)
        except EnvironmentFailed as error:  # the disk is full, the database is gone
            halt(self.crawler, self.runtime, error)
        finally:
            done.set()
            self.runtime.step()
        return item

    async def _settle(self, visit: Visit, before: asyncio.Event | None) -> None:
        runtime = self.runtime
        try:
            try:
                extraction = await runtime.read(visit.last)
            finally:
                if before is not None:
                    await before.wait()
            found = runtime.settler.settle(visit, extraction)
        except EnvironmentFailed:
            raise
        except Exception:  # the bytes are safe, and the other pages go on
            runtime.unsettled += 1
            logger.exception("%s: kept, but not settled", visit.last.exchange.url)
            runtime.settler.put_off(visit)
            return
        for finding in found:
            runtime.tell(finding)
