"""One connection to a server, over TCP or TLS, that carries one exchange after another.

Knows when bytes came, how the connection ended, and which time limits hold. Refuses to know what the bytes
mean (`Framing` does), where it was connected to and why, and when to use it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from archive.domain.model import Tls
from crawler.wire_framing import Reader
from crawler.wire_tls import TlsPipe, failure_words

_SURPLUS_GRACE = 0.2
"""Seconds to wait for the rest when bytes follow the announced end. Only broken servers send such; what they
sent in one go has come by then, and nobody else waits."""


class Link(asyncio.Protocol):
    """A connection. Await `ready`, then `carry` an exchange; `usable` says whether it can take another."""

    def __init__(self, pipe: TlsPipe | None) -> None:
        self.pipe = pipe
        self.ip: str | None = None
        self.tls: Tls | None = None
        self.carried = 0  #: exchanges that were begun on it
        self.first_byte: float | None = None  #: loop time of the first byte of the answer
        self.last_byte: float | None = None  #: loop time of its last byte
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._over: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._framing: Reader | None = None
        self._early = b""  # what a server said before it was asked
        self._timer: asyncio.TimerHandle | None = None
        self._stall, self._deadline, self._touched = 0.0, 0.0, 0.0
        self._ended: str | None = None  # why the connection is of no more use; empty after a clean close

    # -- what the Wire asks for

    async def ready(self) -> None:
        """Return once connected and, over TLS, once the handshake is done.

        Raises ssl.SSLError when the handshake failed, ConnectionError when the peer went away in it.
        """
        await self._ready

    async def carry(self, request: bytes, framing: Reader, *, stall: float, deadline: float) -> None:
        """Send `request` and read the answer into `framing` until that is over, in time or not.

        `stall` is in seconds without a byte, `deadline` in the loop's time. Never raises for the network.
        """
        self.carried += 1
        self.first_byte = self.last_byte = None
        self._framing, self._over = framing, self._loop.create_future()
        self._stall, self._deadline, self._touched = stall, deadline, self._loop.time()
        self._send(request)
        early, self._early = self._early, b""
        if early:
            self._deliver(early)
        if self._ended is not None:
            framing.close(self._ended)
            self._settle()
        self._watch()
        try:
            await self._over
        finally:
            self._stop_watching()
            self._framing = self._over = None

    def tunnelled(self, pipe: TlsPipe | None, surplus: bytes) -> None:
        """A proxy has led on: this is a connection to the server now, over TLS where there is a `pipe`.

        `surplus` is what came through the tunnel already. Await `ready` again.
        """
        self.carried, self.ip, self.pipe = 0, None, pipe
        if pipe is None:
            self._early = surplus
        elif self._ended is None:
            self._ready = self._loop.create_future()
            pipe.handshake()
            self._flush()
            if surplus:
                self.data_received(surplus)

    @property
    def usable(self) -> bool:
        """Whether it is open, and nothing came that nobody had asked for."""
        return self._ended is None and self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Say goodbye and close; for a connection at rest."""
        if self.usable and self.pipe is not None:
            self.pipe.close()
            self._flush()
        self._ended = self._ended or "closed by us"
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection at once, with whatever is under way."""
        if not self._ready.done():
            self._ready.cancel()
        self._end("we gave up the connection")
        if self._transport is not None:
            self._transport.abort()

    # -- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The TCP connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.ip = peer[0] if peer else None
        if self.pipe is None:
            self._ready.set_result(None)
        else:
            self.pipe.handshake()
            self._flush()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._touched = self._loop.time()
        if self.pipe is None:
            self._deliver(data)
            return
        plaintext = self.pipe.receive(data)
        self._flush()
        self._greet()
        if plaintext:
            self._deliver(plaintext)
        if self.pipe.failure is not None:
            self._end(failure_words(self.pipe.failure))
        elif self.pipe.closed:
            self._end("")

    def eof_received(self) -> None:
        """The peer sends no more; asyncio then closes the transport."""
        self._end("" if self.pipe is None else "the peer closed without a TLS farewell")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end(_loss_words(exc))

    # -- within

    def _greet(self) -> None:
        """Settle `ready` when the handshake has come to its end."""
        assert self.pipe is not None
        if self._ready.done():
            return
        if self.pipe.failure is not None:
            self.tls = self.pipe.describe(verified=False)
            self._ready.set_exception(self.pipe.failure)
        elif self.pipe.handshaken:
            self.tls = self.pipe.describe()
            self._ready.set_result(None)

    def _send(self, data: bytes) -> None:
        if self._transport is None or self._ended is not None:
            return
        if self.pipe is None:
            self._transport.write(data)
            return
        with contextlib.suppress(ssl.SSLError):  # broken meanwhile: the loss is about to be told to us
            self.pipe.send(data)
        self._flush()

    def _flush(self) -> None:
        assert self.pipe is not None
        if self._transport is not None and (ciphertext := self.pipe.outgoing()):
            self._transport.write(ciphertext)

    def _deliver(self, data: bytes) -> None:
        framing = self._framing
        if framing is None and self.carried == 0:
            self._early += data
            return
        if framing is None:
            self._end("the peer sent bytes that nobody had asked for")
            self.abort()
            return
        self.last_byte = self._touched
        if self.first_byte is None:
            self.first_byte = self._touched
        lingering = framing.over
        framing.feed(data)
        if not framing.over or lingering:
            return
        if framing.surplus:
            self._loop.call_later(_SURPLUS_GRACE, self._settle)
        else:
            self._settle()

    def _end(self, why: str) -> None:
        """No more bytes come; `why` is empty after a clean close. The first reason stands."""
        if self._ended is not None:
            return
        self._ended = why
        if not self._ready.done():
            self._ready.set_exception(ConnectionResetError(why or "the peer closed the connection"))
        if self._framing is not None:
            self._framing.close(why)
            self._settle()

    def _settle(self) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    # -- time limits

    def _watch(self) -> None:
        """One timer for both limits, set anew when it rings, not at each byte."""
        self._timer = self._loop.call_at(min(self._touched + self._stall, self._deadline), self._check_time)

    def _check_time(self) -> None:
        now = self._loop.time()
        assert self._framing is not None
        if now >= self._deadline:
            self._framing.expire("the time allowed ran out")
            self._settle()
        elif now >= self._touched + self._stall:
            self._framing.expire(f"nothing came for {self._stall:g} s,")
            self._settle()
        else:
            self._watch()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _loss_words(exc: Exception | None) -> str:
    if exc is None:
        return ""
    if isinstance(exc, ConnectionResetError):
        return "the peer reset the connection"
    return f"the connection broke ({exc})"
