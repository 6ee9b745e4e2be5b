"""A diff as a page shows it: nothing is lost, what did not change is folded, what is too much is cut and said."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.diff import BlockKind, diff
from archive.web.pages.facing import MOST_LETTERS, sheet, shortened

WORDS = ["the", "harbour", "was", "sold", "on", "Monday", "مرفأ", "liman", "nobody", "objected"]
paragraphs = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join), max_size=12)
texts = paragraphs.map("\n\n".join)


def rows_of(found):
    return [row for stretch in found.stretches for row in stretch.rows]


@given(texts, texts, st.integers(0, 3))
def test_every_paragraph_of_either_text_stands_where_it_stood(before, after, context):
    found = sheet(diff(before, after).blocks, context=context)
    rows = rows_of(found)
    assert (found.left_out, found.torn) == (0, False)
    old = [row for row in rows if row.old and (row.ghost or row.kind is not BlockKind.MOVED)]
    new = [row for row in rows if row.new and not row.ghost]
    assert "\n\n".join("".join(run.text for run in row.before) for row in old) == before
    assert "\n\n".join("".join(run.text for run in row.after) for row in new) == after


@given(texts, texts)
def test_what_moved_has_a_ghost_where_it_stood(before, after):
    rows = rows_of(sheet(diff(before, after).blocks))
    moved = sorted((row.old, row.new) for row in rows if row.kind is BlockKind.MOVED and not row.ghost)
    assert moved == sorted((row.old, row.new) for row in rows if row.ghost)


@given(texts, texts, st.integers(0, 3))
def test_only_what_did_not_change_is_folded(before, after, context):
    found = sheet(diff(before, after).blocks, context=context)
    for stretch in found.stretches:
        if stretch.folded:
            assert {row.kind for row in stretch.rows} == {BlockKind.KEPT}
    shapes = [stretch.folded for stretch in found.stretches]
    assert all(one != other for one, other in pairwise(shapes))


@given(texts, texts, st.integers(1, 5))
def test_what_is_too_much_is_cut_and_counted(before, after, most):
    blocks = diff(before, after).blocks
    whole, found = rows_of(sheet(blocks)), sheet(blocks, most=most)
    rows = rows_of(found)
    assert len(rows) + found.left_out == len(whole)
    assert sum(len(row.runs) for row in rows) <= most
    assert bool(rows) == bool(whole)
    if not found.left_out and not found.torn:
        assert rows == whole


@given(texts, st.integers(1, 60))
def test_a_text_is_cut_at_a_paragraph_where_there_is_one(text, most):
    kept, rest = shortened(text, most)
    assert len(kept) + rest == len(text)
    assert text.startswith(kept)
    assert len(kept) <= most
    if rest and "\n\n" in text[:most].lstrip("\n"):
        assert text[len(kept) :].startswith("\n\n")


@pytest.mark.parametrize("text", ["a" * 1_000_000, "word " * 200_000, "So it is.\n\n" * 100_000])
def test_hostile_texts_have_an_end(text):
    kept, rest = shortened(text)
    assert MOST_LETTERS - 20 <= len(kept) <= MOST_LETTERS
    assert rest
