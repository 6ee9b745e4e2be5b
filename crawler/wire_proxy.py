"""Ways out: what is said to an HTTP or SOCKS5 proxy until it leads where a URL does, and what its answers mean.

Knows proxies as the settings name them, CONNECT (RFC 9110 section 9.3.6), SOCKS5 (RFC 1928) with user and password
(RFC 1929), and whether a refusal is the proxy's own or tells of the server as it is seen from there. Refuses to
know sockets and clocks, and what goes through a connection that stands. Names are the proxy's to look up, so that
they lead where they lead in its country.

Not python-socks (2.8.1), which takes what one read gives for the whole answer to CONNECT, and not socksio (1.0.0),
which wants every reply in one piece: bytes come in pieces of any size.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from urllib.parse import unquote_to_bytes

from archive.domain.model import Trouble
from archive.errors import Misuse
from crawler.guard import Address, host_literal
from crawler.wire_framing import Framing, Reader
from crawler.wire_target import Target

_URL = re.compile(
    r"(?P<scheme>http|socks5h?)://(?:(?P<user>[^\s:@/]+):(?P<password>[^\s@/]*)@)?"
    r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})/?"
)

_SOCKS = 5
_NO_LOGIN, _PASSWORD, _NONE_OF_THESE = 0, 2, 0xFF  # RFC 1928 section 3
_CONNECT = 1  # RFC 1928 section 4
_IPV4, _NAME, _IPV6 = 1, 3, 4  # RFC 1928 section 5

# RFC 1928 section 6. What is not here is the proxy's own affair; the general failure too, which tells nothing.
_SEEN_FROM_THERE = {
    3: (Trouble.CONNECT_FAILED, "the network cannot be reached"),
    4: (Trouble.CONNECT_FAILED, "the host cannot be reached"),
    5: (Trouble.CONNECT_FAILED, "the connection was refused"),
    6: (Trouble.TIMED_OUT, "the packets' time to live ran out"),
}
_ITS_OWN = {
    1: "general failure",
    2: "its rules do not allow the connection",
    7: "it does not know the command CONNECT",
    8: "it does not know this kind of address",
}

# RFC 9110 section 15.6: the gateway's word on the server behind it.
_GATEWAY = {502: Trouble.CONNECT_FAILED, 503: Trouble.CONNECT_FAILED, 504: Trouble.TIMED_OUT}


class NoWay(Exception):
    """There is no way through this proxy; the message never holds its address or password."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble, self.detail = trouble, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One way out, by the label of its vantage point."""

    label: str
    scheme: str  #: `http` or `socks5`
    host: str
    port: int
    literal: Address | None = None  #: as in Target
    user: bytes = field(default=b"", repr=False)
    password: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, label: str, url: str) -> Proxy:
        """Read `http://` or `socks5://[user:password@]host:port`. Raises Misuse, which does not show the URL."""
        match = _URL.fullmatch(url)
        if match is None or not 0 < int(match["port"]) < 65536:
            raise Misuse(f"vantages {label}: this is no proxy; write socks5://host:port or http://host:port")
        user, password = unquote_to_bytes(match["user"] or ""), unquote_to_bytes(match["password"] or "")
        if max(len(user), len(password)) > 255:  # RFC 1929 section 2
            raise Misuse(f"vantages {label}: user and password may have 255 bytes each; shorten them")
        host = match["host"].strip("[]")
        return cls(
            label=label,
            scheme=match["scheme"].removesuffix("h"),  # as curl has it: the proxy looks names up; ours always do
            host=host,
            port=int(match["port"]),
            literal=host_literal(host),
            user=user,
            password=password,
        )

    def forwards(self, target: Target) -> bool:
        """Whether it is asked for the resource itself, and not for a connection to the server."""
        return self.scheme == "http" and target.scheme == "http"

    def failed(self, why: str) -> NoWay:
        """The way out itself failed, and nothing was learnt of the server."""
        return NoWay(Trouble.PROXY_FAILED, f"vantage point {self.label}: {why}")

    def signed(self, request: bytes) -> bytes:
        """A request with the credentials that it is sent with; it is kept without them."""
        if not self.user:
            return request
        basic = base64.b64encode(self.user + b":" + self.password)  # RFC 7617 section 2
        return request.removesuffix(b"\r\n") + b"Proxy-Authorization: Basic " + basic + b"\r\n\r\n"

    def check_forwarded(self, framing: Framing) -> None:
        """Raise `NoWay` where the proxy itself has answered, or nobody.

        It cannot be known whether a proxy that hangs up without a word has lost the server or itself. A proxy that
        forwards speaks HTTP: what is none does not come from the server.
        """
        if framing.status == 407:
            raise self.failed("its proxy asks for a login (407)")
        if framing.trouble is Trouble.NOT_HTTP or framing.unanswered:
            raise self.failed(f"its proxy gave no answer: {framing.detail}")


