"""One article in two templates: whether its words changed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.classify import classify
from archive.domain.dress import MARK, comparable, redesigned
from archive.domain.furniture import NOTHING, Furniture, mask
from archive.domain.model import Extraction, StructuredData
from archive.domain.wording import sentences
from archive.extraction import extract
from scheduler.newsroom import Request
from scheduler.newsroom.noise import NOISES
from tests.newsroom import Newsroom
from tests.strategies import TEXTS

STORY = [
    "The minister denies the report. She was in Bonn on Tuesday, her office says.",
    "A spokesman for the party said that nobody had seen her there.",
    "The company was fined in 2019 over the same charges. It has always denied them.",
    "Parliament will debate the matter on Thursday, and the minister will speak.",
]
CAPTION = "The minister arriving in Bonn on Tuesday, where she was to open the fair."
ASKED, DENIED = "She was never asked about it.", "It has always denied them."
APPEAL = "Sign up for our newsletter and get the best of our stories each morning."


def page(*paragraphs, title="Minister denies the report", body=None, **more):
    structured = StructuredData(headline=more.pop("headline", None), article_body=body)
    return Extraction(
        extractor="x", title=title, text="\n\n".join(paragraphs or STORY), structured=structured, **more
    )


def same(before, after, furniture=NOTHING):
    one, other = comparable(before, after, furniture)
    assert (classify(one, other) is None) == (one == other)
    return one == other


# Whether it is another template.


def sketches_of(room, paper, stories):
    """The pages of some stories as they come now, read by the extractor."""
    answers = [
        room.respond(Request(method="GET", target=story.path, host=paper.host, path=story.path))
        for story in stories
    ]
    return [extract(answer.body, url=paper.url("/"), content_type="text/html") for answer in answers]


def test_a_redesign_is_seen_through_all_the_noise_of_a_page_and_noise_is_no_redesign():
    with Newsroom() as room:
        herald = room.outlet("herald.example", title="The Herald")
        stories = [herald.publish(f"Story {n}", [f"{text} Number {n}." for text in STORY]) for n in range(3)]
        herald.add_noise(*(kind for kind in NOISES if kind != "devices"))
        designs = []
        for _ in range(3):
            designs.append([one for _ in range(4) for one in sketches_of(room, herald, stories)])
            herald.redesign()
    for pages in designs:
        assert not any(redesigned(one, other) for one, other in combinations(pages, 2))
    for ours, theirs in combinations(designs, 2):
        assert all(redesigned(one, other) for one, other in product(ours, theirs))
    assert all(len(one.template) <= 200 for pages in designs for one in pages)


def test_the_sketch_holds_no_word_of_the_page_and_no_hash_of_the_build():
    html = (
        "<body class='{0}'><main id='m'><article class='story story--{1}'><h1>{2}</h1><p>{2}</p></article></main>"
    )
    one, other = (
        extract(html.format(*each).encode(), url="https://x.example/", content_type="text/html")
        for each in (("css-1a2b3c", "id-123", "Words"), ("css-9z8y7x", "id-987", "Others"))
    )
    assert one.template == other.template != ""
    assert len(one.template) % MARK == 0


SKETCHES = st.lists(st.text("abcdefgh", min_size=MARK, max_size=MARK), max_size=60).map(
    lambda marks: "".join(sorted(set(marks))[:48])
)


@given(SKETCHES, SKETCHES)
def test_redesigned_has_no_direction_and_nothing_is_redesigned_into_itself(one, other):
    before, after = (Extraction(extractor="x", template=template) for template in (one, other))
    assert redesigned(before, after) == redesigned(after, before)
    assert not redesigned(before, before)
    assert not redesigned(before, replace(after, template=""))


# Whether the words changed.


@pytest.mark.parametrize(
    "after",
    [
        page(*STORY, "Share this story"),
        page("By Jane Doe, in Bonn", *STORY),
        page(APPEAL, *STORY),
        page(*STORY, "More stories about ministers who deny reports can be found on our page."),
        page(STORY[0], "Advertisement", *STORY[1:]),
        page(STORY[0], CAPTION, *STORY[1:], captions=(CAPTION,)),
        page(" ".join(STORY[:2]), *STORY[2:]),
        page(*sentences(STORY[0]), *STORY[1:]),
        page(STORY[1], STORY[0], *STORY[2:]),
        page(STORY[0].replace("'", "’"), *STORY[1:-1], STORY[-1] + " (Reuters)"),
        page(title="Politics | Minister denies the report"),
        page(title="Minister denies the report - The Herald"),
        page(title="Minister denies …"),
        page(title="Report denied", headline="Minister denies the report"),
        page(standfirst="What the papers say, and what she says."),
        page(authors=("Jane Doe", "Herald staff")),
        page(published=datetime(2026, 3, 2, tzinfo=UTC), modified=datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_what_another_template_shows_in_another_way_is_no_edit(after):
    assert same(page(), after)
    assert same(after, page())


@pytest.mark.parametrize(
    ("after", "gone", "come"),
    [
        (page(STORY[0].replace("Tuesday", "Monday"), *STORY[1:]), ["Tuesday"], ["Monday"]),
        (page(*STORY[:3], STORY[3].replace("Thursday", "Friday")), ["Thursday"], ["Friday"]),
        (page(*STORY[:2], STORY[2].replace("always", "never"), STORY[3]), ["always"], ["never"]),
        (page(*STORY[:2], *STORY[3:]), STORY[2].split(), []),
        (page(*STORY[:2], STORY[2].split(". ")[0] + ".", STORY[3]), DENIED.split(), []),
        (page(*STORY[:2], ASKED, *STORY[2:]), [], ASKED.split()),
    ],
)
def test_other_words_inside_sentences_and_prose_amid_the_story_are(after, gone, come):
    furnished = replace(after, text=f"By Jane Doe, in Bonn\n\n{after.text}\n\n{APPEAL}")
    for other in (after, furnished):
        one, two = comparable(page(), other)
        found = classify(one, two)
        assert found is not None
        edits = [edit.words for edit in found.diff.edits]
        assert [word for old, _ in edits for word in old] == [word.strip(".") for word in gone]
        assert [word for _, new in edits for word in new] == [word.strip(".") for word in come]


def test_one_sentence_for_another_inside_a_paragraph_is_an_edit_however_short():
    before, after = (
        page("4. Leave", *STORY, "4. Stay", "The end."),
        page("4. Leave", *STORY, "5. Stay", "The end."),
    )
    assert not same(before, after)


def test_a_changed_headline_is_found_and_told_by_its_words():
    after = page(title="Minister admits the report", headline="Minister admits the report")
    found = classify(*comparable(page(headline="Minister denies the report"), after))
    assert found is not None
    assert [found.words_added, found.words_removed] == [1, 1]


def test_a_standfirst_that_was_edited_is_kept_and_one_that_was_chosen_anew_is_not():
    before = page(standfirst="The minister was in Bonn on Tuesday, says her office")
    edited = page(standfirst="The minister was in Bonn on Monday, says her office")
    assert comparable(before, edited)[1].standfirst == edited.standfirst
    one, other = comparable(before, page(standfirst="Politics: the latest"))
    assert one == other


def test_a_note_of_correction_counts_wherever_it_stands():
    note = "Correction: an earlier version of this article said that she was in Cologne."
    assert not same(page(), page(*STORY, note))
    assert not same(page(), page(note, *STORY))


def test_furniture_amid_the_story_is_none_of_its_words():
    assert same(page(), page(*STORY[:2], APPEAL, *STORY[2:]))
    box = "Four in a hundred of those who read us pay for it."
    after = page(*STORY[:2], box, *STORY[2:])
    assert not same(page(), after)
    assert same(page(), after, Furniture(frozenset({mask(box)})))


def test_the_structured_data_decides_where_both_sides_have_it():
    told = "\n\n".join(STORY * 3)
    ours = page(*STORY * 3, body=told)
    rebuilt = page(
        *STORY * 3, "A paragraph that the reader took from elsewhere, for it stands in a box.", body=told
    )
    rebuilt = replace(rebuilt, text=rebuilt.text.replace("Parliament will", "Read more. Parliament will"))
    assert same(ours, rebuilt)
    edited = replace(ours, structured=StructuredData(article_body=told.replace("Tuesday", "Monday", 1)))
    assert not same(ours, edited)


def test_what_the_page_still_shows_elsewhere_did_not_go():
    after = page(*STORY[:2], *STORY[3:], asides=(STORY[2],))
    assert same(page(), after)


def test_a_text_that_is_not_the_same_at_all_is_an_edit():
    other = page("Another story altogether.", "It has nothing to do with the first.")
    assert not same(page(), other)
    assert comparable(page(), replace(page(), text=""))[1].text == ""


def test_an_edit_made_with_the_redesign_is_stealthy_unless_its_date_says_so():
    edited = page(STORY[0].replace("Tuesday", "Monday"), *STORY[1:])
    found = classify(*comparable(page(), edited))
    assert found is not None
    assert found.stealth
    dated = replace(edited, modified=datetime(2026, 3, 2, tzinfo=UTC))
    found = classify(*comparable(page(), dated))
    assert found is not None
    assert not found.stealth


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_two_extractions_are_compared_and_the_same_one_is_the_same(text, other, title, name):
    before, after = page(text, title=title), page(other, title=name)
    comparable(before, after)
    assert same(before, before)
    assert same(before, replace(before, authors=(name,)))


def test_a_box_of_several_sentences_is_furniture_as_a_whole():
    box = "Four in a hundred of our readers pay for what they read. The others read it because of them. Thank you!"
    after = page(*STORY[:2], box, *STORY[2:])
    assert not same(page(), after)
    assert same(page(), after, Furniture(frozenset({mask(box)})))


@pytest.mark.parametrize(
    "hostile", ["One word here. " * 20_000, "\n\n".join(["The same again."] * 10_000), "a" * 500_000]
)
def test_hostile_texts_are_compared_in_bounded_time(hostile):
    before = page(*STORY, hostile, *STORY)
    after = page(*STORY, hostile.replace("e", "o"), *STORY)
    comparable(before, after)
    numbered = ["\n\n".join(f"{word} number {n} stands here." for n in range(5_000)) for word in ("This", "That")]
    comparable(page(*STORY, numbered[0]), page(*STORY, numbered[1], *STORY))
