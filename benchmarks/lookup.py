"""How long one memento takes, by URL and time, out of a million.

    python benchmarks/lookup.py                     1,000,000 captures of 20,000 URLs: two minutes, 1.2 GB on disk
    python benchmarks/lookup.py --rows 50000        fewer
    python benchmarks/lookup.py --peer PYTHON       another Python that has pywb (default: .oracles/pywb)

Makes a home whose index has so many rows, unevenly spread (Zipf's law; the largest line has 5,000 captures, as
of a front page that is looked at every hour for half a year), and asks for URLs, each as often as it was captured,
at random times. Every row has a real record behind it, gzipped pages of 60 kB; there are 200 of them, under many
file names, so the disk's cache is warm. Ours in this process; over HTTP by `stet serve`, a process of its own, one
request after another on one connection. The peer reads the same index as a sorted CDXJ file, in the way pywb
does: halving the file, reading all lines of the URL, choosing the closest. It is a program of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import http.client
import json
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import home as homes
from archive import memento
from archive.db import timeline
from archive.db.engine import Database, open_database
from archive.domain.model import Exchange, Location
from archive.domain.urls import urlkey
from archive.home import Home
from archive.warc import cdxj
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter

ROOT = Path(__file__).resolve().parent.parent
SEED = 7089
START = datetime(2023, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
LARGEST = 5_000  # captures of the most looked-at URL
RECORDS = 200  # real ones
PAGE = 60_000  # bytes, before gzip

PEER = """
import json, sys, time
from pywb.warcserver.index.aggregator import SimpleAggregator
from pywb.warcserver.index.indexsource import FileIndexSource
index = SimpleAggregator({"one": FileIndexSource(sys.argv[1])})
took = []
for url, stamp in json.load(open(sys.argv[2])):
    began = time.perf_counter()
    found = list(index({"url": url, "closest": stamp, "limit": "1"})[0])
    took.append(time.perf_counter() - began)
    assert len(found) == 1, (url, stamp)
