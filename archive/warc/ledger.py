"""The log of a home: which record of which WARC file is which leaf, and heads over all of them.

Knows where in the files it is to go on and how log, spans and heads stay in step whatever a crash leaves.
Refuses to know where the key lies and when it is time for a head.

`spans.jsonl` has a line for each run of leaves: `warc`, the file; `record`, the number of its first record among
the whole records of that file, from 0; `count`; `leaf`, the number of the first leaf; `end`, the byte behind the
last record. Spans of several files may take turns, as when many write at once. A line comes after its leaves:
leaves without one were never told of, and are cut off when the log is opened for writing. Spans hold no
hashes and are under no signature: a false one makes the files look changed, never right.
"""

from __future__ import annotations

import contextlib
import json
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.domain.merkle import HASH_BYTES, leaf_hash
from archive.domain.model import Location
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.warc import heads
from archive.warc.files import bytes_of, failed, sync_folder
from archive.warc.framing import Record
from archive.warc.hashfile import HashFile
from archive.warc.heads import SignedHead
from archive.warc.places import OPEN, Places, Source, Stored, opened, reading
from archive.warc.proofs import Extension, Proof
from archive.warc.reader import Member, exchange_members, raw_record
from archive.warc.rebuild import is_part_of, is_whole
from archive.warc.recovery import Gap, is_principal, pieces, stands_alone
from archive.warc.timestamps import tokens_on, witnessed

SPANS: Final = "spans.jsonl"
HEADS: Final = "heads.jsonl"
TOKENS: Final = "tokens"

RECENT: Final = 1000
"""Heads that whoever writes needs: the last, to go on from, and some before it that may lack a timestamp. A head
is read in 30 µs, and there are some 9,000 after a year of hourly ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`count` records of `warc`, from number `record` to byte `end`, are the leaves from `leaf` on."""

    warc: str
    record: int
    count: int
    leaf: int
    end: int


class Unfit(Misuse):
    """A file of the log that does not fit; `path`, `offset` and `why` say which, where and how."""

    def __init__(self, path: Path, offset: int | None, why: str) -> None:
        super().__init__(f"{path}: {why}" if offset is None else f"{path} at byte {offset}: {why}")
        self.path = path
        self.offset = offset
        self.why = why


