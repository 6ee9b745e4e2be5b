"""Keeping exchanges in WARC files on a local disk.

Knows how bytes become durable: one write for all records of an exchange, then fdatasync, and only then
does `write` return. Refuses to know what the records say. A file ends in `.open` while it is written, is
written by one process only and never opened again; what a crash leaves at its end is therefore all that
can be torn. A write that fails is taken back. A file is closed when it is big, old, or nobody wrote to it for a
while; the last takes somebody who calls `tend` now and then.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from archive.domain.model import Capture, Location
from archive.errors import EnvironmentFailed
from archive.warc import framing, records
from archive.warc.cdxj import read_stamp, stamp
from archive.warc.files import FULL, NoRoom, sync_folder
from archive.warc.framing import Record
from archive.warc.places import OPEN
from archive.warc.rebuild import capture_of
from archive.warc.records import NewId, Prepared

TORN: Final = ".torn"
"""What the name ends with when a failed write could not be taken back; the end needs repair."""

_NAMED: Final = re.compile(r"[^-]+-(\d{17})-")

MAX_BYTES: Final = 1 << 30
"""A file is closed once it has reached this size: the 1 GB that WARC/1.1 annex C recommends."""

MAX_AGE: Final = timedelta(hours=24)
"""And at this age, so that a quiet archive too has yesterday's files closed."""

MAX_IDLE: Final = timedelta(minutes=15)
"""And when nobody wrote to it for so long, so that what a short pass kept is sealed and can be moved on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where an exchange lies. `capture` is None where there was no HTTP answer."""

    capture: Capture | None
    principal: Location  #: of the response, revisit or, without either, metadata record
    locations: tuple[tuple[str, Location], ...]  #: record type and place, in file order


