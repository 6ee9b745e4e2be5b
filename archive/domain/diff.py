"""Two texts → what was taken out, put in and moved: paragraphs, then sentences, then words.

It knows which pieces of the two belong together, how an edit is shown to people and how it is kept.
It refuses to know what a word is (`wording` says that), how sequences are lined up (`matching`), and
what an edit means (`classify`). A diff is exact: it rebuilds either side to the letter, whatever the
texts are, and it is bounded: where a fine comparison would cost more than a fixed number of steps the
diff gets coarser, never wrong and never slow.

Equal paragraphs are matched first, then similar ones in the gaps, then what moved; inside a pair
sentences and then whole words.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.domain.matching import Coder, Match, gaps, heaviest, likeness, matches, prefix
from archive.domain.wording import Token, ends_sentence, plain, same_words, sentences, tokens, words

#: Paragraphs whose words agree by less than this are not one paragraph edited but one out, one in.
#: On 13 real steps of news articles 0.3, 0.4, 0.5 and 0.6 pair 19, 18, 14 and 14 paragraphs; 0.4 is the
#: strictest that keeps the four which 0.5 (the cut of IEEE S&P 2024, by letters) takes apart.
SIMILAR = 0.4
#: A paragraph found elsewhere counts as moved from here on; below, it was rewritten.
MOVED_SIMILAR = 0.9
#: Unchanged tokens between two edits that are marked along with them: single words left standing in
#: a rewritten phrase are unreadable. Two brings the islands of 30 real pairs from 5.8 a diff to none.
ISLAND = 2
#: Paragraph pairs of a gap that are all compared, by number (5 ms at 80 words each) and by table (0.1 s);
#: beyond, only the likely ones.
PAIRS = 2_500
PAIR_CELLS = 400_000_000
#: For the likely ones: a word in at most so many paragraphs votes, and the best few are compared, and the two
#: at the same place from either end.
#: Chosen so that the work stays a small multiple of the text's length.
RARE = 5
CANDIDATES = 3


class Mark(enum.StrEnum):
    """What happened to a run of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class BlockKind(enum.StrEnum):
    """What happened to a paragraph."""

    KEPT = "kept"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    MOVED = "moved"  #: stands elsewhere now, perhaps with small edits


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a paragraph with one mark; runs begin and end between words."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What stood and what stands in its place; either may be empty."""

    removed: str
    added: str

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """Removed and added words, without those that both begin or end with and without typography."""
        old, new = words(self.removed), words(self.added)
        head = prefix(old, new)
        tail = prefix(old[head:][::-1], new[head:][::-1])
        return old[head : len(old) - tail], new[head : len(new) - tail]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph: its index before and after (None: not there) and its runs in reading order.

    Between two kept runs stand at most one removed and one added run, in that order.
    """

    kind: BlockKind
    old: int | None
    new: int | None
    runs: tuple[Run, ...]

    @property
    def old_text(self) -> str:
        """The paragraph as it stood; empty where it did not."""
        return "".join(run.text for run in self.runs if run.mark is not Mark.ADDED)

    @property
    def new_text(self) -> str:
        """The paragraph as it stands; empty where it does not."""
        return "".join(run.text for run in self.runs if run.mark is not Mark.REMOVED)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The replaced stretches in reading order."""
        found, removed = list[Edit](), ""
        for n, run in enumerate(self.runs):
            if run.mark is Mark.ADDED:
                found.append(Edit(removed, run.text))
            elif run.mark is Mark.REMOVED and self.runs[n + 1 : n + 2] and self.runs[n + 1].mark is Mark.ADDED:
                removed = run.text
                continue
            elif run.mark is Mark.REMOVED:
                found.append(Edit(run.text, ""))
            removed = ""
        return tuple(found)

    @property
    def typographic(self) -> bool:
        """Nothing but the setting differs: neither words nor punctuation came or went here."""
        return same_words(self.old_text, self.new_text)


