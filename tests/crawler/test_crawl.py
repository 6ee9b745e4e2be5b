"""Passes over a newsroom: what is kept, what is made of it, and what must never be made of it."""

from __future__ import annotations

import functools
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.db.tables import aliases, captures, fetches, versions
from archive.domain.model import Role, Standing, Truncated
from archive.errors import EnvironmentFailed, Misuse
from archive.warc.checking import record_faults
from archive.warc.reader import iter_exchanges, iter_members, read_record
from crawler import readers, runtime
from crawler.wire import WireSettings
from tests.homes import START, Place, kinds
from tests.newsroom import Newsroom

PROJECT = Path(__file__).parents[2]
TEXT = [
    "Engineers warned the city council of cracks in the old bridge two years before it was closed.",
    "Their letter, seen by this newspaper, names the three pillars that gave way in the winter.",
    "The council denies that it ever got such a letter, and wants to ask the engineers about it in May.",
]


@pytest.fixture
def story(herald, place):
    story = herald.publish(
        "Engineers warned of cracks in the old bridge", TEXT, author="Tom Reed", section="world"
    )
    place.watch(herald)
    place.look()
    return story


def nothing_is_made_of_it(place, story, kind, presence):
    """The last fetch is kept and seen; the article is what it was."""
    assert place.look(hours=1) == []
    last = place.last(story)
    assert (last.sighting, last.presence) == (kind, presence)
    article = place.article(story)
    assert (article.versions, article.held.standing) == (1, Standing.LIVE)
    assert place.count(versions) == 1
    assert place.tally.failed == 0
    return last


# What is no word about the article ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("breakage", "kind"),
    [
        ("timeout", "timed_out"),
        ("stall", "timed_out"),
        ("reset", "connect_failed"),
        ("reset_midway", "disconnected"),
        ("cut_body", "disconnected"),
        ("cut_chunk", "disconnected"),
        ("no_last_chunk", "disconnected"),
        ("bad_gzip", "undecodable"),
        ("cut_gzip", "undecodable"),
        ("garbage", "not_http"),
        ("endless", "too_large"),
        ("bomb", "undecodable"),
        ("redirect_loop", "redirect_limit"),
        ("server_error", "server_error"),
        ("bad_gateway", "server_error"),
        ("unavailable", "server_error"),
    ],
)
def test_an_answer_that_fails_says_nothing_of_the_article(place, herald, story, breakage, kind):
    if breakage in ("timeout", "stall"):
        place.settings["timeout"] = "300ms"
    story.break_with(breakage)
    last = nothing_is_made_of_it(place, story, kind, "unreachable")
    assert place.exchange(place.log("article")[-1]).url == last.url  # its records are in the WARC
    story.mend()
    assert place.look(hours=1) == []
    assert place.last(story).presence == "present"


@pytest.mark.parametrize(
    ("barrier", "kind"),
    [
        ("paywall", "paywall"),
        ("consent", "consent"),
        ("login", "login"),
        ("bot", "bot_challenge"),
        ("geo", "geo_block"),
        ("rate_limit", "rate_limit"),
    ],
)
def test_a_barrier_is_no_version_however_often_it_stands_there(place, herald, story, barrier, kind):
    story.wall(barrier, retry_after=1)
    seen = {nothing_is_made_of_it(place, story, kind, "barrier").sighting for _ in range(3)}
    assert seen == {kind}
    story.unwall()
    assert place.look(hours=1) == []
    assert place.last(story).presence == "present"


@pytest.mark.parametrize("barrier", ["consent", "login", "bot", "geo", "rate_limit"])
def test_a_barrier_at_first_sight_is_no_version_either(place, herald, barrier):
    herald.wall(barrier, retry_after=1)
    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story])
    assert [place.look(days=1), place.look(days=1)] == [[], []]
    assert place.article(story).versions == 0
    assert place.last(story).presence == "barrier"
    herald.unwall()
    assert kinds(place.look(days=1)) == ["new"]


def test_a_beginning_before_a_paywall_is_kept_and_the_whole_story_is_no_edit_of_it(place, herald):
    herald.wall("paywall")
    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story])
    assert kinds(place.look(days=1)) == ["new"]
    assert (place.last(story).presence, place.last(story).sighting) == ("present", "in_part")
    assert place.look(days=1) == []
    herald.unwall()
    [finding] = place.look(days=1)
    assert (finding.what, "the whole story" in finding.text) == ("new", True)
    herald.wall("paywall")
    assert place.look(days=1) == []
    assert place.last(story).presence == "barrier"
    assert place.article(story).versions == 2


