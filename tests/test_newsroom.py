"""The pretend outlet does on the wire what its verbs say; everything later leans on that."""

from __future__ import annotations

import concurrent.futures
import gzip
import http.client
import json
import socket
import ssl
import tarfile
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import brotli
import feedparser
import lxml.etree
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Misuse
from scheduler.newsroom import Request
from scheduler.newsroom.furniture import FURNITURE
from tests.newsroom import BREAKAGES, CERTIFICATES, Newsroom, page_noise, serve_in_process

TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "M"]), min_size=1, max_size=40)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
QUIET = 0.15  #: seconds without a byte that count as silence
PARAGRAPHS = [
    "The minister denies the report of 120 people.",
    "Her office gave no reason on Monday.",
    "The opposition wants an inquiry.",
]


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


@pytest.fixture
def story(herald):
    return herald.publish("Minister denies the report", PARAGRAPHS, author="A. Writer", section="politics")


def path_of(url):
    return "/" + url.split("/", 3)[3]


def get(room, url, headers=(), *, method="GET", timeout=5):
    """One request on a connection of its own: the response (already read) and its body."""
    host = url.split("/")[2]
    address, port = room.connect_to[f"{host}:80"].rsplit(":", 1)
    with closing(http.client.HTTPConnection(address, int(port), timeout=timeout)) as connection:
        connection.request(method, path_of(url), headers={"Host": host, **dict(headers)})
        response = connection.getresponse()
        return response, response.read()


