"""Do two databases say the same? Row by row, by what rows mean and not by their ids.

Knows what names a row of each table. Ids are given in the order of writing and name nothing: a row that refers to
another is compared by the name of that other. Two databases that were made from the same WARC files must be the
same, but for the columns in `OWN`, which no WARC file can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, select

from archive.db import tables

OWN: Final = {
    "journal": "what waits to be written to the WARC files",
    "robots": "robots.txt as last read: a cache, asked for again within a day",
    "hosts": "which hosts want to be left alone for a while",
    "warcs": "when a file was sealed, proven and stored",
    "listings": "which articles the last answer of a seed named: a cache, filled again by the next one",
    "datings": "what seeds last said of when their stories were changed: a cache like that of the listings",
    "rates": "how often articles change: learnt from the rest, and again every day",
    "leases": "who does what just now",
    "subscriptions": "what hubs were asked to tell us",
    "alert_rules": "who is to be told of what",
    "alerts": "who was told of what",
    "deliveries": "the messages about it",
    "people": "who may come in",
    "sessions": "who is signed in",
    "tokens": "by which programs come in",
    "audit": "who did what",
    "snoozes": "what nobody wants to be told of for a while",
    "rereadings": "whose history was read again after an upgrade: in a new database all is read by one extractor",
}
"""Tables with something of the home's own, and what that is. Of `warcs` the names are compared."""

MEANS: Final = {"texts": ("key",)}
"""Columns that only some databases fill: the words that were indexed, whose checksum is compared."""

PLANS: Final = {"articles": ("next_check", "next_why")}
"""Columns that say what is to be done: plans rest on what was learnt when they were made, and are no findings."""

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "outlets": ("name",),
    "seeds": ("outlet_id", "url"),
    "articles": ("url",),
    "warcs": ("name",),
    "fetches": ("warc_id", "offset"),
    "captures": ("warc_id", "offset"),
    "versions": ("article_id", "extractor", "fingerprint"),
    "changes": ("article_id", "detected_at", "to_version"),
    "outages": ("outlet_id", "began"),
}
"""The columns that name a row, of tables that others refer to."""

LOOSE: Final[Mapping[str, str]] = {
    "capture_id": "captures",
    "version_id": "versions",
    "from_version": "versions",
    "to_version": "versions",
    "hop_of": "fetches",
    "refers_to": "captures",
    "superseded_by": "changes",
    "confirmed_by": "captures",
}
"""Columns that hold ids without a foreign key (or with one), and of which table."""

Row = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that only one of the two has."""

    table: str
    row: str
    here: bool  #: whether the first one has it

    def __str__(self) -> str:
        side = "only in the first" if self.here else "only in the second"
        return f"{self.table}: {side}: {self.row}"


def counts(connection: Connection) -> dict[str, int]:
    """How many rows each compared table has."""
    return {table.name: sum(1 for _ in connection.execute(select(table.c[0]))) for table in _compared()}


def differences(one: Connection, other: Connection) -> Iterator[Difference]:
    """The rows in which two databases differ; each table is held in memory, a hash a row."""
    names_one, names_other = _Names(one), _Names(other)
    for table in _compared():
        left = Counter(row for row in _rows(one, table, names_one))
        right = Counter(row for row in _rows(other, table, names_other))
        for row in (left - right).elements():
            yield Difference(table=table.name, row=_say(row), here=True)
        for row in (right - left).elements():
            yield Difference(table=table.name, row=_say(row), here=False)


def _compared() -> list[Table]:
    return [table for table in tables.metadata.sorted_tables if table.name not in OWN or table.name == "warcs"]


def _say(row: Row) -> str:
    return ", ".join(f"{name}={str(value)[:60]!r}" for name, value in row if value not in (None, "", 0))


class _Names:
    """id → what names the row, for the tables that are referred to."""

    def __init__(self, connection: Connection) -> None:
        self._known: dict[str, dict[int, Any]] = {}
        for table in tables.metadata.sorted_tables:
            if table.name in NAMES:
                columns = [table.c[name] for name in NAMES[table.name]]
                rows = connection.execute(select(table.c.id, *columns))
                self._known[table.name] = {
                    row[0]: tuple(self.of(c, v) for c, v in zip(columns, row[1:], strict=True)) for row in rows
                }

    def of(self, column: Column[Any], value: Any) -> Any:
        """The value, or the name of the row that it refers to."""
        target = _target(column)
        return value if target is None or value is None else self._known[target].get(value, ("gone", value))

    def reading(self, value: Any) -> Any:
        """The name of a reading of a version."""
        return self._known["versions"].get(value)

    def fetch(self, value: Any) -> Any:
        """The name of a fetch."""
        return self._known["fetches"].get(value)


def _target(column: Column[Any]) -> str | None:
    for key in column.foreign_keys:
        return key.column.table.name
    return LOOSE.get(column.name)


def _rows(connection: Connection, table: Table, names: _Names) -> Iterator[Row]:
    left_out = ("id", *MEANS.get(table.name, ()), *PLANS.get(table.name, ()))
    columns = [c for c in table.columns if c.name not in left_out and (table.name != "warcs" or c.name == "name")]
    special: Mapping[str, Callable[[Any, _Names], Any]] = {"evidence": _evidence, "wording": _wording}

    def fixed(column: Column[Any], value: Any) -> Any:
        return special[column.name](value, names) if column.name in special else names.of(column, value)

    for row in connection.execute(select(*columns)):
        yield tuple((c.name, _hashable(fixed(c, v))) for c, v in zip(columns, row, strict=True))


def _evidence(value: Mapping[str, Any], names: _Names) -> Any:
    """The fetches that a standing rests on, by their names: one, a list of them, or one by vantage point."""

    def named(what: Any) -> Any:
        if isinstance(what, list):
            return [names.fetch(each) for each in what]
        if isinstance(what, dict):
            return sorted((label, names.fetch(each)) for label, each in what.items())
        return names.fetch(what)

    return {key: named(what) for key, what in value.items()}


def _wording(value: Mapping[str, Any], names: _Names) -> Any:
    """What is held of a wording, with the names of its readings."""
    name = names.reading
    one = {k: name(v) for k, v in value.items() if k in ("stands", "candidate")}
    runs = [[name(reading), *rest] for reading, *rest in value.get("runs", ())]
    sets = {k: sorted(map(repr, map(name, value.get(k, ())))) for k in ("variants", "tested")}
    return {**one, "runs": runs, **sets, "since": value.get("since")}


def _hashable(value: Any) -> Any:
    return repr(value) if isinstance(value, dict | list) else value