@pytest.mark.parametrize(
    ("how", "kind"),
    [("home", "redirected"), ("section", "redirected"), ("soft_404", "soft_404")],
)
def test_a_page_in_its_place_is_no_version(place, herald, story, how, kind):
    """Twice: the same bytes once more are not the article's for that."""
    herald.publish_many(6)
    place.look()
    story.withdraw(how)
    for _ in range(3):
        place.look(days=2)
        assert place.last(story).sighting == kind
    assert place.article(story).versions == 1
    with place.reading() as connection:
        assert story.outlet.url("/") not in set(connection.execute(select(aliases.c.url)).scalars())


def test_a_block_page_with_200_twice_in_the_same_bytes_is_no_version(place, room, story):
    page = b"<html><title>Blocked</title><p>" + b"Access to this page was blocked by your provider today. " * 20
    room.serve_page(story.outlet.host, story.path, page)
    for _ in range(3):
        assert not any(each.alert for each in place.look(days=2))
        assert place.last(story).presence == "barrier"
    assert place.article(story).versions == 1


def test_another_story_of_the_outlet_in_its_place_is_no_version(place, herald, room, story):
    """Also where these very bytes are known, as the other story's."""
    other = herald.publish("Teachers call off their strike", ["Teachers called off their strike on Monday. " * 9])
    place.look()
    room.serve_page(herald.host, story.path, b"", status=302, headers=[("Location", other.url)])
    for _ in range(2):
        place.look(days=2)
        assert place.last(story).sighting == "merged"
    assert [place.article(story).versions, place.article(other).versions] == [1, 1]


def test_offline_is_not_removed(place, herald, story):
    herald.go_offline()
    for _ in range(4):
        nothing_is_made_of_it(place, story, "connect_failed", "unreachable")
    herald.come_back()
    assert place.look(hours=1) == []


@pytest.mark.parametrize(
    ("error", "trouble"), [(socket.EAI_NONAME, "dns_unknown"), (socket.EAI_AGAIN, "dns_failed")]
)
def test_a_name_that_does_not_resolve_is_unreachable(place, monkeypatch, error, trouble):
    async def nowhere(host, port):
        raise socket.gaierror(error, "no word of it")

    monkeypatch.setattr(runtime, "WireSettings", functools.partial(WireSettings, resolve=nowhere))
    place.settings["crawl"] = 'contact = "mailto:a@example.org"'
    url = "http://gone.invalid/2026/03/02/a-story-of-old"
    place.watch(stories=[url])
    assert place.look() == []
    [asked] = place.log("robots")
    assert asked["trouble"] == trouble
    assert (place.last(url).sighting, place.last(url).presence) == ("robots_unreachable", "unreachable")


def test_wrong_certificates_are_sightings(tmp_path):
    with Newsroom(https=True, start=START) as room:
        herald = room.outlet("herald.example")
        story = herald.publish(paragraphs=TEXT)
        place = Place(tmp_path / "home", room)
        place.watch(herald)
        assert kinds(place.look()) == ["new"]
        for kind in ("expired", "untrusted", "wrong_host"):
            herald.break_certificate(kind)
            nothing_is_made_of_it(place, story, "tls_failed", "unreachable")
        herald.mend_certificate()
        assert place.look() == []
        assert place.last(story).presence == "present"


@pytest.mark.parametrize(
    "oddity",
    [
        "odd_chunks",
        "odd_headers",
        "brotli",
        "no_reason",
        "lf_only",
        "http10",
        "early_hints",
        "no_content_type",
        "slow",
    ],
)
def test_odd_but_whole_answers_are_read_like_any_other(place, herald, story, oddity):
    story.break_with(oddity, seconds=0.1)
    place.look(days=2)
    assert place.look(days=2) == []
    assert (place.article(story).versions, place.last(story).presence) == (1, "present")


