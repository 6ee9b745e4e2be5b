"""The labelled real pages: articles are present, what stands in the place of one is told for what it is."""

from __future__ import annotations

import pytest

from archive.domain.barriers import barrier
from archive.domain.model import Presence
from archive.domain.sightings import KINDS
from benchmarks.sightings import (
    ABSENT,
    TRUE,
    answers,
    article_pages,
    barrier_pages,
    judged_answers,
    judged_articles,
    judged_barriers,
    markup,
    present,
    read,
)

pytestmark = pytest.mark.skipif(not present(), reason=ABSENT)

EVERY = 12  # articles; the benchmark judges all


@pytest.fixture(scope="module")
def articles():
    return article_pages(every=EVERY)


def test_every_label_is_told_by_kinds_that_there_are():
    assert frozenset().union(*TRUE.values()) <= KINDS.keys()
    assert not [kind for kinds in TRUE.values() for kind in kinds if KINDS[kind] is Presence.PRESENT]


def test_articles_are_present_whatever_is_mixed_into_them(articles):
    wrong = [one for one in judged_articles(articles) if not one.right]
    assert not wrong


def test_what_is_no_article_is_told_for_what_it_is_alone_and_in_the_place_of_a_story(articles):
    judged = list(judged_barriers(barrier_pages(), [read(page) for page in articles]))
    assert not [one for one in judged if one.sighting.presence is Presence.PRESENT]
    assert not [one for one in judged if not one.right]


def test_articles_hold_no_marks_of_barriers_even_where_they_do_not_say_that_they_are_articles(articles):
    for page in articles:
        found = barrier(status=200, headers=(), markup=markup(page.payload), url=page.url, page=None)
        assert found is None, (page.name, found)


def test_headers_and_titles_alone_tell_what_is_worthless(articles):
    for answer, sighting, told in judged_answers(answers(), read(articles[0])):
        if answer.quality == 0:
            assert sighting.presence is not Presence.PRESENT
            assert told or answer.status != 200, answer.url
        elif answer.quality == 1:
            assert sighting.kind == "not_found" if answer.status == 404 else not told, answer.url
