"""Tags: what a person calls articles by, on the command line, in lists, and in a database that is made again."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.db import articles, tags
from archive.db.compare import differences
from archive.db.engine import open_database
from scheduler.cli import run
from scheduler.reindexing import reindex
from tests.homes import NOW, Place, Shelf
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."]


@pytest.fixture
def room():
    with Newsroom(start=NOW) as room:
        yield room


@pytest.fixture
def place(tmp_path, room):
    """A home that watches three stories of the Herald, seen once."""
    herald = room.outlet("herald.example", title="The Herald")
    for name in ("court", "flood", "vote"):
        herald.publish(f"The {name}", [f"Of the {name}.", *FLOOD], path=f"/{name}")
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    return place


def url(name):
    return f"http://herald.example/{name}"


def stet(place, capsys, *arguments):
    """Exit code, JSON rows, and what was said on stderr."""
    code = run([*arguments, "--home", str(place.root), *(["--json"] if "--help" not in arguments else [])])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


def same_after_reindex(place, folder):
    reindex(place.home, into=f"sqlite:///{folder / 'again.db'}", step=lambda _n, _name: None)
    again = open_database(f"sqlite:///{folder / 'again.db'}")
    with again.read() as other, place.reading() as connection:
        found = list(map(str, differences(connection, other)))
        kept = tags.counted(other)
    again.close()
    return found, kept


def test_an_article_is_tagged_listed_by_its_tag_and_untagged(place, capsys):
    code, rows, _ = stet(place, capsys, "tag", "add", "justice", url("court"), url("vote"))
    assert (code, [row["new"] for row in rows]) == (0, [True, True])
    code, rows, _ = stet(place, capsys, "tag", "add", "justice", url("court") + "?utm_source=x")
    assert [(row["url"], row["new"]) for row in rows] == [(url("court"), False)]
    _, rows, _ = stet(place, capsys, "tag", "list", "--tag", "justice")
    assert {(row["tag"], row["url"]) for row in rows} == {("justice", url("court")), ("justice", url("vote"))}
    _, rows, _ = stet(place, capsys, "articles", "--tag", "justice")
    assert {row["url"]: row["tags"] for row in rows} == {url("court"): ["justice"], url("vote"): ["justice"]}
    code, rows, _ = stet(place, capsys, "tag", "remove", "justice", url("court"), url("flood"))
    assert (code, [row["removed"] for row in rows]) == (0, [True, False])
    _, rows, _ = stet(place, capsys, "articles", "--tag", "justice")
    assert [row["url"] for row in rows] == [url("vote")]
    assert stet(place, capsys, "tag", "list", "--tag", "nothing")[:2] == (0, [])


def test_urls_come_from_standard_input_too(place, capsys, monkeypatch):
    import io
    import sys

    given = io.TextIOWrapper(io.BytesIO(f"# of the week\n{url('court')}\n\n{url('flood')}\n".encode()))
    monkeypatch.setattr(sys, "stdin", given)
    code, rows, _ = stet(place, capsys, "tag", "add", "week", "-")
    assert (code, [row["url"] for row in rows]) == (0, [url("court"), url("flood")])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tag", "add", "two words", url("court")), "'two words' is no tag"),
        (("tag", "add", "a,b", url("court")), "is no tag"),
        (("tag", "add", "", url("court")), "is no tag"),
        (("tag", "add", "x" * 65, url("court")), "is no tag"),
        (("tag", "add", "week"), "no URL given; write 'stet tag add week https://…'"),
        (("tag", "add", "week", url("court"), url("nobody")), "1 of 2 URLs lead to no article here"),
        (("tag", "remove", "week", "gopher://x"), "1 of 1 URLs lead to no article here"),
    ],
)
def test_what_cannot_be_tagged_is_said_plainly(place, capsys, arguments, said):
    code, _, err = stet(place, capsys, *arguments)
    assert code == 2
    assert said in err
    assert all(line.startswith("stet: ") for line in err.strip().splitlines())


def test_tags_stand_in_the_warc_files(place, capsys, tmp_path):
    stet(place, capsys, "tag", "add", "justice", url("court"), url("vote"))
    stet(place, capsys, "tag", "add", "dossier:gas", url("flood"))
    place.look()
    stet(place, capsys, "tag", "remove", "justice", url("vote"))
    place.look()
    assert same_after_reindex(place, tmp_path) == ([], {"dossier:gas": 1, "justice": 1})


def test_what_was_tagged_just_now_is_not_lost_when_the_database_is_made_again(place, capsys):
    stet(place, capsys, "tag", "add", "justice", url("court"))  # waits in the journal
    reindex(place.home, into=None, step=lambda _n, _name: None)
    assert [row["url"] for row in stet(place, capsys, "articles", "--tag", "justice")[1]] == [url("court")]
    place.look()
    reindex(place.home, into=None, step=lambda _n, _name: None)
    assert [row["url"] for row in stet(place, capsys, "articles", "--tag", "justice")[1]] == [url("court")]


def test_of_two_articles_that_turn_out_to_be_one_the_tags_stay(tmp_path):
    with Shelf(tmp_path) as shelf, shelf.database.write() as connection:
        away, into = shelf.article(connection, "/a"), shelf.article(connection, "/b")
        for article, tag in ((away, "court"), (away, "gas"), (into, "gas")):
            tags.add(connection, article, tag, at=NOW)
        articles.merge(connection, away=away, into=into)
        assert tags.of_article(connection, into) == {"court", "gas"}
        assert tags.of_articles(connection, [away, into]) == {into: {"court", "gas"}}


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b"]), st.sampled_from([0, 1])), max_size=12))
def test_what_the_journal_tells_once_more_changes_nothing(tmp_path_factory, acts):
    with Shelf(tmp_path_factory.mktemp("shelf")) as shelf, shelf.database.write() as connection:
        ids = [shelf.article(connection, f"/{n}") for n in range(2)]
        for on, tag, which in acts:
            (tags.add if on else tags.remove)(connection, ids[which], tag, at=NOW)
        held = tags.of_articles(connection, ids)
        last = {(tag, which): on for on, tag, which in acts}
        assert held == {
            ids[which]: found
            for which in (0, 1)
            if (found := frozenset(tag for tag in "ab" if last.get((tag, which), False)))
        }
        for (tag, which), on in last.items():
            document = {"url": f"http://herald.example/{which}", "tag": tag, "on": on}
            tags.tell_again(connection, document, at=NOW)
        assert tags.of_articles(connection, ids) == held
        tags.tell_again(connection, {"url": "http://herald.example/gone", "tag": "a", "on": True}, at=NOW)
