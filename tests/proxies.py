"""Ways out on loopback: a small HTTP proxy and a SOCKS5 one, which look names up in a table of their own.

    with Newsroom() as abroad, SocksProxy(lambda: abroad.connect_to, login=("desk", "s3cret")) as proxy:
        place = Place(..., crawl=f'[crawl.vantages]\\nde = "{proxy.url}"')
        proxy.mood = 5               # from now on every connection is refused, as that reply has it

`asked` is every place that a client wanted to be led to, `heads` every request head that the HTTP proxy got.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import quote, urlsplit

HANG = "hang"  #: take the request and never answer
SILENT = "silent"  #: take the connection and close it at the first word
GARBAGE = "garbage"  #: answer in no protocol

Table = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""`host:port` → `address:port`, as `[crawl.connect_to]` has it; or what gives it, so that it may grow."""


class Proxy:
    """Listens on 127.0.0.1 in a thread of its own; in `with`."""

    scheme = ""

    def __init__(self, table: Table, *, login: tuple[str, str] | None = None) -> None:
        self._table = table
        self.login = login
        self.mood: int | str = 0  #: how it refuses: a status or a reply code, or one of the words above
        self.slow = False  #: whether its own words go out byte by byte
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.said: list[str] = []  #: logins as they came
        self.connections = 0
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name=self.scheme, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """As the settings name it."""
        login = ":".join(quote(part, safe="") for part in self.login) + "@" if self.login else ""
        return f"{self.scheme}://{login}127.0.0.1:{self.port}"

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # the transports close in the loop's next turns

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of both sides went away
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await asyncio.wait_for(writer.wait_closed(), 1)
            writer.transport.abort()  # whoever does not read what is left has gone
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def _say(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for piece in [data[n : n + 1] for n in range(len(data))] if self.slow else [data]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.002 if self.slow else 0)

    async def _sulk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Do what the mood says, where it is a word; whether it was."""
        if self.mood == HANG:
            await reader.read()
        elif self.mood == GARBAGE:
            await self._say(writer, b"SSH-2.0-OpenSSH_9.2\r\n")
            await reader.read()
        return isinstance(self.mood, str)

    async def _lead(self, place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to what the table says of `place`; None where it does not know it."""
        self.asked.append(place)
        table = self._table() if callable(self._table) else self._table
        if place not in table:
            return None
        host, _, port = table[place].rpartition(":")
        return await asyncio.open_connection(host, int(port))


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Carry bytes until either side has said all."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()

    ways = [asyncio.ensure_future(carry(reader, there[1])), asyncio.ensure_future(carry(there[0], writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        there[1].transport.abort()


class HttpProxy(Proxy):
    """CONNECT for https, absolute-form for http."""

    scheme = "http"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                method, target, _ = head.split(b"\r\n")[0].decode("ascii").split(" ")
                if await self._refused(head, reader, writer):
                    return
                if method == "CONNECT":
                    await self._connect(target, reader, writer)
                    return
                parts = urlsplit(target)
                there = there or await self._lead(f"{parts.hostname}:{parts.port or 80}")
                if there is None:
                    await self._say(writer, _answer(502))
                    return
                await self._forward(head, parts.path + (f"?{parts.query}" if parts.query else ""), there, writer)
        finally:
            if there is not None:
                there[1].transport.abort()

    async def _refused(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.login is not None:
            wanted = base64.b64encode(":".join(self.login).encode()).decode()
            if f"\r\nProxy-Authorization: Basic {wanted}\r\n".encode() not in head:
                await self._say(writer, _answer(407))
                return True
        if isinstance(self.mood, int) and self.mood:
            await self._say(writer, _answer(self.mood))
            return True
        return await self._sulk(reader, writer)

    async def _connect(self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await self._lead(place)
        if there is None:
            await self._say(writer, _answer(502))
            return
        await self._say(writer, b"HTTP/1.1 200 Connection established\r\nProxy-Agent: tests\r\n\r\n")
        await _both_ways(reader, writer, there)

    async def _forward(
        self,
        head: bytes,
        path: str,
        there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        writer: asyncio.StreamWriter,
    ) -> None:
        """Pass the request on in origin-form, without what was for us, and one answer back."""
        first, *rest = head.split(b"\r\n")
        method, _, version = first.split(b" ")
        fields = [line for line in rest if not line.lower().startswith(b"proxy-")]
        there[1].write(b"\r\n".join([b" ".join([method, path.encode("ascii"), version]), *fields]))
        answer = await there[0].readuntil(b"\r\n\r\n")
        writer.write(answer)
        length = next((n for n in answer.lower().split(b"\r\n") if n.startswith(b"content-length:")), None)
        if length is not None:
            writer.write(await there[0].readexactly(int(length.partition(b":")[2])))
        await writer.drain()


def _answer(status: int) -> bytes:
    body = b"<h1>The proxy says no</h1>"
    return b"HTTP/1.1 %d No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


class SocksProxy(Proxy):
    """SOCKS5, with names looked up here."""

    scheme = "socks5"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        if self.mood == GARBAGE and await self._sulk(reader, writer):
            return
        method = 2 if self.login else 0
        if version != 5 or method not in methods:
            await self._say(writer, b"\x05\xff")
            return
        await self._say(writer, bytes([5, method]))
        if self.login and not await self._login(reader, writer):
            return
        _, command, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        address = await reader.readexactly(size)
        port = int.from_bytes(await reader.readexactly(2), "big")
        if await self._sulk(reader, writer):
            return
        host = address.decode("ascii") if kind == 3 else ".".join(map(str, address))
        there = await self._lead(f"{host}:{port}") if command == 1 and not self.mood else None
        code = int(self.mood) or (0 if there else 4)
        await self._say(writer, bytes([5, code, 0, 1, 127, 0, 0, 1, 0, 0]))
        if there is not None:
            await _both_ways(reader, writer, there)

    async def _login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        user, password = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in "up"]
        self.said.append(f"{user}:{password}")
        good = (user, password) == self.login
        await self._say(writer, b"\x01\x00" if good else b"\x01\x01")
        return good
