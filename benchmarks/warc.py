"""How quickly WARC files are written and read, beside warcio and fastwarc on the same records in the same run.

    python benchmarks/warc.py [--exchanges 1500] [--rounds 5]

Real pages of the labelled collection beside the project, or generated ones of 60 kB where it is absent, as
exchanges: each is a request, a response and a metadata record. Everybody writes the records that we wrote, one
gzip member a record, to a file in a temporary folder.

- *write*: ours makes the records (parsing the answer and hashing it) and keeps each exchange with one write and
  one fdatasync, as a crawl does; *no sync* is the same without it. warcio and fastwarc get finished records, parse
  and hash them as they do by default (SHA-1), and never sync: what a crash takes from them, they do not know.
- *read*: every record of our file with its whole block; *proven* also hashes the block against its digest; ours
  then proves the payload digest and the fields as well, as `stet verify` does.

Printed: median of the rounds, in which all take turns; MB are uncompressed, in units of 1000.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.domain.model import Exchange
from archive.warc import framing, writer
from archive.warc.checking import record_faults
from archive.warc.framing import Record
from archive.warc.reader import iter_members
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter
from benchmarks.corpus import present, real_pages

NOON = datetime(2026, 3, 22, 12, tzinfo=UTC)
REQUEST = b"GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: stet\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
WORDS = 4000  #: of a made-up language, for pages that compress as text does


def pages(count: int) -> list[bytes]:
    """Bodies of as many pages, real ones over and over where they are there."""
    if present():
        real = [page.payload for page in real_pages()]
        return [real[n % len(real)] for n in range(count)]
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 11))) for _ in range(WORDS)]
    return [f"<html><p>{' '.join(chance.choices(words, k=8500))}</p></html>".encode() for _ in range(count)]


def exchanges(count: int) -> list[Exchange]:
    """What a crawl would keep of them."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    return [
        Exchange(
            url=f"http://example.org/{number}",
            began=NOON + timedelta(seconds=number),
            request=REQUEST,
            response=head % len(body) + body,
        )
        for number, body in enumerate(pages(count))
    ]


def write_ours(folder: Path, sent: Sequence[Exchange]) -> None:
    with WarcWriter(folder, info={"software": "stet/benchmark"}, now=lambda: NOON) as made:
        for exchange in sent:
            made.write(prepare(exchange))


def write_unsynced(folder: Path, sent: Sequence[Exchange]) -> None:
    sync, writer.os.fdatasync = os.fdatasync, lambda _descriptor: None  # type: ignore[assignment]
    try:
        write_ours(folder, sent)
    finally:
        writer.os.fdatasync = sync


def write_warcio(folder: Path, records: Sequence[Record]) -> None:
    with (folder / "warcio.warc.gz").open("wb") as file:
        made = WARCWriter(file, gzip=True)
        for record in records:
            headers = StatusAndHeaders("WARC/1.1", list(record.headers), protocol="WARC/1.1")
            block = io.BytesIO(record.block)
            made.write_record(
                ArcWarcRecord(
                    "warc", record.type, headers, block, None, record.get("Content-Type"), len(record.block)
                )
            )


def write_fastwarc(folder: Path, records: Sequence[Record]) -> None:
    with (folder / "fastwarc.warc.gz").open("wb") as file:
        for record in records:
            stream = GzipWriter(file, compression_level=6)
            made = WarcRecord()
            made.init_headers(getattr(WarcRecordType, record.type))
            for name, value in record.headers:
                made.headers[name] = value
            made.set_bytes_content(record.block)
            made.write(stream, checksum_data=True)
            stream.finish()  # or all records become one member


def read_ours(path: Path) -> int:
    return sum(1 for _ in iter_members(path))


def prove_ours(path: Path) -> int:
    return sum(not any(record_faults(member.record)) for member in iter_members(path))


def read_warcio(path: Path) -> int:
    with path.open("rb") as file:
        return sum(
            1 for record in ArchiveIterator(file, no_record_parse=True) if record.raw_stream.read() is not None
        )


def prove_warcio(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file, no_record_parse=True, check_digests=True):
            record.raw_stream.read()
            count += 1
    return count


def read_fastwarc(path: Path) -> int:
    with path.open("rb") as file:
        records = FastIterator(file, parse_http=False)
        return sum(1 for record in records if record.reader.read() is not None)


def prove_fastwarc(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for record in FastIterator(file, parse_http=False) if record.verify_block_digest())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exchanges", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    sent = exchanges(chosen.exchanges)
    with tempfile.TemporaryDirectory() as top:
        kept = Path(top) / "kept"
        write_ours(kept, sent)
        (path,) = kept.glob("*.warc.gz")
        records = [member.record for member in iter_members(path)]
        size = sum(len(framing.serialise(record)) for record in records)
        print(f"{len(records)} records, {size / 1e6:.1f} MB, {'real' if present() else 'generated'} pages")
        writes: dict[str, Callable[[Path], None]] = {
            "ours, durable": lambda folder: write_ours(folder, sent),
            "ours, no sync": lambda folder: write_unsynced(folder, sent),
            "warcio": lambda folder: write_warcio(folder, records),
            "fastwarc": lambda folder: write_fastwarc(folder, records),
        }
        reads: dict[str, Callable[[], int]] = {
            "ours": lambda: read_ours(path),
            "warcio": lambda: read_warcio(path),
            "fastwarc": lambda: read_fastwarc(path),
            "ours, proven": lambda: prove_ours(path),
            "warcio, proven": lambda: prove_warcio(path),
            "fastwarc, proven": lambda: prove_fastwarc(path),
        }
        spent: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        out: dict[tuple[str, str], int] = {}
        for number in range(chosen.rounds):
            for name, write in writes.items():
                folder = Path(top) / f"{name} {number}"
                folder.mkdir()
                began = time.perf_counter()
                write(folder)
                spent["write", name].append(time.perf_counter() - began)
                (made,) = folder.glob("*.warc.gz")
                out["write", name] = made.stat().st_size
                made.unlink()
            for name, read in reads.items():
                began = time.perf_counter()
                count = read()
                spent["read", name].append(time.perf_counter() - began)
                if count != len(records):
                    print(f"{name}: {count} of {len(records)} records are found good")
        print(f"{'':<26}{'records/s':>10}{'MB/s':>8}{'MB out':>8}")
        for key, seconds in spent.items():
            each = statistics.median(seconds)
            size_out = f"{out[key] / 1e6:>8.1f}" if key in out else ""
            print(f"{' '.join(key):<26}{len(records) / each:>10.0f}{size / each / 1e6:>8.0f}{size_out}")


if __name__ == "__main__":
    main()
