"""Reading our own WARC files: one record at its place, or all of a file in order.

Knows where bytes lie and refuses to guess: a member that is not exactly one whole record is an error with
a place and a reason. Foreign files, with all that they hold, are not read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from archive.domain.model import Digest, Exchange, Location, RecordType
from archive.errors import EnvironmentFailed
from archive.warc import framing
from archive.warc.framing import Malformed, Record
from archive.warc.http1 import Message
from archive.warc.places import OPEN, Places, Read, Source, listed, opened, reading
from archive.warc.rebuild import chain_of, facts, is_part_of, is_whole, rebuild
from archive.warc.records import message_of

STEP: Final = 64 * 1024
"""Bytes read at once while scanning; a member of a 60 kB page has 13 kB."""

PRINCIPALS: Final = frozenset({RecordType.RESPONSE, RecordType.REVISIT, "metadata"})
"""What the first record of an exchange can be."""

Lookup = Callable[[str, datetime], Location | None]
"""Finds the response record of a URL at a time, to the millisecond; asked when a revisit is read."""


class Torn(EnvironmentFailed):
    """From `offset` on, the file at `path` holds no whole record; `why` says what is there instead."""

    def __init__(self, path: Source, offset: int, why: str) -> None:
        super().__init__(f"{path}: no whole record at byte {offset}: {why}; the {offset} bytes before it are good")
        self.path = path
        self.offset = offset
        self.why = why


@dataclass(frozen=True, slots=True)
class Member:
    """A record and where it lies in its file."""

    offset: int
    length: int
    record: Record
    raw: bytes = field(repr=False)  #: the record uncompressed, as it is in the file


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one exchange, principal first, where the principal lies, and the chains seen so far."""

    location: Location
    records: tuple[Record, ...]
    chains: Mapping[str, tuple[bytes, ...]]


def iter_members(source: Source) -> Iterator[Member]:
    """All records of a file in order. Raises `Torn` behind the last good one if the file goes on."""
    offset = 0
    with opened(source) as read:
        try:
            for member in members_from(read, 0):
                yield member
                offset = member.offset + member.length
        except Malformed as error:
            raise Torn(source, offset, str(error)) from None


def members_from(read: Read, offset: int) -> Iterator[Member]:
    """The records from `offset` to the end of the file. Raises `Malformed` behind the last good one."""
    rest = b""
    while True:
        raw, length, rest = _next_member(read, offset, rest)
        if not length:
            return
        yield Member(offset, length, framing.parse(raw), raw)
        offset += length


def _next_member(read: Read, offset: int, rest: bytes) -> tuple[bytes, int, bytes]:
    """The content and the length of the gzip member at `offset`; length 0 at the end of the file.

    `rest` are bytes from `offset` on that were read already; those that are left for the next member come last.
    """
    member = framing.Opening()
    pieces, position = [], offset
    while not member.done:
        step = rest or read(STEP, position)
        rest = b""
        if not step:
            if position == offset:
                return b"", 0, b""
            raise Malformed("the file ends inside a gzip member")
        pieces.append(member.feed(step))
        position += len(step)
    return b"".join(pieces), position - offset - len(member.left), member.left


def iter_exchanges(source: Source) -> Iterator[Group]:
    """The exchanges of a file in order: what indexing it anew needs.

    Raises `Torn` like `iter_members`, once all that is good has been given out.
    """
    chains: dict[str, tuple[bytes, ...]] = {}
    group: list[Member] = []
    torn: Torn | None = None
    try:
        for member in iter_members(source):
            if chain := chain_of(member.record):
                chains[chain[0]] = chain[1]
            elif group and is_part_of(member.record, group[0].record):
                group.append(member)
            else:
                if group:
                    yield _group(source.name, group, chains)
                group = [member] if member.record.type in PRINCIPALS else []
    except Torn as error:
        torn = error
    if group:
        yield _group(source.name, group, chains)
    if torn:
        raise torn


def _group(name: str, members: Sequence[Member], chains: Mapping[str, tuple[bytes, ...]]) -> Group:
    first = members[0]
    location = Location(warc=name.removesuffix(OPEN), offset=first.offset, length=first.length)
    return Group(location, tuple(member.record for member in members), chains)


def read_record(places: Places, location: Location) -> Record:
    """The record at `location`. Raises `EnvironmentFailed` if the file or a whole record is not there."""
    with reading(places, location.warc) as read:
        member = read(location.length, location.offset)
    try:
        return framing.expand(member)
    except Malformed as error:
        raise EnvironmentFailed(f"{_say(location)}: {error}; run: stet verify") from None


def payload(places: Places, location: Location, *, lookup: Lookup | None = None) -> Message:
    """The answer that the record at `location` stands for, taken apart.

    A revisit of an identical payload has its own head and the original's body; one of an unmodified page is
    the original. Raises `EnvironmentFailed` where the original is not found or has another payload.
    """
    record = read_record(places, location)
    if record.type == RecordType.RESPONSE:
        return message_of(record)
    if record.type != RecordType.REVISIT:
        raise EnvironmentFailed(f"{_say(location)}: a {record.type} record has no payload; run: stet verify")
    original = _original(places, record, lookup)
    if not record.block:
        return original
    own = message_of(record)
    return replace(original, head=own.head, head_bytes=own.head_bytes, undone=own.undone)


