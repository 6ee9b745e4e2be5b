"""Ten thousand articles of two worlds under one fetch budget: by which policy edits and removals are seen soonest.

    python benchmarks/recrawl.py [--articles 10000] [--days 90] [--seed 1] [--world cited] [--world slow]

A simulator, no network. Articles appear during the first third of the time and are watched to its end. Each is
edited and removed at random, by hazards that depend on its age, its outlet and itself (Gamma); edits bring further
edits, and some are reverted within hours. The first world has the figures that are cited in docs/recrawl.md
(`cited`); in the second one nothing is like them (`slow`). Ours is the real code (`scheduler.recrawl`,
`scheduler.rates`, `scheduler.allocation`) with its defaults in both; it begins with the priors that it is shipped
with, and learns while it runs, from what its own fetches saw.

Every policy has one fetch per article and day on average, over all articles and the whole time: one number of each
(an interval, a scale, a growth, a price) is set so that the counts agree, which are printed. Two policies know the
true rates of each article, which nobody does: the proportional one, and LambdaCrawl with the same objective and
weights as ours (the bound; it learns of an edit, and so that others are likely to follow, when it sees it).

A delay is the time from an edit or removal to the next fetch, also where that lies beyond the end. Edits that are
reverted are counted apart: seen, or gone before anybody looked.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.model import Standing
from scheduler.allocation import PRICE, REMOVAL, pause
from scheduler.rates import Curve, Learnt, Life, learn
from scheduler.recrawl import History, plan

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = 1.0, 1 / 24, 1 / 1440
A_DAY = timedelta(days=1)
CLOSE = 0.005  #: so near the counts must come to the budget

#: Outlet → share of its articles that change (IEEE S&P 2024, 608,723 articles).
SHARES = (0.50, 0.50, 0.48, 0.47, 0.45, 0.43, 0.36, 0.32, 0.31, 0.27, 0.27, 0.25, 0.24, 0.17, 0.16, 0.08, 0.08)


# What is true --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class World:
    """Hazards, and how articles differ."""

    name: str
    edits: Callable[[float], float]  #: by age; only its shape matters
    removals: Callable[[float], float]  #: a day, by age
    shares: tuple[float, ...]  #: of articles that are edited within 90 days, by outlet
    sections: float  #: shape of the Gamma distribution of sections' rates of edits, of an outlet
    restless: float  #: the same of the articles of a section
    outlets: float  #: the same of outlets' rates of removals
    fleeting: float  #: the same of an outlet's articles
    follow: float  #: edits that one brings with it
    after: float  #: days until that, on average
    reverted: float  #: share of edits that are reverted
    lasts: float  #: days until then, on average


def _cited(age: float) -> float:
    first_day = 0.164 / math.log(25)
    if age < DAY:
        return first_day / (age + HOUR)
    return 0.0055 if age < 7 * DAY else 0.0055 * 7 / 4 / (age - 3)


def _cited_removals(age: float) -> float:
    return 0.0068 if age < DAY else 0.0014 if age < 7 * DAY else 0.00013


def _slow(age: float) -> float:
    return math.exp(-age / 1.5) / 1.5 * 0.6 + math.exp(-age / 25) / 25 * 0.4


def _slow_removals(age: float) -> float:
    return 0.002 + 0.02 * math.exp(-age / 0.4) if age < 5 else 0.0012 if age < 30 else 0.0003


WORLDS = {
    "cited": World(
        name="cited",
        edits=_cited,
        removals=_cited_removals,
        shares=SHARES,
        sections=1.5,
        restless=2.0,
        outlets=1.0,
        fleeting=3.0,
        follow=0.3,
        after=2 * HOUR,
        reverted=0.1,
        lasts=3 * HOUR,
    ),
    "slow": World(
        name="slow",
        edits=_slow,
        removals=_slow_removals,
        shares=(0.9, 0.85, 0.7, 0.6, 0.6, 0.3, 0.2, 0.05),
        sections=4.0,
        restless=1.5,
        outlets=0.5,
        fleeting=2.0,
        follow=0.1,
        after=10 * HOUR,
        reverted=0.05,
        lasts=8 * HOUR,
    ),
}

SECTIONS = ("news", "politics", "sport", "culture", "opinion", "money")

GRID = [0.0, *(0.25 * HOUR * 1.12**step for step in range(100))]
GRID = [age for age in GRID if age < 400]


def curve(hazard: Callable[[float], float], scale: float = 1.0) -> Curve:
    """The hazard in fine steps."""
    rates = [scale * hazard((one + other) / 2) for one, other in zip(GRID, [*GRID[1:], 500.0], strict=True)]
    return Curve(tuple(GRID[1:]), tuple(rates))


@dataclass(slots=True, eq=False)
class Article:
    """What is true of one article. All but its birth by its age."""

    number: int
    outlet: int
    section: str
    born: float
    found: float
    until: float
    edits: Curve  #: of its outlet
    times: float
    removals: Curve
    states: list[tuple[float, int]] = field(default_factory=list)  #: since when it reads how
    lasting: list[float] = field(default_factory=list)
    short: list[tuple[float, float]] = field(default_factory=list)
    removed: float = math.inf


def articles_of(world: World, count: int, days: float, seed: int) -> list[Article]:
    """All articles of a world, and what befalls them."""
    chance = random.Random(f"{world.name} {seed}")
    whole, removals = curve(world.edits).between(0, 90), curve(world.removals)
    outlets = []
    for share in world.shares:
        sections = [_gamma(chance, world.sections) for _ in SECTIONS]
        edits = curve(world.edits, _level(share, sections, world.restless) / whole)
        outlets.append((edits, sections, _gamma(chance, world.outlets)))
    made = []
    for number in range(count):
        outlet, section = chance.randrange(len(outlets)), chance.randrange(len(SECTIONS))
        edits, sections, often = outlets[outlet]
        level = often * _gamma(chance, world.fleeting)
        born = chance.uniform(0, days / 3)
        article = Article(
            number=number,
            outlet=outlet,
            section=SECTIONS[section],
            born=born,
            found=chance.uniform(0, 20 * MINUTE),
            until=days - born,
            edits=edits,
            times=sections[section] * _gamma(chance, world.restless),
            removals=Curve(removals.edges, tuple(level * rate for rate in removals.rates)),
        )
        _live(article, world, chance)
        made.append(article)
    return made


def _gamma(chance: random.Random, shape: float) -> float:
    """A number around 1."""
    return chance.gammavariate(shape, 1 / shape)


def _level(share: float, sections: list[float], shape: float) -> float:
    """So many edits on average that such a share of an outlet's articles is edited at all."""
    low, high = 0.0, 1e4
    for _ in range(60):
        level = (low + high) / 2
        calm = statistics.fmean((1 + level * times / shape) ** -shape for times in sections)
        low, high = (level, high) if calm > 1 - share else (low, level)
    return level