json.dump(took, sys.stdout)
"""


def counts_of(rows: int, urls: int, largest: int = LARGEST) -> list[int]:
    """How often each URL was captured: Zipf's law with exponent 1, cut at the largest, once at least."""
    largest = min(largest, rows // 4)
    scale = rows / sum(1 / rank for rank in range(1, urls + 1))
    counts = [max(1, min(largest, round(scale / rank))) for rank in range(1, urls + 1)]
    counts[0] = largest
    spare = rows - sum(counts)
    for n in range(abs(spare)):  # what the cut left over goes to the middle, or comes from there
        counts[urls // 4 + n % (urls // 2)] += 1 if spare > 0 else -1
    return counts


def url_of(number: int) -> str:
    return f"https://www.outlet-{number % 40}.example/{2023 + number % 3}/{number % 12 + 1:02}/a-story-of-{number}"


def kept_records(home: Home) -> list[Location]:
    """The real records, in one file."""
    chance = random.Random(SEED)
    places = []
    with contextlib.closing(WarcWriter(home.spool, info={"software": "benchmark"}, now=lambda: START)) as writer:
        for number in range(RECORDS):
            words = (hashlib.sha256(f"{number} {n}".encode()).hexdigest() for n in range(1400))
            lines = [word[: chance.randrange(8, 64)] for word in words]
            body = gzip.compress("<p>the minister denied that ".join(lines).encode()[:PAGE], 6)
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
            answer = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            exchange = Exchange(
                url=url_of(number), began=START, request=b"GET / HTTP/1.1\r\n\r\n", response=answer
            )
            places.append(writer.write(prepare(exchange), same=None, unchanged=None).principal)
    return places


def fill(home: Home, rows: int, urls: int) -> list[int]:
    """Write the index, by SQLite's own means, in the order of time as a crawl writes it."""
    places = kept_records(home)
    counts = counts_of(rows, urls)
    chance = random.Random(SEED)
    began, span = int(START.timestamp() * 1000), int(SPAN.total_seconds() * 1000)
    visits = sorted(
        (began + chance.randrange(span), number) for number, count in enumerate(counts) for _ in range(count)
    )
    keys = [(url_of(number), urlkey(url_of(number))) for number in range(urls)]
    files = -(-rows // RECORDS)
    for number in range(1, files):
        (home.spool / f"copy-{number}.warc.gz").symlink_to(home.spool / places[0].warc)
    connection = sqlite3.connect(home.root / "stet.db")
    with contextlib.closing(connection), connection:
        names = [(1, places[0].warc), *((n + 1, f"copy-{n}.warc.gz") for n in range(1, files))]
        connection.executemany("INSERT INTO warcs (id, name) VALUES (?, ?)", names)
        connection.executemany(
            "INSERT INTO fetches"
            " (id, role, url, began, elapsed_ms, status, trouble, detail, presence, sighting, why)"
            " VALUES (?, 'article', ?, ?, 100, 200, '', '', 'present', 'ok', '')",
            ((n + 1, keys[number][0], at) for n, (at, number) in enumerate(visits)),
        )
        connection.executemany(
            "INSERT INTO captures (id, fetch_id, url, urlkey, timestamp, status, mime, digest, record_type,"
            " record_id, warc_id, offset, length, truncated)"
            " VALUES (?1, ?1, ?2, ?3, ?4, 200, 'text/html', ?5, 'response', ?6, ?7, ?8, ?9, '')",
            (
                (
                    n + 1,
                    *keys[number],
                    at,
                    "sha256:" + hashlib.sha256(n.to_bytes(8)).hexdigest(),
                    f"urn:uuid:{n:032x}",
                    n // RECORDS + 1,
                    places[n % RECORDS].offset,
                    places[n % RECORDS].length,
                )
                for n, (at, number) in enumerate(visits)
            ),
        )
    return counts


def questions(counts: list[int], number: int) -> list[tuple[str, datetime]]:
    """URLs as often as they were captured, at random times."""
    chance = random.Random(SEED + 1)
    asked = chance.choices(range(len(counts)), counts, k=number)
    return [(url_of(n), START + SPAN * chance.uniform(0.05, 1)) for n in asked]


def tell(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000
    print(f"{what:<58} {len(ordered):>7,} asked   p50 {p50:8.3f} ms   p99 {p99:8.3f} ms", flush=True)


def timed(asked: list[tuple[str, datetime]], ask: Callable[[str, datetime], object]) -> list[float]:
    took = []
    for url, at in asked:
        began = time.perf_counter()
        ask(url, at)
        took.append(time.perf_counter() - began)
    return took


def in_process(home: Home, database: Database, asked: list[tuple[str, datetime]]) -> None:
    with database.read() as connection:

        def look(url: str, at: datetime) -> memento.Line:
            line = memento.line_of(connection, url)
            with contextlib.suppress(memento.NothingFound):
                memento.latest(connection, line, at)
            return line

        def read(url: str, at: datetime) -> None:
            line = memento.line_of(connection, url)
            memento.page(home, connection, memento.closest(connection, line, at))

        tell("index alone: URL and time to the row", timed(asked, look))
        tell("the same, with the record read and decoded", timed(asked[: len(asked) // 5], read))


@contextlib.contextmanager
def serving(home: Home) -> Iterator[http.client.HTTPConnection]:
    command = [sys.executable, "-m", "scheduler.cli", "serve", "--home", str(home.root), "--port", "0"]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert program.stderr is not None
    try:
        found = re.search(r"http://([\d.]+):(\d+)/", program.stderr.readline())
        assert found is not None
        with contextlib.closing(http.client.HTTPConnection(found[1], int(found[2]), timeout=60)) as connection:
            yield connection
    finally:
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=20)


def over_http(home: Home, asked: list[tuple[str, datetime]]) -> None:
    with serving(home) as connection:
        where = []

        def fetch(path: str, status: int, **headers: str) -> http.client.HTTPResponse:
            connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            reply = connection.getresponse()
            reply.read()
            assert reply.status == status, (path, reply.status)
            return reply

        def negotiate(url: str, at: datetime) -> None:
            reply = fetch(f"/timegate/{url}", 302, Accept_Datetime=format_datetime(at, usegmt=True))
            where.append(reply.headers["Location"].split("/", 3)[3])

        fetch("/healthz", 200)
        tell("HTTP: TimeGate, with its links", timed(asked, negotiate))
        tell(
            "HTTP: memento, 60 kB read and decoded, with its links",
            timed(asked, lambda *_: fetch(f"/{where.pop()}", 200)),
        )
        many = [(url_of(0), START)] * 10
        tell(
            f"HTTP: TimeMap of {LARGEST:,} captures",
            timed(many, lambda url, _: fetch(f"/timemap/link/{url}", 200)),
        )


def exported(database: Database, file: Path) -> None:
    began = time.perf_counter()
    with database.read() as connection, file.open("w", encoding="utf-8") as out:
        count = 0
        for line in cdxj.lines(timeline.every(connection)):
            out.write(line + "\n")
            count += 1
    took = time.perf_counter() - began
    print(f"whole index as sorted CDXJ: {count:,} lines, {file.stat().st_size / 1e6:.0f} MB, {took:.1f} s")


def beside(python: Path, file: Path, asked: list[tuple[str, datetime]]) -> None:
    if not python.exists():
        print(f"{python}: is not there; 'make oracles' makes it. No peer.")
        return
    wanted = file.with_suffix(".json")
    wanted.write_text(json.dumps([(url, cdxj.stamp(at)[:14]) for url, at in asked]), encoding="utf-8")
    done = subprocess.run([python, "-c", PEER, file, wanted], stdout=subprocess.PIPE, check=True)
    tell("peer: pywb on the CDXJ file, the closest", json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--urls", type=int, default=20_000)
    parser.add_argument("--lookups", type=int, default=20_000)
    parser.add_argument("--peer", type=Path, default=ROOT / ".oracles" / "pywb" / "bin" / "python")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stet-lookup-") as folder:
        home = homes.create(Path(folder) / "home")
        open_database(home.database_url).close()
        began = time.perf_counter()
        counts = fill(home, chosen.rows, chosen.urls)
        size = (home.root / "stet.db").stat().st_size / 1e6
        print(
            f"{sum(counts):,} captures of {len(counts):,} URLs, 1 to {max(counts):,} each;"
            f" {size:.0f} MB, made in {time.perf_counter() - began:.0f} s"
        )
        database = open_database(home.database_url)
        with contextlib.closing(database):
            asked = questions(counts, chosen.lookups)
            in_process(home, database, asked)
            over_http(home, asked[: chosen.lookups // 10])
            file = Path(folder) / "index.cdxj"
            exported(database, file)
        beside(chosen.peer, file, asked[: chosen.lookups // 10])


if __name__ == "__main__":
    main()
