"""Archive files as others make them, whole and damaged, for the tests of reading and importing them."""

from __future__ import annotations

import gc
import gzip
import hashlib
import io
import warnings
import zipfile
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

DAY = datetime(2019, 5, 4, 10, 0, tzinfo=UTC)


def sha1(data: bytes) -> str:
    return "sha1:" + b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".") + "Z"


def page(title: str, *paragraphs: str, canonical: str = "") -> bytes:
    """A news page that says what it is."""
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    said = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{title}"}}</script>'
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title}</title>{link}{said}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def answer(body: bytes, *headers: str, status: str = "200 OK", version: str = "HTTP/1.1", length: bool = True):
    """An HTTP answer with its head."""
    lines = [f"{version} {status}", "Content-Type: text/html; charset=utf-8", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def request(url: str) -> bytes:
    host, _, path = url.partition("://")[2].partition("/")
    return f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: other\r\n\r\n".encode()


@dataclass
class Warc:
    """A WARC file in the making, record by record, as the standard has it."""

    version: str = "WARC/1.0"
    digests: bool = True
    records: list[bytes] = field(default_factory=list)
    count: int = 0

    def add(self, kind: str, url: str, block: bytes, at: datetime = DAY, **fields: str | None) -> str:
        """One record; a field given as None is left out. Returns its id."""
        self.count += 1
        number = f"<urn:uuid:00000000-0000-4000-8000-{self.count:012}>"
        media = {"response": "application/http; msgtype=response", "request": "application/http; msgtype=request"}
        head: dict[str, str | None] = {
            "WARC-Type": kind,
            "WARC-Record-ID": number,
            "WARC-Date": iso(at),
            "WARC-Target-URI": url,
            "WARC-Block-Digest": sha1(block) if self.digests else None,
            "Content-Type": media.get(kind, "application/warc-fields"),
            "Content-Length": str(len(block)),
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
        self.records.append(f"{self.version}\r\n{lines}\r\n".encode() + block + b"\r\n\r\n")
        return number

    def info(self) -> str:
        return self.add("warcinfo", "", b"software: other/1.0\r\n", WARC_Target_URI=None)

    def pair(self, url: str, response: bytes, at: datetime = DAY, **fields: str | None) -> str:
        """A response and its request."""
        number = self.add("response", url, response, at, WARC_IP_Address="192.0.2.7", **fields)
        self.add("request", url, request(url), at, WARC_Concurrent_To=number)
        return number

    def plain(self) -> bytes:
        return b"".join(self.records)

    def members(self) -> list[bytes]:
        return [gzip.compress(record, mtime=0) for record in self.records]

    def packed(self) -> bytes:
        return b"".join(self.members())

    def one_member(self) -> bytes:
        return gzip.compress(self.plain(), mtime=0)


def many(count: int = 5, **keywords) -> Warc:
    """A WARC file with some pages in it."""
    made = Warc(**keywords)
    made.info()
    for number in range(count):
        body = page(f"Story {number}", f"The words of the story number {number}. " * 9)
        made.pair(f"http://herald.example/story/{number}", answer(body), DAY + timedelta(minutes=number))
    return made


def by_warcio(pages: Iterable[tuple[str, bytes]], *, compressed: bool = True) -> bytes:
    """The same kind of file by warcio's own writer, which gives out a request after each response."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its spools open
        _write(WARCWriter(out, gzip=compressed), pages)
        gc.collect()
    return out.getvalue()


def _write(writer: WARCWriter, pages: Iterable[tuple[str, bytes]]) -> None:
    writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "warcio"}))
    for url, body in pages:
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
        asked = StatusAndHeaders("GET / HTTP/1.0", [("Host", "herald.example")])
        response = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=head)
        question = writer.create_warc_record(url, "request", http_headers=asked)
        writer.write_request_response_pair(question, response)


def arc(pages: Iterable[tuple[str, datetime, bytes]]) -> list[bytes]:
    """An ARC file's records, version block first (the Internet Archive's format of 1996)."""
    block = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
    first = b"filedesc://old.arc 0.0.0.0 19990101000000 text/plain %d\n" % len(block)
    records = [first + block + b"\n"]
    for url, at, response in pages:
        line = f"{url} 192.0.2.7 {at:%Y%m%d%H%M%S} text/html {len(response)}\n".encode()
        records.append(line + response + b"\n")
    return records


def wacz(path: Path, files: dict[str, bytes], *, stored: bool = True) -> Path:
    """A WACZ of these archive files."""
    how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", how) as packed:
        for name, data in files.items():
            packed.writestr(f"archive/{name}", data)
        packed.writestr("datapackage.json", '{"profile": "data-package", "wacz_version": "1.1.1"}')
    return path
