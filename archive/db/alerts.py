"""Alerts that wait, rules that stand in no settings file, and what nobody wants to be told of for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, literal, or_, select

from archive.db.rows import insert
from archive.db.tables import alert_rules, alerts, deliveries, snoozes
from archive.domain.rules import Event
from archive.domain.telling import unpacked
from archive.errors import NothingFound

WAITING: Final = "waiting"
SNOOZED: Final = "snoozed"  #: waiting too, until the end of a snooze
SENT: Final = "sent"
DEAD: Final = "dead"
ACKNOWLEDGED: Final = "acknowledged"  #: somebody knows it already, so that nobody was told
STATES: Final = (WAITING, SNOOZED, SENT, DEAD, ACKNOWLEDGED)

OPEN: Final = (WAITING, SNOOZED)
"""States of what is still to be told."""

IDS: Final = 500
"""So many ids go into one statement; SQLite takes at most 32,766."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to tell one channel, and what became of it."""

    id: int
    rule: str
    channel: str
    outlet: str
    url: str
    at: datetime
    due: datetime
    state: str
    acknowledged: datetime | None
    delivery_id: int | None
    key: str  #: of the message that it is in; empty while it is in none
    tries: int
    next_try: datetime | None
    sent: datetime | None
    last_error: str
    event: Event


# Rules ---------------------------------------------------------------------------------------------


def rules(connection: Connection) -> dict[str, Mapping[str, Any]]:
    """The kept rules by name, each as its table in the settings file would say it."""
    query = select(alert_rules.c.name, alert_rules.c.document).order_by(alert_rules.c.name)
    return {row.name: row.document for row in connection.execute(query)}


def save_rule(connection: Connection, name: str, document: Mapping[str, Any], *, now: datetime) -> None:
    """Keep a rule, in the place of the one that has its name."""
    statement = insert(connection, alert_rules).values(name=name, document=dict(document), added=now)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"document": dict(document)})
    connection.execute(statement)


def remove_rule(connection: Connection, name: str) -> None:
    """Forget a rule; raises `NothingFound`."""
    if not connection.execute(alert_rules.delete().where(alert_rules.c.name == name)).rowcount:
        raise NothingFound(
            f"rule '{name}': there is none of this name here; 'stet rule list' shows those that are"
        )


# What is to be told --------------------------------------------------------------------------------


def add(
    connection: Connection, rule: str, channel: str, event: Event, document: Mapping[str, Any], *, due: datetime
) -> int:
    """Write down that it is to be told at `due`, or when a snooze ends; 0 where that stands there already."""
    until = snoozed_until(connection, scopes_of(rule, event.outlet, event.url), event.at)
    statement = insert(connection, alerts).values(
        rule=rule,
        channel=channel,
        subject=event.subject,
        outlet=event.outlet,
        url=event.url,
        at=event.at,
        due=due if until is None else max(due, until),
        state=WAITING if until is None else SNOOZED,
        document=dict(document),
    )
    statement = statement.on_conflict_do_nothing(index_elements=["rule", "subject", "channel"])
    return int(connection.execute(statement).rowcount > 0)


ALERTS = (
    select(
        alerts,
        func.coalesce(deliveries.c.key, "").label("key"),
        func.coalesce(deliveries.c.tries, 0).label("tries"),
        deliveries.c.next_try,
        deliveries.c.sent,
        func.coalesce(deliveries.c.last_error, "").label("last_error"),
    )
    .select_from(alerts)
    .outerjoin(deliveries, deliveries.c.id == alerts.c.delivery_id)
)


def as_alert(row: RowMapping) -> Alert:
    """The alert in a row of `ALERTS`."""
    plain = {name: row[name] for name in Alert.__slots__ if name != "event"}
    return Alert(event=unpacked(row["document"]), **plain)


