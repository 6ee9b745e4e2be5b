"""A WACZ file held against itself: what it lists, what it indexes, what its records promise.

Needs nothing but the file. Where all is right, it is the one whose datapackage.json was signed, if it was; that
its records are true is for other proofs to say. Refuses to trust the file: a name in it is never a path, and what
must be held in memory is read up to a limit.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from archive.domain.model import Capture, Location
from archive.errors import StetError
from archive.warc import cdxj, framing, wacz_auth
from archive.warc.checking import References, check_file
from archive.warc.framing import Malformed
from archive.warc.reader import Member, members_of
from archive.warc.rebuild import capture_of

LIMIT: Final = 256 << 20
"""Bytes of one index or list of pages, expanded. 600,000 captures have some 250 MB of index lines."""

_WARC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing in a file from outside that is not as it should be."""

    file: str  #: which of the files in it
    offset: int | None
    kind: str
    what: str

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at byte {self.offset}"
        line = f"{self.file}{place}: {self.what}"  # which may quote what strangers wrote
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


class Unusable(Exception):
    """Without this file nothing more can be said; `str(error)` tells why."""


def open_zip(source: Path | IO[bytes]) -> zipfile.ZipFile:
    """A ZIP file that begins and ends where `source` does. Raises `zipfile.BadZipFile` for any other.

    The library looks for an end of a ZIP file near the end of a file, and so takes a bundle that was cut within
    its WACZ file for that one: half of a thing would be found faultless as another.
    """
    file = zipfile.ZipFile(source)
    first = min((entry.header_offset for entry in file.infolist()), default=-1)
    assert file.fp is not None
    file.fp.seek(-22, os.SEEK_END)  # an end of the directory without a comment (APPNOTE 4.3.16)
    if first != 0 or file.comment or file.fp.read(4) != b"PK\5\6":
        file.close()
        raise zipfile.BadZipFile("there is something before, behind or between what it holds")
    return file


def read_all(file: zipfile.ZipFile, name: str, limit: int = LIMIT) -> bytes:
    """The content of one file of a ZIP file. Raises `Unusable`."""
    with opened(file, name) as member:
        try:
            data = member.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Unusable(f"cannot be read: {error}") from None
    if len(data) > limit:
        raise Unusable(f"has more than {limit} bytes and is not read")
    return data


def opened(file: zipfile.ZipFile, name: str) -> IO[bytes]:
    """One file of a ZIP file, to be read. Raises `Unusable`."""
    try:
        return file.open(name)
    except KeyError:
        raise Unusable("is missing") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise Unusable(f"cannot be read: {error}") from None


def hash_of(file: zipfile.ZipFile, name: str, copy: IO[bytes] | None = None) -> tuple[str, int]:
    """SHA-256 in hex and length of one file of a ZIP file, copied on the way. Raises `Unusable`."""
    hashed, size = hashlib.sha256(), 0
    with opened(file, name) as member:
        try:
            while piece := member.read(1 << 20):
                hashed.update(piece)
                size += len(piece)
                if copy is not None:
                    copy.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Unusable(f"cannot be read: {error}") from None
    return hashed.hexdigest(), size


