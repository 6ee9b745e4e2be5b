"""The pages of the archive itself: how it stands just now, and how it is set."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from archive import overview
from archive.domain.verdicts import THERE
from archive.shapes.state import setting_rows
from archive.web.pages.frame import page
from archive.web.pages.fresh import Fresh
from archive.web.pages.room import Counted, Room

if TYPE_CHECKING:
    from archive.web.app import Views

SECONDS: Final = 20
"""So old may the numbers of the state be. Counting them takes a second where much is kept."""


class State(Room):
    """How the archive stands."""

    def __init__(self, views: Views, counted: Counted) -> None:
        super().__init__(views, counted)
        self._summary = Fresh[overview.Summary](SECONDS)

    def status(self, request: Request) -> Response:
        """What `stet status` says; with script it is asked for again and again."""
        now, home = self.views.now(), self.views.home
        with self.views.database.read() as connection:
            told = self._summary.get("", lambda: overview.summary(home, connection, now))
            health = self.counted.health(connection, now)
            outlets = self.counted.outlets(connection)
        there = {standing.value for standing in THERE}
        return page(
            request,
            "status.html",
            summary=told,
            name=home.root.name,
            not_there={name: count for name, count in told["standings"].items() if count and name not in there},
            checks=self.views.checks(),
            health=health,
            outlets=outlets,
            proven_within=overview.PROVEN_WITHIN.days,
            now=now,
        )

    def settings(self, request: Request) -> Response:
        """The settings as they are, without secrets."""
        settings = self.views.home.settings
        rows = setting_rows(settings)
        sections = {name: list(some) for name, some in groupby(rows, key=lambda row: row["section"])}

        def span(section: str, key: str) -> timedelta | None:
            found = getattr(getattr(settings, section), key)
            return found if isinstance(found, timedelta) and found else None

        return page(request, "settings.html", sections=sections, span=span)
