"""Proving that what was kept is still there, whole and as it was, and that the index tells the truth of it.

Knows what each file, member, record and exchange promises (WARC/1.1, and our writer beyond it) and names
every broken promise with its file and byte. Refuses to repair anything and to know the database: index
rows come in as captures.

A bit that flips is always found where it changes what is kept. A few bits of a gzip member carry nothing
(its time stamp, padding behind the last block); only a file's seal tells of those.
"""

from __future__ import annotations

import enum
import hashlib
import itertools
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeGuard

from archive.domain.model import Capture, Location, RecordType, Truncated
from archive.errors import EnvironmentFailed, StetError
from archive.warc import framing
from archive.warc.cdxj import stamp
from archive.warc.files import sync_folder
from archive.warc.framing import Malformed, Record
from archive.warc.places import OPEN, SEAL, Copies, Places, Source, Stored, in_order, listed, sha256, whole
from archive.warc.reader import Member
from archive.warc.rebuild import capture_of, facts, is_part_of, is_whole
from archive.warc.records import CHAIN_URN, NOT_MODIFIED, SAME_PAYLOAD, message_of
from archive.warc.recovery import (
    PART,
    Gap,
    is_being_written,
    is_chain,
    is_principal,
    is_put_aside,
    walk,
    warcinfo_of,
)
from archive.warc.writer import TORN

LAG: Final = 60.0
"""Seconds after the last write to a file in which rows may still follow while somebody crawls. A row follows
its record within milliseconds; this allows for a database that waits for its lock."""

TYPES: Final = frozenset(
    ["warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"]
)
REPEATABLE: Final = frozenset(["warc-concurrent-to", "warc-protocol"])
"""Fields that a record may have more than once: section 5.7, and IIPC's warc-specifications #42."""

_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+>")
_SEAL_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)\n")


