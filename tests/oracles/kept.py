"""An archive that a crawl made, and the programs that are asked about it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from archive.db import record
from archive.db.engine import open_database
from archive.domain.model import Capture
from archive.home import Home
from archive.memento import timemap_of
from archive.warc import cdxj, framing, http1
from archive.warc.reader import iter_members
from archive.warc.records import DECODE_LIMIT

ORACLES = Path(__file__).parents[2] / ".oracles"
PATIENCE = 60  #: seconds for a tool to finish; each takes one or two

DENIED = "The minister denied on Tuesday that 120 people had lost their homes."
CONFIRMED = "The minister confirmed on Tuesday that 120 people had lost their homes."
TWELVE = "The minister confirmed on Tuesday that 12 people had lost their homes."
REST = [
    "“We knew of no objections at the time,” she said. The opposition demands an inquiry by the end of May.",
    "Residents of the quarter say that their letters to the ministry were never answered.",
]
ARABIC = [
    "أعلنت الوزارة يوم الثلاثاء أن 120 شخصاً فقدوا منازلهم بعد بيع المرفأ القديم.",
    "وقال الوزير في تغريدة بالإنجليزية “No comment” ثم حذفها بعد ساعة.",
]


@dataclass
class Archive:
    """What was kept, what the outlets did, and how to ask for either."""

    home: Home
    urls: dict[str, str]  #: name in the story → URL
    told: dict[str, tuple[str, ...]]  #: name → the paragraphs as first published

    @property
    def warcs(self) -> list[Path]:
        """The WARC files, oldest first: one for each pass."""
        return sorted(self.home.spool.glob("*.warc.gz"))

    def captures(self, name: str) -> list[Capture]:
        """Every capture of that very URL, oldest first."""
        database = open_database(self.home.database_url)
        with database.read() as connection:
            found = timemap_of(connection, self.urls[name])
        database.close()
        return found

    def body(self, name: str, at: datetime) -> bytes:
        """What the outlet sent at `at`, decoded: from the response record itself, not through our lookups."""
        [capture] = [c for c in self.captures(name) if c.timestamp == at]
        for member in iter_members(self.home.spool / capture.location.warc):
            if member.offset == capture.location.offset:
                return http1.body_of(http1.parse(member.record.block), limit=DECODE_LIMIT).body
        raise AssertionError(f"{name}: no record at {capture.location}")

    def members(self) -> list[tuple[Path, framing.Member]]:
        """Every record of every file, by our own reader."""
        return [(path, member) for path in self.warcs for member in iter_members(path)]


def index_of(home: Home) -> list[str]:
    """Every line of a home's index, sorted as replay tools want them."""
    database = open_database(home.database_url)
    with database.read() as connection:
        lines = [cdxj.line(capture) for capture in record.captures_by_place(connection)]
    database.close()
    return sorted(lines, key=cdxj.sort_key)


def run(command: list[str], *, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; stdout and stderr as text."""
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=check)


def oracle(name: str, of: str = "pywb") -> str:
    """The path of an oracle's program, which stands in the environment `of`; else skip."""
    path = ORACLES / of / "bin" / name
    if not path.exists():
        pytest.skip(f"{name} is not installed; 'make oracles' installs it, apart from Stet's own packages")
    return str(path)
