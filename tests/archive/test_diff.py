"""What the diff promises of any two texts, and what people should see of an edit."""

import gzip
import json
import random
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from archive.domain import diff as diffing
from archive.domain import matching, wording
from archive.domain.diff import (
    Block,
    BlockKind,
    Diff,
    Mark,
    apply,
    diff,
    from_json,
    invert,
    line_diff,
    to_json,
)
from archive.domain.wording import words
from tests.strategies import TEXTS

HISTORIES = Path(__file__).parents[3] / "shared" / "corpus" / "histories" / "nyt.jsonl.gz"

LAW = settings(max_examples=120, deadline=None, derandomize=True)

# Articles: paragraphs of a small vocabulary, so that they repeat, move and resemble each other.
VOCABULARY = ["the", "man", "said", "that", "no", "more", "than", "ten", "were", "hurt", "in", "Kobanî"]
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=12)
ARTICLES = st.lists(WORDS.map(lambda ws: " ".join(ws) + "."), max_size=12).map("\n\n".join)


def marked(change: Diff) -> str:
    """The diff as a proof-reader would write it, kept paragraphs left out."""
    signs = {Mark.KEPT: "{}", Mark.REMOVED: "[-{}-]", Mark.ADDED: "{{+{}+}}"}
    shown = (block for block in change.blocks if block.kind is not BlockKind.KEPT)
    return "¶".join("".join(signs[run.mark].format(run.text) for run in block.runs) for block in shown)


def paragraphs(count: int, length: int, seed: int) -> str:
    chance = random.Random(seed)
    return "\n\n".join(" ".join(f"w{chance.randrange(20_000)}" for _ in range(length)) + "." for _ in range(count))


class TestLaws:
    @given(TEXTS | ARTICLES, TEXTS | ARTICLES)
    @LAW
    def test_a_diff_leads_there_and_back_to_the_letter(self, a, b):
        change = diff(a, b)
        assert apply(change, a) == b
        assert apply(invert(change), b) == a

    @given(TEXTS | ARTICLES, TEXTS | ARTICLES)
    @LAW
    def test_both_directions_mirror_each_other(self, a, b):
        there, back = diff(a, b), diff(b, a)
        assert invert(there) == back
        assert invert(back) == there
        assert (there.words_added, there.words_removed) == (back.words_removed, back.words_added)
        assert (there.paragraphs_added, there.paragraphs_moved) == (
            back.paragraphs_removed,
            back.paragraphs_moved,
        )
        assert there.similarity == back.similarity

    @given(TEXTS | ARTICLES, TEXTS | ARTICLES)
    @LAW
    def test_as_json_it_comes_back_the_same(self, a, b):
        change = diff(a, b)
        assert from_json(json.loads(json.dumps(to_json(change)))) == change

    @given(TEXTS | ARTICLES, TEXTS | ARTICLES)
    @LAW
    def test_the_same_texts_give_the_same_diff(self, a, b):
        assert diff(a, b) == diff(a, b)

    @given(ARTICLES, ARTICLES, st.booleans())
    @LAW
    def test_an_equal_paragraph_more_on_both_sides_leaves_the_other_blocks(self, a, b, last):
        """Such as the note below every article. It is none of the vocabulary, so that it resembles nothing."""
        note = "¶"
        longer = [f"{text}\n\n{note}" if last else f"{note}\n\n{text}" for text in (a, b) if text]
        if len(longer) == 2:
            shift = 0 if last else 1
            moved = [
                Block(x.kind, *(None if n is None else n - shift for n in (x.old, x.new)), x.runs)
                for x in diff(*longer).blocks
                if x.new_text != note
            ]
            assert moved == list(diff(a, b).blocks)

    @given(TEXTS | ARTICLES)
    @LAW
    def test_a_text_does_not_differ_from_itself(self, a):
        change = diff(a, a)
        assert change.empty
        assert change.similarity == 1
        assert not change.edits

    @given(ARTICLES, ARTICLES)
    @LAW
    def test_every_paragraph_of_both_sides_stands_in_one_block(self, a, b):
        blocks = diff(a, b).blocks
        for text, side in ((a, [x.old for x in blocks]), (b, [x.new for x in blocks])):
            assert sorted(n for n in side if n is not None) == list(range(text.count("\n\n") + 1 if text else 0))

    @given(TEXTS | ARTICLES, TEXTS | ARTICLES)
    @LAW
    def test_runs_are_canonical(self, a, b):
        """Never two of one mark in a row, never an added run before a removed one."""
        forbidden = {(mark, mark) for mark in Mark} | {(Mark.ADDED, Mark.REMOVED)}
        for block in diff(a, b).blocks:
            marks = [run.mark for run in block.runs]
            assert not forbidden & set(pairwise(marks))
            assert all(run.text for run in block.runs)

    @given(TEXTS, TEXTS)
    @LAW
    def test_two_lines_are_compared_as_exactly(self, a, b):
        change = line_diff(a, b)
        assert apply(change, a) == b
        assert apply(invert(change), b) == a


