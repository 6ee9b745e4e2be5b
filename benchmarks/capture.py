"""Whose capture is what was on the wire? Every odd answer, over http and https, for us and for peers.

    python benchmarks/capture.py                       the table and its totals
    python benchmarks/capture.py --cpu 2000            CPU time per exchange for a page of 60 kB

Ours twice: as the wire gave it, and as warcio reads it out of the WARC file that the archive's writer made
of it. Peers run in this process on the same server: Scrapy's own handler as its lowest downloader middleware
sees it, and warcio's capture_http over http.client.

A cell tells of request and response: `=` is byte-exact, `x` is not, `-` is nothing kept where there was
something, `?` a request that never reached the server. An answer without a byte is exact when nothing was kept.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import multiprocessing
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# warcio can only record if it is there before anything imports http.client's classes.
from warcio.capture_http import capture_http  # isort: skip
import http.client

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import BufferWARCWriter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.model import Exchange
from archive.warc.reader import exchange_at, group_bytes
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter
from crawler.wire import Wire, WireSettings
from tests.oddserver import HOST, ODDITIES, STAY, Odd, OddServer, Seen

SCHEMES = ("http", "https")
HEADERS = (("User-Agent", "stet-benchmark"), ("Accept-Encoding", "gzip, deflate"))
MAX_BYTES = 400_000  # room for the largest case of 300 kB, and short work for the endless ones
PATIENCE = 1.5  # seconds for an answer; the slowest whole one takes 0.1
Kept = dict[tuple[str, str], tuple[bytes, bytes]]  # (case, scheme) → request and response as kept
RoundTrip = Callable[[Exchange], tuple[bytes, bytes]]


def path_of(peer: str, odd: Odd, scheme: str) -> str:
    return f"/{odd.name}?{peer}-{scheme}"


# -- ours


def settings_for(server: OddServer, ca_bundle: str) -> WireSettings:
    return WireSettings(
        connect_to={f"{HOST}:{port}": f"127.0.0.1:{server.port(s)}" for s, port in (("http", 80), ("https", 443))},
        ca_bundle=ca_bundle,
        stall_timeout=PATIENCE / 2,
        total_timeout=PATIENCE,
        max_bytes=MAX_BYTES,
    )


async def ours(server: OddServer, ca_bundle: str) -> dict[tuple[str, str], Exchange]:
    kept = {}
    async with Wire(settings_for(server, ca_bundle)) as wire:
        for scheme in SCHEMES:
            for odd in ODDITIES:
                url = f"{scheme}://{HOST}{path_of('wire', odd, scheme)}"
                kept[odd.name, scheme] = await wire.exchange(url, HEADERS, method=odd.method)
    return kept


# -- Scrapy


class Lowest:
    """The downloader middleware next to the handler; what it can tell of the wire."""

    kept: Kept = {}  # noqa: RUF012 - shared with the caller on purpose

    def process_response(self, request: scrapy.Request, response: Any) -> Any:
        """Put down what is there to see."""
        target = request.url.split("/", 3)[3]
        sent = f"{request.method} /{target} HTTP/1.1\r\n".encode() + request.headers.to_string() + b"\r\n\r\n"
        status = f"{response.protocol} {response.status} \r\n".encode()
        received = status + response.headers.to_string() + b"\r\n\r\n" + response.body
        self.kept[request.meta["case"]] = (sent, received)
        return response


class OddSpider(scrapy.Spider):
    """Asks for every case once."""

    name = "odd"
    server: OddServer

    async def start(self) -> Any:
        """All at once; Scrapy sees to the number of connections."""
        for scheme in SCHEMES:
            for odd in ODDITIES:
                yield scrapy.Request(
                    f"{scheme}://127.0.0.1:{self.server.port(scheme)}{path_of('scrapy', odd, scheme)}",
                    method=odd.method,
                    meta={"case": (odd.name, scheme), "dont_retry": True, "handle_httpstatus_all": True},
                    callback=self.parse,
                    errback=self.parse,
                    dont_filter=True,
                )

    def parse(self, response: Any, **_: Any) -> None:
        """Nothing to do: the middleware has seen it."""


def with_scrapy(server: OddServer) -> Kept:
    process = AsyncCrawlerProcess(
        {
            "DOWNLOADER_MIDDLEWARES": {Lowest: 100_000},
            "DOWNLOAD_TIMEOUT": PATIENCE,
            "DOWNLOAD_MAXSIZE": MAX_BYTES,
            "DOWNLOAD_FAIL_ON_DATALOSS": False,
            "REDIRECT_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_ENABLED": False,
        }
    )
    process.crawl(OddSpider, server=server)
    process.start()
    return Lowest.kept


# -- warcio


def with_warcio(server: OddServer) -> Kept:
    trusting = ssl._create_unverified_context()
    kept: Kept = {}
    for scheme in SCHEMES:
        for odd in ODDITIES:
            writer = BufferWARCWriter(gzip=False)
            try:
                with capture_http(writer):
                    _get(server, scheme, odd, trusting)
            except Exception:  # noqa: BLE001 - a peer that crashes has kept what it has kept
                pass
            kept[odd.name, scheme] = _blocks(writer.get_contents())
    return kept


def _get(server: OddServer, scheme: str, odd: Odd, trusting: ssl.SSLContext) -> None:
    port = server.port(scheme)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE / 2)
    connection.connect()
    if scheme == "https":  # not HTTPSConnection: capture_http replaces its base class only by name
        connection.sock = trusting.wrap_socket(connection.sock, server_hostname=HOST)
    stop = threading.Timer(PATIENCE, connection.sock.shutdown, [2])
    stop.start()
    try:
        connection.request(odd.method, path_of("warcio", odd, scheme), headers=dict(HEADERS))
        connection.getresponse().read(MAX_BYTES)
    finally:
        stop.cancel()
        connection.close()


def _blocks(warc: bytes) -> tuple[bytes, bytes]:
    found = {"request": b"", "response": b""}
    for record in ArchiveIterator(io.BytesIO(warc), no_record_parse=True):
        if record.rec_type in found:
            found[record.rec_type] = record.raw_stream.read()
    return found["request"], found["response"]


# -- judging


def marks(odd: Odd, kept: tuple[bytes, bytes], seen: Seen | None) -> str:
    """Two signs: request and response. An answer's interim part may be kept with it or apart."""
    if seen is None:
        return "??"
    request, response = kept
    sent = seen.sent
    wanted = {sent, sent[len(odd.interim) :]}
    exact = response in wanted if odd.whole else bool(response) and sent.startswith(response)
    return _mark(request, request == seen.received) + _mark(response or not sent, exact)


