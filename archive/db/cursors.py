"""Cursors: places in lists that grow while somebody reads them, and pages of such lists. Knows no table.

A place is the key of the last row that was given: what comes next is found by that key, however far in the list
it is, and what is added meanwhile moves nothing. Whoever holds a cursor need not know what is in it; one that
was not made here, or for another list, is refused.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from archive.errors import Misuse

T = TypeVar("T")

_LONGEST: Final = 200
_LARGEST: Final = 2**63  # what no database takes for a number


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a list."""

    items: tuple[T, ...]
    next: str | None  #: the cursor of what comes after it; None: nothing does


def write(walk: str, place: tuple[int, ...]) -> str:
    """The cursor of a place in the list called `walk`."""
    said = ".".join([walk, *map(str, place)])
    return base64.urlsafe_b64encode(f"{said}.{_checksum(said)}".encode()).decode().rstrip("=")


def read(walk: str, size: int, cursor: str) -> tuple[int, ...]:
    """The place, of `size` numbers, that `write` made `cursor` of. Raises `Misuse`."""
    try:
        if len(cursor) > _LONGEST or not cursor.isascii():
            raise ValueError
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        said, _, checksum = text.rpartition(".")
        name, *numbers = said.split(".")
        place = tuple(map(int, numbers))
        if checksum != _checksum(said) or name != walk or len(place) != size:
            raise ValueError
        if any(not -_LARGEST <= number < _LARGEST for number in place):
            raise ValueError
    except (ValueError, binascii.Error):
        raise Misuse(
            "cursor: it leads nowhere in this list; take it as it stands in 'next', and begin without"
        ) from None
    return place


def _checksum(said: str) -> str:
    return f"{zlib.crc32(said.encode()):08x}"
