"""Channels and rules of alerts, as `[alerts.channels.NAME]` and `[alerts.rules.NAME]` say them.

Secrets never stand here: a key, a password or an address that is itself a secret is named by `env:NAME`, a
variable of the environment, or by `file:PATH`, a file that nobody else may read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import time
from typing import Any, Final

from archive.domain.model import Standing
from archive.domain.rules import KINDS as RULE_KINDS
from archive.domain.rules import Pace, Quiet, Rule
from archive.errors import Misuse
from archive.values import refuse_unknown

_NAME = re.compile("[a-z0-9][a-z0-9-]{0,62}")
_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One way to reach somebody."""

    kind: str  #: `email`, `webhook` or `apprise`
    name: str = ""
    to: tuple[str, ...] = ()  #: e-mail addresses
    sender: str = ""  #: the e-mail address that it comes from
    server: str = ""  #: `host` or `host:port` of the mail server
    tls: str = "starttls"  #: `starttls`, `tls`, or `none`, to this machine only
    user: str = ""
    url: str = ""  #: of a webhook; or `env:NAME` or `file:PATH`, for Apprise always so
    secret: str = ""  #: where the password or the key of signatures is: `env:NAME` or `file:PATH`


KINDS: Final = ("email", "webhook", "apprise")


def channels_in(value: Any, where: str) -> dict[str, ChannelSettings]:
    """Read the table of channels. Raises `Misuse`."""
    return {name: _channel(name, given, f"{where}.{name}") for name, given in _named(value, where).items()}


def rules_in(value: Any, where: str) -> dict[str, Rule]:
    """Read the table of rules. Raises `Misuse`."""
    return {name: rule_in(name, given, f"{where}.{name}") for name, given in _named(value, where).items()}


def rule_in(name: str, given: Mapping[str, Any], where: str) -> Rule:
    """Read one rule. Raises `Misuse`."""
    known = {f.name: f for f in fields(Rule) if f.name != "name"}
    refuse_unknown(given, known, where=where, what="key")
    values: dict[str, Any] = {}
    for key, value in given.items():
        default = known[key].default
        if key == "pace":
            if value not in tuple(Pace):
                raise Misuse(f"{where} pace: {value!r} is none; write one of {', '.join(Pace)}")
            values[key] = Pace(value)
        elif key == "quiet":
            values[key] = quiet_in(value, f"{where} quiet")
        elif isinstance(default, bool):
            if not isinstance(value, bool):
                raise Misuse(f"{where} {key}: expected true or false, got {value!r}")
            values[key] = value
        elif isinstance(default, float):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise Misuse(f"{where} {key}: expected a number from 0 to 1, got {value!r}")
            values[key] = float(value)
        else:
            values[key] = _listed(key, _texts(value, f"{where} {key}"), f"{where} {key}")
    if not values.get("channels"):
        raise Misuse(f'{where} channels: name the channels that it speaks to: channels = ["desk"]')
    return Rule(name=name, **values)


def rule_as_table(rule: Rule) -> dict[str, Any]:
    """The table that `rule_in` reads the same rule from; what is as by default is left out."""
    table: dict[str, Any] = {}
    for spec in fields(Rule):
        value = getattr(rule, spec.name)
        if spec.name == "name" or value == spec.default:
            continue
        if isinstance(value, Quiet):
            value = f"{value.start:%H:%M}-{value.end:%H:%M}"
        table[spec.name] = list(value) if isinstance(value, tuple) else value
    return table


def require_channels(rules: Mapping[str, Rule], channels: Collection[str], where: str) -> None:
    """Refuse rules that speak to channels that there are not. Raises `Misuse`."""
    for rule in rules.values():
        for name in rule.channels:
            if name not in channels:
                near = difflib.get_close_matches(name, channels, n=1, cutoff=0.5)
                hint = f"did you mean '{near[0]}'?" if near else f"make one: [alerts.channels.{name}]"
                raise Misuse(f"{where}.{rule.name} channels: there is no channel '{name}'; {hint}")


def _listed(key: str, values: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Texts of a rule that must be names of something, or addresses."""
    known = {"kinds": RULE_KINDS, "standings": tuple(Standing)}.get(key)
    if key == "articles":
        from archive.domain.urls import InvalidUrl, normalise  # some hundredths of a second, which few need

        try:
            return tuple(map(normalise, values))
        except InvalidUrl as error:
            raise Misuse(f"{where}: {error}") from None
    for value in values:
        if known is not None and value not in known:
            near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else "there are " + ", ".join(known)
            raise Misuse(f"{where}: {value!r} is none; {hint}")
        if key in ("removed", "added") and not any(letter.isalnum() for letter in value):
            raise Misuse(f"{where}: {value!r} holds no word; write words or phrases")
    return values


_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)")


def quiet_in(value: Any, where: str) -> Quiet:
    """Read quiet hours such as `22:00-07:00`. Raises `Misuse`."""
    found = _QUIET.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Misuse(f'{where}: {value!r} are no hours; write them as in "22:00-07:00"')
    a, b, c, d = (int(part) for part in found.groups())
    if (a, b) == (c, d):
        raise Misuse(f"{where}: {value!r} end when they begin; give them another end")
    return Quiet(time(a, b), time(c, d))


def _named(value: Any, where: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        raise Misuse(f"{where}: expected a table, got {value!r}; write [{where.rpartition(' ')[2]}.NAME]")
    for name, given in value.items():
        if not _NAME.fullmatch(name):
            raise Misuse(f"{where}.{name}: give it a short name of a-z, 0-9 and '-'")
        if not isinstance(given, Mapping):
            raise Misuse(f"{where}.{name}: expected a table, got {given!r}")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not (isinstance(items, list) and all(isinstance(item, str) and item.strip() for item in items)):
        raise Misuse(f'{where}: expected texts in quotes, as in ["one", "two"], got {value!r}')
    return tuple(items)


def _channel(name: str, given: Mapping[str, Any], where: str) -> ChannelSettings:
    known = {"from" if f.name == "sender" else f.name: f for f in fields(ChannelSettings) if f.name != "name"}
    refuse_unknown(given, known, where=where, what="key")
    if given.get("kind") not in KINDS:
        raise Misuse(f"{where} kind: {given.get('kind')!r} is none; write one of {', '.join(KINDS)}")
    values: dict[str, Any] = {"name": name}
    for key, value in given.items():
        if key == "to":
            values["to"] = _texts(value, f"{where} to")
            continue
        if not isinstance(value, str):
            raise Misuse(f"{where} {key}: expected a text in quotes, got {value!r}")
        if key == "secret" and not _SECRET.fullmatch(value):
            raise Misuse(f'{where} secret: never the secret itself; write "env:NAME" or "file:PATH"')
        values["sender" if key == "from" else key] = value
    return ChannelSettings(**values)
