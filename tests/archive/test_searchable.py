"""What is found by which words: the laws of keys, and the typography, case and scripts that they see through."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.domain.searchable import Query, edited, key, key_of, snippet
from archive.domain.wording import fold, tokens
from archive.errors import Misuse
from tests.strategies import TEXTS

ODD = st.text(
    st.sampled_from(
        "abßIıİi̇ 世界한국กิ中\u0301\u200d\u200c.,-''\"«»_1٣ك\u0640\u064e \t\n\u2028\u3000ーア\U0001f600é…"
    ),
    max_size=14,
)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Der Bundesverfassungsgerichtspräsident ging.", "gerichtspräsident"),
        ("Die STRASSE war leer.", "straße"),
        ("Masse und Maße", "MASSE"),
        ("İSTANBUL'DA IĞDIR", "istanbul'da ığdır"),
        ("İstanbul’da Iğdır", "ISTANBUL IĞDIR"),
        ("istanbul", "İSTANBUL"),
        ("Ο ΠΡΟΕΔΡΟΣ", "προεδρος"),
        ("قالت وكـالة أنباء هاوار «لا»", "وكالة"),
        ("قالت وكـالة أنباء هاوار «لا»", '"أنباء هاوار"'),
        ("ئاژانسی هەواڵی هاوار", "هەواڵ"),
        ("北京市民表示，习近平主席", "习近平"),
        ("北京市民表示，习近平主席", "市"),
        ("한국 정부는 발표했다", "한국정부"),
        ("カタカナ・テスト", "タカ"),
        ("ประเทศไทย", "เทศ"),
        ("Президент не приехал", "НЕ ПРИЕХАЛ"),
        ("“Taken hostage,” he said — twice…", '"taken hostage," he said - twice...'),
        ("l’État", "l'état"),
        ("un « bon mot » !", '"bon mot" !'),
        ("ﬁnance ｗｉｄｅ", "finance wide"),
        ("so\u00adcial", "social"),
        ("paid 1,000.50 dollars", "000.5"),
        ("two\n\nparagraphs", '"two paragraphs"'),
    ],
)
def test_what_reads_the_same_is_found(text, query):
    assert Query.read(query).stands_in(key_of([text]))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("resume", "résumé"),
        ("he did not", '"did he"'),
        ("12", "۱۲"),
        ("كَتَبَ", "كتب"),  # vowel signs are kept, as in comparing
        ("end. Start", '"endstart"'),
    ],
)
def test_what_reads_otherwise_is_not(text, query):
    assert not Query.read(query).stands_in(key_of([text]))


def test_no_hit_reaches_from_the_headline_into_the_text():
    assert not Query.read('"minister resigns"').stands_in(key_of(["The minister", "resigns"]))
    assert Query.read("minister resigns").stands_in(key_of(["The minister", "resigns"]))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("minister  resigns minister", ("minister", "resigns")),
        ("„taken hostage“ again", ("taken hostage", "again")),
        ('"not closed', ("not closed",)),
        ('a "b c"d', ("a", "b c", "d")),
        ('"" x', ("x",)),
    ],
)
def test_a_query_is_words_and_phrases(text, terms):
    assert Query.read(text).terms == terms


@pytest.mark.parametrize("text", ["", "   ", '""', '" "', "\x00"])
def test_a_query_for_nothing_is_refused_in_one_line(text):
    with pytest.raises(Misuse, match="holds nothing to search for"):
        Query.read(text)


@given(TEXTS | ODD)
@example("1ิ")
def test_texts_that_fold_to_the_same_have_the_same_key(text):
    for other in (fold(text), "".join(core + ("  " if space else "") for core, space in tokens(text))):
        if fold(other) == fold(text):
            assert key(other) == key(text)


@given(TEXTS | ODD, TEXTS | ODD)
def test_any_text_is_found_in_a_longer_one(part, around):
    assert key(part) in key_of([f"{around} {part} {around}"])


@given(TEXTS | ODD)
def test_a_key_can_be_kept_and_sent_anywhere(text):
    key_of([text]).encode("utf-8")
    assert "\x00" not in key_of([text])


@given(st.lists(TEXTS | ODD, max_size=4), TEXTS | ODD)
def test_a_snippet_is_made_of_the_text_and_is_short(pieces, words):
    try:
        query = Query.read(words)
    except Misuse:
        return
    shown = snippet(pieces, query, mark=("", ""))
    assert any(shown.strip("…") in " ".join(piece.split()) or not shown.strip("…") for piece in [*pieces, shown])
    assert len(shown) <= 170 + len(words) * 4 + max(map(len, pieces), default=0)


@pytest.mark.parametrize(
    ("pieces", "query", "shown"),
    [
        (
            ["Der Straßenbahnfahrer sagte: « Nein ! »"],
            "STRASSENBAHN nein",
            "Der **Straßenbahn**fahrer sagte: « **Nein** ! »",
        ),
        (["no", "İSTANBUL’da"], "istanbul'da", "**İSTANBUL’da**"),
        (["习近平主席在北京"], "北京", "习近平主席在**北京**"),
        (["a " * 100 + "needle" + " b" * 100], "needle", "…" + "a " * 29 + "**needle**" + " b" * 48 + "…"),
        (["one of them", "both one and two"], "one two", "both **one** and **two**"),
        (["the\nend"], '"the end"', "**the end**"),
    ],
)
def test_a_snippet_shows_the_words_as_published(pieces, query, shown):
    assert snippet(pieces, Query.read(query)) == shown


def test_what_a_change_took_out_and_put_in_is_what_the_diff_marks():
    before = ("Minister denies", "", "He said no.\n\nPolice took 120 people hostage.")
    after = ("Minister confirms", "New.", "He said no.\n\nPolice took 12 people away.")
    assert edited(before, after) == (
        ("denies", "120 people hostage"),  # a word left standing between two edits is marked along with them
        ("confirms", "New.", "12 people away"),
    )
    assert edited(before, before) == ((), ())


def test_paragraphs_broken_elsewhere_took_no_word_away():
    assert edited(("", "", "One.\n\nTwo."), ("", "", "One. Two.")) == ((), ())
