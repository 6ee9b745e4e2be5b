"""What a person does from the reading room: where HTML forms are sent to.

Each form has a target below `/acts/`, and leads back, by 303, to the local path that it names in its hidden field
`back`; what was done stands in the query there as `done`, one of the words of `DONE`. What goes wrong is a page
with one line. Refuses whoever may not edit, before anything is read of the form. The same acts are offered to
scripts by `archive.web.api.acts`; what is done, and what is wrong with what was given, `archive.acts` knows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from archive.acts import alerting, articles, outlets, rules
from archive.db.engine import Connection, Database
from archive.domain.rights import Person, Right
from archive.domain.rules import Pace
from archive.errors import Conflict, EnvironmentFailed, Misuse, NothingFound
from archive.settings import AlertSettings
from archive.values import duration
from archive.web import guard
from archive.web.answers import Answer
from archive.web.api.answers import Desk

LARGEST: Final = 256 * 1024
"""Bytes of a form: a note of 10,000 characters in any script, or a thousand addresses."""

MOST: Final = 1000
"""Fields of a form, and addresses that are watched at once."""

LARGEST_ID: Final = 2**63 - 1  # what databases take

DONE: Final[Mapping[str, str]] = {
    "tagged": "The tag is given.",
    "untagged": "The tag is taken away.",
    "noted": "The note is written.",
    "edited": "The note is changed; what it said before is kept with it.",
    "removed": "The note is removed.",
    "acknowledged": "Acknowledged: what was not sent yet is not sent any more.",
    "retried": "They wait to be sent again.",
    "snoozed": "Nobody is told of it until then.",
    "woken": "It is told again.",
    "ruled": "The rule holds from now on.",
    "unruled": "The rule is no more.",
    "paused": "The outlet is visited no more.",
    "resumed": "The outlet is visited again.",
    "watched": "It is watched.",
    "pulled": "It is looked at as soon as can be.",
    "sent": "The test message is sent.",
}
"""What was done, in words."""

Refusal = Callable[[Request, int, str, str], Response]
"""The page that says what went wrong: the request, the status, the line, and where a link leads back to."""


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

    def one(self, name: str) -> str:
        """The value of this name, which must be there."""
        found = self.maybe(name)
        if found is None:
            raise Misuse(f"{name}: is missing; fill it in")
        return found

    def ids(self, name: str) -> list[int]:
        """The ids of this name, of which there must be one."""
        self.one(name)
        return [_id(name, value) for value in self.many(name)]

    def lines(self, name: str) -> list[str]:
        """What stands in the values of this name, line by line."""
        return [line.strip() for value in self.many(name) for line in value.splitlines() if line.strip()]


def _id(name: str, text: str) -> int:
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


class Forms:
    """The targets of all forms, at a desk that always has the settings of now."""

    def __init__(self, desk: Desk, refuse: Refusal | None = None) -> None:
        self._desk, self._refuse = desk, refuse or refusal

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(f"/acts/{name}", self._target(deed), methods=["POST"]) for name, deed in DEEDS.items()]

    def _target(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            person = guard.require(request, Right.EDIT)
            given = await read(request)
            if guard.form_token(request):  # none at the machine, and none where a token is brought
                guard.check_form(request, given.maybe("_token") or "")
            back = local(given.maybe("back") or "/")
            scene = Scene(self._desk, person)
            try:
                done = await run_in_threadpool(deed, scene, given)
            except (Misuse, NothingFound, Unsent) as error:
                said = str(error).partition("; 'stet")[0]
                return self._refuse(request, _status(error), said, back)
            return Answer(303, [("Location", _with(back, done)), ("Cache-Control", "no-store")])

        return answer


class Unsent(EnvironmentFailed):
    """A test message did not arrive."""


def _status(error: Exception) -> int:
    if isinstance(error, Conflict):
        return 409
    return 502 if isinstance(error, Unsent) else 404 if isinstance(error, NothingFound) else 400


async def read(request: Request) -> Given:
    """The fields of the form that is sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "a form is sent as application/x-www-form-urlencoded")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                raise HTTPException(413, f"the form is too large; send at most {LARGEST // 1024} KiB")
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


def refusal(_request: Request, status: int, line: str, back: str) -> Response:
    """A page with one line, and a link back."""
    body = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Not done</title></head>\n'
        f'<body><main><h1>That was not done</h1>\n<p role="alert">{escape(line)}</p>\n'
        f'<p><a href="{escape(back)}">Back</a></p></main></body></html>\n'
    )
    head = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Answer(status, head, body.encode("utf-8", "replace"))


# What is done --------------------------------------------------------------------------------------


def _tag(at: Scene, given: Given) -> str:
    ids, name = given.ids("article"), given.one("tag").strip()
    with at.database.write() as connection:
        articles.tag(connection, at.person, ids, name, now=at.now())
    return "tagged"


def _untag(at: Scene, given: Given) -> str:
    ids, name = given.ids("article"), given.one("tag").strip()
    with at.database.write() as connection:
        articles.untag(connection, at.person, ids, name, now=at.now())
    return "untagged"


def _note(at: Scene, given: Given) -> str:
    [article_id, *_], text = given.ids("article"), given.one("text")
    with at.database.write() as connection:
        articles.write(connection, at.person, article_id, text, now=at.now())
    return "noted"


def _edit_note(at: Scene, given: Given) -> str:
    key, text, was = given.one("key"), given.one("text"), given.one("was")
    with at.database.write() as connection:
        articles.edit(connection, at.person, key, text, was=was, now=at.now())
    return "edited"


