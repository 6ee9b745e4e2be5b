"""What a person does from the reading room: where HTML forms are sent to.

Each form has a target below `/acts/`, and leads back, by 303, to the local path that it names in its hidden field
`back`; what was done stands in the query there as `done`, one of the words of `archive.web.pages.words.DONE`. What
goes wrong is a page that says so, with what was written, and with a way back. Refuses whoever may not edit, before
anything is read of the form. What is done at each target `archive.web.deeds` knows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from archive.db.engine import Database
from archive.domain.rights import Person, Right
from archive.errors import Changed, Conflict, EnvironmentFailed, Misuse, NothingFound
from archive.settings import AlertSettings
from archive.web import guard
from archive.web.answers import Answer, said
from archive.web.api.answers import Desk
from archive.web.pages import frame

MOST: Final = 1000
"""Fields of a form, and addresses that are watched at once."""

LARGEST_ID: Final = 2**63 - 1  # what databases take

log = logging.getLogger(__name__)


class Given:
    """The fields of a form. Those that are empty were not given."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = dict[str, list[str]]()
        for name, value in fields:
            if value.strip():
                self._fields.setdefault(name, []).append(value)

    def many(self, name: str) -> list[str]:
        """All values of this name."""
        return self._fields.get(name, [])

    def maybe(self, name: str) -> str | None:
        """The value of this name, if there is one."""
        return next(iter(self.many(name)), None)

    def pairs(self) -> list[tuple[str, str]]:
        """All of it."""
        return [(name, value) for name, values in self._fields.items() for value in values]

    def one(self, name: str) -> str:
        """The value of this name, which must be there."""
        found = self.maybe(name)
        if found is None:
            raise Misuse(f"{name}: is missing; fill it in")
        return found

    def ids(self, name: str) -> list[int]:
        """The ids of this name, of which there must be one."""
        self.one(name)
        return [id_in(name, value) for value in self.many(name)]

    def lines(self, name: str) -> list[str]:
        """What stands in the values of this name, line by line."""
        return [line.strip() for value in self.many(name) for line in value.splitlines() if line.strip()]


def id_in(name: str, text: str) -> int:
    """The id that a field holds."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= LARGEST_ID:
        raise Misuse(f"{name}: {text[:40]!r} is no id; write a number such as 12")
    return int(text)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, and on what."""

    desk: Desk
    person: Person

    @property
    def database(self) -> Database:
        """The home's database."""
        return self.desk.database

    @property
    def alerts(self) -> AlertSettings:
        """The settings of alerts, as they are now."""
        return self.desk.home.settings.alerts

    def now(self) -> datetime:
        """The time."""
        return self.desk.now()


Deed = Callable[[Scene, Given], str]
"""Does what a form asks for; the word of `DONE` for it."""


class Unsent(EnvironmentFailed):
    """A test message did not arrive."""


WRITTEN: Final = frozenset(("tag", "note", "note/edit", "rule", "rule/filter", "watch"))
"""Targets of forms into which somebody types; those of the others are buttons."""


class Forms:
    """The targets of all forms, at a desk that always has the settings of now."""

    def __init__(self, desk: Desk, deeds: Mapping[str, Deed]) -> None:
        self._desk, self._deeds = desk, deeds

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(f"/acts/{name}", self._target(name), methods=["POST"]) for name in self._deeds]

    def _target(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            given = Given([])
            try:
                person = guard.require(request, Right.EDIT)
                given = await read(request)
                if guard.form_token(request):  # none at the machine, and none where a token is brought
                    guard.check_form(request, given.maybe("_token") or "")
                done = await run_in_threadpool(self._deeds[name], Scene(self._desk, person), given)
            except (HTTPException, Misuse, NothingFound, EnvironmentFailed) as error:
                return _refused(request, error, name, given)
            back = local(given.maybe("back") or "/")
            return Answer(303, [("Location", _with(back, done)), ("Cache-Control", "no-store")])

        return answer


def _refused(request: Request, error: Exception, name: str, given: Given) -> Response:
    """The page that says what went wrong, and holds what was written."""
    status, line = _words(error)
    kept = [(key, value) for key, value in given.pairs() if key not in ("_token", "back")]
    # Whose session ended meanwhile may send it by the new one; but nothing that another page put together.
    meant = status != 403 or request.headers.get("sec-fetch-site") == "same-origin"
    draft = frame.Draft(f"/acts/{name}", kept, again=meant and not isinstance(error, Changed))
    shown = draft if name in WRITTEN and draft.written else None
    return frame.refusal(request, status, line, back=local(given.maybe("back") or "/"), draft=shown)


def _words(error: Exception) -> tuple[int, str]:
    """The status and the line that say what went wrong."""
    if isinstance(error, HTTPException):
        return error.status_code, error.detail
    if isinstance(error, EnvironmentFailed) and not isinstance(error, Unsent):
        log.error("%s", error)  # it names files, which are nobody's business out there
        return 503, "the archive cannot do this just now; its log says why"
    if isinstance(error, Conflict):
        return 409, said(error)
    return 502 if isinstance(error, Unsent) else 404 if isinstance(error, NothingFound) else 400, said(error)


async def read(request: Request) -> Given:
    """The fields of the form that is sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "a form is sent as application/x-www-form-urlencoded")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
    except ClientDisconnect:
        raise HTTPException(400, "the form did not come whole") from None
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except ValueError:  # UnicodeDecodeError too
        raise HTTPException(400, f"the form cannot be read; send at most {MOST} fields in UTF-8") from None
    if any("\0" in value for _, value in fields):  # no database takes it
        raise HTTPException(400, "the form holds U+0000, which nobody can read; take it out")
    return Given(fields)


_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def local(path: str) -> str:
    """A path on this very server, with its query, or `/` where `path` leads anywhere else."""
    if not _LOCAL.fullmatch(path):
        return "/"
    return quote(path, safe="/?%:@!$&'()*+,;=~-._[]#").partition("#")[0]


def _with(back: str, done: str) -> str:
    parts = urlsplit(back)
    query = [pair for pair in parts.query.split("&") if pair and not pair.startswith("done=")]
    return f"{parts.path}?{'&'.join([*query, urlencode({'done': done})])}"
