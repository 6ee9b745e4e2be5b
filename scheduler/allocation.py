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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scheduler.rates import Curve

REMOVAL: Final = 10.0
"""What the removal of an article weighs, in edits. In its first three months an article is edited about ten times
as often as it is removed (GDELT), so that both clocks have the same say by then; of the young, edits have the
greater one, and removals of the old."""

PRICE: Final = 0.0007
"""What a look costs while no budget binds. Chosen: an article of which nothing is known, and which never changes,
is looked at again 40 minutes after it appeared, 17 times on its first day, 46 in its first week, and 285 times in
its first year."""

FADES: Final = 30.0
"""Days after which a delay matters half as much as at first, then a third, a quarter: ever fewer read the article,
and an archive is ever larger. Without it, most fetches of a home of some years would go to what is old."""


def price_at(age: float, price: float) -> float:
    """What a look at an article of this age costs, in what its delays matter."""
    return price * (1 + age / FADES)


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
    left, waited, price = 1.0, 0.0, price_at(age, price)
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


OLD: Final = 30.0
"""Days from which on an article is an old one. These become ever more: however many they are, they leave the young
ones, which are edited, the greater part of their outlet's budget."""

OLD_SHARE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Lines:
    """Two numbers of an outlet: for its young articles, and for its old ones."""

    young: float
    old: float

    def at(self, age: float) -> float:
        """The one for an article of this age."""
        return self.old if age >= OLD else self.young


NONE, USUAL = Lines(0.0, 0.0), Lines(1.0, 1.0)


def split(wanted: Lines, budget: float) -> Lines:
    """An outlet's budget: what one line leaves, the other may have."""
    return Lines(
        young=max((1 - OLD_SHARE) * budget, budget - wanted.old),
        old=max(OLD_SHARE * budget, budget - wanted.young),
    )


def prices(wanted: Mapping[int, Lines], *, each: Mapping[int, float], total: float) -> dict[int, Lines]:
    """How many times `PRICE` a look costs at each outlet, so that no budget is exceeded.

    `wanted`: looks a day at `PRICE`; `each`: what an outlet may have. Looks go with the root of the price, so half
    as many cost four times as much. Where all together is too much, the price is the same for all whose own budget
    does not make it higher.
    """
    lines = {outlet: split(wishes, each[outlet]) for outlet, wishes in wanted.items()}
    pairs = [
        (wish, most)
        for outlet, wishes in wanted.items()
        for wish, most in ((wishes.young, lines[outlet].young), (wishes.old, lines[outlet].old))
    ]
    share = fill([pair for pair in pairs if pair[0] > 0], total)

    def price(wish: float, most: float) -> float:
        return max(1.0, 1 / share, wish / most) ** 2

    return {
        outlet: Lines(price(wishes.young, lines[outlet].young), price(wishes.old, lines[outlet].old))
        for outlet, wishes in wanted.items()
    }


def fill(wishes: Iterable[tuple[float, float]], total: float) -> float:
    """The share of its wish that each gets whose own bound is ample, so that all together get `total`.

    As water fills vessels of different heights: those that are full first leave the rest to the others.
    """
    ordered = sorted(wishes, key=lambda each: each[1] / each[0])
    left, open_ = total, sum(wish for wish, _ in ordered)
    for wish, most in ordered:
        if most * open_ >= left * wish:
            return min(1.0, left / open_)
        left -= most
        open_ -= wish
    return 1.0