# Redirects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_hop_is_kept_and_names_the_one_before(place, herald, room, status):
    story = herald.publish(paragraphs=TEXT)
    hop = [("Location", story.url)]
    room.serve_page(herald.host, "/go/1", b"", status=302, headers=[("Location", "/go/2")])
    room.serve_page(herald.host, "/go/2", b"moved", status=status, headers=hop)
    place.watch(stories=[herald.url("/go/1")])
    assert kinds(place.look()) == ["new"]
    first, second, last = place.fetches(story)
    assert [first.status, second.status, last.status] == [302, status, 200]
    assert (second.hop_of, last.hop_of) == (first.id, second.id)
    notes = dict(place.exchange(place.log("article")[-1]).notes)
    assert notes["via"] == herald.url("/go/2")
    assert notes["hop"] == "2"
    assert place.article(story).url == story.url
    assert place.article(herald.url("/go/1")).id == place.article(story).id


def test_a_story_found_at_its_new_place_first_joins_its_history(place, story):
    old = story.url
    story.edit("cracks", "deep cracks")
    assert kinds(place.look(url=old, hours=1)) == ["change"]
    story.move("/world/2026/03/02/engineers-warned-of-cracks-in-the-old-bridge-2")
    place.watch(stories=[story])
    assert kinds(place.look(url=story, hours=1)) == ["new"]
    assert place.article(story).id != place.article(old).id
    assert [each.text.partition(":")[0] for each in place.look(url=old, hours=1)] == ["moved"]
    joined = place.article(old)
    assert place.article(story).id == joined.id
    assert (joined.url, joined.versions) == (story.url, 2)
    story.edit("deep cracks", "old cracks")
    assert kinds(place.look(hours=1)) == ["change"]


def test_validators_are_never_sent_to_another_url(place, herald, room, story):
    """The page moves behind a redirect: what the old URL was answered with means nothing there."""
    place.look(hours=1)
    old = place.article(story).etag
    story.move("/world/2026/03/02/engineers-warned-of-cracks-in-the-old-bridge-2")
    room.log.clear()
    place.look(hours=1)
    place.look(hours=1)
    asked = room.log.requests_for(herald.host, story.path)
    assert old
    assert old not in {visit.get("if-none-match") for visit in asked}
    assert len(asked) >= 2
    assert place.article(story).versions == 1
    assert len(place.articles()) == 1  # also though the feed named the new address as a story of its own


def test_validators_of_the_first_name_are_not_sent_to_the_canonical_one(place, herald, room):
    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story.url + "?page=story-7"])
    place.look()
    assert place.article(story).url == story.url
    place.look()
    [asked] = room.log.requests_for(herald.host, story.path)
    assert asked.get("if-none-match") == ""


def test_a_redirect_to_another_outlet_is_kept(place, herald, room, story):
    sabah = room.outlet("sabah.example", title="Sabah")
    twin = sabah.publish("Engineers warned of cracks in the old bridge", TEXT, author="Elif Demir")
    room.serve_page(herald.host, story.path, b"", status=301, headers=[("Location", twin.url)])
    assert place.look() == []
    assert (place.last(story).url, place.last(story).sighting) == (twin.url, "elsewhere")
    assert place.article(story).url == story.url  # a name on another site is not its name
    assert room.log.requests_for("sabah.example", "/robots.txt")


def test_http_to_https_is_one_article(tmp_path):
    with Newsroom(https=True, start=START) as room:
        herald = room.outlet("herald.example")
        story = herald.publish(paragraphs=TEXT)
        place = Place(tmp_path / "home", room)
        place.watch(stories=[story.url.replace("https:", "http:")])
        assert kinds(place.look()) == ["new"]
        assert place.article(story).url == story.url
        assert [row.status for row in place.fetches(story)] == [301, 200]


def test_a_long_chain_ends_at_the_limit_and_says_so(place, herald, room, story):
    for number in range(20):
        headers = [("Location", f"/go/{number + 1}")]
        room.serve_page(herald.host, f"/go/{number}", b"", status=302, headers=headers)
    place.watch(stories=[herald.url("/go/0")])
    place.look()
    log = place.fetches(herald.url("/go/0"))
    assert [row.status for row in log] == [302] * 11 + [None]
    assert (log[-1].trouble, log[-1].detail) == ("redirect_limit", "more than 10 redirects")


NOWHERE = ["http://[oops", "data:text/html,hello", "file:///etc/passwd", "http://2130706433/", "http://0x7f.1/"]


@pytest.mark.parametrize(("location", "kind"), [*((each, "redirect") for each in NOWHERE), ("", "redirect_limit")])
def test_a_redirect_to_what_is_no_address_is_a_sighting(place, herald, room, story, location, kind):
    """The odd spellings of 127.0.0.1 are among them: a WARC could not name them, so nothing is asked there."""
    room.serve_page(herald.host, story.path, b"", status=302, headers=[("Location", location)])
    nothing_is_made_of_it(place, story, kind, "unreachable")


