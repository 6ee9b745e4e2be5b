"""What a log of ten million records costs: appends, proofs, opening, checking.

    python benchmarks/merkle.py                      10,000,000 leaves: some minutes, and 340 MB on the disk
    python benchmarks/merkle.py --leaves 1000000     fewer
    python benchmarks/merkle.py --folder F           where the log is made, for the disk that is asked about

Leaves are made up, so that nothing but the log is timed. `durable` means flushed to the disk on return. Reads
are counted by the kernel, memory is the most that the process ever had.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain import merkle
from archive.warc.hashfile import BATCH, HashFile

SEED = 9162
SINGLES = 2_000  # durable appends of one leaf, as the crawl makes them
BUNDLE = 16  # leaves of a few exchanges that are kept together
PROOFS = 2_000


def made_up(start: int, end: int) -> list[bytes]:
    return [sha256(n.to_bytes(8)).digest() for n in range(start, end)]


def reads_so_far() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["syscr"])


def filled(folder: Path, size: int) -> None:
    """Append in the largest batches, telling how quick the appending was, without the making up."""
    spent = 0.0
    with HashFile(folder, write=True) as log:
        while log.size < size:
            leaves = made_up(log.size, min(size, log.size + BATCH))
            began = time.perf_counter()
            log.append(leaves)
            spent += time.perf_counter() - began
    print(f"appended in batches of {BATCH:,}, durable      {size / spent:>12,.0f} leaves/s   {spent:.1f} s")


def appended(folder: Path, bundle: int) -> None:
    with HashFile(folder, write=True) as log:
        bundles = [made_up(log.size + n * bundle, log.size + (n + 1) * bundle) for n in range(SINGLES)]
        began = time.perf_counter()
        for leaves in bundles:
            log.append(leaves)
        spent = time.perf_counter() - began
    print(
        f"appended {bundle:>2} at a time, durable            {SINGLES * bundle / spent:>12,.0f} leaves/s   "
        f"{1000 * spent / SINGLES:.2f} ms each time"
    )


def timed(name: str, ask: Callable[[], tuple[bytes, ...]]) -> None:
    """Time, size and reads of one kind of proof."""
    times, lengths, before = [], [], reads_so_far()
    for _ in range(PROOFS):
        began = time.perf_counter()
        lengths.append(len(ask()))
        times.append(time.perf_counter() - began)
    reads = (reads_so_far() - before) / PROOFS
    p50, p99 = statistics.median(times), sorted(times)[PROOFS * 99 // 100]
    print(
        f"{name:<42} p50 {1e6 * p50:>6,.0f} µs  p99 {1e6 * p99:>6,.0f} µs   {max(lengths)} hashes, "
        f"{32 * max(lengths)} bytes at most   {reads:.0f} reads"
    )


def proved(log: HashFile) -> None:
    chance = random.Random(SEED)
    timed("inclusion proof", lambda: log.inclusion_proof(chance.randrange(log.size)))
    timed("consistency proof", lambda: log.consistency_proof(chance.randrange(1, log.size)))
    timed("root", lambda: (log.root(),))
    root, index = log.root(), chance.randrange(log.size)
    (leaf,) = log.leaves(index, index + 1)
    proof = log.inclusion_proof(index)
    began = time.perf_counter()
    if not merkle.verify_inclusion(leaf, index, log.size, proof, root):
        raise SystemExit("a proof does not hold")
    print(f"{'verifying an inclusion':<42} {1e6 * (time.perf_counter() - began):>6,.0f} µs")


def checked(log: HashFile) -> None:
    """The whole check: every leaf through the frontier, whose root must be that of the kept levels."""
    began = time.perf_counter()
    root = merkle.root(log.leaves())
    spent = time.perf_counter() - began
    if root != log.root():
        raise SystemExit("the kept levels are wrong")
    print(f"root anew from all leaves                  {log.size / spent:>12,.0f} leaves/s   {spent:.1f} s")


def opened(folder: Path) -> float:
    began = time.perf_counter()
    HashFile(folder, write=True).close()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaves", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="default: a temporary folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as temporary:
        folder = Path(temporary) / "log"
        filled(folder, args.leaves)
        appended(folder, 1)
        appended(folder, BUNDLE)
        with HashFile(folder) as log:
            proved(log)
            checked(log)
        leaves, *levels = sorted(folder.iterdir())
        above = sum(path.stat().st_size for path in levels)
        print(f"on disk: leaves {leaves.stat().st_size / 1e6:,.0f} MB, levels above {above / 1e6:,.1f} MB")
        print(f"opened to write in {1000 * opened(folder):,.0f} ms,", end=" ")
        for path in levels:
            path.unlink()
        print(f"with all levels lost in {opened(folder):,.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")  # Linux: KB


if __name__ == "__main__":
    main()
