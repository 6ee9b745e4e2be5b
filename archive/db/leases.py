"""Leases: who does what just now. One that nobody renews runs out, so that a crash holds nothing for long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from archive.db.rows import insert
from archive.db.tables import leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Somebody does something."""

    name: str
    owner: str
    since: datetime
    until: datetime


def take(connection: Connection, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
    """Whether `owner` may do it until then: nobody else does, or his lease ran out."""
    statement = insert(connection, leases).values(name=name, owner=owner, since=now, until=until)
    free = or_(leases.c.owner == owner, leases.c.until <= now)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"owner": owner, "since": now, "until": until}, where=free
    )
    return bool(connection.execute(statement).rowcount)


def renew(connection: Connection, owner: str, names: Collection[str], *, until: datetime) -> None:
    """Go on doing these."""
    mine = leases.c.owner == owner, leases.c.name.in_(names)
    connection.execute(leases.update().where(*mine).values(until=until))


def release(connection: Connection, owner: str, name: str) -> None:
    """It is done."""
    connection.execute(leases.delete().where(leases.c.owner == owner, leases.c.name == name))


def break_of(connection: Connection, home: str) -> None:
    """Forget what an earlier process of the home did; for whoever holds the home's lock now."""
    connection.execute(leases.delete().where(leases.c.owner.startswith(f"{home} ", autoescape=True)))


def held(connection: Connection, now: datetime) -> list[Lease]:
    """The leases that hold at `now`, by name."""
    rows = connection.execute(select(leases).where(leases.c.until > now).order_by(leases.c.name)).mappings()
    return [Lease(**row) for row in rows]
