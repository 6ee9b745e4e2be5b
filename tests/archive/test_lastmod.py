"""What a list's dates say: the rules, their laws, and how a list loses trust and gets it back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.lastmod import ENOUGH, REMEMBERED, REST, SKEW, TRIES, Dated, Trust, changed, noise

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ago(**by):
    return NOW - timedelta(**by)


@pytest.mark.parametrize(
    ("before", "modified", "seen", "news"),
    [
        (None, ago(minutes=10), ago(hours=3), True),
        (None, ago(hours=4), ago(hours=3), False),  # it was seen since
        (None, ago(hours=3), ago(hours=3), False),
        (ago(days=2), ago(minutes=10), ago(hours=3), True),
        (ago(minutes=10), ago(minutes=10), ago(hours=3), False),  # told before
        (None, NOW + timedelta(hours=2), ago(hours=3), False),  # a slip
        (ago(days=2), NOW + timedelta(hours=2), ago(hours=3), False),
        (None, NOW + SKEW, ago(hours=3), True),  # their clock is ahead of ours
        (None, ago(hours=12), ago(hours=3), False),  # "today", seen today
        (ago(days=1, hours=12), ago(hours=12), ago(hours=3), True),  # "today", and yesterday it was "yesterday"
        (ago(hours=12), ago(days=1, hours=12), ago(hours=3), False),  # an older date than before
        (ago(days=9, hours=12), ago(days=1, hours=12), ago(hours=3), False),  # "yesterday", seen today
    ],
)
def test_whether_a_date_says_that_a_story_was_changed_since_it_was_seen(before, modified, seen, news):
    known = {} if before is None else {1: before}
    assert bool(changed(known, [Dated(1, modified, seen)], NOW)) is news


def entries(*modified, seen=None):
    return [Dated(n, when, seen or ago(days=9)) for n, when in enumerate(modified)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([], [], ""),
        ([], entries(*(ago(hours=n + 1) for n in range(20))), ""),
        (range(1, 21), entries(ago(minutes=20), *(ago(hours=n + 1) for n in range(1, 20))), ""),  # one edit
        (range(1, 21), entries(*(ago(minutes=9 * n + 9) for n in range(20))), "20 of 20 dates moved at once"),
        (range(1, 5), entries(*(ago(minutes=9 * n + 9) for n in range(4))), ""),  # too few to tell
        ([], entries(*(ago(seconds=n * 7) for n in range(20))), "20 of 20 dates are of this very moment"),
        ([], entries(*[ago(hours=2)] * 20), "20 of 20 new dates are the same"),
        ([], entries(*[ago(hours=12)] * 20), ""),  # days without a time: they had a busy day
        ([], entries(*[ago(days=20)] * 20), ""),  # a date that they all had long ago is no news of any
    ],
)
def test_which_dates_are_noise(before, after, words):
    known = {n: ago(hours=hours) for n, hours in enumerate(before)}
    assert noise(known, after, NOW) == words


moments = st.timedeltas(timedelta(days=-30), timedelta(days=8)).map(lambda span: NOW + span)
lists = st.lists(st.builds(Dated, st.integers(0, 12), moments, moments), unique_by=lambda one: one.article)
dates = st.dictionaries(st.integers(0, 12), moments)


@given(dates, lists)
def test_nothing_is_told_twice_and_nothing_of_the_future(before, after):
    told = changed(before, after, NOW)
    assert all(one.modified <= NOW + SKEW and before.get(one.article) != one.modified for one in told)
    assert changed({one.article: one.modified for one in after}, after, NOW) == []


@given(dates, lists)
def test_what_was_seen_after_its_day_is_never_told(before, after):
    assert all(one.seen < one.modified + timedelta(days=1) for one in changed(before, after, NOW))


@given(lists, st.timedeltas(timedelta(minutes=1), timedelta(days=3)))
def test_a_list_that_dates_everything_by_its_own_time_is_noise(after, later):
    """Whatever the time of generation is: all dates are moved by as much."""
    before = {one.article: one.modified - later for one in after}
    assert bool(noise(before, after, NOW)) or len(after) < ENOUGH


@given(dates, st.integers(2 * ENOUGH, 40), st.integers(0, ENOUGH - 1), st.data())
def test_a_few_edits_are_never_noise(before, count, edits, data):
    """Fewer than `ENOUGH` of a list whose other dates stay and lie behind."""
    settled = [ago(days=1, minutes=7 * n + 1) for n in range(count)]
    before = dict(enumerate(settled))
    edited = data.draw(st.lists(st.integers(0, count - 1), min_size=edits, max_size=edits, unique=True))
    after = [
        Dated(n, ago(minutes=n % 15 + 6) if n in edited else when, ago(hours=1)) for n, when in enumerate(settled)
    ]
    assert noise(before, after, NOW) == ""
    assert {one.article for one in changed(before, after, NOW)} == set(edited)


def test_a_list_that_is_hardly_ever_right_is_doubted_for_a_month():
    trust = Trust()
    for _ in range(TRIES - 1):
        trust = trust.and_looks(1, 0, NOW)
    assert trust.doubted is None
    trust = trust.and_looks(1, 0, NOW)
    assert trust.doubted == NOW
    assert trust.and_looks(1, 1, NOW + timedelta(days=1)) == trust
    assert trust.and_looks(0, 0, NOW + REST) == Trust()


@given(st.lists(st.integers(1, 5), max_size=60))
def test_a_list_of_which_one_in_five_looks_shows_a_change_is_believed_for_ever(rounds):
    trust = Trust()
    for count in rounds:
        trust = trust.and_looks(count, 1, NOW)
    assert trust.doubted is None
    assert trust.tried < REMEMBERED


def test_what_was_right_once_is_forgotten():
    trust = Trust().and_looks(REMEMBERED, REMEMBERED, NOW)
    for _ in range(3000):
        trust = trust.and_looks(1, 0, NOW)
    assert trust.doubted is not None