@pytest.mark.parametrize(
    "inside",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://10.0.0.1/",
        "http://[::1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_page_cannot_send_us_into_our_own_network(place, herald, room, story, inside):
    """Nothing is sent, not even for robots.txt; hosts of `connect_to` are the operator's word."""
    place.settings["crawl"] = 'contact = "mailto:a@example.org"'
    target = inside.format(port=room.port)
    room.serve_page(herald.host, story.path, b"", status=302, headers=[("Location", target)])
    room.log.clear()
    nothing_is_made_of_it(place, story, "address_refused", "unreachable")
    assert {visit.host for visit in room.log} == {herald.host}


# One article, many names --------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["?utm_source=feed", "#comments", "?fbclid=abc123", "?utm_medium=a&utm_source=b"])
def test_tracking_marks_make_no_second_article(place, herald, story, mark):
    place.watch(stories=[story.url + mark])
    assert place.look() == []
    assert len(place.articles()) == 1


def test_amp_and_canonical_are_one_article_with_one_history(room, tmp_path):
    gazette = room.outlet("gazette.example", amp=True)
    place = Place(tmp_path / "home", room)
    story = gazette.publish("Engineers warned of cracks in the old bridge", TEXT)
    place.watch(gazette)
    place.watch(stories=[story.url + "/amp"])
    assert kinds(place.look()) == ["new"]
    assert kinds(place.look()) == []
    assert len(place.articles()) == 1
    story.edit("two years", "three years")
    assert kinds(place.look()) == ["change"]


def test_a_name_that_leads_to_an_article_still_to_be_fetched_waits_for_it(place, herald, room):
    """A feed with redirecting links and a sitemap with plain ones: whichever comes first, it is one article."""
    story = herald.publish(paragraphs=TEXT)
    room.serve_page(herald.host, "/r/77", b"", status=302, headers=[("Location", story.url)])
    place.watch(stories=[herald.url("/r/77"), story])
    found = place.look() + place.look()
    assert kinds(found) == ["new"]
    assert len(place.articles()) == 1
    assert place.article(herald.url("/r/77")).id == place.article(story).id


def test_a_broken_canonical_that_names_the_home_page_merges_nothing(place, herald):
    stories = herald.publish_many(3)
    herald.break_canonicals()
    place.watch(herald)
    assert kinds(place.look()) == ["new"] * 3
    assert {a.url for a in place.articles()} == {s.url for s in stories}
    assert place.look(days=2) == []


def test_the_same_canonical_with_other_words_stays_two(place, room, herald):
    first = herald.publish("Engineers warned of cracks in the old bridge", TEXT)
    page = (
        "<html><head><title>Engineers warned of cracks</title><meta property='og:type' content='article'>"
        f"<link rel=canonical href='{first.url}'></head><body><article><h1>Engineers warned of cracks</h1>"
        + "".join(
            f"<p>Sentence {n} of quite another story about schools, trains and weather in the north.</p>"
            for n in "abcdef"
        )
        + "</article></body></html>"
    )
    path = "/world/2026/03/03/engineers-warned-of-cracks-again"
    room.serve_page(herald.host, path, page.encode())
    place.watch(stories=[first, herald.url(path)])
    found = place.look() + place.look()
    assert kinds(found) == ["new", "new"]
    assert len(place.articles()) == 2
    assert place.look(days=2) == []


# robots.txt ---------------------------------------------------------------------------------------


def test_robots_txt_is_kept_and_asked_once_a_day(place, herald, room):
    herald.publish_many(5)
    place.watch(herald)
    place.look()
    place.look(hours=12)
    assert len(room.log.requests_for(herald.host, "/robots.txt")) == 1
    place.look(hours=13)
    assert len(room.log.requests_for(herald.host, "/robots.txt")) == 2
    row = place.log("robots")[0]
    assert place.exchange(row).response.endswith(b"sitemap.xml\n")


def test_fifty_pages_at_once_ask_for_it_once(place, herald, room):
    stories = herald.publish_many(50)
    place.watch(stories=stories)
    place.look()
    assert len(room.log.requests_for(herald.host, "/robots.txt")) == 1
    assert place.tally.found["new"] == 50
    assert room.log.overlaps(herald.host) == []


def test_what_robots_txt_forbids_is_not_sent_and_is_logged(place, herald, room, story):
    herald.robots("User-agent: *\nDisallow: /world/\n")
    place.clock.advance(days=1)
    room.log.clear()
    last = nothing_is_made_of_it(place, story, "robots_forbid", "unreachable")
    assert room.log.requests_for(herald.host, story.path) == []
    assert last.why == "robots.txt forbids it"
    row = place.log("article")[-1]
    assert place.exchange(row).request == b""


def test_our_name_in_robots_txt_counts_before_the_star(place, herald, room):
    herald.robots("User-agent: stet\nAllow: /\n\nUser-agent: *\nDisallow: /\n")
    herald.publish(paragraphs=TEXT)
    place.watch(herald)
    assert kinds(place.look()) == ["new"]


def test_no_robots_txt_allows_everything(place, herald):
    herald.robots()
    herald.publish(paragraphs=TEXT)
    place.watch(herald)
    assert kinds(place.look()) == ["new"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_unreachable_robots_txt_forbids_all_for_some_minutes(place, herald, room, status):
    herald.robots("", status=status)
    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story])
    assert place.look() == []
    assert place.last(story).sighting == "robots_unreachable"
    assert room.log.requests_for(herald.host, story.path) == []
    place.look(minutes=5)
    assert len(room.log.requests_for(herald.host, "/robots.txt")) == 1
    herald.robots("")
    assert kinds(place.look(minutes=15)) == ["new"]


