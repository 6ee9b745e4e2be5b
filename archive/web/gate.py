"""Who comes in, and with which right; and that what changes something is meant.

There are no accounts yet. Whoever asks at the machine itself may do everything, as they could by the command line.
Anybody else who reaches the server may read, and change nothing: who listens at another address than loopback, who
has given a public address, and who comes by way of a proxy is not at the machine.

**Threats.** A page of somebody else's, open in the browser of a person at the machine, can send requests here.

- *It posts a form to us* (cross-site request forgery). A request that changes something must say, by
  `Sec-Fetch-Site` (Fetch Metadata) or by `Origin` (RFC 6454), that it comes from a page of ours. Programs that
  are no browsers send neither, and are let through.
- *Its name resolves to our address* (DNS rebinding), so that the browser holds us for its own. At the machine
  only the names of loopback are answered.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from archive.domain.rights import LOCAL, Person, Right
from archive.web.answers import plain

VISITOR: Final = Person(name="visitor", right=Right.READ)
"""Whoever is not at the machine."""

_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))  # RFC 9110 section 9.2.1
_BY_A_PROXY: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_OTHERS: Final = ("/websub/",)
"""What hubs call, from anywhere: each address holds a secret of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What of a request tells who asks."""

    method: str
    path: str
    host: str  #: that the request names, with its port
    origin: str = ""
    fetch_site: str = ""
    server: str = ""  #: the address of ours that was reached
    client: str = ""
    proxied: bool = False


def person_of(knock: Knock, base: str) -> Person:
    """Who asks; `base` is our public address, if we have one."""
    public = base and not _is_loopback(urlsplit(base).hostname or "")
    here = _is_loopback(knock.server) and _is_loopback(knock.client)
    return LOCAL if here and not knock.proxied and not public else VISITOR


def objection(knock: Knock, person: Person) -> str:
    """Why this is not answered; empty where it is."""
    if person is LOCAL and not _is_loopback(_name(knock.host)):
        return "the Host of the request is not this machine; set [web] url where it has a public address"
    if knock.method in _SAFE or knock.path.startswith(_OTHERS):
        return ""
    if knock.fetch_site:
        meant = knock.fetch_site == "same-origin"
    else:
        meant = not knock.origin or urlsplit(knock.origin).netloc == knock.host
    return "" if meant else "this was asked for by a page that is not of this archive"


class Gate:
    """Tells all that follows who asks, and keeps out what is not meant."""

    def __init__(self, app: ASGIApp, base: Callable[[], str]) -> None:
        self.app, self._base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, or let the request through with who asks."""
        if scope["type"] == "http":
            knock = _knock(Request(scope))
            person = person_of(knock, self._base())
            if why := objection(knock, person):
                await plain(403, why)(scope, receive, send)
                return
            scope.setdefault("stet.person", person)  # whoever wraps us may know better
        await self.app(scope, receive, send)


def _knock(request: Request) -> Knock:
    head = request.headers
    return Knock(
        method=request.method,
        path=request.url.path,
        host=head.get("host", ""),
        origin=head.get("origin", ""),
        fetch_site=head.get("sec-fetch-site", ""),
        server=(request.scope.get("server") or ("",))[0],
        client=request.client.host if request.client else "",
        proxied=any(name in head for name in _BY_A_PROXY),
    )


def _name(host: str) -> str:
    """A host without its port, and without the brackets of IPv6."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    """Whether a name or an address is this machine's own (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
