"""Every edit of the pretend outlet, in every language: made once, in one place, as it says."""

from __future__ import annotations

import pytest

from archive.domain.classify import Kind
from archive.errors import Misuse
from scheduler.newsroom import EDITS, publish_editable
from scheduler.newsroom.passages import LANGUAGES
from tests.newsroom import Newsroom
from tests.test_noises import page_of, stands_whole

MADE = [(name, language) for name, edit in EDITS.items() for language in edit.languages if not edit.after]
PARTS = ("title", "standfirst", "caption", "author", "image", "dateline", "links", "notes", "paragraphs")
ELSEWHERE = {
    "headline": "title",
    "headline_digit": "title",
    "standfirst": "standfirst",
    "caption": "caption",
    "byline": "author",
    "image": "image",
    "dateline": "dateline",
    "link_target": "links",
    "link_removed": "links",
    "correction": "notes",
}


@pytest.fixture(scope="module")
def room():
    with Newsroom() as room:
        for language in LANGUAGES:
            room.outlet(f"{language}.example", language=language).publish_many(2)
        yield room


@pytest.mark.parametrize(("name", "language"), MADE)
def test_an_edit_touches_one_part_of_a_story(room, name, language):
    story = publish_editable(room.outlets[f"{language}.example"], live=EDITS[name].live)
    before = story.words
    EDITS[name].make(story, silently=True)
    changed = [part for part in PARTS if getattr(before, part) != getattr(story.words, part)]
    assert changed == ([] if name in ("touch", "paywall") else [ELSEWHERE.get(name, "paragraphs")])
    if name in ("digit", "not_added", "not_removed", "name_replaced", "quoted_name", "typo", "words", "sum"):
        pairs = zip(before.paragraphs, story.words.paragraphs, strict=True)
        assert sum(a != b for a, b in pairs) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_an_editable_story_whole(room, language):
    story = publish_editable(room.outlets[f"{language}.example"])
    assert stands_whole(page_of(room, story), story)
    assert len(set(story.words.paragraphs)) == len(story.words.paragraphs)


def test_every_kind_that_one_story_can_show_has_an_edit():
    """Variants take two fetches, and punctuation is no edit that anybody plans."""
    assert {edit.kind for edit in EDITS.values()} - {""} == set(Kind) - {Kind.VARIANTS, Kind.PUNCTUATION}


def test_a_story_without_passages_cannot_be_edited_so(room):
    story = room.outlets["en.example"].publish()
    with pytest.raises(Misuse, match="no passage 'not_added'"):
        EDITS["not_added"].make(story)