EDITS = [  # before, after, as marked
    ("Ten were hurt.", "Twelve were hurt.", "[-Ten-]{+Twelve+} were hurt."),
    ("He did say so.", "He did not say so.", "He did {+not +}say so."),
    ("3 men and 2 women came.", "4 men and 5 women came.", "[-3 men and 2-]{+4 men and 5+} women came."),
    ("It cost 12,000 then.", "It cost 12,500 then.", "It cost [-12,000-]{+12,500+} then."),
    ("Es waren 1.234,5 Tonnen.", "Es waren 1.234,6 Tonnen.", "Es waren [-1.234,5-]{+1.234,6+} Tonnen."),
    ("Seen at 14:30 there.", "Seen at 14:45 there.", "Seen at [-14:30-]{+14:45+} there."),
    ("He said no.", "He said no way.", "He said no{+ way+}."),
    ("Held. He denied it.", "Held, but he denied it.", "Held[-. He-]{+, but he+} denied it."),
    ("Die Donaudampfschifffahrt ruht.", "Die Elbdampfschifffahrt ruht.",
     "Die [-Donaudampfschifffahrt-]{+Elbdampfschifffahrt+} ruht."),
    ("Ankara’da toplantı", "İzmir’de toplantı", "[-Ankara’da-]{+İzmir’de+} toplantı"),
    ("قال إن عشرة قُتلوا هناك", "قال إن عشرين قُتلوا هناك", "قال إن [-عشرة-]{+عشرين+} قُتلوا هناك"),
    ("Li Kobanî şer heye", "Li Efrînê şer heye", "Li [-Kobanî-]{+Efrînê+} şer heye"),
    ("中国经济增长百分之五", "中国经济下降百分之五", "中国经济[-增长-]{+下降+}百分之五"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), EDITS)
def test_people_see_whole_words_replaced(before, after, expected):
    assert marked(diff(before, after)) == expected


@pytest.mark.parametrize(("before", "after", "added", "removed"), [
    ("Ten were hurt.", "Twelve were hurt.", 1, 1),
    ("He came.", "He came, at last.", 2, 0),
    ("He came!", "He came.", 0, 0),
    ("“Don’t go,” he said", '"Don\'t go," he said', 0, 0),
    ("One.\n\nTwo words.", "One.", 0, 2),
    ("It is 5 $.", "It is 5 €.", 1, 1),
    ("", "Three words, only.", 3, 0),
])  # fmt: skip
def test_words_are_counted_without_punctuation_and_typography(before, after, added, removed):
    change = diff(before, after)
    assert (change.words_added, change.words_removed) == (added, removed)


def test_a_moved_paragraph_is_neither_added_nor_removed():
    first, second, third = (
        "The first one.",
        "The second one, a longer one.",
        "The third one, the longest of all.",
    )
    change = diff(f"{first}\n\n{second}\n\n{third}", f"{second}\n\n{third}\n\n{first}")
    assert (change.paragraphs_moved, change.paragraphs_added, change.paragraphs_removed) == (1, 0, 0)
    assert (change.words_added, change.words_removed) == (0, 0)
    moved = next(block for block in change.blocks if block.kind is BlockKind.MOVED)
    assert (moved.old, moved.new, moved.new_text) == (0, 2, first)