class WarcWriter:
    """Writes exchanges into WARC files in `folder`; safe to share between threads.

    `info` goes into the warcinfo record of each file. A file is made when there is something to write, and named
    by the time of that; where a clock was set back since the file named `after`, by a time that is later than its.
    Raises `EnvironmentFailed` when the disk does not take the bytes, `NoRoom` where it is full; then nothing of
    the exchange is in the file, and the writer can be used again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        info: Mapping[str, str],
        now: Callable[[], datetime],
        max_bytes: int = MAX_BYTES,
        max_age: timedelta = MAX_AGE,
        max_idle: timedelta = MAX_IDLE,
        prefix: str = "stet",
        after: str = "",
        new_id: NewId = records.fresh_id,
    ) -> None:
        self._folder = folder
        self._info = dict(info)
        self._now = now
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._max_idle = max_idle
        self._prefix = prefix
        self._newest = after
        self._new_id = new_id
        self._serials = itertools.count()
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._closed = False

    def write(
        self, prepared: Prepared, *, same: Capture | None = None, unchanged: Capture | None = None
    ) -> Written:
        """Keep one exchange; durable on return.

        `same` is an earlier capture with the same payload digest, `unchanged` the capture that a 304
        stands for: the answer is then kept as a revisit of it, where that loses nothing.
        """
        with self._lock:
            file = self._current()
            chain = file.chain_to_write(prepared)
            exchange = records.exchange_records(
                prepared, warcinfo_id=file.warcinfo_id, same=same, unchanged=unchanged, new_id=self._new_id
            )
            before = (
                [records.chain_record(prepared, warcinfo_id=file.warcinfo_id, new_id=self._new_id)]
                if chain
                else []
            )
            places = self._append(file, [*before, *exchange])
            file.chains.update(filter(None, [chain]))
            principal = places[len(before)][1]
            return Written(capture=capture_of(exchange, principal), principal=principal, locations=tuple(places))

    def write_conversion(self, capture: Capture, text: str, *, extractor: str) -> Location:
        """Keep the text that `extractor` (name and version) found in `capture`; durable on return."""
        with self._lock:
            file = self._current()
            record = records.conversion(
                capture,
                text,
                extractor=extractor,
                warcinfo_id=file.warcinfo_id,
                moment=self._now(),
                new_id=self._new_id,
            )
            return self._append(file, [record])[0][1]

    def write_journal(self, entries: Sequence[Mapping[str, object]]) -> Location:
        """Keep what no exchange says, as JSON objects; durable on return."""
        with self._lock:
            file = self._current()
            record = records.journal(
                entries, warcinfo_id=file.warcinfo_id, moment=self._now(), new_id=self._new_id
            )
            return self._append(file, [record])[0][1]

    def tend(self) -> bool:
        """Seal the current file if it is full, old or idle, without waiting for the next write; whether it was."""
        with self._lock:
            due = self._file is not None and self._is_due(self._file)
            if due:
                self._seal()
            return due

    def durable(self) -> dict[str, int]:
        """The file that is written to and up to where it stays as it is: what comes behind may be taken back."""
        with self._lock:
            return {self._file.name: self._file.size} if self._file is not None else {}

    def leave(self) -> None:
        """Let go of the current file as it is, for the repair at the next start: something in it has no row yet.

        The next write begins a new file.
        """
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                file.release()

    def seal(self) -> None:
        """Close the current file and give it its final name; the next write begins a new one."""
        with self._lock:
            self._seal()

    def close(self) -> None:
        """Seal the current file; nothing can be written afterwards."""
        with self._lock:
            self._closed = True
            self._seal()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> _File:
        """The file to write to; a full, old or disturbed one is left for a new one."""
        if self._closed:
            raise ValueError("this WarcWriter is closed")
        file = self._file
        if file and file.is_disturbed():
            file.release()
            self._file = None
        elif file and self._is_due(file):
            self._seal()
        if self._file is None:
            self._file = self._begin()
        return self._file

    def _is_due(self, file: _File) -> bool:
        """Whether `file` is to be closed before anybody writes to it again."""
        now = self._now()
        old = now - file.born >= self._max_age or now - file.written >= self._max_idle
        return old or file.size >= self._max_bytes

    def _begin(self) -> _File:
        """A new file. Its warcinfo record goes out with the first exchange, in the same write."""
        born, host = self._now(), re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            while True:
                named = self._after_newest(born)
                name = f"{self._prefix}-{stamp(named)}-{next(self._serials):05}-{host}-{os.getpid()}.warc.gz"
                descriptor = _create(self._folder / (name + OPEN), self._folder / name)
                if descriptor is not None:
                    break
            self._newest = name
        except OSError as error:
            raise _failed(self._folder, "cannot take a new WARC file", error) from error
        info = records.warcinfo(self._info, filename=name, moment=born, new_id=self._new_id)
        return _File(self._folder, name, descriptor, born, info)

    def _after_newest(self, born: datetime) -> datetime:
        """The time a new file is named by: later than that of the file before, also where a clock was set back.

        By their names the files are in the order in which they were written; a database is made again in it.
        """
        newest = _NAMED.match(self._newest)
        if newest is None:
            return born
        return max(born, read_stamp(newest[1]) + timedelta(milliseconds=1))

    def _append(self, file: _File, added: Sequence[Record]) -> list[tuple[str, Location]]:
        """Write records at the end of `file`, all or none; say where each lies."""
        unwritten = [file.info, *added] if file.size == 0 else list(added)
        members = [framing.compress(record) for record in unwritten]
        starts = itertools.accumulate(map(len, members), initial=file.size)
        places = [
            (record.type, Location(warc=file.name, offset=start, length=len(member)))
            for record, member, start in zip(unwritten, members, starts, strict=False)
        ]
        try:
            file.append(b"".join(members))
        except OSError as error:
            if not file.is_usable():
                self._file = None
            raise _failed(file.path, "was not written to", error) from error
        file.written = self._now()
        return places[-len(added) :]

    def _seal(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.seal()
        except OSError as error:
            raise _failed(file.path, "cannot be closed", error) from error


class _File:
    """One WARC file that this process made and alone writes to."""

    def __init__(self, folder: Path, name: str, descriptor: int, born: datetime, info: Record) -> None:
        self.folder = folder
        self.name = name
        self.path = folder / (name + OPEN)
        self.born = born
        self.written = born  #: when something was written last
        self.info = info
        self.size = 0  #: up to here everything is whole and durable
        self.chains: set[str] = set()  #: digests of the certificate chains in it
        self._descriptor = descriptor

    @property
    def warcinfo_id(self) -> str:
        """The id of the file's warcinfo record."""
        return self.info.id

    def chain_to_write(self, prepared: Prepared) -> str | None:
        """The digest of the exchange's certificate chain, if it has one that is not in the file yet."""
        tls = prepared.exchange.tls
        if tls is None or not tls.chain:
            return None
        known = records.chain_digest(tls.chain)
        return None if known in self.chains else known

    def append(self, data: bytes) -> None:
        """Write and flush `data`, or leave the file as it was. Raises OSError."""
        try:
            written = os.write(self._descriptor, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes fit")
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._take_back()
            if error.errno not in FULL:
                self.release()  # what the kernel could not put on a disk it forgets: no more is trusted to it
            raise
        self.size += len(data)

    def _take_back(self) -> None:
        """Cut off what a failed write left. Where even that fails, the file is put aside."""
        try:
            os.ftruncate(self._descriptor, self.size)
            os.fdatasync(self._descriptor)
        except OSError:
            aside = self.folder / (self.name + TORN)
            try:
                self.path.rename(aside)
            finally:
                self.release()
        else:
            if self.size == 0:
                self.path.unlink(missing_ok=True)
                self.release()

    def is_usable(self) -> bool:
        """Whether more can be written to it."""
        return self._descriptor >= 0

    def is_disturbed(self) -> bool:
        """Whether somebody removed the file, or cut or lengthened it behind our back."""
        state = os.fstat(self._descriptor)
        return state.st_nlink == 0 or state.st_size != self.size

    def release(self) -> None:
        """Close the file as it is."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def seal(self) -> None:
        """Flush, rename, close. Raises OSError; the file then keeps its `.open` for the repair at start."""
        try:
            if self.size == 0:
                self.path.unlink(missing_ok=True)
                return
            os.fsync(self._descriptor)
            self.path.rename(self.folder / self.name)
            sync_folder(self.folder)
        finally:
            self.release()


def _create(path: Path, final: Path) -> int | None:
    """Make a file that nobody has yet, under either name; None where somebody has.

    It is locked for as long as it is open, so that a repair can tell it from one that a crash left.
    """
    if final.exists():
        return None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sync_folder(path.parent)
    except OSError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return descriptor


def _failed(path: Path, what: str, error: OSError) -> EnvironmentFailed:
    reason = error.strerror or str(error)
    kind = NoRoom if error.errno in FULL else EnvironmentFailed
    return kind(f"{path} {what}: {reason}; free or mend the disk, nothing kept so far is lost")
