"""What no exchange says, on its way into the WARC files.

Outlets, articles that are watched from now on, how seeds were read; and when each visit was settled among all
that, for whether two addresses are one article can depend on which was known first.

Knows which entries wait to be written. They are added in the transaction of what they tell of, written to the WARC
before the next exchange, and deleted then; after a crash in between, an entry stands in the WARC twice. Whoever
reads them must bear that: applying one again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from archive.db.tables import journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to be remembered. `document` is JSON; what stands in it depends on `kind`."""

    at: datetime
    kind: str  #: `outlet`, `outlet_removed`, `watched`, `seed`, `settled`, `noise_reset`, `hint`, `pull`, `tag`,
    #: `note`
    document: Mapping[str, Any]
    id: int = 0


SETTLED = "settled"
"""The kind of the entry that says at which point a visit was settled; its `place` is that of the last fetch."""

_ADD = journal.insert()
_PENDING = select(journal).order_by(journal.c.id)
_DELETE = journal.delete().where(journal.c.id == bindparam("of_entry"))


def note(connection: Connection, kind: str, document: Mapping[str, Any], *, at: datetime) -> None:
    """Have `document` written into the WARC files before anything that is fetched from now on."""
    connection.execute(_ADD, {"at": at, "kind": kind, "document": dict(document)})


def pending(connection: Connection) -> list[Entry]:
    """What is not in the WARC files yet, oldest first."""
    rows = connection.execute(_PENDING).mappings()
    return [Entry(id=row["id"], at=row["at"], kind=row["kind"], document=row["document"]) for row in rows]


def forget(connection: Connection, entries: Sequence[Entry]) -> None:
    """Take entries out that are in the WARC files now."""
    if entries:
        connection.execute(_DELETE, [{"of_entry": entry.id} for entry in entries])
