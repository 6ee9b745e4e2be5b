"""The outbox: what is due arrives, once, whatever receivers, clocks, processes and people do meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from archive.alerting import Alerting
from archive.channels.message import Undelivered
from archive.db import alerts
from archive.db.engine import open_database
from archive.outbox import BROKEN, PROBE, Outbox
from archive.settings import Settings, parse
from tests.homes import Ticking
from tests.inboxes import Inbox
from tests.postgres import new_database

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CHANNEL = {"kind": "apprise", "url": "env:DESK_CHAT"}


def settings(rules: dict, **more) -> Settings:
    channels = {name: CHANNEL for rule in rules.values() for name in rule["channels"]}
    raw = {"alerts": {"timezone": "Europe/Vienna", "channels": channels, "rules": rules, **more}}
    return parse(raw, where="test", environ={})


ALL = {"all": {"channels": ["desk"]}}


class Newsdesk:
    """A database, a clock, an inbox, and words of the daemon to be told."""

    def __init__(self, folder, rules=None, *, url="", **more) -> None:
        self.database = open_database(url or f"sqlite:///{folder / 'stet.db'}")
        self.clock = Ticking(START)
        self.inbox = Inbox(folder / "inbox")
        self.told = 0
        self.take(settings(rules or ALL, **more))

    def take(self, taken: Settings) -> None:
        """Go by these settings from now on."""
        self.settings = taken
        self.outbox = self.another()

    def another(self) -> Outbox:
        """As another process has it."""
        return Outbox(self.database, self.settings, send=self.inbox.send, now=self.clock)

    def happen(self, count: int = 1, *, outlet: str = "") -> None:
        for _ in range(count):
            self.told += 1
            with self.database.write() as connection:
                key, text = f"word-{self.told}", f"word {self.told}"
                Alerting(self.settings.alerts).watch(connection, key, text, self.clock(), outlet=outlet)

    def deliver(self, **later: float):
        self.clock.advance(**(later or {"minutes": 2}))
        return self.outbox.deliver()

    def until(self, end: datetime, **every: float) -> None:
        """Look what is due every so often, as the daemon does."""
        while self.clock.moment < end:
            self.deliver(**every)

    def states(self) -> Counter:
        with self.database.read() as connection:
            return Counter({state: n for state, n in alerts.counts(connection).items() if n})

    def alerts(self) -> list[alerts.Alert]:
        with self.database.read() as connection:
            return alerts.listed(connection)[::-1]

    @property
    def texts(self) -> list[str]:
        return ["\n".join(message["told"]) for message in self.inbox.messages]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    return new_database() if request.param == "postgresql" else ""


@pytest.fixture
def desk(tmp_path):
    made = Newsdesk(tmp_path)
    yield made
    made.database.close()


def test_what_is_due_arrives_once(tmp_path, url):
    desk = Newsdesk(tmp_path, {"all": {"channels": ["desk", "chat"]}}, url=url)
    desk.happen()
    assert desk.deliver(seconds=30).sent == 0  # it is gathered still
    tally = desk.deliver(seconds=31)
    assert (tally.sent, tally.told, tally.failed, tally.dead) == (2, 2, 0, 0)
    assert sorted(message["channel"] for message in desk.inbox.messages) == ["chat", "desk"]
    for _ in range(3):
        assert desk.deliver(hours=1).sent == 0
    assert desk.states() == {"sent": 2}
    desk.database.close()


def test_what_comes_together_is_one_message(desk):
    desk.happen()
    desk.clock.advance(seconds=50)
    desk.happen(3)
    desk.deliver(seconds=15)
    desk.clock.advance(minutes=5)
    desk.happen()
    desk.deliver()
    assert desk.texts == ["word 1\nword 2\nword 3\nword 4", "word 5"]


def test_a_digest_gathers_a_day(tmp_path):
    desk = Newsdesk(tmp_path, {"daily": {"channels": ["desk"], "pace": "daily"}})
    for _ in range(5):
        desk.happen()
        desk.deliver(hours=1)
    desk.until(START + timedelta(days=1, hours=1), minutes=30)
    assert desk.texts == ["\n".join(f"word {n}" for n in range(1, 6))]
    assert desk.inbox.messages[0]["at"].startswith("2026-03-03T06:0")  # seven in Vienna
    desk.database.close()


def test_a_failed_message_is_tried_again_as_the_same_one(desk):
    desk.inbox.refuse("desk", Undelivered("greylisted"), times=3)
    desk.happen()
    tally = desk.deliver()
    assert (tally.failed, tally.troubles) == (1, ["desk: greylisted"])
    [waiting] = desk.alerts()
    assert (waiting.state, waiting.tries, waiting.last_error) == ("waiting", 1, "greylisted")
    desk.until(START + timedelta(minutes=30), seconds=20)
    [sent] = desk.alerts()
    assert (sent.state, sent.tries, sent.last_error, sent.key) == ("sent", 4, "", waiting.key)
    assert [message["key"] for message in desk.inbox.messages] == [waiting.key]
    assert desk.inbox.tries["desk"] == 4


def test_a_receiver_that_asks_for_patience_gets_it(desk):
    desk.inbox.refuse("desk", Undelivered("busy", after=timedelta(hours=2)), times=1)
    desk.happen()
    desk.deliver()
    desk.until(desk.clock.moment + timedelta(minutes=119), minutes=1)
    assert desk.inbox.tries["desk"] == 1
    desk.deliver()
    assert desk.inbox.tries["desk"] == 2
    assert desk.states() == {"sent": 1}


def test_what_nobody_takes_is_dead_after_days_and_can_be_revived(desk):
    desk.inbox.refuse("desk", Undelivered("no route"))
    desk.happen()
    desk.until(START + timedelta(days=3, hours=23), minutes=30)
    assert desk.states() == {"waiting": 1}
    desk.until(START + timedelta(days=4, hours=5), minutes=30)
    assert desk.states() == {"dead": 1}
    assert 25 < desk.inbox.tries["desk"] < 35
    desk.until(START + timedelta(days=6), hours=1)
    assert desk.inbox.messages == []
    [dead] = desk.alerts()
    assert dead.last_error == "no route"
    desk.inbox.relent("desk")
    with desk.database.write() as connection:
        now = desk.clock()
        assert alerts.revive(connection, None, now=now, until=now + timedelta(days=4)) == 1
    desk.deliver()
    assert [message["key"] for message in desk.inbox.messages] == [dead.key]


def test_what_never_can_arrive_is_dead_at_once(desk):
    desk.inbox.refuse("desk", Undelivered("550 no such user", permanent=True))
    desk.happen()
    assert desk.deliver().dead == 1
    desk.deliver(hours=1)
    assert desk.inbox.tries["desk"] == 1
    assert desk.alerts()[0].last_error == "550 no such user"


def test_a_channel_that_hangs_holds_up_no_other(tmp_path):
    desk = Newsdesk(tmp_path, {"all": {"channels": ["desk", "chat"]}})
    desk.inbox.hang("desk")
    desk.happen()
    desk.clock.advance(minutes=2)
    tally = desk.outbox.deliver(patience=0.5)
    assert (tally.sent, tally.under_way) == (1, 1)
    desk.happen()
    desk.clock.advance(minutes=2)
    assert desk.outbox.deliver(patience=0.5).sent == 1  # and the one that hangs is left to itself
    assert len(desk.inbox.to("chat")) == 2
    assert desk.inbox.to("desk") == []
    desk.inbox.let_go("desk")
    desk.outbox.close(10)
    desk.outbox = desk.another()
    desk.deliver()
    assert [message["told"] for message in desk.inbox.to("desk")] == [["word 1"], ["word 2"]]
    desk.database.close()


def test_a_broken_channel_is_tried_with_one_message_at_a_time(tmp_path):
    rules = {f"rule-{n}": {"channels": ["desk"]} for n in range(BROKEN + 20)}
    desk = Newsdesk(tmp_path, rules)
    desk.inbox.refuse("desk", Undelivered("down"))
    desk.happen()
    desk.deliver()
    assert desk.inbox.tries["desk"] == BROKEN
    for _ in range(5):
        desk.deliver(seconds=PROBE.total_seconds() / 5)
    assert desk.inbox.tries["desk"] == BROKEN + 1
    desk.inbox.relent("desk")
    desk.deliver(minutes=1)
    desk.deliver(minutes=1)
    assert desk.states() == {"sent": len(rules)}  # and once it is back, all of them
    desk.database.close()


def test_quiet_hours_hold_what_is_due_and_what_is_tried_again(tmp_path):
    desk = Newsdesk(tmp_path, {"all": {"channels": ["desk"], "quiet": "14:00-07:00"}})
    desk.inbox.refuse("desk", Undelivered("down"))
    desk.happen()
    desk.until(START + timedelta(minutes=59), seconds=30)  # 13:59 in Vienna
    tries = desk.inbox.tries["desk"]
    assert tries > 4
    desk.clock.advance(minutes=10)
    desk.happen()
    morning = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    desk.until(morning - timedelta(minutes=15), minutes=10)
    assert desk.inbox.tries["desk"] == tries
    desk.inbox.relent("desk")
    desk.until(morning + timedelta(hours=6), minutes=10)
    assert sorted(desk.texts) == ["word 1", "word 2"]
    desk.database.close()


def test_what_was_due_while_nobody_ran_waits_for_the_end_of_quiet_hours(tmp_path):
    desk = Newsdesk(tmp_path, {"all": {"channels": ["desk"], "quiet": "22:00-07:00"}})
    desk.happen()
    desk.clock.moment = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)  # midnight in Vienna
    desk.deliver()
    assert desk.texts == []
    [one] = desk.alerts()
    assert one.due == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    desk.until(datetime(2026, 3, 3, 6, 10, tzinfo=UTC), minutes=5)
    assert desk.texts == ["word 1"]
    desk.database.close()


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ({"other": {"channels": ["desk"]}}, "there is no rule 'all' any more"),
        ({"all": {"channels": ["chat"]}}, "there is no channel 'desk' in stet.toml any more"),
        (
            {"all": {"channels": ["chat"]}, "other": {"channels": ["desk"]}},
            "rule 'all' does not speak to channel 'desk' any more",
        ),
    ],
)
@pytest.mark.parametrize("tried", [False, True])
def test_what_waits_for_nobody_is_dead_and_says_why(desk, then, why, tried):
    desk.inbox.refuse("desk", Undelivered("down"))
    desk.happen(3)
    if tried:
        desk.deliver()
    desk.take(settings(then))
    desk.deliver()
    assert desk.states() == {"dead": 3}
    assert {one.last_error for one in desk.alerts()} == {why}
    desk.take(settings(ALL))
    desk.inbox.relent("desk")
    with desk.database.write() as connection:
        ids = [one.id for one in desk.alerts()][:1]  # with one all of its message
        assert alerts.revive(connection, ids, now=desk.clock(), until=desk.clock() + timedelta(days=1)) == 3
    desk.deliver()
    assert desk.texts == ["word 1\nword 2\nword 3"]


def test_a_snooze_puts_off_what_is_in_it_and_then_tells_it_at_once(tmp_path, url):
    desk = Newsdesk(tmp_path, url=url)
    desk.happen(outlet="herald")
    desk.happen(outlet="post")
    with desk.database.write() as connection:
        now = desk.clock()
        assert alerts.snooze(connection, "outlet:herald", until=now + timedelta(hours=2), now=now) == 1
    desk.happen(outlet="herald")
    assert desk.states() == {"snoozed": 2, "waiting": 1}
    desk.until(START + timedelta(hours=1), minutes=5)
    assert desk.texts == ["word 2"]
    desk.until(START + timedelta(hours=3), minutes=5)
    assert desk.texts == ["word 2", "word 1\nword 3"]
    desk.happen(outlet="herald")
    assert desk.states() == {"sent": 3, "waiting": 1}
    desk.database.close()


def test_a_snooze_that_is_ended_leaves_the_others(desk):
    desk.happen(outlet="herald")
    now = desk.clock()
    with desk.database.write() as connection:
        alerts.snooze(connection, "outlet:herald", until=now + timedelta(hours=2), now=now)
        alerts.snooze(connection, "rule:all", until=now + timedelta(hours=1), now=now)
        alerts.snooze(connection, "outlet:herald", until=now, now=now)
        assert [one.scope for one in alerts.snoozed(connection, now)] == ["rule:all"]
    [one] = desk.alerts()
    assert (one.state, one.due - now < timedelta(minutes=61)) == ("snoozed", True)
    desk.until(START + timedelta(minutes=70), minutes=5)
    assert desk.texts == ["word 1"]


def test_what_somebody_knows_is_not_told(desk):
    desk.happen(3)
    with desk.database.write() as connection:
        first, *_ = (one.id for one in alerts.listed(connection)[::-1])
        alerts.acknowledge(connection, [first], desk.clock())
    desk.deliver()
    assert desk.texts == ["word 2\nword 3"]
    assert desk.states() == {"acknowledged": 1, "sent": 2}
    desk.inbox.refuse("desk", Undelivered("down"), times=1)
    desk.happen(2)
    desk.deliver()
    with desk.database.write() as connection:
        fourth = alerts.listed(connection)[::-1][3]
        alerts.acknowledge(connection, [fourth.id], desk.clock())
    desk.deliver(hours=1)
    assert desk.texts == ["word 2\nword 3", "word 5"]


def test_a_test_message_goes_the_way_of_all(desk):
    assert desk.outbox.test("desk") == ""
    desk.inbox.refuse("desk", Undelivered("535 wrong password"))
    assert desk.outbox.test("desk") == "535 wrong password"
    assert desk.outbox.test("nobody") == "there is no channel 'nobody' in stet.toml any more"
    desk.deliver(hours=5)
    assert len(desk.inbox.messages) == 1  # what failed is not tried again
    assert desk.states() == {}


def test_an_error_of_ours_holds_up_no_other_message(desk, caplog):
    desk.inbox.stumble("all")
    desk.take(settings({"all": {"channels": ["desk"]}, "other": {"channels": ["desk"]}}))
    desk.happen()
    tally = desk.deliver()
    assert (tally.sent, tally.failed) == (1, 1)
    assert tally.troubles == ["desk: an error of ours, ValueError; see the log"]
    assert "Traceback" in caplog.text
