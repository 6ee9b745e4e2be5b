"""What only the second witness saw → the text, on either side, where it says that something changed.

An extraction's `asides` are blocks that stand amid the story and that its text leaves out: a table, a list, a
paragraph with an odd class. It knows when a difference between the asides of two pages is an edit, and is
strict: a row or a longer line must be edited, or a sentence come or go. It refuses to look at what both sides
show, at what one side has in its text, and at lines that are no part of a story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from archive.domain.diff import BlockKind, diff
from archive.domain.model import Extraction
from archive.domain.notes import is_note, is_stamp
from archive.domain.trimmings import ends_sentence, trimming
from archive.domain.wording import words

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
LINE = 6  #: words of the shortest line whose edit counts; shorter ones are labels and counters
CELLS = " | "  #: stands between the cells of a table's row
SENTENCE = 8  #: words of the shortest sentence that may come or go; shorter ones are captions, labels, calls
EDITED = 2  #: words of a linked sentence that are exchanged, at most; more is another headline
PROSE = 20  #: words from which on a full stop is not asked for: a list of contents, a language without stops


def witnessed(before: Extraction, after: Extraction) -> tuple[Extraction, Extraction]:
    """Both sides, each with those of its asides that an edit touched at the end of its text."""
    olds, news = _alone(before, after), _alone(after, before)
    gone, come = _pointed(before, after)
    for block in diff("\n\n".join(olds), "\n\n".join(news)).blocks:
        if block.kind is BlockKind.KEPT or block.typographic:
            continue
        shown = [text for text in (block.old_text, block.new_text) if text]
        counts = _is_line if len(shown) > 1 else _is_passage
        if all(_may_be_news(text) and counts(text) for text in shown):
            gone += [block.old_text] if block.old_text else []
            come += [block.new_text] if block.new_text else []
    return _with(before, gone), _with(after, come)


def _pointed(before: Extraction, after: Extraction) -> tuple[list[str], list[str]]:
    """Sentences that are links as a whole, in which a word was edited; another headline there is no edit."""
    gone, come = list[str](), list[str]()
    if before.pointers == after.pointers:
        return gone, come
    for block in diff("\n\n".join(before.pointers), "\n\n".join(after.pointers)).blocks:
        if block.kind is not BlockKind.CHANGED or len(words(block.old_text)) < LINE + 2:
            continue
        edits = [edit.words for edit in block.edits]
        changed = [word for pair in edits for side in pair for word in side]
        if 0 < len(changed) <= 2 * EDITED and all(old and new for old, new in edits) and _no_figures(changed):
            gone.append(block.old_text)
            come.append(block.new_text)
    return gone, come


def _no_figures(changed: Sequence[str]) -> bool:
    return not any(letter.isnumeric() for word in changed for letter in word)


def _alone(side: Extraction, other: Extraction) -> list[str]:
    """The asides of `side` that `other` shows nowhere, and that its own text does not hold by now."""
    if not side.asides or side.asides == other.asides:
        return []
    left = set(map(_letters, (*other.asides, *other.pointers)))
    text = "\0".join(map(_letters, (*other.paragraphs, *side.paragraphs)))
    return [aside for aside in side.asides if (letters := _letters(aside)) not in left and letters not in text]


def _may_be_news(aside: str) -> bool:
    """Whether it says anything: an address in print, a counter, a call to the reader, a stamp does not."""
    return bool(words(_ADDRESS.sub("", aside))) and trimming(aside) is None and not is_stamp(aside)


def _is_passage(aside: str) -> bool:
    size = len(words(aside))
    return is_note(aside) or size >= PROSE or (size >= SENTENCE and ends_sentence(aside))


def _is_line(aside: str) -> bool:
    return CELLS in aside or len(words(aside)) >= LINE or is_note(aside)


def _with(side: Extraction, more: Sequence[str]) -> Extraction:
    return replace(side, text="\n\n".join([*side.paragraphs, *more])) if more else side


def _letters(text: str) -> str:
    return "".join(words(text)).casefold()
