"""A message in plain text: no line is longer than terminals and mail programs show."""

from __future__ import annotations

from collections.abc import Iterator

from archive.channels.letter import Facts, Letter, Section
from archive.domain.diff import Run
from archive.domain.essence import harmless, title_of
from archive.domain.excerpts import Excerpt, Part, direction, spaced
from archive.domain.rendering import styled, wrapped
from archive.domain.rules import What

WIDTH = 74


def page(letter: Letter) -> str:
    """The message."""
    alone = len(letter.sections) == 1 and not letter.counted
    lines = [_words(letter.heading), ""]
    if not alone:
        lines += [*_contents(letter), ""]
    number = 0
    for outlet, sections in letter.groups:
        if not alone and any(section.shown for section in sections):
            lines += [f"== {outlet} " + "=" * max(0, WIDTH - len(outlet) - 4), ""]
        for section in sections:
            number += 1
            if section.shown:
                lines += ([] if alone else [_words(f"{number}. {section.essence}"), ""]) + list(_section(section))
    lines += ["-- ", *_foot(letter)]  # RFC 3676 section 4.3: what follows is no part of the news
    return "\n".join(lines) + "\n"


def _contents(letter: Letter) -> Iterator[str]:
    number = 0
    for outlet, sections in letter.groups:
        yield f"{outlet} ({len(sections)})"
        for section in sections:
            number += 1
            yield _words(f"{number}. {section.essence}", indent="  ")
    if letter.counted:
        yield f"and {letter.counted:,} more, which 'stet alerts list' shows"


def _section(section: Section) -> Iterator[str]:
    facts = section.facts
    if section.event.what in (What.CHANGE, What.STANDING):
        yield _words(title_of(section.event), indent="  ")
    if facts.article:
        yield f"  {facts.article}"
        yield ""
    yield from _excerpt(section.excerpt)
    for name, value in _facts(section.event.what, facts):
        yield _words(f"{name}: {value}")
        for link in _links(name, facts):
            yield f"  {link}"
    yield ""


def _excerpt(excerpt: Excerpt) -> Iterator[str]:
    for part in excerpt.parts:
        yield from _part(part)
        yield ""
    if excerpt.left_out:
        yield f"  … and {excerpt.left_out:,} more places"
        yield ""


def _part(part: Part) -> Iterator[str]:
    runs = [Run(run.mark, harmless(run.text)) for run in spaced(part.runs)]
    pieces = [("", f"{part.name}: ")] if part.name else []
    # A line that is read from the right is so as a whole, and has its full stop at its end: UAX #9, RLI and PDI.
    left, right = ("\u2067", "\u2069") if direction("".join(run.text for run in runs)) == "rtl" else ("", "")
    for line in wrapped([*pieces, *styled(runs)], WIDTH - 4, colour=False).split("\n"):
        yield f"  | {left}{line}{right}"


_EARLIER, _LATER = "Earlier wording, last seen", "Later wording, first seen"
_THERE, _SEEN, _EVIDENCE = "Last there", "Seen", "Evidence"


def _facts(what: What, facts: Facts) -> Iterator[tuple[str, str]]:
    if what is What.CHANGE:
        yield "What changed", facts.why
        if facts.kinds:
            yield "Kinds", ", ".join(facts.kinds)
        if facts.earlier:
            yield _EARLIER, facts.earlier
        if facts.later:
            yield _LATER, facts.later
    else:
        yield "Why" if what is What.STANDING else "What", facts.why
        if facts.earlier:
            yield _THERE, facts.earlier
        yield _SEEN, facts.found
    if facts.evidence:
        yield _EVIDENCE, "the records themselves, to be checked without Stet"


def _links(name: str, facts: Facts) -> list[str]:
    links = {
        _EARLIER: facts.earlier_link,
        _LATER: facts.later_link,
        _THERE: facts.earlier_link,
        _SEEN: facts.kept_link,
        _EVIDENCE: facts.evidence,
    }
    return [link for link in (links.get(name),) if link]


def _foot(letter: Letter) -> Iterator[str]:
    if letter.has_words:
        yield "[-went-] {+came+}"
    where = f" at {letter.archive}" if letter.archive else ""
    yield _words(f"You are told this by the rule '{letter.rule}' of Stet{where}.")
    yield "To hear no more of it for a week:"
    yield f"  {letter.snooze}"


def _words(text: str, indent: str = "") -> str:
    lines = wrapped([("", text)], WIDTH - len(indent), colour=False).split("\n")
    return "\n".join(f"{indent}{line}" for line in lines)
