"""Two versions of an article, shown side by side in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Container
from datetime import datetime
from typing import cast

from typing_extensions import TypedDict

from archive.db import blocks
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.domain import rendering
from archive.domain.classify import Verdict, classify
from archive.domain.diff import diff
from archive.domain.furniture import NOTHING
from archive.domain.model import Extraction
from archive.domain.sides import Sides
from archive.domain.steps import compared
from archive.domain.times import iso, stamp
from archive.extractor import EXTRACTOR

_Pair = tuple[Extraction, Extraction]


class SideRow(TypedDict):
    """One of the two wordings."""

    version: int
    """Its number."""
    first_seen: datetime
    last_seen: datetime


class BlockRow(TypedDict):
    """A paragraph, or an item of a list, of either side or both."""

    kind: str
    """`kept`, `changed`, `moved`, `added` or `removed`."""
    old: int | None
    """Its index in the earlier wording, from 0."""
    new: int | None
    """Its index in the later one."""
    runs: list[list[str]]
    """Pairs of a mark (`kept`, `removed`, `added`) and a stretch of text, in reading order."""


class Marked(TypedDict):
    """What differs, word by word."""

    whole: bool
    """To the letter; false: without what is noise, or furniture of the outlet."""
    words_added: int
    words_removed: int
    paragraphs_added: int
    paragraphs_removed: int
    paragraphs_changed: int
    paragraphs_moved: int
    similarity: float
    fields: dict[str, list[list[str]]]
    """The runs of each field that differs: headline, standfirst …"""
    lists: dict[str, list[BlockRow]]
    """What differs of captions, links, images and stamps."""
    paragraphs: list[BlockRow]


_Sides = TypedDict("_Sides", {"from": SideRow, "to": SideRow})  # `from` is a word of Python's own


class Comparison(_Sides):
    """Two wordings of an article side by side; `from` is the earlier one."""

    url: str
    change: int | None
    """The id of the change between them, where it was that what was asked for."""
    extractor: str
    kinds: list[str]
    weight: float
    stealth: bool
    summary: str
    reasons: list[str]
    words_added: int
    words_removed: int
    diff: Marked


def render(
    url: str,
    before: Version,
    after: Version,
    *,
    form: str,
    change: Change | None = None,
    furniture: Container[str] = NOTHING,
    whole: bool = False,
    context: int | None = None,
    colour: bool = False,
    width: int = 100,
) -> str:
    """How the wording went from `before` to `after`: `text`, `html` (a whole page) or `json`.

    `change` is the step between them as it was found, where that is what is shown; else it is judged anew. Shown
    is what is judged, without noise and what is `furniture` of the outlet; with `whole` the texts to the letter.
    `context` says how many unchanged paragraphs stay beside a change; by default one in text, and all in HTML.
    """
    if form == "json":
        made = document(url, before, after, change=change, furniture=furniture, whole=whole)
        return json.dumps(made, ensure_ascii=False, default=_plain) + "\n"
    pages, judged, told = _judged(before, after, change, furniture)
    shown = pages if whole else judged
    body, sides = diff(shown[0].text, shown[1].text), Sides(*shown)
    summary = told.summary if told else "No difference that matters."
    times = (change.from_at, change.to_at) if change else (before.last_seen, after.first_seen)
    if form == "html":
        return rendering.page(body, sides, url=url, times=times, summary=summary, context=context)
    extractor = after.extraction.extractor
    head = [
        url,
        (
            f"version {before.number}, last seen {stamp(times[0])} UTC → "
            f"version {after.number}, first seen {stamp(times[1])} UTC"
        ),
        summary,
        *([f"Both as {extractor} reads them."] if extractor != EXTRACTOR else []),
        *(["Without what is noise between them; --all shows the texts to the letter."] if shown != pages else []),
        "",
        "",
    ]
    text = rendering.as_text(body, sides, colour=colour, width=width, context=1 if context is None else context)
    return "\n".join(head) + text.rstrip("\n") + "\n"


def _judged(
    before: Version, after: Version, change: Change | None, furniture: Container[str]
) -> tuple[_Pair, _Pair, Change | Verdict | None]:
    """The two as they were published, as they are judged, and what is told of them."""
    pages = before.extraction, after.extraction
    judged = compared(*pages, furniture)
    return pages, judged, change or classify(*judged)


def furniture_between(connection: Connection, article: Article, before: Version, after: Version) -> Container[str]:
    """What of the two is furniture of the outlet, as far as it was known when the later one was seen."""
    was, now = ((*page.paragraphs, *page.asides) for page in (before.extraction, after.extraction))
    return blocks.furniture_of(connection, article.outlet_id, article.id, was, now, after.last_seen)


def document(
    url: str,
    before: Version,
    after: Version,
    *,
    change: Change | None = None,
    furniture: Container[str] = NOTHING,
    whole: bool = False,
) -> Comparison:
    """The same as plain data; its times are times still."""
    pages, judged, told = _judged(before, after, change, furniture)
    shown = pages if whole else judged
    marked = rendering.as_json(diff(shown[0].text, shown[1].text), Sides(*shown))
    made = {
        "url": url,
        "change": told.id if isinstance(told, Change) else None,
        "from": _side(before),
        "to": _side(after),
        "extractor": after.extraction.extractor,
        "kinds": [str(kind) for kind in told.kinds] if told else [],
        "weight": told.weight if told else 0.0,
        "stealth": told.stealth if told else False,
        "summary": told.summary if told else "",
        "reasons": list(told.reasons) if told else [],
        "words_added": told.words_added if told else 0,
        "words_removed": told.words_removed if told else 0,
        "diff": {"whole": shown == pages, **marked},
    }
    return cast("Comparison", made)


def _side(version: Version) -> SideRow:
    return {
        "version": version.number,
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
    }


def _plain(value: object) -> str | None:
    assert isinstance(value, datetime)
    return iso(value)
