"""Putting in order what a process left behind that did not come to its end.

Knows where in a damaged file the whole records lie, and how a file that a crash left with `.open` gets its
final name. Refuses to know about the database: whoever keeps the index reads the recovered files again.

The unit is the exchange, not the record. All records of an exchange go out in one write and its row in the
database comes after that write, so an exchange without its last record has no row, and the fetch counts as
never made. Its first records may be whole; but a response without its metadata record says nothing of
when and how it was cut, and every tool would show it as a page. So a file keeps whole exchanges only, and
what is behind the last of them goes byte for byte into a file ending in `.torn`: nothing is thrown away,
and nothing half is in a file that is read.

Only the end is cut. Where something is damaged before a whole exchange, a crash was not the cause, and
the database has places behind it: then the file stays as it is up to its last whole exchange.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archive.errors import EnvironmentFailed
from archive.warc import framing
from archive.warc.files import sync_folder
from archive.warc.framing import Malformed, Record, bare
from archive.warc.places import OPEN, Read, Source, opened
from archive.warc.reader import PRINCIPALS, Member, members_from
from archive.warc.rebuild import is_part_of, is_whole
from archive.warc.records import CHAIN_URN
from archive.warc.resync import GZIP, next_place
from archive.warc.writer import TORN

PART: Final = ".part"
"""What the name of a copy ends with until all of it is on the disk; a later run makes it anew."""

HEAD: Final = 1024
"""Bytes looked at, compressed and expanded, to see whether a record of this file begins somewhere. The
writer puts WARC-Warcinfo-ID into the first 220."""

STEP: Final = 1 << 20
"""Bytes copied at once."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes of a file that are no whole record; `why` says what is there instead."""

    offset: int
    length: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is whole in a file. `end` is where its last whole exchange ends, 0 if it has none."""

    size: int
    end: int
    exchanges: int
    gaps: tuple[Gap, ...] = ()  #: before `end`
    why: str = ""  #: what keeps the bytes from `end` to `size` from being a whole exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of one file; `str()` is the line for the log."""

    name: str  #: the file's final name
    path: Path | None  #: where it lies now; None where nothing of it was whole
    torn: Path | None  #: where the bytes lie that were cut off
    survey: Survey  #: of the file as it was found

    @property
    def kept(self) -> int:
        """Bytes that stayed in the file."""
        return self.survey.end

    @property
    def cut(self) -> int:
        """Bytes that were moved away."""
        return self.survey.size - self.survey.end

    def __str__(self) -> str:
        exchanges = f"{self.survey.exchanges} exchange{'' if self.survey.exchanges == 1 else 's'}"
        if not self.survey.size:
            return f"{self.name}: was empty and is removed"
        if self.path is None:
            return f"{self.name}: holds no whole exchange ({self.survey.why}); set aside as {_name(self.torn)}"
        said = f"{self.name}: {exchanges} kept"
        if self.torn:
            said += f"; {self.cut} bytes from byte {self.kept} on ({self.survey.why}) are now {_name(self.torn)}"
        if self.survey.gaps:
            said += f"; damaged at byte {', '.join(str(gap.offset) for gap in self.survey.gaps)}: run: stet verify"
        return said


def _name(path: Path | None) -> str:
    return path.name if path else "nothing"


# What is whole -------------------------------------------------------------------------------------


def walk(source: Source) -> Iterator[Member | Gap]:
    """All whole records of a file in order, and between them what is none. Raises OSError."""
    with opened(source) as read:
        yield from pieces(read)


def pieces(read: Read, offset: int = 0) -> Iterator[Member | Gap]:
    """The same of a file that is open, from `offset` on.

    Behind damage, a record is believed to be one only if it names the same warcinfo record as those
    before: a page may hold gzip members that look like records, but cannot know that id.
    """
    warcinfo = None
    while True:
        try:
            for member in members_from(read, offset):
                if warcinfo is None:
                    warcinfo = warcinfo_of(member.record)
                yield member
                offset = member.offset + member.length
        except Malformed as error:
            why = str(error)
        else:
            return
        end = _next_record(read, offset + 1, warcinfo)
        if _is_record(read, offset):
            continue  # its writer was at it when we looked first; it appends, so the rest came later still
        yield Gap(offset, end - offset, why)
        offset = end


def warcinfo_of(record: Record) -> str:
    """The id of the warcinfo record that `record` is or names; empty where it names none."""
    return record.id if record.type == "warcinfo" else bare(record.get("WARC-Warcinfo-ID"))


def _next_record(read: Read, offset: int, warcinfo: str | None) -> int:
    """Where at or behind `offset` the next whole record begins; the file's size if there is none."""

    def believed(place: int) -> bool:
        return _looks_like_record(read(HEAD, place), warcinfo) and _is_record(read, place)

    return next_place(read, offset, GZIP, believed)


def _looks_like_record(begin: bytes, warcinfo: str | None) -> bool:
    try:
        head = framing.Opening().feed(begin, HEAD)
    except Malformed:
        return False
    return head.startswith(b"WARC/1.") and (warcinfo or "").encode("utf-8", "surrogateescape") in head


def _is_record(read: Read, offset: int) -> bool:
    try:
        return next(members_from(read, offset), None) is not None
    except Malformed:
        return False


