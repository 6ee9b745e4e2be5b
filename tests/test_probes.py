"""What is fetched beside articles: addresses that cannot exist, controls, second opinions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive import memento, probing
from archive.db import articles, controls, opinions, siblings
from archive.db.tables import captures
from archive.db.tables import siblings as siblings_table
from archive.domain.beside import shape
from archive.domain.model import Standing
from archive.errors import EnvironmentFailed
from archive.warc import http1
from archive.warc.http1 import body_of
from scheduler.newsroom import Response
from scheduler.probes import LETTERS
from tests.homes import START, Place, kinds
from tests.scheduler.test_reindexing import assert_same, copy, made_again
from tests.waybacks import Shot, Wayback


def made_again_the_same(place: Place, tmp_path) -> None:
    """The database is made again from the WARC files, and is what it was."""
    copy(place.root / "stet.db", tmp_path / "before.db")
    made_again(place.root)
    assert_same(tmp_path / "before.db", place.root / "stet.db")


def body(place: Place, row) -> str:
    """The body of a logged answer, from the WARC."""
    return body_of(http1.parse(place.exchange(row).response), limit=10**6).body.decode()


def since(place: Place, before: int, role: str = "article") -> list[str]:
    """What was fetched after so many rows of the log: addresses, in order."""
    return [row["url"] for row in place.log()[before:] if row["role"] == role]


# Siblings: how an outlet says "not found" ------------------------------------------------------------


def learnt(place: Place, url: str) -> list[siblings.Answer]:
    with place.reading() as connection:
        outlet_id = memento.article_at(connection, url).outlet_id
        return siblings.answers(connection, outlet_id, shape(url), place.clock.moment)


def test_how_an_outlet_says_not_found_is_learnt_before_an_article_goes(place, herald, tmp_path):
    story = herald.publish()
    place.watch(herald)
    place.look()
    [asked] = place.log("sibling")
    assert (asked["status"], asked["presence"], asked["sighting"]) == (404, "", "sibling")
    assert asked["article_id"] is None
    [answer] = learnt(place, story.url)
    assert answer.url == asked["url"] == place.exchange(asked).url
    assert answer.url.rpartition("/")[0] == story.url.rpartition("/")[0]
    name = answer.url.rpartition("/")[2]
    assert (len(name), name.isalpha()) == (LETTERS, True)
    assert (answer.status, answer.final_url) == (404, asked["url"])
    assert answer.title in body(place, asked)
    made_again_the_same(place, tmp_path)


def test_an_answer_with_status_200_is_learnt_with_its_words(place, herald, room):
    """And redirects are followed, as they are for articles."""
    herald.publish()
    place.watch(herald)
    sorry = b"<html><title>Nothing here</title><p>" + b"We looked everywhere and could not find this page. " * 9
    room.serve_page("herald.example", "/sorry", sorry)
    herald.respond = redirecting(herald.respond, "http://herald.example/sorry")
    place.look()
    hops = place.log("sibling")
    assert [(row["status"], row["sighting"]) for row in hops] == [(302, ""), (200, "sibling")]
    [answer] = learnt(place, herald.stories[0].url)
    assert (answer.status, answer.final_url, answer.title) == (200, "http://herald.example/sorry", "Nothing here")
    assert "could not find this page" in answer.text
    assert answer.url == hops[0]["url"]


def redirecting(respond, to: str):
    """An outlet that leads readers of what is not there elsewhere."""

    def answer(request):
        found = respond(request)
        return Response(status=302, headers=(("Location", to),)) if getattr(found, "status", 0) == 404 else found

    return answer


def test_each_outlet_is_asked_once_a_week_and_daily_while_one_of_its_articles_is_missing(place, herald):
    stories = herald.publish_many(3)
    place.watch(herald)
    place.look()
    place.look(hours=2)
    assert len(place.log("sibling")) == 1
    place.look(days=7)
    assert len(place.log("sibling")) == 2
    place.look(days=2)
    assert len(place.log("sibling")) == 2
    stories[1].withdraw("404")
    place.look(days=1)
    assert len(place.log("sibling")) == 3  # at once, in the very pass
    place.look(hours=8)
    assert len(place.log("sibling")) == 3
    place.look(hours=17)
    assert len(place.log("sibling")) == 4
    assert len(learnt(place, stories[0].url)) == 4


def test_nothing_that_cannot_exist_is_asked_for_where_that_is_switched_off(room, herald, tmp_path):
    place = Place(tmp_path / "home", room, takedowns='sibling_every = "0s"')
    herald.publish()
    place.watch(herald)
    place.look()
    assert place.log("sibling") == []


def test_where_robots_txt_forbids_it_nothing_is_sent_and_the_outlet_is_not_asked_again_and_again(place, herald):
    herald.robots("User-agent: *\nDisallow: /world/2026\nAllow: /world/2026/03/02/a\n")
    story = herald.publish("All quiet", path="/world/2026/03/02/all-quiet-on-the-harbour-front-1")
    place.watch(herald)
    place.look()
    place.look(hours=1)
    asked = place.log("sibling")
    assert len(asked) == 1
    assert len(learnt(place, story.url)) == 1


def test_answers_of_sixty_days_and_no_later_ones(place, herald):
    story = herald.publish()
    place.watch(herald)
    place.look()
    [first] = learnt(place, story.url)
    for _ in range(6):
        place.look(days=8)
    with place.reading() as connection:
        outlet_id = place.article(story).outlet_id

        def at(moment):
            return siblings.answers(connection, outlet_id, first.shape, moment)

        assert at(first.at) == [first]
        assert at(first.at - timedelta(milliseconds=1)) == []
        assert len(at(place.clock.moment)) == siblings.LATEST
        assert [each.at for each in at(place.clock.moment)] == sorted(
            (each.at for each in at(place.clock.moment)), reverse=True
        )
        assert at(place.clock.moment + timedelta(days=61)) == []
        assert siblings.answers(connection, outlet_id, "another.example/a", place.clock.moment) == []


# Controls ---------------------------------------------------------------------------------------------


def last_control(place: Place, story):
    with place.reading() as connection:
        article = place.article(story)
        return controls.last_control(connection, article.outlet_id, but=article.id, at=place.clock.moment)


def test_live_articles_are_visited_before_the_suspects_of_their_outlet(place, herald):
    stories = herald.publish_many(5)
    place.watch(herald)
    place.look()
    place.look(days=20)
    stories[0].withdraw(404)
    place.look(url=stories[0])
    before = len(place.log())
    place.due(hours=5)  # nothing but the suspect is due
    visited = since(place, before)
    assert visited[-1] == stories[0].url
    assert len(visited) == 1 + controls.FEWEST
    assert last_control(place, stories[0]) == max(
        row["began"] for row in place.log()[before:] if row["presence"] == "present"
    )
    assert place.log("control") == []


def test_as_many_controls_as_suspects_up_to_ten_and_none_of_today(place, herald):
    old = herald.publish_many(16)
    place.watch(herald)
    place.look()
    place.look(days=20)
    for story in old[:4]:
        story.withdraw(404)
        place.look(url=story)
    new = herald.publish()
    place.look(url=place.look(outlet="herald", force=False, seconds=1) and new)
    before = len(place.log())
    place.due(hours=5)
    visited = since(place, before)
    assert len(set(visited) & {story.url for story in old[4:]}) == 4
    with place.reading() as connection:
        outlet_id = place.article(new).outlet_id
        many = controls.for_suspects(connection, outlet_id, 50, place.clock.moment)
        assert len(many.articles) == controls.MOST
        assert place.article(new).id not in many.articles
        assert not many.front


def test_the_front_page_is_the_control_of_a_single_watched_article(place, herald, tmp_path):
    stories = herald.publish_many(5)
    place.watch(stories=[stories[0]])
    place.look()
    place.look(days=2)
    stories[0].withdraw(410)
    place.look(hours=1)
    assert len(place.log("control")) == 1  # two days ago: what it looks like while all is well
    place.look(hours=8)
    front = place.log("control")[-1]
    assert len(place.log("control")) == 2
    assert (front["url"], front["presence"]) == ("http://herald.example/", "present")
    assert front["why"] == "the front page is there and leads to 4 stories"
    assert front["began"] < place.last(stories[0]).began
    assert last_control(place, stories[0]) == front["began"]
    made_again_the_same(place, tmp_path)


@pytest.mark.parametrize("how", ["bot", "offline", "nothing", "redirected", "login"])
def test_a_front_page_that_is_none_is_no_control(place, herald, room, how):
    stories = herald.publish_many(5)
    place.watch(stories=[stories[0]])
    place.look()
    place.look(days=2)
    stories[0].withdraw(410)
    place.look(hours=1)
    match how:
        case "bot" | "login":
            herald.wall(how)
        case "offline":
            herald.go_offline()
        case "nothing":
            room.serve_page(herald.host, "/", b"<html><title>herald.example</title><p>Buy this domain.</p>")
        case "redirected":
            elsewhere = room.outlet("parking.example")
            elsewhere.publish_many(9)
            room.serve_page(herald.host, "/", b"", status=302, headers=[("Location", elsewhere.url("/"))])
    place.look(hours=8)
    front = place.log("control")[-1]
    assert front["presence"] == ("unreachable" if how == "offline" else "barrier")
    assert front["why"]
    assert last_control(place, stories[0]) == place.log("control")[0]["began"]  # when all was well


def test_no_front_page_where_others_are_there_that_nobody_can_see(place, herald):
    """Half of the outlet fails: that its front page is up proves nothing then."""
    stories = herald.publish_many(3)
    place.watch(herald)
    place.look()
    place.look(days=2)
    stories[0].withdraw(404)
    place.look(hours=1)
    with place.writing() as connection:
        for story in stories[1:]:
            article = place.article(story)
            articles.update(connection, article.id, standing=Standing.UNREACHABLE.value)
    with place.reading() as connection:
        outlet_id = place.article(stories[0]).outlet_id
        assert controls.for_suspects(connection, outlet_id, 1, place.clock.moment) == controls.Controls()


# The second look -------------------------------------------------------------------------------------


def test_one_404_that_is_none_a_minute_later_leaves_no_suspicion(room, herald, tmp_path):
    place = Place(tmp_path / "home", room, confirm_after="60s")
    story = herald.publish()
    place.watch(herald)
    place.look()
    place.look(days=2)
    herald.respond = not_found_once(herald.respond, story.path)
    found = place.look(hours=1)
    assert [finding.alert for finding in found] == [False, False]
    assert [row.sighting for row in place.fetches(story)][-2:] == ["not_found", "unchanged"]
    gone, there = place.fetches(story)[-2:]
    assert there.began - gone.began >= timedelta(seconds=60)
    request = place.exchange(place.log("article")[-1])
    assert b"If-None-Match" not in request.request
    assert b"If-Modified-Since" not in request.request
    assert not request.reused
    article = place.article(story)
    assert (article.held.standing, article.held.first_miss) == (Standing.LIVE, None)


def not_found_once(respond, path: str):
    """An outlet of which one server behind the balancer does not know a story yet."""
    left = [Response(status=404, body=b"<html><title>Not found</title></html>")]

    def answer(request):
        return left.pop() if request.path == path and left else respond(request)

    return answer


def test_only_the_first_look_that_finds_nothing_is_repeated_at_once(place, herald):
    story = herald.publish()
    place.watch(herald)
    place.look()
    story.withdraw(404)
    assert kinds(place.look(hours=1)) == ["standing"]
    assert len(place.fetches(story)) == 3
    place.look(hours=4)
    assert len(place.fetches(story)) == 4


# Second opinions -------------------------------------------------------------------------------------


@pytest.fixture
def asking(room, herald, tmp_path):
    """A home that asks an archive, with one article: a function of the archive's captures."""

    def made(archive: Wayback, address: str = "") -> tuple[Place, object]:
        place = Place(
            tmp_path / "home",
            room,
            crawl="allow_private_addresses = true",
            takedowns=f'second_opinion = "{address or archive.address + "timemap/link/"}"',
        )
        stories = herald.publish_many(3)
        place.watch(herald)
        place.look()
        stories[0].withdraw(404)
        return place, stories[0]

    return made


