"""What the daemon tells Prometheus, held against its documentation and read by Prometheus's own parsers."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from sqlalchemy import select

from archive.db import engine
from archive.db.tables import articles, fetches
from archive.domain.model import Presence
from archive.home import Home, create
from archive.settings import Settings
from scheduler.metrics import KEPT, SETTLED, Metrics
from tests.homes import START, Place, Shelf
from tests.newsroom import Newsroom

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def families(metrics: Metrics) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of a sample → values of its labels, in the order of their names → value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in read_text(metrics.exposition("")[1].decode()):
        for sample in family.samples:
            values = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[values] = sample.value
    return found


@pytest.fixture
def machine(monkeypatch):
    """The machine's clock, which a test moves on."""

    class Time:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Time()
    monkeypatch.setattr("scheduler.metrics.time", clock)
    return clock


@pytest.fixture(scope="module")
def room():
    with Newsroom(start=START) as room:
        yield room


def test_every_metric_is_documented_with_its_labels(tmp_path):
    documented = {
        name: tuple(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(\w+)` \|([^|]*)\|", DOCS.read_text(), re.MULTILINE)
        if "_" in name
    }
    metrics = Metrics()
    with Shelf(tmp_path) as shelf:
        metrics.read_from(create(tmp_path / "home", {}), shelf.database)
        told = {
            family.name + ("_total" if family.type == "counter" else ""): tuple(
                getattr(family, "_labelnames", None) or labels(family)
            )
            for family in metrics.registry.collect()
        }
    there = {name for name in documented if name in told or name == "stet_last_good_fetch_timestamp_seconds"}
    assert set(told) - set(documented) == set(), "tell of them in docs/metrics.md"
    assert set(documented) - there == set(), "these are told no more"
    for name in told:
        assert documented[name] == told[name] or not told[name], name


def labels(family) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for sample in family.samples for name in sample.labels if name != "le"))


def test_both_forms_are_read_by_prometheus_own_parsers(tmp_path):
    metrics = Metrics()
    with Shelf(tmp_path) as shelf:
        metrics.read_from(create(tmp_path / "home", {}), shelf.database)
        with metrics.job("visit"), metrics.round():
            metrics.beat()
        for accept, read in (("text/plain", read_text), (OPENMETRICS, read_openmetrics)):
            media_type, text = metrics.exposition(accept)
            assert media_type.startswith(accept.partition(";")[0])
            assert {family.name for family in read(text.decode())} > {
                "stet_due",
                "stet_fetches",
                "stet_job_seconds",
            }


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool, of Debian's package prometheus")
def test_promtool_finds_nothing_to_correct(tmp_path):
    metrics = Metrics()
    with Shelf(tmp_path) as shelf:
        metrics.read_from(create(tmp_path / "home", {}), shelf.database)
        with metrics.job("visit"), metrics.round():
            metrics.beat()
        text = metrics.exposition("")[1]
    judged = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert judged.returncode == 0, judged.stderr.decode() + judged.stdout.decode()
    rules = tmp_path / "rules.yml"
    rules.write_text(
        next(block for block in re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL) if "groups" in block)
    )
    judged = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, check=False)
    assert judged.returncode == 0, judged.stderr.decode() + judged.stdout.decode()


def test_rounds_and_jobs_are_counted_with_those_that_fail():
    metrics = Metrics()
    with metrics.round():
        assert families(metrics)["stet_rounds_running"][()] == 1
    with pytest.raises(OSError), metrics.round():
        raise OSError("the disk")
    with metrics.job("deliver"):
        pass
    with pytest.raises(ValueError), metrics.job("scrub"):
        raise ValueError
    found = families(metrics)
    assert found["stet_rounds_running"][()] == 0
    assert found["stet_round_seconds_count"][()] == 2
    assert found["stet_round_failures_total"][()] == 1
    assert found["stet_job_seconds_count"] == {("deliver",): 1, ("scrub",): 1}
    assert found["stet_job_failures_total"] == {("scrub",): 1}
    assert set(found["stet_job_last_success_timestamp_seconds"]) == {("deliver",)}


def test_a_day_at_an_outlet_in_numbers(room, tmp_path, machine):
    """Two stories are found; one is edited, one is taken away: each is told once, in the numbers too."""
    herald = room.outlet("herald.example")
    place = Place(tmp_path / "home", room, confirmations=2, span="1s")
    place.watch(herald)
    metrics = Metrics(Clock(place))
    metrics.read_from(place.home, place.database())
    report = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
    ferry = herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
    assert families(metrics)["stet_due"] == {("article",): 0, ("second_look",): 0, ("seed",): 1}

    for act in (lambda: None, lambda: report.edit_silently("denied", "confirmed"), lambda: ferry.withdraw(404)):
        act()
        place.look()
        place.look()
    machine.now += KEPT
    found = families(metrics)
    assert found["stet_changes_total"] == {("yes",): 1}
    assert found["stet_standings_total"][("taken_down",)] == 1
    assert found["stet_visits_total"][("gone",)] >= 2
    assert found["stet_fetches_total"][("4xx", "article")] == found["stet_visits_total"][("gone",)]
    assert found["stet_fetches_total"][("2xx", "seed")] >= 1
    with place.reading() as connection:
        assert sum(found["stet_fetches_total"].values()) == len(connection.execute(select(fetches.c.id)).all())
    size = sum(path.stat().st_size for path in place.home.spool.glob("*.warc.gz"))
    assert found["stet_warc_bytes"][()] == size > 0
    assert (
        START.timestamp() < found["stet_last_good_fetch_timestamp_seconds"][()] <= place.clock.moment.timestamp()
    )
    machine.now += 60
    found = families(metrics)
    assert found["stet_articles"][("live",)] == found["stet_articles"][("taken_down",)] == 1
    assert found["stet_versions"][()] == 3

    place.clock.advance(days=40)
    machine.now += KEPT
    late = families(metrics)["stet_lag_seconds"]
    assert late[("article",)] > 20 * 86400
    assert late[("second_look",)] == 0


class Clock:
    """The place's clock, as the daemon has it."""

    speed = 1.0

    def __init__(self, place: Place) -> None:
        self.place = place

    def now(self):
        return self.place.clock.moment

    def monotonic(self) -> float:
        return 0.0


def test_what_is_judged_later_is_counted_then_and_once(tmp_path, machine):
    """A visit is counted as a fetch at once, and as judged when it is judged; nothing is counted twice."""
    metrics = Metrics()
    with Shelf(tmp_path) as shelf:
        with shelf.database.write() as connection:
            article = shelf.article(connection, "/a")
            shelf.keep("http://herald.example/a", connection=connection, article_id=article)
        metrics.read_from(Home(tmp_path, Settings()), shelf.database)
        assert "stet_fetches_total" not in families(metrics)  # what was there before is nothing new
        for n in range(40):
            with shelf.database.write() as connection:
                shelf.keep(f"http://herald.example/{n}", connection=connection, article_id=article)
                judged = fetches.update().where(fetches.c.id == n)  # the one before it
                connection.execute(judged.values(presence=Presence.PRESENT.value))
            machine.now += SETTLED / 5
            found = families(metrics)
            assert found["stet_fetches_total"] == {("2xx", "article"): n + 1}
            assert found.get("stet_visits_total", {}) == ({("present",): n - 1} if n > 1 else {})
        with shelf.database.write() as connection:
            connection.execute(fetches.update().values(presence=Presence.GONE.value))
        machine.now += KEPT
        assert families(metrics)["stet_visits_total"][("present",)] == 38  # they never fall


def test_where_the_database_does_not_answer_the_rest_is_told(tmp_path, machine):
    metrics = Metrics()
    with Shelf(tmp_path) as shelf:
        metrics.read_from(Home(tmp_path, Settings()), shelf.database)
        assert families(metrics)["stet_database_up"][()] == 1
        before = engine.failures["other"]
        with shelf.database.write() as connection:
            articles.drop(connection)
        machine.now += 60
        found = families(metrics)
    assert found["stet_database_up"][()] == 0
    assert found["stet_database_failures_total"][("other",)] == before + 1
    assert "stet_due" not in found
    assert "process_resident_memory_bytes" in found
