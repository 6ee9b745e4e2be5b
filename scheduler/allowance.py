"""How many fetches there may still be, now. Pure: seconds in, numbers out.

A bucket that fills steadily and holds an hour's worth: after a long sleep there are not suddenly a day's fetches
to be made. The pace of each article follows from `scheduler.recrawl`; this only holds what nobody planned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DAY: Final = 86_400.0

BURST: Final = 3_600.0
"""Seconds whose fetches may be made at once. Chosen: an outlet's busiest hour is some three times its mean one,
and its bucket is full when that hour begins."""


@dataclass(slots=True)
class Allowance:
    """Fetches of one day, spread over it. `now` is of a clock that nobody sets."""

    per_day: float
    left: float = field(init=False)
    at: float | None = None  #: when `left` was right

    def __post_init__(self) -> None:
        self.left = self.most

    @property
    def most(self) -> float:
        """What it holds at most."""
        return max(1.0, self.per_day * BURST / DAY)

    def available(self, now: float) -> int:
        """How many fetches there may be at `now`."""
        if self.at is not None:
            self.left = min(self.most, self.left + max(0.0, now - self.at) * self.per_day / DAY)
        self.at = now
        return max(0, int(self.left))

    def spend(self, count: int) -> None:
        """So many are made. What was urgent may overdraw it."""
        self.left -= count
