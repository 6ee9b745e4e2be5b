"""When nobody could see: the rule and its laws, and the spans of articles and outlets as they were lived."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import gaps as db_gaps
from archive.db import outlets
from archive.domain.gaps import LATE, SILENT, TELLING, UNTRIED, Gap, Look, gaps
from archive.domain.pace import LAST_STEP
from tests.homes import START, Place
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."] * 5


def hour(n):
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=n)


def look(presence, at, pause=None):
    return Look(hour(at), presence, f"at {at}", timedelta(hours=pause) if pause is not None else None)


# The rule.


def test_silence_lasts_from_the_last_look_that_told_something_to_the_next():
    looks = [
        *(
            look("unreachable", 1),
            look("present", 2),
            look("present", 3),
            look("barrier", 4),
            look("unreachable", 5),
        ),
        *(look("gone", 6), look("present", 7), look("barrier", 8)),
    ]
    assert list(gaps(looks)) == [
        Gap(None, hour(2), ("unreachable",), 1, "at 1", 1),
        Gap(hour(3), hour(6), ("barrier", "unreachable"), 2, "at 5", 1),
        Gap(hour(7), None, ("barrier",), 1, "at 8", 1),
    ]
    assert list(gaps([])) == []


def test_what_was_due_and_not_looked_at_is_a_gap_too():
    looks = [look("present", 0, 1), look("present", 5, 1), look("gone", 20, 24), look("present", 60, 24)]
    assert list(gaps(looks, hour(200))) == [
        Gap(hour(5), hour(20), (), 0, UNTRIED),
        Gap(hour(60), None, (), 0, UNTRIED),
    ]
    assert list(gaps(looks, hour(100))) == [Gap(hour(5), hour(20), (), 0, UNTRIED)]
    assert list(gaps([look("present", 0), look("present", 9000)], hour(20_000))) == []  # imported: nothing was due


def test_what_tried_something_else_shows_that_somebody_was_there():
    tries = [look("", at, 0) for at in range(3, 24, 3)]
    assert list(gaps([look("present", 0, 0), *tries, look("present", 24, 0)])) == []
    assert list(gaps([look("present", 0, 0), *tries[:3], look("present", 24, 0)])) == [
        Gap(hour(9), hour(24), (), 0, UNTRIED)
    ]


# Its laws.

LOOKS = st.lists(
    st.tuples(
        st.sampled_from([*sorted(TELLING | SILENT), ""]),
        st.integers(1, 50),
        st.none() | st.integers(0, 20),
    ),
    max_size=25,
).map(lambda rows: [look(p, sum(r[1] for r in rows[: i + 1]), pause) for i, (p, _, pause) in enumerate(rows)])
BEGINNING, END = hour(-1), hour(10_000)


@given(looks=LOOKS, later=st.none() | st.integers(0, 100))
def test_gaps_never_overlap_and_hide_nothing_that_was_seen(looks, later):
    now = looks[-1].at + timedelta(hours=later) if looks and later is not None else None
    found = list(gaps(looks, now))
    spans = [(gap.since or BEGINNING, gap.until or END) for gap in found]
    assert all(since < until for since, until in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    for each in looks:
        covered = [gap for gap, (since, until) in zip(found, spans, strict=True) if since < each.at < until]
        if each.presence in TELLING:
            assert not covered
        if each.presence in SILENT:
            assert len(covered) == 1
            assert covered[0].looks
    assert sum(gap.looks for gap in found) == sum(each.presence in SILENT for each in looks)


@given(looks=LOOKS)
def test_a_span_without_a_look_is_a_gap_where_one_was_due(looks):
    found = [(gap.since, gap.until) for gap in gaps(looks) if not gap.looks]
    for since, until in found:
        assert until - since > LATE
        assert not [each for each in looks if since < each.at < until]
    told = [each for each in looks if each.presence in TELLING]
    for one, other in itertools.pairwise(told):
        between = looks[looks.index(one) + 1 : looks.index(other)]
        late = one.pause is not None and other.at - one.at > max(LATE, 2 * one.pause)
        if not between:
            assert ((one.at, other.at) in found) == late


# As it was lived.


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


def of_article(place, story, since=None, until=None):
    with place.reading() as connection:
        return db_gaps.of_article(connection, place.article(story).id, since, until)


def of_outlet(place, name, since, until):
    with place.reading() as connection:
        return db_gaps.of_outlet(connection, outlets.by_name(connection, name)[0], since, until)


def test_a_week_behind_a_wall_is_a_gap_and_a_night_in_which_the_machine_was_off_too(tmp_path, room, herald):
    story = herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    first = place.last(story).began
    story.wall("bot")
    for _ in range(7):
        place.look(days=1)
    story.unwall()
    place.look(days=1)
    back = place.last(story).began
    place.look(hours=30)  # a week old: due every 8 to 48 hours
    assert of_article(place, story) == [
        Gap(first, back, ("barrier",), 7, place.fetches(story)[-3].why, 1),
    ]
    slept = place.last(story).began
    place.look(days=9)
    assert of_article(place, story)[1:] == [Gap(slept, place.last(story).began, (), 0, UNTRIED)]
    assert of_article(place, story, since=back) == of_article(place, story)[1:]
    assert of_article(place, story, until=first + timedelta(days=3)) == of_article(place, story)[:1]
    assert of_article(place, story, until=place.clock.moment) == of_article(place, story)
    later = place.clock.moment + 3 * LAST_STEP
    assert of_article(place, story, place.clock.moment, later) == [
        Gap(place.last(story).began, None, (), 0, UNTRIED)
    ]


def test_an_article_that_is_gone_is_looked_at_and_no_gap(tmp_path, room, herald):
    story = herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    story.withdraw(410)
    place.look(hours=2)
    for _ in range(4):
        place.look(hours=20)
    assert place.last(story).presence == "gone"
    assert of_article(place, story, until=place.clock.moment) == []


def test_an_outlet_cannot_be_seen_while_all_of_it_is_away(tmp_path, room, herald):
    bridge, flood = herald.publish("The bridge", FLOOD[:12]), herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    flood.wall("login")  # one article alone says nothing of its outlet
    for _ in range(5):
        place.look(hours=2)
    flood.unwall()
    place.look(hours=2)
    since = max(place.last(bridge).began, place.last(flood).began)
    herald.break_with("server_error")
    for _ in range(3):
        place.look(hours=2)
    ask = START, place.clock.moment
    (away,) = of_outlet(place, "herald", *ask)
    assert (away.since, away.until, away.presences) == (since, None, ("unreachable",))
    herald.mend()
    place.look(hours=2)
    (away,) = of_outlet(place, "herald", START, place.clock.moment)
    assert away.until == min(place.last(bridge).began, place.last(flood).began)
    place.look(hours=20)
    (_, night) = of_outlet(place, "herald", START, place.clock.moment)
    assert (night.looks, night.why) == (0, UNTRIED)
    assert timedelta(hours=19) < night.until - night.since <= timedelta(hours=21)
    assert of_outlet(place, "herald", night.until, place.clock.moment) == []


def test_an_outlet_that_is_paused_is_said_to_be(tmp_path, room, herald):
    herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    with place.writing() as connection:
        outlets.set_paused(connection, "herald", True, place.clock.moment)
    place.clock.advance(days=2)
    (gap,) = of_outlet(place, "herald", START, place.clock.moment)
    assert (gap.until, gap.looks, gap.why) == (None, 0, db_gaps.PAUSED)
