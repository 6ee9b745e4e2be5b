"""How a change looks to a person at a terminal, in a browser, and to a script."""

import dataclasses
import json
import re
import time
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.diff import diff
from archive.domain.model import Extraction, Link
from archive.domain.rendering import as_html, as_json, as_text, page
from archive.domain.sides import Sides

BEFORE = Extraction(
    extractor="plain/1",
    title="Ten hurt in blast",
    text="One stays.\n\nTwo stays.\n\nThree stays.\n\nThe police said ten were hurt.\n\nFive stays.",
    authors=("Ada Byron",),
    modified=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
)
AFTER = dataclasses.replace(
    BEFORE,
    title="Twelve hurt in blast",
    text=BEFORE.text.replace("ten", "twelve"),
    modified=datetime(2026, 11, 3, 9, 0, tzinfo=UTC),
)
SIDES = Sides(BEFORE, AFTER)
CHANGE = diff(BEFORE.text, AFTER.text)


def test_a_terminal_without_colour_shows_marks_and_collapses_what_stands():
    assert (
        as_text(CHANGE, SIDES)
        == """\
Headline: [-Ten-]{+Twelve+} hurt in blast

Modified: 2026-11-[-02-]{+03+} 09:00:00 UTC

… 2 paragraphs unchanged …

Three stays.

The police said [-ten-]{+twelve+} were hurt.

Five stays."""
    )


def test_colour_comes_with_a_line_through_or_below():
    text = as_text(CHANGE, colour=True, context=0)
    assert "said \x1b[31;9mten\x1b[0m\x1b[32;4mtwelve\x1b[0m were" in text
    assert "[-" not in text


def test_context_says_how_much_stays():
    assert as_text(CHANGE, context=0).count("stays.") == 0
    assert as_text(CHANGE, context=2).count("stays.") == 3
    assert "unchanged" not in as_text(CHANGE, context=9)


def test_no_change_is_said_in_one_line():
    assert as_text(diff(BEFORE.text, BEFORE.text), Sides(BEFORE, BEFORE)) == "… 5 paragraphs unchanged …"
    assert as_text(diff("", "")) == ""


def test_a_moved_paragraph_says_from_where_to_where():
    change = diff(
        "One is here.\n\nTwo is long.\n\nThree is longer.", "Two is long.\n\nThree is longer.\n\nOne is here."
    )
    assert "(moved, paragraph 1 → 3) One is here." in as_text(change)
    assert 'class="moved" dir="auto"><span class="note" dir="ltr">moved, paragraph 1 → 3</span>' in as_html(change)


@pytest.mark.parametrize(
    "words", ["many words in one line " * 20, "x" * 300, "中国经济增长" * 40, "e\u0301" * 200]
)
@pytest.mark.parametrize("colour", [False, True])
def test_lines_keep_to_the_width(words, colour):
    text = as_text(diff("", words), width=40, colour=colour)
    for line in text.split("\n"):
        bare = line.replace("\x1b[32;4m", "").replace("\x1b[0m", "").replace("\u0301", "")
        assert sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in bare) <= 40
        assert line.count("\x1b[32;4m") == line.count("\x1b[0m")


def test_a_page_cannot_drive_the_terminal():
    text = as_text(diff("", "\x1b]0;pwned\x07 \x9b2J \x7f\rback"), colour=False)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)


def test_html_escapes_everything_and_lets_each_paragraph_choose_its_direction():
    html = as_html(diff("<script>alert(1)</script> & “x”", "<script>alert(2)</script> & “x”\n\nقال إن"))
    assert "<script" not in html
    assert "&lt;script&gt;alert(<del>1</del><ins>2</ins>)" in html
    assert '<p class="added" dir="auto"><ins>قال إن</ins></p>' in html


def test_html_shows_the_whole_article_unless_asked_otherwise():
    assert as_html(CHANGE).count('class="kept"') == 4
    assert '<p class="gap">… 3 paragraphs unchanged …</p>' in as_html(CHANGE, context=0)


def test_a_page_stands_alone_and_says_what_it_shows():
    hostile = '"><script>alert(1)</script>{style}'
    document = page(
        CHANGE,
        Sides(
            dataclasses.replace(BEFORE, title=hostile),
            dataclasses.replace(AFTER, title=hostile, language="en"),
        ),
        url="https://news.example/a?b=1&c=2",
        times=(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)),
        summary="1 word added & 1 removed.",
    )
    assert "<script" not in document
    assert 'src="' not in document
    assert "https://news.example/a?b=1&amp;c=2" in document
    assert '<time datetime="2026-11-02T00:00:00+00:00">2026-11-02 00:00:00 UTC</time> → <time' in document
    assert "1 word added &amp; 1 removed." in document
    assert '<html lang="en">' in document
    assert "prefers-color-scheme: dark" in document


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_html_is_well_formed_whatever_the_text(a, b):
    fragment = as_html(diff(a, b), Sides(Extraction(extractor="x", title=a), Extraction(extractor="x", title=b)))
    ET.fromstring(f"<div>{fragment.replace(chr(0xFFFE), '').replace(chr(0xFFFF), '')}</div>")


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_json_holds_both_texts(a, b):
    data = json.loads(json.dumps(as_json(diff(a, b))))

    def side(index, hidden):
        blocks = sorted((x for x in data["paragraphs"] if x[index] is not None), key=lambda x: x[index])
        return "\n\n".join("".join(t for mark, t in x["runs"] if mark != hidden) for x in blocks)

    assert side("old", "added") == a
    assert side("new", "removed") == b