class Kind(enum.StrEnum):
    """What is wrong, for scripts."""

    TORN = "torn"  #: the file ends inside a record
    DAMAGED = "damaged"  #: bytes that are no whole record
    FIELDS = "fields"  #: a header that is not as WARC/1.1 and our writer have it
    BLOCK = "block"  #: the block is not what its digest says
    PAYLOAD = "payload"  #: the payload is not what its digest says
    EXCHANGE = "exchange"  #: records of one exchange that do not fit together
    REFERENCE = "reference"  #: another record that is named is not there
    UNMARKED = "unmarked"  #: a response that was cut and does not say so
    NAME = "name"  #: the file has another name than its warcinfo record says
    LEFT = "left"  #: a file of a process that is gone, not repaired yet
    MISSING = "missing"  #: a file that should be there
    UNREADABLE = "unreadable"  #: the disk does not give the bytes
    INDEX = "index"  #: an index row that is not true
    UNINDEXED = "unindexed"  #: a capture without an index row
    SEAL = "seal"  #: the file is not the one that was sealed


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be. `offset` is None where all of the file is meant."""

    file: str
    offset: int | None
    kind: Kind
    what: str

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at byte {self.offset}"
        line = f"{self.file}{place}: {self.what}"  # which may quote what strangers wrote
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


Finding = tuple[Kind, str]


# One record ----------------------------------------------------------------------------------------


def record_faults(record: Record) -> Iterator[Finding]:
    """What is wrong with a record by itself."""
    yield from _field_faults(record)
    if record.get("WARC-Block-Digest") != framing.digest(record.block):
        yield Kind.BLOCK, f"the block of {_say(record)} is not what WARC-Block-Digest says"
    if record.type == RecordType.RESPONSE:
        message = message_of(record)
        if record.get("WARC-Payload-Digest") != framing.digest(message.entity):
            yield Kind.PAYLOAD, f"the payload of {_say(record)} is not what WARC-Payload-Digest says"
        if not message.complete and not record.get("WARC-Truncated"):
            yield Kind.UNMARKED, f"{_say(record)} ends before its end and has no WARC-Truncated"


def _field_faults(record: Record) -> Iterator[Finding]:
    needed = ["WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Block-Digest"]
    needed += ["WARC-Filename"] if record.type == "warcinfo" else ["WARC-Target-URI", "WARC-Warcinfo-ID"]
    if record.type in (RecordType.RESPONSE, RecordType.REVISIT):
        needed.append("WARC-Payload-Digest")
    if record.type == RecordType.REVISIT:
        needed += ["WARC-Profile", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"]
    if missing := [name for name in needed if not record.get(name)]:
        yield Kind.FIELDS, f"{_say(record)} has no {', '.join(missing)}"
    counted = Counter(name.lower() for name, _ in record.headers)
    if twice := [name for name, count in counted.items() if count > 1 and name not in REPEATABLE]:
        yield Kind.FIELDS, f"{_say(record)} has {', '.join(twice)} more than once"
    for name, allowed in _ALLOWED:
        value = record.get(name)
        if value and not allowed(value):
            yield Kind.FIELDS, f"{_say(record)} has the {name} {value[:80]!r}"


def _is_date(text: str) -> bool:
    try:
        framing.read_date(text)
    except Malformed:
        return False
    return True


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


_ALLOWED: Final = (
    ("WARC-Type", TYPES.__contains__),
    ("WARC-Record-ID", _is_id),
    ("WARC-Concurrent-To", _is_id),
    ("WARC-Date", _is_date),
    ("WARC-Refers-To-Date", _is_date),
    ("WARC-Truncated", frozenset(Truncated).__contains__),
    ("WARC-Profile", frozenset([SAME_PAYLOAD, NOT_MODIFIED]).__contains__),
)
"""What the values of fields must be."""


def _say(record: Record) -> str:
    return f"the {record.type or 'nameless'} record" + (f" of {record.url[:200]}" if record.url else "")


# Records of a file, together -----------------------------------------------------------------------


class _Together:
    """What the records of one file promise about each other; shown them in order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._warcinfo: str | None = None
        self._ids: set[str] = set()
        self._chains: set[str] = set()
        self._group: list[Member] = []
        self._after_gap = False

    def see(self, member: Member) -> Iterator[Fault]:
        """Faults of `member` among those before it, and of an exchange that should have gone on."""
        record = member.record
        for kind, what in itertools.chain(self._file_faults(record), self._place_faults(record)):
            yield Fault(self._name, member.offset, kind, what)
        if self._group and is_part_of(record, self._group[0].record):
            self._group.append(member)
            return
        yield from self.end()
        if is_principal(record):
            self._group, self._after_gap = [member], False

    def skip(self) -> None:
        """There is a gap: what is missing on either side of it is one fault with it, not another."""
        self._group, self._after_gap = [], True

    def end(self) -> Iterator[Fault]:
        """Faults of the exchange whose records have all been seen."""
        group, self._group = self._group, []
        if group:
            records = [member.record for member in group]
            for kind, what in _exchange_faults(records, self._chains):
                yield Fault(self._name, group[0].offset, kind, what)

    def _file_faults(self, record: Record) -> Iterator[Finding]:
        first, self._warcinfo = self._warcinfo is None, self._warcinfo or warcinfo_of(record)
        if first != (record.type == "warcinfo") and not self._after_gap:
            yield (
                Kind.FIELDS,
                "the file begins without its warcinfo record" if first else "a second warcinfo record",
            )
        if record.type == "warcinfo" and record.get("WARC-Filename") not in ("", self._name):
            yield Kind.NAME, f"its warcinfo record says that this file is {record.get('WARC-Filename')}"
        if record.type != "warcinfo" and warcinfo_of(record) not in ("", self._warcinfo):
            yield Kind.REFERENCE, f"{_say(record)} names the warcinfo record of another file"
        if record.id in self._ids:
            yield Kind.FIELDS, f"{_say(record)} has the id of a record before it"
        self._ids.add(record.id)

    def _place_faults(self, record: Record) -> Iterator[Finding]:
        principal = self._group[0].record if self._group else None
        if record.type == "request" and not record.get("WARC-Concurrent-To"):
            yield Kind.EXCHANGE, f"{_say(record)} belongs to no exchange"
        apart = principal is None or not is_part_of(record, principal)
        if record.get("WARC-Concurrent-To") and apart and not self._after_gap:
            yield Kind.EXCHANGE, f"{_say(record)} does not stand behind the record that it belongs to"
        if is_chain(record):
            self._chains.add(record.url.removeprefix(CHAIN_URN))
            if record.url != CHAIN_URN + framing.digest(record.block):
                yield Kind.BLOCK, f"the certificates are not those of {record.url}"


