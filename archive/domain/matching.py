"""Two sequences → what of the one stands in the other, in order.

It knows strings of code points, one for each item (see `Coder`), and is bounded: where a fine match
would cost more than a fixed number of steps it gets coarser, never wrong and never slow. It refuses
to know what the items are: paragraphs, sentences and words are matched alike.

A longest common subsequence is found in bit-parallel form (Hyyrö 2004, by way of rapidfuzz). Where the
items are weighted, or its table would grow too large, those that occur once on either side anchor the
rest first, as in Bram Cohen's patience diff.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import Indel

#: The largest table that one subsequence may fill, in bits: 20,000 × 20,000 words, 50 MB, some 0.1 s.
CELLS = 400_000_000
#: The largest that may be filled to tell how alike two pieces are: many pairs are asked for that, some 6 ms each.
LIKENESS_CELLS = 25_000_000

Match = tuple[int, int, int]
"""Where it begins on either side, and how many items long it is."""


class Coder:
    """Gives every distinct item one code point, so that lists of items compare as strings.

    Past the last code point all further items share it. Nothing breaks: matched items that differ
    in their text are written out as replaced.
    """

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    def code(self, items: Iterable[str]) -> str:
        """One character for each item, the same for equal items."""
        codes = self.codes
        return "".join([codes.get(item) or self._next(item) for item in items])

    def _next(self, item: str) -> str:
        return self.codes.setdefault(item, chr(min(len(self.codes), 0x10FFFF)))


def matches(xs: str, ys: str, weights: Sequence[int] | None = None) -> list[Match]:
    """Runs of equal items that rise on both sides.

    With `weights` (one for each of `xs`) items that occur once on either side anchor the rest, the
    heaviest chain of them; without, only where the longest common subsequence would cost too much.
    """
    head = prefix(xs, ys)
    tail = prefix(xs[head:][::-1], ys[head:][::-1])
    n, m = len(xs) - tail, len(ys) - tail
    found = [(0, 0, head)] if head else []
    if weights is None and (n - head) * (m - head) <= CELLS:
        found += _subsequence(xs, ys, range(head, n), range(head, m))
    else:
        anchors = _anchors(xs, ys, range(head, n), range(head, m), weights)
        for olds, news in gaps([(i, j, 1) for i, j in anchors], n, m, head):
            if len(olds) * len(news) <= CELLS:
                found += _subsequence(xs, ys, olds, news)
        found += [(i, j, 1) for i, j in anchors]
    if tail:
        found.append((n, m, tail))
    return sorted(found)


def likeness(x: str, y: str, cut: float) -> float:
    """The share of words in common and in order; of a bag of words where order would cost too much."""
    if len(x) * len(y) <= LIKENESS_CELLS:
        return float(Indel.normalized_similarity(x, y, score_cutoff=cut)) if x and y else 0.0
    return 2 * (Counter(x) & Counter(y)).total() / (len(x) + len(y))


def gaps(found: Sequence[Match], n: int, m: int, start: int = 0) -> Iterator[tuple[range, range]]:
    """What lies between matches, as ranges of either side, where both hold something."""
    i = j = start
    for next_i, next_j, length in [*found, (n, m, 0)]:
        if i < next_i and j < next_j:
            yield range(i, next_i), range(j, next_j)
        i, j = next_i + length, next_j + length


def heaviest(pairs: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """The chain that rises on both sides and weighs most: n log n, by a Fenwick tree of best ends."""
    pairs = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
    ranks = {j: rank for rank, j in enumerate(sorted({j for _, j, _ in pairs}), 1)}
    tree, before = [(0.0, -1)] * (len(ranks) + 1), list[int]()
    for at, (_, j, weight) in enumerate(pairs):
        best, rank = (0.0, -1), ranks[j] - 1
        while rank:
            best = max(best, tree[rank])
            rank &= rank - 1
        before.append(best[1])
        rank = ranks[j]
        while rank < len(tree):
            tree[rank] = max(tree[rank], (best[0] + weight, at))
            rank += rank & -rank
    chain, at = list[tuple[int, int]](), max(tree)[1]
    while at >= 0:
        chain.append(pairs[at][:2])
        at = before[at]
    return chain[::-1]


def _subsequence(xs: str, ys: str, olds: range, news: range) -> list[Match]:
    i, j = olds.start, news.start
    steps = Indel.opcodes(xs[i : olds.stop], ys[j : news.stop])
    return [(i + s.src_start, j + s.dest_start, s.src_end - s.src_start) for s in steps if s.tag == "equal"]


def _anchors(xs: str, ys: str, olds: range, news: range, weights: Sequence[int] | None) -> list[tuple[int, int]]:
    """Items that occur once on either side, as many as keep their order."""
    once_x = Counter(xs[olds.start : olds.stop])
    once_y = Counter(ys[news.start : news.stop])
    place = {ys[j]: j for j in news if once_y[ys[j]] == 1}
    unique = [i for i in olds if once_x[xs[i]] == 1 and xs[i] in place]
    return heaviest([(i, place[xs[i]], 1 + weights[i] if weights else 1) for i in unique])


def prefix(xs: Sequence[str], ys: Sequence[str]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(xs, ys, strict=False))
    return next((n for n, (x, y) in pairs if x != y), min(len(xs), len(ys)))
