"""A home out of a backup, after every byte of it was proven.

Knows how to tell that a backup is whole, and where its files go. Refuses to overwrite anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from archive.backup import DATABASE, FORMAT, MANIFEST, POOL, SQLITE, STEP, Entry, Step, copied
from archive.db.engine import open_database
from archive.errors import EnvironmentFailed, Misuse
from archive.home import SETTINGS_FILE, Home, find
from archive.replaying import Replayer, reconcile
from archive.settings import parse
from archive.warc.files import failed, sync_folder
from archive.warc.places import SEAL
from archive.warc.recovery import recover

MOST: Final = 64 << 20
"""Bytes of a manifest at most: some 300,000 files."""

# Proving -------------------------------------------------------------------------------------------

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    TypeError,
    OSError,
)
"""What Python's `zipfile` raises for files that were damaged on purpose or not; found by trying all of them."""


class Backup:
    """A backup, open for reading. Raises `EnvironmentFailed` for one that is not whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._judged():
            self._zip = zipfile.ZipFile(path)
            text = self._manifest()
            self.digest = hashlib.sha256(text).hexdigest()
            self.about: dict[str, Any] = json.loads(text)
            if self.about["format"] != FORMAT:
                raise Misuse(f"{path}: was made by a newer Stet; update this one")
            self.entries = {name: Entry(**said) for name, said in self.about["files"].items()}
            self._check_names()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @contextlib.contextmanager
    def _judged(self) -> Iterator[None]:
        if not self.path.is_file():
            raise Misuse(f"{self.path}: there is no such file; name a backup or a folder of them")
        try:
            yield
        except _BROKEN as error:
            why = f"{type(error).__name__}: {error}" if not isinstance(error, zipfile.BadZipFile) else error
            raise self._refused(str(why)) from error

    def _refused(self, why: str) -> EnvironmentFailed:
        return EnvironmentFailed(f"{self.path}: is no whole backup and is not used: {why}; take another one")

    def _manifest(self) -> bytes:
        with self._zip.open(MANIFEST) as file:
            text = file.read(MOST + 1)
        if len(text) > MOST:
            raise self._refused("its manifest is too long")
        return text

    def _check_names(self) -> None:
        """The manifest names just what is there, and nothing that would lie outside of the home."""
        inside = {name for name, entry in self.entries.items() if not entry.apart}
        names = self._zip.namelist()
        if sorted(names) != sorted([*inside, MANIFEST]):
            raise self._refused("its manifest tells of other files than it holds")
        for name in self.entries:
            parts = PurePosixPath(name).parts
            top = parts[0] if parts else ""
            safe = "/".join(parts) == name and not {"..", ".", "/"} & {*parts} and "\0" not in name
            if not safe or not (
                name == DATABASE or (top == "home" and len(parts) > 1) or (top == POOL and len(parts) == 2)
            ):
                raise self._refused(f"it holds a file by a name that it cannot have: {name[:80]!r}")

    def prove(self, step: Step = lambda _size, _name: None) -> None:
        """Hold every byte against the manifest; the time at which to refuse it is before anything is written."""
        for name, entry in self.entries.items():
            with Path(os.devnull).open("wb") as nowhere:
                self.copy(name, nowhere)
            step(entry.size, name)

    def copy(self, name: str, to: IO[bytes]) -> None:
        """Copy one file out. Raises `EnvironmentFailed` where it is not what the manifest says."""
        entry = self.entries[name]
        with self._judged():
            opened = self._zip.open(name) if not entry.apart else (self.path.parent / name).open("rb")
            with opened as file:
                found = copied(file, to, entry.size + 1)
        if found != (entry.size, entry.sha256):
            where = self.path.parent / name if entry.apart else name
            raise self._refused(f"{where} is not what the manifest says")

    def settings(self) -> str:
        """The text of the home's settings."""
        with self._judged(), self._zip.open(f"home/{SETTINGS_FILE}") as file:
            return file.read(STEP).decode("utf-8-sig")

    @property
    def has_warcs(self) -> bool:
        """Whether there are WARC files in it."""
        return any(name.startswith(f"{POOL}/") for name in self.entries)


