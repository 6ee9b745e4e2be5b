"""`stet backup` and `stet restore`: a home in one file, and out of it again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from archive import home as homes
from archive.errors import NothingFound
from archive.options import Example, with_home
from archive.output import say


@click.command(
    cls=Example,
    example="""
    stet backup /media/disk/stet.zip
    stet backup /media/disk/stet --warcs""",
)
@click.argument("to", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option("--warcs", is_flag=True, help="With the WARC files; into a DIR, each closed one only once.")
@with_home
def backup(home: str | None, to: Path, warcs: bool) -> None:
    """Save what the WARC files cannot give back: settings, keys, log, and the database as it is at one moment.

    Into FILE, whole or not at all; an earlier backup of that name is replaced. Into a DIR that exists, as one more
    file. A crawl may be running meanwhile. Keep it as you would keep the private keys in it.
    """
    found = homes.find(home)
    from archive import backup as backups
    from scheduler.progress import Progress

    with Progress("saving") as progress:
        progress.start(sum(path.stat().st_size for path in found.spool.glob("*.warc.gz")) if warcs else 0)
        saved = backups.save(
            found,
            to,
            warcs=warcs,
            now=datetime.now(UTC),
            software=f"stet/{version('stet')}",
            step=lambda size, name: progress.step(size if name.startswith(backups.POOL) else 0),
        )
    for why in saved.left_out:
        say(f"stet: {why}")
    if warcs:
        apart = f", {saved.new} of them copied now" if to.is_dir() else ""
        say(f"{saved.warcs} WARC files{apart}")
    else:
        say("without WARC files; save those by --warcs or by other means")
    if found.bucket:
        say(f"WARC files in {found.settings.archive.warcs} stay there and are not in it")
    say(f"saved {saved.files} files in {saved.path} (manifest sha256 {saved.manifest})")
    say("only you can read it, for it may hold private keys; leave it so")
    if saved.left_out:
        raise NothingFound(f"{saved.path}: {len(saved.left_out)} things are not in it, named above")


@click.command(
    cls=Example,
    example="""
    stet restore /media/disk/stet.zip ~/watch
    stet restore /media/disk/stet ~/watch""",
)
@click.argument("source", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.argument("folder", metavar="HOME", type=click.Path(path_type=Path))
def restore(source: Path, folder: Path) -> None:
    """Make the home of a backup in HOME, a folder that is not there yet or empty.

    Of a DIR of backups the newest is taken. Every byte is proven before anything is written.
    """
    from archive import restoring
    from scheduler.progress import Progress

    with restoring.Backup(restoring.newest(source)) as opened, Progress("proving") as progress:
        progress.start(sum(entry.size for entry in opened.entries.values()))
        home = restoring.restore(opened, folder, os.environ, step=lambda size, _name: progress.step(size))
        said = f"restored {len(opened.entries)} files of {opened.about['made']} to {home.root}"
        say(f"{said} (manifest sha256 {opened.digest})")
        if not opened.has_warcs:
            say(f"the WARC files are not in this backup: put them into {home.spool} first")
    say(f"next: stet verify --home {home.root}")