def listed(
    connection: Connection,
    *,
    state: str | None = None,
    rule: str | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> list[Alert]:
    """Alerts for people, the latest first."""
    query = ALERTS.order_by(alerts.c.at.desc(), alerts.c.id.desc()).limit(limit)
    for column, wanted in ((alerts.c.state, state), (alerts.c.rule, rule), (alerts.c.channel, channel)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [as_alert(row) for row in connection.execute(query).mappings()]


def about(connection: Connection, urls: Sequence[str], *, limit: int) -> list[Alert]:
    """What is to be told, or was, of the article that these addresses lead to, the latest first."""
    query = ALERTS.where(alerts.c.url.in_(urls[:IDS])).order_by(alerts.c.at.desc(), alerts.c.id.desc())
    return [as_alert(row) for row in connection.execute(query.limit(limit)).mappings()]


def by_id(connection: Connection, alert_id: int) -> Alert:
    """The alert with this id; raises `NothingFound`."""
    row = connection.execute(ALERTS.where(alerts.c.id == alert_id)).mappings().first()
    if row is None:
        raise NothingFound(f"alert {alert_id}: there is none; 'stet alerts list' shows those that there are")
    return as_alert(row)


def of_delivery(connection: Connection, delivery_id: int) -> list[Alert]:
    """What one message tells, in the order in which it was found."""
    query = ALERTS.where(alerts.c.delivery_id == delivery_id).order_by(alerts.c.at, alerts.c.id)
    return [as_alert(row) for row in connection.execute(query).mappings()]


def counts(connection: Connection) -> dict[str, int]:
    """How many alerts there are, by state."""
    query = select(alerts.c.state, func.count()).group_by(alerts.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting(connection: Connection) -> int:
    """How many alerts are still to be told."""
    query = select(func.count()).select_from(alerts).where(alerts.c.state.in_(OPEN))
    return int(connection.execute(query).scalar_one())


def unseen_dead(connection: Connection) -> int:
    """How many alerts reached nobody and were not acknowledged."""
    which = alerts.c.state == DEAD, alerts.c.acknowledged.is_(None)
    return int(connection.execute(select(func.count()).select_from(alerts).where(*which)).scalar_one())


def acknowledge(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Somebody knows of these: what was not sent yet is not sent any more."""
    for part in _parts(ids):
        unsent = case((alerts.c.state.in_(OPEN), ACKNOWLEDGED), else_=alerts.c.state)
        first = func.coalesce(alerts.c.acknowledged, literal(now, alerts.c.acknowledged.type))
        connection.execute(alerts.update().where(alerts.c.id.in_(part)).values(acknowledged=first, state=unsent))


def unknown_of(connection: Connection, rule: str) -> list[int]:
    """The alerts of a rule that nobody has acknowledged."""
    which = alerts.c.rule == rule, alerts.c.acknowledged.is_(None)
    return list(connection.execute(select(alerts.c.id).where(*which).order_by(alerts.c.id)).scalars())


def missing(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Which of these ids are of no alert."""
    known: set[int] = set()
    for part in _parts(ids):
        known |= set(connection.execute(select(alerts.c.id).where(alerts.c.id.in_(part))).scalars())
    return [each for each in ids if each not in known]


def revive(connection: Connection, ids: Sequence[int] | None, *, now: datetime, until: datetime) -> int:
    """Let dead alerts wait again, those with these ids or all; how many. Their messages stay the same ones."""
    which: list[ColumnElement[bool]] = [alerts.c.state == DEAD]
    revived = 0
    for part in _parts(ids) if ids is not None else [None]:
        chosen = [*which, alerts.c.id.in_(part)] if part is not None else which
        messages = set(connection.execute(select(alerts.c.delivery_id).where(*chosen)).scalars())
        for message in filter(None, messages):
            again = {"state": WAITING, "tries": 0, "next_try": now, "until": until}
            connection.execute(deliveries.update().where(deliveries.c.id == message).values(again))
            of_it = alerts.c.delivery_id == message, alerts.c.state == DEAD
            revived += connection.execute(alerts.update().where(*of_it).values(state=WAITING)).rowcount
    return revived


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + IDS] for start in range(0, len(ids), IDS))


# Snoozes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """What nobody wants to be told of until then."""

    scope: str  #: `article:URL`, `outlet:NAME`, `rule:NAME`
    until: datetime
    made: datetime


def scopes_of(rule: str, outlet: str, url: str) -> tuple[str, str, str]:
    """The scopes that an alert is in."""
    return f"rule:{rule}", f"outlet:{outlet}", f"article:{url}"


def snooze(connection: Connection, scope: str, *, until: datetime, now: datetime) -> int:
    """Tell nobody of what is in `scope` before `until`, and then all at once; how many alerts wait for that now.

    It takes the place of an earlier snooze of the scope; one that is over at once ends it.
    """
    connection.execute(snoozes.delete().where(or_(snoozes.c.scope == scope, snoozes.c.until <= now)))
    if until > now:
        connection.execute(snoozes.insert().values(scope=scope, until=until, made=now))
        return _put_off(connection, scope, until)
    awake = _in_scope(scope), alerts.c.delivery_id.is_(None), alerts.c.state == SNOOZED
    woken = connection.execute(alerts.update().where(*awake).values(state=WAITING, due=now)).rowcount
    for other in snoozed(connection, now):
        _put_off(connection, other.scope, other.until)
    return woken


def _put_off(connection: Connection, scope: str, until: datetime) -> int:
    end = literal(until, alerts.c.due.type)
    later = case((alerts.c.due > end, alerts.c.due), else_=end)
    waiting = _in_scope(scope), alerts.c.delivery_id.is_(None), alerts.c.state.in_(OPEN)
    return connection.execute(alerts.update().where(*waiting).values(state=SNOOZED, due=later)).rowcount


def _in_scope(scope: str) -> ColumnElement[bool]:
    kind, _, name = scope.partition(":")
    return {"rule": alerts.c.rule, "outlet": alerts.c.outlet, "article": alerts.c.url}[kind] == name


def snoozed_until(connection: Connection, scopes: Iterable[str], now: datetime) -> datetime | None:
    """When the last snooze ends that holds at `now` for one of these scopes; None where there is none."""
    query = select(func.max(snoozes.c.until)).where(snoozes.c.scope.in_(list(scopes)), snoozes.c.until > now)
    return connection.execute(query).scalar()


def snoozed(connection: Connection, now: datetime) -> list[Snooze]:
    """The snoozes that hold at `now`, those that end first, first."""
    query: Select[Any] = select(snoozes.c.scope, snoozes.c.until, snoozes.c.made).where(snoozes.c.until > now)
    return [Snooze(**row) for row in connection.execute(query.order_by(snoozes.c.until)).mappings()]
