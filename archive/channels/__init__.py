"""Channels: one message to one receiver, by e-mail, webhook or Apprise.

`send` sends once and returns when the receiver has the message; everything else is `Undelivered`. Knows how each
receiver is spoken to. Refuses to know what is told to whom, what was told already, and when a failed try is
repeated: that is the outbox's. Which addresses may be reached it is told by the guard that is handed in.
"""

from __future__ import annotations

from typing import Final

from archive.alert_settings import ChannelSettings
from archive.channels import email, webhook
from archive.channels.message import Message, Undelivered
from archive.channels.secrets import Secrets
from archive.errors import StetError
from archive.reaching import Resolve, trusting

__all__ = ["PATIENCE", "Message", "Resolve", "Secrets", "Undelivered", "send"]

PATIENCE: Final = 60.0
"""Seconds for one try as a whole. RFC 5321 section 4.5.3.2 would wait ten minutes for the end of DATA alone; a
receiver that is so slow gets the message at the next try."""


def send(
    channel: ChannelSettings,
    message: Message,
    *,
    secrets: Secrets,
    resolve: Resolve,
    ca_bundle: str = "",
    patience: float = PATIENCE,
) -> None:
    """Send `message` once. Raises `Undelivered` unless the receiver took it.

    `resolve` is the address guard, for webhooks and Apprise; the mail server is the operator's own choice.
    `ca_bundle` is the PEM file of [crawl], relative to the home or absolute; the channel's own is trusted too.
    """
    try:
        trust = trusting(*secrets.paths(ca_bundle, channel.ca_bundle))
        if channel.kind == "email":
            email.send(channel, message, secrets=secrets, trust=trust, patience=patience)
        elif channel.kind == "webhook":
            webhook.send(channel, message, secrets=secrets, resolve=resolve, trust=trust, patience=patience)
    except Undelivered:
        raise
    except StetError as error:
        raise Undelivered(str(error)) from None
