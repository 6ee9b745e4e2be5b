"""The daemon in numbers, as Prometheus reads them. prometheus-client's door.

Two kinds: what the daemon counts as it happens (rounds, jobs, its own heartbeat), and what the database says when
somebody asks, which is kept for some seconds so that an eager reader costs nothing. Labels are words of ours
(roles, troubles, standings, jobs): never an outlet or an address, of which there are thousands.

Every metric is told in `docs/metrics.md`; a test holds it against this module.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from archive.db import alerts, engine, numbers
from archive.db.engine import Connection, Database
from archive.db.numbers import Labels
from archive.domain.model import Standing
from archive.errors import StetError
from archive.extractor import EXTRACTOR
from archive.home import Home
from archive.warc.places import OPEN
from scheduler.clock import Clock

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which nobody asks for

KEPT: Final = 5.0
"""Seconds for which an answer of the database is given again. Prometheus asks every 15 to 60."""

TOTALS_KEPT: Final = 60.0
"""The same for what takes a look at every article."""

SETTLED: Final = 600.0
"""After so many seconds a row that was counted does not change any more: a visit is judged some seconds after it
was fetched, and hours later only where the process died between the two."""

ROUND_BUCKETS: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 90.0, 120.0, 300.0, 900.0)
"""Seconds. A round is cut to take about 60."""

DELIVERY_STATES: Final = ("waiting", "retrying", "sent", "dead")

T = TypeVar("T")


class Metrics:
    """The numbers of one process. The daemon calls it as things happen; `exposition` is what is read."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        about = Gauge("stet_build_info", "Which Stet this is.", ["version", "extractor"], registry=self.registry)
        about.labels(version("stet"), EXTRACTOR).set(1)
        self._rounds = Gauge("stet_rounds_running", "Outlets that are visited now.", registry=self.registry)
        self._round = Histogram(
            "stet_round_seconds", "How long rounds took.", registry=self.registry, buckets=ROUND_BUCKETS
        )
        self._failed_rounds = Counter(
            "stet_round_failures", "Rounds that failed by a fault of ours or of the disk.", registry=self.registry
        )
        self._job = Summary("stet_job_seconds", "How long runs of jobs took.", ["job"], registry=self.registry)
        self._failed_jobs = Counter(
            "stet_job_failures", "Runs of jobs that failed.", ["job"], registry=self.registry
        )
        self._job_end = Gauge(
            "stet_job_last_success_timestamp_seconds",
            "When a job last ended well.",
            ["job"],
            registry=self.registry,
        )
        self._beat = Gauge(
            "stet_heartbeat_timestamp_seconds", "When the daemon's loop last went round.", registry=self.registry
        )
        self._opened = Counter(
            "stet_home_openings", "How often the home was opened, the first time too.", registry=self.registry
        )
        self._jumps = Counter(
            "stet_clock_steps", "How often the clock was set, or the machine slept.", registry=self.registry
        )
        self._pulse: float | None = None

    # What the daemon says ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def round(self) -> Iterator[None]:
        """One round of one outlet; where it raises, it failed."""
        began = self._clock.monotonic()
        self._rounds.inc()
        try:
            yield
        except Exception:
            self._failed_rounds.inc()
            raise
        finally:
            self._rounds.dec()
            self._round.observe(self._clock.monotonic() - began)

    @contextlib.contextmanager
    def job(self, name: str) -> Iterator[None]:
        """One run of a job; where it raises, it failed."""
        began = self._clock.monotonic()
        try:
            yield
        except Exception:
            self._failed_jobs.labels(name).inc()
            raise
        else:
            self._job_end.labels(name).set(self._clock.now().timestamp())
        finally:
            self._job.labels(name).observe(self._clock.monotonic() - began)

    def beat(self) -> None:
        """The loop goes round."""
        self._pulse = time.monotonic()  # of the machine, for whom a standstill lasts as long as for its readers
        self._beat.set(self._clock.now().timestamp())

    def opened(self) -> None:
        """The home was opened."""
        self._opened.inc()

    def stepped(self) -> None:
        """The clock was set, or the machine slept."""
        self._jumps.inc()

    def standstill(self) -> float | None:
        """Seconds since the loop last went round; None: it never did."""
        return None if self._pulse is None else time.monotonic() - self._pulse

    # What is read -----------------------------------------------------------------------------------

    def read_from(self, home: Home, database: Database) -> None:
        """Also tell what this database says, and how full the disks are."""
        self.registry.register(_Said(home, database, self._clock))

    def exposition(self, accept: str) -> tuple[str, bytes]:
        """Media type and text, as Prometheus or OpenMetrics as `accept` prefers."""
        encode, media_type = choose_encoder(accept)
        return media_type, encode(self.registry)


