"""A diff → the sentences that belong together, word by word, and those that only came or went.

A diff is made to be read: its marks take in words between two edits and stand still at paragraphs. The
rules of `classify` need to know which sentence became which, wherever it stands now, and exactly which of
its words differ. It refuses to judge what the words mean. Bounded like the diff: beyond a fixed number of
pairs sentences are matched only where they are equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import regex

from archive.domain.diff import PAIR_CELLS, PAIRS, Block, BlockKind, Diff
from archive.domain.lexicons import DATES, bare
from archive.domain.matching import Coder, gaps, heaviest, likeness, matches
from archive.domain.quoting import quoted
from archive.domain.wording import is_word, plain, sentences, tokens

#: Sentences of one paragraph that share this much of their words are one sentence edited …
SIMILAR = 0.4
#: … and of different paragraphs, where chance likenesses are many, this much.
ELSEWHERE = 0.6
#: Two sentences of so few words that stand alone between others are one edited, whatever they share.
SHORT = 4
#: Words that stand between two edits and do not keep them from being read as one.
NEAR = 2

_ABBREVIATED = regex.compile(
    r"""(?<![\p{L}\p{M}])(?:mrs?|ms|dr|prof|st|gen|col|lt|capt|sgt|maj|rep|sen|gov|rev|hon|jr|sr|vs|etc|no|inc|co|corp|ltd
        |calif|wis|fla|tex|mass|conn|ariz|colo|mich|minn|pa|va|wash|ore|ill|tenn|mo|ga|ala|miss|la|okla|md|del
        |bzw|ca|ggf|inkl|nr|sog|u\.a|z\.b|d\.h|usw|av|bkz|doç|vb|mme?|mlle|art|sra?|dra?|ud|núm|г|гг|им|тыс|млн|ул
        |jan|feb|aug|sept|oct|nov|dec)\.\s+$""",
    regex.VERSION1 | regex.VERBOSE | regex.IGNORECASE,
)
_DAY = regex.compile(r"(?<!\d)\d{1,2}\.\s+$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark of punctuation as it stands in a sentence."""

    text: str  #: without typography
    quoted: bool  #: inside quotation marks


@dataclass(frozen=True)
class Sentence:
    """A sentence of either side, and which block of the diff it is in."""

    block: int
    text: str
    words: tuple[Word, ...]  #: punctuation too

    @cached_property
    def cores(self) -> tuple[str, ...]:
        """The words and marks alone."""
        return tuple(word.text for word in self.words)

    @cached_property
    def key(self) -> str:
        """Equal for sentences of the same words."""
        return " ".join(core for core in self.cores if is_word(core))

    @cached_property
    def bare(self) -> str:
        """The words as they are looked up, one space between; each at its place in `cores`."""
        return " ".join(map(bare, self.cores))


@dataclass(frozen=True, slots=True)
class Change:
    """Which words of a sentence were replaced by which: ranges of either side's words."""

    old: range
    new: range


@dataclass(frozen=True)
class Pair:
    """A sentence before and after."""

    old: Sentence
    new: Sentence
    changes: tuple[Change, ...]  #: exact, not empty

    @cached_property
    def near(self) -> tuple[Change, ...]:
        """The changes, those joined that stand next to each other."""
        joined = list[Change]()
        for change in self.changes:
            if joined and change.old.start - joined[-1].old.stop <= NEAR:
                last = joined.pop()
                old, new = range(last.old.start, change.old.stop), range(last.new.start, change.new.stop)
                joined.append(Change(old, new))
            else:
                joined.append(change)
        return tuple(joined)


@dataclass(frozen=True, slots=True)
class Edits:
    """What a diff comes to, sentence by sentence."""

    pairs: tuple[Pair, ...] = ()  #: sentences of which something else than punctuation changed
    gone: tuple[Sentence, ...] = ()  #: that stand nowhere any more
    come: tuple[Sentence, ...] = ()  #: that stood nowhere before
    moved: Counter[int] = field(default_factory=Counter)  #: of each block, words that another one shares


def edits(change: Diff, *, skip: Iterable[int] = ()) -> Edits:
    """The sentences of all blocks but those to `skip`."""
    left_out = set(skip)
    pairs, olds, news = list[Pair](), list[Sentence](), list[Sentence]()
    for n, block in enumerate(change.blocks):
        if block.kind is BlockKind.KEPT or n in left_out:
            continue
        old, new = list(_sentences(n, block.old_text)), list(_sentences(n, block.new_text))
        if block.kind in (BlockKind.CHANGED, BlockKind.MOVED):
            old, new = _paired(old, new, SIMILAR, pairs)
        olds += old
        news += new
    olds, news, moved = _without_equal(olds, news)
    found, rest = list[Pair](), (olds, news)
    for cut, same_place in ((SIMILAR, True), (ELSEWHERE, False)):
        rest = _paired_elsewhere(*rest, cut, found, _places(change) if same_place else None)
    for pair in found:
        for side in (pair.old, pair.new):
            moved[side.block] += len(side.words)
    worded = (pair for pair in [*pairs, *found] if pair.old.key != pair.new.key)
    return Edits(tuple(worded), tuple(rest[0]), tuple(rest[1]), moved)


def _sentences(block: int, text: str) -> Iterator[Sentence]:
    inside, at = deque(quoted(text)), 0
    for sentence in _whole_sentences(text):
        words = list[Word]()
        for core, space in tokens(sentence):
            while inside and inside[0][1] <= at:
                inside.popleft()
            if plain(core):
                words.append(Word(plain(core), bool(inside) and inside[0][0] <= at < inside[0][1]))
            at += len(core) + len(space)
        if any(is_word(word.text) for word in words):
            yield Sentence(block, sentence, tuple(words))


