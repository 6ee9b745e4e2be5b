"""Channels and rules of alerts, as `[alerts.channels.NAME]` and `[alerts.rules.NAME]` say them.

Secrets never stand here: a key, a password or an address that is itself a secret is named by `env:NAME`, a
variable of the environment, or by `file:PATH`, a file that nobody else may read.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
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
    url: str = field(default="", repr=False)  #: of a webhook; or `env:NAME` or `file:PATH`, for Apprise always so
    secret: str = ""  #: where the password or the key of signatures is: `env:NAME` or `file:PATH`
    ca_bundle: str = ""  #: a PEM file of authorities that are trusted too

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the mail server; the port by default is that of its `tls`."""
        found = _SERVER.fullmatch(self.server)
        assert found is not None  # or it was not read by `channels_in`
        return found[1] or found[2], int(found[3] or _PORTS[self.tls])


KINDS: Final = ("email", "webhook", "apprise")

_KEYS: Final = {  # those that a kind must have come first
    "email": ("to", "from", "server", "tls", "user", "secret", "ca_bundle"),
    "webhook": ("url", "secret", "ca_bundle"),
    "apprise": ("url", "ca_bundle"),
}
_NEEDED: Final = {"email": 3, "webhook": 2, "apprise": 1}
_EXAMPLES: Final = {
    "to": '["desk@example.org"]',
    "from": '"stet@example.org"',
    "server": '"mail.example.org"',
    "url": '"https://hooks.example.org/stet"',
    "secret": '"file:desk.key"',
}

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?")
# RFC 5321 section 4.1.2, without quoted strings and literals, which no one writes; names of other scripts in IDNA.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]{1,255}"
)
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#][!-~]*)?", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")


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
        table[spec.name] = (
            list(value) if isinstance(value, tuple) else value.value if spec.name == "pace" else value
        )
    return table


def rule_version(rule: Rule) -> str:
    """Names a rule as it is now: of another one by the same name it is another."""
    plain = json.dumps(rule_as_table(rule), sort_keys=True).encode()
    return hashlib.blake2b(plain, digest_size=8).hexdigest()


def rule_as_toml(rule: Rule) -> str:
    """The same table as it stands in `stet.toml`."""
    lines = [f"{key} = {_toml(value)}" for key, value in rule_as_table(rule).items()]
    return "\n".join([f"[alerts.rules.{rule.name}]", *lines])


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # but for what `clean` takes away, TOML's strings are JSON's
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


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
    kind = given.get("kind")
    if kind not in KINDS:
        raise Misuse(f"{where} kind: {kind!r} is none; write one of {', '.join(KINDS)}")
    keys = _KEYS[kind]
    refuse_unknown(given, dict.fromkeys(("kind", *keys)), where=where, what=f"key of channels by {kind}")
    for key in keys[: _NEEDED[kind]]:
        if not given.get(key):
            example = '"env:NAME" or "file:PATH"' if (kind, key) == ("apprise", "url") else _EXAMPLES[key]
            raise Misuse(f"{where}: it has no {key}; write {key} = {example}")
    values: dict[str, Any] = {"name": name}
    for key, value in given.items():
        if key == "to":
            values["to"] = _texts(value, f"{where} to")
            continue
        if not isinstance(value, str):
            raise Misuse(f"{where} {key}: expected a text in quotes, got {value!r}")
        values["sender" if key == "from" else key] = value
    made = ChannelSettings(**values)
    _check(made, where)
    return made


def _check(channel: ChannelSettings, where: str) -> None:
    if channel.secret and not _SECRET.fullmatch(channel.secret):
        raise Misuse(f'{where} secret: never the secret itself; write "env:NAME" or "file:PATH"')
    if channel.kind == "email":
        _check_email(channel, where)
    elif channel.kind == "apprise" and not _SECRET.fullmatch(channel.url):
        raise Misuse(f'{where} url: an address of Apprise is a secret itself; write "env:NAME" or "file:PATH"')
    elif channel.kind == "webhook" and not (_SECRET.fullmatch(channel.url) or _URL.fullmatch(channel.url)):
        # It is not shown: it may be a secret, or hold a password.
        raise Misuse(f'{where} url: this is no address; write "https://…", or "env:NAME" or "file:PATH"')


def _check_email(channel: ChannelSettings, where: str) -> None:
    for key, addresses in (("to", channel.to), ("from", (channel.sender,))):
        for address in addresses:
            if not _ADDRESS.fullmatch(address):
                raise Misuse(f'{where} {key}: {address!r} is no e-mail address; write "desk@example.org" alone')
    if channel.tls not in _PORTS:
        raise Misuse(f"{where} tls: {channel.tls!r} is none; write one of {', '.join(_PORTS)}")
    if not _SERVER.fullmatch(channel.server) or not 0 < channel.place[1] < 65536:
        raise Misuse(f'{where} server: {channel.server!r} is no mail server; write "host" or "host:port"')
    if channel.tls == "none" and not _LOOPBACK.fullmatch(channel.place[0]):
        raise Misuse(f'{where} tls: "none" is for a server on this machine alone; write "starttls" or "tls"')
    if bool(channel.user) != bool(channel.secret):
        raise Misuse(f"{where}: a user has a password, and a password a user; write both user and secret, or none")
    if not (channel.user.isascii() and channel.user.isprintable()):
        raise Misuse(f"{where} user: {channel.user!r} cannot be sent; write printable ASCII on one line")


def check_private(channels: Mapping[str, ChannelSettings], where: str, *, allowed: bool) -> None:
    """Refuse plain http to where others can listen, unless private addresses are `allowed`. Raises `Misuse`."""
    for name, channel in channels.items():
        if channel.url.startswith("http://") and not allowed:
            raise Misuse(
                f"{where}.{name} url: http would show each message to all on the way; write https://, or, for a"
                " receiver in your own network, allow_private_addresses = true in [crawl]"
            )
