"""After an upgrade the daemon reads histories again while it visits: whoever comes second finds it done."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from archive import memento, reextracting
from archive.keeping import payload_reader
from scheduler import upkeep
from tests.test_reextracting import NAME, apply, read, told
from tests.upgrades import upgrade


@pytest.fixture
def story(place, herald):
    story = herald.publish("Harbour sold", ["The harbour was sold for 4 million on Monday. " * 5])
    place.watch(herald)
    place.look(hours=1)
    story.edit("4 million", "5 million")
    place.look(hours=1)
    return story


def test_a_visit_that_waited_for_its_reading_writes_over_nothing(place, story, monkeypatch):
    """It asks what stands, reads that, and meanwhile the whole history was read and written."""
    upgrade(monkeypatch, "capitals")
    read_payload = payload_reader(place.home.warcs)
    with place.reading() as connection:
        now = reextracting.wanted_now(connection, memento.article_at(connection, story.url).id)
    pages = {}
    for payload in now.stands:
        body, content_type = read_payload(payload)
        pages[payload.id] = reextracting.extract(body, url=payload.url, content_type=content_type)
    assert apply(place).articles == 1
    before, kept = read(place, story), told(place)
    with place.writing() as connection:
        reextracting.write_now(connection, now, pages)
    assert read(place, story) == before
    assert told(place) == kept
    assert {number for number, _ in before[NAME]} == {1, 2}


def context(place, database, *, full=False):
    """What a job is given, as far as this one looks at it."""
    return SimpleNamespace(
        home=place.home,
        settings=place.home.settings,
        database=database,
        rounds=SimpleNamespace(full=full),
        stopping=SimpleNamespace(is_set=lambda: False),
        in_thread=asyncio.to_thread,
    )


@pytest.mark.parametrize(
    ("full", "reextract", "done"), [(True, "true", 0), (False, "false", 0), (False, "true", 1)]
)
def test_it_is_done_while_there_are_outlets_to_spare(place, story, monkeypatch, full, reextract, done):
    upgrade(monkeypatch)
    place.settings["reextract"] = reextract
    database = place.database()
    asyncio.run(upkeep.reread(context(place, database, full=full)))
    database.close()
    assert (NAME in read(place, story)) == bool(done)
    assert apply(place).articles == 1 - done
