"""Who is told of what, over the API: alerts, rules, channels, snoozes. Secrets are named, never shown."""

from __future__ import annotations

import enum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from archive.alerting import kept_rules
from archive.db import alerts, walks
from archive.shapes.telling import (
    AlertRow,
    ChannelRow,
    RuleRow,
    SnoozeRow,
    alert_row,
    channel_row,
    rule_row,
    snooze_row,
    whole_alert_row,
)
from archive.web.api.answers import Desk, Listed, answer, desk, page, whole
from archive.web.api.asked import Cursor, Id, Limit, text

router = APIRouter(tags=["alerts"])

At = Annotated[Desk, Depends(desk)]

State = enum.StrEnum("State", [(name.upper(), name) for name in alerts.STATES])  # type: ignore[misc]


@router.get("/alerts", response_model=Listed[AlertRow])
def list_alerts(
    request: Request,
    at: At,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    rule: Annotated[str | None, text("Only those of this rule.", 100)] = None,
    channel: Annotated[str | None, text("Only those for this channel.", 100)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Alerts, the latest first: one for each rule and channel that wants to know of a thing."""
    with at.database.read() as connection:
        found = walks.alerts(
            connection,
            state=state.value if state else None,
            rule=rule,
            channel=channel,
            cursor=cursor,
            limit=limit,
        )
    return page(request, found, [alert_row(one) for one in found.items])


@router.get("/alerts/{id}", response_model=AlertRow)
def one_alert(request: Request, at: At, id: Id) -> Response:  # noqa: A002 - as the path has it
    """An alert with the words that it is about."""
    with at.database.read() as connection:
        found = alerts.by_id(connection, id)
    return answer(request, whole_alert_row(found))


@router.get("/rules", response_model=Listed[RuleRow])
def list_rules(request: Request, at: At) -> Response:
    """All rules by name: those of `stet.toml` and those that were made since."""
    settings = at.home.settings.alerts
    with at.database.read() as connection:
        kept = kept_rules(connection)
    rows = [rule_row(one, "stet.toml") for one in settings.rules.values()]
    rows += [rule_row(one, "made") for one in kept.values() if one.name not in settings.rules]
    return whole(request, sorted(rows, key=lambda row: row["name"]))


@router.get("/channels", response_model=Listed[ChannelRow])
def list_channels(request: Request, at: At) -> Response:
    """The ways to reach somebody; of an address only the host, of a secret only where it is kept."""
    return whole(request, [channel_row(one) for one in at.home.settings.alerts.channels.values()])


@router.get("/snoozes", response_model=Listed[SnoozeRow])
def list_snoozes(request: Request, at: At) -> Response:
    """What nobody wants to be told of for a while."""
    with at.database.read() as connection:
        found = alerts.snoozed(connection, at.now())
    return whole(request, [snooze_row(one) for one in found])
