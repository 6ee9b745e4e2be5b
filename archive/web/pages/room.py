"""What the pages of one home have in common: where to ask, and what they count once for many readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from archive.db import health
from archive.db import outlets as watched
from archive.db.engine import Connection
from archive.domain.health import Health
from archive.domain.model import Outlet
from archive.web.pages.fresh import Fresh

if TYPE_CHECKING:
    from archive.web.app import Views

LATELY: Final = timedelta(days=1)
"""The visits by which an outlet's health is told."""


class Counted:
    """What is counted once for many readers."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._outlets = Fresh[Mapping[str, Outlet]](5)
        self._health = Fresh[Sequence[Health]](15)

    def outlets(self, connection: Connection) -> Mapping[str, Outlet]:
        """All outlets that are watched, by name."""
        return self._outlets.get("", lambda: {one.name: one for one in watched.all_outlets(connection).values()})

    def health(self, connection: Connection, now: datetime) -> Sequence[Health]:
        """How it stands with each outlet, by name."""
        return self._health.get("", lambda: health.of_outlets(connection, now - LATELY, now))


class Room:
    """A page, or some that belong together."""

    def __init__(self, views: Views, counted: Counted) -> None:
        self.views, self.counted = views, counted
