"""Foreign records → exchanges: which request and which metadata belong to which answer.

Knows how recorders say so: by WARC-Concurrent-To in either direction, or not at all, but next to each other
and of the same URL and time. Refuses to know what is kept. Reads a file as a stream: partners are looked
for among the last records only.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from archive.domain.model import Exchange, Truncated, Undone
from archive.warc import framing, http1
from archive.warc.foreign import Fault, ForeignRecord, fitting
from archive.warc.framing import bare
from archive.warc.http1 import Message
from archive.warc.records import UNDONE, read_undone
from archive.warc.undone import undone_in

MOST_OPEN: Final = 32
"""Answers that wait for their partners at a time. Writers put them side by side; parallel ones a few apart."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all that waits."""

_PARTS: Final = frozenset(["response", "revisit", "request", "metadata"])


@dataclass(slots=True)
class Group:
    """Records that belong together; without an answer in `principal` they are of no use."""

    principal: ForeignRecord | None = None
    request: ForeignRecord | None = None
    metadata: list[ForeignRecord] = field(default_factory=list)
    software: str = ""  #: what the file's warcinfo record says of who wrote it

    @property
    def records(self) -> list[ForeignRecord]:
        """All of them."""
        return [record for record in (self.principal, self.request, *self.metadata) if record]

    def takes(self, record: ForeignRecord) -> bool:
        """Whether there is room for a record of this type."""
        if record.type == "metadata":
            return True
        return (self.request if record.type == "request" else self.principal) is None

    def add(self, record: ForeignRecord) -> None:
        """Take `record` in."""
        if record.type == "metadata":
            self.metadata.append(record)
        elif record.type == "request":
            self.request = record
        else:
            self.principal = record


def _named(record: ForeignRecord) -> set[str]:
    """The records that this one says it belongs to."""
    names = record.get_all("WARC-Concurrent-To")
    if record.type == "metadata":
        names += record.get_all("WARC-Refers-To")
    return {bare(name) for name in names}


def _belongs(record: ForeignRecord, group: Group) -> bool:
    if not group.takes(record):
        return False
    named, theirs = _named(record), set[str]().union(*map(_named, group.records))
    ids = {each.id for each in group.records if each.id}
    if named & ids or record.id in theirs:
        return True
    if named or theirs:
        return False
    last = group.records[-1]
    return record.url == last.url and record.get("WARC-Date") == last.get("WARC-Date")


def grouped(pieces: Iterable[ForeignRecord | Fault]) -> Iterator[Group | ForeignRecord | Fault]:
    """Answers with what belongs to them, in file order; other records and faults as they are."""
    waiting: deque[Group] = deque()
    size = 0
    software = ""
    for piece in pieces:
        if isinstance(piece, Fault) or piece.type not in _PARTS:
            if isinstance(piece, ForeignRecord) and piece.type == "warcinfo":
                software = _software(piece) or software
            yield piece
            continue
        group = next((each for each in reversed(waiting) if _belongs(piece, each)), None)
        if group is None:
            group = Group(software=software)
            waiting.append(group)
        group.add(piece)
        size += len(piece.block)
        while len(waiting) > MOST_OPEN or (size > MOST_BYTES and len(waiting) > 1):
            done = waiting.popleft()
            size -= sum(len(each.block) for each in done.records)
            yield done
    yield from waiting


def exchange_of(group: Group) -> Exchange | None:
    """The exchange that a group with a response keeps, the answer's bytes as the file has them; else None."""
    principal = group.principal
    if principal is None or principal.type != "response":
        return None
    interim, response = http1.split_interim(principal.block)
    told = read_undone(principal.get(UNDONE))
    return _exchange(group, response, interim=interim, undone=told or undone_in(response))


def revisited(group: Group, original: Message) -> tuple[Exchange | None, bool]:
    """The exchange that a group with a revisit keeps, given what it refers to; and whether its head is made up.

    The head is the revisit's own. Where it has none, it is the original's, or for an unmodified page the
    shortest that says so. The body is the original's, as it is known: without its framing.
    """
    principal = group.principal
    if principal is None:
        return None, False
    head = _head_of(group)
    message = http1.parse(head)
    unmodified = principal.get("WARC-Profile").endswith("server-not-modified")
    if message.head.status == 304 or (unmodified and not message.head.status):
        return _exchange(group, head or b"HTTP/1.1 304 Not Modified\r\n\r\n", whole=True), not head
    response = (message.head_bytes or original.head_bytes) + original.entity
    undone = undone_in(response)
    again = http1.parse(response, undone=undone)
    if Undone.FRAMING not in undone and (again.entity != original.entity or not again.complete):
        undone = (Undone.FRAMING, *undone)
    return _exchange(group, response, undone=undone, whole=True), not message.head_bytes


def _head_of(group: Group) -> bytes:
    """The head that came with a revisit; Stet's own files keep that of a 304 in the metadata record."""
    assert group.principal is not None
    if group.principal.block.startswith(b"HTTP/"):
        return group.principal.block
    for record in group.metadata:
        said = dict(framing.parse_fields(record.block)).get("response", "")
        try:
            return base64.b64decode(said, validate=True)
        except binascii.Error:
            continue
    return b""


def unanswered(group: Group) -> Exchange | None:
    """What is known of a revisit whose original is nowhere: that something was asked for, and no page."""
    return _exchange(group, b"", whole=True)


def _exchange(
    group: Group, response: bytes, *, interim: bytes = b"", undone: tuple[Undone, ...] = (), whole: bool = False
) -> Exchange | None:
    principal = group.principal
    assert principal is not None
    if principal.date is None:
        return None
    cut = "" if whole else principal.get("WARC-Truncated").lower()
    return Exchange(
        url=principal.url,
        began=framing.read_date(framing.date(principal.date)),
        request=group.request.block if group.request else b"",
        response=response,
        interim=interim,
        truncated=(Truncated(cut) if cut in tuple(Truncated) else Truncated.UNSPECIFIED) if cut else None,
        ip=_address(principal.get("WARC-IP-Address")),
        undone=undone,
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def is_payload(said: str, message: Message) -> bool:
    """Whether `message` can have the payload that a revisit names, however its recorder computed that."""
    fits = [fitting(said, each) for each in (message.entity, message.body_bytes)]
    return any(fits) or fits[0] is None


def _software(info: ForeignRecord) -> str:
    for line in info.block[:10_000].decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "software":
            return value.strip()[:200]
    return ""
