"""Which records must go along when exchanges leave the archive, so that what arrives stands on its own.

Knows what records need of each other: an exchange its certificate chain and its file's warcinfo record, a
revisit the exchange that it repeats, an article the text that was found in it. Each WARC file that something is
taken from becomes a smaller one of the same name with the same records in the same order, byte for byte, so
that all that they say of each other stays true. Refuses to know why something is taken, and the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from archive.domain.model import Capture, Location, RecordType
from archive.errors import EnvironmentFailed
from archive.warc import framing
from archive.warc.framing import Record
from archive.warc.places import Places
from archive.warc.reader import Lookup, Member, bytes_at, exchange_members, file_after, members_of
from archive.warc.rebuild import capture_of, chain_of, facts


@dataclass(frozen=True, slots=True)
class Part:
    """One record that is taken: where it lies in its file, and what can be served from it."""

    offset: int
    length: int
    kind: str  #: WARC-Type
    capture: Capture | None = None  #: where a page can be served from it; its location is that in the archive


@dataclass(frozen=True, slots=True)
class Share:
    """What is taken of one WARC file, in file order."""

    warc: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.length for part in self.parts)

    def captures(self) -> Iterator[Capture]:
        """The captures in it, where they lie in the smaller file."""
        position = 0
        for part in self.parts:
            if part.capture is not None:
                yield replace(part.capture, location=replace(part.capture.location, offset=position))
            position += part.length

    def records(self, places: Places) -> Iterator[bytes]:
        """The gzip members, one a record, as they lie in the archive."""
        return bytes_at(places, self.warc, ((part.offset, part.length) for part in self.parts))


def gather(
    places: Places,
    principals: Iterable[Location],
    *,
    lookup: Lookup,
    texts: Collection[Location] = (),
) -> list[Share]:
    """The exchanges whose principal records lie at `principals`, with all that they need, by file name.

    `texts` are those of them whose extracted text goes along, which stands somewhere behind: in the same file,
    or in the one that was begun next. Raises `EnvironmentFailed` where an exchange, its
    chain or its original cannot be found.
    """
    gathering = _Gathering(places, lookup)
    gathering.take(sorted(principals, key=lambda place: (place.warc, place.offset)))
    gathering.take_texts(texts)
    gathering.take_chains()
    return gathering.shares()


class _Gathering:
    def __init__(self, places: Places, lookup: Lookup) -> None:
        self._places = places
        self._lookup = lookup
        self._parts: dict[str, dict[int, Part]] = defaultdict(dict)
        self._chains: dict[str, set[str]] = defaultdict(set)
        self._ids: dict[tuple[str, int], str] = {}

    def take(self, principals: Iterable[Location]) -> None:
        """Exchanges, and those that they repeat; an original is never a revisit itself."""
        originals: list[Location] = []
        for place in principals:
            if place.offset in self._parts[place.warc]:
                continue
            records = self._take_group(place)
            if records[0].type == RecordType.REVISIT:
                originals.append(self._original(records[0]))
        if originals:
            self.take(sorted(set(originals), key=lambda place: (place.warc, place.offset)))

    def _take_group(self, place: Location) -> list[Record]:
        group = exchange_members(self._places, place)
        records = [member.record for member in group]
        capture = capture_of(records, replace(place, length=group[0].length))
        for member in group:
            self._add(place.warc, member, capture if member is group[0] else None)
        self._ids[place.warc, place.offset] = records[0].id
        if chain := dict(facts(records)).get("tlsChain"):
            self._chains[place.warc].add(chain)
        return records

    def _original(self, revisit: Record) -> Location:
        url, moment = revisit.get("WARC-Refers-To-Target-URI"), revisit.get("WARC-Refers-To-Date")
        place = self._lookup(url, framing.read_date(moment))
        if place is None:
            raise EnvironmentFailed(
                f"{url} at {moment}: the original of a revisit is not indexed; run: stet verify"
            )
        return place

    def take_texts(self, texts: Collection[Location]) -> None:
        """Conversion records; one that is nowhere is passed over, for its words stand in the page itself."""
        wanted: dict[str, dict[str, int]] = defaultdict(dict)
        for place in texts:
            if record_id := self._ids.get((place.warc, place.offset)):
                wanted[place.warc][record_id] = place.offset
        for warc, ids in sorted(wanted.items()):
            left = set(ids)
            self._look_for_texts(warc, min(ids.values()), left)
            after = file_after(self._places, warc) if left else None
            if after is not None:
                self._look_for_texts(after, 0, left)

    def _look_for_texts(self, warc: str, start: int, wanted: set[str]) -> None:
        for member in members_of(self._places, warc, start):
            of = framing.bare(member.record.get("WARC-Refers-To"))
            if member.record.type == "conversion" and of in wanted:
                wanted.discard(of)
                self._add(warc, member)
            if not wanted:
                return

    def take_chains(self) -> None:
        """Each file's warcinfo record, and the certificate chains that its exchanges name."""
        for warc in sorted(self._parts):
            wanted = set(self._chains[warc])
            for number, member in enumerate(members_of(self._places, warc)):
                found = chain_of(member.record)
                if number == 0 and member.record.type == "warcinfo":
                    self._add(warc, member)
                elif found and found[0] in wanted:
                    wanted.discard(found[0])
                    self._add(warc, member)
                if not wanted:
                    break
            if wanted:
                raise EnvironmentFailed(
                    f"{warc}: the certificate chain {min(wanted)} is missing; run: stet verify"
                )

    def _add(self, warc: str, member: Member, capture: Capture | None = None) -> None:
        part = Part(member.offset, member.length, member.record.type, capture)
        self._parts[warc].setdefault(member.offset, part)

    def shares(self) -> list[Share]:
        """All that was taken."""
        return [
            Share(warc, tuple(parts[offset] for offset in sorted(parts)))
            for warc, parts in sorted(self._parts.items())
            if parts
        ]
