"""Two versions' paragraphs → which quotations were altered, taken out, or lost or gained their marks.

It knows a quotation by its marks (see `quoting`) and follows it wherever it stands now. It refuses to know
who spoke, and takes one to three words in marks, which may be a title or irony, for a quotation only where
they were altered or unmarked, not where they went with their sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archive.domain.diff import PAIRS, Block, BlockKind
from archive.domain.kinds import Kind, Place, Reason, shown, told
from archive.domain.matching import Coder, likeness, matches
from archive.domain.naming import in_title_case
from archive.domain.quoting import quoted
from archive.domain.spelling import respelt
from archive.domain.wording import words

ALTERED = 0.6
CUT = 0.5  # words taken off its beginning or end
EXTENDED = 0.35
REMOVED = 0.5
MARKED = 0.3  # the same words, now with marks or now without

#: So many quotations that found no partner are looked for in the whole text.
MOST = 100
#: From so many words a quotation that went is somebody's words, and no title or word of irony.
SPEECH = 4
#: Quotations that share this much are one altered, in one paragraph and in different ones; two short ones
#: that stand alone in a changed paragraph need share nothing.
SIMILAR, ELSEWHERE, SHORT = 0.35, 0.6, 3


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words between marks, and the block of the diff that they are in."""

    block: int
    words: tuple[str, ...]
    text: str


def quotations(
    blocks: Sequence[Block], before: str, after: str, place: Place, *, skip: Iterable[int] = ()
) -> list[Reason]:
    """What became of the quotations of all blocks that did not stand still; `before` and `after` are the texts."""
    left_out = set(skip)
    olds, news = list[Quotation](), list[Quotation]()
    for n, block in enumerate(blocks):
        if block.kind is not BlockKind.KEPT and n not in left_out:
            olds += _of(n, block.old_text)
            news += _of(n, block.new_text)
    if not olds and not news:
        return []
    olds, news = _without_common(olds, news), _without_common(news, olds)
    olds, news = _without_parted(olds, news)
    found = list[Reason]()
    pairs = list(_pairs(olds, news))
    for old, new in pairs:
        found += _altered(old, new, place)
    was, now = {id(old) for old, _ in pairs}, {id(new) for _, new in pairs}
    olds, news = [one for one in olds if id(one) not in was], [one for one in news if id(one) not in now]
    found += _left(olds[:MOST], f" {' '.join(words(after))} " if olds else "", place)
    found += _gained(news[:MOST], f" {' '.join(words(before))} " if news else "", place)
    return found


def _of(block: int, text: str) -> Iterator[Quotation]:
    for start, end in quoted(text):
        held = tuple(words(text[start:end]))
        if held:
            yield Quotation(block, held, text[start:end].strip())


def _without_common(some: list[Quotation], others: list[Quotation]) -> list[Quotation]:
    left, found = Counter(one.words for one in others), list[Quotation]()
    for one in some:
        if left[one.words]:
            left[one.words] -= 1
        else:
            found.append(one)
    return found


def _without_parted(olds: list[Quotation], news: list[Quotation]) -> tuple[list[Quotation], list[Quotation]]:
    """Leave out what was only parted or joined by a "he said": the same words in a row in one paragraph."""
    rows: list[dict[int, list[str]]] = [defaultdict(list), defaultdict(list)]
    for side, ones in enumerate((olds, news)):
        for one in ones:
            rows[side][one.block] += one.words
    same = {block for block, row in rows[0].items() if rows[1].get(block) == row}
    return [one for one in olds if one.block not in same], [one for one in news if one.block not in same]


def _pairs(olds: list[Quotation], news: list[Quotation]) -> Iterator[tuple[Quotation, Quotation]]:
    if not olds or not news or len(olds) * len(news) > PAIRS:
        return
    coder = Coder()
    xs, ys = [coder.code(one.words) for one in olds], [coder.code(one.words) for one in news]
    alone = _alone(olds) & _alone(news)
    ranked = list[tuple[float, int, int]]()
    for i, old in enumerate(olds):
        for j, new in enumerate(news):
            share = likeness(xs[i], ys[j], SIMILAR)
            here = old.block == new.block
            short = here and old.block in alone and max(len(old.words), len(new.words)) <= SHORT
            inside = _within(old.words, new.words) or _within(new.words, old.words)
            if share >= (SIMILAR if here else ELSEWHERE) or short or (here and inside):
                ranked.append((-share - here, i, j))
    was, now = set[int](), set[int]()
    for _, i, j in sorted(ranked):
        if i not in was and j not in now:
            was.add(i)
            now.add(j)
            yield olds[i], news[j]


def _alone(ones: Iterable[Quotation]) -> set[int]:
    """The blocks with a single quotation among these."""
    return {block for block, count in Counter(one.block for one in ones).items() if count == 1}


def _within(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return f" {' '.join(some)} " in f" {' '.join(others)} "


def _altered(old: Quotation, new: Quotation, place: Place) -> Iterator[Reason]:
    if respelt(old.words, new.words):
        return
    spot = Place.QUOTATION if place is Place.TEXT else place
    if _within(new.words, old.words) or _within(old.words, new.words):
        cut = len(new.words) < len(old.words)
        longer, shorter = (old, new) if cut else (new, old)
        text = f" {' '.join(longer.words)} ".partition(f" {' '.join(shorter.words)} ")
        rest = " … ".join(part.strip() for part in (text[0], text[2]) if part.strip())
        subject = "the end" if text[0] == "" else "the beginning" if text[2] == "" else ""
        lead = f"{subject} of a quotation: " if subject else ""
        what = told("", shown(rest) if cut else "", "" if cut else shown(rest), spot)
        yield Reason(Kind.QUOTATION, CUT if cut else EXTENDED, lead + what)
        return
    coder = Coder()
    xs, ys = coder.code(old.words), coder.code(new.words)
    i = j = 0
    pieces = list[tuple[str, str]]()
    for next_i, next_j, length in [*matches(xs, ys), (len(xs), len(ys), 0)]:
        if i < next_i or j < next_j:
            pieces.append((" ".join(old.words[i:next_i]), " ".join(new.words[j:next_j])))
        i, j = next_i + length, next_j + length
    more = (
        f", and {len(pieces) - 1} more changes in it"
        if len(pieces) > 2
        else ", and one more"
        if len(pieces) > 1
        else ""
    )
    yield Reason(Kind.QUOTATION, ALTERED, told("", shown(pieces[0][0]), shown(pieces[0][1]), spot) + more)


def _left(ones: Iterable[Quotation], after: str, place: Place) -> Iterator[Reason]:
    where = f" in {place}" if place else ""
    for one in ones:
        if f" {' '.join(one.words)} " in after:
            yield Reason(Kind.QUOTATION, MARKED, f"{shown(one.text)} no longer stands in quotation marks{where}")
        elif len(one.words) >= SPEECH and not in_title_case(one.words):
            text = f"the quotation {shown(one.text)} was taken out" + (f" of {place}" if place else "")
            yield Reason(Kind.QUOTATION_REMOVED, REMOVED, text)


def _gained(ones: Iterable[Quotation], before: str, place: Place) -> Iterator[Reason]:
    where = f" in {place}" if place else ""
    for one in ones:
        if f" {' '.join(one.words)} " in before:
            yield Reason(Kind.QUOTATION, MARKED, f"{shown(one.text)} now stands in quotation marks{where}")
