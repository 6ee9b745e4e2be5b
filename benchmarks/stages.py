"""CPU time of a crawl by stage, and what its extraction workers used.

The clock is put around functions of the running program by whoever measures; the program knows nothing of it.
"""

from __future__ import annotations

import functools
import os
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Where each stage is entered: module, path to the function, stage. A stage inside another one is taken out
#: of the outer one's time.
STAGES = (
    ("archive.keeping", "prepare", "warc"),
    ("archive.warc.writer", "WarcWriter.write", "warc"),
    ("archive.warc.writer", "WarcWriter.write_conversion", "warc"),
    ("crawler.readers", "extract", "extract"),
    ("crawler.runtime", "known_extraction", "database"),
    ("archive.keeping", "Keeper.keep", "database"),
    ("archive.ingest", "Settler.settle", "database"),
    ("scheduler.frontier", "replan", "database"),
    ("scheduler.frontier", "due_articles", "database"),
)


class StageClock:
    """CPU time of the main thread by stage; the innermost stage that is entered gets it."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._mark = time.thread_time()

    def _turn(self) -> None:
        now = time.thread_time()
        self.spent[self._inside[-1] if self._inside else "fetch"] += now - self._mark
        self._mark = now

    def reset(self) -> None:
        """Begin anew."""
        self._turn()
        self.spent.clear()

    def total(self) -> dict[str, float]:
        """What was spent since."""
        self._turn()
        return dict(self.spent)

    def around(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """`function`, its time counted for `stage`."""

        @functools.wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self._turn()
            self._inside.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn()
                self._inside.pop()

        return counted

    def install(self) -> None:
        """Put the clock around every function of STAGES."""
        for module, path, stage in STAGES:
            owner: Any = __import__(module, fromlist=["_"])
            *outer, name = path.split(".")
            for each in outer:
                owner = getattr(owner, each)
            if not hasattr(owner, name):
                raise SystemExit(f"{module}: has no {path} any more; correct STAGES in benchmarks/stages.py")
            setattr(owner, name, self.around(getattr(owner, name), stage))


@dataclass
class Workers:
    """What the extraction workers used. They need not be children of this process, so /proc has to tell."""

    cpu: float = 0.0  #: seconds
    peak: float = 0.0  #: MB

    def watch(self) -> None:
        """Look at the workers just before a runtime ends them."""
        from crawler.runtime import Runtime

        close = Runtime.close

        def look_and_close(runtime: Runtime) -> None:
            for pid in descendants(os.getpid()):
                self._look(pid)
            close(runtime)

        setattr(Runtime, close.__name__, look_and_close)

    def _look(self, pid: int) -> None:
        numbers = _stat(pid)
        self.cpu += (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime, stime
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        self.peak = max(self.peak, peak / 1024)


def descendants(of: int) -> list[int]:
    """The processes that `of` started, and those that they started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it may have ended meanwhile
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    found = [of]
    for pid in found:  # grows on the way
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
