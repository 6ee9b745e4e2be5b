"""How the visits of outlets went: one question of the fetch log for all outlets, and a few small ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

from archive.db.tables import articles, fetches, outages, outlets, robots, seeds, siblings
from archive.domain.gaps import TELLING
from archive.domain.health import FailingSeed, Health, Looks, OpenOutage, Robots, was_read
from archive.domain.model import Role, Trouble
from archive.domain.soft404 import Answer


def of_outlets(connection: Connection, since: datetime, now: datetime, outlet: str | None = None) -> list[Health]:
    """The health of all outlets, or of one, by name; visits are counted that began at `since` or later."""
    wanted = select(outlets).order_by(outlets.c.name)
    if outlet is not None:
        wanted = wanted.where(outlets.c.name == outlet)
    rows = connection.execute(wanted).mappings().all()
    ids = [row["id"] for row in rows]
    looks, forbidden = _looks(connection, ids, since)
    standings = _standings(connection, ids)
    lags = _lags(connection, ids, now)
    troubles, failing, answers = _outages(connection, ids), _failing(connection, ids), _siblings(connection, ids)
    read = _robots(connection)
    found = []
    for row in rows:
        one = row["id"]
        by_way = {vantage: Looks(counts=counts) for vantage, counts in sorted(looks[one].items())}
        late = [] if row["paused"] else sorted(lags[one])
        seed_urls = [seed["url"] for seed in row["declaration"]["seeds"]]
        found.append(
            Health(
                outlet=row["name"],
                paused=row["paused"],
                articles=standings[one],
                straight=by_way.pop("", Looks()),
                vantages=by_way,
                last_good=_last_good(connection, one),
                overdue=len(late),
                lag_median=late[len(late) // 2] if late else None,
                lag_max=max(late, default=None),
                outage=troubles.get(one),
                failing=tuple(failing[one]),
                sibling=answers.get(one),
                robots=tuple(_of_origins(read, [row["declaration"]["home"], *seed_urls])),
                forbidden=forbidden[one],
            )
        )
    return found


def _looks(
    connection: Connection, ids: list[int], since: datetime
) -> tuple[dict[int, dict[str, dict[tuple[str, str], int]]], dict[int, int]]:
    """Outlet → vantage point → presence and kind → visits of articles; and outlet → what robots.txt forbade."""
    base = (fetches.c.outlet_id.in_(ids), fetches.c.began >= since)
    columns = (fetches.c.outlet_id, fetches.c.vantage, fetches.c.presence, fetches.c.sighting)
    query = (
        select(*columns, func.count())
        .where(*base, fetches.c.role == Role.ARTICLE.value, fetches.c.presence != "")
        .group_by(*columns)
    )
    found: dict[int, dict[str, dict[tuple[str, str], int]]] = defaultdict(lambda: defaultdict(dict))
    for outlet_id, vantage, presence, sighting, count in connection.execute(query):
        found[outlet_id][vantage][presence, sighting] = count
    refused = (
        select(fetches.c.outlet_id, func.count())
        .where(*base, fetches.c.trouble == Trouble.ROBOTS_FORBID.value)
        .group_by(fetches.c.outlet_id)
    )
    return found, defaultdict(int, [(row[0], row[1]) for row in connection.execute(refused)])


def _standings(connection: Connection, ids: list[int]) -> dict[int, dict[str, int]]:
    columns = (articles.c.outlet_id, articles.c.standing)
    query = select(*columns, func.count()).where(articles.c.outlet_id.in_(ids)).group_by(*columns)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for outlet_id, standing, count in connection.execute(query):
        found[outlet_id][standing] = count
    return found


def _lags(connection: Connection, ids: list[int], now: datetime) -> dict[int, list[timedelta]]:
    """Outlet → by how much each article is overdue."""
    # What is due is little: the sum keeps SQLite from reading all articles of these outlets instead.
    query = select(articles.c.outlet_id, articles.c.next_check).where(
        articles.c.next_check <= now, (articles.c.outlet_id + 0).in_(ids)
    )
    found: dict[int, list[timedelta]] = defaultdict(list)
    for outlet_id, due in connection.execute(query):
        found[outlet_id].append(now - due)
    return found


def _last_good(connection: Connection, outlet_id: int) -> datetime | None:
    query = (
        select(fetches.c.began)
        .where(
            fetches.c.outlet_id == outlet_id,
            fetches.c.role == Role.ARTICLE.value,
            fetches.c.presence.in_(TELLING),
            fetches.c.vantage == "",
            fetches.c.source == "",
        )
        .order_by(fetches.c.began.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def _outages(connection: Connection, ids: list[int]) -> dict[int, OpenOutage]:
    open_ = select(outages).where(outages.c.outlet_id.in_(ids), outages.c.ended.is_(None))
    rows = connection.execute(open_.order_by(outages.c.began)).mappings()
    return {
        row["outlet_id"]: OpenOutage(
            presence=row["presence"], why=row["why"], began=row["began"], offline=row["offline"]
        )
        for row in rows
    }


def _failing(connection: Connection, ids: list[int]) -> dict[int, list[FailingSeed]]:
    query = (
        select(seeds.c.outlet_id, seeds.c.url, seeds.c.last_outcome, seeds.c.last_fetched)
        .where(seeds.c.outlet_id.in_(ids), seeds.c.last_fetched.is_not(None))
        .order_by(seeds.c.id)
    )
    found: dict[int, list[FailingSeed]] = defaultdict(list)
    for outlet_id, url, outcome, at in connection.execute(query):
        if not was_read(outcome):
            found[outlet_id].append(FailingSeed(url=url, outcome=outcome, at=at))
    return found


def _siblings(connection: Connection, ids: list[int]) -> dict[int, Answer]:
    """Outlet → the last answer to an address that cannot exist."""
    last = (
        select(siblings.c.outlet_id, func.max(siblings.c.at).label("at")).group_by(siblings.c.outlet_id).subquery()
    )
    query = (
        select(*(siblings.c[name] for name in Answer.__slots__), siblings.c.outlet_id)
        .join(last, (last.c.outlet_id == siblings.c.outlet_id) & (last.c.at == siblings.c.at))
        .where(siblings.c.outlet_id.in_(ids))
    )
    rows = connection.execute(query).mappings()
    return {row["outlet_id"]: Answer(**{k: v for k, v in row.items() if k != "outlet_id"}) for row in rows}


def _robots(connection: Connection) -> dict[str, Robots]:
    query = select(robots.c.origin, robots.c.fetched.label("at"), robots.c.status, robots.c.trouble)
    return {row["origin"]: Robots(**row) for row in connection.execute(query).mappings()}


def _of_origins(read: Mapping[str, Robots], urls: Iterable[str]) -> Iterable[Robots]:
    """What was read of the origins that these addresses lie at."""
    parts = [urlsplit(url) for url in urls if url]
    return filter(None, map(read.get, dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts)))
