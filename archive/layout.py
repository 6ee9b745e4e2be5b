"""Rows of text → lines of a table that fits a terminal. Pure.

Knows what gives way where room is short: the column that may stand below its row goes there, then the
least important columns go, then long text wraps. No column is ever squeezed to a few letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAP = "  "

#: Terminal columns that text gets at least before other columns go. Chosen by looking at 80 columns: a
#: headline of some sixty letters then takes two lines, and the tables keep four or five columns beside it.
NARROWEST = 36


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    key: str
    heading: str
    rank: int = 0  #: where room is short, the highest goes first; 0 always stays
    wraps: bool = False  #: long text, which may take several lines
    below: bool = False  #: stands under its row, whole, where the line has no room for it


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The lines of the table, headings first; `width` None: as wide as it needs to be, a line a row."""
    natural = [
        max([cell_len(column.heading), *(cell_len(row[n]) for row in rows)]) for n, column in enumerate(columns)
    ]
    if width is None:
        return [_line([c.heading for c in columns], natural), *(_line(row, natural) for row in rows)]
    shown = list(range(len(columns)))
    below: list[int] = []
    if _total(natural, shown) > width:
        below = [n for n in shown if columns[n].below]
        shown = _kept(columns, natural, [n for n in shown if n not in below], width)
    widths = _fitted(columns, natural, shown, width)
    lines = [_line([columns[n].heading for n in shown], widths)]
    for row in rows:
        lines += _wrapped_row([row[n] for n in shown], widths)
        lines += [f"{GAP}{row[n]}" for n in below if row[n]]
    return lines


def _total(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[n] for n in shown) + len(GAP) * (len(shown) - 1)


def _kept(columns: Sequence[Column], natural: Sequence[int], shown: list[int], width: int) -> list[int]:
    """The columns that fit, when those that wrap are as narrow as they may be."""
    least = [min(w, NARROWEST) if columns[n].wraps else w for n, w in enumerate(natural)]
    while _total(least, shown) > width and any(columns[n].rank for n in shown):
        shown.remove(max(shown, key=lambda n: columns[n].rank))
    return shown


def _fitted(columns: Sequence[Column], natural: Sequence[int], shown: Sequence[int], width: int) -> list[int]:
    """Widths of the shown columns; those that wrap share the room that the others leave."""
    widths = [natural[n] for n in shown]
    wrapping = [i for i, n in enumerate(shown) if columns[n].wraps]
    room = width - _total(natural, [n for n in shown if not columns[n].wraps])
    room -= len(GAP) * len(wrapping)
    for left, i in zip(range(len(wrapping), 0, -1), sorted(wrapping, key=lambda i: widths[i]), strict=True):
        widths[i] = min(widths[i], max(room // left, min(NARROWEST, widths[i])))
        room -= widths[i]
    return widths


def _wrapped_row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(part) for part in parts)
    return [_line([part[n] if n < len(part) else "" for part in parts], widths) for n in range(height)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns, broken at blanks where there are some; never empty."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        lines[-1:] = [*([lines[-1]] if lines[-1] else []), *_chopped(word, width)]
    return lines


def _chopped(word: str, width: int) -> list[str]:
    """`word` in pieces of at most `width` columns; rich's `chop_cells` loses a mark that joins nothing."""
    pieces: list[str] = []
    for letter in word:
        if pieces and cell_len(pieces[-1] + letter) <= width:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
