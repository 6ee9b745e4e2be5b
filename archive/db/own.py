"""What a database holds that no WARC file tells: carried over to one that is made again.

The caches of politeness, the books about files (when proven, when stored), who was told of what and who is to be,
and what waits to be written to the WARC files.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select, text

from archive.db import journal
from archive.db.tables import alert_rules, alerts, deliveries, hosts, robots, snoozes, warcs

CHECKPOINT = "reindexing"
"""The kind of the journal entry that tells how far a database has been made; it never gets into a WARC file."""


def carry_over(old: Connection, new: Connection) -> list[journal.Entry]:
    """Copy what only `old` knows; returns the entries of its journal, which are to be done in `new` as well."""
    for table in (robots, hosts, alert_rules, snoozes, deliveries, alerts):
        _copy(old, new, table)
    books = [column.name for column in warcs.columns if column.name not in ("id", "name")]
    for row in old.execute(select(warcs)).mappings():
        new.execute(warcs.update().where(warcs.c.name == row["name"]).values({name: row[name] for name in books}))
    return journal.pending(old)


def _copy(old: Connection, new: Connection, table: Table) -> None:
    """All rows of a table, as they are."""
    rows = [dict(row) for row in old.execute(select(table)).mappings()]
    if not rows:
        return
    new.execute(table.insert(), rows)
    if new.dialect.name == "postgresql" and "id" in table.c:  # which counts for itself
        last = new.execute(select(func.max(table.c.id))).scalar_one()
        new.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})"))