def test_a_robots_txt_that_was_cut_is_not_taken_for_whole(place, herald, room):
    """The half that came may lack the line that forbids us."""
    herald.robots("User-agent: *\n# " + "x" * 400 + "\nDisallow: /\n")
    story = herald.publish(paragraphs=TEXT)
    herald.break_with("cut_body", paths={"/robots.txt"})
    place.watch(stories=[story])
    place.look()
    assert place.last(story).sighting == "robots_unreachable"


def test_robots_txt_may_be_redirected(place, herald, room):
    room.serve_page(herald.host, "/robots.txt", b"", status=301, headers=[("Location", "/r.txt")])
    room.serve_page(herald.host, "/r.txt", b"User-agent: *\nDisallow: /world\n", "text/plain")
    story = herald.publish(paragraphs=TEXT, section="world")
    place.watch(stories=[story])
    place.look()
    assert place.last(story).sighting == "robots_forbid"
    assert [row["url"] for row in place.log("robots")] == [herald.url("/robots.txt"), herald.url("/r.txt")]


def test_a_redirect_loop_of_robots_txt_allows(place, herald, room):
    """RFC 9309 2.3.1.2: after too many redirects a crawler may take it for unavailable."""
    room.serve_page(herald.host, "/robots.txt", b"", status=301, headers=[("Location", "/robots.txt")])
    herald.publish(paragraphs=TEXT)
    place.watch(herald)
    assert kinds(place.look()) == ["new"]


def test_an_outlet_that_allowed_us_in_person_is_not_asked(place, herald, room):
    herald.robots("User-agent: *\nDisallow: /\nCrawl-delay: 100\n")
    herald.publish(paragraphs=TEXT)
    place.watch(herald, obey_robots=False)
    assert kinds(place.look()) == ["new"]
    assert room.log.requests_for(herald.host, "/robots.txt") == []


# Politeness ---------------------------------------------------------------------------------------


def test_one_fetch_of_a_host_at_a_time_and_the_delay_between(room, tmp_path):
    place = Place(tmp_path / "home", room, delay=0.05)
    papers = [room.outlet(f"{name}.example") for name in ("herald", "sabah")]
    for paper in papers:
        paper.publish_many(4)
        place.watch(paper)
    place.look()
    for paper in papers:
        assert room.log.overlaps(paper.host) == []
        assert min(room.log.gaps(paper.host)) >= 0.045
    assert place.tally.found["new"] == 8


def test_crawl_delay_is_obeyed(place, herald, room):
    herald.robots("User-agent: *\nCrawl-delay: 0.2\n")
    herald.publish_many(2)
    place.watch(herald)
    place.look()
    assert min(room.log.gaps(herald.host)[1:]) >= 0.19


def test_an_outlet_may_allow_several_at_a_time(place, herald, room):
    herald.break_with("late", seconds=0.15)
    stories = herald.publish_many(4)
    place.watch(herald, "/rss.xml", concurrency=4)
    place.watch(stories=stories)
    place.look()
    assert room.log.overlaps(herald.host)


