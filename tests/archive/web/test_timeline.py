"""The time line: where each mark stands, whatever happened when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.web.pages.timeline import (
    LEAST,
    TICKS,
    Event,
    Lane,
    Look,
    Span,
    draw,
    ticks,
    whole,
)

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
PRESENCES = ["present", "gone", "barrier", "unreachable", ""]

near = st.integers(0, 10_000).map(lambda minutes: START + timedelta(minutes=minutes))
far = st.integers(-13_000, 60_000).map(lambda days: START + timedelta(days=days, milliseconds=days))
moments = near | far
looks = st.lists(st.builds(Look, at=moments, presence=st.sampled_from(PRESENCES), kept=st.booleans()), max_size=60)


@st.composite
def events(draw):
    """Events of every lane; what lasts follows upon each other, as versions and standings do."""
    found = []
    for lane in Lane:
        times = sorted(draw(st.lists(moments, max_size=20)))
        if lane is Lane.CHANGE:
            found += [Event(lane=lane, at=at) for at in times]
        else:
            found += [Event(lane=lane, at=at, until=until) for at, until in pairwise(times)]
    return found


@given(events(), looks, st.integers(2, 200))
def test_nothing_is_lost_and_all_lies_on_the_line(happened, looked, cells):
    full = whole(happened, looked)
    if full is None:
        assert not happened
        assert not looked
        return
    line = draw(happened, looked, full=full, cells=cells)
    assert line.span == full
    assert sorted(map(repr, happened)) == sorted(repr(each) for mark in line.marks for each in mark.events)
    assert sum(each.looks for each in line.bins) == len(looked)
    assert sum(each.kept for each in line.bins) == sum(look.kept for look in looked)
    for each in line.bins:
        assert sum(each.presences.values()) == each.looks
    for mark in (*line.marks, *line.bins):
        assert 0 <= mark.x <= 1
        assert mark.width >= 0
        assert mark.x + mark.width <= 1 + 1e-9


@given(events(), looks, st.integers(2, 200))
def test_there_are_no_more_marks_than_room(happened, looked, cells):
    full = whole(happened, looked)
    if full is None:
        return
    line = draw(happened, looked, full=full, cells=cells)
    assert len(line.bins) <= cells
    assert len({each.x for each in line.bins}) == len(line.bins)
    for lane in Lane:
        assert len(line.of(lane)) <= 3 * cells


@given(events(), looks, moments, moments)
def test_a_closer_look_shows_all_that_lies_in_it(happened, looked, one, other):
    full = whole(happened, looked)
    if full is None or one == other:
        return
    line = draw(happened, looked, full=full, span=Span(min(one, other), max(one, other)))
    shown = line.span
    assert full.since <= shown.since < shown.until <= full.until
    assert shown.length >= min(LEAST, full.length)
    assert sum(each.looks for each in line.bins) == sum(shown.since <= look.at <= shown.until for look in looked)
    inside = [each for each in happened if each.at <= shown.until and (each.until or each.at) >= shown.since]
    assert sum(len(mark.events) for mark in line.marks) == len(inside)


@given(events(), looks)
def test_every_way_leads_somewhere_else_and_stays_on_the_line(happened, looked):
    full = whole(happened, looked)
    if full is None:
        return
    line = draw(happened, looked, full=full)
    assert line.farther is line.earlier is line.later is None
    for _ in range(70):
        if line.nearer is None:
            break
        closer = draw(happened, looked, full=full, span=line.nearer)
        assert closer.span.length < line.span.length
        for way in (closer.farther, closer.earlier, closer.later):
            assert way is None or (full.since <= way.since < way.until <= full.until and way != closer.span)
        assert closer.farther is not None
        line = closer
    assert line.span.length <= max(2 * LEAST, full.length)
    assert line.nearer is None


@given(moments, st.timedeltas(timedelta(seconds=10), timedelta(days=40_000)))
def test_ticks_are_few_round_and_in_order(since, length):
    span = Span(since, since + length)
    found = list(ticks(span))
    assert len(found) <= TICKS
    assert [each.at for each in found] == sorted({each.at for each in found})
    for tick in found:
        assert span.since <= tick.at <= span.until
        assert tick.at.microsecond == 0
        if tick.step in ("day", "month", "year"):
            assert (tick.at.hour, tick.at.minute, tick.at.second) == (0, 0, 0)
        if tick.step in ("month", "year"):
            assert tick.at.day == 1
        if tick.step == "year":
            assert tick.at.month == 1


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (timedelta(seconds=30), "second"),
        (timedelta(minutes=20), "minute"),
        (timedelta(hours=30), "minute"),
        (timedelta(days=5), "day"),
        (timedelta(days=40), "day"),
        (timedelta(days=200), "month"),
        (timedelta(days=2000), "year"),
    ],
)
def test_ticks_are_what_people_count_by(length, step):
    found = list(ticks(Span(START, START + length)))
    assert {each.step for each in found} == {step}
    assert len(found) >= 2


def test_a_thousand_captures_make_as_many_bins_as_there_is_room_for():
    looked = [Look(at=START + timedelta(minutes=n), presence="present", kept=True) for n in range(5_000)]
    full = whole([], looked)
    line = draw([], looked, full=full, cells=100)
    assert 90 <= len(line.bins) <= 100
    assert line.most <= 60
    span = line.around(line.bins[50])
    closer = draw([], looked, full=full, span=span, cells=100)
    assert closer.span.length < line.span.length / 50


def test_a_single_look_has_a_line_too():
    [look] = looked = [Look(at=START, presence="present", kept=True, href="/web/1/x")]
    line = draw([], looked, full=whole([], looked))
    assert line.span.since < look.at < line.span.until
    assert line.bins[0].href == "/web/1/x"


def test_dates_at_the_ends_of_calendars_are_dates_too():
    looked = [
        Look(at=at, presence="", kept=True)
        for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    ]
    line = draw([], looked, full=whole([], looked))
    assert len(line.bins) == 2
    assert len(line.ticks) >= 2
