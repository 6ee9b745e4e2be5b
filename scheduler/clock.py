"""The clock of a process that runs for years: what the machine says, and never backwards.

Knows that clocks are set: by a person, by NTP, by a machine that slept. Refuses to guess who was right.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

SLACK: Final = timedelta(seconds=2)
"""The wall clock and the steady one drift apart by less than this between two looks: NTP slews by at most 0.5 ms a
second, and a busy machine may look late, but at both clocks."""


class Clock:
    """Wall clock and steady clock of this machine. A faster one, for trials, overrides these four."""

    speed: float = 1.0
    """How many of its seconds pass in a real one."""

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; nobody sets this one."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds / self.speed)


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock was set, or the machine slept: by so much it is later than it should be."""

    by: timedelta


class Steady:
    """The time by which things are kept: that of `clock`, but never before a time that was given already.

    A capture that is dated before one that was made earlier would tell a false order of events. While the clock is
    behind, time stands still here; `behind` says for how long it will.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last = clock.now()
        self._mark = self._last, clock.monotonic()

    def now(self) -> datetime:
        """The time to write down."""
        self._last = max(self._last, self.clock.now())
        return self._last

    def behind(self) -> timedelta:
        """How long it takes until the clock is where it was already."""
        return max(self._last - self.clock.now(), timedelta(0))

    def at_least(self, known: datetime) -> None:
        """Something is dated `known` already."""
        self._last = max(self._last, known)

    def accept(self) -> None:
        """Go by what the clock says, although something is dated later already."""
        self._last = self.clock.now()

    def jump(self) -> Jump | None:
        """How far the clock was set since this was last asked; None where it was not."""
        wall, steady = self.clock.now(), self.clock.monotonic()
        (before, mark), self._mark = self._mark, (wall, steady)
        by = (wall - before) - timedelta(seconds=steady - mark)
        return Jump(by) if abs(by) > SLACK else None
