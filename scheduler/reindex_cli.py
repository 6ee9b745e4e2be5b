"""`stet reindex`: the database from the WARC files alone, in its place, elsewhere, or only to compare."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive import home as homes
from archive.errors import NothingFound
from archive.options import Example, with_home
from archive.output import clean_lines, say, tell

if TYPE_CHECKING:
    from archive.home import Home
    from scheduler.progress import Progress
    from scheduler.reindexing import Tally

SAY_EVERY = 10.0
"""Seconds between two lines of progress where stderr is no terminal."""


@click.command(
    cls=Example,
    example="""
    stet reindex
    stet reindex --check
    stet reindex --into postgresql+psycopg://localhost/stet""",
)
@click.option(
    "--check", is_flag=True, help="Change nothing: say in what the database differs from the WARC files."
)
@click.option("--into", metavar="URL", help="Make it in this empty database, and leave the home's own as it is.")
@with_home
def reindex(home: str | None, check: bool, into: str | None) -> None:
    """Make the database anew from the WARC files alone; the old one stays beside it as stet.db.old.

    It can be stopped at any moment and goes on where it was. What no WARC file tells (robots.txt as last read,
    when files were proven and stored, rules and alerts) is taken over from the old database where that can still
    be read. With --check the exit code is 1 where a row differs.
    """
    if check and into is not None:
        raise click.UsageError("--check and --into exclude each other; leave one out")
    found = homes.find(home)
    from scheduler.progress import Progress

    with found.lock("stet reindex"), Progress("indexing") as progress:
        if check:
            _check(found, progress)
            return
        tally = _made(found, into, progress)
    _report(tally)


def _made(home: Home, into: str | None, progress: Progress, *, take_over: bool = True) -> Tally:
    from archive.warc.places import size
    from scheduler import reindexing

    total = sum(size(source) for source in reindexing.warc_files(home))
    progress.start(total)
    done, said = 0, time.monotonic()

    def step(count: int, name: str) -> None:
        nonlocal done, said
        done += count
        progress.step(count)
        if not sys.stderr.isatty() and time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            say(f"{done / total:.0%} of {total / 1e6:.0f} MB, in {name}")

    return reindexing.reindex(home, into=into, step=step, take_over=take_over)


def _report(tally: Tally) -> None:
    for gap in tally.gaps:
        say(f"passed over: {gap}; run: stet verify")
    say(tally.sentence())


def _check(home: Home, progress: Progress) -> None:
    from archive.db.compare import differences
    from archive.db.engine import open_database

    home.require_database()
    with tempfile.TemporaryDirectory(prefix=".reindex-", dir=home.root) as folder:
        url = f"sqlite:///{Path(folder) / 'stet.db'}"
        tally = _made(home, url, progress, take_over=False)
        ours, made = open_database(home.database_url), open_database(url)
        try:
            with ours.read() as one, made.read() as other:
                count = 0
                for difference in differences(one, other):
                    count += 1
                    side = "only in the database" if difference.here else "only in the WARC files"
                    tell(clean_lines(f"{difference.table}: {side}: {difference.row}"))
        finally:
            ours.close()
            made.close()
    _report(tally)
    if count:
        raise NothingFound(
            f"{home.root}: {count} rows differ, named above; 'stet reindex' makes the database anew"
        )
    say("the database is what the WARC files say")
