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
    try:
        await runner.crawl(spider, **arguments)
    finally:
        tending.cancel()
    if runtime.failure is not None:
        failure, runtime.failure = runtime.failure, None
        runtime.gate.reopen()
        raise failure


async def one_round(
    runtime: Runtime, *, seeds: Iterable[Job] = (), articles: Iterable[Job] = (), probes: Iterable[Job] = ()
) -> None:
    """Fetch these seeds and articles, the articles that the seeds lead to, and what others are judged by."""
    await crawl(runtime, RoundSpider, seeds=list(seeds), articles=list(articles), probes=list(probes))


async def _tend(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(TEND)
        await runtime.tend()


def _settings(runtime: Runtime) -> ScrapySettings:
    settings = ScrapySettings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("STET_HOME", str(runtime.home.root), priority="cmdline")
    return settings
