"""How it stands with outlets: the words, and the numbers of passes that were made."""

from datetime import timedelta

import pytest

from archive.db import health as db_health
from archive.db.tables import outages, siblings
from archive.domain.health import Health, Looks, OpenOutage, Robots, honesty, sentence, was_read
from archive.domain.soft404 import Answer
from tests.homes import NOW, START, Place
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."] * 5


def health_of(place, since=START, **more):
    with place.reading() as connection:
        return db_health.of_outlets(connection, since, place.clock.moment, **more)


def answer(status, final="http://herald.example/news/xyz"):
    return Answer(shape="/news/*", url="http://herald.example/news/xyz", at=NOW, status=status, final_url=final)


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


def test_the_numbers_of_an_outlet(tmp_path, room, herald):
    stories = [herald.publish(f"The flood, part {n}", [f"Part {n}.", *FLOOD]) for n in range(4)]
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    (well,) = health_of(place)
    assert (well.outlet, well.count, dict(well.articles)) == ("herald", 4, {"live": 4})
    assert (well.straight.count, well.straight.success, well.straight.blocked) == (4, 1.0, 0.0)
    assert well.straight.kinds == {"present": 4}
    assert (well.overdue, well.lag_median, well.outage, well.failing) == (0, None, None, ())
    assert honesty(well.sibling) == "tells 404 honestly"
    assert [robots.words for robots in well.robots] == ["read and obeyed"]
    assert sentence(well) == "well"
    gone, broken, _, walled = sorted(stories, key=lambda story: place.article(story).last_checked)
    gone.withdraw(404)
    broken.break_with("server_error")
    walled.wall("rate_limit")  # it is asked last: after that, everybody would be left alone
    place.look()
    (ill,) = health_of(place, since=well.last_good + timedelta(minutes=1))
    assert (ill.straight.success, ill.straight.blocked, ill.straight.failed) == (0.5, 0.25, 0.25)
    assert ill.straight.kinds == {"not_found": 1, "present": 1, "rate_limit": 1, "server_error": 1}
    assert dict(ill.articles) == {"live": 3, "missing": 1}
    assert ill.last_good > well.last_good
    assert sentence(ill) == "25% blocked, mostly rate limit; 25% unreachable, mostly server error"
    assert health_of(place)[0].straight.count == 8


def test_how_late_checks_are(tmp_path, room, herald):
    flood = herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()  # due again within the hour
    place.clock.advance(days=3)
    bridge = herald.publish("The bridge", ["The bridge is open.", *FLOOD])
    place.look(outlet="herald", hours=0)
    due = sorted(place.article(story).next_check for story in (flood, bridge))
    place.clock.advance(hours=12)
    (late,) = health_of(place)
    assert late.overdue == 2
    assert late.lag_max == pytest.approx(place.clock.moment - due[0], abs=timedelta(seconds=1))
    assert late.lag_max - late.lag_median in (timedelta(), (due[1] - due[0]) / 2, due[1] - due[0])
    assert sentence(health_of(place, since=place.clock.moment)[0]) == "not looked at lately"


def test_a_seed_that_is_no_list_fails_and_what_was_not_modified_does_not(tmp_path, room, herald):
    herald.publish("The flood", FLOOD)
    room.serve_page("herald.example", "/old.xml", b"<html><p>We moved.</p></html>")
    place = Place(tmp_path / "home", room)
    place.watch(herald, "/rss.xml", "/old.xml", "/none.xml")
    for _ in range(2):
        place.look()
    (found,) = health_of(place)
    assert [seed.url.rpartition("/")[2] for seed in found.failing] == ["old.xml", "none.xml"]
    assert found.failing[1].outcome == "answered 404"
    assert sentence(found) == "2 seeds cannot be read"
    herald.break_with("server_error", paths={"/rss.xml"})
    place.look()
    assert len(health_of(place)[0].failing) == 3


