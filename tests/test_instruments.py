"""`stet run` as whoever watches it sees it: its numbers, its health and its log, from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.atoms import faults
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.serving import Site

PATIENCE = 60

RULE = """
[alerts.channels.desk]
kind = "webhook"
url = "https://hooks.example.org/stet"
secret = "env:STET_TEST_KEY"
[alerts.rules.all]
channels = ["desk"]
[web]
url = "https://archive.localhost"
"""


@pytest.fixture
def place(tmp_path):
    with Newsroom() as room:
        made = Place(tmp_path / "home", room)
        made.clock.moment = datetime.now(UTC)
        herald = room.outlet("herald.example")
        herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
        made.watch(herald)
        yield made


class Running:
    def __init__(self, process: subprocess.Popen, site: Site, first: dict) -> None:
        self.process, self.site, self.first = process, site, first
        self.rest = b""

    def number(self, name: str, **labels: str) -> float | None:
        text = self.site.get("/metrics").text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None

    def until(self, what) -> None:
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end
            assert self.process.poll() is None
            time.sleep(0.2)

    @property
    def lines(self) -> list[dict]:
        """All that it logged; to be asked once it ended."""
        return [self.first, *map(json.loads, self.rest.decode("ascii").splitlines())]


@contextlib.contextmanager
def running(place: Place) -> Iterator[Running]:
    """The daemon as a process of its own, with a log in JSON."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("STET_", "LOGLEVEL"))}
    command = [sys.executable, "-m", "scheduler.cli", "run", "--home", str(place.home.root), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--log", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    )
    try:
        first = json.loads(process.stderr.readline())
        base = first["message"].partition("serving it at ")[2].partition("/ (")[0]
        daemon = Running(process, Site(base), first)
        yield daemon
        process.send_signal(signal.SIGTERM)
        _, daemon.rest = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()


def test_a_running_daemon_tells_its_numbers_its_health_and_a_log_that_parses(place):
    with running(place) as daemon:
        daemon.until(lambda: daemon.number("stet_visits_total", presence="present") == 1)
        daemon.until(lambda: (daemon.number("stet_round_seconds_count") or 0) >= 2)
        assert daemon.number("stet_fetches_total", role="seed", outcome="2xx") == 1
        assert daemon.number("stet_job_seconds_count", job="visit") > 1
        assert daemon.number("stet_database_up") == 1
        assert time.time() - daemon.number("stet_heartbeat_timestamp_seconds") < 60
        assert time.time() - daemon.number("stet_last_good_fetch_timestamp_seconds") < 120
        health = daemon.site.get("/healthz", Accept="application/json")
        assert json.loads(health.text)["checks"] == dict.fromkeys(("database", "disk", "daemon", "fetching"), "ok")
        assert daemon.site.get("/feeds/rule/all.atom").status == 404
        with (place.root / "stet.toml").open("a") as settings:
            settings.write(RULE)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: daemon.number("stet_home_openings_total") == 2)
        feed = daemon.site.get("/feeds/rule/all.atom")
        assert faults(feed.body) == []
        assert b'href="https://archive.localhost/feeds/rule/all.atom"' in feed.body
    assert daemon.process.returncode == 0
    for line in daemon.lines:
        assert list(line)[:4] == ["time", "level", "logger", "message"]
    said = [line["message"] for line in daemon.lines]
    assert said[0].startswith("watching ")
    assert said[-1] == "stopped; what was kept is safe"
    assert any("settings taken" in words for words in said)


def test_a_daemon_that_stands_still_is_not_well(place, monkeypatch):
    """Two minutes without a beat, by a clock that a test moves on."""
    from scheduler.clock import Clock
    from scheduler.metrics import Metrics
    from scheduler.watchdog import STANDSTILL, Watchdog

    metrics = Metrics()
    dog = Watchdog(Clock(), metrics)
    assert dog.checks()["daemon"] == "is not under way yet"
    metrics.beat()
    assert dog.checks()["daemon"] == ""
    still = time.monotonic() + STANDSTILL + 1
    monkeypatch.setattr("scheduler.metrics.time.monotonic", lambda: still)
    assert dog.checks()["daemon"] == "the daemon's loop stands still for 121 s"
