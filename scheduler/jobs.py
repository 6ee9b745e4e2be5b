"""What the daemon does now and then: few jobs, each of which looks what is due and does it.

A job that is missed, run twice or broken off does no harm: what is due is known from the database and the files,
and never from the schedule. Blocking work runs in threads and asks `Context.stopping` between two steps.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from archive.db.engine import Database
from archive.home import Home
from archive.outbox import Outbox
from archive.settings import Settings
from crawler.runtime import Runtime
from scheduler import telling, upkeep, websub
from scheduler.clock import Clock
from scheduler.rounds import Rounds

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """What jobs remember while the process lives. It only saves work and words: all can be forgotten."""

    _tried: dict[str, float] = field(default_factory=dict)
    _said: dict[str, list[str]] = field(default_factory=dict)

    def is_time(self, name: str, now: float, pause: float) -> bool:
        """Whether `name` may be tried, which is noted: `pause` seconds after the last try, if that is known."""
        last = self._tried.get(name)
        if last is not None and now - last < pause:
            return False
        self._tried[name] = now
        return True

    def forget(self, name: str) -> None:
        """It went well."""
        self._tried.pop(name, None)

    def warn(self, name: str, troubles: list[str]) -> None:
        """Log the troubles of `name` that it did not have the last time."""
        for trouble in troubles:
            known = trouble in self._said.get(name, ())
            logger.log(logging.DEBUG if known else logging.WARNING, "%s", trouble)
        self._said[name] = troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What jobs work with: the home as it is open now."""

    home: Home
    runtime: Runtime
    clock: Clock
    rounds: Rounds
    outbox: Outbox
    tell: Callable[[str, str], None]  #: a word of the daemon about itself: its key, and the text
    stopping: threading.Event = field(default_factory=threading.Event)  #: blocking work is to end soon
    notes: Notes = field(default_factory=Notes)  #: of earlier lives too

    @property
    def database(self) -> Database:
        """The home's database."""
        return self.runtime.database

    @property
    def settings(self) -> Settings:
        """The home's settings."""
        return self.home.settings

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What blocking `work` gives; the crawl goes on meanwhile."""
        return await asyncio.to_thread(work)


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that is done every so often."""

    name: str
    every: timedelta
    run: Callable[[Context], Awaitable[None]]


async def visit(context: Context) -> None:
    """Begin the rounds that are due."""
    await context.rounds.look()


async def tend(context: Context) -> None:
    """Seal the WARC file where that is due, and say that rounds are under way still."""
    context.rounds.renew()
    await context.runtime.tend()


async def subscribe(context: Context) -> None:
    """Ask the hubs that are due to be asked."""
    await websub.subscribe(context.runtime)


JOBS: tuple[Job, ...] = (
    Job("visit", timedelta(seconds=1), visit),
    Job("tend", timedelta(seconds=30), tend),
    Job("websub", timedelta(minutes=1), subscribe),
    Job("alerts", timedelta(seconds=5), telling.deliver),
    Job("books", timedelta(minutes=1), upkeep.books),
    Job("prove", timedelta(minutes=5), upkeep.prove),
    Job("reread", timedelta(minutes=3), upkeep.reread),
    Job("backup", timedelta(minutes=10), upkeep.backup),
)
