"""The folder of daily backups: one more, and the oldest of them away.

Knows which files there are surely backups of this home; touches no other. How a backup is made is told in
`archive.backup`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from archive import backup
from archive.backup import Saved
from archive.errors import Misuse, StetError
from archive.home import Home
from archive.restoring import Backup
from archive.warc.files import NoRoom, failed, sync_folder

_NAME: Final = re.compile(r"stet-\d{14,17}\.zip")


class Stopped(StetError):
    """The daemon ends before the backup was made; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A backup of this home."""

    path: Path
    made: datetime


def folder_of(home: Home) -> Path | None:
    """Where `[daemon] backups` says; None: nowhere."""
    named = home.settings.daemon.backups
    return home.root / named if named else None


def held(folder: Path, home: Home) -> list[Held]:
    """The backups of `home` in `folder`, the newest first. Raises `EnvironmentFailed` where it cannot be read."""
    try:
        paths = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise failed(folder, "cannot be read", error) from error
    found = [one for path in paths if (one := _held(path, home)) is not None]
    return sorted(found, key=lambda one: one.made, reverse=True)


def _held(path: Path, home: Home) -> Held | None:
    """What the file is, if it is a backup of `home` beyond doubt."""
    if path.is_symlink():
        return None
    try:
        with Backup(path) as opened:
            made = datetime.fromisoformat(opened.about["made"])
            ours = opened.about["home"] == str(home.root)
    except (StetError, KeyError, TypeError, ValueError):
        return None
    return Held(path, made.astimezone(UTC)) if ours else None


def save(home: Home, folder: Path, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> Saved:
    """Make one more backup, with the WARC files unless those are in a bucket; then remove the oldest.

    What is left out of it, as it is damaged or elsewhere, is told by what is given back. Raises `StetError`s; then
    nothing is left of it, and no earlier one was removed.
    """

    def step(_size: int, _name: str) -> None:
        if stop():
            raise Stopped("the backup was broken off, as the daemon ends; the next start makes it")

    if not folder.is_dir():  # perhaps a disk that is not mounted: nothing is made in its place
        raise Misuse(f"{folder}: there is no such folder; make it first, or name another in [daemon] backups")
    warcs = home.bucket is None
    _require_room(home, folder, warcs=warcs)
    saved = backup.save(home, folder, warcs=warcs, now=now, software=f"stet/{version('stet')}", step=step)
    rotate(folder, home)
    return saved


def _require_room(home: Home, folder: Path, *, warcs: bool) -> None:
    """Refuse to fill a disk that others write to as well, perhaps we ourselves."""
    needed, reserve = backup.new_bytes(home, folder, warcs=warcs), home.settings.archive.reserve
    free = shutil.disk_usage(folder).free
    if free < needed + reserve:
        said = f"a backup takes up to {needed / 2**20:,.0f} MiB, and {free / 2**20:,.0f} MiB are free"
        raise NoRoom(f"{folder}: {said}, of which {reserve / 2**20:,.0f} stay so; free some space there")


def rotate(folder: Path, home: Home) -> list[Path]:
    """Remove the oldest backups of `home`, but for so many as `[daemon] keep_backups` says; which those were.

    WARC files beside them stay: the home has them as well, and its next backup would only copy them again.
    """
    gone = [one.path for one in held(folder, home)[home.settings.daemon.keep_backups :]]
    try:
        for path in gone:
            path.unlink()
        if gone:
            sync_folder(folder)
    except OSError as error:
        raise failed(folder, "keeps a backup that is to be removed", error) from error
    return gone
