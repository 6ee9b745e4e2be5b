"""How often articles change, learnt from what was seen: estimators against the world that they look at."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rates import EDGES, EDITS, REMOVALS, SHAPE, Curve, Learnt, Life, learn, own

AGES = st.floats(0, 1000)
FLAT = Curve(EDGES, (1.0,) * (len(EDGES) + 1))


@given(begin=AGES, middle=AGES, end=AGES)
def test_what_is_expected_adds_up(begin, middle, end):
    begin, middle, end = sorted((begin, middle, end))
    whole = EDITS.between(begin, end)
    assert EDITS.between(begin, middle) + EDITS.between(middle, end) == pytest.approx(whole, abs=1e-9)
    assert FLAT.between(begin, end) == pytest.approx(end - begin)
    assert sum(length for _, length in EDITS.parts(begin, end)) == pytest.approx(end - begin)


def test_the_hazards_are_those_that_were_measured():
    """GDELT: 15.1 % of bodies changed after a day, 17.85 % after a week; 0.68 % and 1.5 % were deleted."""
    assert -math.expm1(-EDITS.between(0, 1)) == pytest.approx(0.151, abs=0.005)
    assert -math.expm1(-EDITS.between(0, 7)) == pytest.approx(0.1785, abs=0.005)
    assert -math.expm1(-REMOVALS.between(0, 1)) == pytest.approx(0.0068, abs=0.0002)
    assert -math.expm1(-REMOVALS.between(0, 7)) == pytest.approx(0.015, abs=0.001)


@given(changed=st.lists(st.floats(0.01, 50), min_size=1, max_size=9), calm=st.floats(1, 50))
def test_without_its_prior_it_is_the_estimator_of_cho_and_garcia_molina(changed, calm):
    """Solve Σ over changed t / (e^(Δt) − 1) = Σ over unchanged t."""
    edits, age = [], 0.0
    for length in changed:  # so long after each other that none brought another
        edits.append((age, age + length))
        age += length + calm
    rate = own(edits, FLAT, 0.0, age, shape=1e-12)
    assert sum(t / math.expm1(rate * t) for t in changed) == pytest.approx(calm * len(changed), rel=0.01)


@given(times=st.floats(0.01, 1000), age=st.floats(0.1, 1000))
def test_who_never_changed_is_calmer_by_what_was_expected_of_it(times, age):
    curve = Curve(EDGES, tuple(times * rate for rate in EDITS.rates))
    assert own([], curve, 0.0, age) == pytest.approx(SHAPE / (SHAPE + curve.between(0, age)))


@given(ages=st.lists(st.floats(0, 100), min_size=2, max_size=12, unique=True), which=st.data())
def test_one_edit_more_is_never_less_restless(ages, which):
    spans = list(pairwise(sorted(ages)))
    chosen = sorted(which.draw(st.sets(st.integers(0, len(spans) - 1), max_size=len(spans) - 1)))
    other = which.draw(st.sampled_from([n for n in range(len(spans)) if n not in chosen]))
    some = own([spans[n] for n in chosen], EDITS, 0.0, 200.0, shape=1.0)
    # An edit that follows it soon may be one that it brought: of the later ones, a part is no longer their own.
    later = [spans[n] for n in chosen if n > other]
    more = own([spans[n] for n in sorted((*chosen, other)) if n <= other] + later, EDITS, 0.0, 200.0)
    assert more > some or later


# Worlds --------------------------------------------------------------------------------------------


def poisson(chance, curve, times, until):
    """The moments of a process whose hazard is `times` the curve's."""
    age, left = 0.0, chance.expovariate(1)
    found = []
    for step, length in curve.parts(0.0, until):
        at, end = age, age + length
        while left <= curve.rates[step] * times * (end - at):
            at += left / (curve.rates[step] * times)
            found.append(at)
            left = chance.expovariate(1)
        left -= curve.rates[step] * times * (end - at)
        age = end
    return found


