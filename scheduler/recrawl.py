"""History + now → the next fetch, with the reason in words. Pure.

The pace follows the article's age (`archive.domain.pace`), and falls back to the quick one after an edit or a
hint.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.domain.model import Standing
from archive.domain.pace import GONE, by_age

#: A suspicion is followed up at least this soon, whatever the span is.
SUSPECTED = timedelta(hours=4)

#: A fetch that did not say whether the article is there is repeated this soon at the latest: outages last
#: hours, and an old article must not stay unseen for ten days more because its server slept at noon.
UNANSWERED = timedelta(hours=6)

#: Seeds: most outlets publish several times an hour in the daytime; feeds hold 20 to 50 entries.
SEED = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the policy looks at."""

    standing: Standing
    discovered: datetime
    published: datetime | None
    last_checked: datetime
    last_changed: datetime | None
    misses: int
    unanswered: bool = False  #: the last fetch met a barrier, or nobody
    hinted: tuple[datetime, str] | None = None  #: when the last hint came that holds still, and its kind


@dataclass(frozen=True, slots=True)
class Plan:
    """When to fetch next, and why then."""

    at: datetime
    why: str


def plan(history: History, *, confirmations: int, span: timedelta) -> Plan:
    """Plan the next fetch of an article that was just checked."""
    if history.standing is Standing.MISSING:  # also when unanswered: the suspicion is followed up at its pace
        pause = min(SUSPECTED, span / max(1, confirmations - 1)) if confirmations > 1 else span
        why = f"suspected missing: fetch {history.misses} of {confirmations} found it gone"
        return Plan(history.last_checked + pause, why)
    if history.standing is Standing.TAKEN_DOWN:
        return Plan(history.last_checked + GONE, "taken down: look for a restoration daily")
    hint_at, hint = history.hinted or (None, "")
    quiet_since = max(filter(None, (history.published or history.discovered, history.last_changed, hint_at)))
    quiet_since = min(quiet_since, history.last_checked)  # a date in the future is an outlet's slip
    age = history.last_checked - quiet_since
    pause = by_age(age)
    if history.unanswered and pause > UNANSWERED:
        return Plan(
            history.last_checked + UNANSWERED, f"the last fetch said nothing: again in {_words(UNANSWERED)}"
        )
    event = "edited" if history.last_changed == quiet_since else "published"
    event = f"hint ({hint.replace('_', ' ')})" if hint_at == quiet_since else event
    return Plan(history.last_checked + pause, f"{event} {_words(age)} ago: every {_words(pause)}")


def _words(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes:.0f} minutes"
