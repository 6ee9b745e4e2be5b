"""The records of one file held against the leaves that the log has of it.

Knows how to tell what was changed from what was removed, moved or put in, without a second look at the file.
Refuses to know heads: whether the log itself is what was signed is found out in `archive.warc.chain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.domain.merkle import leaf_hash
from archive.warc.faults import Fault, Kind
from archive.warc.reader import Member


class Leaves:
    """What the log has of the file `name`: number and hash of each leaf, in the order of the records.

    Show it the file's records in order. One that the log does not know waits until the next that it knows, or the
    end of the file, says whether something of the log is missing there: then it was changed, else put in.
    """

    def __init__(self, name: str, expected: Sequence[tuple[int, bytes]]) -> None:
        self._name = name
        self._numbers = [number for number, _ in expected]
        self._places = {leaf: place for place, (_, leaf) in enumerate(expected)}
        self._next = 0  #: the place of the leaf that should come next
        self._strange: list[int] = []  #: where records begin that the log does not know
        self._after_gap = False
        self.uncovered = 0  #: records behind all that the log has; known at the end

    def see(self, member: Member) -> Iterator[Fault]:
        """Faults that the record `member` brings to light."""
        place = self._places.get(leaf_hash(member.raw))
        if place is None:
            self._strange.append(member.offset)
        elif place < self._next:
            what = (
                f"the record is leaf {self._numbers[place]} of the log and stands behind later ones; it was moved"
            )
            yield Fault(self._name, member.offset, Kind.LOG, what)
        else:
            yield from self._between(place, member.offset)
            for offset in self._strange[:1]:
                what = f"{_many(len(self._strange))} from here on {_are(len(self._strange))} not in the log"
                yield Fault(self._name, offset, Kind.LOG, what)
            self._strange, self._after_gap, self._next = [], False, place + 1

    def skip(self) -> None:
        """There is a gap, which is a fault by itself: leaves that are missing there are no other."""
        self._after_gap = True

    def end(self, size: int) -> Iterator[Fault]:
        """Faults that show when the file ends, at byte `size`."""
        yield from self._between(len(self._numbers), size)
        self.uncovered = len(self._strange)

    def _between(self, place: int, offset: int) -> Iterator[Fault]:
        """Faults of the leaves before `place` that no record was."""
        missing = self._numbers[self._next : place]
        changed = min(len(missing), len(self._strange))
        if changed:
            what = (
                f"{_many(changed)} from here on {_are(changed)} not what the log has: {_leaves(missing[:changed])}"
            )
            yield Fault(self._name, self._strange[0], Kind.LOG, f"{what}; changed since")
        lost = missing[changed:]
        if lost and not self._after_gap:
            what = f"{_many(len(lost))} of the log {_are(len(lost))} missing before this byte: {_leaves(lost)}"
            yield Fault(self._name, offset, Kind.LOG, f"{what}; removed since")
        self._strange = self._strange[changed:]


def _many(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _leaves(numbers: Sequence[int]) -> str:
    return f"leaf {numbers[0]}" if len(numbers) == 1 else f"leaves {numbers[0]} to {numbers[-1]}"
