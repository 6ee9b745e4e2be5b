"""Who did what, for the log."""

from __future__ import annotations

import logging
from datetime import datetime

from archive.db.engine import Connection
from archive.domain.rights import Person

logger = logging.getLogger(__name__)


def note(connection: Connection, person: Person, act: str, subject: str, now: datetime) -> None:  # noqa: ARG001
    """Remember that somebody did this."""
    logger.info("%s: %s %s", person.name, act, subject)
