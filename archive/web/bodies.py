"""What is sent to us: how much of it, and for how long. An ASGI layer around all others.

A request says by `Content-Length` how long its body is, and is refused by that before anything else is done for
it; one that does not say it (chunks) is refused where it grows too long. A body must have come whole within
`WITHIN`, so that nobody holds a connection by sending a byte now and then.

Where an answer is given before all of a body was read, the connection ends with it (RFC 9110 section 9.3), but not
at once: who still sends would see it broken off, and never the answer. What they send is thrown away for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM: Final = 256 * 1024
"""Bytes of a form: a note of 10,000 characters in any script, or a thousand addresses."""

CALL: Final = 1024**2
"""Bytes of a call of the API: a rule of a thousand words and a thousand addresses."""

PING: Final = 8 * 1024**2
"""Bytes of what a hub sends: as of a feed that is read (`crawler.discovery.feeds`)."""

WITHIN: Final = 60.0
"""Seconds for a body: 1 MiB over a line of 150 kbit/s."""

LINGER: Final = 2.0
MOST_THROWN: Final = 16 * 1024**2
"""Seconds, and bytes, for which who was answered already may go on to send."""

Refuse = Callable[[Request, int, str], Response]
"""How a refusal looks: of this request, with this status and line."""


def most_of(path: str) -> int:
    """Bytes that may be sent to this path."""
    return PING if path.startswith("/websub/") else CALL if path.startswith("/api/") else FORM


def too_much(most: int) -> str:
    """What is said to who sends more."""
    return f"this is too large; send at most {most // 1024:,} KiB at once"


class Bodies:
    """Lets through what is not too long, and comes in time."""

    def __init__(self, app: ASGIApp, refuse: Refuse, within: Callable[[], float] = lambda: WITHIN) -> None:
        self.app, self._refuse, self._within = app, refuse, within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or have its body measured while it is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, most = Request(scope), most_of(scope["path"])
        declared = request.headers.get("content-length", "0")
        if declared == "0" and "transfer-encoding" not in request.headers:
            await self.app(scope, receive, send)
            return
        body = _Body(receive, send, most, self._within())
        if len(declared) > 18 or int(declared) > most:  # the server has seen that these are digits
            await self._refuse(request, 413, too_much(most))(scope, body.receive, body.send)
        else:
            await self.app(scope, body.receive, body.send)


class _Body:
    """The body of one request, and the answer to it."""

    def __init__(self, receive: Receive, send: Send, most: int, within: float) -> None:
        self._receive, self._send, self._most, self._within = receive, send, most, within
        self._until: float | None = None
        self._size = 0
        self._ended = False
        self._linger = LINGER

    async def receive(self) -> Message:
        """The next piece. Raises `HTTPException` where it is too much, or too late."""
        if self._ended:
            return await self._receive()
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self._within
        try:
            async with asyncio.timeout_at(self._until):
                piece = await self._next()
        except TimeoutError:
            self._linger = 0.0
            raise HTTPException(408, f"what was sent did not come whole within {self._within:g} seconds") from None
        if self._size > self._most:
            raise HTTPException(413, too_much(self._most))
        return piece

    async def _next(self) -> Message:
        piece = await self._receive()
        self._size += len(piece.get("body", b""))
        self._ended = piece["type"] != "http.request" or not piece.get("more_body", False)
        return piece

    async def send(self, message: Message) -> None:
        """Answer; where the body is not read, this is the last answer of the connection."""
        if self._ended:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._send({**message, "headers": [*message.get("headers", []), (b"connection", b"close")]})
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._throw_away()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _throw_away(self) -> None:
        self._size = 0
        try:
            async with asyncio.timeout(self._linger):
                while not self._ended and self._size <= MOST_THROWN:
                    await self._next()
        except TimeoutError:
            self._ended = True