def _original(places: Places, revisit: Record, lookup: Lookup | None) -> Message:
    """The message that a revisit refers to, proven by its digest."""
    url, moment = revisit.get("WARC-Refers-To-Target-URI"), revisit.get("WARC-Refers-To-Date")
    where = lookup(url, framing.read_date(moment)) if lookup else None
    if where is None:
        raise EnvironmentFailed(f"{url} at {moment}: the original of a revisit is not indexed; run: stet verify")
    original = read_record(places, where)
    message = message_of(original)
    wanted = Digest(revisit.get("WARC-Payload-Digest"))
    if original.type != RecordType.RESPONSE or framing.digest(message.entity) != wanted:
        raise EnvironmentFailed(f"{_say(where)}: not the payload that a revisit of {url} means; run: stet verify")
    return message


def exchange_at(places: Places, principal: Location, *, lookup: Lookup | None = None) -> Exchange:
    """The whole exchange whose principal record lies at `principal`, byte for byte as it was.

    Its certificate chain lies somewhere before that in the same file and is looked for from the start.
    """
    group = group_at(places, principal)
    if wanted := dict(facts(group.records)).get("tlsChain"):
        with reading(places, principal.warc) as read:
            group = replace(group, chains=_chain_before(read, principal.offset, wanted))
    return exchange_of(places, group, lookup=lookup)


def group_at(places: Places, principal: Location) -> Group:
    """The records of the exchange whose principal record lies at `principal`, without certificate chains."""
    with reading(places, principal.warc) as read:
        try:
            records = [member.record for member in _group_at(read, principal.offset)]
        except Malformed as error:
            raise EnvironmentFailed(f"{_say(principal)}: {error}; run: stet verify") from None
    return Group(principal, tuple(records), {})


def exchange_of(places: Places, group: Group, *, lookup: Lookup | None = None) -> Exchange:
    """The same of records that are read already, as `iter_exchanges` gives them with the chains before them."""
    return rebuild(
        group.records,
        chains=group.chains,
        payload=lambda revisit: _original(places, revisit, lookup).entity,
    )


def exchange_members(places: Places, principal: Location) -> tuple[Member, ...]:
    """The records of the exchange whose principal record lies at `principal`, each with its place."""
    with reading(places, principal.warc) as read:
        try:
            return tuple(_group_at(read, principal.offset))
        except Malformed as error:
            raise EnvironmentFailed(f"{_say(principal)}: {error}; run: stet verify") from None


def raw_record(places: Places, warc: str, offset: int) -> Member:
    """The record that begins at byte `offset` of `warc`. Raises `EnvironmentFailed` where there is none."""
    with reading(places, warc) as read:
        try:
            member = next(members_from(read, offset), None)
        except Malformed as error:
            raise EnvironmentFailed(f"{warc} at byte {offset}: {error}; run: stet verify") from None
    if member is None:
        raise EnvironmentFailed(f"{warc} at byte {offset}: the file ends before that; run: stet verify")
    return member


def group_bytes(places: Places, principal: Location) -> bytes:
    """The gzip members of the exchange whose principal record lies at `principal`, as they are in the file."""
    with reading(places, principal.warc) as read:
        try:
            last = _group_at(read, principal.offset)[-1]
        except Malformed as error:
            raise EnvironmentFailed(f"{_say(principal)}: {error}; run: stet verify") from None
        return read(last.offset + last.length - principal.offset, principal.offset)


def members_of(places: Places, warc: str, offset: int = 0) -> Iterator[Member]:
    """The records of the file called `warc` from `offset` on, up to where no whole one follows.

    Behind the last exchange of a file that is being written half a record may stand, so that is no error here.
    """
    with reading(places, warc) as read, suppress(Malformed):
        yield from members_from(read, offset)


def file_after(places: Places, warc: str) -> str | None:
    """The file that was begun next after the one called `warc`; names begin with the time."""
    return min((name for name in listed(places) if name > warc), default=None)


def bytes_at(places: Places, warc: str, spans: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """What the file called `warc` holds at each (offset, length). Raises `EnvironmentFailed` where it is cut."""
    with reading(places, warc) as read:
        for offset, length in spans:
            data = read(length, offset)
            if len(data) < length:
                place = Location(warc=warc, offset=offset, length=length)
                raise EnvironmentFailed(f"{_say(place)}: the file ends before that; run: stet verify")
            yield data


def _group_at(read: Read, offset: int) -> list[Member]:
    """The record at `offset` and those after it that belong to the same exchange.

    Nothing is read behind a whole exchange, for there the next one may be half written.
    """
    group: list[Member] = []
    for member in members_from(read, offset):
        if group and not is_part_of(member.record, group[0].record):
            break
        group.append(member)
        if is_whole([each.record for each in group]):
            break
    if not group:
        raise Malformed("the file ends before that")
    return group


def _chain_before(read: Read, end: int, wanted: str) -> dict[str, tuple[bytes, ...]]:
    """The certificate chain with the digest `wanted` among the records before `end`, if it is there."""
    for member in members_from(read, 0):
        if member.offset >= end:
            break
        chain = chain_of(member.record)
        if chain and chain[0] == wanted:
            return dict([chain])
    return {}


def _say(location: Location) -> str:
    return f"{location.warc} at byte {location.offset}"
