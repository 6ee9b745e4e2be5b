"""What a person does, over the API: watch, tag, note, acknowledge, snooze, make rules, pause.

Each call is one act of `archive.acts`, in one transaction. One that is done twice does no more than once, but for
those that write or make something new. Who would alter a note or a rule says by `If-Match` which one they read,
and is told by 412 where somebody else altered it since.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from archive.acts import alerting, articles, outlets, rules
from archive.alerting import kept_rules
from archive.db import notes, tags
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.notes import Note
from archive.domain.model import Standing
from archive.domain.rights import Person, Right
from archive.domain.rules import KINDS, Pace, Rule
from archive.domain.tagging import LONGEST
from archive.errors import Misuse, NothingFound
from archive.shapes.articles import ArticleRow, NoteRow, article_row, note_row
from archive.shapes.telling import RuleRow, rule_row
from archive.values import duration
from archive.web import guard
from archive.web.answers import Answer
from archive.web.api import problems
from archive.web.api.answers import MEDIA_TYPE, Desk, answer, desk, written
from archive.web.api.asked import LARGEST, Id

router = APIRouter()

At = Annotated[Desk, Depends(desk)]


def _editor(request: Request) -> Person:
    return guard.require(request, Right.EDIT)


By = Annotated[Person, Depends(_editor)]

# What is sent --------------------------------------------------------------------------------------

_PLAIN: Final = r"^[^\u0000-\u001f\u007f]*$"  # as in `asked`
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_PLAIN)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_PLAIN)]
Named = Annotated[str, Path(min_length=1, max_length=100, pattern=_PLAIN)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=_PLAIN)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Several = Annotated[list[Text], Field(max_length=1000)]
Match = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description='The entity tag of what was read, such as `"1764158400000"`: 412 where it is another by now.',
    ),
]
Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of a note.")]


class _Sent(BaseModel):
    """What is sent; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class NewArticle(_Sent):
    """An article to be watched."""

    url: Url = Field(description="Its address.")


class NewNote(_Sent):
    """What somebody writes of an article."""

    text: str = Field(min_length=1, max_length=LONGEST, description="Line breaks are kept.")


class Which(_Sent):
    """Alerts: these, or all of a rule."""

    ids: list[Number] = Field(default=[], max_length=1000, description="Of alerts.")
    rule: Name | None = Field(default=None, description="All of this rule that nobody acknowledged yet.")


class Dead(_Sent):
    """Alerts that reached nobody: these, or all."""

    ids: list[Number] = Field(default=[], max_length=1000, description="Of alerts.")
    dead: bool = Field(default=False, description="All that are dead.")


class NewSnooze(_Sent):
    """What nobody wants to be told of for a while: one of an article, an outlet and a rule."""

    url: Url | None = Field(default=None, description="What is told of the article at this address.")
    outlet: Name | None = Field(default=None, description="What is told of this outlet and its articles.")
    rule: Name | None = Field(default=None, description="What is told by this rule.")
    lasts: Text = Field(alias="for", description="For so long from now: `90m`, `2h`, `7d`.")


Kind = Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]


class _Told(_Sent):
    channels: Annotated[list[Name], Field(min_length=1, max_length=100)] = Field(
        description="The channels that it speaks to."
    )
    kinds: list[Kind] = Field(default=[], max_length=100, description="Changes of these kinds, or such notices.")
    min_weight: float = Field(default=0, ge=0, le=1, description="Changes of at least this weight.")
    stealth: bool = Field(default=False, description="Changes that the page does not declare.")
    standings: list[Standing] = Field(default=[], max_length=20, description="Steps to these standings.")
    pace: Pace = Field(default=Pace.AT_ONCE, description="How often it speaks.")
    quiet: Text | None = Field(default=None, description="Nothing is told in these hours: `22:00-07:00`.")


class RuleBody(_Told):
    """Who is told of what. What is not given is no condition; of several of one kind any will do."""

    outlets: list[Name] = Field(default=[], max_length=1000, description="Only of these outlets.")
    articles: list[Url] = Field(default=[], max_length=1000, description="Only of these articles: addresses.")
    tags: Several = Field(default=[], description="Only of articles with one of these tags.")
    dossiers: Several = Field(default=[], description="Only of what these dossiers quote.")
    removed: Several = Field(default=[], description="Changes that took out these words, or phrases.")
    added: Several = Field(default=[], description="Changes that put in these words, or phrases.")


class NewRule(RuleBody):
    """A rule to be made."""

    name: Name = Field(description="Of a-z, 0-9 and hyphens.")


