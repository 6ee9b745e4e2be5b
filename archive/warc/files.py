"""Files of which each is whole or not there, and what is said of one that cannot be used.

Knows about durable names and bytes, and about the room for them; refuses to know what the files hold.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from archive.errors import EnvironmentFailed, Misuse

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors that pass when somebody makes room: the disk, a quota, a limit on a file's size."""


class NoRoom(EnvironmentFailed):
    """A disk is full, or nearly so; when there is room again, all goes on."""


def require_room(folders: Iterable[Path], reserve: int) -> None:
    """Raise `NoRoom` where the disk of one of `folders` has less than `reserve` bytes left for us."""
    for folder in folders:
        try:
            disk = os.statvfs(folder)
        except OSError:
            continue  # it is not there yet, or cannot be asked; who writes to it will hear why
        free = disk.f_bavail * disk.f_frsize
        if free < reserve:
            said = f"{free / 2**20:.1f} MiB are free, less than the {reserve / 2**20:.1f} of [archive] reserve"
            raise NoRoom(f"{folder}: {said}; free some space, nothing is lost")


def bytes_of(path: Path) -> bytes:
    """What the file holds. Raises `EnvironmentFailed`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise failed(path, "cannot be read", error) from error


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Make a file that is whole and durable from its first moment. Raises OSError, also where it exists."""
    # Threads of one process may make the same file, too: the first link is the one that counts.
    new = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        if os.write(descriptor, data) < len(data):
            raise OSError("the disk is full")
        os.fsync(descriptor)
        os.link(new, path)  # unlike a rename, it never replaces
    finally:
        os.close(descriptor)
        new.unlink()
    sync_folder(path.parent)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which gets its name once all of it is on the disk; after an error nothing is left of it.

    It never replaces another: raises `Misuse` where the name is taken, `EnvironmentFailed` where the disk fails.
    """
    if path.exists():
        raise Misuse(f"{path}: exists already; remove it, or name another file")
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        try:
            with new.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _name(new, path)
            sync_folder(path.parent)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFailed(
            f"{path}: cannot be written: {error.strerror or error}; choose another place"
        ) from error


def _name(new: Path, path: Path) -> None:
    try:
        os.link(new, path)  # unlike a rename, it never replaces
    except FileExistsError:
        raise Misuse(f"{path}: exists already; remove it, or name another file") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        new.rename(path)  # a memory stick's file system has no links


def sync_folder(folder: Path) -> None:
    """Make new names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def failed(path: Path, what: str, error: OSError) -> EnvironmentFailed:
    """The error to raise `from` one of the system: `path`, what happened to it, and what to do."""
    reason = error.strerror or str(error)
    return EnvironmentFailed(f"{path} {what}: {reason}; check the disk and the folder's permissions")