def test_retry_after_holds_the_host_over_passes_while_others_go_on(place, herald, room, story):
    sabah = room.outlet("sabah.example")
    place.watch(sabah)
    herald.retry_after(3600)
    place.look(hours=1)
    held = len(room.log.requests_for(herald.host))
    due = place.article(story).next_check
    sabah.publish(paragraphs=TEXT)
    begun = time.monotonic()
    assert kinds(place.look(minutes=10)) == ["new"]
    assert time.monotonic() - begun < 2
    assert len(room.log.requests_for(herald.host)) == held
    assert place.article(story).next_check == due  # nothing was learnt, so nothing is planned anew
    herald.unwall()
    place.look(hours=1)
    assert place.last(story).presence == "present"


def test_a_host_that_refuses_everything_does_not_hold_up_the_pass(place, herald, room):
    place.settings["max_delay"] = 1.5
    herald.publish_many(20)
    place.watch(herald)
    place.look()
    herald.retry_after(1)
    begun = time.monotonic()
    place.look(hours=1)  # 1 s is within the patience of 1.5 s, 2 s are not
    assert 1 < time.monotonic() - begun < 4
    assert all(a.held.standing is Standing.LIVE for a in place.articles())


# Discovery ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", ["/rss.xml", "/atom.xml", "/feed.json", "/sitemap.xml", "/sitemap-news.xml", "/"])
def test_every_kind_of_seed_leads_to_the_articles_once(place, herald, seed):
    herald.publish_many(4)
    place.watch(herald, seed)
    assert kinds(place.look()) == ["new"] * 4
    assert place.look() == []
    assert len(place.articles()) == 4


def test_several_seeds_find_each_article_once(place, herald):
    herald.publish_many(4)
    place.watch(herald, "/rss.xml", "/atom.xml", "/sitemap.xml", "/")
    assert kinds(place.look()) == ["new"] * 4


def test_what_is_left_over_by_the_limit_comes_in_the_next_pass(room, herald, tmp_path):
    """Also though the feed itself has not changed in between."""
    place = Place(tmp_path / "home", room, crawl="discover_limit = 3")
    herald.publish_many(7)
    place.watch(herald)
    assert [len(place.look()) for _ in range(4)] == [3, 3, 1, 0]


def test_stories_of_long_ago_are_passed_over(place, herald):
    from datetime import timedelta

    herald.publish("An old story from the archives", TEXT, published=START - timedelta(days=90))
    new = herald.publish("A new story of today", TEXT)
    place.watch(herald)
    place.look()
    assert [a.url for a in place.articles()] == [new.url]


def test_a_seed_is_asked_for_by_its_validators(place, herald, room):
    herald.publish_many(2)
    place.watch(herald)
    place.look()
    place.look(hours=1)
    assert [v.status for v in room.log.requests_for(herald.host, "/rss.xml")] == [200, 304]
    herald.publish(paragraphs=TEXT)
    assert kinds(place.look(hours=1)) == ["new"]


def test_an_index_that_stays_the_same_does_not_hide_what_its_parts_gained(place, herald, room):
    index = f"<sitemapindex><sitemap><loc>{herald.url('/sitemap-news.xml')}</loc></sitemap></sitemapindex>"
    room.serve_page(herald.host, "/sitemap.xml", index.encode(), "application/xml")
    herald.publish(paragraphs=TEXT)
    place.watch(herald, "/sitemap.xml")
    assert kinds(place.look()) == ["new"]
    herald.publish("Teachers call off their strike", TEXT[::-1])
    assert kinds(place.look(hours=1)) == ["new"]


def test_a_feed_that_turns_into_a_page_is_told_and_harms_nothing(place, herald, room, story):
    room.serve_page(herald.host, "/rss.xml", b"<html><body><h1>We moved</h1></body></html>")
    place.look(hours=1)
    with place.reading() as connection:
        from archive.db import outlets

        [seed] = outlets.due_seeds(connection, place.clock.moment, force=True)
    assert "HTML" in seed.last_outcome or "page" in seed.last_outcome
    assert len(place.articles()) == 1


def test_a_paused_outlet_is_not_visited(place, herald, room):
    herald.publish_many(2)
    place.watch(herald, paused=True)
    place.look()
    assert len(room.log) == 0


# Limits and guards --------------------------------------------------------------------------------


