"""When to fetch next, in tables and laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.domain.interest import interest
from archive.domain.model import Standing
from archive.domain.pace import LAST_STEP, longest
from scheduler.rates import EDITS, REMOVALS, Curve, Rates
from scheduler.recrawl import (
    HINTED,
    JITTER,
    SHORTEST,
    STRETCHED,
    UNANSWERED,
    History,
    outlook,
    plan,
    words,
)

LAW = settings(deadline=None)
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = {"confirmations": 3, "span": timedelta(hours=24)}
SPANS = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=4000))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MICRO = timedelta(microseconds=10)


def history(*, age=timedelta(), changed=None, **known):
    return History(
        **{
            "standing": Standing.LIVE,
            "discovered": NOW - age,
            "published": None,
            "last_checked": NOW,
            "last_changed": NOW - changed if changed is not None else None,
            "misses": 0,
            **known,
        }
    )


def pause(of, **rules):
    return plan(of, **{**RULES, **rules}).at - NOW


def restless(times):
    return Rates(edits=Curve(EDITS.edges, tuple(times * rate for rate in EDITS.rates)), removals=REMOVALS)


@pytest.mark.parametrize(
    ("age", "least", "most"),
    [
        (0 * HOUR, 20 * MINUTE, 60 * MINUTE),
        (2.9 * HOUR, 40 * MINUTE, 2 * HOUR),
        (23 * HOUR, 1.5 * HOUR, 5 * HOUR),
        (3 * DAY, 4 * HOUR, 12 * HOUR),
        (20 * DAY, 8 * HOUR, 2 * DAY),
        (400 * DAY, 2 * DAY, 10 * DAY),
        (40_000 * DAY, 9.5 * DAY, 10 * DAY),  # never stops
    ],
)
def test_the_pace_follows_the_age(age, least, most):
    assert least <= pause(history(age=age)) <= most


def test_an_edit_brings_back_the_quick_pace():
    edited = history(age=100 * DAY, changed=HOUR, edits=[(NOW - 2 * HOUR, NOW - HOUR)])
    assert pause(edited) < 2 * HOUR < DAY < pause(history(age=100 * DAY))
    assert plan(edited, **RULES).why.startswith("edited 60 minutes ago: again in ")


def test_the_day_of_publication_counts_more_than_that_of_discovery():
    old = history(age=timedelta(), published=NOW - 40 * DAY)
    assert pause(old) > DAY / 2 > pause(history())
    assert plan(old, **RULES).why.startswith("published 40 days ago: again in ")


def test_an_article_that_was_often_edited_is_looked_at_more_often_than_its_age_has_it():
    calm = history(age=5 * DAY, first_seen=NOW - 5 * DAY)
    spans = [(NOW - hours * HOUR - HOUR, NOW - hours * HOUR) for hours in (100, 80, 60, 40)]
    edited = replace(calm, edits=spans, last_changed=spans[-1][1])
    assert pause(edited) < pause(calm) / 1.2  # removals have their say too
    assert outlook(edited).times > 3 > 1 > outlook(calm).times


def test_an_outlet_that_edits_much_and_a_section_that_does_are_looked_at_more_often():
    young = history(age=2 * HOUR, section="sport")
    usual = pause(young)
    assert pause(young, rates=restless(4)) < usual < pause(young, rates=restless(1 / 4))
    assert pause(young, rates=Rates(sections={"sport": 4.0})) < pause(young, rates=Rates(sections={"money": 4.0}))


def test_what_somebody_asked_for_is_looked_at_twice_as_often():
    assert interest("https://herald.example/feed") == 1
    assert interest("by hand") == interest("https://herald.example/feed", {"dossier:mayor", "old"}) == 4
    assert interest("https://herald.example/feed", {"mayor"}) == 2
    old = history(age=50 * DAY)
    assert pause(replace(old, interest=interest("by hand"))) / pause(old) == pytest.approx(1 / 2, rel=0.1)


def test_a_budget_that_binds_makes_all_wait_longer_and_nobody_for_ever():
    old, young = history(age=300 * DAY), history(age=HOUR)
    assert pause(young, price=4) / pause(young) == pytest.approx(2, rel=0.1)
    assert pause(old) < pause(old, price=100) <= STRETCHED
    assert pause(old, price=1e9) == STRETCHED


def test_articles_that_were_found_together_part():
    pauses = {pause(history(id=number)) for number in range(50)}
    assert len(pauses) == 50
    assert max(pauses) / min(pauses) <= (1 + JITTER) / (1 - JITTER)
    assert {pause(history(id=7)) for _ in range(3)} == {pause(history(id=7))}  # and nothing is left to chance


@pytest.mark.parametrize(
    ("confirmations", "span", "hours"),
    [(3, 24, 4), (2, 24, 4), (4, 24, 3), (3, 6, 1), (1, 24, 4), (0, 24, 4), (3, 0, 1 / 6), (3, 240, 12)],
)
def test_a_suspicion_is_followed_up_several_times_a_span(confirmations, span, hours):
    missing = history(standing=Standing.MISSING, misses=1, age=timedelta(days=300), unanswered=True)
    rules = {"confirmations": confirmations, "span": timedelta(hours=span)}
    assert pause(missing, **rules) == timedelta(hours=hours)


def test_a_suspicion_of_a_young_article_is_followed_up_at_its_own_pace():
    assert pause(history(standing=Standing.MISSING, misses=1, age=timedelta(hours=1))) == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("standing", "days", "hours"),
    [
        (Standing.TAKEN_DOWN, 0, 24),
        (Standing.TAKEN_DOWN, 29, 24),
        (Standing.TAKEN_DOWN, 30, 7 * 24),
        (Standing.TAKEN_DOWN, 4000, 7 * 24),
        (Standing.BARRED, 0, 6),
        (Standing.UNREACHABLE, 1, 6),
        (Standing.UNREACHABLE, 2, 24),
        (Standing.BARRED, 4000, 24),
    ],
)
def test_what_is_down_or_silent_is_looked_for_ever_less_often(standing, days, hours):
    held = history(standing=standing, age=timedelta(days=4000), since=NOW - timedelta(days=days))
    assert pause(held) == timedelta(hours=hours)


def test_an_outlet_that_is_offline_is_looked_for_as_what_was_taken_down_is():
    for days, often in ((0, "daily"), (29, "daily"), (31, "weekly")):
        held = history(standing=Standing.UNREACHABLE, offline=True, since=NOW - timedelta(days=days))
        assert plan(held, **RULES).why == f"its outlet is offline: again {often}"


@pytest.mark.parametrize(
    ("age", "standing", "unanswered", "hours"),
    [
        ({"hours": 0}, Standing.LIVE, True, 1),
        ({"days": 100}, Standing.LIVE, True, 6),
        ({"days": 100}, Standing.MISSING, False, 6),
    ],
)
def test_while_an_outage_is_open_its_articles_are_left_in_peace(age, standing, unanswered, hours):
    held = history(age=timedelta(**age), standing=standing, unanswered=unanswered, outage=True)
    assert pause(held) == timedelta(hours=hours)


def test_what_was_there_in_an_outage_is_looked_at_as_ever():
    assert pause(history(outage=True)) == pause(history()) < HOUR


def test_a_hint_pulls_the_next_fetch_forward_and_wears_off():
    old = {"age": timedelta(days=100)}
    assert [
        pause(history(**old, hinted=NOW - timedelta(hours=hours))) / timedelta(hours=1) for hours in (0, 1, 2, 4)
    ] == [1, 1, 2, 4]
    assert pause(history(**old, hinted=NOW - timedelta(hours=400))) == pause(history(**old))
    assert pause(history(age=timedelta(), hinted=NOW)) == pause(history(age=timedelta())) < HINTED
    assert pause(history(**old, standing=Standing.BARRED, hinted=NOW)) == UNANSWERED


def test_a_fetch_that_said_nothing_is_repeated_within_hours():
    old = history(age=timedelta(days=100), unanswered=True)
    assert pause(old) == UNANSWERED
    assert "said nothing" in plan(old, **RULES).why
    assert pause(history(age=timedelta(hours=1), unanswered=True)) == pause(history(age=timedelta(hours=1)))


@LAW
@given(
    age=SPANS,
    changed=st.none() | SPANS,
    standing=st.sampled_from(Standing),
    misses=st.integers(0, 9),
    flags=st.fixed_dictionaries({name: st.booleans() for name in ("unanswered", "offline", "outage")}),
    since=st.none() | SPANS,
    hinted=st.none() | SPANS,
)
def test_the_next_fetch_is_always_to_come_and_never_too_far(age, changed, standing, misses, flags, since, hinted):
    times = {name: None if ago is None else NOW - ago for name, ago in (("since", since), ("hinted", hinted))}
    known = history(age=age, changed=changed, standing=standing, misses=misses, **flags, **times)
    planned = plan(known, **RULES)
    assert SHORTEST <= planned.at - NOW <= LAST_STEP
    assert planned.why


# Laws ----------------------------------------------------------------------------------------------

AGES = st.floats(0, 4000)
PRICES = st.floats(1, 1e6)
RATES = st.builds(
    Rates,
    edits=st.floats(1e-3, 1e3).map(lambda times: restless(times).edits),
    removals=st.floats(1e-3, 1e3).map(lambda times: Curve(EDITS.edges, tuple(times * r for r in REMOVALS.rates))),
)


@st.composite
def lives(draw):
    """An article that is there, with edits between looks at some ages."""
    age = draw(AGES)
    looks = sorted(draw(st.lists(st.floats(0, age), max_size=8, unique=True)))
    edits = [(NOW - (age - a) * DAY, NOW - (age - b) * DAY) for a, b in zip(looks[::2], looks[1::2], strict=False)]
    return history(
        age=age * DAY,
        first_seen=NOW - age * DAY,
        edits=edits,
        changed=NOW - edits[-1][1] if edits else None,
        interest=draw(st.sampled_from((1.0, 2.0, 4.0))),
        id=draw(st.integers(0, 1 << 40)),
    )


@LAW
@given(live=lives(), rates=RATES, price=PRICES)
def test_no_page_is_starved_and_none_is_pestered(live, rates, price):
    quiet = outlook(live, rates).quiet
    found = pause(live, rates=rates, price=price)
    assert SHORTEST <= found <= min(STRETCHED, longest(quiet) * price**0.5 + timedelta(milliseconds=1))


@LAW
@given(live=lives(), rates=RATES, price=PRICES, more=st.floats(1, 100))
def test_more_interest_never_makes_it_later(live, rates, price, more):
    dearer = replace(live, interest=live.interest * more)
    assert pause(dearer, rates=rates, price=price) <= pause(live, rates=rates, price=price) + MICRO


@LAW
@given(live=lives(), rates=RATES, price=PRICES, times=st.floats(1, 1e4))
def test_a_higher_price_never_makes_it_sooner(live, rates, price, times):
    assert pause(live, rates=rates, price=price) <= pause(live, rates=rates, price=price * times) + MICRO


@LAW
@given(live=lives(), rates=RATES, price=PRICES, ago=st.floats(0, 1))
@example(  # the price was that of each step's begin, and an edit makes more steps
    live=history(age=3 * DAY, first_seen=NOW - 3 * DAY),
    rates=Rates(edits=EDITS, removals=Curve(EDITS.edges, tuple(715 * rate for rate in REMOVALS.rates))),
    price=23258.0,
    ago=0.0,
)
def test_an_edit_that_was_just_seen_never_makes_it_later(live, rates, price, ago):
    before = live.edits[-1][1] if live.edits else live.first_seen
    seen = before + (NOW - before) * ago
    edited = replace(live, edits=[*live.edits, (seen, NOW)], last_changed=NOW)
    assert pause(edited, rates=rates, price=price) <= pause(live, rates=rates, price=price) * 1.001


@LAW
@given(live=lives(), rates=RATES, number=st.integers(0, 1 << 40))
def test_chance_moves_a_look_by_its_share_alone(live, rates, number):
    one, other = pause(live, rates=rates), pause(replace(live, id=number), rates=rates)
    assert one / other <= (1 + JITTER) / (1 - JITTER) + 1e-6


def test_spans_are_told_in_the_unit_that_fits():
    spans = (20 * MINUTE, 119 * MINUTE, 2 * HOUR, 3 * DAY, 90 * DAY, 900 * DAY)
    assert [words(each) for each in spans] == [
        "20 minutes",
        "119 minutes",
        "2 hours",
        "3 days",
        "3 months",
        "2 years",
    ]