class NewRuleOfFilter(_Told):
    """A filter of changes to be saved as a rule; `removed` and `added` are as the list of changes takes them."""

    name: Name = Field(description="Of a-z, 0-9 and hyphens.")
    outlet: Name | None = Field(default=None, description="Only of this outlet.")
    tag: Name | None = Field(default=None, description="Only of articles with this tag.")
    removed: Text | None = Field(default=None, description="One word, or one phrase in double quotes.")
    added: Text | None = Field(default=None, description="One word, or one phrase in double quotes.")


# What is answered ----------------------------------------------------------------------------------


class Counted(BaseModel):
    """How many it was done to."""

    count: int


class Awaited(BaseModel):
    """When an article is looked at next."""

    next_check: str | None = Field(description="It is due from then on; its outlet's manners count too.")
    next_why: str


class SnoozeDone(BaseModel):
    """What came of a snooze."""

    kind: str = Field(description="`article`, `outlet` or `rule`.")
    name: str = Field(description="Its address or name.")
    until: str
    waiting: int = Field(description="Alerts that wait for its end.")


class ChannelTested(BaseModel):
    """What came of a test message."""

    channel: str
    sent: bool
    error: str | None = Field(description="Why it did not arrive.")


def _says(*codes: int, **more: str) -> dict[int | str, dict[str, Any]]:
    """What a call may answer beside what all do."""
    schema = {"$ref": "#/components/schemas/Problem"}
    errors: dict[int | str, dict[str, Any]] = {
        code: {"description": _WHEN[code], "content": {problems.MEDIA_TYPE: {"schema": schema}}} for code in codes
    }
    return {**errors, **{int(code.removeprefix("_")): {"description": text} for code, text in more.items()}}


_WHEN: Final = {
    409: "It is not such that this can be done to it.",
    412: "Somebody else altered it since it was read.",
}

_TAGGED: Final = {"headers": {"ETag": {"description": "Names it as it is now.", "schema": {"type": "string"}}}}


def _row(status: int, row: Any, *, version: str = "", where: str = "") -> Response:
    head = [("Cache-Control", "no-store"), ("Content-Type", MEDIA_TYPE), ("X-Content-Type-Options", "nosniff")]
    head += [("ETag", f'"{version}"')] if version else []
    head += [("Location", where)] if where else []
    return Answer(status, head, written(row))


def _nothing(status: int = 204) -> Response:
    return Answer(status, [("Cache-Control", "no-store")])


_STRONG = re.compile(r'"([\x21\x23-\x7e]*)"')


def _was(match: str | None) -> str | None:
    """The version that an `If-Match` names (RFC 9110 section 13.1.1): a weak tag is never the same."""
    if match is None or match.strip() == "*":
        return None
    found = _STRONG.fullmatch(match.strip())
    return found[1] if found else match


# Articles ------------------------------------------------------------------------------------------


@router.post(
    "/articles",
    status_code=201,
    response_model=ArticleRow,
    responses={200: {"description": "It was watched already.", "model": ArticleRow}},
    tags=["articles"],
)
def watch_article(request: Request, at: At, by: By, body: NewArticle) -> Response:
    """Watch the article at an address."""
    with at.database.write() as connection:
        found, new = articles.watch(connection, by, body.url, way=at.able().watch, now=at.now())
        row = _article(connection, found)
    return _row(201 if new else 200, row, where=f"{request.url.path}/{found.id}")


def _article(connection: Connection, found: Article) -> ArticleRow:
    return article_row(found, tags.of_article(connection, found.id))


@router.put(
    "/articles/{id}/tags/{tag}",
    status_code=204,
    response_class=Response,
    responses=_says(_201="It was not tagged so before."),
    tags=["articles"],
)
def tag_article(at: At, by: By, id: Id, tag: Named) -> Response:  # noqa: A002 - as the path has it
    """Tag an article."""
    with at.database.write() as connection:
        new = articles.tag(connection, by, [id], tag, now=at.now())
    return _nothing(201 if new else 204)


@router.delete("/articles/{id}/tags/{tag}", status_code=204, response_class=Response, tags=["articles"])
def untag_article(at: At, by: By, id: Id, tag: Named) -> Response:  # noqa: A002
    """Take a tag from an article, which may not have it."""
    with at.database.write() as connection:
        articles.untag(connection, by, [id], tag, now=at.now())
    return _nothing()


@router.post(
    "/articles/{id}/look", status_code=202, response_model=Awaited, responses=_says(409), tags=["articles"]
)
def look_at_article(at: At, by: By, id: Id) -> Response:  # noqa: A002
    """Have an article fetched as soon as can be. 409 where its outlet is paused."""
    with at.database.write() as connection:
        found = articles.look(connection, by, id, now=at.now())
    return _row(202, {"next_check": found.next_check, "next_why": found.next_why})


