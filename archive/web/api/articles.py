"""Articles over the API: lists, one article, and all that is known of its life."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from archive.db import articles, findings, gaps, lifelines, notes, outlets, record, tags, walks
from archive.db.articles import Article
from archive.db.cursors import Page
from archive.db.engine import Connection
from archive.db.takedowns import verdicts
from archive.domain.model import Presence
from archive.errors import NothingFound
from archive.histories import history_of
from archive.memento import article_at
from archive.overview import GapRow, gap_row
from archive.shapes.articles import (
    ArticleRow,
    CaptureRow,
    FetchRow,
    NoteRow,
    VersionRow,
    WholeArticleRow,
    article_row,
    capture_row,
    fetch_row,
    note_row,
    version_row,
    whole_article_row,
)
from archive.shapes.findings import ChangeRow, change_row
from archive.shapes.histories import HistoryRow, TimelineRow, history_row, timeline_row
from archive.shapes.takedowns import StepRow, step_row
from archive.web.api.answers import Desk, Listed, answer, desk, page, whole
from archive.web.api.asked import Cursor, Id, Limit, Outlet, Since, Standing, Until, text

router = APIRouter(tags=["articles"])

At = Annotated[Desk, Depends(desk)]


@router.get("/articles", response_model=Listed[ArticleRow])
def list_articles(
    request: Request,
    at: At,
    outlet: Outlet = None,
    standing: Standing = None,
    tag: Annotated[str | None, text("Only articles with this tag.", 64)] = None,
    words: Annotated[str | None, text("Only articles with this in their title or address.")] = None,
    url: Annotated[
        str | None, text("The one article that this address leads to, in any of its forms.", 4000)
    ] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Articles, the latest found first; `since` and `until` are of when they were found."""
    with at.database.read() as connection:
        if url is not None:
            found = _at(connection, url)
        else:
            found = walks.articles(
                connection,
                outlet=outlet,
                standing=standing.value if standing else None,
                tag=tag,
                words=words,
                since=since,
                until=until,
                cursor=cursor,
                limit=limit,
            )
        tagged = tags.of_articles(connection, [one.id for one in found.items])
    return page(request, found, [article_row(one, tagged.get(one.id, ())) for one in found.items])


def _at(connection: Connection, url: str) -> Page[Article]:
    """The article at an address, if it is watched, as a list. Raises `Misuse` where that is none."""
    try:
        return Page((article_at(connection, url),), None)
    except NothingFound:
        return Page((), None)


def known(connection: Connection, article_id: int) -> Article:
    """The article with this id; raises `NothingFound`."""
    found = articles.of_ids(connection, [article_id])
    if not found:
        raise NothingFound(f"article {article_id}: there is none of this id here")
    return found[0]


@router.get("/articles/{id}", response_model=WholeArticleRow)
def one_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002 - as the path has it
    """An article, with all addresses that lead to it."""
    with at.database.read() as connection:
        found = known(connection, id)
        row = whole_article_row(
            found,
            tags.of_article(connection, id),
            urls=articles.urls_of(connection, id),
            outlet=outlets.by_id(connection, found.outlet_id),
        )
    return answer(request, row)