def heard(place: Place, story) -> list[opinions.Opinion]:
    with place.reading() as connection:
        return opinions.of_article(connection, place.article(story).id)[::-1]


def test_an_archive_is_asked_once_for_a_suspicion_and_once_when_it_is_confirmed(asking, herald, tmp_path):
    with Wayback([]) as archive:
        place, story = asking(archive)
        other = herald.stories[1]
        archive.shots += [Shot(story.url, START + timedelta(hours=n), b"<p>There.</p>") for n in (0, 5, 2)]
        place.look(hours=1)
        [opinion] = heard(place, story)
        assert opinion.last_seen == START + timedelta(hours=5)
        assert opinion.memento == f"{archive.address}{archive.shots[1].stamp}/{story.url}"
        assert opinion.said == "saw it until 2026-03-02 13:00 UTC"
        assert opinion.archive == archive.address + "timemap/link/"
        assert [path for path in archive.asked if other.url in path] == []
        [asked] = place.log("opinion")
        assert (asked["presence"], asked["sighting"], asked["why"]) == ("", "opinion", opinion.said)
        assert asked["outlet_id"] is None
        assert story.url in body(place, asked)
        assert "herald" not in dict(place.exchange(asked).notes).values()
        place.look(hours=12)
        assert len(heard(place, story)) == 1
        place.look(hours=13)
        assert place.article(story).held.standing is Standing.TAKEN_DOWN
        assert len(heard(place, story)) == 2
        place.look(days=2)
        assert len(heard(place, story)) == 2
        made_again_the_same(place, tmp_path)


