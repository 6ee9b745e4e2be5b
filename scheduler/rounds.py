"""Rounds: outlet after outlet is visited, each by one round at a time, several of them side by side.

A round takes what is due of one outlet, as much as takes about a minute at its pace, so that what becomes urgent
meanwhile waits no longer than that, and an outlet that hangs keeps nobody waiting but itself. Knows what is due
and who may go; fetching is the crawler's, planning `scheduler.frontier`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from archive.db import articles, leases, outlets
from archive.db.articles import SECOND_LOOKS, Article
from archive.db.engine import Connection
from archive.db.outlets import SeedState
from archive.domain.model import Outlet
from archive.errors import EnvironmentFailed, Misuse, StetError
from crawler.politeness import LONGEST_HOLD
from crawler.runtime import Runtime, require_contact
from crawler.tasks import article_job, seed_job
from scheduler import frontier, probes
from scheduler.allowance import Allowance
from scheduler.clock import Clock
from scheduler.crawling import fetch
from scheduler.logs import about
from scheduler.metrics import Metrics
from scheduler.probes import Scope

logger = logging.getLogger(__name__)

ROUND: Final = 60.0
"""Seconds that a round should take at the outlet's pace. A shorter one costs as much to begin."""

MOST: Final = 100
"""Visits of one round, however quick the outlet may be asked."""

REST: Final = 60.0
"""Seconds for which an outlet rests after a round in which nothing was done; twice as long each time."""

LONGEST_REST: Final = 3600.0

BROKEN_OFF: Final = 5.0
"""Seconds for rounds to end whose fetches were broken off; it takes milliseconds. Then they are cut off too."""

LEASE: Final = timedelta(minutes=10)
"""After so long without a word, whoever visited an outlet is held to be dead. Renewed every half minute."""


@dataclass(slots=True)
class _Rest:
    """An outlet with which nothing could be done."""

    seconds: float
    until: float  #: by the clock that nobody sets


@dataclass(slots=True, kw_only=True)
class Done:
    """What rounds did, in numbers."""

    rounds: int = 0
    visits: int = 0
    seeds: int = 0
    fruitless: int = 0


@dataclass(slots=True, kw_only=True)
class _Work:
    outlet_id: int
    outlet: Outlet
    began: datetime
    seeds: list[SeedState]
    visits: list[Article]


