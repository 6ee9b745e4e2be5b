"""Whether all is well, for whoever asks every minute: `/healthz`.

Knows what can be asked of a home without changing it, and what the process that serves it says of itself. One that
only serves says nothing of fetching: it cannot know.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from archive.db import timeline
from archive.db.engine import Database
from archive.errors import EnvironmentFailed
from archive.home import Home
from archive.warc.files import require_room

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """What the process that serves a home can say of itself."""

    exposition: Callable[[str], tuple[str, bytes]]  #: what a reader accepts → media type and text of `/metrics`
    checks: Callable[[], Mapping[str, str]]  #: what was checked → what is amiss, in words; empty: nothing is


def checks(home: Home, database: Database, instruments: Instruments | None) -> dict[str, str]:
    """What was checked, and what is amiss with it; empty words where nothing is."""
    found = {"database": _database(database), "disk": _disk(home)}
    return found | dict(instruments.checks()) if instruments is not None else found


def sentence(found: Mapping[str, str]) -> str:
    """`ok`, or what is amiss, on one line."""
    amiss: Sequence[str] = [f"{name}: {words}" for name, words in found.items() if words]
    return "; ".join(" ".join(words.split()) for words in amiss) or "ok"


def _database(database: Database) -> str:
    try:
        with database.read() as connection:
            timeline.last(connection, 0)
    except EnvironmentFailed as error:
        log.error("%s", error)  # it names files, which are nobody's business out there
        return "cannot be read; the log says why"
    return ""


def _disk(home: Home) -> str:
    try:
        require_room(home.disks, home.settings.archive.reserve)
    except EnvironmentFailed as error:
        log.error("%s", error)
        return "has less room than [archive] reserve; nothing is fetched"
    return ""
