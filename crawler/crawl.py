"""Run spiders in this process: one asyncio loop, one runtime, as many crawls as wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings as ScrapySettings

from crawler.runtime import Runtime
from crawler.spiders.base import StetSpider
from crawler.spiders.round import RoundSpider
from crawler.tasks import Job

TEND: Final = 30.0
"""Seconds between two looks at the WARC file, whether it is to be sealed although nothing is written."""


async def crawl(runtime: Runtime, spider: type[StetSpider], **arguments: Any) -> None:
    """Run one spider to its end. Raises what made it impossible to go on (a full disk, say)."""
    runner = AsyncCrawlerRunner(_settings(runtime))
    tending = asyncio.ensure_future(_tend(runtime))
    runtime.crawls += 1
    try:
        await runner.crawl(spider, **arguments)
    finally:
        runtime.crawls -= 1
        tending.cancel()
    if (failure := runtime.failure) is not None:
        if not runtime.crawls:  # the last of those that it ended
            runtime.failure = None
            runtime.gate.reopen()
        raise failure


async def one_round(
    runtime: Runtime,
    *,
    seeds: Iterable[Job] = (),
    articles: Iterable[Job] = (),
    probes: Iterable[Job] = (),
    follow: bool = True,
) -> None:
    """Fetch these seeds and articles, and what others are judged by.

    The articles that the seeds lead to are fetched as well; without `follow` they only become due.
    """
    jobs = {"seeds": list(seeds), "articles": list(articles), "probes": list(probes)}
    await crawl(runtime, RoundSpider, follow=follow, **jobs)


async def _tend(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(TEND)
        await runtime.tend()


def _settings(runtime: Runtime) -> ScrapySettings:
    settings = ScrapySettings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("STET_HOME", str(runtime.home.root), priority="cmdline")
    return settings
