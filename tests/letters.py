"""A message to send, and the home it is sent from."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.channels import Message, Secrets
from archive.errors import Misuse

AT = datetime(2026, 11, 22, 14, 30, 5, tzinfo=UTC)


def message(key: str = "0f3a-1", **given) -> Message:
    values = {
        "rule": "denials",
        "channel": "desk",
        "at": AT,
        "subject": "The Herald changed “denied” to “confirmed”",
        "text": "The minister [-denied-] {+confirmed+} it.\n",
        "html": "<p>The minister <del>denied</del> <ins>confirmed</ins> it.</p>",
        "document": {"events": [], "more": 0},
    }
    return Message(key=key, **(values | given))


def secrets(folder, **environ: str) -> Secrets:
    return Secrets(folder, environ)


def at_home(host: str, port: int) -> tuple[str, int]:
    """The address guard of these tests: two names, which are on loopback."""
    if host not in ("localhost", "hooks.example.org"):
        raise Misuse(f"{host} is at 10.1.2.3, a private address; nothing is sent there")
    return "127.0.0.1", port
