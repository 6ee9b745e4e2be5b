"""When to fetch next, in tables and laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Standing
from archive.domain.pace import LAST_STEP
from scheduler.recrawl import UNANSWERED, History, plan

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
    [(3, 24, 4), (2, 24, 4), (3, 4, 2), (2, 1, 1), (1, 24, 24), (0, 24, 24)],
)
def test_a_suspicion_is_followed_up(confirmations, span, hours):
    missing = history(standing=Standing.MISSING, misses=1, age=timedelta(days=300), unanswered=True)
    rules = {"confirmations": confirmations, "span": timedelta(hours=span)}
    assert pause(missing, **rules) == timedelta(hours=hours)


def test_what_was_taken_down_is_looked_for_daily():
    assert pause(history(standing=Standing.TAKEN_DOWN, age=timedelta(days=900))) == timedelta(days=1)


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
    silent=st.booleans(),
)
def test_the_next_fetch_is_always_to_come_and_never_too_far(age, changed, standing, misses, silent):
    known = history(age=age, changed=changed, standing=standing, misses=misses, unanswered=silent)
    planned = plan(known, **RULES)
    assert timedelta(minutes=20) <= planned.at - NOW <= LAST_STEP
    assert planned.why
