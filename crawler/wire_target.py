"""What a URL says about a connection and a request line, and where the operator sends it instead.

Knows URLs, host names, request targets, and curl's `--connect-to`. Refuses to know addresses of names,
sockets, and what headers a request should have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from archive.errors import Misuse
from crawler.guard import Address, host_literal

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Printable ASCII goes out as it was asked for, `%` too; blanks, controls and non-ASCII are escaped.
_AS_IT_IS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_UNSENDABLE = re.compile(r"[\x00\r\n]")
_OURS = frozenset({"host", "connection"})


class Unaskable(ValueError):
    """The URL names nothing that could be connected to; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server and the resource that a URL names."""

    scheme: str  #: `http` or `https`
    host: str  #: ASCII and lower-case, without brackets; as it stands in the URL, were it an odd literal
    port: int
    path: str  #: origin form: path and query
    literal: Address | None = None  #: the address, when the host is one in whatever spelling

    @classmethod
    def of(cls, url: str) -> Target:
        """Read `url`. Raises Unaskable."""
        try:
            parts = urlsplit(url)
            port, hostname = parts.port, parts.hostname
        except ValueError as error:
            raise Unaskable(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in _DEFAULT_PORTS or not hostname:
            raise Unaskable(f"{url!r} is no http or https URL with a host")
        literal = host_literal(hostname)
        path = quote(parts.path, safe=_AS_IT_IS) or "/"
        path = path if path.startswith("/") else f"/{path}"
        query = f"?{quote(parts.query, safe=_AS_IT_IS)}" if parts.query or "?" in url.partition("#")[0] else ""
        return cls(
            scheme=parts.scheme,
            host=_ascii(hostname),
            port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
            path=path + query,
            literal=literal,
        )

    @property
    def origin(self) -> tuple[str, str, int]:
        """What connections are kept for."""
        return self.scheme, self.host, self.port

    @property
    def tls_name(self) -> str:
        """The name that the certificate must be for."""
        return str(self.literal) if self.literal is not None else self.host.removesuffix(".")

    @property
    def authority(self) -> str:
        """The Host field: without the scheme's own port (RFC 9110 section 4.2.3)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def _ascii(host: str) -> str:
    """The name as DNS has it (IDNA 2003). Raises Unaskable for what cannot be a name."""
    if ":" in host:
        return host.lower()
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Unaskable(f"{host!r} is no host name: {error}") from error
    labels = name.removesuffix(".").split(".")
    if not all(0 < len(label) < 64 for label in labels) or len(name) > 254 or re.search(r"[\x00-\x20]", name):
        raise Unaskable(f"{host!r} is no host name")
    return name


def request_bytes(
    target: Target, method: str, headers: Sequence[tuple[str, str]], *, absolute: bool = False
) -> bytes:
    """The request as it is sent and kept: Host first, `headers` in their order, then Connection.

    `absolute` gives the request line the whole URL, as a proxy that forwards it must get it (RFC 9112 section
    3.2.2).

    Host and Connection among `headers` are left out, as those are ours. A line break within a value becomes a
    space, as RFC 9110 section 5.5 allows: values such as ETags come from strangers. Values are Latin-1 where
    they can be, else UTF-8. Raises Misuse for a method other than GET and HEAD and for a name that is none.
    """
    if method not in {"GET", "HEAD"}:
        raise Misuse(f"request to {target.authority}: {method!r} is not supported; use GET or HEAD")
    place = f"{target.scheme}://{target.authority}{target.path}" if absolute else target.path
    lines = [f"{method} {place} HTTP/1.1".encode("ascii"), b"Host: " + target.authority.encode("ascii")]
    for name, value in headers:
        if _TOKEN.fullmatch(name) is None:
            raise Misuse(f"request to {target.authority}: {name!r} is no header name; use letters, digits and -")
        if name.lower() not in _OURS:
            lines.append(name.encode("ascii") + b": " + _value_bytes(_UNSENDABLE.sub(" ", value)))
    lines.append(b"Connection: keep-alive")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _value_bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Where the operator has a host's connections go instead: an address or a name, perhaps another port."""

    host: str
    port: int | None = None
    literal: Address | None = None  #: as in Target


def detours(connect_to: Mapping[str, str]) -> dict[str, Detour]:
    """Read `host[:port] → address[:port]` entries; IPv6 in brackets. Raises Misuse for anything else."""
    read = {}
    for source, goal in connect_to.items():
        host, port = _split(source, source)
        goal_host, goal_port = _split(goal, source)
        read[f"{host}:{port or ''}"] = Detour(host=goal_host, port=goal_port, literal=host_literal(goal_host))
    return read


def detour_of(target: Target, known: Mapping[str, Detour]) -> Detour | None:
    """The detour for `target`: one for its very port goes before one for the host."""
    return known.get(f"{target.host}:{target.port}") or known.get(f"{target.host}:")


def _split(text: str, entry: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]\s]+))(?::(\d{1,5}))?", text)
    if match is None or not 0 < int(match[3] or 1) < 65536:
        raise Misuse(f"connect_to {entry!r}: {text!r} is not host:port; write IPv6 addresses in brackets")
    try:
        return _ascii(match[1] or match[2]), int(match[3]) if match[3] else None
    except Unaskable as error:
        raise Misuse(f"connect_to {entry!r}: {error}; write host or host:port") from error
