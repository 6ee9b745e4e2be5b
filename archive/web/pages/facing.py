"""A diff → rows as a page shows them: folded where nothing changed, what moved at both of its places. Pure.

It knows that a reader looks for what changed, that what moved is looked for where it stood and where it stands,
and that a page has an end: what is hostile in size is cut, and it says where. It refuses to know HTML.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from archive.domain.diff import Block, BlockKind, Mark, Run

CONTEXT: Final = 1
"""Unchanged paragraphs that stay beside a change."""

MOST_LETTERS: Final = 400_000
"""Of either text that is compared for a page: 65,000 words, a quarter of a second of work. The longest real
article in `benchmarks/` has 30,000."""

MOST_RUNS: Final = 8_000
"""Marks and stretches between them that a page holds; a browser shows so many within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A paragraph. Numbers count from 1; 0: it does not stand there."""

    kind: BlockKind
    old: int
    new: int
    runs: tuple[Run, ...]
    ghost: bool = False  #: the place where what moved stood before

    @property
    def before(self) -> tuple[Run, ...]:
        """As the earlier text has it."""
        return tuple(run for run in self.runs if run.mark is not Mark.ADDED)

    @property
    def after(self) -> tuple[Run, ...]:
        """As the later text has it."""
        return tuple(run for run in self.runs if run.mark is not Mark.REMOVED)

    @property
    def plain(self) -> str:
        """The words of it, whatever became of them."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that are shown, or folded because nothing changed in them."""

    folded: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows of a diff."""

    stretches: tuple[Stretch, ...]
    left_out: int  #: paragraphs that are not on it
    torn: bool  #: the last paragraph is not there to its end


def sheet(blocks: Sequence[Block], *, context: int = CONTEXT, most: int = MOST_RUNS) -> Sheet:
    """The rows of a diff, in reading order."""
    rows = list(_rows(blocks))
    kept, torn = _within(rows, most)
    near = _near(kept, context)
    numbered = groupby(enumerate(kept), lambda each: each[0] not in near)
    stretches = (Stretch(folded, tuple(row for _, row in same)) for folded, same in numbered)
    return Sheet(tuple(stretches), len(rows) - len(kept), torn)


def _rows(blocks: Sequence[Block]) -> Iterator[Row]:
    """Each block, and before what stood behind it the place that it moved away from."""
    moved = sorted(
        (block.old, block) for block in blocks if block.kind is BlockKind.MOVED and block.old is not None
    )
    standing = sorted(b.old for b in blocks if b.kind is not BlockKind.MOVED and b.old is not None)
    ghosts: dict[int | None, list[Block]] = {}
    for old, block in moved:
        at = bisect_left(standing, old)
        ghosts.setdefault(standing[at] if at < len(standing) else None, []).append(block)
    for block in blocks:
        if block.kind is not BlockKind.MOVED and block.old is not None:
            yield from (_row(each, ghost=True) for each in ghosts.pop(block.old, ()))
        yield _row(block)
    yield from (_row(each, ghost=True) for left in ghosts.values() for each in left)


def _row(block: Block, *, ghost: bool = False) -> Row:
    old, new = (0 if each is None else each + 1 for each in (block.old, block.new))
    return Row(kind=block.kind, old=old, new=new, runs=block.runs, ghost=ghost)


def _within(rows: Sequence[Row], most: int) -> tuple[list[Row], bool]:
    """The first rows, with so many runs in all, and whether the last of them is cut."""
    found, left = list[Row](), most
    for row in rows:
        if len(row.runs) > left:
            return (found, False) if found else ([replace(row, runs=row.runs[:most])], True)
        found.append(row)
        left -= len(row.runs)
    return found, False


def _near(rows: Sequence[Row], context: int) -> set[int]:
    """The rows that changed, and those beside them. A fold for one paragraph alone saves nothing."""
    changed = [n for n, row in enumerate(rows) if row.kind is not BlockKind.KEPT]
    near = {n for at in changed for n in range(max(at - context, 0), min(at + context + 1, len(rows)))}
    beyond = near | {-1, len(rows)}
    lonely = {n for n in range(len(rows)) if n - 1 in beyond and n + 1 in beyond}
    return near | lonely if near else near


def shortened(text: str, most: int = MOST_LETTERS) -> tuple[str, int]:
    """The first paragraphs of a text, and how many letters were left out; a paragraph that is too long is cut."""
    if len(text) <= most:
        return text, 0
    end = text.rfind("\n\n", 0, most)
    kept = text[: end if end > 0 else most]
    return kept, len(text) - len(kept)
