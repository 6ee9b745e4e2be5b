"""Rows by ids that somebody else named, so that there may be none."""

from __future__ import annotations

from sqlalchemy import Connection, select

from archive.db import findings, record
from archive.db.findings import Version
from archive.db.tables import captures, versions
from archive.domain.model import Capture


def version(connection: Connection, version_id: int) -> Version | None:
    """The version with this id."""
    there = connection.execute(select(versions.c.id).where(versions.c.id == version_id)).first()
    return findings.version(connection, version_id) if there else None


def capture(connection: Connection, capture_id: int) -> Capture | None:
    """The capture with this id."""
    there = connection.execute(select(captures.c.id).where(captures.c.id == capture_id)).first()
    return record.capture(connection, capture_id) if there else None


def article_of_capture(connection: Connection, capture_id: int) -> int | None:
    """The article that a capture is of: its id."""
    return connection.execute(select(captures.c.article_id).where(captures.c.id == capture_id)).scalar()