def lives(chance, outlet, count, edits, gone, *, section="", until=60.0):
    """Lives of articles that are looked at ever more seldom, from a quarter of an hour up."""
    for _ in range(count):
        events = poisson(chance, edits, chance.gammavariate(1, 1), until)
        removal = next(iter(poisson(chance, gone, 1, until)), math.inf)
        looks = [0.01]
        while looks[-1] < min(removal, until):
            looks.append(looks[-1] * 1.25 + 0.005)
        *seen, last = looks
        spans = [(a, b) for a, b in pairwise(seen) if any(a < event <= b for event in events)]
        yield Life(
            outlet=outlet,
            first=seen[0],
            last=seen[-1],
            edits=spans,
            gone=(seen[-1], last) if removal <= until else None,
            section=section,
        )


def scaled(curve, times):
    return Curve(curve.edges, tuple(times * rate for rate in curve.rates))


def in_turns(of, times=6):
    """As it is learnt again and again, each time from what was learnt before."""
    learnt = Learnt()
    for _ in range(times):
        learnt = learn(of, learnt)
    return learnt


def test_an_outlet_is_learnt_from_its_articles():
    chance = random.Random(7)
    busy = list(lives(chance, 1, 1500, scaled(EDITS, 3), scaled(REMOVALS, 5)))
    calm = list(lives(chance, 2, 1500, scaled(EDITS, 0.3), scaled(REMOVALS, 0.5)))
    learnt = in_turns([*busy, *calm])
    for outlet, times, gone in ((1, 3, 5), (2, 0.3, 0.5)):
        rates = learnt.of(outlet)
        assert rates.edits.between(0, 60) == pytest.approx(times * EDITS.between(0, 60), rel=0.2)
        assert rates.removals.between(0, 60) == pytest.approx(gone * REMOVALS.between(0, 60), rel=0.4)
    assert learnt.of(1).edits.at(0.02) > 5 * learnt.of(2).edits.at(0.02)
    assert learnt.of(3) == learnt.home  # nothing was seen of it


def test_another_shape_is_learnt_too():
    """An outlet that edits in the second month, and never on the first day."""
    late = Curve(EDGES, (1e-4,) * 5 + (1e-3, 1e-3, 1e-3, 0.03, 0.03))
    learnt = in_turns(list(lives(random.Random(8), 1, 1500, late, REMOVALS))).of(1).edits
    assert learnt.at(45) > learnt.at(0.5)
    assert learnt.at(45) == pytest.approx(0.03, rel=0.3)


def test_little_is_believed_of_little():
    one = Life(outlet=1, first=0.1, last=2.0, edits=[(0.1, 0.5)])
    assert EDITS.at(0.3) < learn([one], Learnt()).of(1).edits.at(0.3) < 3 * EDITS.at(0.3)
    nothing = learn([], Learnt())
    assert nothing.home.edits.rates == pytest.approx(EDITS.rates)


def test_sections_differ_from_their_outlet():
    chance = random.Random(9)
    sport = list(lives(chance, 1, 600, scaled(EDITS, 3), REMOVALS, section="sport"))
    opinion = list(lives(chance, 1, 600, scaled(EDITS, 0.5), REMOVALS, section="opinion"))
    few = [Life(outlet=1, first=0.0, last=0.001, section="rare")]
    sections = in_turns([*sport, *opinion, *few]).of(1).sections
    assert sections["sport"] / sections["opinion"] == pytest.approx(6, rel=0.4)
    assert "rare" not in sections


@given(
    spans=st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)).map(sorted), max_size=5),
    gone=st.none() | st.tuples(st.floats(0, 50), st.floats(0, 50)).map(sorted),
)
def test_rates_are_rates_whatever_was_seen(spans, gone):
    life = Life(outlet=1, first=0.0, last=50.0, edits=sorted(map(tuple, spans)), gone=gone and tuple(gone))
    for rates in (learn([life], Learnt()).of(1), learn([life] * 50, Learnt()).of(1)):
        for curve in (rates.edits, rates.removals):
            assert all(0 < rate < 1e6 for rate in curve.rates)
    assert 0 < own(life.edits, EDITS, 0.0, 50.0) < 1e7
