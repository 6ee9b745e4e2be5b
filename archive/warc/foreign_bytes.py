"""Bytes of files that others made: plain, in gzip members of any size, or inside a zip.

Knows where each expanded byte came from in the file, and where a file stops being what it began as. Refuses
to know what a record is. Nothing here raises on any bytes but OSError; what is wrong is said in words.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from archive.warc.resync import GZIP

STEP: Final = 64 * 1024
"""Bytes read at once; a member of a 60 kB page has 13 kB."""

MOST_AT_ONCE: Final = 1 << 20
"""Bytes that one step may expand to, against members that are bombs."""

ZIP: Final = b"PK\x03\x04"
"""How a zip begins (APPNOTE section 4.3.7)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins: a byte of the file, and how far into what expands from there."""

    offset: int
    inside: int = 0

    def __str__(self) -> str:
        return f"byte {self.offset}" + (f" ({self.inside} bytes into its gzip member)" if self.inside else "")


class Source:
    """A file, or a stretch of one, that can be read anywhere. `name` is what people know it by."""

    def __init__(self, file: BinaryIO, name: str, *, begin: int = 0, size: int | None = None) -> None:
        self.name = name
        self._file = file
        self._begin = begin
        self.size = os.fstat(file.fileno()).st_size - begin if size is None else size

    def read_at(self, offset: int, size: int) -> bytes:
        """The bytes there; fewer at the end. Raises OSError."""
        size = min(size, self.size - offset)
        return os.pread(self._file.fileno(), size, self._begin + offset) if size > 0 else b""

    def stretch(self, name: str, begin: int, size: int) -> Source:
        """A part of it as a source of its own."""
        return Source(self._file, name, begin=self._begin + begin, size=max(0, min(size, self.size - begin)))


class Stream:
    """Expanded bytes from a place on, in order: `buffer` begins at `place()`.

    `done` says that no more will come; `why` then says what is there instead, or is empty at the file's end.
    """

    def __init__(self, source: Source, offset: int) -> None:
        self.source = source
        self.buffer = bytearray()
        self.done = False
        self.why = ""
        self._raw = offset  # the next byte to read
        self._at = offset  # of the buffer's first byte

    def fill(self, size: int) -> bool:
        """Have at least `size` bytes in the buffer; False where there are not so many."""
        while len(self.buffer) < size and not self.done:
            self._more()
        return len(self.buffer) >= size

    def drop(self, size: int) -> None:
        """Let the first `size` bytes of the buffer go."""
        del self.buffer[:size]
        self._at += size

    def skip(self, size: int) -> bool:
        """Let `size` bytes go, also more than fit into memory; False where there are not so many."""
        while size > len(self.buffer):
            size -= len(self.buffer)
            self.drop(len(self.buffer))
            if not self.fill(1):
                return False
        self.drop(size)
        return True

    def place(self) -> Place:
        """Where the buffer's first byte is."""
        return Place(self._at)

    def sealed(self, size: int) -> bool:  # noqa: ARG002 - a plain stream proves nothing
        """Whether a checksum of the file proves the first `size` bytes of the buffer."""
        return False

    def member_size(self) -> int | None:
        """How long the gzip member is that begins with the buffer, where one begins there and ends in it."""
        return None

    def _more(self) -> None:
        data = self.source.read_at(self._raw, STEP)
        self._raw += len(data)
        self.buffer += data
        self.done = not data


