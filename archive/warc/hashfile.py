"""The leaf hashes of the log on disk, and proofs over ten million of them in a few reads.

Knows how hashes become durable and which levels of the tree are worth keeping. Refuses to know what a record
is and who signs a root; `archive.domain.merkle` holds the arithmetic.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from archive.domain import merkle
from archive.domain.merkle import HASH_BYTES
from archive.errors import EnvironmentFailed, StetError
from archive.warc.files import failed, sync_folder

STRIDE: Final = 4
"""Every fourth level of the tree is kept. All would double the log; of every fourth the cost is a fifteenth,
and any hash between them is at most 8 neighbours, which one read of 256 bytes brings."""

LEVELS: Final = 8
"""Files of levels, 0 to 28: at a thousand million records, one read still brings the widest subtree."""

BATCH: Final = 1 << 15
"""Entries that are written at once, 1 MiB, and the most that a kept level has unflushed before a write. So a
power cut can leave a hole only among the last two batches of a file, and only there one is looked for."""

_HOLE: Final = bytes(HASH_BYTES)
"""What a power cut leaves where the file grew before its bytes came. No record hashes to it."""


class HashFile:
    """The leaf hashes of a log in `folder`, with proofs over 10 million of them in O(log n) reads.

    `level-00` holds 32 bytes for each leaf and is the log. The other files hold the hashes above every 16,
    256 … leaves; they can be lost, since they are computed anew from the level below. With `write`, the file is
    made where it is missing, mended where a crash left half an entry, and locked against a second writer.
    Use one from one thread at a time. Raises `EnvironmentFailed`.

    After a crash the log may hold leaves that `append` never told of: it returns after they are durable.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self._levels: list[_Level] = []
        try:
            if write:
                folder.mkdir(parents=True, exist_ok=True)
            for number in range(LEVELS):
                path = folder / f"level-{number * STRIDE:02}"
                self._levels.append(_Level(path, write=write, needed=number == 0))
            if write:
                sync_folder(folder)
                self._complete()
        except OSError as error:
            self.close()
            raise failed(folder, "cannot be opened as a log", error) from error
        except StetError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; nothing is left to be flushed."""
        for level in self._levels:
            level.close()

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._levels[0].count

    def append(self, leaves: Sequence[bytes]) -> int:
        """Add leaf hashes, durable on return; the index of the first. All are added, or none."""
        if any(len(leaf) != HASH_BYTES or leaf == _HOLE for leaf in leaves):
            raise ValueError(f"a leaf is a hash of {HASH_BYTES} bytes")
        bottom, before = self._levels[0], self.size
        try:
            for start in range(0, len(leaves), BATCH):
                bottom.append(b"".join(leaves[start : start + BATCH]), flush=True)
        except OSError as error:
            with contextlib.suppress(OSError):
                bottom.cut(before)
            raise failed(bottom.path, "does not take leaf hashes", error) from error
        # The leaves are kept now. If the levels above cannot be, they lag behind and reading goes round them.
        with contextlib.suppress(OSError):
            self._complete()
        return before

    def cut(self, size: int) -> None:
        """Forget the leaves from number `size` on, which nobody was told of."""
        try:
            self._levels[0].cut(self._within(size))
            self._complete()
        except OSError as error:
            raise failed(self._levels[0].path, "cannot be cut", error) from error

    def _complete(self) -> None:
        """Compute what the levels above lack."""
        for number in range(1, LEVELS):
            above = self._levels[number]
            wanted = self._levels[number - 1].count >> STRIDE
            if above.count > wanted:
                above.cut(wanted)
            while above.count < wanted:  # more entries than the file has, so all of them are computed
                missing = self._run(number, above.count, min(BATCH, wanted - above.count))
                above.append(b"".join(missing), flush=False)

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The leaf hashes from `start` up to but without `end`, in bounded memory."""
        end = self.size if end is None else end
        for first in range(start, end, BATCH):
            run = self._levels[0].read(first, min(BATCH, end - first))
            yield from _entries(run)

    def subtree(self, start: int, end: int) -> bytes:
        """The hash of a range of leaves as RFC 9162 splits them: see `merkle.Subtree`."""
        parts = []
        while start < end:
            level = (end - start).bit_length() - 1
            parts.append(self._node(level, start >> level))
            start += 1 << level
        return merkle.join(parts)

    def _node(self, level: int, at: int) -> bytes:
        """The hash of a whole subtree: number `at` of those that are 2 ** `level` leaves wide."""
        number = min(level // STRIDE, LEVELS - 1)
        width = 1 << (level - number * STRIDE)
        return merkle.root(self._run(number, at * width, width))

    def _run(self, number: int, first: int, count: int) -> Iterable[bytes]:
        """Neighbours on a kept level, computed from the level below where its file has not all of them."""
        kept = self._levels[number]
        if first + count <= kept.count:
            return _entries(kept.read(first, count))
        if number == 0:
            raise ValueError(f"the log has {self.size} leaves, not {first + count}")
        groups = range(first << STRIDE, (first + count) << STRIDE, 1 << STRIDE)
        return [merkle.root(self._run(number - 1, start, 1 << STRIDE)) for start in groups]

    def check_levels(self) -> Iterator[tuple[Path, int]]:
        """Which file of a level has another hash than the level below it, and at which byte; one a file."""
        for number in range(1, LEVELS):
            above, below = self._levels[number], self._levels[number - 1]
            for at in range(min(above.count, below.count >> STRIDE)):
                run = below.read(at << STRIDE, 1 << STRIDE)
                if merkle.root(_entries(run)) != above.read(at, 1):
                    yield above.path, at * HASH_BYTES
                    break

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves, or over all."""
        return self.subtree(0, self._within(size))

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The path from leaf `index` to the root over the first `size` leaves, or over all."""
        return merkle.prove_inclusion(self.subtree, index, self._within(size))

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """What shows that the tree of `old` leaves is the beginning of that of `new`, or of all."""
        return merkle.prove_consistency(self.subtree, old, self._within(new))

    def _within(self, size: int | None) -> int:
        if size is not None and not 0 <= size <= self.size:
            raise ValueError(f"the log has {self.size} leaves, not {size}")
        return self.size if size is None else size


class _Level:
    """One file of hashes, 32 bytes each, that only grows."""

    def __init__(self, path: Path, *, write: bool, needed: bool) -> None:
        self.path = path
        self.count = 0
        self._loose = 0  #: entries at the end that were not flushed
        self._descriptor = -1
        try:
            flags = os.O_RDWR | os.O_CREAT if write else os.O_RDONLY
            self._descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            if needed:
                raise
            return
        if write:
            self._lock()
        self.count = self._whole()
        if write:
            self.cut(self.count)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentFailed(f"{self.path}: another process writes to the log; stop it first") from None

    def _whole(self) -> int:
        """How many entries there are before the first that a crash left half done."""
        count = os.fstat(self._descriptor).st_size // HASH_BYTES
        first = max(0, count - 2 * BATCH)
        tail = self.read(first, count - first)
        at = tail.find(_HOLE)
        while at % HASH_BYTES and at > 0:  # zeros across two entries are none
            at = tail.find(_HOLE, at + 1)
        return count if at < 0 else first + at // HASH_BYTES

    def read(self, first: int, count: int) -> bytes:
        """`count` entries from `first` on. Raises `EnvironmentFailed` where they cannot be read."""
        try:
            run = os.pread(self._descriptor, count * HASH_BYTES, first * HASH_BYTES)
        except OSError as error:
            raise failed(self.path, "cannot be read", error) from error
        if len(run) < count * HASH_BYTES:
            raise EnvironmentFailed(f"{self.path}: was cut short while it was read; put it back from a backup")
        return run

    def append(self, data: bytes, *, flush: bool) -> None:
        """Write, or leave the file as it was; with `flush` durable on return. Raises OSError."""
        entries = len(data) // HASH_BYTES
        try:
            written = os.pwrite(self._descriptor, data, self.count * HASH_BYTES)
            if written < len(data):
                raise OSError(f"only {written} of {len(data)} bytes fit")
            if flush or self._loose + entries > BATCH:
                os.fdatasync(self._descriptor)
                self._loose = -entries
        except OSError:
            with contextlib.suppress(OSError):
                self.cut(self.count)
            raise
        self.count += entries
        self._loose += entries

    def cut(self, count: int) -> None:
        """Keep the first `count` entries and nothing after them."""
        if os.fstat(self._descriptor).st_size != count * HASH_BYTES:
            os.ftruncate(self._descriptor, count * HASH_BYTES)
            os.fdatasync(self._descriptor)
        self.count = count

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _entries(run: bytes) -> Iterator[bytes]:
    return (run[at : at + HASH_BYTES] for at in range(0, len(run), HASH_BYTES))
