"""Visit or probe → archive: extract the page and settle what it says."""

from __future__ import annotations

import logging
from typing import Self

from scrapy.crawler import Crawler

from archive.errors import EnvironmentFailed
from archive.visits import Probe, Visit
from crawler.start import halt, runtime_of

logger = logging.getLogger(__name__)


class SettlePipeline:
    """Hands each visit to the archive, one after the other."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.runtime = runtime_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_item(self, item: Visit | Probe) -> Visit | Probe:
        """Extract, settle, tell."""
        try:
            await self._settle(item)
        except EnvironmentFailed as error:  # the disk is full, the database is gone
            self.runtime.writer.leave()  # the next start settles what is in that file and was not settled
            halt(self.crawler, self.runtime, error)
        finally:
            self.runtime.step()
        return item

    async def _settle(self, visit: Visit | Probe) -> None:
        runtime = self.runtime
        try:
            if isinstance(visit, Visit):
                await runtime.read_again(visit.article_id)
            extraction = await runtime.read(visit.last)
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
