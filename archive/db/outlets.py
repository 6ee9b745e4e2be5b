"""Outlets and their seeds in the database."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, func, or_, select

from archive.db import journal
from archive.db.rows import insert
from archive.db.tables import (
    articles,
    captures,
    datings,
    domains,
    fetches,
    listings,
    notices,
    outages,
    outlets,
    rates,
    resets,
    seeds,
    siblings,
    subscriptions,
)
from archive.domain.model import Outlet, Seed, SeedKind
from archive.domain.urls import scopes_over, urlkey
from archive.errors import Misuse, NothingFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedState:
    """A seed as the database holds it, with what the last fetch of it brought."""

    id: int
    outlet_id: int
    url: str
    kind: SeedKind
    checked: bool
    last_fetched: datetime | None
    last_outcome: str
    last_found: int
    next_check: datetime | None
    etag: str
    last_modified: str
    capture_id: int | None
    validated: datetime | None  #: when the answer came that gave the validators


def save(connection: Connection, outlet: Outlet, now: datetime) -> int:
    """Add `outlet`, or bring the one of that name up to date. Returns its id."""
    for domain in outlet.domains:
        owner = connection.execute(
            select(outlets.c.name).join(domains).where(domains.c.domain == domain, outlets.c.name != outlet.name)
        ).scalar()
        if owner is not None:
            raise Misuse(f"{domain}: belongs to outlet '{owner}' already; remove it there first")
    declaration = _declaration(outlet)
    statement = insert(connection, outlets).values(
        name=outlet.name, declaration=declaration, paused=outlet.paused, added=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"declaration": declaration, "paused": outlet.paused}
    )
    connection.execute(statement)
    outlet_id = connection.execute(select(outlets.c.id).where(outlets.c.name == outlet.name)).scalar_one()
    connection.execute(domains.delete().where(domains.c.outlet_id == outlet_id))
    for domain in outlet.domains:
        connection.execute(domains.insert().values(domain=domain, outlet_id=outlet_id))
    _save_seeds(connection, outlet_id, outlet.seeds)
    journal.note(connection, "outlet", declaration, at=now)
    return int(outlet_id)


def _save_seeds(connection: Connection, outlet_id: int, wanted: Iterable[Seed]) -> None:
    kept = {seed.url: seed for seed in wanted}
    have = set(connection.execute(select(seeds.c.url).where(seeds.c.outlet_id == outlet_id)).scalars())
    gone = [url for url in have if url not in kept]
    _forget_seeds(connection, seeds.c.outlet_id == outlet_id, seeds.c.url.in_(gone))
    for url, seed in kept.items():
        if url not in have:
            connection.execute(
                seeds.insert().values(outlet_id=outlet_id, url=url, kind=seed.kind.value, checked=seed.checked)
            )


def _forget_seeds(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Remove seeds; their fetches stay in the log."""
    ids = select(seeds.c.id).where(*which)
    connection.execute(fetches.update().where(fetches.c.seed_id.in_(ids)).values(seed_id=None))
    for table in (listings, datings, subscriptions):
        connection.execute(table.delete().where(table.c.seed_id.in_(ids)))
    connection.execute(seeds.delete().where(*which))


def _declaration(outlet: Outlet) -> dict[str, Any]:
    """An outlet as JSON-able values; `declared` reads them."""
    plain = asdict(outlet)
    plain["seeds"] = [{"url": s.url, "kind": s.kind.value, "checked": s.checked} for s in outlet.seeds]
    return plain


def declared(declaration: Mapping[str, Any]) -> Outlet:
    """The outlet that a kept declaration describes."""
    plain = dict(declaration)
    for key in ("aliases", "domains", "languages"):
        plain[key] = tuple(plain[key])
    plain["seeds"] = tuple(
        Seed(url=s["url"], kind=SeedKind(s["kind"]), checked=s["checked"]) for s in plain["seeds"]
    )
    return Outlet(**plain)


def _outlet(row: RowMapping) -> Outlet:
    return declared({**row["declaration"], "paused": row["paused"]})


def all_outlets(connection: Connection) -> dict[int, Outlet]:
    """Every outlet by id, in the order of names."""
    rows = connection.execute(select(outlets).order_by(outlets.c.name)).mappings()
    return {row["id"]: _outlet(row) for row in rows}


def by_id(connection: Connection, outlet_id: int) -> Outlet:
    """The outlet with this id, which must exist."""
    return _outlet(connection.execute(select(outlets).where(outlets.c.id == outlet_id)).mappings().one())


def by_name(connection: Connection, name: str) -> tuple[int, Outlet]:
    """The outlet called `name`; raises `NothingFound`."""
    row = connection.execute(select(outlets).where(outlets.c.name == name)).mappings().first()
    if row is None:
        raise NothingFound(f"outlet '{name}': not watched here; 'stet outlet list' shows those that are")
    return row["id"], _outlet(row)


def free_name(connection: Connection, wanted: str) -> str:
    """`wanted`, or with a number behind it where another outlet has that name: two papers may be a Herald."""
    taken = set(connection.execute(select(outlets.c.name)).scalars())
    names = (f"{wanted}-{number}" if number > 1 else wanted for number in itertools.count(1))
    return next(name for name in names if name not in taken)


