"""What is found becomes alerts: once, by the rules, in the transaction of what they tell of, and never twice."""

from __future__ import annotations

import copy
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from archive.alerting import doubts, kept_rules
from archive.db import alerts, articles
from archive.db.tables import alerts as alert_rows
from archive.db.tables import tags
from archive.domain.rules import What
from archive.outbox import Outbox
from scheduler.cli import run
from tests.homes import START, Place
from tests.inboxes import Inbox
from tests.newsroom import Newsroom
from tests.upgrades import NAME, upgrade

DESK = """
[alerts]
timezone = "Europe/Vienna"

[alerts.channels.desk]
kind = "webhook"
url = "https://hooks.example.org/stet"
secret = "env:DESK_KEY"

[alerts.channels.chat]
kind = "apprise"
url = "env:DESK_CHAT"
"""
ALL = '[alerts.rules.all]\nchannels = ["desk"]\n'


def settled(tmp_path, room, rules: str = ALL, **settings) -> Place:
    return Place(tmp_path / "home", room, takedowns=f'sibling_every = "0s"\n{DESK}\n{rules}', **settings)


def told(place: Place, **wanted) -> list[alerts.Alert]:
    with place.reading() as connection:
        return alerts.listed(connection, **wanted)[::-1]


@pytest.fixture
def room():
    with Newsroom(start=START) as opened:
        yield opened


@pytest.fixture
def story(room):
    herald = room.outlet("herald.example", title="The Herald")
    for n in range(3):
        herald.publish(f"Another story, number {n}", [f"Nothing happened on day {n} of the fair."])
    return herald.publish(
        "Twelve dead in flood", ["Twelve people died in the flood of the town by the river.", "It rose at night."]
    )


def edit(story) -> None:
    story.edit_silently("Twelve people", "Nine people")


def test_an_edit_is_one_alert_for_each_rule_and_channel(room, story, tmp_path):
    rules = """
[alerts.rules.numbers]
channels = ["desk", "chat"]
kinds = ["numbers"]
removed = ["twelve"]

[alerts.rules.takedowns]
channels = ["desk"]
standings = ["taken_down"]

[alerts.rules.digest]
channels = ["desk"]
pace = "daily"
quiet = "22:00-07:30"
"""
    place = settled(tmp_path, room, rules)
    place.watch(story.outlet)
    place.look()
    assert told(place) == []  # a new article is no news
    edit(story)
    [change] = [found for found in place.look() if found.what == "change"]
    made = told(place)
    assert sorted((one.rule, one.channel) for one in made) == [
        ("digest", "desk"),
        ("numbers", "chat"),
        ("numbers", "desk"),
    ]
    for one in made:
        assert one.event.what is What.CHANGE
        assert (one.event.id, one.at, one.url, one.outlet) == (change.id, change.at, story.url, "herald")
        assert "Twelve" in one.event.removed
        assert "Nine" in one.event.added
        assert one.state == "waiting"
    dues = {one.rule: one.due for one in made}
    assert dues["numbers"] == change.at.replace(microsecond=change.at.microsecond // 1000 * 1000) + timedelta(
        minutes=1
    )
    assert dues["digest"] == datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    place.look()
    place.look()
    assert len(told(place)) == 3


def test_a_takedown_is_told_and_a_suspicion_is_not(room, story, tmp_path):
    rule = '[alerts.rules.gone]\nchannels = ["desk"]\nstandings = ["taken_down", "live"]\n'
    place = settled(tmp_path, room, rule, confirmations=2, span="1h")
    place.watch(story.outlet)
    place.look()
    story.withdraw()
    place.look()
    assert told(place) == []
    place.look(hours=2)
    [gone] = told(place)
    assert (gone.event.what, gone.event.standing, gone.event.before) == (What.STANDING, "taken_down", "missing")
    story.restore()
    place.look()
    assert [one.event.standing for one in told(place)] == ["taken_down", "live"]


def test_many_removed_together_are_one_alert(room, tmp_path):
    herald = room.outlet("herald.example", title="The Herald")
    stories = [
        herald.publish(f"Story {n}", [f"What happened on day {n}.", f"And more of {n}."]) for n in range(24)
    ]
    rules = f"""
[alerts.rules.gone]
channels = ["desk"]
standings = ["taken_down"]

[alerts.rules.mine]
channels = ["desk"]
articles = ["{stories[1].url}"]
"""
    place = settled(tmp_path, room, rules, confirmations=2, span="2h")
    place.watch(herald, stories=stories)
    place.look()
    for one in stories[1::4]:
        one.withdraw()
    for _ in range(8):
        place.look(hours=1)
    made = told(place)
    assert sorted((one.rule, one.event.what, one.event.kinds) for one in made) == [
        ("gone", What.NOTICE, ("mass_removal",)),
        ("mine", What.NOTICE, ("mass_removal",)),
    ]


def test_rules_that_were_made_since_hold_too_and_the_file_wins(room, story, tmp_path):
    place = settled(tmp_path, room, '[alerts.rules.words]\nchannels = ["desk"]\nadded = ["nine"]\n')
    place.watch(story.outlet)
    place.look()
    with place.writing() as connection:
        alerts.save_rule(connection, "words", {"channels": ["chat"]}, now=START)
        alerts.save_rule(connection, "tagged", {"channels": ["chat"], "tags": ["flood"]}, now=START)
        alerts.save_rule(connection, "broken", {"channels": ["chat"], "kinds": ["no such kind"]}, now=START)
        article = place.article(story)
        connection.execute(tags.insert().values(article_id=article.id, tag="flood", at=START))
    edit(story)
    place.look()
    assert sorted((one.rule, one.channel) for one in told(place)) == [("tagged", "chat"), ("words", "desk")]
    with place.reading() as connection:
        broken, twice = doubts(connection, place.home.settings.alerts)
    assert broken.startswith("rule 'broken' kinds: 'no such kind' is none; ")
    assert twice.startswith("rule 'words': the one in stet.toml holds")


