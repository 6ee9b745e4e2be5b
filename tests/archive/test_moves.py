"""Moves of one kind are one deed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.moves import deed

OLD = "http://herald.example/world/2026/03/01/the-bridge-1"


@pytest.mark.parametrize(
    ("new", "changed"),
    [
        ("http://herald.example/en/world/2026/03/01/the-bridge-1", ((), ("en",))),
        ("https://herald.example/world/2026/03/01/the-bridge-1", (("http",), ("https",))),
        (
            "http://news.herald.example/world/2026/03/01/the-bridge-1",
            (("herald.example",), ("news.herald.example",)),
        ),
        ("http://herald.example/archive/2026/03/01/the-bridge-1", (("world",), ("archive",))),
        ("http://herald.example/world/2026/03/01/the-old-bridge-1", (("the-bridge-1",), ("the-old-bridge-1",))),
        (OLD, ((), ())),
    ],
)
def test_what_of_an_address_became_what(new, changed):
    assert deed(OLD, new) == changed


PARTS = st.lists(st.text("abc-123", min_size=1, max_size=6), min_size=1, max_size=5)


@given(PARTS, PARTS)
def test_all_that_are_put_below_one_folder_did_the_same(one, other):
    moved = [
        deed(f"http://a.example/{'/'.join(parts)}", f"http://a.example/_new/{'/'.join(parts)}")
        for parts in (one, other)
    ]
    assert moved[0] == moved[1] == ((), ("_new",))
