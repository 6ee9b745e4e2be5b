"""A home in one file.

Knows what a home holds that the WARC files cannot give back, and in which order it must be read while somebody
crawls. Refuses to know what any of it means.

A backup is a ZIP file: `home/…`, all of the home's folder but for its hidden files; `database`, the database as it
was at one moment; `warcs/…`, WARC files; and `manifest.json`, written last, with size and SHA-256 of each.
WARC files that are closed never change, so that a folder with many backups holds each of them once, in `warcs/`
beside the backups. It is read in this order:

1. the log, its heads first: it tells only of records that are in the WARC files already;
2. the names of closed WARC files: all that is in them is in the database;
3. the database: all that it tells of is in the WARC files;
4. the WARC files. Those that were open at 2 are kept as `.open`, up to where they then reach, and what is in them
   and not in the database yet is indexed when the home is restored (`archive.restoring`), as after a crash.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Self

from archive.db import copying
from archive.domain.times import iso
from archive.errors import EnvironmentFailed, Misuse
from archive.home import Home
from archive.warc.cdxj import stamp
from archive.warc.files import failed, sync_folder
from archive.warc.places import OPEN, SEAL

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
POOL: Final = "warcs"
"""The folder of WARC files in a backup, and beside the backups in a folder of them."""

FORMAT: Final = 1
PART: Final = ".part"
STEP: Final = 1 << 20
SQLITE: Final = "sqlite:///"

Step = Callable[[int, str], None]
"""Told after each file: its bytes and its name; and meanwhile without either. An exception ends the saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a backup."""

    size: int
    sha256: str
    mode: int = 0o644
    apart: bool = False  #: lies in the folder beside the backup


@dataclass(slots=True, kw_only=True)
class Saved:
    """What came of it."""

    path: Path
    manifest: str = ""  #: SHA-256 of the manifest, by which a backup can be told from every other
    files: int = 0
    warcs: int = 0
    new: int = 0  #: WARC files that were copied now
    left_out: list[str] = field(default_factory=list)  #: why something is not in it, one line each


# Saving --------------------------------------------------------------------------------------------


def save(
    home: Home, to: Path, *, warcs: bool, now: datetime, software: str, step: Step = lambda _size, _name: None
) -> Saved:
    """Save `home` into the file `to`, or as one more backup into the folder `to`; nobody sees half of one.

    Somebody may be crawling. Raises `Misuse`, and `EnvironmentFailed` where the disk does not give or take it.
    """
    database = _database_of(home)
    folder = to if to.is_dir() else to.parent
    target = to / f"stet-{stamp(now)}.zip" if to.is_dir() else to
    if not folder.is_dir():
        raise Misuse(f"{folder}: there is no such folder; make it first, or name another place")
    if folder.resolve().is_relative_to(home.root):
        raise Misuse(f"{to}: lies in the home that it is to save, and would be lost with it; choose another disk")
    if target.exists() and not _is_backup(target):
        raise Misuse(f"{target}: exists and is no backup of Stet; choose another name")
    saved = Saved(path=target)
    try:
        with _being_written(folder / ("stet" if to.is_dir() else to.name), target) as file:
            pool = to / POOL if to.is_dir() else None
            writing = _Writing(file, saved, pool, step)
            with writing:
                _save_home(writing, home, database)
                closed = _closed(home.spool)
                _save_database(writing, database, folder)
                if warcs:
                    _save_warcs(writing, home.spool, closed)
                writing.finish({"format": FORMAT, "made": iso(now), "software": software, "home": str(home.root)})
    except OSError as error:
        raise failed(Path(str(error.filename or target)), "is not saved", error) from error
    return saved


def new_bytes(home: Home, folder: Path, *, warcs: bool) -> int:
    """How much room one more backup of `home` in `folder` needs, before anything is packed."""
    database = _database_of(home)
    log = database.with_name(database.name + "-wal")
    total = 2 * sum(path.stat().st_size for path in (database, log) if path.exists())  # the copy, plain and packed
    if warcs:
        for path in home.spool.glob("*.warc.gz*"):
            if path.name.endswith(SEAL) or (folder / POOL / path.name).exists():
                continue
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
    return total


def _database_of(home: Home) -> Path:
    if not home.database_url.startswith(SQLITE):
        raise Misuse(
            "stet backup: the database is PostgreSQL, which is saved by its own means: run pg_dump"
            f" --format=custom first, then copy {home.root} with any program"
        )
    home.require_database()
    return Path(home.database_url.removeprefix(SQLITE))


@contextlib.contextmanager
def _being_written(beside: Path, target: Path) -> Iterator[IO[bytes]]:
    """A file that only we can read, which becomes `target` when all went well; what a crash left is taken over."""
    part = beside.with_name(beside.name + PART)
    while True:
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise EnvironmentFailed(f"{part}: another backup is being written there; wait for it") from None
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_ino == os.fstat(file.fileno()).st_ino:
                break
        file.close()  # another one was finished between the two steps
    with file:
        file.truncate()
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


class _Writing:
    """A backup while it is written."""

    def __init__(self, file: IO[bytes], saved: Saved, pool: Path | None, step: Step) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._entries: dict[str, Entry] = {}
        self._saved, self._step = saved, step
        self.pool = pool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # where it failed, nobody will read what is there
            self._zip.close()

    def add(self, name: str, source: Path, *, packed: bool = False) -> None:
        """Copy what the file at `source` holds now; it may grow meanwhile."""
        with source.open("rb") as file:
            state = os.fstat(file.fileno())
            info = zipfile.ZipInfo(name)  # without a time: the same home gives the same bytes
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.external_attr = stat.S_IFREG | stat.S_IMODE(state.st_mode) << 16
            with self._zip.open(info, "w", force_zip64=True) as to:
                size, digest = copied(file, to, state.st_size)
        self._note(name, Entry(size=size, sha256=digest, mode=stat.S_IMODE(state.st_mode)))

    def add_apart(self, source: Path) -> None:
        """Have the closed WARC file at `source` beside the backups; it is copied once, and proven by its seal."""
        assert self.pool is not None
        there, said, size = self.pool / source.name, _sealed(source), source.stat().st_size
        if said is None or _sealed(there) != said or not there.exists() or there.stat().st_size != size:
            said = self._copy_apart(source, there, said)
            if said is None:
                return
            self._saved.new += 1
        self._note(f"{POOL}/{source.name}", Entry(size=size, sha256=said, apart=True))

    def _copy_apart(self, source: Path, there: Path, said: str | None) -> str | None:
        assert self.pool is not None
        self.pool.mkdir(mode=0o700, exist_ok=True)
        part = there.with_name(there.name + PART)
        try:
            with source.open("rb") as file, part.open("wb") as to:
                _, digest = copied(file, to, None)
                to.flush()
                os.fsync(to.fileno())
        except BaseException:  # on a full disk the half of a file would keep others from it
            part.unlink(missing_ok=True)
            raise
        if said is not None and digest != said:
            part.unlink()
            self.leave_out(f"{source}: is not what its seal says and is left out; run: stet verify")
            return None
        part.rename(there)
        (there.with_name(there.name + SEAL)).write_text(f"{digest}  {there.name}\n", encoding="utf-8")
        sync_folder(self.pool)
        return digest

    def wait(self) -> None:
        """Something long is under way."""
        self._step(0, "")

    def leave_out(self, why: str) -> None:
        """Go on without a file."""
        self._saved.left_out.append(why)

    def _note(self, name: str, entry: Entry) -> None:
        self._entries[name] = entry
        self._saved.files += 1
        self._saved.warcs += name.startswith(f"{POOL}/") and not name.endswith(SEAL)
        self._step(entry.size, name)

    def finish(self, about: Mapping[str, object]) -> None:
        """Write the manifest and close."""
        listed = {
            name: {"size": e.size, "sha256": e.sha256, "mode": e.mode, **({"apart": True} if e.apart else {})}
            for name, e in sorted(self._entries.items())
        }
        text = json.dumps({**about, "files": listed}, ensure_ascii=False, indent=1).encode()
        self._zip.writestr(zipfile.ZipInfo(MANIFEST), text, zipfile.ZIP_DEFLATED)
        self._zip.close()
        self._saved.manifest = hashlib.sha256(text).hexdigest()


def copied(source: IO[bytes], to: IO[bytes], most: int | None) -> tuple[int, str]:
    """Copy up to `most` bytes; how many there were, and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    while most is None or size < most:
        part = source.read(STEP if most is None else min(STEP, most - size))
        if not part:
            break
        to.write(part)
        digest.update(part)
        size += len(part)
    return size, digest.hexdigest()


