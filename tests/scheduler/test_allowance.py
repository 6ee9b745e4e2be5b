"""How many fetches there may be: a day's worth a day, and never more than an hour's at once beside that."""

from hypothesis import given
from hypothesis import strategies as st

from scheduler.allowance import BURST, DAY, Allowance


def test_an_hours_worth_is_there_at_once_and_not_a_days_after_a_long_sleep():
    allowance = Allowance(2400)
    assert allowance.available(0) == 100
    allowance.spend(100)
    assert allowance.available(0) == 0
    assert allowance.available(36) == 1
    assert allowance.available(10 * DAY) == 100


def test_what_was_urgent_is_made_up_for():
    allowance = Allowance(2400)
    allowance.available(0)
    allowance.spend(130)
    assert allowance.available(DAY / 2400 * 29) == 0
    assert allowance.available(DAY / 2400 * 32) >= 1


@given(
    st.integers(1, 10**6),
    st.lists(st.tuples(st.floats(0, 2 * DAY), st.integers(0, 10**6)), max_size=50),
)
def test_no_more_is_given_than_was_allowed(per_day, steps):
    allowance, now, spent = Allowance(per_day), 0.0, 0
    for pause, wanted in steps:
        now += pause
        taken = min(wanted, allowance.available(now))
        allowance.spend(taken)
        spent += taken
        assert spent <= max(1, per_day * BURST / DAY) + now * per_day / DAY + 1e-6 * max(1, spent)
