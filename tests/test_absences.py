"""The newsroom's ways to lose an article, one by one, as they come over the wire."""

from __future__ import annotations

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import lxml.html
import pytest

from archive.errors import Misuse
from scheduler.newsroom.absences import ABSENCES
from scheduler.newsroom.barriers import WHOLE_HOST
from scheduler.newsroom.furniture import FURNITURE
from scheduler.newsroom.story import BARRIERS, PAYWALLS, UNKNOWNS, WITHDRAWALS
from tests.homes import Place

PARAGRAPHS = [
    "The harbour was sold for a tenth of its worth, say three auditors who saw the books.",
    "The ministry knew of no objections, its spokesman said on Tuesday.",
    "The opposition wants an inquiry by the end of May.",
    "Residents of the quarter say that their letters were never answered.",
]
WORDS = b"The opposition wants an inquiry"


@pytest.fixture
def story(herald):
    herald.publish_many(6)
    return herald.publish("The harbour was sold in secret", PARAGRAPHS, section="politics")


def get(room, url):
    """Status, headers and body of one answer."""
    parts = urlsplit(url)
    address, port = room.connect_to[f"{parts.hostname}:80"].rsplit(":", 1)
    with closing(http.client.HTTPConnection(address, int(port), timeout=5)) as connection:
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def heading(body):
    return lxml.html.fromstring(body.decode()).findtext(".//h1")


@pytest.mark.parametrize("how", WITHDRAWALS)
def test_every_way_to_withdraw_takes_the_words_away_and_restore_brings_them_back(room, story, how):
    before = get(room, story.url)[2]
    story.withdraw(how)
    assert WORDS not in get(room, story.url)[2]
    story.restore()
    assert get(room, story.url)[2] == before


@pytest.mark.parametrize("kind", BARRIERS)
def test_every_barrier_hides_the_words_until_it_falls(room, herald, story, kind):
    before = get(room, story.url)[2]
    for target in (story, herald):
        target.wall(kind)
        assert WORDS not in get(room, story.url)[2]
        target.unwall()
        assert get(room, story.url)[2] == before


@pytest.mark.parametrize("kind", sorted(WHOLE_HOST))
def test_what_stands_before_the_server_answers_for_robots_and_feeds_too(room, herald, story, kind):
    herald.wall(kind)
    answers = {get(room, herald.url(path))[2] for path in ("/", "/robots.txt", "/rss.xml")}
    assert all(b"User-agent" not in body and b"<rss" not in body for body in answers)


def test_a_captive_portal_leads_to_a_page_of_its_own(room, herald, story):
    herald.wall("captive_portal")
    status, headers, _ = get(room, story.url)
    assert status == 302
    assert get(room, headers["Location"])[0] == 200


@pytest.mark.parametrize(("kind", "paragraphs"), PAYWALLS.items())
def test_paywalls_differ_in_what_is_free(room, story, kind, paragraphs):
    story.wall(kind)
    page = lxml.html.fromstring(get(room, story.url)[2].decode())
    [text] = page.xpath('//*[@itemprop="articleBody"]')
    assert [p.text_content().strip() for p in text.iter("p")] == PARAGRAPHS[:paragraphs]
    assert '"isAccessibleForFree": false' in page.xpath('string(//script[@type="application/ld+json"])')


def test_a_page_that_is_withheld_names_who_blocks_it(room, story):
    story.withdraw(451)
    status, headers, _ = get(room, story.url)
    assert status == 451
    assert 'rel="blocked-by"' in headers["Link"]  # RFC 7725, section 4


@pytest.mark.parametrize(
    ("how", "status", "location"),
    [
        ("404", 404, None),
        ("soft_404", 200, None),
        ("soft_404_related", 200, None),
        ("home", 302, "http://herald.example/"),
        ("section", 302, "http://herald.example/politics/"),
        ("home_page", 200, None),
    ],
)
def test_a_withdrawn_story_may_look_like_what_never_was(room, herald, story, how, status, location):
    herald.unknown(how)
    story.unlist()
    never = get(room, herald.url("/politics/2026/03/02/no-such-story-was-ever-here"))
    assert (never[0], never[1]["Location"]) == (status, location)
    story.withdraw("unknown")
    assert get(room, story.url)[::2] == never[::2]


