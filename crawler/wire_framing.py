"""Where an HTTP/1 answer ends, told from its bytes alone (RFC 9112 section 6).

Knows status lines, the three header fields that frame a message, chunk sizes, and how peers get them wrong.
Refuses to know sockets, clocks, URLs, or what any of it means: bytes go in, in pieces of any size, and the
same bytes come out, divided into interim responses, the final response, and what came after its end. However
the bytes are cut into pieces, the result is the same, and the work grows with their number only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from archive.domain.model import Trouble, Truncated

HEAD_LIMIT = 256 * 1024
"""Bytes before the body that are read at most, interim responses included. Chromium stops there as well."""

MAX_BYTES = 32 * 1024 * 1024
"""Bytes of one answer that are read at most by default. The largest of 1,786 news pages has 1.5 MB."""

# Lenient in case and spaces. The reason may be missing (RFC 9112 section 4: a client SHOULD ignore it).
_STATUS_LINE = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+([1-9]\d\d)(?:[ \t].*)?\r*", re.IGNORECASE | re.DOTALL)
# RFC 9112 section 7.1: 1*HEXDIG and extensions. 16 digits count more bytes than there are.
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r*", re.DOTALL)
_HUGE = 10**18  # a length longer than its digits are worth reading; larger than any limit of ours
_BODYLESS = frozenset({204, 304})
# RFC 9112 section 6.3: a tunnel begins after the head. A CONNECT that is refused has a body, which says no more.
_HEAD_SAYS_ALL = frozenset({"HEAD", "CONNECT"})


class Reader(Protocol):
    """What a connection reads an answer with."""

    over: bool

    @property
    def surplus(self) -> bytes:
        """What came after the end of the answer."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""

    def close(self, why: str = "") -> None:
        """The connection ended."""

    def expire(self, why: str) -> None:
        """No more time is allowed."""