def test_nobody_is_visited_before_there_is_a_contact(place, room, herald, story):
    """And nothing is sent to the others either, so that the user sees it at once."""
    place.watch(stories=["http://outlet.example/2026/03/02/a-story-from-elsewhere"])
    room.log.clear()
    with pytest.raises(Misuse, match="contact"):
        place.look()
    assert len(room.log) == 0


def test_a_redirect_to_a_stranger_needs_a_contact_too(place, herald, room, story):
    elsewhere = [("Location", "http://outlet.example/2026/03/02/a-story-from-elsewhere")]
    room.serve_page(herald.host, story.path, b"", status=302, headers=elsewhere)
    last = nothing_is_made_of_it(place, story, "address_refused", "unreachable")
    assert "contact" in last.detail


def test_what_is_too_large_is_cut_marked_and_never_compared(place, story):
    story.break_with("endless")
    nothing_is_made_of_it(place, story, "too_large", "unreachable")
    last = place.captures(story)[-1]
    assert last.truncated is Truncated.LENGTH
    record = read_record(place.home.warcs, last.location)
    assert record.get("WARC-Truncated") == "length"
    assert 2 * 1024**2 <= len(record.block) < 3 * 1024**2


# Every row points at what is there ----------------------------------------------------------------


def test_every_row_points_at_the_bytes_that_were_on_the_wire(place, herald, room, monkeypatch):
    """Through edits, redirects, failures, revisits: what the WARC holds is what the newsroom sent."""
    sent: dict[tuple[str, str], list[bytes]] = {}
    watch_the_socket(monkeypatch, sent)
    story, other = herald.publish(paragraphs=TEXT), herald.publish_many(2)[0]
    place.watch(herald, "/rss.xml", "/sitemap.xml", "/")
    place.look()
    story.edit("two years", "three years")
    other.break_with("cut_body", times=1)
    place.look()
    other.break_with("odd_chunks", times=1)
    story.move("/world/2026/03/02/another-name-for-the-bridge-story")
    place.look(days=2)
    place.look(days=2)

    for row in place.log():
        exchange = place.exchange(row)
        target = exchange.url.split("example", 1)[1]
        assert exchange.response in sent[herald.host, target], row["url"]
        assert exchange.request.startswith(f"GET {target} HTTP/1.1\r\n".encode())
    for capture in place.every_capture():
        record = read_record(place.home.warcs, capture.location)
        assert record.get("WARC-Payload-Digest") == capture.digest
        assert record.id == capture.record_id
        assert list(record_faults(record)) == []
    with place.reading() as connection:
        fetched = set(connection.execute(select(fetches.c.id)).scalars())
        assert set(connection.execute(select(captures.c.fetch_id)).scalars()) == fetched


def watch_the_socket(monkeypatch, sent):
    from scheduler.newsroom import wire as server

    answer = server.Server._answer
    send = server._send

    async def noting(raw, visit, writer):
        sent[visit.host, visit.path][-1] += raw
        await send(raw, visit, writer)

    async def answering(self, request, visit, reader, writer):
        sent.setdefault((visit.host, visit.path), []).append(b"")
        return await answer(self, request, visit, reader, writer)

    monkeypatch.setattr(server, "_send", noting)
    monkeypatch.setattr(server.Server, "_answer", answering)


# When things break on our side --------------------------------------------------------------------


def test_a_failure_between_warc_and_database_leaves_a_readable_warc_and_no_row(place, herald, monkeypatch):
    from archive.db import record

    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story])
    add = record.add_capture

    def failing(connection, capture, **values):
        if capture.url == story.url:
            raise EnvironmentFailed("stet.db: the database fails: database is locked")
        return add(connection, capture, **values)

    monkeypatch.setattr(record, "add_capture", failing)
    with pytest.raises(EnvironmentFailed, match="database fails"):
        place.look()
    assert place.log("article") == []
    [file] = place.home.spool.glob("*.warc.gz.open")  # left for the next start, which gives it its row
    assert [group.records[0].get("WARC-Target-URI") for group in iter_exchanges(file)][-1] == story.url
    monkeypatch.undo()
    place.look()
    assert len(place.versions(story)) == 1
    assert [row["presence"] for row in place.log("article")] == ["present", "present"]


