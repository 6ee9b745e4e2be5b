"""Reading HTTP/1 responses from the bytes that were on the wire, however odd they are.

Knows RFC 9112 framing and how servers break it; content codings are the business of `codings`. Refuses
to know about WARC records, files and sockets. Nothing here raises on any bytes and everything is linear
in them, because the bytes come from strangers. Nothing here changes the bytes either: what a reader
cannot use (a line without a colon, a chunk extension) is passed over and stays in the WARC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from archive.domain.model import HttpHead, Undone
from archive.warc.codings import Decoded as Decoded
from archive.warc.codings import decode as decode

Spans = tuple[tuple[int, int], ...]
"""Begins and ends of pieces of a body, in order."""

LONGEST_SIZE_LINE: Final = 16 * 1024
"""Bytes of a chunk-size line that are looked at: twice the 8190 that Apache allows for a line of a head
(`LimitRequestLine`). A longer one is hostile."""

_STATUS_LINE = re.compile(rb"(HTTP/[0-9]+(?:\.[0-9]+)?)[ \t]+([0-9]{3})(?![0-9])[ \t]*([^\r\n]*)", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}")

BODILESS: Final = frozenset({204, 304})
"""Final answers that end with their head, whatever they announce (RFC 9112 section 6.3, item 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A response taken apart; `head_bytes + body_bytes` is what was given.

    `entity` is the body without chunk framing and still content-encoded: what a payload digest is
    over. Its pieces lie at `spans` in `body_bytes`. `complete` says that the end that the head
    announced was reached; a body that ends with the connection counts as complete, since nothing
    can tell. A response without a status line has status 0 and is never complete.
    """

    head: HttpHead
    head_bytes: bytes
    body_bytes: bytes
    entity: bytes
    complete: bool
    trailers: tuple[tuple[str, str], ...] = ()
    spans: Spans = ()
    undone: tuple[Undone, ...] = ()  #: as told to `parse`


def parse(raw: bytes, *, undone: tuple[Undone, ...] = ()) -> Message:
    """Take a final response apart. Any bytes go in; nothing is raised.

    `undone` is what another recorder took off the body although the head announces it: without its framing,
    all that follows the head is the body, and whole.
    """
    start = _STATUS_LINE.match(raw)
    if start is None:
        return Message(
            head=HttpHead(status=0, version=""),
            head_bytes=b"",
            body_bytes=raw,
            entity=raw,
            complete=False,
            spans=_whole(raw),
        )
    blank = _BLANK_LINE.search(raw, start.end())
    end = blank.end() if blank else len(raw)
    version, status, reason = (part.decode("latin-1") for part in start.groups())
    fields = _fields(raw[start.end() : end])
    head = HttpHead(status=int(status), reason=reason.rstrip(), version=version.upper(), headers=fields)
    return _with_body(head, raw[:end], raw[end:], undone, whole_head=blank is not None)


def split_interim(raw: bytes) -> tuple[bytes, bytes]:
    """Split `raw` into the 1xx heads that came first and the rest.

    101 stays with the rest: after it nothing more of HTTP/1 follows (RFC 9110 section 15.2.2). A 1xx
    head that was cut stays there too.
    """
    position = 0
    while (start := _STATUS_LINE.match(raw, position)) and start[2][:1] == b"1" and start[2] != b"101":
        blank = _BLANK_LINE.search(raw, start.end())
        if blank is None:
            break
        position = blank.end()
    return raw[:position], raw[position:]


def mime(head: HttpHead) -> str:
    """The media type of `Content-Type`, without parameters and in lower case; empty if there is none."""
    return head.get("content-type").split(";", 1)[0].strip().lower()


def body_of(message: Message, *, limit: int) -> Decoded:
    """The decoded body of `message`; complete only where the message is complete too."""
    codings = [] if Undone.CODING in message.undone else message.head.get_all("content-encoding")
    decoded = decode(message.entity, ", ".join(codings), limit=limit)
    if message.complete or not decoded.complete:
        return decoded
    return Decoded(body=decoded.body, complete=False, problem=decoded.problem or "the response was cut")


# Head and framing ----------------------------------------------------------------------------------


def _fields(lines: bytes) -> tuple[tuple[str, str], ...]:
    """Header fields in wire order. Folded lines are joined (RFC 9112 section 5.2), colon-less skipped."""
    fields: list[tuple[str, list[bytes]]] = []
    usable = False
    for line in lines.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if usable:
                fields[-1][1].append(line.strip())
            continue
        name, colon, value = line.partition(b":")
        usable = bool(colon and name.strip())
        if usable:
            fields.append((name.strip().decode("latin-1"), [value.strip()]))
    return tuple((name, b" ".join(filter(None, parts)).decode("latin-1")) for name, parts in fields)


def _with_body(
    head: HttpHead, head_bytes: bytes, body: bytes, undone: tuple[Undone, ...], *, whole_head: bool
) -> Message:
    """Frame the body as RFC 9112 section 6.3 has it, with the leniency of browsers."""
    spans: Spans
    trailers: tuple[tuple[str, str], ...] = ()
    if head.status in BODILESS or head.status < 200:
        spans, complete = (), True
    elif Undone.FRAMING in undone:
        spans, complete = _whole(body), True
    elif is_chunked(head):
        spans, complete, rest = _dechunk(body)
        trailers = _trailers(body, rest) if complete else ()
    else:
        spans, complete = _by_length(head, body)
    entity = body if spans == _whole(body) else b"".join(body[begin:end] for begin, end in spans)
    return Message(
        head=head,
        head_bytes=head_bytes,
        body_bytes=body,
        entity=entity,
        complete=complete and whole_head,
        trailers=trailers,
        spans=spans,
        undone=undone,
    )


def _whole(body: bytes) -> Spans:
    return ((0, len(body)),) if body else ()


def _trailers(body: bytes, begin: int) -> tuple[tuple[str, str], ...]:
    """The trailer fields that begin at `begin`, just behind a line end."""
    blank = _BLANK_LINE.search(body, begin - 1)
    return _fields(body[begin : blank.start() + 1 if blank else len(body)])


def is_chunked(head: HttpHead) -> bool:
    """Whether `head` announces chunks (RFC 9112 section 6.1)."""
    codings = ",".join(head.get_all("transfer-encoding")).lower().split(",")
    return codings[-1].strip() == "chunked"


def _by_length(head: HttpHead, body: bytes) -> tuple[Spans, bool]:
    """The span of a body with a length, or of one that ends with the connection.

    Lengths that contradict each other announce nothing: everything is taken, and is held to be whole
    when it is as long as one of them says.
    """
    values = ",".join(head.get_all("content-length")).split(",")
    lengths = {int(value) for value in map(str.strip, values) if _LENGTH.fullmatch(value)}
    if len(lengths) == 1:
        length = lengths.pop()
        return _whole(body[:length]), len(body) >= length
    return _whole(body), not lengths or len(body) in lengths


def _dechunk(body: bytes) -> tuple[Spans, bool, int]:
    """The spans of chunk data, whether the last chunk came, and where the trailers begin.

    A body is incomplete if the zero-sized chunk has not been received (RFC 9112 section 8). One that
    never was chunked although the head says so is taken as it is, and not held to be whole.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    while True:
        newline = body.find(b"\n", position, position + LONGEST_SIZE_LINE)
        line = body[position:newline].removesuffix(b"\r") if newline >= 0 else b""
        size_line = _CHUNK_SIZE.fullmatch(line)
        if size_line is None:
            never_chunked = position == 0 and not _cut_in_size_line(body)
            return _whole(body) if never_chunked else tuple(spans), False, position
        size = int(size_line[1], 16)
        begin = newline + 1
        if size == 0:
            return tuple(spans), True, begin
        end = min(begin + size, len(body))
        if end > begin:
            spans.append((begin, end))
        position = end + (2 if body.startswith(b"\r\n", end) else 1)
        if end - begin < size or body[position - 1 : position] != b"\n":
            return tuple(spans), False, position


def _cut_in_size_line(body: bytes) -> bool:
    """Whether `body` may be the start of a chunk-size line and no more."""
    start = body[:LONGEST_SIZE_LINE]
    return b"\n" not in start and _CHUNK_SIZE.fullmatch(start.rstrip()) is not None
