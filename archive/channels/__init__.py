"""Channels: one message to one receiver, by e-mail, webhook or Apprise.

`send` sends once and returns when the receiver has the message; everything else is `Undelivered`. Knows how each
receiver is spoken to. Refuses to know what is told to whom, what was told already, and when a failed try is
repeated: that is the outbox's. Which addresses may be reached it is told by the guard that is handed in.
"""

from __future__ import annotations

from archive.alert_settings import ChannelSettings
from archive.channels.message import Message, Resolve, Undelivered
from archive.channels.secrets import Secrets

__all__ = ["PATIENCE", "Message", "Resolve", "Secrets", "Undelivered", "send"]

PATIENCE = 60.0
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

    `ca_bundle` is the operator's PEM file of further authorities; the channel's own goes before it.
    """
    raise NotImplementedError
