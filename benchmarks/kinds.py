"""What kinds of change lie between successive texts of real articles, and how long it takes to say so.

    python benchmarks/kinds.py [--histories FILE] [--show N] [--skip N]

`--histories` names a JSON Lines file (also gzip) of articles: `{"article": …, "versions": [{"title": …,
"text": …}, …]}`. Prints the distribution of kinds over all steps and the CPU milliseconds of one
classification, two extractions to the verdict; `--show` prints steps for reading, each with its edits.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.domain.classify import Verdict, classify
from archive.domain.model import Extraction

Step = tuple[str, Extraction, Extraction]


def steps(path: Path) -> list[Step]:
    """Every version beside the next one, in the order of the file."""
    data = path.read_bytes()
    rows = map(json.loads, (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines())
    found = list[Step]()
    for row in rows:
        texts = [
            Extraction(extractor="plain/1", title=v["title"], text=v["text"], language=v.get("language", "en"))
            for v in row["versions"]
        ]
        found += [(row["article"], old, new) for old, new in pairwise(texts)]
    return found


def show(name: str, verdict: Verdict, number: int) -> None:
    """One step, to be read."""
    print(f"\n#{number} {name}  weight {verdict.weight}  {', '.join(verdict.kinds)}")
    print(f"  {verdict.summary}")
    for reason in verdict.reasons:
        print(f"    · {reason}")
    for block in verdict.diff.blocks:
        for edit in block.edits:
            print(f"      {block.kind:8} [-{edit.removed[:200]}-]{{+{edit.added[:200]}+}}")


def main() -> None:
    corpus = Path(__file__).parents[2] / "shared" / "corpus" / "histories" / "nyt.jsonl.gz"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=Path, default=corpus)
    parser.add_argument("--show", type=int, default=0, help="print so many steps")
    parser.add_argument("--skip", type=int, default=0, help="after the first so many")
    args = parser.parse_args()
    if not args.histories.exists():
        raise SystemExit(f"{args.histories} is not there; name a file with --histories")
    times, kinds, heaviest, silent, total = list[float](), Counter[str](), Counter[str](), 0, 0
    for name, before, after in steps(args.histories):
        total += 1
        began = time.process_time()
        verdict = classify(before, after)
        times.append(1000 * (time.process_time() - began))
        if verdict is None:
            silent += 1
            continue
        kinds.update(verdict.kinds)
        heaviest[verdict.kind] += 1
        if args.skip < total <= args.skip + args.show:
            show(name, verdict, total)
    print(f"\n{total} steps, {silent} without a difference that matters")
    for kind, count in kinds.most_common():
        print(f"  {kind:<20}{count:>5}   heaviest in {heaviest[kind]}")
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [0.0] * 99
    print(f"ms of CPU a classification: p50 {cuts[49]:.1f}, p95 {cuts[94]:.1f}, max {max(times, default=0):.1f}")


if __name__ == "__main__":
    main()
