"""Does `stet reindex` give the same database, and how fast? From 10,000 captures of a busy newsroom.

    python benchmarks/reindex.py [--articles 1000] [--passes 10]

A real crawl watches pretend outlets while they edit, withdraw, restore, move and wall stories at random. Then the
database is taken away and made again from the WARC files alone, and the two are compared table by table.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import home as homes
from archive.db import outlets
from archive.db.compare import OWN, counts, differences
from archive.db.engine import open_database
from archive.domain.model import Outlet as Watched
from archive.domain.model import Seed, SeedKind
from archive.errors import Misuse
from scheduler.crawling import Pass, run_pass
from scheduler.newsroom import Newsroom, Outlet, Story
from scheduler.progress import Progress
from scheduler.reindexing import reindex

HOSTS = 20

SETTINGS = """\
[crawl]
delay = 0.0
discover_limit = 100000
allow_private_addresses = true
[edits]
confirm_after = "0s"
[crawl.connect_to]
{table}
"""

SHARE = 0.05
"""Of the stories, so many do something between two passes. (Of real ones some 0.5 % do within a day.)"""

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def stir(story: Story, chance: random.Random) -> None:
    """One thing that outlets do."""
    deeds = [
        lambda: story.append("The council will meet again on Friday.", silently=True),
        lambda: story.append("The ministry did not answer a request for comment."),
        lambda: story.retitle(f"{story.words.title}, officials say"),
        lambda: story.revert() if len(story.history) > 1 else None,
        lambda: story.withdraw(chance.choice((404, 410)), listed=True),
        story.restore,
        lambda: story.move(f"/moved/{chance.randrange(10**9)}{story.path}"),
        lambda: story.wall(chance.choice(("paywall", "bot", "login"))),
        story.unwall,
    ]
    with contextlib.suppress(Misuse):
        chance.choice(deeds)()


def play(room: Newsroom, home: homes.Home, papers: list[Outlet], passes: int) -> None:
    """Crawl again and again while the outlets are busy, by a clock of eight hours a pass."""
    chance, moment = random.Random(7), START
    for number in range(passes):

        def now() -> datetime:
            nonlocal moment
            moment += timedelta(milliseconds=1)
            return moment

        with Progress() as progress:
            tally = run_pass(home, Pass(force=True), progress=progress, tell=lambda _: None, now=now)
        print(f"pass {number + 1}: {tally.sentence()}")
        moment += timedelta(hours=8)
        room.clock.advance(hours=8)
        for paper in papers:
            for story in chance.sample(paper.stories, max(1, round(SHARE * len(paper.stories)))):
                stir(story, chance)


def make_home(room: Newsroom, folder: Path, papers: list[Outlet]) -> homes.Home:
    """A home that watches the outlets by their sitemaps."""
    table = "\n".join(f'"{host}" = "{address}"' for host, address in room.connect_to.items())
    home = homes.create(folder, {}, settings_text=SETTINGS.format(table=table))
    database = open_database(home.database_url)
    with database.write() as connection:
        for paper in papers:
            seed = Seed(url=paper.url("/sitemap.xml"), kind=SeedKind.SITEMAP)
            name = paper.host.split(".")[0]
            watched = Watched(name=name, domains=(paper.host,), home=paper.url("/"), seeds=(seed,))
            outlets.save(connection, watched, START)
    database.close()
    return home


def main() -> None:
    """Crawl, reindex, compare; print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=10)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Newsroom(start=START) as room:
        papers = [room.outlet(f"paper{n}.example") for n in range(HOSTS)]
        for paper in papers:
            paper.publish_many(told.articles // HOSTS)
        home = make_home(room, Path(folder) / "home", papers)
        play(room, home, papers, told.passes)
        before = Path(folder) / "before.db"
        place = Path(home.database_url.removeprefix("sqlite:///"))
        with (
            contextlib.closing(sqlite3.connect(place)) as source,
            contextlib.closing(sqlite3.connect(before)) as to,
        ):
            source.backup(to)
        for path in home.root.glob("stet.db*"):
            path.unlink()
        size = sum(path.stat().st_size for path in home.spool.glob("*.warc.gz"))
        wall, cpu = time.perf_counter(), time.process_time()
        tally = reindex(home, into=None, step=lambda _count, _name: None)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"reindex: {tally.sentence()}; {size / 1e6:.1f} MB of WARC, {size / 1e6 / wall:.2f} MB/s,")
        print(f"  {cpu:.1f} s of CPU in the main process; settled with errors: {tally.unsettled}")
        one, other = open_database(f"sqlite:///{before}"), open_database(home.database_url)
        with one.read() as left, other.read() as right:
            wrong = [str(difference) for difference in differences(left, right)]
            rows, again = counts(left), counts(right)
        print("table by table, rows before and after:")
        for table, count in rows.items():
            print(f"  {table:<12} {count:>7} {again[table]:>7}")
        print(f"  not compared: {', '.join(OWN)} ({'; '.join(OWN.values())})")
        print(f"rows that differ: {len(wrong)}")
        for line in wrong[:10]:
            print(f"  {line}")
        one.close()
        other.close()
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
