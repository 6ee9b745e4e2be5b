"""The page of searches: in all that ever stood, and in what changes removed and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from archive.db import courses, searching, walks
from archive.db.cursors import Page
from archive.db.engine import Connection
from archive.db.searching import Counts, Field, Hit, Scope
from archive.domain.searchable import Query
from archive.errors import Misuse
from archive.web.pages.asked import Asked
from archive.web.pages.found import known_outlet
from archive.web.pages.frame import page
from archive.web.pages.room import Room

SHOWN: Final = 20
OUTLETS: Final = 12
FIELDS: Final = tuple(field.value for field in Field)
_THERE: Final[Mapping[str, bool]] = {"yes": True, "no": False}


class Search(Room):
    """Searches."""

    def page(self, request: Request) -> Response:
        """What is found, by what became of it; without words, the form alone."""
        asked = Asked(request)
        words = asked.text("q")
        where = asked.one_of("in", FIELDS) or Field.STOOD.value
        there = asked.one_of("there", _THERE)
        nothing: Page[Hit] = Page((), None)
        told: dict[str, Any] = {"walk": nothing, "facets": None, "by_outlet": {}, "refused": ""}
        with self.views.database.read() as connection:
            scope = Scope(outlet=known_outlet(connection, asked), since=asked.since())
            outlets = self.counted.outlets(connection)
            if words is not None:
                try:
                    told |= self._found(connection, words, where, there, scope, asked.text("after"))
                except Misuse as error:
                    told["refused"] = str(error)
        return page(
            request,
            "search.html",
            q=words or "",
            where=where,
            there=there,
            scope=scope,
            since=asked.text("since") or "",
            first=asked.text("after") is None,
            outlets=outlets,
            pieces=pieces,
            **told,
        )

    def _found(
        self, connection: Connection, words: str, where: str, there: str | None, scope: Scope, after: str | None
    ) -> dict[str, Any]:
        query, standing = Query.read(words), _THERE.get(there or "")
        if where == Field.STOOD:
            walk = walks.stood(connection, query, scope, there=standing, cursor=after, limit=SHOWN)
        else:
            walk = walks.changed(connection, query, Field(where), scope, there=standing, cursor=after, limit=SHOWN)
        wide = Scope(since=scope.since)
        counts: Counts = self.counted.numbers.get(
            ("counts", query, scope), lambda: searching.counted(connection, query, scope)
        )
        by_outlet: Mapping[str, int] = self.counted.numbers.get(
            ("outlets", query, wide), lambda: courses.hits_by_outlet(connection, query, wide)
        )
        return {"walk": walk, "facets": counts, "by_outlet": dict(list(by_outlet.items())[:OUTLETS])}


def pieces(snippet: str) -> Sequence[tuple[str, bool]]:
    """A snippet in its parts, each with whether it is a hit."""
    parts = snippet.split("**")
    if len(parts) % 2 == 0:  # asterisks that were published
        return [(snippet, False)]
    return [(part, bool(n % 2)) for n, part in enumerate(parts) if part]
