"""What is known of the WARC files themselves: their seals, when each was proven, and which the bucket has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, cast, func, select

from archive.db.record import warc_id
from archive.db.tables import warcs


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A closed file as its seal has it."""

    name: str
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file of which the bucket had every byte at the time `at`."""

    name: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """How much of the closed files was proven lately. Bytes and files; `oldest` is None where nothing was."""

    files: int
    bytes: int
    files_lately: int
    bytes_lately: int
    files_never: int
    files_faulty: int
    oldest: datetime | None  #: when the file was proven that is next


def note_sealed(connection: Connection, sealed: Iterable[Sealed]) -> None:
    """Write what closed files are."""
    for one in sealed:
        which = warcs.c.id == warc_id(connection, one.name)
        values = {"size": one.size, "sha256": one.sha256, "sealed": one.at}
        connection.execute(warcs.update().where(which).values(**values))


def seals(connection: Connection) -> dict[str, str]:
    """File → the SHA-256 that it was sealed with."""
    query = select(warcs.c.name, warcs.c.sha256).where(warcs.c.sha256 != "")
    return {row.name: row.sha256 for row in connection.execute(query)}


def sealed_since(connection: Connection, since: datetime) -> list[str]:
    """The files that were closed at `since` or later."""
    return list(connection.execute(select(warcs.c.name).where(warcs.c.sealed >= since)).scalars())


def note_proven(connection: Connection, name: str, *, at: datetime, faults: int) -> None:
    """Write that a closed file was read and held against all that it promises."""
    connection.execute(warcs.update().where(warcs.c.name == name).values(proven=at, faults=faults))


_KNOWN_GOOD = func.coalesce(warcs.c.proven, warcs.c.sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """How far the proving of closed files has come."""

    bytes: int  #: of all of them
    oldest: datetime | None  #: when the one that is next was proven, or sealed; None: not known, or there is none
    last: datetime | None  #: when any was proven last
    next: int  #: bytes of the slice that is next


def proving(connection: Connection, budget: int) -> Proving:
    """How far it has come, where slices are as `longest_unproven` chooses them."""
    query = select(
        cast(func.coalesce(func.sum(warcs.c.size), 0), BigInteger).label("bytes"),
        func.min(_KNOWN_GOOD, type_=warcs.c.proven.type).label("oldest"),
        func.max(warcs.c.proven).label("last"),
    )
    known = connection.execute(query.where(warcs.c.sha256 != "")).mappings().one()
    return Proving(**known, next=sum(size for _, size in _longest_unproven(connection, budget)))


def longest_unproven(connection: Connection, budget: int) -> list[str]:
    """The closed files that were not proven for longest, at least one and up to `budget` bytes in all.

    One that never was counts from when it was sealed: it was read for that.
    """
    return [name for name, _ in _longest_unproven(connection, budget)]


def _longest_unproven(connection: Connection, budget: int) -> list[tuple[str, int]]:
    query = select(warcs.c.name, warcs.c.size).where(warcs.c.sha256 != "")
    chosen: list[tuple[str, int]] = []
    total = 0
    for name, size in connection.execute(query.order_by(_KNOWN_GOOD.nulls_first(), warcs.c.name)):
        if chosen and total + size > budget:
            break
        chosen.append((name, size))
        total += size
    return chosen


def note_stored(connection: Connection, name: str, *, size: int, sha256: str, at: datetime) -> None:
    """Write that the bucket has a file: its bytes were read back and are those that were sealed."""
    which = warcs.c.id == warc_id(connection, name)
    connection.execute(warcs.update().where(which).values(stored=at, size=size, sha256=sha256))


def stored(connection: Connection) -> dict[str, Stored]:
    """Every file that the bucket has, by name."""
    query = select(warcs.c.name, warcs.c.size, warcs.c.stored.label("at")).where(warcs.c.stored.is_not(None))
    return {row["name"]: Stored(**row) for row in connection.execute(query.order_by(warcs.c.name)).mappings()}


def proven(connection: Connection, since: datetime) -> Proven:
    """How much of the closed files was proven at `since` or later."""
    lately = warcs.c.proven >= since
    never = warcs.c.proven.is_(None)
    query = select(
        func.count().label("files"),  # PostgreSQL adds whole numbers up to a decimal one, hence the casts
        cast(func.coalesce(func.sum(warcs.c.size), 0), BigInteger).label("bytes"),
        func.count().filter(lately).label("files_lately"),
        cast(func.coalesce(func.sum(warcs.c.size).filter(lately), 0), BigInteger).label("bytes_lately"),
        func.count().filter(never).label("files_never"),
        func.count().filter(warcs.c.faults > 0).label("files_faulty"),
        func.min(warcs.c.proven).label("oldest"),
    )
    row = connection.execute(query.select_from(warcs).where(warcs.c.sha256 != "")).mappings().one()
    return Proven(**row)
