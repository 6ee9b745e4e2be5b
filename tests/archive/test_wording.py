"""Which texts read the same, and what their words are."""

import pytest
from hypothesis import given, settings

from archive.domain.wording import fold, same_words, sentences, tokens, words
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

    @given(TEXTS)
    @LAW
    def test_sentences_and_tokens_joined_are_the_text(self, a):
        assert "".join(sentences(a)) == a
        assert "".join(core + space for core, space in tokens(a)) == a


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


@pytest.mark.parametrize("text", [
    "He left. | She sang!  | “Why?” | Nobody knew… | Then rain.",
    "Mr. Smith of the U.S. Senate left. | Dr. J. Jones stayed.",
    "Ten were hurt in 2020. | Then, on 3 May, 12. | Others fled.",
    "Am 3. März um 14.30 Uhr. | Z. B. Nr. 5 in der St. Pauli-Kirche. | Am 12. Oktober auch.",
    "В г. Москва, на ул. Ленина. | Все живы.",
    "قال: لا! | هل سمعت؟ | نعم۔ | هذا كل شيء.",
    "他走了。|她唱歌！|为什么？|没人知道。",
    "Elle a dit « non ! » | Puis M. Macron partit.",
    "Is it? no, it is not. | So it goes.",
])  # fmt: skip
def test_sentences_end_where_readers_see_them_end(text):
    said = [sentence.strip() for sentence in text.split("|")]
    space = "" if "。" in text else " "
    assert [sentence.strip() for sentence in sentences(space.join(said))] == said


@pytest.mark.parametrize("word", [
    "Donaudampfschifffahrt", "İstanbul’da", "Kobanê", "قُتلوا", "می‌خواهم", "col·lecció", "צה״ל", "don't",
    "12,500.50", "14:30", "3/5/2026", "l'homme", "ﻣﺼﺮ", "नमस्ते", "カタカナ", "snake_case",
])  # fmt: skip
def test_a_word_is_one_token(word):
    assert tokens(f"{word} x")[0] == (word, " ")