def _live(article: Article, world: World, chance: random.Random) -> None:
    """Draw its edits and its removal."""
    article.removed = next(_events(article.removals, 1.0, article.until, chance), math.inf)
    first = list(_events(article.edits, article.times, min(article.until, article.removed), chance))
    events: list[tuple[float, bool]] = []  # age, and whether it reverts the one before
    for age in first:
        while True:
            events.append((age, False))
            if chance.random() < world.reverted:
                back = age + chance.expovariate(1 / world.lasts)
                article.short.append((age, back))
                events.append((back, True))
            else:
                article.lasting.append(age)
            if chance.random() >= world.follow:
                break
            age += chance.expovariate(1 / world.after)  # noqa: PLW2901
    end = min(article.until, article.removed)
    article.lasting = sorted(age for age in article.lasting if article.found < age < end)
    article.short = [(age, back) for age, back in article.short if article.found < age and back < end]
    state, known = 0, 0
    for age, reverts in sorted(events):
        known += 0 if reverts else 1
        state, before = (state - 1 if reverts else known), state
        if state != before:
            article.states.append((age, state))


def _events(hazard: Curve, times: float, until: float, chance: random.Random) -> Iterator[float]:
    """The moments of a Poisson process, by inverting what is expected up to an age."""
    age, left = 0.0, chance.expovariate(1)
    for step, length in hazard.parts(0.0, until):
        rate, begin, end = hazard.rates[step] * times, age, age + length
        while left <= rate * (end - begin):
            begin += left / rate
            yield begin
            left = chance.expovariate(1)
        left -= rate * (end - begin)
        age = end


