"""Rates + a price → how many looks a day. Pure; times are in days.

After LambdaCrawl (Kolobov et al., "Staying up to Date with Online Content Changes", NeurIPS 2019), for two clocks:
each page has so many looks ρ that Σ clocks  weight · interest · ln((ρ + Δ) / ρ) + price · ρ is least. As no page
is ever worth nothing (the logarithm has no bound), none is starved; where Δ is small beside ρ, as it is of news,
this is the square-root rule, by which the mean delay is least. A budget that binds raises the price. Looks follow
the article's age: the next one is due where the looks a day, added up since the last one, come to one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from scheduler.rates import Curve

REMOVAL: Final = 5.0
"""What the removal of an article weighs, in edits. Over the first week an article is edited thirteen times as often
as it is removed (GDELT), in later years hardly oftener: among the young, edits have the greater say, among the old,
removals."""

PRICE: Final = 0.0015
"""What a look costs while no budget binds. Chosen so that an article has as many looks in its first three months
as by the steps that were here before (65)."""


def looks(edits: float, removals: float, price: float) -> float:
    """Looks a day at a page that is edited and removed so often a day, at this price (by its interest)."""
    weighted = REMOVAL * removals
    # From below: the better of what one clock alone would have. There Newton's steps never go too far.
    rate = max(
        (math.sqrt(edits * edits + 4 * edits / price) - edits) / 2,
        (math.sqrt(removals * removals + 4 * weighted / price) - removals) / 2,
    )
    for _ in range(6):  # the error is squared at each, and is a third at first
        one, other = rate + edits, rate + removals
        gain = edits / (rate * one) + weighted / (rate * other)
        slope = edits * (rate + one) / (rate * one) ** 2 + weighted * (rate + other) / (rate * other) ** 2
        step = (gain - price) / slope
        rate += step
        if step <= 1e-6 * rate:
            break
    return rate


def pause(
    age: float,
    edits: Curve,
    removals: Curve,
    price: float,
    *,
    times: float = 1.0,
    since: float | None = None,
    shocks: Curve | None = None,
    longest: float = math.inf,
) -> float:
    """Days until the next look at an article of this age, whose last edit was seen `since` days ago.

    `times`: how many times as restless it is. The curves have the same edges.
    """
    left, waited = 1.0, 0.0
    while waited < longest:
        step = bisect_right(edits.edges, age)
        until = edits.edges[step] - age if step < len(edits.edges) else math.inf
        rate = edits.rates[step] * times
        if since is not None and shocks is not None:
            shock = bisect_right(shocks.edges, since)
            rate += shocks.rates[shock]
            if shock < len(shocks.edges):
                until = min(until, shocks.edges[shock] - since)
            since += until
        many = looks(rate, removals.rates[step], price)
        if many * until >= left:
            return min(waited + left / many, longest)
        left -= many * until
        waited, age = waited + until, age + until
    return longest


def prices(wanted: Mapping[int, float], *, each: Mapping[int, float], total: float) -> dict[int, float]:
    """How many times `PRICE` a look costs at each outlet, so that no budget is exceeded.

    `wanted`: looks a day at `PRICE`; `each`: what an outlet may have. Looks go with the root of the price, so half
    as many cost four times as much. Where all together is too much, the price is the same for all whose own budget
    does not make it higher.
    """
    share = _share(wanted, each, total)
    return {
        outlet: max(1.0, 1 / share, many / each[outlet] if each[outlet] > 0 else math.inf) ** 2
        for outlet, many in wanted.items()
    }


def _share(wanted: Mapping[int, float], each: Mapping[int, float], total: float) -> float:
    """The share of its wish that an outlet gets whose own budget is ample: water fills all to the same height."""
    left, open_ = total, sum(wanted.values())
    for outlet in sorted(wanted, key=lambda one: each[one] / wanted[one] if wanted[one] else math.inf):
        if not wanted[outlet] or each[outlet] * open_ >= left * wanted[outlet]:
            break  # at the height at which the rest is full, this one's own budget is ample, and so are the next
        left -= each[outlet]
        open_ -= wanted[outlet]
    return min(1.0, left / open_) if open_ > 0 else 1.0
