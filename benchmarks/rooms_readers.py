"""Readers of a served home, in a process of their own, so that they take no time from the server's threads.

    python benchmarks/rooms_readers.py < what.json > found.json

Each reader holds one connection and asks for one page or call after another, each as often as the others, in an
order of its own; where a list goes on, it reads on for some pages. What is measured is the time from the first
byte of a request to the last of its answer.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass
from typing import Any

DEEP = 4  #: pages of a list that are read one after another
PATIENCE = 60.0  #: seconds for an answer
NEXT = re.compile(rb'<([^>]+)>;\s*rel="next"')


@dataclass(slots=True)
class Answer:
    """What came, and how long it took."""

    status: int
    ms: float
    size: int
    next: str


class Reader:
    """One connection."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, target: str, *, page: bool) -> Answer:
        """Ask, and read the answer to its end; status 0: there was none."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                status, size, following = await self._exchange(target, page=page)
        except (OSError, EOFError, ValueError, TimeoutError):
            self.close()
            status, size, following = 0, 0, ""
        return Answer(status, 1000 * (time.perf_counter() - began), size, following)

    async def _exchange(self, target: str, *, page: bool) -> tuple[int, int, str]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._where)
        reader, writer = self._streams
        accept = "text/html,application/xhtml+xml" if page else "*/*"
        head = f"GET {target} HTTP/1.1\r\nHost: {self._where[0]}:{self._where[1]}\r\nAccept: {accept}\r\n\r\n"
        writer.write(head.encode("utf-8"))
        fields = await reader.readuntil(b"\r\n\r\n")
        status, lower = int(fields.split(b" ", 2)[1]), fields.lower()
        if b"transfer-encoding: chunked" in lower:
            size = await _chunks(reader)
        elif found := re.search(rb"\r\ncontent-length: *(\d+)", lower):
            size = len(await reader.readexactly(int(found[1])))
        else:
            size = 0
        if b"\r\nconnection: close" in lower:
            self.close()
        following = NEXT.search(fields)
        return status, size, following[1].decode() if following else ""

    def close(self) -> None:
        """The next request gets a new connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> int:
    size = 0
    while length := int((await reader.readline()).split(b";")[0], 16):
        size += len(await reader.readexactly(length))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return size


async def read(told: dict[str, Any]) -> list[list[Any]]:
    """What each request was, and came to: call, target, status, ms, bytes."""
    found: list[list[Any]] = []
    end = time.monotonic() + told["seconds"]
    await asyncio.gather(*(_one(told, number, end, found) for number in range(told["readers"])))
    return found


async def _one(told: dict[str, Any], number: int, end: float, found: list[list[Any]]) -> None:
    chance, reader = random.Random(number), Reader(told["host"], told["port"])
    calls = list(told["calls"])
    while time.monotonic() < end:
        chance.shuffle(calls)
        for call in calls:
            target, left = chance.choice(call["targets"]), DEEP
            while target and left and time.monotonic() < end:
                answer = await reader.get(target, page=call["page"])
                found.append([call["path"], target, answer.status, round(answer.ms, 2), answer.size])
                target, left = answer.next.removeprefix(told["base"]), left - 1
                await asyncio.sleep(chance.uniform(0.5, 1.5) * told["think"])
    reader.close()


def main() -> None:
    """Read by what standard input says."""
    told = json.load(sys.stdin)
    work = time.process_time()
    found = asyncio.run(read(told))
    json.dump({"found": found, "cpu": time.process_time() - work}, sys.stdout)


if __name__ == "__main__":
    main()
