"""Ctrl-C and `kill` during a pass: nothing new is begun, what is under way ends and is kept.

The second time means now. Knows of signals and of the runtime that is open; nothing is undone, as
nothing needs to be: what was fetched is in the WARC and in the database already.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from archive.errors import StetError
from archive.home import Home
from crawler import runtime as runtimes

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(StetError):
    """Somebody stopped the pass. The exit code is the shell's: 128 and the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__("stopped; what was kept is safe")
        self.exit_code = 128 + number


@contextmanager
def gently(home: Home) -> Iterator[None]:
    """Within this block the first signal ends the pass over `home` with `Stopped`, once its fetches are kept."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, before[each])
        runtime = runtimes.find(str(home.root))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if runtime is None or loop is None:
            raise Stopped(number)
        # Not by `print`: the signal may have come in the middle of one.
        os.write(sys.stderr.fileno(), b"stet: stopping once the fetches under way are kept; again: at once\n")
        runtime.failure = runtime.failure or Stopped(number)
        loop.call_soon_threadsafe(runtime.gate.shut)  # wakes a loop that waits for sockets

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])
