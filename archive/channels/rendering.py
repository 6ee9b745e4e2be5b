"""Events → a message that people read: subject, plain text, HTML, and the same as data.

Knows what a reader of an alert wants: what it is about in the subject, the words that changed, when, where both
wordings are kept, why it came. A digest is grouped by outlet and has an end: what does not fit is listed, and what
cannot be listed is counted. Refuses to trust any text of a page: it is no markup, no link and no command here.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from archive.channels import letter_html, letter_text
from archive.channels.letter import Facts, Letter, Section
from archive.domain.essence import Pair, essence, harmless, line, reason_of
from archive.domain.excerpts import Excerpt, excerpt, of_words
from archive.domain.model import Standing
from archive.domain.rules import Event, Pace, What
from archive.domain.times import iso

__all__ = ["Pair", "Rendered", "render"]

SHOWN: Final = 25
"""Events of a message that are shown with their words."""

LISTED: Final = 200
"""Events of a message that have a line of their own; the rest is counted."""

SIZE: Final = 80_000
"""Characters of HTML with words shown: Gmail cuts off what is longer than 102 kB."""

WORDS: Final = 20_000
"""Characters of what went or came that a document holds of one event."""

_PACES = {Pace.HOURLY: "the last hour", Pace.DAILY: "the last day", Pace.WEEKLY: "the last week"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message in all its forms."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)


def render(
    events: Sequence[Event],
    *,
    rule: str,
    base_url: str,
    timezone: tzinfo,
    pace: Pace = Pace.AT_ONCE,
    diffs: Mapping[str, Pair] | None = None,
) -> Rendered:
    """Tell of `events`, one at least, which one rule took.

    `diffs` holds the two wordings of a change by the event's `subject`, without what is noise between them; where
    they are gone, the event's own words are shown. `base_url` is where the archive is served; without it there are
    no links to it.
    """
    told = sorted(events, key=lambda event: (event.what is not What.WATCH, event.outlet, event.at, event.subject))
    pairs, base = diffs or {}, base_url.rstrip("/")
    subject = _subject(told, rule, pace, pairs)
    sections = []
    for n, event in enumerate(told[:LISTED]):
        pair = pairs.get(event.subject)
        shown = _shown(event, pair, alone=len(told) == 1) if n < SHOWN else Excerpt(())
        sections.append(Section(event, essence(event, pair), shown, facts_of(event, base, timezone), n < SHOWN))
    letter = Letter(
        heading=subject,
        sections=tuple(sections),
        counted=len(told) - len(sections),
        rule=rule,
        archive=base,
        snooze=f"stet alerts snooze {_scope(told, rule)} --for 7d",
    )
    while len(html := letter_html.page(letter)) > SIZE and letter.shown > 1:
        letter = letter.shorter()
    return Rendered(
        subject=subject,
        text=letter_text.page(letter),
        html=html,
        document=_document(told, sections),
    )


def facts_of(event: Event, base: str, timezone: tzinfo) -> Facts:
    """The times and the links of an event."""

    def kept(at: datetime | None) -> str:
        web = event.url.startswith(("http://", "https://"))
        return f"{base}/web/{at.astimezone(UTC):%Y%m%d%H%M%S}/{_address(event.url)}" if base and at and web else ""

    is_change, proven = event.what is What.CHANGE, event.what in (What.CHANGE, What.STANDING)
    said = line(event.text, 600)
    return Facts(
        article=_address(event.url) if event.url.startswith(("http://", "https://")) else "",
        found=when(event.at, timezone),
        earlier=when(event.from_at, timezone),
        later=when(event.to_at, timezone),
        earlier_link=kept(event.from_at),
        later_link=kept(event.to_at),
        kept_link=kept(event.at) if event.what is What.STANDING else "",
        evidence=f"{base}/evidence/{event.what}/{event.id}" if base and proven else "",
        why=said if is_change else "; ".join(filter(None, (reason_of(event), said))),
        kinds=tuple(kind.replace("_", " ") for kind in event.kinds) if is_change else (),
    )


def when(moment: datetime | None, timezone: tzinfo) -> str:
    """`2026-11-22 15:30:05 CET (14:30:05 UTC)`; empty where there is none."""
    if moment is None:
        return ""
    here, there = moment.astimezone(timezone), moment.astimezone(UTC)
    if here.utcoffset() == there.utcoffset():
        return f"{there:%Y-%m-%d %H:%M:%S} UTC"
    beside = f"{there:%H:%M:%S} UTC" if here.date() == there.date() else f"{there:%Y-%m-%d %H:%M:%S} UTC"
    return f"{here:%Y-%m-%d %H:%M:%S %Z} ({beside})"


def _address(url: str) -> str:
    """An http or https address as it may stand in a message: no space and no sign ends it early."""
    return "".join(c if c.isprintable() and c not in ' "<>\\^`{|}' else f"%{ord(c):02X}" for c in harmless(url))


def _shown(event: Event, pair: Pair | None, *, alone: bool) -> Excerpt:
    parts, letters = (12, 6_000) if alone else (4, 1_500)
    if pair is not None:
        found = excerpt(*pair, parts=parts, letters=letters)
        if found.parts:
            return found
    stretches = list(of_words(event.removed, event.added))
    return Excerpt(tuple(stretches[:parts]), max(0, len(stretches) - parts))


def _scope(events: Sequence[Event], rule: str) -> str:
    """What would be snoozed: the article that all of it is about, or else the rule."""
    urls = {event.url for event in events if event.what in (What.CHANGE, What.STANDING)}
    if len(urls) == 1 and len(events) == 1:
        return f"--url {shlex.quote(harmless(urls.pop()))}"
    return f"--rule {shlex.quote(rule)}"


# In short --------------------------------------------------------------------------------------------


def _subject(events: Sequence[Event], rule: str, pace: Pace, pairs: Mapping[str, Pair]) -> str:
    if len(events) == 1:
        return essence(events[0], pairs.get(events[0].subject))
    counts = Counter(map(_sort, events))
    listed = ", ".join(f"{count:,} {name if count == 1 else plural}" for (name, plural), count in counts.items())
    outlets = sorted({event.outlet for event in events if event.outlet})
    at = (
        ""
        if not outlets
        else f" at {line(outlets[0], 40)}"
        if len(outlets) == 1
        else f" at {len(outlets)} outlets"
    )
    of = _PACES.get(pace)
    return f"{rule}: {listed}{at}" + (f" in {of}" if of else "")


def _sort(event: Event) -> tuple[str, str]:
    """What an event is counted as."""
    if event.what is What.CHANGE:
        return ("silent edit", "silent edits") if event.stealth else ("edit", "edits")
    if event.what is What.STANDING:
        if event.standing == Standing.TAKEN_DOWN:
            return "takedown", "takedowns"
        return "change of standing", "changes of standing"
    return ("notice", "notices") if event.what is What.NOTICE else ("warning about Stet", "warnings about Stet")


# As data ---------------------------------------------------------------------------------------------


def _document(events: Sequence[Event], sections: Sequence[Section]) -> dict[str, Any]:
    """As `webhook.schema.json` has it. Its texts are as they were published: who shows them must escape them."""
    return {"events": [_data(section) for section in sections], "more": len(events) - len(sections)}


def _data(section: Section) -> dict[str, Any]:
    event, facts = section.event, section.facts
    links = {
        "article": facts.article,
        "earlier": facts.earlier_link,
        "later": facts.later_link or facts.kept_link,
        "evidence": facts.evidence,
    }
    return {
        "subject": event.subject,
        "what": event.what.value,
        "id": event.id,
        "at": iso(event.at),
        "essence": section.essence,
        "text": event.text,
        "url": event.url,
        "outlet": event.outlet,
        "title": event.title,
        "tags": sorted(event.tags),
        "kinds": list(event.kinds),
        "weight": event.weight,
        "stealth": event.stealth,
        "removed": event.removed[:WORDS],
        "added": event.added[:WORDS],
        "standing": event.standing or None,
        "before": event.before or None,
        "reason": event.reason or None,
        "from_at": iso(event.from_at),
        "to_at": iso(event.to_at),
        "links": {name: link for name, link in links.items() if link},
    }
