"""`stet reextract`: what an upgrade of the extractor would alter, and the histories read again."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from archive import home as homes
from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import OUTLET, Example, opened, require_outlet, with_home, with_json
from archive.output import emit, json_line, say, tell, wants_colour

if TYPE_CHECKING:
    from archive.db.engine import Database
    from archive.home import Home
    from archive.reextracting import Alteration

SAY_EVERY = 10.0
"""Seconds between two lines of progress where stderr is no terminal."""

SHOWN = 20
"""Rows that people get to see, of those that are altered most; scripts get all."""


@click.command(
    cls=Example,
    example="""
    stet reextract
    stet reextract --outlet guardian --limit 200 --diffs 10
    stet reextract --apply""",
)
@click.option(
    "--apply", "applied", is_flag=True, help="Read the histories again; else only say what that would do."
)
@click.option("--outlet", type=OUTLET, metavar="NAME", help="Only this outlet.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Only so many articles: a sample of all; with --apply the first ones. [default: all]",
)
@click.option(
    "--diffs",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Show so many of the readings that differ most.",
)
@with_json
@with_home
def reextract(
    home: str | None, applied: bool, outlet: str | None, limit: int | None, diffs: int, as_json: bool
) -> None:
    """Read the captures that an earlier extractor read again, by today's.

    Versions are only compared as one extractor reads them, so after an upgrade of trafilatura or of Stet each
    history is read again from the WARC files: no change comes of it. Every 'stet crawl' does a little of that at
    its end ([edits] reextract). Without --apply nothing is altered, and the exit code is 1 where something would
    be. It can be stopped at any moment and goes on where it was.
    """
    if applied and as_json:
        raise Misuse("stet reextract: --json goes with the report; leave it or --apply out")
    found = homes.find(home)
    with opened(home) as (_, database):
        from archive.db import readings
        from archive.extractor import EXTRACTOR

        with database.read() as connection:
            require_outlet(connection, outlet)
            wanted = readings.pending(connection, EXTRACTOR, outlet=outlet, again=applied)
        if not wanted:
            say(f"all histories are read by {EXTRACTOR}: nothing to do")
            return
        if applied:
            _apply(found, database, wanted[:limit], outlet)
        else:
            _report(found, database, _sample(wanted, limit), len(wanted), diffs=diffs, as_json=as_json)


def _sample(wanted: list[int], limit: int | None) -> list[int]:
    """So many of the articles, evenly chosen: the first and the latest found are of different times."""
    if limit is None or limit >= len(wanted):
        return wanted
    return [wanted[number * len(wanted) // limit] for number in range(limit)]


def _apply(home: Home, database: Database, wanted: list[int], outlet: str | None) -> None:
    from archive.db import readings
    from archive.extractor import EXTRACTOR
    from scheduler import rereading
    from scheduler.progress import Progress

    with home.lock("stet reextract"), Progress("reading") as progress:
        progress.start(len(wanted))
        done, said = 0, time.monotonic()

        def step() -> None:
            nonlocal done, said
            done += 1
            progress.step()
            if not sys.stderr.isatty() and time.monotonic() - said > SAY_EVERY:
                said = time.monotonic()
                say(f"{done:,} of {_many(len(wanted), 'article')}")

        tally = rereading.apply(home, database, wanted, step=step)
    with database.read() as connection:
        unread = readings.unread(connection, EXTRACTOR, outlet=outlet)
    for each in unread:
        say(f"{each.url}, captured {each.at:%Y-%m-%d %H:%M:%S} UTC: {each.why}")
    say(tally.sentence())
    if unread:
        raise NothingFound(
            f"{home.root}: {_many(len(unread), 'capture')} cannot be read again, named above; what earlier"
            " extractors read of them stays; 'stet reextract --apply' tries once more"
        )


def _report(home: Home, database: Database, wanted: list[int], total: int, *, diffs: int, as_json: bool) -> None:
    from archive.extractor import EXTRACTOR
    from scheduler.progress import Progress

    found: list[Alteration] = []
    with Progress("reading") as progress:
        progress.start(len(wanted))

        def step(rows: list[Alteration]) -> None:
            progress.step()
            if as_json:
                for row in rows:
                    tell(json_line(_plain(row)))
            found.extend(rows)

        asyncio.run(_compare(home, database, wanted, step))
    if not as_json:
        _show(found, diffs)
    of = f"{len(wanted)} of {_many(total, 'article')}" if len(wanted) < total else _many(total, "article")
    say(f"{EXTRACTOR} reads {of} again: {_count(found)}")
    if found:
        raise NothingFound(
            f"{home.root}: readings would be altered; no change would be told; 'stet reextract --apply' does it"
        )


async def _compare(home: Home, database: Database, wanted: list[int], step: Any) -> None:
    from archive import reextracting
    from scheduler import rereading

    async with contextlib.aclosing(rereading.read(home, database, wanted)) as articles:
        async for again in articles:
            with database.read() as connection:
                step(reextracting.altered(connection, again.article_id, again.pages, again.unread))


def _plain(row: Alteration) -> dict[str, Any]:
    return {
        "what": row.what.value,
        "url": row.url,
        "outlet": row.outlet,
        "version": row.version,
        "timestamp": row.at,
        "extractor": row.extractor,
        "kinds": list(row.kinds),
        "words_added": row.words_added,
        "words_removed": row.words_removed,
        "summary": row.summary,
    }


def _gravity(row: Alteration) -> tuple[bool, int]:
    """What cannot be read comes before all; then the largest difference."""
    return row.what.value == "unreadable", row.words_added + row.words_removed


def _show(found: list[Alteration], diffs: int) -> None:
    """The rows that people want to see first, and the largest differences in full."""
    largest = sorted(found, key=_gravity, reverse=True)
    columns = [
        Column("what", "What"),
        Column("outlet", "Outlet", rank=2),
        Column("version", "Version", rank=1),
        Column("summary", "Summary", wraps=True),
        Column("url", "URL", below=True),
    ]
    if found:
        emit([_plain(row) for row in largest[:SHOWN]], columns, as_json=False)
    if len(found) > SHOWN:
        say(f"and {len(found) - SHOWN} more; --json lists all")
    for row in [row for row in largest if row.sides][:diffs]:
        tell("")
        tell(_diff(row))


def _diff(row: Alteration) -> str:
    from archive.domain import rendering
    from archive.domain.diff import diff
    from archive.domain.sides import Sides
    from archive.output import clean

    assert row.sides is not None
    before, after = row.sides
    width = shutil.get_terminal_size((100, 24)).columns
    body = diff(before.text, after.text)
    sides = Sides(before=before, after=after)
    text = rendering.as_text(body, sides, colour=wants_colour(sys.stdout), width=width)
    return clean(f"{row.url}, version {row.version}: {row.summary}") + "\n\n" + text.rstrip("\n")


def _count(found: list[Alteration]) -> str:
    """What was found, in words."""
    if not found:
        return "every version as before"
    count = Counter(row.what.value for row in found)
    kinds = Counter(kind for row in found if row.what.value == "differs" for kind in row.kinds)
    said = {
        "differs": ("version", "read otherwise"),
        "unreadable": ("capture", "not be readable"),
        "vanishes": ("step", "vanish"),
        "appears": ("step", "appear"),
    }
    parts = [f"{_many(count[what], thing)} would {does}" for what, (thing, does) in said.items() if count[what]]
    if kinds:
        parts[0] += f" ({', '.join(f'{kind} {n}' for kind, n in kinds.most_common())})"
    return ", ".join(parts)


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
