"""Which changes are a version, what they are called, and when nobody was told."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.classify import Kind, classify, fingerprint
from archive.domain.model import Extraction, Link, StructuredData

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
ARTICLE = Extraction(
    extractor="plain/1",
    title="Ten hurt in blast",
    text="Ten people were hurt on Monday.\n\nThe police gave no reason for it.\n\nA witness saw smoke.",
    authors=("Ada Byron", "Carl Gauss"),
    published=MONDAY,
    modified=MONDAY,
    structured=StructuredData(published="as the page states it", modified="as the page states it"),
)


def edited(**fields):
    return dataclasses.replace(ARTICLE, **fields)


def told(was, now):
    """The article with `was` replaced in its text."""
    assert was in ARTICLE.text
    return edited(text=ARTICLE.text.replace(was, now))


@pytest.mark.parametrize(("after", "kinds", "summary"), [
    (edited(title="Twelve hurt in blast"), ["numbers", "headline"],
     "The number Ten became Twelve in the headline."),
    (edited(title="Ten hurt by bomb"), ["headline"], 'The headline changed: "in blast" became "by bomb".'),
    (edited(title="Ten hurt in blast!"), ["headline", "punctuation"],
     "Only the punctuation of the headline changed."),
    (edited(title=""), ["headline"], 'The headline "Ten hurt in blast" was taken out.'),
    (edited(standfirst="A blast."), ["standfirst"], 'The standfirst "A blast" was put in.'),
    (told("Ten", "Twelve"), ["numbers"], "The number Ten became Twelve."),
    (told(" no", ""), ["negation"], '"no" was taken out: "police gave no reason for".'),
    (told("saw smoke", "smelt smoke"), ["body"], "1 word added and 1 removed in 1 paragraph."),
    (told("smoke.", "smoke.\n\nShe ran. He did too."), ["paragraph_added"],
     'A paragraph was put in: "She ran. He did too".'),
    (told("\n\nA witness saw smoke.", ""), ["paragraph_removed"],
     'A paragraph was taken out: "A witness saw smoke".'),
    (told("reason for it", "reason, for it"), ["punctuation"], "Only punctuation of the text changed."),
    (told("witness", "wittness"), ["typo"], 'Only spelling changed: "witness" became "wittness".'),
    (edited(text="\n\n".join(reversed(ARTICLE.paragraphs))), ["paragraph_moved"], "2 paragraphs moved."),
    (edited(authors=("Ada Byron",)), ["byline"], '"Carl Gauss" was taken out of the byline.'),
    (edited(captions=("A bridge.",)), ["caption"], 'A caption changed: "A bridge" was put in.'),
    (edited(images=("bridge",)), ["image"], "1 picture added."),
    (edited(stamps=("Updated 14:30",)), ["date"], "Only the update stamp changed."),
    (edited(modified=TUESDAY), ["date"], "Only the modification date changed."),
    (edited(published=TUESDAY), ["date"], "Only the publication date changed."),
    (edited(title="Big blast", authors=(), modified=TUESDAY), ["headline", "numbers", "byline"],
     ('The headline changed: "Ten hurt in" became "Big"; the number Ten was taken out of the headline; '
      '"Ada Byron" and "Carl Gauss" were taken out of the byline.')),
    (dataclasses.replace(told("Ten", "Nine"), title="Nine hurt in blast"), ["numbers", "headline"],
     "The number Ten became Nine in the headline (1 more)."),
])  # fmt: skip
def test_a_change_is_named(after, kinds, summary):
    verdict = classify(ARTICLE, after)
    assert [str(kind) for kind in verdict.kinds] == kinds
    assert verdict.kind == kinds[0]
    assert verdict.summary == summary
    assert 0 < verdict.weight < 1


@pytest.mark.parametrize("after", [
    ARTICLE,
    edited(text=ARTICLE.text.replace("\n\n", " ")),
    edited(text=ARTICLE.text.replace("\n\n", "\n\n\n\n")),
    edited(text=ARTICLE.text.replace(" ", "\u00a0")),
    edited(title="Ten\u00adhurt in blast".replace("\u00adh", " \u200bh")),
    edited(authors=("Carl Gauss", "Ada Byron")),
    edited(modified=MONDAY.astimezone(timezone(timedelta(hours=3)))),
    edited(site_name="The Paper", language="en", encoding="utf-8", asides=("Read more",), template="a1"),
])  # fmt: skip
def test_what_no_reader_would_call_a_change_is_no_version(after):
    assert classify(ARTICLE, after) is None
    assert fingerprint(after) == fingerprint(ARTICLE)


@pytest.mark.parametrize("after", [
    told("Ten", "Twelve"),
    edited(title="Twelve hurt in blast"),
    dataclasses.replace(told("Ten", "Twelve"), modified=None),
    dataclasses.replace(told("Ten", "Twelve"), modified=MONDAY - timedelta(days=1)),
    told("A witness saw smoke.", "Updated figures show that 30 were hurt."),
    told("A witness saw smoke.", "Corrections officers saw smoke."),
    told("A witness saw smoke.", "A witness updated 3 of them."),
])  # fmt: skip
def test_words_that_change_without_a_word_about_it_are_stealth(after):
    verdict = classify(ARTICLE, after)
    assert verdict.stealth
    assert "neither the modified date nor a note" in verdict.reasons[-1]


@pytest.mark.parametrize("after", [
    dataclasses.replace(told("Ten", "Twelve"), modified=TUESDAY),
    edited(title="Ten hurt in blast!"),
    edited(text="\n\n".join(reversed(ARTICLE.paragraphs))),
    edited(authors=()),
    edited(published=TUESDAY),
    dataclasses.replace(told("Ten", "Twelve"), standfirst="Updated 14:30"),
    dataclasses.replace(told("Ten", "Twelve"), stamps=("Updated 14:30",)),
    told("witness", "wittness"),
    edited(images=("bridge",)),
    edited(links=(Link(text="smoke", url="http://a.example/"),)),
    edited(title="CORRECTED: Twelve hurt in blast"),
])  # fmt: skip
def test_what_is_declared_or_changes_no_word_is_not_stealth(after):
    assert not classify(ARTICLE, after).stealth


@pytest.mark.parametrize("note", [
    "Correction: twelve people were hurt, not ten.",
    "Updated 14:30",
    "UPDATE (3 May): two more were found.",
    "Last updated on May 3, 2026",
    "(Corrects the number in the first paragraph)",
    "An earlier version of this article gave another number.",
    "Editor’s note: the number was wrong.",
    "Aktualisiert am 3. Mai 2026",
    "Korrektur: Es waren zwölf.",
    "In einer früheren Version stand eine andere Zahl.",
    "Güncelleme: 14:30",
    "Son güncelleme 3 Mayıs 2026",
    "Düzeltme: on iki kişi yaralandı.",
    "تصحيح: أصيب اثنا عشر شخصا.",
    "آخر تحديث 14:30",
    "Rastkirin: donzdeh kes birîndar bûn.",
    "ڕاستکردنەوە: دوازدە کەس",
    "Mis à jour le 3 mai 2026",
    "Rectificatif : douze blessés.",
    "Actualizado el 3 de mayo",
    "Fe de erratas: fueron doce.",
    "Обновлено в 14:30",
    "Исправление: пострадали двенадцать человек.",
])  # fmt: skip
def test_a_visible_note_declares_the_change(note):
    after = edited(text=ARTICLE.text.replace("Ten", "Twelve") + "\n\n" + note)
    assert not classify(ARTICLE, after).stealth


def test_a_note_that_stood_before_declares_nothing():
    before = edited(text=ARTICLE.text + "\n\nUpdated 14:30")
    assert classify(before, dataclasses.replace(before, text=before.text.replace("Ten", "Nine"))).stealth


def test_a_stamp_that_moves_does():
    before = edited(text=ARTICLE.text + "\n\nUpdated 14:30")
    after = dataclasses.replace(before, text=before.text.replace("Ten", "Nine").replace("14:30", "15:10"))
    assert not classify(before, after).stealth


def test_weights_keep_their_order():
    light_to_heavy = [
        edited(modified=TUESDAY),
        told("reason for it", "reason, for it"),
        edited(authors=()),
        dataclasses.replace(told("Ten", "Twelve"), modified=TUESDAY),
        told("Ten", "Twelve"),
        edited(title="Twelve hurt in blast"),
        dataclasses.replace(told("Ten", "Twelve"), title="Twelve hurt in blast"),
    ]
    weights = [classify(ARTICLE, after).weight for after in light_to_heavy]
    assert weights == sorted(weights)
    assert len(set(weights)) == len(weights)


def test_a_paragraph_broken_in_two_adds_no_words_to_a_comma():
    before = edited(text="Ten people were hurt on Monday. The police gave no reason for it and left.")
    after = edited(text="Ten people were hurt on Monday.\n\nThe police gave no reason for it, and left.")
    verdict = classify(before, after)
    assert (verdict.words_added, verdict.words_removed, verdict.stealth) == (0, 0, False)
    assert verdict.summary == "Only punctuation of the text changed."


def test_extractions_of_two_extractors_are_never_compared():
    with pytest.raises(ValueError, match="never compare across extractors"):
        classify(ARTICLE, edited(extractor="plain/2"))
    assert fingerprint(ARTICLE) != fingerprint(edited(extractor="plain/2"))


def test_a_fingerprint_is_a_digest_that_stays():
    """Versions in the database are told apart by it: another value here wants a new extractor string."""
    empty = Extraction(extractor="plain/1")
    assert fingerprint(empty) == "sha256:5be4af40c3ef040304ff729312e72ccff4f9c8e757de7de36f20860125ec3243"


def test_fields_do_not_run_into_each_other():
    assert fingerprint(edited(title="A", text="B C")) != fingerprint(edited(title="A B", text="C"))


def test_a_date_that_was_only_guessed_makes_no_version():
    """htmldate reads a date out of the page's furniture; another "most read" box, another date."""
    guessed = edited(structured=StructuredData(modified="as the page states it"))
    assert classify(guessed, dataclasses.replace(guessed, published=TUESDAY)) is None


