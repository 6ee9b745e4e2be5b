"""Moves that are one deed: an outlet changed its addresses in one way, and article after article follows. Pure."""

from __future__ import annotations

from datetime import timedelta
from itertools import takewhile
from typing import Final
from urllib.parse import urlsplit

WAVE: Final = timedelta(days=14)
"""A relaunch is seen article by article, as each is due: the oldest after ten days."""

Deed = tuple[tuple[str, ...], tuple[str, ...]]
"""The parts of an address that went, and those that came in their stead."""


def deed(old: str, new: str) -> Deed:
    """What of an address became what, without all that is the same before and after it."""
    before, after = _parts(old), _parts(new)
    start = _same(before, after)
    before, after = before[start:], after[start:]
    end = _same(before[::-1], after[::-1])
    return before[: len(before) - end], after[: len(after) - end]


def _parts(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return (parts.scheme, parts.netloc, *parts.path.split("/")[1:], parts.query)


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
