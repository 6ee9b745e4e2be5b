"""What does an upgrade of the extractor alter, and how fast are 1,000 histories read again? Also after kill -9.

    python benchmarks/reextract.py [--articles 1000] [--passes 4] [--kills 3] [--seed 1]

A real crawl watches pretend outlets, of whose pages no two are the same bytes, while they edit most of their
stories between two passes, and withdraw and restore some. Then comes an extractor that leaves out the last
paragraph of every story: `stet reextract --apply` runs on one copy of the home to its end, and on another one
it is killed with SIGKILL at random moments and goes on. Compared are all that was ever told (changes,
standings, the log of fetches, captures: row by row, with their ids), and the two databases with each other.
In the end the outlets are crawled once more by the new extractor, with nothing edited and then with 20
stories edited.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select

from archive import home as homes
from archive.db import readings, tables
from archive.db.compare import counts, differences
from archive.db.engine import open_database
from benchmarks.reindex import HOSTS, START, make_home
from scheduler.crawling import Pass, run_pass
from scheduler.newsroom import Newsroom, Outlet, Story
from scheduler.progress import Progress
from tests.homes import Ticking
from tests.upgrades import NAME

HOW = "drops the last"
AROUND = [
    "nonces",
    "counters",
    "related",
    "ads",
    "timestamps",
    "attribute_order",
    "class_hashes",
    "white_space",
    "headers",
]
"""Noise around the story. Within it, an extractor that leaves out whatever is last would not be the same twice."""

EDITS = 20


def play(room: Newsroom, home: homes.Home, papers: list[Outlet], passes: int, chance: random.Random) -> None:
    """Crawl again and again while the outlets are busy, by a clock of eight hours a pass."""
    clock = Ticking(START)
    for number in range(passes):
        for story in (story for paper in papers for story in paper.stories if number):
            stir(story, chance)
        tally = run_pass(
            home, Pass(force=True), progress=Progress(), tell=lambda _: None, now=clock, sleep=clock.sleep
        )
        print(f"pass {number + 1}: {tally.sentence()}")
        clock.advance(hours=8)
        room.clock.advance(hours=8)


WHO = [
    "teachers",
    "nurses",
    "drivers",
    "tenants",
    "fishermen",
    "students",
    "farmers",
    "traders",
    "pilots",
    "miners",
]
WHAT = ["reject", "welcome", "await", "postpone", "question", "support", "oppose", "demand", "regret", "praise"]
WHERE = [
    "harbour",
    "hospital",
    "theatre",
    "railway",
    "market",
    "university",
    "stadium",
    "library",
    "airport",
    "reservoir",
]


def sentence(chance: random.Random) -> str:
    """One of some hundreds: what stands in many articles of an outlet is furniture to us."""
    who, what, where = (chance.choice(words) for words in (WHO, WHAT, WHERE))
    return f"Many {who} {what} what was decided about the {where}, their association said in the evening."


def stir(story: Story, chance: random.Random) -> None:
    """What an outlet does to a story between two passes, if anything."""
    deed = chance.random()
    if deed < 0.4:
        story.append(sentence(chance), silently=True)
    elif deed < 0.6:
        story.insert_paragraph(1, sentence(chance))
    elif deed < 0.7:
        story.retitle(f"{story.words.title}, officials say")
    elif deed < 0.75 and story.gone:
        story.restore()
    elif deed < 0.75:
        story.withdraw(chance.choice((404, 410)), listed=True)


def upgraded(root: Path, *arguments: str) -> list[str]:
    """A command of the new release."""
    return [sys.executable, "-m", "tests.upgrades", HOW, *arguments, "--home", str(root)]


def told(root: Path) -> dict[str, list[Any]]:
    """All that was ever told, and by which ids."""
    database = open_database(f"sqlite:///{root / 'stet.db'}")
    with database.read() as connection:
        found = {
            table.name: list(connection.execute(select(table).order_by(table.c.id)))
            for table in (tables.changes, tables.standings, tables.fetches, tables.captures)
        }
    database.close()
    return found


def state(root: Path) -> tuple[dict[str, int], int, int]:
    """Rows by table, captures that the new extractor read, and articles that are left."""
    database = open_database(f"sqlite:///{root / 'stet.db'}")
    with database.read() as connection:
        read = select(tables.extractions.c.id).where(tables.extractions.c.extractor == NAME)
        found = counts(connection), len(connection.execute(read).all()), readings.count_pending(connection, NAME)
    database.close()
    return found


def applied(root: Path) -> float:
    """Read all histories again, to the end; in how many seconds."""
    began = time.monotonic()
    done = subprocess.run(upgraded(root, "reextract", "--apply"), capture_output=True, text=True, check=False)
    print(f"  exit code {done.returncode}: {done.stderr.strip()}")
    return time.monotonic() - began


def killed(root: Path, chance: random.Random, seconds: float) -> bool:
    """Begin, and kill at a random moment; whether it was alive."""
    process = subprocess.Popen(upgraded(root, "reextract", "--apply"), stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(1.0, max(1.5, seconds)))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def crawl(root: Path) -> Counter[str]:
    """A pass by the new extractor; what it found."""
    done = subprocess.run(
        upgraded(root, "crawl", "--force", "--json"), capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stderr)
    found = map(json.loads, done.stdout.splitlines())
    return Counter(each["text"].split(",")[0] if each["what"] == "standing" else each["what"] for each in found)


def main() -> None:
    """Crawl, upgrade, compare; print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder, Newsroom(start=START) as room:
        papers = [room.outlet(f"paper{n}.example") for n in range(HOSTS)]
        for paper in papers:
            paper.publish_many(asked.articles // HOSTS)
            paper.add_noise(*AROUND)
        home = make_home(room, Path(folder) / "home", papers)
        play(room, home, papers, asked.passes, chance)
        whole = shutil.copytree(home.root, Path(folder) / "whole")
        before, rows = told(home.root), state(home.root)[0]
        print(f"before: {rows['articles']} articles, {rows['captures']} captures, {rows['versions']} readings,")
        print(f"  {rows['changes']} changes, {rows['standings']} standings")
        print(f"`stet reextract --apply`, an extractor that {HOW.replace('drops', 'leaves out')} paragraph:")
        seconds = applied(whole)
        rows, read, left = state(whole)
        print(f"  {rows['articles'] / seconds:.1f} articles/s, {read} captures read, {left} articles left")
        altered = [name for name, was in before.items() if told(whole)[name] != was]
        made = rows["changes"] - len(before["changes"])
        print(f"  changes made: {made}; tables of what was told that differ: {altered or 'none'}")
        kills = sum(killed(home.root, chance, seconds / (asked.kills + 1)) for _ in range(asked.kills))
        print(f"the same, killed with SIGKILL {kills} times; then {state(home.root)[2]} articles were left:")
        applied(home.root)
        one, other = (open_database(f"sqlite:///{root / 'stet.db'}") for root in (whole, home.root))
        with one.read() as first, other.read() as second:
            wrong = [str(each) for each in differences(first, second)]
        one.close()
        other.close()
        altered += [name for name, was in before.items() if told(home.root)[name] != was]
        print(f"  rows that differ between the two databases: {len(wrong)}; told otherwise: {altered or 'none'}")
        print(f"a crawl by the new extractor, nothing edited: {dict(crawl(whole)) or 'no finding'}")
        stories = [story for paper in papers for story in paper.stories if not story.gone]
        for story in chance.sample(stories, min(EDITS, len(stories))):
            story.insert_paragraph(1, sentence(chance))
        print(f"and with {EDITS} stories edited: {dict(crawl(whole)) or 'no finding'}")
    sys.exit(bool(wrong or altered or made))


if __name__ == "__main__":
    main()
