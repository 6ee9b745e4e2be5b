"""Commands that bring in what others kept: archive files, and the captures of other web archives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from archive import home as homes
from archive.domain.model import Outlet
from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import OUTLET, SINCE, TIME, Example, with_home, with_json
from archive.output import emit, json_line, say, tell

if TYPE_CHECKING:
    from archive.importing import FileReport, Importer

WAYBACK = "https://web.archive.org/web/"

BACKFILL_COLUMNS = [
    Column("mementos", "Mementos"),
    Column("kept", "Kept"),
    Column("known", "Known"),
    Column("failed", "Failed"),
    Column("archive", "Archive"),
]

COLUMNS = [
    Column("file", "File"),
    Column("records", "Records"),
    Column("kept", "Kept"),
    Column("known", "Known"),
    Column("passed", "Passed over"),
    Column("damaged", "Damaged"),
]


@click.command(
    "import",
    cls=Example,
    example="""
    stet import old-crawl.warc.gz
    stet import --outlet guardian crawl-*.wacz
    stet import --dry-run 1999.arc.gz""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--outlet", type=OUTLET, metavar="NAME", help="Every article in them is of this outlet.")
@click.option(
    "--dry-run", "dry", is_flag=True, help="Read and prove the files, say what would be kept, keep nothing."
)
@with_json
@with_home
def import_(home: str | None, as_json: bool, files: Sequence[Path], outlet: str | None, dry: bool) -> None:
    """Take in WARC, ARC and WACZ files: each capture with its own date, where it came from, and nothing twice.

    Captures of articles become earlier or later versions of them. Articles of outlets that are not watched
    are put under a new outlet that is paused. Exit code 1 where something in a file is damaged; what is whole is
    kept.
    """
    found = homes.find(home)
    found.require_database()
    from archive.importing import Importer
    from crawler.runtime import opened
    from scheduler.progress import Progress
    from scheduler.stopping import gently

    reports: list[FileReport] = []
    with found.lock("stet import"), gently(found), opened(found) as runtime, Progress("importing") as progress:
        if outlet is not None:
            from archive.db.outlets import by_name

            with runtime.database.read() as connection:
                by_name(connection, outlet)
        importer = Importer(
            runtime.keeper,
            runtime.replayer,
            found.warcs,
            draft=_draft,
            outlet=outlet,
            dry=dry,
            plan=progress.start,
            step=progress.step,
        )
        try:
            importer.run(files, reports)
        finally:
            tell_reports(reports, as_json=as_json)
    tell_articles(importer)
    damaged = sum(report.damaged for report in reports)
    if damaged:
        raise NothingFound(f"stet import: {damaged} place{'' if damaged == 1 else 's'} damaged, named above")


@click.command(
    cls=Example,
    example="""
    stet backfill https://www.example.org/news/story.html
    stet backfill https://www.example.org/news/story.html --from http://localhost:8080/my-collection/
    stet backfill https://www.example.org/news/story.html --since 2024-01-01 --limit 20""",
)
@click.argument("url")
@click.option(
    "--from",
    "archive",
    default=WAYBACK,
    show_default=True,
    metavar="ARCHIVE",
    help="Under this address the archive has /timemap/link/URL; or the TimeMap's address, with {url} in it.",
)
@click.option("--since", type=SINCE, help="Only captures from this time on.")
@click.option("--until", type=TIME, help="Only captures up to this time.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="Fetch at most so many, the oldest first. [default: all]"
)
@with_json
@with_home
def backfill(
    home: str | None,
    as_json: bool,
    url: str,
    archive: str,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
) -> None:
    """Take the captures of one URL from another web archive, as it was then, one by one and politely.

    The archive must speak Memento (RFC 7089) and give pages out as they were (id_): pywb, the Wayback Machine,
    Stet. Captures that are kept already are not fetched. Run it again to go on where it ended.
    """
    found = homes.find(home)
    found.require_database()
    from archive.domain.urls import fetchable
    from crawler.spiders.backfill import Wish

    wish = Wish(url=fetchable(url), archive=_archive(archive), since=since, until=until, limit=limit)
    from archive.importing import FileReport
    from scheduler.backfilling import run_backfill
    from scheduler.progress import Progress
    from scheduler.stopping import gently

    report = FileReport(file=wish.archive)
    with found.lock("stet backfill"), gently(found), Progress() as progress:
        try:
            importer = run_backfill(found, wish, report, draft=_draft, progress=progress)
        finally:
            row = {
                "url": wish.url,
                "archive": wish.archive,
                "mementos": report.records,
                "kept": report.kept,
                "known": report.known,
                "failed": report.passed["memento"],
            }
            if as_json:
                tell(json_line(row))
            else:
                emit([row], BACKFILL_COLUMNS, as_json=False)
    tell_articles(importer)


def _archive(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise Misuse(
            f"stet backfill: --from {text!r} is no address of an archive; write https://web.archive.org/web/"
        )
    return text


def _draft(url: str) -> Outlet:
    """An outlet for a URL that belongs to none: as we know it, or as its host says; without seeds."""
    from crawler.outlets import known_for
    from crawler.watching import draft

    shipped = known_for(url)
    return replace(shipped, seeds=()) if shipped is not None else draft(urlsplit(url).hostname or "")


def tell_reports(reports: Sequence[FileReport], *, as_json: bool) -> None:
    """The faults on stderr, and a row for each file."""
    for report in reports:
        for fault in report.faults:
            say(str(fault))
    rows: list[dict[str, object]] = [
        {
            "file": report.file,
            "records": report.records,
            "kept": report.kept,
            "known": report.known,
            "passed": sum(report.passed.values()),
            "passed_by_type": dict(sorted(report.passed.items())),
            "unresolved": report.unresolved,
            "damaged": report.damaged,
            "faults": [
                {"file": f.file, "offset": f.place.offset, "what": f.what, "lost": f.lost} for f in report.faults
            ],
        }
        for report in reports
    ]
    if as_json:
        for row in rows:
            tell(json_line(row))
    else:
        emit(rows, COLUMNS, as_json=False)


def tell_articles(importer: Importer) -> None:
    """What became articles, and under which outlets."""
    if importer.new_articles:
        many = len(importer.new_articles)
        say(f"{many} new article{'' if many == 1 else 's'}; 'stet articles' lists them")
    for name in dict.fromkeys(importer.drafted):
        say(f"outlet '{name}' is new and paused; 'stet outlet resume {name}' visits it")


COMMANDS = (import_, backfill)
