"""The list of articles that are watched."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from archive.db import tags, walks
from archive.domain.model import Standing
from archive.web.pages.asked import Asked
from archive.web.pages.found import known_outlet
from archive.web.pages.frame import page
from archive.web.pages.room import Room

SHOWN: Final = 50
STANDINGS: Final = tuple(each.value for each in Standing)


class Articles(Room):
    """The articles."""

    def page(self, request: Request) -> Response:
        """Those that are asked for, the latest found first."""
        asked = Asked(request)
        wanted: dict[str, Any] = {
            "standing": asked.one_of("standing", STANDINGS),
            "tag": asked.text("tag"),
            "words": asked.text("words"),
        }
        with self.views.database.read() as connection:
            wanted["outlet"] = known_outlet(connection, asked)
            walk = walks.articles(connection, **wanted, cursor=asked.text("after"), limit=SHOWN)
            given = tags.of_articles(connection, [one.id for one in walk.items])
            known = self.counted.numbers.get("tags", lambda: sorted(tags.counted(connection)))
            outlets = self.counted.outlets(connection)
        return page(
            request,
            "articles.html",
            walk=walk,
            first=asked.text("after") is None,
            wanted=wanted,
            tags=given,
            all_tags=known,
            outlets=outlets,
            all_standings=STANDINGS,
            now=self.views.now(),
        )
