"""Connections outward that are no fetches: TLS that is checked, the very address that was allowed, and an end.

Knows sockets, TLS and URLs. Refuses to know which addresses may be reached, which is said by the guard that is
handed in, and what is spoken over the connection.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from archive.errors import Misuse

Resolve = Callable[[str, int], tuple[str, int]]
"""Host and port → the address and port to connect to. Raises `StetError` where none may be reached."""


def trusting(*bundles: str) -> ssl.SSLContext:
    """Believes the system's authorities, and those in the PEM files `bundles`. Raises `Misuse`."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # As for fetches, the same on every Python: since 3.13 the default also has VERIFY_X509_STRICT.
    made.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    for path in filter(None, bundles):
        try:
            made.load_verify_locations(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise Misuse(f"ca_bundle: {path} is no readable PEM file of certificates: {words(error)}") from error
    return made


@dataclass(frozen=True, slots=True)
class Goal:
    """What an http or https URL leads to. Its target may hold a secret."""

    secure: bool
    host: str
    port: int
    target: str = field(repr=False)


def goal_of(url: str) -> Goal | None:
    """Where `url` leads; None for what is no http or https URL."""
    try:
        parts = urlsplit(url)
        secure, host = parts.scheme == "https", parts.hostname
        port = parts.port or (443 if secure else 80)
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    return Goal(secure, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


@contextlib.contextmanager
def http_connection(
    goal: Goal, resolve: Resolve, *, trust: ssl.SSLContext | None = None, patience: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server that `goal` names, cut after `patience` seconds.

    It goes to the address that `resolve` gave and to none else, without proxies. `trust` says which servers are
    believed; default: the system's. Raises what `resolve` raises, and `OSError`.
    """
    until = time.monotonic() + patience
    kind = http.client.HTTPSConnection if goal.secure else http.client.HTTPConnection
    connection = kind(goal.host, goal.port)
    where = resolve(goal.host, goal.port)
    with leashed(socket.create_connection(where, timeout=patience), until) as plain:
        try:
            connection.sock = secured(plain, goal.host, trust or trusting()) if goal.secure else plain
            yield connection
        finally:
            connection.close()


def secured(plain: socket.socket, host: str, trust: ssl.SSLContext) -> ssl.SSLSocket:
    """TLS over a connection; the certificate must be that of `host`. Raises `OSError`."""
    return trust.wrap_socket(plain, server_hostname=host)


@contextlib.contextmanager
def leashed(plain: socket.socket, until: float) -> Iterator[socket.socket]:
    """Cut the connection at `until` (monotonic), whatever waits on it and however slowly it drips.

    What breaks then is a `TimeoutError`. The timeout of a socket alone would count anew with each byte.
    """
    cut = threading.Event()
    with plain, plain.dup() as twin:  # the twin stays the same connection when TLS takes the other over

        def pull() -> None:
            cut.set()
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(0.0, until - time.monotonic()), pull)
        timer.daemon = True
        timer.start()
        try:
            yield plain
        except (OSError, http.client.HTTPException):
            if cut.is_set():
                raise TimeoutError("timed out") from None
            raise
        finally:
            timer.cancel()


def words(error: BaseException) -> str:
    """What went wrong, on one line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line((isinstance(error, OSError) and error.strerror) or str(error)) or type(error).__name__


def one_line(text: str) -> str:
    """What a stranger said, with nothing in it that a terminal obeys, and not for long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
