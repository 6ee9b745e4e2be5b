"""The commands that list: articles, changes, captures, fetches. They only read.

Scripts get all keys of a row, as `archive.shapes` makes it. Knows which columns people get, and in which order
columns go where a terminal is narrow.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from archive.domain.times import ago
from archive.layout import Column
from archive.options import (
    KIND,
    SINCE,
    STANDING,
    Example,
    reading,
    require_outlet,
    with_home,
    with_json,
    with_limit,
    with_outlet,
    with_span,
)
from archive.output import emit

if TYPE_CHECKING:
    from archive.db.articles import Article
    from archive.db.engine import Connection
    from archive.shapes.findings import NoticeRow

URL = Column("url", "URL", below=True)


def _differing(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The URL column, where it says something: an article may have been fetched by several URLs."""
    return [URL] if len({row["url"] for row in rows}) > 1 else []


@click.command(
    cls=Example,
    example="""
    stet articles --standing taken_down
    stet articles --words minister --json""",
)
@click.option("--standing", type=STANDING, help="Only articles of this standing.")
@click.option("--words", help="Only articles with these words in their title or URL.")
@click.option("--tag", help="Only articles with this tag ('stet tag list' shows those that there are).")
@with_outlet
@with_limit
@with_json
@with_home
def articles(home: str | None, as_json: bool, **filters: Any) -> None:
    """List the articles that are watched, the latest found first."""
    with reading(home) as (_, connection):
        from archive.db.articles import listed
        from archive.db.tags import of_articles

        require_outlet(connection, filters["outlet"])
        now = datetime.now(UTC)
        found = listed(connection, **filters)
        tags = of_articles(connection, [article.id for article in found])
        rows = [_article_row(article, tags.get(article.id, frozenset()), now) for article in found]
    filtered = any(filters[name] for name in ("outlet", "standing", "words", "tag"))
    columns = [
        Column("standing", "Standing"),
        Column("outlet", "Outlet", rank=1),
        Column("title", "Title", wraps=True),
        Column("versions", "Versions", rank=2),
        Column("captures", "Captures", rank=4),
        Column("checked", "Checked", rank=3),
        URL,
    ]
    if as_json:
        for row in rows:
            del row["checked"]
    empty = "no such articles" if filtered else "no articles; 'stet add URL' or 'stet outlet add URL' watches some"
    emit(rows, columns, as_json=as_json, empty=empty)


def _article_row(article: Article, tags: frozenset[str], now: datetime) -> dict[str, Any]:
    """As scripts get it, with what people are told besides."""
    from archive.shapes.articles import article_row

    return {**article_row(article, tags), "checked": ago(article.last_checked, now) or "not yet"}


@click.command(
    cls=Example,
    example="""
    stet changes --stealth --min-weight 0.5
    stet changes --kind headline --kind numbers --since 2026-11-20
    stet changes --removed '"taken hostage"' --added killed
    stet changes https://www.example.org/news/story.html --json""",
)
@click.argument("url", required=False)
@click.option(
    "--kind", "kinds", type=KIND, multiple=True, help="Only changes of this kind, among others; may be repeated."
)
@click.option("--stealth", is_flag=True, help="Only changes that the page does not declare.")
@click.option(
    "--min-weight", type=click.FloatRange(0, 1), default=0.0, help="Only changes of at least this weight, 0 to 1."
)
@click.option("--removed", metavar="WORDS", help="Only changes that took these words out; phrases in quotes.")
@click.option("--added", metavar="WORDS", help="Only changes that put these words in.")
@click.option("--all", "superseded", is_flag=True, help="Also changes that a later one tells of.")
@with_span
@with_outlet
@with_limit
@with_json
@with_home
def changes(
    home: str | None,
    as_json: bool,
    url: str | None,
    removed: str | None,
    added: str | None,
    outlet: str | None,
    since: datetime | None,
    until: datetime | None,
    **filters: Any,
) -> None:
    """List the changes of wording that were found, the latest first.

    Among them stands one row of the kind 'redesign' for each time that an outlet showed many articles in another
    template, unless the filters ask for something that it has not.
    """
    with reading(home) as (_, connection):
        from archive.db.findings import changes_listed
        from archive.db.searching import Scope
        from archive.domain.searchable import Query
        from archive.memento import article_at
        from archive.shapes.findings import change_row

        require_outlet(connection, outlet)
        found = changes_listed(
            connection,
            article_id=article_at(connection, url).id if url else None,
            removed=Query.read(removed) if removed is not None else None,
            added=Query.read(added) if added is not None else None,
            scope=Scope(outlet=outlet, since=since, until=until),
            **filters,
        )
        rows: list[Mapping[str, Any]] = [change_row(change) for change in found]
        if not (url or removed or added or filters["stealth"] or filters["min_weight"]):
            notices = _notice_rows(connection, filters["kinds"], outlet, since, until, filters["limit"])
            rows = sorted([*rows, *notices], key=lambda row: row["detected_at"], reverse=True)[: filters["limit"]]
    columns = [
        Column("detected_at", "Found (UTC)"),
        Column("outlet", "Outlet", rank=3),
        Column("kind", "Kind", rank=2),
        Column("weight", "Weight", rank=4),
        Column("stealth", "Stealth", rank=1),
        Column("title", "Title", wraps=True, rank=5),
        Column("summary", "Summary", wraps=True),
        URL,
    ]
    emit(rows, columns, as_json=as_json, empty="no changes")


