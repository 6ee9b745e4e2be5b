"""The outbox: alerts that are due, gathered into messages, and which of those are tried when.

A message is claimed before it is tried: another process leaves it alone until the claim runs out, and a process
that is killed leaves nothing behind but that. What is tried again is the same message, by its key.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from archive.db.alerts import ACKNOWLEDGED, DEAD, IDS, OPEN, SENT, WAITING
from archive.db.rows import insert_id
from archive.db.tables import alerts, deliveries

LEASE: Final = timedelta(minutes=5)
"""For so long a claim holds: several times what one try may take."""

MOST: Final = 500
"""Alerts in one message. Chosen: a day on which a rule says more than that is read in parts."""


SEVERAL: Final = 3
"""Messages that failed: the receiver was away. One alone may be such that he never takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one channel, and how far it got."""

    id: int
    key: str
    rule: str
    channel: str
    state: str
    made: datetime
    tries: int  #: this one included
    tried: datetime | None
    next_try: datetime | None
    until: datetime
    last_error: str
    sent: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripe:
    """A rule that has something to tell a channel."""

    rule: str
    channel: str


# Gathering -----------------------------------------------------------------------------------------

_UNBOUND = (alerts.c.state.in_(OPEN), alerts.c.delivery_id.is_(None))


def ripe(connection: Connection, now: datetime) -> list[Ripe]:
    """Whose alerts are due and in no message yet."""
    query = select(alerts.c.rule, alerts.c.channel).distinct().where(*_UNBOUND, alerts.c.due <= now)
    return [Ripe(**row) for row in connection.execute(query.order_by("rule", "channel")).mappings()]


def put_off(connection: Connection, of: Ripe, now: datetime, until: datetime) -> None:
    """Let what is due wait until then."""
    due = (*_of(of), alerts.c.due <= now)
    connection.execute(alerts.update().where(*due).values(due=until))


def _of(of: Ripe) -> tuple[Any, ...]:
    return (*_UNBOUND, alerts.c.rule == of.rule, alerts.c.channel == of.channel)


def gather(
    connection: Connection, of: Ripe, key: str, *, due: datetime | None, now: datetime, until: datetime
) -> int | None:
    """Put what is due at `due` (None: all that waits) into one message, to be tried at once; its id.

    None where another process was quicker.
    """
    which = _of(of) if due is None else (*_of(of), alerts.c.due <= due)
    ids = connection.execute(select(alerts.c.id).where(*which).order_by(alerts.c.at, alerts.c.id).limit(MOST))
    chosen = list(ids.scalars())
    if not chosen:
        return None
    made = insert_id(connection, deliveries.insert().values(**_new(of.rule, of.channel, key, now, until)))
    bound = alerts.update().where(alerts.c.id.in_(chosen), *_UNBOUND)
    if not connection.execute(bound.values(delivery_id=made, state=WAITING)).rowcount:
        connection.execute(deliveries.delete().where(deliveries.c.id == made))
        return None
    return made


def add(connection: Connection, rule: str, channel: str, key: str, *, now: datetime, until: datetime) -> int:
    """A message that tells no alert: a test."""
    return insert_id(connection, deliveries.insert().values(**_new(rule, channel, key, now, until)))


def _new(rule: str, channel: str, key: str, now: datetime, until: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "rule": rule,
        "channel": channel,
        "state": WAITING,
        "made": now,
        "tries": 0,
        "next_try": now,
        "until": until,
        "last_error": "",
    }


# Trying --------------------------------------------------------------------------------------------


def channels_due(connection: Connection, now: datetime) -> list[str]:
    """The channels that have a message which is to be tried."""
    query = select(deliveries.c.channel).distinct().where(*_due(now))
    return sorted(connection.execute(query).scalars())


def _due(now: datetime) -> tuple[Any, ...]:
    return deliveries.c.state == WAITING, deliveries.c.next_try <= now


def due_of(connection: Connection, channel: str, now: datetime, *, but: Collection[int] = ()) -> Delivery | None:
    """The message of a channel that has waited longest to be tried."""
    query = select(deliveries).where(*_due(now), deliveries.c.channel == channel)
    query = query.where(deliveries.c.id.not_in(but)).order_by(deliveries.c.next_try, deliveries.c.id)
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None else Delivery(**row)


def claim(connection: Connection, delivery_id: int, now: datetime) -> Delivery | None:
    """The message, to be tried by whoever gets it here and nobody else; None where another was quicker."""
    mine = {"tries": deliveries.c.tries + 1, "tried": now, "next_try": now + LEASE}
    statement = deliveries.update().where(deliveries.c.id == delivery_id, *_due(now)).values(mine)
    if not connection.execute(statement).rowcount:
        return None
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).mappings().one()
    return Delivery(**row)


def done(connection: Connection, one: Delivery, at: datetime) -> None:
    """The receiver has had it since `at`. Where several others failed on the way there, they are tried now."""
    sent = {"state": SENT, "sent": at, "next_try": None, "last_error": ""}
    connection.execute(deliveries.update().where(deliveries.c.id == one.id).values(sent))
    told = alerts.c.delivery_id == one.id, alerts.c.state != ACKNOWLEDGED
    connection.execute(alerts.update().where(*told).values(state=SENT))
    others = select(deliveries.c.id, deliveries.c.tried, deliveries.c.next_try).where(
        deliveries.c.channel == one.channel,
        deliveries.c.state == WAITING,
        deliveries.c.last_error != "",
        deliveries.c.next_try > at,
    )
    idle = [row.id for row in connection.execute(others) if row.next_try != row.tried + LEASE]
    for start in range(0, len(idle) if len(idle) >= SEVERAL else 0, IDS):
        part = deliveries.c.id.in_(idle[start : start + IDS])
        connection.execute(deliveries.update().where(part).values(next_try=at))


def failed(connection: Connection, delivery_id: int, why: str, *, next_try: datetime | None) -> None:
    """The receiver has it not, or nobody knows; it is tried again then. None: it is dead."""
    values: dict[str, Any] = {"last_error": why, "next_try": next_try}
    if next_try is None:
        values["state"] = DEAD
        waiting = alerts.c.delivery_id == delivery_id, alerts.c.state.in_(OPEN)
        connection.execute(alerts.update().where(*waiting).values(state=DEAD))
    open_ = deliveries.c.id == delivery_id, deliveries.c.state == WAITING
    connection.execute(deliveries.update().where(*open_).values(values))


def wait(connection: Connection, one: Delivery, until: datetime) -> None:
    """It was not tried after all, and shall not be before then."""
    back = {"tries": one.tries - 1, "next_try": until}
    connection.execute(deliveries.update().where(deliveries.c.id == one.id).values(back))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How a channel has fared since it last took a message."""

    failures: int  #: messages that it did not take since then
    last: datetime | None  #: when it was last tried


def trouble(connection: Connection, channel: str) -> Trouble:
    """How the channel has fared."""
    of = deliveries.c.channel == channel
    last_sent = select(func.max(deliveries.c.sent)).where(of)
    since = connection.execute(last_sent).scalar()
    failures = select(func.count(), func.max(deliveries.c.tried)).where(
        of, deliveries.c.state != SENT, deliveries.c.last_error != "", deliveries.c.tried.is_not(None)
    )
    if since is not None:
        failures = failures.where(deliveries.c.tried > since)
    count, last = connection.execute(failures).one()
    return Trouble(failures=count, last=last)


def delivery(connection: Connection, delivery_id: int) -> Delivery:
    """The message with this id, which must exist."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).mappings().one()
    return Delivery(**row)