LINES = st.lists(st.sampled_from(["ten", "Ten", "“", '"', " ", "\u00a0", "—", "-", "\n\n", ".", "é", "e\u0301"]))
EXTRACTIONS = st.builds(
    Extraction,
    extractor=st.just("plain/1"),
    title=LINES.map("".join) | st.text(max_size=5),
    text=LINES.map("".join) | st.text(max_size=5),
    authors=st.lists(st.sampled_from(["A. B", "A.\u00a0B", "C"]), max_size=2).map(tuple),
    published=st.sampled_from([None, MONDAY, TUESDAY]),
    modified=st.sampled_from([None, MONDAY, TUESDAY]),
    structured=st.sampled_from([StructuredData(), ARTICLE.structured]),
)
FIELDS = st.sampled_from(["title", "text", "authors", "published", "modified", "structured"])


@given(EXTRACTIONS, EXTRACTIONS, st.sets(FIELDS, max_size=2))
@settings(max_examples=250, deadline=None, derandomize=True)
def test_no_verdict_exactly_where_fingerprints_agree(before, other, fields):
    after = dataclasses.replace(before, **{name: getattr(other, name) for name in fields})
    verdict = classify(before, after)
    assert (verdict is None) == (fingerprint(before) == fingerprint(after))
    if verdict:
        assert len(set(verdict.kinds)) == len(verdict.kinds)
        assert (Kind.DATE in verdict.kinds) <= (verdict.kinds == (Kind.DATE,))
        assert 0 < verdict.weight < 1
        assert verdict.summary.endswith(".")
