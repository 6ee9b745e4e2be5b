"""Feeds and sitemaps that say when a story was changed: what that pulls forward, and what it costs when wrong."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from archive.db import articles, hints, outlets
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.domain.lastmod import REST
from archive.domain.model import Seed, SeedKind
from crawler.spiders.base import PULLED
from scheduler.reindexing import reindex
from tests.homes import START, Place, Shelf
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."] * 5


LONG_AGO = START - timedelta(days=9)


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


def publish(paper, count):
    return [
        paper.publish(
            f"The flood, part {n}", [f"Part {n} of the story.", *FLOOD], published=START - timedelta(days=9)
        )
        for n in range(count)
    ]


def old_and_seen(tmp_path, room, herald, seed, count=8):
    """A home whose articles are two months old: each is due in days."""
    stories = publish(herald, count)
    place = Place(tmp_path / "home", room)
    place.watch(herald, seed)
    place.look()
    place.look(days=60)
    room.clock.set(place.clock.moment)
    return place, stories


def said(place):
    """What reading the first seed brought, in words."""
    with place.reading() as connection:
        return outlets.seeds_of(connection, 1)[0].last_outcome


def later(place, room, **by):
    """One pass over what is due, so much later by both clocks."""
    room.clock.set(place.clock.moment + timedelta(**by))
    return place.due(**by)


@pytest.mark.parametrize(
    "seed", ["/atom.xml", "/feed.json", "/sitemap-news.xml", "/sitemap-articles.xml", "/sitemap.xml"]
)
def test_an_edit_of_an_old_story_is_seen_when_its_list_says_so(tmp_path, room, herald, seed):
    place, stories = old_and_seen(tmp_path, room, herald, seed)
    room.clock.advance(minutes=10)
    stories[3].edit("two metres", "three metres")
    later(place, room, minutes=30)
    assert [change.url for change in place.changes()] == [stories[3].url]
    assert len(place.fetches(stories[2])) == 2  # nobody asked for the others
    assert place.last(stories[3]).began < place.clock.moment
    for _ in range(2):
        later(place, room, minutes=21)  # the list says the same still
        assert len(place.fetches(stories[2])) == 2
        assert "changed" not in said(place)


def feed(items):
    entries = "".join(
        f"<item><title>{story.words.title}</title><link>{story.url}</link>"
        f"<pubDate>{format_datetime(story.words.published)}</pubDate>"
        f"<dcterms:modified>{when.isoformat()}</dcterms:modified></item>"
        for story, when in items
    )
    head = '<rss version="2.0" xmlns:dcterms="http://purl.org/dc/terms/"><channel><title>H</title>'
    return f"{head}{entries}</channel></rss>".encode()


def own_feed(tmp_path, room, herald, dates, count=8):
    """A home that reads a feed whose dates `dates(story, now)` gives; all its stories are old and were seen."""
    stories = publish(herald, count)
    place = Place(tmp_path / "home", room)

    def serve(now):
        room.serve_page(
            herald.host, "/own.rss", feed([(s, dates(s, now)) for s in stories]), "application/rss+xml"
        )

    serve(place.clock.moment)
    place.watch(herald, seeds=(Seed(url=herald.url("/own.rss"), kind=SeedKind.FEED),))
    place.look()
    serve(place.clock.moment)
    place.look(days=60)
    return place, stories, serve


def count_looks(place, stories):
    return sum(len(place.fetches(story)) for story in stories)


NOISE = {
    "the time of generation": lambda _story, now: now,
    "the time of generation, an hour ago": lambda _story, now: now - timedelta(hours=1),
    "now, each a second apart": lambda story, now: now - timedelta(seconds=len(story.url) + hash(story.url) % 50),
    "in the future": lambda _story, now: now + timedelta(hours=3),
}


@pytest.mark.parametrize("how", NOISE)
def test_dates_that_are_noise_pull_nothing(tmp_path, room, herald, how):
    place, stories, serve = own_feed(tmp_path, room, herald, NOISE[how])
    before = count_looks(place, stories)
    for _ in range(5):
        serve(place.clock.moment + timedelta(minutes=21))
        place.due(minutes=21)
    assert count_looks(place, stories) == before
    assert "its dates say nothing" in said(place)


def test_a_short_list_that_is_always_now_is_found_out_by_what_it_costs(tmp_path, room, herald):
    """Of four stories no habit can be seen; what their dates are worth can."""
    place, stories, serve = own_feed(tmp_path, room, herald, NOISE["the time of generation"], count=4)
    before = count_looks(place, stories)
    for _ in range(12):
        serve(place.clock.moment + timedelta(minutes=21))
        place.due(minutes=21)
    spent = count_looks(place, stories) - before
    assert 20 <= spent <= 24
    assert said(place).endswith("its dates say nothing: its dates hardly ever came before a change")
    stories[1].edit_silently("two metres", "three metres")
    serve(place.clock.moment + timedelta(minutes=21))
    place.due(minutes=21)
    assert place.changes() == []  # it is seen when its own time comes
    serve(place.clock.moment + REST)
    place.due(seconds=REST.total_seconds())
    assert "say nothing" not in said(place)  # and the list gets another chance
    assert [change.url for change in place.changes()] == [stories[1].url]


def test_a_story_that_was_not_changed_costs_one_short_answer(tmp_path, room, herald):
    """Something that no reader sees moved the date: the page is asked for with its validators."""
    moved = []
    place, stories, serve = own_feed(tmp_path, room, herald, lambda s, _now: moved[0] if s in moved else START)
    moved += [place.clock.moment + timedelta(minutes=5), stories[3]]
    serve(place.clock.moment)
    before = count_looks(place, stories)
    place.due(minutes=21)
    assert count_looks(place, stories) == before + 1
    assert place.last(stories[3]).status == 304
    assert said(place).endswith("1 changed")
    place.due(minutes=21)
    assert count_looks(place, stories) == before + 1


def test_what_is_not_visited_at_once_is_due_with_the_reason_and_stands_in_the_warc_files(tmp_path, room, herald):
    place, stories = old_and_seen(tmp_path, room, herald, "/sitemap-articles.xml", count=60)
    room.clock.advance(minutes=10)
    for n, story in enumerate(stories[:25]):
        room.clock.advance(seconds=n + 1)
        story.edit("two metres", f"{n + 3} metres")
    later(place, room, minutes=40)
    assert said(place).endswith("25 changed")
    why = "its sitemap says it was changed at 2026-05-01 "
    waiting = [one for one in place.articles() if one.next_why.startswith(why)]
    assert len(waiting) == 25 - PULLED
    assert all(one.next_check < place.clock.moment for one in waiting)
    url = f"sqlite:///{tmp_path / 'again.db'}"
    reindex(place.home, into=url, step=lambda _n, _name: None)
    again = open_database(url)
    with again.read() as other, place.reading() as connection:
        assert list(map(str, differences(connection, other))) == []
    again.close()
    later(place, room, minutes=1)
    assert len({change.url for change in place.changes()}) == 25


def test_a_second_look_stays_one(tmp_path):
    """A date must not turn a look that is to confirm an edit into one that a stale cache may answer."""
    with Shelf(tmp_path) as shelf, shelf.database.write() as connection:
        article = shelf.article(connection, "/a")
        soon = START + timedelta(minutes=5)
        articles.update(connection, article, next_check=soon, next_why=articles.TO_CONFIRM)
        assert not hints.tell_pull(connection, article, "its feed says so", at=START)
        assert articles.by_id(connection, article).next_check == soon
        articles.update(connection, article, next_why="published 9 days ago: every 4 hours")
        assert hints.tell_pull(connection, article, "its feed says so", at=START)
        assert not hints.tell_pull(connection, article, "its sitemap says so", at=START)
        assert articles.by_id(connection, article).next_why == "its feed says so"
