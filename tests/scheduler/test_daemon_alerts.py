"""The daemon tells a real receiver what it finds, also when it is killed in between: each thing once."""

from __future__ import annotations

import json

import pytest

from archive.db import alerts
from tests.newsroom import Newsroom
from tests.receivers import Hook
from tests.scheduler.test_daemon_process import DAEMON, Watcher, all_read, daemon, watched

KEY = "a key for tests, and for nothing else"
SETTINGS = """
[alerts]
gather = "1s"

[alerts.channels.desk]
kind = "webhook"
url = "{url}"
secret = "file:desk.key"

[alerts.rules.all]
channels = ["desk"]
"""


@pytest.fixture
def hook():
    with Hook(None) as made:
        yield made


def test_each_thing_is_told_once(tmp_path, hook):
    with Newsroom() as room:
        herald = room.outlet("herald.example", title="The Herald")
        story = herald.publish(
            "Twelve dead in flood", ["Twelve people died in the flood of the town.", "It rose."]
        )
        tells = SETTINGS.format(url=f"http://127.0.0.1:{hook.port}/stet")
        crawl = "allow_private_addresses = true"
        place = watched(tmp_path, room, takedowns=f"{DAEMON}{tells}", crawl=crawl, confirm_after="1s")
        (place.root / "desk.key").write_text(KEY)
        (place.root / "desk.key").chmod(0o600)
        place.watch(herald)
        first = Watcher(place)
        try:
            first.until(all_read(place, 1))
            story.edit_silently("Twelve people", "Nine people")
            first.sees(place, lambda: told(place) == ["sent"])
        finally:
            first.process.kill()
            first.process.wait()
        story.edit_silently("of the town", "of the city")
        with daemon(place) as second:
            second.sees(place, lambda: told(place) == ["sent", "sent"])
    messages = [json.loads(body) for _, _, body in hook.taken]
    assert [len(message["events"]) for message in messages] == [1, 1]
    assert "Nine" in messages[0]["events"][0]["added"]
    assert "city" in messages[1]["events"][0]["added"]
    assert len({head["Stet-Delivery"] for _, head, _ in hook.taken}) == 2


def told(place) -> list[str]:
    with place.reading() as connection:
        return [one.state for one in alerts.listed(connection)]
