"""What each kind of damage to an archive is called: by us, by warcio and by FastWARC.

    python benchmarks/damage.py                the table
    python benchmarks/damage.py --kills 200    kill that many busy writers too, and count what came of it
    python benchmarks/damage.py --speed 2000   rate of `check_folder` on that many exchanges of 60 kB

The damages are those of tests/damages.py, done to a home of five files that a real crawl of the newsroom left. All
three are run as separate programs, with a time limit. `1` is an archive that they refuse, `0` is "no errors".
Neither `warcio check` nor `fastwarc check` knows of an index, of seals or of a log. `fastwarc check` runs without
payload digests: it refuses those of right revisits and chunked answers.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.model import Exchange
from archive.warc.checking import Told, check_folder, check_index
from archive.warc.ledger import Ledger
from archive.warc.records import prepare
from archive.warc.seals import seal
from archive.warc.writer import WarcWriter
from tests.archive.test_checking import NOON
from tests.archive.test_recovery import kill_writers
from tests.damages import DAMAGES, copy_of
from tests.played import kept

BIN = Path(sys.executable).parent
PEERS = {"warcio": ("warcio", "check"), "fastwarc": ("fastwarc", "check", "--quiet")}
LIMIT = 120  #: seconds for a program


def verdict(command: tuple[str, ...], folder: Path) -> str:
    """`1` where the peer refuses a file of the folder, else `0`."""
    program, *options = command
    runs = [
        subprocess.run([BIN / program, *options, path], capture_output=True, check=False, timeout=LIMIT)
        for path in sorted(folder.glob("*.warc.gz"))
    ]
    return str(max(min(run.returncode, 1) for run in runs))


def said(home: Path) -> tuple[int, list[dict]]:
    """The exit code of `stet verify`, and the faults that it named."""
    command = [BIN / "stet", "verify", "--json", "--home", home]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def table() -> bool:
    """Print the damage table; whether we named everything."""
    complete = True
    print(f"{'damage':36}{'warcio':>8}{'fastwarc':>10}{'stet':>6}  what stet verify said")
    for name, damage in {"none": lambda _: set(), **DAMAGES}.items():
        with tempfile.TemporaryDirectory() as folder:
            victim = copy_of(kept().home, Path(folder))
            expected = damage(victim)
            code, faults = said(victim.home)
            named = {(fault["file"], fault["offset"], fault["kind"]) for fault in faults}
            good = named >= expected and code == bool(expected)
            complete &= good
            peers = [verdict(each, victim.home / "warcs") for each in PEERS.values()]
            kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(f["kind"] for f in faults).items())
            kinds = (kinds or "no fault") + ("" if good else "  INCOMPLETE")
            print(f"{name:36}{peers[0]:>8}{peers[1]:>10}{code:>6}  {kinds}")
            for fault in sorted(faults, key=lambda f: (f["file"], f["offset"], f["kind"]) not in expected)[:1]:
                place = "" if fault["offset"] is None else f" at byte {fault['offset']}"
                print(f"{'':62}{fault['file']}{place}: {fault['what']}"[:230])
    print("every damage is named with its file and byte" if complete else "NOT every damage is named")
    return complete


def kills(count: int, seed: int) -> bool:
    """Kill writers on a disk; whether everything that they said they kept was whole."""
    began, told, whole, torn, cut, problems = time.perf_counter(), 0, 0, 0, 0, []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for killed in kill_writers(Path(folder), count, seed, 3_000_000):
            told, whole = told + killed.told, whole + killed.whole
            torn, cut = torn + bool(killed.torn), cut + killed.torn
            problems += killed.problems
    seconds = time.perf_counter() - began
    print(
        f"\n{count} writers killed in {seconds:.0f} s: they told of {told} exchanges and {whole} were found whole;"
    )
    print(f"{torn} were killed within a write, {cut} bytes of half exchanges put aside; problems: {len(problems)}")
    print(*problems, sep="\n", end="\n" if problems else "")
    return not problems


def speed(count: int) -> None:
    """Print how fast an archive is proven, with its index and the index alone."""
    letters = random.Random(0)
    words = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=letters.randint(2, 9))) for _ in range(4000)]
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        with WarcWriter(Path(folder), info={}, now=lambda: NOON) as writer:
            for number in range(count):
                body = " ".join(letters.choices(words, k=9300)).encode()
                response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                sent = Exchange(url=f"http://example.org/{number}", began=NOON, request=b"GET", response=response)
                rows.append(writer.write(prepare(sent)).capture)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        paths = sorted(Path(folder).glob("*.warc.gz"))
        for path in paths:
            seal(path)
        log = Path(folder) / "log"
        with Ledger(log, Path(folder), write=True) as ledger:
            began = time.process_time()
            covered = ledger.cover(paths)
            seconds = time.process_time() - began
        print(f"cover: {covered / seconds:.0f} records/s, {size / seconds:.0f} MB/s of gzip (CPU time)")
        ledger = Ledger(log, Path(folder))
        told = Told(ledger=ledger, sealed={path.name: seal(path) for path in paths})
        for name, check in (
            ("check_folder, index, seal, log", lambda: check_folder(Path(folder), rows, told)),
            ("check_folder, with the index", lambda: check_folder(Path(folder), rows)),
            ("check_index", lambda: check_index(rows, Path(folder))),
        ):
            began = time.process_time()
            assert not list(check())
            seconds = time.process_time() - began
            print(f"{name}: {3 * count / seconds:.0f} records/s, {size / seconds:.0f} MB/s of gzip (CPU time)")


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    good = table()
    good = (not options.kills or kills(options.kills, options.seed)) and good
    if options.speed:
        speed(options.speed)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