def _notice_rows(
    connection: Connection,
    kinds: Sequence[str],
    outlet: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[NoticeRow]:
    """What is said once of many articles, as rows beside the changes."""
    from archive.db.notices import listed
    from archive.shapes.findings import notice_row

    found = listed(connection, outlet=outlet, since=since, until=until, limit=limit)
    return [notice_row(notice) for notice in found if not kinds or notice.kind in kinds]


@click.command(
    cls=Example,
    example="""
    stet captures https://www.example.org/news/story.html
    stet captures https://www.example.org/news/story.html --since 2026-11-20 --status 404 --json""",
)
@click.argument("url")
@click.option("--since", type=SINCE, help="Only captures at or after this time.")
@click.option("--status", type=click.IntRange(100, 999), help="Only captures with this HTTP status.")
@with_json
@with_home
def captures(home: str | None, as_json: bool, url: str, since: datetime | None, status: int | None) -> None:
    """List the captures of an article (by any of its URLs), oldest first."""
    with reading(home) as (_, connection):
        from archive.db.record import vantages_of
        from archive.memento import captures_of
        from archive.shapes.articles import capture_row

        found = captures_of(connection, url)
        ways = vantages_of(connection, found)
        rows = [
            capture_row(capture, ways.get(capture.id))
            for capture in found
            if (since is None or capture.timestamp >= since) and status in (None, capture.status)
        ]
    columns = [
        Column("timestamp", "Time (UTC)"),
        Column("status", "Status"),
        Column("record_type", "Record"),
        Column("mime", "Type", rank=1),
        Column("length", "Bytes kept", rank=4),
        Column("warc", "WARC", rank=2),
        Column("offset", "Offset", rank=3),
        *([Column("vantage", "Vantage", rank=5)] if any(row["vantage"] for row in rows) else []),
        *_differing(rows),
    ]
    emit(rows, columns, as_json=as_json, empty="no such captures")


@click.command(
    cls=Example,
    example="""
    stet fetches https://www.example.org/news/story.html
    stet fetches https://www.example.org/news/story.html --presence unreachable --limit 10""",
)
@click.argument("url")
@click.option(
    "--presence",
    type=click.Choice(["present", "gone", "barrier", "unreachable"]),
    help="Only fetches that say this of the article.",
)
@with_limit
@with_json
@with_home
def fetches(home: str | None, as_json: bool, url: str, limit: int, presence: str | None) -> None:
    """List every attempt to fetch an article, the latest first, and what each says of its presence."""
    with reading(home) as (_, connection):
        from archive.db.record import fetches_of
        from archive.memento import article_at
        from archive.shapes.articles import fetch_row

        article = article_at(connection, url)
        # Filtered here and not by the query: one article has some thousands of fetches at most.
        found = fetches_of(connection, article.id, limit=sys.maxsize if presence else limit)
        rows = [fetch_row(fetch) for fetch in found if presence in (None, fetch.presence)][:limit]
    columns = [
        Column("began", "Time (UTC)"),
        Column("elapsed_ms", "ms", rank=3),
        Column("status", "Status", rank=1),
        Column("presence", "Presence"),
        Column("sighting", "Sighting", rank=2),
        *([Column("vantage", "Vantage", rank=4)] if any(row["vantage"] for row in rows) else []),
        Column("why", "Why", wraps=True),
        *_differing(rows),
    ]
    emit(rows, columns, as_json=as_json, empty="no such fetches" if presence else "not fetched yet")
