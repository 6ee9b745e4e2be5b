"""A form to a server, by POST: for the few requests that are no fetches and are not kept.

Behind the same guard as fetches (`crawler.lookup`); 307 and 308 are followed through it. Knows one deadline for an
answer as a whole. Refuses to know what is asked and what the answer means.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from archive.domain.model import HttpHead
from archive.errors import EnvironmentFailed, Misuse

Resolve = Callable[[str, int], tuple[str, int]]

MOST: Final = 65_536
"""Bytes of an answer that are read: it is a sentence, or nothing."""

MOST_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    head: HttpHead
    text: str


def post_form(
    url: str,
    form: Mapping[str, str],
    *,
    resolve: Resolve,
    trust: ssl.SSLContext,
    patience: float,
    headers: Mapping[str, str],
) -> Reply:
    """Send `form` to `url`. Blocks. Raises `EnvironmentFailed` where no answer came, `Misuse` where none may."""
    body = urlencode(form).encode()
    fields = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(MOST_REDIRECTS):
        reply = _post(url, body, fields, resolve=resolve, trust=trust, patience=patience)
        if reply.head.status not in (307, 308) or not reply.head.get("location"):
            break
        url = urljoin(url, reply.head.get("location"))
    return reply


def _post(
    url: str, body: bytes, fields: Mapping[str, str], *, resolve: Resolve, trust: ssl.SSLContext, patience: float
) -> Reply:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme not in ("http", "https"):
        raise Misuse(f"{url}: is no http or https address")
    where = resolve(host, port)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=patience)
    late = threading.Event()
    try:
        plain = socket.create_connection(where, timeout=patience)
        with contextlib.closing(plain), _deadline(plain, patience, late):
            connection.sock = plain
            if parts.scheme == "https":
                connection.sock = trust.wrap_socket(plain, server_hostname=host)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, dict(fields))
            answer = connection.getresponse()
            text = answer.read(MOST).decode("utf-8", "replace")
            return Reply(HttpHead(status=answer.status, headers=tuple(answer.getheaders())), text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        if late.is_set():
            said = f"nothing whole came within {patience:.0f} s"
        raise EnvironmentFailed(f"{url}: did not answer: {said}") from error
    finally:
        connection.close()


@contextlib.contextmanager
def _deadline(plain: socket.socket, seconds: float, late: threading.Event) -> Iterator[None]:
    """Cut the connection after so long, however slowly something still comes."""

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            plain.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
