"""Byte-exact HTTP/1.1: one request, one answer, both exactly as they were on the wire.

Knows how to reach a server (names, the address guard, detours, ways out, TLS), when a connection may serve again,
and how to say what went wrong. Refuses to follow redirects, decode bodies, keep cookies, or raise: whatever the
network does is a value, an `Exchange` with its `trouble` and all bytes that came.

Not Scrapy's own handler, because its parser loses bytes (case, folding, chunk frames, cut bodies). Not h11,
because a strict parser has no answer where a news site's server is sloppy.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

from archive.domain.model import Exchange, Tls, Trouble
from archive.errors import Misuse
from crawler.guard import private_name, refusal
from crawler.wire_framing import MAX_BYTES, Framing
from crawler.wire_link import Link
from crawler.wire_proxy import NoWay, Proxy, tunnel
from crawler.wire_target import Detour, Target, Unaskable, detour_of, detours, request_bytes
from crawler.wire_tls import TlsPipe, check_bundle, context, failure_words

_MOST_ADDRESSES = 4
"""Addresses of one name that are tried: two of each family are enough to get past one dead machine, and four
connect timeouts fit into the total one."""

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) → its addresses, best first. Raises OSError, best socket.gaierror, when there are none."""

Headers = Sequence[tuple[str, str]]

_Route = tuple[str, str, str, int]  # the way out's label, and the origin: what connections are kept for


