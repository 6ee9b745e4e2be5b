"""What is due, and when it is due again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from archive.db import articles, outlets, record
from archive.domain.model import Exchange, Outlet, Presence, Role, Seed, SeedKind, Sighting
from archive.settings import Settings
from crawler.tasks import TRUSTED, article_job
from scheduler import frontier
from scheduler.recrawl import SEED, UNANSWERED
from tests.homes import NOW, Shelf


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf:
        yield shelf


def due(shelf, now=NOW, **which):
    with shelf.database.read() as connection:
        return [job.url for job in frontier.due_articles(connection, now, **which)]


def test_the_most_overdue_comes_first_and_what_is_not_due_does_not(shelf):
    with shelf.database.write() as connection:
        ids = [shelf.article(connection, f"/{name}") for name in "abc"]
        for article_id, hours in zip(ids, (-1, -3, 1), strict=True):
            articles.update(connection, article_id, next_check=NOW + timedelta(hours=hours))
    assert due(shelf) == ["http://herald.example/b", "http://herald.example/a"]
    assert len(due(shelf, force=True)) == 3
    assert due(shelf, outlet="other") == []


def test_a_paused_outlet_has_nothing_due(shelf):
    with shelf.database.write() as connection:
        shelf.article(connection, "/a")
        outlets.set_paused(connection, "herald", True, NOW)
    assert due(shelf) == []
    with shelf.database.read() as connection:
        assert frontier.due_seeds(connection, NOW, force=True) == []


def test_a_seed_is_due_at_once_and_then_every_twenty_minutes(shelf):
    with shelf.database.write() as connection:
        [job] = frontier.due_seeds(connection, NOW)
        outlets.note_seed(connection, job.task.purpose.seed_id, last_fetched=NOW, next_check=None)
        frontier.replan(connection, Settings())
    with shelf.database.read() as connection:
        assert frontier.due_seeds(connection, NOW + SEED - timedelta(seconds=1)) == []
        assert len(frontier.due_seeds(connection, NOW + SEED)) == 1


def test_what_was_fetched_is_planned_and_what_was_not_stays_due(shelf):
    with shelf.database.write() as connection:
        fetched, waiting = shelf.article(connection, "/a"), shelf.article(connection, "/b")
        articles.update(connection, fetched, last_checked=NOW, next_check=None)
        frontier.replan(connection, Settings())
        soon = articles.by_id(connection, fetched).next_check
        assert NOW + timedelta(minutes=20) < soon < NOW + timedelta(hours=1)
        assert articles.by_id(connection, waiting).next_check == NOW
    assert due(shelf) == ["http://herald.example/b"]


@pytest.mark.parametrize(
    ("presences", "pause"),
    [
        ((Presence.PRESENT,), None),
        ((Presence.UNREACHABLE,), UNANSWERED),
        ((Presence.BARRIER,), UNANSWERED),
        ((Presence.UNREACHABLE, Presence.PRESENT), None),
        ((Presence.PRESENT, Presence.UNREACHABLE), UNANSWERED),
    ],
)
def test_an_old_article_that_could_not_be_seen_is_looked_for_soon(shelf, presences, pause):
    with shelf.database.write() as connection:
        article_id = shelf.article(connection, "/a", published=NOW - timedelta(days=90))
        for presence in presences:
            exchange = Exchange(url="http://herald.example/a", began=NOW)
            fetch = record.add_fetch(
                connection, exchange, role=Role.ARTICLE, status=None, location=None, article_id=article_id
            )
            record.note_sighting(connection, fetch, Sighting(presence=presence, kind="x", why=""))
        articles.update(connection, article_id, last_checked=NOW, next_check=None)
        frontier.replan(connection, Settings())
        planned = articles.by_id(connection, article_id).next_check
        assert planned == NOW + pause if pause else planned > NOW + timedelta(days=1)


def test_planning_takes_as_many_queries_for_many_as_for_one(shelf):
    def queries(count):
        seen = []
        with shelf.database.write() as connection:
            for number in range(count):
                article_id = shelf.article(connection, f"/{count}/{number}")
                articles.update(connection, article_id, last_checked=NOW, next_check=None)
            event.listen(shelf.database.engine, "before_cursor_execute", lambda *it: seen.append(it[2]))
            frontier.replan(connection, Settings())
        return len(seen)

    queries(1)  # learns what there is to be learnt, for a day
    assert queries(1) == queries(40)


def test_validators_are_believed_for_a_day(shelf):
    with shelf.database.write() as connection:
        article_id = shelf.article(connection, "/a")
        kept = shelf.keep("http://herald.example/a", article_id=article_id, connection=connection)
        articles.update(connection, article_id, etag='"1"', last_modified="", capture_id=kept)
        article = articles.by_id(connection, article_id)
    outlet = Outlet(name="herald")
    young = article_job(article, outlet, now=NOW + TRUSTED - timedelta(seconds=1))
    old = article_job(article, outlet, now=NOW + TRUSTED)
    assert (young.task.etag, young.task.purpose.validated) == ('"1"', kept)
    assert (old.task.etag, old.task.purpose.validated) == ("", None)


def test_a_job_makes_requests_that_do_not_share_their_hops(shelf):
    with shelf.database.write() as connection:
        article = articles.by_id(connection, shelf.article(connection, "/a"))
    job = article_job(article, Outlet(name="herald"), now=NOW)
    one, other = job.request().meta["stet_task"], job.request().meta["stet_task"]
    one.hops.append("kept")
    assert (other.hops, job.task.hops) == ([], [])


def test_the_seeds_kinds_travel(shelf):
    seed = Seed(url="http://herald.example/rss.xml", kind=SeedKind.FEED)
    with shelf.database.read() as connection:
        [job] = frontier.due_seeds(connection, NOW)
    assert (job.url, job.task.outlet.seeds) == (seed.url, (seed,))
