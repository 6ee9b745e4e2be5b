"""Files of which each is whole or not there, and what is said of one that cannot be used.

Knows about durable names and bytes; refuses to know what the files hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from archive.errors import EnvironmentFailed


def bytes_of(path: Path) -> bytes:
    """What the file holds. Raises `EnvironmentFailed`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise failed(path, "cannot be read", error) from error


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Make a file that is whole and durable from its first moment. Raises OSError, also where it exists."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
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