def _whole_sentences(text: str) -> Iterator[str]:
    """Sentences, those rejoined that fell apart after an abbreviation (Mr. Karim) or a day (3. März)."""
    held = ""
    for sentence in sentences(text):
        if held and not (_ABBREVIATED.search(held) or (_DAY.search(held) and bare(sentence.split()[0]) in DATES)):
            yield held
            held = ""
        held += sentence
    if held:
        yield held


def _paired(
    olds: list[Sentence], news: list[Sentence], cut: float, pairs: list[Pair]
) -> tuple[list[Sentence], list[Sentence]]:
    """Pair the sentences of one paragraph; what finds no partner is handed back."""
    coder = Coder()
    xs, ys = (coder.code(sentence.key for sentence in side) for side in (olds, news))
    equal = matches(xs, ys)
    met = {(i + n, j + n) for i, j, length in equal for n in range(length)}
    for some, others in gaps(equal, len(olds), len(news)):
        met.update(_alike(olds, news, some, others, cut))
    for i, j in sorted(met):
        _note_pair(olds[i], news[j], pairs)
    was, now = {i for i, _ in met}, {j for _, j in met}
    return [s for i, s in enumerate(olds) if i not in was], [s for j, s in enumerate(news) if j not in now]


def _alike(
    olds: Sequence[Sentence], news: Sequence[Sentence], some: range, others: range, cut: float
) -> Iterator[tuple[int, int]]:
    """Sentences of a gap that share enough; where two stand alone there, half of that will do."""
    if len(some) * len(others) > PAIRS:
        return
    if len(some) == len(others) == 1:
        short = max(len(olds[some[0]].words), len(news[others[0]].words)) <= SHORT
        cut = 0.0 if short else cut / 2
    shares = _shares([olds[i] for i in some], [news[j] for j in others], cut)
    sizes = ((some[i], others[j], share) for i, j, share in shares)
    yield from heaviest([(i, j, share * (len(olds[i].words) + len(news[j].words))) for i, j, share in sizes])


def _shares(olds: Sequence[Sentence], news: Sequence[Sentence], cut: float) -> Iterator[tuple[int, int, float]]:
    """The pairs that share at least `cut` of their words, and how much."""
    coder = Coder()
    xs, ys = [coder.code(old.cores) for old in olds], [coder.code(new.cores) for new in news]
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            share = likeness(x, y, cut)
            if share >= cut:
                yield i, j, share


def _without_equal(
    olds: list[Sentence], news: list[Sentence]
) -> tuple[list[Sentence], list[Sentence], Counter[int]]:
    """Leave out sentences that only moved, and count their words in the blocks that they stood and stand in."""
    places: dict[str, deque[int]] = defaultdict(deque)
    for j, sentence in enumerate(news):
        places[sentence.key].append(j)
    moved, taken, rest = Counter[int](), set[int](), list[Sentence]()
    for sentence in olds:
        if places.get(sentence.key):
            j = places[sentence.key].popleft()
            taken.add(j)
            for side in (sentence, news[j]):
                moved[side.block] += len(side.words)
        else:
            rest.append(sentence)
    return rest, [s for j, s in enumerate(news) if j not in taken], moved


def _places(change: Diff) -> list[int]:
    """For each block, how many paragraphs that stand lie before it."""
    count, places = 0, list[int]()
    for block in change.blocks:
        places.append(count)
        count += block.kind in (BlockKind.KEPT, BlockKind.CHANGED)
    return places


def _paired_elsewhere(
    olds: list[Sentence], news: list[Sentence], cut: float, found: list[Pair], places: list[int] | None
) -> tuple[list[Sentence], list[Sentence]]:
    """Pair what is left over across paragraphs, the likest first; with `places`, only of one gap."""
    size = sum(len(s.words) for s in olds) * sum(len(s.words) for s in news)
    if not olds or not news or len(olds) * len(news) > PAIRS or size > PAIR_CELLS:
        return olds, news
    ranked = [(-share, i, j) for i, j, share in _shares(olds, news, cut)]
    was, now = set[int](), set[int]()
    for _, i, j in sorted(ranked):
        near = places is None or places[olds[i].block] == places[news[j].block]
        if near and i not in was and j not in now:
            was.add(i)
            now.add(j)
            _note_pair(olds[i], news[j], found)
    return [s for i, s in enumerate(olds) if i not in was], [s for j, s in enumerate(news) if j not in now]


def _note_pair(old: Sentence, new: Sentence, pairs: list[Pair]) -> None:
    coder = Coder()
    xs, ys = coder.code(old.cores), coder.code(new.cores)
    changes, i, j = list[Change](), 0, 0
    for next_i, next_j, length in [*matches(xs, ys), (len(xs), len(ys), 0)]:
        if i < next_i or j < next_j:
            changes.append(Change(range(i, next_i), range(j, next_j)))
        i, j = next_i + length, next_j + length
    if changes:
        pairs.append(Pair(old, new, tuple(changes)))


def blank(block: Block) -> bool:
    """Whether the paragraph holds no word on either side."""
    return not any(is_word(core) for run in block.runs for core, _ in tokens(run.text))


def sentences_of(text: str) -> Iterator[Sentence]:
    """The sentences of a whole text."""
    for n, paragraph in enumerate(text.split("\n\n")):
        yield from _sentences(n, paragraph)