def _exchange_faults(records: list[Record], chains: set[str]) -> Iterator[Finding]:
    """What is wrong with the records of one exchange, principal first."""
    kinds, fact = Counter(record.type for record in records), dict(facts(records))
    if not is_whole(records):
        missing = "request" if "metadata" in kinds else "metadata"
        yield Kind.EXCHANGE, f"the {missing} record of this exchange is missing, of {records[0].url[:200]}"
    if twice := [kind for kind, count in kinds.items() if count > 1]:
        yield Kind.EXCHANGE, f"this exchange has more than one {' and '.join(twice)} record"
    sent = next((record for record in records if record.type == "request"), None)
    if sent and "metadata" in kinds and fact.get("request") != framing.digest(sent.block):
        yield Kind.EXCHANGE, "the request is not the one that the metadata record of this exchange tells of"
    if fact.get("tlsChain", "") not in {"", *chains}:
        chains.add(fact["tlsChain"])  # once is enough; thousands may have come with the same
        yield Kind.REFERENCE, f"the certificate chain {fact['tlsChain']} is not in the file before its exchange"


class References:
    """What records say of records in other files; 70 bytes of memory a revisit, 140 a response (measured)."""

    def __init__(self) -> None:
        self._there: set[int] = set()
        self._wanted: list[tuple[int, Fault]] = []

    def see(self, name: str, member: Member) -> None:
        """Take note of what `member` is and of what it refers to."""
        record = member.record
        if record.type in (RecordType.RESPONSE, RecordType.REVISIT):
            self._there.add(_key(record.id))
        if record.type == RecordType.RESPONSE:
            self._there.add(_key(record.url, record.get("WARC-Date"), record.get("WARC-Payload-Digest")))
        if named := framing.bare(record.get("WARC-Refers-To")):
            self._want(_key(named), name, member, f"{_say(record)} refers to {named}, which is nowhere")
        if record.type == RecordType.REVISIT:
            url, moment = record.get("WARC-Refers-To-Target-URI"), record.get("WARC-Refers-To-Date")
            what = f"the original of {_say(record)} is nowhere: {url[:200]} at {moment} with the same payload"
            self._want(_key(url, moment, record.get("WARC-Payload-Digest")), name, member, what)

    def _want(self, key: int, name: str, member: Member, what: str) -> None:
        if key not in self._there:
            self._wanted.append((key, Fault(name, member.offset, Kind.REFERENCE, what)))

    def unresolved(self) -> Iterator[Fault]:
        """Once all files have been seen: what refers to nothing."""
        return (fault for key, fault in self._wanted if key not in self._there)


def _key(*parts: str) -> int:
    """64 bits for a few strings: among a million captures, one in 10^13 would hide a missing one."""
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()[:8])


# Index rows ----------------------------------------------------------------------------------------


class _Rows:
    """The index rows of one file, held against its records."""

    def __init__(self, name: str, rows: Iterable[Capture]) -> None:
        self._name = name
        self._left: dict[int, list[Capture]] = {}
        for row in rows:
            self._left.setdefault(row.location.offset, []).append(row)

    def see(self, member: Member, *, settled: bool) -> Iterator[Fault]:
        """Faults of the rows that point to `member`; unless `settled`, its row may still come."""
        record = member.record
        rows = self._left.pop(member.offset, [])
        for row in rows:
            if differing := _differing(row, member, self._name):
                yield self._fault(row, f"differs from the record in {', '.join(differing)}")
        if len(rows) > 1:
            yield self._fault(rows[1], "is the second one for its record")
        if settled and not rows and record.type in tuple(RecordType):
            what = f"{_say(record)} at {record.get('WARC-Date')} has no index row"
            yield Fault(self._name, member.offset, Kind.UNINDEXED, what)

    def end(self) -> Iterator[Fault]:
        """Faults of rows that pointed to no record."""
        for offset in sorted(self._left):
            yield from (self._fault(row, "points to where no whole record begins") for row in self._left[offset])

    def _fault(self, row: Capture, what: str) -> Fault:
        said = f"the index row of {row.url[:200]} at {stamp(row.timestamp)} {what}"
        return Fault(self._name, row.location.offset, Kind.INDEX, said)


