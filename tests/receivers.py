"""Receivers of messages on loopback: a mail server and a web server, which take, refuse, hang and drop as told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "stet", "Hush-7-hush"


class _AnyPort(Controller):
    """At whatever port is free; it is ready when it takes a connection, of which no TLS is asked."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection((self.hostname, self.port)).close()


class Mail:
    """A mail server on loopback. `ways` says how it answers to what: `rcpt`, `data`, or one recipient.

    An answer is a line such as `451 Later`, or `hang` or `drop`: then it ends without one, once it has all.
    """

    def __init__(self, ca: trustme.CA | None, *, implicit: bool = False, login: bool = False) -> None:
        self.ways: dict[str, str] = {}
        self.taken: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.asked: list[str] = []
        self.encrypted: list[bool] = []
        options: dict[str, Any] = {}
        if ca is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ca.issue_cert("localhost").configure_cert(context)
            key = "ssl_context" if implicit else "tls_context"
            options[key] = context
        if login:
            options |= {"authenticator": self._authenticate, "auth_required": True}
            options |= {"auth_require_tls": ca is not None and not implicit}
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0, ready_timeout=30, **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._controller.stop()

    @property
    def server(self) -> str:
        """As `server` in the settings."""
        return f"localhost:{self._controller.port}"

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any):
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any):
        self.asked.append(address)
        answer = self.ways.get(address) or self.ways.get("rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        way = self.ways.get("data", "250 OK")
        if way in ("250 OK", "drop"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
            lines = envelope.content.replace(b"\r\n", b"\n")
            self.taken.append(email.message_from_bytes(lines, policy=email.policy.default))
        if way == "drop":
            server.transport.abort()
        if way == "hang":
            await asyncio.sleep(3600)
        return way


class Hook:
    """A web server on loopback that takes POSTs. `ways` are the answers to the next ones; then it is 204."""

    def __init__(self, ca: trustme.CA | None = None) -> None:
        self.ways: list[tuple[int, dict[str, str]] | str] = []
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        hook, self._over = self, threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook._take(self)

            def do_GET(self) -> None:
                hook._take(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://localhost:{self._server.server_port}"
        if ca is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ca.issue_cert("hooks.example.org").configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.base = f"https://hooks.example.org:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
        self.taken.append((handler.path, dict(handler.headers), body))
        way = self.ways.pop(0) if self.ways else (204, {})
        handler.close_connection = True
        if way == "drop":
            return
        if way == "hang":
            self._over.wait()
            return
        if way == "drip":  # each byte comes in time, and the head never ends
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self._over.wait(0.05):
                try:
                    handler.wfile.write(b"X-Slow: yes\r\n")
                except OSError:
                    return
            return
        assert isinstance(way, tuple)
        handler.send_response(way[0])
        for name, value in way[1].items():
            handler.send_header(name, value)
        handler.end_headers()


@contextmanager
def nobody() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def trusted(ca: trustme.CA, path) -> str:
    """The authority's certificate as a file."""
    ca.cert_pem.write_to_path(path)
    return str(path)
