"""Whether a channel would take a message: its secrets, its addresses, its server. Nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.alert_settings import ChannelSettings
from archive.channels import PATIENCE, by_apprise, email, webhook
from archive.channels.secrets import Secrets, named
from archive.errors import StetError
from archive.reaching import Resolve, trusting, words

SHORTEST = 16
"""Characters of a key of signatures. RFC 2104 section 3 wants as many bytes as the hash has, 32; half is told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    what: str
    good: bool
    said: str  #: what was found, or what is wrong


def steps(
    channel: ChannelSettings,
    *,
    secrets: Secrets,
    resolve: Resolve,
    ca_bundle: str = "",
    patience: float = PATIENCE,
) -> Iterator[Step]:
    """Look at all that a message would need, in its order, up to the first thing that is wrong."""
    bundles = secrets.paths(ca_bundle, channel.ca_bundle)
    looks: list[tuple[str, Callable[[], str]]] = [
        (f"{key} {name}", lambda name=name: _readable(secrets, name))  # type: ignore[misc]
        for key, name in (("url", channel.url), ("secret", channel.secret))
        if named(name)
    ]
    if channel.kind == "webhook":
        looks.append(("key", lambda: _key(channel, secrets)))
    if bundles:
        looks.append(("ca_bundle", lambda: _trusted(bundles)))
    looks.append((_LAST[channel.kind], lambda: _reached(channel, secrets, resolve, bundles, patience)))
    for what, look in looks:
        try:
            yield Step(what, True, look())
        except (StetError, OSError, ValueError) as error:
            yield Step(what, False, str(error) if isinstance(error, StetError) else words(error))
            return


_LAST = {"email": "server", "webhook": "receiver", "apprise": "service"}


def _readable(secrets: Secrets, name: str) -> str:
    secrets.read(name)
    return "can be read"


def _key(channel: ChannelSettings, secrets: Secrets) -> str:
    length = len(secrets.read(channel.secret).text)
    return "is long enough" if length >= SHORTEST else f"is short: {length} characters; 32 of chance are better"


def _trusted(bundles: list[str]) -> str:
    trusting(*bundles)
    return ", ".join(bundles)


def _reached(
    channel: ChannelSettings, secrets: Secrets, resolve: Resolve, bundles: list[str], patience: float
) -> str:
    """Connect as far as can be done without sending anything. Raises `StetError` and `OSError`."""
    if channel.kind == "apprise":
        name = by_apprise.check(channel, secrets=secrets, resolve=resolve, bundles=bundles, patience=patience)
        return f"{name}: its address is understood, and may be connected to"
    trust = trusting(*bundles)
    if channel.kind == "webhook":
        goal = webhook.goal_in(channel, secrets)
        webhook.reach(goal, resolve, trust=trust, patience=patience)
        return f"{goal.host}:{goal.port}: answers{' under TLS' if goal.secure else ''}"
    email.reach(channel, secrets=secrets, trust=trust, patience=patience)
    signed = f", signed in as {channel.user}" if channel.user else ""
    under = "" if channel.tls == "none" else " under TLS"
    return f"{':'.join(map(str, channel.place))}: answers{under}{signed}"