@router.post(
    "/articles/{id}/notes", status_code=201, response_model=NoteRow, responses={201: _TAGGED}, tags=["articles"]
)
def write_note(request: Request, at: At, by: By, id: Id, body: NewNote) -> Response:  # noqa: A002
    """Write a note of an article."""
    with at.database.write() as connection:
        made = articles.write(connection, by, id, body.text, now=at.now())
    root = request.url.path.partition("/articles/")[0]
    return _row(201, note_row(made), version=made.version, where=f"{root}/notes/{made.key}")


@router.get("/notes/{key}", response_model=NoteRow, responses={200: _TAGGED}, tags=["articles"])
def one_note(request: Request, at: At, key: Key) -> Response:
    """A note that stands."""
    with at.database.read() as connection:
        found = _standing(notes.by_key(connection, key))
    return answer(request, note_row(found), version=found.version)


def _standing(note: Note) -> Note:
    if note.removed is not None:
        raise NothingFound(f"note '{note.key}': was removed by {note.removed_by}")
    return note


@router.put(
    "/notes/{key}",
    response_model=NoteRow,
    responses={200: _TAGGED, **_says(409, 412)},
    tags=["articles"],
)
def edit_note(at: At, by: By, key: Key, body: NewNote, match: Match = None) -> Response:
    """Put other words into a note; what it said before is kept with it."""
    with at.database.write() as connection:
        made = articles.edit(connection, by, key, body.text, was=_was(match), now=at.now())
    return _row(200, note_row(made), version=made.version)


@router.delete("/notes/{key}", status_code=204, response_class=Response, responses=_says(412), tags=["articles"])
def remove_note(at: At, by: By, key: Key, match: Match = None) -> Response:
    """Mark a note as removed; its words are kept."""
    with at.database.write() as connection:
        articles.remove(connection, by, key, was=_was(match), now=at.now())
    return _nothing()


# Alerts --------------------------------------------------------------------------------------------


@router.post("/alerts/{id}/acknowledge", status_code=204, response_class=Response, tags=["alerts"])
def acknowledge_alert(at: At, by: By, id: Id) -> Response:  # noqa: A002
    """Somebody knows of it: where it was not sent yet, it is not sent any more."""
    with at.database.write() as connection:
        alerting.acknowledge(connection, by, [id], now=at.now())
    return _nothing()


@router.post("/alerts/acknowledge", response_model=Counted, tags=["alerts"])
def acknowledge_alerts(at: At, by: By, body: Which) -> Response:
    """The same of several, or of all that a rule told and is to tell."""
    if bool(body.ids) == (body.rule is not None):
        raise Misuse("which? give their ids, or a rule")
    with at.database.write() as connection:
        if body.rule is not None:
            settings = at.home.settings.alerts
            count = alerting.acknowledge_rule(connection, by, settings, body.rule, now=at.now())
        else:
            count = alerting.acknowledge(connection, by, body.ids, now=at.now())
    return _row(200, {"count": count})


@router.post("/alerts/retry", response_model=Counted, tags=["alerts"])
def retry_alerts(at: At, by: By, body: Dead) -> Response:
    """Let dead alerts wait again, with what is in one message with them; others stay as they are."""
    if bool(body.ids) == body.dead:
        raise Misuse("which? give their ids, or dead: true")
    with at.database.write() as connection:
        ids = None if body.dead else body.ids
        count = alerting.retry(connection, by, at.home.settings.alerts, ids, now=at.now())
    return _row(200, {"count": count})


@router.post("/snoozes", status_code=201, response_model=SnoozeDone, tags=["alerts"])
def snooze(at: At, by: By, body: NewSnooze) -> Response:
    """Tell nobody of an article, an outlet, or by a rule for a while, and then all at once.

    It takes the place of an earlier snooze of the same.
    """
    wanted = {name: value for name in ("url", "outlet", "rule") if (value := getattr(body, name)) is not None}
    if len(wanted) != 1:
        raise Misuse("give one of url, outlet and rule")
    lasts = duration(body.lasts, "for")
    if not lasts:
        raise Misuse("for: that is no time at all; give 2h, or delete the snooze")
    with at.database.write() as connection:
        scope = alerting.scope_of(connection, at.home.settings.alerts, **wanted)
        done = alerting.snooze(connection, by, scope, lasts, where="for", now=at.now())
    kind, _, name = done.scope.partition(":")
    return _row(201, {"kind": kind, "name": name, "until": done.until, "waiting": done.waiting})


@router.delete("/snoozes", status_code=204, response_class=Response, tags=["alerts"])
def end_snooze(
    at: At,
    by: By,
    kind: Annotated[str, Query(pattern="^(article|outlet|rule)$", description="As the list of snoozes has it.")],
    name: Annotated[
        str,
        Query(min_length=1, max_length=4000, pattern=_PLAIN, description="As the list of snoozes has it."),
    ],
) -> Response:
    """End a snooze: what waited for that is told. Where there is none, nothing is done."""
    with at.database.write() as connection:
        alerting.snooze(connection, by, f"{kind}:{name}", timedelta(), where="for", now=at.now())
    return _nothing()


