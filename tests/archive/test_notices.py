"""A redesign is told once of an outlet, and an article in another dress alone is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles, blocks, findings, notices, outlets, record
from archive.db.tables import dresses
from archive.domain.furniture import mask, spelt
from archive.domain.model import Exchange, Presence, Role, Sighting
from archive.domain.redesigns import ENOUGH, LOOKS, WINDOW, is_wave, sentence
from archive.home import create
from scheduler.cli import run
from tests.homes import HERALD, NOW, Shelf

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PRESENT = Sighting(presence=Presence.PRESENT, kind="present", why="")


@pytest.fixture
def shelf(tmp_path):
    create(tmp_path, {})
    with Shelf(tmp_path) as made:
        yield made


@pytest.fixture
def connection(shelf):
    with shelf.database.write() as found:
        yield found


class Paper:
    """An outlet whose articles are looked at, some of them in another dress than before."""

    def __init__(self, shelf, connection):
        self.shelf, self.connection, self.ids = shelf, connection, {}

    def look(self, number, at, *, dressed=False):
        if number not in self.ids:
            self.ids[number] = self.shelf.article(self.connection, f"/story-{number}")
            articles.update(self.connection, self.ids[number], first_seen=at)
        where = {"outlet_id": self.shelf.outlet, "article_id": self.ids[number]}
        exchange = Exchange(url=f"http://herald.example/story-{number}", began=at)
        fetch = record.add_fetch(self.connection, exchange, role=Role.ARTICLE, status=200, location=None, **where)
        record.note_sighting(self.connection, fetch, PRESENT)
        if dressed:
            return notices.note_dress(self.connection, self.shelf.outlet, self.ids[number], "", at)
        return None

    def all(self, numbers, at, *, dressed=False):
        """Look at articles one after another; the notices that came of it."""
        found = [self.look(number, at + n * MINUTE, dressed=dressed) for n, number in enumerate(numbers)]
        return [notice for notice in found if notice is not None]


@pytest.fixture
def paper(shelf, connection):
    return Paper(shelf, connection)


@given(st.integers(0, 200), st.integers(0, 200))
def test_more_articles_in_another_dress_never_make_it_less_of_a_wave(dressed, others):
    assert is_wave(dressed, dressed + others) <= is_wave(dressed + 1, dressed + others + 1)
    assert not is_wave(min(dressed, ENOUGH - 1), 0)


def test_what_is_said_of_it():
    assert sentence(300, 3).endswith("seen on 300 articles; the words of 3 of them changed as well.")
    assert sentence(6, 0).endswith("seen on 6 articles; their words are the same.")
    assert sentence(1, 0).endswith("seen on 1 article; its words are the same.")


def test_a_redesign_of_three_hundred_articles_is_one_notice(paper):
    for days in (0, 1):
        paper.all(range(300), NOW + days * DAY)
    [notice] = paper.all(range(300), NOW + 2 * DAY, dressed=True)
    assert notice.told == NOW + 2 * DAY + 33 * MINUTE  # the 34th of the last hundred looked at
    [listed] = notices.listed(paper.connection)
    assert listed.articles == 300
    assert (listed.at, listed.last_at) == (NOW + 2 * DAY, NOW + 2 * DAY + 299 * MINUTE)
    assert listed.url == listed.example == "http://herald.example/story-0"
    assert listed.changed == ()


def test_one_special_and_a_few_tests_are_no_notice(paper):
    for hours in (0, 2):
        paper.all(range(60), NOW + hours * 60 * MINUTE)
    assert paper.all(range(ENOUGH - 1), NOW + DAY, dressed=True) == []
    paper.all(range(60), NOW + 2 * DAY)
    assert paper.all([30, 31], NOW + 3 * DAY, dressed=True) == []  # six of sixty
    assert notices.listed(paper.connection) == []


def test_a_small_outlet_needs_five_articles(paper):
    paper.all(range(6), NOW)
    assert [n.articles for n in paper.all(range(6), NOW + DAY, dressed=True)] == [ENOUGH]


def test_articles_that_are_new_in_the_new_dress_do_not_hide_the_old_ones(paper):
    paper.all(range(10), NOW)
    told = []
    for number in range(10):
        told += paper.all(range(100 + 9 * number, 109 + 9 * number), NOW + DAY + number * 20 * MINUTE)
        told += paper.all([number], NOW + DAY + number * 20 * MINUTE + 15 * MINUTE, dressed=True)
    assert len(told) == 1


def test_the_next_redesign_is_another_notice_and_a_dress_that_comes_and_goes_is_none(paper):
    paper.all(range(6), NOW)
    for day in range(1, 10):  # every reader gets another one of two templates
        paper.all(range(6), NOW + day * DAY, dressed=True)
    assert len(notices.listed(paper.connection)) == 1
    later = NOW + 9 * DAY + 2 * WINDOW
    paper.all(range(6), later)
    paper.all(range(6), later + DAY, dressed=True)
    assert [n.articles for n in notices.listed(paper.connection)] == [6, 6]


def test_looks_long_ago_and_beyond_the_last_hundred_do_not_count(paper):
    for days in (0, 1):
        paper.all(range(2 * LOOKS), NOW + days * DAY)
    assert [n.articles for n in paper.all(range(40), NOW + 2 * DAY, dressed=True)] == [34]
    later = NOW + 2 * DAY + 3 * WINDOW
    assert [n.articles for n in paper.all(range(40), later, dressed=True)] == [ENOUGH]


def test_when_an_article_changed_its_dress_stays_known_where_it_is_found_out_anew(paper):
    paper.all(range(6), NOW)
    paper.all(range(6), NOW + DAY, dressed=True)
    before = notices.listed(paper.connection)
    findings.forget(paper.connection, paper.ids[0])
    assert notices.note_dress(paper.connection, paper.shelf.outlet, paper.ids[0], "", NOW + DAY) is None
    assert notices.listed(paper.connection) == before


def test_an_article_that_is_joined_takes_its_dresses_along(paper):
    paper.all(range(6), NOW)
    paper.all(range(6), NOW + DAY, dressed=True)
    notices.hand_over(paper.connection, away=paper.ids[0], into=paper.ids[1])
    assert notices.listed(paper.connection)[0].articles == 5
    assert len(paper.connection.execute(dresses.select()).all()) == 6


def test_words_that_changed_with_the_dress_are_named(paper):
    """The change begins at the very visit that showed the new dress."""
    paper.all(range(6), NOW)
    paper.all(range(6), NOW + DAY, dressed=True)
    url = "http://herald.example/story-2"
    capture = paper.shelf.keep(url, connection=paper.connection, article_id=paper.ids[2], at=NOW)
    number = paper.ids[2]
    made = [add_version(paper.connection, number, capture, title) for title in ("Denies", "Admits")]
    add_change(paper.connection, number, capture, made, to_at=NOW + DAY + 2 * MINUTE)
    assert notices.listed(paper.connection)[0].changed == (url,)
    add_change(paper.connection, number, capture, made[::-1], to_at=NOW + 2 * DAY)
    assert notices.listed(paper.connection)[0].changed == (url,)


def add_version(connection, article_id, capture, title):
    from archive.domain.model import Extraction

    page = Extraction(extractor="x", title=title)
    return findings.add_reading(
        connection, article_id, page, title, capture_id=capture, words=1, at=NOW, number=0
    ).id


def add_change(connection, article_id, capture, versions, *, to_at):
    findings.add_change(
        connection, article_id=article_id, detected_at=to_at + MINUTE, kind="headline", kinds=["headline"],
        weight=0.6, stealth=True, summary="Headline changed.", reasons=[], words_added=1, words_removed=1,
        from_version=versions[0], to_version=versions[1], from_at=NOW, to_at=to_at, capture_id=capture,
    )  # fmt: skip


# What people see.


@pytest.fixture
def stet(capfd, tmp_path):
    """Run a command on the home; returns its exit code and what it said on either side."""
    return lambda *arguments: (run([*arguments, "--home", str(tmp_path)]), *capfd.readouterr())


@pytest.fixture
def rows(stet):
    def listed(*arguments):
        code, out, err = stet(*arguments, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]

    return listed


@pytest.fixture
def redesigned(shelf):
    with shelf.database.write() as connection:
        outlets.save(connection, replace(HERALD, home="http://herald.example/"), NOW)
        paper = Paper(shelf, connection)
        paper.all(range(6), NOW)
        paper.all(range(6), NOW + DAY, dressed=True)


def test_a_notice_stands_beside_the_changes(redesigned, stet, rows):
    [row] = rows("changes")
    assert (row["kind"], row["url"], row["articles"]) == ("redesign", "http://herald.example/", 6)
    assert "seen on 6 articles" in row["summary"]
    assert rows("changes", "--kind", "redesign", "--outlet", "herald") == [row]
    assert "Another" in stet("changes")[1]


@pytest.mark.parametrize(
    "filters",
    [
        ["--stealth"],
        ["--min-weight", "0.1"],
        ["--kind", "headline"],
        ["--since", "2026-03-04"],
        ["http://herald.example/story-1"],
    ],
)
def test_filters_that_a_notice_cannot_meet_leave_it_out(redesigned, rows, filters):
    assert rows("changes", *filters) == []


BOX = "Already 41,312 readers keep our work going. Will you be one of them?"


@pytest.fixture
def furnished(shelf):
    with shelf.database.write() as connection:
        for number in range(4):
            article = shelf.article(connection, f"/story-{number}")
            articles.update(connection, article, first_seen=NOW)
            blocks.note(connection, shelf.outlet, article, [f"Story {'abcd'[number]}.", BOX, "Read more"], NOW)


def test_what_was_learnt_is_listed_with_what_is_no_edit(furnished, stet, rows):
    found = {row["mask"]: row for row in rows("outlet", "noise", "herald")}
    assert set(found) == {spelt(mask(BOX)), spelt(mask("Read more"))}
    assert found[spelt(mask(BOX))]["articles"] == 4
    assert found[spelt(mask(BOX))]["no_edit"] == ["came"]


def test_one_paragraph_or_all_are_forgotten_and_the_journal_tells_of_it(furnished, shelf, stet, rows):
    assert stet("outlet", "noise", "herald", "--reset", spelt(mask(BOX)))[0] == 0
    assert [row["mask"] for row in rows("outlet", "noise", "herald")] == [spelt(mask("Read more"))]
    assert "all that was learnt is forgotten" in stet("outlet", "noise", "herald", "--reset")[2]
    assert rows("outlet", "noise", "herald") == []
    with shelf.database.read() as connection:
        told = [entry.document for entry in blocks.journal.pending(connection) if entry.kind == blocks.RESET]
    assert told == [{"outlet": "herald", "mask": mask(BOX)}, {"outlet": "herald", "mask": None}]


@pytest.mark.parametrize(("which", "code"), [("nonsense", 2), ("0" * 16, 1)])
def test_a_mask_that_is_none_is_one_clear_line(furnished, stet, which, code):
    got, _, said = stet("outlet", "noise", "herald", "--reset", which)
    assert got == code
    assert which in said
    assert len(said.strip().splitlines()) == 1


def test_an_outlet_that_is_not_watched(furnished, stet, rows):
    assert stet("outlet", "noise", "nobody")[0] == 1


def test_an_outlet_with_notices_and_resets_can_be_removed(shelf, connection):
    blocks.reset(connection, "herald", one=None, at=NOW)
    outlets.remove(connection, "herald", NOW)
