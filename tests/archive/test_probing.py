"""What a front page proves, which controls and siblings are wanted, and what an archive's list says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles, controls, opinions, outlets, record, siblings
from archive.db.opinions import Opinion
from archive.db.tables import fetches
from archive.db.tables import opinions as opinions_table
from archive.db.tables import siblings as siblings_table
from archive.domain import timemap
from archive.domain.beside import shape, sibling
from archive.domain.controls import FEWEST_STORIES, sight_front, stories_among
from archive.domain.model import Exchange, Presence, Role, Sighting, Standing, Trouble
from archive.domain.sightings import FetchFacts
from archive.domain.soft404 import Answer
from archive.extraction import extract, links_of
from tests.homes import NOW, Shelf

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FRONT = "http://herald.example/"


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf:
        yield shelf


# Front pages -----------------------------------------------------------------------------------------


def front(links: int, words: str = "News of the day. ") -> str:
    stories = "".join(
        f'<li><a href="/world/2026/03/02/minister-denies-report-{n}">Story {n}</a></li>' for n in range(links)
    )
    return f"<html><title>The Herald</title><body><p>{words * 20}</p><ul>{stories}</ul></body></html>"


def judged(page: str, *, url: str = FRONT, status: int = 200, headers=(), **facts) -> Sighting:
    body = page.encode()
    read = extract(body, url=url, content_type="text/html")
    given = FetchFacts(
        url=FRONT, final_url=url, status=status, extraction=read, markup=page, headers=headers, **facts
    )
    return sight_front(given, stories=stories_among(links_of(body, url=url), url, ("herald.example",)))


def test_a_front_page_that_leads_to_stories_shows_that_the_outlet_answers():
    assert judged(front(FEWEST_STORIES)).presence is Presence.PRESENT
    few = judged(front(FEWEST_STORIES - 1))
    assert (few.presence, few.kind) == (Presence.BARRIER, "other_page")


@pytest.mark.parametrize("status", [404, 410, 451, 403, 429, 500, 503, 302])
def test_a_front_page_is_never_gone_and_never_there_with_another_status(status):
    seen = judged(front(30), status=status)
    assert seen.presence in (Presence.BARRIER, Presence.UNREACHABLE)


@pytest.mark.parametrize("trouble", Trouble)
def test_a_front_page_that_did_not_come_is_unreachable(trouble):
    seen = sight_front(FetchFacts(url=FRONT, final_url=FRONT, status=None, trouble=trouble), stories=0)
    assert seen.presence is Presence.UNREACHABLE
    assert seen.why


def test_a_wall_or_another_site_in_its_place_is_a_barrier_whatever_it_leads_to():
    assert judged(front(30), final_is_wall=True).presence is Presence.BARRIER
    assert judged(front(30), url="http://other.example/", final_is_elsewhere=True).presence is Presence.BARRIER


def test_only_stories_of_the_own_site_count_each_once():
    links = [
        "http://herald.example/world/2026/03/02/minister-denies-report-1",
        "https://www.herald.example/world/2026/03/02/minister-denies-report-1/",
        "http://m.herald.example/world/2026/03/02/teachers-call-off-strike-2",
        "http://other.example/world/2026/03/02/minister-denies-report-3",
        "http://herald.example/world/",
        "http://herald.example/",
        "mailto:desk@herald.example",
        "http://[",
    ]
    assert stories_among(links, FRONT, ()) == 2
    assert stories_among(links, FRONT, ("other.example",)) == 3
    assert stories_among(links, "http://", ()) == 0


def test_the_links_of_a_page_are_absolute_and_each_comes_once():
    page = b'<base href="/news/"><a href="a">1</a><a href="a#top">2</a><a href="//x.example/">3</a><a>4</a><a href="http://[">'
    assert links_of(page, url=FRONT) == [
        "http://herald.example/news/a",
        "http://x.example/",
        "http://herald.example/news/",
    ]
    assert links_of(b"", url=FRONT) == []


# Controls ---------------------------------------------------------------------------------------------


def seen(
    shelf, connection, article_id, at, presence="present", *, role=Role.ARTICLE, vantage="", source=""
) -> int:
    fetch_id = record.add_fetch(
        connection,
        Exchange(url=FRONT, began=at),
        role=role,
        status=200,
        location=None,
        outlet_id=shelf.outlet,
        article_id=article_id,
        vantage=vantage,
        source=source,
    )
    record.note_sighting(connection, fetch_id, Sighting(presence=Presence(presence), kind=presence, why=""))
    return fetch_id


def grown(shelf, connection, path, *, first_seen=NOW, last_seen=NOW, standing=Standing.LIVE) -> int:
    article_id = shelf.article(connection, path)
    articles.update(
        connection,
        article_id,
        first_seen=first_seen,
        last_seen=last_seen,
        standing=standing.value,
        version_id=1,
    )
    return article_id


def test_the_last_control_is_another_old_article_that_was_there_straight_from_here_by_then(shelf):
    with shelf.database.write() as connection:
        suspect, other = grown(shelf, connection, "/a-1"), grown(shelf, connection, "/b-2")
        young = grown(shelf, connection, "/c-3", first_seen=NOW + 2 * DAY)

        def last(at):
            return controls.last_control(connection, shelf.outlet, but=suspect, at=at)

        then = NOW + 2 * DAY
        assert last(then + WEEK) is None
        seen(shelf, connection, other, then)
        seen(shelf, connection, suspect, then + timedelta(hours=1))
        seen(shelf, connection, young, then + timedelta(hours=2))
        seen(shelf, connection, other, then + timedelta(hours=3), vantage="de")
        seen(shelf, connection, other, then + timedelta(hours=4), source="an archive")
        seen(shelf, connection, other, then + timedelta(hours=5), "barrier")
        seen(shelf, connection, other, then + timedelta(hours=6), role=Role.OPINION)
        assert last(then + WEEK) == then
        assert last(then - timedelta(seconds=1)) is None
        seen(shelf, connection, young, then + DAY)
        assert last(then + WEEK) == then + DAY  # it is old by now
        seen(shelf, connection, None, then + 2 * DAY, role=Role.CONTROL)
        seen(shelf, connection, None, then + 3 * DAY, "unreachable", role=Role.CONTROL)
        assert last(then + WEEK) == then + DAY  # the others are there, or would have to be seen
        for article in (other, young):
            seen(shelf, connection, article, then + timedelta(days=1, hours=1), "gone")
            seen(shelf, connection, article, then + timedelta(days=1, hours=2), "unreachable")
        assert last(then + WEEK) == then + 2 * DAY
        assert last(then + DAY) == then + DAY
        assert controls.last_control(connection, shelf.outlet + 1, but=suspect, at=then + WEEK) is None


def test_the_last_control_is_found_without_reading_what_failed_since(shelf):
    with shelf.database.write() as connection:
        query = controls._LAST.compile(connection.engine, compile_kwargs={"literal_binds": False})
        wanted = dict.fromkeys(query.params, 1) | {"presence_1": "present"}
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query}", tuple(wanted[n] for n in query.positiontup)
        )
        assert any(
            "ix_fetches_outlet_id_presence_began (outlet_id=? AND presence=? AND began<?)" in row[3]
            for row in plan
        )


def test_the_controls_of_suspects_are_live_and_old_the_latest_seen_first(shelf):
    with shelf.database.write() as connection:
        now = NOW + 9 * DAY
        live = [grown(shelf, connection, f"/live-{n}", last_seen=NOW + timedelta(hours=n)) for n in range(14)]
        grown(shelf, connection, "/young", first_seen=now - timedelta(hours=3), last_seen=now)
        grown(shelf, connection, "/missing", standing=Standing.MISSING, last_seen=now)
        grown(shelf, connection, "/barred", standing=Standing.BARRED, last_seen=now)

        def wanted(count):
            return controls.for_suspects(connection, shelf.outlet, count, now)

        assert wanted(1) == controls.Controls(articles=(live[-1], live[-2]))
        assert len(wanted(5).articles) == 5
        assert wanted(300).articles == tuple(reversed(live[-controls.MOST :]))


def test_the_front_page_of_an_outlet_with_few_articles_is_known_before_and_looked_at_when_one_is_away(shelf):
    with shelf.database.write() as connection:
        first = grown(shelf, connection, "/a-0")

        def wanted(now, every=WEEK):
            return controls.wants_front(connection, shelf.outlet, now, every)

        assert wanted(NOW)
        assert not wanted(NOW, timedelta(0))
        seen(shelf, connection, None, NOW, role=Role.CONTROL)
        assert not wanted(NOW + 6 * DAY)
        assert wanted(NOW + WEEK)
        articles.update(connection, first, away=NOW)
        assert wanted(NOW + DAY)
        assert wanted(NOW + DAY, timedelta(0))
        for number in range(1, controls.FEW):
            assert wanted(NOW + DAY)
            grown(shelf, connection, f"/a-{number}")
        assert not wanted(NOW + DAY)  # the others speak for the outlet


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        ([], True),
        ([Standing.MISSING, Standing.TAKEN_DOWN], True),
        ([Standing.MISSING, Standing.UNREACHABLE], False),
        ([Standing.BARRED], False),
        ([Standing.MOVED], False),
    ],
)
def test_the_front_page_is_wanted_where_no_other_article_could_show_anything(shelf, others, wanted):
    with shelf.database.write() as connection:
        for number, standing in enumerate(others):
            grown(shelf, connection, f"/other-{number}", standing=standing)
        found = controls.for_suspects(connection, shelf.outlet, 1, NOW + 2 * DAY)
        assert found == controls.Controls(front=wanted)


# Siblings ---------------------------------------------------------------------------------------------


def asked(shelf, connection, url, at) -> None:
    fetch_id = seen(shelf, connection, None, at, role=Role.SIBLING)
    answer = Answer(shape=shape(url), url=sibling(url, "x" * 25), at=at, status=404, final_url=url)
    siblings.add(connection, shelf.outlet, answer, fetch_id=fetch_id)


def wanted_beside(connection, now, **more) -> list[str]:
    return [each.beside for each in siblings.wanted(connection, now, WEEK, **more)]


def test_the_three_commonest_shapes_are_asked_for_beside_the_newest_article_of_each(shelf):
    with shelf.database.write() as connection:
        newest = []
        for number, path in enumerate(["/a/{}", "/b/2026/{}", "/c/d/e/{}.html", "/f/g/h/i/{}"]):
            for story in range(6 - number):
                grown(shelf, connection, path.format(f"a-story-of-many-words-{story}"))
            newest.append("http://herald.example" + path.format(f"a-story-of-many-words-{5 - number}"))
        assert sorted(wanted_beside(connection, NOW)) == sorted(newest[:3])
        assert sorted(wanted_beside(connection, NOW, outlet_id=shelf.outlet)) == sorted(newest[:3])
        assert wanted_beside(connection, NOW, outlet_id=shelf.outlet + 1) == []
        asked(shelf, connection, newest[0], NOW)
        assert wanted_beside(connection, NOW + 6 * DAY) == []
        assert len(wanted_beside(connection, NOW + WEEK)) == 3
        known = outlets.all_outlets(connection)[shelf.outlet]
        outlets.save(connection, replace(known, paused=True), NOW)
        assert wanted_beside(connection, NOW + WEEK) == []


def test_an_outlet_whose_articles_were_never_seen_is_not_asked(shelf):
    with shelf.database.write() as connection:
        shelf.article(connection, "/a/never-seen-so-far-1")
        assert wanted_beside(connection, NOW) == []


@pytest.mark.parametrize("kind", ["other_page", "soft_404", "redirected", "emptied"])
def test_a_doubtful_sighting_makes_one_ask_again_within_a_day(shelf, kind):
    with shelf.database.write() as connection:
        article = grown(shelf, connection, "/a/a-story-of-many-words-1")
        url = "http://herald.example/a/a-story-of-many-words-1"
        asked(shelf, connection, url, NOW)
        then = NOW + timedelta(hours=30)
        fetch_id = seen(shelf, connection, article, then)
        assert wanted_beside(connection, then) == []
        record.note_sighting(connection, fetch_id, Sighting(presence=Presence.GONE, kind=kind, why=""))
        assert wanted_beside(connection, then) == [url]
        asked(shelf, connection, url, then)
        assert wanted_beside(connection, then + timedelta(hours=23)) == []
        assert wanted_beside(connection, then + timedelta(hours=25)) == []  # the doubt is old as well
        articles.update(connection, article, standing=Standing.MISSING.value)
        assert wanted_beside(connection, then + timedelta(hours=25)) == [url]


# Second opinions --------------------------------------------------------------------------------------


def test_an_archive_is_asked_for_what_became_missing_lately_and_not_twice(shelf):
    with shelf.database.write() as connection:
        article = grown(shelf, connection, "/a-1", standing=Standing.MISSING)
        articles.update(connection, article, since=NOW + DAY)
        grown(shelf, connection, "/b-2")
        now = NOW + DAY + timedelta(hours=1)
        assert opinions.wanted(connection, now) == [article]
        assert opinions.wanted(connection, now, outlet_id=shelf.outlet + 1) == []
        assert opinions.wanted(connection, now + DAY) == []
        fetch_id = seen(shelf, connection, article, now, role=Role.OPINION)
        opinion = Opinion(
            article_id=article, at=now, fetch_id=fetch_id, archive="x", last_seen=None, memento="", said="none"
        )
        opinions.add(connection, opinion)
        assert opinions.wanted(connection, now) == []
        assert opinions.of_article(connection, article) == [opinion]
        articles.update(connection, article, since=now + timedelta(hours=2), standing=Standing.TAKEN_DOWN.value)
        assert opinions.wanted(connection, now + timedelta(hours=3)) == [article]


def test_at_most_twenty_in_one_pass(shelf):
    with shelf.database.write() as connection:
        for number in range(30):
            article = grown(shelf, connection, f"/a-{number}", standing=Standing.MISSING)
            articles.update(connection, article, since=NOW + timedelta(seconds=number))
        assert len(opinions.wanted(connection, NOW + timedelta(hours=1))) == opinions.MOST


MOMENTS = st.integers(820_454_400, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.lists(MOMENTS, max_size=8), st.booleans())
def test_the_last_memento_of_a_list_is_the_newest_whatever_its_order_and_spelling(moments, wayback):
    def address(moment):
        return (
            f"http://a.example/web/{moment:%Y%m%d%H%M%S}/{FRONT}" if wayback else f"http://a.example/{moment:%s}"
        )

    lines = [f'<{FRONT}>; rel="original"']
    lines += [f'<{address(each)}>; rel="memento"; datetime="{each:%a, %d %b %Y %H:%M:%S} GMT"' for each in moments]
    found = timemap.read(",\n".join(lines), url="http://a.example/timemap")
    assert (found.last.at if found.last else None) == max(moments, default=None)
    assert found.links == len(moments) + 1
    if found.last:
        assert found.last.url == address(found.last.at)


@given(st.text(alphabet='<>;,="/:rel memnto[]http0123456789\n', max_size=200))
def test_any_text_is_a_list_or_none(text):
    timemap.read(text, url="http://a.example/timemap")


# Nothing dangles --------------------------------------------------------------------------------------


def test_an_outlet_that_goes_takes_its_siblings_along(shelf):
    with shelf.database.write() as connection:
        asked(shelf, connection, "http://herald.example/a/b-1", NOW)
        outlets.remove(connection, "herald", NOW)
        assert connection.execute(siblings_table.select()).all() == []
        assert connection.execute(fetches.select()).mappings().one()["outlet_id"] is None


def test_an_article_that_becomes_another_gives_up_what_was_said_of_it(shelf):
    with shelf.database.write() as connection:
        away, into = shelf.article(connection, "/a-1"), shelf.article(connection, "/b-2")
        fetch_id = seen(shelf, connection, away, NOW, role=Role.OPINION)
        opinions.add(
            connection,
            Opinion(article_id=away, at=NOW, fetch_id=fetch_id, archive="x", last_seen=None, memento="", said=""),
        )
        articles.merge(connection, away=away, into=into)
        assert connection.execute(opinions_table.select()).all() == []
