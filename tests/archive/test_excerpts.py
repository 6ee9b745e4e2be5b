"""Excerpts are short, show the change, and put nothing into the outlet's mouth."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.diff import Mark, Run
from archive.domain.excerpts import (
    CONTEXT,
    GAP,
    LONGEST,
    direction,
    excerpt,
    foremost,
    of_words,
    places,
    spaced,
)
from archive.domain.model import Extraction
from archive.domain.wording import words

VOCABULARY = "minister denied confirmed the report on Tuesday, 12 people. He نفى الوزير。 大臣は否定"
WORD = st.sampled_from(VOCABULARY.split(" "))
STORY = st.lists(st.lists(WORD, min_size=1, max_size=60).map(" ".join), max_size=6).map("\n\n".join)


def page(text: str, title="A title") -> Extraction:
    return Extraction(extractor="x/1", title=title, text=text)


def said(runs, mark: Mark) -> list[str]:
    return [run.text for run in runs if run.mark is mark]


@given(before=STORY, after=STORY)
@settings(deadline=None, max_examples=150)
def test_what_is_shown_was_said(before, after):
    """Each stretch stands in the wording that it is said to be of; what is left out is counted."""
    found = places(page(before), page(after))
    shown = excerpt(found, parts=4, letters=1500)
    assert len(shown.parts) + shown.left_out == len(found)
    assert bool(shown.parts) == bool(found)
    for part in shown.parts:
        for run in part.runs:
            text = run.text.partition(" … (")[0] if len(run.text) > LONGEST else run.text
            for piece in filter(None, text.split(GAP.strip())):
                assert run.mark is Mark.ADDED or piece.strip() in before
                assert run.mark is Mark.REMOVED or piece.strip() in after
            if run.mark is Mark.KEPT:
                assert len(run.text) <= 2 * CONTEXT + 2 * len(GAP)
            else:
                assert len(run.text) <= LONGEST + 40


@given(before=STORY, after=STORY)
@settings(deadline=None, max_examples=100)
def test_marks_close_about_words_and_no_word_is_lost_or_made(before, after):
    for _, runs in places(page(before), page(after)):
        close = list(spaced(runs))
        for mark in Mark:
            assert words(" ".join(said(close, mark))) == words(" ".join(said(runs, mark)))
        assert all(run.text == run.text.strip() for run in close if run.mark is not Mark.KEPT)
        for one, other in pairwise(close):
            assert Mark.KEPT in (one.mark, other.mark)


def test_a_change_stands_in_its_sentence():
    before = page("Nobody asked. The minister denied the report. He left. Talks go on.")
    after = page("Nobody asked. The minister confirmed the report. He left. Talks go on.")
    (part,) = excerpt(places(before, after), parts=4, letters=1500).parts
    assert "|".join(run.text for run in spaced(part.runs)) == "… The minister |denied| |confirmed| the report. …"


def test_a_long_paragraph_that_went_is_cut_and_its_words_are_counted():
    before = page("A short one.\n\n" + "The minister said that he had nothing to say. " * 40)
    (part,) = excerpt(places(before, page("A short one.")), parts=4, letters=100).parts
    assert part.runs[0].mark is Mark.REMOVED
    assert " more words)" in part.runs[0].text


FOREMOST = [
    ("The minister denied it.", "The minister confirmed it.", "A title", ("", "denied", "confirmed", 0)),
    ("The minister denied it.", "The minister confirmed it.", "Another title", ("Headline", "A", "Another", 1)),
    ("At least 12 were hurt.", "At least 12 were hurt. He left.", "A title", ("", "", "He left.", 0)),
]


@pytest.mark.parametrize(("before", "after", "title", "expected"), FOREMOST)
def test_the_foremost_edit_is_in_the_headline_if_there_is_one(before, after, title, expected):
    found = foremost(places(page(before), page(after, title)), letters=48)
    assert found is not None
    assert (found.name, found.edit.removed.strip(), found.edit.added.strip(), found.others) == expected


def test_an_edit_that_is_long_is_not_quoted():
    long = "The minister said that he had nothing to say about the report of the day."
    assert foremost(places(page("It rained."), page(f"It rained. {long}")), letters=48) is None
    assert foremost([], letters=48) is None


@pytest.mark.parametrize(
    ("text", "way"), [("", "ltr"), ("12 (…)", "ltr"), ("Minister", "ltr"), ("12 نفى X", "rtl"), ("«שלום»", "rtl")]
)
def test_a_text_is_read_as_its_first_letter_says(text, way):
    assert direction(text) == way


def test_words_alone_are_shown_line_by_line():
    found = [part.runs for part in of_words("denied\ntwelve", "confirmed")]
    removed, added = Mark.REMOVED, Mark.ADDED
    assert found == [(Run(removed, "denied"),), (Run(removed, "twelve"),), (Run(added, "confirmed"),)]
