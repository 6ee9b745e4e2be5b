"""Subscriptions at hubs: one a seed. Knows the table `subscriptions`, and when a seed that was pinged is due."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, or_, select

from archive.db.tables import outlets, seeds, subscriptions
from archive.domain import websub
from archive.domain.websub import Offer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a hub was asked to tell us, and how that stands."""

    seed_id: int
    seed: str  #: its URL
    outlet: str
    hub: str
    topic: str
    token: str  #: in the address that the hub calls
    secret: str
    state: State
    asked: datetime | None
    until: datetime | None  #: when it ends, unless it is renewed
    pinged: datetime | None
    failures: int  #: in a row
    next_try: datetime | None
    why: str  #: what came of the last try, where it failed


_SELECT = (
    select(subscriptions, seeds.c.url.label("seed"), outlets.c.name.label("outlet"))
    .join(seeds, seeds.c.id == subscriptions.c.seed_id)
    .join(outlets, outlets.c.id == seeds.c.outlet_id)
)


def _subscription(row: RowMapping) -> Subscription:
    return Subscription(**{**row, "state": State(row["state"])})


def _all(connection: Connection, query: Select[Any]) -> list[Subscription]:
    return [_subscription(row) for row in connection.execute(query).mappings()]


def listed(connection: Connection) -> list[Subscription]:
    """All of them, by outlet and seed."""
    return _all(connection, _SELECT.order_by(outlets.c.name, seeds.c.url))


def by_token(connection: Connection, token: str) -> Subscription | None:
    """The one that this token is known to."""
    return next(iter(_all(connection, _SELECT.where(subscriptions.c.token == token))), None)


def offered(connection: Connection, seed_id: int, offer: Offer | None, *, now: datetime) -> None:
    """Note what a seed offers; another hub or topic than before, or none, ends what there was.

    What the old hub sends after that finds no token any more.
    """
    held = connection.execute(
        select(subscriptions.c.hub, subscriptions.c.topic).where(subscriptions.c.seed_id == seed_id)
    ).first()
    if offer is not None and held is not None and (held.hub, held.topic) == (offer.hub, offer.topic):
        return
    if held is not None:
        connection.execute(subscriptions.delete().where(subscriptions.c.seed_id == seed_id))
    if offer is not None:
        statement = subscriptions.insert().values(
            seed_id=seed_id,
            hub=offer.hub,
            topic=offer.topic,
            token=secrets.token_urlsafe(24),
            secret=secrets.token_urlsafe(32),
            state=State.OFFERED.value,
            failures=0,
            next_try=now,
            why="",
        )
        connection.execute(statement)


def due(connection: Connection, now: datetime, *, limit: int) -> list[Subscription]:
    """Those of which something is to be done, of outlets that are not paused; who waits longest, first."""
    query = _SELECT.where(subscriptions.c.next_try <= now, outlets.c.paused.is_(False))
    return _all(connection, query.order_by(subscriptions.c.next_try, subscriptions.c.seed_id).limit(limit))


def asking(connection: Connection, one: Subscription, *, now: datetime) -> None:
    """The hub is being asked: from now on it may verify, even before it answers."""
    held = one.until is not None and one.until > now
    state = State.RENEWING if held else State.ASKED
    _write(connection, one, state=state.value, asked=now, next_try=now + websub.VERIFIED_WITHIN)


def failed(
    connection: Connection,
    one: Subscription,
    why: str,
    *,
    now: datetime,
    refused: bool = False,
    rest: timedelta = timedelta(0),
) -> None:
    """The hub did not answer, refused, or never verified; what it still holds stays held to its end.

    `rest` is what it asked for itself, at least.
    """
    held = by_token(connection, one.token)
    if held is None or (held.state is State.HELD and not refused):
        return  # it verified while we waited for its answer
    lasts = held.until is not None and held.until > now and not refused
    failures = held.failures + 1
    _write(
        connection,
        held,
        state=State.HELD.value if lasts else State.REFUSED.value,
        failures=failures,
        next_try=now + max(websub.pause(failures), rest),
        why=why,
        **({} if lasts else {"until": None}),
    )


def hold_off(connection: Connection, one: Subscription, until: datetime) -> None:
    """Ask later: the hub's host wants to be left alone, and nothing failed."""
    _write(connection, one, next_try=until)


def verified(connection: Connection, one: Subscription, granted: timedelta, *, now: datetime) -> None:
    """The hub came back, and will tell us for so long."""
    _write(
        connection,
        one,
        state=State.HELD.value,
        until=now + granted,
        failures=0,
        next_try=websub.renewal(now, granted),
        why="",
    )


def pinged(connection: Connection, one: Subscription, *, now: datetime) -> None:
    """Its topic has news, as the hub says: the seed is due, now or as soon as it may be read again."""
    _write(connection, one, pinged=now)
    last_read = connection.execute(select(seeds.c.last_fetched).where(seeds.c.id == one.seed_id)).scalar()
    at = websub.due(now, last_read)
    later = or_(seeds.c.next_check.is_(None), seeds.c.next_check > at)
    connection.execute(seeds.update().where(seeds.c.id == one.seed_id, later).values(next_check=at))


def _write(connection: Connection, one: Subscription, **values: object) -> None:
    """Only of the one that it was: the seed may offer another hub by now."""
    same = subscriptions.c.seed_id == one.seed_id, subscriptions.c.token == one.token
    connection.execute(subscriptions.update().where(*same).values(**values))
