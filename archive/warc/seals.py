"""Seals: what a closed WARC file is, written beside it, so that a stranger proves it with `sha256sum -c`.

Knows how a seal is written and read, and how copies of a file are held against it. Refuses to know what is in the
file.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

from archive.errors import EnvironmentFailed
from archive.warc.faults import Fault, Kind
from archive.warc.files import sync_folder
from archive.warc.places import SEAL, Copies, Source, Stored, sha256, whole
from archive.warc.recovery import PART

_SEAL_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)\n")

_ONE = threading.Lock()
"""Two threads that seal one file would take each other's half-written seal away."""


def _seal_path(path: Path) -> Path:
    return path.with_name(path.name + SEAL)


def seal(path: Path) -> str:
    """Write down what the closed file at `path` is: its SHA-256 in hex, which is given back too.

    Durable on return, and may be repeated. Raises `EnvironmentFailed` if the disk does not take it, or if
    the file had a seal already and is not what that says.
    """
    target = _seal_path(path)
    part = target.with_name(target.name + PART)
    try:
        found = sha256(path)
        if target.exists():
            for fault in check_seal(path):
                raise EnvironmentFailed(f"{fault}; it keeps its seal")
            return found
        with part.open("w", encoding="utf-8") as file:
            file.write(f"{found}  {path.name}\n")
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        sync_folder(path.parent)
    except OSError as error:
        raise EnvironmentFailed(f"{path} cannot be sealed: {error.strerror or error}; mend the disk") from error
    return found


def seal_new(folder: Path) -> None:
    """Seal every closed file in `folder` that has no seal yet. Raises `EnvironmentFailed`."""
    with _ONE:
        for path in unsealed(folder):
            seal(path)


def unsealed(folder: Path) -> list[Path]:
    """The closed files in `folder` that have no seal yet."""
    return [path for path in sorted(folder.glob("*.warc.gz")) if not _seal_path(path).exists()]


def digest_in(seal: Source, name: str) -> str | None:
    """The SHA-256 that a seal says of the file `name`; None where it says nothing of it. Raises OSError."""
    line = _SEAL_LINE.fullmatch(whole(seal).decode("utf-8", "replace"))
    return line[1] if line is not None and line[2] == name else None


def check_seal(path: Path) -> Iterator[Fault]:
    """Whether the file at `path` is the one that was sealed; a file without a seal has a fault too."""
    sealed, faults = seals_of(Copies([path], [_seal_path(path)]))
    yield from faults
    yield from check_copy(path, sealed)


def seals_of(copies: Copies, known: str = "") -> tuple[set[str], list[Fault]]:
    """What a file must be, by its seals and by what the index has `known` since; and what is wrong with the seals.

    What is in a bucket has a seal.
    """
    name, faults = copies.files[0].name, []
    if not copies.seals and (known or any(isinstance(source, Stored) for source in copies.files)):
        faults.append(Fault(name, None, Kind.SEAL, "its seal is missing"))
    sealed = {known} if known else set()
    for seal in copies.seals:
        try:
            found = digest_in(seal, name)
        except OSError as error:
            faults.append(_unread(name, seal, error, "its seal"))
            continue
        if found is None:
            faults.append(Fault(name, None, Kind.SEAL, f"{_at(seal)} is no seal of this file"))
        elif known and found != known:
            faults.append(Fault(name, None, Kind.SEAL, f"{_at(seal)} is not the seal that was written"))
        else:
            sealed.add(found)
    return sealed, faults


def check_copy(source: Source, sealed: Collection[str]) -> Iterator[Fault]:
    """Whether a copy of a file has the SHA-256 that it was `sealed` with, where that is known."""
    try:
        if sealed and {sha256(source)} != set(sealed):
            yield not_sealed(source)
    except OSError as error:
        yield _unread(source.name, source, error, "the sealed file")


def not_sealed(source: Source) -> Fault:
    """The fault of a copy that has another SHA-256."""
    return Fault(source.name, None, Kind.SEAL, f"{_at(source)} is not the file that was sealed")


def _unread(name: str, source: Source, error: OSError, what: str) -> Fault:
    if isinstance(error, FileNotFoundError):
        return Fault(name, None, Kind.SEAL, f"{what} is missing")
    return Fault(name, None, Kind.UNREADABLE, f"{_at(source)} cannot be read: {error.strerror or error}")


def _at(source: Source) -> str:
    return str(source) if isinstance(source, Stored) else source.name