async def system_addresses(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives for `host`, in its order (RFC 6724)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSettings:
    """What a Wire may do. Times are in seconds."""

    connect_to: Mapping[str, str] = field(default_factory=dict)
    """As curl's --connect-to: `host[:port]` → `address[:port]`. The operator's word, so not guarded."""
    vantages: Mapping[str, str] = field(default_factory=dict)
    """Ways out: label → proxy. Its own address is the operator's word; what it connects to is out of our sight, so
    that literal addresses and names of private networks are refused. `connect_to` has no say there."""
    allow_private: bool = False  #: connect to private, loopback and link-local addresses too
    ca_bundle: str = ""  #: a PEM file of further authorities
    connect_timeout: float = 10.0  #: each for the resolver, the connection, the handshake; curl waits minutes
    stall_timeout: float = 20.0  #: without a byte
    total_timeout: float = 60.0  #: for all of an exchange, against servers that drip
    max_bytes: int = MAX_BYTES  #: of one answer, as it is on the wire
    idle_seconds: float = 15.0  #: that a connection is kept; Apache keeps it for 5, nginx for 75
    resolve: Resolver = system_addresses


class _Failed(Exception):
    """No connection came about. A step's way out, never seen outside."""

    def __init__(self, trouble: Trouble, detail: str, *, ip: str | None = None, tls: Tls | None = None) -> None:
        super().__init__(detail)
        self.trouble, self.detail, self.ip, self.tls = trouble, detail, ip, tls


class Wire:
    """A client that many tasks of one event loop share. `aclose` it at the end, or use it in `async with`."""

    def __init__(self, settings: WireSettings, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Raises Misuse when a `connect_to` entry, a proxy or the `ca_bundle` is not what it should be."""
        self._settings = settings
        self._clock = clock
        self._detours = detours(settings.connect_to)
        self._proxies = {label: Proxy.of(label, url) for label, url in settings.vantages.items()}
        self._idle: dict[_Route, tuple[Link, asyncio.TimerHandle]] = {}
        self._links: set[Link] = set()
        self._closed = False
        if settings.ca_bundle:
            check_bundle(settings.ca_bundle)  # told at once; making the context can wait for the first https

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """Made once: loading the system's authorities takes 30 to 75 ms."""
        return context(self._settings.ca_bundle)

    async def aclose(self) -> None:
        """Close all connections; exchanges under way end as disconnected."""
        self._closed = True
        for link, timer in self._idle.values():
            timer.cancel()
            self._links.discard(link)
            link.close()
        self._idle.clear()
        for link in tuple(self._links):
            link.abort()
        await asyncio.sleep(0)  # the transports close in the loop's next turn

    async def exchange(
        self,
        url: str,
        headers: Headers,
        *,
        method: str = "GET",
        fresh: bool = False,
        vantage: str = "",
    ) -> Exchange:
        """Ask for `url` and return what went over the wire. `fresh` takes no connection that was used before.

        `vantage` names the way out. What is said to and by its proxy alone is not kept: `request` is what went
        through the tunnel. An HTTP proxy is asked for http pages themselves; then it is what went over our wire,
        with the whole URL in its first line, but without our credentials.

        Nothing that the network does is raised. Misuse is, for a method or header that cannot be sent.
        When more bytes follow than the answer's own frame announces, those at hand are kept at the end of
        `response`, the note `surplus-bytes` counts them, and the connection is closed.
        """
        began, started = self._clock(), asyncio.get_running_loop().time()
        began = began.replace(microsecond=began.microsecond // 1000 * 1000)
        call = _Call(url=url, began=began, started=started)
        try:
            target = Target.of(url)
        except Unaskable as error:
            return call.failed(_Failed(Trouble.CONNECT_FAILED, str(error)))
        if vantage and vantage not in self._proxies:
            raise Misuse(f"{url}: there is no vantage point '{vantage}'; name it in [crawl.vantages]")
        proxy = self._proxies[vantage] if vantage else None
        absolute = proxy is not None and proxy.forwards(target)
        request = request_bytes(target, method, headers, absolute=absolute)
        try:
            return await self._ask(call, target, proxy, request, method, fresh=fresh)
        except _Failed as failed:
            return call.failed(failed)

    async def _ask(
        self, call: _Call, target: Target, proxy: Proxy | None, request: bytes, method: str, *, fresh: bool
    ) -> Exchange:
        """One attempt, or two: RFC 9112 section 9.3.1 allows to repeat what died on a kept connection."""
        deadline = call.started + self._settings.total_timeout
        route = (proxy.label if proxy else "", *target.origin)
        forwarder = proxy if proxy is not None and proxy.forwards(target) else None
        sent = forwarder.signed(request) if forwarder else request
        link = None if fresh else self._take(route)
        while True:
            reused = link is not None
            link = link or await self._connect(target, proxy, deadline)
            framing = Framing(method, max_bytes=self._settings.max_bytes)
            try:
                await link.carry(sent, framing, stall=self._settings.stall_timeout, deadline=deadline)
            finally:
                self._release(route, link, framing)
            if not (reused and framing.trouble is Trouble.CONNECT_FAILED and not self._closed):
                break
            link = None
        if forwarder is not None:
            try:
                forwarder.check_forwarded(framing)
            except NoWay as error:
                raise _Failed(error.trouble, error.detail) from error
        return call.answered(link, framing, request, reused=reused)

    # -- connections that wait for another exchange

    def _take(self, route: _Route) -> Link | None:
        link, timer = self._idle.pop(route, (None, None))
        if timer is not None:
            timer.cancel()
        return link if link is not None and link.usable else None

    def _release(self, route: _Route, link: Link, framing: Framing) -> None:
        """Keep `link` when its answer ended cleanly and no other is kept for `route`; else drop it."""
        if framing.reusable and not framing.surplus and link.usable and not self._closed:
            if route not in self._idle:
                loop = asyncio.get_running_loop()
                timer = loop.call_later(self._settings.idle_seconds, self._retire, route)
                self._idle[route] = (link, timer)
                return
            link.close()
        else:
            link.abort()
        self._links.discard(link)

    def _retire(self, route: _Route) -> None:
        link, _ = self._idle.pop(route)
        self._links.discard(link)
        link.close()

    # -- from a target to a connection

    async def _connect(self, target: Target, proxy: Proxy | None, deadline: float) -> Link:
        """Resolve, guard, connect and shake hands. Raises _Failed."""
        if proxy is not None:
            return await self._connect_through(proxy, target, deadline)
        detour = detour_of(target, self._detours)
        port = (detour and detour.port) or target.port
        addresses = await self._addresses(target, detour, port, deadline)
        link = await self._connect_to_one(addresses, port, self._pipe(target), deadline)
        await self._handshake(link, deadline)
        return link

    async def _connect_through(self, proxy: Proxy, target: Target, deadline: float) -> Link:
        """The same by a proxy, which looks the name up where it is. Raises _Failed."""
        if not self._settings.allow_private:
            words = refusal(target.literal) if target.literal is not None else private_name(target.host)
            if words is not None:
                raise _Failed(Trouble.ADDRESS_REFUSED, f"{target.host} is a {words}")
        link = await self._connect_to_proxy(proxy, deadline)
        surplus = b""
        try:
            if not proxy.forwards(target):
                for said, answer in tunnel(proxy, target):
                    limit = self._limit(deadline, steps=2)  # it looks a name up, and connects
                    until = asyncio.get_running_loop().time() + limit
                    await link.carry(said, answer, stall=limit, deadline=until)
                    surplus = answer.surplus
        except NoWay as error:
            self._drop(link)
            raise _Failed(error.trouble, error.detail) from error
        except asyncio.CancelledError:
            self._drop(link)
            raise
        link.tunnelled(self._pipe(target), surplus)
        await self._handshake(link, deadline)
        return link

    async def _connect_to_proxy(self, proxy: Proxy, deadline: float) -> Link:
        """Where it is, is the operator's word and nobody else's business: no failure tells of it."""
        try:
            if proxy.literal is not None:
                found: Sequence[str] = [str(proxy.literal)]
            else:
                found = _alternating(await self._resolve(proxy.host, proxy.port, deadline))
            return await self._connect_to_one(found[:_MOST_ADDRESSES], proxy.port, None, deadline)
        except _Failed as failed:
            dns = failed.trouble in (Trouble.DNS_UNKNOWN, Trouble.DNS_FAILED)
            why = "its proxy's name leads nowhere" if dns else "no connection to its proxy"
            said = proxy.failed(why)
            raise _Failed(said.trouble, said.detail) from failed

    def _pipe(self, target: Target) -> TlsPipe | None:
        return TlsPipe(self._ssl_context, target.tls_name) if target.scheme == "https" else None

    async def _addresses(self, target: Target, detour: Detour | None, port: int, deadline: float) -> Sequence[str]:
        """The addresses to try, all of them allowed. Raises _Failed."""
        name = detour or target
        if name.literal is not None:
            found: Sequence[str] = [str(name.literal)]
        else:
            found = _alternating(await self._resolve(name.host, port, deadline))
        if detour is not None or self._settings.allow_private:
            return found[:_MOST_ADDRESSES]
        refusals = {address: refusal(address) for address in found}
        allowed = [address for address in found if refusals[address] is None]
        if not allowed:
            address, why = next(iter(refusals.items()))
            raise _Failed(Trouble.ADDRESS_REFUSED, f"{target.host} is at {address}, a {why}")
        return allowed[:_MOST_ADDRESSES]

    async def _resolve(self, host: str, port: int, deadline: float) -> Sequence[str]:
        limit = self._limit(deadline)
        try:
            async with asyncio.timeout(limit):
                found = await self._settings.resolve(host, port)
        except TimeoutError:
            raise _Failed(Trouble.DNS_FAILED, f"no word from the resolver on {host} for {limit:.3g} s") from None
        except socket.gaierror as error:
            unknown = error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
            trouble = Trouble.DNS_UNKNOWN if unknown else Trouble.DNS_FAILED
            raise _Failed(trouble, f"{host}: {error.strerror}") from error
        except (OSError, UnicodeError) as error:
            raise _Failed(Trouble.DNS_FAILED, f"{host}: {error}") from error
        if not found:
            raise _Failed(Trouble.DNS_UNKNOWN, f"{host} has no address")
        return found

    async def _connect_to_one(
        self, addresses: Sequence[str], port: int, pipe: TlsPipe | None, deadline: float
    ) -> Link:
        """A TCP connection to the first of the addresses that takes one. Raises _Failed."""
        failed: _Failed | None = None
        for address in addresses:
            try:
                return await self._connect_to(address, port, pipe, deadline)
            except _Failed as error:
                failed = error
        assert failed is not None  # there was an address, else _addresses had raised
        raise failed

    async def _connect_to(self, address: str, port: int, pipe: TlsPipe | None, deadline: float) -> Link:
        """A TCP connection to just this address, which was checked, and is not looked up. Raises _Failed."""
        limit = self._limit(deadline)
        link = Link(pipe)
        try:
            async with asyncio.timeout(limit):
                await asyncio.get_running_loop().create_connection(lambda: link, address, port)
        except TimeoutError:
            detail = f"no connection to {address} port {port} within {limit:.3g} s"
            raise _Failed(Trouble.TIMED_OUT, detail, ip=address) from None
        except (OSError, OverflowError) as error:
            detail = f"{address} port {port}: {_os_words(error)}"
            raise _Failed(Trouble.CONNECT_FAILED, detail, ip=address) from error
        self._links.add(link)
        return link

    async def _handshake(self, link: Link, deadline: float) -> None:
        limit = self._limit(deadline)
        try:
            async with asyncio.timeout(limit):
                await link.ready()
        except TimeoutError:
            failed = _Failed(Trouble.TIMED_OUT, f"no end of the TLS handshake within {limit:.3g} s", ip=link.ip)
        except ssl.SSLError as error:
            failed = _Failed(Trouble.TLS_FAILED, failure_words(error), ip=link.ip, tls=link.tls)
        except ConnectionError as error:
            failed = _Failed(Trouble.TLS_FAILED, f"the handshake failed: {error}", ip=link.ip)
        except asyncio.CancelledError:
            self._drop(link)
            raise
        else:
            return
        self._drop(link)
        raise failed

    def _drop(self, link: Link) -> None:
        self._links.discard(link)
        link.abort()

    def _limit(self, deadline: float, *, steps: int = 1) -> float:
        """Seconds that the next step may take, or so many steps that cannot be told apart."""
        left = deadline - asyncio.get_running_loop().time()
        return max(0.0, min(self._settings.connect_timeout * steps, left))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What an exchange has in common, however it ends."""

    url: str
    began: datetime
    started: float  # loop time

    def _ms(self, moment: float | None = None) -> int:
        return round(((moment or asyncio.get_running_loop().time()) - self.started) * 1000)

    def failed(self, failed: _Failed) -> Exchange:
        """Nothing was sent."""
        return Exchange(
            url=self.url,
            began=self.began,
            trouble=failed.trouble,
            trouble_detail=failed.detail,
            ip=failed.ip,
            tls=failed.tls,
            elapsed_ms=self._ms(),
        )

    def answered(self, link: Link, framing: Framing, request: bytes, *, reused: bool) -> Exchange:
        """The request was sent; what came back, if anything did."""
        surplus, trouble = framing.surplus, framing.trouble
        if trouble is Trouble.CONNECT_FAILED and link.pipe is not None and link.pipe.failure is not None:
            trouble = Trouble.TLS_FAILED  # in TLS 1.3 a server may turn us away after our side's handshake
        counted = (("surplus-bytes", str(len(surplus))),) if surplus else ()
        return Exchange(
            url=self.url,
            began=self.began,
            request=request,
            response=framing.response + surplus,
            interim=framing.interim,
            trouble=trouble,
            trouble_detail=framing.detail,
            truncated=framing.truncated,
            ip=link.ip,
            tls=link.tls,
            elapsed_ms=self._ms(link.last_byte),
            ttfb_ms=None if link.first_byte is None else self._ms(link.first_byte),
            reused=reused,
            notes=counted,
        )


def _alternating(addresses: Sequence[str]) -> list[str]:
    """Both families in turn, the first one's first (RFC 8305 section 4), in case one family is dead."""
    six = [address for address in addresses if ":" in address]
    four = [address for address in addresses if ":" not in address]
    first, second = (six, four) if addresses[0] in six else (four, six)
    return [address for pair in itertools.zip_longest(first, second) for address in pair if address]


def _os_words(error: Exception) -> str:
    """`Connection refused` rather than asyncio's `Connect call failed`."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else str(error)