def test_a_moved_paragraph_may_carry_a_small_edit():
    mover = "The minister said on Monday that ten people had been hurt in the blast near the old bridge."
    rest = ["Nothing else is known about it.", "The police keep looking for the men in a car."]
    change = diff("\n\n".join([mover, *rest]), "\n\n".join([*rest, mover.replace("ten", "nine")]))
    assert change.paragraphs_moved == 1
    assert marked(change) == mover.replace("ten", "[-ten-]{+nine+}")


def test_a_rewritten_paragraph_is_one_out_and_one_in():
    change = diff("Same.\n\nRain fell all night over the hills.", "Same.\n\nPolice arrested two men.")
    assert (change.paragraphs_removed, change.paragraphs_added, change.paragraphs_changed) == (1, 1, 0)
    assert marked(change) == "[-Rain fell all night over the hills.-]¶{+Police arrested two men.+}"


def test_a_new_paragraph_between_two_does_not_disturb_its_neighbours():
    change = diff("One stays.\n\nTwo stays.", "One stays.\n\nQuite new here.\n\nTwo stays.")
    assert [block.kind for block in change.blocks] == ["kept", "added", "kept"]


def test_unchanged_sentences_stay_whole_in_a_changed_paragraph():
    before = "He left. The crowd of a hundred stood still. She sang."
    after = "They left. The crowd of a hundred stood still. All sang."
    assert marked(diff(before, after)) == (
        "[-He-]{+They+} left. The crowd of a hundred stood still. [-She-]{+All+} sang."
    )


def test_new_typography_is_shown_but_counts_for_nothing():
    change = diff("He said: “No”.", 'He said: "No".')
    assert not change.empty
    assert change.paragraphs_changed == 0
    assert change.blocks[0].typographic


def test_a_blank_paragraph_is_no_paragraph_added():
    assert diff("One.\n\nTwo.", "One.\n\n\n\nTwo.").paragraphs_added == 0


@pytest.mark.parametrize("rows", [
    {"runs": []}, [1], ["x"], [{"kind": "kept"}],
    [{"kind": "odd", "old": 0, "new": 0, "runs": []}],
    [{"kind": "kept", "old": 0, "new": 0, "runs": [["kept"]]}],
    [{"kind": "kept", "old": 0, "new": 0, "runs": [["odd", "x"]]}],
])  # fmt: skip
def test_json_that_is_no_diff_is_refused(rows):
    with pytest.raises(ValueError):
        from_json(rows)


def test_a_diff_is_not_applied_to_another_text():
    with pytest.raises(ValueError, match="another text"):
        apply(diff("One.", "Two."), "Three.")


