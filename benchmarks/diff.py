"""How long a diff takes: edited articles of three sizes, hostile texts, real histories; beside difflib and others.

    python benchmarks/diff.py [--quick] [--histories FILE]

CPU milliseconds of one comparison from two raw texts to the finished value. `difflib` gets the words
of both texts, `autojunk=False` (the exact setting), split at white space outside the clock; where it
would take minutes it is left out. redlines (MIT) and fast-diff-match-patch (Apache 2.0; letters, cleaned up
semantically, one second at most) take part where they are installed. `--histories` names a JSON Lines file
(also gzip) of successive texts: `{"versions": [{"text": …}, …]}`; its longer steps are several of its articles
in a row. Hostile texts run in a process each; MB is what that takes beyond the two texts.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import importlib.util
import json
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.domain.blame import Spell, blame
from archive.domain.diff import apply, diff

SEED = 20261122
VOCABULARY = 8_000  # words; drawn by Zipf's law, as in running text
#: Difflib is quadratic: beyond these many words, or on hostile texts, one pair takes up to minutes.
DIFFLIB_WORDS = 5_000


class Writer:
    """Writes articles and edits them as newsrooms do."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkqjxz"
        self.words = [
            "".join(self.chance.choices(letters[:18], k=self.chance.randint(2, 10))) for _ in range(VOCABULARY)
        ]
        self.weights = [1 / (rank + 1) for rank in range(VOCABULARY)]

    def sentence(self) -> str:
        """One sentence of 8 to 28 words."""
        words = self.chance.choices(self.words, self.weights, k=self.chance.randint(8, 28))
        return " ".join(words).capitalize() + "."

    def article(self, size: int) -> list[str]:
        """Paragraphs of one to four sentences, `size` words or a few more."""
        paragraphs, count = list[str](), 0
        while count < size:
            paragraphs.append(" ".join(self.sentence() for _ in range(self.chance.randint(1, 4))))
            count += len(paragraphs[-1].split())
        return paragraphs

    def edited(self, paragraphs: list[str]) -> list[str]:
        """A light edit to a heavy one: words replaced, paragraphs added, removed, moved, rewritten."""
        edited = list(paragraphs)
        share = self.chance.choice([0.02, 0.1, 0.3, 0.8])
        for n, paragraph in enumerate(edited):
            if self.chance.random() < share:
                words = paragraph.split(" ")
                for _ in range(self.chance.randint(1, 5)):
                    words[self.chance.randrange(len(words))] = self.chance.choice(self.words)
                edited[n] = " ".join(words)
        for _ in range(self.chance.randint(0, 1 + len(edited) // 20)):
            edited.insert(self.chance.randrange(len(edited)), self.sentence())
            edited.pop(self.chance.randrange(len(edited)))
            edited.insert(self.chance.randrange(len(edited)), edited.pop(self.chance.randrange(len(edited))))
        return edited


def hostile(writer: Writer) -> Iterator[tuple[str, str, str]]:
    chance = writer.chance
    words = chance.choices(writer.words, k=100_000)
    edited = [chance.choice(writer.words) if chance.random() < 0.01 else word for word in words]
    numbered = [f"Number {n} of them." for n in range(10_000)]
    yield "100,000 words without a full stop, 1 % edited", " ".join(words), " ".join(edited)
    yield "100,000 words without a full stop, reversed", " ".join(words), " ".join(reversed(words))
    yield (
        "100,000 words, two in use",
        " ".join(chance.choices("ab", k=100_000)),
        " ".join(chance.choices("ab", k=100_000)),
    )
    yield "one letter, a million times", "a" * 1_000_000, "a" * 999_999
    yield "one word, 200,000 times", "a " * 200_000, "b" + " a" * 190_000
    yield (
        "10,000 identical paragraphs, 9,000 after",
        "\n\n".join(["So it is."] * 10_000),
        "\n\n".join(["So it is."] * 9_000),
    )
    yield (
        "10,000 paragraphs, all replaced by another",
        "\n\n".join(["So it is."] * 10_000),
        "\n\n".join(["So it was."] * 10_000),
    )
    yield (
        "10,000 paragraphs shuffled",
        "\n\n".join(numbered),
        "\n\n".join(chance.sample(numbered, len(numbered))),
    )
    base = writer.sentence()
    yield (
        "10,000 paragraphs that all resemble each other",
        *("\n\n".join(f"{sign}{n} {base}" for n in range(10_000)) for sign in "xy"),
    )
    yield (
        "two paragraphs by turns, 5,000 times",
        "\n\n".join(["So it is.", "So it was."] * 5_000),
        "\n\n".join(["So it was.", "So it is."] * 5_000),
    )
    yield (
        "one paragraph of 50,000 words, rewritten",
        *(" ".join(writer.sentence() for _ in range(2_800)) for _ in "ab"),
    )
    yield "two different texts of 50,000 words", *("\n\n".join(writer.article(50_000)) for _ in "ab")
    yield "a million full stops", "." * 1_000_000 + " a", "." * 999_999 + " b"
    yield (
        "100,000 Chinese characters",
        *("".join(chance.choices("中国经济增长上海北京政府", k=100_000)) for _ in "ab"),
    )


def clocked(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def by_difflib(before: str, after: str) -> float:
    a, b = before.split(), after.split()
    return clocked(lambda: difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes())


def by_redlines(before: str, after: str) -> float:
    from redlines import Redlines

    return clocked(lambda: Redlines(before, after).output_markdown)


def by_letters(before: str, after: str) -> float:
    from fast_diff_match_patch import diff as letters

    return clocked(lambda: letters(before, after, timelimit=1, cleanup="Semantic", counts_only=False))


def peers() -> dict[str, Callable[[str, str], float]]:
    """The others that are here."""
    known = {
        "difflib": ("difflib", by_difflib),
        "redlines": ("redlines", by_redlines),
        "fast-diff-match-patch": ("fast_diff_match_patch", by_letters),
    }
    return {name: clock for name, (module, clock) in known.items() if importlib.util.find_spec(module) is not None}


def alone(work: Callable[[], object]) -> tuple[float, float]:
    """CPU milliseconds and MB that `work` takes in a process of its own."""
    before = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() // 1024
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit("a hostile text was too much")
    return 1000 * (used.ru_utime + used.ru_stime), max(0, used.ru_maxrss - before) / 1024  # Linux: KB


def line(name: str, times: list[float]) -> str:
    if len(times) < 2:
        return f"{name:<48}{times[0]:>36,.0f}" if times else f"{name:<48}{'left out':>36}"
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return f"{name:<48}{cuts[49]:>9,.1f}{cuts[94]:>9,.1f}{cuts[98]:>9,.1f}{max(times):>9,.1f}"


def compare(name: str, pairs: list[tuple[str, str]], *, beside: bool, checked: bool = True) -> None:
    times = []
    for before, after in pairs:
        times.append(clocked(lambda before=before, after=after: diff(before, after)))  # type: ignore[misc]
        change = diff(before, after)
        if checked and apply(change, before) != after:
            raise SystemExit(f"{name}: a diff is not exact")
    print(line(f"{name}: stet", times))
    for peer, clock in peers().items() if beside else ():
        print(line(f"{name}: {peer}", [clock(*pair) for pair in pairs]))


def histories(path: Path) -> list[tuple[str, str]]:
    data = path.read_bytes()
    rows = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    texts = [[version["text"] for version in json.loads(row)["versions"]] for row in rows]
    return [pair for versions in texts for pair in pairwise(versions)]


def lengthened(
    pairs: list[tuple[str, str]], size: int, count: int, chance: random.Random
) -> list[tuple[str, str]]:
    """Steps of several real articles in a row, of `size` words or a few more."""
    found = []
    for _ in range(count):
        chosen = [chance.choice(pairs)]
        while sum(len(before.split()) for before, _ in chosen) < size:
            chosen.append(chance.choice(pairs))
        found.append(("\n\n".join(a for a, _ in chosen), "\n\n".join(b for _, b in chosen)))
    return found


def history(writer: Writer, versions: int, size: int) -> list[Spell]:
    article, moment, found = writer.article(size), datetime(2026, 1, 1, tzinfo=UTC), []
    for n in range(versions):
        found.append(Spell(n + 1, "\n\n".join(article), moment, moment))
        article = writer.edited(article)
    return found


def main() -> None:
    corpus = Path(__file__).parents[2] / "shared" / "corpus" / "histories" / "nyt.jsonl.gz"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer articles, no difflib above 1,000 words")
    parser.add_argument("--histories", type=Path, default=corpus)
    args = parser.parse_args()
    writer = Writer(SEED)
    print(f"{'ms of CPU':<48}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}")
    for size, count in ((1_000, 200), (5_000, 100), (20_000, 30)):
        pairs = []
        for _ in range(count // 5 if args.quick else count):
            article = writer.article(size)
            pairs.append(("\n\n".join(article), "\n\n".join(writer.edited(article))))
        compare(f"{size:,} words", pairs, beside=size <= (1_000 if args.quick else DIFFLIB_WORDS))
    if args.histories.exists():
        real = histories(args.histories)
        compare("real histories", real, beside=True)
        for size in (1_000, 5_000, 20_000):
            longer = lengthened(real, size, 20 if args.quick else 100, writer.chance)
            compare(f"real, {size:,} words", longer, beside=size <= (1_000 if args.quick else DIFFLIB_WORDS))
    for versions in (50, 100, 200):
        spells = history(writer, versions, 1_000)
        print(line(f"history of {versions} versions of 1,000 words", [clocked(lambda s=spells: blame(s))]))  # type: ignore[misc]
    print(f"\n{'hostile, once':<56}{'ms':>8}{'MB':>8}")
    for name, before, after in hostile(writer):
        ms, mb = alone(lambda before=before, after=after: diff(before, after))  # type: ignore[misc]
        print(f"{name:<56}{ms:>8,.0f}{mb:>8,.0f}")
    print(f"\nthe others are left out on hostile texts and above {DIFFLIB_WORDS:,} words")


if __name__ == "__main__":
    main()
