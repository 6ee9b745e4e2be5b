"""What is found becomes alerts: once, by the rules, in the transaction of what they tell of, and never twice."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from archive.db import alerts
from archive.db.tables import tags
from archive.domain.rules import What
from tests.homes import START, Place
from tests.newsroom import Newsroom

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


def crash(place: Place) -> None:
    """A pass whose process is killed when the first change is about to be committed."""
    script = """
import asyncio, os, signal, sys
from pathlib import Path
from archive import home, ingest
from archive.db import findings
from datetime import datetime
from scheduler.crawling import Pass, run_pass
from scheduler.progress import Progress
from tests.homes import Ticking

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

findings.add_change = killed
clock = Ticking(datetime.fromisoformat(sys.argv[2]))
run_pass(home.find(Path(sys.argv[1]), {}), Pass(force=True), progress=Progress(), tell=print,
         now=clock, sleep=clock.sleep)
"""
    import sys

    place.clock.advance(minutes=30)
    place.home  # noqa: B018  # writes the settings
    done = subprocess.run([sys.executable, "-c", script, str(place.root), place.clock.moment.isoformat()])
    assert done.returncode == -9
    place.clock.advance(minutes=1)
