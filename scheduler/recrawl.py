"""History + rates + price + now → the next fetch, with the reason in words. Pure.

The pace of what is there follows how often it is likely to be edited or removed (`scheduler.rates`), what a fetch
costs just now and whom the article matters to (`scheduler.allocation`); it never stops. What is suspected, barred
or taken down has a pace of its own, and hints pull a fetch forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final
from zlib import crc32

from archive.domain.model import Standing
from archive.domain.pace import DOWN_STEPS, LAST_STEP, by_age, longest
from scheduler.allocation import PRICE, pause
from scheduler.rates import SHOCKS, UNKNOWN, Rates, own

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

#: No page is looked at more often than this in the usual case: nobody reads faster, and no host likes it.
SHORTEST = timedelta(minutes=10)

#: However dear a fetch is: an article is seen again within so long.
STRETCHED = 4 * LAST_STEP

#: A pause is longer or shorter by up to this share, so that articles that were found together part.
JITTER = 0.05

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the policy looks at."""

    standing: Standing
    discovered: datetime
    published: datetime | None
    last_checked: datetime
    last_changed: datetime | None
    misses: int
    id: int = 0  #: by which articles that were found together part
    first_seen: datetime | None = None
    edits: Sequence[tuple[datetime, datetime]] = ()  #: last seen as it was, first seen as it then was; in order
    interest: float = 1.0
    section: str = ""  #: of its outlet
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is expected of an article at its age, in events a day."""

    quiet: timedelta  #: since it was published, or since the last edit
    edits: float
    removals: float
    times: float  #: as many edits as are usual at its outlet, by its own history


def plan(
    history: History, *, confirmations: int, span: timedelta, rates: Rates = UNKNOWN, price: float = 1.0
) -> Plan:
    """Plan the next fetch of an article that was just checked. `price`: in multiples of the usual one."""
    wait, why = _usual(history, confirmations, span, rates, price)
    if history.hinted is not None and history.standing in (Standing.LIVE, Standing.MOVED):
        since = max(HINTED, history.last_checked - history.hinted)
        if since < wait:
            wait, why = since, f"a hint that it may be gone: again in {words(since)}"
    return Plan(history.last_checked + wait, why)


def age(history: History) -> float:
    """Days since an article was published, at its last look."""
    return _days(history.last_checked - _born(history)[0])


def outlook(history: History, rates: Rates = UNKNOWN) -> Outlook:
    """What is expected of an article, by its age, its outlet and its own history."""
    born, quiet_since = _born(history)
    since = _days(history.last_checked - quiet_since)
    times = _times(history, rates, born)
    edits = times * rates.sections.get(history.section, 1.0) * rates.edits.at(age(history))
    return Outlook(
        quiet=history.last_checked - quiet_since,
        edits=edits + (SHOCKS.at(since) if quiet_since > born else 0.0),
        removals=rates.removals.at(age(history)),
        times=times,
    )


def _usual(
    history: History, confirmations: int, span: timedelta, rates: Rates, price: float
) -> tuple[timedelta, str]:
    """Pause and reason as the standing has them."""
    standing = history.standing
    held_back = history.outage and (history.unanswered or standing is Standing.MISSING)
    if standing is Standing.MISSING and not held_back:  # also when unanswered: it is followed up at its pace
        wait = min(by_age(history.last_checked - _born(history)[1]), suspected(confirmations, span))
        return wait, f"suspected missing: fetch {history.misses} of {confirmations} found it gone"
    if standing is Standing.TAKEN_DOWN:
        wait = _step(history, DOWN_STEPS)
        return wait, f"taken down: look for a restoration {_often(wait)}"
    if standing in (Standing.BARRED, Standing.UNREACHABLE):
        wait = _step(history, DOWN_STEPS if history.offline else BARRED_STEPS)
        return wait, f"{'its outlet is offline' if history.offline else standing.value}: again {_often(wait)}"
    wait, why = _paced(history, rates, price)
    if held_back:
        wait = min(max(wait, OUTAGE), UNANSWERED)
        return wait, f"its outlet has an outage: again in {words(wait)}"
    if history.unanswered and wait > UNANSWERED:
        return UNANSWERED, f"the last fetch said nothing: again in {words(UNANSWERED)}"
    return wait, why


def suspected(confirmations: int, span: timedelta) -> timedelta:
    """The pace of suspicions."""
    wait = span / max(LOOKS_IN_SPAN, 2 * confirmations)
    return min(max(wait, SUSPECTED_LEAST), SUSPECTED_MOST)


def _paced(history: History, rates: Rates, price: float) -> tuple[timedelta, str]:
    """By how often it is likely to be edited or removed."""
    born, quiet_since = _born(history)
    quiet = history.last_checked - quiet_since
    most = min(longest(quiet) * sqrt(price), STRETCHED)
    times = _times(history, rates, born) * rates.sections.get(history.section, 1.0)
    days = pause(
        age(history),
        rates.edits,
        rates.removals,
        PRICE * price / history.interest,
        times=times,
        since=_days(quiet) if quiet_since > born else None,
        shocks=SHOCKS,
        longest=_days(most),
    )
    wait = min(max(timedelta(days=days * _jitter(history)), SHORTEST), most)
    return wait, f"{'edited' if quiet_since > born else 'published'} {words(quiet)} ago: again in {words(wait)}"


def _born(history: History) -> tuple[datetime, datetime]:
    """When it was published, and since when it is quiet. A date in the future is an outlet's slip."""
    born = min(history.published or history.discovered, history.last_checked)
    return born, max(born, min(history.last_changed or born, history.last_checked))


def _times(history: History, rates: Rates, born: datetime) -> float:
    edits = [(max(0.0, _days(begin - born)), max(0.0, _days(end - born))) for begin, end in history.edits]
    first = max(0.0, _days((history.first_seen or history.last_checked) - born))
    level = rates.sections.get(history.section, 1.0)
    return own(edits, rates.edits, first, _days(history.last_checked - born), level=level)


def _jitter(history: History) -> float:
    """Around 1, and always the same for the same article: those that were found together part more and more."""
    drawn = crc32(str(history.id).encode()) / 2**32
    return 1 + JITTER * (2 * drawn - 1)


def _days(span: timedelta) -> float:
    return span / _DAY


def _step(history: History, steps: tuple[tuple[timedelta, timedelta], ...]) -> timedelta:
    held = history.last_checked - (history.since or history.last_checked)
    return next(pause for limit, pause in steps if held < limit)


def _often(wait: timedelta) -> str:
    return {timedelta(days=1): "daily", timedelta(days=7): "weekly"}.get(wait, f"in {words(wait)}")


def words(span: timedelta) -> str:
    """A span for people."""
    minutes = span.total_seconds() / 60
    for unit, size in (("years", 525_960), ("months", 43_830), ("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes:.0f} minutes"
