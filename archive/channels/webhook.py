"""Webhooks: a message as JSON, POSTed and signed.

Knows the headers, the signature and what each answer means. Redirects are not followed, and of the answer nothing
but its head is read. Refuses to know what stands in the document.

    Stet-Delivery: the delivery's key, the same at every try
    Stet-Signature: t=SECONDS,v1=HEX     HMAC-SHA256 with the channel's secret over "SECONDS.BODY"
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import ssl
import time
from datetime import timedelta
from typing import Any, Final

from archive.alert_settings import ChannelSettings
from archive.channels.message import Message, Undelivered
from archive.channels.secrets import Secret, Secrets, named
from archive.domain.timemap import http_date
from archive.domain.times import iso
from archive.reaching import Goal, Resolve, goal_of, http_connection, words

VERSION: Final = 1
"""Of the document. Keys may be added to a version; one that goes or means something else makes the next."""

LONGEST_WAIT: Final = timedelta(days=1)
"""No receiver puts a message off for longer: a mistaken `Retry-After` must not make it dead."""

AGENT: Final = "Stet (webhook)"


def body_of(message: Message) -> bytes:
    """What is POSTed: the same bytes at every try."""
    document: dict[str, Any] = {
        "version": VERSION,
        "delivery": message.key,
        "rule": message.rule,
        "channel": message.channel,
        "at": iso(message.at),
        "subject": message.subject,
        **message.document,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signature(key: Secret, body: bytes, at: int) -> str:
    """The value of `Stet-Signature`, for a try at `at`, in seconds since 1970."""
    code = hmac.new(key.text.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"


def send(
    channel: ChannelSettings,
    message: Message,
    *,
    secrets: Secrets,
    resolve: Resolve,
    trust: ssl.SSLContext,
    patience: float,
) -> None:
    """POST `message` once. Raises `Undelivered` unless the answer is 2xx, `StetError` if nothing was sent."""
    goal, key = goal_in(channel, secrets), secrets.read(channel.secret)
    body = body_of(message)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Stet-Delivery": message.key,
        "Stet-Signature": signature(key, body, int(time.time())),
    }
    until = time.monotonic() + patience
    try:
        with http_connection(goal, confidential(goal, resolve), trust=trust, patience=patience) as connection:
            connection.request("POST", goal.target, body, headers)
            with connection.getresponse() as response:
                judge(response, goal.host)
                if time.monotonic() > until:  # a head that was cut looks whole
                    raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"{goal.host}: {words(error)}") from None


def goal_in(channel: ChannelSettings, secrets: Secrets) -> Goal:
    """Where the channel's address leads. Raises `StetError`, which does not show it: it may be a secret."""
    url = secrets.read(channel.url).text if named(channel.url) else channel.url
    goal = goal_of(url) if url.isascii() and url.isprintable() and " " not in url else None
    if goal is None:
        raise Undelivered("url: what is there is no http or https address; correct it")
    return goal


def confidential(goal: Goal, resolve: Resolve) -> Resolve:
    """`resolve`, but that plain http goes no further than this machine and private networks."""

    def where(host: str, port: int) -> tuple[str, int]:
        found = resolve(host, port)
        if not goal.secure and ipaddress.ip_address(found[0].partition("%")[0]).is_global:
            raise Undelivered(f"{host}: http would show the message to all on the way; write https://")
        return found

    return where


def judge(response: http.client.HTTPResponse, host: str) -> None:
    """Return for an answer that says that the message was taken. Raises `Undelivered` for every other."""
    status = response.status
    if 200 <= status < 300:
        return
    if status == http.HTTPStatus.GONE:
        raise Undelivered(f"{host}: answered 410: nothing is taken here any more", permanent=True)
    where = " a redirect, which is not followed; write the new address" if 300 <= status < 400 else ""
    raise Undelivered(f"{host}: answered {status}{where}", after=_wait(response.getheader("Retry-After")))


def _wait(value: str | None) -> timedelta | None:
    """RFC 9110 section 10.2.3: a number of seconds or a date; anything else says nothing."""
    value = (value or "").strip()
    if value.isascii() and value.isdecimal():
        seconds = float(value)
    elif (at := http_date(value)) is not None:
        seconds = at.timestamp() - time.time()
    else:
        return None
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_WAIT.total_seconds()))


def reach(goal: Goal, resolve: Resolve, *, trust: ssl.SSLContext, patience: float) -> None:
    """Connect and shake hands, and send nothing. Raises `StetError`."""
    try:
        with http_connection(goal, confidential(goal, resolve), trust=trust, patience=patience):
            pass
    except OSError as error:
        raise Undelivered(f"{goal.host}: {words(error)}") from None
