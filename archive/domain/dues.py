"""When something is to be told: at once, with the next digest, and never in quiet hours. Pure.

Hours are those of a clock on somebody's wall: where it is moved, a day has 23 hours or 25, and a digest at seven
still comes at seven. The time zone is an argument.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from archive.domain.rules import Pace, Quiet

DIGEST: Final = time(7)
"""When daily and weekly digests come: before the day's first meeting."""

WEEKDAY: Final = 0
"""Monday, the day of weekly digests."""

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def due(at: datetime, pace: Pace, quiet: Quiet | None, *, zone: tzinfo, gather: timedelta) -> datetime:
    """When what was found at `at` is to be told: with all that comes within `gather`, or with the next digest."""
    return after_quiet(_paced(at.astimezone(UTC), pace, zone, gather), quiet, zone)


def _paced(at: datetime, pace: Pace, zone: tzinfo, gather: timedelta) -> datetime:
    if pace is Pace.AT_ONCE:
        return at + gather
    if pace is Pace.HOURLY:
        return _next_hour(at, zone)
    day = at.astimezone(zone).date()
    while True:
        moment = moments(day, DIGEST, zone)[0]
        comes = moment.astimezone(zone).time() == DIGEST  # a zone may leave out a whole day
        if comes and moment > at and (pace is Pace.DAILY or day.weekday() == WEEKDAY):
            return moment
        day += _DAY


def _next_hour(at: datetime, zone: tzinfo) -> datetime:
    """The next full hour on the wall; some zones are half an hour off, and one moves its clock by as much."""
    moment = at
    while True:
        local = moment.astimezone(zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        if moment > at and not past:
            return moment
        moment += timedelta(hours=1) - past


def is_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> bool:
    """Whether nobody is to be told anything at `moment`."""
    if quiet is None:
        return False
    now = moment.astimezone(zone).time()
    if quiet.start <= quiet.end:
        return quiet.start <= now < quiet.end
    return now >= quiet.start or now < quiet.end


def after_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """`moment`, or the end of the quiet hours that it falls in."""
    if quiet is None or not is_quiet(moment, quiet, zone):
        return moment
    moment = moment.astimezone(UTC)  # two times of one zone are compared by their looks
    day = moment.astimezone(zone).date()
    ends = [end for n in range(-1, 3) for end in moments(day + n * _DAY, quiet.end, zone)]
    return min(end for end in ends if end > moment and not is_quiet(end, quiet, zone))


def moments(day: date, clock: time, zone: tzinfo) -> list[datetime]:
    """When the clocks of `zone` show this time on this day: once; twice, in order, if they are set back over it.

    If they are set forward over it, the moment when they are.
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first < second:
        return [first, second]
    if first == second:
        return [first]
    early, late = second, first  # PEP 495: in a gap, fold 0 has the offset from before it, and so comes later
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        skipped = middle.astimezone(zone).replace(tzinfo=None) >= local.replace(tzinfo=None)
        early, late = (early, middle) if skipped else (middle, late)
    return [late.replace(microsecond=0)]


# Trying again --------------------------------------------------------------------------------------

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=4)
"""Between two tries of a message: twice as long each time, up to this. RFC 5321 section 4.5.4.1 has mail servers
try for four or five days, and pause for thirty minutes at least; a webhook may be back sooner."""

LONGEST_AFTER: Final = timedelta(days=1)
"""A receiver that asks for more patience than this is asked again then: it may have meant another clock."""


def next_try(tries: int, now: datetime, *, until: datetime, after: timedelta | None = None) -> datetime | None:
    """When a message is tried again that failed at its try number `tries`; None: it is given up.

    `after` is what the receiver asked for. The last try is at `until`, or when that asks for it.
    """
    if now >= until:
        return None
    pause = min(FIRST_PAUSE * (1 << min(tries - 1, 20)), LONGEST_PAUSE)
    asked = min(after, LONGEST_AFTER) if after is not None else _NO_TIME
    return max(min(now + pause, until), now + asked)


_NO_TIME = timedelta(0)