def for_url(connection: Connection, url: str) -> tuple[int, Outlet] | None:
    """The outlet that owns `url`, by a folder of its host, its host or a domain above: the closest first."""
    query = select(domains).where(domains.c.domain.in_(scopes_over(url)))
    rows = connection.execute(query).mappings().all()
    if not rows:
        return None
    best = max(rows, key=lambda row: len(row["domain"]))
    row = connection.execute(select(outlets).where(outlets.c.id == best["outlet_id"])).mappings().one()
    return row["id"], _outlet(row)


def set_paused(connection: Connection, name: str, paused: bool, now: datetime) -> None:
    """Stop or resume visiting an outlet."""
    _, outlet = by_name(connection, name)
    save(connection, replace(outlet, paused=paused), now)


def remove(connection: Connection, name: str, now: datetime) -> None:
    """Stop watching an outlet that has no articles; refuse where evidence hangs on it."""
    outlet_id, _ = by_name(connection, name)
    kept = connection.execute(select(func.count()).where(articles.c.outlet_id == outlet_id)).scalar_one()
    if kept:
        raise Misuse(
            f"outlet '{name}': {kept} of its articles are kept; 'stet outlet pause {name}' stops the visits"
        )
    _forget_seeds(connection, seeds.c.outlet_id == outlet_id)
    connection.execute(fetches.update().where(fetches.c.outlet_id == outlet_id).values(outlet_id=None))
    for table in (domains, resets, notices, siblings, outages, rates):
        connection.execute(table.delete().where(table.c.outlet_id == outlet_id))
    connection.execute(outlets.delete().where(outlets.c.id == outlet_id))
    journal.note(connection, "outlet_removed", {"name": name}, at=now)


_SEED = (
    select(seeds, captures.c.timestamp.label("validated"))
    .select_from(seeds)
    .join(outlets, outlets.c.id == seeds.c.outlet_id)
    .outerjoin(captures, captures.c.id == seeds.c.capture_id)
)


def _seed_states(connection: Connection, query: Select[Any]) -> list[SeedState]:
    rows = connection.execute(query).mappings()
    return [SeedState(**{**row, "kind": SeedKind(row["kind"])}) for row in rows]


def seeds_of(connection: Connection, outlet_id: int) -> list[SeedState]:
    """The seeds of one outlet."""
    return _seed_states(connection, _SEED.where(seeds.c.outlet_id == outlet_id).order_by(seeds.c.id))


def seed_id(connection: Connection, outlet_id: int, url: str) -> int | None:
    """The seed of an outlet with this address, if it has one."""
    query = select(seeds.c.id).where(seeds.c.outlet_id == outlet_id, seeds.c.url == url)
    return connection.execute(query).scalar()


def due_seeds(
    connection: Connection, now: datetime, *, outlet: str | None = None, force: bool = False
) -> list[SeedState]:
    """Seeds whose next check has come (all of them with `force`), of outlets that are not paused."""
    query = _SEED.where(outlets.c.paused.is_(False)).order_by(seeds.c.next_check, seeds.c.id)
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    if not force:
        query = query.where(or_(seeds.c.next_check.is_(None), seeds.c.next_check <= now))
    return _seed_states(connection, query)


def unplanned_seeds(connection: Connection) -> list[SeedState]:
    """Seeds that were fetched and have no next check yet."""
    return _seed_states(connection, _SEED.where(seeds.c.next_check.is_(None), seeds.c.last_fetched.is_not(None)))


def replan_seeds(connection: Connection, pause: timedelta) -> None:
    """Give a next check, `pause` after the last fetch, to every seed that has none yet. One statement."""
    plans = [{"seed": s.id, "at": s.last_fetched + pause} for s in unplanned_seeds(connection) if s.last_fetched]
    if plans:
        statement = seeds.update().where(seeds.c.id == bindparam("seed")).values(next_check=bindparam("at"))
        connection.execute(statement, plans)


def note_seed(connection: Connection, seed_id: int, **values: Any) -> None:
    """Write what a fetch of a seed brought."""
    connection.execute(seeds.update().where(seeds.c.id == seed_id).values(**values))
    query = select(outlets.c.name, seeds.c.url).join(outlets).where(seeds.c.id == seed_id)
    outlet, url = connection.execute(query).one()
    at = values["last_fetched"]
    document = {"outlet": outlet, "url": url, **{k: v for k, v in values.items() if k in _TOLD_OF_SEEDS}}
    if values.get("capture_id") is not None:
        query = select(captures.c.url, captures.c.timestamp).where(captures.c.id == values["capture_id"])
        answer, moment = connection.execute(query).one()
        document |= {"capture": [answer, moment.isoformat()]}
    journal.note(connection, "seed", document, at=at)


_TOLD_OF_SEEDS = ("last_outcome", "last_found", "etag", "last_modified")


def note_seed_again(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> None:
    """Write what a journal entry of the kind `seed` tells; one of a seed that is gone tells nothing."""
    values = {key: document[key] for key in _TOLD_OF_SEEDS if key in document}
    values |= {"last_fetched": at, "next_check": None}
    if "etag" in document:
        values["capture_id"] = None
    if "capture" in document:
        url, moment = document["capture"]
        query = select(captures.c.id).where(
            captures.c.urlkey == urlkey(url),
            captures.c.url == url,
            captures.c.timestamp == datetime.fromisoformat(moment),
        )
        values["capture_id"] = connection.execute(query).scalar()
    owner = select(outlets.c.id).where(outlets.c.name == document["outlet"]).scalar_subquery()
    connection.execute(
        seeds.update().where(seeds.c.outlet_id == owner, seeds.c.url == document["url"]).values(**values)
    )
