"""An article's history → text for a terminal, HTML for a browser, plain data for JSON.

It knows what people ask of a history: what stands and since when, what went and what it became, which changes were
told, and when nobody could look. It refuses to trust the text, as `rendering` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any

from archive.domain.blame import Sentence
from archive.domain.diff import Run, line_diff
from archive.domain.gaps import Gap
from archive.domain.history import History, Line, Told
from archive.domain.rendering import NARROWEST, WIDTH, Piece, clean, document, marked_up, styled, wrapped
from archive.domain.sides import Sides
from archive.domain.times import iso, stamp
from archive.domain.verdicts import THERE, standing_in_words, step_in_words

_GUTTER = len("2026-03-02 08:30  ")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Sentences of a paragraph in a row that came with one spell."""

    text: str
    spell: int  # the first that had them
    back: bool  # they had gone in between


def as_text(history: History, *, colour: bool = False, width: int = WIDTH) -> str:
    """The history as a person reads it in a terminal; lines of at most `width` columns, no last newline."""
    width = max(width, NARROWEST + _GUTTER)
    head = [("", history.url), ("name", history.title), *(("", line) for line in _about(history))]
    parts = ["\n".join(wrapped([(style, clean(line))], width, colour=colour) for style, line in head)]
    for heading, rows in _sections(history):
        shown = [_hung(gutter, pieces, width, colour=colour) for gutter, pieces in rows]
        if shown:
            parts.append("\n".join([wrapped([("name", heading)], width, colour=colour), *shown]))
    return "\n\n".join(parts)


def as_html(history: History) -> str:
    """The history as a whole HTML document that needs nothing else: no script, no image, no request."""
    lead = [f'<p class="url" dir="ltr">{escape(clean(history.url))}</p>']
    lead += [f'<p class="times">{escape(clean(line))}</p>' for line in _about(history)]
    sections = [
        (_now(history), [_paragraph(history, chunks) for chunks in _paragraphs(history)]),
        ("No longer there", _listed(_gone(history, sentence) for sentence in history.blame.removed)),
        *((heading, _listed(_line(line) for line in lines)) for heading, lines in _several(history)),
        ("Changes", _listed(_told(told) for told in history.changes)),
        ("Not seen", _listed((_time(gap.since), escape(clean(_gap_text(gap))), "") for gap in history.gaps)),
        ("Standing", _listed((_time(turn.at), escape(clean(step_in_words(turn))), "") for turn in history.turns)),
    ]
    body = [
        f"<section>\n<h2>{heading}</h2>\n" + "\n".join(rows) + "\n</section>" for heading, rows in sections if rows
    ]
    language = history.pages[-1].language if history.pages else ""
    return document(history.title or history.url, lead, "\n".join(body), language=language, style=_STYLE)


def as_json(history: History) -> dict[str, Any]:
    """The history as plain data, ready for `json.dumps`; docs/history.md tells the keys."""
    blame, became = history.blame, history.blame.became
    return {
        "url": history.url,
        "outlet": history.outlet,
        "title": history.title,
        "standing": history.standing,
        "reason": history.reason or None,
        "first_seen": iso(history.first_seen),
        "last_seen": iso(history.last_seen),
        "last_checked": iso(history.last_checked),
        "extractor": history.extractor,
        "unread_versions": list(history.unread),
        "spells": [
            {
                "version": spell.version,
                "first_seen": iso(spell.first_seen),
                "last_seen": iso(spell.last_seen),
                "change": change,
                "headline": page.title,
                "standfirst": page.standfirst,
                "authors": list(page.authors),
            }
            for spell, change, page in zip(history.spells, history.brought_by, history.pages, strict=True)
        ],
        "headlines": [_plain_line(line) for line in history.headlines],
        "standfirsts": [_plain_line(line) for line in history.standfirsts],
        "bylines": [_plain_line(line) for line in history.bylines],
        "sentences": [_plain_sentence(history, sentence, became) for sentence in blame.sentences],
        "paragraphs": [
            [{"sentence": placed.sentence, "text": placed.text} for placed in paragraph]
            for paragraph in (blame.layouts[-1] if blame.layouts else ())
        ],
        "removed": [sentence.id for sentence in blame.removed],
        "changes": [_plain_told(told) for told in history.changes],
        "gaps": [
            {
                "after": iso(gap.since),
                "before": iso(gap.until),
                "presences": list(gap.presences),
                "fetches": gap.looks,
                "why": gap.why,
            }
            for gap in history.gaps
        ],
        "standings": [
            {"at": iso(t.at), "before": t.before, "after": t.after, "reason": t.reason or None, "why": t.why}
            for t in history.turns
        ],
    }


