"""The same on PostgreSQL: the schema, one article's whole life, the commands, and the way back from the files."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DataError

from archive import feeds
from archive.alerting import Alerting
from archive.db import alerts, tables
from archive.db.compare import counts, differences
from archive.db.engine import open_database
from archive.domain.rules import Rule
from archive.errors import EnvironmentFailed
from archive.settings import AlertSettings
from scheduler.cli import run
from scheduler.clock import Clock
from scheduler.metrics import Metrics
from scheduler.watchdog import Watchdog
from tests.atoms import faults
from tests.homes import START, Place, kinds
from tests.postgres import new_database

TEXT = [
    "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
    "“We knew of no objections at the time,” he said. The opposition demands an inquiry by the end of May.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody in office.",
]

TOLD = """
[alerts.channels.desk]
kind = "apprise"
url = "env:DESK_CHAT"

[alerts.rules.all]
channels = ["desk"]
"""


@pytest.fixture
def url():
    return new_database()


@pytest.fixture
def place(room, herald, tmp_path, url):
    return Place(tmp_path / "home", room, archive=f'[archive]\ndatabase = "{url}"', takedowns=TOLD)


def test_the_migrations_make_the_tables_that_the_code_knows(url):
    database = open_database(url)
    with database.read() as connection:
        ours = lambda thing, name, kind, *_: kind != "index" or not name.endswith(("_key", "_keys"))  # noqa: E731
        opts = {"compare_type": True, "include_object": ours}
        assert compare_metadata(MigrationContext.configure(connection, opts=opts), tables.metadata) == []
    database.close()


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(EnvironmentFailed, match="cannot be opened") as caught:
        open_database(f"postgresql+psycopg://stet@/stet?host={tmp_path}")
    assert "\n" not in str(caught.value)


def test_the_life_of_one_article(place, herald, capfd, monkeypatch):
    """Found, edited, edited in silence, reverted, taken down: told, listed, searched, and made anew."""
    monkeypatch.delenv("STET_HOME", raising=False)
    story = herald.publish("Minister denies report on harbour deal", TEXT, author="Ada Lind", section="politics")
    herald.publish_many(3)  # which speak for the outlet when the story is gone
    place.watch(herald)
    assert kinds(place.look()) == ["new"] * 4
    assert place.look(hours=1) == []
    story.edit("denied", "confirmed")
    assert kinds(place.look(hours=1)) == ["change"]
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    story.revert()
    place.look(hours=1)
    story.withdraw(404)
    for hours in (1, 9, 18):
        last = place.look(hours=hours)
    assert [finding.text.split(":")[0] for finding in last] == ["taken down"]

    def stet(*arguments):
        code = run([*arguments, "--json", "--home", str(place.root)])
        out, err = capfd.readouterr()
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]

    [found] = stet("search", "minister", "DENIED")
    assert (found["version"], found["still_live"]) == (1, False)
    assert [row["version"] for row in stet("search", "--removed", "120")] == [3]
    told = stet("changes")
    assert stet("changes", "--kind", told[-1]["kind"], "--removed", "denied") == [told[-1]]
    assert stet("changes", "--all") == told
    assert len(told) == 3
    assert stet("articles", "--standing", "taken_down")
    assert stet("status")
    assert len(stet("fetches", story.url)) == len(place.fetches(story))

    assert len(alerts_in(place.home.database_url)) == 4
    for made_anew in (f"sqlite:///{place.root / 'anew.db'}", new_database()):
        assert run(["reindex", "--into", made_anew, "--home", str(place.root)]) == 0, capfd.readouterr().err
        assert_same(place.home.database_url, made_anew)
        assert alerts_in(made_anew) == alerts_in(place.home.database_url)
        assert next_alert(made_anew) > max(one.id for one in alerts_in(made_anew))


def alerts_in(url: str) -> list[alerts.Alert]:
    with contextlib.closing(open_database(url)) as database, database.read() as connection:
        return alerts.listed(connection)


def next_alert(url: str) -> int:
    """The id that the next one gets; the one that shows it is gone again."""
    with contextlib.closing(open_database(url)) as database, database.read() as connection:
        rules = {"all": Rule(name="all", channels=("desk",))}
        Alerting(AlertSettings(rules=rules)).watch(connection, "one more", "one more", START)
        return max(one.id for one in alerts.listed(connection))


def assert_same(*urls):
    one, other = map(open_database, urls)
    with contextlib.closing(one), contextlib.closing(other), one.read() as here, other.read() as there:
        assert [str(difference) for difference in differences(here, there)] == []
        assert counts(here) == counts(there)


def half_done(place):
    with place.writing() as connection:
        connection.execute(tables.seeds.delete())
        connection.execute(text("SELECT 1 / 0"))


def test_what_fails_half_way_leaves_nothing(place, herald):
    place.watch(herald)
    with pytest.raises(DataError):
        half_done(place)
    assert place.count(tables.seeds) == 1


def test_feeds_and_the_daemons_numbers(place, herald):
    """What was told is listed, by outlet too, and every number is told."""
    story = herald.publish("Minister denies report on harbour deal", TEXT)
    herald.publish_many(3)
    metrics = Metrics()
    database = place.database()
    metrics.read_from(place.home, database)
    place.watch(herald)
    for act in (lambda: None, lambda: story.edit_silently("denied", "confirmed")):
        act()
        place.look()
        place.look()
    with place.reading() as connection:
        for wanted in (feeds.Wanted(), feeds.Wanted(kind="outlet", name="herald")):
            page = feeds.page(place.home, connection, wanted)
            document = feeds.document(place.home, connection, page, "https://archive.example.org")
            assert faults(document) == []
            assert len(page.told) == 1
            assert page.older is None
    text = metrics.exposition("")[1].decode()
    assert "stet_database_up 1.0" in text
    assert 'stet_changes_total{stealth="yes"} 1.0' in text
    assert 'stet_deliveries{state="retrying"} 0.0' in text
    word = Watchdog(Clock(), metrics).look(database, timedelta(hours=3))
    assert word is None
    database.close()
