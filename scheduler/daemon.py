"""`stet run`: the home is open, and what is due is done, for years.

Knows when the home is opened and closed, and what the process is told by signals and by its clock. One process
holds a home at a time (`Home.lock`). APScheduler only wakes the jobs (`scheduler.jobs`): it keeps no state, for
two of it would do everything twice, and one that is killed forgets what it was doing.

The home is closed and opened again when new settings are to be taken, and after a failure of the disk or the
database: opening puts in order whatever was left, so that there is one way back from everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import functools
import logging
import platform
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from archive import home as homes
from archive.alerting import Alerting
from archive.db import leases, record
from archive.errors import EnvironmentFailed, StetError
from archive.home import Home
from crawler.runtime import Runtime, opened
from scheduler.clock import Clock, Steady
from scheduler.jobs import JOBS, Context, Job, Notes
from scheduler.logs import about
from scheduler.metrics import Metrics
from scheduler.notify import Manager
from scheduler.rounds import Memory, Rounds
from scheduler.telling import outbox_of
from scheduler.watchdog import Watchdog

logger = logging.getLogger(__name__)
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # it tells of jobs that were slow

BEAT: Final = 1.0
"""Seconds between two looks at the clock, at failures, and at what was asked of us."""

AGAIN: Final = 1.0
LATEST_AGAIN: Final = 60.0
"""Seconds after a failure before the home is opened again: the first time, and at most; they double meanwhile."""

WELL: Final = 300.0
"""Seconds without a failure after which the next one is the first."""

WATCH: Final = timedelta(minutes=1)
"""Between two looks whether anything is fetched."""

WAITS_FOR_CLOCK: Final = timedelta(hours=2)
"""Where the clock was set back by more than this, it was wrong for long: nothing is gained by waiting for it."""

CLOSING: Final = 60.0
"""Seconds for closing the home once rounds and jobs have ended: a file of 1 GiB is sealed in some ten."""


class _End(enum.Enum):
    STOP = "stop"
    RELOAD = "reload"
    FAILED = "failed"


class Daemon:
    """One home, watched until somebody says stop. `run` returns then; raises what keeps it from starting."""

    def __init__(
        self,
        home: Home,
        *,
        clock: Clock | None = None,
        jobs: Sequence[Job] = JOBS,
        metrics: Metrics | None = None,
        watchdog: Watchdog | None = None,
        took: Callable[[Home], None] = lambda _home: None,
    ) -> None:
        self.home = home
        self.clock = clock or Clock()
        self.metrics = metrics or Metrics(self.clock)
        self.watchdog = watchdog or Watchdog(self.clock, self.metrics)
        self.took = took  #: who else is to know of new settings
        self.steady = Steady(self.clock)
        self.rounds: Rounds | None = None  #: of the life that is lived now
        self.lives = 0
        self._jobs = (*jobs, Job("watch", WATCH, self._watch))
        self._memory = Memory()
        self._notes = Notes()
        self._manager = Manager()
        self._wanted: _End | None = None
        self._wake = asyncio.Event()
        self._stopping = threading.Event()
        self.owner = f"{platform.node()}:{home.root} {uuid.uuid4().hex}"

    def stop(self) -> None:
        """End in good order."""
        self._manager.stopping(2 * self.home.settings.daemon.stop_within.total_seconds() + CLOSING)
        self._want(_End.STOP)

    def reload(self) -> None:
        """Take the settings that the file holds now."""
        if self._wanted is None:
            self._manager.reloading()
            self._want(_End.RELOAD)

    def _want(self, end: _End) -> None:
        self._wanted = end
        self._wake.set()

    async def run(self) -> None:
        """Live until `stop`."""
        pause, first = AGAIN, True
        while self._wanted is not _End.STOP:
            began = self.clock.monotonic()
            try:
                end = await self._life()
            except StetError as error:
                if first:  # whoever starts it is to be told
                    raise
                logger.error("%s", error)
                end = _End.FAILED
            first = False
            if end is _End.FAILED:
                pause = AGAIN if self.clock.monotonic() - began > WELL else min(pause * 2, LATEST_AGAIN)
                logger.warning("opening the home again in %.0f s", pause)
                self._manager.alive()
                self._manager.status("after a failure the home is opened again; the log tells which")
                await self._wait(pause)
            elif end is _End.RELOAD:
                self._take_settings()
        logger.info("stopped")

    def _take_settings(self) -> None:
        """Read the settings again; where they are wrong, those that hold stay."""
        self._wanted = None
        self._wake.clear()
        try:
            self.home = homes.find(self.home.root)
        except StetError as error:
            logger.error("the settings stay as they were: %s", error)
        else:
            self.took(self.home)
            logger.info("%s: settings taken", self.home.root)

    async def _wait(self, seconds: float) -> None:
        """Wait, but not when something is wanted."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds / self.clock.speed)
        if self._wanted is not _End.STOP:
            self._wake.clear()

    async def _life(self) -> _End:
        """The home is open, from here to the next stop, reload or failure."""
        with opened(self.home, now=self.steady.now) as runtime:
            runtime.brief = True
            self._begin(runtime)
            self.metrics.opened()
            rounds = Rounds(runtime, self.clock, owner=self.owner, memory=self._memory, metrics=self.metrics)
            context = Context(
                home=self.home,
                runtime=runtime,
                clock=self.clock,
                rounds=rounds,
                outbox=outbox_of(runtime, self._stopping),
                tell=functools.partial(self._tell, runtime),
                stopping=self._stopping,
                notes=self._notes,
            )
            self.rounds = rounds
            self._stopping.clear()
            running = _Running(self._jobs, context, self.metrics)
            self.lives += 1
            self._manager.ready(_doing(rounds))
            try:
                return await self._until_the_end(context, running)
            finally:
                self._stopping.set()
                within = self.home.settings.daemon.stop_within.total_seconds()
                await rounds.end(within)
                await running.end(within)
                with contextlib.suppress(StetError):
                    await runtime.aclose()

    def _begin(self, runtime: Runtime) -> None:
        """Take the place of whatever process of this home was there before."""
        with runtime.database.write() as connection:
            leases.break_of(connection, self.owner.rpartition(" ")[0])
        with runtime.database.read() as connection:
            if (last := record.last_began(connection)) is not None:
                self.steady.at_least(last)

    async def _until_the_end(self, context: Context, running: _Running) -> _End:
        runtime, rounds = context.runtime, context.rounds
        while True:
            if self._wanted is not None:
                return self._wanted
            if (failure := rounds.failure or runtime.failure) is not None:
                logger.error("%s", failure)
                return _End.FAILED
            self.metrics.beat()
            await self._look_at_clock(context, running)
            self._manager.alive()
            self._manager.status(_doing(rounds))
            await self._wait(BEAT * self.clock.speed)

    async def _look_at_clock(self, context: Context, running: _Running) -> None:
        """What was dated stays in order: where the clock is behind it, nothing is fetched until it is not."""
        rounds = context.rounds
        jump = self.steady.jump()
        if jump is not None:
            logger.warning("the clock was set %s by %s", _way(jump.by), abs(jump.by))
            running.wake()
        behind = self.steady.behind()
        if behind > WAITS_FOR_CLOCK:
            logger.error("the clock is %s behind what is kept; what comes is dated earlier than it", behind)
            self.steady.accept()
            text = f"the clock was set back by {behind}; what is kept from now on is dated before what was kept"
            with contextlib.suppress(EnvironmentFailed):  # the log has it
                context.tell(f"clock {self.steady.now():%Y-%m-%dT%H:%M}", text)
        elif behind and not rounds.held:
            logger.warning("the clock is %s behind what is kept; nothing is fetched until it is not", behind)
            await rounds.pause()
        elif not behind and rounds.held:
            logger.info("the clock is where it was; going on")
            rounds.resume()

    async def _watch(self, context: Context) -> None:
        """Say so where nothing is fetched."""
        silent_after = context.settings.daemon.silent_after
        word = await context.in_thread(lambda: self.watchdog.look(context.database, silent_after))
        if word is not None:
            context.tell(word.key, word.text)
            self.watchdog.told(word)

    def _tell(self, runtime: Runtime, key: str, text: str) -> None:
        """A word about ourselves, to whoever wants it. By one key it is told once."""
        logger.warning("%s", text)
        alerting = Alerting(self.home.settings.alerts)
        with runtime.database.write() as connection:
            alerting.watch(connection, key, text, self.steady.now())


