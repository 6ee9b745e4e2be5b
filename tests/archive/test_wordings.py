"""What is held of a wording: letters are wordings, a digit after one says how many hours later it is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain import wordings
from archive.domain.wordings import REST, RUNS, Act, Held, see
from tests.homes import NOW

MINUTE = timedelta(minutes=1)


def told(looks: str, **rules) -> str:
    """What is told of a row of looks, `A@0 B@2 …` in hours: `AB` for a change, `A~B` for variants."""
    held, said = Held(), []
    for look in looks.split():
        name, _, hours = look.partition("@")
        at = NOW + timedelta(hours=float(hours))
        outcome = see(held, ord(name), at, confirm_after=MINUTE, **rules)
        held = outcome.held
        said += [
            f"{chr(step.before)}{'~' if step.act is Act.VARIANTS else ''}{chr(step.after)}"
            for step in outcome.steps
        ]
    return " ".join(said)


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ("A@0 A@1 A@2", ""),
        ("A@0 B@1", ""),  # one look proves nothing
        ("A@0 B@1 B@1.001", ""),  # nor does another one a few seconds later
        ("A@0 B@1 B@1.02", "AB"),
        ("A@0 B@1 B@5", "AB"),
        ("A@0 B@1 A@1.02 A@2 A@3", ""),  # shown once
        ("A@0 B@1 B@1.02 A@25 A@25.02", "AB BA"),  # an edit, and a day later a reversal
        ("A@0 B@1 B@1.02 B@2 A@3 A@3.02", "AB BA"),  # also two hours later
        ("A@0 B@1 B@1.02 A@25 A@25.02 A@40 B@49 B@49.02", "AB BA AB"),  # and again: it was meant
        ("A@0 B@1 A@1.02 B@2", "A~B"),  # in turns
        ("A@0 B@1 A@1.02 B@2 A@2.02 B@3 B@3.02 A@4 B@5", "A~B"),  # told once
        ("A@0 B@48 A@48.02 A@96 B@144", "A~B"),  # looked at every other day, and shown but once each time
        ("A@0 B@1 B@1.02 A@2 A@2.02 B@3", "AB BA A~B"),  # an hour each: the first two are superseded
        ("A@0 B@1 C@2 A@3 B@4 C@5 A@6 B@7 C@8", "A~B A~C"),  # three headlines
        ("A@0 B@1 A@1.02 B@2 C@3 C@3.02", "A~B AC"),  # an edit ends the set
        ("A@0 B@1 C@1.02 C@2", "AC"),  # nobody knows what B was
    ],
)
def test_what_is_told(looks, said):
    assert told(looks) == said


def test_two_edits_in_a_row_are_two_changes():
    """The second look finds another wording that was built on the first one."""
    held = see(Held(), 1, NOW, confirm_after=MINUTE).held
    held = see(held, 2, NOW + 10 * MINUTE, confirm_after=MINUTE).held
    outcome = see(held, 3, NOW + 11 * MINUTE, confirm_after=MINUTE, built_on=True)
    assert [(s.before, s.after, s.first) for s in outcome.steps] == [(1, 2, NOW + 10 * MINUTE)]
    assert (outcome.held.stands, outcome.held.candidate) == (2, 3)
    [step] = see(outcome.held, 3, NOW + 12 * MINUTE, confirm_after=MINUTE).steps
    assert (step.before, step.after) == (2, 3)


def test_what_others_captured_needs_no_second_look():
    assert told("A@0 B@1 C@2 B@3", sure=True) == "AB BC CB"


def test_a_set_comes_to_rest():
    """The test of headlines is over: the winner stands, and if it is not what stood before, that is told."""
    begin = "A@0 B@1 A@1.02 B@2"
    later = [f"B@{3 + 20 * n}" for n in range(6)]
    assert told(" ".join([begin, *later])) == "A~B AB"
    assert told(" ".join([begin, *(look.replace("B", "A") for look in later)])) == "A~B"
    assert told(f"{begin} B@200") == "A~B"  # too few looks to say


def test_a_set_goes_on_after_an_edit():
    """A and B are tried out, an edit makes of them A' and B', which differ as those did."""
    held = Held()
    for n, reading in enumerate((1, 2, 1, 2, 3, 3)):
        held = see(held, reading, NOW + n * 2 * MINUTE, confirm_after=MINUTE).held
    assert (held.stands, held.variants, held.tested) == (3, frozenset(), {1, 2})
    held = wordings.joined(held, 4)
    assert (held.stands, held.variants, held.tested) == (3, {3, 4}, {3, 4})
    for n, reading in enumerate((4, 3, 4), 6):
        outcome = see(held, reading, NOW + n * 2 * MINUTE, confirm_after=MINUTE)
        held = outcome.held
        assert outcome.steps == ()


def test_the_wordings_that_may_come_again_are_remembered():
    held = Held()
    for n, reading in enumerate((1, 2, 1, 2, 3)):
        held = see(held, reading, NOW + n * 2 * MINUTE, confirm_after=MINUTE).held
    assert (held.stands, held.candidate, held.variants) == (1, 3, {1, 2})
    assert held.known == (3, 2)
    assert held.replaced(3, 9).candidate == 9
    assert held.replaced(1, 9) == Held(
        stands=9,
        candidate=3,
        since=held.since,
        variants=frozenset({9, 2}),
        tested=frozenset({9, 2}),
        runs=tuple(wordings.Run(9 if r.reading == 1 else r.reading, r.first, r.last, r.looks) for r in held.runs),
    )


LOOKS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60 * 24 * 4)), max_size=30)


@given(LOOKS)
def test_what_stands_changes_only_by_what_is_told(looks):
    held, at = Held(), NOW
    for reading, minutes in looks:
        at += timedelta(minutes=minutes)
        outcome = see(held, reading, at, confirm_after=MINUTE)
        stands = held.stands
        for step in outcome.steps:
            assert step.before == stands
            assert step.first <= at
            if step.act is Act.CHANGE:
                stands = step.after
        if held.stands is not None:
            assert outcome.held.stands == stands
        assert len(outcome.held.runs) <= RUNS
        assert (outcome.held.candidate is None) == (outcome.held.since is None)
        assert outcome.held.candidate != outcome.held.stands
        assert wordings.from_json(wordings.to_json(outcome.held)) == outcome.held
        held = outcome.held


@given(LOOKS, st.integers(1, 4))
def test_whatever_was_before_two_looks_that_agree_are_believed(looks, reading):
    held, at = Held(), NOW
    for each, minutes in looks:
        at += timedelta(minutes=minutes)
        held = see(held, each, at, confirm_after=MINUTE).held
    for _ in range(2):
        at += MINUTE
        held = see(held, reading, at, confirm_after=MINUTE).held
    assert held.stands == reading or reading in held.variants
    assert held.candidate is None


@given(LOOKS)
def test_a_wording_that_is_shown_for_good_stands_in_the_end(looks):
    held, at = Held(), NOW
    for each, minutes in looks:
        at += timedelta(minutes=minutes)
        held = see(held, each, at, confirm_after=MINUTE).held
    for _ in range(8):
        at += REST / 4
        held = see(held, 5, at, confirm_after=MINUTE).held
    assert (held.stands, held.variants) == (5, frozenset())


@given(LOOKS, LOOKS)
def test_another_extractor_that_tells_the_same_wordings_apart_goes_on_where_the_last_one_was(looks, more):
    """An upgrade in the middle: the readings have other ids, and what is told of them is the same."""
    held, at = Held(), NOW
    for each, minutes in looks:
        at += timedelta(minutes=minutes)
        held = see(held, each, at, confirm_after=MINUTE).held
    names = {each: each + 100 for each in range(10)}
    renamed = held.renamed(names)
    for each, minutes in more:
        at += timedelta(minutes=minutes)
        one = see(held, each, at, confirm_after=MINUTE)
        other = see(renamed, each + 100, at, confirm_after=MINUTE)
        told_of = [(step.before + 100, step.after + 100, step.act, step.first, step.since) for step in one.steps]
        assert [(step.before, step.after, step.act, step.first, step.since) for step in other.steps] == told_of
        held, renamed = one.held, other.held
    assert held.renamed(names) == renamed


@given(LOOKS)
def test_what_reads_alike_to_another_extractor_waits_for_nothing(looks):
    held, at = Held(), NOW
    for each, minutes in looks:
        at += timedelta(minutes=minutes)
        held = see(held, each, at, confirm_after=MINUTE).held
    alike = held.renamed(dict.fromkeys(range(10), 7))
    assert (alike.candidate, alike.since, alike.variants) == (None, None, frozenset())
    assert len(alike.runs) <= 1
    assert held.renamed({}) == Held()
