"""The page of alerts: what is told, what waits, what reached nobody; rules, channels, and what is snoozed."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive.alerting import doubts, kept_rules
from archive.db import alerts, walks
from archive.domain.rules import KINDS
from archive.shapes.telling import channel_row, rule_row, snooze_row
from archive.web.pages.asked import Asked
from archive.web.pages.found import GONE
from archive.web.pages.frame import page
from archive.web.pages.room import Room

SHOWN: Final = 30


class Alerts(Room):
    """Alerts."""

    def page(self, request: Request) -> Response:
        """All of it."""
        asked, settings = Asked(request), self.views.home.settings.alerts
        state = asked.one_of("state", alerts.STATES)
        rule, after = asked.text("rule"), asked.text("after")
        with self.views.database.read() as connection:
            kept = kept_rules(connection)
            walk = walks.alerts(connection, state=state, rule=rule, cursor=after, limit=SHOWN)
            counts = self.counted.numbers.get("alerts", lambda: alerts.counts(connection))
            dead = alerts.unseen_dead(connection)
            asleep = [snooze_row(one) for one in alerts.snoozed(connection, self.views.now())]
            doubtful = doubts(connection, settings)
            outlets = self.counted.outlets(connection)
        rules = [rule_row(one, "stet.toml") for one in settings.rules.values()]
        rules += [rule_row(one, "made") for one in kept.values() if one.name not in settings.rules]
        return page(
            request,
            "alerts.html",
            walk=walk,
            first=after is None,
            state=state,
            rule=rule,
            states=alerts.STATES,
            counts=counts,
            dead=dead,
            snoozes=asleep,
            doubts=doubtful,
            rules=sorted(rules, key=lambda row: row["name"]),
            channel_rows=[channel_row(one) for one in settings.channels.values()],
            outlets=outlets,
            all_kinds=KINDS,
            all_standings=GONE,
            **self.rule_fields(),
        )
