"""`stet run` as a process: refused, killed, told to stop and to reload, on a full disk, with its database held."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from archive.db import tables
from crawler.runtime import opened
from scheduler.cli import run
from tests.crawler.test_shortage import disk, filled  # noqa: F401 - `disk` is a fixture
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import environment
from tests.postgres import new_database

PATIENCE = 90.0  #: seconds for what takes a few, on a machine with other things to do, or none for a while
DAEMON = '[daemon]\nserve = false\nstop_within = "2s"\n'


@pytest.fixture
def room():
    with Newsroom() as made:
        yield made


def watched(folder, room, **settings) -> Place:
    """A home beside a newsroom, both by the machine's clock."""
    place = Place(folder / "home", room, **{"takedowns": DAEMON, **settings})
    place.clock.moment = datetime.now(UTC)
    return place


class Watcher:
    """A daemon in a process of its own, and what it says."""

    def __init__(self, place: Place, *, settings: bool = True) -> None:
        assert not settings or place.home
        self.said = place.root.parent / f"said-{time.monotonic_ns()}"
        with self.said.open("wb") as file:
            command = [sys.executable, "-m", "scheduler.cli", "run", "--home", str(place.root)]
            self.process = subprocess.Popen(command, stdout=file, stderr=file, env=environment())

    @property
    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def until(self, what, patience: float = PATIENCE) -> None:
        """Wait for something to become true while the daemon lives."""
        end = time.monotonic() + patience
        while not what():
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    def sees(self, place: Place, what) -> None:
        """Wait for what comes of a look at everything; a round that just ends may plan its pages for later."""
        due = itertools.cycle([True] + 39 * [False])  # every two seconds
        self.until(lambda: (next(due) and make_due(place)) or what())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def daemon(place: Place) -> Iterator[Watcher]:
    """A daemon of `place` until the block ends; it is to end well."""
    watcher = Watcher(place)
    try:
        yield watcher
        assert watcher.stop() == 0, watcher.text
    finally:
        watcher.process.kill()
        watcher.process.wait()
    assert "Traceback" not in watcher.text, watcher.text


def all_read(place: Place, count: int):
    return lambda: len(known := place.articles()) == count and all(each.versions for each in known)


