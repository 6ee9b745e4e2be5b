"""Alerts, rules, channels and snoozes as rows. Secrets are named, never shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NotRequired
from urllib.parse import urlsplit

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from archive.alert_settings import ChannelSettings
    from archive.db.alerts import Alert, Snooze
    from archive.domain.rules import Rule


class AlertRow(TypedDict):
    """One thing to tell one channel, and what became of it."""

    id: int
    state: str
    """`waiting`, `snoozed`, `sent`, `dead` or `acknowledged`."""
    rule: str
    channel: str
    what: str
    """What it tells of: `change`, `standing` or `notice`."""
    at: datetime
    outlet: str
    url: str
    title: str
    text: str
    kinds: list[str]
    weight: float
    stealth: bool
    standing: str | None
    subject: str
    due: datetime
    message: str | None
    """The key of the message that it is in."""
    tries: int
    next_try: datetime | None
    sent: datetime | None
    last_error: str | None
    acknowledged: datetime | None
    removed: NotRequired[str]
    """The words that a change took out, where one alert is asked for."""
    added: NotRequired[str]
    """The words that it put in."""


def alert_row(alert: Alert) -> AlertRow:
    """An alert."""
    event = alert.event
    return {
        "id": alert.id,
        "state": alert.state,
        "rule": alert.rule,
        "channel": alert.channel,
        "what": event.what.value,
        "at": alert.at,
        "outlet": alert.outlet,
        "url": alert.url,
        "title": event.title,
        "text": event.text,
        "kinds": list(event.kinds),
        "weight": event.weight,
        "stealth": event.stealth,
        "standing": event.standing or None,
        "subject": event.subject,
        "due": alert.due,
        "message": alert.key or None,
        "tries": alert.tries,
        "next_try": alert.next_try if alert.state == "waiting" else None,
        "sent": alert.sent,
        "last_error": alert.last_error or None,
        "acknowledged": alert.acknowledged,
    }


def whole_alert_row(alert: Alert) -> AlertRow:
    """An alert with the words that it is about."""
    return {**alert_row(alert), "removed": alert.event.removed, "added": alert.event.added}


_Source = TypedDict("_Source", {"from": str})


class RuleRow(_Source):
    """Who is told of what; `from` is `stet.toml`, or `made` where it was made by a command or here."""

    name: str
    channels: list[str]
    outlets: list[str]
    articles: list[str]
    tags: list[str]
    dossiers: list[str]
    kinds: list[str]
    removed: list[str]
    added: list[str]
    standings: list[str]
    min_weight: float
    stealth: bool
    pace: str
    quiet: str | None
    """Hours in which nobody is told: `22:00-07:00`."""
    about: str
    """The rule in words."""
    version: str
    """Names the rule as it is now; `If-Match` takes it, in double quotes."""


def rule_row(one: Rule, source: str) -> RuleRow:
    """A rule, and where it stands."""
    from archive.alert_settings import rule_as_table, rule_version
    from archive.domain.rules import sentence

    return {
        "name": one.name,
        "channels": list(one.channels),
        "outlets": list(one.outlets),
        "articles": list(one.articles),
        "tags": list(one.tags),
        "dossiers": list(one.dossiers),
        "kinds": list(one.kinds),
        "removed": list(one.removed),
        "added": list(one.added),
        "standings": list(one.standings),
        "min_weight": one.min_weight,
        "stealth": one.stealth,
        "pace": one.pace.value,
        "quiet": rule_as_table(one).get("quiet"),
        "about": sentence(one),
        "version": rule_version(one),
        "from": source,
    }


_Sender = TypedDict("_Sender", {"from": str})


class ChannelRow(_Sender):
    """A way to reach somebody; `from` is the sender of its letters."""

    name: str
    kind: str
    """`email`, `webhook` or `apprise`."""
    goal: str
    """Whom it reaches, in words."""
    to: list[str]
    server: str
    tls: str
    user: str
    url: str
    """An address without its path, which often is the secret of a webhook."""
    secret: str
    """Where the secret is kept: `env:NAME` or `file:PATH`. Never the secret."""
    ca_bundle: str


def channel_row(one: ChannelSettings) -> ChannelRow:
    """A channel."""
    via = f" by {one.server}" + ("" if one.tls == "starttls" else f", tls {one.tls}")
    return {
        "name": one.name,
        "kind": one.kind,
        "goal": ", ".join(one.to) + via if one.kind == "email" else _shown(one.url),
        "to": list(one.to),
        "from": one.sender,
        "server": one.server,
        "tls": one.tls if one.kind == "email" else "",
        "user": one.user,
        "url": _shown(one.url),
        "secret": one.secret,
        "ca_bundle": one.ca_bundle,
    }


def _shown(url: str) -> str:
    """An address without its path, which often is the secret of a webhook."""
    if not url.startswith(("http://", "https://")):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" + (
        "…" if parts.path.strip("/") or parts.query else ""
    )


class SnoozeRow(TypedDict):
    """What nobody wants to be told of for a while."""

    kind: str
    """`article`, `outlet` or `rule`."""
    name: str
    """Its address or name."""
    until: datetime
    made: datetime


def snooze_row(one: Snooze) -> SnoozeRow:
    """A snooze."""
    kind, _, name = one.scope.partition(":")
    return {"kind": kind, "name": name, "until": one.until, "made": one.made}
