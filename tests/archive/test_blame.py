"""Which sentence stood when: what the rule promises of any history, and how a story reads in it."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain import blame as blaming
from archive.domain.blame import Blame, Sentence, Spell, blame, stood
from archive.domain.wording import fold
from tests.strategies import TEXTS

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LAW = settings(max_examples=80, deadline=None, derandomize=True)

SAID = [
    "He left.",
    "He left!",
    "She sang “no”.",
    'She sang "no".',
    "Ten were hurt.",
    "Nine were hurt.",
    "قال: لا.",
    "中国。",
]
PARAGRAPHS = st.lists(st.sampled_from(SAID), max_size=4).map(" ".join)
HISTORIES = st.lists(TEXTS | st.lists(PARAGRAPHS, max_size=4).map("\n\n".join), max_size=6)


def spells(*texts: str, versions: str = "") -> list[Spell]:
    """A text an hour; `versions` are their numbers where they do not count up."""
    numbers = [int(n) for n in versions] or range(1, len(texts) + 1)
    hours = [START + timedelta(hours=n) for n in range(len(texts))]
    return [
        Spell(number, text, hour, hour + timedelta(minutes=30))
        for number, text, hour in zip(numbers, texts, hours, strict=True)
    ]


def one(found: Blame, text: str) -> Sentence:
    """The only sentence that reads like this."""
    (sentence,) = (sentence for sentence in found.sentences if sentence.text == text)
    return sentence


def when(found: Blame, text: str) -> list[tuple[int, int]]:
    return [(span.first, span.last) for span in one(found, text).spans]


class TestLaws:
    @given(HISTORIES)
    @LAW
    def test_the_sentences_of_a_spell_joined_are_its_text(self, texts):
        found = blame(spells(*texts))
        assert [found.text(n) for n in range(len(texts))] == texts

    @given(HISTORIES)
    @LAW
    def test_a_sentence_is_placed_in_exactly_the_spells_of_its_spans(self, texts):
        found = blame(spells(*texts))
        for n, layout in enumerate(found.layouts):
            placed = [each.sentence for paragraph in layout for each in paragraph if each.sentence is not None]
            inside = [s.id for s in found.sentences if any(span.first <= n <= span.last for span in s.spans)]
            assert sorted(placed) == inside

    @given(HISTORIES)
    @LAW
    def test_a_sentence_reads_the_same_wherever_it_is_placed(self, texts):
        found = blame(spells(*texts))
        for placed in (each for layout in found.layouts for paragraph in layout for each in paragraph):
            known = "" if placed.sentence is None else found.sentences[placed.sentence].text
            assert fold(placed.text.strip()) == fold(known)

    @given(HISTORIES)
    @LAW
    def test_spans_rise_and_never_touch(self, texts):
        for sentence in blame(spells(*texts)).sentences:
            edges = [edge for span in sentence.spans for edge in (span.first, span.last)]
            assert edges == sorted(edges)
            assert all(
                later.first - span.last > 1
                for span, later in zip(sentence.spans, sentence.spans[1:], strict=False)
            )

    @given(HISTORIES)
    @LAW
    def test_what_a_sentence_stands_instead_of_stood_until_then_and_no_longer(self, texts):
        found = blame(spells(*texts))
        for sentence in found.sentences:
            for span in sentence.spans:
                if span.instead_of is not None:
                    earlier = found.sentences[span.instead_of]
                    assert span.first - 1 in [before.last for before in earlier.spans]
                    assert found.became[earlier.id, span.first - 1] == sentence.id

    @given(HISTORIES, TEXTS)
    @LAW
    def test_what_comes_later_never_alters_what_is_known_of_before(self, texts, more):
        earlier, later = blame(spells(*texts)), blame(spells(*texts, more))
        assert later.layouts[: len(texts)] == earlier.layouts


def test_an_edited_sentence_stands_instead_of_the_earlier_one():
    found = blame(spells("It rained. Ten people were hurt.", "It rained. Twelve people were hurt."))
    assert when(found, "It rained.") == [(0, 1)]
    assert when(found, "Ten people were hurt.") == [(0, 0)]
    edited = one(found, "Twelve people were hurt.")
    assert found.sentences[edited.spans[0].instead_of or 0].text == "Ten people were hurt."
    assert [sentence.text for sentence in found.removed] == ["Ten people were hurt."]


def test_a_new_sentence_stands_instead_of_nothing():
    found = blame(spells("It rained.", "It rained. Police arrested two men."))
    assert one(found, "Police arrested two men.").spans[0].instead_of is None


def test_a_sentence_that_came_back_is_one_with_two_spans():
    texts = "He said yes. All heard it.", "He said maybe. All heard it.", "He said yes. All heard it."
    found = blame(spells(*texts, versions="121"))
    assert when(found, "He said yes.") == [(0, 0), (2, 2)]
    assert when(found, "All heard it.") == [(0, 2)]
    back = one(found, "He said yes.")
    assert found.versions(back) == (1,)
    assert found.sentences[back.spans[1].instead_of or 0].text == "He said maybe."
    assert found.seen(back) == (START, None)
    assert found.seen(one(found, "He said maybe.")) == (
        START + timedelta(hours=1),
        START + timedelta(hours=1, minutes=30),
    )


def test_a_sentence_stays_itself_when_its_paragraph_is_split_moved_or_set_anew():
    before = "The minister said “no”. The crowd went home.\n\nIt rained all night over the hills."
    after = 'It rained all night over the hills.\n\nThe minister said "no".\n\nThe crowd went home.'
    found = blame(spells(before, after))
    assert len(found.sentences) == 3
    assert not found.removed
    assert found.sentences[0].text == 'The minister said "no".'


def test_equal_sentences_are_told_apart_by_their_place():
    found = blame(spells("No. Yes. No. End of it.", "Yes. No. End of it.", "No. Yes. No. End of it."))
    assert [
        [(s.first, s.last) for s in sentence.spans] for sentence in found.sentences if sentence.text == "No."
    ] == [
        [(0, 0), (2, 2)],
        [(0, 2)],
    ]


def test_a_field_of_one_line_has_a_value_for_each_stretch():
    lines = ["Ten hurt", "Ten hurt", "“Twelve” hurt", '"Twelve" hurt', "Ten hurt"]
    assert list(stood(lines)) == [("Ten hurt", 0, 1), ('"Twelve" hurt', 2, 3), ("Ten hurt", 4, 4)]


def test_the_work_grows_with_the_texts_and_not_with_their_square(monkeypatch):
    """Each text goes through the diff twice, however many versions and sentences there ever were."""
    chance, went = random.Random(4), list[int]()
    real = blaming.diff
    monkeypatch.setattr(blaming, "diff", lambda a, b: went.append(len(a) + len(b)) or real(a, b))

    def letters(versions: int) -> float:
        article = [f"Sentence {n} says {chance.random()}." for n in range(40)]
        texts = []
        for _ in range(versions):
            article[chance.randrange(40)] = f"Another says {chance.random()}."
            texts.append(" ".join(article))
        went.clear()
        blame(spells(*texts))
        return sum(went) / sum(map(len, texts))

    assert letters(20) < 2.1
    assert letters(200) < 2.1
