"""Answers broken on the wire: what a newsroom for tests can do to any page (`BREAKAGES`).

Each breakage makes the answer that is sent of the one that would have been sent.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import brotli

from scheduler.newsroom import End, Pause, Request, Response, Script
from scheduler.newsroom.wire import frame, head_bytes


@dataclass(slots=True)
class Broken:
    """One thing that is broken, and for how many answers more."""

    host: str
    paths: set[str]
    kind: str
    left: int
    seconds: float

    def concerns(self, request: Request) -> bool:
        """Whether the answer to this request is to be broken."""
        if self.left <= 0 or request.host != self.host:
            return False
        return request.path in self.paths or request.target in self.paths or self._all_but_robots(request)

    def _all_but_robots(self, request: Request) -> bool:
        return not self.paths and request.path != "/robots.txt"


def whole(request: Request, response: Response, *, zipped: bool = False) -> tuple[bytes, bytes]:
    """Head (with its empty line) and body of the answer that would have been sent."""
    coding = (("accept-encoding", "gzip" if zipped else "identity"),)
    plain = replace(request, headers=coding, method="GET")
    head, gap, body = frame(plain, response, now=datetime(2026, 3, 2, tzinfo=UTC))[1].partition(b"\r\n\r\n")
    return head + gap, body


def with_head(head: bytes, **changes: str | None) -> bytes:
    """The head with headers replaced (`content_length="7"`), added, or taken out (None)."""
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    for name, value in changes.items():
        wanted = name.replace("_", "-").encode()
        lines = [line for line in lines if not line.lower().startswith(wanted + b":")]
        if value is not None:
            lines.append(wanted.title() + b": " + value.encode())
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def _odd_heads(head: bytes) -> bytes:
    first, rest = head.split(b"\r\n", 1)
    odd = [
        b"x-lOwEr-AnD-UpPeR:no space",
        b"X-Padded:    spaces around    ",
        b"X-Folded: one\r\n  two",
        b"Set-Cookie: a=1; Path=/",
        b"X-Between: yes",
        b"Set-Cookie: b=2; Path=/",
        b"a line without a colon",
        b"X-Latin: caf\xe9",
        b"X-Utf8: caf\xc3\xa9",
        b"X-Empty:",
    ]
    return first + b"\r\n" + b"\r\n".join(odd) + b"\r\n" + rest


def _script(*steps) -> Script:
    found = re.search(rb"HTTP/1\.[01] ([2-5]\d\d)", b"".join(step for step in steps if isinstance(step, bytes)))
    return Script(steps, status=int(found[1]) if found else 0)


def _silent(request, response, seconds):
    return Script((End.HANG,))


def _reset(request, response, seconds):
    return Script((End.RESET,))


def _stall(request, response, seconds):
    head, body = whole(request, response)
    return _script(head, body[: len(body) // 2], End.HANG)


def _reset_midway(request, response, seconds):
    head, body = whole(request, response)
    return _script(head, body[: len(body) // 2], Pause(0.05), End.RESET)


def _cut_body(request, response, seconds):
    head, body = whole(request, response)
    return _script(head, body[: len(body) // 2], End.CLOSE)


def _cut_chunk(request, response, seconds):
    head, body = whole(request, response)
    head = with_head(head, content_length=None, transfer_encoding="chunked")
    return _script(head, _chunk(body)[: len(body) // 2], End.CLOSE)


def _no_last_chunk(request, response, seconds):
    head, body = whole(request, response)
    return _script(with_head(head, content_length=None, transfer_encoding="chunked"), _chunk(body), End.CLOSE)


def _odd_chunks(request, response, seconds):
    head, body = whole(request, response)
    head = with_head(head, content_length=None, transfer_encoding="chunked", trailer="X-Checksum")
    half = len(body) // 2
    end = b"0\r\nX-Checksum: 1234\r\n\r\n"
    return _script(head, _chunk(body[:half], b";name=value") + _chunk(body[half:]) + end)


def _zipped_chunks(request, response, seconds):
    head, body = whole(request, response, zipped=True)
    head = with_head(head, content_length=None, transfer_encoding="chunked")
    return _script(head, *[_chunk(body[at : at + 500]) for at in range(0, len(body), 500)], b"0\r\n\r\n")


def _bad_gzip(request, response, seconds):
    head, body = whole(request, response)
    return _script(with_head(head, content_encoding="gzip"), body)


def _cut_gzip(request, response, seconds):
    head, body = whole(request, response, zipped=True)
    short = body[: len(body) // 2]
    return _script(with_head(head, content_length=str(len(short))), short)


def _bomb(request, response, seconds):
    return _script(*whole(request, _zeros(), zipped=True))


@functools.cache
def _zeros() -> Response:
    return Response(body=b"\0" * BOMB)


def _brotli(request, response, seconds):
    head, body = whole(request, response)
    packed = brotli.compress(body)
    return _script(with_head(head, content_encoding="br", content_length=str(len(packed))), packed)


def _odd_headers(request, response, seconds):
    head, body = whole(request, response)
    return _script(_odd_heads(head), body)


def _wrong_charset(request, response, seconds):
    return replace(response, content_type="text/html; charset=ISO-8859-1")


def _no_content_type(request, response, seconds):
    head, body = whole(request, response)
    return _script(with_head(head, content_type=None), body)


def _bad_length(request, response, seconds):
    head, body = whole(request, response)
    return _script(with_head(head, content_length=str(len(body) - 100)), body, End.CLOSE)


def _two_lengths(request, response, seconds):
    head, body = whole(request, response)
    return _script(head[:-2] + b"Content-Length: %d\r\n\r\n" % (len(body) + 7), body, End.CLOSE)


def _slow(request, response, seconds):
    head, body = whole(request, response)
    raw = head + body
    step = -(-len(raw) // SLOW_STEPS)
    parts = [raw[at : at + step] for at in range(0, len(raw), step)]
    return _script(*(piece for part in parts for piece in (Pause(seconds / SLOW_STEPS), part)))


def _late(request, response, seconds):
    return _script(Pause(seconds), *whole(request, response))


def _no_reason(request, response, seconds):
    head, body = whole(request, response)
    return _script(head.replace(b" 200 OK", b" 200", 1), body)


def _lf_only(request, response, seconds):
    head, body = whole(request, response)
    return _script(head.replace(b"\r\n", b"\n"), body)


def _http10(request, response, seconds):
    head, body = whole(request, response)
    return _script(with_head(head, content_length=None).replace(b"HTTP/1.1", b"HTTP/1.0", 1), body, End.CLOSE)


def _early_hints(request, response, seconds):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </static/paper.css>; rel=preload\r\n\r\n"
    return _script(hints, *whole(request, response))


def _garbage(request, response, seconds):
    return Script((b"\x16\x03\x01\x00\xa5 this is no HTTP \x00\xff\r\n\r\n", End.CLOSE))


def _redirect_loop(request, response, seconds):
    return Response(status=302, headers=(("Location", request.target),))


def _endless(request, response, seconds):
    head, body = whole(request, response)
    head = with_head(head, content_length=None, transfer_encoding="chunked")
    return _script(head, _chunk(body), *[_chunk(b"<p>more</p>" * 8_000)] * ENDLESS_CHUNKS, End.CLOSE)


def _stale(request, response, seconds):
    if request.get("if-none-match") or request.get("if-modified-since"):
        return _script(head_bytes(304, [("ETag", request.get("if-none-match") or '"old"')]))
    return response


def _error(status: int, *headers: tuple[str, str]):
    body = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>nginx</body></html>\n"

    def broken(request, response, seconds):
        return Response(status=status, body=body.encode(), content_type="text/html", headers=headers)

    return broken


SLOW_STEPS = 10  #: pieces that `slow` is sent in
BOMB = 100_000_000  #: bytes that `bomb` inflates to, from about 0.4 MB on the wire
ENDLESS_CHUNKS = 1_000  #: 88 kB each: 88 MB, more than any sane limit

BREAKAGES: dict[str, Callable[[Request, Response, float], Response | Script]] = {
    "timeout": _silent,  #: the request is read and never answered
    "stall": _stall,  #: head and half of the body, then silence
    "late": _late,  #: a whole answer after `seconds`
    "slow": _slow,  #: a whole answer, spread over `seconds`
    "reset": _reset,  #: RST before any answer
    "reset_midway": _reset_midway,  #: RST after half of the body
    "cut_body": _cut_body,  #: half of what Content-Length announces
    "cut_chunk": _cut_chunk,
    "no_last_chunk": _no_last_chunk,  #: all bytes, but not the end mark
    "odd_chunks": _odd_chunks,  #: extensions and a trailer; right, but rare
    "zipped_chunks": _zipped_chunks,  #: right, and what most outlets do
    "bad_gzip": _bad_gzip,  #: says gzip, is not
    "cut_gzip": _cut_gzip,  #: the gzip stream ends early although the message is whole
    "bomb": _bomb,
    "brotli": _brotli,  #: whether asked for or not
    "odd_headers": _odd_headers,
    "wrong_charset": _wrong_charset,  #: UTF-8 that is called Latin-1
    "no_content_type": _no_content_type,
    "bad_length": _bad_length,  #: more bytes than announced
    "two_lengths": _two_lengths,
    "no_reason": _no_reason,
    "lf_only": _lf_only,
    "http10": _http10,  #: the body ends with the connection
    "early_hints": _early_hints,  #: 103, then the answer
    "garbage": _garbage,
    "redirect_loop": _redirect_loop,
    "endless": _endless,
    "stale_validators": _stale,  #: 304 to any condition, whatever has changed
    "server_error": _error(500),
    "bad_gateway": _error(502),
    "unavailable": _error(503, ("Retry-After", "120")),
    "forbidden": _error(403),
    "empty": lambda request, response, seconds: Response(),  #: 200 and not one byte
}
