"""One pass in the foreground: open the home, fetch what is due, plan what comes next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from archive import memento
from archive.db import alerts, articles, outlets
from archive.domain.model import Outlet
from archive.domain.urls import fetchable
from archive.errors import EnvironmentFailed, NothingFound, StetError
from archive.home import Home
from archive.visits import Finding
from crawler.crawl import crawl, one_round
from crawler.outlets import known_for
from crawler.runtime import Runtime, opened, require_contact
from crawler.spiders.survey import Report, SurveySpider
from crawler.tasks import Job, article_job
from crawler.watching import draft
from scheduler import frontier, probes, rereading, vantages
from scheduler.probes import Beside, Scope
from scheduler.progress import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass is about."""

    outlet: str | None = None
    url: str | None = None
    force: bool = False


@dataclass(slots=True)
class Tally:
    """What a pass did, in numbers."""

    seeds: int = 0
    fetches: int = 0
    found: Counter[str] = field(default_factory=Counter)
    failed: int = 0  #: pages that could not be settled, because of an error of ours
    again: rereading.Tally = field(default_factory=rereading.Tally)  #: histories that were read again
    alerts: int = 0  #: that wait to be delivered

    def sentence(self) -> str:
        """For the terminal."""
        parts = [f"{self.fetches} fetches"]
        names = {
            "new": ("new article", "new articles"),
            "change": ("change", "changes"),
            "standing": ("change of standing", "changes of standing"),
        }
        parts += [f"{n} {many if n != 1 else one}" for key, (one, many) in names.items() if (n := self.found[key])]
        if self.failed:
            parts.append(f"{self.failed} not settled, see the log")
        lines = [", ".join(parts)]
        if self.again.articles:
            lines.append(f"after an upgrade: {self.again.sentence()}")
        if self.alerts:
            wait = "1 alert waits" if self.alerts == 1 else f"{self.alerts:,} alerts wait"
            lines.append(f"{wait}; 'stet alerts send' delivers what is due")
        return "\n".join(lines)


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def run_pass(
    home: Home,
    wanted: Pass,
    *,
    progress: Progress,
    tell: Callable[[Finding], None],
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Tally:
    """Fetch what is due and say what was found. Raises `StetError`s only.

    Where another wording is seen, or none where one was, the pass stays for the second look that confirms it:
    `[edits] confirm_after`.
    """
    with opened(home, now=now) as runtime:
        seeds, visits, scope = _due(runtime, wanted)
        with runtime.database.read() as connection:
            beside = probes.beside(connection, visits, scope, home.settings, runtime.now())
        for job in (*seeds, *beside.probes, *beside.visits):
            require_contact(home.settings, job.url)
        vantages.require_contact(home.settings)
        tally = Tally(seeds=len(seeds), fetches=len(seeds) + len(beside.probes) + len(beside.visits))
        progress.start(tally.fetches)

        def told(finding: Finding) -> None:
            tally.found[finding.what] += 1
            tell(finding)

        def more(count: int) -> None:
            tally.fetches += count
            progress.more(count)

        runtime.tell, runtime.plan, runtime.step = told, more, progress.step
        runtime.wait = progress.wait
        try:
            asyncio.run(_rounds(runtime, wanted, scope, seeds, beside, sleep))
        except BaseException:
            with contextlib.suppress(StetError):  # a disk that is full is full here too; the first error is told
                _replan(runtime)
            raise
        _replan(runtime)
        tally.failed = runtime.unsettled
        if wanted.url is None and home.settings.edits.reextract:
            tally.again = _read_again(runtime)
        with runtime.database.read() as connection:
            tally.alerts = alerts.waiting(connection)
        return tally


def _read_again(runtime: Runtime) -> rereading.Tally:
    """A few of the histories that an earlier extractor read. Where that fails, the pass was a good one still."""
    try:
        return rereading.some(runtime.home, runtime.database, stop=lambda: runtime.failure is not None)
    except EnvironmentFailed as error:
        logger.warning("not read again by the new extractor: %s; the next pass goes on there", error)
        return rereading.Tally()


def _replan(runtime: Runtime) -> None:
    with runtime.database.write() as connection:
        frontier.replan(connection, runtime.settings)


SECOND_LOOKS: Final = 3
"""Rounds of second looks in one pass. A page that shows a third wording at the second look needs another one; what
goes on changing is left for the next pass."""


async def _rounds(
    runtime: Runtime,
    wanted: Pass,
    scope: Scope,
    seeds: list[Job],
    beside: Beside,
    sleep: Callable[[float], Awaitable[object]],
) -> None:
    async def confirm() -> None:
        for _ in range(SECOND_LOOKS):
            if not (again := await _second_looks(runtime, wanted, sleep)):
                break
            runtime.plan(len(again))
            await one_round(runtime, articles=again)

    try:
        await fetch(runtime, scope, seeds, beside, confirm=confirm)
    except BaseException:
        with contextlib.suppress(StetError):
            await runtime.aclose()
        raise
    await runtime.aclose()


async def fetch(
    runtime: Runtime,
    scope: Scope,
    seeds: Sequence[Job],
    beside: Beside,
    *,
    follow: bool = True,
    confirm: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Fetch seeds and visits, with what they are judged by before, beside and after them.

    `confirm` takes the second looks of this pass; without it they are left for when they are due.
    """
    looks = vantages.Looks(runtime, outlet_id=scope.outlet_id)
    await looks.before(beside.visits)
    await one_round(runtime, seeds=seeds, articles=beside.visits, probes=beside.probes, follow=follow)
    if confirm is not None:
        await confirm()
    await looks.after()
    with runtime.database.read() as connection:
        after = probes.after(connection, scope, runtime.settings, runtime.now())
    if after:
        runtime.plan(len(after))
        await one_round(runtime, probes=after, follow=follow)


async def _second_looks(runtime: Runtime, wanted: Pass, sleep: Callable[[float], Awaitable[object]]) -> list[Job]:
    """Wait until what this pass saw can be confirmed, edits and what was not there; the jobs for that."""
    until = runtime.now() + max(runtime.settings.edits.confirm_after, timedelta(seconds=1))
    with runtime.database.read() as connection:
        waiting = articles.to_confirm(connection, until, outlet=wanted.outlet)
        if wanted.url is not None:
            article = memento.article_at(connection, wanted.url)
            waiting = [each for each in waiting if each.id == article.id]
    if not waiting:
        return []
    last = max(each.next_check for each in waiting if each.next_check is not None)
    if (pause := (last - runtime.now()).total_seconds()) > 0:
        runtime.wait(len(waiting), pause)
        await sleep(pause)
    with runtime.database.read() as connection:
        return frontier.visits(connection, waiting, runtime.now())


def _due(runtime: Runtime, wanted: Pass) -> tuple[list[Job], list[Job], Scope]:
    now = runtime.now()
    with runtime.database.read() as connection:
        if wanted.url is not None:
            article = memento.article_at(connection, wanted.url)
            outlet = outlets.by_id(connection, article.outlet_id)
            scope = Scope(outlet_id=article.outlet_id, article_id=article.id)
            return [], [article_job(article, outlet, now=now)], scope
        scope = Scope()
        if wanted.outlet is not None:  # a misspelt name is an error, not an empty pass
            scope = Scope(outlet_id=outlets.by_name(connection, wanted.outlet)[0])
        return (
            frontier.due_seeds(connection, now, outlet=wanted.outlet, force=wanted.force),
            frontier.due_articles(connection, now, outlet=wanted.outlet, force=wanted.force),
            scope,
        )


def survey_url(home: Home, url: str) -> Report:
    """Look at the site at `url` and try what may be its seeds."""
    plain = fetchable(url)
    shipped = known_for(plain)
    outlet = replace(shipped, seeds=()) if shipped is not None else draft(urlsplit(plain).hostname or "")
    report = Report(outlet)
    return _survey(home, plain, report, outlet=None)


def survey(home: Home, outlet: Outlet) -> Report:
    """Try the seeds that `outlet` declares."""
    if not outlet.seeds:
        raise NothingFound(
            f"outlet '{outlet.name}': declares no seeds; 'stet outlet add {outlet.home}' looks for some"
        )
    return _survey(home, outlet.seeds[0].url, Report(outlet, reached=True), outlet=outlet)


def _survey(home: Home, url: str, report: Report, *, outlet: Outlet | None) -> Report:
    require_contact(home.settings, url)
    with opened(home) as runtime:

        async def run() -> None:
            try:
                await crawl(runtime, SurveySpider, url=url, outlet=outlet, report=report)
            finally:
                await runtime.aclose()

        asyncio.run(run())
    return report
