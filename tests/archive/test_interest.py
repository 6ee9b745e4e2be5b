"""Whom an article matters to, and how much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.interest import ANYBODY, ASKED_FOR, BY_HAND, TAGGED, interest

FEED = "https://www.example.org/feed.xml"

TAGS = st.frozensets(st.sampled_from(["court", "elections", "dossier:gas", "dossier:war", "x"]))
PLACES = st.sampled_from([BY_HAND, FEED, ""])


@pytest.mark.parametrize(
    ("found_in", "tags", "weight"),
    [
        (FEED, (), ANYBODY),
        ("", (), ANYBODY),  # its journal is lost: nobody knows how it was found
        (BY_HAND, (), ASKED_FOR),
        (FEED, ("court",), TAGGED),
        (BY_HAND, ("court", "elections"), ASKED_FOR),
        (FEED, ("dossier:gas",), ASKED_FOR),
        (BY_HAND, ("court", "dossier:gas", "dossier:war"), ASKED_FOR),
        (FEED, ("dossiers",), TAGGED),
    ],
)
def test_of_several_reasons_the_greatest_holds(found_in: str, tags: tuple[str, ...], weight: float) -> None:
    assert interest(found_in, tags) == weight


@given(PLACES, TAGS, TAGS)
def test_a_tag_more_never_makes_it_matter_less(found_in: str, tags: frozenset[str], more: frozenset[str]) -> None:
    assert interest(found_in, tags | more) >= interest(found_in, tags)
    assert interest(BY_HAND, tags) >= interest(found_in, tags)


@given(PLACES, TAGS)
def test_nobody_is_starved_and_nobody_takes_it_all(found_in: str, tags: frozenset[str]) -> None:
    assert ANYBODY <= interest(found_in, tags) <= ASKED_FOR
