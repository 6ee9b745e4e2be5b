"""Two versions of an article, shown side by side in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Container

from archive.db import blocks
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.domain import rendering
from archive.domain.classify import Verdict, classify
from archive.domain.diff import diff
from archive.domain.furniture import NOTHING
from archive.domain.sides import Sides
from archive.domain.steps import compared
from archive.domain.times import iso, stamp
from archive.extractor import EXTRACTOR


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
    pages = before.extraction, after.extraction
    judged = compared(*pages, furniture)
    told = change or classify(*judged)
    shown = pages if whole else judged
    body, sides = diff(shown[0].text, shown[1].text), Sides(*shown)
    summary = told.summary if told else "No difference that matters."
    times = (change.from_at, change.to_at) if change else (before.last_seen, after.first_seen)
    if form == "json":
        return _json(url, before, after, told, {"whole": shown == pages, **rendering.as_json(body, sides)})
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


def furniture_between(connection: Connection, article: Article, before: Version, after: Version) -> Container[str]:
    """What of the two is furniture of the outlet, as far as it was known when the later one was seen."""
    was, now = ((*page.paragraphs, *page.asides) for page in (before.extraction, after.extraction))
    return blocks.furniture_of(connection, article.outlet_id, article.id, was, now, after.last_seen)


def _json(
    url: str, before: Version, after: Version, told: Change | Verdict | None, shown: dict[str, object]
) -> str:
    document = {
        "url": url,
        "change": told.id if isinstance(told, Change) else None,
        "from": {
            "version": before.number,
            "first_seen": iso(before.first_seen),
            "last_seen": iso(before.last_seen),
        },
        "to": {
            "version": after.number,
            "first_seen": iso(after.first_seen),
            "last_seen": iso(after.last_seen),
        },
        "extractor": after.extraction.extractor,
        "kinds": [str(kind) for kind in told.kinds] if told else [],
        "weight": told.weight if told else 0.0,
        "stealth": told.stealth if told else False,
        "summary": told.summary if told else "",
        "reasons": list(told.reasons) if told else [],
        "words_added": told.words_added if told else 0,
        "words_removed": told.words_removed if told else 0,
        "diff": shown,
    }
    return json.dumps(document, ensure_ascii=False) + "\n"
