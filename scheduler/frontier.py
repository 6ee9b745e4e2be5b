"""Which seeds and articles are due, and when they are due again. Reads and writes tables only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archive.db import articles, outlets
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.settings import Settings
from crawler.tasks import Job, article_job, seed_job
from scheduler import planning
from scheduler.recrawl import SEED, age, plan


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
    rules, found = settings.takedowns, planning.unplanned(connection)
    if found:
        now = planning.last_look(found)
        known = planning.markets(connection, settings, [each.outlet_id for each, _ in found], now)
        plans = []
        for article, history in found:
            market = known[article.outlet_id]
            planned = plan(
                history,
                confirmations=rules.confirmations,
                span=rules.span,
                rates=market.rates,
                price=market.price.at(age(history)),
            )
            plans.append((article.id, planned.at, planned.why))
        articles.replan(connection, plans)
    outlets.replan_seeds(connection, SEED)
