"""When an article is fetched next, and all that this follows from. It only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from archive.db import hints, hosts, outages, outlets, rates, record, tags
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.hints import Hint
from archive.db.record import FetchRow
from archive.domain.interest import BY_HAND
from archive.domain.times import ago, stamp
from archive.settings import Settings
from scheduler import planning
from scheduler.planning import Market
from scheduler.recrawl import History, Outlook, age, outlook, words

DAY: Final = timedelta(days=1)

LAST: Final = 5
"""Fetches that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What is known of an article's next fetch."""

    article: Article
    now: datetime
    paused: bool  #: its outlet
    outage: str  #: of its outlet; empty where there is none
    history: History | None  #: None: it was never fetched
    outlook: Outlook | None
    market: Market
    price: float
    budgets: tuple[int, int]  #: fetches of its outlet a day, and of all
    spent: int  #: fetches of its outlet within the last day
    tags: tuple[str, ...]
    hints: tuple[Hint, ...]
    held: tuple[datetime, str] | None  #: until when its host is to be left alone, and why
    fetches: tuple[FetchRow, ...]


def why(connection: Connection, settings: Settings, article: Article, now: datetime) -> Why:
    """Gather what an article's next fetch follows from."""
    history = planning.histories(connection, [article], set(), {}).get(article.id)
    market = planning.market(connection, article.outlet_id)
    host = urlsplit(article.url).hostname or ""
    open_ = outages.open_at(connection, article.outlet_id, now)
    return Why(
        article=article,
        now=now,
        paused=outlets.by_id(connection, article.outlet_id).paused,
        outage=open_.why if open_ is not None else "",
        history=history,
        outlook=outlook(history, market.rates) if history is not None else None,
        market=market,
        price=market.price.at(age(history)) if history is not None else market.price.young,
        budgets=(settings.recrawl.outlet_per_day, settings.recrawl.per_day),
        spent=rates.looks_since(connection, article.outlet_id, now - DAY),
        tags=tuple(sorted(tags.of_article(connection, article.id))),
        hints=tuple(hints.listed(connection, article.id, open_only=True)),
        held=next(((until, said) for one, until, said in hosts.held(connection, now) if one == host), None),
        fetches=tuple(record.fetches_of(connection, article.id, limit=LAST)),
    )


def row(of: Why) -> dict[str, Any]:
    """For scripts."""
    article, seen = of.article, of.outlook
    return {
        "url": article.url,
        "outlet": article.outlet,
        "standing": article.held.standing.value,
        "since": article.since,
        "next_check": article.next_check,
        "why": article.next_why,
        "paused": of.paused,
        "outage": of.outage or None,
        "published": article.published,
        "last_checked": article.last_checked,
        "last_changed": article.last_changed,
        "edits_a_day": seen.edits if seen else None,
        "removals_a_day": seen.removals if seen else None,
        "restlessness": seen.times if seen else None,
        "edits_seen": len(of.history.edits) if of.history else 0,
        "interest": of.history.interest if of.history else None,
        "tags": list(of.tags),
        "price": of.price,
        "wanted_per_day": of.market.wanted.young + of.market.wanted.old,
        "most_per_day": of.market.most or None,
        "spent_last_day": of.spent,
        "hints": [{"kind": hint.kind, "at": hint.at, "why": hint.why} for hint in of.hints],
        "host_held_until": of.held[0] if of.held else None,
        "fetches": [
            {"began": one.began, "status": one.status, "presence": one.presence, "why": one.why}
            for one in of.fetches
        ],
    }


def lines(of: Why) -> Iterator[tuple[str, str]]:
    """For people: name and value."""
    article = of.article
    yield "next fetch", _next(of)
    yield "standing", f"{article.held.standing.value.replace('_', ' ')} {_since(of)}"
    if of.history is not None and of.outlook is not None:
        yield "edits", _edits(of.history, of.outlook, article)
        yield "removal", f"{_rate(of.outlook.removals)} of its age at {article.outlet}"
        yield "interest", _interest(of, of.history.interest)
    for hint in of.hints:
        yield "hint", f"{hint.why or hint.kind.replace('_', ' ')} ({ago(hint.at, of.now)})"
    yield "budget", _budget(of)
    yield "politeness", _politeness(of)
    for one in of.fetches:
        status = f"{one.status}, " if one.status is not None else ""
        yield (
            "fetched",
            f"{ago(one.began, of.now)}: {status}{one.presence or one.trouble or 'not judged'}: {one.why}",
        )


def _next(of: Why) -> str:
    article = of.article
    if of.paused:
        return "never, while its outlet is paused; 'stet outlet pause --help' tells how it goes on"
    if article.next_check is None:
        return "as soon as the fetch under way is judged and the next one planned"
    due = "as soon as its turn comes, it was due" if article.next_check <= of.now else "due"
    return f"{due} {ago(article.next_check, of.now)} ({stamp(article.next_check)} UTC): {article.next_why}"


def _since(of: Why) -> str:
    article = of.article
    seen = f", last seen {ago(article.last_seen, of.now)}" if article.last_seen else ", never seen"
    outage = f"; its outlet has an outage: {of.outage}" if of.outage else ""
    return f"since {stamp(article.since)} UTC{seen}{outage}"


def _edits(history: History, seen: Outlook, article: Article) -> str:
    own = len(history.edits)
    known = f"{own} {'edit was' if own == 1 else 'edits were'} seen" if own else "none was seen"
    times = (
        f"so it is {seen.times:.1f} times as restless as others of {article.outlet}"
        if seen.times >= 1.05
        else f"so it is {1 / seen.times:.1f} times as calm as others of {article.outlet}"
        if seen.times <= 1 / 1.05
        else f"it is like others of {article.outlet}"
    )
    return f"{_rate(seen.edits)} now; {known}, {times}"


def _rate(a_day: float) -> str:
    """A rate for people: "about one in 9 days"."""
    return f"about one in {words(min(1 / a_day, 36_525) * DAY)}"


def _interest(of: Why, times: float) -> str:
    said = [*(["watched singly"] if of.article.found_in == BY_HAND else []), *(f"tagged {t}" for t in of.tags)]
    return f"{', '.join(said)}: matters {times:g} times as much as others" if said else "as others"


def _budget(of: Why) -> str:
    market, (own, total) = of.market, of.budgets
    said = f"{of.article.outlet} had {of.spent:,} fetches within a day, and may have {own:,} (all: {total:,})"
    if of.price <= 1.0:
        return f"{said}; no budget makes this article wait"
    wanted = market.wanted.young + market.wanted.old
    reason = (
        "its host's delay leaves no more room"
        if market.polite and wanted > market.most
        else "that is more than its budget"
        if wanted > market.most
        else "all outlets together want more than there is"
        if of.price == market.price.young
        else "its old articles want more than their share"
    )
    return f"{said}; {wanted:,.0f} would be wanted and {reason}: pauses are {of.price**0.5:.1f} times as long"


def _politeness(of: Why) -> str:
    if of.held is None:
        return f"{urlsplit(of.article.url).hostname} may be asked"
    until, reason = of.held
    return f"{urlsplit(of.article.url).hostname} is to be left alone until {stamp(until)} UTC: {reason}"
