"""What `stet status` says of a home with a story in it, of an empty one, and of sizes."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from archive import fixity, overview
from archive.db.engine import open_database
from archive.home import create, find
from tests.played import kept

NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
def connection():
    database = open_database(find(kept().home, {}).database_url)
    with database.read() as connection:
        yield connection
    database.close()


def test_the_totals_of_a_home(connection):
    home = find(kept().home, {})
    found = overview.summary(home, connection, NOW)
    assert (found["articles"], found["outlets_watched"]) == (3, 1)
    assert (found["changes"], found["changes_lately"], found["standings_lately"]) == (2, 2, 2)
    assert found["versions"] == 5
    assert found["warc_files"] == len(files := list(home.spool.glob("*.warc.gz")))
    assert found["warc_bytes"] == sum(path.stat().st_size for path in files)
    assert found["disk_free"] > 0


def test_what_is_long_ago_is_not_lately(connection):
    later = overview.summary(find(kept().home, {}), connection, NOW + timedelta(days=2))
    assert (later["changes"], later["changes_lately"], later["standings_lately"]) == (2, 0, 0)
    assert later["due"] == 3


def test_the_totals_in_words(connection):
    found = dict(overview.sentences(overview.summary(find(kept().home, {}), connection, NOW), NOW))
    assert found["home"] == str(kept().home)
    assert found["watched"] == "3 articles of 1 outlet"
    assert found["kept"].endswith("5 versions, " + found["kept"].rpartition(", ")[2])
    assert found["last day"] == "2 changes, 2 changes of standing"
    assert found["last fetch"] == "30 min ago"


def test_how_much_was_proven_and_when(tmp_path):
    home = find(shutil.copytree(kept().home, tmp_path / "home"), {})
    database = open_database(home.database_url)

    def said(moment):
        with database.read() as connection:
            return dict(overview.sentences(overview.summary(home, connection, moment), moment))["proven"]

    assert said(NOW) == "0% within 30 days, 5 files never (run: stet verify)"
    for fault in fixity.scrub(home, database, fixity.Wanted(), budget=1, now=lambda: NOW):
        pytest.fail(str(fault))
    assert re.fullmatch(r"\d\d% within 30 days, 4 files never \(run: stet verify\)", said(NOW))
    assert not list(fixity.prove(home, database, fixity.Wanted(), now=lambda: NOW + timedelta(days=1)))
    assert said(NOW + timedelta(days=2)) == "100% within 30 days, the oldest proof 24 h ago"
    assert said(NOW + timedelta(days=40)).startswith("0% within 30 days, the oldest proof 39 d ago")
    next(home.spool.glob("*.warc.gz")).unlink()
    assert list(fixity.prove(home, database, fixity.Wanted(), now=lambda: NOW + timedelta(days=41)))
    assert said(NOW + timedelta(days=41)).endswith("; 1 file with faults (run: stet verify)")
    database.close()


def test_an_outlet_by_standing_and_success(connection):
    (row,) = overview.outlets(connection, overview.long_ago(), NOW)
    assert (row["outlet"], row["articles"], row["live"], row["missing"], row["taken_down"]) == (
        "herald",
        3,
        2,
        0,
        1,
    )
    assert row["fetches"] == 18  # two edits were looked at twice, and what was not there
    assert row["success"] == "100%"  # the bridge was gone three times, and that is seeing too
    (idle,) = overview.outlets(connection, NOW, NOW)
    assert (idle["fetches"], idle["success"]) == (0, "")


def test_an_empty_home_is_said_to_be_one(tmp_path):
    home = create(tmp_path / "home", {})
    database = open_database(home.database_url)
    with database.read() as connection:
        words = dict(overview.sentences(overview.summary(home, connection, NOW), NOW))
        assert overview.outlets(connection, overview.long_ago(), NOW) == []
    database.close()
    assert words["watched"] == "0 articles of 0 outlets"
    assert words["last fetch"] == "never"
    assert words["due"] == "nothing"
    assert words["proven"] == "nothing is closed yet"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (2 * 10**9, "2.0 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_said_in_decimal_units(count, words):
    assert overview._size(count) == words
