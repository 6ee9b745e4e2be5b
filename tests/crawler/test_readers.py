"""A page that stalls or kills its reader must not take the others with it."""

import asyncio
import multiprocessing
import os
import signal

import pytest

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
