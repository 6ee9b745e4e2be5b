"""What one fetch shows proves little: wordings that alternate, that come back, that were shown once."""

from __future__ import annotations

import pytest

from archive.db import findings
from tests.judging import told

TEXT = [
    "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
    "“We knew of no objections at the time,” he said. The opposition demands an inquiry by the end of May.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody in office.",
]
FIRST, SECOND = "Minister denies report on harbour deal", "Harbour deal: minister under pressure"


@pytest.fixture
def story(herald, place):
    """A story that was seen twice as it is."""
    story = herald.publish(FIRST, TEXT, author="Ada Lind", section="politics")
    place.watch(stories=[story])
    place.look()
    place.look(hours=1)
    return story


def kinds_told(place):
    return [row["kinds"] for row in told(place)]


def test_two_headlines_that_alternate_are_told_once(place, story):
    for turn in range(6):
        story.retitle((SECOND, FIRST)[turn % 2], silently=True)
        place.look(hours=1)
    [row] = told(place)
    assert row["kind"] == "variants"
    assert "headline" in row["kinds"]


def test_a_headline_that_every_reader_gets_by_lot_is_told_once(place, herald, story):
    story.try_headline(SECOND)
    herald.add_noise("ab_headlines")
    for _ in range(12):
        place.look(hours=1)
    [row] = told(place)
    assert row["kind"] == "variants"
    with place.reading() as connection:
        change = findings.change(connection, row["id"])
        sides = [findings.version(connection, id_) for id_ in (change.from_version, change.to_version)]
    assert {side.extraction.title for side in sides} == {FIRST, SECOND}


def test_an_edit_that_is_taken_back_a_day_later_is_an_edit_and_a_revert(place, story):
    story.edit_silently("120 people", "12 people")
    for _ in range(3):
        place.look(hours=8)
    story.edit_silently("12 people", "120 people")
    place.look(hours=8)
    first, second = kinds_told(place)
    assert "numbers" in first
    assert "revert" not in first
    assert "revert" in second


def test_what_only_one_fetch_showed_is_told_to_nobody_and_kept(place, story):
    captures = len(place.captures(story))
    story.flash("denied", "confirmed")
    place.look(hours=1)
    place.look(hours=1)
    assert told(place) == []
    assert [version.number for version in place.versions(story)] == [1]
    assert len(place.captures(story)) > captures


def test_edited_twice_in_a_row_is_told_twice(place, story):
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    story.edit_silently("end of May", "end of June")
    place.look(hours=1)
    assert [("numbers" in kinds, "revert" in kinds) for kinds in kinds_told(place)] == [(True, False)] * 2


def test_edited_again_between_the_two_looks_is_told_twice(place, story):
    """The first look shows one edit, the second look that one and another."""
    story.edit_silently("never answered", "answered late")
    story.flash("Residents", "Residents")  # the next fetch still shows what stands now
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    place.look(hours=1)
    rows = told(place)
    assert len(rows) == 2
    assert sum("numbers" in row["kinds"] for row in rows) == 1


def test_an_edit_of_one_variant_is_still_an_edit(place, herald, story):
    story.try_headline(SECOND)
    herald.add_noise("ab_headlines")
    for _ in range(12):
        place.look(hours=1)
    story.edit_silently("120 people", "12 people")
    for _ in range(6):
        place.look(hours=1)
    rows = told(place)
    assert sum("numbers" in row["kinds"] for row in rows) == 1
    assert len(rows) == 2