class Ledger:
    """The log in `folder` over the WARC files in `warcs`.

    With `write` it is made where it is missing, mended after a crash, and held against a second writer; of the
    heads only the last are read. Without, it is what it was when it was opened. Use one from one thread at a time.
    Raises `EnvironmentFailed` where the disk does not give it, `NothingFound` where there is none yet, `Unfit`
    where its files do not fit together.
    """

    def __init__(self, folder: Path, warcs: Places, *, write: bool = False) -> None:
        self.folder = folder
        self._warcs = warcs
        self._spans: dict[str, list[Span]] = {}
        begun = (folder / SPANS).exists()
        if not write and not begun and not (folder / HEADS).exists():
            raise NothingFound(f"{folder}: there is no log yet; the next crawl begins one")
        # In the order opposite to that of writing, so that nothing read refers to what was not there yet.
        self.heads = heads.read_heads(folder / HEADS, last=RECENT if write else None)
        lines = spans_of(folder / SPANS) if begun else []
        self._log = HashFile(folder, write=write)
        try:
            for span in lines:
                self._spans.setdefault(span.warc, []).append(span)
            self.size = lines[-1].leaf + lines[-1].count if lines else 0
            if self.heads and self.heads[-1].head.size > self.size:
                raise Unfit(
                    folder / SPANS,
                    None,
                    f"tells of {self.size} records and the last head counts {self.heads[-1].head.size}; "
                    "put the file back from a backup",
                )
            if write:
                self._mend(lines)
        except BaseException:
            self._log.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; nothing is left to be flushed."""
        self._log.close()

    def _mend(self, lines: Iterable[Span]) -> None:
        """Cut off leaves that no span tells of; compute anew from the files those that are gone."""
        path = self.folder / SPANS
        with path.open("ab") as file:  # half a line that a crash left
            file.truncate(sum(len(_line(span)) for span in lines))
        sync_folder(self.folder)
        if self._log.size > self.size:
            self._log.cut(self.size)
        for span in lines:
            if (missing := span.leaf + span.count - self._log.size) > 0:
                self._log.append(self._again(span)[-missing:])

    def _again(self, span: Span) -> list[bytes]:
        """The leaves of `span`, from its file."""
        there = raw_records(self._warcs, span.warc)
        leaves = [leaf_hash(member.raw) for member in islice(there, span.record, span.record + span.count)]
        if len(leaves) < span.count:
            raise Unfit(
                self.folder / "level-00",
                self._log.size * HASH_BYTES,
                f"lacks leaves, and {span.warc} has not all records that they were taken over; put one of the "
                "two back from a backup",
            )
        return leaves

    # Writing ---------------------------------------------------------------------------------------

    def cover(self, sources: Iterable[Source], durable: Mapping[str, int] = MappingProxyType({})) -> int:
        """Append what the WARC files `sources` hold and the log does not yet; how many records that were.

        Of a file that is still `.open` whole exchanges count, of others all whole records. Where somebody writes
        meanwhile, `durable` tells by name up to where a file counts. Durable on return.
        """
        before = self.size
        for source in sources:
            name = source.name.removesuffix(OPEN)
            last = self._spans.get(name, [Span(warc=name, record=0, count=0, leaf=0, end=0)])[-1]
            try:
                leaves, end = _now_uncovered(source, last.end, durable.get(name))
            except OSError as error:
                raise failed(Path(str(source)), "cannot be read", error) from error
            if leaves:
                first = last.record + last.count
                self._add(leaves, Span(warc=name, record=first, count=len(leaves), leaf=self.size, end=end))
        return self.size - before

    def _add(self, leaves: list[bytes], span: Span) -> None:
        self._log.append(leaves)
        path = self.folder / SPANS
        line, size = _line(span), path.stat().st_size
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                if os.write(descriptor, line) < len(line):
                    raise OSError("the disk is full")
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
            finally:
                os.close(descriptor)
        except OSError as error:
            with contextlib.suppress(EnvironmentFailed):
                self._log.cut(self.size)
            raise failed(path, "does not take a line", error) from error
        self._spans.setdefault(span.warc, []).append(span)
        self.size += span.count

    def publish(self, key: Ed25519PrivateKey, *, now: datetime) -> SignedHead | None:
        """A new signed head, durable on return, if there is something that the last one does not stand for."""
        if self.heads and self.heads[-1].head.size == self.size:
            return None
        if not self.size:
            return None
        self.heads.append(heads.publish(self.folder / HEADS, key, self._log, now=now))
        return self.heads[-1]

    # Reading ---------------------------------------------------------------------------------------

    def files(self) -> list[str]:
        """The names of the WARC files of which it has records, in the order in which they came."""
        return list(self._spans)

    def spans(self, warc: str) -> tuple[Span, ...]:
        """Where the records of `warc` are, in their order."""
        return tuple(self._spans.get(warc, ()))

    def leaves(self, warc: str) -> list[tuple[int, bytes]]:
        """Number and hash of each leaf that is a record of `warc`, in the order of the records."""
        found: list[tuple[int, bytes]] = []
        for span in self._spans.get(warc, ()):
            numbers = range(span.leaf, min(span.leaf + span.count, self._log.size))
            found += zip(numbers, self._log.leaves(numbers.start, numbers.stop), strict=True)
        return found

    def check_levels(self) -> Iterator[tuple[Path, int]]:
        """The files of hashes above the leaves that are not as they should be, and at which byte."""
        return self._log.check_levels()

    def all_leaves(self) -> Iterator[bytes]:
        """All leaf hashes in the log's order, as they are on the disk."""
        return self._log.leaves(0, min(self.size, self._log.size))

    def prove(self, warc: str, offset: int, *, under: SignedHead | None = None) -> Proof:
        """That the record at byte `offset` of `warc` is in the log; see `prove_member`."""
        return self.prove_member(warc, raw_record(self._warcs, warc, offset), under=under)

    def prove_exchange(self, principal: Location, *, under: SignedHead | None = None) -> tuple[Proof, ...]:
        """The same of all records of the exchange whose principal record lies at `principal`."""
        members = exchange_members(self._warcs, principal)
        return tuple(self.prove_member(principal.warc, member, under=under) for member in members)

    def prove_member(self, warc: str, member: Member, *, under: SignedHead | None = None) -> Proof:
        """That a record that was read already is in the log.

        Proven under the oldest head over it that somebody witnessed, since that says most about when it was there;
        without one under the oldest of all, or `under` the head that is named. Raises `NothingFound` for a record
        that is in no head yet, and `Misuse` for one that is not what was put into the log.
        """
        where, leaf = f"{warc} at byte {member.offset}", leaf_hash(member.raw)
        index = self._index(warc, leaf)
        if index is None:
            if any(member.offset < span.end for span in self._spans.get(warc, ())):
                raise Misuse(f"{where}: the record is not what was put into the log; run: stet verify")
            raise NothingFound(f"{where}: the record is not in the log yet; it will be after the next crawl")
        head = self._head_over(index) if under is None else under
        if head is None or head.head.size <= index:
            raise NothingFound(f"{where}: no head stands for the record yet; one will after the next crawl")
        path = self._log.inclusion_proof(index, head.head.size)
        return Proof(record=member.record.id, leaf=leaf, index=index, path=path, head=head)

    def _index(self, warc: str, leaf: bytes) -> int | None:
        """Which leaf of `warc` is `leaf`. No file is read: 30,000 records are one megabyte of hashes."""
        for span in self._spans.get(warc, ()):
            run = b"".join(self._log.leaves(span.leaf, span.leaf + span.count))
            at = run.find(leaf)
            while at % HASH_BYTES and at > 0:  # the same bytes across two hashes are none
                at = run.find(leaf, at + 1)
            if at >= 0:
                return span.leaf + at // HASH_BYTES
        return None

    def _head_over(self, index: int) -> SignedHead | None:
        over = self.heads[bisect_right(self.heads, index, key=lambda signed: signed.head.size) :]
        return next(witnessed(over, self.folder / TOKENS), over[0] if over else None)

    def extend(self, old: SignedHead, new: SignedHead) -> Extension:
        """That the log under `old` is the beginning of that under `new`."""
        path = self._log.consistency_proof(old.head.size, new.head.size)
        return Extension(old=old, new=new, path=path)

    def tokens(self, signed: SignedHead) -> dict[str, Path]:
        """The raw timestamp tokens on a head, by the authority's name."""
        return tokens_on(signed, self.folder / TOKENS)


