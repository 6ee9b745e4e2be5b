"""A home: the folder with `stet.toml`, the database and the WARC files.

Knows where things lie and who may work there; opens nothing itself but the settings and the lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.errors import EnvironmentFailed, Misuse
from archive.settings import TEMPLATE, Settings, StorageSettings, load, parse
from archive.warc.bucket import Bucket
from archive.warc.places import Place, listed

SETTINGS_FILE = "stet.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that holds a home, and what it does."""

    purpose: str
    process: int


_HOLDER = re.compile(r"(.+) \(process (\d+)\)")


@dataclass(frozen=True, slots=True)
class Home:
    """One home and its settings."""

    root: Path
    settings: Settings

    @property
    def spool(self) -> Path:
        """The folder in which WARC files are written. Where there is no bucket, they stay there."""
        archive = self.settings.archive
        return self.root / (archive.spool if self.bucket else archive.warcs)

    @property
    def bucket(self) -> Bucket | None:
        """Where WARC files go once they are sealed; None: they stay in the folder."""
        return _bucket(self.root, self.settings.archive.warcs, self.settings.storage)

    @property
    def warcs(self) -> tuple[Place, ...]:
        """All places where WARC files lie, to be read through `archive.warc`."""
        return (self.spool, self.bucket) if self.bucket else (self.spool,)

    @property
    def log(self) -> Path:
        """The folder of the log over all records, with its heads and their timestamps."""
        return self.root / "log"

    @property
    def keys(self) -> Path:
        """The folder of the keys that heads are signed with."""
        return self.root / "keys"

    @property
    def disks(self) -> tuple[Path, ...]:
        """The folders that fill up when something is kept."""
        prefix = "sqlite:///"
        url = self.database_url
        return (self.spool, Path(url.removeprefix(prefix)).parent) if url.startswith(prefix) else (self.spool,)

    def require_database(self) -> None:
        """Refuse to begin an empty database beside WARC files: it would say that nothing was ever kept."""
        path = Path(self.database_url.removeprefix("sqlite:///"))
        sqlite = self.database_url.startswith("sqlite:///")
        if not sqlite or path.exists():
            return
        for place in self.warcs:
            try:
                held = next(iter(listed(place)), None)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EnvironmentFailed(f"{error.filename}: cannot be read: {error.strerror or error}") from error
            if held is not None:
                raise EnvironmentFailed(
                    f"{path}: the database is missing, though {place} holds WARC files; run: stet reindex"
                )

    @property
    def database_url(self) -> str:
        """The database's SQLAlchemy URL, a relative SQLite path made absolute."""
        url = self.settings.archive.database
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str((self.root / url.removeprefix(prefix)).resolve())
        return url

    @contextlib.contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Hold the home for a writer; a second one is refused at once, plainly."""
        path = self.root / ".lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise EnvironmentFailed(f"{path}: {error.strerror}; check the folder's permissions") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
                raise EnvironmentFailed(f"{self.root}: in use by {holder}; wait for it or stop it") from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{purpose} (process {os.getpid()})\n".encode(), 0)
            yield
            os.ftruncate(handle, 0)
        finally:
            os.close(handle)

    def holder(self) -> Holder | None:
        """Who holds the home just now, as far as he says who he is."""
        if not self.is_in_use():
            return None
        found = _HOLDER.fullmatch((self.root / ".lock").read_text("utf-8", "replace").strip())
        return Holder(purpose=found[1], process=int(found[2])) if found else None

    def is_in_use(self) -> bool:
        """Whether somebody holds the home just now."""
        try:
            with self.lock("a look whether it is in use"):
                return False
        except EnvironmentFailed:
            return True


@functools.cache  # one for all who read: it holds the connections
def _bucket(root: Path, url: str, storage: StorageSettings) -> Bucket | None:
    if not url.startswith("s3://"):
        return None
    return Bucket(
        url=url,
        endpoint=storage.endpoint,
        region=storage.region,
        allow_http=storage.allow_http,
        virtual_hosted=storage.virtual_hosted,
        checksums=storage.checksums,
        ca_bundle=str(root / storage.ca_bundle) if storage.ca_bundle else "",
    )


def find(given: str | Path | None, environ: Mapping[str, str] = os.environ, cwd: Path | None = None) -> Home:
    """Open the home that `--home`, `$STET_HOME` or the nearest parent folder names."""
    if given is not None:
        return _open(Path(given), environ)
    if environ.get("STET_HOME"):
        return _open(Path(environ["STET_HOME"]), environ, said_by="$STET_HOME: ")
    here = (cwd or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return _open(folder, environ)
    raise Misuse(f"{here}: no Stet home here or above; run 'stet init DIR', or name one with --home DIR")


def _open(root: Path, environ: Mapping[str, str], *, said_by: str = "") -> Home:
    if not (root / SETTINGS_FILE).is_file():
        raise Misuse(f"{said_by}{root}: not a Stet home (no {SETTINGS_FILE}); 'stet init {root}' makes one")
    root = root.resolve()
    return Home(root, load(root / SETTINGS_FILE, environ))


def create(root: Path, environ: Mapping[str, str] = os.environ, *, settings_text: str = TEMPLATE) -> Home:
    """Make a new home at `root`: its settings and its WARC folder. An existing home is left as it is."""
    path = root / SETTINGS_FILE
    if path.exists():
        raise Misuse(f"{root}: is a Stet home already; nothing was changed")
    settings = parse(tomllib.loads(settings_text), where=str(path), environ=environ)
    try:
        # The settings come last: where they stand, the home is whole.
        Home(root, settings).spool.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(settings_text)
    except OSError as error:
        raise EnvironmentFailed(
            f"{error.filename}: cannot be made: {error.strerror}; choose another folder"
        ) from error
    return _open(root, environ)
