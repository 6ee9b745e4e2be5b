"""What feeds list is what was told: after whole stories, the rows say the same as who was told meanwhile heard."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import feedparser
import pytest

from archive import feeds
from archive.db import told
from archive.db.told import Shelf
from archive.domain.outages import BACK_AGAIN
from archive.domain.rules import What
from tests.atoms import faults
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.takedown_plays import Stage, play
from tests.takedown_stories import TALES

STORIES = (
    "410, then back",
    "removed, then back at another address",
    "removed during a day of 404s for everything",
    "offline for sixteen days, then back",
    "all old articles lead home at once",
    "all addresses change, and the old ones redirect",
)


@pytest.mark.parametrize("name", STORIES)
def test_the_rows_say_what_was_told(tmp_path, name):
    play(TALES[name], tmp_path / "home", compare)


def compare(stage: Stage) -> None:
    """Of steps exactly those that were told; of outages that they began, were final, and were over after that."""
    with stage.place.reading() as connection:
        listed = told.listed(connection, limit=1000)
    heard = [finding for finding in stage.found if finding.alert and finding.what in tuple(What)]
    assert [each.at for each in listed] == sorted((each.at for each in listed), reverse=True)
    assert len({each.name for each in listed}) == len(listed)
    assert _steps(listed) == Counter((f.id, f.at) for f in heard if f.what == What.STANDING)
    words = {(f.id, f.at, f.kind) for f in heard if f.what == What.NOTICE}
    rows = {(each.id, each.at, each.kinds[0]) for each in listed if each.what is What.NOTICE}
    assert {(id_, at) for id_, at, _ in rows} <= {(id_, at) for id_, at, _ in words}
    assert {id_ for id_, _, _ in rows} == {id_ for id_, _, _ in words}
    assert {row for row in rows if row[2] == BACK_AGAIN} <= words
    with stage.place.reading() as connection:
        page = feeds.page(stage.place.home, connection, feeds.Wanted(kind="outlet", name="herald"))
        document = feeds.document(stage.place.home, connection, page, "https://archive.example.org")
    assert faults(document) == []
    entries = feedparser.parse(document).entries
    assert len(entries) == min(len(listed), feeds.PER_PAGE)
    assert all("herald" in entry.title.lower() and entry.summary and entry.content for entry in entries)


def _steps(listed) -> Counter:
    return Counter((each.id, each.at) for each in listed if each.what is What.STANDING)


def test_pages_hold_all_and_each_once(tmp_path):
    """Law: however small the pages are, reading on to the last gives what one large page gives, in its order."""

    def walk(stage: Stage) -> None:
        with stage.place.reading() as connection:
            whole = told.listed(connection, limit=1000)
            for limit in (1, 2, 3):
                before, found = None, []
                while some := told.listed(connection, before=before, limit=limit):
                    found += some
                    before = some[-1].at
                assert found == whole
            theirs = told.listed(connection, Shelf(outlet="herald"), limit=1000)
            assert theirs == whole
            assert told.listed(connection, Shelf(outlet="globe"), limit=1000) == []
            assert told.listed(connection, Shelf(tag="none"), limit=1000) == []

    play(TALES["three of ten articles are removed on three days"], tmp_path / "home", walk)


def test_what_was_told_keeps_its_name_in_a_database_that_is_made_anew(tmp_path):
    from archive.db.engine import open_database
    from scheduler.reindexing import reindex

    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        place = Place(tmp_path / "home", room, confirmations=2, span="1s")
        place.watch(herald)
        report = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
        ferry = herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
        for act in (
            lambda: None,
            lambda: report.edit_silently("denied", "confirmed"),
            lambda: ferry.withdraw(410, listed=True),
            lambda: report.edit("Tuesday", "Wednesday"),
        ):
            act()
            place.look()
            place.look()
    with place.reading() as connection:
        before = told.listed(connection, limit=100)
    again = f"sqlite:///{tmp_path / 'again.db'}"
    reindex(place.home, into=again, step=lambda _count, _name: None)
    database = open_database(again)
    with database.read() as connection:
        after = told.listed(connection, limit=100)
    database.close()
    assert len(before) == 3
    assert [each.name for each in after] == [each.name for each in before]
    assert [each.text for each in after] == [each.text for each in before]


def test_a_change_that_another_one_tells_of_is_listed_no_more(tmp_path):
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example")
        place = Place(tmp_path / "home", room)
        place.watch(herald)
        story = herald.publish("Ferry runs again", ["The ferry runs again from Monday on, the harbour says."])
        for old, new in (("", ""), ("Monday", "Tuesday"), ("Tuesday", "Monday"), ("Monday", "Tuesday")):
            if old:
                story.edit_silently(old, new)
            place.look(minutes=30)
            place.look(minutes=30)
        with place.reading() as connection:
            changes = [each.id for each in told.listed(connection, limit=100) if each.what is What.CHANGE]
        assert changes == [change.id for change in reversed(place.changes())]
        assert place.clock.moment - START < timedelta(days=1)
