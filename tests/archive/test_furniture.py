"""What an outlet repeats: learnt from its other articles, and never a word that an editor changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles, blocks
from archive.domain.furniture import (
    MANY,
    NOTHING,
    Differing,
    Elsewhere,
    Furniture,
    Stand,
    Way,
    differing,
    is_furniture,
    looked,
    mask,
    mask_and_filling,
)
from archive.domain.trimmings import is_prose
from archive.domain.wording import fold
from tests.homes import NOW, Shelf
from tests.strategies import TEXTS

APPEAL = "Already 41,312 readers keep our work going with a small sum each month. Will you be one of them?"
READERS = "1,234 readers"
BACKGROUND = "The company was fined in 2019 over the same charges, which it has always denied."
STORY = ["The minister denies the report.", "She was in Bonn on Tuesday, her office says."]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as made:
        yield made


class Outlet:
    """An outlet's articles as they are seen, each under a number."""

    def __init__(self, shelf, connection):
        self.shelf, self.connection, self.ids = shelf, connection, {}

    def saw(self, number, *paragraphs, at=NOW):
        if number not in self.ids:
            self.ids[number] = self.shelf.article(self.connection, f"/story-{number}")
            articles.update(self.connection, self.ids[number], first_seen=at)
        blocks.note(self.connection, self.shelf.outlet, self.ids[number], paragraphs, at)

    def furniture(self, number, before, after, at):
        return blocks.furniture_of(self.connection, self.shelf.outlet, self.ids[number], before, after, at)


@pytest.fixture
def paper(shelf):
    with shelf.database.write() as connection:
        yield Outlet(shelf, connection)


# Masks.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,234 readers", "97 readers"),
        ("12.5k views", "3 views"),
        ("Updated 2 hours ago", "Updated just now"),
        ("vor 3 Stunden", "vor einer Stunde"),
        ("il y a 2 heures", "il y a 3 minutes"),
        ("hace 5 horas", "hace 1 día"),
        ("3 saat önce", "2 gün önce"),
        ("2 часа назад", "час назад"),
        ("منذ ساعتين", "قبل 3 ساعات"),
        ("At 10:20 a.m. today", "At 9:05 p.m. today"),
        ("٣ تعليقات", "١٢ تعليقات"),
        ("“Support us” – now", '"SUPPORT US" - now'),
    ],
)
def test_what_differs_in_numbers_times_and_typography_has_one_mask(one, other):
    assert mask(one) == mask(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,234 readers", "1,234 writers"), ("He did.", "He did not."), ("Support us", "Support them"), ("a", "b")],
)
def test_other_words_have_another(one, other):
    assert mask(one) != mask(other)


@given(TEXTS)
def test_a_mask_has_64_signed_bits_and_knows_no_typography(text):
    assert -(2**63) <= mask(text) < 2**63
    assert mask(fold(text)) == mask(text)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_only_the_filling_tells_counts_apart(one, other):
    texts = [f"{number} people are reading this" for number in (one, other)]
    (first, count), (second, another) = map(mask_and_filling, texts)
    assert first == second
    assert (count == another) == (one == other)


# The rule.


@pytest.mark.parametrize(
    ("way", "prose", "elsewhere", "articles", "expected"),
    [
        (Way.CAME, False, Elsewhere(stood=3), 5_000, True),
        (Way.WENT, False, Elsewhere(stood=3), 5_000, True),
        (Way.WENT, False, Elsewhere(stood=2), 3, False),
        (Way.CAME, True, Elsewhere(stood=3, born=3), 5_000, True),
        (Way.CAME, True, Elsewhere(stood=9, born=2), 9, False),  # added to nine old articles: by an editor
        (Way.WENT, True, Elsewhere(stood=3, born=3), 3, False),  # a paragraph of background that is taken back
        (Way.WENT, True, Elsewhere(stood=9, born=9), 9, False),
        (Way.WENT, True, Elsewhere(stood=MANY), 100, True),
        (Way.WENT, True, Elsewhere(stood=MANY), 101, False),
        (Way.WENT, True, Elsewhere(stood=3, varied=3), 5_000, True),
        (Way.WENT, True, Elsewhere(stood=3, varied=2), 5_000, False),
        (Way.COUNTED, False, Elsewhere(stood=100), 100, False),  # "Deaths: 12" in a hundred articles
        (Way.COUNTED, False, Elsewhere(stood=30, counted=3), 300, True),
        (Way.COUNTED, True, Elsewhere(stood=30, counted=3), 301, False),  # three articles of one disaster
        (Way.COUNTED, True, Elsewhere(stood=30, counted=2), 30, False),
    ],
)
def test_the_rule(way, prose, elsewhere, articles, expected):
    assert is_furniture(Differing(mask=1, way=way, prose=prose), elsewhere, articles) is expected