def _plain_line(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "first_seen": iso(line.first_seen),
        "last_seen": iso(line.last_seen),
        "versions": list(line.versions),
    }


def _plain_sentence(history: History, sentence: Sentence, became: dict[tuple[int, int], int]) -> dict[str, Any]:
    first, last = history.blame.seen(sentence)
    return {
        "id": sentence.id,
        "text": sentence.text,
        "first_seen": iso(first),
        "last_seen": iso(last),
        "versions": list(history.blame.versions(sentence)),
        "authors": list(history.pages[sentence.spans[0].first].authors),
        "spans": [
            {
                "first_seen": iso(history.spells[span.first].first_seen),
                "last_seen": iso(history.spells[span.last].last_seen)
                if span.last < len(history.spells) - 1
                else None,
                "came_by": history.brought_by[span.first],
                "went_by": history.brought_by[span.last + 1] if span.last < len(history.spells) - 1 else None,
                "instead_of": span.instead_of,
                "became": became.get((sentence.id, span.last)),
            }
            for span in sentence.spans
        ],
    }


def _plain_told(told: Told) -> dict[str, Any]:
    return {
        "id": told.id,
        "kind": told.kinds[0],
        "kinds": list(told.kinds),
        "detected_at": iso(told.detected_at),
        "from": iso(told.from_at),
        "to": iso(told.to_at),
        "from_version": told.from_version,
        "to_version": told.to_version,
        "words_added": told.words_added,
        "words_removed": told.words_removed,
        "weight": told.weight,
        "stealth": told.stealth,
        "summary": told.summary,
        "reasons": list(told.reasons),
    }


# What both forms for people say.


def _about(history: History) -> Iterator[str]:
    count = len({spell.version for spell in history.spells})
    standing = standing_in_words(history.standing, history.reason)
    yield f"{history.outlet}, {standing}; {_many(count, 'version')}, {_many(len(history.changes), 'change')}"
    yield f"First seen {stamp(history.first_seen)} UTC, last seen {stamp(history.last_seen)} UTC"
    if history.unread:
        numbers = ", ".join(map(str, history.unread))
        yield f"Left out: version {numbers}, which {history.extractor} has not read; 'stet reextract' reads them."


def _now(history: History) -> str:
    return "The text" if history.standing in THERE else "The text as last seen"


