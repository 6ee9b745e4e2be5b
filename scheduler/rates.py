"""How often articles are edited and removed, learnt from what was seen. Pure; times and ages are in days.

Two clocks run in an article, one of edits and one of removals. Each is a hazard by age, learnt in three steps:
the home's from all its articles, an outlet's from its own, an article's from its own history. Each step is a
Gamma–Poisson posterior with the step before it as its prior, so that little is believed of little. A change is
known to lie between two looks and no closer, and may have been several: it counts for what the likelihood of Cho &
Garcia-Molina ("Estimating Frequency of Change", 2003) for looks at irregular times makes of it. Knows nothing of
budgets.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

HOUR: Final = 1 / 24

Span = tuple[float, float]
"""Two ages: nothing had changed at the first one, and something had at the second."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A hazard by age: events a day, the same between two edges; the last one goes on for ever."""

    edges: tuple[float, ...]
    rates: tuple[float, ...]  #: one more than edges

    def at(self, age: float) -> float:
        """Events a day at this age."""
        return self.rates[bisect_right(self.edges, age)]

    def parts(self, begin: float, end: float) -> list[tuple[int, float]]:
        """How much of this span lies in which step."""
        found, step = [], bisect_right(self.edges, begin)
        while begin < end:
            until = min(end, self.edges[step]) if step < len(self.edges) else end
            found.append((step, until - begin))
            begin, step = until, step + 1
        return found

    def between(self, begin: float, end: float) -> float:
        """Events that are expected in this span."""
        return sum(self.rates[step] * length for step, length in self.parts(begin, end))


EDGES: Final = (HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 1.0, 3.0, 7.0, 30.0, 90.0)
"""Where hazards change: they fall by a third to a half from one step to the next."""

EDITS: Final = Curve(EDGES, (0.85, 0.42, 0.23, 0.126, 0.067, 0.009, 0.0037, 0.001, 0.0003, 0.0001))
"""Before anything is known. Of 88 million news URLs that GDELT fetched again 15 % had another body after a day,
and 0.55 % a day more until the seventh; on the first day as 1 / (1 h + age), since edits come in the first hours.
Later ones: chosen, about a third of each before."""

REMOVALS: Final = Curve(EDGES, (0.0068, 0.0068, 0.0068, 0.0068, 0.0068, 0.0014, 0.0014, 0.0004, 0.00013, 0.00013))
"""The same of deletions: 0.68 % on the first day, 0.14 % a day until the seventh; and for ever 0.013 % a day, as
38 % of the pages of 2013 were gone in 2023 (Pew 2024)."""

SHOCKS: Final = Curve((HOUR, 3 * HOUR, 12 * HOUR), (2.4, 0.72, 0.16, 0.0))
"""Edits that an edit brings with it, by the time since it: one of five, most within three hours. Chosen; errors of
a factor of two in a rate cost a few per cent, since looks go by its root."""

SHAPE: Final = 1.0
"""How different the articles of an outlet are: the shape of the Gamma distribution of their rates. At 1 most are
calm and a few restless: three quarters never change, and yet there are 3.6 versions of each (NewsEdits)."""

LEVEL, STEP = 3.0, 3.0
"""So many events of one's own weigh as much as what is known of all others: for the level, and for each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Both clocks of an outlet, and how its sections differ in edits."""

    edits: Curve = EDITS
    removals: Curve = REMOVALS
    sections: Mapping[str, float] = field(default_factory=dict)  #: → how many times as many edits as the others


