"""The daemon's rounds, in this process: real servers, a real home, real time."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from archive.db import articles, leases, outlets
from scheduler import rounds
from scheduler.daemon import Daemon
from scheduler.jobs import JOBS
from tests.homes import Place
from tests.newsroom import Newsroom

PATIENCE = 60.0


@pytest.fixture
def room():
    with Newsroom() as made:
        yield made


def place(tmp_path, room, **settings):
    made = Place(tmp_path / "home", room, **settings)
    made.clock = lambda: datetime.now(UTC)
    made.clock.moment = datetime.now(UTC)
    return made


async def until(what, patience: float = PATIENCE):
    """Wait for something to become true."""
    async with asyncio.timeout(patience):
        while not what():  # noqa: ASYNC110 - the daemon sets no event for tests
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running(home: Place):
    """The daemon of `home`, until the block ends."""
    daemon = Daemon(home.home, jobs=JOBS)
    task = asyncio.create_task(daemon.run())
    try:
        yield daemon
        assert not task.done(), "it ended by itself"
    finally:
        daemon.stop()
        await asyncio.wait_for(task, PATIENCE)


def is_planned(article) -> bool:
    return article.next_check is not None and article.next_check > article.last_checked


def make_due(home: Place):
    with home.writing() as connection:
        for each in articles.listed(connection):
            articles.update(connection, each.id, next_check=datetime.now(UTC) - timedelta(seconds=1))


def test_it_finds_visits_and_confirms_by_itself(tmp_path, room):
    herald, bee = room.outlet("herald.example"), room.outlet("bee.example")
    story = herald.publish("Minister denies the report", ["The minister denied that 120 people lost their homes."])
    herald.publish_many(3)
    bee.publish_many(2)
    home = place(tmp_path, room)
    home.watch(herald)
    home.watch(bee)

    async def watched():
        async with running(home):
            await until(lambda: len(home.articles()) == 6 and all(each.versions for each in home.articles()))
            story.edit_silently("120 people", "12 people")
            make_due(home)
            await until(home.changes)
            await until(lambda: all(is_planned(each) for each in home.articles()))

    asyncio.run(watched())
    [change] = home.changes()
    assert change.stealth
    assert len({row["seed_id"] for row in home.log("seed")}) == 2
    with home.reading() as connection:
        assert leases.held(connection, datetime.now(UTC)) == []


def test_an_outlet_that_hangs_keeps_nobody_else_waiting(tmp_path, room):
    slow, quick = room.outlet("slow.example"), room.outlet("quick.example")
    slow.publish_many(2)
    [story] = quick.publish_many(1)
    home = place(tmp_path, room, timeout="20s")
    home.watch(slow)
    home.watch(quick)

    async def watched():
        async with running(home) as daemon:
            await until(lambda: len(home.articles()) == 3 and all(each.versions for each in home.articles()))
            slow.break_with("stall", seconds=30)
            story.rewrite(["The bridge will be closed for repairs until the end of the year."], silently=True)
            make_due(home)
            await until(home.changes)
            with home.reading() as connection:
                hanging, _ = outlets.by_name(connection, "slow")
            assert hanging in daemon.rounds.running, "it is being waited for still"

    asyncio.run(watched())


def test_a_crawl_delay_that_is_longer_than_a_round_waits_holds_up_no_round(tmp_path, room, monkeypatch):
    """One fetch, then the outlet rests until its host may be asked again."""
    monkeypatch.setattr(rounds, "ROUND", 0.5)
    herald = room.outlet("herald.example")
    herald.robots("User-agent: *\nCrawl-delay: 2\n")
    herald.publish_many(2)
    home = place(tmp_path, room, max_delay=0.5)
    home.watch(herald)

    async def watched():
        async with running(home) as daemon:
            for count in (1, 2, 3):
                await until(lambda count=count: len(room.log) == count)
                await until(lambda: not daemon.rounds.running, patience=1.5)
            await until(lambda: any(each.versions for each in home.articles()))

    asyncio.run(watched())
    assert min(room.log.gaps(herald.host)) >= 2
