"""What a person sees while a pass runs: a bar on a terminal, and each finding as it is made."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from archive.domain.times import stamp
from archive.output import clean, say, tell, wants_colour
from archive.visits import Finding

_WORTH_TELLING = 5  # seconds that nobody takes for a program that hangs

_STYLES = {"new": "dim", "change": "yellow", "standing": "red"}


class Progress:
    """A progress bar on stderr, drawn on a terminal only; findings go to stdout."""

    def __init__(self, doing: str = "fetching") -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn(doing),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not sys.stderr.isatty() or os.environ.get("TERM") == "dumb",
        )
        self._task = self._bar.add_task(doing, total=0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        """So many are to be done."""
        self._bar.update(self._task, total=total)

    def more(self, count: int) -> None:
        """So many more turned up."""
        total = self._bar.tasks[0].total or 0
        self._bar.update(self._task, total=total + count)

    def step(self, count: int = 1) -> None:
        """One is done, or so many."""
        self._bar.advance(self._task, count)

    def wait(self, count: int, seconds: float) -> None:
        """Nothing is fetched for so many seconds: other wordings were seen, or none: a second look is due."""
        if seconds >= _WORTH_TELLING:
            what = "an article is not as it was" if count == 1 else f"{count} articles are not as they were"
            say(f"{what}; a second look in {round(seconds)} s shall confirm")

    def print(self, line: Text) -> None:
        """A line of the story on stdout; above the bar where both are on the terminal."""
        if sys.stdout.isatty() and not self._bar.disable:
            self._bar.console.print(line, soft_wrap=True)
        elif wants_colour(sys.stdout):
            Console(file=sys.stdout).print(line, soft_wrap=True)
        else:
            tell(line.plain)


def finding_line(finding: Finding) -> Text:
    """A finding as one line, hostile control characters removed."""
    line = Text()
    line.append(f"{stamp(finding.at)[11:]} ", style="dim")
    line.append(f"{finding.what:<9}", style=_STYLES.get(finding.what, ""))
    title = finding.title or finding.url
    line.append(clean(f"{finding.outlet}: “{title}” — {finding.text}"))
    return line
