"""Real pages, end to end: served on loopback under their own names, crawled, kept, extracted, compared.

The pages lie beside the project and are their publishers'; where they are absent these tests are skipped.
`benchmarks/articles.py` does the same with all of them, and scores the text.
"""

import pytest

from benchmarks.corpus import ABSENT, SCHEMES, PressRoom, Stand, present, real_pages

pytestmark = pytest.mark.skipif(not present(), reason=ABSENT)

FETCHES = 5


@pytest.fixture(scope="module")
def room():
    with PressRoom() as room:
        yield room


@pytest.mark.parametrize("scheme", SCHEMES)
def test_real_pages_are_kept_byte_for_byte_and_read(room, tmp_path, scheme):
    stand = Stand(room, tmp_path / scheme, real_pages(every=5), scheme=scheme, noisy=False, workers=0)
    tally, found = stand.look()
    assert tally.failed == 0
    assert stand.inexact() == []
    assert {finding.what for finding in found} == {"new"}
    versions = stand.versions()
    barred = {url for url, _ in stand.barred()}
    for url, page in stand.pages.items():
        assert len(versions[page.name]) == (0 if url in barred else 1), url
    assert len(barred) <= len(stand.pages) // 20  # walls and pages that are scripts alone: 4 of all 267


def test_what_varies_around_a_real_story_is_no_edit(room, tmp_path):
    """Promise two, no false alarm: other bytes at each of five fetches, the same story."""
    stand = Stand(room, tmp_path / "noise", real_pages(every=16, offset=3), scheme="http", noisy=True, workers=0)
    heard = [finding for _ in range(FETCHES) for finding in stand.look()[1] if finding.what != "new"]
    assert heard == []
    assert stand.changes() == []
    assert {len(found) for found in stand.versions().values()} <= {0, 1}
    assert stand.inexact() == []
    answers = {block for _, block in stand.responses()}
    assert len(answers) >= FETCHES * len(stand.pages)  # noise there was: no answer came twice


def test_an_edit_of_one_word_is_seen_through_the_same_noise(room, tmp_path):
    """Promise three: the calm above is not deafness."""
    page, before, after = _editable()
    stand = Stand(room, tmp_path / "edit", [page], scheme="http", noisy=True, workers=0)
    stand.look()
    stand.edit(page, before, after)
    _, found = stand.look()
    assert [finding.what for finding in found] == ["change"]
    assert [(change.words_added, change.words_removed) for change in stand.changes()] == [(1, 1)]


def _editable():
    """A page, a long word that stands once in its bytes and in its labelled text, and another word."""
    for page in real_pages(every=10):
        for word in page.gold.split("\n\n")[-1].split():
            if len(word) > 8 and word.isascii() and word.isalpha() and page.payload.count(word.encode()) == 1:
                return page, word, "notwithstanding"
    raise AssertionError("no page of the collection has such a word")