class Rounds:
    """The rounds of one runtime. `look` begins those that are due; `end` waits for them."""

    def __init__(
        self, runtime: Runtime, clock: Clock, *, owner: str, memory: Memory, metrics: Metrics | None = None
    ) -> None:
        self.runtime = runtime
        runtime.gate.hurried = True  # or an outlet's Crawl-delay of an hour would make rounds of days
        self.clock = clock
        self.owner = owner
        self.done = Done()
        self._memory = memory
        self._metrics = metrics or Metrics(clock)
        self._running: dict[int, asyncio.Task[None]] = {}
        self.failure: StetError | None = None  #: what no later round could get over
        self.held = False  #: no round is begun

    @property
    def running(self) -> frozenset[int]:
        """The outlets that are visited just now."""
        return frozenset(self._running)

    @property
    def full(self) -> bool:
        """Whether nobody else can be visited just now."""
        return len(self._running) >= self.runtime.settings.daemon.rounds

    async def look(self) -> None:
        """Begin rounds of outlets of which something is due."""
        if self.held or self.failure is not None or self.runtime.failure is not None:
            return
        room = self.runtime.settings.daemon.rounds - len(self._running)
        if room <= 0:
            return
        now = self.runtime.now()
        with self.runtime.database.read() as connection:
            waiting = self._waiting(connection, now)
            works = [self._work(connection, outlet_id, now) for outlet_id in waiting[:room]]
        for work in works:
            if work is not None and self._lease(work.outlet_id, now):
                self._begin(work)

    def renew(self) -> None:
        """Say that what is under way is so still."""
        if not self._running:
            return
        until = self.runtime.now() + LEASE
        with self.runtime.database.write() as connection:
            leases.renew(connection, self.owner, [_lease(each) for each in self._running], until=until)

    async def end(self, within: float) -> None:
        """Begin nothing more, and wait for what is under way: `within` seconds, then it is cut off."""
        self.held = True
        self.runtime.gate.shut()
        if running := list(self._running.values()):
            await asyncio.wait(running, timeout=within)
        if not self._running:
            return
        logger.warning("%d rounds broken off: they did not end within %.0f s", len(self._running), within)
        self.runtime.break_off()
        await asyncio.wait(list(self._running.values()), timeout=BROKEN_OFF)
        for task in (rest := list(self._running.values())):
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def pause(self) -> None:
        """Wait for what is under way, and begin nothing until `resume`."""
        self.held = True
        self.runtime.gate.shut()
        if running := list(self._running.values()):
            await asyncio.wait(running)
        self.runtime.gate.reopen()

    def resume(self) -> None:
        """Begin rounds again."""
        self.held = False

    def _waiting(self, connection: Connection, now: datetime) -> list[int]:
        """The outlets of which something is due and whom nothing holds back, those first that wait for longest."""
        due = dict(articles.outlets_due(connection, now))
        for seed in outlets.due_seeds(connection, now):
            due.setdefault(seed.outlet_id, 0)
        steady = self.clock.monotonic()
        free = [each for each in due if each not in self._running and not self._rests(each, steady)]
        return sorted(free, key=lambda each: self._memory.last.get(each, -1.0))

    def _rests(self, outlet_id: int, steady: float) -> bool:
        rest = self._memory.rests.get(outlet_id)
        return rest is not None and rest.until > steady

    def _work(self, connection: Connection, outlet_id: int, now: datetime) -> _Work | None:
        outlet = outlets.by_id(connection, outlet_id)
        seeds = outlets.due_seeds(connection, now, outlet=outlet.name)
        delay = max(outlet.delay if outlet.delay is not None else self.runtime.settings.crawl.delay, ROUND / MOST)
        most = max(2, int(ROUND / delay) - len(seeds))
        due = articles.due_of(connection, outlet_id, now, limit=most)
        steady = self.clock.monotonic()
        urgent = [each for each in due if each.next_why in SECOND_LOOKS]
        rest = [each for each in due if each.next_why not in SECOND_LOOKS]
        left = min(
            self._memory.total(self.runtime.settings.recrawl.per_day).available(steady),
            self._memory.of(outlet_id, self.runtime.settings.recrawl.outlet_per_day).available(steady),
        )
        visits = [*urgent, *rest[: max(0, left - len(urgent))]]
        if not (seeds or visits):
            self._rest(outlet_id, REST)
            return None
        return _Work(outlet_id=outlet_id, outlet=outlet, began=now, seeds=seeds, visits=visits)

    def _lease(self, outlet_id: int, now: datetime) -> bool:
        with self.runtime.database.write() as connection:
            return leases.take(connection, _lease(outlet_id), self.owner, now=now, until=now + LEASE)

    def _begin(self, work: _Work) -> None:
        for allowance in (self._memory.total(), self._memory.of(work.outlet_id)):
            allowance.spend(len(work.visits))
        self._memory.last[work.outlet_id] = self.clock.monotonic()
        task = asyncio.create_task(self._round(work), name=f"round of {work.outlet.name}")
        self._running[work.outlet_id] = task
        task.add_done_callback(lambda _: self._running.pop(work.outlet_id, None))

    async def _round(self, work: _Work) -> None:
        try:
            with about(outlet=work.outlet.name), self._metrics.round():
                await self._visit(work)
                self._note(work)
        except StetError as error:
            self.failure = self.failure or error
        except Exception:  # the other outlets go on
            logger.exception("outlet '%s': its round failed by a fault of ours", work.outlet.name)
            self._rest(work.outlet_id, REST)
        finally:
            self.done.rounds += 1
            self._write(lambda connection: leases.release(connection, self.owner, _lease(work.outlet_id)))

    async def _visit(self, work: _Work) -> None:
        """Fetch what is to be fetched, and plan what comes next."""
        runtime, now = self.runtime, self.runtime.now()
        scope = Scope(outlet_id=work.outlet_id)
        visits = [article_job(each, work.outlet, now=now) for each in work.visits]
        with runtime.database.read() as connection:
            beside = probes.beside(connection, visits, scope, runtime.settings, now)
        seeds = [seed_job(each, work.outlet, now=now) for each in work.seeds]
        try:
            for job in (*seeds, *beside.probes, *beside.visits):
                require_contact(runtime.settings, job.url)
        except Misuse as error:
            logger.error("outlet '%s': not visited: %s", work.outlet.name, error)
            self._rest(work.outlet_id, LONGEST_REST)
            return
        try:
            await fetch(runtime, scope, seeds, beside, follow=False)
        except EnvironmentFailed as error:
            self.failure = self.failure or error
            raise
        finally:
            self._write(lambda connection: frontier.replan(connection, runtime.settings))
        self.done.visits += len(beside.visits)
        self.done.seeds += len(seeds)
        self._write(runtime.note_holds)

    def _write(self, act: Callable[[Connection], object]) -> None:
        """Write something that belongs to the end of a round, whatever else ended it.

        After a failure of the disk or the database nothing is: each try waits as long as the first did, and the
        home is put in order when it is opened again.
        """
        if self.failure is not None or self.runtime.failure is not None:
            return
        try:
            with self.runtime.database.write() as connection:
                act(connection)
        except EnvironmentFailed as error:
            self.failure = error

    def _note(self, work: _Work) -> None:
        """Let the outlet rest where nothing could be done, or where its host wants to be left alone."""
        now = self.runtime.now()
        with self.runtime.database.read() as connection:
            undone = articles.unseen_since(connection, [each.id for each in work.visits], work.began)
            due = {seed.id for seed in outlets.due_seeds(connection, now, outlet=work.outlet.name)}
        undone += len(due & {seed.id for seed in work.seeds})
        wait = self._host_wait(work)
        if wait > ROUND:
            self._rest(work.outlet_id, wait, doubling=False)
        elif undone == len(work.visits) + len(work.seeds) and not self.runtime.gate.is_shut:
            self.done.fruitless += 1
            self._rest(work.outlet_id, REST)
        else:
            self._memory.rests.pop(work.outlet_id, None)

    def _host_wait(self, work: _Work) -> float:
        """Seconds that every host of this work wants to be left alone for."""
        held = self.runtime.gate.held()
        urls = [each.url for each in work.visits] + [seed.url for seed in work.seeds]
        hosts = {urlsplit(url).hostname or "" for url in urls}
        return min((held[host][0] if host in held else 0.0 for host in hosts), default=0.0)

    def _rest(self, outlet_id: int, seconds: float, *, doubling: bool = True) -> None:
        before = self._memory.rests.get(outlet_id)
        if doubling and before is not None:
            seconds = min(max(seconds, before.seconds * 2), LONGEST_REST)
        seconds = min(seconds, LONGEST_HOLD)
        self._memory.rests[outlet_id] = _Rest(seconds, self.clock.monotonic() + seconds)


@dataclass(slots=True)
class Memory:
    """What rounds know of earlier ones, also when the runtime was opened anew."""

    rests: dict[int, _Rest] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)  #: when an outlet's last round began
    _total: Allowance | None = None
    _outlets: dict[int, Allowance] = field(default_factory=dict)

    def total(self, per_day: int | None = None) -> Allowance:
        """The fetches of all outlets together."""
        if self._total is None or (per_day is not None and per_day != self._total.per_day):
            self._total = Allowance(float(per_day or 1))
        return self._total

    def of(self, outlet_id: int, per_day: int | None = None) -> Allowance:
        """The fetches of one outlet."""
        known = self._outlets.get(outlet_id)
        if known is None or (per_day is not None and per_day != known.per_day):
            known = self._outlets[outlet_id] = Allowance(float(per_day or 1))
        return known


def _lease(outlet_id: int) -> str:
    return f"outlet:{outlet_id}"
