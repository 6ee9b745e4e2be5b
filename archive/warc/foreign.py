"""Records of foreign archive files: WARC 0.17 to 1.1, ARC, gzipped in any way, WACZ; also damaged ones.

What is whole is given out, what is not is a `Fault` with its file and byte, and behind damage the next
record is looked for. Nothing is raised on any bytes. Refuses to know what records mean together.

Not by way of warcio: it stops at damage, gives half records out as whole, and does not say where a record
lies in a file of one gzip member. `tests/archive/test_foreign.py` holds the two against each other.

A record is believed to be whole only if it is as long as it says and its digests fit. What was found behind
damage is marked: a page may itself hold a WARC file, and nothing tells its records from those around it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from archive.errors import EnvironmentFailed, Misuse
from archive.warc import http1
from archive.warc.foreign_bytes import ZIP, GzipStream, Place, Source, Stream, Unpacked, stream_from
from archive.warc.framing import bare
from archive.warc.resync import GZIP, next_place

LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one record that are loaded; a larger one is reported and passed over. Twice what the crawler takes."""

LONGEST_HEAD: Final = 256 * 1024
"""Bytes of a record's head. Browsertrix puts JSON of some kB there."""

_PEEK: Final = 1024
_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.[01])[ \t]*\r?\n")
_BEGINNING = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]*\r?\n[A-Za-z-]+[ \t]*:")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ARC_START = re.compile(rb"[a-z]{2,10}:[^\r\n]{1,8192} [0-9]{14} [^\r\n]{1,8192} [0-9]{1,12}\r?\n")
_NEXT = re.compile(rb"\n(?=WARC/[01]\.\d{1,2}[ \t]*\r?\n[A-Za-z-]+[ \t]*:)")
_NEXT_ARC = re.compile(
    rb"\n(?=[a-z]{2,10}:[^\r\n ]{1,8192} [0-9a-f.:]{3,45} [0-9]{14} [^\r\n]{1,8192} [0-9]{1,12}\r?\n)"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a foreign file that is not as it should be; `lost` says that nothing of it was kept."""

    file: str
    place: Place
    what: str
    lost: bool = True

    def __str__(self) -> str:
        line = f"{self.file} at {self.place}: {self.what}"
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """A whole record, whoever wrote it. An ARC record is told of in WARC's words."""

    file: str
    place: Place
    format: str  #: `WARC/1.0`, `ARC`
    headers: tuple[tuple[str, str], ...]
    block: bytes = field(repr=False)
    behind_damage: bool = False

    def get(self, name: str) -> str:
        """The first value of field `name`, whatever its case; empty where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def get_all(self, name: str) -> list[str]:
        """All values of field `name`."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def type(self) -> str:
        """WARC-Type in lower case."""
        return self.get("WARC-Type").lower()

    @property
    def id(self) -> str:
        """The record's URI, which an ARC record lacks."""
        return bare(self.get("WARC-Record-ID"))

    @property
    def url(self) -> str:
        """What it is a record of; wget puts angle brackets around it, as an error in WARC/1.0 asked for."""
        return bare(self.get("WARC-Target-URI"))

    @property
    def date(self) -> datetime | None:
        """WARC-Date, or an ARC record's; None where it is no time."""
        return read_time(self.get("WARC-Date"))


def read_time(text: str) -> datetime | None:
    """A time as archives write it: ISO 8601, also shortened as WARC/1.1 section 5.4 allows, or 14 digits."""
    plain = text.strip()
    try:
        if re.fullmatch(r"\d{14}", plain):
            return datetime.strptime(plain, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if re.fullmatch(r"\d{4}(-\d{2})?", plain):
            plain = f"{plain}-01-01"[:10]
        moment = datetime.fromisoformat(plain)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# Files ---------------------------------------------------------------------------------------------


def read_file(path: Path, *, limit: int = LIMIT) -> Iterator[ForeignRecord | Fault]:
    """All whole records of the file at `path`, in order, and between them what is wrong.

    Raises `Misuse` where it is no archive file, before anything is given out, and `EnvironmentFailed` where
    it cannot be read.
    """
    try:
        with path.open("rb") as file:
            source = Source(file, path.name)
            if source.read_at(0, 4) == ZIP:
                yield from _from_zip(source, limit)
            else:
                yield from _from_file(source, limit, [])
    except (FileNotFoundError, IsADirectoryError) as error:
        raise Misuse(f"{path}: {error.strerror}; give a WARC, ARC or WACZ file") from error
    except OSError as error:
        raise EnvironmentFailed(f"{path}: cannot be read: {error.strerror}; check the disk") from error


def _from_zip(source: Source, limit: int) -> Iterator[ForeignRecord | Fault]:
    packed = Unpacked(source)
    there = False
    for inner in packed.files():
        there = True
        yield from _from_zip(inner, limit) if inner.name.endswith(".wacz") else _Reader(inner, limit).read()
    faults = [Fault(name, Place(0), why) for name, why in packed.problems]
    if there:
        yield from faults
    elif faults:
        # Its directory is gone, which stands at the end; the records in it are whole gzip members all the same.
        yield from _from_file(source, limit, faults)
    else:
        raise Misuse(f"{source.name}: this zip holds no archive/*.warc.gz; give a WARC, ARC or WACZ file")


def _from_file(source: Source, limit: int, faults: list[Fault]) -> Iterator[ForeignRecord | Fault]:
    """The same of a plain or gzipped file; faults wait until a record shows that it is an archive file."""
    waiting: list[Fault] | None = [*faults]
    for piece in _Reader(source, limit).read():
        if waiting is not None and isinstance(piece, Fault):
            waiting.append(piece)
            continue
        yield from waiting or ()
        waiting = None
        yield piece
    if waiting is not None:
        if not _begins_like_archive(source):
            raise Misuse(f"{source.name}: is no archive file; give a WARC, ARC or WACZ file")
        yield from waiting


def _begins_like_archive(source: Source) -> bool:
    stream = stream_from(source, 0)
    stream.fill(_PEEK)
    return _is_start(bytes(stream.buffer[:_PEEK]))


def _is_start(begin: bytes) -> bool:
    return _BEGINNING.match(begin) is not None or _ARC_START.match(begin) is not None


# Records -------------------------------------------------------------------------------------------


class _Broken(Exception):
    """No whole record begins here; a step's way out, never seen outside."""


@dataclass(frozen=True, slots=True)
class _Head:
    format: str
    headers: tuple[tuple[str, str], ...]
    size: int  # of the head itself
    length: int  # of the block, as it says

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


class _Reader:
    """One plain or gzipped file, read once from its beginning to its end."""

    def __init__(self, source: Source, limit: int) -> None:
        self.source = source
        self.limit = limit
        self.behind = False  # damage was met
        self.many: bool | None = None  # whether gzip members hold more than one record; None: not known yet

    def read(self) -> Iterator[ForeignRecord | Fault]:
        """All of it. Raises OSError."""
        offset: int | None = 0
        while offset is not None:
            stream = stream_from(self.source, offset)
            offset = yield from self._records(stream)

    def _records(self, stream: Stream) -> Generator[ForeignRecord | Fault, None, int | None]:
        """The records of a stream; its value is the offset to begin anew at, None at the end."""
        while True:
            _skip_blank(stream)
            if not stream.fill(1) and not stream.why:
                return None
            where = stream.place()
            if isinstance(stream, GzipStream) and where.offset:
                self.many = self.many or where.inside > 0
            try:
                torn = yield from self._record(stream, where)
            except _Broken as broken:
                yield Fault(self.source.name, where, str(broken))
                torn = True
            if torn:
                self.behind = True
                again = self._find(stream, where)
                if again is not None:
                    return again if again < self.source.size else None

    def _record(self, stream: Stream, where: Place) -> Generator[ForeignRecord | Fault, None, bool]:
        """The record at the beginning of the buffer, which is dropped from it. Raises `_Broken`.

        Its value is whether the stream is broken behind it.
        """
        head = _head(stream)
        if head.length > self.limit:
            yield Fault(self.source.name, where, f"{_say(head)} has {head.length} bytes, too large to be kept")
            if not stream.skip(head.size + head.length):
                raise _Broken(f"{_say(head)} is cut: {stream.why or 'it ends before its end'}")
            return False
        end, remark = self._end(stream, head)
        yield ForeignRecord(
            file=self.source.name,
            place=where,
            format=head.format,
            headers=head.headers,
            block=bytes(stream.buffer[head.size : end]),
            behind_damage=self.behind,
        )
        if remark:
            yield Fault(self.source.name, where, remark, lost=False)
        broken = bool(stream.why) and isinstance(stream, GzipStream) and not stream.sealed(end)
        if not broken:
            stream.drop(end)
        return broken

    def _end(self, stream: Stream, head: _Head) -> tuple[int, str]:
        """Where the block ends that is to be believed, and what is to be said of it. Raises `_Broken`."""
        end = head.size + head.length
        whole = stream.fill(end)
        stream.fill(end + 64)  # so that the checksum behind it is met
        size = stream.member_size()
        if size is not None and size < end:
            whole = False
        if whole and _follows(stream, end, head, size):
            return end, self._judged(stream, head, end)
        other = self._other_end(stream, head, size)
        if other is not None and _proof(head, bytes(stream.buffer[head.size : other])):
            said = other - head.size
            return other, f"Content-Length of {_say(head)} is {head.length} instead of {said}; its digest fits"
        if whole:
            raise _Broken(f"{_say(head)} is not as long as it says ({head.length} bytes)")
        raise _Broken(f"{_say(head)} is cut: {stream.why or 'it ends before its end'}")

    def _judged(self, stream: Stream, head: _Head, end: int) -> str:
        """What is to be said of a record whose block ends where it should. Raises `_Broken`."""
        proof = _proof(head, bytes(stream.buffer[head.size : end]))
        if proof is False:
            raise _Broken(f"the digest of {_say(head)} does not fit")
        broken = stream.why and isinstance(stream, GzipStream) and not stream.sealed(end)
        if broken and not proof:
            raise _Broken(f"{_say(head)} cannot be proven: {stream.why}")
        torn = stream.done and len(stream.buffer) < end + 4 and head.format != "ARC"
        if broken or (torn and not stream.sealed(end)):
            return f"the end of {_say(head)} is torn; its block is whole"
        return ""

    def _other_end(self, stream: Stream, head: _Head, size: int | None) -> int | None:
        """Where the block must end if not where it says: where its member does, or before the next record."""
        if size is None:
            following = _search(stream, head.size, self.limit, arc=head.format == "ARC")
            size = following if following is not None else len(stream.buffer) if stream.done else None
        if size is None or size < head.size or size - head.size > self.limit:
            return None
        tail = bytes(stream.buffer[max(head.size, size - 4) : size])
        return size - next((len(ending) for ending in (b"\r\n\r\n", b"\n\n", b"\n") if tail.endswith(ending)), 0)

    # -- behind damage

    def _find(self, stream: Stream, where: Place) -> int | None:
        """Go to the next record: None where the stream has it at its buffer's beginning, else a file offset."""
        if not isinstance(stream, GzipStream):
            found = _search(stream, 1, None, arc=_is_arc(self.source))
            if found is None:
                # A plain file may go on with gzip members: an appended one, or a zip without its directory.
                return self._next_member(where.offset + 1)
            stream.drop(found)
            return None
        if where.inside or self.many is None:
            found = _search(stream, 1, self.limit, arc=False)
            if found is not None:
                stream.drop(found)
                return None
        following = stream.next_member()
        return following if following is not None else self._next_member(stream.broken_at() + 1)

    def _next_member(self, offset: int) -> int:
        def believed(place: int) -> bool:
            try:
                head = zlib.decompressobj(31).decompress(self.source.read_at(place, _PEEK), _PEEK)
            except zlib.error:
                return False
            return _is_start(head)

        return next_place(lambda size, place: self.source.read_at(place, size), offset, GZIP, believed)


def _is_arc(source: Source) -> bool:
    return source.read_at(0, 11) == b"filedesc://"


def _skip_blank(stream: Stream) -> None:
    """Line ends between records; some writers add more, or fewer, than they should."""
    while stream.fill(1) and stream.buffer[0] in b"\r\n":
        stream.fill(_PEEK)
        begin = bytes(stream.buffer[:_PEEK])
        stream.drop(len(begin) - len(begin.lstrip(b"\r\n")))


def _search(stream: Stream, begin: int, most: int | None, *, arc: bool) -> int | None:
    """Where in the buffer, at or behind `begin`, a line looks like the first of a record.

    Without `most` what was searched is let go, so that a file of any size can be; then the place found is
    counted from the new beginning.
    """
    pattern = _NEXT_ARC if arc else _NEXT
    at = max(0, begin - 1)
    while True:
        stream.fill(at + _PEEK * 64)
        found = pattern.search(stream.buffer, at)
        if found:
            return found.end()
        if stream.done or (most is not None and len(stream.buffer) > most):
            return None
        at = max(at, len(stream.buffer) - 2 * 8192)
        if most is None:
            stream.drop(at)
            at = 0


def _head(stream: Stream) -> _Head:
    """The head at the buffer's beginning. Raises `_Broken`."""
    if not stream.fill(1):
        raise _Broken(stream.why)
    stream.fill(_PEEK)
    if _VERSION.match(stream.buffer) is not None:
        return _warc_head(stream)
    line = _ARC_START.match(stream.buffer) or (stream.fill(16_384) and _ARC_START.match(stream.buffer))
    if line:
        return _arc_head(line[0])
    begin = bytes(stream.buffer[:20])
    raise _Broken(f"no record begins with {begin!r}" + (f"; {stream.why}" if stream.why else ""))


def _warc_head(stream: Stream) -> _Head:
    size = _PEEK
    while (end := _HEAD_END.search(stream.buffer, 0, LONGEST_HEAD)) is None:
        size *= 4
        if size > LONGEST_HEAD or not stream.fill(size):
            if (end := _HEAD_END.search(stream.buffer, 0, LONGEST_HEAD)) is not None:
                break
            raise _Broken(f"a record's head has no end{': ' + stream.why if stream.why else ''}")
    version, _, lines = bytes(stream.buffer[: end.start()]).partition(b"\n")
    headers: list[tuple[str, str]] = []
    for line in lines.split(b"\n"):
        text = _text(line)
        name, colon, value = text.partition(":")
        if line[:1] in (b" ", b"\t") and headers:  # folded, which WARC/1.0 allows
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip()}")
        elif colon:
            headers.append((name.strip(), value.strip()))
    length = next((value for name, value in headers if name.lower() == "content-length"), "")
    if not re.fullmatch(r"[0-9]{1,15}", length):
        raise _Broken(f"a record's Content-Length is {length[:40]!r}")
    return _Head(_text(version).strip(), tuple(headers), end.end(), int(length))


def _arc_head(line: bytes) -> _Head:
    """An ARC record's line: URL, address, date, type, (in version 2 more) and length, by blanks.

    The URL is what stands before the address, blanks included: old crawlers did not encode them.
    """
    before, moment, rest = re.split(rb" ([0-9]{14}) ", line.strip(), maxsplit=1)
    url, _, ip = before.rpartition(b" ")
    media, _, length = rest.rpartition(b" ")
    kind = "warcinfo" if url.startswith(b"filedesc:") else "response"
    media = media.split(b" ")[0]
    return _Head(
        "ARC",
        (
            ("WARC-Type", kind),
            ("WARC-Target-URI", _text(url)),
            ("WARC-Date", _text(moment)),
            ("WARC-IP-Address", _text(ip)),
            ("Content-Type", "application/http; msgtype=response" if kind == "response" else "text/plain"),
            ("ARC-Content-Type", _text(media)),
            ("Content-Length", _text(length)),
        ),
        len(line),
        int(length),
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        return raw.decode("latin-1").rstrip("\r")


def _follows(stream: Stream, end: int, head: _Head, size: int | None) -> bool:
    """Whether behind a block comes what comes behind a record: line ends, then the next record or nothing.

    `size` is that of the gzip member, where it begins with the record.
    """
    rest = bytes(stream.buffer[end : end + 64 if size is None else min(end + 64, size)])
    following = rest.lstrip(b"\r\n")
    if head.format == "ARC":
        return not following or re.match(rb"[a-z]{2,10}:", following) is not None
    return not following or (len(rest) - len(following) >= 2 and following.startswith(b"WARC/"))


def _say(head: _Head) -> str:
    return f"the {head.get('warc-type')[:20] or 'nameless'} record of {bare(head.get('warc-target-uri'))[:200]}"


# Digests -------------------------------------------------------------------------------------------

_ALGORITHMS: Final = {"sha1": "sha1", "sha-1": "sha1", "md5": "md5", "sha256": "sha256", "sha-256": "sha256",
                      "sha512": "sha512", "sha-512": "sha512", "sha384": "sha384"}  # fmt: skip


def _proof(head: _Head, block: bytes) -> bool | None:
    """Whether the record's digests fit `block`; None where they prove nothing.

    A payload digest is believed to be over whatever of the answer it fits: recorders differ in whether the
    chunk framing is undone before (warc-specifications issue 22). That of a revisit is of something elsewhere.
    """
    if (fits := fitting(head.get("warc-block-digest"), block)) is not None:
        return fits
    said, kind = head.get("warc-payload-digest"), head.get("warc-type").lower()
    if kind in ("revisit", "") or head.get("warc-truncated") or head.get("warc-segment-number"):
        return None
    if kind != "response" or not block.startswith(b"HTTP/"):
        return fitting(said, block)
    message = http1.parse(block)
    if fitting(said, message.entity) is None:
        return None
    return any(fitting(said, each) for each in (message.entity, message.body_bytes, block))


def fitting(said: str, data: bytes) -> bool | None:
    """Whether `data` has the digest `algorithm:value`, base 32 or hexadecimal; None where nobody can tell."""
    name, _, value = said.strip().partition(":")
    algorithm = _ALGORITHMS.get(name.strip().lower())
    if algorithm is None:
        return None
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return _bytes_of(value.strip(), len(digest)) == digest


def _bytes_of(value: str, size: int) -> bytes:
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        return base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (ValueError, binascii.Error):
        return b""
