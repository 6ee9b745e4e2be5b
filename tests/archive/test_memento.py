"""The read path: what stood at a time, and the bytes that prove it."""

from __future__ import annotations

import contextlib
import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import memento
from archive.db import record, timeline
from archive.domain.model import RecordType, UrlKey
from archive.errors import NothingFound
from tests.homes import START, Shelf

TEXT = [
    "Engineers warned the city council of cracks in the old bridge two years before it was closed.",
    "Their letter, seen by this newspaper, names the three pillars that gave way in the winter.",
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    with Shelf(tmp_path_factory.mktemp("shelf")) as shelf:
        yield shelf


@contextlib.contextmanager
def line(shelf, milliseconds):
    """A line of captures at these times, for the length of the block."""
    with shelf.database.engine.connect() as connection:
        for ms in milliseconds:
            shelf.keep("http://herald.example/a", connection=connection, at=START + timedelta(milliseconds=ms))
        yield connection, UrlKey("example,herald)/a")
        connection.rollback()


moments = st.lists(st.integers(0, 1000), min_size=1, max_size=30)


@given(moments, st.integers(-10, 1010))
def test_the_latest_at_or_before_and_never_a_later_one(shelf, moments, asked):
    before = [moment for moment in moments if moment <= asked]
    at = START + timedelta(milliseconds=asked)
    with line(shelf, moments) as (connection, key):
        if before:
            assert memento.latest(connection, key, at).timestamp == START + timedelta(milliseconds=max(before))
        else:
            with pytest.raises(NothingFound, match="nothing was captured before"):
                memento.latest(connection, key, at)


@given(moments, st.integers(-10, 1010))
def test_the_closest_is_no_farther_than_any_other_and_earlier_where_two_are_as_near(shelf, moments, asked):
    at = START + timedelta(milliseconds=asked)
    wanted = min(sorted(moments), key=lambda moment: abs(moment - asked))
    with line(shelf, moments) as (connection, key):
        assert memento.closest(connection, key, at).timestamp == START + timedelta(milliseconds=wanted)


@given(moments)
def test_a_line_can_be_walked_in_both_directions(shelf, moments):
    """Each capture is met once, also where several are of one millisecond."""
    with line(shelf, moments) as (connection, key):
        whole = record.captures_of_url(connection, key)
        forth, back = [timeline.first(connection, key)], [timeline.last(connection, key)]
        while following := timeline.after(connection, key, forth[-1]):
            forth += following
        while previous := timeline.before(connection, key, back[-1]):
            back.append(previous)
    assert forth == back[::-1] == whole


@pytest.mark.parametrize("kind", [str, int], ids=["of a URL", "of an article"])
@pytest.mark.parametrize("name", ["_FIRST", "_LAST", "_AT_OR_BEFORE", "_AT_OR_AFTER", "_PREVIOUS", "_NEXT"])
def test_each_question_of_time_is_one_step_down_the_index(shelf, name, kind):
    """No scan and no sorting, or the millionth capture costs what all before it cost."""
    values = {"of": kind(), "at": START, "id": 0, "limit": 1}
    with shelf.database.read() as connection:
        statement = getattr(timeline, name)[kind].params(values)
        text = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert plan[0].startswith("SEARCH captures USING INDEX ix_captures_")
    assert not [step for step in plan if "SCAN" in step or "TEMP B-TREE" in step]


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
    assert [page.head.status for page in pages] == [
        200,
        200,
        200,
        200,
        404,
        404,
        200,
        200,
    ]  # the edit, what was not there, and the reversal were looked at twice
    seen = [b"two years" in page.body for page in pages]
    assert seen == [True, True, False, False, False, False, True, True]
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
