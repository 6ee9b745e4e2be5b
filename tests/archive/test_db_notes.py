"""Notes that people write: nothing that was written is lost, and a database that is made again has them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from archive.db import articles, journal, notes, tables
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.errors import NothingFound
from archive.replaying import apply_entry
from scheduler.reindexing import reindex
from tests.homes import NOW, Place, Shelf
from tests.newsroom import Newsroom

SOON = timedelta(minutes=5)


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf:
        yield shelf


def test_what_a_note_said_before_stays_with_it(shelf):
    with shelf.database.write() as connection:
        article = shelf.article(connection, "/a")
        first = notes.add(connection, article, "The mayor is quoted.", author="ada", at=NOW)
        notes.edit(connection, first.key, "The mayor was quoted.", by="ben", at=NOW + SOON)
        notes.edit(connection, first.key, "The mayor was quoted.", by="cem", at=NOW + 2 * SOON)
        notes.edit(connection, first.key, "Not any more.", by="cem", at=NOW + 3 * SOON)
        [held] = notes.of_article(connection, article)
    assert (held.author, held.text, held.edited_by, held.edited) == ("ada", "Not any more.", "cem", NOW + 3 * SOON)
    assert [(one.text, one.by, one.at) for one in held.earlier] == [
        ("The mayor is quoted.", "ada", NOW),
        ("The mayor was quoted.", "ben", NOW + SOON),
    ]


def test_a_note_that_is_removed_is_marked_and_kept(shelf):
    with shelf.database.write() as connection:
        article = shelf.article(connection, "/a")
        note = notes.add(connection, article, "Of another story.", author="ada", at=NOW)
        other = notes.add(connection, article, "Stays.", author="ada", at=NOW)
        notes.remove(connection, note.key, by="ben", at=NOW + SOON)
        notes.remove(connection, note.key, by="cem", at=NOW + 2 * SOON)
        assert notes.of_article(connection, article) == notes.latest(connection, limit=5) == [other]
        assert notes.counted(connection, [article, 99]) == {article: 1}
        held, _ = notes.of_article(connection, article, removed=True)
        assert (held.text, held.removed_by, held.removed) == ("Of another story.", "ben", NOW + SOON)
        with pytest.raises(NothingFound, match="none of this key"):
            notes.remove(connection, "0" * 32, by="ben", at=NOW)


def test_of_two_articles_that_turn_out_to_be_one_all_notes_stay(shelf):
    with shelf.database.write() as connection:
        away, into = shelf.article(connection, "/a"), shelf.article(connection, "/b")
        kept = [notes.add(connection, one, "Read.", author="ada", at=NOW).key for one in (into, away)]
        articles.merge(connection, away=away, into=into)
        assert [one.key for one in notes.of_article(connection, into)] == kept


def told(connection):
    """What the journal holds of notes, as a WARC file would tell it."""
    for entry in journal.pending(connection):
        if entry.kind == notes.JOURNAL:
            yield {**entry.document, "at": entry.at.isoformat(), "kind": entry.kind}


ACTS = st.lists(st.tuples(st.sampled_from(["add", "edit", "remove"]), st.text(max_size=3), st.integers(-3, 3)))


@settings(deadline=None, max_examples=20)
@given(ACTS, st.data())
def test_what_the_journal_tells_makes_the_same_notes_and_once_more_changes_nothing(tmp_path_factory, acts, data):
    """Also where the clock was set back between two of them."""
    with Shelf(tmp_path_factory.mktemp("shelf")) as shelf, shelf.database.write() as connection:
        article, keys = shelf.article(connection, "/a"), []
        for what, text, hours in acts:
            at = NOW + timedelta(hours=hours, microseconds=1234)
            if what == "add" or not keys:
                keys.append(notes.add(connection, article, text, author="ada", at=at).key)
            elif what == "edit":
                notes.edit(connection, data.draw(st.sampled_from(keys)), text, by="ben", at=at)
            else:
                notes.remove(connection, data.draw(st.sampled_from(keys)), by="cem", at=at)
        held = sorted(notes.of_article(connection, article, removed=True), key=lambda one: one.key)
        entries = list(told(connection))
        connection.execute(tables.notes.delete())
        for entry in [*entries, *entries]:
            apply_entry(connection, entry)
        again = sorted(notes.of_article(connection, article, removed=True), key=lambda one: one.key)
        assert again == held
        for entry in entries:
            apply_entry(connection, {**entry, "url": "http://herald.example/gone"})
        assert len(connection.execute(select(tables.notes.c.id)).all()) == len(held)


def test_a_database_that_is_made_again_has_the_notes(tmp_path):
    with Newsroom(start=NOW) as room:
        herald = room.outlet("herald.example", title="The Herald")
        herald.publish("The court", ["The court sat.", "It rose at noon."], path="/court")
        place = Place(tmp_path / "home", room)
        place.watch(herald)
        place.look()
        with place.writing() as connection:
            article = articles.by_url(connection, "http://herald.example/court").id
            note = notes.add(connection, article, "Who sat?", author="ada", at=NOW)
            gone = notes.add(connection, article, "Wrong story.", author="ada", at=NOW)
        place.look()  # by which these are in the WARC files; what follows waits
        with place.writing() as connection:
            notes.edit(connection, note.key, "Who sat there?", by="ben", at=NOW)
            notes.remove(connection, gone.key, by="ben", at=NOW)
        reindex(place.home, into=f"sqlite:///{tmp_path / 'again.db'}", step=lambda _n, _name: None)
        again = open_database(f"sqlite:///{tmp_path / 'again.db'}")
        with again.read() as other, place.reading() as connection:
            assert list(map(str, differences(connection, other))) == []
            assert [one.text for one in notes.latest(other, limit=5)] == ["Who sat there?"]
        again.close()