@router.get("/articles/{id}/captures", response_model=Listed[CaptureRow])
def captures_of_article(
    request: Request,
    at: At,
    id: Id,  # noqa: A002
    status: Annotated[int | None, Query(ge=100, le=999, description="Only those with this HTTP status.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Its captures, at whichever of its addresses, the latest first."""
    with at.database.read() as connection:
        known(connection, id)
        found = walks.captures(connection, id, status=status, since=since, until=until, cursor=cursor, limit=limit)
        ways = record.vantages_of(connection, found.items)
    return page(request, found, [capture_row(one, ways.get(one.id)) for one in found.items])


@router.get("/articles/{id}/fetches", response_model=Listed[FetchRow])
def fetches_of_article(
    request: Request,
    at: At,
    id: Id,  # noqa: A002
    presence: Annotated[Presence | None, Query(description="Only those that say this of it.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Every attempt to fetch it, and what each says of its presence, the latest first."""
    with at.database.read() as connection:
        known(connection, id)
        found = walks.fetches(
            connection,
            id,
            presence=presence.value if presence else None,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )
    return page(request, found, [fetch_row(one) for one in found.items])


@router.get("/articles/{id}/changes", response_model=Listed[ChangeRow])
def changes_of_article(
    request: Request,
    at: At,
    id: Id,  # noqa: A002
    superseded: Annotated[bool, Query(description="Also those that a later one tells of.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The changes of its wording, the latest first."""
    with at.database.read() as connection:
        known(connection, id)
        wanted = walks.Wanted(article_id=id, superseded=superseded)
        found = walks.changes(connection, wanted, cursor=cursor, limit=limit)
    return page(request, found, [change_row(one) for one in found.items])


@router.get("/articles/{id}/versions", response_model=Listed[VersionRow])
def versions_of_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """Its wordings in their order, each reading of them, without their text."""
    with at.database.read() as connection:
        known(connection, id)
        found = findings.versions_of(connection, id)
    return whole(request, [version_row(one) for one in found])


@router.get("/articles/{id}/standings", response_model=Listed[StepRow])
def standings_of_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """The steps of its standing, oldest first, with the fetches that each rests on."""
    with at.database.read() as connection:
        known(connection, id)
        [verdict] = verdicts(connection, [id])
    return whole(request, [step_row(one) for one in verdict.steps])


@router.get("/articles/{id}/gaps", response_model=Listed[GapRow])
def gaps_of_article(request: Request, at: At, id: Id, since: Since = None) -> Response:  # noqa: A002
    """The spans in which nobody could see it, oldest first."""
    with at.database.read() as connection:
        known(connection, id)
        found = gaps.of_article(connection, id, since)
    return whole(request, [gap_row(one) for one in found])


class Tag(BaseModel):
    """A tag of an article."""

    tag: str
    at: datetime = Field(description="When it was tagged.")


@router.get("/articles/{id}/tags", response_model=Listed[Tag])
def tags_of_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """What people call it by, the latest first."""
    with at.database.read() as connection:
        known(connection, id)
        found = tags.listed(connection, article_id=id, limit=1000)
    return whole(request, [{"tag": one.tag, "at": one.at} for one in found])


@router.get("/articles/{id}/notes", response_model=Listed[NoteRow])
def notes_of_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """What people wrote of it, oldest first; not what they removed."""
    with at.database.read() as connection:
        known(connection, id)
        found = notes.of_article(connection, id)
    return whole(request, [note_row(one) for one in found])


@router.get("/articles/{id}/timeline", response_model=TimelineRow)
def timeline_of_article(
    request: Request,
    at: At,
    id: Id,  # noqa: A002
    since: Since = None,
    until: Until = None,
) -> Response:
    """All that a time line draws: captures, versions, changes, looks in runs, gaps, steps; oldest first.

    At most 2,000 captures and looks, the latest ones of the span; `cut` says from when on they are here.
    """
    with at.database.read() as connection:
        article = known(connection, id)
        line = lifelines.of_article(connection, id, since, until)
        begin = max(filter(None, [since, line.cut]), default=None)
        row = timeline_row(
            article_row(article, tags.of_article(connection, id)),
            line,
            versions=findings.versions_of(connection, id),
            changes=[one for one in findings.changes_of(connection, id) if one.superseded_by is None],
            standings=findings.standings_of(connection, id),
            gaps=gaps.of_article(connection, id, begin, until),
        )
    return answer(request, row)


@router.get("/articles/{id}/blame", response_model=HistoryRow)
def blame_of_article(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """Which sentence stood from when to when, instead of what, by which change, under whose byline."""
    with at.database.read() as connection:
        found = history_of(connection, known(connection, id).url)
    return answer(request, history_row(found))