def _several(history: History) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The fields that had more than one value."""
    told = [("Headlines", history.headlines), ("Bylines", history.bylines)]
    if not all(Sides(page, page).echoes for page in history.pages):
        told.insert(1, ("Standfirsts", history.standfirsts))
    for heading, lines in told:
        if len(lines) > 1:
            yield heading, lines


def _paragraphs(history: History) -> Iterator[list[_Chunk]]:
    """The text that stands, sentences that came together joined."""
    sentences = history.blame.sentences
    for paragraph in history.blame.layouts[-1] if history.blame.layouts else ():
        placed = [(sentences[each.sentence], each.text) for each in paragraph if each.sentence is not None]
        by_origin = groupby(placed, lambda each: (each[0].spans[0].first, len(each[0].spans)))
        yield [
            _Chunk("".join(text for _, text in same).rstrip(), first, stretches > 1)
            for (first, stretches), same in by_origin
        ]


def _origin(history: History, chunk: _Chunk) -> str:
    """What is said of a chunk that was not there from the first: by which change, and the byline it came with."""
    if not chunk.spell and not chunk.back:
        return ""
    change = history.brought_by[chunk.spell]
    said = [f"change {change}"] if change is not None else []
    said += [", ".join(history.pages[chunk.spell].authors)] if chunk.spell else []
    said += ["gone in between"] if chunk.back else []
    return "; ".join(filter(None, said))


def _until(history: History, sentence: Sentence) -> str:
    """How long something stood that stands no longer."""
    last = history.blame.seen(sentence)[1]
    versions = history.blame.versions(sentence)
    numbers = str(versions[0]) if len(versions) == 1 else f"{versions[0]}–{versions[-1]}"
    change = history.brought_by[sentence.spans[-1].last + 1]
    said = [f"until {_minute(last)}", f"version {numbers}"]
    said += [f"stood {len(sentence.spans)} times"] if len(sentence.spans) > 1 else []
    said += [f"change {change}"] if change is not None else []
    return ", ".join(said)


def _became(history: History, sentence: Sentence) -> Iterator[Run]:
    """A sentence that went, marked with what stands in its place."""
    later = history.blame.became.get((sentence.id, sentence.spans[-1].last))
    text = history.blame.sentences[later].text if later is not None else ""
    return (run for block in line_diff(sentence.text, text).blocks for run in block.runs)


def _told_text(told: Told) -> str:
    stealth = ", stealth" if told.stealth else ""
    return (
        f"Change {told.id}, version {told.from_version} → {told.to_version}, "
        f"weight {told.weight:.2f}{stealth}: {told.summary}"
    )


def _gap_text(gap: Gap) -> str:
    until = f"until {_minute(gap.until)}" if gap.until else "to this day"
    if not gap.looks:
        return f"{until}: {gap.why}"
    presences = ", ".join(gap.presences)
    return f"{until}, {_many(gap.looks, 'fetch', 'fetches')}: {presences}; {gap.why}"


def _many(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _minute(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "never before"


# Text.

_Row = tuple[str, list[Piece]]  # what stands in the gutter, and what beside it


def _sections(history: History) -> Iterator[tuple[str, list[_Row]]]:
    yield _now(history), [row for chunks in _paragraphs(history) for row in _chunk_rows(history, chunks)]
    yield "No longer there", [_gone_row(history, sentence) for sentence in history.blame.removed]
    for heading, lines in _several(history):
        yield heading, [(_minute(line.first_seen), [("", clean(line.text))]) for line in lines]
    yield "Changes", [(_minute(told.to_at), [("", clean(_told_text(told)))]) for told in history.changes]
    yield "Not seen", [(_minute(gap.since), [("", clean(_gap_text(gap)))]) for gap in history.gaps]
    yield "Standing", [(_minute(turn.at), [("", clean(step_in_words(turn)))]) for turn in history.turns]


def _chunk_rows(history: History, chunks: Iterable[_Chunk]) -> Iterator[_Row]:
    for chunk in chunks:
        origin = _origin(history, chunk)
        note = [("note", f"({clean(origin)}) ")] if origin else []
        yield _minute(history.spells[chunk.spell].first_seen), [*note, ("", clean(chunk.text))]


def _gone_row(history: History, sentence: Sentence) -> _Row:
    note = ("note", f"({_until(history, sentence)}) ")
    return _minute(history.blame.seen(sentence)[0]), [note, *styled(_became(history, sentence))]


def _hung(gutter: str, pieces: Sequence[Piece], width: int, *, colour: bool) -> str:
    """Text beside a gutter."""
    first, *rest = wrapped(pieces, width - _GUTTER, colour=colour).split("\n")
    head = wrapped([("note", gutter)], width, colour=colour) + " " * (_GUTTER - len(gutter))
    return "\n".join([head + first, *(" " * _GUTTER + line for line in rest)])


# HTML.

_Item = tuple[str, str, str]  # a time, what is said of it, and an anchor; HTML but for the anchor


def _listed(items: Iterable[_Item]) -> list[str]:
    rows = [
        f'<li{f" id={chr(34)}{anchor}{chr(34)}" if anchor else ""}>{time} <span dir="auto">{text}</span></li>'
        for time, text, anchor in items
    ]
    return ["<ul>", *rows, "</ul>"] if rows else []


def _paragraph(history: History, chunks: Iterable[_Chunk]) -> str:
    return f'<p dir="auto">{" ".join(_chunk(history, chunk) for chunk in chunks)}</p>'


def _chunk(history: History, chunk: _Chunk) -> str:
    origin, text = _origin(history, chunk), escape(clean(chunk.text))
    if not origin:
        return text
    change = history.brought_by[chunk.spell]
    said = escape(clean(origin))
    said = f'<a href="#change-{change}">{said}</a>' if change is not None else said
    when = _time(history.spells[chunk.spell].first_seen)
    return f'<span class="since"><small dir="ltr">since {when}, {said}:</small> {text}</span>'


def _gone(history: History, sentence: Sentence) -> _Item:
    note = f'<small dir="ltr">{escape(_until(history, sentence))}</small>'
    return _time(history.blame.seen(sentence)[0]), f"{note} {marked_up(_became(history, sentence))}", ""


def _line(line: Line) -> _Item:
    return _time(line.first_seen), escape(clean(line.text)), ""


def _told(told: Told) -> _Item:
    return _time(told.to_at), escape(clean(_told_text(told))), f"change-{told.id}"


def _time(moment: datetime | None) -> str:
    return f'<time dir="ltr" datetime="{iso(moment)}">{_minute(moment)}</time>' if moment else _minute(None)


_STYLE = """\
h2 { font-size: 1.15rem; margin-top: 2.5rem; }
ul { padding: 0; list-style: none; } li { margin: 0 0 .75rem; }
time, small { color: var(--faint); font: .85rem/1.5 system-ui, sans-serif; } a { color: inherit; }
.since { padding-inline-start: .4rem; border-inline-start: 3px solid var(--in); }"""
