"""When to fetch next, in tables and laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Standing
from archive.domain.pace import LAST_STEP
from scheduler.recrawl import HINTED, UNANSWERED, History, plan, pulled

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = {"confirmations": 3, "span": timedelta(hours=24)}
SPANS = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=4000))


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


@pytest.mark.parametrize(
    ("age", "minutes"),
    [
        ({"hours": 0}, 20),
        ({"hours": 2.9}, 20),
        ({"hours": 3}, 60),
        ({"hours": 23}, 60),
        ({"days": 1}, 8 * 60),
        ({"days": 6}, 8 * 60),
        ({"days": 7}, 2 * 24 * 60),
        ({"days": 30}, 10 * 24 * 60),
        ({"days": 4000}, 10 * 24 * 60),  # never stops
    ],
)
def test_the_pace_follows_the_age(age, minutes):
    assert pause(history(age=timedelta(**age))) == timedelta(minutes=minutes)


def test_an_edit_brings_back_the_quick_pace():
    edited = history(age=timedelta(days=100), changed=timedelta(hours=1))
    assert pause(edited) == timedelta(minutes=20)
    assert plan(edited, **RULES).why == "edited 60 minutes ago: every 20 minutes"


def test_the_day_of_publication_counts_more_than_that_of_discovery():
    assert pause(history(age=timedelta(), published=NOW - timedelta(days=40))) == LAST_STEP


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
        ({"hours": 0}, Standing.LIVE, False, 1 / 3),  # it was there, whatever happens to the others
    ],
)
def test_while_an_outage_is_open_its_articles_are_left_in_peace(age, standing, unanswered, hours):
    held = history(age=timedelta(**age), standing=standing, unanswered=unanswered, outage=True)
    assert pause(held) == timedelta(hours=hours)


def test_a_hint_pulls_the_next_fetch_forward_and_wears_off():
    old = {"age": timedelta(days=100)}
    assert [
        pause(history(**old, hinted=NOW - timedelta(hours=hours))) / timedelta(hours=1)
        for hours in (0, 1, 2, 4, 400)
    ] == [1, 1, 2, 4, 240]
    assert pause(history(age=timedelta(), hinted=NOW)) == timedelta(minutes=20)
    assert pause(history(**old, standing=Standing.BARRED, hinted=NOW)) == UNANSWERED


def test_a_hint_between_two_fetches_brings_the_next_one_forward_only():
    pulled_to = pulled(NOW, NOW + timedelta(days=9))
    assert pulled_to.at == NOW + HINTED
    assert pulled(NOW, NOW + timedelta(minutes=20)) is None
    assert pulled(NOW, None) is None


def test_a_fetch_that_said_nothing_is_repeated_within_hours():
    old = history(age=timedelta(days=100), unanswered=True)
    assert pause(old) == UNANSWERED
    assert "said nothing" in plan(old, **RULES).why
    assert pause(history(age=timedelta(hours=1), unanswered=True)) == timedelta(minutes=20)


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
    assert timedelta(minutes=20) <= planned.at - NOW <= LAST_STEP
    assert planned.why