@given(st.integers(0, 50).flatmap(lambda n: st.tuples(*[st.integers(0, n)] * 3, st.just(n))))
def test_prose_is_never_more_easily_furniture_than_a_line_and_more_sightings_never_make_it_less(counts):
    born, varied, counted, stood = counts
    elsewhere = Elsewhere(stood=stood, born=born, varied=varied, counted=counted)
    more = Elsewhere(**{name: getattr(elsewhere, name) + 1 for name in Elsewhere.__slots__})
    for way in Way:
        line, prose = (Differing(mask=1, way=way, prose=prose) for prose in (False, True))
        assert is_furniture(line, elsewhere, 40) >= is_furniture(prose, elsewhere, 40)
        assert is_furniture(prose, more, 40) >= is_furniture(prose, elsewhere, 40)


def test_a_note_is_never_furniture_however_often_it_stands():
    note = "Correction: an earlier version of this article misspelt a name."
    assert note not in Furniture(frozenset({mask(note)}))
    assert READERS in Furniture(frozenset({mask(READERS)}))
    assert READERS not in NOTHING


def test_an_edit_in_words_is_no_way_of_one_paragraph_but_two_masks():
    edited = BACKGROUND.replace("always", "never")
    found = {(one.mask, one.way) for one in differing([*STORY, BACKGROUND], [*STORY, edited])}
    assert found == {(mask(BACKGROUND), Way.WENT), (mask(edited), Way.CAME)}


@given(st.lists(TEXTS, max_size=5), st.lists(TEXTS, max_size=5))
def test_differing_turns_round(before, after):
    turned = {Way.CAME: Way.WENT, Way.WENT: Way.CAME, Way.COUNTED: Way.COUNTED}
    there = {(one.mask, turned[one.way]) for one in differing(before, after)}
    assert there == {(one.mask, one.way) for one in differing(after, before)}
    assert differing(before, before) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [(APPEAL, True), (READERS, False), ("Read more", False), ("He left.", False), (BACKGROUND, True)],
)
def test_prose_is_told_from_lines(text, expected):
    assert is_prose(text) is expected


# What is kept of an article.


def test_what_comes_and_goes_varies_and_what_counts_on_counts():
    known = {}

    def look(*paragraphs, hours):
        known.update(looked(known, [*STORY, *paragraphs], NOW + hours * HOUR))
        return known

    look(READERS, hours=0)
    look("1,240 readers", hours=1)
    assert known[mask(READERS)].counted == NOW + HOUR
    look(APPEAL, hours=2)
    assert known[mask(READERS)].gone == NOW + 2 * HOUR
    assert not known[mask(APPEAL)].born
    look(READERS, hours=3)
    assert known[mask(READERS)].varied == NOW + 3 * HOUR
    assert known[mask(APPEAL)].varied == NOW + 3 * HOUR
    assert known[mask(STORY[0])] == Stand(at=NOW, born=True)


def test_prose_counts_on_only_when_it_was_seen_with_three_counts():
    known = looked({}, [*STORY, APPEAL], NOW)
    known |= looked(known, [*STORY, APPEAL.replace("41,312", "41,377")], NOW + HOUR)
    assert known[mask(APPEAL)].counted is None
    known |= looked(known, [*STORY, APPEAL.replace("41,312", "41,401")], NOW + 2 * HOUR)
    assert known[mask(APPEAL)].counted == NOW + 2 * HOUR


def test_a_page_that_lost_most_of_its_paragraphs_says_nothing_of_the_rest():
    known = looked({}, [*STORY, APPEAL], NOW)
    assert looked(known, STORY[:1], NOW + HOUR) == {}


@given(st.lists(st.sampled_from([*STORY, APPEAL, READERS, BACKGROUND]), max_size=6))
def test_a_second_look_at_the_same_page_changes_nothing(paragraphs):
    known = looked({}, paragraphs, NOW)
    assert looked(known, paragraphs, NOW + HOUR) == {}


# In the database.


def test_a_box_that_new_articles_bring_is_no_edit_of_an_old_one(paper):
    paper.saw(1, *STORY)
    for number in (2, 3, 4):
        paper.saw(number, f"Story {number}.", APPEAL, at=NOW + number * HOUR)
    after = [*STORY, APPEAL.replace("41,312", "50,000")]
    assert after[-1] not in paper.furniture(1, STORY, after, NOW + 3 * HOUR)  # two articles so far
    assert after[-1] in paper.furniture(1, STORY, after, NOW + 4 * HOUR)
    assert STORY[0] not in paper.furniture(1, STORY, after, NOW + 4 * HOUR)


