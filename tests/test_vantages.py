"""One outlet, seen by three ways out: straight, by a proxy where it answers the same, by one where it does not."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass

import pytest

from archive.db.engine import open_database
from archive.domain.model import Reason, Standing
from archive.errors import Misuse
from archive.replaying import Replayer
from archive.warc import framing
from archive.warc.reader import iter_members
from scheduler.cli import run
from tests.homes import START, Place, kinds
from tests.newsroom import Newsroom, Outlet, Story
from tests.proxies import HttpProxy, SocksProxy
from tests.scheduler.test_reindexing import assert_same, made_again

LOGIN = ("desk", "s3:cr@t")
CRAWL = """\
contact = "mailto:archive@example.org"

[crawl.vantages]
de = "{de}"
us = "{us}"
"""


@dataclass
class World:
    """The same outlet in two countries. Straight and as seen from `us` it is `here`, as seen from `de` `there`."""

    place: Place
    here: Outlet
    there: Outlet
    us: HttpProxy
    de: SocksProxy

    def publish(self, count: int) -> list[tuple[Story, Story]]:
        """Stories that stand under the same address in both countries."""
        both = list(zip(self.here.publish_many(count), self.there.publish_many(count), strict=True))
        assert all(story.url == twin.url for story, twin in both)
        return both

    def looks(self, story: Story) -> list[tuple[str, str]]:
        """Way out and sighting of every look at an article, in the order of time."""
        return [(row.vantage, row.sighting) for row in self.place.fetches(story) if row.presence]

    def evidence(self) -> dict:
        """That of the last step, with each fetch as way out and sighting."""
        rows = {row["id"]: (row["vantage"], row["sighting"]) for row in self.place.log()}
        return _named(self.place.standings()[-1].evidence, rows)


def _named(value, rows):
    if isinstance(value, dict):
        return {key: _named(each, rows) for key, each in value.items()}
    return [rows[each] for each in value] if isinstance(value, list) else rows.get(value)


@pytest.fixture
def world(tmp_path):
    with (
        Newsroom(start=START) as home,
        Newsroom(start=START) as abroad,
        HttpProxy(lambda: home.connect_to, login=LOGIN) as us,
        SocksProxy(lambda: abroad.connect_to, login=LOGIN) as de,
    ):
        place = Place(tmp_path / "home", home, crawl=CRAWL.format(de=de.url, us=us.url))
        outlets = [room.outlet("herald.example", title="The Herald") for room in (home, abroad)]
        yield World(place, *outlets, us, de)


@pytest.fixture
def story(world):
    """One of four stories that are known, and grown enough for the others to be its controls; and its twin."""
    (story, twin), *_ = world.publish(4)
    world.place.watch(world.here)
    world.place.look()
    world.place.look(days=2)
    return story, twin


def test_gone_here_and_there_elsewhere_then_gone_everywhere_then_back(world, story):
    here, there = story
    place = world.place
    assert {way for way, _ in world.looks(here)} == {""}  # while nothing is missing, nobody else is asked

    here.withdraw(404)
    found = place.look(hours=1)
    assert [finding.text.partition(":")[0] for finding in found] == ["missing", "geo-blocked"]
    assert found[-1].text == "geo-blocked: there as seen from de, and not from here"
    held = place.article(here).held
    assert (held.standing, held.reason) == (Standing.BARRED, Reason.GEO_BLOCKED)
    assert world.looks(here)[-2:] == [("de", "unchanged"), ("us", "not_found")]
    evidence = world.evidence()
    assert evidence["elsewhere"] == {"de": ("de", "unchanged")}
    assert evidence["confirming"] == [("", "not_found")] * 2
    assert evidence["last_good"][0] == ""
    assert set(evidence["controls"]) <= {("", "present"), ("", "unchanged")}

    for _ in range(4):  # as often as would make it a removal, and longer
        assert place.look(hours=12) == []
    assert place.article(here).held.standing is Standing.BARRED

    there.withdraw(410)
    told = [finding.text for _ in range(5) for finding in place.look(hours=12)]
    assert [text.partition(":")[0] for text in told] == ["missing", "taken down"]
    assert place.article(here).held.standing is Standing.TAKEN_DOWN
    assert world.evidence()["confirming"][-1] == ("", "not_found")
    assert ("de", "gone") in world.looks(here)

    here.restore()
    [back] = place.look(days=1)
    assert back.text.startswith("restored: ")
    assert place.article(here).held.standing is Standing.LIVE


def test_what_is_seen_elsewhere_never_becomes_ours(world, story):
    """Other words, another address, a validator: of all that nothing is taken up."""
    here, there = story
    place = world.place
    before = place.article(here)
    there.edit("the", "a")
    here.withdraw(404)
    place.look(hours=1)
    after = place.article(here)
    for name in ("url", "version_id", "versions", "wording", "etag", "last_modified", "capture_id", "last_seen"):
        assert getattr(after, name) == getattr(before, name), name
    last_here = [row.began for row in place.fetches(here) if not row.vantage][-1]
    assert after.last_checked == last_here
    assert place.changes() == []


def test_a_way_out_that_fails_says_nothing_of_the_outlet(world, story, caplog):
    here, _ = story
    world.us.mood, world.de.mood = 407, 5
    here.withdraw(404)
    assert kinds(world.place.look(hours=1)) == ["standing"]
    assert world.looks(here)[-2:] == [("de", "robots_unreachable"), ("us", "proxy_failed")]
    assert world.place.article(here).held.standing is Standing.MISSING
    assert "vantage point us: its proxy asks for a login (407)" in caplog.text
    assert LOGIN[1] not in caplog.text


def test_robots_txt_is_asked_for_by_each_way_out(world, story):
    """What it forbids abroad is not fetched abroad, and here it is."""
    here, _ = story
    world.there.robots("User-agent: *\nDisallow: /\n")
    here.withdraw(404)
    world.place.look(hours=1)
    assert world.looks(here)[-2:] == [("de", "robots_forbid"), ("us", "not_found")]
    assert [row["vantage"] for row in world.place.log("robots")[-2:]] == ["de", "us"]
    before = len(world.place.log("robots"))
    world.place.look(hours=1)
    assert len(world.place.log("robots")) == before  # each is believed for a day


def test_redirects_abroad_are_followed_abroad_and_make_no_alias(world, story):
    here, there = story
    here.withdraw(404)
    there.move(f"{there.path}-moved")
    world.place.look(hours=1)
    rows = [row for row in world.place.fetches(here) if row.vantage == "de"]
    assert [row.hop_of is not None for row in rows] == [False, True]
    with world.place.reading() as connection:
        from archive.db.articles import urls_of

        assert urls_of(connection, world.place.article(here).id) == [here.url]


def test_the_log_and_the_warc_say_which_way_was_used(world, story, capsys):
    here, _ = story
    here.withdraw(404)
    world.place.look(hours=1)
    assert run(["fetches", here.url, "--json", "--home", str(world.place.root)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["vantage"] for row in rows[:2]] == ["us", "de"]
    assert {row["vantage"] for row in rows[2:]} == {None}
    for command in ("fetches", "captures"):
        assert run([command, here.url, "--home", str(world.place.root)]) == 0
        assert "Vantage" in capsys.readouterr().out
    assert run(["captures", here.url, "--json", "--home", str(world.place.root)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["vantage"] for row in rows[-2:]] == ["de", "us"]

    records = [m.record for path in (world.place.root / "warcs").glob("*.gz") for m in iter_members(path)]
    said = [dict(framing.parse_fields(r.block)) for r in records if r.type == "metadata"]
    ways = [fields["note.vantage"] for fields in said if "note.vantage" in fields]
    assert {"de", "us"} == set(ways)
    behind = [row for row in world.place.log() if row["vantage"]]
    assert {world.place.exchange(row).ip for row in behind} == {None}
    everything = b"".join(record.block for record in records) + repr(records).encode()
    for secret in (LOGIN[1].encode(), b"Proxy-Authorization", str(world.us.port).encode()):
        assert secret not in everything


def test_after_reindex_the_database_is_the_same(world, story, tmp_path):
    here, there = story
    place = world.place
    here.withdraw(404)
    place.look(hours=1)
    world.de.mood = 5
    place.look(hours=6)
    world.de.mood = 0
    there.withdraw("home")
    for _ in range(4):
        place.look(hours=13)
    here.restore()
    place.look(days=1)
    steps = [(step.before.value, step.after.value) for step in place.standings()]
    assert steps[-3:] == [("barred", "missing"), ("missing", "taken_down"), ("taken_down", "live")]
    shutil.copy(place.root / "stet.db", tmp_path / "before.db")
    shutil.copy(place.root / "stet.db-wal", tmp_path / "before.db-wal")
    made_again(place.root)
    assert_same(tmp_path / "before.db", place.root / "stet.db")
    place.__dict__.pop("_own").close()  # it had opened the old one
    article, evidence = place.article(here), world.evidence()
    with contextlib.closing(open_database(place.home.database_url)) as database:
        Replayer(database, place.home.settings, place.home.warcs).rederive(article.id)
    assert place.article(here).held == article.held
    assert world.evidence() == evidence
    assert [(step.before.value, step.after.value) for step in place.standings()] == steps


def test_nobody_is_looked_at_from_anywhere_without_a_contact(world, story):
    world.place.settings["crawl"] = CRAWL.format(de=world.de.url, us=world.us.url).partition("\n")[2]
    with pytest.raises(Misuse, match="contact is not set, and vantage points lead beyond this machine"):
        world.place.look(hours=1)
