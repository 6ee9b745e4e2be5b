"""E-mail: a message in text and HTML, handed to a mail server.

Knows MIME and SMTP: TLS that is checked, or none to this machine alone; who refused, and whether for good. Refuses
to know what the message tells, and to trust any of it: a header is one line, whatever an article's title holds.
"""

from __future__ import annotations

import contextlib
import email.policy
import email.utils
import hashlib
import ipaddress
import re
import smtplib
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC
from email.message import EmailMessage
from typing import Final

from archive.alert_settings import ChannelSettings
from archive.channels.message import Message, Undelivered
from archive.channels.secrets import Secret, Secrets
from archive.reaching import leashed, one_line, secured, words

POLICY: Final = email.policy.SMTP.clone(cte_type="7bit")
"""Bodies are encoded so that any server may pass them on: RFC 6152 (8BITMIME) is an offer, not a duty."""

LONGEST_SUBJECT: Final = 250
"""Characters; more than any client shows, and less than some servers refuse."""


def written(channel: ChannelSettings, message: Message) -> EmailMessage:
    """The message as RFC 5322 has it: the same at every try."""
    domain = channel.sender.rpartition("@")[2]
    made = EmailMessage(policy=POLICY)
    made["From"] = channel.sender
    made["To"] = ", ".join(channel.to)
    made["Subject"] = _line(message.subject)[:LONGEST_SUBJECT]
    made["Date"] = email.utils.format_datetime(message.at.astimezone(UTC))
    made["Message-ID"] = f"<{_label(message.key)}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: no holiday answers
    made["X-Auto-Response-Suppress"] = "All"  # what Exchange heeds instead
    made["List-Id"] = f"<{_label(message.rule)}.stet.{domain}>"  # RFC 2919: what people sort by
    made.set_content(message.text)
    made.add_alternative(message.html, subtype="html")
    return made


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in text).split())


_JOINERS: Final = "\u200c\u200d\u200e\u200f\u2068\u2069"  # spelling and isolates, which `isprintable` denies


def _label(text: str) -> str:
    """`text`, if it can stand in an address as it is; else what is known by it."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", text):
        return text
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def send(
    channel: ChannelSettings, message: Message, *, secrets: Secrets, trust: ssl.SSLContext, patience: float
) -> None:
    """Hand `message` to the mail server once. Raises `Undelivered` unless all recipients have it.

    Who has it is remembered, so that another try, for the sake of one whose mailbox is full, does not tell the
    others again. Raises `StetError` if nothing was sent.
    """
    password = _password(channel, secrets)
    data = written(channel, message).as_bytes()
    left = _HAVE.without(message, channel.to)
    try:
        with session(channel, password, trust=trust, patience=patience) as server:
            refused = _handed_over(server, channel.sender, left, data)
            _HAVE.note(message, [to for to in left if to not in refused] if refused else None)
    except (OSError, ValueError) as error:  # of smtplib's errors the first; the second for an answer that is none
        raise _undelivered(channel, error) from None
    if refused:
        told = "; ".join(f"{to}: {code} {words(OSError(text))}" for to, (code, text) in refused.items())
        raise Undelivered(
            f"{channel.place[0]}: {told}", permanent=all(code >= 500 for code, _ in refused.values())
        )


@contextlib.contextmanager
def session(
    channel: ChannelSettings, password: Secret | None, *, trust: ssl.SSLContext, patience: float
) -> Iterator[smtplib.SMTP]:
    """A mail server that is ready to take messages. Raises `OSError`, as which smtplib's errors come, too."""
    host, port = channel.place
    until = time.monotonic() + patience
    with leashed(socket.create_connection((host, port), timeout=patience), until) as plain:
        if (
            channel.tls == "none"
            and not ipaddress.ip_address(plain.getpeername()[0].partition("%")[0]).is_loopback
        ):
            raise Undelivered(f'{host}: is not this machine; write tls = "starttls" or "tls"')
        server = _Server(secured(plain, host, trust) if channel.tls == "tls" else plain, host)
        try:
            if channel.tls == "starttls":
                server.starttls(context=trust)  # raises where it is not offered: nothing goes in the clear
            if password is not None:
                server.login(channel.user, password.text)
            yield server
            with contextlib.suppress(OSError):
                server.quit()
        finally:
            server.close()


def _ours(connected: socket.socket) -> bool:
    return ipaddress.ip_address(connected.getpeername()[0].partition("%")[0]).is_loopback


class _Server(smtplib.SMTP):
    """A dialogue over a connection that is there already."""

    def __init__(self, connected: socket.socket, host: str) -> None:
        self._connected = connected
        # Who we are: as an address literal (RFC 5321 section 4.1.3), for a name would have to be looked up.
        address = connected.getsockname()[0].partition("%")[0]
        literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        super().__init__(host, local_hostname=literal)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        return self._connected


def _password(channel: ChannelSettings, secrets: Secrets) -> Secret | None:
    if not channel.secret:
        return None
    found = secrets.read(channel.secret)
    if not found.text.isascii():
        # smtplib's own error would show it.
        raise Undelivered(f"{channel.secret}: the password is not of ASCII characters; choose another")
    return found


Refused = dict[str, tuple[int, str]]
"""Recipient → code and words of the answer."""


def _handed_over(server: smtplib.SMTP, sender: str, to: Sequence[str], data: bytes) -> Refused:
    """Hand the message over to all who are taken; returns those who are not. Raises if nobody has it."""
    server.ehlo_or_helo_if_needed()
    _taken(server.mail(sender))
    refused: Refused = {}
    for recipient in to:
        code, text = server.rcpt(recipient)
        if code == 421:  # RFC 5321 section 3.8: the server ends the session
            raise smtplib.SMTPResponseException(code, text)
        if not 200 <= code < 300:
            refused[recipient] = code, text.decode("utf-8", "replace")
    if len(refused) < len(to):
        _taken(server.data(data))
    return refused


def _taken(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(*answer)


def _undelivered(channel: ChannelSettings, error: Exception) -> Undelivered:
    """Why the server did not take it. Only what it refuses for good can never go better: RFC 5321 section 4.2.1.

    A password that is not taken is no such thing: somebody will correct it.
    """
    host = channel.place[0]
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Undelivered(f"{host}: takes neither user nor password: {error.smtp_code} {_said(error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return Undelivered(f"{host}: {error.smtp_code} {_said(error)}", permanent=500 <= error.smtp_code < 600)
    return Undelivered(f"{host}: {words(error)}")


def _said(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


class _Have:
    """Who has which message, of the last ones that not all have; what a restart forgets is sent again."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._have: OrderedDict[str, set[str]] = OrderedDict()

    def without(self, message: Message, to: Sequence[str]) -> list[str]:
        """Those of `to` who do not have it."""
        with self._lock:
            have = self._have.get(message.key, set())
            return [one for one in to if one not in have]

    def note(self, message: Message, to: Sequence[str] | None) -> None:
        """They have it; None: all do now."""
        with self._lock:
            if to is None:
                self._have.pop(message.key, None)
                return
            self._have.setdefault(message.key, set()).update(to)
            self._have.move_to_end(message.key)
            while len(self._have) > self._limit:
                self._have.popitem(last=False)


_HAVE: Final = _Have()
