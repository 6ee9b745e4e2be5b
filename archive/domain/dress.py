"""Two extractions of one article in two templates → whether its words changed.

Pure. When an outlet changes its template every page looks edited: captions move into the text, agency lines leave
it, the byline is written another way, a teaser stands where the standfirst stood. This knows when two extractions
come from two templates, and what of the differences between them an editor made: other words inside sentences that
stand on both sides, and prose that came or went amid the story. It gives up the rest: heads and tails of the text,
captions, labels, credits, the byline. That is the price of not crying at every article of a redesign.

What the structured data says decides where both sides have it: it is written by the same system in any dress.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import regex

from archive.domain import noise
from archive.domain.furniture import NOTHING
from archive.domain.matching import Coder, gaps, heaviest, likeness, matches
from archive.domain.model import Extraction
from archive.domain.notes import Note, note
from archive.domain.trimmings import is_prose, trimming
from archive.domain.wording import fold, sentences, words

MARK: Final = 4  #: characters of one mark in a sketch, as `archive.extraction.template` writes it
MARKS: Final = 8  #: a page with fewer says too little of its template

SAME_DRESS: Final = 0.4
"""Share of marks that two pages of one template have in common, at least. Pairs of articles of one outlet among
267 real pages: .54 and more, or .33 and less where years or parts of the site lie between. 833 pairs of fetches of
one document: .52 and more, but for eight (.02 to .44) whose site was rebuilt and five with an interstitial. The
labelled redesigns: 0. Pages of two outlets: .04 at the 99th percentile."""

SIMILAR: Final = 0.4  #: as in `archive.domain.diff`: sentences that share fewer words are two
ALIGNED: Final = 0.3  #: share of the shorter text's sentences that must stand in the other, or nothing is aligned
LIKE_STANDFIRST: Final = 0.5  #: an edited one shares at least so many words; else the template chose another text

STORY_WORDS: Final = 100  #: a shorter JSON-LD text may be an excerpt
STORY_SHARE: Final = 0.8  #: of the words that were read from the page, for a JSON-LD text to be the story

_CUT: Final = regex.compile(r"\s*(?:\.\s?\.\s?\.|…)\s*$")
_KICKER: Final = regex.compile(r"\s[|:·•/-]\s|\s?:\s")


def redesigned(before: Extraction, after: Extraction) -> bool:
    """Whether two extractions of an article come from two templates; never where one has no sketch."""
    return another(before.template, after.template)


def another(before: str, after: str) -> bool:
    """Whether two sketches are of two templates; never where one says too little."""
    one, other = ({sketch[n : n + MARK] for n in range(0, len(sketch), MARK)} for sketch in (before, after))
    if min(len(one), len(other)) < MARKS:
        return False
    # Either sketch holds the smallest hashes of its page; of both pages together only as many are known.
    known = sorted(one | other)[: max(len(one), len(other))]
    return sum(mark in one and mark in other for mark in known) < SAME_DRESS * len(known)


def comparable(
    before: Extraction, after: Extraction, furniture: Container[str] = NOTHING
) -> tuple[Extraction, Extraction]:
    """Both sides with nothing between them but what an editor changed; equal where that is nothing.

    Raises nothing: any two extractions may come in.
    """
    before, after = noise.comparable(before, after, furniture)
    titles = _titles(before, after)
    leads = _standfirsts(before, after)
    texts = _texts(before, after, furniture)
    ours = replace(before, title=titles[0], standfirst=leads[0], text=texts[0], asides=())
    if all(fold(one) == fold(other) for one, other in (titles, leads, texts)):
        return ours, ours
    theirs = replace(
        ours,
        title=titles[1],
        standfirst=leads[1],
        text=texts[1],
        modified=after.modified,
        stamps=after.stamps,
        structured=replace(before.structured, modified=after.structured.modified),
        template=after.template,
    )
    return ours, theirs


# Headline and standfirst ---------------------------------------------------------------------------


def _titles(before: Extraction, after: Extraction) -> tuple[str, str]:
    """Both headlines; one where the sides have one in common, or differ in a kicker or the site's name."""
    ours, theirs = (
        [fold(name) for name in (side.title, side.structured.headline or "") if name] for side in (before, after)
    )
    if not ours or not theirs or any(_same_title(one, other) for one in ours for other in theirs):
        return before.title, before.title
    return before.title, after.title


