"""What is told → the one line that people read of it. Pure.

Knows how a change and a step of a standing are said in a few words. Refuses to trust a page: what it quotes is one
line, is short, and turns no other words round.
"""

from __future__ import annotations

import regex

from archive.domain.excerpts import direction, foremost
from archive.domain.model import Extraction, Reason, Standing
from archive.domain.rules import Event, What

Pair = tuple[Extraction, Extraction]
"""The earlier and the later wording of a change."""

QUOTED = 48
"""Characters of an edit that a line quotes; of a longer one it tells the outline."""

TITLE = 90
"""Characters of a title. Chosen: mail clients show some 70 to 100 of a subject in all."""

_CONTROLS = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029]")  # they drive terminals and end lines
_TURNS = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")  # UAX #9: embeddings, overrides, isolates

_REASONS = {
    Reason.NOT_FOUND: "the page is not found",
    Reason.GONE: "the server says that it is gone",
    Reason.LEGAL: "for legal reasons, as the server says",
    Reason.SOFT_404: "its address shows a page that says so",
    Reason.REDIRECTED: "its address leads elsewhere",
    Reason.EMPTIED: "the page is there, and its text is not",
    Reason.RETRACTED: "the page says that it was retracted",
    Reason.OUTLET_OFFLINE: "the whole outlet is offline",
    Reason.GEO_BLOCKED: "it is there from elsewhere",
}
_STEPS = {
    Standing.TAKEN_DOWN: "took down",
    Standing.MISSING: "may have taken down",
    Standing.MOVED: "moved",
    Standing.UNREACHABLE: "cannot be reached for",
    Standing.BARRED: "does not let us read",
}


def harmless(text: str) -> str:
    """A page's text on one line, without what turns the words after it round."""
    return _TURNS.sub("", _CONTROLS.sub(" ", text))


def line(text: str, limit: int) -> str:
    """A page's text on one line, cut between words."""
    plain = " ".join(harmless(text).split())
    if len(plain) <= limit:
        return plain
    cut = plain[:limit].rstrip()
    head = cut.rpartition(" ")[0]
    return f"{head if len(head) > limit // 2 else cut} …"


def isolated(text: str) -> str:
    """Foreign words for the midst of ours: what is read from the right keeps its order and takes ours along."""
    return f"\u2068{text}\u2069" if direction(text) == "rtl" else text


def title_of(event: Event) -> str:
    """The article's title, or its address where it has none."""
    return line(event.title or event.url, TITLE)


def essence(event: Event, pair: Pair | None = None) -> str:
    """The event in one line: `herald changed “denied” to “confirmed”, silently: Minister denies report`."""
    outlet = line(event.outlet, TITLE)
    if event.what is What.CHANGE:
        silently = ", silently" if event.stealth else ""
        return f"{outlet} {_change(event, pair)}{silently}: {isolated(title_of(event))}"
    if event.what is What.STANDING:
        return f"{outlet} {_step(event)}: {isolated(title_of(event))}"
    said = line(event.text, 2 * TITLE)
    if event.what is What.WATCH:
        return f"Stet: {said}"
    return said if outlet.lower() in said.lower() else f"{outlet}: {said}"


def reason_of(event: Event) -> str:
    """Why a standing is held, in words; nothing where there is none."""
    return _REASONS.get(Reason(event.reason), "") if event.reason in tuple(Reason) else ""


def _change(event: Event, pair: Pair | None) -> str:
    found = foremost(*pair, letters=QUOTED) if pair else None
    place, removed, added, more = "", "", "", ""
    if found is not None:
        place, removed, added = found.name, found.edit.removed, found.edit.added
        more = " and more" if found.others else ""
    elif pair is None and not ("\n" in event.removed or "\n" in event.added):
        removed, added = event.removed, event.added
    removed, added = (" ".join(harmless(text).split()) for text in (removed, added))
    where = " in the headline" if place else ""
    if max(len(removed), len(added)) <= QUOTED:
        if removed and added:
            return f"changed {_quoted(removed)} to {_quoted(added)}{where}{more}"
        if removed or added:
            return f"{'took out' if removed else 'put in'} {_quoted(removed or added)}{where}{more}"
    said = line(event.text, TITLE).rstrip(".")
    return f"edited ({said[:1].lower()}{said[1:]})" if said else "edited"


def _quoted(text: str) -> str:
    return f"“{isolated(text)}”"


def _step(event: Event) -> str:
    if event.standing == Standing.LIVE:
        gone = event.before in (Standing.TAKEN_DOWN, Standing.MISSING)
        return "put back" if gone else "can be read again"
    return _STEPS.get(Standing(event.standing), "changed") if event.standing in tuple(Standing) else "changed"
