"""The read path: what stood at a time, and the bytes that prove it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import memento
from archive.domain.model import Capture, Digest, Location, RecordType, UrlKey
from archive.errors import NothingFound
from tests.homes import START

TEXT = [
    "Engineers warned the city council of cracks in the old bridge two years before it was closed.",
    "Their letter, seen by this newspaper, names the three pillars that gave way in the winter.",
]


def capture(minutes, number=1):
    return Capture(
        url="http://a.example/",
        urlkey=UrlKey("example,a)/"),
        timestamp=START + timedelta(minutes=minutes),
        status=200,
        mime="text/html",
        digest=Digest("sha256:0"),
        record_type=RecordType.RESPONSE,
        record_id="urn:uuid:0",
        location=Location(warc="a", offset=0, length=1),
        id=number,
    )


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(-10, 1010))
def test_the_latest_at_or_before_and_never_a_later_one(minutes, asked):
    captures = [capture(minute, number) for number, minute in enumerate(minutes)]
    at = START + timedelta(minutes=asked)
    before = [minute for minute in minutes if minute <= asked]
    if not before:
        with pytest.raises(NothingFound, match="nothing was captured before"):
            memento.latest(captures, at)
    else:
        assert memento.latest(captures, at).timestamp == START + timedelta(minutes=max(before))


@pytest.fixture
def story(herald, place):
    """Three wordings, an hour apart, with a 304, a 404 and a revisit between."""
    story = herald.publish("Engineers warned of cracks in the old bridge", TEXT, section="world")
    place.watch(herald)
    place.look(hours=1)  # 9: first words
    place.look(hours=1)  # 10: 304
    story.edit_silently("two years", "three years")
    place.look(hours=1)  # 11: second words
    story.withdraw(404)
    place.look(hours=1)  # 12: gone
    story.restore()
    story.revert()
    place.look(hours=1)  # 13: the first words again
    return story


@pytest.fixture
def at(place, story):
    """What stood so many hours after START: the wording and the capture."""

    def ask(hours):
        with place.reading() as connection:
            found, version = memento.standing_at(connection, story.url, START + timedelta(hours=hours))
            return found, version

    return ask


@pytest.mark.parametrize(("hours", "number"), [(1.5, 1), (2.5, 1), (3.5, 2), (4.5, 2), (5.5, 1), (500, 1)])
def test_what_stood_at_a_time(at, hours, number):
    found, version = at(hours)
    assert version.number == number
    assert found.timestamp <= START + timedelta(hours=hours)


def test_before_the_first_capture_nothing_is_known(at):
    with pytest.raises(NothingFound, match="ask for a later time"):
        at(0.5)


def test_the_last_two_wordings_that_differ(place, story):
    with place.reading() as connection:
        before, after = memento.versions_between(connection, story.url, None, None)
        assert (before.number, after.number) == (2, 1)  # it was set back
        noon = START + timedelta(hours=4)
        before, after = memento.versions_between(connection, story.url, None, noon)
        assert (before.number, after.number) == (1, 2)
        before, after = memento.versions_between(connection, story.url, START + timedelta(hours=2.5), noon)
        assert (before.number, after.number) == (1, 2)


def test_one_wording_cannot_be_compared(place, herald):
    story = herald.publish("Teachers call off their strike", TEXT)
    place.watch(stories=[story])
    place.look()
    with place.reading() as connection, pytest.raises(NothingFound, match="only one wording"):
        memento.versions_between(connection, story.url, None, None)


def test_a_page_that_is_not_watched_is_told_with_what_to_do(place):
    with place.reading() as connection:
        for ask in (memento.article_at, memento.captures_of, memento.timemap_of):
            with pytest.raises(NothingFound, match="stet"):
                ask(connection, "http://nowhere.example/a")


def test_watched_but_never_fetched(place, herald):
    story = herald.publish(paragraphs=TEXT)
    place.watch(stories=[story])
    with place.reading() as connection:
        with pytest.raises(NothingFound, match="no version of it is known yet"):
            memento.standing_at(connection, story.url, None)
        with pytest.raises(NothingFound, match="no capture of it is kept"):
            memento.captures_of(connection, story.url)


@pytest.mark.parametrize("form", ["{}", "{}?utm_source=x", "{}#top", "{}/amp"])
def test_an_article_is_found_by_any_of_its_forms(place, story, form):
    with place.reading() as connection:
        assert memento.article_at(connection, form.format(story.url)).url == story.url


def test_every_capture_shows_the_page_that_was_there(place, story):
    home = place.home
    with place.reading() as connection:
        captures = memento.captures_of(connection, story.url)
        pages = [memento.page(home, connection, each) for each in captures]
    assert [page.head.status for page in pages] == [200, 200, 200, 404, 200]
    assert [b"two years" in page.body for page in pages] == [True, True, False, False, True]
    assert all(page.problem == "" and page.head_bytes.startswith(b"HTTP/1.1 ") for page in pages)


def test_a_feed_has_captures_too(place, herald, story):
    with place.reading() as connection:
        assert memento.captures_of(connection, herald.url("/rss.xml"))[0].mime == "application/rss+xml"


def test_a_warc_of_one_capture_stands_alone(place, story):
    """With the original of a revisit, so that a replay tool finds what it needs."""
    home = place.home
    with place.reading() as connection:
        captures = memento.captures_of(connection, story.url)
        for each in captures:
            data = memento.records(home, connection, each)
            kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(data), no_record_parse=True)]
            wanted = ["response", "request", "metadata"]
            if each.record_type is RecordType.REVISIT:
                wanted += ["revisit", "request", "metadata"]
            assert kinds == wanted