def _same_title(one: str, other: str) -> bool:
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long:
        return True
    if _CUT.search(short):
        return long.startswith(_CUT.sub("", short))
    pieces = _KICKER.split(long)
    return len(pieces) > 1 and short in (
        *pieces,
        _KICKER.split(long, 1)[1],
        long[: -len(pieces[-1])].rstrip(" |:·•/-"),
    )


def _standfirsts(before: Extraction, after: Extraction) -> tuple[str, str]:
    """Both standfirsts where one is an edit of the other; else the template chose another text to show."""
    one, other = words(_CUT.sub("", before.standfirst)), words(_CUT.sub("", after.standfirst))
    short, long = sorted((one, other), key=len)
    if not short or long[: len(short)] == short or _likeness(one, other) < LIKE_STANDFIRST:
        return before.standfirst, before.standfirst
    return before.standfirst, after.standfirst


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    coder = Coder()
    return likeness(coder.code(one), coder.code(other), 0.0)


# Text ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, its paragraph, and what makes it equal to another."""

    text: str
    paragraph: int
    key: str
    block: str  # the whole paragraph


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence as it stands on either side; one of them may be missing."""

    old: _Sentence | None
    new: _Sentence | None


def _texts(before: Extraction, after: Extraction, furniture: Container[str]) -> tuple[str, str]:
    """Both texts, with only what an editor may have changed between them."""
    stories = _story(before), _story(after)
    if all(stories):
        olds, news = (_cut(story) for story in stories)
        if [one.key for one in olds] == [one.key for one in news]:
            return before.text, before.text
    else:
        olds, news = _cut(before.text), _cut(after.text)
    units, aligned = _aligned(olds, news)
    if aligned < ALIGNED * min(len(olds), len(news)) or not aligned:
        return before.text, after.text
    kept = _Kept(before, after, furniture, units)
    return _rebuilt([unit for n, unit in enumerate(units) if kept(unit, n)])


def _story(side: Extraction) -> str:
    """The structured data's text, where it is the whole story."""
    told = side.structured.article_body or ""
    size = len(words(told))
    return told if size >= STORY_WORDS and size >= STORY_SHARE * len(words(side.text)) else ""


def _cut(text: str) -> list[_Sentence]:
    return [
        _Sentence(sentence.strip(), number, key, paragraph)
        for number, paragraph in enumerate(text.split("\n\n"))
        for sentence in sentences(paragraph)
        if (key := fold(sentence))
    ]


def _aligned(olds: Sequence[_Sentence], news: Sequence[_Sentence]) -> tuple[list[_Unit], int]:
    """Every sentence of both in order, equal and similar ones together; and how many are equal."""
    coder = Coder()
    xs, ys = (coder.code(one.key for one in side) for side in (olds, news))
    equal = matches(xs, ys)
    pairs = [(i + n, j + n) for i, j, length in equal for n in range(length)]
    same = len(pairs)
    for ours, theirs in gaps(equal, len(xs), len(ys)):
        pairs += _similar(olds, news, ours, theirs)
    units, i, j = list[_Unit](), 0, 0
    for next_i, next_j in [*sorted(pairs), (len(olds), len(news))]:
        units += [_Unit(one, None) for one in olds[i:next_i]]
        units += [_Unit(None, one) for one in news[j:next_j]]
        if next_i < len(olds) and next_j < len(news):
            units.append(_Unit(olds[next_i], news[next_j]))
        i, j = next_i + 1, next_j + 1
    return _replaced(units), same


def _replaced(units: Sequence[_Unit]) -> list[_Unit]:
    """With one sentence for another inside one paragraph as a pair, however little they share."""
    paragraphs = {(one.old.paragraph, one.new.paragraph) for one in units if one.old and one.new}
    found = list[_Unit]()
    for unit in units:
        gone = found[-1].old if found and found[-1].new is None else None
        come = unit.new if unit.old is None else None
        if gone and come and (gone.paragraph, come.paragraph) in paragraphs:
            found[-1] = _Unit(gone, come)
        else:
            found.append(unit)
    return found