class Framing:
    """One answer being read. Feed it bytes until it is `over`, or tell it that no more will come.

    `interim` + `response` + `surplus` are the bytes as they came. `interim` also holds empty lines that stood
    before the status line. `surplus` is what followed the announced end, for instance when Content-Length is
    too small. `trouble` and `truncated` mean something once the answer is over.
    """

    def __init__(self, method: str = "GET", *, max_bytes: int = MAX_BYTES, head_limit: int = HEAD_LIMIT) -> None:
        self.over = False
        self.status: int | None = None  #: once its header has come
        self.trouble: Trouble | None = None
        self.detail = ""
        self.truncated: Truncated | None = None
        self.reusable = False
        self._method = method
        self._max_bytes = max_bytes
        self._head_limit = head_limit
        self._buffer = bytearray()
        self._begin = 0  # where the response under way begins; all before it is interim
        self._end = 0  # where the message ended, once over
        self._line = 0  # where the line under way begins
        self._scan = 0  # up to where the buffer was searched for its end
        self._awaited = 0  # up to where the body, or the chunk under way, reaches
        self._persistent = False
        self._deaf = False  # over, and not by its own frame: what still comes is not taken
        self._step: Callable[[Framing], bool] = Framing._read_head  # unbound, so that no cycle outlives the answer

    @property
    def interim(self) -> bytes:
        """The 1xx responses that came before the final one."""
        return bytes(self._buffer[: self._begin])

    @property
    def response(self) -> bytes:
        """The final response, as far as it came."""
        return bytes(memoryview(self._buffer)[self._begin : self._end if self.over else len(self._buffer)])

    @property
    def surplus(self) -> bytes:
        """What came after the end of the response."""
        return bytes(self._buffer[self._end :]) if self.over else b""

    @property
    def unanswered(self) -> bool:
        """Whether not one byte has come."""
        return not self._buffer

    # -- what the connection tells

    def feed(self, data: bytes) -> None:
        """Take the next bytes. What exceeds the limits is not kept."""
        rest = data
        while rest and not self._deaf:
            room = self._room()
            if room <= 0:
                self._overflow()
                return
            piece, rest = (rest, b"") if len(rest) <= room else (rest[:room], rest[room:])
            self._buffer += piece
            while not self.over and self._step(self):
                pass

    def close(self, why: str = "") -> None:
        """The connection ended; `why` is empty when the peer closed it in good order."""
        if self.over:
            return
        if self._step is Framing._read_trailer or (self._step is Framing._read_until_close and not why):
            self._finish()  # RFC 9112 section 8: the zero-sized chunk, or a clean close, makes it complete
        elif self._step is Framing._read_garbage:
            self._finish(truncated=Truncated.DISCONNECT if why else None)
        elif self.unanswered:
            self._finish(Trouble.CONNECT_FAILED, f"{why or 'the peer closed the connection'} before an answer")
        else:
            detail = f"{why or 'the peer closed the connection'} {self._progress()}"
            self._finish(Trouble.DISCONNECTED, detail, Truncated.DISCONNECT)

    def expire(self, why: str) -> None:
        """No more time is allowed; `why` says which limit it was."""
        if self.over:
            return
        truncated = None if self.unanswered else Truncated.TIME
        if self._step is Framing._read_trailer:
            self._finish()
        elif self._step is Framing._read_garbage:
            self._finish(truncated=truncated)
        else:
            self._finish(Trouble.TIMED_OUT, f"{why} {self._progress()}", truncated)

    # -- limits

    def _room(self) -> int:
        """How many bytes may still be taken. It depends only on the bytes before, never on their pieces."""
        room = self._begin + self._max_bytes - len(self._buffer)
        if self._step is Framing._read_head and not self.over:
            return min(room, self._head_limit - len(self._buffer))
        return room

    def _overflow(self) -> None:
        if self.over:
            return  # surplus beyond all limits; the message itself is whole
        if self._step is Framing._read_head and len(self._buffer) >= self._head_limit:
            detail = f"no end of the header after {len(self._buffer)} bytes"
            self._finish(Trouble.NOT_HTTP, detail, Truncated.LENGTH)
        elif self._step is Framing._read_garbage:
            self._finish(truncated=Truncated.LENGTH)
        else:
            detail = f"stopped reading at the limit of {self._max_bytes} bytes"
            self._finish(Trouble.TOO_LARGE, detail, Truncated.LENGTH)

    def _progress(self) -> str:
        """Where reading stood, for people."""
        if self.unanswered:
            return "before an answer"
        received = len(self._buffer) - self._begin
        if self._step is Framing._read_head:
            return "within the header"
        if self._step is Framing._read_counted:
            return f"after {received} of {self._awaited - self._begin} bytes"
        return f"after {received} bytes"

    # -- the parts of a message; each step says whether it got any further

    def _next_line(self) -> bytes | None:
        """The line under way without its LF, or None when its end has not come."""
        newline = self._buffer.find(b"\n", self._scan)
        if newline < 0:
            self._scan = len(self._buffer)
            return None
        line = bytes(self._buffer[self._line : newline])
        self._line = self._scan = newline + 1  # RFC 9112 section 2.2: a lone LF may end a line
        return line

    def _read_head(self) -> bool:
        at_start = self._line == self._begin
        if at_start and not _may_be_http(bytes(self._buffer[self._begin : self._begin + 5])):
            return self._give_up("the answer does not begin as HTTP does")
        line = self._next_line()
        if line is None:
            return False
        blank = not line.strip(b"\r")
        if at_start and blank:
            self._begin = self._line  # RFC 9112 section 2.2, for servers; answers have them as well
        elif at_start and _STATUS_LINE.fullmatch(line) is None:
            return self._give_up("the first line is not a status line")
        elif blank:
            self._head_ended()
        return True

    def _head_ended(self) -> None:
        """RFC 9112 section 6.3: how long the body is."""
        status_line, _, fields = bytes(self._buffer[self._begin : self._line]).partition(b"\n")
        match = _STATUS_LINE.fullmatch(status_line)
        assert match is not None  # checked when the line was read
        version, status = (int(match[1]), int(match[2] or b"0")), int(match[3])
        headers = _framing_fields(fields)
        if 100 <= status < 200 and status != 101:
            self._begin = self._line
            return
        self.status = status
        self._awaited = self._line
        self._persistent = _is_persistent(version, headers)
        if status == 101:
            self._finish(Trouble.NOT_HTTP, "the peer switched protocols without being asked", framed=True)
        elif self._method in _HEAD_SAYS_ALL or status in _BODYLESS:
            self._finish(framed=True)
        else:
            self._choose_body(version, headers)

    def _choose_body(self, version: tuple[int, int], headers: dict[bytes, list[bytes]]) -> None:
        codings = _tokens(headers[b"transfer-encoding"])
        length = _content_length(headers[b"content-length"])
        if codings or length is None:
            # In HTTP/1.0 a coding is not to be trusted (RFC 9112 section 6.1): read until close, as Chromium.
            chunked = version >= (1, 1) and codings[-1:] == [b"chunked"]
            self._persistent = self._persistent and chunked and not headers[b"content-length"]
            self._step = Framing._read_chunk_size if chunked else Framing._read_until_close
        else:
            self._awaited += length
            self._step = Framing._read_counted

    def _read_counted(self) -> bool:
        if len(self._buffer) < self._awaited:
            return False
        self._line = self._awaited
        self._finish(framed=True)
        return True

    def _read_chunk_size(self) -> bool:
        line = self._next_line()
        if line is None:
            return False
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            return self._give_up("a chunk does not begin with its size")
        size = int(match[1], 16)
        self._awaited = self._line + size
        self._step = Framing._read_chunk if size else Framing._read_trailer
        return True

    def _read_chunk(self) -> bool:
        """The chunk's data and the line end after it."""
        ending = bytes(self._buffer[self._awaited : self._awaited + 2])
        if ending in {b"", b"\r"}:
            return False
        if ending != b"\r\n" and ending[:1] != b"\n":
            return self._give_up("a chunk is longer than its size says")
        self._line = self._scan = self._awaited + (1 if ending[:1] == b"\n" else 2)
        self._step = Framing._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        line = self._next_line()
        if line is None:
            return False
        if not line.strip(b"\r"):
            self._finish(framed=True)
        return True

    def _read_until_close(self) -> bool:
        return False

    def _read_garbage(self) -> bool:
        """No frame to go by: all that comes until the connection ends is kept as evidence."""
        return False

    def _give_up(self, why: str) -> bool:
        self.trouble, self.detail = Trouble.NOT_HTTP, why
        self._step = Framing._read_garbage
        return True

    def _finish(
        self,
        trouble: Trouble | None = None,
        detail: str = "",
        truncated: Truncated | None = None,
        *,
        framed: bool = False,
    ) -> None:
        """The message is over: right before `_line` if `framed`, else with the last byte. Trouble stays."""
        self.over = True
        self.trouble, self.detail = self.trouble or trouble, self.detail or detail
        self.truncated = truncated
        self._end = self._line if framed else len(self._buffer)
        self._deaf = not framed
        self.reusable = framed and self.trouble is None and self._persistent


