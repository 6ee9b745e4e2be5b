"""What is learnt from the tables and planned by it, in a database of two outlets."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from archive.db import articles, hosts, outlets, rates, tags
from archive.db.tables import changes, versions
from archive.db.tables import rates as table
from archive.domain.model import Outlet, Reason, Standing
from archive.domain.standing import Held
from archive.settings import RecrawlSettings, Settings
from scheduler import frontier, planning
from scheduler.allocation import Lines
from scheduler.planning import LEARN_EVERY, NOTHING, PLANNED, POLITE, section
from scheduler.rates import EDITS, REMOVALS
from tests.homes import NOW, Shelf

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBERS = count()


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path) as shelf, shelf.database.write() as connection:
        yield Desk(shelf, connection)


class Desk:
    """A shelf with a second outlet, and words for what was seen of articles."""

    def __init__(self, shelf, connection):
        self.shelf, self.connection, self.herald = shelf, connection, shelf.outlet
        self.gazette = outlets.save(connection, Outlet(name="gazette", home="https://gazette.example/"), NOW)

    def article(self, outlet, *, age=20 * DAY, edits=(), found_in="feed", path="/news", **known):
        """An article that was watched since it was published, up to now."""
        url = f"https://{outlet}.example{path}/{next(NUMBERS)}"
        article_id, _ = articles.add(
            self.connection,
            outlet_id=outlet,
            url=url,
            found_in=found_in,
            now=NOW - age,
            published=NOW - age,
        )
        values = {"first_seen": NOW - age, "last_seen": NOW, "last_checked": NOW, "next_check": None, **known}
        articles.update(self.connection, article_id, **values)
        for after in edits:
            self.edit(article_id, NOW - age + after)
        return article_id

    def edit(self, article_id, at):
        """It was one thing ten minutes ago, and another one now."""
        capture = self.shelf.keep("https://herald.example/", connection=self.connection, article_id=article_id)
        one, other = (
            self.connection.execute(
                versions.insert().values(
                    article_id=article_id,
                    number=1,
                    extractor="x",
                    fingerprint=f"{at} {number}",
                    document={},
                    words=1,
                    capture_id=capture,
                    first_seen=at,
                    last_seen=at,
                )
            ).inserted_primary_key[0]
            for number in range(2)
        )
        said = {"kind": "other", "kinds": ["other"], "weight": 1.0, "stealth": False, "summary": "", "reasons": []}
        seen = {"detected_at": at, "from_at": at - timedelta(minutes=10), "to_at": at}
        ends = {"from_version": one, "to_version": other, "capture_id": capture}
        self.connection.execute(changes.insert().values(article_id=article_id, **said, **seen, **ends))
        articles.update(self.connection, article_id, last_changed=at)

    def learn(self, now=NOW, **recrawl):
        settings = Settings(recrawl=RecrawlSettings(**recrawl))
        return planning.markets(self.connection, settings, [self.herald, self.gazette], now)

    def planned(self, article_id):
        return articles.by_id(self.connection, article_id).next_check - NOW


def test_rates_are_learnt_from_what_was_seen_of_each_outlet(shelf):
    for _ in range(60):
        shelf.article(shelf.herald, edits=[HOUR, 5 * HOUR, 3 * DAY])
        shelf.article(shelf.gazette)
    known = shelf.learn()
    herald, gazette = known[shelf.herald].rates, known[shelf.gazette].rates
    assert herald.edits.between(0, 20) == pytest.approx(3, rel=0.25)
    assert gazette.edits.between(0, 20) < 0.3 * EDITS.between(0, 20)
    assert herald.removals.between(0, 20) < REMOVALS.between(0, 20)  # a hundred and twenty, and none went


def test_removals_are_learnt_and_an_outlet_that_went_offline_is_none(shelf):
    gone = {"standing": Standing.TAKEN_DOWN.value, "reason": Reason.NOT_FOUND.value, "since": NOW}
    for number in range(40):
        seen = {"last_seen": NOW - 15 * DAY, "first_miss": NOW - 14 * DAY}
        shelf.article(shelf.herald, **(gone | seen if number < 10 else {}))
        offline = {"reason": Reason.OUTLET_OFFLINE.value}
        shelf.article(shelf.gazette, **(gone | seen | offline if number < 10 else {}))
    known = shelf.learn()
    assert known[shelf.herald].rates.removals.at(5.5) > 10 * REMOVALS.at(5.5)
    assert known[shelf.gazette].rates.removals.at(5.5) < known[shelf.herald].rates.removals.at(5.5) / 3


def test_sections_are_learnt_apart(shelf):
    for _ in range(40):
        shelf.article(shelf.herald, path="/live", edits=[HOUR, 5 * HOUR])
        shelf.article(shelf.herald, path="/opinion")
    sections = shelf.learn()[shelf.herald].rates.sections
    assert sections["live"] > 5 * sections["opinion"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://herald.example/sport/2026/goal.html", "sport"),
        ("https://herald.example/Sport/goal", "sport"),
        ("https://herald.example/uk-news/x", "uk-news"),
        ("https://herald.example/2026/03/goal.html", ""),
        ("https://herald.example/goal.html", ""),
        ("https://herald.example/", ""),
    ],
)
def test_the_first_folder_of_an_address_is_its_section_where_it_is_a_word(url, name):
    assert section(url) == name


def test_what_was_learnt_is_kept_for_a_while_and_learnt_anew_then(shelf):
    shelf.article(shelf.herald)
    shelf.learn()
    [first] = shelf.connection.execute(select(table.c.at).distinct()).scalars()
    shelf.learn(NOW + LEARN_EVERY)
    assert shelf.connection.execute(select(table.c.at).distinct()).scalars().all() == [first]
    shelf.learn(NOW + LEARN_EVERY + HOUR)
    assert shelf.connection.execute(select(table.c.at).distinct()).scalars().all() == [NOW + LEARN_EVERY + HOUR]
    shelf.learn(NOW - 3 * DAY)  # the clock was set back: what is from the future is no news
    assert shelf.connection.execute(select(table.c.at).distinct()).scalars().all() == [NOW - 3 * DAY]


def test_an_outlet_without_a_history_is_as_the_others_are(shelf):
    for _ in range(60):
        shelf.article(shelf.herald, edits=[HOUR, 2 * HOUR, 5 * HOUR])
    known = shelf.learn()
    assert known[shelf.gazette].rates.edits.between(0, 20) > 2 * EDITS.between(0, 20)


def test_what_other_edges_said_is_forgotten(shelf):
    shelf.learn()
    document = rates.load(shelf.connection)[shelf.herald][1]
    rates.save(shelf.connection, {shelf.herald: {**document, "edges": [1.0, 2.0]}}, at=NOW)
    assert shelf.learn()[shelf.herald] == NOTHING


def test_an_outlet_that_wants_more_than_its_budget_pays_more_and_the_other_does_not(shelf):
    for _ in range(50):
        shelf.article(shelf.herald, age=HOUR)
    shelf.article(shelf.gazette, age=HOUR)
    known = shelf.learn(outlet_per_day=100)
    herald, gazette = known[shelf.herald], known[shelf.gazette]
    assert herald.wanted.young / herald.price.young**0.5 == pytest.approx(PLANNED * 100)
    assert (herald.price.old, gazette.price) == (1.0, Lines(1.0, 1.0))
    assert known != shelf.learn(NOW + DAY, outlet_per_day=10_000)


def test_all_pay_where_all_together_want_too_much(shelf):
    for _ in range(50):
        shelf.article(shelf.herald, age=HOUR)
        shelf.article(shelf.gazette, age=HOUR)
    known = shelf.learn(per_day=200)
    assert known[shelf.herald].price == known[shelf.gazette].price
    assert known[shelf.herald].price.young > 4


def test_an_archive_that_grows_leaves_the_young_their_budget(shelf):
    for _ in range(400):
        shelf.article(shelf.herald, age=200 * DAY)
    for _ in range(3):
        shelf.article(shelf.herald, age=HOUR)
    known = shelf.learn(outlet_per_day=50)[shelf.herald]
    assert known.price.young == 1 < known.price.old
    assert known.wanted.old / known.price.old**0.5 + known.wanted.young == pytest.approx(PLANNED * 50)


def test_politeness_comes_before_any_budget(shelf):
    for _ in range(50):
        shelf.article(shelf.gazette, age=HOUR)
    usual = shelf.learn()[shelf.gazette]
    assert not usual.polite
    said = "User-agent: *\nCrawl-delay: 600\n"
    hosts.save_robots(shelf.connection, "https://gazette.example", status=200, body=said, trouble="", at=NOW)
    slow = shelf.learn(NOW + DAY)[shelf.gazette]
    assert slow.polite
    assert slow.most == pytest.approx(POLITE * 144)
    assert slow.price.young > usual.price.young == 1


def test_a_restless_outlet_is_planned_sooner_than_a_calm_one(shelf):
    for _ in range(60):
        shelf.article(shelf.herald, edits=[HOUR, 5 * HOUR])
        shelf.article(shelf.gazette)
    restless, calm = (shelf.article(outlet, age=3 * HOUR) for outlet in (shelf.herald, shelf.gazette))
    frontier.replan(shelf.connection, Settings())
    assert shelf.planned(restless) < shelf.planned(calm) / 2


def test_an_article_that_was_edited_its_way_is_planned_by_that(shelf):
    calm = shelf.article(shelf.herald, age=6 * DAY)
    restless = shelf.article(shelf.herald, age=6 * DAY, edits=[DAY, 2 * DAY, 3 * DAY, 4 * DAY])
    frontier.replan(shelf.connection, Settings())
    assert shelf.planned(restless) < shelf.planned(calm) / 1.2


def test_what_matters_to_somebody_is_planned_sooner(shelf):
    plain, called, dossier = (shelf.article(shelf.herald, age=60 * DAY) for _ in range(3))
    singly = shelf.article(shelf.herald, age=60 * DAY, found_in="by hand")
    tags.add(shelf.connection, called, "mayor", at=NOW)
    tags.add(shelf.connection, dossier, "dossier:flood", at=NOW)
    frontier.replan(shelf.connection, Settings())
    assert shelf.planned(dossier) < 0.8 * shelf.planned(called) < 0.65 * shelf.planned(plain)
    assert shelf.planned(singly) == pytest.approx(shelf.planned(dossier) / timedelta(1) * timedelta(1), rel=0.11)


def test_a_suspicion_keeps_its_pace_whatever_a_fetch_costs(shelf):
    for _ in range(50):
        shelf.article(shelf.herald, age=HOUR)
    suspected = shelf.article(shelf.herald, age=60 * DAY)
    held = Held(standing=Standing.MISSING, misses=1, first_miss=NOW, last_miss=NOW)
    articles.hold(shelf.connection, suspected, held, since=NOW)
    frontier.replan(shelf.connection, Settings(recrawl=RecrawlSettings(outlet_per_day=10)))
    assert shelf.planned(suspected) == 4 * HOUR


def test_of_very_many_articles_some_tell_of_all(shelf, monkeypatch):
    for number in range(40):
        shelf.article(shelf.herald, edits=[HOUR / 2] if number % 2 else ())
    whole = shelf.learn()[shelf.herald]
    monkeypatch.setattr(planning, "SAMPLE", 14)
    some = shelf.learn(NOW + DAY)[shelf.herald]
    assert some.wanted.young == pytest.approx(whole.wanted.young, rel=0.5)
    assert some != whole


def test_an_outlet_that_is_removed_takes_its_rates_along(shelf):
    shelf.learn()
    outlets.remove(shelf.connection, "gazette", NOW)
    assert set(rates.load(shelf.connection)) == {shelf.herald}
