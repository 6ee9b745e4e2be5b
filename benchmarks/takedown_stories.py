"""What is told of articles that go, or seem to? Scripted stories of a newsroom, each played by real passes.

    python benchmarks/takedown_stories.py [WORD …]

Prints, of each story of `tests/takedown_stories.py` (or of those whose names hold a WORD): the standings of the
article in question with their reasons, as told; the alerts told and expected; the verdict; the number of fetches.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.takedown_plays import play
from tests.takedown_stories import TALES


def main(words: list[str]) -> int:
    """Play and print; 1 where something is not as it must be."""
    chosen = {name: tale for name, tale in TALES.items() if not words or any(word in name for word in words)}
    bad = alerts = expected = fetches = 0
    began = time.monotonic()
    print(f"{'story':52} {'alerts':>6} {'verdict':7} {'fetches':>7}  standings as told")
    for name, tale in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            told = play(tale, Path(folder) / "home")
        faults = told.faults(tale)
        bad += bool(faults)
        alerts, expected, fetches = alerts + len(told.alerts), expected + tale.alerts, fetches + told.fetches
        steps = " → ".join(("live", *told.steps)).replace("_", " ")
        count = f"{len(told.alerts)}/{tale.alerts}"
        print(f"{name:52} {count:>6} {'WRONG' if faults else 'right':7} {told.fetches:7}  {steps}", flush=True)
        for fault in faults:
            print(f"    {fault}")
        if faults:
            for text in told.alerts:
                print(f"    told: {text}")
    took = time.monotonic() - began
    print(f"{len(chosen)} stories, {len(chosen) - bad} as told; {alerts} alerts, {expected} expected; ", end="")
    print(f"{fetches:,} fetches in {took:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
