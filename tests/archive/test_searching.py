"""Search in a database: each of its means finds what a plain look at every text finds, the newest first."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from archive.db import articles, copying, findings, searching
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.db.searching import EVERYTHING, Field, Scope
from archive.db.tables import change_kinds, changes, edits, texts, versions
from archive.domain.model import Extraction, Outlet
from archive.domain.searchable import Query, key_of
from archive.errors import Misuse
from tests.homes import NOW, Shelf
from tests.postgres import new_database

MEANS = ["fts5", "sqlite", "pg_trgm", "postgresql"]


def shelf_with(means, folder):
    """A shelf whose database searches by these means, and by no other."""
    if means in ("pg_trgm", "postgresql"):
        shelf = Shelf(folder, new_database(trigrams=means == "pg_trgm"))
    else:
        shelf = Shelf(folder)
    if means == "sqlite":  # as a library without FTS5 would have made it
        with shelf.database.write() as connection:
            for statement in ("TRIGGER index_edits", "TRIGGER unindex_edits", "TABLE texts_terms"):
                connection.execute(text(f"DROP {statement}"))
            for index in ("texts_index", "edits_index"):
                connection.execute(text(f"DROP TABLE {index}"))
    return Desk(shelf)


@pytest.fixture(params=MEANS)
def desk(request, tmp_path):
    with shelf_with(request.param, tmp_path) as desk:
        yield desk


class Desk:
    """Articles, their versions and changes, written as a visit writes them."""

    def __init__(self, shelf):
        self.shelf, self.database = shelf, shelf.database
        self.last = {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shelf.__exit__(*exc)

    def see(self, path, text="", *, title="", hours=0, extractor="x/1", **more):
        """A version of the article at `path`, and the change that led to it."""
        at = NOW + timedelta(hours=hours)
        page = Extraction(extractor=extractor, title=title, text=text, **more)
        with self.database.write() as connection:
            found = articles.by_url(connection, f"http://herald.example{path}")
            article_id = found.id if found else self.shelf.article(connection, path)
            capture = self.shelf.keep(f"http://herald.example{path}", connection=connection, at=at)
            number = found.versions + 1 if found else 1
            fingerprint = f"{number}{page}"
            version = findings.add_reading(
                connection, article_id, page, fingerprint, capture_id=capture, words=1, at=at, number=number
            )
            articles.update(connection, article_id, version_id=version.id, versions=number, title=title)
            if found:
                self.change(connection, self.last[path], version, at)
            self.last[path] = version
            return version

    @staticmethod
    def change(connection, before, after, at, kinds=("body",), **more):
        return findings.add_change(
            connection,
            article_id=before.article_id,
            **{
                "detected_at": at,
                "kind": kinds[0],
                "kinds": list(kinds),
                "weight": 0.5,
                "stealth": False,
                "summary": "",
                "reasons": [],
                "from_version": before.id,
                "to_version": after.id,
                "from_at": before.last_seen,
                "to_at": at,
                "capture_id": after.capture_id,
                **more,
            },
        )

    def stood(self, words, *, limit=100, **scope):
        with self.database.read() as connection:
            return searching.stood(connection, Query.read(words), Scope(**scope), limit=limit)

    def changed(self, words, field, *, limit=100, **scope):
        with self.database.read() as connection:
            return searching.changed(connection, Query.read(words), field, Scope(**scope), limit=limit)

    def listed(self, **filters):
        with self.database.read() as connection:
            return findings.changes_listed(connection, **filters)


def paths(hits):
    return [hit.url.removeprefix("http://herald.example") for hit in hits]


def test_words_are_found_in_every_field_of_every_version(desk):
    desk.see("/a", "The body.", title="A headline", standfirst="A standfirst", captions=("A caption",))
    desk.see("/a", "Another.", title="Altogether", hours=1)
    for words in ("body", "headline", "standfirst", "caption", "HEAD line", "body caption"):
        [hit] = desk.stood(words)
        assert (hit.version, hit.timestamp, hit.still_live, hit.outlet) == (1, NOW, False, "herald")
    [hit] = desk.stood("another")
    assert (hit.version, hit.still_live, hit.snippet) == (2, True, "**Another**.")
    assert desk.stood("nobody") == desk.stood('"body a caption"') == []


def test_an_article_is_one_hit_with_its_latest_version_that_holds_the_words(desk):
    for n, words in enumerate(["one", "one two", "two three", "three"]):
        desk.see("/a", words, hours=n)
    [hit] = desk.stood("two")
    assert (hit.version, hit.timestamp, hit.last_seen) == (3, NOW + timedelta(hours=2), NOW + timedelta(hours=2))
    [hit] = desk.stood("three")
    assert (hit.version, hit.still_live) == (4, True)


def test_what_changes_took_out_and_put_in(desk):
    desk.see("/a", "Police took three people hostage.", title="Three taken")
    desk.see("/a", "Police took three people away.", title="Three arrested", hours=1)
    [hit] = desk.changed("hostage", Field.REMOVED)
    assert (hit.version, hit.snippet, hit.still_live) == (2, "**hostage**", False)
    [change] = desk.listed()
    assert hit.change_id == change.id
    assert hit.timestamp == change.to_at == NOW + timedelta(hours=1)
    assert desk.changed("taken", Field.REMOVED)[0].snippet == "**taken**"
    assert desk.changed("arrested", Field.ADDED)[0].still_live
    assert desk.changed("hostage taken", Field.REMOVED)  # both, in different places
    for words, field in (("police", Field.REMOVED), ("hostage", Field.ADDED), ('"taken hostage"', Field.REMOVED)):
        assert desk.changed(words, field) == []


def test_words_that_came_back_are_live_again(desk):
    for n, words in enumerate(["He denied it.", "He confirmed it.", "He denied it."]):
        desk.see("/a", words, hours=n)
    [hit] = desk.changed("denied", Field.REMOVED)
    assert hit.still_live
    with desk.database.write() as connection:
        articles.update(connection, desk.last["/a"].article_id, standing="taken_down")
    assert not desk.changed("denied", Field.REMOVED)[0].still_live
    assert not desk.stood("denied")[0].still_live


@pytest.mark.parametrize("words", ["لا", "不", "北京", "한국", "не", "eu", "5", "%", "ı", "€5"])
def test_one_letter_or_two_are_found_too(desk, words):
    desk.see("/a", f"x{words}x 1 2 y")
    desk.see("/a", "q w", hours=1)
    desk.see("/a", f"q w {words}", hours=2)
    desk.see("/b", "Wolke")
    assert paths(desk.stood(words)) == ["/a"]
    assert desk.stood(words)[0].version == 3
    assert [hit.version for hit in desk.changed(words, Field.REMOVED)] == [2]
    assert [hit.version for hit in desk.changed(words, Field.ADDED)] == [3]
    assert desk.stood(f"{words} q")[0].version == 3
    assert desk.stood(f"{words} Wolke") == []


def test_the_newest_come_first_and_no_more_than_asked_for(desk):
    for day in (3, 1, 2, 5, 4):
        desk.see(f"/{day}", "A frequent word.", hours=24 * day)
        desk.see(f"/{day}", "A rare one.", hours=24 * day + 1)
    assert paths(desk.stood("frequent")) == ["/5", "/4", "/3", "/2", "/1"]
    assert paths(desk.stood("frequent", limit=2)) == ["/5", "/4"]
    assert paths(desk.changed("frequent", Field.REMOVED, limit=3)) == ["/5", "/4", "/3"]


def test_a_span_of_time_is_kept_to_the_millisecond(desk):
    for hours in range(0, 50, 5):
        desk.see(f"/{hours}", "A word.", hours=hours)
        desk.see(f"/{hours}", "One more.", hours=hours + 1)
    span = {"since": NOW + timedelta(hours=10), "until": NOW + timedelta(hours=30)}
    assert paths(desk.stood("word", **span)) == ["/30", "/25", "/20", "/15", "/10"]
    assert paths(desk.changed("word", Field.REMOVED, **span)) == ["/25", "/20", "/15", "/10"]
    moment = {"since": NOW + timedelta(hours=10, milliseconds=1), "until": NOW + timedelta(hours=15)}
    assert paths(desk.stood("word", **moment)) == ["/15"]
    assert len(desk.listed(removed=Query.read("word"), scope=Scope(**span))) == 4


def test_hits_are_read_in_parts_and_none_is_lost_between_them(desk, monkeypatch):
    monkeypatch.setattr(searching, "_FIRST", 2)
    for n in range(11):
        desk.see(f"/{n % 3}", f"The word number{n}.", hours=n)
    assert paths(desk.stood("word")) == ["/1", "/0", "/2"]
    with desk.database.read() as connection:
        found = list(searching.changes_found(connection, {Field.ADDED: Query.read("number")}))
    assert len(found) == 8
    assert found == sorted(found, reverse=True)


def test_only_one_outlet(desk):
    with desk.database.write() as connection:
        from archive.db import outlets

        other = outlets.save(connection, Outlet(name="other", domains=("other.example",)), NOW)
    desk.see("/a", "A word.")
    desk.see("/b", "A word.", hours=1)
    desk.see("/b", "Gone.", hours=2)
    with desk.database.write() as connection:
        articles.update(connection, desk.last["/b"].article_id, outlet_id=other)
    assert paths(desk.stood("word", outlet="other")) == ["/b"]
    assert paths(desk.stood("word", outlet="herald")) == ["/a"]
    assert paths(desk.changed("word", Field.REMOVED, outlet="other")) == ["/b"]
    assert desk.changed("word", Field.REMOVED, outlet="herald") == []


# The filters of `stet changes`.


def test_changes_by_any_of_their_kinds(desk):
    a, b = desk.see("/a", "A."), desk.see("/a", "B.", hours=1)
    with desk.database.write() as connection:
        for n, kinds in enumerate([["headline", "numbers"], ["names"], ["typo", "numbers"], ["date"]], start=2):
            desk.change(connection, a, b, NOW + timedelta(hours=n), kinds)
    of = lambda *kinds, **more: [c.kind for c in desk.listed(kinds=kinds, **more)]  # noqa: E731
    assert of("numbers") == ["typo", "headline"]
    assert of("numbers", "date") == ["date", "typo", "headline"]
    assert of("numbers", limit=1) == ["typo"]
    assert of("dateline") == []
    with desk.database.write() as connection:
        connection.execute(changes.update().where(changes.c.kind == "typo").values(kinds=["typo", "variants"]))
        connection.execute(changes.delete().where(changes.c.kind == "date"))
    assert of("numbers") == ["headline"]
    assert of("variants") == ["typo"]
    with desk.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(change_kinds)).scalar() == 6


def test_kinds_are_looked_up_and_no_other_change_is_read(tmp_path):
    with shelf_with("fts5", tmp_path) as desk, desk.database.read() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM changes WHERE id IN"
                " (SELECT change_id FROM change_kinds WHERE kind IN ('typo', 'names'))"
                " ORDER BY detected_at DESC LIMIT 100"
            )
        )
        said = " ".join(row.detail for row in plan)
    assert "SEARCH change_kinds USING PRIMARY KEY (kind=?)" in said
    assert "SCAN changes" not in said or "COVERING INDEX" in said


def test_changes_by_words_taken_out_and_put_in_together(desk):
    desk.see("/a", "He said yes to it.")
    desk.see("/a", "He said no to it.", hours=1)
    desk.see("/a", "He said yes to it.", hours=2)
    desk.see("/b", "She said yes.")
    desk.see("/b", "She said nothing.", hours=3)
    words = {"removed": Query.read("yes"), "added": Query.read("no")}
    assert [change.url[-1] for change in desk.listed(**words)] == ["b", "a"]
    assert [change.url[-1] for change in desk.listed(**words, limit=1)] == ["b"]
    assert [change.url[-1] for change in desk.listed(**words, scope=Scope(until=NOW + timedelta(hours=2)))] == [
        "a"
    ]
    assert desk.listed(**words, kinds=["names"]) == desk.listed(**words, min_weight=0.9) == []


def test_a_change_that_a_later_one_tells_of_is_found_only_when_asked_for(desk):
    for n, words in enumerate(["one", "two", "three"]):
        desk.see("/a", words, hours=n)
    last, first = desk.listed()
    with desk.database.write() as connection:
        connection.execute(changes.update().where(changes.c.id == first.id).values(superseded_by=last.id))
    assert [change.id for change in desk.listed()] == [last.id]
    assert [change.id for change in desk.listed(superseded=True)] == [last.id, first.id]
    assert desk.changed("one", Field.REMOVED) == desk.listed(removed=Query.read("one")) == []
    assert [change.id for change in desk.listed(removed=Query.read("one"), superseded=True)] == [first.id]


# Keeping the index.


def test_another_reading_of_a_version_takes_the_place_of_the_first(desk):
    first = desk.see("/a", "Read with furniture.")
    with desk.database.write() as connection:
        for n, extractor in enumerate(["x/1", "x/2"]):
            page = replace(first.extraction, extractor=extractor, text="Read without.")
            findings.add_reading(
                connection, first.article_id, page, f"{n}", capture_id=first.capture_id, words=1, at=NOW, number=1
            )
    assert desk.stood("furniture") == []
    [hit] = desk.stood("without")
    assert (hit.version, hit.still_live) == (1, True)


def test_a_wording_that_is_not_confirmed_is_not_found_before_it_is(desk):
    first = desk.see("/a", "What stands.")
    page = replace(first.extraction, text="What may come.")
    with desk.database.write() as connection:
        reading = findings.add_reading(
            connection, first.article_id, page, "2", capture_id=first.capture_id, words=1, at=NOW, number=0
        )
    assert desk.stood("come") == []
    with desk.database.write() as connection:
        findings.number(connection, reading)
    assert [hit.version for hit in desk.stood("come")] == [2]


def everything(desk):
    """What the index holds, by what it means."""
    with desk.database.read() as connection:
        query = select(texts.c.checksum, versions.c.article_id, versions.c.number)
        stands = connection.execute(query.join(versions, versions.c.id == texts.c.version_id)).all()
        steps = connection.execute(select(edits.c.change_id, edits.c.removed_key, edits.c.added_key)).all()
        sound(connection)
        return sorted(stands), sorted(steps)


def sound(connection):
    """FTS5's own word that its indexes are whole, and hold what the tables say."""
    if connection.dialect.name == "sqlite" and searching._has_index(connection):
        for index in ("texts_index", "edits_index"):
            connection.execute(text(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')"))


def test_what_is_forgotten_leaves_nothing_behind(desk):
    desk.see("/b", "What stays.")
    before = everything(desk)
    for n, words in enumerate(["one goes", "two goes", "three goes"]):
        desk.see("/a", words, hours=n)
    with desk.database.write() as connection:
        findings.forget(connection, desk.last["/a"].article_id)
    assert desk.stood("goes") == desk.changed("one", Field.REMOVED) == []
    assert everything(desk) == before
    desk.see("/b", "What stays, again.", hours=9)  # ids are given anew
    assert paths(desk.stood("stays")) == ["/b"]
    assert [hit.version for hit in desk.changed("again", Field.ADDED)] == [2]


def test_all_can_be_made_anew_from_versions_and_changes_alone(desk):
    for n, words in enumerate(["one of them", "two of them", "three of these"]):
        desk.see("/a", words, hours=n, title=f"Title {n}")
        desk.see("/b", words[::-1], hours=30 * n)
    before, found = everything(desk), [desk.stood("them"), desk.changed("title", Field.ADDED)]
    with desk.database.write() as connection:
        searching.rebuild(connection)
    assert everything(desk) == before
    assert [desk.stood("them"), desk.changed("title", Field.ADDED)] == found


def test_letters_of_other_rules_are_left_and_never_found(tmp_path, monkeypatch):
    """Without the very text that was indexed FTS5 cannot take it out, and must not take out another."""
    with shelf_with("fts5", tmp_path) as desk:
        version = desk.see("/a", "A word.")
        monkeypatch.setattr(searching, "key_of", lambda pieces: key_of(pieces).upper())
        with desk.database.write() as connection:
            findings.forget(connection, version.article_id)
            articles.update(connection, version.article_id, versions=0)
        monkeypatch.undo()
        assert desk.stood("word") == []
        del desk.last["/a"]
        desk.see("/b", "Other.")
        assert desk.stood("word") == []
        assert paths(desk.stood("other")) == ["/b"]


def test_a_copy_of_the_database_and_one_made_compact_find_the_same(tmp_path):
    with shelf_with("fts5", tmp_path) as desk:
        for n in range(5):
            desk.see(f"/{n}", f"Text number{n}", hours=n)
            desk.see(f"/{n}", "Other words", hours=n + 1)
        with desk.database.write() as connection:
            findings.forget(connection, desk.last["/2"].article_id)
        found = desk.stood("number"), desk.changed("number", Field.REMOVED)
        assert len(found[0]) == len(found[1]) == 4
        copying.copy(tmp_path / "stet.db", tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "stet.db")) as raw:
        raw.execute("VACUUM")
    for name in ("stet.db", "copy.db"):
        with contextlib.closing(open_database(f"sqlite:///{tmp_path / name}")) as database:
            with database.write() as connection:
                sound(connection)
            with database.read() as connection:
                query = Query.read("number")
                again = searching.stood(connection, query), searching.changed(connection, query, Field.REMOVED)
        assert again == found


# The law.

WORDS = st.lists(
    st.sampled_from(
        ["a", "ab", "abc", "bca", "Abc.", "ß", "İ", "ı", "中", "文字", "لا", "«", "%", "_", "\\", "'", "*"]
    ),
    min_size=1,
    max_size=6,
)
TEXT = st.tuples(WORDS, st.sampled_from(["", " ", "\n\n"])).map(lambda made: made[1].join(made[0]))


@pytest.mark.parametrize("means", MEANS)
def test_a_search_finds_exactly_what_a_look_at_every_text_finds(means, tmp_path):
    with shelf_with(means, tmp_path) as desk:
        numbers = iter(range(1_000_000))

        @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.lists(st.lists(TEXT, min_size=1, max_size=3), max_size=4), TEXT, st.booleans())
        def law(stories, wanted, phrase):
            try:
                query = Query.read(f'"{wanted}"' if phrase else wanted)
            except Misuse:
                return
            for story in stories:
                path = f"/{next(numbers)}"
                for n, words in enumerate(story):
                    desk.see(path, words, hours=n)
            with desk.database.read() as connection:
                by_scan(connection, query)

        law()