class _Said(Collector):
    """What the database and the disks say."""

    def __init__(self, home: Home, database: Database, clock: Clock) -> None:
        self._home, self._database, self._clock = home, database, clock
        self._lock = threading.Lock()
        self._lately: _Kept[list[Metric]] = _Kept(KEPT, self._ask)
        self._totals: _Kept[numbers.Totals] = _Kept(TOTALS_KEPT, self._ask_totals)
        self._counters = {what: _Counted(what) for what in numbers.COUNTED}
        with contextlib.suppress(StetError), database.read() as connection:
            for counter in self._counters.values():
                counter.begin(connection)

    def describe(self) -> list[Metric]:
        """Nothing: asked at registration, and the database may not answer then."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All of it; where the database does not answer, that it does not."""
        up = GaugeMetricFamily("stet_database_up", "Whether the database answers.", value=1)
        with self._lock:
            try:
                yield from (*self._lately.get(), *_totals(self._totals.get()))
            except StetError:
                up = GaugeMetricFamily("stet_database_up", "Whether the database answers.", value=0)
        yield up
        failed = CounterMetricFamily("stet_database_failures", "How often the database failed.", labels=["why"])
        for why in ("busy", "other"):
            failed.add_metric([why], engine.failures[why])
        yield failed
        yield _gauge("stet_disk_free_bytes", "Room on the disk.", "what", _free(self._home))

    def _ask_totals(self) -> numbers.Totals:
        with self._database.read() as connection:
            return numbers.totals(connection)

    def _ask(self) -> list[Metric]:
        now = self._clock.now()
        with self._database.read() as connection:
            queue = numbers.queue(connection, now)
            good = numbers.last_good(connection)
            closed, names = numbers.closed_bytes(connection)
            found = [
                _gauge(
                    "stet_alerts", "Alerts.", "state", _each(alerts.STATES, numbers.alerts_by_state(connection))
                ),
                _gauge(
                    "stet_deliveries",
                    "Messages to channels.",
                    "state",
                    _each(DELIVERY_STATES, numbers.deliveries_by_state(connection)),
                ),
                *(counter.metric(connection) for counter in self._counters.values()),
            ]
        due = {"article": queue.articles, "second_look": queue.second_looks, "seed": queue.seeds}
        found += [
            _gauge("stet_due", "What is due now.", "what", {what: one.count for what, one in due.items()}),
            _gauge(
                "stet_lag_seconds",
                "By how much the most overdue is late.",
                "what",
                {what: _late(one.since, now) for what, one in due.items()},
            ),
            GaugeMetricFamily(
                "stet_warc_bytes", "Bytes of WARC files.", value=closed + _open_bytes(self._home, names)
            ),
        ]
        if good is not None:
            found.append(
                GaugeMetricFamily(
                    "stet_last_good_fetch_timestamp_seconds",
                    "When a fetch last brought what was asked for.",
                    value=good.timestamp(),
                )
            )
        return found


def _totals(totals: numbers.Totals) -> Iterator[Metric]:
    held = {standing.value: totals.articles.get(standing.value, 0) for standing in Standing}
    yield _gauge("stet_articles", "Articles that are watched.", "standing", held)
    yield GaugeMetricFamily("stet_versions", "Versions of articles.", value=totals.versions)
    yield GaugeMetricFamily("stet_captures", "Captures of articles.", value=totals.captures)


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _each(states: tuple[str, ...], found: Mapping[str, int]) -> dict[str, int]:
    """A value for every state: what is missing in Prometheus is not nothing."""
    return {state: found.get(state, 0) for state in states}


def _late(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _free(home: Home) -> dict[str, float]:
    found: dict[str, float] = {}
    for what, folder in zip(("warcs", "database"), home.disks, strict=False):
        with contextlib.suppress(OSError):
            found[what] = shutil.disk_usage(folder).free
    return found


def _open_bytes(home: Home, closed: set[str]) -> int:
    """The bytes of files in the spool that the database does not know as closed."""
    size = 0
    for path in (path for end in (OPEN, "") for path in home.spool.glob(f"*.warc.gz{end}")):
        if path.name.removesuffix(OPEN) not in closed:
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
    return size


class _Kept(Generic[T]):
    """An answer that is given again for some seconds."""

    def __init__(self, seconds: float, ask: Callable[[], T]) -> None:
        self._seconds, self._ask = seconds, ask
        self._answer: tuple[float, T] | None = None

    def get(self) -> T:
        now = time.monotonic()
        if self._answer is None or now - self._answer[0] >= self._seconds:
            self._answer = now, self._ask()
        return self._answer[1]


_COUNTERS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "fetches": ("stet_fetches", "Fetches since the daemon began.", ("role", "outcome")),
    "visits": ("stet_visits", "Visits of articles since the daemon began, as judged.", ("presence",)),
    "changes": ("stet_changes", "Changes found since the daemon began.", ("stealth",)),
    "standings": ("stet_standings", "Steps of standings since the daemon began.", ("after",)),
}


class _Counted:
    """Rows of one kind since the process began. What is young is counted anew each time: it may still change."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._settled = Tally[Labels]()
        self._shown = Tally[Labels]()
        self._floor: int | None = None
        self._marks: deque[tuple[float, int]] = deque()

    def begin(self, connection: Connection) -> None:
        """Count from here on."""
        self._floor = numbers.newest(connection, self._what)
        self._settled, self._marks = Tally(self._shown), deque()

    def metric(self, connection: Connection) -> Metric:
        """The counts by now. They never fall, though rows may go: an upgrade finds out anew what it rests on."""
        newest, now = numbers.newest(connection, self._what), time.monotonic()
        if self._floor is None or newest < self._floor:  # it was rebuilt
            self.begin(connection)
        assert self._floor is not None
        self._marks.append((now, newest))
        upto = self._floor
        while now - self._marks[0][0] > SETTLED:
            upto = self._marks.popleft()[1]
        if upto > self._floor:
            self._settled += numbers.counted(connection, self._what, self._floor, upto)
            self._floor = upto
        self._shown |= self._settled + numbers.counted(connection, self._what, self._floor)
        name, text, labels = _COUNTERS[self._what]
        family = CounterMetricFamily(name, text, labels=labels)
        for values, count in sorted(self._shown.items()):
            family.add_metric(values, count)
        return family