def _may_be_http(start: bytes) -> bool:
    """Whether an answer that starts so can still become a status line, or an empty line before one."""
    return b"HTTP/".startswith(start.upper()) or start[:2] in {b"\r", b"\r\n"} or start[:1] == b"\n"


def _framing_fields(head: bytes) -> dict[bytes, list[bytes]]:
    """The values of the fields that frame a message: folds joined, names in any case, other lines passed."""
    found: dict[bytes, list[bytes]] = {b"transfer-encoding": [], b"content-length": [], b"connection": []}
    current: list[bytes] | None = None
    for line in head.split(b"\n"):
        if line[:1] in {b" ", b"\t"}:  # RFC 9112 section 5.2, obs-fold
            if current:
                current[-1] += b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        current = found.get(name.rstrip().lower()) if colon else None
        if current is not None:
            current.append(value.strip())
    return found


def _tokens(values: list[bytes]) -> list[bytes]:
    """The members of a comma-separated list, lower-case, without parameters."""
    members = (member.partition(b";")[0].strip().lower() for value in values for member in value.split(b","))
    return [member for member in members if member]


def _content_length(values: list[bytes]) -> int | None:
    """The announced length; None when absent, or when the fields contradict one another or say no number.

    RFC 9112 section 6.3 lets a list of equal numbers count as one. For the rest it asks clients to throw the
    answer away; to keep evidence it is read until close instead.
    """
    numbers = {member.strip() for value in values for member in value.split(b",")}
    if len(numbers) != 1 or not (digits := numbers.pop()).isdigit():
        return None
    return int(digits) if len(digits) <= 18 else _HUGE


def _is_persistent(version: tuple[int, int], headers: dict[bytes, list[bytes]]) -> bool:
    """RFC 9112 section 9.3: whether the peer keeps the connection open after this answer."""
    options = _tokens(headers[b"connection"])
    if b"close" in options:
        return False
    return version >= (1, 1) or b"keep-alive" in options
