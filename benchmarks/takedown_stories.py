"""What is told of articles that go, or seem to? Scripted stories of a newsroom, each played by real passes.

    python benchmarks/takedown_stories.py [--reindex] [WORD …]

Prints, of each story of `tests/takedown_stories.py` (or of those whose names hold a WORD): the standings of the
article in question with their reasons, as told; the alerts told and expected; the verdict; the number of fetches.
With --reindex the database of each is made again from its WARC files, and must be the same row by row.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.takedown_plays import made_again, play
from tests.takedown_stories import TALES


def main() -> int:
    """Play and print; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--reindex", action="store_true")
    asked = parser.parse_args()
    words = asked.words
    chosen = {name: tale for name, tale in TALES.items() if not words or any(word in name for word in words)}
    bad = alerts = expected = fetches = differ = 0
    began = time.monotonic()
    print(f"{'story':52} {'alerts':>6} {'verdict':7} {'fetches':>7}  standings as told")
    for name, tale in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            told = play(tale, Path(folder) / "home")
            rows = made_again(Path(folder) / "home") if asked.reindex else []
        faults = told.faults(tale)
        bad += bool(faults)
        differ += bool(rows)
        alerts, expected, fetches = alerts + len(told.alerts), expected + tale.alerts, fetches + told.fetches
        steps = " → ".join(("live", *told.steps)).replace("_", " ")
        count = f"{len(told.alerts)}/{tale.alerts}"
        print(f"{name:52} {count:>6} {'WRONG' if faults else 'right':7} {told.fetches:7}  {steps}", flush=True)
        for line in (*faults, *(f"told: {text}" for text in told.alerts if faults), *rows[:5]):
            print(f"    {line}")
    took = time.monotonic() - began
    print(f"{len(chosen)} stories, {len(chosen) - bad} as told; {alerts} alerts, {expected} expected; ", end="")
    print(f"{fetches:,} fetches in {took:.0f} s")
    if asked.reindex:
        print(f"made again from the WARC files: {len(chosen) - differ} the same row by row, {differ} not")
    return 1 if bad or differ else 0


if __name__ == "__main__":
    sys.exit(main())
