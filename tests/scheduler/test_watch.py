"""A silence is told once, and once that it is over; what is no silence is told to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.watch import Scene, silence, watch
from tests.homes import START

HOUR = timedelta(hours=1)
AFTER = 3 * HOUR


def scene(now: float, **hours: float) -> Scene:
    """Hours from the start; the daemon runs since then."""
    given = {name: START + value * HOUR for name, value in hours.items() if name not in ("tried", "due")}
    counts = {name: hours[name] for name in ("tried", "due") if name in hours}
    return Scene(**{"now": START + now * HOUR, "steady": START, "last_good": None, **given, **counts})


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (scene(5, last_good=4.9, waiting=5), False),  # all is well
        (scene(9, last_good=5, failing=5.1, tried=40), True),  # everything fails, and is planned for later
        (scene(9, last_good=5, waiting=5.5, due=12), True),  # nothing is even tried
        (scene(9, last_good=5), False),  # there was nothing to do
        (scene(9, last_good=5, waiting=8.5, due=1), False),  # what there is to do came half an hour ago
        (scene(9, last_good=5, failing=8.9, tried=1), False),  # and failed once
        (scene(100, last_good=1, waiting=98.9, failing=50, tried=3, due=2), True),
        (scene(2.9, failing=0.1, tried=9), False),  # it just began, and never fetched anything
        (scene(3.2, failing=0.1, tried=9), True),
        (
            scene(3.0, last_good=-50, waiting=-49, due=9),
            True,
        ),  # of what happened before it began it knows nothing,
        (scene(2.9, last_good=-50, waiting=-49, due=9), False),  # so it waits as long as for anything
        (scene(9, last_good=10, waiting=8), False),  # the clock was set back; steady says from when on it counts
        (scene(13, last_good=30, failing=9.5, tried=4, steady=9), True),
    ],
)
def test_what_is_a_silence_and_what_is_none(case, told):
    word = watch(case, AFTER)
    assert (word is not None) is told
    assert (silence(case, AFTER) is not None) is told


def test_who_is_told_knows_for_how_long_and_what_was_tried():
    word = watch(scene(29.5, last_good=2, failing=2.5, tried=1480, due=32, waiting=28), AFTER)
    assert word.text == (
        "nothing good was fetched for 1 d 3 h: the last good fetch was at 2026-03-02 10:00:00 UTC, "
        "1,480 fetches since then brought nothing, 32 are due; see: stet status"
    )


def test_a_silence_is_told_once_and_once_that_it_is_over():
    """Hour by hour: good until 2, then nothing until 10, then good."""
    told, said = None, []
    for half in range(40):
        now = half / 2
        good = now if now <= 2 or now >= 10 else 2
        failing = {} if good == now else {"failing": 2.5, "tried": int(now)}
        word = watch(scene(now, last_good=good, **failing), AFTER, told)
        if word is not None:
            told = word
            said.append((now, word.silent, word.key))
    assert said == [
        (5.5, True, "silent:2026-03-02T10:00:00.000Z"),
        (10.0, False, "silent:2026-03-02T10:00:00.000Z:over"),
    ]


def test_a_second_silence_is_another_one():
    first = watch(scene(9, last_good=5, waiting=5), AFTER)
    over = watch(scene(10, last_good=9.5), AFTER, first)
    second = watch(scene(20, last_good=12, waiting=12), AFTER, over)
    assert len({first.key, over.key, second.key}) == 3


@given(st.lists(st.tuples(st.floats(0.1, 4), st.booleans(), st.booleans()), max_size=60))
def test_silences_and_their_ends_alternate(looks):
    """Law: whatever happens, nothing is told twice, and an end is told after its beginning only."""
    told, words, now, good, tried = None, [], 0.0, 0.0, 0
    for pause, fine, due in looks:
        now += pause
        good, tried = (now, 0) if fine else (good, tried + 1)
        seen = scene(now, last_good=good)
        if not fine:
            seen = replace(seen, failing=START + (good + 0.05) * HOUR, tried=tried)
        if due:
            seen = replace(seen, waiting=seen.now - timedelta(minutes=5), due=1)
        if (word := watch(seen, AFTER, told)) is not None:
            told = word
            words.append(word)
    assert [word.silent for word in words] == [n % 2 == 0 for n in range(len(words))]
    assert len({word.key for word in words}) == len(words)


def test_after_a_sleep_nobody_is_told_at_once():
    """The machine slept over night: nothing was fetched for ten hours, and everything is due."""
    woken = scene(12, last_good=1.9, waiting=2, due=400, steady=12)
    assert watch(woken, AFTER) is None
    assert watch(replace(woken, steady=START), AFTER) is not None
    assert watch(replace(woken, now=START + 15 * HOUR), AFTER) is not None
