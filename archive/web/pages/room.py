"""What the pages of one home have in common: where to ask, and what they count once for many readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from archive.db import health
from archive.db import outlets as watched
from archive.db.engine import Connection
from archive.domain.health import Health
from archive.domain.model import Outlet
from archive.domain.rules import Pace
from archive.web.pages.fresh import Fresh

if TYPE_CHECKING:
    from archive.web.app import Views

LATELY: Final = timedelta(days=1)
"""The visits by which an outlet's health is told."""

_PACES: Final = tuple(pace.value for pace in Pace)


class Counted:
    """What is counted once for many readers."""

    def __init__(self) -> None:
        self._outlets = Fresh[Mapping[str, Outlet]](3)
        self._health = Fresh[Sequence[Health]](45)
        self.numbers = Fresh[Any](60)  #: what takes long: sums over an outlet's history, hits of a search

    def outlets(self, connection: Connection) -> Mapping[str, Outlet]:
        """All outlets that are watched, by name."""
        return self._outlets.get("", lambda: {one.name: one for one in _by_name(connection)})

    def health(self, connection: Connection, now: datetime) -> Sequence[Health]:
        """How it stands with each outlet, by name."""
        return self._health.get("", lambda: health.of_outlets(connection, now - LATELY, now))


def _by_name(connection: Connection) -> list[Outlet]:
    return sorted(watched.all_outlets(connection).values(), key=lambda one: one.name)


class Room:
    """A page, or some that belong together."""

    def __init__(self, views: Views, counted: Counted) -> None:
        self.views, self.counted = views, counted

    def rule_fields(self) -> dict[str, Any]:
        """What a form needs that makes a rule."""
        return {"channels": sorted(self.views.home.settings.alerts.channels), "paces": _PACES}
