"""What is found → alerts, in the transaction of what they tell of: with it they are kept, or with it they are not.

Knows which rules there are: those of `stet.toml`, and those that were made since, which the database holds. A name
that stands in both is the file's. Refuses to send: what waits is the business of `archive.outbox`. All times are
those of what was found, never "now", so that what a crash left is told as it would have been.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from archive.alert_settings import rule_in
from archive.db import alerts, events
from archive.db.engine import Connection
from archive.domain.dues import due
from archive.domain.rules import WATCH, Event, Rule, What
from archive.domain.telling import matches, packed
from archive.errors import Misuse
from archive.settings import AlertSettings
from archive.values import zone
from archive.visits import Finding

logger = logging.getLogger(__name__)


def rules_of(connection: Connection, settings: AlertSettings) -> dict[str, Rule]:
    """All rules that hold, by name."""
    return kept_rules(connection) | dict(settings.rules)


def kept_rules(connection: Connection) -> dict[str, Rule]:
    """The rules that the database holds. One that cannot be read any more is passed over, and said to be."""
    found = dict[str, Rule]()
    for name, document in alerts.rules(connection).items():
        try:
            found[name] = rule_in(name, document, f"rule {name}")
        except Misuse as error:
            logger.warning("%s; nothing is told by it; 'stet rule remove %s' ends it", error, name)
    return found


@dataclass(frozen=True, slots=True)
class Alerting:
    """Writes down who is to be told of what."""

    settings: AlertSettings
    since: datetime | None = None  #: what was found before that was told before

    def only_since(self, moment: datetime) -> Alerting:
        """The same, for a history that is found out anew."""
        return replace(self, since=moment)

    def note(self, connection: Connection, finding: Finding) -> int:
        """Write the alerts that a finding makes; how many. Told again, it makes none."""
        if not finding.alert or finding.what not in tuple(What) or (self.since and finding.at < self.since):
            return 0
        rules = rules_of(connection, self.settings)
        if not rules:
            return 0
        event = _event(connection, finding, rules)
        return self._write(connection, event, rules) if event is not None else 0

    def watch(self, connection: Connection, key: str, text: str, at: datetime, *, outlet: str = "") -> int:
        """Write the alerts that a word of the daemon about itself makes. By one `key` a thing is told once."""
        event = Event(what=What.WATCH, id=0, at=at, text=text, outlet=outlet, kinds=(WATCH,), mark=key)
        return self._write(connection, event, rules_of(connection, self.settings))

    def _write(self, connection: Connection, event: Event, rules: Mapping[str, Rule]) -> int:
        written, where = 0, zone(self.settings.timezone)
        assert where is not None  # or the settings would have been refused
        document = packed(event)
        for rule in rules.values():
            if not matches(rule, event):
                continue
            when = due(event.at, rule.pace, rule.quiet, zone=where, gather=self.settings.gather)
            for channel in dict.fromkeys(rule.channels):
                written += alerts.add(connection, rule.name, channel, event, document, due=when)
        return written


def _event(connection: Connection, finding: Finding, rules: Mapping[str, Rule]) -> Event | None:
    named = {address for rule in rules.values() for address in rule.articles}
    if finding.what == What.CHANGE:
        return events.of_change(connection, finding.id, named, title=finding.title)
    if finding.what == What.STANDING:
        return events.of_standing(connection, finding.id, named, text=finding.text)
    return events.of_outlet(
        connection,
        finding.id,
        named,
        kind=finding.kind,
        outlet=finding.outlet,
        title=finding.title,
        url=finding.url,
        at=finding.at,
        text=finding.text,
    )
