"""From a Scrapy crawler to the runtime of its home."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from scrapy import signals
from scrapy.crawler import Crawler

from archive import home
from archive.errors import StetError
from crawler import runtime


def runtime_of(crawler: Crawler) -> runtime.Runtime:
    """The open runtime of the home that `crawler`'s settings name, or one opened for this crawl alone."""
    root = crawler.settings.get("STET_HOME")
    # Asked for first by the name that it was opened by: whatever stands in the settings file by now.
    if root and (known := runtime.find(str(root))) is not None:
        return known
    found = home.find(root)
    if (known := runtime.find(str(found.root))) is not None:
        return known
    stack = ExitStack()
    stack.enter_context(found.lock("scrapy crawl"))
    opened = stack.enter_context(runtime.opened(found))

    async def close() -> None:
        await opened.aclose()
        stack.close()

    crawler.signals.connect(close, signals.engine_stopped, weak=False)
    return opened


def halt(crawler: Crawler, opened: runtime.Runtime, error: StetError) -> None:
    """End this crawl, because nothing can be kept any more; the first reason is the one that is told."""
    if opened.failure is not None:
        return
    opened.failure = error
    opened.gate.shut()
    if crawler.engine is not None:
        ending = crawler.engine.close_spider_async(reason="nothing can be kept")
        _ENDING.add(task := asyncio.ensure_future(ending))
        task.add_done_callback(_ENDING.discard)


_ENDING: set[asyncio.Future[None]] = set()  # the loop itself holds tasks weakly
