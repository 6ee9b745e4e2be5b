"""What was found: the pages of changes and of takedowns, each with its filter, which may be kept as a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive.db import lately, notices, walks
from archive.db.engine import Connection
from archive.db.notices import Notice
from archive.db.outlets import by_name
from archive.db.takedowns import Verdict, Wanted
from archive.domain.kinds import Kind
from archive.domain.model import Outlet, Reason, Standing
from archive.web.pages.asked import Asked
from archive.web.pages.frame import page
from archive.web.pages.room import Room

SHOWN: Final = 40
NOTICES: Final = 5

OFTEN: Final = ("ar", "de", "en", "es", "fa", "fr", "he", "it", "ku", "nl", "pl", "pt", "ru", "tr", "uk", "zh")

KINDS: Final = tuple(kind.value for kind in Kind)
GONE: Final = tuple(each.value for each in Standing if each is not Standing.LIVE)
REASONS: Final = tuple(each.value for each in Reason)


class Changes(Room):
    """What was changed."""

    def page(self, request: Request) -> Response:
        """The changes that are asked for, the latest first."""
        asked = Asked(request)
        with self.views.database.read() as connection:
            outlets = self.counted.outlets(connection)
            wanted = walks.Wanted(
                outlet=known_outlet(connection, asked),
                kinds=asked.some_of("kind", KINDS),
                min_weight=asked.share("min_weight"),
                stealth=True if asked.flag("stealth") else None,
                language=asked.one_of("language", languages_of(outlets.values())),
                removed=asked.text("removed"),
                added=asked.text("added"),
                since=asked.since(),
            )
            walk = walks.changes(connection, wanted, cursor=asked.text("after"), limit=SHOWN)
            told = self._notices(connection, wanted, first=asked.text("after") is None)
            stretches = lately.stretches(connection, [change.id for change in walk.items])
        return page(
            request,
            "changes.html",
            walk=walk,
            first=asked.text("after") is None,
            wanted=wanted,
            since=asked.text("since") or "",
            notices=told,
            stretches=stretches,
            outlets=outlets,
            languages_known=languages_of(outlets.values()),
            all_kinds=KINDS,
            **self.rule_fields(),
        )

    def _notices(self, connection: Connection, wanted: walks.Wanted, *, first: bool) -> Sequence[Notice]:
        """What is said once of many articles, where nothing is asked for that it has not."""
        if not first or wanted != walks.Wanted(outlet=wanted.outlet, since=wanted.since):
            return []
        return notices.listed(connection, outlet=wanted.outlet, since=wanted.since, limit=NOTICES)


class Takedowns(Room):
    """What was taken down."""

    def page(self, request: Request) -> Response:
        """What is not there, and outages, the latest first."""
        asked = Asked(request)
        with self.views.database.read() as connection:
            wanted = Wanted(
                outlet=known_outlet(connection, asked),
                standings=asked.some_of("standing", GONE),
                reasons=asked.some_of("reason", REASONS),
                everything=asked.flag("everything"),
                restored=asked.flag("restored"),
                hints=asked.flag("hints"),
                since=asked.since(),
            )
            walk = walks.takedowns(connection, wanted, cursor=asked.text("after"), limit=SHOWN)
            outlets = self.counted.outlets(connection)
        return page(
            request,
            "takedowns.html",
            walk=walk,
            first=asked.text("after") is None,
            wanted=wanted,
            since=asked.text("since") or "",
            is_article=lambda one: isinstance(one, Verdict),
            outlets=outlets,
            all_standings=GONE,
            all_reasons=REASONS,
            **self.rule_fields(),
        )


def known_outlet(connection: Connection, asked: Asked) -> str | None:
    """The outlet that is asked for; raises `NothingFound` where it is not watched."""
    name = asked.text("outlet")
    if name is not None:
        by_name(connection, name)
    return name


def languages_of(outlets: Iterable[Outlet]) -> list[str]:
    """The languages in which these say that they publish; of those that do not say it, what is often read."""
    found = {language for one in outlets for language in one.languages or OFTEN}
    return sorted(found)
