"""Who did what. Rows are added and read; nothing changes them. Knows the table `audit`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.db.tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody did, when, to what."""

    at: datetime
    person: str
    act: str
    subject: str


def note(connection: Connection, person: str, act: str, subject: str, now: datetime) -> None:
    """Remember that somebody did this."""
    connection.execute(audit.insert().values(at=now, person=person, act=act, subject=subject))


def latest(connection: Connection, *, limit: int) -> list[Entry]:
    """What was done last, newest first."""
    columns = audit.c.at, audit.c.person, audit.c.act, audit.c.subject
    rows = connection.execute(select(*columns).order_by(audit.c.id.desc()).limit(limit))
    return [Entry(at=at, person=person, act=act, subject=subject) for at, person, act, subject in rows]
