"""A page that stalls or kills its reader must not take the others with it."""

import asyncio
import functools
import multiprocessing
import os
import signal

import pytest
from pebble import ProcessPool

from archive.errors import EnvironmentFailed
from archive.extraction import extract
from crawler import readers
from crawler.readers import POOL_FROM, Readers

STORY = b"<article><h1>Basin closes</h1>" + b"<p>The basin closes for a year, the council said on Monday.</p>" * 9
ENTRY = b"<li><a href=/x>one of many</a> entries in a list</li>"
LONG = b"<article><h1>Long list</h1><ul>" + ENTRY * 6000 + b"</ul>"
URL = "https://herald.example/basin"


@pytest.fixture
def pool():
    """Readers that have read so many pages already that they work elsewhere from now on."""
    made = Readers(1)
    made._pages = POOL_FROM
    yield made
    made.close()


def test_the_first_pages_of_a_pass_start_no_process():
    made = Readers(1)
    assert asyncio.run(made.read((STORY, URL, "text/html"))) == extract(STORY, url=URL, content_type="text/html")
    assert made._pool is None
    made.close()


def test_a_worker_reads_as_this_process_would(pool):
    found = asyncio.run(pool.read((STORY, URL, "text/html")))
    assert found == extract(STORY, url=URL, content_type="text/html")
    assert pool._pool is not None


def test_a_reader_that_is_killed_is_replaced_and_the_page_read_again(pool):
    async def story():
        await pool.read((STORY, URL, "text/html"))  # the worker is up
        reading = asyncio.ensure_future(pool.read((LONG, URL, "text/html")))
        await asyncio.sleep(0.2)
        assert not reading.done()
        for worker in multiprocessing.active_children():
            os.kill(worker.pid, signal.SIGKILL)
        return await reading, await pool.read((STORY, URL, "text/html"))

    long, short = asyncio.run(story())
    assert long.title == "Long list"
    assert short.title == "Basin closes"


def test_a_page_that_takes_too_long_is_unreadable_and_the_next_one_is_read(pool, monkeypatch):
    async def story():
        await pool.read((STORY, URL, "text/html"))
        monkeypatch.setattr(readers, "LIMIT", 0.3)
        stalled = await pool.read((LONG * 4, URL, "text/html"))
        monkeypatch.setattr(readers, "LIMIT", 60.0)
        return stalled, await pool.read((STORY, URL, "text/html"))

    stalled, after = asyncio.run(story())
    assert stalled is None
    assert after.title == "Basin closes"


def test_readers_that_are_killed_while_they_read_nothing_are_replaced(pool):
    """As by a system that is short of memory."""

    async def story():
        await pool.read((STORY, URL, "text/html"))
        for worker in multiprocessing.active_children():
            os.kill(worker.pid, signal.SIGKILL)
            worker.join()
        await asyncio.sleep(0.5)  # until the pool has seen it
        return await asyncio.gather(*(pool.read((STORY, URL, "text/html")) for _ in range(3)))

    assert [found.title for found in asyncio.run(story())] == ["Basin closes"] * 3


def test_a_page_whose_readers_are_killed_before_anybody_reads_it_is_read_by_others(pool):
    async def story():
        await pool.read((STORY, URL, "text/html"))
        workers = multiprocessing.active_children()
        for worker in workers:
            os.kill(worker.pid, signal.SIGSTOP)
        reading = asyncio.ensure_future(pool.read((STORY, URL, "text/html")))
        await asyncio.sleep(0.2)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
        return await reading

    assert asyncio.run(story()).title == "Basin closes"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_those_who_mind_the_readers_are_gone_a_page_does_not_wait_for_ever(pool, monkeypatch):
    monkeypatch.setattr(readers, "LOOK", 0.2)

    async def story():
        await pool.read((STORY, URL, "text/html"))
        pool._pool._pool_manager.process_next_message = None  # the thread that calls it ends by an error
        await asyncio.sleep(0.5)
        gone = pool._pool
        gone._update_pool_status = lambda: None  # as if it ended a moment later
        reading = asyncio.ensure_future(pool.read((STORY, URL, "text/html")))
        await asyncio.sleep(0.5)
        assert not reading.done()
        del gone._update_pool_status
        return await reading

    assert asyncio.run(story()).title == "Basin closes"


def test_a_machine_that_lets_no_reader_live_is_to_blame_and_not_the_page(pool, monkeypatch):
    monkeypatch.setattr(
        readers, "ProcessPool", functools.partial(ProcessPool, initializer=os._exit, initargs=(1,))
    )
    with pytest.raises(EnvironmentFailed, match="whether there is memory left"):
        asyncio.run(pool.read((STORY, URL, "text/html")))