def test_an_alert_is_written_with_what_it_tells_of_or_neither_is(room, story, tmp_path):
    """Where the alert cannot be written, the change is not either; the next visit finds both."""
    place = settled(tmp_path, room)
    place.watch(story.outlet)
    place.look()
    edit(story)
    with place.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'no alerts'); END"
        )
    place.look()
    assert place.changes() == []
    with place.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    place.look()
    assert len(place.changes()) == len(told(place)) == 1


def test_what_a_crash_left_is_told_at_the_next_start(room, story, tmp_path):
    """Killed after the fetch was kept and before it was settled: the visit is settled, and told of, later."""
    place = settled(tmp_path, room)
    place.watch(story.outlet)
    place.look()
    edit(story)
    crash(place)
    assert told(place) == []
    place.look()
    assert len(place.changes()) == len(told(place)) == 1


CRASH = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from archive import home, ingest
from archive.db import findings
from scheduler.crawling import Pass, run_pass
from scheduler.progress import Progress
from tests.homes import Ticking

findings.add_change = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
clock = Ticking(datetime.fromisoformat(sys.argv[2]))
found = home.find(Path(sys.argv[1]), {})
run_pass(found, Pass(force=True), progress=Progress(), tell=print, now=clock, sleep=clock.sleep)
"""


def crash(place: Place) -> None:
    """A pass whose process is killed when the first change is about to be written."""
    place.clock.advance(minutes=30)
    assert place.home  # its settings are written
    arguments = [str(place.root), place.clock.moment.isoformat()]
    done = subprocess.run([sys.executable, "-c", CRASH, *arguments], check=False)
    assert done.returncode == -9
    place.clock.advance(minutes=1)


def test_what_a_crash_left_behind_what_was_seen_since_is_told_without_all_that_was_before(room, story, tmp_path):
    """The visit lies before one that was settled: the history is found out anew, and its changes get other ids."""
    place = settled(tmp_path, room)
    place.watch(story.outlet)
    place.look()
    story.edit_silently("by the river", "by the sea")
    place.look()
    with place.writing() as connection:  # the rule is younger than this change
        connection.execute(alert_rows.delete())
    edit(story)
    crash(place)
    with place.writing() as connection:
        later = place.clock.moment + timedelta(minutes=5)
        articles.update(connection, place.article(story).id, last_checked=later)
    place.look()
    first, second = place.changes()
    [alert] = told(place)
    assert (alert.event.id, alert.at) == (second.id, second.detected_at)
    assert first.detected_at < second.detected_at


def test_a_database_that_is_made_anew_has_the_alerts_and_tells_nothing_twice(room, story, tmp_path):
    rules = ALL + '[alerts.rules.later]\nchannels = ["chat"]\npace = "weekly"\n'
    place = settled(tmp_path, room, rules)
    place.watch(story.outlet)
    place.look()
    edit(story)
    place.look()
    inbox = Inbox(tmp_path / "inbox")
    with place.writing() as connection:
        alerts.save_rule(connection, "kept", {"channels": ["chat"], "kinds": ["typo"]}, now=START)
        alerts.snooze(connection, "outlet:herald", until=place.clock() + timedelta(days=9), now=place.clock())
    deliver(place, inbox)
    with place.writing() as connection:
        alerts.snooze(connection, "outlet:herald", until=place.clock(), now=place.clock())
    deliver(place, inbox)
    before = told(place)
    assert sorted((one.rule, one.state) for one in before) == [("all", "sent"), ("later", "sent")]
    assert run(["reindex", "--home", str(place.root)]) == 0
    again = copy.copy(place)  # which opens the new one
    again.__dict__.pop("_own")
    assert told(again) == before
    with again.reading() as connection:
        assert list(kept_rules(connection)) == ["kept"]
    again.look()
    deliver(again, inbox)
    assert len(told(again)) == len(inbox.messages) == 2
    story.edit_silently("by the river", "by the sea")
    again.look()
    deliver(again, inbox)
    assert [one.state for one in told(again, rule="all")] == ["sent", "sent"]


def deliver(place: Place, inbox: Inbox) -> None:
    """What the daemon does, two minutes later."""
    place.clock.advance(minutes=2)
    database = place.database()
    Outbox(database, place.home.settings, send=inbox.send, now=place.clock).deliver()
    database.close()


def test_reading_again_after_an_upgrade_tells_nobody(room, story, tmp_path, monkeypatch):
    place = settled(tmp_path, room)
    place.watch(story.outlet)
    place.look()
    edit(story)
    place.look()
    assert len(told(place)) == 1
    upgrade(monkeypatch, "capitals")
    assert NAME not in {one.extraction.extractor for one in place.versions(story)}
    place.look()
    place.look()
    assert NAME in {one.extraction.extractor for one in place.versions(story)}
    assert len(told(place)) == 1


def test_a_message_shows_the_words_that_changed(room, story, tmp_path):
    place = settled(tmp_path, room)
    place.watch(story.outlet)
    place.look()
    edit(story)
    [change] = [found for found in place.look() if found.what == "change"]
    inbox = Inbox(tmp_path / "inbox")
    deliver(place, inbox)
    [message] = inbox.messages
    assert "[-Twelve-] {+Nine+} people died in the flood of the town by the river." in " ".join(
        message["text"].split()
    )
    assert story.url in message["text"]
    assert f"/evidence/change/{change.id}" in message["text"]
    assert "--url " + story.url in message["text"]
