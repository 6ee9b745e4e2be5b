"""What is fetched beside articles: addresses that cannot exist, controls, second opinions."""

from __future__ import annotations

from archive.db import siblings
from archive.domain.beside import shape
from archive.warc import http1
from archive.warc.http1 import body_of
from tests.homes import START, Place
from tests.newsroom import Newsroom


def roles(place: Place) -> list[str]:
    """For what the outlet was asked, in order."""
    return [row["role"] for row in place.log()]


def test_how_an_outlet_says_not_found_is_learnt_before_an_article_goes(tmp_path):
    with Newsroom(start=START) as room:
        place = Place(tmp_path / "home", room)
        herald = room.outlet("herald.example")
        story = herald.publish()
        place.watch(herald)
        place.look()
        [asked] = place.log("sibling")
        assert (asked["status"], asked["presence"], asked["sighting"]) == (404, "", "sibling")
        with place.reading() as connection:
            [answer] = siblings.answers(connection, asked["outlet_id"], shape(story.url), place.clock.moment)
        assert answer.url == asked["url"] == place.exchange(asked).url
        assert (answer.status, answer.final_url) == (404, asked["url"])
        assert answer.title.encode() in body_of(http1.parse(place.exchange(asked).response), limit=10**6).body
        place.look(hours=1)
        assert roles(place).count("sibling") == 1  # once a week
        place.look(days=7)
        assert roles(place).count("sibling") == 2


def test_controls_are_visited_before_the_suspects_of_their_outlet(tmp_path):
    with Newsroom(start=START) as room:
        place = Place(tmp_path / "home", room)
        herald = room.outlet("herald.example")
        stories = herald.publish_many(4)
        place.watch(herald)
        place.look()
        place.look(days=2)
        stories[0].withdraw(404)
        place.look(hours=1)
        before = len(place.log())
        place.due(hours=5)
        visited = [row["url"] for row in place.log()[before:] if row["role"] == "article"]
        assert stories[0].url in visited[2:]
        assert len(set(visited[:2])) == 2
