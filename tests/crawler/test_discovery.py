"""What outlets publish about their own articles, with all its dirt, becomes articles to look at."""

import contextlib
import gzip
import json
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.model import SeedKind
from archive.domain.urls import normalise
from crawler.discovery.feeds import MAX_FEED_BYTES, NotAFeed, parse_feed
from crawler.discovery.reading import as_text, moment, unpacked
from crawler.discovery.sections import article_links
from crawler.discovery.seeds import (
    WELL_KNOWN_FEEDS,
    WELL_KNOWN_SITEMAPS,
    sections_in_page,
    seeds_in_page,
    sitemaps_in_robots,
)
from crawler.discovery.sitemaps import NotASitemap, SitemapKind, parse_sitemap

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
URL = "https://news.example/feed"


def rss(items, channel="", head='<?xml version="1.0"?>'):
    return f'{head}<rss version="2.0"><channel><title>News</title>{channel}{items}</channel></rss>'.encode()


def item(link="https://news.example/2020/05/12/story", more="", title="A story"):
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def only(body, **more):
    (entry,) = parse_feed(body, url=URL, **more).entries
    return entry


class TestFeeds:
    def test_rss(self):
        dates = "<pubDate>Tue, 12 May 2020 10:00:00 +0300</pubDate><guid>tag:1</guid>"
        channel = "<link>https://news.example/</link><language>tr</language>"
        feed = parse_feed(rss(item(more=dates), channel), url=URL)
        assert (feed.kind, feed.title, feed.language, feed.home) == ("rss", "News", "tr", "https://news.example/")
        (entry,) = feed.entries
        assert entry.url == "https://news.example/2020/05/12/story"
        assert entry.published == datetime(2020, 5, 12, 7, tzinfo=UTC)
        assert (entry.title, entry.updated, entry.guid) == ("A story", None, "tag:1")

    def test_atom_with_relative_links_base_and_hub(self):
        feed = parse_feed(
            b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/en/">
            <title type="html">News &amp;amp; more</title><link rel="hub" href="https://hub.example/"/>
            <link rel="self" href="/feed"/><link rel="next" href="?page=2"/><link href="/"/>
            <entry><title>One</title><link rel="enclosure" href="/a.mp3"/><link href="stories/one"/>
            <updated>2020-05-12T10:00:00Z</updated><published>2020-05-11T10:00:00Z</published></entry></feed>""",
            url=URL,
        )
        assert (feed.kind, feed.title, feed.home) == ("atom", "News & more", "https://news.example/")
        assert (feed.hubs, feed.self_url) == (("https://hub.example/",), "https://news.example/feed")
        assert feed.next_page == "https://news.example/en/?page=2"
        (entry,) = feed.entries
        assert entry.url == "https://news.example/en/stories/one"
        assert (entry.published.day, entry.updated.day) == (11, 12)

    def test_rdf(self):
        feed = parse_feed(
            b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
            xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>R</title></channel><item>
            <title>One</title><link>https://news.example/one</link><dc:date>2020-05-12T10:00:00+02:00</dc:date>
            </item></rdf:RDF>""",
            url=URL,
        )
        assert feed.kind == "rdf"
        assert [entry.url for entry in feed.entries] == ["https://news.example/one"]

    def test_json_feed(self):
        body = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "News",
            "home_page_url": "https://news.example/",
            "next_url": "/feed.json?page=2",
            "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
            "items": [
                {"id": 7, "url": "/one?utm_source=json", "title": "One", "date_published": "2020-05-12T10:00:00Z"},
                {"id": "https://news.example/two"},
                {"id": "no address"},
                "no item",
            ],
        }
        feed = parse_feed(b"\xef\xbb\xbf" + json.dumps(body).encode(), url=URL, content_type="text/plain")
        assert [entry.url for entry in feed.entries] == ["https://news.example/one", "https://news.example/two"]
        assert (feed.kind, feed.skipped, feed.hubs) == ("json", 2, ("https://hub.example/",))
        assert feed.next_page == "https://news.example/feed.json?page=2"

    @pytest.mark.parametrize(
        ("link", "more"),
        [
            ("\n  https://news.example/s?utm_source=rss \n", ""),
            ("<![CDATA[https://news.example/s]]>", ""),
            ("/s", ""),
            ("https://news.example/s?utm_a=1&amp;amp;utm_b=2", ""),
            ("", '<guid isPermaLink="true">https://news.example/s</guid>'),
            ("", "<guid>https://news.example/s</guid>"),
            ("https://news.example/s?utm_a=1&utm_b=2", ""),
            (
                "http://feeds.example/~r/x",
                '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://news.example/s</f:origLink>',
            ),
            ("http://feeds.example/~r/x", "<feedburner:origLink>https://news.example/s</feedburner:origLink>"),
            ("", '<a:link xmlns:a="http://www.w3.org/2005/Atom" href="https://news.example/s"/>'),
        ],
    )
    def test_the_link_of_an_entry_wherever_it_stands(self, link, more):
        assert only(rss(item(link, more))).url == "https://news.example/s"

    @pytest.mark.parametrize(
        ("written", "title"),
        [
            ("Müller &amp;amp; Söhne", "Müller & Söhne"),
            ("caf&eacute; &nbsp;&ndash; &#1576;", "café – ب"),
            ("<![CDATA[<b>Bold</b> claim,\n  twice]]>", "Bold claim, twice"),
            ("5 &lt; 6", "5 < 6"),
            ("AT&T and R&D", "AT&T and R&D"),
            ("Profit &copy=2", "Profit ©=2"),
            ("رئيس \u200fالوزراء", "رئيس \u200fالوزراء"),
        ],
    )
    def test_titles_are_plain_text(self, written, title):
        assert only(rss(item(title=written))).title == title

    @pytest.mark.parametrize(
        ("encoding", "declared", "content_type"),
        [
            ("utf-8", "utf-8", "text/html"),
            ("utf-8", "iso-8859-1", "application/rss+xml"),  # the bytes know better
            ("utf-8", "", "text/xml; charset=iso-8859-1"),
            ("utf-8-sig", "", ""),
            ("utf-16", "utf-16", ""),
            ("iso-8859-9", "iso-8859-9", "text/xml"),
            ("windows-1254", "", "text/xml; charset=windows-1254"),
            ("windows-1254", "windows-1254", "text/xml; charset=ISO-8859-1"),
        ],
    )
    def test_encodings_true_and_false(self, encoding, declared, content_type):
        head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
        body = rss(item(title="Çağrı ş"), head=head).decode().encode(encoding)
        assert only(body, content_type=content_type).title == "Çağrı ş"

    def test_white_space_and_junk_before_the_declaration(self):
        assert only(b"\n\n  \x00" + rss(item())).title == "A story"

    def test_unbound_prefixes_control_characters_and_a_cut_end(self):
        body = rss(item(more="<media:x>1</media:x><y:z/>", title="A \x08story") + item("/two"))[:-20]
        first = parse_feed(body, url=URL).entries[0]
        assert (first.title, first.url) == ("A story", "https://news.example/2020/05/12/story")

    def test_an_entry_twice_is_one_and_one_without_address_is_counted(self):
        feed = parse_feed(rss(item() + item() + "<item><title>x</title></item>" + item("mailto:x@y.z")), url=URL)
        assert (len(feed.entries), feed.skipped) == (1, 2)

    def test_gzip_without_a_header_saying_so(self):
        assert only(gzip.compress(rss(item()))).title == "A story"

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty"),
            (b"  \n", "empty"),
            (b"<!DOCTYPE html><html><body><p>Moved</p></body></html>", "HTML"),
            (b"<!-- x --><head><title>Moved</title></head>", "HTML"),
            (b'<urlset xmlns="x"><url/></urlset>', "sitemap"),
            (b"<svg></svg>", "<svg>"),
            (b"{", "broken JSON"),
            (b'{"a": 1}', "without a list"),
            (b"[" * 100_000, "broken JSON"),
            (b"Not found", "no XML"),
            (b"/etc/hostname", "no XML"),
            (b"\x1f\x8bbroken", "empty"),
            (b" " * (MAX_FEED_BYTES + 1), "more than"),
        ],
    )
    def test_what_is_no_feed_says_why(self, body, reason):
        with pytest.raises(NotAFeed, match=reason) as caught:
            parse_feed(body, url=URL)
        assert URL in str(caught.value)

    @pytest.mark.parametrize(
        "hostile",
        [
            b"<rss>" + b"<a>" * 300_000,
            b"<rss>" + b"<" * 500_000,
            b"<rss><channel>" + b"<item><title>a &foo; b" * 20_000,
            b"<rss><channel><title>" + b"&amp" * 200_000,
            b"<!DOCTYPE [" * 300_000,
            b"<rss>" + b"<!DOCTYPE [" * 300_000,
            gzip.compress(bytes(60_000_000), 1),
        ],
        ids=["deep", "open marks", "open items", "open references", "doctypes", "more doctypes", "gzip bomb"],
    )
    def test_hostile_bodies_end_soon(self, hostile):
        began = time.process_time()
        with contextlib.suppress(NotAFeed):
            parse_feed(hostile, url=URL)
        assert time.process_time() - began < 5

    def test_entities_are_neither_expanded_nor_fetched(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("do not tell")
        laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
        head = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{laughs}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        feed = parse_feed(rss(item(title="&e8; &x; end"), head=head), url=URL)
        title = feed.entries[0].title
        assert title.endswith("end")
        assert len(title) < 20

    @settings(max_examples=150, deadline=None)
    @given(
        st.binary(max_size=200)
        | st.builds(lambda text: rss(text), st.text(max_size=100))
        | st.builds(lambda a, b: rss(item(a, b)), st.text(max_size=40), st.text(max_size=40))
    )
    def test_any_bytes_give_a_feed_or_a_reason(self, body):
        try:
            feed = parse_feed(body, url=URL)
        except NotAFeed as error:
            assert error.reason  # noqa: PT017
            return
        assert all(normalise(entry.url) == entry.url for entry in feed.entries)

    def test_every_feed_of_the_corpus(self):
        read, reasons = 0, []
        for name, body in corpus("feeds/"):
            try:
                feed = parse_feed(body, url=URL, content_type="text/html")
            except NotAFeed as error:
                reasons.append(error.reason)
                continue
            read += 1
            assert feed.entries or feed.skipped, name
            dated = [entry for entry in feed.entries if entry.published or entry.updated]
            assert not feed.entries or dated or "heraldsun" in name or len(feed.entries) < 3, name
            assert not any("\ufffd" in entry.title for entry in feed.entries), name
        assert read > 20
        assert set(reasons) <= {"it is an HTML page"}


def corpus(part):
    file = CORPUS / "feeds" / "feeds.tar.xz"
    if not file.is_file():
        pytest.skip("the real feeds are not beside the project (shared/corpus/feeds)")
    with tarfile.open(file) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None and part in member.name:
                yield member.name, stream.read()


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Tue, 12 May 2020 10:00:00 GMT", "2020-05-12T10:00:00"),
        ("Tue, 12 May 2020 10:00:00 +0300", "2020-05-12T07:00:00"),
        ("12 May 20 10:00 EST", "2020-05-12T15:00:00"),
        ("Tue, 12 May 2020 10:00:00 MSK", "2020-05-12T07:00:00"),
        ("Tue, 12 May 2020 10:00:00 GMT+3", "2020-05-12T07:00:00"),
        ("Tue May 12 10:00:00 UTC 2020", "2020-05-12T10:00:00"),
        ("May 12, 2020 3:04 PM", "2020-05-12T15:04:00"),
        ("Вт, 12 мая 2020 10:00:00 +0300", "2020-05-12T07:00:00"),
        ("12 Mayıs 2020 10:00", "2020-05-12T10:00:00"),
        ("12 Ağustos 2020", "2020-08-12T00:00:00"),
        ("Seg, 24 Set 2018 10:52:00 -0300", "2018-09-24T13:52:00"),
        ("2020-05-12T10:00:00.123+05:30", "2020-05-12T04:30:00"),
        ("2020-05-12 10:00:00", "2020-05-12T10:00:00"),  # no zone: taken for UTC
        ("2020-05-12", "2020-05-12T00:00:00"),
        ("2020-05-12T24:00:00Z", "2020-05-13T00:00:00"),
        ("Tue, 12 May 2020 10:00:00 IST", None),  # India, Israel or Ireland
        ("12/05/2020 10:00", None),  # May or December
        ("Tue, 31 Feb 2020 10:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0000-00-00T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_utc_or_unknown(written, utc):
    found = moment(written)
    assert found == (datetime.fromisoformat(utc).replace(tzinfo=UTC) if utc else None)


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text):
    found = moment(text)
    assert found is None or found.tzinfo is UTC


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_are_text(body, content_type):
    assert isinstance(as_text(body, content_type), str)
    assert len(unpacked(gzip.compress(body) + b"<!-- cached -->", 1000)) <= 1000


NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
<url><image:image><image:loc>https://news.example/p.jpg</image:loc></image:image>
<loc> https://news.example/one?utm_source=sm </loc><lastmod>2020-05-12T10:00:00+03:00</lastmod>
<news:news><news:publication><news:name>N</news:name><news:language>ar</news:language></news:publication>
<news:publication_date>2020-05-12</news:publication_date><news:title>One &amp; all</news:title></news:news>
<xhtml:link rel="alternate" hreflang="tr" href="https://news.example/tr/bir"/></url>
<url><loc>https://news.example/two</loc></url>
<url><loc>https://news.example/two</loc></url><url><loc/></url>
</urlset>"""


class TestSitemaps:
    def test_a_news_sitemap(self):
        found = parse_sitemap(NEWS, url=URL)
        assert (found.kind, found.whole, len(found.entries)) == (SitemapKind.URLSET, True, 2)
        one = found.entries[0]
        assert (one.url, one.title, one.language) == ("https://news.example/one", "One & all", "ar")
        assert one.lastmod == datetime(2020, 5, 12, 7, tzinfo=UTC)
        assert one.published == datetime(2020, 5, 12, tzinfo=UTC)
        assert one.alternates == (("tr", "https://news.example/tr/bir"),)

    @pytest.mark.parametrize(
        "served",
        [
            NEWS,
            gzip.compress(NEWS),
            gzip.compress(gzip.compress(NEWS)),
            gzip.compress(NEWS) + b"<!-- cached -->",
            b"\n\n" + NEWS,
            b"\xef\xbb\xbf" + NEWS,
            NEWS.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
            NEWS.replace(b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b""),
            NEWS.replace(b"http://www.sitemaps.org/schemas/sitemap/0.9", b"urn:wrong"),
            NEWS.replace(b' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', b""),
            NEWS.replace(b"&amp;", b"&"),
        ],
    )
    def test_however_it_is_served(self, served):
        found = parse_sitemap(served, url=URL, content_type="application/octet-stream")
        assert [entry.url[-3:] for entry in found.entries] == ["one", "two"]
        assert found.entries[0].title == "One & all"

    def test_bare_ampersands_part_parameters(self):
        body = b"<urlset><url><loc>https://news.example/?a=1&copy=2&b=3</loc></url></urlset>"
        assert [entry.url for entry in parse_sitemap(body, url=URL).entries] == [
            "https://news.example/?a=1&b=3&copy=2"
        ]

    def test_an_index(self):
        body = b"""<sitemapindex><sitemap><loc>/a.xml?x=1&amp;utm_y=2</loc><lastmod>2020-05-12</lastmod></sitemap>
        <sitemap>https://news.example/bare.xml</sitemap></sitemapindex>"""
        found = parse_sitemap(body, url=URL)
        assert found.kind is SitemapKind.INDEX
        assert [child.url for child in found.children] == [
            "https://news.example/a.xml?x=1&utm_y=2",
            "https://news.example/bare.xml",
        ]
        assert found.children[0].lastmod == datetime(2020, 5, 12, tzinfo=UTC)

    @pytest.mark.parametrize("cut", range(300, len(NEWS) - 12, 37))
    def test_a_cut_document_keeps_what_is_whole_and_invents_nothing(self, cut):
        found = parse_sitemap(NEWS[:cut], url=URL)
        assert not found.whole
        assert {entry.url for entry in found.entries} <= {"https://news.example/one", "https://news.example/two"}

    def test_a_cut_gzip_stream_keeps_what_arrived(self):
        pages = b"".join(b"<url><loc>https://news.example/%d</loc></url>" % n for n in range(2000))
        packed = gzip.compress(b"<urlset>" + pages + b"</urlset>")
        found = parse_sitemap(packed[: len(packed) // 2], url=URL)
        assert 100 < len(found.entries) < 2000
        assert not found.whole

    def test_a_plain_list(self):
        found = parse_sitemap(
            b"\xef\xbb\xbfhttps://news.example/a\r\n\r\nhttps://news.example/b\nrubbish", url=URL
        )
        assert found.kind is SitemapKind.TEXT
        assert [entry.url[-1] for entry in found.entries] == ["a", "b"]

    def test_a_feed_in_its_place(self):
        found = parse_sitemap(rss(item(more="<pubDate>Tue, 12 May 2020 10:00:00 GMT</pubDate>")), url=URL)
        assert found.kind is SitemapKind.FEED
        assert found.entries[0].lastmod == datetime(2020, 5, 12, 10, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty"),
            (b"<!doctype html><html><body>404</body></html>", "HTML"),
            (b"Not found", "neither"),
            (b"\x1f\x8b\x00", "nothing in it"),
            (b"<rsd></rsd>", "<rsd>"),
        ],
    )
    def test_what_is_no_sitemap_says_why(self, body, reason):
        with pytest.raises(NotASitemap, match=reason):
            parse_sitemap(body, url=URL)

    def test_external_entities_are_not_loaded(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("https://news.example/secret")
        body = f"""<!DOCTYPE urlset [<!ENTITY x SYSTEM "{secret.as_uri()}">]>
        <urlset><url><loc>&x;</loc></url><url><loc>https://news.example/a</loc></url></urlset>"""
        assert [entry.url for entry in parse_sitemap(body.encode(), url=URL).entries] == ["https://news.example/a"]

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<urlset>{text}</urlset>".encode()))
    def test_any_bytes_give_a_sitemap_or_a_reason(self, body):
        try:
            parse_sitemap(body, url=URL)
        except NotASitemap as error:
            assert error.reason  # noqa: PT017

    def test_every_sitemap_of_the_corpus(self):
        read = [parse_sitemap(body, url="https://news.example/" + name) for name, body in corpus("sitemaps/")]
        assert len(read) > 15
        assert all(found.entries or found.children for found in read)
        assert {found.kind for found in read} == set(SitemapKind)


FRONT = """<html><head><base href="https://news.example/en/">
<link rel="alternate" type="application/rss+xml" href="/feed/" title="News">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/" title="News » Comments">
<link rel="alternate" type="application/feed+json" href="/feed.json">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">
<link rel="alternate" hreflang="ar" href="https://news.example/ar/">
<link rel="sitemap" type="application/xml" href="/sitemap.xml"></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a> <a href="/world/middle-east/">Middle East</a>
<a href="/tag/war">War</a> <a href="https://other.example/x">Partner</a> <a href="/login">Log in</a>
<a href="/2020/05/12/the-story-that-everyone-reads">The story that everyone reads now</a></nav>
<main>
<div><a href="/2020/05/12/minister-resigns-over-report?utm_source=front"><img src="a.jpg" alt="A minister"></a>
<h2><a href="/2020/05/12/minister-resigns-over-report">Minister resigns over leaked report</a></h2></div>
<h3><a href="opinion/lost-year">What we lost in that long year</a></h3>
<a href="/ar/%D8%A7%D9%84%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/%D8%B1%D8%A6%D9%8A%D8%B3-%D8%A7%D9%84%D9%88%D8%B2%D8%B1%D8%A7%D8%A1-%D9%8A%D8%B9%D9%84%D9%86">رئيس الوزراء يعلن استقالته اليوم</a>
<a href="https://m.news.example/story/50473792">Read</a>
<a href="/author/jane-van-der-doe">Jane van der Doe, our correspondent</a>
<a href="/video/2020/05/clip">Watch</a> <a href="/files/the-long-report-of-may.pdf">The full report as a file</a>
<a href="javascript:void(0)">Share this story with your friends</a> <a href="mailto:x@news.example">Mail</a>
<a href="https://other.example/2020/05/12/a-story-on-another-site">A story on another site entirely</a>
<a href="#top">Back to the top of this page</a> <a href="http://[bad">bad</a> <a>none</a>
</main><footer><a href="/privacy-policy">How we handle your personal data</a>
<a href="/about/the-people-behind-the-news">The people behind the news we make</a></footer></body></html>"""  # noqa: E501


class TestSectionFronts:
    def test_article_links_in_page_order_each_once_with_its_best_text(self):
        links = article_links(FRONT, url="https://news.example/en/", domains=("news.example",))
        assert [(link.url.partition("example")[2][:24], link.text[:24]) for link in links] == [
            ("/2020/05/12/the-story-th", "The story that everyone "),
            ("/2020/05/12/minister-res", "Minister resigns over le"),
            ("/en/opinion/lost-year", "What we lost in that lon"),
            ("/ar/%D8%A7%D9%84%D8%A3%D", "رئيس الوزراء يعلن استقال"),
            ("/story/50473792", "Read"),
        ]  # fmt: skip
        minister = links[1]
        assert "utm" not in minister.url
        assert minister.why.startswith("date, slug of 4 words")
        assert "linked 2 times" in minister.why
        assert minister.score > links[4].score

    def test_bytes_in_the_encoding_that_they_declare(self):
        page = '<meta charset="windows-1251"><h2><a href="/2020/05/12/x-y-z">Новость дня и ещё слова</a></h2>'
        (link,) = article_links(page.encode("windows-1251"), url="https://news.example/")
        assert link.text == "Новость дня и ещё слова"

    def test_the_heading_within_a_teaser_is_its_text(self):
        page = """<a href="/2020/05/12/x-y-z"><noscript><img src="a.jpg">picture</noscript><b>World</b>
        <h3>Minister resigns over <i>leaked</i> report</h3><p>Teaser text, longer than the headline.</p></a>"""
        (link,) = article_links(page, url="https://news.example/")
        assert link.text == "Minister resigns over leaked report"

    def test_headlines_in_scripts_without_spaces(self):
        (link,) = article_links(
            '<h3><a href="/xw/abc-def">首相が報告書をめぐり辞任を表明</a></h3>', url="https://news.example/"
        )
        assert link.url == "https://news.example/xw/abc-def"

    @settings(max_examples=100, deadline=None)
    @given(st.text(max_size=200) | st.binary(max_size=200))
    def test_any_page_gives_a_list(self, page):
        assert isinstance(article_links(page, url="https://news.example/"), list)
        assert isinstance(seeds_in_page(page, url="https://news.example/"), list)
        assert isinstance(sections_in_page(page, url="https://news.example/"), list)


class TestSeeds:
    def test_what_a_page_names(self):
        assert [(seed.kind, seed.url) for seed in seeds_in_page(FRONT, url="https://news.example/")] == [
            (SeedKind.FEED, "https://news.example/feed/"),
            (SeedKind.FEED, "https://news.example/feed.json"),
            (SeedKind.SITEMAP, "https://news.example/sitemap.xml"),
        ]

    def test_links_that_look_like_feeds_when_the_head_is_silent(self):
        page = """<a href="/rss.xml">RSS</a><a href="/feeds/world.rss">World</a><a href="/?feed=rss2">All</a>
        <a href="http://feeds.feedburner.com/x">F</a><a href="/2020/how-to-feed-a-family-of-four">Story</a>
        <a href="/comments/feed">C</a><a href="/russia">R</a>"""
        found = [seed.url for seed in seeds_in_page(page, url="https://news.example/")]
        assert found == [
            "https://news.example/rss.xml",
            "https://news.example/feeds/world.rss",
            "https://news.example/?feed=rss2",
            "http://feeds.feedburner.com/x",
        ]
        assert not any(seed.checked for seed in seeds_in_page(page, url="https://news.example/"))

    def test_sitemaps_in_robots(self):
        text = "\ufeffUser-agent: *\nDisallow: /x\nSITEMAP : /a.xml # news\nsitemap:https://b.example/b.xml.gz\n"
        text += "Sitemap: /a.xml\nSitemap:\n# Sitemap: /no.xml\nSitemap: ftp://x/y"
        wanted = ["https://news.example/a.xml", "https://b.example/b.xml.gz"]
        assert sitemaps_in_robots(text, url="https://news.example/robots.txt") == wanted
        assert sitemaps_in_robots(text.encode(), url="https://news.example/robots.txt") == wanted

    def test_section_fronts_from_the_menu(self):
        found = sections_in_page(FRONT, url="https://news.example/", domains=("news.example",))
        assert [seed.url for seed in found] == [
            "https://news.example/world",
            "https://news.example/world/middle-east/",
        ]
        assert {seed.kind for seed in found} == {SeedKind.SECTION}

    @pytest.mark.parametrize("guesses", [WELL_KNOWN_FEEDS, WELL_KNOWN_SITEMAPS])
    def test_well_known_places_are_paths_each_once(self, guesses):
        assert len(set(guesses)) == len(guesses)
        assert all(guess.startswith("/") for guess in guesses)
