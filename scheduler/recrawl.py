"""History + now → the next fetch, with the reason in words. Pure.

The pace follows the article's age (`archive.domain.pace`), falls back to the quick one after an edit, and
never stops. What is suspected, barred or taken down has a pace of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.domain.model import Standing
from archive.domain.pace import DOWN_STEPS, by_age

#: A suspicion has a pace of its own: at least this often in the span in which it is confirmed, and twice as often
#: as there must be bad fetches, so that a few that meet a sick server delay nothing. Chosen.
LOOKS_IN_SPAN = 6
SUSPECTED_LEAST = timedelta(minutes=10)
SUSPECTED_MOST = timedelta(hours=12)

#: A fetch that did not say whether the article is there is repeated this soon at the latest: outages last
#: hours, and an old article must not stay unseen for ten days more because its server slept at noon.
UNANSWERED = timedelta(hours=6)

#: While an outage of the outlet is open, what was not there is not asked for more often than this: young articles
#: see its end, and a sick server is left alone.
OUTAGE = timedelta(hours=1)

#: Barred and unreachable articles: hours while it may be a fault, then daily. Chosen: what lasts for more than two
#: days is meant so, or waits for somebody who is on holiday.
BARRED_STEPS = ((timedelta(days=2), UNANSWERED), (timedelta.max, timedelta(days=1)))

#: A hint pulls the next fetch to so soon after it; the pauses after that double until they are the usual ones.
HINTED = timedelta(hours=1)

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
    unanswered: bool = False  #: the last fetch did not see it, and opened no suspicion
    since: datetime | None = None  #: of the standing
    offline: bool = False  #: it is unreachable because the whole outlet is offline
    outage: bool = False  #: many articles of the outlet fail together, now
    hinted: datetime | None = None  #: when the last hint came that it may be gone, or go


@dataclass(frozen=True, slots=True)
class Plan:
    """When to fetch next, and why then."""

    at: datetime
    why: str


def plan(history: History, *, confirmations: int, span: timedelta) -> Plan:
    """Plan the next fetch of an article that was just checked."""
    pause, why = _usual(history, confirmations, span)
    if history.hinted is not None and history.standing in (Standing.LIVE, Standing.MOVED):
        since = max(HINTED, history.last_checked - history.hinted)
        if since < pause:
            pause, why = since, f"a hint that it may be gone: again in {_words(since)}"
    return Plan(history.last_checked + pause, why)


def pulled(hinted: datetime, planned: datetime | None) -> Plan | None:
    """The plan of an article that a hint came for at `hinted`, where it is better than what is `planned`."""
    at = hinted + HINTED
    return Plan(at, f"a hint that it may be gone: within {_words(HINTED)}") if planned and at < planned else None


def _usual(history: History, confirmations: int, span: timedelta) -> tuple[timedelta, str]:
    """Pause and reason as the standing has them."""
    standing = history.standing
    held_back = history.outage and (history.unanswered or standing is Standing.MISSING)
    if standing is Standing.MISSING and not held_back:  # also when unanswered: it is followed up at its pace
        pause = min(_by_age(history)[0], suspected(confirmations, span))
        return pause, f"suspected missing: fetch {history.misses} of {confirmations} found it gone"
    if standing is Standing.TAKEN_DOWN:
        pause = _step(history, DOWN_STEPS)
        return pause, f"taken down: look for a restoration {_often(pause)}"
    if standing in (Standing.BARRED, Standing.UNREACHABLE):
        pause = _step(history, DOWN_STEPS if history.offline else BARRED_STEPS)
        return pause, f"{'its outlet is offline' if history.offline else standing.value}: again {_often(pause)}"
    pause, why = _by_age(history)
    if held_back:
        pause = min(max(pause, OUTAGE), UNANSWERED)
        return pause, f"its outlet has an outage: again in {_words(pause)}"
    if history.unanswered and pause > UNANSWERED:
        return UNANSWERED, f"the last fetch said nothing: again in {_words(UNANSWERED)}"
    return pause, why


def suspected(confirmations: int, span: timedelta) -> timedelta:
    """The pace of suspicions."""
    pause = span / max(LOOKS_IN_SPAN, 2 * confirmations)
    return min(max(pause, SUSPECTED_LEAST), SUSPECTED_MOST)


def _by_age(history: History) -> tuple[timedelta, str]:
    quiet_since = max(filter(None, (history.published or history.discovered, history.last_changed)))
    quiet_since = min(quiet_since, history.last_checked)  # a date in the future is an outlet's slip
    age = history.last_checked - quiet_since
    pause = by_age(age)
    event = "edited" if history.last_changed == quiet_since else "published"
    return pause, f"{event} {_words(age)} ago: every {_words(pause)}"


def _step(history: History, steps: tuple[tuple[timedelta, timedelta], ...]) -> timedelta:
    held = history.last_checked - (history.since or history.last_checked)
    return next(pause for limit, pause in steps if held < limit)


def _often(pause: timedelta) -> str:
    return {timedelta(days=1): "daily", timedelta(days=7): "weekly"}.get(pause, f"in {_words(pause)}")


def _words(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes:.0f} minutes"