def make_due(place: Place) -> None:
    """All articles and seeds are due."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    with place.writing() as connection:
        for table in (tables.articles, tables.seeds):
            connection.execute(table.update().values(next_check=before))


def test_a_second_daemon_is_refused_and_told_who_holds_the_home(tmp_path, room, capsys):
    herald = room.outlet("herald.example")
    place = watched(tmp_path, room)
    place.watch(herald)
    with daemon(place) as first:
        first.until(lambda: "watching" in first.text)
        assert run(["run", "--home", str(place.root)]) == 3
        said = f"stet: {place.root}: in use by stet run (process {first.process.pid}); wait for it or stop it\n"
        assert capsys.readouterr().err == said
        assert run(["crawl", "--home", str(place.root)]) == 3
        assert run(["status", "--home", str(place.root)]) == 0  # reading is free
    with daemon(place) as second:  # the lock goes with its holder
        second.until(lambda: "watching" in second.text)


def on_postgresql() -> dict[str, str]:
    """What makes a home keep its database there."""
    return {"archive": f'[archive]\ndatabase = "{new_database()}"'}


@pytest.mark.parametrize(
    ("after", "where"), [(2, dict), (5, dict), (9, dict), (5, on_postgresql)], ids=["2", "5", "9", "postgresql"]
)
def test_a_daemon_that_is_killed_in_a_round_loses_nothing_and_doubles_nothing(tmp_path, room, after, where):
    herald = room.outlet("herald.example")
    stories = herald.publish_many(8)
    herald.break_with("late", seconds=0.1)
    place = watched(tmp_path, room, **where())
    place.watch(herald)
    first = Watcher(place)
    first.until(lambda: len(room.log) > after)
    os.kill(first.process.pid, signal.SIGKILL)
    assert first.process.wait(PATIENCE) == -signal.SIGKILL
    with daemon(place) as second:
        second.until(all_read(place, 8))
        stories[0].rewrite(["The bridge will be closed for repairs until the end of the year."])
        second.sees(place, place.changes)
    assert all(each.versions == 1 + (each.url == stories[0].url) for each in place.articles())
    assert len(place.changes()) == 1
    assert len({row["id"] for row in place.log()}) == len(place.log())
    with place.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0
    assert run(["verify", "--home", str(place.root)]) == 0


def test_sigterm_ends_it_within_the_bound_though_a_fetch_hangs(tmp_path, room):
    herald = room.outlet("herald.example")
    herald.publish_many(2)
    place = watched(tmp_path, room, timeout="300s")
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 2))
        herald.break_with("timeout", seconds=300)
        count = len(room.log)
        watcher.sees(place, lambda: len(room.log) > count)
        begun = time.monotonic()
        assert watcher.stop() == 0
        assert time.monotonic() - begun < 2 + 10  # `stop_within`, and a busy machine
    assert watcher.text.endswith("stopped; what was kept is safe\n")
    herald.mend()
    with daemon(place) as watcher:  # nothing was learnt, so it is due still
        rows = len(place.log("article"))
        watcher.until(lambda: len(place.log("article")) > rows)


def test_it_takes_new_settings_by_signal_and_by_command_and_none_that_are_wrong(tmp_path, room, capsys):
    herald, bee = room.outlet("herald.example"), room.outlet("bee.example")
    herald.publish_many(1)
    bee.publish_many(1)
    place = watched(tmp_path, room)
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 1))
        path = place.root / "stet.toml"
        right = path.read_text(encoding="utf-8")
        path.write_text(right + "[crwal]\n", encoding="utf-8")
        watcher.process.send_signal(signal.SIGHUP)
        watcher.until(lambda: "the settings stay as they were" in watcher.text)
        assert "crwal" in watcher.text
        asked = len(place.log("article"))
        watcher.sees(place, lambda: len(place.log("article")) > asked)  # it goes on by those it has
        assert "opening the home again" not in watcher.text
        assert run(["reload", "--home", str(place.root)]) == 2  # the command says it itself
        assert "crwal" in capsys.readouterr().err
        path.write_text(right.replace("[crawl]\n", '[crawl]\nuser_agent = "Second/2"\n', 1), encoding="utf-8")
        assert run(["reload", "--home", str(place.root)]) == 0
        watcher.sees(place, lambda: "Second/2" in list(room.log)[-1].get("user-agent"))
    assert run(["reload", "--home", str(place.root)]) == 1
    assert "no daemon runs here; 'stet run' starts one" in capsys.readouterr().err


@pytest.mark.parametrize("patience", ["0s", "60s"])
def test_it_goes_on_by_itself_when_a_full_disk_has_room_again(disk, room, patience):  # noqa: F811
    herald = room.outlet("herald.example")
    herald.publish_many(2)
    place = watched(disk, room, archive=f'[archive]\nreserve = "1MiB"\npatience = "{patience}"')
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 2))
        with filled(disk, but=300_000):
            make_due(place)
            watcher.until(lambda: re.search("room|space", watcher.text))
            herald.publish_many(2)
            time.sleep(2)
        watcher.sees(place, all_read(place, 4))
    assert run(["verify", "--home", str(place.root)]) == 0
    assert all(each.versions == 1 for each in place.articles())


def test_it_goes_on_by_itself_when_a_database_that_was_held_is_free_again(tmp_path, room):
    """For longer than a writer waits (ten seconds)."""
    herald = room.outlet("herald.example")
    [story] = herald.publish_many(1)
    place = watched(tmp_path, room)
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 1))
        story.rewrite(["The bridge will be closed for repairs until the end of the year."])
        other = sqlite3.connect(place.root / "stet.db", isolation_level=None, timeout=30)
        with room.lock:  # nobody is answered before it is held
            make_due(place)
            other.execute("BEGIN IMMEDIATE")
        watcher.until(lambda: "database is locked" in watcher.text)
        other.execute("ROLLBACK")
        other.close()
        watcher.sees(place, place.changes)
    assert len(place.changes()) == 1
    assert place.article(story).versions == 2


def test_it_goes_on_by_itself_when_a_database_server_that_went_away_is_there_again(tmp_path, room):
    herald = room.outlet("herald.example")
    [story] = herald.publish_many(1)
    place = watched(tmp_path, room, **on_postgresql())
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 1))
        story.rewrite(["The bridge will be closed for repairs until the end of the year."])
        for _ in range(3):
            with place.writing() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        watcher.sees(place, place.changes)
    assert len(place.changes()) == 1
    assert place.article(story).versions == 2


def test_what_was_kept_and_not_settled_at_an_end_in_good_order_is_settled_at_the_next_begin(tmp_path, room):
    """As when rounds are cut off at the end: all files are closed, and nothing looks like a crash."""
    herald = room.outlet("herald.example")
    [story] = herald.publish_many(1)
    place = watched(tmp_path, room)
    place.watch(herald)
    with daemon(place) as watcher:
        watcher.until(all_read(place, 1))
    story.rewrite(["The bridge will be closed for repairs until the end of the year."])
    place.break_off(story, at=datetime.now(UTC))
    with opened(place.home):
        assert place.last(story).presence == "present"
        assert place.article(story).wording.candidate is not None
    with daemon(place) as watcher:
        watcher.until(place.changes)
    assert len(place.changes()) == 1
    assert run(["reindex", "--check", "--home", str(place.root)]) == 0
