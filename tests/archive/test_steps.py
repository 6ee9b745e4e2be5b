"""What lies between two wordings, and whether an edit was followed by another one."""

from __future__ import annotations

from dataclasses import replace

from archive.domain.model import Extraction
from archive.domain.steps import built_on, nearest, same_edit, step

PAGE = Extraction(
    extractor="x/1",
    title="Minister denies report",
    text="The minister denied the report on Tuesday.\n\nResidents say that their letters were never answered.",
)


def edited(page, old, new):
    return replace(page, text=page.text.replace(old, new), title=page.title.replace(old, new))


def test_an_edit_that_another_one_follows():
    first = edited(PAGE, "Tuesday", "Wednesday")
    second = edited(first, "Residents", "Neighbours")
    assert built_on(first, PAGE, second)
    assert built_on(
        edited(PAGE, "denies", "confirms"), PAGE, edited(edited(PAGE, "denies", "confirms"), "never", "not")
    )


def test_what_varies_at_every_fetch_follows_nothing():
    one, two, three = (
        replace(PAGE, text=f"{PAGE.text}\n\n{teaser}")
        for teaser in ("Storm over the coast.", "Council votes on harbour.", "Ten recipes for autumn.")
    )
    assert not built_on(two, one, three)
    assert not built_on(one, PAGE, two)


def test_back_is_not_on():
    first = edited(PAGE, "Tuesday", "Wednesday")
    assert not built_on(first, PAGE, PAGE)
    assert not built_on(first, PAGE, edited(PAGE, "Residents", "Neighbours"))
    moved = replace(PAGE, text="\n\n".join(reversed(PAGE.paragraphs)))
    assert not built_on(moved, PAGE, moved)  # no word tells


def test_in_another_template_too_noise_is_noise_and_an_edit_an_edit():
    here, there = ("".join(f"{letter}{n:03}" for n in range(9)) for letter in "ab")
    was = replace(PAGE, text=f"Updated 26 minutes ago\n\n{PAGE.text}", template=here)
    assert step(was, replace(edited(was, "26", "58"), template=there)) is None
    verdict = step(was, replace(edited(was, "Tuesday", "Wednesday"), template=there))
    assert verdict is not None
    assert "Wednesday" in verdict.summary


def test_the_same_edit_of_two_wordings():
    """While another headline is tried out: "Tuesday" becomes "Wednesday" under both."""
    other = replace(PAGE, title="A deal that nobody knew of")
    later, other_later = (edited(page, "Tuesday", "Wednesday") for page in (PAGE, other))
    assert same_edit((PAGE, later), (other, other_later))
    assert same_edit((PAGE, other), (later, other_later))
    assert not same_edit((PAGE, other), (later, other))
    assert not same_edit((PAGE, PAGE), (other, other))  # none
    assert nearest(other_later, (PAGE, other)) == 1
    assert nearest(later, (PAGE, other)) == 0