def test_every_answer_to_unknown_addresses_has_a_name(herald):
    assert {"404", "soft_404", "soft_404_related", "home", "section", "home_page"} == set(UNKNOWNS)
    with pytest.raises(Misuse, match="use one of 404, soft_404"):
        herald.unknown("410")


def test_a_merged_story_leads_to_the_other_one_or_shows_it(room, herald, story):
    other = herald.publish("The harbour: all that is known", ["Everything about the harbour in one place."])
    story.merge(other)
    status, headers, _ = get(room, story.url)
    assert (status, headers["Location"]) == (301, other.url)
    story.merge(other, "canonical")
    assert get(room, story.url)[2] == get(room, other.url)[2]
    assert f'rel="canonical" href="{other.url}"'.encode() in get(room, story.url)[2]
    story.restore()
    assert WORDS in get(room, story.url)[2]


def test_an_outlet_may_lose_all_stories_at_once(room, herald, story):
    herald.withdraw("home")
    assert get(room, story.url)[1]["Location"] == herald.url("/")
    assert get(room, herald.url("/"))[0] == 200
    herald.withdraw(404, fronts=True)
    assert [get(room, herald.url(path))[0] for path in ("/", story.path, "/robots.txt", "/rss.xml")] == [
        404,
        404,
        200,
        200,
    ]
    herald.restore()
    assert WORDS in get(room, story.url)[2]


@pytest.mark.parametrize(("how", "status"), [("404", 404), ("bot", 403)])
def test_every_third_answer_is_a_bad_one(room, story, how, status):
    story.flap(how, every=3)
    assert [get(room, story.url)[0] for _ in range(7)] == [200, 200, status, 200, 200, status, 200]
    story.settle()
    assert {get(room, story.url)[0] for _ in range(3)} == {200}


def test_the_whole_story_with_the_wrong_status(room, story):
    story.send_with(404)
    status, _, body = get(room, story.url)
    assert (status, WORDS in body) == (404, True)


def test_a_page_may_ask_search_engines_to_forget_it(room, story):
    assert b"noindex" not in get(room, story.url)[2]
    story.noindex()
    assert b'<meta name="robots" content="noindex' in get(room, story.url)[2]
    story.noindex(on=False)
    assert b"noindex" not in get(room, story.url)[2]


@pytest.mark.parametrize("language", FURNITURE)
def test_notices_come_in_the_language_of_the_outlet(room, language):
    paper = room.outlet("paper.example", language=language)
    story = paper.publish()
    said = ABSENCES[language]
    story.withdraw("editors_note")
    assert heading(get(room, story.url)[2]) == said.note
    story.withdraw(410)
    assert heading(get(room, story.url)[2]) == said.gone
    story.withdraw("soft_404_related")
    assert said.mislaid.encode() in get(room, story.url)[2]
    assert set(ABSENCES) == set(FURNITURE)


@pytest.mark.parametrize(
    ("kind", "trouble"), [("nxdomain", "dns_unknown"), ("servfail", "dns_failed"), ("silence", "dns_failed")]
)
def test_a_name_may_lead_nowhere_and_be_found_again(room, herald, tmp_path, kind, trouble):
    place = Place(tmp_path / "home", room, crawl='contact = "mailto:a@example.org"')
    story = herald.publish("The harbour was sold in secret", PARAGRAPHS)
    place.watch(herald)
    place.look()
    herald.lose_name(kind)
    place.look(hours=1)
    assert place.last(story).sighting == trouble
    herald.find_name()
    place.look(hours=1)
    assert place.last(story).presence == "present"
