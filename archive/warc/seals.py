"""Seals: what a closed WARC file is, written beside it, so that a stranger proves it with `sha256sum -c`.

Knows how a seal is written and read. Refuses to know what is in the file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archive.errors import EnvironmentFailed
from archive.warc.faults import Fault, Kind
from archive.warc.files import sync_folder
from archive.warc.recovery import PART
from archive.warc.writer import OPEN

SEAL: Final = ".sha256"
"""What the name of a seal ends with. It is a line as `sha256sum` writes it, so that `sha256sum -c` proves a
file without us."""

_SEAL_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)\n")


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
        found = _sha256(path)
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
    for path in sorted(folder.glob("*.warc.gz")):
        if not _seal_path(path).exists():
            seal(path)


def digest_in_seal(path: Path) -> str | None:
    """The SHA-256 in the seal of the file at `path`, in hex; None where it is no seal of it. Raises OSError."""
    line = _SEAL_LINE.fullmatch(_seal_path(path).read_bytes().decode("utf-8", "replace"))
    return line[1] if line and line[2] == path.name else None


def sealed_as(path: Path, known: str | None) -> tuple[str | None, list[Fault]]:
    """What the file at `path` must be, by its seal or as it is `known`, and what is wrong with the seal."""
    if path.name.endswith(OPEN) or not path.exists():
        return None, []
    try:
        found = digest_in_seal(path)
    except FileNotFoundError:
        missing = Fault(path.name, None, Kind.SEAL, "its seal is missing")
        return known, [missing] if known else []
    except OSError as error:
        return known, [Fault(path.name, None, Kind.UNREADABLE, f"its seal cannot be read: {error.strerror}")]
    if found is None:
        return known, [Fault(path.name, None, Kind.SEAL, f"{path.name}{SEAL} is no seal of this file")]
    if known and known != found:
        return known, [Fault(path.name, None, Kind.SEAL, "its seal is not the one that was written")]
    return found, []


def check_seal(path: Path) -> Iterator[Fault]:
    """Whether the file at `path` is the one that was sealed; a file without a seal has a fault too."""
    try:
        sealed = digest_in_seal(path)
        if sealed is None:
            yield Fault(path.name, None, Kind.SEAL, f"{path.name}{SEAL} is no seal of this file")
        elif sealed != _sha256(path):
            yield Fault(path.name, None, Kind.SEAL, "the file is not the one that was sealed")
    except FileNotFoundError as error:
        gone = "its seal" if str(error.filename).endswith(SEAL) else "the sealed file"
        yield Fault(path.name, None, Kind.SEAL, f"{gone} is missing")
    except OSError as error:
        yield Fault(path.name, None, Kind.UNREADABLE, f"cannot be read: {error.strerror or error}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