# Who watches ---------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Watch:
    """What a policy knows of an article, and what came of it."""

    article: Article
    due: float
    first: float
    age: float  #: of the last look
    state: int = 0
    edits: list[tuple[float, float]] = field(default_factory=list)
    gone: tuple[float, float] | None = None
    looks: list[float] = field(default_factory=list)
    changed: bool = False  #: since the look before the last one
    interval: float = 0.0


Policy = Callable[[Watch], float]
"""What was seen → days until the next look."""


def look(watch: Watch, policy: Policy) -> None:
    """One fetch, and the plan for the next one."""
    article, age = watch.article, watch.due
    watch.looks.append(age)
    if article.removed <= age:
        watch.gone = (watch.age, age)
        return
    at = bisect_right(article.states, (age, 1 << 30))
    state = article.states[at - 1][1] if at else 0
    changed = bool(watch.edits or len(watch.looks) > 1) and state != watch.state
    if changed:
        watch.edits.append((watch.age, age))
    watch.state, watch.age = state, age
    watch.changed = changed
    watch.due = age + policy(watch)


def begin(articles: list[Article]) -> list[Watch]:
    """All are found at their first look."""
    return [Watch(each, each.found, each.found, each.found) for each in articles]


def fixed(interval: float) -> Policy:
    """The same pause for all."""
    return lambda _: interval


NEWSDIFFS = ((3 * HOUR, 15 * MINUTE), (DAY, HOUR), (7 * DAY, 3 * HOUR), (30 * DAY, 3 * DAY), (360 * DAY, 30 * DAY))


def newsdiffs(scale: float) -> Policy:
    """NewsDiffs: by the time since it was published or edited."""

    def policy(watch: Watch) -> float:
        quiet = watch.age - (watch.edits[-1][1] if watch.edits else 0.0)
        return scale * next((wait for limit, wait in NEWSDIFFS if quiet < limit), 1e9)

    return policy


def sniffer(growth: float) -> Policy:
    """News Sniffer: thirty minutes, and longer by a factor after each look without a change, up to forty days."""

    def policy(watch: Watch) -> float:
        fresh = watch.changed or not watch.interval
        watch.interval = 30 * MINUTE if fresh else min(watch.interval * growth, 40 * DAY)
        return watch.interval

    return policy


def proportional(price: float) -> Policy:
    """As many looks as changes, by the true rates."""

    def policy(watch: Watch) -> float:
        article, left, waited = watch.article, price, 0.0
        for step, length in article.edits.parts(watch.age, 1000.0):
            rate = article.edits.rates[step] * article.times + REMOVAL * article.removals.rates[step]
            if rate * length >= left:
                return waited + left / rate
            left, waited = left - rate * length, waited + length
        return waited

    return policy


def bound(world: World) -> Callable[[float], Policy]:
    """LambdaCrawl that knows the true rates."""
    steps = [HOUR * 0.5 * 1.3**n for n in range(20)]

    def followers(since: float) -> float:
        more = world.follow / world.after * math.exp(-since / world.after)
        return more + world.reverted / world.lasts * math.exp(-since / world.lasts)

    middles = [(one + other) / 2 for one, other in zip([0.0, *steps], steps, strict=False)]
    shocks = Curve(tuple(steps), (*map(followers, middles), 0.0))

    def of_price(price: float) -> Policy:
        def policy(watch: Watch) -> float:
            one = watch.article
            since = watch.age - watch.edits[-1][1] if watch.edits else None
            return pause(
                watch.age, one.edits, one.removals, price * PRICE, times=one.times, since=since, shocks=shocks
            )

        return policy

    return of_price