def test_json_names_the_fields_that_differ():
    data = as_json(CHANGE, SIDES)
    assert data["fields"]["headline"] == [["removed", "Ten"], ["added", "Twelve"], ["kept", " hurt in blast"]]
    assert set(data["fields"]) == {"headline", "modified"}
    assert (data["words_added"], data["words_removed"], data["paragraphs_changed"]) == (1, 1, 1)


def test_a_word_of_a_million_letters_is_wrapped_in_linear_time():
    began = time.process_time()
    assert len(as_text(diff("", "é" * 1_000_000))) > 1_000_000
    assert time.process_time() - began < 10


HARBOUR = Link(text="the harbour", url="https://herald.example/harbour")
EVERYWHERE = dataclasses.replace(
    BEFORE,
    standfirst="The blast was heard for miles.",
    stamps=("Last updated 9:00",),
    captions=("The harbour in 2020. Photo: Ada Byron", "A crane"),
    links=(HARBOUR, Link(text="a report", url="https://herald.example/report"), HARBOUR),
    images=("harbour-2020", "crane"),
)
ELSEWHERE = dataclasses.replace(
    EVERYWHERE,
    standfirst="The blast was heard for ten miles.",
    stamps=("Last updated 9:30",),
    captions=("The harbour in 2021. Photo: Ada Byron", "A crane"),
    links=(
        dataclasses.replace(HARBOUR, url="https://other.example/"),
        Link(text="the minister", url="https://herald.example/minister"),
        HARBOUR,
        Link(text="the report", url="https://herald.example/report"),
    ),
    images=("crane", "harbour-2021"),
)


def test_every_field_is_compared_for_itself():
    nothing = diff(BEFORE.text, BEFORE.text)
    assert (
        as_text(nothing, Sides(EVERYWHERE, ELSEWHERE))
        == """\
Standfirst: The blast was heard for {+ten +}miles.

Stamp: Last updated [-9:00-]{+9:30+}

Caption: The harbour in [-2020-]{+2021+}. Photo: Ada Byron

Link: [-a-]{+the+} report <https://herald.example/report>

Link: the harbour <[-https://herald.example/harbour-]{+https://other.example/+}>

Link: {+the minister <https://herald.example/minister>+}

Image: [-harbour-2020-]

Image: {+harbour-2021+}

… 5 paragraphs unchanged …"""
    )


def test_html_and_json_have_the_same_fields_as_text():
    sides, nothing = Sides(EVERYWHERE, ELSEWHERE), diff("", "")
    html, data = as_html(nothing, sides), as_json(nothing, sides)
    names = ["Standfirst", "Stamp", "Caption", "Link", "Link", "Link", "Image", "Image"]
    assert re.findall("<dt>(.*?)</dt>", html) == names
    assert "the harbour &lt;<del>https://herald.example/harbour</del><ins>https://other.example/</ins>&gt;" in html
    assert (list(data["fields"]), list(data["lists"])) == (
        ["standfirst"],
        ["stamps", "captions", "links", "images"],
    )
    assert data["lists"]["images"] == [
        {"kind": "removed", "old": 0, "new": None, "runs": [["removed", "harbour-2020"]]},
        {"kind": "added", "old": None, "new": 1, "runs": [["added", "harbour-2021"]]},
    ]


def test_a_standfirst_that_repeats_the_beginning_is_not_told_twice():
    before = dataclasses.replace(BEFORE, standfirst="One stays. Two …")
    after = dataclasses.replace(AFTER, standfirst="Nine stays.", text=AFTER.text.replace("One", "Nine"))
    change, sides = diff(before.text, after.text), Sides(before, after)
    assert "Standfirst" not in as_text(change, sides)
    assert "standfirst" in as_json(change, sides)["fields"]
    assert "Standfirst" in as_text(change, Sides(before, dataclasses.replace(after, standfirst="Of its own.")))


def test_links_and_pictures_in_another_order_are_the_same():
    turned = dataclasses.replace(EVERYWHERE, links=EVERYWHERE.links[::-1], images=EVERYWHERE.images[::-1])
    assert Sides(EVERYWHERE, turned).lists == ()


LINKS = st.lists(st.builds(Link, text=st.sampled_from("abc"), url=st.sampled_from("xyz")), max_size=6).map(tuple)


@given(LINKS, LINKS)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_told_of_links_leads_from_the_ones_to_the_others(before, after):
    sides = Sides(Extraction(extractor="x", links=before), Extraction(extractor="x", links=after))
    blocks = dict(sides.lists).get("Link", ())
    gone = Counter(block.old_text for block in blocks if block.old is not None)
    came = Counter(block.new_text for block in blocks if block.new is not None)
    had, has = (Counter(f"{link.text} <{link.url}>" for link in side) for side in (before, after))
    assert had - gone + came == has
    assert not gone - had


def test_a_note_does_not_decide_the_direction_of_its_paragraph():
    """HTML, "auto": descendants that have a dir attribute of their own are not looked at."""
    change = diff("قال إن عشرة قُتلوا.\n\nب.\n\nج.", "ب.\n\nج.\n\nقال إن عشرة قُتلوا.")
    assert '<p class="moved" dir="auto"><span class="note" dir="ltr">moved' in as_html(change)


def test_screen_readers_are_told_what_was_removed_and_added():
    document = page(CHANGE, SIDES)
    assert 'del::before { content: " [removed: "; } ins::before { content: " [added: "; }' in document
    assert "ins, del { unicode-bidi: isolate; }" in document
    assert '<html lang="' not in document
    assert document.count("<h1") == document.count("<main>") == document.count("<header>") == 1
