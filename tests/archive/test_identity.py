"""One article, many URLs: its shape, its twins, and the name that it keeps whatever pages say of it."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.identity import (
    article_key,
    identity,
    looks_like_article,
    looks_like_section,
    shape_of,
    twin_of,
)
from archive.domain.urls import InvalidUrl, normalise
from tests.strategies import ADDRESSES

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"

TWINS = [
    ("https://www.example.com/2020/05/a-long-story-here/amp/", "https://www.example.com/2020/05/a-long-story-here/"),
    ("https://www.example.com/a-long-story-here.amp.html", "https://www.example.com/a-long-story-here.html"),
    ("https://www.foxnews.com/politics/a-long-story-here.amp", "https://www.foxnews.com/politics/a-long-story-here"),
    ("https://www.bbc.com/news/amp/world-europe-50473792", "https://www.bbc.com/news/world-europe-50473792"),
    ("https://example.com/a-long-story-here?amp=1&id=3", "https://example.com/a-long-story-here?id=3"),
    ("https://example.com/a-long-story-here?outputType=amp", "https://example.com/a-long-story-here"),
    ("https://amp.theguardian.com/world/2020/may/1/story", "https://www.theguardian.com/world/2020/may/1/story"),
    ("https://m.bbc.co.uk/news/world-50473792", "https://www.bbc.co.uk/news/world-50473792"),
    ("http://m.haber.com.tr/x-41234567", "http://www.haber.com.tr/x-41234567"),
    ("https://mobile.nytimes.com/2019/a.html", "https://www.nytimes.com/2019/a.html"),
    ("https://en.m.wikipedia.org/wiki/Stet", "https://en.wikipedia.org/wiki/Stet"),
    ("https://www.google.com/amp/s/www.example.com/a-long-story-here/amp", "https://www.example.com/a-long-story-here"),
    ("https://www.google.co.uk/amp/example.com/a", "http://example.com/a"),
    (
        "https://www-rt-com.cdn.ampproject.org/v/s/www.rt.com/news/473849-3-supporters/amp/?usqp=mq&amp_js_v=0.1",
        "https://www.rt.com/news/473849-3-supporters/",
    ),
    ("https://www.example.com/a-long-story-here/", None),
    ("https://www.example.com/electronics/guitar-amp", None),  # about amplifiers
    ("https://example.com/tag/amp/", None),
    ("https://m.co.uk/x", None),
    ("https://m.com/x", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "desktop"), TWINS)
def test_amp_and_mobile_twins(url, desktop):
    assert twin_of(url) == desktop


def test_one_article_by_eight_spellings_has_one_key():
    spellings = [
        "https://www.example.com/news/a-long-story-here",
        "http://example.com/news/a-long-story-here/",
        "https://EXAMPLE.com:443/news/a-long-story-here/#comments",
        "https://www.example.com/news/a-long-story-here?utm_source=feed",
        "https://m.example.com/news/a-long-story-here",
        "https://www.example.com/news/a-long-story-here/amp/",
        "https://www.google.com/amp/s/www.example.com/news/a-long-story-here/amp/",
        "https://www.example.com/news/a%2Dlong%2Dstory-here",
    ]
    assert {article_key(each) for each in spellings} == {"example.com/news/a-long-story-here"}


def test_an_article_key_keeps_letter_case_and_numbers_apart():
    assert article_key("https://e.com/aBc") != article_key("https://e.com/abc")
    assert article_key("https://e.com/?id=1") != article_key("https://e.com/?id=2")


ARTICLES = [
    "https://www.rt.com/news/473849-3-morales-supporters-killed-bolivia/",
    "https://www.theguardian.com/world/2020/may/01/a-city-on-the-brink",
    "https://www.ft.com/content/6486944b-076b-4df9-9a58-3a3a7c85574d",
    "https://medium.com/insurge-intelligence/former-commander-reveals-close-ties-dd1b1c8f3ab2",
    "https://www.mintpressnews.com/former-commander-reveals-ties/209850/",
    "https://www.bbc.com/turkce/haberler-dunya-50473792",
    "https://www.bbc.com/turkce/articles/c51ne2v8xk1o",
    "https://www.alaraby.co.uk/politics/%D8%B1%D8%A6%D9%8A%D8%B3-%D8%A7%D9%84%D9%88%D8%B2%D8%B1%D8%A7%D8%A1-%D9%8A%D8%B9%D9%84%D9%86-%D8%A7%D8%B3%D8%AA%D9%82%D8%A7%D9%84%D8%AA%D9%87",
    "https://ria.ru/20221127/mid-1834567890.html",
    "https://www.aa.com.tr/tr/dunya/bakan-aciklama-yapti/1234567",
    "http://www.radikal.com.tr/haber.php?haberno=215123",
    "https://example.org/?p=123",
    "https://www.cnn.com/2019/11/18/politics/donald-trump-health/index.html",
    "https://www.taipeitimes.com/News/front/archives/2024/10/16/2003825372",
]
SECTIONS = [
    "https://www.bbc.com/",
    "https://www.bbc.com/turkce",
    "https://edition.cnn.com/world",
    "https://edition.cnn.com/world/middle-east",
    "https://www.rt.com/index.html",
    "https://example.org/en/",
    "https://example.org/tr-TR",
    "https://example.org/tag/long-name-of-a-tag",
    "https://example.org/category/news/page/2/",
    "https://example.org/author/jane-van-der-doe",
    "https://www.theguardian.com/world/2020/may/12",  # the archive of a day
    "https://example.org/about-us",
    "https://example.org/privacy-policy/",
]


@pytest.mark.parametrize("url", ARTICLES)
def test_the_shape_of_an_article(url):
    assert looks_like_article(url), shape_of(url)
    assert not looks_like_section(url)


@pytest.mark.parametrize("url", SECTIONS)
def test_the_shape_of_a_section(url):
    assert looks_like_section(url), shape_of(url)
    assert not looks_like_article(url)


@pytest.mark.parametrize(
    "url", ["https://e.org/a-long-name-of-a-report.pdf", "https://e.org/2020/05/12/photo-of-the-day.jpg"]
)
def test_a_file_is_neither(url):
    assert not looks_like_article(url)
    assert not looks_like_section(url)


def test_nine_in_ten_article_urls_of_the_corpus_look_like_articles():
    file = CORPUS / "articles" / "articles.jsonl"
    if not file.is_file():
        pytest.skip("the labelled pages are not beside the project (shared/corpus/articles)")
    urls = [json.loads(line)["url"] for line in file.read_text().splitlines()]
    hits = [looks_like_article(url) for url in urls if url]
    assert sum(hits) / len(hits) > 0.92


STORY = "https://news.example/2020/05/12/minister-resigns-over-report"


class TestIdentity:
    """One article reached by two URLs is one; a broken canonical never makes one of two."""

    def name(self, requested=STORY, final=None, canonical=None, og_url=None, **more):
        more.setdefault("outlet_domains", ("news.example", "news-sister.example"))
        return identity(requested, final, canonical, og_url, **more)

    def test_alone(self):
        found = self.name(STORY + "?utm_source=feed")
        assert (found.url, found.aliases, found.why) == (STORY, (), "the requested URL")

    def test_the_canonical_link_names_it(self):
        found = self.name(STORY + "/amp/", canonical=STORY)
        assert found.url == STORY
        assert found.aliases == (STORY + "/amp/", STORY + "/")
        assert found.why == "the canonical link"

    def test_a_relative_canonical_counts(self):
        assert self.name(STORY + "?x=1", canonical="/2020/05/12/minister-resigns-over-report").url == STORY

    def test_redirects_lead_to_it(self):
        found = self.name("https://news.example/?p=77123", STORY)
        assert (found.url, found.aliases) == (STORY, ("https://news.example/?p=77123",))
        assert found.why == "where the redirects end"

    def test_og_url_is_asked_when_the_canonical_is_silent_or_broken(self):
        assert self.name(STORY + "?x=1", og_url=STORY).why == "the og:url"
        found = self.name(STORY + "?x=1", canonical="https://news.example/", og_url=STORY)
        assert found.url == STORY
        assert found.why == "the og:url; the canonical link is a home page"

    def test_a_changed_slug_with_the_same_id_is_the_same_story(self):
        old = "https://news.example/world/minister-denies-everything-again-50473792"
        new = "https://news.example/world/cabinet-falls-in-one-night-50473792"
        assert self.name(old, new).url == new
        assert self.name(old, canonical=new).url == new

    def test_the_sister_domain_of_the_outlet_may_be_canonical(self):
        sister = STORY.replace("news.example", "news-sister.example")
        assert self.name(canonical=sister).url == sister

    @pytest.mark.parametrize(
        ("broken", "reason"),
        [
            ("https://news.example/", "is a home page"),
            ("https://news.example/en/index.html", "is a home page"),
            ("https://news.example/world", "is a section front or a listing"),
            ("https://news.example/tag/ministers", "is a section front or a listing"),
            ("https://aggregator.example/2020/05/12/minister-resigns-over-report", "leads to another site"),
            ("https://news.example/2020/05/13/storm-hits-the-northern-coast", "names another story"),
            ("https://news.example/login?next=1", "is a section front or a listing|login"),
        ],
    )
    def test_a_broken_canonical_does_not_merge(self, broken, reason):
        found = self.name(canonical=broken)
        assert found.url == STORY
        assert broken not in found.aliases
        assert re.search(reason, found.why)

    def test_a_canonical_that_other_articles_claim_too_is_refused(self):
        template = "https://news.example/2020/05/12/minister-resigns-over"
        assert self.name(canonical=template, shared_by=1).url == template
        found = self.name(canonical=template, og_url=template, shared_by=7)
        assert found.url == STORY
        assert "claimed by 7 other articles" in found.why

    @pytest.mark.parametrize(
        "final",
        [
            "https://news.example/",
            "https://news.example/world/",
            "https://consent.news.example/collect?continue=1",
            "https://parked.example/",
            "https://news.example/2020/05/13/storm-hits-the-northern-coast",
        ],
    )
    def test_a_redirect_away_keeps_the_name_and_ignores_what_that_page_says(self, final):
        found = self.name(final=final, canonical="https://news.example/2020/01/01/some-other-long-story")
        assert found.url == STORY
        assert found.aliases == ()
        assert "redirect" in found.why

    def test_what_is_no_url_is_passed_over(self):
        found = self.name(canonical="javascript:void(0)", og_url="http://[bad")
        assert found.url == STORY

    def test_a_home_page_that_is_watched_stays_itself(self):
        assert self.name("https://news.example/", canonical="https://www.news.example/").url.endswith(
            "news.example/"
        )


RULES = (twin_of, article_key, looks_like_article, looks_like_section, identity)


class TestLaws:
    @settings(max_examples=400, deadline=None)
    @given(ADDRESSES | st.text(max_size=80))
    def test_any_text_gives_a_value_or_invalid_url(self, text):
        for rule in RULES:
            try:
                rule(text)
            except InvalidUrl as error:
                assert error.problem  # noqa: PT017

    @settings(max_examples=200, deadline=None)
    @given(ADDRESSES, ADDRESSES, ADDRESSES, ADDRESSES, st.integers(0, 3))
    def test_an_article_has_one_url_and_it_is_no_alias(self, requested, final, canonical, og_url, shared):
        try:
            found = identity(
                requested, final, canonical, og_url, outlet_domains=("example.org",), shared_by=shared
            )
        except InvalidUrl:
            return
        assert normalise(found.url) == found.url
        assert found.url not in found.aliases
        assert found.why