UNKNOWN: Final = Rates()


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What was seen of one article, by its age."""

    outlet: int
    first: float  #: the first look
    last: float  #: the last look at which it was there
    edits: Sequence[Span] = ()
    gone: Span | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class Learnt:
    """Rates of the home and of its outlets."""

    home: Rates = UNKNOWN
    outlets: Mapping[int, Rates] = field(default_factory=dict)

    def of(self, outlet: int) -> Rates:
        """Of an outlet of which nothing was seen, those of the home."""
        return self.outlets.get(outlet, self.home)


def learn(lives: Iterable[Life], before: Learnt) -> Learnt:
    """Rates from all lives; `before` tells where between two looks a change is likely to lie."""
    counts: dict[int, _Counts] = defaultdict(_Counts)
    for life in lives:
        counts[life.outlet].add(life, before.of(life.outlet))
    home = _Counts()
    for each in counts.values():
        home.take(each)
    edits, removals = _posterior(home.edits, home.seen, EDITS), _posterior(home.gone, home.seen, REMOVALS)
    pooled = Rates(edits=edits, removals=removals)
    return Learnt(pooled, {outlet: each.rates(pooled) for outlet, each in counts.items()})


def _none() -> list[float]:
    return [0.0] * (len(EDGES) + 1)


@dataclass(slots=True)
class _Counts:
    """Days that were watched, and events, by step."""

    seen: list[float] = field(default_factory=_none)
    edits: list[float] = field(default_factory=_none)
    gone: list[float] = field(default_factory=_none)
    sections: dict[str, list[float]] = field(default_factory=dict)  #: events, and those expected

    def add(self, life: Life, rates: Rates) -> None:
        parts = EDITS.parts(life.first, life.last)
        for step, length in parts:
            self.seen[step] += length
        found = 0.0
        for (begin, end), shock in zip(life.edits, shocks(life.edits), strict=True):
            found += _share(self.edits, rates.edits, begin, end, shock)
        if life.gone is not None:
            _share(self.gone, rates.removals, *life.gone, once=True)
        if life.section:
            events = self.sections.setdefault(life.section, [0.0, 0.0])
            events[0] += found
            events[1] += sum(rates.edits.rates[step] * length for step, length in parts)

    def take(self, other: _Counts) -> None:
        for mine, theirs in ((self.seen, other.seen), (self.edits, other.edits), (self.gone, other.gone)):
            mine[:] = [one + another for one, another in zip(mine, theirs, strict=True)]

    def rates(self, home: Rates) -> Rates:
        edits = _posterior(self.edits, self.seen, home.edits)
        return Rates(
            edits=edits,
            removals=_posterior(self.gone, self.seen, home.removals),
            sections=_sections(self.sections),
        )


def _share(
    counts: list[float], curve: Curve, begin: float, end: float, shock: float = 0, once: bool = False
) -> float:
    """Count what happened in a span, where it is likely to lie; returns how many that were."""
    parts = curve.parts(begin, end) or [(bisect_right(curve.edges, begin), 1e-9)]
    expected = [(step, curve.rates[step] * length) for step, length in parts]
    total = sum(events for _, events in expected)
    times = 1.0 / total if once else 1.0 / -math.expm1(-(total + shock))
    for step, events in expected:
        counts[step] += events * times
    return total * times


def _posterior(events: Sequence[float], seen: Sequence[float], prior: Curve) -> Curve:
    """First the level of the whole curve, then each step for itself."""
    expected = sum(rate * days for rate, days in zip(prior.rates, seen, strict=True))
    level = (LEVEL + sum(events)) / (LEVEL + expected)
    rates = [
        (STEP + found) / (STEP / (rate * level) + days)
        for rate, found, days in zip(prior.rates, events, seen, strict=True)
    ]
    return Curve(prior.edges, tuple(rates))


MOST_SECTIONS: Final = 30
"""Sections of an outlet that are told apart; others are as their outlet."""


def _sections(counts: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """How sections differ from their outlet, of those with the most to be known of."""
    known = sorted(counts, key=lambda name: (-counts[name][1], name))[:MOST_SECTIONS]
    found = sum(events for events, _ in counts.values())
    level = (LEVEL + found) / (LEVEL + sum(expected for _, expected in counts.values()))
    return {
        name: (2 * LEVEL + counts[name][0]) / (2 * LEVEL + level * counts[name][1])
        for name in known
        if counts[name][1] * level >= 1
    }


def shocks(edits: Sequence[Span]) -> list[float]:
    """Of each edit: how many were expected in its span only because there was one before."""
    found, before = [], -math.inf
    for begin, end in edits:
        found.append(SHOCKS.between(max(0.0, begin - before), end - before) if before > -math.inf else 0.0)
        before = end
    return found


def own(
    edits: Sequence[Span], curve: Curve, first: float, last: float, *, level: float = 1.0, shape: float = SHAPE
) -> float:
    """How many times as restless as this curve, `level` times as high, an article is by its own history.

    The mode of the likelihood of looks at irregular times, with a Gamma prior around 1 of this shape; without
    that prior it is the estimator of Cho & Garcia-Molina, in a time in which the outlet's articles change evenly.
    """
    watched = level * curve.between(first, last)
    if not edits:
        return shape / (shape + watched)
    expected = [max(level * curve.between(*span), 1e-9) for span in edits]
    spans = list(zip(expected, shocks(edits), strict=True))
    watched = max(watched, sum(expected))

    def slope(times: float) -> float:
        counted = sum(one / -math.expm1(-(times * one + shock)) for one, shock in spans)
        return shape / times - shape + counted - watched

    low, high = shape / (shape + watched), 2.0
    while slope(high) > 0:
        low, high = high, 4 * high
    for _ in range(20):  # to a millionth of the bracket
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2
