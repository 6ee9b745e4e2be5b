"""Requests in, bytes out: a small HTTP/1.1 server on asyncio streams in a thread of its own.

It knows framing, keep-alive, conditional requests, gzip and the log of visits. What a request is
answered with is the business of the `respond` function that it is given. A `Script` is sent as it
stands, byte for byte and pause for pause, so that a caller can also answer wrongly on purpose.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import gzip
import hashlib
import http
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from archive.errors import EnvironmentFailed
from scheduler.newsroom.visits import Visit, VisitLog

T = TypeVar("T")

HEAD_LIMIT = 64 * 1024  #: bytes of a request head; browsers and servers agree on less (8–16 kB)
SMALLEST_ZIPPED = 200  #: bytes; below it, servers by habit do not compress
ZIP_LEVEL = 4  #: measured on our pages: half the time of level 6, 3 % more bytes
GLANCE = 0.02  #: seconds between two looks at whether the client is still there
PATIENCE = 10.0  #: seconds for the server thread to start, listen or stop; it takes milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came."""

    method: str
    target: str  #: as sent: path and query
    host: str  #: from `Host`, lower-case, without port
    scheme: str = "http"
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    local: tuple[str, int] = ("", 0)  #: the address and port it came in by
    path: str = "/"  #: the target's path, percent-decoded

    def get(self, name: str) -> str:
        """The first value of header `name`, or the empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer that the server frames itself; the same value may be sent many times."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime | None = None  #: for Last-Modified

    @cached_property
    def zipped(self) -> bytes:
        """The body in gzip coding, without a time stamp in it."""
        return gzip.compress(self.body, ZIP_LEVEL, mtime=0)

    @cached_property
    def etag(self) -> str:
        """The opaque part of the entity tag, of the body alone."""
        return hashlib.sha256(self.body).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Pause:
    """A step of a script: say nothing for so long."""

    seconds: float


class End(enum.Enum):
    """How a script may end the connection; without an end it stays open for the next request."""

    CLOSE = "close"  #: in order (FIN)
    RESET = "reset"  #: at once (RST)
    HANG = "hang"  #: never: silent until the client leaves or the room closes


@dataclass(frozen=True, slots=True)
class Script:
    """An answer that is played as it stands."""

    steps: tuple[bytes | Pause | End, ...]
    status: int = 0  #: for the log; 0 where no status line is sent


Respond = Callable[[Request], Response | Script]


def http_date(moment: datetime) -> str:
    """`Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def frame(request: Request, response: Response, *, now: datetime) -> tuple[int, bytes]:
    """The status sent and the bytes of a well-formed answer.

    Conditions as RFC 9110, section 13.2.2: If-None-Match before If-Modified-Since.
    """
    headers = [("Date", http_date(now))]
    if not any(name == "Server" for name, _ in response.headers):
        headers.append(("Server", "newsroom"))
    zipped = "gzip" in request.get("accept-encoding") and len(response.body) >= SMALLEST_ZIPPED
    if response.status == http.HTTPStatus.OK:
        headers.append(("ETag", f'"{response.etag}{"-gz" if zipped else ""}"'))
        headers.append(("Vary", "Accept-Encoding"))
        if response.modified is not None:
            headers.append(("Last-Modified", http_date(response.modified)))
        if _unchanged(request, response):
            return 304, head_bytes(304, [*headers, *response.headers])
    body = response.zipped if zipped else response.body
    headers.append(("Content-Type", response.content_type))
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    if response.status != http.HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(body))))
    head = head_bytes(response.status, [*headers, *response.headers])
    return response.status, head if request.method == "HEAD" else head + body


def head_bytes(status: int, headers: list[tuple[str, str]], *, version: str = "HTTP/1.1") -> bytes:
    """A status line and headers, Latin-1, with the empty line."""
    reason = http.HTTPStatus(status).phrase if status in http.HTTPStatus._value2member_map_ else ""
    lines = [f"{version} {status} {reason}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def _unchanged(request: Request, response: Response) -> bool:
    wanted = request.get("if-none-match")
    if wanted:
        tags = {tag.strip().removeprefix("W/").strip('"').removesuffix("-gz") for tag in wanted.split(",")}
        return "*" in tags or response.etag in tags
    since = request.get("if-modified-since")
    if not since or response.modified is None:
        return False
    try:
        return response.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def read_head(head: bytes, *, scheme: str, local: tuple[str, int]) -> Request | None:
    """A request head as a value; None when its first line is no request line."""
    first, *rest = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
    except ValueError:
        return None
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in rest if line))
    host = next((value for name, value in headers if name.lower() == "host"), "")
    if target.startswith(("http://", "https://")):  # absolute form, as proxies get it
        parts = urlsplit(target)
        host = parts.netloc
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(
        method=method,
        target=target,
        host=host.lower().rsplit(":", 1)[0] if ":" in host else host.lower(),
        scheme=scheme,
        version=version,
        headers=headers,
        local=local,
        path=unquote(target.split("?", 1)[0]),
    )


class Server:
    """Listens on loopback and plays what `respond` says. Start, listen, stop; from any thread."""

    def __init__(self, respond: Respond, *, now: Callable[[], datetime]) -> None:
        self.log = VisitLog()
        self._respond = respond
        self._now = now
        self._connections: set[asyncio.StreamWriter] = set()
        self._handlers: set[asyncio.Task[Any]] = set()
        self._listeners: dict[tuple[str, int], asyncio.Server] = {}
        self._count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="newsroom", daemon=True)

    def start(self) -> None:
        """Start the thread; nothing listens yet."""
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise EnvironmentFailed("newsroom: the server thread did not start; is the machine overloaded?")

    def stop(self) -> None:
        """Close every listener and connection, then end the thread. May be called twice."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)

    def listen(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen on `address`; the port given, or the free one that was found for 0."""
        return self._ask(self._listen(address, port, tls))

    def unlisten(self, address: str, port: int) -> None:
        """Refuse connections there from now on, and cut those that are open."""
        self._ask(self._unlisten(address, port))

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _listen(self, address: str, port: int, tls: ssl.SSLContext | None) -> int:
        try:
            server = await asyncio.start_server(
                self._serve, address, port, ssl=tls, limit=HEAD_LIMIT, backlog=1024
            )
        except OSError as error:
            raise EnvironmentFailed(
                f"newsroom: cannot listen on {address}:{port} ({error.strerror}); choose another port"
            ) from error
        found: int = server.sockets[0].getsockname()[1]
        self._listeners[address, found] = server
        return found

    async def _unlisten(self, address: str, port: int) -> None:
        server = self._listeners.pop((address, port), None)
        if server is not None:
            server.close()
        for writer in list(self._connections):
            if writer.get_extra_info("sockname")[:2] == (address, port):
                writer.transport.abort()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._ready.set()
        await self._stopping.wait()
        for server in self._listeners.values():
            server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=PATIENCE / 2)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._count += 1
        self._connections.add(writer)
        self._handlers.add(task)
        # So that "finished" means: given to the kernel. Not 0: asyncio's TLS transport (3.11) counts an
        # empty buffer as full then, and drain() never returns.
        writer.transport.set_write_buffer_limits(high=1)
        try:
            await self._converse(reader, writer, self._count)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            pass  # the client left, or speaks no HTTP; its log line stays unfinished
        finally:
            self._connections.discard(writer)
            self._handlers.discard(task)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        local = writer.get_extra_info("sockname")[:2]
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            request = read_head(head[:-4], scheme=scheme, local=local)
            if request is None:
                writer.write(head_bytes(400, [("Connection", "close"), ("Content-Length", "0")]))
                return
            visit = self._note(request, number)
            if length := request.get("content-length"):
                await reader.readexactly(int(length) if length.isdigit() else 0)
            if not await self._answer(request, visit, reader, writer):
                return

    def _note(self, request: Request, number: int) -> Visit:
        visit = Visit(
            host=request.host,
            method=request.method,
            path=request.target,
            headers=request.headers,
            scheme=request.scheme,
            connection=number,
            received=time.monotonic(),
            at=datetime.now(UTC),
        )
        self.log.visits.append(visit)
        return visit

    async def _answer(
        self, request: Request, visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send the answer; whether the connection stays open."""
        answer = self._respond(request)
        try:
            if isinstance(answer, Script):
                visit.status = answer.status
                return await self._play(answer, visit, reader, writer)
            stays = request.version == "HTTP/1.1" and request.get("connection").lower() != "close"
            if not stays:
                answer = replace(answer, headers=(*answer.headers, ("Connection", "close")))
            visit.status, raw = frame(request, answer, now=self._now())
            await _send(raw, visit, writer)
            return stays
        finally:  # also when the client leaves first: then nobody is being answered any more
            visit.finished = time.monotonic()

    async def _play(
        self, script: Script, visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        for step in script.steps:
            match step:
                case Pause(seconds):
                    await self._pause(seconds, reader)
                case End.CLOSE:
                    return False
                case End.RESET:
                    reset(writer)
                    return False
                case End.HANG:
                    while await reader.read(HEAD_LIMIT):
                        pass
                    return False
                case bytes():
                    await _send(step, visit, writer)
        return True

    async def _pause(self, seconds: float, reader: asyncio.StreamReader) -> None:
        """Wait, unless the client leaves or the room closes."""
        assert self._stopping is not None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(left, GLANCE))
            if self._stopping.is_set() or reader.at_eof() or reader.exception():
                raise ConnectionResetError


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: SO_LINGER on with zero seconds (socket(7))."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _send(raw: bytes, visit: Visit, writer: asyncio.StreamWriter) -> None:
    writer.write(raw)
    visit.sent += len(raw)
    await writer.drain()