def raw(room, url, *, timeout=5, headers=""):
    """All bytes that come back for one request until the peer closes or falls silent."""
    host = url.split("/")[2]
    address, port = room.connect_to[f"{host}:80"].rsplit(":", 1)
    with socket.create_connection((address, int(port)), timeout=timeout) as sock:
        sock.sendall(f"GET {path_of(url)} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode())
        received = b""
        try:
            while data := sock.recv(65536):
                received += data
        except TimeoutError:
            return received, "silence"
        except ConnectionResetError:
            return received, "reset"
        return received, "closed"


def until(true, *, seconds=5):
    """Wait for something that happens in the server's thread."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def words_on(body):
    """The paragraphs within the article body element, as a reader sees them."""
    [element] = lxml.html.fromstring(body.decode()).xpath('//*[@itemprop="articleBody"]')
    return [" ".join(p.text_content().split()) for p in element.iter("p")]


def json_ld(body):
    return json.loads(lxml.html.fromstring(body.decode()).xpath('//script[@type="application/ld+json"]/text()')[0])


class TestPublishing:
    def test_a_story_is_a_page_like_those_of_real_outlets(self, room, story):
        response, body = get(room, story.url)
        page = lxml.html.fromstring(body.decode())
        assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert words_on(body) == PARAGRAPHS
        assert page.findtext(".//h1") == "Minister denies the report"
        assert page.xpath("//link[@rel='canonical']/@href") == [story.url]
        assert page.xpath("//meta[@property='og:url']/@content") == [story.url]
        assert json_ld(body)["author"] == [{"@type": "Person", "name": "A. Writer"}]
        assert json_ld(body)["datePublished"] == "2026-03-02T08:00:00+00:00"

    @pytest.mark.parametrize("path", ["/rss.xml", "/atom.xml"])
    def test_feeds_name_the_story(self, room, herald, story, path):
        feed = feedparser.parse(get(room, herald.url(path))[1])
        assert not feed.bozo
        assert [(entry.title, entry.link) for entry in feed.entries] == [(story.words.title, story.url)]

    def test_the_json_feed_names_the_story(self, room, herald, story):
        assert json.loads(get(room, herald.url("/feed.json"))[1])["items"][0]["url"] == story.url

    def test_robots_lead_to_the_sitemaps_and_these_to_the_story(self, room, herald, story):
        assert b"Sitemap: http://herald.example/sitemap.xml" in get(room, herald.url("/robots.txt"))[1]
        index = lxml.etree.fromstring(get(room, herald.url("/sitemap.xml"))[1])
        children = [loc.text for loc in index.iter("{*}loc")]
        assert len(children) == 2
        for child in children:
            assert story.url in [loc.text for loc in lxml.etree.fromstring(get(room, child)[1]).iter("{*}loc")]

    @pytest.mark.parametrize("path", ["/", "/politics/"])
    def test_fronts_link_to_the_story(self, room, herald, story, path):
        links = lxml.html.fromstring(get(room, herald.url(path))[1].decode()).xpath("//h2/a")
        assert [(a.text, a.get("href")) for a in links] == [(story.words.title, story.url)]

    def test_another_section_does_not(self, room, herald, story):
        assert story.url.encode() not in get(room, herald.url("/sport/"))[1]

    @given(title=TEXT, paragraphs=st.lists(TEXT, min_size=1, max_size=3))
    def test_whatever_is_published_is_what_a_reader_reads(self, title, paragraphs):
        story = Newsroom().outlet("herald.example").publish(title, paragraphs)
        request = Request(method="GET", target=path_of(story.url), host="herald.example", path=story.path)
        page = lxml.html.fromstring(story.outlet.respond(request).body.decode())
        assert page.xpath("//h1")[0].text_content() == title
        assert [p.text_content() for p in page.xpath('//*[@itemprop="articleBody"]/p')] == paragraphs

    @pytest.mark.parametrize("language", FURNITURE)
    def test_made_up_stories_are_all_different(self, room, language):
        texts = {story.text for story in room.outlet("x.example", language=language).publish_many(50)}
        assert len(texts) == 50

    @pytest.mark.parametrize(
        ("language", "direction", "title"),
        [
            ("ar", "rtl", "الوزير ينفي «التقرير» 120"),
            ("tr", "ltr", "Işık İstanbul'da söndü"),
            ("ku", "ltr", "Wezîr raporê red dike"),
            ("ckb", "rtl", "وەزیر ڕاپۆرتەکە ڕەت دەکاتەوە"),
        ],
    )
    def test_every_script_arrives_as_written(self, room, language, direction, title):
        outlet = room.outlet("papers.example", language=language)
        story = outlet.publish(title, [title + " \u200f(\u200eTwitter\u200f)\u200c."])
        _, body = get(room, story.url)
        page = lxml.html.fromstring(body.decode())
        assert (page.get("dir"), page.get("lang")) == (direction, language)
        assert page.findtext(".//h1") == title
        assert page.xpath('//*[@itemprop="articleBody"]/p/text()') == list(story.words.paragraphs)
        assert story.url.isascii()

    def test_the_same_script_gives_the_same_bytes(self):
        def play():
            with Newsroom(start=START) as room:
                herald = room.outlet("herald.example")
                herald.add_noise()
                stories = herald.publish_many(3)
                stories[1].edit_silently("the", "a")
                return [raw(room, s.url, headers="Connection: close\r\n")[0] for s in stories for _ in range(2)]

        assert play() == play()


class TestEditing:
    def test_an_edit_changes_the_words_and_says_so(self, room, story):
        room.clock.advance(hours=2)
        story.edit("denies", "confirms", note="An earlier version said the opposite.")
        _, body = get(room, story.url)
        assert words_on(body)[0] == "The minister confirms the report of 120 people."
        assert words_on(body)[-1] == "Correction: An earlier version said the opposite."
        assert json_ld(body)["dateModified"] == "2026-03-02T10:00:00+00:00"
        assert "Updated 02.03.2026 10:00" in body.decode()

    def test_a_silent_edit_changes_the_words_alone(self, room, story):
        before = get(room, story.url)[1].decode()
        room.clock.advance(hours=2)
        story.edit_silently("120 people", "12 people")
        assert get(room, story.url)[1].decode() == before.replace("120 people", "12 people")

    @pytest.mark.parametrize(
        ("verb", "argument", "where", "expected"),
        [
            ("retitle", "Minister resigns", "//h1/text()", ["Minister resigns"]),
            ("change_byline", "B. Other", "//a[@rel='author']/text()", ["B. Other"]),
            ("change_standfirst", "In short", "//p[@class='standfirst']/text()", ["In short"]),
            ("change_caption", "The ministry", "//figcaption/text()", ["The ministry"]),
        ],
    )
    def test_parts_of_a_story_change_one_by_one(self, room, story, verb, argument, where, expected):
        address = story.url
        getattr(story, verb)(argument)
        assert story.url == address
        _, body = get(room, address)
        assert lxml.html.fromstring(body.decode()).xpath(where) == expected
        assert words_on(body) == PARAGRAPHS

    def test_paragraphs_come_go_and_move(self, room, story):
        one, two, three = PARAGRAPHS
        story.append("More follows.")
        assert words_on(get(room, story.url)[1]) == [one, two, three, "More follows."]
        story.drop_paragraph(2)
        story.move_paragraph(1, to=3)
        assert words_on(get(room, story.url)[1]) == [three, "More follows.", one]
        story.insert_paragraph(1, "First.", silently=True)
        assert words_on(get(room, story.url)[1])[0] == "First."

    def test_a_touch_moves_the_date_and_no_word(self, room, story):
        room.clock.advance(days=1)
        story.touch()
        _, body = get(room, story.url)
        assert words_on(body) == PARAGRAPHS
        assert json_ld(body)["dateModified"] == "2026-03-03T08:00:00+00:00"

    def test_a_reverted_story_is_the_page_that_it_was(self, room, story):
        before = get(room, story.url)[1]
        story.edit("denies", "confirms", note="Corrected.")
        assert get(room, story.url)[1] != before
        story.revert()
        assert get(room, story.url)[1] == before

    def test_feeds_and_sitemap_follow_a_declared_edit_only(self, room, herald, story):
        room.clock.advance(hours=1)
        story.edit_silently("denies", "confirms")
        assert b"<updated>2026-03-02T08:00:00" in get(room, herald.url("/atom.xml"))[1].partition(b"<entry>")[2]
        story.edit("confirms", "denies")
        assert b"<updated>2026-03-02T09:00:00" in get(room, herald.url("/atom.xml"))[1].partition(b"<entry>")[2]
        assert b"<lastmod>2026-03-02T09:00:00" in get(room, herald.url("/sitemap-articles.xml"))[1]

    def test_what_is_not_there_cannot_be_edited(self, story):
        with pytest.raises(Misuse, match="'elephant' is not in the body"):
            story.edit("elephant", "mouse")
        with pytest.raises(Misuse, match="no paragraph 9"):
            story.drop_paragraph(9)
        with pytest.raises(Misuse, match="0 revisions"):
            story.revert()


class TestWithdrawing:
    @pytest.mark.parametrize(
        ("how", "status", "location"),
        [
            (404, 404, None),
            (410, 410, None),
            (451, 451, None),
            ("soft_404", 200, None),
            ("home", 302, "http://herald.example/"),
            ("section", 302, "http://herald.example/politics/"),
            ("emptied", 200, None),
            ("retracted", 200, None),
        ],
    )
    def test_a_withdrawn_story_is_gone_and_can_return(self, room, herald, story, how, status, location):
        before = get(room, story.url)[1]
        story.withdraw(how)
        response, body = get(room, story.url)
        assert (response.status, response.headers["Location"]) == (status, location)
        assert b"opposition wants" not in body
        assert story.url.encode() not in get(room, herald.url("/rss.xml"))[1]
        story.restore()
        assert get(room, story.url)[1] == before
        assert story.url.encode() in get(room, herald.url("/rss.xml"))[1]

    def test_a_soft_404_says_so_to_readers_alone(self, room, story):
        story.withdraw("soft_404")
        page = lxml.html.fromstring(get(room, story.url)[1].decode())
        assert "could not be found" in page.findtext(".//h1")

    def test_a_retraction_gives_the_reason(self, room, story):
        story.withdraw("retracted")
        page = lxml.html.fromstring(get(room, story.url)[1].decode())
        assert page.findtext(".//h1") == "Retracted: Minister denies the report"

    def test_a_moved_story_redirects(self, room, story):
        old = story.url
        story.move("/world/2026/03/02/denial")
        response, _ = get(room, old)
        assert (response.status, response.headers["Location"]) == (
            301,
            "http://herald.example/world/2026/03/02/denial",
        )
        assert words_on(get(room, story.url)[1]) == PARAGRAPHS

    def test_a_story_at_two_addresses_names_one_of_them(self, room, story):
        old = story.url
        story.move("/world/denial", how="canonical")
        assert get(room, old)[1] == get(room, story.url)[1]
        assert f'rel="canonical" href="{story.url}"'.encode() in get(room, old)[1]

    def test_two_stories_cannot_have_one_address(self, herald, story):
        with pytest.raises(Misuse, match="another story's address"):
            herald.publish("Other", ["Words."], path=story.path)
        other = herald.publish()
        with pytest.raises(Misuse, match="another story's address"):
            other.move(story.path)
        assert other.path != story.path

    def test_unknown_ways_are_named(self, story):
        with pytest.raises(Misuse, match="use one of 404, 410"):
            story.withdraw("shredded")


class TestBarriers:
    @pytest.mark.parametrize(
        ("kind", "status", "sign"),
        [
            ("paywall", 200, b"Subscribe to continue reading"),
            ("consent", 302, b"/consent?return="),
            ("login", 302, b"/login?return="),
            ("bot", 403, b"Just a moment"),
            ("geo", 451, b"not available in your region"),
            ("rate_limit", 429, b"Too Many"),
        ],
    )
    @pytest.mark.parametrize("whose", ["story", "outlet"])
    def test_a_barrier_hides_the_words_until_it_falls(self, room, herald, story, kind, status, sign, whose):
        target = story if whose == "story" else herald
        before = get(room, story.url)[1]
        target.wall(kind)
        response, body = get(room, story.url)
        assert response.status == status
        assert sign in body
        assert b"The opposition wants" not in body
        assert get(room, herald.url("/robots.txt"))[0].status == 200
        target.unwall()
        assert get(room, story.url)[1] == before

    def test_a_paywall_shows_the_first_paragraph_and_declares_itself(self, room, story):
        story.wall("paywall")
        _, body = get(room, story.url)
        assert words_on(body) == PARAGRAPHS[:1]
        assert json_ld(body)["isAccessibleForFree"] is False

    def test_the_wall_that_a_redirect_leads_to_is_a_page(self, room, story):
        story.wall("login")
        response, body = get(room, get(room, story.url)[0].headers["Location"])
        assert response.status == 200
        assert b"Sign in to your account" in body

    def test_retry_after_holds_for_all_but_robots(self, room, herald, story):
        herald.retry_after(30)
        for path in ["/", "/rss.xml", "/sitemap.xml", story.path]:
            response, _ = get(room, herald.url(path))
            assert (response.status, response.headers["Retry-After"]) == (429, "30")
        assert get(room, herald.url("/robots.txt"))[0].status == 200

    def test_robots_as_told(self, room, herald):
        herald.robots("User-agent: *\nDisallow: /")
        assert get(room, herald.url("/robots.txt"))[1] == b"User-agent: *\nDisallow: /"
        herald.robots()
        assert get(room, herald.url("/robots.txt"))[0].status == 404
        herald.robots(status=503)
        assert get(room, herald.url("/robots.txt"))[0].status == 503


class TestPagesOfOthers:
    def test_any_page_under_its_own_name_byte_for_byte(self, room):
        page = "<html>ğüş \r\n".encode("iso8859-9") + bytes(range(128, 256))
        room.serve_page("haber.example", "/gündem?id=1&p=2", page, "text/html; charset=iso-8859-9")
        for path in ["/g%C3%BCndem?id=1&p=2", "/g%c3%bcndem?p=2&id=1"]:
            response, body = get(room, "http://haber.example" + path)
            assert (body, response.headers["Content-Type"]) == (page, "text/html; charset=iso-8859-9")
        assert get(room, "http://haber.example/robots.txt")[0].status == 404

    def test_a_host_that_nobody_plays_is_misdirected(self, room, herald):
        assert raw(room, herald.url("/"), headers="Connection: close\r\n")[0].startswith(b"HTTP/1.1 200")
        address, port = room.connect_to["herald.example:80"].split(":")
        with closing(http.client.HTTPConnection(address, int(port))) as connection:
            connection.request("GET", "/", headers={"Host": "elsewhere.example"})
            assert connection.getresponse().status == 421

    def test_noise_on_a_page_of_others(self, room):
        page = (
            b"<html><head><script>let a = '</p><p>';</script></head><body><article>"
            b"<p>One.</p>\n<p>Two.</p><p>Three.</p></article></body></html>"
        )
        room.serve_page("other.example", "/a", page, noise=page_noise)
        fetched = [get(room, "http://other.example/a")[1] for _ in range(6)]
        assert len(set(fetched)) == 6
        for body in fetched:
            article = lxml.html.fromstring(body).find(".//article")
            assert [p.text for p in article.iter("p")] == ["One.", "Two.", "Three."]
            assert b">let a = '</p><p>';</script>" in body

    @given(st.binary(max_size=400), st.integers(1, 1000))
    def test_page_noise_takes_any_bytes(self, body, turn):
        assert page_noise(body, turn) == page_noise(body, turn)

    def test_page_noise_never_touches_the_words_of_real_pages(self):
        archive = CORPUS / "articles" / "pages.tar.xz"
        if not archive.exists():
            pytest.skip("the labelled pages (../shared/corpus) are not here")
        with tarfile.open(archive) as pages:
            members = (member for member in pages if member.isfile())
            for number, member in enumerate(members, 1):
                if number % 12:  # one in twelve: parsing them all takes half a minute
                    continue
                page = pages.extractfile(member).read()
                noisy = [page_noise(page, turn) for turn in (1, 2)]
                assert len({page, *noisy}) == 3
                assert all(without_noise(one) == without_noise(page) for one in noisy), member.name


def without_noise(page):
    """All text of a page that is in no element which `page_noise` adds."""
    tree = lxml.html.fromstring(page, parser=lxml.html.HTMLParser(encoding="iso-8859-1", huge_tree=True))
    for element in tree.xpath("//*[@data-noise]"):
        element.drop_tree()
    return "".join("".join(tree.itertext()).split())


class TestTheWire:
    def test_a_connection_carries_many_requests(self, room, herald, story):
        address, port = room.connect_to["herald.example:80"].split(":")
        with closing(http.client.HTTPConnection(address, int(port))) as connection:
            for _ in range(5):
                connection.request("GET", story.path, headers={"Host": "herald.example"})
                assert connection.getresponse().read()
        assert {visit.connection for visit in room.log} == {1}

    def test_close_is_obeyed(self, room, story):
        received, end = raw(room, story.url, headers="Connection: close\r\n")
        assert end == "closed"
        assert b"\r\nConnection: close\r\n" in received

    def test_head_has_the_headers_of_get_and_no_body(self, room, story):
        answers = [get(room, story.url, method=method) for method in ("GET", "HEAD")]
        assert answers[0][0].headers.items() == answers[1][0].headers.items()
        assert answers[1][1] == b""

    def test_other_methods_are_refused(self, room, story):
        assert get(room, story.url, method="DELETE")[0].status == 405

    def test_gzip_for_those_who_accept_it(self, room, story):
        response, body = get(room, story.url, {"Accept-Encoding": "gzip, deflate"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == get(room, story.url)[1]

    @pytest.mark.parametrize("coding", ["identity", "gzip"])
    def test_unchanged_pages_are_not_sent_again(self, room, story, coding):
        first, _ = get(room, story.url, {"Accept-Encoding": coding})
        for name, value in [
            ("If-None-Match", first.headers["ETag"]),
            ("If-None-Match", f'"other", W/{first.headers["ETag"]}'),
            ("If-Modified-Since", first.headers["Last-Modified"]),
        ]:
            again, body = get(room, story.url, {name: value, "Accept-Encoding": coding})
            assert (again.status, body) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]

    def test_changed_pages_are_sent_again(self, room, story):
        first, _ = get(room, story.url)
        room.clock.advance(seconds=1)
        story.edit_silently("120", "12")
        assert get(room, story.url, {"If-None-Match": first.headers["ETag"]})[0].status == 200
        assert get(room, story.url, {"If-Modified-Since": first.headers["Last-Modified"]})[0].status == 200

    def test_aliases_lead_to_the_outlet(self, room):
        room.outlet("post.example", aliases=["www.post.example"])
        response, _ = get(room, "http://www.post.example/a?b=1")
        assert (response.status, response.headers["Location"]) == (301, "http://post.example/a?b=1")

    def test_amp_twins_name_the_article(self, room):
        story = room.outlet("amp.example", amp=True).publish()
        page = lxml.html.fromstring(get(room, story.url)[1].decode())
        [twin] = page.xpath("//link[@rel='amphtml']/@href")
        _, body = get(room, twin)
        assert words_on(body) == list(story.words.paragraphs)
        assert f'rel="canonical" href="{story.url}"'.encode() in body

    def test_fifty_connections_at_once(self, room, story):
        story.break_with("late", seconds=0.3)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: get(room, story.url)[0].status, range(50)))
        assert answers == [200] * 50
        assert time.monotonic() - began < 50 * 0.3 / 3
        assert len({visit.connection for visit in room.log}) == 50

    def test_the_log_proves_politeness_and_impoliteness(self, room, story):
        for _ in range(3):
            get(room, story.url)
            time.sleep(0.02)
        assert room.log.overlaps("herald.example") == []
        assert min(room.log.gaps("herald.example")) >= 0.015
        room.log.clear()
        story.break_with("late", seconds=0.1)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: get(room, story.url), range(2)))
        assert len(room.log.overlaps("herald.example")) == 1

    def test_a_client_that_leaves_is_not_counted_as_waiting(self, room, story):
        story.break_with("late", seconds=30, times=1)
        assert raw(room, story.url, timeout=0.05)[1] == "silence"
        until(lambda: all(visit.finished for visit in room.log))
        get(room, story.url)
        assert room.log.overlaps("herald.example") == []

    def test_the_log_tells_each_request(self, room, story):
        get(room, story.url + "?a=1", {"User-Agent": "Stet"})
        [visit] = room.log.requests_for("herald.example")
        assert (visit.method, visit.path, visit.status) == ("GET", story.path + "?a=1", 200)
        assert visit.get("user-agent") == "Stet"
        until(lambda: visit.finished is not None)
        assert visit.finished >= visit.received
        assert visit.sent > 1000

    def test_nonsense_gets_a_400(self, room, herald):
        address, port = room.connect_to["herald.example:80"].split(":")
        with socket.create_connection((address, int(port)), timeout=5) as sock:
            sock.sendall(b"hello\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 400")

    def test_stopping_does_not_wait_for_silent_clients(self):
        with Newsroom() as room:
            story = room.outlet("herald.example").publish()
            story.break_with("timeout")
            host, port = room.connect_to["herald.example:80"].split(":")
            sock = socket.create_connection((host, int(port)), timeout=5)
            sock.sendall(f"GET {story.path} HTTP/1.1\r\nHost: herald.example\r\n\r\n".encode())
            until(lambda: len(room.log))
            began = time.monotonic()
        assert time.monotonic() - began < 2
        sock.close()

    def test_an_address_of_its_own(self, room):
        south = room.outlet("south.example", address="127.0.0.9")
        story = south.publish()
        assert room.connect_to["south.example:80"].startswith("127.0.0.9:")
        assert get(room, story.url)[0].status == 200
        where = room.connect_to["south.example:80"]
        south.go_offline()
        with pytest.raises(ConnectionRefusedError):
            get(room, story.url)
        south.come_back()
        assert room.connect_to["south.example:80"] == where
        assert get(room, story.url)[0].status == 200

    def test_offline_at_a_shared_address(self, room, herald, story):
        herald.go_offline()
        assert raw(room, story.url) == (b"", "reset")
        assert raw(room, herald.url("/robots.txt")) == (b"", "reset")
        herald.come_back()
        assert get(room, story.url)[0].status == 200

    def test_a_process_of_its_own(self):
        with serve_in_process(hosts=3, stories=4) as served:
            assert (len(served.hosts), len(served.urls), len(served.seeds)) == (3, 12, 3)
            assert get(served, served.urls[-1])[0].status == 200
            assert get(served, served.seeds[0])[0].status == 200
        with pytest.raises(ConnectionRefusedError):
            get(served, served.urls[-1])


class TestBreaking:
    @pytest.mark.parametrize(
        ("kind", "end", "starts", "is_whole"),
        [
            ("timeout", "silence", b"", False),
            ("stall", "silence", b"HTTP/1.1 200", False),
            ("reset", "reset", b"", False),
            ("reset_midway", "reset", b"HTTP/1.1 200", False),
            ("cut_body", "closed", b"HTTP/1.1 200", False),
            ("cut_chunk", "closed", b"HTTP/1.1 200", False),
            ("no_last_chunk", "closed", b"HTTP/1.1 200", True),
            ("bad_length", "closed", b"HTTP/1.1 200", True),
            ("two_lengths", "closed", b"HTTP/1.1 200", True),
            ("http10", "closed", b"HTTP/1.0 200", True),
            ("lf_only", "silence", b"HTTP/1.1 200 OK\n", True),
            ("no_reason", "silence", b"HTTP/1.1 200\r\n", True),
            ("early_hints", "silence", b"HTTP/1.1 103", True),
            ("odd_headers", "silence", b"HTTP/1.1 200", True),
            ("garbage", "closed", b"\x16\x03\x01", False),
        ],
    )
    def test_on_the_wire(self, room, story, kind, end, starts, is_whole):
        _, body = get(room, story.url)
        story.break_with(kind)
        received, ended = raw(room, story.url, timeout=QUIET)
        assert ended == end
        assert received.startswith(starts)
        assert (body[-200:] in received) is is_whole

    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("server_error", 500),
            ("bad_gateway", 502),
            ("unavailable", 503),
            ("forbidden", 403),
            ("empty", 200),
        ],
    )
    def test_answers_that_are_whole_but_useless(self, room, story, kind, status):
        story.break_with(kind)
        response, body = get(room, story.url)
        assert response.status == status
        assert b"minister" not in body

    def test_cut_bodies_miss_what_they_announce(self, room, story):
        story.break_with("cut_body")
        with pytest.raises(http.client.IncompleteRead):
            get(room, story.url)

    def test_odd_chunks_are_right_all_the_same(self, room, story):
        whole = get(room, story.url)[1]
        story.break_with("odd_chunks")
        response, body = get(room, story.url)
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert body == whole

    def test_gzip_that_is_none_and_gzip_that_ends_early(self, room, story):
        story.break_with("bad_gzip", times=1)
        response, body = get(room, story.url)
        assert response.headers["Content-Encoding"] == "gzip"
        with pytest.raises(gzip.BadGzipFile):
            gzip.decompress(body)
        story.break_with("cut_gzip", times=1)
        with pytest.raises(EOFError):
            gzip.decompress(get(room, story.url)[1])

    def test_brotli(self, room, story):
        whole = get(room, story.url)[1]
        story.break_with("brotli")
        assert brotli.decompress(get(room, story.url)[1]) == whole

    def test_a_bomb_is_small_on_the_wire(self, room, story):
        story.break_with("bomb")
        assert len(get(room, story.url)[1]) < 1_000_000

    def test_odd_headers(self, room, story):
        story.break_with("odd_headers")
        received, _ = raw(room, story.url, timeout=QUIET)
        for line in [
            b"a line without a colon",
            b"X-Folded: one\r\n  two",
            b"X-Latin: caf\xe9",
            b"X-Utf8: caf\xc3\xa9",
        ]:
            assert b"\r\n" + line + b"\r\n" in received
        assert received.count(b"\r\nSet-Cookie: ") == 2

    def test_a_charset_that_is_not_true(self, room, story):
        story.break_with("wrong_charset")
        response, body = get(room, story.url)
        assert response.headers["Content-Type"] == "text/html; charset=ISO-8859-1"
        assert "©" in body.decode()

    def test_slow_and_late_take_their_time(self, room, story):
        for kind in ("slow", "late"):
            story.break_with(kind, seconds=0.2, times=1)
            began = time.monotonic()
            assert words_on(get(room, story.url)[1]) == PARAGRAPHS
            assert 0.2 <= time.monotonic() - began < 2

    def test_validators_that_lie(self, room, story):
        tag = get(room, story.url)[0].headers["ETag"]
        story.break_with("stale_validators")
        story.edit("denies", "confirms")
        assert get(room, story.url, {"If-None-Match": tag})[0].status == 304
        assert b"confirms" in get(room, story.url)[1]

    def test_what_is_broken_for_two_answers_heals(self, room, story):
        story.break_with("server_error", times=2)
        assert [get(room, story.url)[0].status for _ in range(3)] == [500, 500, 200]

    def test_an_outlet_breaks_but_for_its_robots_until_mended(self, room, herald, story):
        herald.break_with("bad_gateway")
        paths = ["/", "/rss.xml", story.path, "/robots.txt"]
        assert [get(room, herald.url(path))[0].status for path in paths] == [502, 502, 502, 200]
        herald.mend()
        assert [get(room, herald.url(path))[0].status for path in paths] == [200] * 4

    def test_one_path_of_an_outlet_breaks(self, room, herald, story):
        herald.break_with("server_error", paths={"/robots.txt"})
        assert get(room, herald.url("/robots.txt"))[0].status == 500
        assert get(room, story.url)[0].status == 200

    def test_a_page_of_others_breaks(self, room):
        room.serve_page("other.example", "/a?b=1", b"<p>words</p>")
        room.break_page("other.example", "/a?b=1", "server_error", times=1)
        assert [get(room, "http://other.example/a?b=1")[0].status for _ in range(2)] == [500, 200]

    def test_a_redirect_loop(self, room, story):
        story.break_with("redirect_loop")
        assert get(room, story.url)[0].headers["Location"] == story.path

    def test_endless_pages_outlast_any_limit(self, room, story):
        story.break_with("endless")
        host, port = room.connect_to["herald.example:80"].split(":")
        received = 0
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(f"GET {story.path} HTTP/1.1\r\nHost: herald.example\r\n\r\n".encode())
            while received < 2_000_000:
                received += len(sock.recv(65536))

    def test_canonicals_that_point_home(self, room, herald, story):
        herald.break_canonicals()
        assert b'rel="canonical" href="http://herald.example/"' in get(room, story.url)[1]

    def test_every_breakage_has_a_name_that_works(self, story):
        for kind in BREAKAGES:
            story.break_with(kind)
        with pytest.raises(Misuse, match="'hammer' is not a breakage"):
            story.break_with("hammer")


@pytest.fixture(scope="module")
def secure():
    with Newsroom(https=True, start=START) as room:
        herald = room.outlet("herald.example")
        herald.publish("Minister denies the report", PARAGRAPHS)
        room.outlet("post.example").publish()
        yield room


class TestHttps:
    def fetch(self, room, host, path):
        address, port = room.connect_to[f"{host}:443"].split(":")
        context = ssl.create_default_context(cafile=str(room.ca_path))
        with (
            socket.create_connection((address, int(port)), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as sock,
        ):
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            received = b""
            while data := sock.recv(65536):
                received += data
            return received

    @pytest.mark.parametrize("host", ["herald.example", "post.example"])
    def test_every_host_has_its_certificate(self, secure, host):
        story = secure.outlets[host].stories[0]
        received = self.fetch(secure, host, path_of(story.url))
        assert story.url.startswith("https://")
        assert words_on(received.partition(b"\r\n\r\n")[2]) == list(story.words.paragraphs)
        assert [visit.scheme for visit in secure.log.requests_for(host)] == ["https"]

    def test_plain_requests_are_sent_to_https(self, secure):
        response, _ = get(secure, "http://herald.example/a?b")
        assert response.headers["Location"] == "https://herald.example/a?b"

    @pytest.mark.parametrize("kind", CERTIFICATES)
    def test_bad_certificates_fail_and_good_ones_return(self, secure, kind):
        herald = secure.outlets["herald.example"]
        herald.break_certificate(kind)
        with pytest.raises(ssl.SSLCertVerificationError):
            self.fetch(secure, "herald.example", "/")
        herald.mend_certificate()
        assert self.fetch(secure, "herald.example", "/").startswith(b"HTTP/1.1 200")

    def test_https_needs_a_room_with_certificates(self, room):
        with pytest.raises(Misuse, match="no certificate"):
            room.outlet("bank.example", scheme="https")


def test_room_times_move_only_when_told(room, herald):
    first = herald.publish()
    room.clock.advance(minutes=5)
    second = herald.publish()
    room.clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    third = herald.publish()
    stamps = [story.words.published for story in (first, second, third)]
    assert all(earlier < later for earlier, later in pairwise(stamps))
    assert stamps[0] == START
    assert stamps[2].year == 2027
