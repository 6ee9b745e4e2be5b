"""Counts over the whole archive, for status and health."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from archive.db.tables import articles, captures, changes, fetches, outlets, standings
from archive.domain.model import Standing


def counts(connection: Connection, now: datetime, *, since: datetime) -> dict[str, Any]:
    """Totals, what was found since `since`, and what is due at `now`."""

    def count(table: Any, *where: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    return {
        "outlets_watched": count(outlets, outlets.c.paused.is_(False)),
        "articles": count(articles),
        "captures": count(captures),
        "versions": int(connection.execute(select(func.coalesce(func.sum(articles.c.versions), 0))).scalar_one()),
        "changes": count(changes),
        "changes_lately": count(changes, changes.c.detected_at >= since),
        "standings_lately": count(standings, standings.c.at >= since),
        "standings": standings_held(connection),
        "next_confirmation": connection.execute(
            select(func.min(articles.c.next_check)).where(articles.c.standing == Standing.MISSING.value)
        ).scalar(),
        "due": count(articles, articles.c.next_check <= now),
        "next_check": connection.execute(select(func.min(articles.c.next_check))).scalar(),
        "last_fetch": connection.execute(select(func.max(fetches.c.began))).scalar(),
    }


def standings_held(connection: Connection) -> dict[str, int]:
    """Standing → number of articles, of all standings."""
    query = select(articles.c.standing, func.count()).group_by(articles.c.standing)
    found: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    return {standing.value: found.get(standing.value, 0) for standing in Standing}
