"""Which seeds and articles are due, and when they are due again. Reads and writes tables only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archive.db import articles, hints, outages, outlets
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.domain.model import Reason
from archive.settings import Settings
from crawler.tasks import Job, article_job, seed_job
from scheduler.recrawl import SEED, History, plan


def due_articles(
    connection: Connection, now: datetime, *, outlet: str | None = None, force: bool = False
) -> list[Job]:
    """Jobs for the articles that are due, the most overdue first."""
    return visits(connection, articles.due(connection, now, outlet=outlet, force=force), now)


def visits(connection: Connection, wanted: Sequence[Article], now: datetime) -> list[Job]:
    """Jobs for these articles, in their order."""
    known = outlets.all_outlets(connection)
    return [article_job(article, known[article.outlet_id], now=now) for article in wanted]


def due_seeds(
    connection: Connection, now: datetime, *, outlet: str | None = None, force: bool = False
) -> list[Job]:
    """Jobs for the seeds that are due."""
    known = outlets.all_outlets(connection)
    due = outlets.due_seeds(connection, now, outlet=outlet, force=force)
    return [seed_job(seed, known[seed.outlet_id], now=now) for seed in due]


def replan(connection: Connection, settings: Settings) -> None:
    """Give a next check to every article and seed that was fetched and has none yet."""
    rules = settings.takedowns
    unanswered, down = articles.unanswered(connection), outages.outlets_down(connection)
    hinted = hints.last_of_unplanned(connection)
    plans = []
    for article in articles.unplanned(connection):
        assert article.last_checked is not None
        history = History(
            standing=article.held.standing,
            discovered=article.discovered,
            published=article.published,
            last_checked=article.last_checked,
            last_changed=article.last_changed,
            misses=article.held.misses,
            # What was gone in an outage is held back, and no suspicion: nothing else would look again soon.
            unanswered=article.id in unanswered or article.held.away is not None,
            since=article.since,
            offline=article.held.reason is Reason.OUTLET_OFFLINE,
            outage=article.outlet_id in down,
            hinted=hinted.get(article.id),
        )
        planned = plan(history, confirmations=rules.confirmations, span=rules.span)
        plans.append((article.id, planned.at, planned.why))
    articles.replan(connection, plans)
    outlets.replan_seeds(connection, SEED)
