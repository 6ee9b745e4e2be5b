"""The command that takes things out of the archive for others: `stet export`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import click

from archive.errors import Misuse
from archive.options import SINCE, TIME, Example, opened, reading, require_outlet, with_home, with_outlet
from archive.output import say


@click.command(
    cls=Example,
    example="""
    stet export https://www.example.org/news/story.html -o story.wacz
    stet export --outlet example --since 2026-11-20 --until 2026-11-22 -o week.wacz
    stet export --cdxj -o index.cdxj
    stet export --evidence 12 -o change-12.zip
    stet export --evidence https://www.example.org/news/story.html -o takedown.zip""",
)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@with_outlet
@click.option("--since", type=SINCE, help="Only what was fetched at or after this time.")
@click.option("--until", type=TIME, help="Only what was fetched at or before this time.")
@click.option("--cdxj", is_flag=True, help="Instead, the index of all captures, as replay tools read it.")
@click.option(
    "--evidence",
    metavar="FINDING",
    help="Instead, a bundle that proves one finding: a change by its id, or a takedown by the article's URL"
    " (or takedown:ID).",
)
@click.option("--unsigned", is_flag=True, help="Do not sign it with the home's key.")
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Write to this file; one that is there is never replaced.",
)
@with_home
def export(
    home: str | None,
    urls: tuple[str, ...],
    outlet: str | None,
    since: datetime | None,
    until: datetime | None,
    cdxj: bool,
    evidence: str | None,
    unsigned: bool,
    output: Path,
) -> None:
    """Take articles out as a WACZ file, which replays by itself, with every record as it was kept.

    With --evidence: one finding as a ZIP file for somebody who trusts nobody, with all that it rests on, the
    proofs, the diff, a README and a form of statement; 'stet verify --offline' checks it.
    """
    if cdxj or evidence is not None:
        if urls or outlet or since or until or unsigned or (cdxj and evidence is not None):
            which = "--evidence" if evidence is not None else "--cdxj"
            raise Misuse(f"stet export: {which} names all that goes in; leave the other choices out")
        if evidence is not None:
            _export_evidence(home, evidence, output)
        else:
            _export_index(home, output)
        return
    if urls and outlet is not None:
        raise Misuse("stet export: name URLs or an outlet, not both")
    if not urls and outlet is None and since is None and until is None:
        raise Misuse("stet export: name URLs, an outlet (--outlet NAME) or a time (--since TIME)")
    if since is not None and until is not None and since > until:
        raise Misuse("stet export: --since is after --until; exchange them")
    with reading(home) as (found, connection):
        from archive import wacz

        require_outlet(connection, outlet)
        chosen = wacz.select(connection, urls, outlet=outlet, since=since, until=until)
        with _progress(output.name) as step:
            sign = None if unsigned else wacz.signer(found)
            shares = wacz.export(found, connection, chosen, output, sign=sign, step=step)
    records = sum(len(share.parts) for share in shares)
    say(f"{output}: {len(chosen.held)} fetches, {records} records of {len(shares)} WARC files")


def _export_index(home: str | None, output: Path) -> None:
    with reading(home) as (_, connection):
        from archive.db import timeline
        from archive.warc import cdxj
        from archive.warc.files import new_file

        count = 0
        with new_file(output) as file:
            for line in cdxj.lines(timeline.every(connection)):
                file.write(f"{line}\n".encode("utf-8", "surrogatepass"))
                count += 1
    say(f"{output}: {count} index lines")


def _export_evidence(home: str | None, finding: str, output: Path) -> None:
    with opened(home) as (found, database), database.read() as connection:
        from archive import evidence

        case = evidence.case_of(connection, finding)
        for failed in evidence.keep_books(found, database):
            say(failed)
        records = evidence.export(found, connection, case, output)
    say(f"{output}: {case.name}, {len(case.roles)} fetches, {records} records, each proven")
    say(f"check it with: stet verify --offline {output}")


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where that is a terminal: bytes done, of how many."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def step(done: int, of: int) -> None:
            bar.length = of
            bar.update(done)

        yield step


COMMANDS = (export,)
