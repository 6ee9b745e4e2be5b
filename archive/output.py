"""How commands speak: tables for people, JSON Lines for scripts, one line for errors.

Answers go to stdout, everything else to stderr. Text from outlets is not trusted: nothing in it may
drive the terminal.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import click

from archive.domain.times import iso, stamp
from archive.layout import Column, table

#: Control characters (ECMA-48: C0, DEL, C1), line separators, halves of surrogate pairs, and the marks that
#: reorder what follows them (UAX #9: embeddings, overrides, isolates). ZWNJ, ZWJ, LRM and RLM are spelling.
_HOSTILE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal obeys."""
    return _HOSTILE.sub(" ", text)


def clean_lines(text: str) -> str:
    """`clean` for each line; tabs stay too."""
    return _HOSTILE.sub(lambda found: found[0] if found[0] in "\n\t" else " ", text.replace("\r\n", "\n"))


def emit(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, as_json: bool, empty: str = "nothing"
) -> None:
    """Print `rows`: as JSON Lines with all keys, or as a table of `columns`."""
    if as_json:
        for row in rows:
            tell(json_line(row))
    elif rows:
        print_table(columns, [[_cell(row[column.key]) for column in columns] for row in rows])
    else:
        say(empty)


def json_line(row: Mapping[str, Any]) -> str:
    """One JSON object on one line; times as ISO 8601 in UTC."""
    return _HOSTILE.sub(_escaped, json.dumps(row, ensure_ascii=False, default=_plain))


def _escaped(found: re.Match[str]) -> str:
    # They stand within strings only, where JSON has them so too (RFC 8259 section 7).
    return f"\\u{ord(found[0]):04x}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that fits the terminal; one line a row where the output is no terminal."""
    width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else None
    headings, *lines = table(columns, rows, width)
    tell(paint(headings, bold=True))
    if lines:
        tell("\n".join(lines))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return clean(" ".join(value) if isinstance(value, list) else str(value))


def wants_colour(stream: IO[Any]) -> bool:
    """Colour on a terminal only, and not where `NO_COLOR` (https://no-color.org) or a dumb one forbids it."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, **style: Any) -> str:
    """`text` in `click.style`'s terms, where stdout wants colour."""
    return click.style(text, **style) if wants_colour(sys.stdout) else text


def tell(text: str) -> None:
    """A line of the answer, on stdout. Nobody listens any more (`| head`): the rest is said to nobody."""
    try:
        click.echo(text)
    except BrokenPipeError:
        mute()


def mute() -> None:
    """Lead stdout to nowhere, so that nothing fails for want of a reader, not even the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """Progress and remarks, on stderr."""
    click.echo(clean_lines(text), err=True)
