"""Read seeds and follow fresh links: `scrapy crawl discovery` takes what is due, `-a outlet=…` one outlet."""

from __future__ import annotations

from archive.db import outlets
from crawler.spiders.base import StetSpider
from crawler.tasks import seed_job


class DiscoverySpider(StetSpider):
    """seed → url, and at once url → Fetch for what is new."""

    name = "discovery"
    outlet: str | None = None

    def ready(self) -> None:
        """Make the jobs."""
        now = self.runtime.now()
        with self.runtime.database.read() as connection:
            known = outlets.all_outlets(connection)
            due = outlets.due_seeds(connection, now, outlet=self.outlet)
        self.seeds = [seed_job(seed, known[seed.outlet_id], now=now) for seed in due]