def test_what_an_archive_says_changes_no_standing_and_is_no_capture_of_the_article(asking):
    with Wayback([]) as archive:
        place, story = asking(archive)
        archive.shots.append(Shot(story.url, START + timedelta(days=300), b"<p>There, says the archive.</p>"))
        place.look(hours=1)
        article, [asked] = place.article(story), place.log("opinion")
        assert article.held.standing is Standing.MISSING
        assert article.captures == len(place.captures(story)) == 3
        with place.reading() as connection:
            query = captures.select().where(captures.c.fetch_id == asked["id"])
            assert connection.execute(query).mappings().one()["article_id"] is None
        assert place.last(story).presence == ""  # the log of an article shows who was asked for it


def test_an_archive_that_has_none_or_is_down(asking, tmp_path):
    with Wayback([], down_after=1) as archive:
        place, story = asking(archive)
        place.look(hours=1)
        [none] = heard(place, story)
        assert (none.last_seen, none.memento, none.said) == (None, "", "has none of it")
        story.restore()
        place.look(hours=1)
        story.withdraw(404)
        place.look(hours=1)
        silent = heard(place, story)[-1]
        assert (silent.last_seen, silent.memento) == (None, "")
        assert silent.said.startswith("did not answer: ")
        assert place.article(story).held.standing is Standing.MISSING
        made_again_the_same(place, tmp_path)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (
            b"<html><title>Log in</title><p>Please log in.</p></html>",
            200,
            "did not answer: what came is no TimeMap",
        ),
        (b"", 200, "has none of it"),
        (b"Slow down.", 503, "did not answer: answers 503"),
        (b'<http://a.example/>; rel="original"', 200, "has none of it"),
        (
            (
                b'<http://a.example/>; rel="original",<http://[x>; rel="memento"; datetime="never",'
                b'<http://x/1>; rel="first last memento"; datetime="Tue, 03 Mar 2026 08:00:00 GMT"'
            ),
            200,
            "saw it until 2026-03-03 08:00 UTC",
        ),
    ],
)
def test_odd_answers_of_an_archive(asking, room, answer, status, said):
    room.outlet("archive.example")
    place, story = asking(None, address="http://archive.example/tm/")
    room.serve_page("archive.example", f"/tm/{story.url}", answer, "application/link-format", status=status)
    place.look(hours=1)
    [opinion] = heard(place, story)
    assert opinion.said == said
    assert opinion.archive == "http://archive.example/tm/"


# A crash ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["sibling", "control", "opinion"])
def test_a_probe_that_was_kept_and_not_settled_is_settled_at_the_next_start(
    asking, herald, room, monkeypatch, tmp_path, role
):
    with Wayback([]) as archive:
        place, story = asking(archive)
        archive.shots.append(Shot(story.url, START, b"<p>There.</p>"))
        herald.publish_many(5)
        settle = probing.settle

        def failing(connection, probe, page):
            if probe.role.value == role:
                raise EnvironmentFailed("stet.db: the database fails: database is locked")
            settle(connection, probe, page)

        monkeypatch.setattr(probing, "settle", failing)
        with pytest.raises(EnvironmentFailed, match="database fails"):
            place.look(days=2)
        last = place.log(role)[-1]
        assert (last["presence"], last["sighting"]) == ("", "")
        known = place.count(siblings_table)
        monkeypatch.undo()
        place.look(hours=1)
        [settled] = [row for row in place.log(role) if row["id"] == last["id"]]
        assert settled["sighting"] in ("sibling", "present", "opinion")
        assert place.count(siblings_table) >= known + (role == "sibling")
        made_again_the_same(place, tmp_path)
