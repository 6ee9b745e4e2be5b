"""Who did what, for the log."""

from __future__ import annotations

import logging
from datetime import datetime

from archive.db import audit
from archive.db.engine import Connection
from archive.domain.rights import Person

logger = logging.getLogger(__name__)


def note(connection: Connection, person: Person, act: str, subject: str, now: datetime) -> None:
    """Remember that somebody did this."""
    by = f"{person.name} ({person.token})" if person.token else person.name
    audit.note(connection, by, act, subject, now)
    logger.info("%s: %s %s", person.name, act, subject)