def tunnel(proxy: Proxy, target: Target) -> Iterator[tuple[bytes, Reader]]:
    """The steps to a connection through `proxy`: what to send, and what reads the answer to it.

    Go on when an answer is over. Raises `NoWay` after one that refuses; the tunnel stands when there is no further
    step, and what is surplus in the last answer came through it.
    """
    return _by_socks(proxy, target) if proxy.scheme == "socks5" else _by_connect(proxy, target)


def _by_connect(proxy: Proxy, target: Target) -> Iterator[tuple[bytes, Reader]]:
    host = f"[{target.tls_name}]" if ":" in target.tls_name else target.tls_name
    place = f"{host}:{target.port}".encode("ascii")
    framing = Framing("CONNECT")
    yield proxy.signed(b"CONNECT " + place + b" HTTP/1.1\r\nHost: " + place + b"\r\n\r\n"), framing
    status = framing.status
    if status is None or framing.trouble is not None:
        raise proxy.failed(f"its proxy gave no answer to CONNECT: {framing.detail}")
    if status in _GATEWAY:
        raise NoWay(_GATEWAY[status], f"as seen from {proxy.label}: the proxy cannot reach the server ({status})")
    if not 200 <= status < 300:
        raise proxy.failed(f"its proxy refuses to connect ({status})")


def _by_socks(proxy: Proxy, target: Target) -> Iterator[tuple[bytes, Reader]]:
    methods = bytes([_NO_LOGIN, _PASSWORD] if proxy.user else [_NO_LOGIN])
    chosen = _Reply(lambda _: 2)
    yield bytes([_SOCKS, len(methods)]) + methods, chosen
    method = _said(proxy, chosen)
    if method == _PASSWORD and proxy.user:
        login = _Reply(lambda _: 2)
        yield bytes([1, *_counted(proxy.user), *_counted(proxy.password)]), login  # RFC 1929 section 2
        if _said(proxy, login, version=1) != 0:
            raise proxy.failed("its proxy does not take the user and password")
    elif method != _NO_LOGIN:
        why = "asks for a login" if method == _NONE_OF_THESE and not proxy.user else "offers no login that we know"
        raise proxy.failed(f"its proxy {why}")
    reply = _Reply(_reply_length)
    yield bytes([_SOCKS, _CONNECT, 0]) + _address(target) + target.port.to_bytes(2, "big"), reply
    if reply.expired:  # it has answered before, so it is the connection that does not come about
        raise NoWay(Trouble.TIMED_OUT, f"as seen from {proxy.label}: no connection in time")
    code = _said(proxy, reply)
    if code in _SEEN_FROM_THERE:
        trouble, why = _SEEN_FROM_THERE[code]
        raise NoWay(trouble, f"as seen from {proxy.label}: {why}")
    if code != 0:
        raise proxy.failed(f"its proxy refuses: {_ITS_OWN.get(code, f'reply {code}')}")


def _counted(data: bytes) -> bytes:
    return bytes([len(data)]) + data


def _address(target: Target) -> bytes:
    """RFC 1928 section 5; a name goes out as a name."""
    if target.literal is None:
        return bytes([_NAME]) + _counted(target.host.removesuffix(".").encode("ascii"))
    kind = _IPV4 if isinstance(target.literal, IPv4Address) else _IPV6
    return bytes([kind]) + target.literal.packed


def _reply_length(begin: bytes) -> int:
    """How long a reply that begins so is (RFC 1928 section 6), or how much of it tells that."""
    if begin[:2] != bytes([_SOCKS, 0]):
        return 2  # some close after the code of a refusal, and the rest of it says nothing
    if len(begin) < 5:
        return 5
    sizes = {_IPV4: 4, _NAME: 1 + begin[4], _IPV6: 16}
    return 4 + sizes.get(begin[3], 0) + 2


class _Reply:
    """A reply in binary; `length` tells from its begin how long it is."""

    def __init__(self, length: Callable[[bytes], int]) -> None:
        self.over = False
        self.expired = False
        self.why = ""  # it did not come as a whole
        self._length = length
        self._bytes = b""

    @property
    def begin(self) -> bytes:
        """Version and code."""
        return self._bytes[:2]

    @property
    def surplus(self) -> bytes:
        return self._bytes[self._length(self._bytes) :] if self.over else b""

    def feed(self, data: bytes) -> None:
        self._bytes += data
        self.over = self.over or len(self._bytes) >= self._length(self._bytes)

    def close(self, why: str = "") -> None:
        if not self.over:
            self.over, self.why = True, why or "it closed the connection"

    def expire(self, why: str) -> None:
        if not self.over:
            self.over, self.expired, self.why = True, True, why


def _said(proxy: Proxy, reply: _Reply, version: int = _SOCKS) -> int:
    """The code in a reply. Raises `NoWay` where there is none."""
    if reply.why:
        raise proxy.failed(f"its proxy gave no answer: {reply.why}")
    if reply.begin[0] != version:
        raise proxy.failed("its proxy does not speak SOCKS5")
    return reply.begin[1]
