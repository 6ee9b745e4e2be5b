"""Sighting → standing, with its evidence: reads what else is known, asks the rule, writes the step.

Every question is asked as of the time of the visit: rows of later fetches do not count, so that replaying the WARC
files gives the same steps.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from archive.db import articles, findings, record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.record import FetchRow
from archive.domain.model import Presence, Reason, Sighting, Standing
from archive.domain.standing import Around, Held, Rules, judge
from archive.settings import Settings
from archive.visits import Finding, Visit


def rules(settings: Settings) -> Rules:
    """The thresholds of a home."""
    given = settings.takedowns
    return Rules(
        confirmations=given.confirmations,
        span=given.span,
        offline_after=given.offline_after,
        vantages=len(settings.crawl.vantages),
    )


def settle(connection: Connection, article_id: int, visit: Visit, sighting: Sighting, by: Rules) -> list[Finding]:
    """Write what `sighting` makes of the article's standing, and say what is to be told of it."""
    article = articles.by_id(connection, article_id)
    at = visit.last.exchange.began
    held = judge(article.held, sighting, at, rules=by, around=Around())
    if held == article.held or (article.version_id is None and sighting.presence is Presence.GONE):
        return []  # what was never seen cannot have been taken away
    articles.hold(
        connection, article.id, held, since=at if held.standing is not article.held.standing else article.since
    )
    if held.standing is article.held.standing:
        return []
    standing_id = findings.add_standing(
        connection,
        article_id=article.id,
        at=at,
        before=article.held.standing.value,
        after=held.standing.value,
        reason=held.reason.value if held.reason else "",
        why=sighting.why,
        evidence=_evidence(connection, article, held, visit),
    )
    return [
        Finding(
            what="standing",
            url=article.url,
            outlet=article.outlet,
            title=article.title,
            at=at,
            text=_in_words(article.held, held, sighting),
            id=standing_id,
            alert=held.standing is not Standing.MISSING and article.held.standing is not Standing.MISSING,
        )
    ]


def _evidence(connection: Connection, article: Article, held: Held, visit: Visit) -> dict[str, object]:
    """The fetches that a standing rests on: the last good one, and the bad ones since."""
    log = _straight(connection, article.id, visit.last.exchange.began)
    good = next((row.id for row in log if row.presence == Presence.PRESENT.value), None)
    since = held.first_miss
    bad = [row.id for row in reversed(log) if since and row.began >= since and row.presence == "gone"]
    return {
        "last_good": good,
        "first_bad": bad[0] if bad else None,
        "confirming": bad,
        "this": visit.last.fetch_id,
    }


def _in_words(before: Held, after: Held, sighting: Sighting) -> str:
    if after.standing is Standing.TAKEN_DOWN:
        return f"taken down: {sighting.why}, confirmed by {after.misses} fetches"
    if after.standing is Standing.MISSING:
        return f"missing: {sighting.why}; to be confirmed"
    if before.standing is Standing.TAKEN_DOWN:
        return f"restored: {sighting.why}"
    return f"{before.standing.value} → {after.standing.value}: {sighting.why}".replace("_", " ")


# From elsewhere ------------------------------------------------------------------------------------


def settle_elsewhere(connection: Connection, article_id: int, visit: Visit, sighting: Sighting) -> list[Finding]:
    """Write what a look from a vantage point makes of a standing, and say what is to be told of it.

    What is there for others and gone from here at two looks is geo-blocked; at one it may have been a slip.
    Nothing else follows: what such a look says is asked for when the next one from here is judged.
    """
    article = articles.by_id(connection, article_id)
    at = visit.last.exchange.began
    log = _straight(connection, article.id, at)
    kept_away = (Presence.GONE.value, Presence.BARRIER.value)
    here = next((row for row in log if row.presence in kept_away), None)
    if sighting.presence is not Presence.PRESENT or here is None or not _seems_blocked(article.held, here):
        return []
    held = replace(article.held, standing=Standing.BARRED, reason=Reason.GEO_BLOCKED)
    since = article.held.first_miss or here.began
    good = next((row.id for row in log if row.presence == Presence.PRESENT.value), None)
    evidence = {"last_good": good, "gone_here": here.id, "this": visit.last.fetch_id}
    live = record.seen_elsewhere(connection, article.id, since=since, until=at)
    why = f"there as seen from {visit.vantage}, and from here: {here.why}"
    articles.hold(
        connection, article.id, held, since=article.since if article.held.standing is held.standing else at
    )
    standing_id = findings.add_standing(
        connection,
        article_id=article.id,
        at=at,
        before=article.held.standing.value,
        after=held.standing.value,
        reason=Reason.GEO_BLOCKED.value,
        why=why,
        evidence={**evidence, "live_there": live},
    )
    return [
        Finding(
            what="standing",
            url=article.url,
            outlet=article.outlet,
            title=article.title,
            at=at,
            text=f"geo-blocked: {why}",
            id=standing_id,
        )
    ]


def _seems_blocked(held: Held, here: FetchRow) -> bool:
    """Whether an article that is there for others is kept from us: gone from here, or a page here says so."""
    if held.standing in (Standing.MISSING, Standing.TAKEN_DOWN):
        return held.misses > 1
    says_so = here.sighting == "geo_block"
    return held.standing is Standing.BARRED and held.reason is not Reason.GEO_BLOCKED and says_so


def _straight(connection: Connection, article_id: int, at: datetime) -> list[FetchRow]:
    """The fetches of an article straight from here by `at`, newest first."""
    return [row for row in record.fetches_of(connection, article_id, until=at) if not row.vantage]