def _differing(row: Capture, member: Member, name: str) -> list[str]:
    """The fields in which a row is not what its record says. Broken records are told of elsewhere."""
    place = Location(warc=name, offset=member.offset, length=member.length)
    try:
        capture = capture_of([member.record], place)
    except (ValueError, StetError):
        return []
    if capture is None:
        return ["record_type"]
    # The media type behind a 304 is in the metadata record and not in this one.
    passed = {"id", "mime"} if row.status == capture.status == 304 else {"id"}
    names = [field.name for field in fields(Capture) if field.name not in passed]
    return [field for field in names if getattr(row, field) != getattr(capture, field)]


# Files ---------------------------------------------------------------------------------------------


def check_file(
    source: Source,
    *,
    rows: Iterable[Capture] | None = None,
    references: References | None = None,
    settled: bool = True,
) -> Iterator[Fault]:
    """All faults of one WARC file, sealed or `.open`, in file order; read once, a record at a time.

    `rows` are the file's index rows, where the index is to be proven too; read them before. `settled` says
    that all its rows must be there. A file that is being written may end inside an exchange.
    """
    name = source.name.removesuffix(OPEN)
    rows = None if rows is None else list(rows)
    together, index = _Together(name), None if rows is None else _Rows(name, rows)
    last: Gap | None = None
    offset = 0
    try:
        live = _is_open(source) and is_being_written(source)
        for piece in walk(source):
            offset = piece.offset + piece.length
            if last:
                yield _gap_fault(name, last)
            last = piece if isinstance(piece, Gap) else None
            if isinstance(piece, Gap):
                together.skip()
                continue
            for kind, what in record_faults(piece.record):
                yield Fault(name, piece.offset, kind, what)
            yield from together.see(piece)
            if index:
                yield from index.see(piece, settled=settled and not live)
            if references:
                references.see(name, piece)
    except FileNotFoundError:
        if _is_open(source) and (final := source.with_name(name)).exists():  # closed since the look
            yield from check_file(final, rows=rows, references=references, settled=False)
        else:
            yield _missing(name, rows)
        return
    except OSError as error:
        yield Fault(name, offset, Kind.UNREADABLE, f"cannot be read from here on: {error.strerror or error}")
        return
    if not live:
        yield from _left_over(source, offset, last, together)
    if index:
        yield from index.end()


def _missing(name: str, rows: list[Capture] | None) -> Fault:
    lost = f", into which {len(rows)} index rows point" if rows else ""
    return Fault(name, None, Kind.MISSING, f"there is no such file{lost}")


def _is_open(source: Source) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.name.endswith(OPEN)


def _left_over(source: Source, size: int, last: Gap | None, together: _Together) -> Iterator[Fault]:
    """What is wrong with the end of a file that nobody writes to any more."""
    name = source.name.removesuffix(OPEN)
    if last:
        yield _gap_fault(name, last)
    yield from together.end()
    if not size:
        yield Fault(name, 0, Kind.TORN, "the file is empty")
    if _is_open(source):
        yield Fault(name, None, Kind.LEFT, "its process is gone; the next crawl repairs and closes it")


def _gap_fault(name: str, gap: Gap) -> Fault:
    kind = Kind.TORN if gap.why.startswith("the file ends") else Kind.DAMAGED
    return Fault(name, gap.offset, kind, f"{gap.length} bytes are no whole record: {gap.why}")


def check_folder(
    places: Places, captures: Iterable[Capture] | None = None, *, busy: bool = False
) -> Iterator[Fault]:
    """All faults of the WARC files in `places`, of copies and seals, and of what they refer to in each other.

    `captures` are all index rows, those of one file together; given, the index is proven in the same pass,
    a file's rows in memory at a time. `busy` says that somebody may be crawling: the newest rows may then
    be on their way. Raises `EnvironmentFailed` if the places themselves cannot be read.
    """
    references = References()
    for copies, rows in _files(places, captures):
        source = copies.files[0]
        yield from check_file(source, rows=rows, references=references, settled=_is_settled(source, busy=busy))
        if not _is_open(source):
            yield from check_copies(copies)
    yield from references.unresolved()
    for path in sorted(path for folder in _folders(places) for path in folder.glob(f"*.warc.gz{TORN}")):
        if is_put_aside(path):
            what = f"was put aside as {path.name} when the disk failed; the next crawl repairs it"
            yield Fault(path.name.removesuffix(TORN), None, Kind.LEFT, what)


