"""What the pretend outlet varies without an editor: designs, and every kind of noise. No word of a story."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import lxml.html
import pytest

from archive.domain.wording import same_words
from archive.errors import Misuse
from scheduler.newsroom import NOISES
from scheduler.newsroom.boxes import APPEAL_TURNS
from scheduler.newsroom.designs import DESIGNS
from scheduler.newsroom.furniture import FURNITURE
from scheduler.newsroom.inserts import INSERTS
from scheduler.newsroom.typesetting import FORMS, STYLES, encode, typeset
from tests.homes import START
from tests.newsroom import Newsroom
from tests.test_newsroom import get

CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)
ALL_STYLES = range(STYLES)
KINDS = sorted(NOISES.keys() - {"headers"})


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


@pytest.fixture
def story(herald):
    """A story with everything that noise can get at."""
    herald.publish_many(11)
    return herald.publish(
        author="A. Writer",
        standfirst="The “deal” was called off - again...",
        caption="The harbour of Northford",
        image="/media/2026/harbour.jpg",
        dateline="NORTHFORD (NA)",
        alternative="Harbour deal called off",
    )


def page_of(room, story):
    """The page as a browser reads it: the bytes by the charset that header or page name."""
    response, body = get(room, story.url)
    return read(body, response.headers["Content-Type"])


def read(body, content_type):
    """By a byte order mark, else the header, else the first declaration in the page, as browsers do."""
    said = CHARSET.search(content_type) or CHARSET.search(body[:1024].decode("latin-1"))
    charset = "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else said[1]
    return lxml.html.fromstring(body.decode(charset))


def shown(page):
    """The texts of the story's box, one a paragraph or list item."""
    [box] = page.xpath('//*[@itemprop="articleBody"]')
    return [" ".join(element.text_content().split()) for element in box.iter("p", "li", "div", "figcaption")]


def stands_whole(page, story):
    """Whether every paragraph of the story is there, in order, word for word."""
    texts = iter(shown(page))
    first, *rest = story.words.paragraphs
    first = f"{story.words.dateline} – {first}" if story.words.dateline else first
    return all(any(same_words(text, wanted) for text in texts) for wanted in (first, *rest))


class TestDesigns:
    def test_a_redesign_keeps_the_words(self, room, herald, story):
        seen = []
        for _ in DESIGNS:
            seen.append(get(room, story.url)[1])
            assert stands_whole(page_of(room, story), story)
            herald.redesign()
        assert len(set(seen)) == len(DESIGNS)
        assert get(room, story.url)[1] == seen[0]

    def test_no_two_designs_build_a_story_of_the_same_elements(self, room, herald, story):
        sketches = []
        for _ in DESIGNS:
            [box] = page_of(room, story).xpath('//*[@itemprop="articleBody"]')
            sketches.append({(e.tag, e.get("class")) for e in [box, *box.iterancestors()]})
            herald.redesign()
        assert all(len(a ^ b) > 2 for a, b in pairwise(sketches))


class TestNoise:
    def test_without_noise_a_page_is_the_same_at_every_fetch(self, room, story):
        assert len({get(room, story.url)[1] for _ in range(5)}) == 1

    @pytest.mark.parametrize("design", range(len(DESIGNS)), ids=list(DESIGNS))
    def test_noise_changes_every_fetch_and_never_the_words(self, room, herald, story, design):
        for _ in range(design):
            herald.redesign()
        herald.add_noise()
        bodies = [get(room, story.url)[1] for _ in range(12)]
        assert len(set(bodies)) == 12
        assert all(stands_whole(page_of(room, story), story) for _ in range(24))
        herald.hush()
        assert get(room, story.url)[1] == get(room, story.url)[1]

    @pytest.mark.parametrize("language", sorted(FURNITURE))
    def test_in_every_language(self, room, language):
        paper = room.outlet("papers.example", language=language)
        stories = paper.publish_many(8)
        paper.add_noise()
        assert all(stands_whole(page_of(room, stories[3]), stories[3]) for _ in range(24))

    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_of_noise_can_be_had_alone(self, room, herald, story, kind):
        herald.add_noise(kind)
        turns = APPEAL_TURNS + 2 if kind == "appeals" else 12
        assert len({get(room, story.url)[1] for _ in range(turns)}) > 1
        assert stands_whole(page_of(room, story), story)

    def test_noise_in_headers(self, room, herald, story):
        herald.add_noise("headers")
        first, second = (get(room, story.url)[0] for _ in range(2))
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
        assert len(first.headers.get_all("Set-Cookie")) == 2

    def test_a_noise_that_nobody_knows(self, herald):
        with pytest.raises(Misuse, match="'drums' is not a noise"):
            herald.add_noise("drums")

    def test_a_tested_headline_is_the_same_in_all_places(self, room, herald, story):
        herald.add_noise("ab_headlines")
        seen = set()
        for _ in range(12):
            page = page_of(room, story)
            data = json.loads(page.xpath('//script[@type="application/ld+json"]/text()')[0])
            [title] = page.xpath("//meta[@property='og:title']/@content")
            assert page.findtext(".//h1") == title == data["headline"]
            seen.add(title)
        assert seen == {story.words.title, "Harbour deal called off"}

    def test_an_appeal_comes_on_all_stories_and_goes(self, room, herald, story):
        appeal = INSERTS["en"].appeals[0]
        herald.add_noise("appeals")
        assert appeal not in shown(page_of(room, story))
        for _ in range(APPEAL_TURNS):
            get(room, story.url)
        assert all(appeal in shown(page_of(room, each)) for each in herald.stories)
        for _ in range(2 * APPEAL_TURNS):
            get(room, story.url)
        assert appeal not in shown(page_of(room, story))

    def test_a_picture_keeps_its_name_in_every_crop(self, room, herald, story):
        herald.add_noise("crops")
        seen = {page_of(room, story).xpath("//figure/img/@src")[0] for _ in range(12)}
        assert len(seen) > 6
        assert all("/media/2026/harbour" in src for src in seen)


class TestTypesetting:
    @pytest.mark.parametrize("style", ALL_STYLES)
    @pytest.mark.parametrize(
        "text",
        [
            "“We've paid 12 million - no more...” the counsellor's spokeswoman said (“twice”).",
            "„Wir haben 12 Millionen gezahlt – nicht mehr …“, sagte die Verwaltungsdirektorin.",
            "«دفعنا 12 مليوناً – لا أكثر…» قالت المتحدثة.",
            "«Мы заплатили 12 миллионов — не больше…», — сказала представительница.",
        ],
    )
    def test_a_style_is_no_edit(self, text, style):
        assert same_words(typeset(text, style), text)

    def test_styles_differ(self):
        text = "“We've paid 12 million - no more...” the spokeswoman of Northford's administration said."
        assert len({typeset(text, style) for style in ALL_STYLES}) == STYLES

    @pytest.mark.parametrize("form", range(FORMS))
    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "“Café” – £5"),
            ("tr", "Işık İstanbul"),
            ("ku", "Çîya û şev"),
            ("ar", "قال «نعم»"),
            ("ru", "Ёж – «да»"),
        ],
    )
    def test_every_form_of_a_page_is_read_as_the_same_page(self, language, text, form):
        html = f'<!doctype html>\n<html><head>\n<meta charset="utf-8">\n</head><body><p>{text}</p></body></html>'
        body, content_type = encode(html, language, form)
        page = read(body, content_type)
        assert page.findtext(".//p") == text