def test_what_robots_txt_forbids_is_counted_apart(tmp_path, room, herald):
    story = herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    room.serve_page("herald.example", "/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    place.look(days=2)
    (found,) = health_of(place, since=place.clock.moment - timedelta(days=1))
    assert found.forbidden == 3  # the feed, the story, and the front page that should speak for it
    assert found.straight.kinds == {"robots_forbid": 1}
    assert place.last(story).presence == "unreachable"


def test_vantage_points_siblings_and_outages_are_told_where_there_are_any(tmp_path, room, herald):
    story = herald.publish("The flood", FLOOD)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.watch(room.outlet("echo.example", title="The Echo"))
    place.look()
    with place.writing() as connection:
        article, fetch = place.article(story), place.last(story)
        for at, status in ((NOW, 200), (NOW + timedelta(days=1), 404)):
            connection.execute(
                siblings.insert().values(
                    outlet_id=article.outlet_id,
                    shape="/*",
                    url="http://herald.example/x",
                    at=at,
                    fetch_id=fetch.id,
                    status=status,
                    final_url="http://herald.example/x",
                    title="",
                    text="",
                )
            )
        connection.execute(
            outages.insert().values(
                outlet_id=article.outlet_id,
                presence="unreachable",
                why="2 of 2 articles time out",
                began=NOW,
                told=NOW,
                failed=2,
                looked=2,
            )
        )
        connection.exec_driver_sql(
            "INSERT INTO fetches (outlet_id, article_id, role, url, began, elapsed_ms, trouble, detail, presence,"
            " sighting, why, source, vantage) SELECT outlet_id, article_id, role, url, began + 1, 0, '', '',"
            f" 'gone', 'not_found', '', '', 'far' FROM fetches WHERE id = {fetch.id}"
        )
    echo, found = health_of(place)
    assert (echo.outlet, echo.count, sentence(echo)) == ("echo", 0, "no articles yet")
    assert {label: looks.kinds for label, looks in found.vantages.items()} == {"far": {"not_found": 1}}
    assert found.straight.kinds == {"present": 1}
    assert (found.last_good, honesty(found.sibling)) == (fetch.began, "tells 404 honestly")
    assert sentence(found) == "outage since 2026-03-02 08:00: 2 of 2 articles time out"
    assert [one.outlet for one in health_of(place, outlet="herald")] == ["herald"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "unknown"),
        (answer(None), "unknown"),
        (answer(404), "tells 404 honestly"),
        (answer(410), "tells 410 honestly"),
        (answer(200), "answers 200 to what cannot exist"),
        (answer(503), "answers 503 to what cannot exist"),
        (answer(200, "http://herald.example/"), "redirects what cannot exist to http://herald.example/"),
    ],
)
def test_how_an_outlet_says_that_there_is_no_such_page(said, words):
    assert honesty(said) == words


@pytest.mark.parametrize(
    ("outcome", "read"),
    [
        ("", True),
        ("not modified", True),
        ("12 articles, 0 new", True),
        ("300 articles, 20 new, 100 left for later", True),
        ("answered 500", False),
        ("http://a.example/: no feed, but an HTML page", False),
    ],
)
def test_what_was_written_down_of_a_seed_says_whether_it_was_read(outcome, read):
    assert was_read(outcome) is read


@pytest.mark.parametrize(
    ("status", "trouble", "words"),
    [
        (200, "", "read and obeyed"),
        (404, "", "there is none (404): everything may be fetched"),
        (503, "", "unreachable (answered 503): nothing may be fetched"),
        (None, "timed_out", "unreachable (timed out): nothing may be fetched"),
    ],
)
def test_robots_in_words(status, trouble, words):
    assert Robots(origin="http://a.example", at=NOW, status=status, trouble=trouble).words == words


def test_the_gravest_is_said_first():
    plain = Health(
        outlet="herald", paused=False, articles={"live": 1}, straight=Looks(counts={("barrier", "login"): 3}),
        vantages={}, last_good=None, overdue=0, lag_median=None, lag_max=None, failing=(), sibling=None, robots=(),
        forbidden=0, outage=OpenOutage(presence="unreachable", why="nobody answers", began=NOW, offline=NOW),
    )  # fmt: skip
    assert sentence(plain) == "offline since 2026-03-02 08:00: nobody answers"
