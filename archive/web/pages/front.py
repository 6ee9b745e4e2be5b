"""The front page: what changed and what vanished since the reader was last here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive.db import findings, lately
from archive.db.searching import Scope
from archive.web.pages.frame import page, remember, wants_html
from archive.web.pages.room import Room

COOKIE: Final = "visits"

AWAY: Final = timedelta(minutes=30)
"""Who comes back after so long is on a new visit. Chosen."""

AT_FIRST: Final = timedelta(days=7)
"""So far back looks who was never here."""

FURTHEST: Final = timedelta(days=60)
"""Further back nobody looks by this page: there is the list of all changes."""

SHOWN: Final = 12

_VISITS = re.compile(r"(\d{1,11})\.(\d{1,11})")


class Front(Room):
    """The front page."""

    def page(self, request: Request) -> Response:
        """The page; for programs, the text that says what is served here."""
        if not wants_html(request):
            return self.views.front(request)
        now = self.views.now()
        since, visits = visit(request.cookies.get(COOKIE, ""), now)
        with self.views.database.read() as connection:
            changed = findings.changes_listed(connection, scope=Scope(since=since), limit=SHOWN)
            answer = page(
                request,
                "front.html",
                now=now,
                since=since,
                first=not visits.known,
                counts=lately.counts(connection, since),
                changes=changed,
                stretches=lately.stretches(connection, [change.id for change in changed]),
                vanished=lately.vanished(connection, since, limit=SHOWN),
                outlets=self.counted.outlets(connection),
                health=self.counted.health(connection, now),
            )
        remember(request, answer, COOKIE, visits.text)
        return answer


class Visits:
    """When the reader was here: the end of the last visit, and the last page of this one."""

    def __init__(self, before: datetime | None, latest: datetime) -> None:
        self.known = before is not None
        self.text = f"{_seconds(before) if before else 0}.{_seconds(latest)}"


def visit(cookie: str, now: datetime) -> tuple[datetime, Visits]:
    """Since when things are new to the reader, and what is to be remembered of the visits."""
    found = _VISITS.fullmatch(cookie)
    before, latest = (_moment(int(part), now) for part in found.groups()) if found else (None, None)
    if latest is not None and now - latest >= AWAY:
        before = latest
    since = now - AT_FIRST if before is None else max(before, now - FURTHEST)
    return since, Visits(before, now)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int, now: datetime) -> datetime | None:
    moment = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return moment if moment is not None and moment <= now else None