def document_in(data: bytes) -> Any:
    """JSON, whatever it holds. Raises `Unusable`."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Unusable("is no JSON") from None


def check_package(file: zipfile.ZipFile, folder: Path, *, signed: bool = False) -> Generator[Flaw, None, str]:
    """All flaws of an open WACZ file; its WARC files are unpacked into `folder`, which must be empty.

    `signed`: it must be. Returns the digest of the key that signed it; empty where none did.
    """
    names = Counter(file.namelist())
    for name, count in names.items():
        if count > 1:
            yield Flaw(name, None, "package", f"is there {count} times")
    by = yield from _check_datapackage(file, signed=signed)
    for name in sorted(names):
        if name.startswith("archive/"):
            yield from _unpack(file, name, folder)
    yield from _check_records(folder)
    try:
        lines = yield from _check_index(file, folder)
        yield from _check_pages(file, {(c.url, c.timestamp) for c in lines})
    except Unusable as error:
        yield Flaw("indexes/index.cdx.gz", None, "index", str(error))
    return by


def _check_datapackage(file: zipfile.ZipFile, *, signed: bool) -> Generator[Flaw, None, str]:
    name = "datapackage.json"
    try:
        data = read_all(file, name)
        package = document_in(data)
        listed = {str(one["path"]): (str(one["hash"]), one["bytes"]) for one in package["resources"]}
    except Unusable as error:
        yield Flaw(name, None, "package", str(error))
        return ""
    except (TypeError, KeyError):
        yield Flaw(name, None, "package", "is no list of files as WACZ 1.1.1 has it")
        return ""
    if package.get("wacz_version") != "1.1.1":
        yield Flaw(name, None, "package", f"is of version {str(package.get('wacz_version'))[:20]!r}, not 1.1.1")
    by = yield from _check_digest(file, framing.digest(data), package.get("created"), signed=signed)
    own = {name, "datapackage-digest.json"}
    for path in sorted({*file.namelist()} - own - set(listed)):
        yield Flaw(path, None, "package", "is not listed in datapackage.json")
    for path, (digest, size) in sorted(listed.items()):
        try:
            found = hash_of(file, path)
        except Unusable as error:
            yield Flaw(path, None, "package", str(error))
            continue
        if (f"sha256:{found[0]}", found[1]) != (digest, size):
            yield Flaw(path, None, "package", "is not what datapackage.json says")
    return by


def _check_digest(
    file: zipfile.ZipFile, digest: str, created: object, *, signed: bool
) -> Generator[Flaw, None, str]:
    name = "datapackage-digest.json"
    try:
        said = document_in(read_all(file, name))
        if said.get("path") != "datapackage.json" or said.get("hash") != digest:
            yield Flaw(name, None, "package", "is not the digest of datapackage.json")
        if "signedData" not in said:
            if signed:
                yield Flaw(name, None, "signature", "is not signed")
        elif fault := wacz_auth.fault_of(said["signedData"], digest):
            yield Flaw(name, None, "signature", f"the signature {fault}")
        elif said["signedData"]["created"] == created:
            return framing.digest(base64.b64decode(said["signedData"]["publicKey"]))
        else:
            yield Flaw(name, None, "signature", "was signed for another time than datapackage.json states")
    except Unusable as error:
        yield Flaw(name, None, "package", str(error))
    except AttributeError:
        yield Flaw(name, None, "package", "is no digest as WACZ 1.1.1 has it")
    return ""


def _unpack(file: zipfile.ZipFile, name: str, folder: Path) -> Iterator[Flaw]:
    plain = name.removeprefix("archive/")
    if not _WARC_NAME.fullmatch(plain):
        yield Flaw(name, None, "package", "is no WARC file by its name, and is not read")
        return
    try:
        with (folder / plain).open("wb") as copy:
            hash_of(file, name, copy)
    except Unusable as error:
        yield Flaw(name, None, "package", str(error))


def _check_records(folder: Path) -> Iterator[Flaw]:
    references = References()
    paths = sorted(folder.iterdir())
    if not paths:
        yield Flaw("archive", None, "package", "holds no WARC file")
    for path in paths:
        for fault in check_file(path, references=references):
            yield Flaw(f"archive/{fault.file}", fault.offset, fault.kind.value, fault.what)
    for fault in references.unresolved():
        yield Flaw(f"archive/{fault.file}", fault.offset, fault.kind.value, fault.what)


def _check_index(file: zipfile.ZipFile, folder: Path) -> Generator[Flaw, None, list[Capture]]:
    """Flaws of the index; returns its captures."""
    name = "indexes/index.cdx.gz"
    blocks = read_all(file, name)
    text = _expanded(blocks)
    lines = text.decode("utf-8", "surrogatepass").splitlines(keepends=True)
    if lines != sorted(lines, key=cdxj.sort_key):
        yield Flaw(name, None, "index", "its lines are not in order")
    yield from _check_sparse(file, blocks, lines)
    indexed: dict[tuple[str, int], tuple[Capture, str]] = {}
    for number, line in enumerate(lines, 1):
        try:
            capture = cdxj.parse_line(line)
            record_digest = str(json.loads(line.split(" ", 2)[2]).get("recordDigest", ""))
        except StetError as error:
            yield Flaw(name, None, "index", f"line {number}: {error}")
            continue
        indexed[capture.location.warc, capture.location.offset] = capture, record_digest
    if len(indexed) != len(lines):
        yield Flaw(name, None, "index", "some lines name the same record")
    captures = [capture for capture, _ in indexed.values()]
    for path in sorted(folder.iterdir()):
        for member in members_of(folder, path.name):
            yield from _check_line(path, member, indexed.pop((path.name, member.offset), None))
    for warc, offset in sorted(indexed):
        yield Flaw(name, None, "index", f"names a record at byte {offset} of {warc}, where none begins")
    return captures


def _expanded(blocks: bytes) -> bytes:
    """What the gzip members hold, one after the other."""
    pieces: list[bytes] = []
    total = 0
    while blocks:
        stream = zlib.decompressobj(31)
        try:
            pieces.append(stream.decompress(blocks, LIMIT + 1 - total))
        except zlib.error as error:
            raise Unusable(f"a gzip member is damaged ({error})") from None
        total += len(pieces[-1])
        if total > LIMIT:
            raise Unusable(f"has more than {LIMIT} bytes and is not read")
        if not stream.eof:
            raise Unusable("a gzip member is cut")
        blocks = stream.unused_data
    return b"".join(pieces)


def _check_sparse(file: zipfile.ZipFile, blocks: bytes, lines: list[str]) -> Iterator[Flaw]:
    """Each line of index.idx names the first key of a block, where it lies, and its digest."""
    name = "indexes/index.idx"
    position = 0
    first = iter(lines)
    try:
        for line in read_all(file, name).decode("utf-8", "surrogatepass").splitlines()[1:]:
            key, _, said = line.partition(" {")
            place = json.loads("{" + said)
            block = blocks[position : position + place["length"]]
            here = _expanded(block).decode("utf-8", "surrogatepass").splitlines(keepends=True)
            expected = [next(first, "") for _ in here]
            if (
                place["offset"] != position
                or place["digest"] != framing.digest(block)
                or here != expected
                or not here[0].startswith(f"{key} {{")
            ):
                raise ValueError
            position += len(block)
        if position != len(blocks):
            raise ValueError
    except Unusable as error:
        yield Flaw(name, None, "index", str(error))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        yield Flaw(name, None, "index", "does not fit index.cdx.gz")


def _check_line(path: Path, member: Member, indexed: tuple[Capture, str] | None) -> Iterator[Flaw]:
    place = Location(warc=path.name, offset=member.offset, length=member.length)
    try:
        capture = capture_of([member.record], place)
    except (ValueError, StetError, Malformed):
        return  # told of with the records
    if capture is None and indexed is None:
        return
    where = f"archive/{path.name}"
    if capture is None:
        yield Flaw(where, member.offset, "index", "an index line points to a record that shows no page")
    elif indexed is None:
        yield Flaw(where, member.offset, "unindexed", f"{capture.url[:200]} has no index line")
    else:
        line, digest = indexed
        with path.open("rb") as file:
            file.seek(member.offset)
            raw = file.read(member.length)
        same = (line.url, line.urlkey, line.timestamp, line.digest, line.location, line.record_type) == (
            *(capture.url, capture.urlkey, capture.timestamp, capture.digest),
            *(capture.location, capture.record_type),
        )
        if not same or (digest and digest != framing.digest(raw)):
            yield Flaw(where, member.offset, "index", f"the index line of {line.url[:200]} is not true")


def _check_pages(file: zipfile.ZipFile, there: set[tuple[str, Any]]) -> Iterator[Flaw]:
    for name in ("pages/pages.jsonl", "pages/extraPages.jsonl"):
        try:
            entries = [document_in(line) for line in read_all(file, name).splitlines()]
            if not entries or entries[0].get("format") != "json-pages-1.0":
                raise Unusable("is no list of pages")
            missing = _missing(entries[1:], there)
        except Unusable as error:
            yield Flaw(name, None, "package", str(error))
        except (AttributeError, KeyError, TypeError, Malformed):
            yield Flaw(name, None, "package", "is no list of pages")
        else:
            for page in missing:
                yield Flaw(name, None, "index", f"the page {page[:200]} is not in the index")


def _missing(entries: Iterable[dict[str, Any]], there: set[tuple[str, Any]]) -> list[str]:
    return [str(one["url"]) for one in entries if (one["url"], framing.read_date(one["ts"])) not in there]
