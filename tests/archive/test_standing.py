"""The transition table of standings, held against laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Presence, Reason, Sighting, Standing
from archive.domain.standing import (
    ALERTS,
    LAPSE_LEAST,
    REASONS,
    TABLE,
    Around,
    Held,
    Move,
    Rules,
    Step,
    is_flap,
    judge,
    step,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = Rules(confirmations=3, span=timedelta(hours=24))
LIVE = Held(standing=Standing.LIVE)
MOVED = Held(standing=Standing.MOVED, moved=True)
DOWN = Held(
    standing=Standing.TAKEN_DOWN,
    reason=Reason.GONE,
    misses=5,
    first_miss=NOW - timedelta(days=3),
    last_miss=NOW - timedelta(days=1),
)
QUIET = (Presence.BARRIER, Presence.UNREACHABLE)


def sighting(what):
    """`there`, `wall`, `mute`, or the kind of a gone one."""
    presence, kind = {
        "there": (Presence.PRESENT, "present"),
        "moved": (Presence.PRESENT, "moved"),
        "wall": (Presence.BARRIER, "forbidden"),
        "mute": (Presence.UNREACHABLE, "timed_out"),
    }.get(what, (Presence.GONE, what))
    return Sighting(presence=presence, kind=kind, why="")


def at(hours):
    return NOW + timedelta(hours=hours)


def see(held, what, hours=0, rules=RULES, **around):
    """What is held after one sighting; a control was there just before unless told otherwise."""
    now = at(hours)
    return judge(held, sighting(what), now, rules=rules, around=Around(**{"control": now, **around}))


def play(story, held=LIVE, rules=RULES, **around):
    """`"0 not_found, 4 mute, 24 gone"`: hours and sightings."""
    for part in story.split(", "):
        hours, what = part.split()
        held = see(held, what, float(hours), rules, **around)
    return held


def every(hours, what, until):
    return ", ".join(f"{hour} {what}" for hour in range(0, until + 1, hours))


def test_every_standing_and_every_presence_is_in_the_table():
    assert set(TABLE) == set(Standing)
    for row in TABLE.values():
        assert set(row) == set(Presence)
        assert all(isinstance(move, Move) for move in row.values())


# Removal -------------------------------------------------------------------------------------------


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
        held = see(held, "not_found", hour)
    assert (held.standing, held.misses, held.first_miss) == (standing, len(hours), NOW)


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        ("0 redirected, 8 redirected, 24 not_found", Reason.NOT_FOUND),
        ("0 not_found, 8 not_found, 24 legal", Reason.LEGAL),
        ("0 soft_404, 8 emptied, 24 merged", Reason.REDIRECTED),
    ],
)
def test_the_latest_sighting_gives_the_reason(story, reason):
    held = play(story)
    assert (held.standing, held.reason, held.misses) == (Standing.TAKEN_DOWN, reason, 3)
    assert see(held, "gone", 48).reason is reason


def test_one_confirmation_without_a_span_is_enough_where_the_user_says_so():
    rules = Rules(confirmations=1, span=timedelta())
    assert see(LIVE, "gone", rules=rules, control=at(-0.5)).standing is Standing.TAKEN_DOWN
    assert see(LIVE, "gone", rules=rules, control=None).standing is Standing.MISSING


@pytest.mark.parametrize(
    ("control", "standing"),
    [
        (None, Standing.MISSING),
        (-1, Standing.MISSING),  # before the suspicion
        (3, Standing.MISSING),  # in it, but long ago
        (13, Standing.TAKEN_DOWN),  # since the bad sighting before the last
        (18, Standing.TAKEN_DOWN),  # in the last quarter of the span
        (24, Standing.TAKEN_DOWN),
    ],
)
def test_a_takedown_needs_a_control_near_its_end(control, standing):
    held = play("0 gone, 12 gone")
    assert see(held, "gone", 24, control=None if control is None else at(control)).standing is standing


def test_in_an_outage_nothing_counts_and_a_suspicion_starts_over():
    held = play("0 not_found, 4 not_found")
    held = play("8 not_found, 24 not_found, 40 not_found", held, outage=True)
    assert (held.standing, held.misses, held.first_miss) == (Standing.MISSING, 0, None)
    assert play("44 not_found, 56 not_found, 67 not_found", held).standing is Standing.MISSING
    assert play("44 not_found, 56 not_found, 68 not_found", held).standing is Standing.TAKEN_DOWN
    assert play("0 not_found, 30 not_found", LIVE, outage=True) == replace(LIVE, away=NOW)


def test_where_articles_come_back_a_takedown_takes_twice_the_fetches_and_three_times_the_span():
    lately = {"flapped": at(-48)}
    assert play("0 gone, 24 gone, 30 gone, 40 gone, 50 gone, 71 gone", **lately).standing is Standing.MISSING
    assert play("0 gone, 24 gone, 30 gone, 40 gone, 72 gone", **lately).standing is Standing.MISSING
    assert play("0 gone, 24 gone, 30 gone, 40 gone, 50 gone, 72 gone", **lately).standing is Standing.TAKEN_DOWN
    assert play("0 gone, 12 gone, 24 gone", flapped=at(-24 * 8)).standing is Standing.TAKEN_DOWN


def test_of_many_that_go_together_each_takes_three_times_the_span():
    assert play(every(12, "gone", 60), mass=True).standing is Standing.MISSING
    assert play(every(12, "gone", 72), mass=True).standing is Standing.TAKEN_DOWN


def test_a_suspicion_of_which_nothing_was_heard_for_a_month_starts_over():
    held = play("0 gone, 4 gone")
    late = (LAPSE_LEAST + timedelta(hours=5)) / timedelta(hours=1)
    held = see(held, "gone", late)
    assert (held.standing, held.misses, held.first_miss) == (Standing.MISSING, 1, at(late))


def test_who_crawls_once_a_week_gets_confirmations():
    week = 24 * 7
    assert play(f"0 gone, {week} gone, {2 * week} gone").standing is Standing.TAKEN_DOWN


def test_a_gone_sighting_of_an_unknown_kind_changes_nothing():
    assert see(LIVE, "evaporated") == LIVE


# Vantage points ------------------------------------------------------------------------------------


def test_a_takedown_waits_until_every_vantage_point_was_asked():
    rules = Rules(vantages=2)
    assert play("0 gone, 12 gone, 24 gone", rules=rules, asked=1).standing is Standing.MISSING
    assert play("0 gone, 12 gone, 24 gone", rules=rules, asked=2).standing is Standing.TAKEN_DOWN
    assert play("0 gone, 12 gone, 24 gone", rules=rules, asked=2, elsewhere=at(-2)).standing is Standing.TAKEN_DOWN


def test_gone_here_and_there_elsewhere_is_geo_blocked_until_it_is_not():
    held = play("0 gone, 4 gone", rules=Rules(vantages=1), asked=1, elsewhere=at(1))
    assert (held.standing, held.reason) == (Standing.BARRED, Reason.GEO_BLOCKED)
    for day in range(1, 30):
        held = see(held, "gone", 24 * day, elsewhere=at(24 * (day - 1) + 1), asked=1)
    assert (held.standing, held.reason) == (Standing.BARRED, Reason.GEO_BLOCKED)
    assert see(held, "there", 24 * 30) == LIVE
    assert see(held, "wall", 24 * 30).reason is Reason.GEO_BLOCKED
    last = at(24 * 29)
    held = see(held, "gone", 24 * 32, elsewhere=last, asked=1)  # not there any more from elsewhere either
    assert (held.standing, held.reason, held.misses) == (Standing.MISSING, Reason.GONE, 1)
    held = play(f"{24 * 32 + 12} gone, {24 * 33} gone", held, elsewhere=last, asked=1)
    assert held.standing is Standing.TAKEN_DOWN


def test_what_was_taken_down_and_is_seen_elsewhere_was_only_blocked():
    held = see(DOWN, "gone", elsewhere=at(-1))
    assert (held.standing, held.reason) == (Standing.BARRED, Reason.GEO_BLOCKED)
    assert step(DOWN, held) is Step.GEO_BLOCKED


# Silence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "standing"),
    [
        ("0 wall, 24 wall", Standing.LIVE),
        ("0 wall, 1 wall, 23 wall", Standing.LIVE),
        ("0 wall, 6 wall, 24 wall", Standing.BARRED),
        ("0 mute, 6 mute, 24 mute", Standing.UNREACHABLE),
        ("0 wall, 6 mute, 24 wall", Standing.BARRED),  # named by the latest
        ("0 wall, 6 there, 24 wall, 30 wall", Standing.LIVE),
        ("0 wall, 6 wall, 24 wall, 30 mute, 36 wall, 42 mute, 70 wall", Standing.BARRED),
        ("0 wall, 6 wall, 24 wall, 30 mute, 36 mute, 54 mute", Standing.UNREACHABLE),
        ("0 wall, 6 wall, 24 wall, 30 gone", Standing.MISSING),
    ],
)
def test_silence_bars_after_enough_of_it(story, standing):
    assert play(story).standing is standing
    assert play(story, MOVED).standing is (Standing.MOVED if standing is Standing.LIVE else standing)


@pytest.mark.parametrize("what", ["wall", "mute"])
def test_silence_neither_confirms_nor_clears_a_suspicion(what):
    held = play("0 gone, 4 gone")
    silent = play(f"8 {what}, 16 {what}, 24 {what}, 40 {what}", held)
    assert (silent.standing, silent.misses, silent.first_miss) == (Standing.MISSING, 2, NOW)
    assert see(silent, "gone", 44).standing is Standing.TAKEN_DOWN


def test_a_suspicion_that_nobody_can_follow_for_a_month_lapses():
    held = play(every(24, "wall", 24 * 31), play("0 gone, 4 gone"))
    assert (held.standing, held.misses, held.first_miss) == (Standing.BARRED, 0, None)
    assert step(play("0 gone"), held) is Step.BARRED


def test_what_is_down_stays_down_in_silence():
    assert play(every(24, "mute", 2400), DOWN, offline=True).standing is Standing.TAKEN_DOWN


@pytest.mark.parametrize("held", [LIVE, MOVED, play("0 gone, 4 gone")])
@pytest.mark.parametrize("what", ["wall", "mute", "not_found", "redirected"])
def test_an_outlet_that_is_offline_leaves_its_articles_unreachable(held, what):
    off = see(held, what, 400, offline=True, outage=True)
    assert (off.standing, off.reason, off.misses) == (Standing.UNREACHABLE, Reason.OUTLET_OFFLINE, 0)
    assert step(held, off) is Step.OFFLINE
    assert see(off, "there", 500) == (MOVED if held.moved else LIVE)
    assert see(off, "not_found", 500).standing is Standing.MISSING
    assert see(off, "mute", 500).reason is None


# Back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", list(Standing))
def test_what_is_there_is_live_and_no_suspicion_is_left(standing):
    held = Held(standing=standing, reason=Reason.GONE, misses=9, first_miss=NOW)
    assert see(held, "there") == (MOVED if standing is Standing.MOVED else LIVE)


def test_what_moved_stays_moved_through_suspicion_takedown_and_return():
    held = see(LIVE, "moved")
    assert held == MOVED
    assert see(held, "there", 1) == MOVED
    down = play("2 gone, 8 gone, 26 gone", held)
    assert down.standing is Standing.TAKEN_DOWN
    assert see(down, "there", 30) == MOVED


# What is told --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "what", "around", "told"),
    [
        (LIVE, "there", {}, None),
        (LIVE, "gone", {}, Step.SUSPECTED),
        (LIVE, "moved", {}, Step.MOVED),
        (play("0 gone"), "gone", {}, None),
        (play("0 gone"), "there", {}, Step.CLEARED),
        (play("0 gone"), "moved", {}, Step.MOVED),
        (play("0 gone", MOVED), "there", {}, Step.CLEARED),
        (play("-30 gone, -20 gone"), "gone", {}, Step.TAKEN_DOWN),
        (DOWN, "gone", {}, None),
        (DOWN, "there", {}, Step.RESTORED),
        (DOWN, "moved", {}, Step.RESTORED),
        (play("0 gone"), "gone", {"elsewhere": at(1)}, Step.GEO_BLOCKED),
        (play("0 gone, 1 gone", elsewhere=at(1)), "there", {}, Step.UNBLOCKED),
        (play("-30 wall, -20 wall"), "wall", {}, Step.BARRED),
        (play("-30 mute, -20 mute"), "mute", {}, Step.UNREACHABLE),
        (play(every(8, "mute", 24)), "there", {}, Step.BACK),
        (play(every(8, "mute", 24)), "mute", {"offline": True}, Step.OFFLINE),
    ],
)
def test_steps_have_names(before, what, around, told):
    assert step(before, see(before, what, 2, **around)) is told


def test_suspicions_walls_and_sick_servers_are_no_alerts():
    assert {Step.TAKEN_DOWN, Step.RESTORED, Step.MOVED, Step.GEO_BLOCKED, Step.UNBLOCKED} == ALERTS


def test_one_bad_fetch_is_no_flap():
    assert not is_flap(play("0 gone"), LIVE)
    assert is_flap(play("0 gone, 4 gone"), LIVE)
    assert is_flap(DOWN, LIVE)
    assert not is_flap(LIVE, LIVE)


# Laws ----------------------------------------------------------------------------------------------

KINDS = st.sampled_from([*REASONS, "evaporated", "there", "moved", "wall", "mute"])
HOURS = st.integers(0, 60)
AROUND = st.fixed_dictionaries(
    {
        "control": st.none() | st.integers(0, 60),  # hours ago
        "outage": st.sampled_from([False, False, False, True]),
        "mass": st.booleans(),
        "offline": st.sampled_from([False, False, False, False, True]),
        "flapped": st.none() | st.integers(0, 400),
        "elsewhere": st.none() | st.none() | st.integers(0, 400),
        "asked": st.integers(0, 2),
    }
)
HISTORIES = st.lists(st.tuples(KINDS, HOURS, AROUND), max_size=30)
REMOVING = st.lists(
    st.tuples(st.sampled_from(["gone", "gone", "mute", "wall", "there"]), HOURS, AROUND), max_size=30
)
BASES = st.builds(Rules, confirmations=st.integers(1, 4), span=st.timedeltas(timedelta(), timedelta(days=3)))


def replay(history, rules=RULES, held=LIVE):
    """Every state before and after every sighting, with what was around."""
    now, states = NOW, []
    for what, hours, given_around in history:
        now += timedelta(hours=hours)
        ago = {
            name: None if given_around[name] is None else now - timedelta(hours=given_around[name])
            for name in ("control", "flapped", "elsewhere")
        }
        around = Around(**{**given_around, **ago})
        after = judge(held, sighting(what), now, rules=rules, around=around)
        states.append((held, sighting(what), now, around, after))
        held = after
    return states


@given(HISTORIES | REMOVING, BASES)
def test_a_takedown_always_rests_on_enough(history, rules):
    states = replay(history, rules)
    for number, (before, _, now, around, after) in enumerate(states):
        if after.standing is not Standing.TAKEN_DOWN or before.standing is Standing.TAKEN_DOWN:
            continue
        run = []
        for _, seen, when, then, _ in states[number::-1]:
            if seen.presence is Presence.PRESENT or then.outage:
                break
            if seen.kind in REASONS:
                run.append(when)
        assert len(run) >= rules.confirmations
        assert now - min(run) >= rules.span
        assert around.control is not None
        assert not around.outage
        assert not around.offline


@given(HISTORIES | REMOVING, BASES)
def test_silence_never_confirms_a_removal_nor_adds_to_it(history, rules):
    for before, seen, _, _, after in replay(history, rules):
        if seen.presence in QUIET:
            assert after.misses <= before.misses
            assert after.first_miss in (before.first_miss, None)
            if before.standing is not Standing.TAKEN_DOWN:
                assert after.standing not in (Standing.TAKEN_DOWN, *({Standing.MISSING} - {before.standing}))


@given(HISTORIES | REMOVING)
def test_leaving_out_silence_gives_the_same_suspicions(history):
    """As long as it is not so long that a standing fades, and nothing else is seen meanwhile."""
    calm = [(what, hours, {**around, "offline": False, "outage": False}) for what, hours, around in history]
    states = replay(calm)
    if any(after.standing in (Standing.BARRED, Standing.UNREACHABLE) for *_, after in states):
        return
    held = LIVE
    for _, seen, now, around, after in states:
        if seen.presence not in QUIET:
            held = judge(held, seen, now, rules=RULES, around=around)
        assert _loud(after) == _loud(held)


def _loud(held):
    return replace(held, away=None, silence=None, silences=0, first_silence=None)


ANY_TIME = st.none() | st.integers(-10_000, 0).map(at)
ANY = st.builds(
    Held,
    standing=st.sampled_from(Standing),
    reason=st.none() | st.sampled_from(Reason),
    moved=st.booleans(),
    misses=st.integers(0, 9),
    first_miss=ANY_TIME,
    last_miss=ANY_TIME,
    silence=st.none() | st.sampled_from(QUIET),
    silences=st.integers(0, 9),
    first_silence=ANY_TIME,
)


@given(ANY, KINDS, AROUND, BASES)
def test_judging_is_total_and_no_standing_is_a_trap(held, what, around, rules):
    [(_, _, _, _, after)] = replay([(what, 0, around)], rules, held)
    assert step(held, after) in (None, *Step)
    assert see(after, "there", 1).standing is (
        Standing.MOVED if after.moved or _is_moved(after) else Standing.LIVE
    )


def _is_moved(held):
    return held.standing is Standing.MOVED


@given(HISTORIES | REMOVING, BASES)
def test_a_standing_that_changes_has_a_name_and_one_that_does_not_has_none(history, rules):
    for before, _, _, _, after in replay(history, rules):
        if before.standing is not after.standing:
            assert step(before, after) is not None
