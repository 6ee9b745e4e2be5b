"""How a change looks to a person at a terminal, in a browser, and to a script."""

import dataclasses
import json
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.diff import diff
from archive.domain.model import Extraction
from archive.domain.rendering import Sides, as_html, as_json, as_text, page

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
    assert 'class="moved" dir="auto"><span class="note">moved, paragraph 1 → 3</span>' in as_html(change)


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
