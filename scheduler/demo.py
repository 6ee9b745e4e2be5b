"""`stet demo`: two pretend outlets on loopback, and everything real beside them.

A real HTTP server plays the outlets, a real crawl fetches them over sockets, real WARC files and a
real database keep what came. Only the clock is hurried: a takedown is confirmed by two fetches
within seconds instead of three within a day.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive import comparing, memento
from archive import home as homes
from archive.db import outlets
from archive.db.engine import open_database
from archive.db.findings import changes_listed, version
from archive.errors import EnvironmentFailed, Misuse
from archive.home import Home
from archive.output import clean, paint, tell, wants_colour
from scheduler.crawling import Pass, run_pass, survey_url
from scheduler.newsroom import Newsroom, Outlet, Story
from scheduler.progress import Progress, finding_line

SETTINGS = """\
# The home of the demo: pretend outlets on loopback, and hurried confirmations.

[crawl]
delay = 0.02
allow_private_addresses = true

[edits]
confirm_after = "1s"

[takedowns]
confirmations = 2
span = "1s"

[crawl.connect_to]
{table}
"""


@dataclass
class _Stage:
    """What the scenes share."""

    home: Home
    herald: Outlet
    report: Story
    bridge: Story

    def look(self) -> None:
        """One real pass over everything."""
        time.sleep(1.1)  # captures of one URL are kept at least a second apart
        with Progress() as progress:
            tally = run_pass(
                self.home,
                Pass(force=True),
                progress=progress,
                tell=lambda finding: progress.print(finding_line(finding)),
            )
        _remark(tally.sentence())


def play(folder: Path) -> None:
    """Play the story and leave its home in `folder`, which must not exist or be empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse(f"{folder}: exists already; remove it, or choose another place with --folder")
    with Newsroom() as room:
        stage = _open(room, folder)
        for number, (title, scene) in enumerate(SCENES, start=1):
            tell(paint(f"\n{number}. {title}", bold=True))
            scene(stage)
    _show_diff(stage)
    _leave_pages(stage)
    _next_steps(stage)


def _open(room: Newsroom, folder: Path) -> _Stage:
    herald = room.outlet("herald.example", title="The Herald")
    sabah = room.outlet("sabah.example", title="صباح", language="ar")
    report = herald.publish(
        "Minister denies report on harbour deal",
        [
            "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
            "“We knew of no objections,” he said. The opposition demands an inquiry by the end of May.",
            "Residents of the quarter say that letters to the ministry were never answered.",
        ],
        author="Ada Lind",
        section="politics",
    )
    bridge = herald.publish(
        "Engineers warned of cracks in the old bridge",
        [
            "Engineers warned the city council of cracks in the old bridge two years before it was closed.",
            "Their letter, seen by this newspaper, names the three pillars that gave way in the winter.",
        ],
        author="Tom Reed",
        section="world",
    )
    herald.publish_many(3)
    sabah.publish_many(2)
    table = "\n".join(f'"{host}" = "{address}"' for host, address in room.connect_to.items())
    home = homes.create(folder, settings_text=SETTINGS.format(table=table))
    database = open_database(home.database_url)
    for paper in (herald, sabah):
        found = survey_url(home, paper.url("/"))
        if not found.reached:
            raise EnvironmentFailed(f"{paper.url('/')}: {found.home}; the demo needs sockets on 127.0.0.0/8")
        works = [t for t in found.tried or () if t.works]
        tell(f"stet outlet add {paper.url('/')}")
        _remark(f"“{clean(found.outlet.title)}”: {len(works)} seeds found")
        with database.write() as connection:
            outlets.save(connection, found.worth_keeping(), datetime.now(UTC))
    database.close()
    return _Stage(home=home, herald=herald, report=report, bridge=bridge)


def _first(stage: _Stage) -> None:
    stage.look()


def _edit(stage: _Stage) -> None:
    stage.report.edit(
        "denied on Tuesday that",
        "confirmed on Tuesday that",
        note="An earlier version of this article said the opposite.",
    )
    stage.look()


def _silent(stage: _Stage) -> None:
    stage.report.edit_silently("120 people", "12 people")
    stage.look()


def _takedown(stage: _Stage) -> None:
    stage.bridge.withdraw(404)
    _remark("one answer is no proof: it is looked for twice, and others of the outlet are there meanwhile")
    stage.look()
    stage.look()


def _outage(stage: _Stage) -> None:
    stage.herald.go_offline()
    stage.look()  # one look that fails is not worth a word
    stage.look()
    _remark("unreachable is not removed: told once of the outlet, and of no article")
    stage.herald.come_back()


def _restoration(stage: _Stage) -> None:
    stage.bridge.restore()
    stage.look()


SCENES: tuple[tuple[str, Callable[[_Stage], None]], ...] = (
    ("First crawl: feeds, sitemaps and front pages lead to the articles.", _first),
    ("The Herald turns “denied” into “confirmed”, and says so.", _edit),
    ("The Herald turns 120 people into 12, and says nothing.", _silent),
    ("The Herald takes the bridge story down.", _takedown),
    ("The Herald's server fails for a while.", _outage),
    ("The bridge story is back.", _restoration),
)


def _show_diff(stage: _Stage) -> None:
    tell(paint(f"\nstet diff {stage.report.url}", bold=True))
    width = shutil.get_terminal_size((100, 24)).columns
    database = open_database(stage.home.database_url)
    with database.read() as connection:
        before, after = memento.versions_between(connection, stage.report.url, None, None)
        colour = wants_colour(sys.stdout)
        tell(comparing.render(stage.report.url, before, after, form="text", colour=colour, width=width))
    database.close()


def _leave_pages(stage: _Stage) -> None:
    """A page for every change, to be opened in a browser."""
    folder = stage.home.root / "pages"
    folder.mkdir()
    database = open_database(stage.home.database_url)
    with database.read() as connection:
        for change in changes_listed(connection):
            before, after = version(connection, change.from_version), version(connection, change.to_version)
            page = comparing.render(change.url, before, after, form="html")
            (folder / f"change-{change.id}.html").write_text(page, encoding="utf-8")
    database.close()


def _next_steps(stage: _Stage) -> None:
    stet = shlex.quote(sys.argv[0]) if sys.argv[0].endswith("stet") else "stet"
    home = f"--home {shlex.quote(str(_short(stage.home.root)))}"
    tell(paint("Try next:", bold=True))
    for line in (
        f"status {home}",
        f"changes {home} --stealth",
        f"captures {home} {stage.bridge.url}",
        f"fetches {home} {stage.bridge.url}",
        f"get {home} {stage.bridge.url} --as text",
        f"diff {home} {stage.report.url}",
        f"timemap {home} {stage.report.url} --format cdxj",
    ):
        tell(f"  {stet} {line}")
    tell(f"Every change as a page for the browser: {_short(stage.home.root)}/pages/change-*.html")
    web = stage.home.settings.web
    tell(f"All of it in the reading room: {stet} serve {home}, and then http://{web.host}:{web.port}/")


def _remark(text: str) -> None:
    """A line under what it is about."""
    tell(paint(f"         {text}", dim=True))


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
