"""`stet alerts …` and `stet rule …`: what people and scripts are told, and what is refused, in one line."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from archive.alert_settings import rules_in
from scheduler.cli import run
from tests.homes import Place
from tests.newsroom import Newsroom

DESK = """
[alerts]
gather = "0s"

[alerts.channels.desk]
kind = "webhook"
url = "http://127.0.0.1:9/stet"
secret = "env:DESK_KEY"

[alerts.rules.all]
channels = ["desk"]
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A home in which an article was edited twice, as of now, and of which nobody was told yet."""
    folder = tmp_path_factory.mktemp("alerts")
    start = datetime.now(UTC) - timedelta(hours=5)
    with Newsroom(start=start) as room:
        herald = room.outlet("herald.example", title="The Herald")
        story = herald.publish(
            "Twelve dead in flood", ["Twelve people died in the flood of the town.", "It rose."]
        )
        herald.publish("Another story", ["Nothing happened at the fair on the first day of it."])
        allow = "allow_private_addresses = true"
        place = Place(folder / "home", room, crawl=allow, takedowns=f'sibling_every = "0s"\n{DESK}')
        place.clock.moment = start
        place.watch(herald)
        place.look()
        story.edit_silently("Twelve people", "Nine people")
        place.look()
        story.retitle("Nine dead in flood")
        place.look()
        assert "2 alerts wait; 'stet alerts send' delivers what is due" in place.tally.sentence()
    return place


@pytest.fixture
def home(played, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setenv("DESK_KEY", "a key for tests, and for nothing else")
    return shutil.copytree(played.root, tmp_path / "home")


@pytest.fixture
def stet(home, capsys):
    """Run a command on the home: its exit code, its answer, and what it says beside."""

    def call(line: str, *more: str):
        capsys.readouterr()
        code = run([*line.split(), *more, "--home", str(home)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def rows(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_alerts_are_listed(stet):
    code, out, _ = stet("alerts list --json")
    later, earlier = rows(out)
    assert code == 0
    assert (earlier["state"], earlier["rule"], earlier["channel"], earlier["what"]) == (
        "waiting",
        "all",
        "desk",
        "change",
    )
    assert "numbers" in earlier["kinds"]
    assert later["title"] == "Nine dead in flood"
    assert rows(stet("alerts list --json --state sent")[1]) == []
    assert len(rows(stet("alerts list --json --rule all --channel desk --limit 1")[1])) == 1
    code, out, _ = stet("alerts list")
    assert "waiting" in out
    assert "Nine dead in flood" in out


def test_one_alert_is_shown(stet):
    [_, first] = rows(stet("alerts list --json")[1])
    code, out, _ = stet(f"alerts show {first['id']} --json")
    shown = json.loads(out)
    assert code == 0
    assert "Twelve" in shown["removed"].splitlines()
    assert "Nine" in shown["added"].splitlines()
    code, out, _ = stet(f"alerts show {first['id']}")
    assert code == 0
    assert "removed" in out
    assert "Twelve" in out
    code, _, err = stet("alerts show 99")
    assert (code, err) == (1, "stet: alert 99: there is none; 'stet alerts list' shows those that there are\n")


def test_what_does_not_arrive_waits_and_says_why(stet):
    code, out, err = stet("alerts send")
    assert code == 1
    assert "1 message will be tried again, 2 alerts wait" in err
    assert "desk: " in err
    [one, other] = rows(stet("alerts list --json")[1])
    assert one["message"] == other["message"] is not None
    assert one["tries"] == 1
    assert one["last_error"]
    code, out, _ = stet("alerts send --json")  # its pause is not over
    assert (code, json.loads(out)["messages"], json.loads(out)["waiting"]) == (0, 0, 2)


def test_a_test_that_fails_says_why_in_a_line(stet):
    code, out, err = stet("alerts test --channel desk")
    assert code == 1
    assert out.startswith("desk: ")
    assert len(out.splitlines()) == 1
    assert err == "stet: stet alerts test: not sent to desk, see above\n"
    code, out, _ = stet("alerts test --json")
    assert (code, json.loads(out)["sent"]) == (1, False)
    assert json.loads(out)["error"]
    code, _, err = stet("alerts test --channel chat")
    assert (code, err) == (2, "stet: channel 'chat': there is none of this name; there are desk\n")


def test_dead_ones_are_revived(stet, home):
    stet("alerts send")
    toml = home / "stet.toml"
    kept = toml.read_text("utf-8")
    toml.write_text(kept.replace("[alerts.rules.all]", "[alerts.rules.other]"), "utf-8")
    later = rows(stet("alerts list --json")[1])[0]["next_try"]
    assert later is not None
    code, _, err = stet("alerts retry 1")
    assert (code, err) == (1, "stet: stet alerts retry: none of them is dead\n")
    stet("rule add gone --channel desk --kind headline")
    kill(home)
    code, _, err = stet("alerts retry --dead")
    assert (code, err) == (0, "2 alerts wait again; 'stet alerts send' tries them, and so does the daemon\n")
    assert stet("alerts send")[0] == 1
    dead = rows(stet("alerts list --json --state dead")[1])
    assert {one["last_error"] for one in dead} == {"there is no rule 'all' any more"}
    toml.write_text(kept, "utf-8")
    code, _, err = stet("alerts retry", str(dead[0]["id"]))
    assert (code, err.startswith("2 alerts wait again")) == (0, True)
    code, _, err = stet("alerts retry")
    assert code == 2
    assert "give their ids" in err


def kill(home) -> None:
    """As if four days had gone by."""
    from sqlalchemy import update

    from archive.db.engine import open_database
    from archive.db.tables import alerts, deliveries

    database = open_database(f"sqlite:///{home / 'stet.db'}")
    with database.write() as connection:
        connection.execute(update(deliveries).values(state="dead", next_try=None))
        connection.execute(update(alerts).values(state="dead"))
    database.close()


def test_what_is_acknowledged_is_not_sent(stet):
    ids = [str(one["id"]) for one in rows(stet("alerts list --json")[1])]
    code, _, err = stet("alerts ack", *ids)
    assert (code, err) == (0, "2 alerts acknowledged\n")
    code, _, err = stet("alerts send")
    assert (code, err) == (0, "nothing sent\n")
    assert len(rows(stet("alerts list --json --state acknowledged")[1])) == 2
    assert stet("alerts ack 99")[0] == 1


def test_snoozes(stet, played):
    assert stet("alerts snooze") == (0, "", "nothing is snoozed\n")
    code, _, err = stet("alerts snooze --outlet herald --for 2h")
    assert code == 0
    assert err.endswith("UTC; 2 alerts that waited with it\n")
    assert len(rows(stet("alerts list --json --state snoozed")[1])) == 2
    assert stet("alerts send")[0] == 0
    url = played.articles()[0].url
    assert stet("alerts snooze --for 1d --url", url)[0] == 0
    assert stet("alerts snooze --rule all --for 1d")[0] == 0
    listed = rows(stet("alerts snooze --json")[1])
    assert ("outlet", "herald") in [(one["kind"], one["name"]) for one in listed]
    assert [one["kind"] for one in listed] == ["outlet", "article", "rule"]  # that which ends first, first
    code, _, err = stet("alerts snooze --outlet herald --for 0s")
    assert (code, err.startswith("herald: not snoozed any more")) == (0, True)
    assert [one["kind"] for one in rows(stet("alerts snooze --json")[1])] == ["article", "rule"]


@pytest.mark.parametrize(
    ("line", "code", "why"),
    [
        ("alerts snooze --outlet nobody --for 1h", 1, "not watched here"),
        ("alerts snooze --rule nobody --for 1h", 1, "none of this name"),
        ("alerts snooze --outlet herald", 2, "how long"),
        ("alerts snooze --outlet herald --rule all --for 1h", 2, "give one of"),
        ("alerts snooze --outlet herald --for soon", 2, "expected a duration"),
        ("alerts snooze --outlet herald --for 99999999d", 2, "so long nobody sleeps"),
        ("rule add all --channel desk", 2, "stands in"),
        ("rule add new", 2, "name the channels"),
        ("rule add new --channel dusk", 2, "there is no channel 'dusk'; did you mean 'desk'?"),
        ("rule add new --channel desk --outlet herold", 1, "not watched here"),
        ("rule add new --channel desk --kind headlines", 2, "headline"),
        ("rule add new --channel desk --removed !", 2, "holds no word"),
        ("rule add new --channel desk --quiet 22:00-22:00", 2, "end when they begin"),
        ("rule add new --channel desk --article nothing", 2, "nothing"),
        ("rule add New! --channel desk", 2, "short name"),
        ("rule show nobody", 1, "none of this name"),
        ("rule try nobody", 1, "none of this name"),
        ("rule try all --since soon", 2, "not a time"),
        ("rule remove nobody", 1, "none of this name"),
        ("rule remove all", 2, "remove it there"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(stet, line, code, why):
    given, out, err = stet(line)
    assert (given, out) == (code, "")
    assert why in err
    assert len(err.splitlines()) == 1


def test_a_rule_is_made_shown_tried_and_removed(stet):
    more = ["--removed", "twelve", "--removed", "eleven men", "--stealth", "--pace", "daily"]
    code, _, err = stet("rule add words --channel desk --outlet herald", *more)
    assert code == 0
    assert err.splitlines()[0] == (
        "rule 'words' holds from now on: changes: silent, “twelve” or “eleven men” taken out; at herald"
    )
    code, out, _ = stet("rule show words")
    table = tomllib.loads(out)["alerts"]["rules"]
    assert table["words"] == {
        "channels": ["desk"],
        "outlets": ["herald"],
        "stealth": True,
        "removed": ["twelve", "eleven men"],
        "pace": "daily",
    }
    assert rules_in(table, "test")["words"].removed == ("twelve", "eleven men")
    assert json.loads(stet("rule show words --json")[1])["pace"] == "daily"
    assert [(one["name"], one["from"]) for one in rows(stet("rule list --json")[1])] == [
        ("all", "stet.toml"),
        ("words", "made"),
    ]
    code, out, _ = stet("rule try words --json")
    assert code == 0
    assert rows(out)
    for told in rows(out):
        assert told["stealth"]
        assert told["due"].endswith("T07:00:00.000Z")
    assert stet("rule add words --channel desk")[0] == 2
    assert stet("rule add words --channel desk --standing taken_down --replace")[0] == 0
    code, out, err = stet("rule try words --since 2026-01-01")
    assert (code, out) == (1, "")
    assert "would have told nothing" in err
    assert stet("rule remove words")[0] == 0
    assert [one["name"] for one in rows(stet("rule list --json")[1])] == ["all"]


def test_a_rule_that_names_what_is_not_there_is_said_to(stet, home):
    stet("rule add chatty --channel desk --outlet herald")
    toml = home / "stet.toml"
    text = toml.read_text("utf-8").replace("[alerts.rules.all]", '[alerts.rules.chatty]\noutlets = ["herold"]')
    toml.write_text(text, "utf-8")
    code, out, err = stet("rule list --json")
    assert code == 0
    assert [one["from"] for one in rows(out)] == ["stet.toml"]
    assert err.splitlines() == [
        "stet: rule 'chatty': there is no outlet 'herold'; did you mean 'herald'?",
        "stet: rule 'chatty': the one in stet.toml holds; 'stet rule remove chatty' forgets the other one",
    ]


def test_a_rule_tried_tells_what_the_alerts_told(stet):
    told = rows(stet("rule try all --json")[1])
    alerts = rows(stet("alerts list --json")[1])
    assert [(one["at"], one["text"]) for one in told] == [(one["at"], one["text"]) for one in alerts]
