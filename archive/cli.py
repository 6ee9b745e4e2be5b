"""The archivists' commands: one memento, a comparison, a TimeMap, and the lists of `archive.lists`."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.account_cli import COMMANDS as ACCOUNTS
from archive.domain.times import stamp
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.exports import COMMANDS as EXPORTS
from archive.layout import Column
from archive.lists import articles, captures, changes, fetches
from archive.options import TIME, Example, opened, reading, with_home, with_json
from archive.output import clean_lines, emit, say, tell, wants_colour
from archive.searches import search
from archive.serving import serve
from archive.takedowns import takedowns
from archive.verifying import verify

if TYPE_CHECKING:
    from archive.db.engine import Connection
    from archive.db.findings import Version
    from archive.domain.model import Capture
    from archive.home import Home


@click.command(
    cls=Example,
    example="""
    stet timemap https://www.example.org/news/story.html
    stet timemap https://www.example.org/news/story.html --format cdxj""",
)
@click.argument("url")
@click.option(
    "--format",
    "form",
    type=click.Choice(["link", "json", "cdxj"]),
    default="link",
    show_default=True,
    help="link: RFC 7089 application/link-format; json; cdxj: index lines for replay tools.",
)
@with_home
def timemap(home: str | None, url: str, form: str) -> None:
    """Print the TimeMap of a URL: every capture of it, oldest first."""
    with reading(home) as (_, connection):
        from archive import timemaps
        from archive.domain.urls import fetchable
        from archive.memento import timemap_of

        text = timemaps.render(fetchable(url), timemap_of(connection, url), form)
    tell(text.removesuffix("\n"))


@click.command(
    cls=Example,
    example="""
    stet get https://www.example.org/news/story.html --at 2026-11-22 --as text
    stet get https://www.example.org/news/story.html --as warc -o story.warc.gz""",
)
@click.argument("url")
@click.option("--at", type=TIME, help="The latest capture at or before this time. [default: the latest]")
@click.option("--closest", is_flag=True, help="The capture nearest to --at, even a later one.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["html", "text", "headers", "warc", "wacz"]),
    default="html",
    show_default=True,
    help="The page's bytes, its story as text, the response head as sent, the WARC records, or those as WACZ.",
)
@click.option("--any-status", is_flag=True, help="Also captures in which the article was not there.")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@with_home
def get(
    home: str | None,
    url: str,
    at: datetime | None,
    closest: bool,
    form: str,
    any_status: bool,
    output: Path | None,
) -> None:
    """Take one captured page out of the archive."""
    if form in ("warc", "wacz") and output is None and sys.stdout.isatty():
        raise Misuse("stet get: a terminal cannot show WARC records; write them to a file with -o FILE")
    if closest and at is None:
        raise Misuse("stet get: --closest to what? give a time with --at")
    with reading(home) as (found, connection):
        capture, version = _chosen(connection, url, at, any_status=any_status, closest=closest)
        data = _taken(found, connection, capture, version, form)
    cut = f", cut off ({capture.truncated})" if capture.truncated else ""
    say(f"captured {stamp(capture.timestamp)} UTC, {capture.digest}{cut}")
    _write(data, output)


def _chosen(
    connection: Connection, url: str, at: datetime | None, *, any_status: bool, closest: bool
) -> tuple[Capture, Version | None]:
    """The capture that is asked for, and the wording that it shows, if it shows one."""
    from archive import memento

    try:
        memento.article_at(connection, url)
    except NothingFound as error:  # a feed is no article, and is kept too
        try:
            line = memento.line_of(connection, url)
        except NothingFound:
            raise error from None
    else:
        if not any_status:
            return memento.standing_at(connection, url, at, closest=closest)
        line = memento.story_line(connection, url)
    capture = memento.closest(connection, line, at) if closest and at else memento.latest(connection, line, at)
    return capture, memento.wording_of(connection, capture)


def _taken(home: Home, connection: Connection, capture: Capture, version: Version | None, form: str) -> bytes:
    """The capture in the form that is asked for."""
    from archive import memento

    if form == "text":
        if version is None:
            raise NothingFound(f"{capture.url}: this capture shows no story; take it with --as html")
        return f"{version.extraction.title}\n\n{version.extraction.text}\n".encode("utf-8", "replace")
    if form == "warc":
        return memento.records(home, connection, capture)
    if form == "wacz":
        from archive import wacz

        return wacz.of_capture(home, connection, capture)
    page = memento.page(home, connection, capture)
    if page.problem:
        say(f"{capture.url}: {page.problem}")
    return page.head_bytes if form == "headers" else page.body


