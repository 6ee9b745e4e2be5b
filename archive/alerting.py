"""What is found → alerts, in the transaction of what they tell of: with it they are kept, or with it they are not.

Knows which rules there are: those of `stet.toml`, and those that were made since, which the database holds. A name
that stands in both is the file's. Refuses to send: what waits is the business of `archive.outbox`. All times are
those of what was found, never "now", so that what a crash left is told as it would have been.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from archive.alert_settings import rule_in
from archive.db import alerts, events, outlets
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


def doubts(connection: Connection, settings: AlertSettings) -> list[str]:
    """What of the rules names something that there is not, one line each: nobody is told by it."""
    known = {outlet.name for outlet in outlets.all_outlets(connection).values()}
    found = list[str]()
    for rule in rules_of(connection, settings).values():
        for name in rule.outlets:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                hint = f"did you mean '{near[0]}'?" if near else "'stet outlet list' shows those that are watched"
                found.append(f"rule '{rule.name}': there is no outlet '{name}'; {hint}")
        for name in rule.channels:
            if name not in settings.channels:
                found.append(
                    f"rule '{rule.name}': there is no channel '{name}' in stet.toml; make one, or remove it"
                )
    for name in sorted(alerts.rules(connection).keys() & settings.rules):
        found.append(f"rule '{name}': the one in stet.toml holds; 'stet rule remove {name}' forgets the other one")
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
        written, document = 0, packed(event)
        for rule in rules.values():
            if not matches(rule, event):
                continue
            when = _due(rule, event, self.settings)
            for channel in dict.fromkeys(rule.channels):
                written += alerts.add(connection, rule.name, channel, event, document, due=when)
        return written


def taken(
    connection: Connection, settings: AlertSettings, rule: Rule, since: datetime
) -> Iterator[tuple[Event, datetime]]:
    """What of the history since then a rule would have told, and when; the latest found first."""
    for event in events.history(connection, since, rule.articles):
        if matches(rule, event):
            yield event, _due(rule, event, settings)


def _due(rule: Rule, event: Event, settings: AlertSettings) -> datetime:
    where = zone(settings.timezone)
    assert where is not None  # or the settings would have been refused
    return due(event.at, rule.pace, rule.quiet, zone=where, gather=settings.gather)


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
