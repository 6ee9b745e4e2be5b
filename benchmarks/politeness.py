"""What a host sees that five rounds visit at once: its own log, line by line.

    python benchmarks/politeness.py

One host, five outlets in five folders of it, five rounds at the same time in one process. While they run, the
host asks for rest (429, Retry-After in seconds and as a date, by a clock that is wrong by an hour), changes its
robots.txt (Crawl-delay, then Disallow), and the process is killed in the middle of a rest. Times are the
server's: when a request came, how long after the end of the answer before it. Exit code 1 where two requests
overlap, or one came too early.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.newsroom import Visit
from tests.crawler.test_side_by_side import HOST, Press, Weary, killed_when, start

DELAY = 0.2  #: seconds, of the settings


def shown(room: Weary, title: str, least: Callable[[Visit, float], float]) -> int:
    """Print the log; how often it shows something that must not be. `least`: seconds owed after an answer."""
    print(f"\n{title}\n{'at':>7} {'after':>7}  status")
    visits, bad = room.log.requests_for(HOST), 0
    for before, visit in zip([None, *visits], visits, strict=False):
        gap = visit.received - before.finished if before and before.finished else 0.0
        early = before is not None and gap < least(before, visit.received)
        bad += early
        mark = "  TOO EARLY" if early else ""
        at = visit.received - visits[0].received
        print(f"{at:7.2f} {gap:7.2f}  {visit.status or '-':>5}  {visit.path}{mark}")
    overlaps = len(room.log.overlaps(HOST))
    print(f"{len(visits)} requests, {overlaps} overlap, {bad} came too early")
    return bad + overlaps


def five_rounds(folder: Path) -> int:
    """Seeds, articles, front pages, siblings of five outlets."""
    with Weary() as room:
        press = Press(folder, room, delay=DELAY)
        press.paper.break_with("late", seconds=0.05)
        press.rounds()
        return shown(room, f"Five rounds at once, {DELAY} s between two fetches", lambda *_: DELAY)


def rests(folder: Path) -> int:
    """Retry-After as seconds and as a date."""
    with Weary() as room:
        room.clock.advance(hours=1)
        press = Press(folder, room, delay=DELAY)
        room.rest = ["2"]
        press.rounds()
        room.rest = [4.0]
        press.rounds()
        asked = iter((2.0, 3.0))  # a date has no fractions of a second
        return shown(
            room,
            "429 with 'Retry-After: 2', later with a date 4 s ahead by the host's clock, which is an hour fast",
            lambda before, _: next(asked) if before.status == 429 else DELAY,
        )


def slower(folder: Path) -> int:
    """Crawl-delay appears while five rounds wait."""
    with Weary() as room:
        press = Press(folder, room, delay=DELAY, crawl='robots_max_age = "1s"')

        async def change() -> None:
            await asyncio.sleep(1.0)
            press.paper.robots("User-agent: *\nCrawl-delay: 1\n")

        press.rounds(meanwhile=change)
        told = [visit.received for visit in press.asked if visit.path == "/robots.txt"][1]
        title = "robots.txt, which is asked for again after a second here, comes to say Crawl-delay: 1"
        return shown(room, title, lambda _, at: 1.0 if at > told else DELAY)


def forbidden(folder: Path) -> int:
    """Disallow appears while five rounds wait."""
    with Weary() as room:
        press = Press(folder, room, stories=3, delay=DELAY, crawl='robots_max_age = "1s"')

        async def change() -> None:
            await asyncio.sleep(1.0)
            press.paper.robots("User-agent: *\nDisallow: /\n")

        press.rounds(meanwhile=change)
        told = [visit.received for visit in press.asked if visit.path == "/robots.txt"][1]
        late = sum(visit.received > told and visit.path != "/robots.txt" for visit in press.asked)
        print(f"\nasked for although it was forbidden by then: {late}", end="")
        return late + shown(
            room, "robots.txt comes to say Disallow: /, with 20 requests waiting", lambda *_: DELAY
        )


def killed(folder: Path) -> int:
    """SIGKILL in the middle of a rest."""
    with Weary() as room:
        press = Press(folder, room, stories=1, delay=DELAY)
        room.rest = ["6"]
        killed_when(press, lambda: any(visit.status == 429 for visit in press.asked))
        with start(press.place) as crawl:
            crawl.communicate(timeout=60)
        return shown(
            room,
            "429 with 'Retry-After: 6', kill -9, and another process",
            lambda before, _: 6.0 if before.status == 429 else DELAY,
        )


STORIES: Sequence[Callable[[Path], int]] = (five_rounds, rests, slower, forbidden, killed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        bad = 0
        for story in STORIES:
            folder = Path(top) / story.__name__
            folder.mkdir()
            bad += story(folder)
    print(f"\nviolations: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
