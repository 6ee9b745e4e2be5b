"""All that a WARC file of ours keeps, in order: what it says of itself, exchanges, journal entries.

Knows which records belong together and passes over damage, which it names. Refuses to know what any of it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archive.domain.model import Location
from archive.warc import framing
from archive.warc.places import OPEN, Source
from archive.warc.reader import Group, Member
from archive.warc.rebuild import chain_of, is_part_of, is_whole, journal_of
from archive.warc.recovery import Gap, is_principal, walk


@dataclass(frozen=True, slots=True)
class Info:
    """What a file says of itself in its warcinfo record."""

    offset: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Journal:
    """What no exchange says; see `archive.db.journal`."""

    offset: int
    entries: tuple[Mapping[str, Any], ...]


Piece = Info | Journal | Group | Gap


def contents(source: Source) -> Iterator[Piece]:
    """What the file keeps, in order; of exchanges the whole ones. Raises OSError."""
    name = source.name.removesuffix(OPEN)
    chains: dict[str, tuple[bytes, ...]] = {}
    group: list[Member] = []
    for piece in walk(source):
        if isinstance(piece, Gap):
            group = []
            yield piece
            continue
        record = piece.record
        if group and is_part_of(record, group[0].record):
            group.append(piece)
        elif is_principal(record):
            group = [piece]
        elif (chain := chain_of(record)) is not None:
            chains[chain[0]] = chain[1]
        elif (entries := journal_of(record)) is not None:
            yield Journal(piece.offset, tuple(entries))
        elif record.type == "warcinfo":
            yield Info(piece.offset, dict(framing.parse_fields(record.block)))
        if group and is_whole([member.record for member in group]):
            yield _group(name, group, chains)
            group = []


def _group(name: str, members: list[Member], chains: Mapping[str, tuple[bytes, ...]]) -> Group:
    first = members[0]
    location = Location(warc=name, offset=first.offset, length=first.length)
    return Group(location, tuple(member.record for member in members), chains)