class Ours:
    """The real policy; what it knows of rates it learns once a day from what was seen so far."""

    def __init__(self, price: float) -> None:
        self.price = price
        self.learnt = Learnt()

    def learn(self, watches: list[Watch]) -> None:
        """From every article that was looked at."""
        lives = (
            Life(
                outlet=each.article.outlet,
                section=each.article.section,
                first=each.first,
                last=each.age,
                edits=each.edits,
                gone=each.gone,
            )
            for each in watches
            if each.looks
        )
        self.learnt = learn(lives, self.learnt)

    def __call__(self, watch: Watch) -> float:
        """As it is planned in fact."""
        article = watch.article
        born = START + article.born * A_DAY
        history = History(
            standing=Standing.LIVE,
            discovered=born + watch.first * A_DAY,
            published=born,
            last_checked=born + watch.age * A_DAY,
            last_changed=born + watch.edits[-1][1] * A_DAY if watch.edits else None,
            misses=0,
            id=article.number,
            section=article.section,
            first_seen=born + watch.first * A_DAY,
            edits=[(born + one * A_DAY, born + other * A_DAY) for one, other in watch.edits],
        )
        planned = plan(
            history, confirmations=3, span=A_DAY, rates=self.learnt.of(article.outlet), price=self.price
        )
        return (planned.at - history.last_checked) / A_DAY


def run(articles: list[Article], policy: Policy, days: float) -> list[Watch]:
    """All looks of all articles."""
    watches = begin(articles)
    if isinstance(policy, Ours):
        for day in range(math.ceil(days)):
            for watch in watches:
                _watch(watch, policy, min(day + 1.0, days))
            if day < 10 or day % 5 == 0:  # in fact oftener: what is known of the whole changes slowly
                policy.learn(watches)
    else:
        for watch in watches:
            _watch(watch, policy, days)
    return watches


def _watch(watch: Watch, policy: Policy, until: float) -> None:
    end = until - watch.article.born
    while watch.due < end and watch.gone is None:
        look(watch, policy)


# What came of it -----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Result:
    """Figures of one policy. Delays in hours."""

    name: str
    knob: str
    looks: int
    edits: list[float]
    removals: list[float]
    short: float


def measure(name: str, knob: str, watches: list[Watch]) -> Result:
    """Delays, and what was seen of what did not last."""
    edits, removals, seen, short = [], [], 0, 0
    for watch in watches:
        one, looks = watch.article, [*watch.looks, *([] if watch.gone else [watch.due])]
        edits += [_delay(looks, age) for age in one.lasting if age < looks[-1]]
        if one.removed < one.until:
            removals.append(_delay(looks, one.removed))
        short += len(one.short)
        seen += sum(looks[at] < back for age, back in one.short if (at := bisect_right(looks, age)) < len(looks))
    total = sum(len(watch.looks) for watch in watches)
    share = seen / short if short else math.nan
    return Result(name=name, knob=knob, looks=total, edits=edits, removals=removals, short=share)


def _delay(looks: list[float], age: float) -> float:
    return (looks[bisect_right(looks, age)] - age) * 24


def calibrated(
    articles: list[Article], days: float, budget: int, make: Callable[[float], Any], knob: float, power: float
) -> tuple[float, list[Watch]]:
    """The knob at which the budget is used: about so, looks go with its power."""
    known: list[tuple[float, float]] = []
    for _ in range(12):
        watches = run(articles, make(knob), days)
        used = math.log(sum(len(watch.looks) for watch in watches) / budget)
        if abs(used) <= CLOSE:
            break
        known = sorted([*known, (used, knob)], key=lambda each: abs(each[0]))[:2]
        if len(known) == 2 and known[0][0] != known[1][0]:
            (one, at), (other, beside) = known
            slope = (one - other) / (math.log(at / beside) or 1e-9)
            power = slope if slope * power > 0 else power
        knob = known[0][1] * math.exp(-known[0][0] / power)
    return knob, watches


