"""When alerts are due: at once, with digests, out of quiet hours, on both nights when clocks are moved; laws."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.domain.dues import (
    DIGEST,
    LONGEST_AFTER,
    LONGEST_PAUSE,
    after_quiet,
    due,
    is_quiet,
    moments,
    next_try,
)
from archive.domain.rules import Pace, Quiet

GATHER = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NIGHT = Quiet(time(22), time(7))
VIENNA = ZoneInfo("Europe/Vienna")


def told(at: str, pace: Pace, quiet: Quiet | None = None, zone: str = "Europe/Vienna") -> str:
    """Local time in, local time out."""
    where = ZoneInfo(zone)
    when = due(datetime.fromisoformat(at).replace(tzinfo=where), pace, quiet, zone=where, gather=GATHER)
    return f"{when.astimezone(where):%Y-%m-%d %H:%M%z}"


DUES = [
    ("2026-03-02 08:00", Pace.AT_ONCE, None, "2026-03-02 08:01+0100"),
    ("2026-03-02 08:00", Pace.HOURLY, None, "2026-03-02 09:00+0100"),  # exactly on the hour: the next one
    ("2026-03-02 08:59", Pace.HOURLY, None, "2026-03-02 09:00+0100"),
    ("2026-03-02 06:59", Pace.DAILY, None, "2026-03-02 07:00+0100"),
    ("2026-03-02 07:00", Pace.DAILY, None, "2026-03-03 07:00+0100"),
    ("2026-03-02 06:59", Pace.WEEKLY, None, "2026-03-02 07:00+0100"),  # a Monday
    ("2026-03-02 07:00", Pace.WEEKLY, None, "2026-03-09 07:00+0100"),
    ("2026-03-08 23:00", Pace.WEEKLY, None, "2026-03-09 07:00+0100"),
    # Clocks go forward in the night to 29 March 2026, and back in the night to 25 October.
    ("2026-03-28 08:00", Pace.DAILY, None, "2026-03-29 07:00+0200"),
    ("2026-03-23 08:00", Pace.WEEKLY, None, "2026-03-30 07:00+0200"),
    ("2026-03-29 01:30", Pace.HOURLY, None, "2026-03-29 03:00+0200"),
    ("2026-10-24 08:00", Pace.DAILY, None, "2026-10-25 07:00+0100"),
    ("2026-10-19 08:00", Pace.WEEKLY, None, "2026-10-26 07:00+0100"),
    ("2026-10-25 02:30", Pace.HOURLY, None, "2026-10-25 02:00+0100"),  # the hour that comes twice
    # Quiet hours.
    ("2026-03-02 21:58", Pace.AT_ONCE, NIGHT, "2026-03-02 21:59+0100"),
    ("2026-03-02 21:59", Pace.AT_ONCE, NIGHT, "2026-03-03 07:00+0100"),  # it would be 22:00
    ("2026-03-03 03:00", Pace.AT_ONCE, NIGHT, "2026-03-03 07:00+0100"),
    ("2026-03-03 06:59", Pace.AT_ONCE, NIGHT, "2026-03-03 07:00+0100"),
    ("2026-03-28 23:00", Pace.AT_ONCE, NIGHT, "2026-03-29 07:00+0200"),
    ("2026-10-24 23:00", Pace.AT_ONCE, NIGHT, "2026-10-25 07:00+0100"),
    ("2026-03-02 23:30", Pace.HOURLY, NIGHT, "2026-03-03 07:00+0100"),
    ("2026-03-02 23:30", Pace.DAILY, Quiet(time(22), time(8, 30)), "2026-03-03 08:30+0100"),
    ("2026-03-02 12:30", Pace.AT_ONCE, Quiet(time(12), time(13)), "2026-03-02 13:00+0100"),
    # The end that is skipped: the clock shows 02:30 never, and 03:00 at that moment.
    ("2026-03-29 01:00", Pace.AT_ONCE, Quiet(time(22), time(2, 30)), "2026-03-29 03:00+0200"),
    # The end that comes twice: quiet until it first comes, and again until it comes for the second time.
    ("2026-10-25 01:00", Pace.AT_ONCE, Quiet(time(22), time(2, 30)), "2026-10-25 02:30+0200"),
]


@pytest.mark.parametrize(("at", "pace", "quiet", "when"), DUES)
def test_it_is_told_in_vienna(at, pace, quiet, when):
    assert told(at, pace, quiet) == when


def test_an_hour_that_comes_twice_is_quiet_twice():
    quiet = Quiet(time(22), time(2, 30))
    again = datetime(2026, 10, 25, 2, 10, tzinfo=VIENNA, fold=1)
    assert is_quiet(again, quiet, VIENNA)
    assert after_quiet(again, quiet, VIENNA) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "pace", "zone", "when"),
    [
        ("2026-03-02 08:10", Pace.HOURLY, "Asia/Kolkata", "2026-03-02 09:00+0530"),
        ("2026-10-04 01:30", Pace.HOURLY, "Australia/Lord_Howe", "2026-10-04 03:00+1100"),  # 02:00 is 02:30
        ("2011-12-29 08:00", Pace.DAILY, "Pacific/Apia", "2011-12-31 07:00+1400"),  # which left out a Friday
        ("2026-03-02 08:00", Pace.DAILY, "UTC", "2026-03-03 07:00+0000"),
    ],
)
def test_it_is_told_by_other_clocks(at, pace, zone, when):
    assert told(at, pace, zone=zone) == when


def test_the_clocks_show_a_time_once_or_twice_or_are_set_forward_over_it():
    assert len(moments(datetime(2026, 3, 2).date(), time(2, 30), VIENNA)) == 1  # noqa: DTZ001
    first, second = moments(datetime(2026, 10, 25).date(), time(2, 30), VIENNA)  # noqa: DTZ001
    assert second - first == HOUR
    [skipped] = moments(datetime(2026, 3, 29).date(), time(2, 30), VIENNA)  # noqa: DTZ001
    assert skipped == datetime(2026, 3, 29, 1, tzinfo=UTC)


# Laws.

ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]
zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
nights = st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
near = st.builds(lambda night, by: night + by, nights, st.timedeltas(-timedelta(days=2), timedelta(days=2)))
moment = times | near
clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))
quiets = st.none() | st.builds(Quiet, clock, clock).filter(lambda quiet: quiet.start != quiet.end)
paces = st.sampled_from(Pace)


@given(moment, paces, quiets, zones)
@example(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), Pace.AT_ONCE, Quiet(time(22), time(2, 30)), VIENNA)
def test_nobody_is_told_in_quiet_hours_or_before_it_was_found(at, pace, quiet, zone):
    when = due(at, pace, quiet, zone=zone, gather=GATHER)
    assert when > at
    assert not is_quiet(when, quiet, zone)


@given(moment, paces, quiets, zones)
def test_nobody_waits_for_longer_than_a_period_and_a_night(at, pace, quiet, zone):
    longest = {
        Pace.AT_ONCE: GATHER,
        Pace.HOURLY: HOUR * 1.5,
        Pace.DAILY: HOUR * 25,
        Pace.WEEKLY: HOUR * (7 * 24 + 1),
    }
    when = due(at, pace, quiet, zone=zone, gather=GATHER)
    assert when - at <= longest[pace] + (HOUR * 25 if quiet else timedelta(0))


@given(moment, st.sampled_from([Pace.DAILY, Pace.WEEKLY]), zones)
def test_digests_come_at_seven_on_the_wall(at, pace, zone):
    local = due(at, pace, None, zone=zone, gather=GATHER).astimezone(zone)
    assert local.time() == DIGEST
    assert pace is Pace.DAILY or local.weekday() == 0


@given(moment, zones)
def test_hourly_digests_come_on_the_hour(at, zone):
    local = due(at, Pace.HOURLY, None, zone=zone, gather=GATHER).astimezone(zone)
    assert (local.minute, local.second, local.microsecond) == (0, 0, 0)


@given(moment, quiets, zones)
def test_a_daemon_that_looks_at_each_due_time_reaches_it(at, quiet, zone):
    """What is pushed out of quiet hours is never pushed again."""
    when = after_quiet(at, quiet, zone)
    assert after_quiet(when, quiet, zone) == when


@given(moment, st.timedeltas(timedelta(0), timedelta(days=9)), paces, quiets, zones)
def test_what_was_found_later_is_not_told_earlier(at, later, pace, quiet, zone):
    one, other = (due(each, pace, quiet, zone=zone, gather=GATHER) for each in (at, at + later))
    assert one <= other


# Trying again.


def test_pauses_double_and_the_last_try_is_at_the_end():
    now = made = datetime(2026, 3, 2, 8, tzinfo=UTC)
    until, tries, pauses = made + timedelta(days=4), 1, []
    while (again := next_try(tries, now, until=until)) is not None:
        pauses.append(again - now)
        now, tries = again, tries + 1
    assert [pause // timedelta(minutes=1) for pause in pauses[:9]] == [1, 2, 4, 8, 16, 32, 64, 128, 240]
    assert max(pauses) == LONGEST_PAUSE
    assert now == until
    assert len(pauses) == 31


@given(st.integers(1, 10_000), moment, st.timedeltas(-HOUR, timedelta(days=4)), st.none() | st.timedeltas(-HOUR))
def test_it_is_tried_again_later_and_not_before_the_receiver_wants(tries, now, left, after):
    again = next_try(tries, now, until=now + left, after=after)
    if left <= timedelta(0):
        assert again is None
    else:
        assert again is not None
        assert now < again <= now + max(LONGEST_PAUSE, LONGEST_AFTER)
        assert after is None or again >= now + min(after, LONGEST_AFTER)
