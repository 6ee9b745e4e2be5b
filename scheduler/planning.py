"""What the recrawl policy looks at, out of the tables: histories, rates, prices.

Rates are learnt from all articles and kept for a day; so are prices, for which all wishes are added up. Decides
nothing: `scheduler.rates`, `scheduler.allocation` and `scheduler.recrawl` do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from archive.db import articles, hints, hosts, outages, outlets, tags
from archive.db import rates as rows
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.rates import Seen
from archive.domain.interest import interest
from archive.domain.model import Outlet, Reason, Standing
from archive.settings import Settings
from crawler import politeness, robots
from scheduler.allocation import NONE, OLD, PRICE, USUAL, Lines, looks, price_at, prices
from scheduler.rates import EDGES, UNKNOWN, Curve, Learnt, Life, Rates, learn
from scheduler.recrawl import History, outlook

LEARN_EVERY: Final = timedelta(hours=12)

SAMPLE: Final = 20_000
"""Articles to learn from: enough for the rates of hundreds of outlets, and read in a second."""

PLANNED: Final = 0.9
"""Share of a budget that is planned for; the rest is for second looks, suspicions and hints."""

POLITE: Final = 0.8
"""Share of the fetches that a host's delay leaves room for: there are seeds and redirects too, and breaks."""

DOWN_FOR: Final = timedelta(days=30)
"""What does not stand is looked at about once a day for so long, and then weekly: `domain.pace`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What is known of one outlet."""

    rates: Rates = UNKNOWN
    price: Lines = USUAL  #: of a fetch, in multiples of the usual one
    wanted: Lines = NONE  #: fetches a day that there would be at the usual price
    most: float = 0.0  #: that there may be
    polite: bool = False  #: whether that is for the host's sake, and not the outlet's budget


NOTHING: Final = Market()


# What is planned -----------------------------------------------------------------------------------


def histories(
    connection: Connection, wanted: Sequence[Article], unanswered: set[int], hinted: Mapping[int, datetime]
) -> dict[int, History]:
    """What the policy looks at, of articles that were fetched; by their ids."""
    ids = [each.id for each in wanted]
    down = outages.outlets_down(connection)
    edits, called = rows.edits_of(connection, ids), tags.of_articles(connection, ids)
    return {
        each.id: History(
            standing=each.held.standing,
            discovered=each.discovered,
            published=each.published,
            last_checked=each.last_checked,
            last_changed=each.last_changed,
            misses=each.held.misses,
            id=each.id,
            first_seen=each.first_seen,
            edits=tuple(edits.get(each.id, ())),
            interest=interest(each.found_in, called.get(each.id, ())),
            section=section(each.url),
            # What was gone in an outage is held back, and no suspicion: nothing else would look again soon.
            unanswered=each.id in unanswered or each.held.away is not None,
            since=each.since,
            offline=each.held.reason is Reason.OUTLET_OFFLINE,
            outage=each.outlet_id in down,
            hinted=hinted.get(each.id),
        )
        for each in wanted
        if each.last_checked is not None
    }


def unplanned(connection: Connection) -> list[tuple[Article, History]]:
    """Articles that were fetched and have no next check yet, and what the policy looks at."""
    wanted = articles.unplanned(connection)
    found = histories(connection, wanted, articles.unanswered(connection), hints.last_of_unplanned(connection))
    return [(each, found[each.id]) for each in wanted]


def section(url: str) -> str:
    """The part of its outlet that an address says an article is of: the first folder, where that is a word."""
    first, _, rest = urlsplit(url).path.lstrip("/").partition("/")
    return first.lower() if rest and first.replace("-", "").isalpha() and len(first) <= 30 else ""


# What was learnt -----------------------------------------------------------------------------------


def markets(connection: Connection, settings: Settings, wanted: Sequence[int], now: datetime) -> dict[int, Market]:
    """Rates and prices of these outlets; they are learnt anew where they are old, or there are none."""
    if not wanted:
        return {}
    known = rows.load(connection, sorted(set(wanted)))
    if len(known) < len(set(wanted)) or any(abs(now - at) > LEARN_EVERY for at, _ in known.values()):
        learn_all(connection, settings, now)
        known = rows.load(connection, sorted(set(wanted)))
    return {outlet: _market(document) for outlet, (_, document) in known.items()}


def market(connection: Connection, outlet_id: int) -> Market:
    """What was learnt of an outlet last; nothing is learnt anew."""
    known = rows.load(connection, [outlet_id])
    return _market(known[outlet_id][1]) if outlet_id in known else NOTHING


