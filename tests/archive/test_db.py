"""The database: what may be written, what is refused, and what a broken one says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from archive.db import articles, engine, findings, hosts, outlets, record, searching, tables
from archive.db.engine import open_database
from archive.domain.model import (
    Digest,
    Exchange,
    Extraction,
    Outlet,
    RecordType,
    Role,
    Standing,
    StructuredData,
)
from archive.domain.urls import urlkey
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from tests.homes import HERALD, NOW, Shelf


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf:
        yield shelf


@pytest.fixture
def connection(shelf):
    with shelf.database.write() as connection:
        yield connection


# Opening -------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path):
    database = engine.open_database(f"sqlite:///{tmp_path}/stet.db")
    with database.read() as connection:
        ours = lambda thing, name, kind, *_: kind != "table" or not searching.is_index(name)  # noqa: E731
        opts = {"compare_type": True, "include_object": ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, tables.metadata) == []
    database.close()


def test_the_newest_migration_is_the_one_that_the_engine_knows():
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == engine.HEAD


def test_opening_twice_finds_what_was_written(shelf, tmp_path):
    again = open_database(f"sqlite:///{tmp_path / 'stet.db'}")
    with again.read() as connection:
        assert outlets.by_name(connection, "herald")[1] == HERALD
    again.close()


@pytest.mark.parametrize("found", ["0010", "9999"])
def test_a_database_of_a_newer_stet_is_left_alone(shelf, tmp_path, found):
    path = tmp_path / "stet.db"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (found,))
    with pytest.raises(EnvironmentFailed, match="made by a newer Stet"):
        open_database(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/at/all/stet.db", "unable to open database file"),
        ("nonsense", "cannot be opened"),
        ("oracle9://x/y", "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(url, said):
    with pytest.raises(EnvironmentFailed, match=said) as caught:
        open_database(url)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "stet.db").write_bytes(b"This is a letter to the editor, and no database at all.\n" * 100)
    with pytest.raises(EnvironmentFailed, match="not a database"):
        open_database(f"sqlite:///{tmp_path / 'stet.db'}")


def test_a_database_that_is_damaged_while_it_is_open(shelf, tmp_path):
    with shelf.database.write() as connection:
        for number in range(300):
            shelf.article(connection, f"/{number}")
    shelf.database.close()
    path = tmp_path / "stet.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(EnvironmentFailed, match="the database fails"), shelf.database.read() as connection:
        articles.listed(connection)


def test_a_writer_that_waits_too_long_says_that_the_database_is_locked(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    other = open_database(f"sqlite:///{tmp_path / 'stet.db'}")
    with shelf.database.write():
        with pytest.raises(EnvironmentFailed, match="locked"), other.write():
            pass
        with other.read() as connection:  # readers never wait
            assert outlets.all_outlets(connection)
    other.close()


def set_aside(shelf, connection):
    shelf.article(connection, "/a")
    outlets.set_paused(connection, "nobody", True, NOW)


def test_a_failed_transaction_leaves_nothing(shelf):
    with pytest.raises(NothingFound), shelf.database.write() as connection:
        set_aside(shelf, connection)
    with shelf.database.read() as connection:
        assert articles.listed(connection) == []


# Values --------------------------------------------------------------------------------------------


@given(st.datetimes(min_value=NOW.replace(year=1970, tzinfo=None), timezones=st.just(UTC)))
def test_times_come_back_to_the_millisecond(moment):
    column = tables.Utc()
    again = column.process_result_value(column.process_bind_param(moment, None), None)
    assert timedelta() <= moment - again < timedelta(milliseconds=1)


def test_a_time_without_a_zone_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="naive"):
        tables.Utc().process_bind_param(NOW.replace(tzinfo=None), None)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@given(
    st.builds(
        Extraction,
        extractor=TEXTS,
        title=TEXTS,
        text=TEXTS,
        authors=st.tuples(TEXTS, TEXTS),
        published=TIMES,
        modified=TIMES,
        captions=st.tuples(TEXTS),
        structured=st.builds(StructuredData, types=st.tuples(TEXTS), free=st.none() | st.booleans()),
    )
)
def test_an_extraction_comes_back_as_it_was(extraction):
    assert findings.unpack(findings.pack(extraction)) == extraction


# Outlets -------------------------------------------------------------------------------------------


def test_an_outlet_has_one_name_and_saving_it_again_brings_it_up_to_date(shelf, connection):
    same = outlets.save(connection, Outlet(name="herald", title="Herald", domains=("herald.example",)), NOW)
    assert same == shelf.outlet
    assert [outlet.title for outlet in outlets.all_outlets(connection).values()] == ["Herald"]


def test_a_domain_has_one_owner(connection):
    with pytest.raises(Misuse, match="belongs to outlet 'herald' already"):
        outlets.save(connection, Outlet(name="other", domains=("herald.example",)), NOW)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("herald.example", "herald"),
        ("www.herald.example", "herald"),
        ("sport.herald.example", "sport"),
        ("live.sport.herald.example", "sport"),
        ("notherald.example", None),
        ("example", None),
        ("", None),
    ],
)
def test_the_longest_domain_owns_a_host(connection, host, name):
    outlets.save(connection, Outlet(name="sport", domains=("sport.herald.example",)), NOW)
    found = outlets.for_url(connection, f"https://{host}/story")
    assert (found[1].name if found else None) == name


def test_a_folder_of_a_shared_host_can_be_an_outlet(connection):
    outlets.save(connection, Outlet(name="turkce", domains=("world.example/turkce",)), NOW)
    outlets.save(connection, Outlet(name="world", domains=("world.example",)), NOW)
    for path, name in (("/turkce/haber-1", "turkce"), ("/turkceye", "world"), ("/news", "world")):
        _, found = outlets.for_url(connection, f"https://www.world.example{path}")
        assert found.name == name


def test_a_seed_that_was_fetched_can_go_and_its_log_stays(shelf, connection):
    [seed] = outlets.seeds_of(connection, shelf.outlet)
    exchange = Exchange(url=seed.url, began=NOW)
    record.add_fetch(connection, exchange, role=Role.SEED, status=200, location=None, seed_id=seed.id)
    outlets.save(connection, Outlet(name="herald", domains=("herald.example",)), NOW)
    assert outlets.seeds_of(connection, shelf.outlet) == []
    assert connection.execute(select(tables.fetches.c.url)).scalars().all() == [seed.url]


def test_a_seed_that_stays_keeps_what_is_known_of_it(shelf, connection):
    [seed] = outlets.seeds_of(connection, shelf.outlet)
    outlets.note_seed(connection, seed.id, etag='"1"', last_outcome="fine", last_fetched=NOW)
    outlets.save(connection, HERALD, NOW)
    assert outlets.seeds_of(connection, shelf.outlet)[0].etag == '"1"'


def test_an_outlet_without_articles_can_go_also_when_it_was_visited(shelf, connection):
    exchange = Exchange(url="http://herald.example/robots.txt", began=NOW)
    record.add_fetch(connection, exchange, role=Role.ROBOTS, status=200, location=None, outlet_id=shelf.outlet)
    outlets.remove(connection, "herald", NOW)
    with pytest.raises(NothingFound, match="not watched here"):
        outlets.by_name(connection, "herald")
    assert outlets.for_url(connection, "http://herald.example/") is None


def test_an_outlet_with_articles_stays(shelf, connection):
    shelf.article(connection, "/a")
    with pytest.raises(Misuse, match="1 of its articles are kept"):
        outlets.remove(connection, "herald", NOW)


# Articles ------------------------------------------------------------------------------------------


def test_an_article_is_watched_once(shelf, connection):
    first = articles.add(connection, outlet_id=shelf.outlet, url="http://herald.example/a", found_in="x", now=NOW)
    again = articles.add(connection, outlet_id=shelf.outlet, url="http://herald.example/a", found_in="y", now=NOW)
    assert (first[1], again) == (True, (first[0], False))


def test_all_that_is_known_goes_along_when_two_become_one(shelf, connection):
    """A suspicion that was told of the one that goes is not forgotten, and its fetches are still there."""
    away, into = shelf.article(connection, "/a"), shelf.article(connection, "/b")
    shelf.keep("http://herald.example/a", connection=connection, article_id=away)
    findings.add_standing(
        connection, article_id=away, at=NOW, before="live", after="missing", reason="", why="", evidence={}
    )
    articles.merge(connection, away=away, into=into)
    assert articles.urls_of(connection, into) == ["http://herald.example/a", "http://herald.example/b"]
    assert articles.by_url(connection, "http://herald.example/a").id == into
    assert articles.by_id(connection, into).captures == 1
    assert len(record.captures_of(connection, into)) == len(record.fetches_of(connection, into)) == 1
    assert [step.after for step in findings.standings_listed(connection, article_id=into)] == [Standing.MISSING]


def test_an_article_with_words_of_its_own_is_never_merged_away(shelf, connection):
    away, into = shelf.article(connection, "/a"), shelf.article(connection, "/b")
    see(shelf, connection, away, "Words.")
    with pytest.raises(ValueError, match="versions of its own"):
        articles.merge(connection, away=away, into=into)


def test_a_url_leads_to_the_first_article_that_had_it(shelf, connection):
    one, two = shelf.article(connection, "/a"), shelf.article(connection, "/b")
    articles.add_alias(connection, one, "http://herald.example/c", "redirect")
    articles.add_alias(connection, two, "http://herald.example/c", "redirect")
    assert articles.by_url(connection, "http://herald.example/c").id == one


def test_many_urls_are_looked_up_in_parts(shelf, connection):
    shelf.article(connection, "/7")
    urls = [f"http://herald.example/{number}" for number in range(2000)]
    assert articles.known_urls(connection, urls) == {"http://herald.example/7"}
    assert articles.known_urls(connection, []) == set()


# Versions ------------------------------------------------------------------------------------------


def see(shelf, connection, article_id, text, *, extractor="x/1", hours=0, number=None):
    at = NOW + timedelta(hours=hours)
    capture = shelf.keep("http://herald.example/a", connection=connection, article_id=article_id, at=at)
    return shown(connection, article_id, text, capture, extractor=extractor, at=at, number=number)


def shown(connection, article_id, text, capture, *, extractor="x/1", at=NOW, number=None):
    page = Extraction(extractor=extractor, text=text)
    found = findings.reading_with(connection, article_id, extractor, text)
    if found is None:
        found = findings.add_reading(
            connection, article_id, page, text, capture_id=capture, words=1, at=at, number=0
        )
        findings.number(connection, found, number)
    findings.show(connection, capture, found, at)
    return findings.version(connection, found.id)


def test_two_histories_become_one(shelf, connection):
    """The wording that both have is one version; changes follow, and one that is none any more goes."""
    into, away = shelf.article(connection, "/a"), shelf.article(connection, "/b")
    ours = see(shelf, connection, into, "A")
    twin = see(shelf, connection, away, "A", hours=1)
    later = see(shelf, connection, away, "B", hours=2)
    values = {
        "article_id": away, "detected_at": NOW, "kind": "body", "kinds": ["body"], "weight": 0.4, "stealth": True,
        "summary": "", "reasons": [], "from_at": NOW, "capture_id": later.capture_id,
    }  # fmt: skip
    findings.add_change(connection, from_version=twin.id, to_version=later.id, to_at=NOW, **values)
    findings.hand_over(connection, away=away, into=into)
    articles.merge(connection, away=away, into=into)
    first, second = findings.versions_of(connection, into)
    assert (first.id, first.last_seen) == (ours.id, NOW + timedelta(hours=1))
    assert (second.number, second.extraction.text) == (2, "B")
    [change] = findings.changes_listed(connection, article_id=into)
    assert (change.from_version, change.to_version) == (first.id, second.id)
    assert findings.shown_in(connection, twin.capture_id, into) == {first.id}


def test_readings_of_one_version_stay_one_when_histories_become_one(shelf, connection):
    into, away = shelf.article(connection, "/a"), shelf.article(connection, "/b")
    see(shelf, connection, into, "A")
    see(shelf, connection, away, "A", hours=1)
    see(shelf, connection, away, "a", hours=2, number=1)  # in another dress
    see(shelf, connection, away, "B", hours=3)
    see(shelf, connection, away, "b", hours=4, number=2)
    findings.hand_over(connection, away=away, into=into)
    told = [(each.number, each.extraction.text) for each in findings.versions_of(connection, into)]
    assert told == [(1, "A"), (1, "a"), (2, "B"), (2, "b")]


def test_versions_are_numbered_as_they_are_confirmed_and_seen_again(shelf, connection):
    article = shelf.article(connection, "/a")
    seen = [see(shelf, connection, article, text, hours=n) for n, text in enumerate(["A", "B", "A"])]
    assert [version.number for version in seen] == [1, 2, 1]
    first = findings.versions_of(connection, article)[0]
    assert (first.first_seen, first.last_seen) == (NOW, NOW + timedelta(hours=2))


def test_what_is_not_confirmed_is_no_version(shelf, connection):
    article = shelf.article(connection, "/a")
    first = see(shelf, connection, article, "A")
    page = Extraction(extractor="x/1", text="B")
    other = findings.add_reading(
        connection, article, page, "B", capture_id=first.capture_id, words=1, at=NOW, number=0
    )
    assert [version.id for version in findings.versions_of(connection, article)] == [first.id]
    assert findings.number(connection, other) == 2
    assert [version.id for version in findings.versions_of(connection, article)] == [first.id, other.id]


def test_all_readings_of_a_version_go_by_the_first(shelf, connection):
    article = shelf.article(connection, "/a")
    first, dressed = see(shelf, connection, article, "A"), see(shelf, connection, article, "a", number=1)
    anew = see(shelf, connection, article, "á", extractor="x/2", number=1)
    assert [findings.first_reading(connection, each) for each in (first, dressed, anew)] == [
        first.id, first.id, anew.id,
    ]  # fmt: skip


def test_a_version_that_is_read_anew_keeps_its_number(shelf, connection):
    article = shelf.article(connection, "/a")
    for text in "AB":
        see(shelf, connection, article, text)
    anew = see(shelf, connection, article, "b", extractor="x/2", number=2)
    assert anew.number == 2
    assert see(shelf, connection, article, "c", extractor="x/2").number == 3


def test_captures_show_what_the_present_extractor_read_and_else_an_earlier_one(shelf, connection):
    article = shelf.article(connection, "/a")
    old = see(shelf, connection, article, "A")
    both = see(shelf, connection, article, "B")
    anew = shown(connection, article, "b", both.capture_id, extractor="x/2", number=2)
    by_capture = findings.versions_by_capture(connection, article, "x/2")
    assert by_capture == {old.capture_id: old.id, both.capture_id: anew.id}
    assert findings.shown_in(connection, old.capture_id, article)
    assert not findings.shown_in(connection, old.capture_id, article + 1)


# Captures ------------------------------------------------------------------------------------------


def test_only_the_same_url_in_the_same_spelling_is_repeated(shelf, connection):
    """The index key folds case; a revisit must not, for replay finds its original by the URL."""
    shelf.keep("http://herald.example/A", connection=connection)
    digest = Digest("sha256:" + "0" * 64)
    key = urlkey("http://herald.example/a")
    assert record.with_payload(connection, key, "http://herald.example/a", digest, until=NOW) is None
    assert record.with_payload(connection, key, "http://herald.example/A", digest, until=NOW) is not None


def test_a_place_in_a_warc_is_indexed_once(shelf, connection):
    from sqlalchemy.exc import IntegrityError

    shelf.keep("http://herald.example/a", connection=connection, offset=7)
    with pytest.raises(IntegrityError):
        shelf.keep("http://herald.example/b", connection=connection, offset=7)


def test_a_revisit_finds_its_original(shelf, connection):
    first = shelf.keep("http://herald.example/a", connection=connection)
    again = shelf.keep(
        "http://herald.example/a",
        connection=connection,
        at=NOW + timedelta(hours=1),
        record_type=RecordType.REVISIT,
        refers_to_url="http://herald.example/a",
        refers_to_timestamp=NOW,
    )
    assert record.original(connection, record.capture(connection, again)).id == first
    assert record.response_at(connection, "http://herald.example/a", NOW).offset == 1000
    assert record.response_at(connection, "http://herald.example/a", NOW + timedelta(hours=1)) is None


# Hosts ---------------------------------------------------------------------------------------------


def test_hosts_are_held_until_their_time_has_come(connection):
    hosts.save(connection, {"a": (NOW + timedelta(hours=1), "answered 429")}, NOW)
    hosts.save(connection, {"b": (NOW + timedelta(hours=3), "answered 503")}, NOW)
    assert [host for host, *_ in hosts.held(connection, NOW)] == ["a", "b"]
    hosts.save(connection, {"b": (NOW + timedelta(hours=4), "again")}, NOW + timedelta(hours=2))
    [kept] = hosts.held(connection, NOW)
    assert kept == ("b", NOW + timedelta(hours=4), "again")


def test_robots_txt_is_remembered_for_as_long_as_is_asked(connection):
    hosts.save_robots(connection, "https://a", status=200, body="x", trouble="", at=NOW)
    assert hosts.robots_of(connection, "https://a", NOW - timedelta(hours=1)) == (200, "x", "", NOW)
    assert hosts.robots_of(connection, "https://a", NOW) is None
    assert hosts.robots_of(connection, "http://a", NOW - timedelta(hours=1)) is None
    hosts.save_robots(connection, "https://a", status=None, body="", trouble="timed_out", at=NOW)
    assert hosts.robots_of(connection, "https://a", NOW - timedelta(hours=1))[2] == "timed_out"


def test_nobody_writes_a_row_without_its_article(connection):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        connection.execute(insert(tables.aliases).values(url="http://x.example/", article_id=77))
