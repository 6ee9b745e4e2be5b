"""How long articles stand → the share of them that still does, by the days since they were first seen. Pure.

It is the estimate of Kaplan and Meier (J. Am. Stat. Assoc. 53, 1958): of those that are known to have stood until
some day, the share that went on that day. Those of which no more is known (not looked at since, or not that old
yet) count as long as they were seen, and neither as gone nor as there after that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_95: Final = 1.959964
"""The normal quantile of 95 % on both sides."""


@dataclass(frozen=True, slots=True)
class Lives:
    """By whole days: how many articles went after so long, and how many were last seen after so long."""

    gone: dict[int, int]
    seen: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """From this day on, until the next point."""

    day: int  #: since an article was first seen
    at_risk: int  #: articles that are known to have stood until this day
    gone: int  #: of those, on this day
    share: float  #: of all that still stands after it
    low: float  #: 95 % confidence, after Greenwood, by the logarithm of the logarithm
    high: float


def curve(lives: Lives) -> list[Point]:
    """The curve: its beginning, each day on which something went, and its end."""
    return list(_curve(lives))


def _curve(lives: Lives) -> Iterator[Point]:
    left = sum(lives.gone.values()) + sum(lives.seen.values())
    if not left:
        return
    days = sorted({0, *lives.gone, *lives.seen})
    share, variance = 1.0, 0.0
    for day in days:
        gone = lives.gone.get(day, 0)
        if gone:
            share *= 1 - gone / left
            variance += gone / (left * (left - gone)) if left > gone else 0.0
        if gone or day in (days[0], days[-1]):
            low, high = _bounds(share, variance)
            yield Point(day=day, at_risk=left, gone=gone, share=share, low=low, high=high)
        left -= gone + lives.seen.get(day, 0)


def _bounds(share: float, variance: float) -> tuple[float, float]:
    if not 0 < share < 1:
        return share, share
    width = _95 * math.sqrt(variance) / math.log(share)
    return share ** math.exp(-width), share ** math.exp(width)
