"""Small helpers for writing rows on any of the databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `ON CONFLICT`, for the database that `connection` speaks to."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_id(connection: Connection, statement: Insert) -> int:
    """Run an INSERT of one row and return its new id."""
    return int(connection.execute(statement.returning(statement.table.c.id)).scalar_one())
