"""A few hundred made-up articles over four months: nobody cries wolf, and nothing that went is missed."""

from __future__ import annotations

import pytest

from benchmarks.takedowns import OURS, PEERS, simulate


@pytest.fixture(scope="module")
def count():
    return simulate(800, 120, seed=4)


def test_no_takedown_is_false_and_no_lasting_removal_is_missed(count):
    assert count.lasting > 20
    assert count.short > 10
    assert count.notices["outage"] > 3
    assert (count.false[OURS].total(), count.missed[OURS], count.list) == (0, 0, [])


def test_it_takes_ten_days_and_three_spans_at_most_where_the_outlet_can_be_seen(count):
    assert sorted(count.waits)[len(count.waits) // 2] <= 80
    assert sorted(count.delays)[int(0.95 * len(count.delays))] <= 24 * 14


@pytest.mark.parametrize("peer", [name for name in PEERS if "Klaxon" not in name])
def test_the_histories_are_hard_enough_to_mislead_the_rules_of_others(count, peer):
    assert count.false[peer].total() + count.missed[peer] > 0
