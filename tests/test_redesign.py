"""A new template: one notice for all its articles, and each real edit that was made at the same time."""

from __future__ import annotations

import pytest

from scheduler.newsroom import publish_editable
from tests.judging import judge, told
from tests.redesigning import redesigned_with_edits


def test_a_redesign_is_one_notice_and_the_edits_within_it_are_told(room, place):
    planted = redesigned_with_edits(room, place, articles=12)
    rows = told(place)
    assert [row["kind"] for row in rows].count("redesign") == 1
    verdict = judge(planted, [row for row in rows if row["kind"] != "redesign"])
    assert verdict.missed == verdict.mistaken == verdict.others == []


@pytest.mark.parametrize("turns", range(1, 5))
def test_a_redesign_alone_tells_of_no_edit(place, herald, turns):
    for _ in range(turns - 1):
        herald.redesign()
    place.watch(stories=[publish_editable(herald) for _ in range(8)])
    for _ in range(2):
        place.look(hours=2)
    herald.redesign()
    for _ in range(3):
        place.look(hours=2)
    assert [row["kind"] for row in told(place)] == ["redesign"]


def test_the_page_for_small_screens_is_no_redesign(place, herald):
    place.watch(stories=[publish_editable(herald) for _ in range(16)])
    herald.add_noise("devices")
    for _ in range(8):
        place.look(hours=2)
    assert told(place) == []
