"""Finding the next good place behind damage, in any file of records.

Knows how to look through bytes for a sign and to ask whether it is believed. Refuses to know what the
records are: our own files and foreign ones believe different things.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from archive.warc.places import Read

GZIP: Final = b"\x1f\x8b\x08"
"""How a gzip member begins (RFC 1952 section 2.3.1). Compressed data has it by chance every 16 MiB."""

STEP: Final = 1 << 20
"""Bytes searched at once."""


def next_place(read: Read, offset: int, sign: bytes, believed: Callable[[int], bool]) -> int:
    """Where at or behind `offset` the first `sign` stands that is `believed`; the file's size if none does."""
    while step := read(STEP, offset):
        found = step.find(sign)
        if found < 0:
            if len(step) < len(sign):
                return offset + len(step)
            offset += len(step) - len(sign) + 1
            continue
        offset += found
        if believed(offset):
            return offset
        offset += 1
    return offset