@dataclass(frozen=True, slots=True)
class Diff:
    """How one text became another: every paragraph of both, in reading order, exactly once.

    What was removed stands where it stood, what moved stands where it stands now.
    """

    blocks: tuple[Block, ...]

    @property
    def empty(self) -> bool:
        """Nothing differs, to the letter."""
        return all(block.kind is BlockKind.KEPT for block in self.blocks)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every replaced stretch of every paragraph."""
        return tuple(edit for block in self.blocks for edit in block.edits)

    @property
    def words_added(self) -> int:
        """Words inside added runs; white space, punctuation and typography count for nothing."""
        return sum(len(edit.words[1]) for edit in self.edits)

    @property
    def words_removed(self) -> int:
        """Words inside removed runs, counted like those added."""
        return sum(len(edit.words[0]) for edit in self.edits)

    @property
    def paragraphs_added(self) -> int:
        """Paragraphs that stand only in the later text, blank ones apart."""
        return self._count(BlockKind.ADDED)

    @property
    def paragraphs_removed(self) -> int:
        """Paragraphs that stand only in the earlier text, blank ones apart."""
        return self._count(BlockKind.REMOVED)

    @property
    def paragraphs_moved(self) -> int:
        """Paragraphs that stand elsewhere, edited or not."""
        return sum(block.kind is BlockKind.MOVED for block in self.blocks)

    @property
    def paragraphs_changed(self) -> int:
        """Paragraphs edited where they stand, by more than typography."""
        return self._count(BlockKind.CHANGED)

    @property
    def similarity(self) -> float:
        """The share of both texts' characters that stand in both, 0 to 1; moved ones do."""
        runs = [run for block in self.blocks for run in block.runs]
        kept = 2 * sum(len(run.text) for run in runs if run.mark is Mark.KEPT)
        total = kept + sum(len(run.text) for run in runs if run.mark is not Mark.KEPT)
        return kept / total if total else 1.0

    def _count(self, kind: BlockKind) -> int:
        return sum(block.kind is kind and not block.typographic for block in self.blocks)


def diff(before: str, after: str) -> Diff:
    """Compare two texts whose paragraphs are joined by blank lines; any string will do.

    `invert(diff(a, b)) == diff(b, a)`: the lesser text is always compared to the greater one, so
    that no tie is broken by the direction of reading.
    """
    if after < before:
        return invert(_Comparison(after, before).diff())
    return _Comparison(before, after).diff()


def line_diff(before: str, after: str) -> Diff:
    """Compare two single lines, such as headlines, word by word however little they share."""
    if not before or not after or before == after:
        return diff(before, after)
    runs = _inverted(_compared(after, before)) if after < before else _compared(before, after)
    return Diff((Block(BlockKind.CHANGED, 0, 0, runs),))


def apply(change: Diff, before: str) -> str:
    """The later text, given the earlier one. ValueError when the diff was made from another text."""
    blocks = sorted((b for b in change.blocks if b.old is not None), key=lambda b: b.old or 0)
    if _joined(block.old_text for block in blocks) != before:
        raise ValueError("this diff was made from another text")
    later = sorted((b for b in change.blocks if b.new is not None), key=lambda b: b.new or 0)
    return _joined(block.new_text for block in later)


def invert(change: Diff) -> Diff:
    """The way back."""
    return Diff(_in_reading_order(map(_turned, change.blocks)))


