"""What a database holds that no WARC file tells: carried over to one that is made again.

The caches of politeness, the books about files (when proven, when stored), and what waits to be written to the
WARC files.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from archive.db import journal
from archive.db.tables import hosts, robots, warcs

CHECKPOINT = "reindexing"
"""The kind of the journal entry that tells how far a database has been made; it never gets into a WARC file."""


def carry_over(old: Connection, new: Connection) -> list[journal.Entry]:
    """Copy what only `old` knows; returns the entries of its journal, which are to be done in `new` as well."""
    for table in (robots, hosts):
        rows = [dict(row) for row in old.execute(select(table)).mappings()]
        if rows:
            new.execute(table.insert(), rows)
    books = [column.name for column in warcs.columns if column.name not in ("id", "name")]
    for row in old.execute(select(warcs)).mappings():
        new.execute(warcs.update().where(warcs.c.name == row["name"]).values({name: row[name] for name in books}))
    return journal.pending(old)
