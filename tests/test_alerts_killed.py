"""Whoever delivers is killed at any point, or is not alone: nothing is lost, and doubles have the same key."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from archive.alerting import Alerting
from archive.db import alerts
from archive.db.engine import open_database
from tests.archive.test_outbox import START, settings
from tests.homes import Ticking
from tests.inboxes import Inbox
from tests.postgres import new_database

RULES = {f"rule-{n}": {"channels": ["desk", "chat"]} for n in range(12)}
WORDS = 3

DELIVERER = """
import sys, time
from datetime import datetime, timedelta
from pathlib import Path
from archive.db.engine import open_database
from archive.outbox import Outbox
from tests.archive.test_outbox import settings
from tests.homes import Ticking
from tests.inboxes import Inbox
from tests.test_alerts_killed import RULES

url, folder, moment, slow = sys.argv[1:]
inbox = Inbox(Path(folder) / "inbox")

def send(channel, message):
    time.sleep(float(slow) / 2)
    inbox.take(message)
    time.sleep(float(slow) / 2)

database = open_database(url)
outbox = Outbox(database, settings(RULES), send=send, now=Ticking(datetime.fromisoformat(moment)))
print("begun", flush=True)
outbox.deliver()
"""


class Desk:
    """Alerts that wait in a database, and processes that deliver them."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, url or f"sqlite:///{folder / 'stet.db'}"
        self.clock = Ticking(START)
        self.inbox = Inbox(folder / "inbox")
        self.database = open_database(self.url)
        alerting = Alerting(settings(RULES).alerts)
        for n in range(WORDS):
            with self.database.write() as connection:
                alerting.watch(connection, f"word-{n}", f"word {n}", self.clock())

    def begin(self, *, slow: float = 0.01) -> subprocess.Popen:
        arguments = [self.url, str(self.folder), self.clock().isoformat(), str(slow)]
        return subprocess.Popen([sys.executable, "-c", DELIVERER, *arguments], stdout=subprocess.PIPE, text=True)

    def left(self) -> int:
        with self.database.read() as connection:
            found = alerts.counts(connection)
        assert sum(found.values()) == WORDS * len(RULES) * 2
        return found.get("waiting", 0)

    def arrived(self) -> Counter:
        """How often each alert arrived: by rule, channel and words."""
        told = [(m["rule"], m["channel"], line) for m in self.inbox.messages for line in m["told"]]
        return Counter(told)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path):
    made = Desk(tmp_path, new_database() if request.param == "postgresql" else "")
    yield made
    made.database.close()


def test_killed_at_any_point_nothing_is_lost(desk):
    chance = random.Random(20261125)
    kills = 0
    while desk.left():
        desk.clock.advance(minutes=10)  # claims of the killed have run out
        process = desk.begin(slow=0.05)
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert kills < 200
    assert kills > 2
    arrived = desk.arrived()
    assert len(arrived) == WORDS * len(RULES) * 2
    keys = [message["key"] for message in desk.inbox.messages]
    doubles = len(keys) - len(set(keys))
    assert doubles <= 2 * kills  # one a channel and kill: that was sent, and not yet written down
    by_key = {message["key"]: message["text"] for message in desk.inbox.messages}
    assert all(message["text"] == by_key[message["key"]] for message in desk.inbox.messages)
    assert sum(arrived.values()) - len(arrived) == WORDS * doubles  # and whatever is double has the same key


def test_several_who_deliver_at_once_tell_each_thing_once(desk):
    desk.clock.advance(minutes=10)
    processes = [desk.begin(slow=0.02) for _ in range(4)]
    for process in processes:
        assert process.wait() == 0
        process.stdout.close()
    assert desk.left() == 0
    assert set(desk.arrived().values()) == {1}
    assert len(desk.arrived()) == WORDS * len(RULES) * 2
