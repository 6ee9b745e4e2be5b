"""Looks now and then whether anything is fetched, and says so when nothing is; says also how the daemon does.

The rule is that of `scheduler.watch`; here its questions are asked of the database and the clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from archive.db import numbers
from archive.db.engine import Database
from scheduler.clock import Clock, Steady
from scheduler.metrics import Metrics
from scheduler.watch import Scene, Word, watch

STANDSTILL: Final = 120.0
"""Seconds after which a loop that does not go round is told to whoever asks. After a failure it rests for 60."""


class Watchdog:
    """The watch over one daemon, for as long as the process lives."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self._steady = Steady(clock)
        self._since = clock.now()
        self._told: Word | None = None

    def look(self, database: Database, silent_after: timedelta) -> Word | None:
        """What is to be told now; the same again until it is `told`."""
        if self._steady.jump() is not None:
            self._since = self._clock.now()
            self._metrics.stepped()
        return watch(self._scene(database, self._clock.now(), silent_after), silent_after, self._told)

    def told(self, word: Word) -> None:
        """Somebody was told."""
        self._told = word

    def _scene(self, database: Database, now: datetime, silent_after: timedelta) -> Scene:
        with database.read() as connection:
            good = numbers.last_good(connection)
            queue = numbers.queue(connection, now)
            tried, failing = 0, None
            if good is None or now - good >= silent_after:
                tried, failing = numbers.tried_since(connection, good)
        waiting = [at for at in (queue.articles.since, queue.seeds.since) if at is not None]
        due = queue.articles.count + queue.seeds.count
        return Scene(
            now=now,
            steady=self._since,
            last_good=good,
            failing=failing,
            tried=tried,
            # A seed that was never read has no time from which on it is due.
            waiting=min(waiting, default=self._since if due else None),
            due=due,
        )

    def checks(self) -> dict[str, str]:
        """For `/healthz`: what is amiss with the daemon, in words."""
        still = self._metrics.standstill()
        loop = "" if still is None or still < STANDSTILL else f"the daemon's loop stands still for {still:.0f} s"
        silent = self._told.text if self._told is not None and self._told.silent else ""
        return {"daemon": loop if still is not None else "is not under way yet", "fetching": silent}