def _write(data: bytes, output: Path | None, *, trusted: bool = False) -> None:
    """Write `data` to a file, or to stdout; on a terminal, without what could drive it unless it is `trusted`."""
    if output is not None:
        try:
            output.write_bytes(data)
        except OSError as error:
            raise EnvironmentFailed(
                f"{output}: cannot be written: {error.strerror}; choose another place"
            ) from error
    elif sys.stdout.isatty():
        text = data.decode("utf-8", "replace")
        click.echo(text if trusted else clean_lines(text), nl=False)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@click.command(
    cls=Example,
    example="""
    stet diff https://www.example.org/news/story.html
    stet diff https://www.example.org/news/story.html --change 12 --context 3
    stet diff https://www.example.org/news/story.html --from 2026-11-20 --format html -o diff.html""",
)
@click.argument("url")
@click.option("--from", "start", type=TIME, help="The wording that stood at this time. [default: the one before]")
@click.option("--to", "end", type=TIME, help="The wording that stood at this time. [default: the latest]")
@click.option(
    "--change", "change_id", type=int, metavar="ID", help="The step of this change; 'stet changes' has ids."
)
@click.option("--all", "whole", is_flag=True, help="Also what is mere noise: the two texts to the letter.")
@click.option(
    "--context",
    type=click.IntRange(0),
    metavar="N",
    help="Show so many unchanged paragraphs beside a change. [default: 1 in text, all in html; json has all]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "json"]),
    default="text",
    show_default=True,
    help="For a terminal; as a page of its own; as data.",
)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@with_home
def diff(
    home: str | None,
    url: str,
    start: datetime | None,
    end: datetime | None,
    change_id: int | None,
    whole: bool,
    context: int | None,
    form: str,
    output: Path | None,
) -> None:
    """Show how the wording of an article changed: headline, byline, links and the rest, and then the text."""
    if start is not None and end is not None and start > end:
        raise Misuse(f"stet diff: --from {stamp(start)} is after --to {stamp(end)}; exchange them")
    if change_id is not None and (start is not None or end is not None):
        raise Misuse("stet diff: --change says which two wordings; leave --from and --to out")
    with reading(home) as (_, connection):
        from archive import comparing, memento

        if change_id is None:
            change, (before, after) = None, memento.versions_between(connection, url, start, end)
        else:
            change, before, after = memento.step_of(connection, url, change_id)
        article = memento.article_at(connection, url)
        text = comparing.render(
            article.url,
            before,
            after,
            form=form,
            change=change,
            furniture=comparing.furniture_between(connection, article, before, after),
            whole=whole,
            context=context,
            colour=form == "text" and output is None and wants_colour(sys.stdout),
            width=shutil.get_terminal_size((100, 24)).columns,
        )
    # What comes from the page was cleaned when it was rendered; the colours are ours.
    _write(text.encode("utf-8", "replace"), output, trusted=form == "text")


@click.command(
    cls=Example,
    example="""
    stet history https://www.example.org/news/story.html
    stet history https://www.example.org/news/story.html --format html -o history.html""",
)
@click.argument("url")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "json"]),
    default="text",
    show_default=True,
    help="For a terminal; as a page of its own; as data.",
)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@with_home
def history(home: str | None, url: str, form: str, output: Path | None) -> None:
    """Tell an article's history: since when each sentence stands, what went, what changed, when nobody saw it."""
    with reading(home) as (_, connection):
        from archive.histories import history_of

        found = history_of(connection, url)
    from archive.domain import chronicle

    if form == "json":
        text = json.dumps(chronicle.as_json(found), ensure_ascii=False)
    elif form == "html":
        text = chronicle.as_html(found)
    else:
        colour = output is None and wants_colour(sys.stdout)
        text = chronicle.as_text(found, colour=colour, width=shutil.get_terminal_size((100, 24)).columns)
    # What comes from the page was cleaned when it was rendered; the colours are ours.
    _write(f"{text.rstrip()}\n".encode("utf-8", "replace"), output, trusted=form == "text")


@click.command(
    cls=Example,
    example="""
    stet store
    stet store --json""",
)
@with_json
@with_home
def store(home: str | None, as_json: bool) -> None:
    """Bring sealed WARC files into the bucket of [archive] warcs now, and prove that it has them.

    Every crawl does the same at its end; this is for a bucket that was away. Files that have been in the bucket
    for [storage] keep_local leave the spool.
    """
    with opened(home) as (found, database):
        from archive import storing

        if found.bucket is None:
            raise Misuse(
                f"{found.root}: [archive] warcs is a folder; write s3://bucket/prefix there, and run: stet store"
            )
        with found.lock("stet store"):
            done = storing.store(found, database, now=lambda: datetime.now(UTC))
    rows = [{"warc": name, "done": "stored"} for name in done.stored]
    rows += [{"warc": name, "done": "dropped"} for name in done.dropped]
    rows += [{"warc": name, "done": "waiting"} for name in done.waiting]
    columns = [Column("done", "Done"), Column("warc", "WARC file")]
    emit(rows, columns, as_json=as_json, empty=f"{found.bucket}: has all sealed files")
    for trouble in done.troubles:
        say(f"stet: {trouble}")
    if done.troubles:
        raise EnvironmentFailed(f"{found.spool}: {done.count()} here, see above")


READING = (articles, changes, takedowns, search, captures, fetches, timemap, get, diff, history)
COMMANDS = (*READING, verify, serve, store, *EXPORTS, *ACCOUNTS)
