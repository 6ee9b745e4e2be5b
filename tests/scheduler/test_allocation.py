"""How many looks a page gets, and what they cost: laws, and the optimum itself."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.allocation import OLD_SHARE, REMOVAL, Lines, fill, looks, pause, prices, split
from scheduler.rates import EDGES, EDITS, REMOVALS, SHOCKS, Curve

RATES = st.floats(1e-6, 1e3)
PRICES = st.floats(1e-5, 1e3)
WISHES = st.builds(Lines, st.floats(0, 1e5), st.floats(0, 1e5))


def cost(rate, edits, removals, price):
    """What `looks` makes least."""
    gone = REMOVAL * math.log1p(removals / rate)
    return math.log1p(edits / rate) + gone + price * rate


@given(edits=RATES, removals=RATES, price=PRICES, beside=st.floats(0.2, 5))
def test_no_other_number_of_looks_is_better(edits, removals, price, beside):
    best = looks(edits, removals, price)
    assert 0 < best < math.inf
    assert cost(best, edits, removals, price) <= cost(best * beside, edits, removals, price) * (1 + 1e-9)


@given(edits=RATES, price=PRICES)
def test_of_one_clock_it_is_what_lambdacrawl_says(edits, price):
    """ρ = (−Δ + √(Δ² + 4μΔ/λ)) / 2 (Kolobov et al. 2019)."""
    assert looks(edits, 0.0, price) == pytest.approx((math.sqrt(edits**2 + 4 * edits / price) - edits) / 2)


@given(edits=st.floats(1e-6, 1e-3), removals=st.floats(1e-6, 1e-3))
def test_where_pages_change_seldom_it_is_the_square_root_rule(edits, removals):
    price = 1e-2 * min(edits, removals)
    assert looks(edits, removals, price) == pytest.approx(math.sqrt((edits + REMOVAL * removals) / price), rel=0.3)


@given(edits=RATES, removals=RATES, price=PRICES, times=st.floats(1, 100))
def test_what_changes_more_is_looked_at_more_and_what_is_dearer_less(edits, removals, price, times):
    usual = looks(edits, removals, price) * (1 - 1e-6)
    assert looks(edits * times, removals, price) >= usual
    assert looks(edits, removals * times, price) >= usual
    assert looks(edits, removals, price / times) >= usual


@given(rate=st.floats(1e-3, 1e3), age=st.floats(0, 1000))
def test_where_nothing_depends_on_age_a_pause_is_one_over_the_looks(rate, age):
    flat, never = Curve(EDGES, (rate,) * 10), Curve(EDGES, (1e-12,) * 10)
    found = pause(age, flat, never, 0.001)
    # A look costs more the older an article is; between two steps of the curves that is not followed.
    assert 1 / looks(rate, 1e-12, 0.001 * (1 + age / 30)) <= found * (1 + 1e-6)


@given(
    age=st.floats(0, 400), times=st.floats(0.01, 100), since=st.none() | st.floats(0, 10), most=st.floats(0.01, 50)
)
def test_a_pause_ends_and_a_shock_makes_it_shorter(age, times, since, most):
    calm = pause(age, EDITS, REMOVALS, 0.001, times=times, longest=most)
    shaken = pause(age, EDITS, REMOVALS, 0.001, times=times, since=since, shocks=SHOCKS, longest=most)
    assert 0 < shaken <= calm * (1 + 1e-6) <= most * (1 + 2e-6)


def test_looks_follow_the_falling_hazard_within_one_pause():
    """An hour before its first day ends, nobody plans as if that day went on for ever."""
    evening = pause(23 / 24, EDITS, REMOVALS, 0.02)
    assert evening > 1.5 / looks(EDITS.at(0.9), REMOVALS.at(0.9), 0.02)


# Budgets -------------------------------------------------------------------------------------------


def spent(wanted, cost):
    """Looks that there are at such prices."""
    return wanted.young / math.sqrt(cost.young) + wanted.old / math.sqrt(cost.old)


@given(
    outlets=st.lists(st.tuples(WISHES, st.floats(1, 1e5)), min_size=1, max_size=8),
    total=st.floats(1, 1e6),
)
def test_budgets_are_respected_and_not_wasted(outlets, total):
    wanted = {number: wishes for number, (wishes, _) in enumerate(outlets)}
    each = {number: most for number, (_, most) in enumerate(outlets)}
    cost = prices(wanted, each=each, total=total)
    uses = {number: spent(wanted[number], cost[number]) for number in wanted}
    assert all(uses[number] <= each[number] * (1 + 1e-9) for number in wanted)
    assert sum(uses.values()) <= total * (1 + 1e-9)
    assert all(price.young >= 1 and price.old >= 1 for price in cost.values())
    if any(price.young > 1 or price.old > 1 for price in cost.values()):
        full = sum(uses.values()) >= total * (1 - 1e-6)
        assert full or any(uses[number] >= each[number] * (1 - 1e-6) for number in wanted)


@given(wishes=WISHES, budget=st.floats(1, 1e5))
def test_the_old_never_take_the_budget_of_the_young(wishes, budget):
    lines = split(wishes, budget)
    assert min(lines.young, wishes.young) >= min(wishes.young, (1 - OLD_SHARE) * budget)
    assert min(lines.old, wishes.old) >= min(wishes.old, OLD_SHARE * budget)
    assert min(lines.young, wishes.young) + min(lines.old, wishes.old) <= budget * (1 + 1e-9)


def test_one_outlet_that_wants_too_much_is_the_only_one_that_pays():
    wanted = {1: Lines(9000.0, 0.0), 2: Lines(100.0, 50.0)}
    cost = prices(wanted, each={1: 1000.0, 2: 1000.0}, total=10_000)
    assert cost == {1: Lines(81.0, 1.0), 2: Lines(1.0, 1.0)}


def test_where_all_want_too_much_together_all_pay_the_same():
    wanted = {1: Lines(600.0, 0.0), 2: Lines(200.0, 0.0)}
    cost = prices(wanted, each={1: 1000.0, 2: 1000.0}, total=400)
    assert cost[1].young == cost[2].young == pytest.approx(4)


@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0.1, 1e3)), min_size=1, max_size=9), st.floats(0.1, 1e4))
def test_vessels_are_filled_to_one_height(wishes, total):
    height = fill(wishes, total)
    assert 0 <= height <= 1
    filled = sum(min(most, height * wish) for wish, most in wishes)
    assert filled <= total * (1 + 1e-9)
    if height < 1:
        assert filled == pytest.approx(total)
