"""Proving that what was kept is still there, whole and as it was, and that the index tells the truth of it.

Knows what each file, member, record and exchange promises (WARC/1.1, and our writer beyond it) and names
every broken promise with its file and byte. Refuses to repair anything and to know the database: index
rows come in as captures.

A bit that flips is always found where it changes what is kept. A few bits of a gzip member carry nothing
(its time stamp, padding behind the last block); only a file's seal tells of those.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, TypeGuard

from archive.domain.model import Capture, Location, RecordType, Truncated
from archive.errors import EnvironmentFailed, StetError
from archive.warc import framing
from archive.warc.cdxj import stamp
from archive.warc.faults import Fault, Finding, Kind
from archive.warc.framing import Malformed, Record
from archive.warc.leaves import Leaves
from archive.warc.ledger import Ledger
from archive.warc.places import OPEN, Copies, Places, Read, Source, Stored, in_order, listed, opened
from archive.warc.reader import Member
from archive.warc.rebuild import capture_of, facts, is_part_of, is_whole
from archive.warc.records import CHAIN_URN, NOT_MODIFIED, SAME_PAYLOAD, message_of
from archive.warc.recovery import (
    Gap,
    is_being_written,
    is_chain,
    is_principal,
    is_put_aside,
    pieces,
    walk,
    warcinfo_of,
)
from archive.warc.seals import check_copy, not_sealed, seals_of
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


Known = Callable[[Record], bool]
"""Whether the index knows the record that this one refers to."""


class References:
    """What records say of records in other files; 70 bytes of memory a revisit, 140 a response (measured).

    `known` is asked where not all files are shown.
    """

    def __init__(self, known: Known | None = None) -> None:
        self._known = known
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
        if key not in self._there and not (self._known and self._known(member.record)):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was read of a file, its faults apart."""

    size: int = 0
    sha256: str = ""  #: in hex, of the file as it lies there
    records: int = 0
    uncovered: int = 0  #: of them, those that came after the last one in the log


Paced = Callable[[int], None]
"""Told of every so many bytes that were read, so that it can wait a while."""


def check_file(
    source: Source,
    *,
    rows: Iterable[Capture] | None = None,
    references: References | None = None,
    leaves: Leaves | None = None,
    sealed: Collection[str] = (),
    settled: bool = True,
    paced: Paced = lambda _: None,
) -> Generator[Fault, None, Checked]:
    """All faults of one WARC file, sealed or `.open`, in file order; read once, a record at a time.

    `rows` are the file's index rows, where the index is to be proven too; read them before. `leaves` is what the
    log has of the file, and `sealed` the SHA-256 that it must have. `settled` says that all its rows must be
    there. A file that is being written may end inside an exchange.
    """
    name = source.name.removesuffix(OPEN)
    rows = None if rows is None else list(rows)
    seen = _Seen(name, None if rows is None else _Rows(name, rows), references, leaves)
    try:
        live = _is_open(source) and is_being_written(source)
        with opened(source) as read:
            whole = _Digested(read)
            for piece in pieces(whole):
                paced(piece.length)
                yield from seen.see(piece, settled=settled and not live)
    except FileNotFoundError:
        if _is_open(source) and (final := source.with_name(name)).exists():  # closed since the look
            again = check_file(
                final, rows=rows, references=references, leaves=leaves, sealed=sealed, settled=False, paced=paced
            )
            return (yield from again)
        yield _missing(name, rows)
        return Checked()
    except OSError as error:
        what = f"cannot be read from here on: {error.strerror or error}"
        yield Fault(name, seen.size, Kind.UNREADABLE, what)
        return Checked(size=seen.size, records=seen.records)
    yield from seen.end(live=live)
    if not live and _is_open(source):
        yield Fault(name, None, Kind.LEFT, "its process is gone; the next crawl repairs and closes it")
    if sealed and {whole.hexdigest()} != set(sealed):
        yield not_sealed(source)
    uncovered = leaves.uncovered if leaves else 0
    return Checked(size=seen.size, sha256=whole.hexdigest(), records=seen.records, uncovered=uncovered)


