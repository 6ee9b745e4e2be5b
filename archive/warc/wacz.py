"""WACZ 1.1.1: WARC records, their index and a list of pages in one ZIP file, as replay tools read it.

Knows the layout (https://specs.webrecorder.net/wacz/1.1.1/) and writes it in one pass. Nothing in it comes from
the clock: the same records, pages and words give the same bytes. Refuses to know what the records mean, and
why these were taken.

    archive/NAME.warc.gz      the records that were taken of that file, byte for byte, not compressed again
    indexes/index.cdx.gz      CDXJ lines with 17 digits, 300 a gzip member
    indexes/index.idx         the first key of each of those members, and where it lies
    pages/pages.jsonl         a page for each wording; extraPages.jsonl: the other captures
    datapackage.json          what there is, with the SHA-256 of each file
    datapackage-digest.json   the SHA-256 of that, and who stands for it
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

from archive.warc import cdxj, framing
from archive.warc.gathering import Share
from archive.warc.places import Places

VERSION: Final = "1.1.1"

LINES: Final = 300
"""CDXJ lines a block, as cdxj-indexer has it: some 20 kB, which a replay tool fetches for one look-up."""

EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP file can state."""

Sign = Callable[[str, str], Mapping[str, str]]
"""`(hash, created)` → the `signedData` of wacz-auth 0.1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An entry of a page list; `url` and `at` are those of a capture in the index."""

    id: str
    url: str
    at: datetime
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a package says of itself."""

    title: str
    description: str
    software: str
    created: datetime  #: that of the latest record in it, so that the same records give the same bytes
    main: Page | None = None  #: the page that a replay tool opens first


def write(
    out: BinaryIO,
    places: Places,
    shares: Sequence[Share],
    *,
    about: About,
    pages: Iterable[Page],
    extra: Iterable[Page] = (),
    sign: Sign | None = None,
    step: Callable[[int], None] = lambda _bytes: None,
) -> None:
    """Write the package to `out`, which must be seekable; `step` is told of bytes as they are copied.

    Raises `EnvironmentFailed` where a WARC file cannot be read, and OSError where `out` cannot be written.
    """
    with zipfile.ZipFile(out, "w") as file:
        package = _Package(file, about.created)
        lines: list[str] = []
        for share in shares:
            records = _counted(share.records(places), step)
            lines += package.add_warc(share, records)
        lines.sort(key=cdxj.sort_key)
        blocks, sparse = _index(lines)
        package.add("indexes/index.cdx.gz", blocks)
        package.add("indexes/index.idx", [sparse])
        package.add("pages/pages.jsonl", _page_list("pages", "All Pages", pages), deflate=True)
        others = _page_list("extra-pages", "Other captures", extra)
        package.add("pages/extraPages.jsonl", others, deflate=True)
        package.finish(about, sign)


def _counted(pieces: Iterable[bytes], step: Callable[[int], None]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        step(len(piece))


class _Package:
    """A ZIP file that takes note of what goes into it."""

    def __init__(self, file: zipfile.ZipFile, moment: datetime) -> None:
        self._file = file
        self._date = max(EARLIEST, moment.astimezone(UTC).timetuple()[:6])
        self._resources: list[dict[str, object]] = []

    def add_warc(self, share: Share, records: Iterable[bytes]) -> list[str]:
        """Copy a share; its index lines."""
        digests: dict[int, str] = {}
        where = {capture.location.offset: capture for capture in share.captures()}

        def noted() -> Iterator[bytes]:
            position = 0
            for record in records:
                if position in where:
                    digests[position] = framing.digest(record)
                yield record
                position += len(record)

        self.add(f"archive/{share.warc}", noted(), size=share.size)
        return [
            f"{cdxj.line(capture, record_digest=digests[offset])}\n" for offset, capture in sorted(where.items())
        ]

    def add(self, path: str, pieces: Iterable[bytes], *, size: int = 0, deflate: bool = False) -> None:
        """A file of the package, and its entry in the list of resources; `size` where it may be large."""
        hashed, written = hashlib.sha256(), 0
        with self._file.open(self._entry(path, size, deflate=deflate), "w") as entry:
            for piece in pieces:
                entry.write(piece)
                hashed.update(piece)
                written += len(piece)
        # Data Packages want names in lower case (frictionless: `^([-a-z0-9._/])+$`).
        name = path.rpartition("/")[2].lower()
        digest = f"sha256:{hashed.hexdigest()}"
        self._resources.append({"name": name, "path": path, "hash": digest, "bytes": written})

    def _entry(self, path: str, size: int = 0, *, deflate: bool = False) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(path, self._date)
        entry.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        entry.create_system, entry.external_attr = 3, 0o644 << 16  # Unix, readable by all
        entry.file_size = size  # above 2 GiB, the entry gets the long form
        return entry

    def finish(self, about: About, sign: Sign | None) -> None:
        """The list of what was added, and its digest."""
        created = _rfc3339(about.created)
        document: dict[str, object] = {
            "profile": "data-package",
            "wacz_version": VERSION,
            "title": about.title,
            "description": about.description,
            "created": created,
            "software": about.software,
        }
        if about.main is not None:
            document |= {"mainPageUrl": about.main.url, "mainPageDate": _rfc3339(about.main.at)}
        data = _json(document | {"resources": self._resources}, indent=2)
        digest = framing.digest(data)
        said: dict[str, object] = {"path": "datapackage.json", "hash": digest}
        if sign is not None:
            said["signedData"] = sign(digest, created)
        for path, content in (("datapackage.json", data), ("datapackage-digest.json", _json(said, indent=2))):
            with self._file.open(self._entry(path), "w") as entry:
                entry.write(content)


def _index(lines: Sequence[str]) -> tuple[list[bytes], bytes]:
    """Sorted lines → gzip members, and the sparse index over them (`cdxj-gzip-1.0`, as cdxj-indexer has it)."""
    blocks: list[bytes] = []
    sparse = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    offset = 0
    for start in range(0, len(lines), LINES):
        part = lines[start : start + LINES]
        block = zlib.compress("".join(part).encode("utf-8", "surrogatepass"), framing.LEVEL, 31)
        key = part[0].partition(" {")[0]
        place = {"offset": offset, "length": len(block), "digest": framing.digest(block)}
        sparse.append(f"{key} {json.dumps(place)}\n")
        blocks.append(block)
        offset += len(block)
    return blocks, "".join(sparse).encode("utf-8", "surrogatepass")


def _page_list(identity: str, title: str, pages: Iterable[Page]) -> Iterator[bytes]:
    head = {"format": "json-pages-1.0", "id": identity, "title": title}
    yield _json(head | ({"hasText": True} if identity == "pages" else {}))
    for page in pages:
        entry = {"id": page.id, "url": page.url, "ts": _rfc3339(page.at), "title": page.title}
        yield _json(entry | ({"text": page.text} if page.text else {}))


def _json(document: Mapping[str, object], *, indent: int | None = None) -> bytes:
    """One line, or many, in UTF-8; halves of surrogate pairs, which UTF-8 has not, become question marks."""
    return (json.dumps(document, ensure_ascii=False, indent=indent) + "\n").encode("utf-8", "replace")


def _rfc3339(moment: datetime) -> str:
    return framing.date(moment)