def test_a_page_that_breaks_the_reader_stops_nobody_else(place, herald, monkeypatch):
    stories = herald.publish_many(5)
    read = readers.extract

    def breaking(body, **page):
        if page["url"] == stories[2].url:
            raise RecursionError("maximum recursion depth exceeded")
        return read(body, **page)

    monkeypatch.setattr(readers, "extract", breaking)
    place.watch(herald)
    assert kinds(place.look()) == ["new"] * 4
    assert place.tally.failed == 1
    assert "1 not settled" in place.tally.sentence()
    article = place.article(stories[2])
    assert article.captures == 1
    assert article.next_check > place.clock.moment  # not again and again at every pass
    monkeypatch.undo()
    assert kinds(place.look()) == ["new"]


def test_a_seed_that_breaks_its_reader_stops_nobody_else(place, herald, room, monkeypatch):
    from crawler.spiders import base

    harvest = base.harvest

    def breaking(kind, body, **seed):
        if seed["url"].endswith("/rss.xml"):
            raise RecursionError("maximum recursion depth exceeded")
        return harvest(kind, body, **seed)

    monkeypatch.setattr(base, "harvest", breaking)
    herald.publish_many(2)
    place.watch(herald, "/rss.xml", "/atom.xml")
    assert kinds(place.look()) == ["new"] * 2
    assert place.tally.failed == 1


def test_a_locked_database_is_waited_for(place, herald):
    herald.publish(paragraphs=TEXT)
    place.watch(herald)
    locker = place.database()
    with locker.write():
        end = threading.Timer(1.0, lambda: None)
        end.start()
        found = []
        runner = threading.Thread(target=lambda: found.extend(place.look()))
        runner.start()
        end.join()
    runner.join(20)
    locker.close()
    assert kinds(found) == ["new"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from archive import home
from archive.errors import StetError
from archive.extraction import extract
from scheduler.crawling import Pass, run_pass
from scheduler.progress import Progress

# The language detector unpacks its model into a temporary file, once; that is not what this is about.
extract(b"<p>" + b"The council denies that it ever got such a letter from the engineers. " * 3, url="http://a.example/")
place = home.find(sys.argv[1], {"STET_ARCHIVE_PATIENCE": "0s"})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    run_pass(place, Pass(force=True), progress=Progress(), tell=lambda finding: None)
except StetError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_a_full_disk_stops_the_pass_with_one_line_and_the_next_goes_on(place, herald, room):
    """The limit on file size stands for the full disk: it is what writes run into, half-way."""
    paths = [f"/world/2026/03/02/a-long-story-number-{number}" for number in range(8)]
    for number, path in enumerate(paths):
        padding = random.Random(number).randbytes(350_000).hex().encode()
        paragraphs = b"".join(b"<p>%s</p>" % text.encode() for text in TEXT)
        page = b"<html><title>Story %d</title><article>%s</article><!--%s--></html>" % (
            number,
            paragraphs,
            padding,
        )
        room.serve_page(herald.host, path, page)
    place.watch(stories=[herald.url(path) for path in paths])
    home = place.home
    run = [sys.executable, "-c", FULL_DISK, str(home.root), "1500000"]
    full = subprocess.run(run, capture_output=True, text=True, cwd=PROJECT, timeout=60, check=False)
    assert (full.returncode, full.stdout.count("\n")) == (3, 1), full
    assert "was not written to" in full.stdout
    assert "Traceback" not in full.stderr, full.stderr
    kept = len(place.log("article"))
    assert 0 < kept < 8
    for file in home.spool.glob("*.warc.gz"):
        assert sum(m.record.type == "response" for m in iter_members(file)) == kept + 1  # and robots.txt
    assert len(place.due(days=1)) == 8 - kept
    assert [article.versions for article in place.articles()] == [1] * 8


# By hand ------------------------------------------------------------------------------------------


def scrapy(place, *arguments):
    command = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


def test_the_spiders_can_be_run_by_hand(place, herald, room):
    room.clock.set(datetime.now(UTC))  # these processes have no clock but the real one
    story = herald.publish(paragraphs=TEXT)
    place.watch(herald)
    listed = scrapy(place, "list")
    assert {"discovery", "visit"} <= set(listed.stdout.split())
    home = f"STET_HOME={place.home.root}"
    for spider in (["discovery"], ["visit", "-a", f"url={story.url}"]):
        done = scrapy(place, "crawl", *spider, "-s", home)
        assert (done.returncode, done.stderr) == (0, "")
    assert [row.role for row in place.fetches(story)] == [Role.ARTICLE] * 2
    assert place.article(story).versions == 1
