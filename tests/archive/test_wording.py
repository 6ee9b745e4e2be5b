"""Which texts read the same, and what their words are."""

import pytest
from hypothesis import given, settings

from archive.domain.wording import fold, same_words, words
from tests.strategies import TEXTS

LAW = settings(max_examples=120, deadline=None, derandomize=True)


class TestLaws:
    @given(TEXTS)
    @LAW
    def test_folding_twice_is_folding_once(self, a):
        assert fold(fold(a)) == fold(a)

    @given(TEXTS, TEXTS)
    @LAW
    def test_texts_that_read_the_same_fold_the_same(self, a, b):
        assert same_words(a, b) == (fold(a) == fold(b))


@pytest.mark.parametrize(("a", "b"), [
    ("“Hello” ‘you’", "\"Hello\" 'you'"),
    ("«Bonjour»", "“Bonjour”"),
    ("``Hi''", '"Hi"'),
    ("yes—no – 3−1", "yes - no -- 3-1"),
    ("wait…", "wait..."),
    ("10\u00a0000\u202fkm", "10 000 km"),
    ("Donau\u00addampf\u200bschiff", "Donaudampfschiff"),
    ("ﬁne", "fine"),
    ("ＡＢＣ１２３", "ABC123"),
    ("é", "e\u0301"),
    ("ﻣﺼﺮ", "مصر"),
    ("مـــصر\u200f", "مصر"),
    ("One.\n\nTwo.", "One. Two."),
    ("quoi !", "quoi\u202f!"),
    ("Grüße,und", "Grüße, und"),
])  # fmt: skip
def test_typography_is_no_difference(a, b):
    assert same_words(a, b)


@pytest.mark.parametrize(("a", "b"), [
    ("Polish", "polish"),
    ("10²", "102"),
    ("½", "1/2"),
    ("5", "٥"),
    ("12,000", "12.000"),
    ("می\u200cخواهم", "میخواهم"),
    ("كَتَبَ", "كُتِبَ"),
    ("resume", "résumé"),
    ("ısı", "isi"),
    ("a “free” man", "a free man"),
    ("He did.", "He did?"),
    ("under way", "underway"),
    ("One. Two.", "Two. One."),
])  # fmt: skip
def test_what_may_change_the_meaning_is_a_difference(a, b):
    assert not same_words(a, b)


def test_words_are_those_that_carry_meaning():
    assert words("“No,” said J. Doe — at 14:30, for $12,000 (5 %).") == (
        ["No", "said", "J", "Doe", "at", "14:30", "for", "$", "12,000", "5", "%"]
    )
