"""Which WARC files a bucket has, as far as that was proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.db.record import warc_id
from archive.db.tables import warcs


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of which the bucket had every byte at the time `at`."""

    name: str
    size: int
    at: datetime


def mark_stored(connection: Connection, name: str, *, size: int, sha256: str, at: datetime) -> None:
    """Write that the bucket has the file: its bytes were read back and are those that were sealed."""
    which = warcs.c.id == warc_id(connection, name)
    connection.execute(warcs.update().where(which).values(stored=at, size=size, sha256=sha256))


def stored_files(connection: Connection) -> dict[str, StoredFile]:
    """Every file that the bucket has, by name."""
    query = select(warcs.c.name, warcs.c.size, warcs.c.stored.label("at")).where(warcs.c.stored.is_not(None))
    return {row["name"]: StoredFile(**row) for row in connection.execute(query.order_by(warcs.c.name)).mappings()}