def check_index(captures: Iterable[Capture], places: Places, *, busy: bool = False) -> Iterator[Fault]:
    """All faults of index rows alone: rows without their record, and records without a row.

    Faster than `check_folder`, for no digest is computed. The arguments are the same.
    """
    for copies, rows in _files(places, captures):
        source = copies.files[0]
        index, settled = _Rows(source.name.removesuffix(OPEN), rows or ()), _is_settled(source, busy=busy)
        try:
            for piece in walk(source):
                if isinstance(piece, Member):
                    yield from index.see(piece, settled=settled)
        except FileNotFoundError:
            yield _missing(source.name.removesuffix(OPEN), rows)
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            yield Fault(source.name.removesuffix(OPEN), None, Kind.UNREADABLE, what)
        else:
            yield from index.end()


def _files(places: Places, captures: Iterable[Capture] | None) -> Iterator[tuple[Copies, list[Capture] | None]]:
    """Every WARC file and its rows: first those that the index or a seal names, also if they are missing.

    The places are looked at before the index: a record always comes before its row.
    """
    try:
        there = listed(places)
    except OSError as error:
        raise EnvironmentFailed(f"{error.filename}: {error.strerror}; check the folder of WARC files") from error
    seen = set()
    for name, rows in itertools.groupby(captures or (), key=lambda capture: capture.location.warc):
        if name in seen:
            raise ValueError(f"the index rows of {name} do not stand together")
        seen.add(name)
        yield _now_at(places, name, there.get(name, Copies())), list(rows)
    for name, copies in sorted(there.items()):
        if name not in seen:
            yield _now_at(places, name, copies), None if captures is None else []


def _now_at(places: Places, name: str, copies: Copies) -> Copies:
    """Where the file is now: it may have got its final name, been begun or left its folder since we looked."""
    seen = [source for source in copies.files if isinstance(source, Path)]
    final = [folder / name for folder in _folders(places)]
    open_ = [path.with_name(name + OPEN) for path in final]
    here = [path for path in (*seen, *open_, *final) if path.exists()][:1]
    stored = [source for source in copies.files if isinstance(source, Stored)]
    return Copies([*here, *stored] if here or stored else [*final[:1]], copies.seals)


def _folders(places: Places) -> list[Path]:
    return [place for place in in_order(places) if isinstance(place, Path)]


def _is_settled(source: Source, *, busy: bool) -> bool:
    """Whether all rows of the file must be there; it goes to a bucket when they are."""
    if isinstance(source, Stored):
        return True
    with suppress(OSError):
        if _is_open(source) and is_being_written(source):
            return False
        return not busy or time.time() - source.stat().st_mtime > LAG
    return False


# Seals ---------------------------------------------------------------------------------------------


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
    for path in sorted(folder.glob("*.warc.gz")):
        if not _seal_path(path).exists():
            seal(path)


def check_seal(path: Path) -> Iterator[Fault]:
    """Whether the file at `path` is the one that was sealed; a file without a seal has a fault too."""
    yield from check_copies(Copies([path], [_seal_path(path)]))


def check_copies(copies: Copies) -> Iterator[Fault]:
    """Whether each copy of a file is the one that each of its seals tells of.

    Where no copy is there any more, that is told elsewhere. What is in a bucket has a seal.
    """
    name = copies.files[0].name
    if not copies.seals and any(isinstance(source, Stored) for source in copies.files):
        yield Fault(name, None, Kind.SEAL, "its seal is missing")
    sealed = []
    for seal in copies.seals:
        try:
            line = _SEAL_LINE.fullmatch(whole(seal).decode("utf-8", "replace"))
        except OSError as error:
            yield _unread(name, seal, error, "its seal")
            continue
        if line is None or line[2] != name:
            yield Fault(name, None, Kind.SEAL, f"{_at(seal)} is no seal of this file")
        else:
            sealed.append(line[1])
    for source in copies.files if sealed else ():
        try:
            if {sha256(source)} != set(sealed):
                yield Fault(name, None, Kind.SEAL, f"{_at(source)} is not the file that was sealed")
        except OSError as error:
            yield _unread(name, source, error, "the sealed file")


def _unread(name: str, source: Source, error: OSError, what: str) -> Fault:
    if isinstance(error, FileNotFoundError):
        return Fault(name, None, Kind.SEAL, f"{what} is missing")
    return Fault(name, None, Kind.UNREADABLE, f"{_at(source)} cannot be read: {error.strerror or error}")


def _at(source: Source) -> str:
    return str(source) if isinstance(source, Stored) else source.name
