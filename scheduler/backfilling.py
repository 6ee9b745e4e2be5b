"""One backfill in the foreground: open the home, take what another archive has, find out what it means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from archive.domain.model import Outlet
from archive.home import Home
from archive.importing import FileReport, Importer
from crawler.crawl import crawl
from crawler.runtime import Runtime, opened, require_contact
from crawler.spiders.backfill import BackfillSpider, Ending, Wish
from scheduler.progress import Progress


def run_backfill(
    home: Home, wish: Wish, report: FileReport, *, draft: Callable[[str], Outlet], progress: Progress
) -> Importer:
    """Take what is wished for. Whatever ended it early is raised once what came has found its place."""
    require_contact(home.settings, wish.archive)
    ending = Ending()
    with opened(home) as runtime:
        runtime.plan, runtime.step = progress.start, progress.step
        importer = Importer(runtime.keeper, runtime.replayer, home.warcs, draft=draft)
        try:
            asyncio.run(_run(runtime, wish=wish, importer=importer, report=report, ending=ending))
        finally:
            importer.finish()
    if ending.failure is not None:
        raise ending.failure
    return importer


async def _run(runtime: Runtime, *, wish: Wish, importer: Importer, report: FileReport, ending: Ending) -> None:
    try:
        await crawl(runtime, BackfillSpider, wish=wish, importer=importer, report=report, ending=ending)
    finally:
        await runtime.aclose()
