"""What a person does with an outlet: stop and resume the visits."""

from __future__ import annotations

from datetime import datetime

from archive.acts import books
from archive.db import outlets
from archive.db.engine import Connection
from archive.domain.rights import Person


def pause(connection: Connection, person: Person, name: str, *, now: datetime) -> bool:
    """Stop visiting an outlet; all that is kept stays. Whether it was visited until now."""
    return _set(connection, person, name, now=now, paused=True)


def resume(connection: Connection, person: Person, name: str, *, now: datetime) -> bool:
    """Visit a paused outlet again. Whether it was paused until now."""
    return _set(connection, person, name, now=now, paused=False)


def _set(connection: Connection, person: Person, name: str, *, now: datetime, paused: bool) -> bool:
    _, outlet = outlets.by_name(connection, name)
    if outlet.paused is paused:
        return False
    outlets.set_paused(connection, name, paused, now)
    books.note(connection, person, "pause" if paused else "resume", name, now)
    return True
