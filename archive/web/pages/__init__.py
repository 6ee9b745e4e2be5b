"""The reading room: a module a page. Each asks `archive.db` what there is, and hands it to its template.

Knows no SQL and no rule: what is found is found elsewhere. Everything works without script; with it, parts of a
page are fetched for themselves, times stand in the reader's zone, and numbers are drawn beside their tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from archive.web.pages import front, languages, reading
from archive.web.pages.frame import paged
from archive.web.pages.room import Counted
from archive.web.pages.statics import STATIC

if TYPE_CHECKING:
    from archive.web.app import Views


def routes(views: Views) -> list[BaseRoute]:
    """Where the pages are."""
    counted = Counted(views)
    return [
        Route("/", paged(front.Front(views, counted).page)),
        *reading.routes(views),
        Route("/language/{language}", languages.choose),
        Route("/static/{name:path}", STATIC.answer),
    ]
