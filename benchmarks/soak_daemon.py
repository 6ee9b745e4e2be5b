"""The daemon of the soak: `stet run` as it is, by a clock that runs fast and that can be set.

    python benchmarks/soak_daemon.py HOME --origin SECONDS --start TIME --speed 600 --set FILE --samples FILE

`--set` names a file with the seconds by which somebody set the clock. `--samples` gets a line of JSON a second:
how many rounds there were in this process, and what the process holds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import home as homes
from archive.errors import StetError
from scheduler.clock import Clock
from scheduler.daemon import Daemon, live
from scheduler.jobs import JOBS, Context, Job
from scheduler.memory import share_heap

PAGE = os.sysconf("SC_PAGE_SIZE")


class Fast(Clock):
    """A clock that is `speed` times as fast as the machine's, in every process with the same `origin`."""

    def __init__(self, *, origin: float, start: datetime, speed: float, set_by: Path | None = None) -> None:
        self.origin, self.start, self.speed, self.set_by = origin, start, speed, set_by
        self._looked, self._offset = -1.0, 0.0

    def now(self) -> datetime:
        """The time of day, as it was set."""
        return self.start + timedelta(seconds=(time.monotonic() - self.origin) * self.speed + self._set())

    def monotonic(self) -> float:
        """Seconds that pass whatever is set."""
        return time.monotonic() * self.speed

    def _set(self) -> float:
        if self.set_by is not None and time.monotonic() - self._looked > 0.1:
            self._looked = time.monotonic()
            self._offset = float(self.set_by.read_text() or 0)
        return self._offset


class Samples:
    """Writes down how many rounds there were, and what the process holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before, self._done = 0, None

    async def take(self, context: Context) -> None:
        """One line."""
        done = context.rounds.done
        if self._done is not None and self._done is not done:
            self._before += self._done.rounds
        self._done = done
        document = {"at": time.monotonic(), "pid": os.getpid(), "rounds": self._before + done.rounds, **held()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(document) + "\n")


def held() -> dict[str, int]:
    """Bytes in memory, of this process and of those that read pages for it; open files; threads."""
    readers = [each for keeper in children("self") for each in [keeper, *children(keeper)]]
    files, threads = (sum(1 for _ in Path(f"/proc/self/{which}").iterdir()) for which in ("fd", "task"))
    return {
        "memory": resident("self"),
        "readers": sum(map(resident, readers)),
        "files": files,
        "threads": threads,
    }


def children(process: str) -> list[str]:
    """The processes that it began and that live."""
    found: list[str] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{process}/task").iterdir():
            found += (task / "children").read_text().split()
    return found


def resident(process: str) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--origin", type=float, required=True)
    parser.add_argument("--start", type=datetime.fromisoformat, required=True)
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True)
    chosen = parser.parse_args()
    share_heap()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `stet run` does until it can be told to reload
    clock = Fast(origin=chosen.origin, start=chosen.start, speed=chosen.speed, set_by=chosen.set)
    sample = Job("sample", timedelta(seconds=chosen.speed), Samples(chosen.samples).take)
    try:
        home = homes.find(chosen.home)
        with home.lock("stet run"):
            home.require_database()
            asyncio.run(live(Daemon(home, clock=clock, jobs=(*JOBS, sample))))
    except StetError as error:
        print(f"stet: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