def to_json(change: Diff) -> list[dict[str, Any]]:
    """The blocks as plain data that speaks for itself, ready for `json.dumps`; `from_json` reads it.

    A block is `{"kind", "old", "new", "runs"}`, where `runs` are `[mark, text]` with mark kept, removed or added;
    indexes count paragraphs from 0, and are null on the side where the paragraph does not stand.
    """
    return [
        {
            "kind": block.kind.value,
            "old": block.old,
            "new": block.new,
            "runs": [[run.mark.value, run.text] for run in block.runs],
        }
        for block in change.blocks
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> Diff:
    """The diff that `to_json` made `rows` of. ValueError where they are no such thing."""
    try:
        return Diff(tuple(map(_block, rows)))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this is no diff as `to_json` writes it: {error}") from error


def _block(row: Mapping[str, Any]) -> Block:
    runs = tuple(Run(Mark(mark), str(text)) for mark, text in row["runs"])
    return Block(BlockKind(row["kind"]), row["old"], row["new"], runs)


class _Comparison:
    """One comparison at work: both sides' paragraphs, and their words as strings of one code point each."""

    def __init__(self, before: str, after: str) -> None:
        self.olds, self.news = _paragraphs(before), _paragraphs(after)
        self.coder = Coder()
        self.old_words: dict[int, str] = {}
        self.new_words: dict[int, str] = {}

    def diff(self) -> Diff:
        pairs = dict(self._in_place())
        taken = set(pairs.values())
        olds = [i for i in range(len(self.olds)) if i not in pairs]
        news = [j for j in range(len(self.news)) if j not in taken]
        moved = self._moved(olds, news)
        came = set(moved.values())
        blocks = [self._block(i, j) for i, j in pairs.items()]
        blocks += [self._block(i, j, moved=True) for i, j in moved.items()]
        for i in olds:
            if i not in moved:
                blocks.append(Block(BlockKind.REMOVED, i, None, _whole(Mark.REMOVED, self.olds[i])))
        for j in news:
            if j not in came:
                blocks.append(Block(BlockKind.ADDED, None, j, _whole(Mark.ADDED, self.news[j])))
        return Diff(_in_reading_order(blocks))

    def _block(self, i: int, j: int, *, moved: bool = False) -> Block:
        old, new = self.olds[i], self.news[j]
        same = BlockKind.MOVED if moved else BlockKind.KEPT
        if old == new:
            return Block(same, i, j, _whole(Mark.KEPT, old))
        return Block(BlockKind.MOVED if moved else BlockKind.CHANGED, i, j, _compared(old, new))

    def _in_place(self) -> Iterator[tuple[int, int]]:
        """Paragraphs that are equal or similar and keep their order."""
        coder = Coder()
        xs, ys = (coder.code(map(plain, side)) for side in (self.olds, self.news))
        equal = matches(xs, ys, [len(text) for text in self.olds])
        for i, j, length in equal:
            yield from zip(range(i, i + length), range(j, j + length), strict=True)
        for olds, news in gaps(equal, len(xs), len(ys)):
            yield from heaviest(list(self._similar(olds, news, SIMILAR)))

    def _moved(self, olds: Sequence[int], news: Sequence[int]) -> dict[int, int]:
        """Paragraphs that left their place: old index → new index; equal ones first."""
        places: dict[str, deque[int]] = defaultdict(deque)
        for j in news:
            places[self.news[j]].append(j)
        moved = {i: places[self.olds[i]].popleft() for i in olds if self.olds[i] and places.get(self.olds[i])}
        taken = set(moved.values())
        rest = [i for i in olds if i not in moved], [j for j in news if j not in taken]
        ranked = sorted(self._similar(*rest, MOVED_SIMILAR), key=lambda pair: (-pair[2], pair[0], pair[1]))
        for i, j, _ in ranked:
            if i not in moved and j not in taken:
                moved[i] = j
                taken.add(j)
        return moved

    def _similar(self, olds: Sequence[int], news: Sequence[int], cut: float) -> Iterator[tuple[int, int, float]]:
        """Pairs that share at least `cut` of their words, with the number of words shared."""
        for i, j in self._worth_comparing(olds, news):
            x, y = self._old(i), self._new(j)
            share = likeness(x, y, cut)
            if share >= cut:
                yield i, j, share * (len(x) + len(y))

    def _worth_comparing(self, olds: Sequence[int], news: Sequence[int]) -> Iterator[tuple[int, int]]:
        if len(olds) * len(news) <= PAIRS:
            size = sum(len(self._old(i)) for i in olds) * sum(len(self._new(j)) for j in news)
            if size <= PAIR_CELLS:
                yield from ((i, j) for i in olds for j in news)
                return
        where: dict[str, list[int]] = defaultdict(list)
        for j in news:
            for word in set(self._new(j)):
                where[word].append(j)
        for n, i in enumerate(olds):
            votes: Counter[int] = Counter()
            for word in sorted(set(self._old(i))):
                if len(where.get(word, ())) <= RARE:
                    votes.update(where.get(word, ()))
            likely = [j for j, _ in votes.most_common(CANDIDATES)]
            # Where all resemble each other no word is rare; the place, counted from either end, is what is left.
            likely += [news[at] for at in (n, len(news) - len(olds) + n) if 0 <= at < len(news)]
            yield from ((i, j) for j in dict.fromkeys(likely))

    def _old(self, i: int) -> str:
        if i not in self.old_words:
            self.old_words[i] = self.coder.code(core for core, _ in tokens(self.olds[i]))
        return self.old_words[i]

    def _new(self, j: int) -> str:
        if j not in self.new_words:
            self.new_words[j] = self.coder.code(core for core, _ in tokens(self.news[j]))
        return self.new_words[j]


def _compared(old: str, new: str) -> tuple[Run, ...]:
    """A changed paragraph: sentences that stand are kept, what lies between is compared by words."""
    olds, news, coder = sentences(old), sentences(new), Coder()
    xs, ys = (coder.code(plain(sentence).strip() for sentence in side) for side in (olds, news))
    pieces, i, j = list[tuple[Mark, str]](), 0, 0
    for next_i, next_j, length in [*matches(xs, ys), (len(xs), len(ys), 0)]:
        pieces += _word_pieces("".join(olds[i:next_i]), "".join(news[j:next_j]))
        i, j = next_i + length, next_j + length
        pieces += _word_pieces("".join(olds[next_i:i]), "".join(news[next_j:j]))
    return tidy(pieces)


def _word_pieces(old: str, new: str) -> Iterator[tuple[Mark, str]]:
    if old == new or not old or not new:
        yield (Mark.KEPT, old) if old == new else (Mark.REMOVED, old) if old else (Mark.ADDED, new)
        return
    xs, ys, coder = tokens(old), tokens(new), Coder()
    a, b = (coder.code(plain(core) for core, _ in side) for side in (xs, ys))
    i = j = 0
    for next_i, next_j, length in [*_without_islands(matches(a, b), xs), (len(xs), len(ys), 0)]:
        yield from _replaced(xs[i:next_i], ys[j:next_j])
        i, j = next_i + length, next_j + length
        yield from _matched(xs[next_i:i], ys[next_j:j])


def _matched(olds: Sequence[Token], news: Sequence[Token]) -> Iterator[tuple[Mark, str]]:
    """Tokens that are the same but for typography and the white space after them."""
    same = len(olds) if olds == news else len(olds) - 1 if olds[:-1] == news[:-1] else 0
    yield Mark.KEPT, "".join(map("".join, olds[:same]))
    for x, y in zip(olds[same:], news[same:], strict=True):
        for was, now in zip(x, y, strict=True):
            yield from [(Mark.KEPT, was)] if was == now else [(Mark.REMOVED, was), (Mark.ADDED, now)]


def _replaced(olds: Sequence[Token], news: Sequence[Token]) -> Iterator[tuple[Mark, str]]:
    """One edit; the white space that both sides end with stays outside the marks."""
    space = olds[-1][1] if olds and news and olds[-1][1] == news[-1][1] else ""
    for mark, side in ((Mark.REMOVED, olds), (Mark.ADDED, news)):
        text = "".join(map("".join, side))
        yield mark, text[: len(text) - len(space)]
    yield Mark.KEPT, space


def _without_islands(found: list[Match], olds: Sequence[Token]) -> Iterator[Match]:
    """Leave out short matches between two edits, unless a sentence ends in them."""
    joined: list[Match] = []
    for i, j, length in found:
        if joined and (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]) == (i, j):
            joined[-1] = (*joined[-1][:2], joined[-1][2] + length)
        else:
            joined.append((i, j, length))
    for n, (i, j, length) in enumerate(joined):
        at_edge = (n == 0 and i == j == 0) or (n == len(joined) - 1 and i + length == len(olds))
        if at_edge or length > ISLAND or any(map(ends_sentence, olds[i : i + length])):
            yield i, j, length


