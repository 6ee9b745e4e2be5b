"""Sealed WARC files → the bucket.

A file is put there, read back and held against its seal; only then the database says that it is stored, and only
what is stored leaves the spool. Whatever breaks off in between is begun again from what is there: what the bucket
has already is proven, never sent again and never replaced. Refuses to remove anything from the bucket.

A bucket that is away keeps nobody from capturing. Files wait in the spool, and the next occasion takes them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from archive.db import files
from archive.db.engine import Database
from archive.errors import EnvironmentFailed, StetError
from archive.home import Home
from archive.warc.bucket import Bucket
from archive.warc.places import SEAL, Stored, sha256, whole
from archive.warc.seals import check_seal

START: Final = timedelta(seconds=30)
"""After this no further file is begun at the start of a pass: what piled up must not keep it from capturing."""

_ONE = threading.Lock()
"""Two who store one file would send it twice."""


@dataclass(slots=True, kw_only=True)
class Storing:
    """What became of the files in the spool."""

    stored: list[str] = field(default_factory=list)  #: were put into the bucket, and proven
    dropped: list[str] = field(default_factory=list)  #: left the spool; the bucket was proven to have them
    waiting: list[str] = field(default_factory=list)  #: are in the spool alone
    troubles: list[str] = field(default_factory=list)  #: why, in one line each

    def count(self) -> str:
        """How many files wait, for people."""
        return "1 sealed file waits" if len(self.waiting) == 1 else f"{len(self.waiting)} sealed files wait"


class Unequal(StetError):
    """The bucket has a file of this name with other bytes."""

    def __init__(self, place: Stored) -> None:
        super().__init__(
            f"{place}: is not the file that was sealed here; nothing is written over it: find out what it is, move"
            " it away, then run: stet store"
        )


def store(
    home: Home,
    database: Database,
    *,
    now: Callable[[], datetime],
    patience: timedelta | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Storing:
    """Bring the sealed files of the spool into the bucket, and drop those that have been there for long enough.

    After `patience`, and after `stop`, no other file is begun. Call it while you hold the home. Without a bucket
    nothing is done.
    """
    done = Storing()
    if (bucket := home.bucket) is not None:
        with _ONE:
            _store(home, database, bucket, now=now, patience=patience, stop=stop, done=done)
    return done


def _store(
    home: Home,
    database: Database,
    bucket: Bucket,
    *,
    now: Callable[[], datetime],
    patience: timedelta | None,
    stop: Callable[[], bool],
    done: Storing,
) -> None:
    with database.read() as connection:
        known = files.stored(connection)
    until = None if patience is None else time.monotonic() + patience.total_seconds()
    answers = True
    for path in sealed(home.spool):
        in_time = not stop() and (until is None or time.monotonic() < until)
        try:
            if answers and in_time:
                at = known[path.name].at if path.name in known else None
                _one(home, database, bucket, path, at, now=now, done=done)
                continue
        except StetError as error:
            done.troubles.append(str(error))
        except OSError as error:  # the bucket is away, or refuses us: so it will for the others
            answers = False
            done.troubles.append(f"{error.filename}: {error.strerror or error}")
        if path.name not in known and path.name not in done.stored:
            done.waiting.append(path.name)


def sealed(spool: Path) -> Iterator[Path]:
    """The sealed files in the spool, oldest first."""
    return (path for path in sorted(spool.glob("*.warc.gz")) if _seal(path).exists())


def _one(
    home: Home,
    database: Database,
    bucket: Bucket,
    path: Path,
    at: datetime | None,
    *,
    now: Callable[[], datetime],
    done: Storing,
) -> None:
    """Store the file at `path`, or drop it where the bucket has had it since `at` for long enough."""
    keep = home.settings.storage.keep_local
    if at is not None and now() - at < keep:
        return
    digest, size = _digest(path), path.stat().st_size
    _put(bucket, path, digest)  # also before it is dropped: much may have happened to the bucket since
    if at is None:
        at = now()
        with database.write() as connection:
            files.note_stored(connection, path.name, size=size, sha256=digest, at=at)
        done.stored.append(path.name)
    if now() - at >= keep:
        path.unlink()
        done.dropped.append(path.name)


def _digest(path: Path) -> str:
    """The SHA-256 that the file at `path` was sealed with, and still has."""
    for fault in check_seal(path):
        raise EnvironmentFailed(f"{fault}; it stays where it is, run: stet verify")
    return _seal(path).read_text(encoding="utf-8")[:64]


def _put(bucket: Bucket, path: Path, digest: str) -> None:
    """Have the file in the bucket, and then its seal, both read back and proven. Raises OSError and `Unequal`."""
    for each in (path, _seal(path)):
        # What is there already was left by a run that was broken off, or is somebody else's: proving tells.
        with contextlib.suppress(FileExistsError):
            bucket.put(each.name, each)
        _prove(bucket, each, digest)


def _prove(bucket: Bucket, path: Path, digest: str) -> None:
    """Read what the bucket has under the name of `path`, all of it. Raises `Unequal` if it is not the same."""
    place = Stored(bucket, path.name)
    same = whole(place) == path.read_bytes() if path.name.endswith(SEAL) else sha256(place) == digest
    if not same:
        raise Unequal(place)


def _seal(path: Path) -> Path:
    return path.with_name(path.name + SEAL)
