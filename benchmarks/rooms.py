"""How long readers of a large archive wait, page by page and call by call, while a crawl runs.

    python benchmarks/rooms.py --folder FOLDER                  makes the home there once (10 minutes), and asks
    python benchmarks/rooms.py --folder FOLDER --think 0        readers that take no breath
    python benchmarks/rooms.py --folder FOLDER --readers 1      how long each takes alone
    python benchmarks/rooms.py --articles 300 --captures 3000 --versions 600 --outlets 8 --seconds 5

The home has 100,000 articles of 100 outlets, 1,000,000 captures and 200,000 versions (`rooms_home`), and beside
them ten outlets of a newsroom that `stet run`, a process of its own, crawls for real all the while: a story is
edited every second, and every article is due again some seconds after it was looked at. Meanwhile 20 readers
(`rooms_readers`, another process) go through every page and every call of the API that the application has
(`rooms_calls`), each asked for at up to 40 addresses; between two requests a reader waits a second on average,
unless `--think` says otherwise. Prints for each how often it was asked for, what failed, how long it took, and how
many bytes came. Exit code 1 where anything failed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import home as homes
from archive.db import outlets
from archive.db.engine import open_database
from archive.domain.model import Outlet, Seed, SeedKind
from archive.errors import EnvironmentFailed
from archive.home import Home
from archive.web.app import create
from benchmarks import rooms_calls, rooms_home
from benchmarks.rooms_calls import Call
from scheduler.newsroom import Newsroom
from scheduler.newsroom.process import fill

ROOT = Path(__file__).resolve().parent.parent
CRAWLED, STORIES = 10, 12  #: outlets that are crawled meanwhile, and stories of each
PATIENCE = 180.0  #: seconds until the crawl has seen something of each outlet
SLOW = 300.0  #: milliseconds

SETTINGS = """\
[crawl]
delay = 1.0
allow_private_addresses = true
[crawl.connect_to]
{table}
[edits]
confirm_after = "2s"
[daemon]
scrub_every = "0s"
[alerts.channels.desk]
kind = "webhook"
url = "http://127.0.0.1:9/"
secret = "env:ROOMS_SECRET"
[alerts.channels.phone]
kind = "webhook"
url = "http://127.0.0.1:9/"
secret = "env:ROOMS_SECRET"
"""


class Press:
    """The newsroom, whose stories are edited and are due again and again."""

    def __init__(self, room: Newsroom, home: Home) -> None:
        self.room, self._database = room, home.root / "stet.db"
        served = fill(room, hosts=CRAWLED, stories=STORIES)
        self.names = [host.partition(".")[0] for host in served.hosts]
        self.stop = threading.Event()
        self.edits = 0
        with contextlib.closing(open_database(home.database_url)) as database, database.write() as connection:
            for name, host, seed in zip(self.names, served.hosts, served.seeds, strict=True):
                made = Outlet(
                    name=name,
                    domains=(host,),
                    home=f"http://{host}/",
                    seeds=(Seed(url=seed, kind=SeedKind.SITEMAP),),
                )
                outlets.save(connection, made, datetime.now(UTC))

    def settings(self) -> str:
        """Where the newsroom is, for the home's settings."""
        table = "\n".join(f'"{host}" = "{address}"' for host, address in self.room.connect_to.items())
        return SETTINGS.format(table=table)

    def run(self) -> None:
        """Go on until it is stopped."""
        papers = list(self.room.outlets.values())
        while not self.stop.wait(1.0):
            self.edits += 1
            paper = papers[self.edits % len(papers)]
            story = paper.stories[self.edits % len(paper.stories)]
            story.append(f"Officials counted {self.edits} ballots by the evening.", silently=bool(self.edits % 3))
            if self.edits % 5 == 0:
                self._make_due()

    def _make_due(self) -> None:
        marks = ", ".join("?" * len(self.names))
        with contextlib.closing(sqlite3.connect(self._database, timeout=30, isolation_level=None)) as raw:
            raw.execute(
                "UPDATE articles SET next_check = ? WHERE next_check > ?"
                f" AND outlet_id IN (SELECT id FROM outlets WHERE name IN ({marks}))",
                (now := int(time.time() * 1000), now, *self.names),
            )

    def looked(self, since: float) -> int:
        """How many pages of its articles were fetched since then."""
        return self._count("SELECT count(*) FROM fetches WHERE role = 'article' AND began > ? AND", since)

    def is_known(self, since: float) -> bool:
        """Whether the crawl has seen some pages of each outlet, and an edit."""
        changed = self._count(
            "SELECT count(*) FROM changes c JOIN articles a ON a.id = article_id WHERE detected_at > ? AND", since
        )
        return changed > 0 and self.looked(since) >= 5 * CRAWLED

    def _count(self, query: str, since: float) -> int:
        marks = ", ".join("?" * len(self.names))
        which = f"outlet_id IN (SELECT id FROM outlets WHERE name IN ({marks}))"
        with contextlib.closing(sqlite3.connect(self._database, timeout=30)) as raw:
            return int(raw.execute(f"{query} {which}", (int(since * 1000), *self.names)).fetchone()[0])


