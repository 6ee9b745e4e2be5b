"""Two homes that many tests look at, each made once. Copy one before you change it.

`played()` is what `stet demo` leaves. `kept()` has a small story by a clock of its own, so its times are known.
Also here: commands in processes of their own, on a terminal or not.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler.cli import run
from tests.homes import START, Place
from tests.newsroom import Newsroom

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Played:
    """What is left when the demo is over."""

    folder: Path  #: where `demo` is, the home
    output: str  #: what it printed

    @property
    def home(self) -> Path:
        return self.folder / "demo"


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would change our commands."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("STET_", "_STET", "LOGLEVEL", "NO_COLOR"))}
    return {**plain, "PYTHONPATH": str(ROOT), **more}


def stet(*arguments: object, cwd: Path | None = None, **keywords) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "scheduler.cli", *map(str, arguments)]
    keywords = {"capture_output": True, "text": True, "timeout": 60, "env": environment()} | keywords
    return subprocess.run(command, cwd=cwd, check=False, **keywords)


def on_terminal(columns: int, *arguments: object, cwd: Path | None = None, **environ: str) -> str:
    """What a command, run in this process, writes to a terminal that is so wide."""
    ours, theirs = pty.openpty()
    said: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(ours, said))
    plain = {k: v for k, v in environment().items() if k != "PYTHONPATH"}
    with pytest.MonkeyPatch.context() as patch, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        for name in os.environ.keys() - plain.keys():
            patch.delenv(name)
        for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **environ}.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        patch.setattr(sys, "stdout", terminal)
        patch.setattr(sys, "stderr", terminal)
        reader.start()
        code = run([*map(str, arguments)])
    reader.join(10)
    os.close(ours)
    text = b"".join(said).decode().replace("\r\n", "\n")
    assert code == 0, text
    return text


def _read_all(terminal: int, said: list[bytes]) -> None:
    # Linux says by an error that the last writer closed a terminal.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            said.append(part)


@functools.cache
def played() -> Played:
    """Play the demo (some ten seconds, once in a process)."""
    folder = Path(tempfile.mkdtemp(prefix="stet-played-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = stet("demo", cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Played(folder, done.stdout)


REPORT = [
    "The minister denied on Tuesday that the harbour had been sold without the consent of the quarter.",
    "At least 120 people lost their homes when the warehouses behind the harbour were torn down in May.",
]


@dataclass(frozen=True)
class Kept:
    """A home with a story in it: passes at 8:30, 9:00 … 10:30 on 2 March 2026."""

    home: Path
    report: str  #: edited before 9:00, silently before 9:30
    bridge: str  #: gone from 10:00 on, taken down at 10:30
    once: str  #: seen, and never changed
    feed: str


@functools.cache
def kept() -> Kept:
    """Make the home (a few seconds, once in a process)."""
    folder = Path(tempfile.mkdtemp(prefix="stet-kept-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        place = Place(folder / "home", room, confirmations=2, span="1s")
        place.watch(herald)
        report = herald.publish("Minister denies the report", REPORT)
        bridge = herald.publish("Cracks in the old bridge", ["Engineers warned of cracks in the old bridge."])
        once = herald.publish("Harbour sold", ["The harbour was sold on Monday.", "Nobody objected to it."])
        place.look()
        report.edit("denied", "confirmed", note="An earlier version of this article said the opposite.")
        place.look()
        report.edit_silently("120 people", "12 people")
        place.look()
        bridge.withdraw(404, listed=True)
        place.look()
        place.look()
        return Kept(place.root, report.url, bridge.url, once.url, herald.url("/rss.xml"))