@router.post("/channels/{name}/test", response_model=ChannelTested, responses=_says(409), tags=["alerts"])
def test_channel(at: At, by: By, name: Named) -> Response:
    """Send a test message, by the way that alerts take; the answer says whether it arrived."""
    send = at.able().sender(at.home)
    [done] = alerting.test(at.database, at.home.settings, by, name, send=send, now=at.now)
    return _row(200, {"channel": done.channel, "sent": not done.why, "error": done.why or None})


# Rules ---------------------------------------------------------------------------------------------


@router.post(
    "/rules", status_code=201, response_model=RuleRow, responses={201: _TAGGED, **_says(409)}, tags=["alerts"]
)
def make_rule(request: Request, at: At, by: By, body: NewRule) -> Response:
    """Make a rule; it holds at once. 409 where there is one of this name."""
    return _save(request, at, by, body.name, _table(body), where=request.url.path)


@router.post(
    "/rules/of-filter",
    status_code=201,
    response_model=RuleRow,
    responses={201: _TAGGED, **_says(409)},
    tags=["alerts"],
)
def make_rule_of_filter(request: Request, at: At, by: By, body: NewRuleOfFilter) -> Response:
    """Save a filter of changes as a rule, which tells of what the filter shows from now on."""
    same = {name: value for name, value in _table(body).items() if value is not None}
    table = rules.table_of_filter(**same)
    return _save(request, at, by, body.name, table, where=request.url.path.removesuffix("/of-filter"))


@router.get("/rules/{name}", response_model=RuleRow, responses={200: _TAGGED}, tags=["alerts"])
def one_rule(request: Request, at: At, name: Named) -> Response:
    """A rule of `stet.toml`, or one that was made since."""
    settings = at.home.settings.alerts
    with at.database.read() as connection:
        found = settings.rules.get(name) or kept_rules(connection).get(name)
    if found is None:
        raise NothingFound(f"rule '{name}': there is none of this name")
    row = rule_row(found, "stet.toml" if name in settings.rules else "made")
    return answer(request, row, version=row["version"])


@router.put(
    "/rules/{name}",
    response_model=RuleRow,
    responses={200: _TAGGED, 201: {"description": "It is new.", "model": RuleRow}, **_says(409, 412)},
    tags=["alerts"],
)
def put_rule(request: Request, at: At, by: By, name: Named, body: RuleBody, match: Match = None) -> Response:
    """Put a rule in the place of the one of this name, or make it. Those of `stet.toml` are changed there: 409."""
    return _save(request, at, by, name, _table(body), was=_was(match), replace=True)


@router.delete(
    "/rules/{name}", status_code=204, response_class=Response, responses=_says(409, 412), tags=["alerts"]
)
def remove_rule(at: At, by: By, name: Named, match: Match = None) -> Response:
    """Forget a rule. What waits by it is told to nobody."""
    settings = at.home.settings.alerts
    with at.database.write() as connection:
        rules.remove(connection, by, settings, name, was=_was(match), now=at.now())
    return _nothing()


def _table(body: _Told) -> dict[str, Any]:
    """What is sent as the settings file would say it; what is as by default is left out."""
    return body.model_dump(mode="json", exclude_defaults=True, exclude={"name"})


def _save(
    request: Request,
    at: Desk,
    by: Person,
    name: str,
    table: dict[str, Any],
    *,
    where: str = "",
    was: str | None = None,
    replace: bool = False,
) -> Response:
    settings = at.home.settings.alerts
    with at.database.write() as connection:
        made = rules.save(connection, by, settings, name, table, replace=replace, was=was, now=at.now())
    return _rule(
        201 if made.new else 200, made.rule, "made", where=f"{where}/{name}" if where else request.url.path
    )


def _rule(status: int, rule: Rule, source: str, *, where: str = "") -> Response:
    row = rule_row(rule, source)
    return _row(status, row, version=row["version"], where=where)


# Outlets -------------------------------------------------------------------------------------------


@router.put("/outlets/{name}/pause", status_code=204, response_class=Response, tags=["outlets"])
def pause_outlet(at: At, by: By, name: Named) -> Response:
    """Stop visiting an outlet; all that is kept stays."""
    with at.database.write() as connection:
        outlets.pause(connection, by, name, now=at.now())
    return _nothing()


@router.delete("/outlets/{name}/pause", status_code=204, response_class=Response, tags=["outlets"])
def resume_outlet(at: At, by: By, name: Named) -> Response:
    """Visit a paused outlet again."""
    with at.database.write() as connection:
        outlets.resume(connection, by, name, now=at.now())
    return _nothing()
