"""`stet why`: what it says of the articles of a small story, and of a home that it is told of by hand."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest

from archive.db import articles, hosts, outlets, tags
from archive.db.engine import open_database
from archive.home import find
from archive.settings import RecrawlSettings, Settings
from scheduler import planning
from scheduler.allocation import NONE, Lines
from scheduler.cli import run
from scheduler.planning import Market
from scheduler.why import lines, row, why
from tests.homes import NOW, Shelf
from tests.played import kept

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def home(tmp_path):
    shutil.copytree(kept().home, tmp_path / "home")
    return tmp_path / "home"


def said(home, url, capsys):
    """Its lines, by their names."""
    assert run(["why", url, "--home", str(home)]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == url
    return dict(line.strip().split(None, 1) if "next fetch" not in line else _next(line) for line in rest)


def _next(line):
    return "next fetch", line.split("next fetch", 1)[1].strip()


def test_it_tells_when_and_why_an_edited_article_is_fetched_next(home, capsys):
    found = said(home, kept().report, capsys)
    assert "UTC): edited " in found["next fetch"]
    assert ": again in " in found["next fetch"]
    assert found["standing"].startswith("live since 2026-03-02")
    assert "2 edits were seen, so it is " in found["edits"]
    assert "about one in " in found["edits"]
    assert found["interest"] == "as others"
    assert found["politeness"] == "herald.example may be asked"
    assert found["budget"].endswith("no budget makes this article wait")
    assert "200, present" in found["fetched"]


def test_it_tells_of_what_was_taken_down_as_of_what_is_there(home, capsys):
    found = said(home, kept().bridge, capsys)
    assert "taken down: look for a restoration daily" in found["next fetch"]
    assert found["standing"].startswith("taken down since 2026-03-02")


def test_scripts_get_the_numbers(home, capsys):
    assert run(["why", kept().report, "--json", "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["url"], told["outlet"], told["standing"]) == (kept().report, "herald", "live")
    assert told["edits_a_day"] > told["removals_a_day"] > 0
    assert told["restlessness"] > 1
    assert (told["edits_seen"], told["price"], told["paused"], told["tags"]) == (2, 1.0, False, [])
    assert told["next_check"] > told["last_checked"]
    assert [fetch["presence"] for fetch in told["fetches"]] == ["present"] * 5


def test_what_is_not_watched_is_a_plain_error(home, capsys):
    assert run(["why", "http://herald.example/none", "--home", str(home)]) == 1
    assert "not watched here" in capsys.readouterr().err


def test_asking_changes_nothing(home, capsys):
    database = open_database(find(home, {}).database_url)
    with database.read() as connection:
        before = articles.by_url(connection, kept().report)
    said(home, kept().report, capsys)
    with database.read() as connection:
        assert articles.by_url(connection, kept().report) == before
    database.close()


# Each reason --------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf, shelf.database.write() as connection:
        shelf.connection = connection
        shelf.id = shelf.article(connection, "/a", published=NOW - 3 * DAY)
        seen = {"first_seen": NOW - 3 * DAY, "last_seen": NOW, "last_checked": NOW}
        articles.update(connection, shelf.id, **seen, next_check=NOW + HOUR, next_why="so it was planned")
        yield shelf


def told(shelf, now=NOW, **recrawl):
    article = articles.by_id(shelf.connection, shelf.id)
    return why(shelf.connection, Settings(recrawl=RecrawlSettings(**recrawl)), article, now)


def words(shelf, **asked):
    return dict(lines(told(shelf, **asked)))


def test_what_is_due_waits_for_its_turn(shelf):
    assert words(shelf)["next fetch"] == "due in 60 min (2026-03-02 09:00:00 UTC): so it was planned"
    late = words(shelf, now=NOW + 3 * HOUR)["next fetch"]
    assert late.startswith("as soon as its turn comes, it was due 2 h ago")


def test_an_article_that_was_never_fetched_has_no_history(shelf):
    articles.update(shelf.connection, shelf.id, last_checked=None, first_seen=None, last_seen=None)
    found = words(shelf)
    assert "edits" not in found
    assert found["standing"].endswith("never seen")
    assert row(told(shelf))["edits_a_day"] is None


def test_a_paused_outlet_is_not_fetched(shelf):
    outlets.set_paused(shelf.connection, "herald", True, NOW)
    assert words(shelf)["next fetch"].startswith("never, while its outlet is paused")
    assert row(told(shelf))["paused"] is True


def test_a_host_that_wants_rest_is_told(shelf):
    hosts.save(shelf.connection, {"herald.example": (NOW + HOUR, "answered 429")}, NOW)
    held = words(shelf)["politeness"]
    assert held == "herald.example is to be left alone until 2026-03-02 09:00:00 UTC: answered 429"


def test_whom_it_matters_to_is_told(shelf):
    tags.add(shelf.connection, shelf.id, "dossier:flood", at=NOW)
    assert words(shelf)["interest"] == "tagged dossier:flood: matters 4 times as much as others"


@pytest.mark.parametrize(
    ("wanted", "most", "price", "polite", "reason"),
    [
        (
            Lines(9000.0, 0.0),
            1000.0,
            Lines(81.0, 1.0),
            False,
            "9,000 would be wanted and that is more than its budget",
        ),
        (Lines(9000.0, 0.0), 1000.0, Lines(81.0, 1.0), True, "its host's delay leaves no more room"),
        (Lines(900.0, 0.0), 1000.0, Lines(81.0, 81.0), False, "all outlets together want more than there is"),
    ],
)
def test_what_makes_it_wait_is_told(shelf, monkeypatch, wanted, most, price, polite, reason):
    market = Market(wanted=wanted, most=most, price=price, polite=polite)
    monkeypatch.setattr(planning, "market", lambda *_: market)
    found = words(shelf)["budget"]
    assert reason in found
    assert found.endswith("pauses are 9.0 times as long")


def test_what_nothing_is_known_of_is_as_ever(shelf):
    assert told(shelf).market.wanted == NONE
    assert "in the last" not in words(shelf)["budget"]
