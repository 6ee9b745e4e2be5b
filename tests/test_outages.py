"""Outages as they are told: once, and not by the first article that is there again."""

from __future__ import annotations

import pytest

from archive.db import outages
from archive.domain.model import Standing
from tests.homes import START, Place
from tests.newsroom import Newsroom


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    herald = room.outlet("herald.example", title="The Herald")
    herald.publish_many(6)
    return herald


@pytest.fixture
def place(tmp_path, room, herald):
    place = Place(tmp_path / "home", room)
    place.watch(herald, title="The Herald")
    place.look()
    return place


def told(place):
    with place.reading() as connection:
        return outages.listed(connection)


def test_an_outage_that_lasts_is_told_once_and_so_is_its_end(place, herald):
    herald.wall("forbidden")
    assert [finding.what for finding in place.look(hours=4)] == []
    [notice] = place.look(hours=4)
    assert (notice.what, notice.alert, notice.title) == ("notice", True, "The Herald")
    assert notice.text.startswith("Outage: 6 of the 6 articles looked at since")
    assert place.look(hours=4) == []
    herald.unwall()
    [over] = place.look(hours=4)
    assert (over.what, over.alert) == ("notice", False)
    assert {article.held.standing for article in place.articles()} == {Standing.LIVE}
    [row] = told(place)
    assert row.ended is not None


def test_what_was_out_of_reach_at_one_look_only_is_no_news_when_it_is_there_again(place, herald):
    herald.wall("forbidden")
    assert place.look(hours=4) == []
    herald.unwall()
    assert place.look(hours=4) == []
    assert told(place) == []
