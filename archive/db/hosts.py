"""What hosts asked of us: robots.txt as last read, and how long to leave them alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from archive.db.rows import insert
from archive.db.tables import fetches, hosts, robots


def held(connection: Connection, now: datetime) -> list[tuple[str, datetime, str]]:
    """Hosts to be left alone after `now`: host, until when, why."""
    rows = connection.execute(select(hosts).where(hosts.c.not_before > now)).mappings()
    return [(row["host"], row["not_before"], row["why"]) for row in rows]


def save(connection: Connection, wanted: Mapping[str, tuple[datetime, str]], now: datetime) -> None:
    """Write down which hosts are to be left alone, and forget those whose time has come."""
    connection.execute(hosts.delete().where(hosts.c.not_before <= now))
    for host, (until, why) in wanted.items():
        statement = insert(connection, hosts).values(host=host, not_before=until, why=why)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["host"], set_={"not_before": until, "why": why})
        )


def last_asked(connection: Connection, count: int) -> list[str]:
    """The URLs of the last `count` fetches."""
    return list(connection.execute(select(fetches.c.url).order_by(fetches.c.id.desc()).limit(count)).scalars())


def robots_of(
    connection: Connection, origin: str, since: datetime
) -> tuple[int | None, str, str, datetime] | None:
    """robots.txt of `origin` if read after `since`: status, text, trouble, when.

    `origin` is `https://host[:port]`; as a vantage point sees it, with the label and a blank before it.
    """
    row = (
        connection.execute(select(robots).where(robots.c.origin == origin, robots.c.fetched > since))
        .mappings()
        .first()
    )
    return None if row is None else (row["status"], row["body"], row["trouble"], row["fetched"])


def robots_texts(connection: Connection) -> dict[str, str]:
    """Every robots.txt that says how far apart fetches shall be, by its origin."""
    query = select(robots.c.origin, robots.c.body).where(robots.c.body.icontains("crawl-delay"))
    return {row.origin: row.body for row in connection.execute(query)}


def save_robots(
    connection: Connection, origin: str, *, status: int | None, body: str, trouble: str, at: datetime
) -> None:
    """Keep what `origin` answered to a request for robots.txt."""
    values = {"fetched": at, "status": status, "body": body, "trouble": trouble}
    statement = insert(connection, robots).values(origin=origin, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["origin"], set_=values))