def _now_uncovered(source: Source, offset: int, durable: int | None) -> tuple[list[bytes], int]:
    """The same as `_uncovered`, also where the file was closed, or found to be empty, since somebody saw it."""
    try:
        return _uncovered(source, offset, durable)
    except FileNotFoundError:
        if not source.name.endswith(OPEN) or not isinstance(source, Path):
            raise
        final = source.with_name(source.name.removesuffix(OPEN))
        return _uncovered(final, offset, None) if final.exists() else ([], offset)


def _uncovered(source: Source, offset: int, durable: int | None) -> tuple[list[bytes], int]:
    """The leaf hashes of what there is from `offset` on and stays, and the byte at which that ends."""
    if isinstance(source, Stored) and offset:
        return [], offset  # it was closed and covered before it went to the bucket
    live, group = source.name.endswith(OPEN), list[Record]()
    limit = _flushed(source) if isinstance(source, Path) else None
    if live and limit is not None and durable is not None:
        limit = min(limit, durable)
    leaves: list[bytes] = []
    kept, end = 0, offset
    with opened(source) as read:
        for piece in pieces(read, offset) if limit is None or limit > offset else ():
            position = piece.offset + piece.length
            if live and limit is not None and (isinstance(piece, Gap) or position > limit):
                break
            if isinstance(piece, Gap):
                end = position
                continue
            leaves.append(leaf_hash(piece.raw))
            group = [*group, piece.record] if group and is_part_of(piece.record, group[0]) else [piece.record]
            if not live or stands_alone(piece.record) or (is_principal(group[0]) and is_whole(group)):
                kept, end = len(leaves), position
    return leaves[:kept], end


def _flushed(path: Path) -> int:
    """Up to where a file is surely on the disk; it may be growing."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if path.name.endswith(OPEN):
            os.fsync(file.fileno())
    return size


def raw_records(warcs: Places, warc: str) -> Iterator[Member]:
    """The whole records of one file in order, as the log counts them. Raises `EnvironmentFailed`."""
    with reading(warcs, warc) as read:
        yield from (piece for piece in pieces(read) if isinstance(piece, Member))


def spans_of(path: Path) -> list[Span]:
    """All lines of `spans.jsonl`, the oldest first. Raises `Unfit` where one does not follow the one before.

    Half a line at the end is what a crash leaves; it was never told of and is passed over.
    """
    data = bytes_of(path)
    hole = data.find(b"\0")  # what a power cut leaves where the file grew before its bytes came
    whole = data if hole < 0 else data[:hole]
    spans: list[Span] = []
    size, seen = 0, dict[str, Span]()
    at = 0
    for number, line in enumerate(whole[: whole.rfind(b"\n") + 1].splitlines(keepends=True), 1):
        span = _span(line)
        if span is None:
            why = f"line {number}: is no line as Stet writes them; put the file back from a backup"
            raise Unfit(path, at, why)
        before = seen.get(span.warc)
        follows = (before.record + before.count, before.end) if before else (0, 0)
        if span.leaf != size or span.record != follows[0] or span.end <= follows[1] or span.count < 1:
            why = f"line {number}: does not follow the lines before; lines were removed or changed"
            raise Unfit(path, at, why)
        at += len(line)
        spans.append(span)
        seen[span.warc] = span
        size += span.count
    return spans


def _line(span: Span) -> bytes:
    return json.dumps(asdict(span)).encode() + b"\n"


def _span(line: bytes) -> Span | None:
    fields: Any
    try:
        fields = json.loads(line)
        span = Span(**fields)
        if _line(span) != line or not isinstance(span.warc, str):
            raise ValueError
        if not all(type(fields[name]) is int for name in ("record", "count", "leaf", "end")):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return span
