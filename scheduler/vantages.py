"""What seems gone from here is looked for from all vantage points, in the same pass.

Knows which articles and when; what such a look says is judged in `archive.judging`. Those that are suspected
already are looked for before they are visited, so that no removal is confirmed without a look from everywhere just
before; those that this pass finds gone, or that turn us away, after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from archive.db import articles, outlets
from archive.db.articles import Article
from archive.domain.model import Outlet
from archive.errors import Misuse
from archive.settings import Settings
from crawler.crawl import one_round
from crawler.runtime import Runtime
from crawler.tasks import Job, vantage_job

MOST: Final = 50
"""Articles of one outlet that are looked for in one pass, those first whose last such look is longest ago. Chosen:
with ten seconds between two fetches and two vantage points it takes a quarter of an hour, and suspects are looked
at six times a day. An outlet that turns us away altogether must not be asked three times as often for it."""


def require_contact(settings: Settings) -> None:
    """Refuse to look from anywhere while the settings name nobody to complain to."""
    if settings.crawl.vantages and not settings.crawl.contact:
        raise Misuse(
            "stet.toml: [crawl] contact is not set, and vantage points lead beyond this machine; set it so that"
            ' outlets can reach you: contact = "mailto:you@example.org"'
        )


class Looks:
    """The looks of one pass; each article is looked for once, from every vantage point."""

    def __init__(self, runtime: Runtime, *, outlet_id: int | None = None) -> None:
        self._runtime = runtime
        self._outlet_id = outlet_id  #: the only one that is looked at
        self._labels = tuple(runtime.settings.crawl.vantages)
        self._began = runtime.now()
        self._done: set[int] = set()

    async def before(self, visits: Iterable[Job]) -> None:
        """Look for those among the articles to be visited that seem gone already."""
        if not self._labels:
            return
        wanted = {job.task.purpose.article_id for job in visits}
        with self._runtime.database.read() as connection:
            doubtful = articles.seem_gone(connection, outlet_id=self._outlet_id)
            found = [article for article in doubtful if article.id in wanted]
            known = outlets.all_outlets(connection)
        await self._look(found, known)

    async def after(self) -> None:
        """Look for those that this pass found gone, or that turned us away."""
        if not self._labels:
            return
        with self._runtime.database.read() as connection:
            found = articles.seem_gone(connection, outlet_id=self._outlet_id, checked_since=self._began)
            known = outlets.all_outlets(connection)
        await self._look(found, known)

    async def _look(self, found: Iterable[Article], known: dict[int, Outlet]) -> None:
        chosen = [article for article in found if article.id not in self._done]
        asked = Counter[int]()
        taken = []
        for article in chosen:
            asked[article.outlet_id] += 1
            if asked[article.outlet_id] <= MOST:
                taken.append(article)
        self._done.update(article.id for article in taken)
        # By vantage point, so that one page is not asked for twice in a row.
        jobs = [vantage_job(each, known[each.outlet_id], label) for label in self._labels for each in taken]
        if jobs:
            self._runtime.plan(len(jobs))
            await one_round(self._runtime, articles=jobs)
