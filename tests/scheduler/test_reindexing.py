"""The database is made again from the WARC files alone, and is what it was."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archive import home as homes
from archive.db import articles, journal, record
from archive.db.compare import counts, differences
from archive.db.engine import Connection, open_database
from archive.errors import Misuse
from archive.replaying import Replayer
from crawler.runtime import opened
from scheduler.cli import run
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.played import environment, kept, played


@contextmanager
def both(one, other) -> Iterator[tuple[Connection, Connection]]:
    """Two databases, open for reading."""
    left, right = open_database(f"sqlite:///{one}"), open_database(f"sqlite:///{other}")
    with left.read() as a, right.read() as b:
        yield a, b
    left.close()
    right.close()


def assert_same(one, other) -> None:
    with both(one, other) as (a, b):
        assert [str(difference) for difference in differences(a, b)] == []
        assert counts(a) == counts(b)


def copy(database, to) -> None:
    """A copy with what is in the write-ahead log still."""
    with (
        contextlib.closing(sqlite3.connect(database)) as source,
        contextlib.closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)


def made_again(root, *arguments: str) -> None:
    """Reindex the home at `root`, of which nothing but settings and WARC files is left."""
    for path in root.glob("stet.db*"):
        path.unlink()
    assert run(["reindex", "--home", str(root), *arguments]) == 0


@pytest.fixture(params=[lambda: played().home, lambda: kept().home], ids=["the demo", "the story"])
def home(request, tmp_path):
    shutil.copytree(request.param(), tmp_path / "home")
    shutil.copy(tmp_path / "home" / "stet.db", tmp_path / "before.db")
    return tmp_path / "home"


def test_the_database_is_made_again_from_the_warc_files_alone(home, tmp_path):
    made_again(home)
    assert_same(tmp_path / "before.db", home / "stet.db")
    assert run(["verify", "--home", str(home)]) == 0


def test_a_file_that_holds_texts_alone_is_one_of_the_files(home, tmp_path):
    """As after a crash: what is settled late has its text in the next file, which may be all there is in it."""
    place = homes.find(home)
    with opened(place) as runtime, runtime.database.read() as connection:
        found = articles.listed(connection)[0]
        capture = record.captures_of(connection, found.id)[0]
        runtime.writer.write_conversion(capture, "The text of a page.", extractor="a reader")
    with opened(place):
        pass  # the books are brought up to date
    assert run(["reindex", "--check", "--home", str(home)]) == 0


def test_ids_come_out_the_same_too(home, tmp_path):
    """Not promised, but true of a home that was never interrupted: links by id go on to work."""
    from sqlalchemy import select

    from archive.db import tables
    from archive.db.compare import PLANS

    made_again(home)
    with both(tmp_path / "before.db", home / "stet.db") as (a, b):
        for table in (tables.articles, tables.fetches, tables.captures, tables.versions, tables.changes):
            kept = [column for column in table.c if column.name not in PLANS.get(table.name, ())]
            query = select(*kept).order_by(table.c.id)
            assert list(a.execute(query)) == list(b.execute(query)), table.name


def test_an_old_database_is_kept_and_gives_what_only_it_knows(home, tmp_path):
    assert run(["add", "http://herald.example/added/just/now", "--home", str(home)]) == 0
    assert run(["reindex", "--home", str(home)]) == 0
    assert_same(home / "stet.db.old", home / "stet.db")
    with both(home / "stet.db.old", home / "stet.db") as (old, new):
        waiting = [(e.kind, e.document) for e in journal.pending(new)]
        assert waiting == [(e.kind, e.document) for e in journal.pending(old)]
        assert [kind for kind, _ in waiting] == ["watched"]


def test_check_changes_nothing_and_names_the_rows_that_differ(home, capsys):
    assert run(["reindex", "--check", "--home", str(home)]) == 0
    database = open_database(f"sqlite:///{home / 'stet.db'}")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE versions SET words = words + 1 WHERE id = 1")
        connection.exec_driver_sql("UPDATE articles SET standing = 'moved' WHERE id = 2")
    database.close()
    before = (home / "stet.db").read_bytes()
    assert run(["reindex", "--check", "--home", str(home)]) == 1
    said = capsys.readouterr().out
    assert said.count("only in the database") == said.count("only in the WARC files") == 2
    assert (home / "stet.db").read_bytes() == before
    assert not list(home.glob(".reindex-*"))


def test_killed_at_any_moment_it_goes_on_where_it_was(home, tmp_path):
    for path in home.glob("stet.db*"):
        path.unlink()
    command = [sys.executable, "-m", "scheduler.cli", "reindex", "--home", str(home)]
    for pause in (0.6, 0.9, 1.2, 1.5, 1.8):
        process = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
        time.sleep(pause)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait(60)
        if (home / "stet.db").exists():
            break
    if not (home / "stet.db").exists():
        assert subprocess.run(command, env=environment(), timeout=120, check=False).returncode == 0
    assert_same(tmp_path / "before.db", home / "stet.db")


def test_what_is_looked_at_after_a_later_visit_says_nothing_of_its_outlet(tmp_path):
    """A clock was set back, and the process killed: what it kept is older than what is known of the article."""
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example")
        first, *_ = herald.publish_many(5)
        place = Place(tmp_path / "home", room)
        place.watch(herald)
        place.look()
        herald.break_with("server_error")
        for _ in range(3):
            place.look(hours=6)
        place.look(url=first, hours=1)
        herald.mend()
        place.break_off(first, at=place.clock.moment - timedelta(minutes=30))
        with opened(place.home, now=place.clock):
            assert {fetch.presence for fetch in place.fetches(first)} == {"present", "unreachable"}

    copy(place.root / "stet.db", tmp_path / "before.db")
    made_again(place.root)
    assert_same(tmp_path / "before.db", place.root / "stet.db")


def test_what_a_database_of_others_holds_is_never_mixed_in(home, tmp_path, capsys):
    assert run(["reindex", "--home", str(home), "--into", f"sqlite:///{tmp_path / 'before.db'}"]) == 2
    assert "not empty" in capsys.readouterr().err


EXAMPLES = 8
"""Stories; each takes one or two seconds. A hundred were tried when this was written."""

# A law: whatever the outlets do, the WARC files tell the whole of it.

VERBS = {
    "publish": lambda paper, story: paper.publish(),
    "edit": lambda paper, story: story.append("A spokesman called the report a fabrication.", silently=True),
    "declare": lambda paper, story: story.append("The council will meet again on Friday to discuss it."),
    "retitle": lambda paper, story: story.retitle(f"{story.words.title}, ministry says"),
    "revert": lambda paper, story: story.revert() if len(story.history) > 1 else None,
    "404": lambda paper, story: story.withdraw(404, listed=True),
    "410": lambda paper, story: story.withdraw(410),
    "restore": lambda paper, story: story.restore(),
    "move": lambda paper, story: story.move(f"/moved/{len(story.former)}{story.path}"),
    "canonical": lambda paper, story: story.move(f"/again/{len(story.former)}{story.path}", "canonical"),
    "paywall": lambda paper, story: story.wall("paywall"),
    "login": lambda paper, story: story.wall("login"),
    "bot": lambda paper, story: story.wall("bot"),
    "unwall": lambda paper, story: story.unwall(),
    "cut": lambda paper, story: story.break_with("cut_body", times=1),
    "offline": lambda paper, story: paper.go_offline(),
    "online": lambda paper, story: paper.come_back(),
    "forbid": lambda paper, story: paper.robots("User-agent: *\nDisallow: /moved/\n"),
    "redesign": lambda paper, story: paper.redesign(),
    "noise": lambda paper, story: paper.add_noise(),
}

STORIES = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 3), st.booleans()), min_size=3, max_size=10
)


def tell(verbs, root, *, tls: bool) -> Place:
    """Let the outlets do all that, with a look after some of it."""
    with Newsroom(start=START, https=tls) as room:
        papers = [room.outlet("herald.example"), room.outlet("sabah.example", language="ar")]
        place = Place(root, room)
        place.watch(papers[0], "/rss.xml", "/sitemap.xml", "/")
        place.watch(papers[1])
        for paper in papers:
            paper.publish_many(2)
        place.look()
        for verb, number, looks in verbs:
            paper = papers[number % 2]
            with contextlib.suppress(Misuse):  # an address that is taken already
                VERBS[verb](paper, paper.stories[number % len(paper.stories)])
            if looks:
                room.clock.advance(hours=13)
                place.look(hours=13)
        place.watch(stories=[papers[0].stories[0].url + "?utm_source=mail", papers[1].url("/not/there")])
        place.look()
    return place


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(STORIES, st.booleans())
def test_any_story_can_be_told_again(verbs, tls):
    with tempfile.TemporaryDirectory() as folder:
        place = tell(verbs, Path(folder) / "home", tls=tls)
        copy(place.root / "stet.db", Path(folder) / "before.db")
        made_again(place.root)
        assert_same(Path(folder) / "before.db", place.root / "stet.db")
        found_out_anew(place)
        if not {verb for verb, _, _ in verbs} & {"move", "canonical"}:
            # Where two articles became one, the live history began before that was known.
            assert_same(Path(folder) / "before.db", place.root / "stet.db")
        copy(place.root / "stet.db", Path(folder) / "once.db")
        found_out_anew(place)
        assert_same(Path(folder) / "once.db", place.root / "stet.db")


def found_out_anew(place: Place) -> None:
    """Each article's history by itself, from its captures."""
    database = open_database(f"sqlite:///{place.root / 'stet.db'}")
    replayer = Replayer(database, place.home.settings, place.home.warcs)
    with database.read() as connection:
        known = articles.listed(connection)
    for article in known:
        replayer.rederive(article.id)
    database.close()
