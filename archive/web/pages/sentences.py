"""An article's history → who wrote which sentence when, as a page shows it. Pure.

The text that stands is cut where sentences came at other times than their neighbours; what stands no more says
what stands in its place. `archive.domain.blame` follows the sentences; `chronicle` tells the same in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from archive.domain.blame import Placed, Sentence
from archive.domain.diff import Run, line_diff
from archive.domain.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Sentences in a row that came together."""

    text: str
    since: datetime
    first: bool  #: they were there from the first
    version: int  #: the number of the version that brought them
    change: int | None  #: that brought them
    authors: str  #: the byline that they came with
    back: bool  #: they had gone in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A sentence that stands no more."""

    runs: tuple[Run, ...]  #: marked with what stands in its place
    replaced: bool
    since: datetime
    until: datetime
    versions: tuple[int, ...]
    times: int  #: that it stood
    change: int | None  #: that took it out


def pieces(history: History) -> list[tuple[Piece, ...]]:
    """The paragraphs that stand, each cut where its sentences came at different times."""
    layout = history.blame.layouts[-1] if history.blame.layouts else ()
    return [tuple(_pieces(history, paragraph)) for paragraph in layout]


def _pieces(history: History, paragraph: tuple[Placed, ...]) -> Iterator[Piece]:
    sentences = history.blame.sentences
    placed = [(sentences[each.sentence], each.text) for each in paragraph if each.sentence is not None]
    for (spell, stretches), group in groupby(placed, lambda each: (each[0].spans[0].first, len(each[0].spans))):
        yield Piece(
            text="".join(text for _, text in group),
            since=history.spells[spell].first_seen,
            first=not spell,
            version=history.spells[spell].version,
            change=history.brought_by[spell],
            authors=", ".join(history.pages[spell].authors),
            back=stretches > 1,
        )


def gone(history: History) -> list[Gone]:
    """What stood once and stands no more, in the order of first sight."""
    return [_gone(history, sentence) for sentence in history.blame.removed]


def _gone(history: History, sentence: Sentence) -> Gone:
    blame, last = history.blame, sentence.spans[-1].last
    later = blame.became.get((sentence.id, last))
    text = blame.sentences[later].text if later is not None else ""
    return Gone(
        runs=tuple(run for block in line_diff(sentence.text, text).blocks for run in block.runs),
        replaced=later is not None,
        since=history.spells[sentence.spans[0].first].first_seen,
        until=history.spells[last].last_seen,
        versions=blame.versions(sentence),
        times=len(sentence.spans),
        change=history.brought_by[last + 1],
    )