def _mark(kept: object, exact: bool) -> str:
    return "=" if exact else "x" if kept else "-"


def report(server: OddServer, columns: dict[str, tuple[str, Kept]]) -> None:
    seen = {entry.received.split(b" ")[1].decode(): entry for entry in server.seen}
    width = max(len(odd.name) for odd in ODDITIES) + 2
    print(" " * width + "".join(f"{name:>24}" for name in columns))
    print(" " * width + "".join(f"{'http':>18}{'https':>6}" for _ in columns))
    totals = {name: [0, 0] for name in columns}
    for odd in ODDITIES:
        cells = ""
        for name, (peer, kept) in columns.items():
            for scheme, room in zip(SCHEMES, (18, 6), strict=True):
                pair = kept.get((odd.name, scheme), (b"", b""))
                cell = marks(odd, pair, seen.get(path_of(peer, odd, scheme)))
                totals[name] = [count + (sign == "=") for count, sign in zip(totals[name], cell, strict=True)]
                cells += f"{cell:>{room}}"
        print(f"{odd.name:<{width}}{cells}")
    cases = len(ODDITIES) * len(SCHEMES)
    for name, (requests, responses) in totals.items():
        print(f"{name}: requests {requests}/{cases}, responses {responses}/{cases} byte-exact")


def through_the_archive(folder: Path) -> RoundTrip:
    """Exchange → the blocks of its request and response records, as warcio finds them in our file.

    Interim answers, and bytes that are no HTTP, are in the metadata record; those we read ourselves.
    """
    writer = WarcWriter(folder, info={"software": "benchmark"}, now=lambda: datetime.now(UTC))

    def trip(exchange: Exchange) -> tuple[bytes, bytes]:
        place = writer.write(prepare(exchange)).principal
        blocks = {
            record.rec_type: record.raw_stream.read()
            for record in ArchiveIterator(io.BytesIO(group_bytes(folder, place)), no_record_parse=True)
        }
        kept = exchange_at(folder, place)
        answer = blocks.get("response", kept.response)
        return blocks.get("request", b""), kept.interim + answer

    return trip


def compare() -> None:
    with OddServer() as server, tempfile.TemporaryDirectory() as folder:
        bundle = str(Path(folder) / "ca.pem")
        server.ca.cert_pem.write_to_path(bundle)
        exchanges = asyncio.run(ours(server, bundle))
        columns = {
            "stet's wire": (
                "wire",
                {case: (e.request, e.interim + e.response) for case, e in exchanges.items()},
            )
        }
        kept = through_the_archive(Path(folder))
        columns["stet's WARC"] = ("wire", {case: kept(e) for case, e in exchanges.items()})
        columns["warcio capture_http"] = ("warcio", with_warcio(server))
        columns["Scrapy middleware"] = ("scrapy", with_scrapy(server))
        report(server, columns)


# -- CPU time


def _serve_page(pipe: Connection, page: Odd) -> None:
    """A server in a process of its own, so that its work is not counted as ours."""
    with OddServer((page,)) as server:
        pipe.send((server.port("http"), server.port("https"), server.ca.cert_pem.bytes()))
        pipe.recv()


async def _timed(wire_settings: WireSettings, url: str, count: int) -> tuple[float, float]:
    async with Wire(wire_settings) as wire:
        await wire.exchange(url, HEADERS)  # the connection and the contexts are made once
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(count):
            exchange = await wire.exchange(url, HEADERS)
            assert exchange.trouble is None
            assert exchange.reused
        return time.process_time() - cpu, time.perf_counter() - wall


def measure(count: int) -> None:
    body = b"<p>sixty kilobytes of page</p>\n" * 2000
    body = body[:60_000]
    page = Odd("page", (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + body,), STAY)
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve_page, args=(far, page))
    process.start()
    http_port, https_port, pem = near.recv()
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "ca.pem"
        bundle.write_bytes(pem)
        for scheme, port in (("http", http_port), ("https", https_port)):
            wire_settings = WireSettings(connect_to={HOST: f"127.0.0.1:{port}"}, ca_bundle=str(bundle))
            cpu, wall = asyncio.run(_timed(wire_settings, f"{scheme}://{HOST}/page", count))
            print(
                f"{scheme:<6}{cpu / count * 1000:.3f} ms CPU, {wall / count * 1000:.3f} ms wall an exchange"
                f" ({count} of 60 kB, one kept connection)"
            )
    near.send("done")
    process.join()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", metavar="N", type=int, help="measure N exchanges instead of comparing")
    chosen = parser.parse_args(arguments)
    if chosen.cpu:
        measure(chosen.cpu)
        return
    compare()


if __name__ == "__main__":
    main()
