"""Looks from vantage points in the database: what is asked of them, and where they do not count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles, record, witnesses
from archive.domain.model import Exchange, Presence, Reason, Role, Sighting, Standing, Trouble
from archive.domain.standing import Held, there_elsewhere
from tests.homes import NOW, Shelf

HOUR = timedelta(hours=1)
URL = "http://herald.example/story.html"


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf, shelf.database.write() as connection:
        yield Looks(shelf, connection)


class Looks:
    """A shelf with one article, and a log of looks at it."""

    def __init__(self, shelf, connection):
        self.shelf, self.connection = shelf, connection
        self.id = shelf.article(connection, "/story.html")
        articles.update(connection, self.id, version_id=1)

    def look(self, hours, vantage, presence, kind="", *, url=URL, hop_of=None, article_id=None):
        """Log a look; its id."""
        fetch = record.add_fetch(
            self.connection,
            Exchange(url=url, began=NOW + hours * HOUR),
            role=Role.ARTICLE,
            status=200,
            location=None,
            outlet_id=self.shelf.outlet,
            article_id=article_id or self.id,
            hop_of=hop_of,
            vantage=vantage,
        )
        said = Sighting(presence=Presence(presence), kind=kind or presence, why="")
        record.note_sighting(self.connection, fetch, said)
        return fetch

    def elsewhere(self, hours):
        found = witnesses.elsewhere(self.connection, self.id, NOW + hours * HOUR)
        return {label: fetch for label, (fetch, _) in found.items()}

    def asked(self, hours, since=0):
        return witnesses.asked(
            self.connection, self.id, since=NOW + since * HOUR, at=NOW + hours * HOUR, patience=3
        )


def test_who_saw_it_last_saw_it_unless_it_was_gone_since(shelf):
    shelf.look(1, "", "present")
    de = shelf.look(2, "de", "present")
    us = shelf.look(2, "us", "present")
    assert shelf.elsewhere(1) == {}
    assert shelf.elsewhere(2) == {"de": de, "us": us}
    shelf.look(3, "de", "gone")
    shelf.look(3, "us", "unreachable", Trouble.PROXY_FAILED)
    assert shelf.elsewhere(3) == {"us": us}
    again = shelf.look(4, "de", "present")
    assert shelf.elsewhere(4) == {"de": again, "us": us}
    assert shelf.elsewhere(2) == {"de": de, "us": us}  # as of then, whatever came later


def test_a_way_out_that_failed_has_asked_nobody_but_is_not_waited_for_for_ever(shelf):
    shelf.look(1, "", "gone")
    shelf.look(1, "de", "gone")
    shelf.look(1, "us", "unreachable", Trouble.PROXY_FAILED)
    assert shelf.asked(1) == 1
    shelf.look(2, "us", "unreachable", Trouble.PROXY_FAILED)
    assert shelf.asked(2) == 1
    shelf.look(3, "us", "unreachable", Trouble.PROXY_FAILED)
    assert shelf.asked(3) == 2
    assert shelf.asked(3, since=3) == 0  # of another suspicion: from the first miss on


@pytest.mark.parametrize("said", [("barrier", "forbidden"), ("unreachable", "timed_out")])
def test_an_outlet_that_did_not_let_us_see_was_asked(shelf, said):
    shelf.look(1, "de", *said)
    assert shelf.asked(1) == 1


def test_a_redirect_continues_the_chain_of_its_own_way_out(shelf):
    purpose = {"role": Role.ARTICLE, "outlet_id": shelf.shelf.outlet, "article_id": shelf.id, "seed_id": None}
    straight, abroad = shelf.look(1, "", "present"), shelf.look(1, "de", "present")
    assert record.hop_before(shelf.connection, URL, **purpose) == straight
    assert record.hop_before(shelf.connection, URL, **purpose, vantage="de") == abroad
    assert record.hop_before(shelf.connection, URL, **purpose, vantage="us") is None


def test_looks_from_elsewhere_plan_nothing(shelf):
    shelf.look(1, "", "present")
    shelf.look(2, "de", "barrier", "forbidden")
    articles.update(shelf.connection, shelf.id, next_check=None)
    assert articles.unanswered(shelf.connection) == set()


def test_who_is_looked_for_from_elsewhere(shelf):
    connection = shelf.connection
    other = shelf.shelf.article(connection, "/other.html")
    walled = shelf.shelf.article(connection, "/walled.html")
    never = shelf.shelf.article(connection, "/never-seen.html")
    for each in (other, walled):
        articles.update(connection, each, version_id=1)
    for each in (shelf.id, other, never):
        articles.update(connection, each, standing=Standing.MISSING.value, last_checked=NOW)
    articles.update(connection, walled, last_sighting="forbidden", last_checked=NOW + HOUR)

    def wanted(**how):
        return [article.id for article in articles.seem_gone(connection, **how)]

    assert wanted() == [shelf.id, other]
    shelf.look(1, "de", "gone")
    assert wanted() == [other, shelf.id]  # who waits longest, first
    assert wanted(checked_since=NOW) == [other, walled, shelf.id]
    assert wanted(checked_since=NOW + HOUR) == [walled]


HELD = st.builds(
    Held,
    standing=st.sampled_from(Standing),
    reason=st.sampled_from([None, *Reason]),
    misses=st.integers(0, 5),
)


@given(HELD, st.sampled_from(["not_found", "forbidden", "geo_block", "present"]))
def test_being_there_elsewhere_can_only_make_it_geo_blocked(held, last):
    after = there_elsewhere(held, last)
    assert after == held or (after.standing, after.reason) == (Standing.BARRED, Reason.GEO_BLOCKED)
    assert (after.misses, after.first_miss) == (held.misses, held.first_miss)
    if held.standing in (Standing.LIVE, Standing.MOVED, Standing.UNREACHABLE):
        assert after == held


@pytest.mark.parametrize(
    ("standing", "misses", "last", "blocked"),
    [
        (Standing.MISSING, 1, "not_found", False),  # once may be a slip
        (Standing.MISSING, 2, "not_found", True),
        (Standing.TAKEN_DOWN, 3, "not_found", True),
        (Standing.BARRED, 0, "forbidden", False),  # a wall for crawlers is not one for a country
        (Standing.BARRED, 0, "geo_block", True),
        (Standing.LIVE, 0, "geo_block", False),
    ],
)
def test_what_it_takes_to_be_geo_blocked(standing, misses, last, blocked):
    after = there_elsewhere(Held(standing=standing, misses=misses), last)
    assert (after.reason is Reason.GEO_BLOCKED) == blocked
