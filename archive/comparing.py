"""Two versions of an article, shown side by side in the form that was asked for."""

from __future__ import annotations

import json

from archive.db.findings import Version
from archive.domain import classify, rendering
from archive.domain.diff import diff
from archive.domain.times import iso, stamp
from archive.extractor import EXTRACTOR


def render(url: str, before: Version, after: Version, *, form: str, colour: bool = False, width: int = 100) -> str:
    """How the wording went from `before` to `after`: `text`, `html` (a whole page) or `json`."""
    body = diff(before.extraction.text, after.extraction.text)
    sides = rendering.Sides(before=before.extraction, after=after.extraction)
    verdict = classify.classify(before.extraction, after.extraction)
    summary = verdict.summary if verdict else "No difference that matters."
    if form == "json":
        return _json(url, before, after, verdict, rendering.as_json(body, sides))
    if form == "html":
        times = (before.last_seen, after.first_seen)
        return rendering.page(body, sides, url=url, times=times, summary=summary)
    extractor = after.extraction.extractor
    head = [
        url,
        (
            f"version {before.number}, last seen {stamp(before.last_seen)} UTC → "
            f"version {after.number}, first seen {stamp(after.first_seen)} UTC"
        ),
        summary,
        *([f"Both as {extractor} reads them."] if extractor != EXTRACTOR else []),
        "",
        "",
    ]
    return "\n".join(head) + rendering.as_text(body, sides, colour=colour, width=width).rstrip("\n") + "\n"


def _json(
    url: str, before: Version, after: Version, verdict: classify.Verdict | None, shown: dict[str, object]
) -> str:
    document = {
        "url": url,
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
        "kinds": [kind.value for kind in verdict.kinds] if verdict else [],
        "weight": verdict.weight if verdict else 0.0,
        "stealth": verdict.stealth if verdict else False,
        "summary": verdict.summary if verdict else "",
        "words_added": verdict.words_added if verdict else 0,
        "words_removed": verdict.words_removed if verdict else 0,
        "diff": shown,
    }
    return json.dumps(document, ensure_ascii=False) + "\n"