def _remove_note(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        articles.remove(connection, at.person, given.one("key"), was=given.maybe("was"), now=at.now())
    return "removed"


def _acknowledge(at: Scene, given: Given) -> str:
    rule, settings = given.maybe("rule"), at.alerts
    with at.database.write() as connection:
        if rule is not None:
            alerting.acknowledge_rule(connection, at.person, settings, rule, now=at.now())
        else:
            alerting.acknowledge(connection, at.person, given.ids("alert"), now=at.now())
    return "acknowledged"


def _retry(at: Scene, given: Given) -> str:
    ids = None if given.maybe("dead") else given.ids("alert")
    with at.database.write() as connection:
        if not alerting.retry(connection, at.person, at.alerts, ids, now=at.now()):
            raise NothingFound("none of them is dead, so there is nothing to try again")
    return "retried"


def _snooze(at: Scene, given: Given) -> str:
    lasts = duration(given.one("for").strip(), "for")
    if not lasts:
        raise Misuse("for: that is no time at all; give 2h, or end the snooze")
    with at.database.write() as connection:
        scope = _scope(connection, at, given)
        alerting.snooze(connection, at.person, scope, lasts, where="for", now=at.now())
    return "snoozed"


def _wake(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        scope = given.maybe("scope") or _scope(connection, at, given)
        alerting.snooze(connection, at.person, scope, timedelta(), where="for", now=at.now())
    return "woken"


def _scope(connection: Connection, at: Scene, given: Given) -> str:
    wanted = {name: value for name in ("article", "outlet", "rule") if (value := given.maybe(name))}
    if len(wanted) != 1:
        raise Misuse("snooze one of these: an article, an outlet or a rule")
    if article := wanted.pop("article", None):
        return alerting.scope_of_article(connection, _id("article", article))
    return alerting.scope_of(connection, at.alerts, **wanted)


_RULE_LISTS: Final = {
    "channel": "channels",
    "outlet": "outlets",
    "article": "articles",
    "tag": "tags",
    "dossier": "dossiers",
    "kind": "kinds",
    "removed": "removed",
    "added": "added",
    "standing": "standings",
}


def _rule(at: Scene, given: Given) -> str:
    table = {key: found for name, key in _RULE_LISTS.items() if (found := given.lines(name))}
    return _save_rule(at, given, {**table, **_plain(given)})


def _rule_of_filter(at: Scene, given: Given) -> str:
    table = rules.table_of_filter(
        channels=given.lines("channel"),
        kinds=given.lines("kind"),
        standings=given.lines("standing"),
        **{name: given.maybe(name) or "" for name in ("outlet", "tag", "language", "removed", "added")},
        **_plain(given),
    )
    return _save_rule(at, given, table)


def _plain(given: Given) -> dict[str, Any]:
    """What of a rule is no list; an empty field is no condition, and a pace that is the usual one is not said."""
    found: dict[str, Any] = {"stealth": True} if given.maybe("stealth") else {}
    if weight := given.maybe("min_weight"):
        if not re.fullmatch(r"0|1|[01]?[.,][0-9]{1,9}|[01][.,]?", weight.strip()):
            raise Misuse(f"min_weight: {weight[:40]!r} is none; write a number from 0 to 1, such as 0.5")
        found["min_weight"] = float(weight.strip().replace(",", "."))
    if (pace := given.maybe("pace")) and pace != Pace.AT_ONCE.value:
        found["pace"] = pace
    if quiet := given.maybe("quiet"):
        found["quiet"] = quiet
    return found


def _save_rule(at: Scene, given: Given, table: Mapping[str, object]) -> str:
    name, replace = given.one("name").strip(), given.maybe("replace") is not None
    settings, was = at.alerts, given.maybe("was")
    with at.database.write() as connection:
        rules.save(connection, at.person, settings, name, table, replace=replace, was=was, now=at.now())
    return "ruled"


def _remove_rule(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        rules.remove(connection, at.person, at.alerts, given.one("name"), now=at.now())
    return "unruled"


def _pause(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        outlets.pause(connection, at.person, given.one("outlet"), now=at.now())
    return "paused"


def _resume(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        outlets.resume(connection, at.person, given.one("outlet"), now=at.now())
    return "resumed"


def _watch(at: Scene, given: Given) -> str:
    """All of them or none: one that is no address is said, and the form can be sent again."""
    given.one("url")
    wanted = [url for url in given.lines("url") if not url.startswith("#")]
    if len(wanted) > MOST:
        raise Misuse(f"url: these are {len(wanted):,}; give at most {MOST:,} at once")
    with at.database.write() as connection:
        for url in wanted:
            articles.watch(connection, at.person, url, way=at.desk.able().watch, now=at.now())
    return "watched"


def _look(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        articles.look(connection, at.person, given.ids("article")[0], now=at.now())
    return "pulled"


def _test(at: Scene, given: Given) -> str:
    send = at.desk.able().sender(at.desk.home)
    found = alerting.test(
        at.database, at.desk.home.settings, at.person, given.maybe("channel"), send=send, now=at.now
    )
    if failed := [f"{each.channel}: {each.why}" for each in found if each.why]:
        raise Unsent("; ".join(failed))
    return "sent"


DEEDS: Final[Mapping[str, Deed]] = {
    "tag": _tag,
    "untag": _untag,
    "note": _note,
    "note/edit": _edit_note,
    "note/remove": _remove_note,
    "acknowledge": _acknowledge,
    "retry": _retry,
    "snooze": _snooze,
    "unsnooze": _wake,
    "rule": _rule,
    "rule/filter": _rule_of_filter,
    "rule/remove": _remove_rule,
    "pause": _pause,
    "resume": _resume,
    "watch": _watch,
    "look": _look,
    "test": _test,
}
"""What is done at each target."""
