"""Where the bytes of a WARC file can be read: in a folder, or in a bucket behind it.

Knows places and how to open what lies there; refuses to know what is in it and to write. Everything that reads
WARC files comes through here, so that it does not matter to it where they are:

    with reading(places, "stet-….warc.gz") as read:     # by name, wherever it is now
        head = read(1000, 0)
    with opened(source) as read:                        # one that `listed` named
        ...
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from archive.errors import EnvironmentFailed
from archive.warc.bucket import PART, Bucket

OPEN: Final = ".open"
"""What the name of a file ends with while it is written, as Heritrix and warcprox have it."""

SEAL: Final = ".sha256"
"""What the name of a seal ends with. It is a line as `sha256sum` writes it, so that `sha256sum -c` proves a
file without us."""

STEP: Final = 1 << 20
"""Bytes read at once where all of a file is read."""

Place = Path | Bucket
Places = Place | Sequence[Place]
"""Where files lie: one place, or several, which are searched in order; a bucket, if there is one, comes last."""

Read = Callable[[int, int], bytes]
"""`read(length, offset)` of an open file, as `os.pread` does it: fewer bytes only at the file's end."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a bucket, as a `Path` is one on a disk."""

    bucket: Bucket
    name: str

    def __str__(self) -> str:
        return self.bucket.at(self.name)


Source = Path | Stored
"""One file, wherever it is."""


@contextlib.contextmanager
def opened(source: Source) -> Iterator[Read]:
    """Open a file for reading at any place in it. Raises OSError, from a bucket at the first read only."""
    if isinstance(source, Stored):
        yield _Window(source)
        return
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield partial(os.pread, descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def reading(places: Places, name: str) -> Iterator[Read]:
    """Open the file called `name`, wherever it is. Raises `EnvironmentFailed`, also while it is read."""
    with contextlib.ExitStack() as stack:
        try:
            for source in _candidates(places, name):
                with contextlib.suppress(FileNotFoundError):
                    read = stack.enter_context(opened(source))
                    break
            else:
                raise _missing(name)
            yield read
        except FileNotFoundError:
            raise _missing(name) from None
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise EnvironmentFailed(f"{error.filename or name}: {what}") from error


@dataclass(slots=True)
class Copies:
    """Where a WARC file is, and where its seals are, the nearest first."""

    files: list[Source] = field(default_factory=list)
    seals: list[Source] = field(default_factory=list)


def listed(places: Places) -> dict[str, Copies]:
    """Every WARC file of which there is a copy or a seal, by its final name. Raises OSError."""
    there: dict[str, Copies] = {}
    for place in in_order(places):
        for name, source in sorted(_contents(place)):
            final = name.removesuffix(OPEN).removesuffix(SEAL)
            if final.endswith(".warc.gz"):
                copies = there.setdefault(final, Copies())
                (copies.seals if name.endswith(SEAL) else copies.files).append(source)
    return there


def _contents(place: Place) -> list[tuple[str, Source]]:
    if isinstance(place, Bucket):
        return [(name, Stored(place, name)) for name in place.sizes()]
    return [(path.name, path) for path in place.iterdir()]


def whole(source: Source) -> bytes:
    """All of a small file, such as a seal. Raises OSError."""
    return source.bucket.contents(source.name) if isinstance(source, Stored) else source.read_bytes()


def size(source: Source) -> int:
    """How many bytes a file has. Raises OSError."""
    return (source.bucket.size(source.name) or 0) if isinstance(source, Stored) else source.stat().st_size


def sha256(source: Source) -> str:
    """The SHA-256 of a file, in hex; a piece of it in memory at a time. Raises OSError."""
    digest, offset = hashlib.sha256(), 0
    with opened(source) as read:
        while piece := read(STEP, offset):
            digest.update(piece)
            offset += len(piece)
    return digest.hexdigest()


def in_order(places: Places) -> Sequence[Place]:
    """The places one by one."""
    return [places] if isinstance(places, Path | Bucket) else places


def _missing(name: str) -> EnvironmentFailed:
    return EnvironmentFailed(
        f"{name}: this WARC file is missing, and what is asked for lies in it; put it back from a backup;"
        " to find all such gaps, run: stet verify"
    )


def _candidates(places: Places, name: str) -> Iterator[Source]:
    """Where the file called `name` may be now: it may get its final name, or leave for the bucket, meanwhile."""
    for place in in_order(places):
        if isinstance(place, Bucket):
            yield Stored(place, name)
        else:
            yield from (place / each for each in (name, name + OPEN, name))


class _Window:
    """What was last read of a file in a bucket; grows while the file is read on, so that few requests do.

    The first request asks for no more than its reader does: one record is one request.
    """

    def __init__(self, source: Stored) -> None:
        self._source = source
        self._start = 0
        self._held = b""
        self._size: int | None = None

    def __call__(self, length: int, offset: int) -> bytes:
        if self._size is not None:
            length = min(length, self._size - offset)
        if length <= 0:
            return b""
        if not 0 <= offset - self._start <= len(self._held):
            self._held = b""
        kept = self._held[offset - self._start :] if self._held else b""
        if len(kept) < length:
            wanted = max(length - len(kept), min(2 * len(self._held), PART))
            more, self._size = self._source.bucket.read(self._source.name, wanted, offset + len(kept))
            self._start, self._held = offset, kept + more
        begin = offset - self._start
        return self._held[begin : begin + length]