def newest(path: Path) -> Path:
    """The backup at `path`; of a folder of them, the newest."""
    if not path.is_dir():
        return path
    found = sorted(path.glob("stet-*.zip"))
    if not found:
        raise Misuse(f"{path}: holds no backup (stet-….zip); name another folder")
    return found[-1]


# Restoring -----------------------------------------------------------------------------------------


def restore(
    backup: Backup, root: Path, environ: Mapping[str, str], step: Step = lambda _size, _name: None
) -> Home:
    """Make the home of `backup` at `root`, which is not there yet or empty. All of it is proven first.

    It is made beside `root` and moved there when it is whole. Raises `Misuse` and `EnvironmentFailed`.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Misuse(f"{root}: is not empty, and nothing is ever overwritten; name a folder that is not there yet")
    root = root.absolute()
    text = backup.settings()
    settings = parse(tomllib.loads(text), where=f"{SETTINGS_FILE} in {backup.path}", environ=environ)
    wanted = Home(root, settings)
    if not wanted.database_url.startswith(SQLITE):
        raise Misuse("stet restore: the settings name a PostgreSQL database; unset STET_ARCHIVE_DATABASE")
    places = _Places(root, Path(wanted.database_url.removeprefix(SQLITE)), wanted.spool)
    places.require_room()
    backup.prove(step)
    try:
        places.staging.mkdir(parents=True, mode=0o755)
        for name, entry in backup.entries.items():
            _take_out(backup, name, entry, places.of(name))
        if not places.spool_outside:
            places.of(f"{POOL}/-").parent.mkdir(parents=True, exist_ok=True)
        places.staging.rename(root)
        sync_folder(root.parent)
    except OSError as error:
        raise failed(Path(str(error.filename or root)), "is not restored", error) from error
    home = find(root, environ)
    if backup.has_warcs:
        _mend(home)
    return home


def _take_out(backup: Backup, name: str, entry: Entry, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, entry.mode & 0o777)
    with os.fdopen(descriptor, "wb") as file:
        backup.copy(name, file)
        file.flush()
        os.fsync(file.fileno())
    if entry.apart:
        seal = path.with_name(path.name + SEAL)
        seal.write_text(f"{entry.sha256}  {path.name}\n", encoding="utf-8")


class _Places:
    """Where the files of a backup go: the settings may have database and WARC files outside of the home."""

    def __init__(self, root: Path, database: Path, spool: Path) -> None:
        self.root, self.database, self.spool = root, database, spool
        self.staging = root.with_name(f".{root.name}.restoring")

    @property
    def spool_outside(self) -> bool:
        """Whether WARC files lie elsewhere."""
        return not self.spool.is_relative_to(self.root)

    def require_room(self) -> None:
        """Refuse where something is that would be overwritten."""
        if self.staging.exists():
            raise EnvironmentFailed(
                f"{self.staging}: is left of a restore that did not come to its end; remove it"
            )
        if self.database.exists():
            raise Misuse(f"{self.database}: the settings have the database there, and there is one; move it away")
        if self.spool_outside and self.spool.exists() and any(self.spool.iterdir()):
            raise Misuse(
                f"{self.spool}: the settings have the WARC files there, and there are some; move them away"
            )

    def of(self, name: str) -> Path:
        """Where the file of this name is written."""
        if name == DATABASE:
            return self._staged(self.database)
        top, _, rest = name.partition("/")
        return self._staged(self.spool / rest if top == POOL else self.root / rest)

    def _staged(self, path: Path) -> Path:
        return self.staging / path.relative_to(self.root) if path.is_relative_to(self.root) else path


def _mend(home: Home) -> None:
    """Close the WARC files that were open when they were saved; index what the database does not know."""
    database = open_database(home.database_url)
    try:
        with home.lock("stet restore"):
            replayer = Replayer(database, home.settings, home.warcs)
            for mended in recover(home.spool):
                if mended.path is not None:
                    reconcile(database, home.warcs, mended.path)
            replayer.settle_left()
    finally:
        database.close()