def test_a_paragraph_of_background_that_five_articles_lose_is_told_of_at_each(paper):
    for number in range(5):
        paper.saw(number, f"Story {number}.", BACKGROUND, "And so on.")
    for number in range(5):
        at = NOW + DAY + number * HOUR
        before, after = [f"Story {number}.", BACKGROUND, "And so on."], [f"Story {number}.", "And so on."]
        assert BACKGROUND not in paper.furniture(number, before, after, at)
        paper.saw(number, *after, at=at)


def test_a_toll_that_three_articles_put_right_is_told_of_in_the_fourth(paper):
    toll = "At least 12 people were killed in the fire, the police said."
    for number in range(4):
        paper.saw(number, f"Story {number}.", toll)
    for number in range(3):
        paper.saw(number, f"Story {number}.", toll.replace("12", "21"), at=NOW + HOUR)
    right = toll.replace("12", "21")
    assert right not in paper.furniture(3, ["Story 3.", toll], ["Story 3.", right], NOW + 2 * HOUR)


def test_a_counter_is_known_once_three_articles_counted_on(paper):
    for number in range(4):
        paper.saw(number, f"Story {number}.", READERS)
    asked = (3, ["Story 3.", READERS], ["Story 3.", "97 readers"])
    for number in range(3):
        assert "97 readers" not in paper.furniture(*asked, NOW + number * HOUR)
        paper.saw(number, f"Story {number}.", f"{number} readers", at=NOW + (number + 1) * HOUR)
    assert "97 readers" in paper.furniture(*asked, NOW + 3 * HOUR)


def test_what_was_learnt_later_does_not_judge_an_earlier_visit(paper):
    for number in range(1, 5):
        paper.saw(number, f"Story {number}.", READERS, at=NOW + number * HOUR)
    paper.saw(0, *STORY)
    after = [*STORY, READERS]
    assert READERS not in paper.furniture(0, STORY, after, NOW)
    assert READERS in paper.furniture(0, STORY, after, NOW + DAY)


def test_noting_is_idempotent_and_the_earliest_time_stays(paper):
    paper.saw(1, *STORY, READERS)
    rows = blocks._stands(paper.connection, paper.ids[1])
    for _ in range(2):
        paper.saw(1, *STORY, READERS, at=NOW + HOUR)
    assert blocks._stands(paper.connection, paper.ids[1]) == rows


def test_a_reset_forgets_and_only_what_is_first_seen_later_teaches(paper):
    for number in range(4):
        paper.saw(number, f"Story {number}.", READERS, APPEAL)
    asked = (3, ["Story 3."], ["Story 3.", READERS])
    assert READERS in paper.furniture(*asked, NOW)
    blocks.reset(paper.connection, "herald", one=mask(READERS), at=NOW + HOUR)
    assert READERS in paper.furniture(*asked, NOW)  # that visit was before
    assert READERS not in paper.furniture(*asked, NOW + 2 * HOUR)
    assert APPEAL in paper.furniture(3, ["Story 3."], ["Story 3.", APPEAL], NOW + 2 * HOUR)
    for number in range(4):
        paper.saw(number, f"Story {number}.", READERS, at=NOW + 2 * HOUR)
    assert READERS not in paper.furniture(*asked, NOW + 3 * HOUR)
    for number in range(10, 13):
        paper.saw(number, f"Story {number}.", READERS, at=NOW + 3 * HOUR)
    assert READERS in paper.furniture(*asked, NOW + 3 * HOUR)
    blocks.reset(paper.connection, "herald", one=None, at=NOW + 4 * HOUR)
    assert READERS not in paper.furniture(*asked, NOW + 5 * HOUR)
    assert APPEAL not in paper.furniture(3, ["Story 3."], ["Story 3.", APPEAL], NOW + 5 * HOUR)


def test_a_reset_that_is_told_again_is_one(paper):
    for _ in range(2):
        blocks.reset_again(paper.connection, {"outlet": "herald", "mask": None}, at=NOW)
    blocks.reset_again(paper.connection, {"outlet": "gone", "mask": None}, at=NOW)
    [row] = paper.connection.execute(blocks.resets.select()).all()
    assert row.at == NOW


def test_an_article_that_is_forgotten_or_joined_takes_its_paragraphs_along(paper):
    for number in range(4):
        paper.saw(number, f"Story {number}.", READERS, at=NOW + number * HOUR)
    asked = (3, ["Story 3."], ["Story 3.", READERS])
    blocks.hand_over(paper.connection, away=paper.ids[0], into=paper.ids[1])
    assert READERS not in paper.furniture(*asked, NOW + DAY)  # two others are left
    assert blocks._stands(paper.connection, paper.ids[1])[mask(READERS)].at == NOW
    blocks.forget(paper.connection, paper.ids[1])
    assert blocks._stands(paper.connection, paper.ids[1]) == {}
