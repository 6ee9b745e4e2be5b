"""A raw-socket server with odd answers, over http and https, that remembers every byte it received and sent.

Each `Odd` is a path and a script of bytes, pauses and endings. `OddServer` plays them; `Seen` is what passed
on one exchange. Nothing here parses HTTP beyond finding the end of a request, so that nothing is put right.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

import brotli
import trustme

from archive.domain.model import Trouble, Truncated

HOST = "odd.test"

PAGE = "<!doctype html><title>Köprü</title><p>Die Brücke bleibt gesperrt. الجسر مغلق.</p>".encode()
BIG = b"".join(b"<p>paragraph %06d of a long page</p>\n" % number for number in range(8000))[:300_000]


@dataclass(frozen=True)
class Pause:
    """Wait, so that what follows is a segment of its own."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """Send bytes in pieces of `size`, with a pause between them."""

    data: bytes
    size: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Endless:
    """Send the same bytes again and again until the client has enough."""

    data: bytes


CLOSE = "close"  #: end in good order: close_notify over TLS, then FIN
RAGGED = "ragged"  #: FIN without close_notify
RESET = "reset"  #: RST
HOLD = "hold"  #: say nothing more until the client goes away
STAY = "stay"  #: be ready for the next request

Part = bytes | Pause | Drip | Endless


@dataclass(frozen=True)
class Odd:
    """One odd answer, and what a faithful client makes of it."""

    name: str
    parts: tuple[Part, ...]
    end: str = CLOSE
    trouble: Trouble | None = None
    truncated: Truncated | None = None
    interim: bytes = b""  #: how the bytes sent begin with interim responses
    method: str = "GET"
    whole: bool = True  #: False: the client stops before the server does


def _headed(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _ok(*lines: bytes, body: bytes = PAGE) -> bytes:
    """200 with `lines` and a Content-Length that is right."""
    return _headed(b"HTTP/1.1 200 OK", *lines, b"Content-Length: %d" % len(body), body=body)


def _chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


CHUNKED = b"Transfer-Encoding: chunked"
EARLY_HINTS = _headed(b"HTTP/1.1 103 Early Hints", b"Link: </style.css>; rel=preload")
CONTINUE = _headed(b"HTTP/1.1 100 Continue")
STALLED = {"end": HOLD, "trouble": Trouble.TIMED_OUT, "truncated": Truncated.TIME}
CUT = {"trouble": Trouble.DISCONNECTED, "truncated": Truncated.DISCONNECT}

ODDITIES: tuple[Odd, ...] = (
    # heads
    Odd("plain", (_ok(b"Content-Type: text/html"),), STAY),
    Odd("case-and-order", (_ok(b"x-FIRST: 1", b"CONTENT-type: text/html", b"dAtE: now", b"A: z"),), STAY),
    Odd("duplicate-cookies", (_ok(b"Set-Cookie: a=1", b"Vary: A", b"set-cookie: b=2", b"Vary: B"),), STAY),
    Odd("padded", (_ok(b"X-Pad:   much   \t ", b"X-None:", b"X-Tight:1"),), STAY),
    Odd("folded", (_ok(b"X-Fold: one", b"  two", b"\tthree"),), STAY),
    Odd("colonless", (_ok(b"this line has no colon", b"X-After: 1"),), STAY),
    Odd("latin1-header", (_ok(b"X-Name: K\xf6ln"),), STAY),
    Odd("utf8-header", (_ok("X-Name: Köln الجسر".encode()),), STAY),
    Odd("no-reason", (_headed(b"HTTP/1.1 200 ", b"Content-Length: 2", body=b"ok"),), STAY),
    Odd("no-reason-no-space", (_headed(b"HTTP/1.1 200", b"Content-Length: 2", body=b"ok"),), STAY),
    Odd(
        "odd-reason",
        (_headed("HTTP/1.1 200 Alles Köstlich!".encode(), b"Content-Length: 2", body=b"ok"),),
        STAY,
    ),
    Odd("space-before-colon", (_headed(b"HTTP/1.1 200 OK", b"Content-Length : 2", body=b"ok"),), STAY),
    Odd("nul-in-header", (_ok(b"X-Nul: a\x00b", b"X-Cr: a\rb"),), STAY),
    Odd("long-header", (_ok(b"X-Long: " + b"x" * 100_000),), STAY),
    Odd("many-headers", (_ok(*(b"X-%d: %d" % (number, number) for number in range(2000))),), STAY),
    Odd("lf-only", (b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2\n\nok",), STAY),
    Odd("blank-lines-first", (b"\r\n\r\n" + _ok(),), STAY, interim=b"\r\n\r\n"),
    # statuses
    Odd(
        "moved",
        (_headed(b"HTTP/1.1 301 Moved", b"Location: /plain", b"Content-Length: 4", body=b"gone"),),
        STAY,
    ),
    Odd("no-content", (_headed(b"HTTP/1.1 204 No Content"),), STAY),
    Odd("not-modified", (_headed(b"HTTP/1.1 304 Not Modified", b'ETag: "x"', b"Content-Length: 400"),), STAY),
    Odd("gone", (_headed(b"HTTP/1.1 410 Gone", b"Content-Length: 4", body=b"gone"),), STAY),
    Odd("legal", (_headed(b"HTTP/1.1 451 Unavailable", b"Content-Length: 3", body=b"law"),), STAY),
    Odd("status-999", (_headed(b"HTTP/1.1 999 Request denied", b"Content-Length: 2", body=b"no"),), STAY),
    Odd("early-hints", (EARLY_HINTS, _ok()), STAY, interim=EARLY_HINTS),
    Odd("many-interims", (CONTINUE, EARLY_HINTS, Pause(0.02), _ok()), STAY, interim=CONTINUE + EARLY_HINTS),
    Odd("switching", (_headed(b"HTTP/1.1 101 Switching Protocols", b"Upgrade: x"),), trouble=Trouble.NOT_HTTP),
    Odd("head", (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 300000"),), STAY, method="HEAD"),
    # bodies and codings
    Odd("gzip", (_ok(b"Content-Encoding: gzip", body=gzip.compress(PAGE, mtime=0)),), STAY),
    Odd("brotli", (_ok(b"Content-Encoding: br", body=brotli.compress(PAGE)),), STAY),
    Odd("bogus-gzip", (_ok(b"Content-Encoding: gzip", body=PAGE),), STAY),
    Odd("big", (_ok(body=BIG),), STAY),
    Odd("empty", (_ok(body=b""),), STAY),
    Odd("bytewise", (Drip(_ok(b"X-Slow: 1")),), STAY),
    # framing
    Odd("chunked", (_headed(b"HTTP/1.1 200 OK", CHUNKED), _chunk(PAGE), _chunk(PAGE), b"0\r\n\r\n"), STAY),
    Odd(
        "chunk-extensions-trailer",
        (_headed(b"HTTP/1.1 200 OK", CHUNKED), _chunk(PAGE, b' ; a="b;c"'), b"000;last\r\nX-Sum: 1\r\n\r\n"),
        STAY,
    ),
    Odd("chunked-lf-only", (b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",), STAY),
    Odd(
        "chunked-gzip-bytewise",
        (_headed(b"HTTP/1.1 200 OK", CHUNKED), Drip(_chunk(gzip.compress(PAGE, mtime=0)) + b"0\r\n\r\n")),
        STAY,
    ),
    Odd(
        "chunked-and-length",
        (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 3", CHUNKED), b"3\r\nabc\r\n0\r\n\r\n"),
    ),
    Odd("chunked-unended", (_headed(b"HTTP/1.1 200 OK", CHUNKED), _chunk(PAGE), b"0\r\n")),
    Odd("bad-chunk-size", (_headed(b"HTTP/1.1 200 OK", CHUNKED), b"zz\r\nabc"), trouble=Trouble.NOT_HTTP),
    Odd("long-chunk", (_headed(b"HTTP/1.1 200 OK", CHUNKED), b"2\r\nabcdef\r\n"), trouble=Trouble.NOT_HTTP),
    Odd("http10", (_headed(b"HTTP/1.0 200 OK", b"Content-Type: text/html", body=PAGE),)),
    Odd(
        "http10-keep-alive",
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",),
        STAY,
    ),
    Odd("until-close", (_headed(b"HTTP/1.1 200 OK", body=PAGE), Pause(0.02), PAGE)),
    Odd("length-twice", (_headed(b"HTTP/1.1 200 OK", *[b"Content-Length: 2"] * 2, body=b"ok"),), STAY),
    Odd("length-listed", (_headed(b"HTTP/1.1 200 OK", b"Content-Length:  2 , 2 ", body=b"ok"),), STAY),
    Odd(
        "length-differs",
        (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 2", b"Content-Length: 5", body=b"hello"),),
    ),
    Odd("length-garbage", (_headed(b"HTTP/1.1 200 OK", b"Content-Length: +2x", body=b"hello"),)),
    Odd(
        "length-too-small",
        (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 2", body=b"hello"), Pause(0.02), b"!"),
    ),
    Odd("second-answer", (_ok() + _ok(b"X-Smuggled: 1"),)),
    Odd("body-after-204", (_headed(b"HTTP/1.1 204 No Content", body=b"surprise"),)),
    # cuts
    Odd("short-length", (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 9000", body=PAGE),), **CUT),
    Odd("cut-chunk", (_headed(b"HTTP/1.1 200 OK", CHUNKED), b"1000\r\n" + PAGE), **CUT),
    Odd("cut-head", (b"HTTP/1.1 200 OK\r\nContent-Ty",), **CUT),
    Odd("only-interim", (EARLY_HINTS,), interim=EARLY_HINTS, **CUT),
    Odd(
        "reset-in-body",
        (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 9000", body=PAGE), Pause(0.1)),
        RESET,
        **CUT,
    ),
    Odd("silence", (), trouble=Trouble.CONNECT_FAILED),
    Odd("stall", (_headed(b"HTTP/1.1 200 OK", b"Content-Length: 9000", body=PAGE),), **STALLED),
    Odd("stall-in-head", (b"HTTP/1.1 200 OK\r\n",), **STALLED),
    Odd("stall-at-once", (), HOLD, Trouble.TIMED_OUT),
    # what is no HTTP
    Odd("http09", (b"<html>hello from 1991</html>",), trouble=Trouble.NOT_HTTP),
    Odd("ssh", (b"SSH-2.0-OpenSSH_9.2\r\n",), HOLD, Trouble.NOT_HTTP, Truncated.TIME),
    Odd("bad-status-line", (b"HTTP/1.1 OK 200\r\n\r\nhello",), trouble=Trouble.NOT_HTTP),
    Odd("binary", (bytes(range(256)) * 4,), trouble=Trouble.NOT_HTTP),
    Odd(
        "endless-header",
        (b"HTTP/1.1 200 OK\r\n", Endless(b"X-More: and more\r\n" * 100)),
        trouble=Trouble.NOT_HTTP,
        truncated=Truncated.LENGTH,
        whole=False,
    ),
    Odd(
        "endless-body",
        (_headed(b"HTTP/1.1 200 OK"), Endless(b"more and more " * 500)),
        trouble=Trouble.TOO_LARGE,
        truncated=Truncated.LENGTH,
        whole=False,
    ),
    Odd("slowloris", (b"HTTP/1.1 200 OK\r\n", Drip(b"X: " + b"y" * 400, seconds=0.05)), **STALLED, whole=False),
)


@dataclass
class Seen:
    """What passed on one exchange."""

    connection: int
    received: bytes
    _sent: list[bytes] = field(default_factory=list)

    @property
    def sent(self) -> bytes:
        return b"".join(self._sent)


class OddServer:
    """Plays `ODDITIES` on 127.0.0.1; ask `port(scheme)`, and `seen` for what passed. Use it in `with`."""

    def __init__(self, oddities: tuple[Odd, ...] = ODDITIES) -> None:
        self._odds = {f"/{odd.name}".encode(): odd for odd in oddities}
        self.ca = trustme.CA()
        self.seen: list[Seen] = []
        self._numbers = itertools.count()
        self._listeners: dict[str, socket.socket] = {}
        self._stopping = threading.Event()
        self._connections: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self.listen("http", None)
        self.listen("https", server_context(self.ca.issue_cert(HOST, "127.0.0.1")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for open_socket in [*self._listeners.values(), *tuple(self._connections)]:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()

    def listen(self, scheme: str, context: ssl.SSLContext | None) -> int:
        """Serve under the name `scheme` too, with its own certificate; returns the port."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listeners[scheme] = listener
        threading.Thread(target=self._accept, args=(listener, context), daemon=True).start()
        return self.port(scheme)

    def port(self, scheme: str) -> int:
        return int(self._listeners[scheme].getsockname()[1])

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while not self._stopping.is_set():
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            number = next(self._numbers)
            threading.Thread(target=self._serve, args=(plain, context, number), daemon=True).start()

    def _serve(self, plain: socket.socket, context: ssl.SSLContext | None, number: int) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = plain
        try:
            if context is not None:
                peer = _shake_hands(plain, context)
            self._connections.add(peer)
            while self._answer(peer, number):
                pass
        except OSError:
            pass  # the client went away, which is its right
        finally:
            self._connections.discard(peer)
            peer.close()

    def _answer(self, peer: socket.socket, number: int) -> bool:
        """Play one answer; whether the connection stays."""
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            piece = peer.recv(65536)
            if not piece:
                return False
            request += piece
        seen = Seen(number, request)
        self.seen.append(seen)
        path = request.split(b" ")[1].partition(b"?")[0]
        odd = self._odds[path]
        for part in odd.parts:
            self._play(peer, part, seen)
        return self._end(peer, odd.end)

    def _play(self, peer: socket.socket, part: Part, seen: Seen) -> None:
        for piece in _pieces(part):
            seen._sent.append(piece)
            peer.sendall(piece)

    def _end(self, peer: socket.socket, end: str) -> bool:
        if end == HOLD:
            peer.recv(1)
        elif end == RESET:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif end == CLOSE:
            farewell(peer)
        return end == STAY

    def last(self) -> Seen:
        return self.seen[-1]