def _doing(rounds: Rounds) -> str:
    """For `systemctl status`."""
    if rounds.held:
        return "waiting until the clock is where it was"
    done, now = rounds.done, len(rounds.running)
    return (
        f"{now} of its outlets visited just now; {done.visits} articles and {done.seeds} seeds since it was opened"
    )


def _way(by: timedelta) -> str:
    return "forward" if by > timedelta(0) else "back"


class _Running:
    """The jobs of one life, woken by APScheduler."""

    def __init__(self, jobs: Sequence[Job], context: Context, metrics: Metrics) -> None:
        self._context, self._metrics = context, metrics
        self._scheduler = AsyncIOScheduler(timezone="UTC")  # its jobs stand in memory and run in this loop
        self._tasks: set[asyncio.Task[None]] = set()
        for job in jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                id=job.name,
                seconds=max(0.05, job.every.total_seconds() / context.clock.speed),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self.wake()

    def wake(self) -> None:
        """Run every job now: their times are those of the clock, which was set."""
        now = Clock().now()  # APScheduler goes by the machine's, however fast that of a trial runs
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)

    async def _run(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with about(job=job.name), self._metrics.job(job.name):
                await job.run(self._context)
        except StetError as error:
            logger.error("%s: %s", job.name, error)
        except Exception:  # the other jobs go on
            logger.exception("%s: failed by a fault of ours", job.name)
        finally:
            self._tasks.discard(task)

    async def end(self, within: float) -> None:
        """Wake nobody any more, and wait for those who are awake."""
        self._scheduler.pause()
        for job in self._scheduler.get_jobs():
            job.remove()
        if tasks := set(self._tasks):
            _, late = await asyncio.wait(tasks, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)


@contextlib.contextmanager
def signals(daemon: Daemon) -> Iterator[None]:
    """Within this block the process is told by signals: TERM and INT to stop, HUP to reload."""
    loop = asyncio.get_running_loop()
    wanted: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGTERM: daemon.stop,
        signal.SIGINT: daemon.stop,
        signal.SIGHUP: daemon.reload,
    }
    for number, act in wanted.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


async def live(daemon: Daemon) -> None:
    """Be this daemon, whose home is held by the caller, until a signal says stop."""
    with signals(daemon):
        await daemon.run()
