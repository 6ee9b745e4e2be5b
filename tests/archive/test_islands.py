"""Pages that readers' browsers put together: the story is in a script, and is read from there."""

from __future__ import annotations

import json

import pytest

from archive.domain.sightings import FetchFacts, sight
from archive.extraction import extract

URL = "https://herald.example/news/a-story"
STORY = [
    "Engineers had warned of cracks in the old bridge since the spring, as letters to the council show.",
    'The mayor said that she had seen none of them, and that "every one" would be answered within the week.',
    "The bridge was closed on Monday; the road along the river is to be opened to buses until it is mended.",
]
MARKUP = "<div class='caption'>The bridge on Sunday.</div>" + "".join(
    f'<p class="text">{each}</p>' for each in STORY
)


def page(scripts):
    head = '<meta property="og:type" content="article"><meta property="og:title" content="Cracks">'
    body = f"<body><div id='root'></div>{scripts}</body>"
    return f"<html><head><title>Cracks</title>{head}</head>{body}</html>".encode()


def pushed(*parts):
    calls = (f"self.__next_f.push([1,{json.dumps(part)}])" for part in parts)
    return "".join(f"<script>{call.replace('<', chr(92) + 'u003c')}</script>" for call in calls)


ROW = "1c:" + json.dumps(
    ["$", "article", None, {"id": 7, "contentHtml": MARKUP, "teaser": "<p>a</p><p>b</p>" + "x" * 300}]
)
LONG = f'2a:T{len(MARKUP):x},{MARKUP}\n2b:["$","div",null]\n'


@pytest.mark.parametrize(
    "scripts",
    [
        pushed(ROW),
        pushed(ROW[:150], ROW[150:400], ROW[400:]),
        pushed("0:[]\n" + LONG),
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"body": MARKUP}})}</script>',
    ],
    ids=["a row", "a row in pieces", "a long string of its own", "a JSON document"],
)
def test_the_story_is_read_from_the_script_that_carries_it(scripts):
    found = extract(page(scripts), url=URL)
    assert list(found.paragraphs) == STORY
    seen = sight(FetchFacts(url=URL, final_url=URL, status=200, mime="text/html", extraction=found), None)
    assert (seen.presence.value, seen.kind) == ("present", "present")


def test_what_a_script_carries_beside_a_story_that_is_there_is_left_alone():
    told = "".join(f"<p>{each} And so it was told, in as many words as ever.</p>" for each in STORY * 2)
    whole = page(f"<article><h1>Cracks</h1>{told}</article>" + pushed(ROW))
    assert "as many words" in extract(whole, url=URL).paragraphs[0]


@pytest.mark.parametrize(
    "scripts",
    [
        '<script>self.__next_f.push([1,"0:[]"])</script>',
        '<script>self.__next_f.push([1,"\\ud800 <p>one</p>"])</script>',
        '<script type="application/json">{"broken": "' + "<p>x</p>" * 60 + "</script>",
        '<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
    ],
)
def test_scripts_without_a_story_give_none(scripts):
    assert extract(page(scripts), url=URL).text == ""