def _shake_hands(plain: socket.socket, context: ssl.SSLContext) -> socket.socket:
    """As a server; on failure the client gets to read why before the connection goes."""
    peer = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    try:
        peer.do_handshake()
    except ssl.SSLError:
        with socket.socket(fileno=peer.detach()) as raw:
            farewell(raw, patience=65536)
        raise
    except OSError:  # the client went away in the middle
        peer.close()
        raise
    return peer


def farewell(peer: socket.socket, patience: int = 1) -> None:
    """Close in good order, and wait for the client's close, so that no unread byte turns it into a reset.

    A client that may still be talking is listened to, `patience` bytes at a time.
    """
    if isinstance(peer, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            peer.settimeout(2)
            peer = peer.unwrap()
    with contextlib.suppress(OSError):
        peer.shutdown(socket.SHUT_WR)
        peer.settimeout(2)
        while peer.recv(patience) and patience > 1:
            pass


def _pieces(part: Part) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part
    elif isinstance(part, Pause):
        time.sleep(part.seconds)
    elif isinstance(part, Endless):
        yield from itertools.repeat(part.data)
    else:
        for start in range(0, len(part.data), part.size):
            yield part.data[start : start + part.size]
            time.sleep(part.seconds)


def server_context(cert: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    cert.configure_cert(context)
    return context


def expired_context(ca: trustme.CA) -> ssl.SSLContext:
    then = datetime.now(UTC) - timedelta(days=400)
    return server_context(ca.issue_cert(HOST, not_before=then, not_after=then + timedelta(days=90)))


def self_signed_context() -> ssl.SSLContext:
    """An authority's own certificate used as a server's, which is what self-signed comes to."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with ca.private_key_pem.tempfile() as key, ca.cert_pem.tempfile() as cert:
        context.load_cert_chain(cert, key)
    return context