def _save_home(writing: _Writing, home: Home, database: Path) -> None:
    """All of the home's folder but database, WARC files and what is hidden; heads before spans and leaves."""
    apart = {home.spool.resolve()} | {
        database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")
    }
    for path in sorted(_walk(home.root, apart, writing), key=_reading_order):
        with contextlib.suppress(FileNotFoundError):  # one that its owner needed for a moment
            writing.add(f"home/{path.relative_to(home.root).as_posix()}", path)


def _walk(folder: Path, apart: set[Path], writing: _Writing) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.resolve() in apart:
            continue
        if path.is_dir() and path.is_symlink():
            writing.leave_out(f"{path}: is a link to a folder and is left out; save that folder by other means")
        elif path.is_dir():
            yield from _walk(path, apart, writing)
        elif path.is_file():
            yield path


def _reading_order(path: Path) -> tuple[bool, bool, list[int], str]:
    """In the log the opposite of the order of writing, which is leaves, levels above them, spans, heads."""
    level = path.name.startswith("level-")
    return level, path.name == "spans.jsonl", [-ord(c) for c in path.name] if level else [], str(path)


def _save_database(writing: _Writing, database: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".stet-", dir=folder) as room:
        copy = Path(room) / DATABASE
        copying.copy(database, copy, step=writing.wait)
        copy.chmod(stat.S_IMODE(database.stat().st_mode))
        writing.add(DATABASE, copy)


def _closed(spool: Path) -> set[str]:
    return {path.name for path in spool.glob("*.warc.gz")}


def _save_warcs(writing: _Writing, spool: Path, closed: set[str]) -> None:
    """The WARC files; those that are not among `closed` as if they were still open."""
    names = {path.name.removesuffix(OPEN) for end in ("", OPEN) for path in spool.glob(f"*.warc.gz{end}")}
    for name in sorted(names):
        with contextlib.suppress(FileNotFoundError):  # nothing was written to it, or it went into the bucket
            if name not in closed:
                writing.add(f"{POOL}/{name}{OPEN}", _now_at(spool, name), packed=True)
            elif writing.pool is not None:
                writing.add_apart(spool / name)
            else:
                writing.add(f"{POOL}/{name}", spool / name, packed=True)
                writing.add(f"{POOL}/{name}{SEAL}", spool / (name + SEAL))


def _now_at(spool: Path, name: str) -> Path:
    """Where the file is that may be closed at any moment."""
    opened = spool / (name + OPEN)
    return opened if opened.exists() else spool / name


def _sealed(path: Path) -> str | None:
    """The SHA-256 that the seal of `path` tells."""
    try:
        line = path.with_name(path.name + SEAL).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return None
    return line[0] if len(line) == 2 and line[1] == path.name else None


def _is_backup(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as opened:
            return MANIFEST in opened.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