_PAIRS: Final = 2_500  #: that are compared in one gap; where there are more, nothing there is aligned


def _similar(
    olds: Sequence[_Sentence], news: Sequence[_Sentence], ours: range, theirs: range
) -> list[tuple[int, int]]:
    if len(ours) * len(theirs) > _PAIRS:
        return []
    coder = Coder()
    left, right = (
        {n: coder.code(words(side[n].text)) for n in which} for side, which in ((olds, ours), (news, theirs))
    )
    shares = [(i, j, likeness(left[i], right[j], SIMILAR)) for i in ours for j in theirs]
    return heaviest([(i, j, share * (len(left[i]) + len(right[j]))) for i, j, share in shares if share >= SIMILAR])


class _Kept:
    """Which sentences that stand on one side only an editor put there or took out."""

    def __init__(
        self, before: Extraction, after: Extraction, furniture: Container[str], units: Sequence[_Unit]
    ) -> None:
        both = [n for n, unit in enumerate(units) if unit.old is not None and unit.new is not None]
        self._amid = range(both[0], both[-1] + 1)
        self._furniture = furniture
        olds, news = (_shown(side) for side in (before, after))
        self._shown = (
            _Shown([*olds, *(unit.old.text for unit in units if unit.old is not None)]),
            _Shown([*news, *(unit.new.text for unit in units if unit.new is not None)]),
        )
        self._captions = _Shown([caption for side in (before, after) for caption in side.captions])

    def __call__(self, unit: _Unit, number: int) -> bool:
        if unit.old is not None and unit.new is not None:
            return True
        one, other = (unit.old, self._shown[1]) if unit.old is not None else (unit.new, self._shown[0])
        assert one is not None
        if one.text in other or one.text in self._captions:
            return False
        if note(one.text) is Note.CORRECTION:
            return True
        if one.text in self._furniture or one.block in self._furniture:
            return False
        return number in self._amid and is_prose(one.text) and trimming(one.block) is None


_SEARCHES: Final = 500  #: that go through all letters of a side; whatever more is asked for must stand as a piece


class _Shown:
    """All that a side shows: a sentence that stands anywhere in it neither came nor went."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = {_bare(piece) for piece in pieces}
        self._letters = "\n".join(self._pieces)
        self._left = _SEARCHES

    def __contains__(self, text: str) -> bool:
        letters = _bare(text)
        if not letters or letters in self._pieces:
            return True
        self._left -= 1
        return self._left >= 0 and letters in self._letters


def _shown(side: Extraction) -> Iterator[str]:
    yield from side.paragraphs
    yield from (side.structured.article_body or "", side.standfirst, *side.asides)


def _bare(text: str) -> str:
    return "".join(words(text)).casefold()


def _rebuilt(units: Sequence[_Unit]) -> tuple[str, str]:
    """The two texts in the same paragraphs: those of the earlier one, and whole paragraphs that came."""
    whole = {unit.new.paragraph for unit in units if unit.new is not None} - {
        unit.new.paragraph for unit in units if unit.new is not None and unit.old is not None
    }
    placed = list(_placed(units, whole))
    texts = [list[str](), list[str]()]
    for _, group in groupby(placed, key=lambda each: each[0]):
        members = [unit for _, unit in group]
        sides = (
            [unit.old.text for unit in members if unit.old is not None],
            [_as_before(unit) for unit in members if unit.new is not None],
        )
        for text, side in zip(texts, sides, strict=True):
            if side:
                text.append(" ".join(side))
    return "\n\n".join(texts[0]), "\n\n".join(texts[1])


def _placed(units: Sequence[_Unit], whole: Container[int]) -> Iterator[tuple[tuple[str, int], _Unit]]:
    """Each unit with the paragraph that it goes to."""
    last = ("old", -1)
    for unit in units:
        if unit.old is not None:
            last = ("old", unit.old.paragraph)
            yield last, unit
        else:
            assert unit.new is not None
            yield ("new", unit.new.paragraph) if unit.new.paragraph in whole else last, unit


def _as_before(unit: _Unit) -> str:
    """The later sentence; in the setting of the earlier one where only that differs."""
    assert unit.new is not None
    return unit.old.text if unit.old is not None and unit.old.key == unit.new.key else unit.new.text
