"""An article's wordings in the order of time → every sentence that ever stood: from when to when, instead of what.

Pure. It knows spells, stretches of time in each of which one version stood, and is exact: the sentences of a
spell, joined, are its text to the letter. It refuses to know why a wording was replaced (`classify` says that)
and what lies between two looks.

A sentence is itself wherever in the text it stands, whatever its typography, and also when it comes back: then
it has two spans. One that was edited is another sentence, with the earlier one as what it stands instead of.
Which became which is `diff`'s to say, with sentences for paragraphs; so each step costs what that diff costs,
and all of them together a small multiple of the texts' length.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from archive.domain.diff import BlockKind, diff
from archive.domain.wording import fold, sentences


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time in which one version stood; a version that came back has another."""

    version: int  #: the version's number
    text: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From which spell on and up to which one a sentence stood without a break, both by index."""

    first: int
    last: int
    instead_of: int | None = None  #: the sentence that was edited into this one


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that stood or stands."""

    id: int  #: its index; they are in the order of first sight
    text: str  #: as it was set last, without the white space around it
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence in a paragraph of one spell, exactly as it was set there."""

    sentence: int | None  #: None: white space alone
    text: str  #: with the white space around it


Layout = tuple[tuple[Placed, ...], ...]
"""The paragraphs of one spell."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Who stood where, and when."""

    spells: tuple[Spell, ...]
    sentences: tuple[Sentence, ...]
    layouts: tuple[Layout, ...]  #: one for each spell

    def text(self, spell: int) -> str:
        """The sentences of a spell, joined: its text."""
        return "\n\n".join("".join(placed.text for placed in paragraph) for paragraph in self.layouts[spell])

    def stands(self, sentence: Sentence) -> bool:
        """Whether it is part of the last spell."""
        return sentence.spans[-1].last == len(self.spells) - 1

    @property
    def removed(self) -> tuple[Sentence, ...]:
        """What stood once and is not part of the last spell, in the order of first sight."""
        return tuple(sentence for sentence in self.sentences if not self.stands(sentence))

    def seen(self, sentence: Sentence) -> tuple[datetime, datetime | None]:
        """When it was first seen, and when last; None: it stands."""
        first = self.spells[sentence.spans[0].first].first_seen
        return first, None if self.stands(sentence) else self.spells[sentence.spans[-1].last].last_seen

    def versions(self, sentence: Sentence) -> tuple[int, ...]:
        """The numbers of the versions that have it."""
        stood = (self.spells[n].version for span in sentence.spans for n in range(span.first, span.last + 1))
        return tuple(sorted(set(stood)))

    @property
    def became(self) -> dict[tuple[int, int], int]:
        """Sentence and the last spell of a span → the sentence that it was edited into then."""
        return {
            (span.instead_of, span.first - 1): later.id
            for later in self.sentences
            for span in later.spans
            if span.instead_of is not None
        }


def blame(spells: Sequence[Spell]) -> Blame:
    """Follow every sentence through the spells, which are in the order of time."""
    ledger, layouts = _Ledger(), list[Layout]()
    for n, spell in enumerate(spells):
        layouts.append(ledger.step(n, _cut(spell.text)))
    return Blame(tuple(spells), ledger.sentences(len(spells)), tuple(layouts))


def stood(values: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """For a field of one line, such as the headline: each value with the first and last spell that it stood."""
    at = 0
    for _, group in groupby(values, fold):
        same = list(group)
        yield same[-1], at, at + len(same) - 1
        at += len(same)


def _cut(text: str) -> list[list[str]]:
    """Paragraphs, each as its sentences."""
    return [sentences(paragraph) for paragraph in text.split("\n\n")] if text else []


class _Ledger:
    """What is known of the sentences so far."""

    def __init__(self) -> None:
        self.texts: list[str] = []  # of each sentence, as it was set last
        self.spans: list[list[Span]] = []  # of each sentence, those that ended
        self.since: dict[int, tuple[int, int | None]] = {}  # of those that stand: the spell, and instead of what
        self.absent: dict[str, deque[int]] = defaultdict(deque)  # by folded text, those that do not stand
        self.now: list[int] = []  # those of the last spell in reading order

    def step(self, spell: int, paragraphs: list[list[str]]) -> Layout:
        """Take the next spell in."""
        texts = [bare for paragraph in paragraphs for piece in paragraph if (bare := piece.strip())]
        self.now = self._told_apart(spell, texts)
        named = iter(self.now)
        return tuple(
            tuple(Placed(next(named) if piece.strip() else None, piece) for piece in paragraph)
            for paragraph in paragraphs
        )

    def sentences(self, spells: int) -> tuple[Sentence, ...]:
        for one, (since, instead_of) in self.since.items():
            self.spans[one].append(Span(since, spells - 1, instead_of))
        return tuple(Sentence(n, self.texts[n], tuple(spans)) for n, spans in enumerate(self.spans))

    def _told_apart(self, spell: int, texts: list[str]) -> list[int]:
        """For each text the sentence that it is."""
        found, edited = self._carried(texts)
        before, carried = set(self.now), set(found.values())
        for one in self.now:
            if one not in carried:
                self.absent[fold(self.texts[one])].append(one)
        for n, text in enumerate(texts):
            if n not in found:
                found[n] = self._back_or_new(text)
            self.texts[found[n]] = text
        now = set(found.values())
        for one in before - now:
            since, instead_of = self.since.pop(one)
            self.spans[one].append(Span(since, spell - 1, instead_of))
        for n, one in found.items():
            if one not in before:
                self.since[one] = spell, (None if edited.get(n) in now else edited.get(n))
        return [found[n] for n in range(len(texts))]

    def _carried(self, texts: list[str]) -> tuple[dict[int, int], dict[int, int]]:
        """By the index of a text: the sentence of the spell before that it is, or else that it was edited from."""
        same, edited = dict[int, int](), dict[int, int]()
        stood = "\n\n".join(self.texts[one] for one in self.now)
        for block in diff(stood, "\n\n".join(texts)).blocks:
            if block.old is not None and block.new is not None:
                changed = block.kind is not BlockKind.KEPT and not block.typographic
                (edited if changed else same)[block.new] = self.now[block.old]
        return same, edited

    def _back_or_new(self, text: str) -> int:
        """A sentence that stood before, or the next one."""
        gone = self.absent.get(fold(text))
        if gone:
            return gone.popleft()
        self.texts.append(text)
        self.spans.append([])
        return len(self.texts) - 1
