"""When upkeep is due, by what was done: over restarts, clocks that are set, and years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import due

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("last", "grown", "closed", "expected"),
    [
        (None, True, False, True),  # a home's first records
        (NOW - HOUR, True, False, True),
        (NOW - HOUR / 2, True, False, False),
        (NOW - HOUR / 2, True, True, True),  # a file was closed: it is sealed at once
        (NOW - DAY, False, False, False),  # nothing came since
        (NOW + DAY, True, False, True),  # that head was signed by a clock that was wrong
    ],
)
def test_the_books_are_kept_hourly_and_when_a_file_is_closed(last, grown, closed, expected):
    assert due.books(last=last, grown=grown, closed=closed, now=NOW) is expected


# Proving.


def proof(**said) -> bool:
    known = {"oldest": NOW - 10 * DAY, "last": NOW - DAY, "next_bytes": 10, "total": 100, "every": 30 * DAY}
    return due.proof(**{**known, "now": NOW, **said})


def test_slices_are_spread_over_the_time_for_all():
    assert not proof(last=NOW - 2.3 * DAY)
    assert proof(last=NOW - 2.4 * DAY)  # a tenth of 30 days, and a fifth of that to spare


def test_what_is_nearly_late_is_not_waited_for():
    assert proof(oldest=NOW - 27 * DAY, last=NOW)
    assert not proof(oldest=NOW - 26 * DAY, last=NOW)


def test_nothing_is_proven_where_there_is_nothing_or_nobody_wants_it():
    assert not proof(total=0, oldest=None, last=None)
    assert not proof(every=timedelta(0), oldest=NOW - 999 * DAY)


def test_a_small_archive_is_proven_in_one_slice():
    assert not proof(next_bytes=100, oldest=NOW - 23 * DAY, last=NOW - 23 * DAY)
    assert proof(next_bytes=100, oldest=NOW - 24 * DAY, last=NOW - 24 * DAY)


def test_a_proof_that_is_dated_in_the_future_holds_nobody_up():
    assert proof(last=NOW + 99 * DAY, oldest=NOW - 3 * DAY)


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 100), min_size=1, max_size=40),
    growth=st.integers(0, 20),
    away=st.integers(0, 20),
    looks=st.sampled_from([HOUR, 3 * HOUR]),
)
def test_everything_comes_round_in_time(sizes, growth, away, looks):
    """For four months: `growth` files more a month, and the daemon was `away` for so many days before."""
    every, budget = 30 * DAY, 120
    known = [(NOW - away * DAY, size) for size in sizes]  # when each was proven or sealed, and its size
    proven: datetime | None = None
    now, end, added = NOW, NOW + 120 * DAY, 0
    while now < end:
        while added < growth * (now - NOW) / every:
            known.append((now, sizes[added % len(sizes)]))
            added += 1
        known.sort()
        total = sum(size for _, size in known)
        count, size = 1, known[0][1]
        while count < len(known) and size + known[count][1] <= budget:
            count, size = count + 1, size + known[count][1]
        if due.proof(oldest=known[0][0], last=proven, next_bytes=size, total=total, every=every, now=now):
            known = [*known[count:], *((now, each) for _, each in known[:count])]
            proven = now
        assert now - min(known)[0] <= every
        now += looks


# Backups.


def test_the_first_backup_is_made_at_once_and_then_one_each_night():
    assert due.backup(last=None, now=NOW, zone=UTC_ZONE)
    night = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert due.last_night(NOW, UTC_ZONE) == night
    assert due.backup(last=night - HOUR, now=NOW, zone=UTC_ZONE)
    assert not due.backup(last=night + HOUR, now=NOW, zone=UTC_ZONE)
    assert not due.backup(last=night + HOUR, now=night + 23 * HOUR, zone=UTC_ZONE)
    assert due.backup(last=night + HOUR, now=night + 24 * HOUR, zone=UTC_ZONE)


@pytest.mark.parametrize("name", ["Europe/Vienna", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"])
def test_where_clocks_are_changed_each_day_has_one_night(name):
    """Looked at every ten minutes for a year, there is one backup a day of the zone, at the same time of day."""
    zone = ZoneInfo(name)
    now, last, made = datetime(2026, 1, 1, 12, tzinfo=UTC), None, []
    while now < datetime(2027, 1, 1, 12, tzinfo=UTC):
        if due.backup(last=last, now=now, zone=zone):
            last = now
            made.append(now.astimezone(zone))
        now += timedelta(minutes=10)
    nights = made[1:]
    assert len({one.date() for one in nights}) == len(nights) == 365
    assert {(one.hour, one.minute) for one in nights} == {(4, 30)}