def survey(source: Source) -> Survey:
    """Where the whole exchanges of a file are. Raises OSError."""
    end = position = exchanges = 0
    gaps: list[Gap] = []
    group: list[Record] = []
    for piece in walk(source):
        position = piece.offset + piece.length
        if isinstance(piece, Gap):
            group = []
            gaps.append(piece)
            continue
        group = [*group, piece.record] if group and is_part_of(piece.record, group[0]) else [piece.record]
        if is_principal(group[0]) and is_whole(group):
            exchanges += 1
            end, group = position, []
        elif stands_alone(piece.record):
            end = position
    behind = [gap.why for gap in gaps if gap.offset >= end]
    why = "" if position == end else (behind or ["the last records of an exchange are missing"])[0]
    before = tuple(gap for gap in gaps if gap.offset < end)
    return Survey(size=position, end=end, exchanges=exchanges, gaps=before, why=why)


def is_principal(record: Record) -> bool:
    """Whether `record` can be the first of an exchange."""
    return record.type in PRINCIPALS and not record.get("WARC-Concurrent-To")


def is_chain(record: Record) -> bool:
    """Whether `record` holds a certificate chain, readable or not."""
    return record.type == "resource" and record.url.startswith(CHAIN_URN)


def stands_alone(record: Record) -> bool:
    """Whether `record` was written for itself: no part of an exchange, nor put before one for its sake."""
    before = record.type == "warcinfo" or is_chain(record)
    return not before and not is_principal(record) and not record.get("WARC-Concurrent-To")


# Repair --------------------------------------------------------------------------------------------


def recover(folder: Path) -> list[Recovered]:
    """Give every file of a process that is gone its final name, with whole exchanges only.

    Call it while you hold the home, before a writer begins. A file that is being written is left alone. It
    can be killed at any moment and started again: the torn end is on the disk under its own name before it
    is cut off. Files that a failed write made the writer put aside are taken up too. Raises
    `EnvironmentFailed` when the disk does not allow it; nothing is lost then.
    """
    done = []
    for path in (*sorted(folder.glob(f"*.warc.gz{OPEN}")), *sorted(folder.glob(f"*.warc.gz{TORN}"))):
        try:
            if path.name.endswith(TORN) and not is_put_aside(path):
                continue
            with _held(path) as descriptor:
                if descriptor is not None:
                    done.append(_repair(path, descriptor))
        except OSError as error:
            reason = error.strerror or str(error)
            raise EnvironmentFailed(
                f"{path} cannot be repaired: {reason}; free or mend the disk and start again, nothing is lost"
            ) from error
    return done


def is_put_aside(path: Path) -> bool:
    """Whether `path` is a whole file that the writer could not mend, and not an end that was cut off.

    It is one if it begins as a file does, holds a whole exchange, and nothing has the name it would get.
    """
    final = path.with_name(path.name.removesuffix(TORN))
    if final.exists() or final.with_name(final.name + OPEN).exists():
        return False
    first = next(walk(path), None)
    begins = isinstance(first, Member) and first.record.get("WARC-Filename") == final.name
    return begins and survey(path).end > 0


def is_being_written(path: Path) -> bool:
    """Whether some process holds the file at `path`. An empty file is never held up by asking."""
    if not path.stat().st_size:
        return True  # its writer may be about to lock it, and would fail if we were first
    with path.open("rb") as file:
        return not _lock(file.fileno(), fcntl.LOCK_SH)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int | None]:
    """The open file at `path`, locked; None where somebody else has it or had it until now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        ours = _lock(descriptor, fcntl.LOCK_EX) and _is_at(path, descriptor)
        yield descriptor if ours else None
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file still has this name; a second repair may just have given it another."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _repair(path: Path, descriptor: int) -> Recovered:
    """Cut off and rename one file. After each step the whole can be begun again from what is there."""
    folder, name = path.parent, path.name.removesuffix(OPEN).removesuffix(TORN)
    final, torn, found = folder / name, None, survey(path)
    if final.exists():
        raise EnvironmentFailed(f"{path}: there is a {name} as well; move one of the two out of the folder")
    if path.name.endswith(TORN):
        path = path.rename(folder / (name + OPEN))  # its torn end needs the name
    if not found.size:
        path.unlink()
    elif not found.end:
        torn = path.rename(next(_free_names(folder / (name + TORN))))
    else:
        if found.end < found.size:
            torn = _copy_end(descriptor, found.end, folder / (name + TORN))
            os.ftruncate(descriptor, found.end)
        os.fsync(descriptor)
        path.rename(final)
    sync_folder(folder)
    return Recovered(name=name, path=final if found.end else None, torn=torn, survey=found)


def _copy_end(descriptor: int, offset: int, wanted: Path) -> Path:
    """Have what is behind `offset` on the disk under the name `wanted`, or that with a number; say which.

    A copy that an earlier, killed run finished is used. Never is another file written over.
    """
    if wanted.exists() and _is_copy(wanted, descriptor, offset):
        return wanted
    target = next(_free_names(wanted))
    part = target.with_name(target.name + PART)
    try:
        with part.open("wb") as file:
            for step in _steps(descriptor, offset):
                file.write(step)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    sync_folder(target.parent)
    return target


def _free_names(wanted: Path) -> Iterator[Path]:
    """Names that nobody has: `wanted`, then with `.1`, `.2` and so on behind it."""
    names = itertools.chain([wanted], (wanted.with_name(f"{wanted.name}.{n}") for n in itertools.count(1)))
    return (name for name in names if not name.exists())


def _is_copy(path: Path, descriptor: int, offset: int) -> bool:
    with path.open("rb") as file:
        pairs = itertools.zip_longest(_steps(file.fileno(), 0), _steps(descriptor, offset))
        return all(one == other for one, other in pairs)


def _steps(descriptor: int, offset: int) -> Iterator[bytes]:
    """What a file holds from `offset` on, piece by piece."""
    while step := os.pread(descriptor, STEP, offset):
        yield step
        offset += len(step)