@contextlib.contextmanager
def going_on(press: Press) -> Iterator[None]:
    """The newsroom's life, in a thread."""
    thread = threading.Thread(target=press.run)
    thread.start()
    try:
        yield
    finally:
        press.stop.set()
        thread.join()


@contextlib.contextmanager
def daemon(home: Home) -> Iterator[tuple[str, int]]:
    """`stet run`, and its address."""
    command = [sys.executable, "-m", "scheduler.cli", "run", "--home", str(home.root), "--port", "0"]
    environ = {**os.environ, "ROOMS_SECRET": "0" * 32}
    with (home.root / "run.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environ)
        try:
            yield _address(process, home.root / "run.log")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _address(process: subprocess.Popen[bytes], log: Path) -> tuple[str, int]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://([\d.]+):(\d+)/?\b", log.read_text(encoding="utf-8"))
        if found:
            return found[1], int(found[2])
        time.sleep(0.1)
    raise EnvironmentFailed(f"{log}: the daemon does not say where it listens")


def make(folder: Path, chosen: argparse.Namespace) -> Home:
    """The home, made in an empty folder, or the one that is there."""
    if (folder / "stet.toml").exists():
        return homes.find(folder, {})
    home = homes.create(folder, {})
    print(f"making {folder}", flush=True)
    with contextlib.closing(open_database(home.database_url)) as database:
        rooms_home.fill(
            home,
            database,
            articles=chosen.articles,
            captures=chosen.captures,
            versions=chosen.versions,
            papers=chosen.outlets,
        )
    return home


def prepared(home: Home, press: Press, where: tuple[str, int]) -> list[Call]:
    """What is asked for."""
    with contextlib.closing(open_database(home.database_url)) as database:
        found = rooms_calls.calls(create(home, database))
    values = rooms_calls.Values(home.root / "stet.db", press.names)

    def get(target: str) -> str:
        with contextlib.closing(http.client.HTTPConnection(*where, timeout=60)) as connection:
            connection.request("GET", target, headers={"Accept": "text/html"})
            return connection.getresponse().read().decode("utf-8", "replace")

    rooms_calls.prepare(found, values, get)
    return found


def ask(found: Sequence[Call], where: tuple[str, int], chosen: argparse.Namespace) -> dict[str, Any]:
    """Let readers read, in a process of their own."""
    told = {
        "host": where[0],
        "port": where[1],
        "base": f"http://{where[0]}:{where[1]}",
        "readers": chosen.readers,
        "seconds": chosen.seconds,
        "think": chosen.think,
        "calls": [
            {"path": call.path, "page": call.is_page, "targets": [ask.target for ask in call.asks.values()]}
            for call in found
            if call.asks
        ],
    }
    command = [sys.executable, str(Path(__file__).with_name("rooms_readers.py"))]
    done = subprocess.run(command, input=json.dumps(told), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


# What is printed -----------------------------------------------------------------------------------


def tell(found: Sequence[Call], rows: Sequence[Sequence[Any]], *, slowest: int) -> bool:
    """The table; returns whether all was well."""
    of_call = defaultdict[str, list[Sequence[Any]]](list)
    for row in rows:
        of_call[row[0]].append(row)
    print(f"\n{'':44}{'asked':>6}{'errors':>7}{'p50':>8}{'p95':>8}{'max':>8}{'bytes':>9}  (ms; bytes on average)")
    slow, failed, asked = list[str](), list[Sequence[Any]](), 0
    for call in sorted(found, key=lambda call: call.path):
        here = of_call[call.path]
        bad = [row for row in here if not _is_right(call, row)]
        failed += bad
        if not here:
            print(
                f"{call.path:44}{0:6}   not asked: no value is known of {', '.join(sorted(call.unknown)) or 'any'}"
            )
            continue
        asked += 1
        ms = sorted(row[3] for row in here)
        p95 = _at(ms, 0.95)
        slow += [call.path] if p95 > SLOW else []
        figures = f"{_at(ms, 0.5):8.0f}{p95:8.0f}{ms[-1]:8.0f}{statistics.mean(row[4] for row in here):9.0f}"
        print(f"{call.path:44}{len(here):6}{len(bad):7}{figures}{'  SLOW' if p95 > SLOW else ''}")
    _tell_worst(rows, failed, slowest)
    every = sorted(row[3] for row in rows)
    points = f"p50 {_at(every, 0.5):.0f} ms, p95 {_at(every, 0.95):.0f} ms"
    print(f"all: {len(rows)} requests, {len(failed)} errors, {points}")
    names = f": {', '.join(slow)}" if slow else ""
    print(f"{len(slow)} of {asked} pages and calls are over {SLOW:.0f} ms at p95{names}")
    return not failed and asked == len(found)


def _is_right(call: Call, row: Sequence[Any]) -> bool:
    """What answers, and says at most that nothing is there where nothing is."""
    _, target, status, *_ = row
    if status == 503 and call.path in rooms_calls.BUSY:
        return True
    return status in (200, 302, 303, 304) or (status == 404 and target in call.asks and call.asks[target].may_miss)


def _tell_worst(rows: Sequence[Sequence[Any]], failed: Sequence[Sequence[Any]], count: int) -> None:
    for row in failed[:20]:
        print(f"  answered {row[2]}: {row[1]}")
    for row in sorted(rows, key=lambda row: -row[3])[:count]:
        print(f"  {row[3]:.0f} ms: {row[1]}")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def measure(home: Home, chosen: argparse.Namespace) -> bool:
    """One run."""
    with Newsroom() as room:
        press = Press(room, home)
        (home.root / "stet.toml").write_text(press.settings(), encoding="utf-8")
        home = homes.find(home.root, {})
        begun = time.time()
        with daemon(home) as where, going_on(press):
            while not press.is_known(begun) and time.time() < begun + PATIENCE:
                time.sleep(0.5)
            found = prepared(home, press, where)
            began, looked = time.time(), press.looked(begun)
            done = ask(found, where, chosen)
            took, looked = time.time() - began, press.looked(begun) - looked
    breath = f"{chosen.think:g} s between two requests" if chosen.think else "no breath between two requests"
    print(
        f"{chosen.readers} readers for {took:.0f} s, {breath}; {len(done['found']) / took:.1f} requests a second,"
        f" {100 * done['cpu'] / took:.0f}% of a processor for the readers"
    )
    print(f"meanwhile {looked / took:.1f} articles a second were fetched and read")
    return tell(found, done["found"], slowest=chosen.slowest)


def main() -> int:
    """Make the home if need be, ask, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where the home is, or is made and kept")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--captures", type=int, default=1_000_000)
    parser.add_argument("--versions", type=int, default=200_000)
    parser.add_argument("--outlets", type=int, default=100)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument(
        "--think", type=float, default=1.0, help="seconds between two requests of a reader, on average"
    )
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="also tell the N slowest requests")
    chosen = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = (
            chosen.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stet-rooms-"))) / "home"
        )
        return 0 if measure(make(folder, chosen), chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())
