"""Turns: one at a time for each host, so far apart, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from crawler.gate import Gate, NotNow

URL = "http://herald.example/"


class Log:
    """Who was in, from when to when."""

    def __init__(self):
        self.stays = []

    async def visit(self, gate, host, url, *, stay=0.02, **turn):
        turn = {"delay": 0, **turn}
        seconds = turn.pop("delay")
        async with gate.turn(host, url, delay=lambda: seconds, **turn):
            begun = time.monotonic()
            await asyncio.sleep(stay)
            self.stays.append((begun, time.monotonic()))

    @property
    def gaps(self):
        stays = sorted(self.stays)
        return [later[0] - earlier[1] for earlier, later in pairwise(stays)]


def play(visits):
    asyncio.run(visits())


def test_one_at_a_time_with_the_delay_between():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        await asyncio.gather(*(log.visit(gate, "a", f"{URL}{n}", delay=0.05) for n in range(4)))

    play(visits)
    assert len(log.stays) == 4
    assert min(log.gaps) >= 0.05


def test_other_hosts_do_not_wait():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        await asyncio.gather(*(log.visit(gate, f"host{n}", URL, delay=5, stay=0.1) for n in range(20)))

    begun = time.monotonic()
    play(visits)
    assert time.monotonic() - begun < 1


def test_so_many_over_all_hosts():
    gate, log = Gate(concurrency=2, patience=5), Log()

    async def visits():
        await asyncio.gather(*(log.visit(gate, f"host{n}", URL) for n in range(8)))

    play(visits)
    edges = sorted([(at, 1) for at, _ in log.stays] + [(at, -1) for _, at in log.stays])
    inside = [sum(step for _, step in edges[: n + 1]) for n in range(len(edges))]
    assert max(inside) == 2


def test_several_at_a_time_where_the_outlet_allows_also_after_a_hold():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        gate.hold("a", 0.01, "answered 503")
        await asyncio.gather(*(log.visit(gate, "a", f"{URL}{n}", concurrency=3, stay=0.1) for n in range(3)))

    begun = time.monotonic()
    play(visits)
    assert time.monotonic() - begun < 0.25


def test_the_same_url_is_asked_for_once_a_second():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        await log.visit(gate, "a", URL, stay=0)
        await log.visit(gate, "a", URL + "other", stay=0)
        await log.visit(gate, "a", URL, stay=0)

    play(visits)
    assert log.stays[2][0] - log.stays[0][1] >= 1


def test_a_hold_within_the_patience_is_waited_for_and_a_longer_one_is_not():
    gate, log = Gate(concurrency=64, patience=0.5), Log()

    async def visits():
        gate.hold("a", 0.1, "answered 429")
        gate.hold("b", 60, "answered 503")
        begun = time.monotonic()
        await log.visit(gate, "a", URL)
        assert log.stays[0][0] - begun >= 0.1
        with pytest.raises(NotNow, match=r"b: to be left alone for 60 s more \(answered 503\)") as caught:
            await log.visit(gate, "b", URL)
        assert (caught.value.host, caught.value.why) == ("b", "answered 503")

    play(visits)


def test_a_long_delay_is_no_reason_to_give_up():
    gate, log = Gate(concurrency=64, patience=0.01), Log()

    async def visits():
        await asyncio.gather(*(log.visit(gate, "a", f"{URL}{n}", delay=0.1) for n in range(3)))

    play(visits)
    assert len(log.stays) == 3


def test_of_two_delays_the_longer_one_counts_whoever_asks_for_it():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        for seconds in (0, 0.1, 0):
            await log.visit(gate, "a", f"{URL}{seconds}{len(log.stays)}", delay=seconds)

    play(visits)
    assert min(log.gaps) >= 0.1


def test_a_delay_that_grows_holds_for_those_who_wait_already():
    gate, log = Gate(concurrency=64, patience=5), Log()
    seconds = [0.05]

    async def visit(number):
        async with gate.turn("a", f"{URL}{number}", delay=lambda: seconds[0]):
            log.stays.append((time.monotonic(), time.monotonic()))

    async def visits():
        waiting = [asyncio.create_task(visit(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        seconds[0] = 0.3
        await asyncio.gather(*waiting)

    play(visits)
    assert min(log.gaps) >= 0.3


def test_who_may_not_go_any_more_when_the_turn_comes_takes_none():
    gate, log = Gate(concurrency=64, patience=5), Log()

    def forbidden():
        raise ZeroDivisionError

    async def visits():
        await log.visit(gate, "a", URL, delay=0.1)
        with pytest.raises(ZeroDivisionError):
            async with gate.turn("a", URL, delay=forbidden):
                pass
        await log.visit(gate, "a", URL + "2", delay=0.1)

    play(visits)
    assert 0.1 <= log.gaps[0] < 0.2


def test_after_a_crash_hosts_are_taken_to_have_been_asked_just_now():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        gate.broken_off({"a"})
        begun = time.monotonic()
        await log.visit(gate, "b", URL, delay=0.2)
        assert time.monotonic() - begun < 0.2
        await log.visit(gate, "a", URL, delay=0.2)
        assert log.stays[1][0] - begun >= 0.2

    play(visits)


def test_what_is_remembered_of_a_host_does_not_grow():
    gate, log = Gate(concurrency=64, patience=5), Log()

    async def visits():
        for number in range(200):
            await log.visit(gate, "a", f"{URL}{number}", stay=0)
        await asyncio.sleep(1)
        for number in range(200, 300):
            await log.visit(gate, "a", f"{URL}{number}", stay=0)

    play(visits)
    assert len(gate._hosts["a"].spoken) <= 200


def test_refusals_in_a_row_double_and_a_good_answer_forgives():
    async def visits():
        gate = Gate(concurrency=64, patience=1)
        waits = []
        for _ in range(3):
            gate.refused("a", 60, "answered 429")
            waits.append(round(gate.held()["a"][0]))
        assert waits == [60, 120, 240]
        gate.accepted("a")
        gate.refused("a", 300, "answered 429")
        assert round(gate.held()["a"][0]) == 300
        for _ in range(99):
            gate.refused("a", 60, "answered 429")
        assert round(gate.held()["a"][0]) == 86_400

    play(visits)


def test_a_shorter_hold_does_not_shorten_a_longer_one():
    async def visits():
        gate = Gate(concurrency=64, patience=1)
        gate.hold("a", 100, "answered 503")
        gate.hold("a", 10, "politeness")
        [(seconds, why)] = gate.held().values()
        assert (round(seconds), why) == (100, "answered 503")

    play(visits)


def test_who_waits_is_sent_away_when_the_gate_is_shut():
    async def visits():
        gate, log = Gate(concurrency=64, patience=60), Log()
        gate.hold("a", 30, "answered 503")
        waiting = [asyncio.create_task(log.visit(gate, "a", f"{URL}{n}")) for n in range(3)]
        await asyncio.sleep(0.01)
        gate.shut()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in ended] == [NotNow] * 3
        gate.reopen()
        await log.visit(gate, "b", URL)

    begun = time.monotonic()
    play(visits)
    assert time.monotonic() - begun < 2


def test_a_visitor_that_fails_gives_the_turn_back():
    gate, log = Gate(concurrency=1, patience=5), Log()

    async def visits():
        with pytest.raises(ZeroDivisionError):
            async with gate.turn("a", URL, delay=lambda: 0):
                1 / 0  # noqa: B018
        await log.visit(gate, "a", URL + "2")

    play(visits)
