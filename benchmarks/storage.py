"""What a bucket costs: a file put there and proven, and one record read out of it.

    python benchmarks/storage.py
    python benchmarks/storage.py --megabytes 64

The server is moto's, in Python, on loopback (`make oracles`): it is the bottleneck of each figure, and copies the
whole object for each range, so a larger file is slower to read from. A line to a real server is another. What the
figures tell is what our side adds: beside storing stands the library's bare put, beside a record from the bucket
the same record from the folder.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import obstore

from archive import home as homes
from archive.db.engine import open_database
from archive.domain.model import Exchange, Location
from archive.storing import store
from archive.warc.places import Places, Stored
from archive.warc.reader import iter_members, read_record
from archive.warc.records import prepare
from archive.warc.seals import seal_new
from archive.warc.writer import WarcWriter
from tests.buckets import KEYS, PROGRAM, S3

PAGE = 60_000  #: bytes of a page, of which gzip leaves half: a news page and its pictures' addresses

SETTINGS = """\
[archive]
warcs = "s3://watch/bench"

[storage]
endpoint = "{endpoint}"
allow_http = true
"""


def main() -> None:
    """Fill a home's spool, store it, read records from both places."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=16, help="size of the WARC file (default 16)")
    parser.add_argument("--reads", type=int, default=1000, help="records read from each place (default 1000)")
    given = parser.parse_args()
    if not PROGRAM.exists():
        sys.exit("moto's S3 server is not here; run: make oracles")
    os.environ.update(KEYS)
    with tempfile.TemporaryDirectory() as folder, S3() as server:
        home = homes.create(Path(folder), {}, settings_text=SETTINGS.format(endpoint=server.endpoint))
        places = write(home.spool, given.megabytes * 10**6)
        [path] = home.spool.glob("*.warc.gz")
        size = path.stat().st_size
        assert home.bucket is not None
        bare = seconds(lambda: obstore.put(home.bucket._store, "bare", path))
        database = open_database(home.database_url)
        stored = seconds(lambda: store(home, database, now=lambda: datetime.now(UTC)))
        database.close()
        whole = seconds(lambda: sum(1 for _ in iter_members(Stored(home.bucket, path.name))))
        here = seconds(lambda: sum(1 for _ in iter_members(path)))
        print(f"{size / 1e6:.0f} MB, {len(places)} exchanges")
        print(f"put, by the library alone:               {size / bare / 1e6:7.1f} MB/s")
        print(f"put, read back, proven, written down:    {size / stored / 1e6:7.1f} MB/s")
        print(f"all records, from the bucket:            {size / whole / 1e6:7.1f} MB/s")
        print(f"all records, from the folder:            {size / here / 1e6:7.1f} MB/s")
        wanted = random.Random(1).choices(places, k=given.reads)
        print(f"one record from the bucket, one request: {times(home.bucket, wanted)}")
        print(f"one record from the folder:              {times(home.spool, wanted)}")


def write(folder: Path, size: int) -> list[Location]:
    """One sealed WARC file of about `size` bytes; where its responses lie."""
    chance, places, now = random.Random(1), [], datetime(2026, 3, 2, tzinfo=UTC)
    with WarcWriter(folder, info={"software": "benchmark"}, now=lambda: now, max_bytes=1 << 40) as writer:
        while not places or places[-1].offset < size:
            body = chance.randbytes(PAGE // 2).hex().encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {PAGE}\r\n\r\n".encode()
            sent = Exchange(
                url=f"http://herald.example/{len(places)}",
                began=now + timedelta(seconds=len(places)),
                request=b"GET / HTTP/1.1\r\nHost: herald.example\r\n\r\n",
                response=head + body,
            )
            places.append(writer.write(prepare(sent)).principal)
    seal_new(folder)
    return places


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def times(where: Places, wanted: list[Location]) -> str:
    """p50 and p99 of reading one record."""
    took = [seconds(lambda place=place: read_record(where, place)) for place in wanted]  # type: ignore[misc]
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49] * 1e3:6.2f} ms   p99 {cuts[98] * 1e3:6.2f} ms"


if __name__ == "__main__":
    main()
