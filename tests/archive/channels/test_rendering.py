"""What a message tells, in text, in HTML and as data; and that no word of a page becomes more than a word."""

from __future__ import annotations

import html.parser
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.channels import webhook
from archive.channels.rendering import LISTED, SHOWN, SIZE, Rendered, render
from archive.domain.model import Extraction
from archive.domain.rules import Event, Pace, What
from tests.letters import message

AT = datetime(2026, 11, 22, 23, 30, 5, tzinfo=UTC)
URL = "https://herald.example/news/report"
BASE = "https://archive.example.org/stet"
STORY = (
    "The ministry gave no figure. The minister {} the report on Tuesday. He spoke after a meeting.\n\n"
    "The ferry runs again.\n\nAt least {} people were hurt."
)
SCHEMA = json.loads((files("archive.channels") / "webhook.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def page(said="denied", hurt="12", title="Minister denies report") -> Extraction:
    return Extraction(extractor="x/1", title=title, text=STORY.format(said, hurt))


def change(**given) -> Event:
    values = {
        "what": What.CHANGE,
        "id": 7,
        "at": AT,
        "text": 'The word "denied" became "confirmed".',
        "url": URL,
        "outlet": "herald",
        "title": "Minister denies report",
        "kinds": ("modality", "body"),
        "weight": 0.62,
        "stealth": True,
        "from_at": AT - timedelta(hours=3),
        "to_at": AT,
        "mark": "abc",
    }
    return Event(**(values | given))


def standing(after="taken_down", before="live", **given) -> Event:
    values = {"what": What.STANDING, "text": "the outlet answers 410 Gone", "standing": after, "before": before}
    empty = {"kinds": (), "weight": 0.0, "stealth": False, "from_at": None, "to_at": None, "reason": "gone"}
    return change(**(empty | values | given))


def made(*events: Event, pairs=(), timezone="Europe/Vienna", pace=Pace.AT_ONCE, base=BASE) -> Rendered:
    diffs = {event.subject: pair for event, pair in pairs}
    rendered = render(events, rule="denials", base_url=base, timezone=ZoneInfo(timezone), pace=pace, diffs=diffs)
    valid(rendered)
    return rendered


def valid(rendered: Rendered) -> None:
    letter = message(subject=rendered.subject, document=rendered.document)
    VALIDATOR.validate(json.loads(webhook.body_of(letter)))


class Page(html.parser.HTMLParser):
    """What a reader of the HTML has: words, links, what was marked, and every tag and attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.tags, self.names, self.marked = [], [], set(), {"del": [], "ins": []}
        self.words, self._in = "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name == "href"]
        self._in.append(tag)
        if tag in self.marked:
            self.marked[tag].append("")

    def handle_endtag(self, tag):
        if tag in self._in:
            while self._in.pop() != tag:
                pass

    def handle_data(self, data):
        self.words += data
        for tag in ("del", "ins"):
            if tag in self._in:
                self.marked[tag][-1] += data.replace("\u00a0", " ")


def test_an_edit_is_told_in_the_subject_and_shown_word_by_word_with_both_times_and_links():
    event = change()
    one = made(event, pairs=[(event, (page(), page("confirmed")))])
    assert one.subject == "herald changed “denied” to “confirmed”, silently: Minister denies report"
    assert "  | … The minister [-denied-] {+confirmed+} the report on Tuesday. …\n" in one.text
    assert "ferry" not in one.text + one.html
    shown = Page(one.html)
    assert shown.marked == {"del": ["− denied", "− went"], "ins": ["+ confirmed", "+ came"]}
    for words in (
        "2026-11-22 21:30:05 CET (20:30:05 UTC)",  # the same day in both
        "2026-11-23 00:30:05 CET (2026-11-22 23:30:05 UTC)",
        "denials",
        "stet alerts snooze",
    ):
        assert words in one.text
        assert words in shown.words
    links = [
        URL,
        f"{BASE}/web/20261122203005/{URL}",
        f"{BASE}/web/20261122233005/{URL}",
        f"{BASE}/evidence/change/7",
    ]
    assert shown.links == [*links, BASE]
    assert all(f"  {link}\n" in one.text for link in links)
    assert list(one.document["events"][0]["links"].values()) == links


SUBJECTS = [
    (page("confirmed"), "herald changed “denied” to “confirmed”, silently"),
    (page("confirmed", "21"), "herald changed “denied” to “confirmed” and more, silently"),
    (page("confirmed", title="Minister confirms report"), "“denies” to “confirms” in the headline and more"),
    (page("has not denied"), "herald put in “has not”, silently"),
]


@pytest.mark.parametrize(("after", "words"), SUBJECTS)
def test_the_subject_tells_the_foremost_edit(after, words):
    event = change()
    assert words in made(event, pairs=[(event, (page(), after))]).subject


def test_where_the_wordings_are_gone_the_words_are_told_that_were_kept():
    one = made(change(removed="denied", added="confirmed"))
    assert "changed “denied” to “confirmed”" in one.subject
    assert "[-denied-]" in one.text
    many = made(change(removed="denied\ntwelve people", added="confirmed"))
    assert many.subject.startswith('herald edited (the word "denied" became "confirmed"), silently: ')
    assert "[-twelve people-]" in many.text
    assert "no figure" not in many.text
    assert made(change(text="")).subject.startswith("herald edited, silently: ")


STEPS = [
    (standing(), "herald took down: Minister denies report", "the server says that it is gone"),
    (standing(reason="legal"), "herald took down: ", "for legal reasons, as the server says"),
    (standing("live", "taken_down", reason=""), "herald put back: ", "410"),
    (standing("live", "barred", reason=""), "herald can be read again: ", "410"),
    (standing("moved", reason=""), "herald moved: ", "410"),
    (standing("barred", reason="geo_blocked"), "herald does not let us read: ", "it is there from elsewhere"),
    (standing("unreachable", reason=""), "herald cannot be reached for: ", "410"),
    (standing("missing", reason="not_found"), "herald may have taken down: ", "the page is not found"),
]


@pytest.mark.parametrize(("event", "subject", "why"), STEPS)
def test_a_step_of_a_standing_is_told_with_its_reason_and_evidence(event, subject, why):
    one = made(event)
    assert one.subject.startswith(subject)
    assert why in one.text
    assert why in one.html
    assert f"{BASE}/evidence/standing/7" in Page(one.html).links


def test_what_was_there_last_is_told_where_it_is_known():
    one = made(standing(from_at=AT - timedelta(hours=3)))
    assert "Last there: 2026-11-22 21:30:05 CET" in one.text
    assert f"{BASE}/web/20261122203005/{URL}" in Page(one.html).links


def test_notices_and_what_stet_says_of_itself():
    notice = change(what=What.NOTICE, text="18 of 20 articles of herald cannot be reached", kinds=("outage",))
    assert made(notice).subject == notice.text
    assert made(replace(notice, text="18 articles are gone")).subject == "herald: 18 articles are gone"
    assert "evidence" not in made(notice).html
    watch = change(what=What.WATCH, id=0, text="Nothing was fetched for 3 h", outlet="", url="", title="")
    assert made(watch).subject == "Stet: Nothing was fetched for 3 h"


def test_a_digest_is_grouped_by_outlet_with_its_contents_first():
    events = [
        change(id=1, outlet="tribune", title="Second", stealth=False, mark="1"),
        standing(id=2, title="Third"),
        change(id=3, title="First", at=AT - timedelta(hours=1), mark="3"),
        change(what=What.WATCH, id=0, text="Nothing was fetched", outlet="", url="", title=""),
    ]
    one = made(*events, pace=Pace.DAILY, pairs=[(events[0], (page(), page("confirmed")))])
    assert one.subject == (
        "denials: 1 warning about Stet, 1 silent edit, 1 takedown, 1 edit at 2 outlets in the last day"
    )
    for shown in (one.text, Page(one.html).words):
        places = [shown.index(words) for words in ("Nothing was", "First", "Third", "Second")]
        assert places == sorted(places)
    inside = [link for link in Page(one.html).links if link.startswith("#")]
    assert inside == ["#e1", "#e2", "#e3", "#e4"]
    assert all(f'id="{link[1:]}"' in one.html for link in inside)
    assert [event["id"] for event in one.document["events"]] == [0, 3, 2, 1]


def test_a_digest_has_an_end_and_what_is_left_out_is_counted():
    text = "\n\n".join(f"Sentence {n} of a long story about the ministry." for n in range(400))
    before, after = (replace(page(), text=text.replace("ministry", said)) for said in ("ministry", "minister"))
    events = [change(id=n, title=f"Story {n}", mark=str(n)) for n in range(LISTED + 50)]
    one = made(*events, pace=Pace.WEEKLY, pairs=[(event, (before, after)) for event in events[:100]])
    assert len(one.html) <= SIZE
    assert 1 < one.html.count("What changed") <= SHOWN
    assert "and 50 more, which" in one.html
    assert "and 50 more, which 'stet alerts list' shows" in one.text
    assert (len(one.document["events"]), one.document["more"]) == (LISTED, 50)
    assert re.search(r"… and \d+ more places", one.text)


def test_words_that_are_read_from_the_right_keep_their_order_and_their_full_stop():
    title = "وزير الداخلية ينفي التقرير"
    before = replace(page(), title=title, text="نفى الوزير التقرير وأصيب 12 شخصا.")
    event = change(title=title, outlet="anha")
    pair = before, replace(before, text="أكد الوزير التقرير وأصيب 21 شخصا.")
    one = made(event, pairs=[(event, pair)])
    assert (
        one.subject
        == f"anha changed “\u2068نفى\u2069” to “\u2068أكد\u2069” and more, silently: \u2068{title}\u2069"
    )
    assert "  | \u2067[-نفى-] {+أكد+} الوزير التقرير وأصيب [-12-] {+21+} شخصا.\u2069\n" in one.text
    assert '<p dir="rtl" style="margin' in one.html
    assert '<del dir="rtl"' in one.html


def test_without_a_place_where_the_archive_is_served_there_are_no_links_to_it():
    one = made(change(), base="")
    assert Page(one.html).links == [URL]
    assert "/web/" not in one.text


def test_an_address_that_is_none_is_no_link_and_no_command():
    for url in ("javascript:alert(1)", "ftp://x/y"):
        assert not any("javascript" in link or "ftp" in link for link in Page(made(change(url=url)).html).links)
    odd = made(change(url="https://x.example/$(reboot);'\"<b>` \u202egnp"))
    assert "--url 'https://x.example/$(reboot);'\"'\"'\"<b>` gnp'" in odd.text
    assert all(re.fullmatch(r"https?://[!-~]+", link) for link in Page(odd.html).links)
    assert all("<" not in link and '"' not in link for link in Page(odd.html).links)


HOSTILE = st.text(
    st.sampled_from("ab <>&\"'=/:-[]{}+|`$\\\n\r\t\0\x1b\x85\u2028\u202e\u2066\u2067\u2069\u200fنא大\ud800"),
    max_size=60,
) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</p></div><img src=//x>",
        "https://evil.example",
        "{0}{title}%s",
        "\u202egnp.exe",
    ]
)


@given(title=HOSTILE, text=HOSTILE, outlet=HOSTILE, was=HOSTILE, now=HOSTILE, url=HOSTILE)
@settings(deadline=None, max_examples=50)
def test_no_word_of_a_page_is_more_than_a_word(title, text, outlet, was, now, url):
    event = change(title=title, text=text, outlet=outlet, url=url, removed=was, added=now)
    calm = change(removed="x", added="y")
    pair = page(was, title=title), page(now, title=text)
    for events, pairs in ((event,), []), ((event,), [(event, pair)]), ((event, calm), [(event, pair)]):
        one = made(*events, pairs=pairs)
        plain = Page(one.html)
        assert set(plain.tags) <= {
            *("html", "head", "meta", "title", "body", "div", "h1", "h2", "h3", "p", "b", "br", "span", "a", "ol"),
            *("li", "table", "tr", "td", "del", "ins", "code"),
        }
        assert plain.names <= {
            *("lang", "dir", "charset", "name", "content", "style", "href", "id", "start", "role"),
            *("cellpadding", "cellspacing"),
        }
        assert all(link.startswith((BASE, "#e", URL)) or link == url for link in plain.links)
        assert "\n" not in one.subject
        assert "\r" not in one.subject
        for shown in (one.subject, one.text, plain.words):
            assert not re.search(
                "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066\ud800-\udfff]", shown
            )
            assert balanced(shown)


def balanced(text: str) -> bool:
    """Every isolate ends on its line, so that no line turns the next one round."""
    for line in text.split("\n"):
        depth = 0
        for character in line:
            depth += (character in "\u2067\u2068") - (character == "\u2069")
            if depth < 0:
                return False
        if depth:
            return False
    return True


def test_no_request_goes_out_when_the_page_is_shown():
    event = change()
    one = made(event, pairs=[(event, (page(), page("confirmed")))])
    assert not re.search(r"src=|url\(|@import|<link|<style|<script|<img|background-image", one.html)