def by_scan(connection, query):
    """Hold what is found against a plain look at every text that is kept."""
    rows = connection.execute(select(versions.c.article_id, versions.c.document)).all()
    holding = {
        row.article_id for row in rows if query.stands_in(key_of([row.document["title"], row.document["text"]]))
    }
    found = searching.stood(connection, query, limit=1_000_000)
    assert len(found) == len(holding)
    assert {articles.by_url(connection, hit.url).id for hit in found} == holding
    steps = connection.execute(select(edits)).mappings().all()
    for field in (Field.REMOVED, Field.ADDED):
        told = {row["change_id"] for row in steps if query.stands_in(key_of(row[field]))}
        assert set(searching.changes_found(connection, {field: query}, EVERYTHING)) == told


def test_all_means_find_the_same_in_the_same_order(tmp_path):
    found = []
    for means in MEANS:
        folder = tmp_path / means
        folder.mkdir()
        with shelf_with(means, folder) as desk:
            for n, words in enumerate(["Der Straße entlang", "den Straßen", "keine 中文", "Straßen 中文字"]):
                desk.see(f"/{n % 2}", words, hours=7 * n)
                desk.see(f"/{n + 2}", words, hours=20 - n)
            asked = [desk.stood(words) for words in ("strasse", "中文", "en", "e")]
            found.append([*asked, desk.changed("e", Field.REMOVED), desk.changed("中", Field.ADDED)])
    assert all(each == found[0] for each in found)


def test_two_databases_with_the_same_findings_are_the_same_to_compare(tmp_path):
    desks = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        desks.append(shelf_with("fts5", tmp_path / name))
    for desk, order in zip(desks, (["/a", "/b"], ["/b", "/a"]), strict=True):
        for path in order:
            desk.see(path, f"Text of {path}.")
            desk.see(path, f"More of {path}.", hours=1)
    with desks[0].database.read() as one, desks[1].database.read() as other:
        tables_of_search = {"texts", "edits", "change_kinds"}
        assert [d for d in differences(one, other) if d.table in tables_of_search] == []
    for desk in desks:
        desk.__exit__()
