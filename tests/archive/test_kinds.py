"""Every kind of change in every language that its rule knows, and what must not be taken for it."""

import pytest

from archive.domain.classify import Kind, classify
from archive.domain.model import Extraction
from tests.archive import kind_cases as cases

# Words around the sentence, as an article has them; no rule may see anything there.
AROUND = {
    "en": ("The paper reported from the coast.", "A spokesman gave no answer by evening."),
    "de": ("Die Zeitung berichtete von der Küste.", "Ein Sprecher gab bis zum Abend keine Antwort."),
    "tr": ("Gazete kıyıdan haber verdi.", "Sözcü akşama kadar yanıt vermedi."),
    "ar": ("نشرت الصحيفة تقريرا من الساحل", "لم يرد المتحدث حتى المساء"),
    "ku": ("Rojnameyê ji peravê nûçe da.", "Berdevk heta êvarê bersiv neda."),
    "ckb": ("ڕۆژنامەکە لە کەنارەوە هەواڵی دا", "وتەبێژ تا ئێوارە وەڵامی نەدایەوە"),
    "fa": ("روزنامه از ساحل خبر داد", "سخنگو تا شب پاسخی نداد"),
    "fr": ("Le journal écrit depuis la côte.", "Un porte-parole n'a pas répondu le soir."),
    "es": ("El diario escribe desde la costa.", "Un portavoz no respondió por la tarde."),
    "ru": ("Газета пишет с побережья.", "К вечеру ответа от ведомства не было."),
    "el": ("Η εφημερίδα γράφει από την ακτή.", "Δεν δόθηκε απάντηση."),
    "zh": ("报纸从海岸报道。", "发言人没有回答。"),
}


def article(language, sentence, *, known=True):
    first, last = AROUND[language]
    code = {"ckb": "ar"}.get(language, language) if known else ""  # a detector takes Sorani for its neighbours
    return Extraction(extractor="plain/1", text=f"{sentence}\n\n{first}\n\n{last}", language=code)


def kinds(language, before, after, **how):
    verdict = classify(article(language, before, **how), article(language, after, **how))
    assert verdict is not None
    assert 0 < verdict.weight < 1
    assert verdict.reasons
    assert all(verdict.reasons)
    return set(verdict.kinds)


POSITIVE = {
    Kind.NUMBERS: cases.NUMBERS,
    Kind.NAMES: cases.NAMES,
    Kind.NEGATION: cases.NEGATION,
    Kind.MODALITY: cases.MODALITY,
    Kind.ATTRIBUTION: cases.ATTRIBUTION,
    Kind.QUOTATION: cases.QUOTATION,
    Kind.TYPO: cases.TYPO,
    Kind.DATELINE: cases.DATELINE,
}
NEGATIVE = {
    Kind.NUMBERS: cases.NO_NUMBERS,
    Kind.NAMES: cases.NO_NAMES,
    Kind.NEGATION: cases.NO_NEGATION,
    Kind.MODALITY: cases.NO_MODALITY,
    Kind.ATTRIBUTION: cases.NO_ATTRIBUTION,
    Kind.QUOTATION: cases.NO_QUOTATION,
    Kind.TYPO: cases.NO_TYPO,
}


def rows(table, *, ways=2):
    found = [(kind, *row) for kind, cases in table.items() for row in cases]
    found += [(kind, language, b, a) for kind, language, a, b in found] if ways == 2 else []
    return [pytest.param(*row, id=f"{row[0]} {row[1]}: {row[2]} → {row[3]}") for row in found]


@pytest.mark.parametrize(("kind", "language", "before", "after"), rows(POSITIVE))
def test_a_change_has_its_kind(kind, language, before, after):
    assert kind in kinds(language, before, after)


@pytest.mark.parametrize(("kind", "language", "before", "after"), rows(NEGATIVE))
def test_what_is_no_such_change_has_not(kind, language, before, after):
    found = classify(article(language, before), article(language, after))
    assert found is None or kind not in found.kinds


@pytest.mark.parametrize(
    ("kind", "language", "before", "after"), rows({Kind.QUOTATION_REMOVED: cases.QUOTATION_REMOVED}, ways=1)
)
def test_a_quotation_that_went_is_told_only_one_way(kind, language, before, after):
    assert kind in kinds(language, before, after)
    assert kind not in kinds(language, after, before)


SURE = [row for row in rows(POSITIVE) if row.values[0] in (Kind.NEGATION, Kind.MODALITY, Kind.ATTRIBUTION)]


@pytest.mark.parametrize(("kind", "language", "before", "after"), SURE)
def test_the_language_may_be_unknown(kind, language, before, after):
    assert kind in kinds(language, before, after, known=False)


ALONE = (Kind.NUMBERS, Kind.NEGATION, Kind.TYPO, Kind.DATELINE)
ONE_WORD = [
    row
    for row in rows(POSITIVE)
    if row.values[0] in ALONE and len(row.values[2].split()) == len(row.values[3].split())
]


@pytest.mark.parametrize(("kind", "language", "before", "after"), ONE_WORD)
def test_a_change_of_one_word_has_no_other_serious_kind(kind, language, before, after):
    others = kinds(language, before, after) - {kind, Kind.BODY}
    assert not others
