"""Whose turn it is: at most so many fetches of one host at a time, so far apart.

Every fetch of every spider of this process passes here, below Scrapy's scheduling, so redirects,
robots.txt and seeds are counted like articles. Knows hosts and seconds; refuses to know why a fetch
is wanted or what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field

from crawler.politeness import LONGEST_HOLD, SAME_URL

#: URLs of one host that are remembered before those that were asked for long ago are forgotten. More only where so
#: many were asked for in the last second: what is kept of thousands of hosts must not grow for days.
_SPOKEN = 32


class NotNow(Exception):
    """The host asked to be left alone for longer than a pass should wait, or the pass is ending."""

    def __init__(self, host: str, seconds: float, why: str) -> None:
        super().__init__(f"{host}: to be left alone for {seconds:.0f} s more ({why})")
        self.host, self.seconds, self.why = host, seconds, why


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore | None = None  # made at the first turn, which says how many there are
    free_at: float = 0.0  # by the loop's clock
    why: str = ""
    asked: float = -math.inf  # when the last fetch ended
    refusals: int = 0  # in a row
    spoken: dict[str, float] = field(default_factory=dict)  # URL → when it was last asked for
    room: int = _SPOKEN


class Gate:
    """Turns for hosts. `patience`: seconds that a fetch may wait for its host."""

    def __init__(self, *, concurrency: int, patience: float) -> None:
        self._all = asyncio.Semaphore(max(1, concurrency))
        self._patience = patience
        self._hosts: dict[str, _Host] = {}
        self._shut = asyncio.Event()

    @contextlib.asynccontextmanager
    async def turn(
        self, host: str, url: str, *, delay: Callable[[], float], concurrency: int = 1
    ) -> AsyncIterator[None]:
        """Wait for the host's turn, hold it during the fetch, and start the delay at its end.

        `delay` is asked when the turn comes, and counts from the end of the fetch before, whoever made that: what
        robots.txt said meanwhile holds for those who wait, too. What it raises ends the waiting. Raises `NotNow`
        where the wait is longer than the patience (or than the delay, if that is more).
        """
        state = self._hosts.setdefault(host, _Host())
        if state.slots is None:
            state.slots = asyncio.Semaphore(max(1, concurrency))
        clock = asyncio.get_running_loop().time
        async with state.slots:
            while True:
                seconds = delay()
                wait = self._wait(state, url, seconds, clock())
                if wait <= 0 or self._shut.is_set():
                    break
                if wait > max(self._patience, seconds):
                    raise NotNow(host, wait, state.why)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._shut.wait(), wait)
            async with self._all:
                if self._shut.is_set():
                    raise NotNow(host, 0, "the pass ends")
                try:
                    yield
                finally:
                    self._done(state, url, clock(), seconds)

    def hold(self, host: str, seconds: float, why: str) -> None:
        """Leave `host` alone for `seconds` from now."""
        state = self._hosts.setdefault(host, _Host())
        until = asyncio.get_running_loop().time() + seconds
        if until > state.free_at:
            state.free_at, state.why = until, why

    def broken_off(self, hosts: Collection[str]) -> None:
        """An earlier process was killed, who knows in the middle of which fetch: these were asked until now."""
        now = asyncio.get_running_loop().time()
        for host in hosts:
            state = self._hosts.setdefault(host, _Host())
            state.asked = max(state.asked, now)

    def refused(self, host: str, seconds: float, why: str) -> None:
        """`host` answered that it wants rest: leave it alone, twice as long for each refusal in a row.

        Without the doubling a host that refuses everything would hold up a pass of many pages for
        hours, one wait after the other; with it the patience is soon at its end.
        """
        state = self._hosts.setdefault(host, _Host())
        seconds = min(seconds * 2.0 ** min(state.refusals, 30), LONGEST_HOLD)
        state.refusals += 1
        self.hold(host, seconds, why)

    def accepted(self, host: str) -> None:
        """`host` answered like one that is well."""
        self._hosts.setdefault(host, _Host()).refusals = 0

    def held(self) -> dict[str, tuple[float, str]]:
        """Hosts that are still to be left alone: seconds from now, and why."""
        now = asyncio.get_running_loop().time()
        return {h: (s.free_at - now, s.why) for h, s in self._hosts.items() if s.free_at > now}

    def shut(self) -> None:
        """Send everybody away who waits or comes, until `reopen`: what they fetched could not be kept."""
        self._shut.set()

    @property
    def is_shut(self) -> bool:
        """Whether everybody is sent away."""
        return self._shut.is_set()

    def reopen(self) -> None:
        """Give turns again."""
        self._shut.clear()

    @staticmethod
    def _wait(state: _Host, url: str, delay: float, now: float) -> float:
        again = state.spoken.get(url)
        free = max(state.free_at, state.asked + delay)
        return max(free - now, again + SAME_URL - now if again is not None else 0.0)

    @staticmethod
    def _done(state: _Host, url: str, now: float, delay: float) -> None:
        state.asked = now
        if now + delay > state.free_at:
            state.free_at, state.why = now + delay, "politeness"
        if len(state.spoken) >= state.room:
            state.spoken = {u: t for u, t in state.spoken.items() if t + SAME_URL > now}
            state.room = max(_SPOKEN, 2 * len(state.spoken))
        state.spoken[url] = now