CHANCE = random.Random(7)
LONG = [f"w{CHANCE.randrange(20_000)}" for _ in range(100_000)]
HOSTILE = {
    "100,000 words without a full stop, 1 in 100 replaced": (
        " ".join(LONG), " ".join("new" if n % 100 == 50 else word for n, word in enumerate(LONG))),
    "100,000 words without a full stop, reversed": (" ".join(LONG), " ".join(reversed(LONG))),
    "100,000 words, two of them in use": (
        " ".join(CHANCE.choices("ab", k=100_000)), " ".join(CHANCE.choices("ab", k=100_000))),
    "one letter": ("a" * 1_000_000, "a" * 999_999),
    "one word": ("a " * 100_000, "b" + " a" * 90_000),
    "10,000 identical paragraphs": ("\n\n".join(["So it is."] * 10_000), "\n\n".join(["So it is."] * 9_000)),
    "10,000 paragraphs of one kind and of another": (
        "\n\n".join(["So it is."] * 10_000), "\n\n".join(["So it was."] * 10_000)),
    "10,000 paragraphs shuffled": (
        "\n\n".join(f"Number {n} of them." for n in range(10_000)),
        "\n\n".join(f"Number {n} of them." for n in CHANCE.sample(range(10_000), 10_000))),
    "two different texts of 50,000 words": (paragraphs(625, 80, seed=2), paragraphs(625, 80, seed=3)),
    "full stops": ("." * 100_000 + " a", "." * 99_000 + " b"),
    "full stops apart": (". " * 100_000, "! " * 100_000),
    "apostrophes": ("a'" * 100_000, "a'b" * 100_000),
    "10,000 paragraphs that all resemble each other": tuple(
        "\n\n".join(f"The men came with {sign}{n} to the harbour." for n in range(10_000)) for sign in "xy"),
    "two paragraphs by turns": ("\n\n".join(["One.", "Two."] * 5_000), "\n\n".join(["Two.", "One."] * 5_000)),
    "a paragraph of 30,000 words rewritten": (
        *(" ".join(f"w{CHANCE.randrange(5_000)}" + "." * (n % 12 == 0) for n in range(30_000)) for _ in "ab"),),
    "blank lines": ("\n\n" * 50_000, "\n\n" * 40_000),
}  # fmt: skip


class Work:
    """Counts what the expensive tools below a diff are asked for."""

    def __init__(self, patch):
        self.cells = self.letters = self.items = self.pairs = 0
        opcodes, similarity, all_tokens = Indel.opcodes, Indel.normalized_similarity, wording.tokens

        def counted(ask):
            def asked(x, y, **more):
                self.cells += len(x) * len(y)
                self.items += len(x) + len(y)
                self.pairs += ask is similarity
                return ask(x, y, **more)

            return asked

        def split(text):
            self.letters += len(text)
            return all_tokens(text)

        fake = SimpleNamespace(opcodes=counted(opcodes), normalized_similarity=counted(similarity))
        patch.setattr(matching, "Indel", fake)
        patch.setattr(diffing, "tokens", split)


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_take_bounded_work_and_stay_exact(case, monkeypatch):
    """Each text is split a few times at most; what is compared finely stays far below the texts' product."""
    before, after = HOSTILE[case]
    work = Work(monkeypatch)
    change = diff(before, after)
    assert apply(change, before) == after
    assert work.letters <= 3 * (len(before) + len(after))
    assert work.items <= 8 * (len(before) + len(after))
    assert work.cells <= 6 * matching.CELLS
    assert sum(len(run.text) for block in change.blocks for run in block.runs) <= len(before) + len(after)


def test_of_many_paragraphs_that_resemble_each_other_each_is_compared_to_a_few(monkeypatch):
    work = Work(monkeypatch)
    before, after = ("\n\n".join(f"The {sign}{n} men came at noon." for n in range(1_000)) for sign in "xy")
    assert diff(before, after).paragraphs_changed == 1_000
    assert work.pairs <= 5 * 1_000


def test_paragraphs_that_all_resemble_each_other_are_told_by_their_place():
    """A name is replaced all over a long text: each paragraph is changed where it stands, also below a new one."""
    before = [f"{n % 7} of the men came with Ada to the harbour at noon." for n in range(300)]
    after = ["Something new is told first.", *(text.replace("Ada", "Eve") for text in before)]
    change = diff("\n\n".join(before), "\n\n".join(after))
    assert (change.paragraphs_changed, change.paragraphs_added, change.paragraphs_removed) == (300, 1, 0)


def test_real_histories_replay_and_stay_readable():
    if not HISTORIES.exists():
        pytest.skip("the corpus of article histories is not here")
    with gzip.open(HISTORIES, "rt", encoding="utf-8") as lines:
        histories = [[version["text"] for version in json.loads(line)["versions"]] for line in lines]
    for texts in histories:
        for before, after in pairwise(texts):
            change = diff(before, after)
            assert apply(change, before) == after
            assert bool(change.words_added or change.words_removed) == (words(before) != words(after))