class GzipStream(Stream):
    """The same of gzip members, one after the other (RFC 1952 section 2.2)."""

    def __init__(self, source: Source, offset: int) -> None:
        super().__init__(source, offset)
        self._at = 0  # counts expanded bytes here
        self._inflater: zlib._Decompress | None = None
        self._members: deque[tuple[int, int]] = deque([(0, offset)])  # where they begin, expanded and in the file
        self._proven = 0  # up to here checksums were right

    def place(self) -> Place:
        """The member that the buffer's first byte is in, and how far."""
        while len(self._members) > 1 and self._members[1][0] <= self._at:
            self._members.popleft()
        if self._inflater is None and self.done and not self.buffer:
            return Place(self._raw)
        begin, offset = self._members[0]
        return Place(offset, self._at - begin)

    def sealed(self, size: int) -> bool:
        """Whether the members' checksums (section 2.3.1) cover so much."""
        return self._at + size <= self._proven

    def member_size(self) -> int | None:
        """How long the member is that begins with the buffer; reads on until it ends, or a limit is reached."""
        if self.place().inside:
            return None
        ends = [begin for begin, _ in self._members if begin > self._at]
        if ends:
            return ends[0] - self._at
        return self._proven - self._at if self._proven > self._at else None

    def next_member(self) -> int | None:
        """The offset of the first member behind the buffer's first byte, where one is known."""
        return next((offset for begin, offset in self._members if begin > self._at), None)

    def broken_at(self) -> int:
        """The offset of the member that was being read last, or of what should be one."""
        return self._raw if self._inflater is None else self._members[-1][1]

    def _more(self) -> None:
        data = self.source.read_at(self._raw, STEP)
        if not data:
            self._end("the file ends inside a gzip member" if self._inflater else "")
            return
        if self._inflater is None and not self._begin(data):
            return
        assert self._inflater is not None
        before = self._inflater.copy()
        try:
            self.buffer += self._inflater.decompress(data, MOST_AT_ONCE)
        except zlib.error as error:
            self._end(f"the gzip member is damaged ({error})")
            self._salvage(before, data)
            return
        left = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        self._raw += len(data) - len(left)
        if self._inflater.eof:
            self._inflater = None
            self._proven = self._at + len(self.buffer)

    def _salvage(self, inflater: zlib._Decompress, data: bytes) -> None:
        """What can be expanded of a step that was refused: byte by byte, up to where it is damaged."""
        with contextlib.suppress(zlib.error):
            for byte in data:
                self.buffer += inflater.decompress(bytes((byte,)))

    def _begin(self, data: bytes) -> bool:
        if not GZIP.startswith(data[:3]):
            self._end(f"no gzip member begins with the bytes {data[:4].hex(' ')}")
            return False
        here = (self._at + len(self.buffer), self._raw)
        if here[1] != self._members[-1][1]:
            self._members.append(here)
        self._inflater = zlib.decompressobj(31)
        return True

    def _end(self, why: str) -> None:
        self.done, self.why = True, why


def stream_from(source: Source, offset: int) -> Stream:
    """The expanded bytes of what begins at `offset`, by its first bytes."""
    compressed = source.read_at(offset, len(GZIP)) == GZIP
    return GzipStream(source, offset) if compressed else Stream(source, offset)


# Zips ----------------------------------------------------------------------------------------------


_UNZIP: Final = (zipfile.BadZipFile, zlib.error, ValueError, OverflowError, NotImplementedError)
"""What zipfile raises on zips that are none, or not such as it reads."""


class Unpacked:
    """The archive files in a zip (WACZ 1.1.1 section 5.1: `archive/`), one after the other."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[tuple[str, str]] = []  #: which entry cannot be read, and why

    def files(self) -> Iterator[Source]:
        """Each archive file in it; also those of further WACZ files in it. Raises OSError."""
        try:
            with zipfile.ZipFile(_Readable(self.source)) as packed:
                for entry in packed.infolist():
                    if entry.filename.lower().endswith((".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz")):
                        yield from self._entry(packed, entry)
        except _UNZIP as error:
            self.problems.append((self.source.name, f"the zip's directory cannot be read ({error})"))

    def _entry(self, packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Source]:
        name = f"{self.source.name}!{entry.filename}"
        if entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1:
            begin = self._data_begin(entry)
            if begin is None:
                self.problems.append((name, "the zip's directory names a place where no entry begins"))
                return
            yield self.source.stretch(name, begin, entry.file_size)
            return
        with tempfile.TemporaryFile() as spool:
            try:
                with packed.open(entry) as file:
                    shutil.copyfileobj(file, spool, STEP)
            except (*_UNZIP, EOFError, RuntimeError) as error:
                self.problems.append((name, f"the zip entry is damaged ({error})"))
            spool.flush()
            yield Source(spool, name)

    def _data_begin(self, entry: zipfile.ZipInfo) -> int | None:
        raw = self.source.read_at(entry.header_offset, 30)
        if len(raw) < 30 or not raw.startswith(ZIP):
            return None
        name, extra = struct.unpack_from("<HH", raw, 26)
        return int(entry.header_offset + 30 + name + extra)


class _Readable(io.RawIOBase):
    """A source as a file object, for zipfile."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next `read` begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._source.size if size is None or size < 0 else size
        data = self._source.read_at(self._position, wanted)
        self._position += len(data)
        return data
