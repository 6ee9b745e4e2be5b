"""The clock is set while the daemon runs, by the log of the server: no stampede, and nothing is told twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from archive.db import tables
from scheduler.clock import Clock
from scheduler.daemon import Daemon
from scheduler.jobs import JOBS
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.scheduler.test_rounds import PATIENCE, until

DELAY = 0.1


class Settable(Clock):
    """The machine's clock, as somebody set it."""

    def __init__(self) -> None:
        self.set_by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.set_by


@pytest.fixture
def room():
    with Newsroom() as made:
        yield made


class World:
    """Three outlets with four stories each, watched by a clock that can be set."""

    def __init__(self, folder, room) -> None:
        self.room, self.clock = room, Settable()
        self.papers = [room.outlet(f"{name}.example") for name in ("herald", "bee", "sun")]
        self.place = Place(folder / "home", room, delay=DELAY)
        self.place.clock.moment = self.clock.now()
        for paper in self.papers:
            paper.publish_many(4)
            self.place.watch(paper)

    def play(self, story) -> None:
        """Let the daemon read everything; then comes the `story`."""

        async def watched() -> None:
            daemon = Daemon(self.place.home, clock=self.clock, jobs=JOBS)
            task = asyncio.create_task(daemon.run())
            try:
                await until(self.is_read)
                await until(lambda: not daemon.rounds.running)
                await story(daemon)
                assert not task.done()
            finally:
                daemon.stop()
                await asyncio.wait_for(task, PATIENCE)

        asyncio.run(watched())
        for paper in self.papers:
            assert self.room.log.overlaps(paper.host) == []
            assert min(self.room.log.gaps(paper.host)) >= DELAY

    def is_read(self) -> bool:
        known = self.place.articles()
        return len(known) == 12 and all(each.versions and each.next_check for each in known)

    def make_due(self) -> None:
        before = self.clock.now() - timedelta(days=1)
        with self.place.writing() as connection:
            for table in (tables.articles, tables.seeds):
                connection.execute(table.update().values(next_check=before))


@pytest.fixture
def world(tmp_path, room):
    return World(tmp_path, room)


def test_set_back_an_hour_it_dates_nothing_before_what_it_has_and_goes_on_when_time_has_come(world):
    async def story(daemon: Daemon) -> None:
        world.clock.set_by = timedelta(hours=-1)
        await until(lambda: daemon.rounds.held)
        asked = len(world.room.log)
        world.make_due()
        await asyncio.sleep(3)
        assert len(world.room.log) == asked
        world.clock.set_by = timedelta()
        await until(lambda: len(world.room.log) >= asked + 15)

    world.play(story)
    began = [row["began"] for row in world.place.log()]
    assert began == sorted(began)
    assert world.place.changes() == []


def test_set_back_by_more_it_goes_on_at_once(world):
    async def story(daemon: Daemon) -> None:
        world.clock.set_by = timedelta(hours=-5)
        await asyncio.sleep(2)
        asked = len(world.room.log)
        world.make_due()
        await until(lambda: len(world.room.log) >= asked + 15)

    world.play(story)
    assert world.place.changes() == []


def test_set_forward_a_day_everything_is_due_and_everything_is_asked_for_once(world):
    async def story(daemon: Daemon) -> None:
        world.room.log.clear()
        world.clock.set_by = timedelta(days=1)
        await until(lambda: len(world.room.log) >= 15)
        await asyncio.sleep(3)

    world.play(story)
    asked = Counter((visit.host, visit.path) for visit in world.room.log)
    stories = {(story.outlet.host, story.path) for paper in world.papers for story in paper.stories}
    assert {asked[each] for each in stories} == {1}
    assert max(asked.values()) <= 2  # a front page may be asked for as such and beside suspects
    assert world.place.changes() == []
    assert world.place.standings() == []
