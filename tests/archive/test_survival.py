"""How long articles stand: the published example of the estimate, and laws that it obeys."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.survival import Lives, curve

# Remission under 6-mercaptopurine, in weeks (Freireich et al., Blood 21, 1963): the example of most textbooks.
GONE = [6, 6, 6, 7, 10, 13, 16, 22, 23]
SEEN = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
SHARES = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
AT_RISK = {6: 21, 7: 17, 10: 15, 13: 12, 16: 11, 22: 7, 23: 6}

spans = st.lists(st.integers(0, 400), max_size=40)


def lives(gone: list[int], seen: list[int]) -> Lives:
    return Lives(dict(Counter(gone)), dict(Counter(seen)))


def test_the_published_example():
    points = {point.day: point for point in curve(lives(GONE, SEEN)) if point.gone}
    assert {day: round(point.share, 3) for day, point in points.items()} == SHARES
    assert {day: point.at_risk for day, point in points.items()} == AT_RISK


def test_the_published_bounds():
    """As they are printed with the example, by the log-log transform: of the first and the last step."""
    points = {point.day: point for point in curve(lives(GONE, SEEN))}
    assert (points[6].low, points[6].high) == pytest.approx((0.620, 0.952), abs=0.001)
    assert (points[23].low, points[23].high) == pytest.approx((0.188, 0.680), abs=0.001)


def test_without_articles_there_is_no_curve():
    assert curve(Lives({}, {})) == []


@given(gone=spans, seen=spans)
def test_it_never_rises_and_stays_between_its_bounds(gone, seen):
    points = curve(lives(gone, seen))
    shares = [1.0, *(point.share for point in points)]
    assert all(later <= earlier for earlier, later in pairwise(shares))
    assert all(0 <= point.low <= point.share <= point.high <= 1 for point in points)
    assert sum(point.gone for point in points) == len(gone)


@given(gone=spans.filter(bool))
def test_where_everything_is_known_it_is_the_plain_share(gone):
    for point in curve(lives(gone, [])):
        assert point.share == pytest.approx(sum(day > point.day for day in gone) / len(gone))


@given(seen=spans.filter(bool))
def test_where_nothing_went_all_still_stands(seen):
    assert {point.share for point in curve(lives([], seen))} == {1.0}
