"""What a database holds that no WARC file tells: carried over to one that is made again.

The caches of politeness, the subscriptions at hubs, the books about files (when proven, when stored), who was told
of what and who is to be, who may come in and who did what, and what waits to be written to the WARC files.
Sessions are not taken along: people sign in again.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select, text

from archive.db import journal
from archive.db.tables import (
    alert_rules,
    alerts,
    audit,
    deliveries,
    hosts,
    outlets,
    people,
    robots,
    seeds,
    snoozes,
    subscriptions,
    tokens,
    warcs,
)

CHECKPOINT = "reindexing"
"""The kind of the journal entry that tells how far a database has been made; it never gets into a WARC file."""


def carry_over(old: Connection, new: Connection) -> list[journal.Entry]:
    """Copy what only `old` knows; returns the entries of its journal, which are to be done in `new` as well."""
    for table in (robots, hosts, alert_rules, snoozes, deliveries, alerts, people, tokens, audit):
        _copy(old, new, table)
    _carry_subscriptions(old, new)
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


def _carry_subscriptions(old: Connection, new: Connection) -> None:
    """Hubs go on calling the addresses that they were given; each belongs to the seed of the same name."""
    named = (
        select(subscriptions, outlets.c.name.label("outlet"), seeds.c.url.label("seed"))
        .join(seeds, seeds.c.id == subscriptions.c.seed_id)
        .join(outlets, outlets.c.id == seeds.c.outlet_id)
    )
    ids = select(outlets.c.name, seeds.c.url, seeds.c.id).join(outlets, outlets.c.id == seeds.c.outlet_id)
    known = {(name, url): seed_id for name, url, seed_id in new.execute(ids)}
    for row in old.execute(named).mappings():
        seed_id = known.get((row["outlet"], row["seed"]))
        if seed_id is not None:
            values = {column.name: row[column.name] for column in subscriptions.columns}
            new.execute(subscriptions.insert().values({**values, "seed_id": seed_id}))
