"""The reading room: a module a page. Each asks `archive.db` what there is, and hands it to its template.

Knows no SQL and no rule: what is found is found elsewhere. Everything works without script; with it, parts of a
page are fetched for themselves, times stand in the reader's zone, and numbers are drawn beside their tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from archive.web.pages import alerts, articles, found, front, languages, outlets, reading, search
from archive.web.pages import state as state_of
from archive.web.pages.frame import paged
from archive.web.pages.room import Counted
from archive.web.pages.statics import STATIC

if TYPE_CHECKING:
    from archive.web.app import Views


def routes(views: Views) -> list[BaseRoute]:
    """Where the pages are."""
    counted = Counted()
    rooms, state = outlets.Outlets(views, counted), state_of.State(views, counted)
    return [
        Route("/", paged(front.Front(views, counted).page)),
        Route("/changes", paged(found.Changes(views, counted).page)),
        Route("/takedowns", paged(found.Takedowns(views, counted).page)),
        Route("/articles", paged(articles.Articles(views, counted).page)),
        Route("/outlets", paged(rooms.list)),
        Route("/outlets/{name}", paged(rooms.one)),
        Route("/search", paged(search.Search(views, counted).page)),
        Route("/alerts", paged(alerts.Alerts(views, counted).page)),
        Route("/status", paged(state.status)),
        Route("/settings", paged(state.settings)),
        *reading.routes(views),
        Route("/language/{language}", languages.choose),
        Route("/static/{name:path}", STATIC.answer),
    ]
