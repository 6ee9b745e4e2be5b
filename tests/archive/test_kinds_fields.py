"""What is said of each field, of notes, live blogs and paragraphs; how kinds are weighed; what is stealth."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.classify import Kind, classify, fingerprint, with_revert, with_variants
from archive.domain.model import Extraction, Link, StructuredData
from tests.archive.test_notes import CORRECTIONS, STAMPS, UPDATES

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
WORDS = (
    "The minister denied on Monday that 120 people had lost their homes near Basra.",
    "“We knew of no objections at the time,” said Karim Haddad, a spokesman for the ministry.",
    "According to the police the harbour was sold in March for 3 million dollars. Nobody was asked.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody.",
    "The harbour is the largest of the province, and its cranes can be seen from the hills.",
)
ARTICLE = Extraction(
    extractor="plain/1",
    title="Minister denies report on harbour deal",
    standfirst="The opposition wants to know who sold the harbour.",
    text="\n\n".join(WORDS),
    authors=("Ada Byron",),
    published=MONDAY,
    modified=MONDAY,
    language="en",
    captions=("Cranes in the harbour of Basra.", "The minister in the hall."),
    links=(
        Link(text="the report", url="https://a.example/report"),
        Link(text="sold", url="https://a.example/sale"),
    ),
    images=("cranes", "minister"),
    stamps=("Updated 09:00",),
    structured=StructuredData(types=("NewsArticle",), published="stated", modified="stated"),
)


def edited(**fields):
    return dataclasses.replace(ARTICLE, **fields)


def told(was, now, article=ARTICLE, **fields):
    assert was in article.text
    return dataclasses.replace(article, text=article.text.replace(was, now), **fields)


def said(after, before=ARTICLE):
    verdict = classify(before, after)
    assert verdict is not None
    assert fingerprint(before) != fingerprint(after)
    return verdict


def kinds(after, before=ARTICLE):
    return [str(kind) for kind in said(after, before).kinds]


def links(*pairs):
    return edited(links=tuple(Link(text=text, url=f"https://a.example/{url}") for text, url in pairs))


@pytest.mark.parametrize(("after", "kind", "reason"), [
    (links(("the report", "other"), ("sold", "sale")), "link",
     'the link "the report" leads to a.example/other and no longer to a.example/report'),
    (links(("the report", "report")), "link", 'the link "sold" to a.example/sale was taken out'),
    (links(("the report", "report"), ("sold", "sale"), ("hills", "hills")), "link",
     'the link "hills" to a.example/hills was put in'),
    (links(("the report", "report"), ("Basra", "sale")), "link", "a link stands on other words"),
    (edited(images=("minister",)), "image", "1 picture taken out"),
    (edited(images=("cranes", "hall")), "image", "1 picture exchanged"),
    (edited(images=("cranes", "minister", "hall")), "image", "1 picture added"),
    (edited(captions=ARTICLE.captions[:1]), "caption",
     'a caption changed: "The minister in the hall" was taken out'),
    (edited(authors=("Tom Reed",)), "byline", 'the byline "Ada Byron" became "Tom Reed"'),
    (edited(authors=()), "byline", '"Ada Byron" was taken out of the byline'),
    (edited(stamps=("Updated 10:00",)), "date", "only the update stamp changed"),
    (edited(modified=MONDAY + timedelta(hours=1)), "date", "only the modification date changed"),
    (edited(published=MONDAY + timedelta(hours=1)), "date", "only the publication date changed"),
])  # fmt: skip
def test_a_field_that_changed_alone_is_the_only_kind(after, kind, reason):
    verdict = said(after)
    assert [str(one) for one in verdict.kinds] == [kind]
    assert verdict.reasons[0] == reason
    assert verdict.summary == reason[0].upper() + reason[1:] + "."


@pytest.mark.parametrize("after", [
    edited(links=tuple(reversed(ARTICLE.links))),
    edited(images=tuple(reversed(ARTICLE.images))),
    edited(captions=tuple(reversed(ARTICLE.captions))),
    edited(links=(*ARTICLE.links, ARTICLE.links[0])),
    edited(stamps=ARTICLE.stamps * 2),
])  # fmt: skip
def test_another_order_of_links_pictures_and_captions_is_no_version(after):
    assert classify(ARTICLE, after) is None
    assert fingerprint(after) == fingerprint(ARTICLE)


def test_a_name_and_a_number_in_a_caption_are_told_and_weigh_less_than_in_the_text():
    caption = said(edited(captions=("Cranes in the harbour of Mosul.", ARTICLE.captions[1])))
    assert set(caption.kinds) == {Kind.CAPTION, Kind.NAMES}
    assert 'the name "Basra" became "Mosul" in a caption' in caption.reasons
    assert caption.weight < said(told("near Basra", "near Mosul")).weight


def test_a_standfirst_that_repeats_the_text_is_not_told_twice():
    before = edited(standfirst="The minister denied on Monday that 120 people had lost …")
    after = told("120", "130", before, standfirst="The minister denied on Monday that 130 people had lost …")
    assert kinds(after, before) == ["numbers"]
    assert kinds(dataclasses.replace(before, standfirst="The harbour is the largest"), before) == ["standfirst"]


def test_numbers_and_names_of_headline_and_standfirst_are_told():
    headline = said(edited(title="Minister denies report on Basra deal"))
    assert set(headline.kinds) == {Kind.HEADLINE, Kind.NAMES}
    assert 'the name "Basra" was put into the headline' in headline.reasons
    assert kinds(edited(title="Minister confirms report on harbour deal"))[0] == "modality"
    standfirst = edited(standfirst="The opposition wants to know who sold 12 of the harbours.")
    assert set(kinds(standfirst)) == {"standfirst", "numbers"}


def test_titles_in_title_case_give_no_names_away():
    before = edited(title="Minister Denies Report on Harbour Deal")
    assert kinds(dataclasses.replace(before, title="Minister Denies Rumour of Harbour Deal"), before) == [
        "headline"
    ]


@pytest.mark.parametrize("note", [*CORRECTIONS, *UPDATES])
def test_a_note_that_was_put_in_is_told_and_declares_the_rest(note):
    verdict = said(edited(text=ARTICLE.text.replace("120", "130") + "\n\n" + note))
    assert {Kind.CORRECTION, Kind.NUMBERS} == set(verdict.kinds)
    assert not verdict.stealth


@pytest.mark.parametrize("stamp", STAMPS)
def test_a_stamp_in_the_text_is_a_date_and_declares_the_rest(stamp):
    assert kinds(edited(text=ARTICLE.text + "\n\n" + stamp)) == ["date"]
    verdict = said(edited(text=stamp + "\n\n" + ARTICLE.text.replace("120", "130")))
    assert (verdict.kinds, verdict.stealth) == ((Kind.NUMBERS,), False)


def test_a_note_that_is_taken_out_weighs_more_than_another_paragraph():
    note = "Correction: an earlier version gave another number."
    noted = edited(text=ARTICLE.text + "\n\n" + note)
    verdict = said(ARTICLE, noted)
    assert verdict.kinds == (Kind.PARAGRAPH_REMOVED,)
    assert verdict.reasons[0].startswith("a note of correction was taken out")
    assert verdict.weight > said(told("\n\n" + WORDS[4], "")).weight


def test_paragraphs_that_came_went_and_moved():
    assert kinds(told(WORDS[4], WORDS[4] + "\n\nA storm is expected.")) == ["paragraph_added"]
    assert kinds(told("\n\n" + WORDS[4], "")) == ["paragraph_removed"]
    moved = "\n\n".join((WORDS[4], *WORDS[:4]))
    assert kinds(edited(text=moved)) == ["paragraph_moved"]
    replaced = said(told(WORDS[4], "Nothing else was known by evening of what had been agreed upon."))
    assert {Kind.PARAGRAPH_ADDED, Kind.PARAGRAPH_REMOVED} == set(replaced.kinds)


def test_a_paragraph_parted_in_two_did_not_come_even_where_words_changed():
    parted = told(" Nobody was asked.", "\n\nNobody was asked.")
    assert classify(ARTICLE, parted) is None
    assert kinds(told("3 million", "4 million", parted)) == ["numbers"]


def test_a_name_that_went_with_its_paragraph_is_told_when_it_stands_nowhere_any_more():
    verdict = said(told("\n\n" + WORDS[1], ""))
    assert 'the name "Karim Haddad" stands nowhere any more' in verdict.reasons
    assert Kind.QUOTATION_REMOVED in verdict.kinds
    kept = edited(text=ARTICLE.text + "\n\nKarim Haddad then left.")
    assert Kind.NAMES not in said(told("\n\n" + WORDS[1], "", kept), kept).kinds


def test_a_name_in_a_quotation_is_named():
    before = told("no objections", "no objections by Leyla Kaya")
    verdict = said(told(" by Leyla Kaya", "", before), before)
    assert 'the name "Leyla Kaya" was taken out of a quotation' in verdict.reasons
    assert Kind.QUOTATION in verdict.kinds


def test_a_quotation_that_stands_elsewhere_now_was_neither_altered_nor_taken_out():
    moved = "\n\n".join((WORDS[0], *WORDS[2:], WORDS[1].replace("said", "added")))
    assert not {Kind.QUOTATION, Kind.QUOTATION_REMOVED} & set(said(edited(text=moved)).kinds)


def live(*posts, types=("LiveBlogPosting",)):
    text = "\n\n".join(("All that happens at the harbour today.", *posts))
    return edited(text=text, structured=dataclasses.replace(ARTICLE.structured, types=types))


POSTS = ("14:30 The minister has left.", "14:10 The hall is full.", "13:55 The doors are open.")


@pytest.mark.parametrize(("before", "after"), [
    (live(*POSTS[1:]), live(*POSTS)),
    (live("The doors are open."), live("The hall is full.", "The doors are open.")),
    (live(*POSTS[1:], types=()), live(*POSTS, types=())),
    (live(*POSTS[:2], types=()), live(*POSTS, types=())),
])  # fmt: skip
def test_a_live_blog_that_goes_on_is_told_as_such_and_is_no_stealth(before, after):
    verdict = said(after, before)
    assert verdict.kinds == (Kind.LIVE_APPEND,)
    assert not verdict.stealth


@pytest.mark.parametrize(("before", "after"), [
    (live("The doors are open.", types=()), live("The hall is full.", "The doors are open.", types=())),
    (live(*POSTS[1:]), live(*POSTS[:2], "13:55 The doors are shut.")),
    (live(POSTS[0], POSTS[2], types=()), live(*POSTS, types=())),
])  # fmt: skip
def test_what_is_no_post_or_not_all_that_changed_is_no_live_blog_going_on(before, after):
    assert Kind.LIVE_APPEND not in said(after, before).kinds


LIGHT_TO_HEAVY = [
    ("a date", edited(modified=MONDAY - timedelta(hours=1))),
    ("punctuation", told("harbour was", "harbour, was")),
    ("a slip", told("answered by", "anwsered by")),
    ("a picture", edited(images=("cranes",))),
    ("an author", edited(authors=("Tom Reed",))),
    ("other words", told("can be seen from", "are visible from")),
    ("a paragraph of background", told(WORDS[4], WORDS[4] + "\n\nIt was built by the port authority.")),
    ("a paragraph that went", told("\n\n" + WORDS[4], "")),
    ("a headline", edited(title="Minister denies talk of harbour deal")),
    ("a number", told("120", "130")),
    ("a denial", told("were never", "were")),
    ("a name in a quotation", told("no objections", "no objections by Karim")),
]


def test_weights_keep_their_order():
    weights = [said(after).weight for _, after in LIGHT_TO_HEAVY]
    assert weights == sorted(weights), list(zip([name for name, _ in LIGHT_TO_HEAVY], weights, strict=True))
    assert len(set(weights)) == len(weights)


def test_several_reasons_weigh_more_than_one():
    one = said(told("120", "130"))
    two = said(told("were never", "were", told("120", "130")))
    assert one.weight < two.weight < 1
    assert two.weight > said(told("were never", "were")).weight


def test_stealth_adds_to_the_weight():
    silent, open_ = told("120", "130"), told("120", "130", modified=MONDAY + timedelta(hours=1))
    assert (said(silent).stealth, said(open_).stealth) == (True, False)
    assert said(silent).weight > said(open_).weight


def test_a_revert_and_variants_are_said_by_the_caller():
    verdict = said(told("120", "130"))
    back = with_revert(verdict, 2)
    assert (back.kinds, back.stealth) == ((Kind.NUMBERS, Kind.REVERT), True)
    assert back.summary == "The number 120 became 130. Back to version 2."
    either = with_variants(verdict)
    assert (either.kind, either.stealth) == (Kind.VARIANTS, False)
    assert either.summary == "Two wordings alternate. The number 120 became 130."
    assert 0 < either.weight < verdict.weight


def test_only_three_reasons_of_a_kind_are_told_and_weigh():
    before = edited(text="\n\n".join(f"In hall {n}{n} there were {n}00 chairs." for n in range(1, 9)))
    verdict = said(dataclasses.replace(before, text=before.text.replace("00 chairs", "05 chairs")), before)
    assert [str(kind) for kind in verdict.kinds] == ["numbers"]
    assert verdict.reasons[3] == "and 5 more of numbers"
    assert verdict.summary == "The number 100 became 105 (7 more)."


# Laws.

NOUNS = st.sampled_from(["harbour", "minister", "Basra", "letters", "police", "hall"])
SENTENCES = st.builds(
    "The {} of the {} was seen by {} people in the {} at noon.".format, NOUNS, NOUNS, st.integers(2, 99_999), NOUNS
)


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_changed_digit_is_always_a_number(written, data):
    chosen = data.draw(st.integers(0, len(written) - 1))
    digits = [n for n, char in enumerate(written[chosen]) if char.isdigit()]
    at = data.draw(st.sampled_from(digits))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != written[chosen][at]]))
    changed = list(written)
    changed[chosen] = written[chosen][:at] + digit + written[chosen][at + 1 :]
    join = data.draw(st.sampled_from(["\n\n", " "]))
    before, after = edited(text=join.join(written)), edited(text=join.join(changed))
    verdict = classify(before, after)
    assert verdict is not None
    assert Kind.NUMBERS in verdict.kinds
    assert any(written[chosen][n:].split()[0] in reason for reason in verdict.reasons for n in digits[:1])


PIECES = [
    "Karim",
    "12",
    "not",
    "“",
    "”",
    '"',
    ".",
    " ",
    " ",
    "\n\n",
    "said",
    "alleged",
    "Updated 14:30",
    "قال",
    "不",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=20)


@given(
    TEXTS,
    TEXTS,
    st.sampled_from(["", "en", "de", "ar", "tr", "xx"]),
    st.sampled_from(["text", "title", "standfirst"]),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_whatever_the_texts_are_the_weight_is_a_chance_and_there_is_a_reason(old, new, language, field):
    before = dataclasses.replace(ARTICLE, language=language, **{field: old})
    after = dataclasses.replace(ARTICLE, language=language, **{field: new})
    verdict = classify(before, after)
    assert (verdict is None) == (fingerprint(before) == fingerprint(after))
    if verdict:
        assert 0 < verdict.weight < 1
        assert verdict.reasons
        assert all(verdict.reasons)
        assert len(verdict.kinds) == len(set(verdict.kinds))
        assert verdict == classify(before, after)