class _Digested:
    """Reads for somebody who goes through all of a file, and takes each byte into a digest as it comes by."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._digest = hashlib.sha256()
        self._end = 0  #: up to here all bytes are in it

    def __call__(self, length: int, offset: int) -> bytes:
        data = self._read(length, offset)
        known = self._end - offset
        if 0 <= known < len(data):
            self._digest.update(memoryview(data)[known:])
            self._end = offset + len(data)
        return data

    def hexdigest(self) -> str:
        """The digest of what came by."""
        return self._digest.hexdigest()


def _is_open(source: Source) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.name.endswith(OPEN)


class _Seen:
    """What is known of one file, shown its pieces in order: all promises that are held against each record."""

    def __init__(
        self, name: str, index: _Rows | None, references: References | None, leaves: Leaves | None
    ) -> None:
        self._name, self._index, self._references, self._leaves = name, index, references, leaves
        self._together = _Together(name)
        self._gap: Gap | None = None  #: the last piece, where it was one
        self.size = 0
        self.records = 0

    def see(self, piece: Member | Gap, *, settled: bool) -> Iterator[Fault]:
        """Faults of a record, and of a gap before it; unless `settled`, its index row may still come."""
        self.size = piece.offset + piece.length
        yield from self._past_gap()
        if isinstance(piece, Gap):
            self._gap = piece
            self._together.skip()
            if self._leaves:
                self._leaves.skip()
            return
        self.records += 1
        for kind, what in record_faults(piece.record):
            yield Fault(self._name, piece.offset, kind, what)
        yield from self._together.see(piece)
        if self._leaves:
            yield from self._leaves.see(piece)
        if self._index:
            yield from self._index.see(piece, settled=settled)
        if self._references:
            self._references.see(self._name, piece)

    def _past_gap(self) -> Iterator[Fault]:
        gap, self._gap = self._gap, None
        if gap:
            kind = Kind.TORN if gap.why.startswith("the file ends") else Kind.DAMAGED
            yield Fault(self._name, gap.offset, kind, f"{gap.length} bytes are no whole record: {gap.why}")

    def end(self, *, live: bool) -> Iterator[Fault]:
        """Faults of what should have come; a file that is `live` may end within an exchange."""
        if not live:
            yield from self._past_gap()
            yield from self._together.end()
            if not self.size:
                yield Fault(self._name, 0, Kind.TORN, "the file is empty")
        if self._leaves:
            yield from self._leaves.end(self.size)
        if self._index:
            yield from self._index.end()


def _missing(name: str, rows: list[Capture] | None) -> Fault:
    lost = f", into which {len(rows)} index rows point" if rows else ""
    return Fault(name, None, Kind.MISSING, f"there is no such file{lost}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody else knows of the files, to hold them against; nothing of it is needed."""

    ledger: Ledger | None = None
    sealed: Mapping[str, str] = field(default_factory=dict)  #: file → the SHA-256 that it was sealed with
    stored: Collection[str] = ()  #: the names of files that the bucket was proven to have
    busy: bool = False  #: somebody may be crawling, so the newest rows may be on their way
    only: Collection[str] | None = None  #: the names of the files to look at; None: all
    known: Known | None = None  #: asked for what revisits refer to, where not all files are looked at


Done = Callable[[str, Checked, int], None]
"""Told of each file when it was read: its name, what was read, the number of its faults."""


def check_folder(
    places: Places,
    captures: Iterable[Capture] | None = None,
    told: Told = Told(),
    *,
    paced: Paced = lambda _: None,
    done: Done = lambda *_: None,
) -> Iterator[Fault]:
    """All faults of the WARC files in `places`, of copies and seals, and of what they refer to in each other.

    `captures` are all index rows, those of one file together; given, the index is proven in the same pass,
    a file's rows in memory at a time. Each file is read once. Raises `EnvironmentFailed` if the places themselves
    cannot be read.
    """
    references, asked = References(told.known), set(told.only or ())
    for copies, rows in _files(places, captures, [*told.sealed, *(told.ledger.files() if told.ledger else ())]):
        source, *others = copies.files
        name = source.name.removesuffix(OPEN)
        if told.only is not None and name not in told.only:
            continue
        asked.discard(name)
        faults: list[Fault] = []
        sealed, wrong = seals_of(copies, told.sealed.get(name, "")) if not _is_open(source) else (set(), [])
        checking = check_file(
            source,
            rows=rows,
            references=references,
            leaves=Leaves(name, told.ledger.leaves(name)) if told.ledger else None,
            sealed=sealed,
            settled=_is_settled(source, busy=told.busy),
            paced=paced,
        )
        checked, count = yield from _counted(checking)
        if checked.size:  # what is missing or empty has no use for a seal
            faults += wrong
            if name in told.stored and not any(isinstance(each, Stored) for each in copies.files):
                what = "its copy in the bucket is missing; it is put there again before the file here may go"
                faults.append(Fault(name, None, Kind.MISSING, what))
        faults += (fault for other in others for fault in check_copy(other, sealed))
        yield from faults
        done(name, checked, count + len(faults))
    yield from references.unresolved()
    yield from (_missing(name, None) for name in sorted(asked))
    for path in sorted(path for folder in _folders(places) for path in folder.glob(f"*.warc.gz{TORN}")):
        if is_put_aside(path):
            what = f"was put aside as {path.name} when the disk failed; the next crawl repairs it"
            yield Fault(path.name.removesuffix(TORN), None, Kind.LEFT, what)


def _counted(faults: Generator[Fault, None, Checked]) -> Generator[Fault, None, tuple[Checked, int]]:
    """The same faults, and in the end how many they were."""
    count = 0
    while True:
        try:
            fault = next(faults)
        except StopIteration as end:
            return end.value, count
        count += 1
        yield fault


def check_index(captures: Iterable[Capture], places: Places, *, busy: bool = False) -> Iterator[Fault]:
    """All faults of index rows alone: rows without their record, and records without a row.

    Faster than `check_folder`, for no digest is computed. `busy` says that somebody may be crawling: the newest
    rows may then be on their way.
    """
    for copies, rows in _files(places, captures, ()):
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


def _files(
    places: Places, captures: Iterable[Capture] | None, told: Iterable[str]
) -> Iterator[tuple[Copies, list[Capture] | None]]:
    """Every WARC file and its rows: those that the index, a seal or `told` names also if they are missing.

    The places are looked at before the index: a record always comes before its row.
    """
    try:
        there = listed(places)
    except OSError as error:
        raise EnvironmentFailed(f"{error.filename}: {error.strerror}; check the folder of WARC files") from error
    there |= {name: Copies() for name in told if name not in there}
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
