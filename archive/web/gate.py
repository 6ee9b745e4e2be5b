"""Who comes in, and with which right; and that what changes something is meant.

Whoever asks at the machine itself may do everything, as they could by the command line, if the server listens at
loopback and nowhere else. Anybody else must sign in (`archive.web.signing`) or bring a token: who asks where there
is a public address, and who comes by way of a proxy is not at the machine. Without that only `OPEN` is answered.

**Threats.** A page of somebody else's, open in the browser of a person at the machine, can send requests here.

- *It posts a form to us* (cross-site request forgery). A request that changes something must say, by
  `Sec-Fetch-Site` (Fetch Metadata) or by `Origin` (RFC 6454), that it comes from a page of ours. Programs that
  are no browsers send neither, and are let through. Where somebody is signed in, the form must moreover carry a
  token that only a page of ours could read; calls of the API by a session carry it in `X-Stet-Token`.
- *It makes a browser sign in as somebody else*: the form for that carries a token bound to a cookie, too.
- *Its name resolves to our address* (DNS rebinding), so that the browser holds us for its own. At the machine
  only the names of loopback are answered.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archive import accounts
from archive.db.engine import Database
from archive.domain.rights import LOCAL, Person, Right
from archive.errors import EnvironmentFailed
from archive.web.answers import plain
from archive.web.api.problems import problem
from archive.web.pages import frame

VISITOR: Final = Person(name="visitor", right=Right.NONE)
"""Whoever is not at the machine, and not signed in."""

OPEN: Final = ("/sign-in", "/language/", "/static/", "/websub/", "/still/")
"""What is answered to everybody, beside `/healthz` without its details. Below the last two a secret is asked."""

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
    public = base and not is_loopback(urlsplit(base).hostname or "")
    here = is_loopback(knock.server) and is_loopback(knock.client)
    return LOCAL if here and not knock.proxied and not public else VISITOR


def objection(knock: Knock, person: Person) -> str:
    """Why this is not answered; empty where it is."""
    if person is LOCAL and not is_loopback(_name(knock.host)):
        return "the Host of the request is not this machine; set [web] url where it has a public address"
    if knock.method in _SAFE or knock.path.startswith(_OTHERS):
        return ""
    if knock.fetch_site:
        meant = knock.fetch_site == "same-origin"
    else:
        meant = not knock.origin or urlsplit(knock.origin).netloc == knock.host
    return "" if meant else "this was asked for by a page that is not of this archive"


class Gate:
    """Tells all that follows who asks, and keeps out who may not come in and what is not meant."""

    def __init__(
        self,
        app: ASGIApp,
        base: Callable[[], str],
        at_loopback: Callable[[], bool],
        proxies: Callable[[], tuple[str, ...]],
        database: Database,
        now: Callable[[], datetime],
    ) -> None:
        self.app, self._base, self._proxies, self._database, self._now = app, base, proxies, database, now
        self._at_loopback = at_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let it through with who asks."""
        if scope["type"] == "http":
            scope = dict(scope)
            knock = _knock(Request(scope))  # before a proxy's word for the client is taken
            _believe(scope, self._proxies(), self._base())
            if not self._at_loopback() or _plain_address(knock.client) in self._proxies():
                knock = replace(knock, proxied=True)  # it may speak for others
            person = person_of(knock, self._base())
            try:
                if "stet.person" in scope:  # whoever wraps us knows better
                    person = scope["stet.person"]
                elif person is VISITOR:
                    person = await run_in_threadpool(self._admitted, Request(scope))
            except EnvironmentFailed:
                await plain(503, "the archive cannot read this just now; its log says why")(scope, receive, send)
                return
            scope["stet.person"] = person
            scope["stet.form_token"] = form_token_of(Request(scope), person)
            if refusal := _refusal(Request(scope), knock, person):
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _admitted(self, request: Request) -> Person:
        """Who brings a token, or is signed in; else a visitor."""
        now = self._now()
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return accounts.by_token(self._database, secret.strip(), now) or VISITOR
        if request.url.path.startswith("/feeds/"):  # readers of feeds know addresses alone
            for secret in parse_qs(request.url.query, max_num_fields=None).get("token", [])[:1]:
                found = accounts.by_token(self._database, secret, now)
                return Person(name=found.name, right=Right.READ, token=found.token) if found else VISITOR
        secret = request.cookies.get(cookie_name(request), "")
        return (accounts.by_session(self._database, secret, now) if secret else None) or VISITOR


def cookie_name(request: Request, name: str = "stet-session") -> str:
    """What a cookie is called: where there is TLS, no other host can set it (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def form_token_of(request: Request, person: Person) -> str:
    """What forms carry; empty where no cookie is borne by which somebody else's page could act."""
    if person is LOCAL or person.token:
        return ""
    name = "stet-session" if person is not VISITOR else "stet-door"
    secret = request.cookies.get(cookie_name(request, name), "")
    return bound_to(secret) if secret else ""


def bound_to(secret: str) -> str:
    """A form token that only who knows the cookie's secret can make."""
    return hmac.digest(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hex()


def _believe(scope: Scope, proxies: tuple[str, ...], base: str) -> None:
    """Take the word of a named proxy for who asks and how; TLS also where the public address says so."""
    request = Request(scope)
    scheme = urlsplit(base).scheme
    if request.client and _plain_address(request.client.host) in proxies:
        scheme = scheme or request.headers.get("x-forwarded-proto", "")
        # The last address that no proxy of ours has: whatever stands before it, anybody can have written.
        hops = [each.strip() for each in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
        others = [each for each in hops if each and each not in proxies]
        if others and _plain_address(others[-1]):
            scope["client"] = (others[-1], 0)
    if scheme in ("http", "https"):
        scope["scheme"] = scheme


def _plain_address(text: str) -> str:
    """An IP address as settings spell it; empty for what is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _refusal(request: Request, knock: Knock, person: Person) -> Response | None:
    """The answer to who may not come in, or does not mean it."""
    api = request.url.path.startswith("/api/")
    say = problem if api else plain
    if why := objection(knock, person):
        return say(403, why)
    if person is VISITOR and not _is_open(request.url.path):
        known = [("WWW-Authenticate", "Bearer")]
        if not api and knock.method == "GET" and "text/html" in request.headers.get("accept", ""):
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return plain(303, "sign in first", [("Location", f"/sign-in?back={quote(here, safe='')}")])
        if not api and frame.wants_html(request):
            line = "nothing was done, as nobody is known to ask for it"
            return frame.refusal(request, 401, line, back="/sign-in", fields=known)
        return say(401, "sign in at /sign-in, or bring a token: Authorization: Bearer …", known)
    cookie = request.scope["stet.form_token"]
    if api and cookie and knock.method not in _SAFE:
        brought = request.headers.get("x-stet-token", "")
        if not hmac.compare_digest(brought.encode(), cookie.encode()):
            return say(403, "a session changes nothing here without its form token in X-Stet-Token")
    return None


def _is_open(path: str) -> bool:
    return path == "/healthz" or any(path == each or (each[-1] == "/" and path.startswith(each)) for each in OPEN)


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


def is_loopback(name: str) -> bool:
    """Whether a name or an address is this machine's own (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
