"""What only the second witness saw: when a difference between asides is an edit, and when it is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Extraction, Link
from archive.domain.noise import comparable
from archive.domain.witness import witnessed

TEXT = "The board voted on Tuesday to close the basin.\n\nWork begins in January and costs forty million."
ROW = "Ferry Aland | twice a day | pier four"
FACT = "The ferry to the outer islands leaves twice a day from pier four."


def page(*asides, text=TEXT, pointers=()):
    return Extraction(extractor="x", title="Basin to close", text=text, asides=asides, pointers=pointers)


def changed(before, after):
    return comparable(before, after)[0].text != comparable(before, after)[1].text


def test_an_edited_row_of_a_table_is_an_edit():
    before, after = witnessed(page("Costs", ROW), page("Costs", ROW.replace("four", "nine")))
    assert before.paragraphs[-1] == ROW
    assert after.paragraphs[-1] == ROW.replace("four", "nine")
    assert before.paragraphs[:-1] == after.paragraphs[:-1] == page().paragraphs


@pytest.mark.parametrize(
    "aside",
    [
        FACT,
        "Correction: the wall is 40 metres long.",
        " | ".join(f"Why wall number {n} has to go" for n in (1, 2, 3)),
    ],
)
def test_a_passage_that_comes_or_goes_is_an_edit(aside):
    assert changed(page(), page(aside))
    assert changed(page(aside), page())


@pytest.mark.parametrize("aside", ["Costs", "The wall today", "Ada Lund for The Outlet", "12 comments", ROW])
def test_a_label_a_caption_or_a_row_that_comes_or_goes_is_none(aside):
    assert not changed(page(), page(aside))
    assert not changed(page(aside), page())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1,200 readers so far", "1,340 readers so far"),
        ("Updated 3 hours ago by us", "Updated 4 hours ago by us"),
        ("Last updated 3 March 2026", "Last updated 4 March 2026"),
        ("Sign up for our newsletter and get it daily.", "Sign up for our newsletter and get it weekly."),
        ("https://outlet.example/2026/14848382.php", "https://outlet.example/2026/53307540.php"),
        ("“The wall” stands", '"The wall" stands'),
    ],
)
def test_what_is_no_part_of_a_story_may_vary(old, new):
    assert not changed(page(old), page(new))


def test_what_the_other_side_has_in_its_text_or_as_a_pointer_is_no_difference():
    assert not changed(page(FACT), page(text=f"{TEXT}\n\n{FACT}"))
    assert not changed(page(text=f"{TEXT}\n\nAda Lund"), page(pointers=("Ada Lund",)))


def test_a_link_in_what_is_no_difference_is_none_either():
    address = "https://outlet.example/plan"
    before = page(pointers=(address,))
    after = replace(page(text=f"{TEXT}\n\n{address}"), links=(Link(text=address, url=address),))
    assert comparable(before, after)[1].links == ()


pages = st.lists(
    st.sampled_from([FACT, ROW, ROW.replace("four", "six"), "Costs", "12 comments", "Correction: no."])
)


@given(pages, pages)
def test_it_depends_on_the_pair_alone_and_what_is_settled_stays(one, other):
    before, after = page(*one), page(*other)
    first = witnessed(before, after)
    assert witnessed(*first) == first
    assert (before == after) <= (first == (before, after))
    assert [replace(side, text=TEXT) for side in first] == [before, after]
