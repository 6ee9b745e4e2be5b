"""Two wordings → the few places where they differ, short enough for a message. Pure.

Knows which changes a reader wants first, and how much must stand around one for it to be understood. Refuses to
know how it is shown. It is no evidence: the whole comparison is elsewhere, and what is left out is counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archive.domain.diff import Block, BlockKind, Edit, Mark, Run, diff
from archive.domain.model import Extraction
from archive.domain.sides import Sides
from archive.domain.wording import sentences, words

CONTEXT = 140
"""Characters of what stands beside a change, where its own sentence goes on for longer."""

LONGEST = 600
"""Characters of what went or came in one piece: a paragraph of four or five sentences."""

GAP = " … "


@dataclass(frozen=True, slots=True)
class Part:
    """One place where two wordings differ."""

    name: str  #: of the field: `Headline`; empty for a paragraph of the story
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The places that are shown, in the order in which people want them, and how many others there are."""

    parts: tuple[Part, ...]
    left_out: int = 0


def excerpt(before: Extraction, after: Extraction, *, parts: int, letters: int) -> Excerpt:
    """At most so many places, and so many characters in all; one place there is always, if there is any."""
    shown, used, left = list[Part](), 0, 0
    for name, runs in _places(before, after):
        short = _shortened(runs)
        size = sum(len(run.text) for run in short)
        if shown and (left or len(shown) == parts or used + size > letters):
            left += 1
            continue
        shown.append(Part(name, short))
        used += size
    return Excerpt(tuple(shown), left)


@dataclass(frozen=True, slots=True)
class Foremost:
    """The edit that tells most in few words, and how many there are beside it."""

    name: str  #: of the field, or empty for the story
    edit: Edit
    others: int


def foremost(before: Extraction, after: Extraction, *, letters: int) -> Foremost | None:
    """An edit of headline or story whose sides have so many characters at most: in the headline, if there is one.

    Words that became others tell more than words that went or came.
    """
    found = [
        (name, edit)
        for name, runs in _places(before, after)
        if name in ("", "Headline")
        for edit in Block(BlockKind.CHANGED, 0, 0, tuple(runs)).edits
        if any(edit.words)
    ]
    short = [(name, edit) for name, edit in found if max(len(edit.removed), len(edit.added)) <= letters]
    short.sort(key=lambda each: (not each[0], not all(each[1].words)))
    return Foremost(*short[0], others=len(found) - 1) if short else None


def spaced(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs with marks close about the words, and a space between what went and what came in its place."""
    last = Mark.KEPT
    for run in runs:
        if run.mark is Mark.KEPT:
            yield run
        elif words := run.text.strip():
            start = run.text.index(words)
            lead, rest = run.text[:start], run.text[start + len(words) :]
            yield from (Run(Mark.KEPT, text) for text in (lead or " " * (last is not Mark.KEPT),) if text)
            yield Run(run.mark, words)
            yield from (Run(Mark.KEPT, text) for text in (rest,) if text)
        last = Mark.KEPT if run.text[-1:].isspace() else run.mark


def direction(text: str) -> str:
    """Which way a text is read, by its first letter that has one: `ltr` or `rtl` (UAX #9, P2)."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def _places(before: Extraction, after: Extraction) -> Iterator[tuple[str, Sequence[Run]]]:
    """Where they differ: the headline, the story, and then what stands around it."""
    sides = Sides(before, after)
    fields = [
        (name, [run for block in field.blocks for run in block.runs])
        for name, field in sides.fields
        if name != "Standfirst" or not sides.echoes
    ]
    yield from ((name, runs) for name, runs in fields if name == "Headline")
    for block in diff(before.text, after.text).blocks:
        if block.kind is not BlockKind.KEPT and block.edits and not block.typographic:
            yield "", block.runs
    yield from ((name, runs) for name, runs in fields if name != "Headline")
    for name, blocks in sides.lists:
        yield from ((name, block.runs) for block in blocks)


def _shortened(runs: Sequence[Run]) -> tuple[Run, ...]:
    """With no more of what stands than lets the change be understood."""
    last = len(runs) - 1
    return tuple(
        Run(run.mark, _cut(run.text) if run.mark is not Mark.KEPT else _beside(run.text, n > 0, n < last))
        for n, run in enumerate(runs)
    )


def _beside(text: str, follows: bool, precedes: bool) -> str:
    """What stands after a change, or before one, or between two: the rest of their sentences, or a part of it."""
    pieces = sentences(text)
    head, tail = (pieces[0], pieces[-1]) if pieces else ("", "")
    if len(head) > CONTEXT:
        head = _till(text, CONTEXT)
    if len(tail) > CONTEXT:
        tail = _from(text, CONTEXT)
    if not follows:
        return text if len(tail) == len(text) else GAP.lstrip() + tail.lstrip()
    if not precedes:
        return text if len(head) == len(text) else head.rstrip() + GAP.rstrip()
    if len(head) + len(tail) + len(GAP) >= len(text):
        return text
    return head.rstrip() + GAP + tail.lstrip()


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    head = _till(text, LONGEST).rstrip()
    rest = len(words(text[len(head) :]))
    return f"{head}{GAP}({rest:,} more words)" if rest else head


def _till(text: str, limit: int) -> str:
    """The first words, of at most so many characters; of a script without spaces so many characters."""
    space = text.rfind(" ", limit // 2, limit)
    return text[: space if space > 0 else limit]


def _from(text: str, limit: int) -> str:
    start = len(text) - limit
    space = text.find(" ", start, len(text) - limit // 2)
    return text[space if space > 0 else start :]


def of_words(removed: str, added: str) -> Iterable[Part]:
    """What is left to show where the wordings are gone: the stretches that went and came, one a line each."""
    for mark, text in ((Mark.REMOVED, removed), (Mark.ADDED, added)):
        for line in filter(None, text.split("\n")):
            yield Part("", (Run(mark, _cut(line)),))
