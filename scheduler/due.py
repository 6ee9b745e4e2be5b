"""When the daemon looks after what is kept: what was done, and now → whether it is due. Pure.

What was done is read off the files and the database, so that it holds over restarts. A time that lies in the
future was written by a clock that was wrong, and says nothing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

BOOKS: Final = timedelta(hours=1)
"""Between two heads while files are open. An authority is asked for a timestamp as often, by default."""

NIGHT: Final = time(4, 30)
"""When backups are made, by the time zone of the alerts: outlets publish least then, and where summer time begins
the clock skips an earlier hour."""

SPREAD: Final = 0.8
"""Part of the time for proving everything over which its slices are spread."""

LATE: Final = 0.9
"""Part of that time after which a file is proven without waiting for its slice."""


def books(*, last: datetime | None, grown: bool, closed: bool, now: datetime) -> bool:
    """Whether seals and log are to be brought up to date.

    `last` is the time of the last head, `grown` that something was kept since, `closed` that a file has no seal.
    """
    if closed:
        return True
    return grown and (last is None or last > now or now - last >= BOOKS)


def proof(
    *,
    oldest: datetime | None,
    last: datetime | None,
    next_bytes: int,
    total: int,
    every: timedelta,
    now: datetime,
) -> bool:
    """Whether a slice of all that is kept is to be proven.

    Everything comes round within `every`: slices are spread evenly, and what is nearly late is not waited for.
    `oldest` is when the file that is next was proven, or sealed; `last` when any was; `next_bytes` the next slice.
    """
    if not every or not total:
        return False
    if oldest is None or oldest > now or now - oldest >= every * LATE:
        return True
    if last is None or last > now:
        last = oldest  # nothing was proven here yet: the first slice comes when it would be its turn
    return now - last >= every * SPREAD * next_bytes / total


def backup(*, last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a backup is to be made: at once where there is none, then after each night's quiet hour."""
    return last is None or last < last_night(now, zone)


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The last quiet hour that is over."""
    here = now.astimezone(zone)
    night = datetime.combine(here.date(), NIGHT, tzinfo=zone)
    if night.astimezone(now.tzinfo) > now:
        night = datetime.combine(here.date() - timedelta(days=1), NIGHT, tzinfo=zone)
    return night.astimezone(now.tzinfo)
