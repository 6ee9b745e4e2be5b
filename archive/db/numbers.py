"""Numbers that are asked for every few seconds, as long as the daemon runs: each from an index, or from few rows.

Nothing here reads a table that grows with the archive from end to end, but for `totals`, which says so. What is
counted as it comes (fetches, changes, steps of standings) is counted by ranges of ids: what was counted once need
not be read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, case, func, or_, select

from archive.db.articles import SECOND_LOOKS
from archive.db.tables import (
    alerts,
    articles,
    changes,
    deliveries,
    fetches,
    outlets,
    seeds,
    standings,
    warcs,
)
from archive.domain.gaps import TELLING
from archive.domain.health import was_read
from archive.domain.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due of one kind, of outlets that are not paused."""

    count: int
    since: datetime | None  #: when the most overdue of it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What is due."""

    articles: Due
    second_looks: Due  #: among the articles
    seeds: Due


def queue(connection: Connection, now: datetime) -> Queue:
    """What is due at `now`. Reads what is due, and no more."""
    urgent = articles.c.next_why.in_(SECOND_LOOKS)
    late = (
        select(
            func.count(),
            func.min(articles.c.next_check),
            func.count(case((urgent, 1))),
            func.min(case((urgent, articles.c.next_check))),
        )
        .select_from(articles.join(outlets))
        .where(outlets.c.paused.is_(False), articles.c.next_check <= now)
    )
    count, since, urgently, urgent_since = connection.execute(late).one()
    lists = (
        select(func.count(), func.min(seeds.c.next_check))
        .select_from(seeds.join(outlets))
        .where(outlets.c.paused.is_(False), or_(seeds.c.next_check.is_(None), seeds.c.next_check <= now))
    )
    seed_count, seeds_since = connection.execute(lists).one()
    return Queue(
        articles=Due(count=count, since=since),
        second_looks=Due(count=urgently, since=urgent_since),
        seeds=Due(count=seed_count, since=seeds_since),
    )


def last_good(connection: Connection) -> datetime | None:
    """When a fetch last brought what was asked for: a word about an article, or a seed that could be read."""
    told = select(func.max(fetches.c.began)).where(
        fetches.c.outlet_id == outlets.c.id, fetches.c.presence.in_(sorted(TELLING))
    )
    by_outlet = connection.execute(select(told.correlate(outlets).scalar_subquery()).select_from(outlets))
    articles_at = [at for at in by_outlet.scalars() if at is not None]
    read = select(seeds.c.last_fetched, seeds.c.last_outcome).where(seeds.c.last_fetched.is_not(None))
    seeds_at = [row.last_fetched for row in connection.execute(read) if was_read(row.last_outcome)]
    return max([*articles_at, *seeds_at], default=None)


def tried_since(connection: Connection, since: datetime | None) -> tuple[int, datetime | None]:
    """How many fetches of articles and seeds were tried after `since`, and when the first of them was.

    Of outlets that are not paused: what is left alone cannot be missed.
    """
    query = select(func.count(), func.min(fetches.c.began)).where(
        fetches.c.outlet_id.in_(select(outlets.c.id).where(outlets.c.paused.is_(False))),
        fetches.c.role.in_([Role.ARTICLE.value, Role.SEED.value]),
    )
    if since is not None:
        query = query.where(fetches.c.began > since)
    count, first = connection.execute(query).one()
    return count, first


def alerts_by_state(connection: Connection) -> dict[str, int]:
    """State → alerts."""
    query = select(alerts.c.state, func.count()).group_by(alerts.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def deliveries_by_state(connection: Connection) -> dict[str, int]:
    """State → messages; of those that wait, apart, those that were tried in vain: `retrying`."""
    again = case(
        ((deliveries.c.state == "waiting") & (deliveries.c.tries > 0), "retrying"), else_=deliveries.c.state
    )
    # Grouped by its name: PostgreSQL takes an expression with parameters for another one each time.
    query = select(again.label("as_it_is"), func.count()).group_by("as_it_is")
    return {row[0]: row[1] for row in connection.execute(query)}


def closed_bytes(connection: Connection) -> tuple[int, set[str]]:
    """The bytes of closed WARC files, and their names."""
    rows = connection.execute(select(warcs.c.name, warcs.c.size).where(warcs.c.size.is_not(None))).all()
    return sum(row.size for row in rows), {row.name for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What there is."""

    articles: Mapping[str, int]  #: by standing
    versions: int
    captures: int


def totals(connection: Connection) -> Totals:
    """What there is. Reads every article: 100,000 take 0.1 s, to be asked for once a minute."""
    query = select(
        articles.c.standing, func.count(), func.sum(articles.c.versions), func.sum(articles.c.captures)
    ).group_by(articles.c.standing)
    rows = connection.execute(query).all()
    return Totals(
        articles={row[0]: row[1] for row in rows},
        versions=sum(row[2] for row in rows),
        captures=sum(row[3] for row in rows),
    )


# What is counted as it comes -----------------------------------------------------------------------

Labels = tuple[str, ...]

COUNTED: Final[Mapping[str, Table]] = {
    "fetches": fetches,
    "visits": fetches,
    "changes": changes,
    "standings": standings,
}
"""What can be counted by ranges of ids."""


def newest(connection: Connection, what: str) -> int:
    """The highest id."""
    return int(connection.execute(select(func.max(COUNTED[what].c.id))).scalar() or 0)


def counted(connection: Connection, what: str, after: int, upto: int | None = None) -> Counter[Labels]:
    """How many there are with ids above `after` and up to `upto`, by their labels."""
    table = COUNTED[what]
    family = (fetches.c.status // 100).label("family")
    columns: dict[str, list[Any]] = {
        "fetches": [fetches.c.role, fetches.c.trouble, family],
        "visits": [fetches.c.presence],
        "changes": [changes.c.stealth],
        "standings": [standings.c.after],
    }
    by = [column.name for column in columns[what]]
    query = select(*columns[what], func.count()).where(table.c.id > after).group_by(*by)
    if upto is not None:
        query = query.where(table.c.id <= upto)
    if what == "visits":
        query = query.where(fetches.c.role == Role.ARTICLE.value, fetches.c.presence != "")
    found = Counter[Labels]()
    for *labels, count in connection.execute(query):
        found[_labels(what, labels)] += count
    return found


def _labels(what: str, values: list[Any]) -> Labels:
    if what == "fetches":
        role, trouble, family = values
        return role, trouble or (f"{int(family)}xx" if family else "none")
    if what == "changes":
        return ("yes" if values[0] else "no",)
    return (str(values[0]),)
