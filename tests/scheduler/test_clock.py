"""The clock: time stands still rather than going back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.clock import SLACK, Clock, Steady

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Set(Clock):
    """A clock that a test sets."""

    def __init__(self):
        self.wall, self.steady = NOON, 1000.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.steady

    def go(self, seconds: float, *, wall: float | None = None):
        self.steady += seconds
        self.wall += timedelta(seconds=seconds if wall is None else wall)


def test_time_that_passes_is_no_jump():
    clock = Set()
    steady = Steady(clock)
    clock.go(3600)
    assert steady.jump() is None
    assert steady.now() == NOON + timedelta(hours=1)


def test_a_clock_that_is_set_back_stands_still_until_it_is_where_it_was():
    clock = Set()
    steady = Steady(clock)
    steady.now()
    clock.go(10, wall=-3600)
    assert steady.jump().by == timedelta(seconds=-3610)
    assert steady.now() == NOON
    assert steady.behind() == timedelta(hours=1)
    clock.go(3600)
    assert steady.behind() == timedelta(0)
    clock.go(1)
    assert steady.now() == NOON + timedelta(seconds=1)


def test_a_machine_that_slept_jumps_forward_once():
    clock = Set()
    steady = Steady(clock)
    clock.go(1, wall=86_400)
    assert steady.jump().by == timedelta(seconds=86_399)
    assert steady.jump() is None
    assert steady.now() == NOON + timedelta(days=1)


def test_what_is_dated_later_already_is_not_gone_behind_unless_it_is_accepted():
    clock = Set()
    steady = Steady(clock)
    steady.at_least(NOON + timedelta(days=300))
    assert steady.now() == NOON + timedelta(days=300)
    steady.accept()
    assert steady.now() == NOON
    assert steady.behind() == timedelta(0)


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e5, 1e5)), max_size=20))
def test_it_never_goes_back_and_each_jump_is_told(steps):
    clock = Set()
    steady = Steady(clock)
    last = steady.now()
    for seconds, wall in steps:
        clock.go(seconds, wall=wall)
        jump = steady.jump()
        assert (jump is not None) == (abs(timedelta(seconds=wall) - timedelta(seconds=seconds)) > SLACK)
        assert steady.now() >= last
        last = steady.now()
