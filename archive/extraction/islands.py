"""Stories that travel in a script: the page is put together by the reader's browser, from words that came along.

Knows how Next.js and its like write data into a page: whole JSON documents, and JavaScript calls that hand over
strings of serialised elements (React's "flight" rows). Refuses to run scripts, and looks for one thing only: the
longest string that is mark-up with paragraphs. Asked only where the page shows next to no text of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lxml import html

from archive.extraction.body import ENOUGH_WORDS
from archive.extraction.characters import tidy, words
from archive.extraction.tree import parse, text_of

FEWEST_PARAGRAPHS = 2
"""A string with fewer is a caption or a teaser, and no story."""

TIMES = 2
"""So many times as long as what the page shows must be what a script carries. Chosen: notices of cookies and
logins beside a shell have some thirty words, the shortest of 181 labelled stories has 66."""

MOST_CHARS = 5_000_000
"""Of scripts that are looked through, as of a page."""

_PUSH = re.compile(r'self\.__next_f\.push\(\[\d+,("(?:[^"\\]|\\.)*")\]\)', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.){200,}"', re.DOTALL)  # a shorter one holds no two paragraphs
_ROW = re.compile(r"^[0-9a-f]+:T[0-9a-f]+,", re.MULTILINE)  # a long string of its own, as it is
_BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote")


def scripts(tree: html.HtmlElement) -> list[str]:
    """The scripts of a page that may hold its story, to be asked before anything is taken from the tree."""
    return [
        element.text
        for element in tree.iter("script")
        if element.text and ("json" in (element.get("type") or "") or "__next_f" in element.text)
    ]


def instead_of(read: list[str], found: list[str]) -> list[str]:
    """The paragraphs that were read, or those that the scripts carry where the page itself shows next to none."""
    shown = words(" ".join(read))
    if shown >= ENOUGH_WORDS or not found:
        return read
    carried = paragraphs(found)
    return carried if words(" ".join(carried)) > TIMES * shown else read


def paragraphs(found: list[str]) -> list[str]:
    """The paragraphs of the story that these scripts carry; none where they carry none."""
    flight = "".join(_flight(found))
    data = [text for text in found if "__next_f" not in text]
    best: list[str] = []
    for fragment in (each for text in (flight, *data) for each in _fragments(text[:MOST_CHARS])):
        read = _read(fragment)
        if len(read) >= FEWEST_PARAGRAPHS and words(" ".join(read)) > words(" ".join(best)):
            best = read
    return best


def _flight(found: list[str]) -> Iterator[str]:
    """What the calls of a flight hand over, in order: one row may be cut over several of them."""
    for text in found:
        for call in _PUSH.finditer(text):
            try:
                yield json.loads(call[1])
            except ValueError:
                continue


def _fragments(text: str) -> Iterator[str]:
    """The strings of a serialised document that hold paragraphs."""
    for literal in _STRING.finditer(text):
        try:
            value = json.loads(literal[0], strict=False)
        except ValueError:
            continue
        if _is_markup(value):
            yield value
    starts = [row.end() for row in _ROW.finditer(text)]
    for start in starts:
        end = text.find("\n", start)
        row = text[start : end if end >= 0 else len(text)]
        if _is_markup(row):
            yield row


def _is_markup(text: str) -> bool:
    return text.count("<p") >= FEWEST_PARAGRAPHS


def _read(fragment: str) -> list[str]:
    tree = parse(f"<html><body>{fragment}</body></html>")
    if tree is None:
        return []
    for caption in tree.xpath("//figure|//figcaption|//*[contains(@class, 'caption')]"):
        caption.drop_tree()
    innermost = (block for block in tree.iter(*_BLOCKS) if next(block.iterdescendants(*_BLOCKS), None) is None)
    return [text for block in innermost if (text := tidy(text_of(block)))]