def table(world: World, articles: list[Article], days: float) -> list[Result]:
    """Every policy in one world."""
    budget = round(sum(each.until for each in articles))
    policies: list[tuple[str, str, Callable[[float], Any], float, float]] = [
        ("fixed interval", "every {:.3g} d", fixed, 1.0, -1.0),
        ("NewsDiffs' steps", "× {:.3g}", newsdiffs, 1.0, -1.0),
        ("News Sniffer's growth", "× {:.3g}", sniffer, 1.1, -12.0),
        ("proportional, rates known", "", proportional, 0.005, -1.0),
        ("LambdaCrawl, rates known", "price {:.3g}", bound(world), 1.0, -0.5),
        ("ours", "price {:.3g}", Ours, 1.0, -0.5),
    ]
    results = []
    for name, said, make, start, power in policies:
        began = time.process_time()
        knob, watches = calibrated(articles, days, budget, make, start, power)
        results.append(measure(name, said.format(knob), watches))
        print(f"  {name}: {time.process_time() - began:.0f} s", file=sys.stderr)
    return results


def show(world: World, articles: list[Article], results: list[Result]) -> None:
    """The table of one world."""
    removed = sum(each.removed < each.until for each in articles)
    edits = sum(len(each.lasting) for each in articles)
    short = sum(len(each.short) for each in articles)
    changed = sum(bool(each.states) for each in articles) / len(articles)
    print(f"\nworld '{world.name}': {len(articles):,} articles, {changed:.0%} of them edited; {edits:,} lasting")
    print(f"edits, {short:,} that were reverted, {removed:,} removals; hours until they were seen\n")
    head = f"{'':26}{'':14}{'looks':>9}  {'edits: mean':>11}{'median':>8}{'p95':>8}  "
    print(head + f"{'removals: mean':>14}{'median':>8}{'p95':>8}  {'short-lived':>11}")
    for one in results:
        figures = f"{one.name:26}{one.knob:14}{one.looks:9,}"
        for delays, width in ((one.edits, 13), (one.removals, 16)):
            mean = statistics.fmean(delays) if delays else math.nan
            figures += f"{mean:{width}.2f}{_at(delays, 0.5):8.2f}{_at(delays, 0.95):8.1f}"
        print(f"{figures}  {one.short:11.0%}")


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values) or [math.nan]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def judge(results: list[Result]) -> bool:
    """Whether ours is what it shall be; says so."""
    by_name = {one.name: one for one in results}
    ours, best = by_name["ours"], by_name["LambdaCrawl, rates known"]
    still = by_name["fixed interval"]
    others = [by_name[name] for name in ("fixed interval", "NewsDiffs' steps", "News Sniffer's growth")]
    mean = statistics.fmean
    checks = []
    for kind in ("edits", "removals"):
        own = mean(getattr(ours, kind))
        least = min(mean(getattr(one, kind)) for one in others)
        checks.append((f"{kind}: mean {own:.2f} h, of fixed and steps the best {least:.2f} h", own < least))
        over = own / mean(getattr(best, kind)) - 1
        checks.append((f"{kind}: {over:+.1%} of the bound", over <= 0.15))
    share = _at(ours.edits, 0.5) / _at(still.edits, 0.5)
    checks.append((f"edits: median {share:.2f} of the fixed interval's", share <= 1 / 3))
    print()
    for words, good in checks:
        print(f"  {'yes' if good else 'NO '}  {words}")
    return all(good for _, good in checks)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=90.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", action="append", choices=WORLDS)
    options = parser.parse_args()
    good = True
    for name in options.world or WORLDS:
        articles = articles_of(WORLDS[name], options.articles, options.days, options.seed)
        results = table(WORLDS[name], articles, options.days)
        show(WORLDS[name], articles, results)
        good &= judge(results)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
