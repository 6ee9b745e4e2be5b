"""The transition table of standings, held against laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Presence, Reason, Sighting, Standing
from archive.domain.standing import REASONS, TABLE, Held, Move, Rules, judge

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = {"confirmations": 3, "span": timedelta(hours=24)}
LIVE = Held(standing=Standing.LIVE)

SIGHTINGS = st.sampled_from(
    [
        *(Sighting(presence=Presence.GONE, kind=kind, why="") for kind in (*REASONS, "emptied", "redirected")),
        Sighting(presence=Presence.PRESENT, kind="present", why=""),
        Sighting(presence=Presence.BARRIER, kind="forbidden", why=""),
        Sighting(presence=Presence.UNREACHABLE, kind="timed_out", why=""),
    ]
)
HISTORIES = st.lists(st.tuples(SIGHTINGS, st.integers(0, 48)), max_size=20)


def see(held, presence, kind="x", hours=0, **rules):
    return judge(
        held,
        Sighting(presence=presence, kind=kind, why=""),
        NOW + timedelta(hours=hours),
        rules=Rules(**{**RULES, **rules}),
    )


def play(history, held=LIVE):
    """Every state after every sighting, with its time."""
    now, states = NOW, []
    for sighting, hours in history:
        now += timedelta(hours=hours)
        held = judge(held, sighting, now, rules=Rules(**RULES))
        states.append((held, sighting, now))
    return states


def test_every_standing_and_every_presence_is_in_the_table():
    assert set(TABLE) == set(Standing)
    for row in TABLE.values():
        assert set(row) == set(Presence)
        assert all(isinstance(move, Move) for move in row.values())


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("presence", [Presence.BARRIER, Presence.UNREACHABLE])
def test_a_barrier_or_silence_changes_nothing_at_all(standing, presence):
    held = Held(standing=standing, reason=Reason.NOT_FOUND, misses=2, first_miss=NOW)
    assert see(held, presence) == held


@pytest.mark.parametrize("standing", list(Standing))
def test_what_is_there_is_live_and_no_suspicion_is_left(standing):
    held = Held(standing=standing, reason=Reason.GONE, misses=9, first_miss=NOW)
    assert see(held, Presence.PRESENT) == LIVE


@pytest.mark.parametrize(
    ("hours", "standing"),
    [
        ([0], Standing.MISSING),
        ([0, 24], Standing.MISSING),  # long enough, but two only
        ([0, 1, 2], Standing.MISSING),  # three, but too soon
        ([0, 1, 23], Standing.MISSING),
        ([0, 1, 24], Standing.TAKEN_DOWN),
        ([0, 1, 2, 3, 24], Standing.TAKEN_DOWN),
    ],
)
def test_a_takedown_needs_both_confirmations_and_span(hours, standing):
    held = LIVE
    for hour in hours:
        held = see(held, Presence.GONE, "not_found", hour)
    assert (held.standing, held.misses, held.first_miss) == (standing, len(hours), NOW)


def test_404_then_410_is_one_suspicion_with_the_latest_reason():
    held = see(see(LIVE, Presence.GONE, "not_found"), Presence.GONE, "gone", 1)
    assert (held.misses, held.reason) == (2, Reason.GONE)


def test_one_confirmation_without_a_span_is_enough_where_the_user_says_so():
    assert see(LIVE, Presence.GONE, "gone", confirmations=1, span=timedelta()).standing is Standing.TAKEN_DOWN


@given(HISTORIES)
def test_a_takedown_always_rests_on_enough(history):
    states = play(history)
    for number, (held, _, now) in enumerate(states):
        if held.standing is not Standing.TAKEN_DOWN:
            continue
        run = []
        for _, sighting, at in states[number::-1]:
            if sighting.presence is Presence.PRESENT:
                break
            if sighting.kind in REASONS:
                run.append(at)
        assert len(run) >= RULES["confirmations"]
        assert now - min(run) >= RULES["span"]


@given(HISTORIES)
def test_leaving_out_what_says_nothing_gives_the_same_end(history):
    said, now, plain = [], NOW, LIVE
    for sighting, hours in history:
        now += timedelta(hours=hours)
        if sighting.presence in (Presence.PRESENT, Presence.GONE):
            said.append((sighting, now))
    for sighting, at in said:
        plain = judge(plain, sighting, at, rules=Rules(**RULES))
    assert (play(history) or [(LIVE, None, None)])[-1][0] == plain
