"""What it takes to hand captures out: a WACZ file of all, and of one page, beside py-wacz on the same records.

    python benchmarks/export.py [--captures 2000] [--urls 200]

The captures are pages of 60 kB, gzipped, some of them repeats; the archive's own writer keeps them, and they are
indexed. Ours runs in this process, py-wacz (where `make oracles` installed it) as the program that it is, on the
same WARC files. Ours also finds what each record needs; py-wacz reads, indexes and copies whole files. Then the
file is checked, by what `stet verify --offline` does and by `wacz validate`.
"""

from __future__ import annotations

import argparse
import gzip
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import bundles, wacz
from archive import home as homes
from archive.db.engine import open_database
from archive.domain.model import Exchange, Role
from archive.keeping import Keeper, Purpose
from archive.warc.writer import WarcWriter

PY_WACZ = Path(__file__).parents[1] / ".oracles" / "wacz" / "bin" / "wacz"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
WORDS = [f"word{n:x}" for n in range(4000)]


def exchange(number: int, url: int, dice: random.Random) -> Exchange:
    """A page of 60 kB whose words are new two times out of three."""
    seed = dice.randrange(10**9) if number % 3 else url
    text = " ".join(random.Random(seed).choices(WORDS, k=8500))
    body = gzip.compress(f"<html><body><p>{text}</p></body></html>".encode(), 6, mtime=0)
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    request = f"GET /news/{url} HTTP/1.1\r\nHost: herald.example\r\n\r\n".encode()
    began = START + timedelta(seconds=number)
    address = f"http://herald.example/news/{url}"
    return Exchange(url=address, began=began, request=request, response=head.encode() + body, ip="127.0.0.1")


def fill(root: Path, captures: int, urls: int) -> homes.Home:
    """A home with so many captures."""
    home = homes.create(root, {})
    dice = random.Random(1)
    database = open_database(home.database_url)
    with WarcWriter(
        root / "warcs", info={"software": "benchmark"}, now=lambda: START, max_bytes=1 << 26
    ) as writer:
        keeper = Keeper(database, writer)
        for number in range(captures):
            keeper.keep(exchange(number, number % urls, dice), Purpose(role=Role.PROBE))
    database.close()
    return home


def timed(what: str, size: Path, run: Callable[[], object], *, records: int, child: bool = False) -> None:
    """Run it once and print what it took."""
    who = resource.RUSAGE_CHILDREN if child else resource.RUSAGE_SELF
    before, began = resource.getrusage(who), time.perf_counter()
    run()
    wall, after = time.perf_counter() - began, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size_mb = size.stat().st_size / 1e6
    peak = after.ru_maxrss / 1024
    print(
        f"{what:<34} {wall:7.2f} s {cpu:7.2f} s CPU {records / wall:9.0f} captures/s {size_mb / wall:7.1f} MB/s"
        f" {size_mb:7.1f} MB {peak:5.0f} MB peak"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=int, default=2000)
    parser.add_argument("--urls", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = fill(Path(folder) / "home", options.captures, options.urls)
        database = open_database(home.database_url)
        ours, one, theirs = (Path(folder) / name for name in ("all.wacz", "one.wacz", "theirs.wacz"))
        with database.read() as connection:

            def export(urls: list[str], output: Path) -> None:
                since = None if urls else START
                chosen = wacz.select(connection, urls, since=since)
                wacz.export(home, connection, chosen, output, sign=wacz.signer(home))

            for output, urls in ((ours, []), (one, ["http://herald.example/news/7"])):
                count = options.captures if not urls else options.captures // options.urls
                label = "stet export, all" if not urls else f"stet export, one URL of {options.urls}"
                timed(label, output, lambda u=urls, o=output: export(u, o), records=count)
        database.close()
        warcs = sorted(map(str, (home.root / "warcs").glob("*.warc.gz")))
        if PY_WACZ.exists():
            command = [str(PY_WACZ), "create", "-o", str(theirs), *warcs]
            run = lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: E731
            timed("wacz create 0.6.0, all", theirs, run, records=options.captures, child=True)
        timed("stet verify --offline", ours, lambda: _faultless(ours), records=options.captures)
        if PY_WACZ.exists():
            command = [str(PY_WACZ), "validate", "-f", str(ours)]
            run = lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: E731
            timed("wacz validate 0.6.0", ours, run, records=options.captures, child=True)
        else:
            print("py-wacz is absent; 'make oracles' installs it")


def _faultless(path: Path) -> None:
    flaws = bundles.check(path).flaws
    assert not flaws, flaws[:3]


if __name__ == "__main__":
    main()