def learn_all(connection: Connection, settings: Settings, now: datetime) -> None:
    """Learn the rates of all outlets from what was seen of their articles, and what a fetch costs there."""
    before = {outlet: _market(document).rates for outlet, (_, document) in rows.load(connection).items()}
    of_each, found = rows.seen(connection, most=SAMPLE)
    sample = list(found)
    learnt = learn(filter(None, map(_life, sample)), Learnt(outlets=before))
    called = rows.tags(connection)
    wishes: dict[tuple[int, bool], float] = defaultdict(float)
    for each in sample:
        wish = _wish(each, learnt.of(each.outlet_id), called.get(each.id, ()), now)
        wishes[each.outlet_id, _age(each, now) >= OLD] += of_each * wish
    every = outlets.all_outlets(connection)
    polite = _polite(connection, every, settings)
    own = PLANNED * settings.recrawl.outlet_per_day
    most = {outlet: min(own, polite[outlet]) for outlet in every}
    wanted = {outlet: Lines(wishes[outlet, False], wishes[outlet, True]) for outlet in every}
    cost = prices(wanted, each=most, total=PLANNED * settings.recrawl.per_day)
    documents = {}
    for outlet in every:
        market = Market(
            rates=learnt.of(outlet),
            price=cost[outlet],
            wanted=wanted[outlet],
            most=most[outlet],
            polite=polite[outlet] < own,
        )
        documents[outlet] = _document(market)
    rows.save(connection, documents, at=now)


def _life(each: Seen) -> Life | None:
    if each.first_seen is None or each.last_seen is None:
        return None
    ages = [_age(each, moment) for moment in (each.first_seen, each.last_seen)]
    return Life(
        outlet=each.outlet_id,
        first=min(ages),
        last=max(ages),
        edits=[(_age(each, one), _age(each, other)) for one, other in each.edits],
        gone=(_age(each, each.gone[0]), _age(each, each.gone[1])) if each.gone else None,
        section=section(each.url),
    )


def _age(each: Seen, moment: datetime) -> float:
    return max(0.0, (moment - each.born) / timedelta(days=1))


def _wish(each: Seen, rates: Rates, called: Collection[str], now: datetime) -> float:
    """Fetches a day that an article would have at the usual price."""
    if each.standing not in (Standing.LIVE, Standing.MOVED):
        return 1.0 if now - each.since < DOWN_FOR else 1 / 7
    history = History(
        standing=each.standing,
        discovered=each.born,
        published=each.born,
        last_checked=now,
        last_changed=each.last_changed,
        misses=0,
        first_seen=each.first_seen,
        edits=each.edits,
        section=section(each.url),
    )
    seen = outlook(history, rates)
    price = price_at(_age(each, now), PRICE / interest(each.found_in, called))
    return looks(seen.edits, seen.removals, price)


def _polite(connection: Connection, every: Mapping[int, Outlet], settings: Settings) -> dict[int, float]:
    """Fetches a day that the delay of each outlet's host leaves room for."""
    asked = {origin: _crawl_delay(body) for origin, body in hosts.robots_texts(connection).items()}
    found = {}
    for outlet_id, outlet in every.items():
        parts = urlsplit(outlet.home)
        wish = asked.get(f"{parts.scheme}://{parts.netloc}")
        delay = politeness.delay(outlet, home=settings.crawl.delay, crawl_delay=wish)
        found[outlet_id] = POLITE * 86_400 / max(delay, 0.01)
    return found


def _crawl_delay(body: str) -> float | None:
    return robots.read(200, body.encode()).crawl_delay


def _document(market: Market) -> dict[str, Any]:
    """As JSON; the edges are told, for what other edges said is no longer understood."""
    return {
        "edges": list(EDGES),
        "edits": list(market.rates.edits.rates),
        "removals": list(market.rates.removals.rates),
        "sections": dict(market.rates.sections),
        "price": [market.price.young, market.price.old],
        "wanted": [market.wanted.young, market.wanted.old],
        "most": market.most,
        "polite": market.polite,
    }


def _market(document: Mapping[str, Any]) -> Market:
    if document["edges"] != list(EDGES):
        return NOTHING
    rates = Rates(
        edits=Curve(EDGES, tuple(document["edits"])),
        removals=Curve(EDGES, tuple(document["removals"])),
        sections=document["sections"],
    )
    return Market(
        rates=rates,
        price=Lines(*document["price"]),
        wanted=Lines(*document["wanted"]),
        most=document["most"],
        polite=document["polite"],
    )


def last_look(found: Sequence[tuple[Article, History]]) -> datetime:
    """What counts as now, where what was just fetched is planned."""
    return max(history.last_checked for _, history in found)