def tidy(pieces: Iterable[tuple[Mark, str]]) -> tuple[Run, ...]:
    """Join neighbours: between two kept runs one removed, then one added."""
    runs = list[Run]()
    buffers: dict[Mark, list[str]] = {mark: [] for mark in Mark}

    def flush(*marks: Mark) -> None:
        for mark in marks:
            if buffers[mark]:
                runs.append(Run(mark, "".join(buffers[mark])))
                buffers[mark].clear()

    for mark, text in pieces:
        if text:
            flush(*((Mark.REMOVED, Mark.ADDED) if mark is Mark.KEPT else (Mark.KEPT,)))
            buffers[mark].append(text)
    flush(Mark.KEPT, Mark.REMOVED, Mark.ADDED)
    return tuple(runs)


def _in_reading_order(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Between two paragraphs that stand: first what was removed there, then what came."""
    blocks = list(blocks)
    standing = [b for b in blocks if b.kind in (BlockKind.KEPT, BlockKind.CHANGED)]
    olds = sorted(b.old for b in standing if b.old is not None)
    news = sorted(b.new for b in standing if b.new is not None)

    def place(block: Block) -> tuple[int, int, int]:
        if block.new is None:
            return bisect_left(olds, block.old or 0), 0, block.old or 0
        stands = block.kind in (BlockKind.KEPT, BlockKind.CHANGED)
        return bisect_left(news, block.new), 2 if stands else 1, block.new

    return tuple(sorted(blocks, key=place))


_OTHER_WAY = {BlockKind.ADDED: BlockKind.REMOVED, BlockKind.REMOVED: BlockKind.ADDED}
_OTHER_MARK = {Mark.ADDED: Mark.REMOVED, Mark.REMOVED: Mark.ADDED, Mark.KEPT: Mark.KEPT}


def _turned(block: Block) -> Block:
    kind = _OTHER_WAY.get(block.kind, block.kind)
    return Block(kind, block.new, block.old, _inverted(block.runs))


def _inverted(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tidy((_OTHER_MARK[run.mark], run.text) for run in runs)


def _whole(mark: Mark, text: str) -> tuple[Run, ...]:
    return (Run(mark, text),) if text else ()


def _paragraphs(text: str) -> list[str]:
    return text.split("\n\n") if text else []


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs)
