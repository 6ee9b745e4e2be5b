"""What takes long to count, kept for a little while: many readers ask for the same numbers at the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

KEPT: Final = 256
"""Answers that are remembered."""


class Fresh(Generic[T]):
    """Answers that may be some seconds old.

    One reader counts anew, and meanwhile the others get the answer before. Only the first of all has them wait.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._counting: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, count: Callable[[], T]) -> T:
        """The answer to `key`, counted anew where it is too old."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and self._clock() - known[0] < self._seconds:
                return known[1]
            turn = self._counting.setdefault(key, threading.Lock())
        if not turn.acquire(blocking=known is None):
            assert known is not None
            return known[1]
        try:
            return self._again(key, count, known)
        finally:
            turn.release()

    def _again(self, key: Hashable, count: Callable[[], T], before: tuple[float, T] | None) -> T:
        with self._lock:
            now = self._known.get(key)
        if now is not None and now is not before and self._clock() - now[0] < self._seconds:
            return now[1]  # who held the turn before us counted it
        found = count()
        with self._lock:
            self._known[key] = (self._clock(), found)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                gone, _ = self._known.popitem(last=False)
                self._counting.pop(gone, None)
        return found
