"""Undoing content codings: gzip, deflate and br, also cut, damaged, mislabelled and hostile.

Knows RFC 9110 section 8.4 and how servers break it. Refuses to know where a body came from. Nothing here
raises on any bytes, nothing yields more than it is allowed to, and everything is linear in its input.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import brotli

MOST_CODINGS: Final = 5
"""Stacked content codings that are undone; curl stops at the same number (CVE-2022-32206)."""

STEP: Final = 64 * 1024
"""Bytes given to a decoder at once; larger steps gained nothing measurable on 60 kB pages."""

FIRST_STEP: Final = 1024
"""The first step of each gzip member: what zlib leaves over is copied, so a body of ten thousand tiny
members must not have 64 KiB copied for each."""

PEEK: Final = 1445
"""Bytes that are looked at to tell text from binary: the resource header of the WHATWG MIME Sniffing
Standard, section 5.2; `_BINARY` is its class of binary data bytes."""

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A body with its content coding undone, as far as that went.

    `complete` is False where the body is not all that the server meant to send. `problem` is one
    plain sentence, or empty; a body can have a problem and be complete (plain text called gzip).
    """

    body: bytes
    complete: bool = True
    problem: str = ""


def decode(entity: bytes, content_encoding: str, *, limit: int) -> Decoded:
    """Undo the content codings in the value of `Content-Encoding`, last one first.

    No step yields more than `limit` bytes: a longer body is cut, with a problem. A body that is plainly
    not in the coding that it claims is returned as it is, with a problem.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > MOST_CODINGS:
        return Decoded(body=entity, complete=False, problem=f"{len(codings)} stacked content codings")
    result = Decoded(body=entity)
    for coding in reversed(codings):
        step = _undo(result.body, coding, limit)
        problems = "; ".join(filter(None, (result.problem, step.problem)))
        result = Decoded(body=step.body, complete=result.complete and step.complete, problem=problems)
    return result


class _Coder(Protocol):
    """A stream decoder. `feed` raises `zlib.error` or `brotli.error` on bad input."""

    def feed(self, data: bytes, room: int) -> bytes: ...
    def done(self) -> bool: ...
    def left(self) -> int: ...


class _Zlib:
    """gzip, zlib or raw deflate, by the sign and size of `wbits`."""

    __slots__ = ("_stream",)

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)

    def feed(self, data: bytes, room: int) -> bytes:
        return self._stream.decompress(data, room)

    def done(self) -> bool:
        return self._stream.eof

    def left(self) -> int:
        return len(self._stream.unused_data)


class _Brotli:
    """br (RFC 7932). It reports bytes after its end as an error, so nothing is ever left over."""

    __slots__ = ("_stream",)

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        pieces = [self._stream.process(data, output_buffer_limit=room)]
        size = len(pieces[0])
        while size < room and not self._stream.can_accept_more_data():
            pieces.append(self._stream.process(b"", output_buffer_limit=room - size))
            size += len(pieces[-1])
        return b"".join(pieces)

    def done(self) -> bool:
        return bool(self._stream.is_finished())

    def left(self) -> int:
        return 0


_FAULTS = (zlib.error, brotli.error)


@dataclass(frozen=True, slots=True)
class _Run:
    """How far one stream went: its bytes, where it stopped in the input, and why."""

    body: bytes
    stopped: int
    ended: bool  #: the stream's own end was reached
    fault: bool = False  #: the decoder refused the input at `stopped`


def _undo(entity: bytes, coding: str, limit: int) -> Decoded:
    """Undo one coding."""
    if not entity:
        return Decoded(body=b"")
    if coding in ("gzip", "x-gzip"):
        return _gunzip(entity, limit)
    if coding == "deflate":
        return _inflate(entity, limit)
    if coding == "br":
        return _verdict(entity, coding, _run(_Brotli, entity, 0, limit), limit)
    problem = f"unknown content coding {coding[:40]!r}"
    return Decoded(body=entity, complete=_looks_plain(entity), problem=problem)


def _run(make: Callable[[], _Coder], data: bytes, start: int, room: int) -> _Run:
    """Decode one stream from `start`, for at most one byte more than `room`.

    A decoder that refuses a step yields nothing of it. Then the good steps are run again and the bad
    one byte by byte, so that all that can be decoded is.
    """
    run = _steps(make(), data, start, len(data), room, step=0)
    if not run.fault:
        return run
    coder = make()
    good = _steps(coder, data, start, run.stopped, room, step=0)
    rest = _steps(coder, data, run.stopped, len(data), room - len(good.body), step=1)
    return _Run(good.body + rest.body, rest.stopped, rest.ended, rest.fault)


def _steps(coder: _Coder, data: bytes, start: int, end: int, room: int, *, step: int) -> _Run:
    """Feed `data[start:end]` in steps: of `step` bytes, or growing from FIRST_STEP to STEP where it is 0."""
    pieces: list[bytes] = []
    position, size = start, 0
    width = step or FIRST_STEP
    while position < end and size <= room:
        stop = min(position + width, end)
        try:
            piece = coder.feed(data[position:stop], room + 1 - size)
        except _FAULTS:
            return _Run(b"".join(pieces), position, ended=False, fault=True)
        pieces.append(piece)
        size += len(piece)
        if coder.done():
            return _Run(b"".join(pieces), stop - coder.left(), ended=True)
        position = stop
        width = step or min(width * 4, STEP)
    return _Run(b"".join(pieces), position, ended=False)


def _gunzip(entity: bytes, limit: int) -> Decoded:
    """Members of gzip, one or many (RFC 1952 section 2.2); what follows the last one is passed over."""
    if not b"\x1f\x8b".startswith(entity[:2]):
        return _as_it_is(entity, "gzip")
    pieces: list[bytes] = []
    position, room = 0, limit
    while True:
        run = _run(lambda: _Zlib(31), entity, position, room)
        pieces.append(run.body)
        room -= len(run.body)
        position = run.stopped
        if not run.ended or room < 0 or entity[position : position + 2] != b"\x1f\x8b":
            break
    whole = _Run(b"".join(pieces), position, run.ended, run.fault)
    return _verdict(entity, "gzip", whole, limit)


def _inflate(entity: bytes, limit: int) -> Decoded:
    """deflate: in the zlib wrapper as RFC 9110 section 8.4.1.2 has it, or bare as some servers send it."""
    wrapped = entity[0] & 0x0F == 8 and int.from_bytes(entity[:2], "big") % 31 == 0
    run = _run(lambda: _Zlib(15 if wrapped else -15), entity, 0, limit)
    if wrapped and run.fault and not run.body:
        run = _run(lambda: _Zlib(-15), entity, 0, limit)
    return _verdict(entity, "deflate", run, limit)


def _verdict(entity: bytes, coding: str, run: _Run, limit: int) -> Decoded:
    """Say in words how a stream ended."""
    if len(run.body) > limit:
        return Decoded(body=run.body[:limit], complete=False, problem=f"decoded body cut at {limit} bytes")
    if run.ended:
        extra = len(entity) - run.stopped
        return Decoded(body=run.body, problem=f"{extra} bytes after the end of {coding}" if extra else "")
    if run.fault and coding != "gzip" and (not run.body or _looks_plain(entity)):
        return _as_it_is(entity, coding)
    how = "is damaged" if run.fault else "is cut"
    return Decoded(body=run.body, complete=False, problem=f"{coding} {how} at byte {run.stopped}")


def _as_it_is(entity: bytes, coding: str) -> Decoded:
    """A body that is not in the coding it claims; text is usable all the same."""
    return Decoded(body=entity, complete=_looks_plain(entity), problem=f"called {coding} but is not")


def _looks_plain(body: bytes) -> bool:
    """Whether the start of `body` has no byte that text never has. Compressed data nearly always has one."""
    return _BINARY.search(body, 0, PEEK) is None
