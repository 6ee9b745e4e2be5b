"""An outlet's boxes come and go on all its pages, and editors go on editing: what is told, and what is not."""

from __future__ import annotations

import pytest

from archive.db import notices
from archive.db.blocks import reset
from archive.domain.furniture import mask
from scheduler.newsroom.noise import NOISES
from tests.homes import Place, kinds
from tests.newsroom import Newsroom
from tests.scheduler.test_reindexing import assert_same, copy, made_again

APPEAL = "Independent reporting costs money, and four in a hundred of those who read us pay for it at the moment."
BACKGROUND = "The mill closed in 2019 after a fire, and the town has argued about the site ever since."


ONE_DRESS = [kind for kind in NOISES if kind != "devices"]


@pytest.fixture
def herald():
    with Newsroom() as room:
        yield room.outlet("herald.example", title="The Herald")


@pytest.fixture
def place(tmp_path, herald):
    return Place(tmp_path / "home", herald.room)


def with_box(story, box):
    first, *rest = story.words.paragraphs
    return [first, box, *rest]


def without(story, box):
    return [paragraph for paragraph in story.words.paragraphs if paragraph != box]


def same_when_made_again(place, folder):
    copy(place.root / "stet.db", folder / "before.db")
    made_again(place.root)
    assert_same(folder / "before.db", place.root / "stet.db")


def test_a_box_on_all_pages_comes_and_goes_untold_and_a_word_edited_in_it_is_told(place, herald):
    stories = herald.publish_many(14)
    for story in stories[:13]:
        story.rewrite(with_box(story, APPEAL), silently=True)
    place.watch(stories=stories)
    assert kinds(place.look()) == ["new"] * 14
    stories[13].rewrite(with_box(stories[13], APPEAL), silently=True)
    assert place.look(hours=1) == []
    for story in stories[1:]:
        story.rewrite(without(story, APPEAL), silently=True)
    assert place.look(hours=1) == []
    stories[0].edit_silently("four in a hundred", "six in a hundred")
    assert kinds(place.look(hours=1)) == ["change"]
    assert [len(place.versions(story)) for story in stories] == [2, *[1] * 13]


def test_background_that_is_taken_out_of_five_stories_is_told_of_each(place, herald):
    stories = herald.publish_many(8)
    for story in stories[:5]:
        story.rewrite(with_box(story, BACKGROUND), silently=True)
    place.watch(stories=stories)
    place.look()
    for story in stories[:5]:
        story.rewrite(without(story, BACKGROUND), silently=True)
        assert kinds(place.look(hours=1)) == ["change"]


def test_what_was_learnt_and_reset_is_the_same_in_a_database_that_is_made_again(place, herald, tmp_path):
    stories = herald.publish_many(5)
    for story in stories[:4]:
        story.rewrite(with_box(story, "1,234 readers so far"), silently=True)
    place.watch(stories=stories)
    place.look()
    with place.writing() as connection:
        reset(connection, "herald", one=mask("1,234 readers so far"), at=place.clock())
        reset(connection, "herald", one=None, at=place.clock())
    for story in stories[1:]:
        story.rewrite(with_box(story, APPEAL), silently=True)
    place.look(hours=1)
    herald.redesign()
    place.look(hours=1)
    same_when_made_again(place, tmp_path)


def test_a_redesign_with_three_edits_inside_is_one_notice_and_the_three(place, herald):
    stories = herald.publish_many(30)
    herald.add_noise(*ONE_DRESS)
    place.watch(stories=stories)
    place.look()
    herald.redesign()
    first, *_ = stories[5].words.paragraphs
    stories[5].edit_silently(first.split(".")[0], "Nobody expected what came next")
    stories[11].retitle("Nobody expected what came next", silently=True)
    stories[17].rewrite(without(stories[17], stories[17].words.paragraphs[1]), silently=True)
    found = place.look(hours=1)
    assert sorted(kinds(found)) == ["change"] * 3 + ["notice"]
    assert {one.url for one in found if one.what == "change"} == {stories[n].url for n in (5, 11, 17)}
    with place.reading() as connection:
        [notice] = notices.listed(connection)
    assert notice.articles == 30
    assert set(notice.changed) == {stories[n].url for n in (5, 11, 17)}
    for hours in (1, 24):
        assert place.look(hours=hours) == []
    herald.redesign()
    assert place.look(hours=1) == []


def test_pages_for_telephones_are_no_redesign_and_do_not_hide_one(place, herald):
    stories = herald.publish_many(16)
    herald.add_noise()
    place.watch(stories=stories)
    assert kinds(place.look()) == ["new"] * 16
    for _ in range(4):
        assert place.look(hours=2) == []
    herald.redesign()
    assert [finding for _ in range(3) for finding in kinds(place.look(hours=2))] == ["notice"]


def test_what_a_redesign_leaves_is_the_same_in_a_database_that_is_made_again(place, herald, tmp_path):
    stories = herald.publish_many(7)
    place.watch(stories=stories)
    place.look()
    herald.redesign()
    stories[2].retitle("Nobody expected what came next")
    assert sorted(kinds(place.look(hours=1))) == ["change", "notice"]
    same_when_made_again(place, tmp_path)
