"""What a crawl costs: the whole pipeline beside bare Scrapy, on the same server in the same run.

    python benchmarks/crawl.py [--articles 2000] [--hosts 20] [--rounds 3] [--pages small|real|both]
    python benchmarks/crawl.py --profile OUT [--articles N] [--pages small|real]

Server, Stet and Scrapy are processes of their own; the crawlers take turns, once each a round, every time
from nothing. Stet crawls three times: first all is new, then all is unchanged (304), then all pages differ
in noise. Bare Scrapy has its stock settings and a spider that only receives the pages; equal are the number
of hosts asked at once, one request per host at a time, no delay, gzip, warnings only in the log.

CPU time is that of the crawling processes: the main one, from the start of the pass to its end, and the
extraction workers with their start. The main thread's is split by stage (see `benchmarks.stages`); what no
stage claims is the fetch: Scrapy, the wire, the gate. `--profile` leaves a cProfile file of the first pass
instead.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.serving import PAGES, Server, serve
from benchmarks.stages import StageClock, Workers

PASSES = ("new", "unchanged", "noise")
STAGE_NAMES = ("fetch", "warc", "extract", "database", "hand over")

SETTINGS = """\
[crawl]
delay = 0.0
[crawl.connect_to]
{table}
"""


@dataclass(kw_only=True)
class Cost:
    """What one pass over all pages took."""

    pages: int
    wall: float  #: seconds
    cpu: float  #: seconds, main process and workers
    stages: dict[str, float] = field(default_factory=dict)  #: seconds of CPU
    peak: float = 0.0  #: MB of the main process, so far
    worker_peak: float = 0.0  #: MB of the largest extraction worker
    database: int = 0  #: bytes
    warcs: int = 0  #: bytes
    findings: dict[str, int] = field(default_factory=dict)


# -- Stet, in a process of its own


def make_home(folder: Path, connect_to: dict[str, str], urls: list[str]) -> None:
    from archive import home as homes
    from archive.db import articles, outlets
    from archive.db.engine import open_database
    from archive.domain.model import Outlet
    from archive.domain.urls import normalise

    table = "\n".join(f'"{host}" = "{address}"' for host, address in connect_to.items())
    home = homes.create(folder, {}, settings_text=SETTINGS.format(table=table))
    database, now = open_database(home.database_url), datetime.now(UTC)
    with database.write() as connection:
        ids = {}
        for url in urls:
            host = urlsplit(url).netloc
            if host not in ids:
                outlet = Outlet(name=host.replace(".", "-"), domains=(host,), home=f"http://{host}/")
                ids[host] = outlets.save(connection, outlet, now)
            articles.add(connection, outlet_id=ids[host], url=normalise(url), found_in="by hand", now=now)
    database.close()


def one_pass(folder: Path, clock: StageClock, workers: Workers) -> Cost:
    from archive import home as homes
    from scheduler.crawling import Pass, run_pass
    from scheduler.progress import Progress

    home = homes.find(folder, {})
    found: defaultdict[str, int] = defaultdict(int)

    def tell(finding: Any) -> None:
        found[finding.what] += 1

    workers.cpu = workers.peak = 0.0
    clock.reset()
    wall, cpu = time.perf_counter(), time.process_time()
    with Progress() as progress:
        tally = run_pass(home, Pass(force=True), progress=progress, tell=tell)
    wall, cpu, stages = time.perf_counter() - wall, time.process_time() - cpu, clock.total()
    if tally.failed:
        raise SystemExit(f"{tally.failed} pages were not settled")
    stages["hand over"] = max(0.0, cpu - sum(stages.values()))  # the pool's threads, which pickle pages and texts
    stages["extract"] = stages.get("extract", 0.0) + workers.cpu
    return Cost(
        pages=tally.fetches,
        wall=wall,
        cpu=cpu + workers.cpu,
        stages=stages,
        peak=_own_peak(),
        worker_peak=workers.peak,
        database=sum(path.stat().st_size for path in folder.glob("stet.db*")),
        warcs=sum(path.stat().st_size for path in home.spool.iterdir()),
        findings=dict(found),
    )


def _own_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux: kB


def play_stet(told: dict[str, Any]) -> None:
    """Child: make a home, then one pass for every line on standard input."""
    folder = Path(told["folder"])
    make_home(folder, told["connect_to"], told["urls"])
    clock, workers = StageClock(), Workers()
    if told["profile"]:
        profile = cProfile.Profile(time.thread_time)
        profile.runcall(one_pass, folder, clock, workers)
        profile.dump_stats(told["profile"])
        return
    clock.install()
    workers.watch()
    for _ in sys.stdin:
        _say(one_pass(folder, clock, workers))


# -- bare Scrapy, in a process of its own


def play_scrapy(told: dict[str, Any]) -> None:
    """Child: fetch every URL once with stock Scrapy."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.resolver import dnscache

    port = next(iter(told["connect_to"].values())).rsplit(":", 1)[1]
    urls = [url.replace(host := urlsplit(url).netloc, f"{host}:{port}", 1) for url in told["urls"]]
    hosts = {urlsplit(url).hostname for url in urls}
    for host in hosts:
        dnscache[host] = "127.0.0.1"
    received = [0, 0]

    class Receiver(scrapy.Spider):
        """Takes pages and does nothing with them."""

        name = "receiver"

        async def start(self) -> Any:
            """All at once; Scrapy sees to the number of connections."""
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: Any, **_: Any) -> None:
            """Count it."""
            received[0] += 1
            received[1] += len(response.body)

    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": len(hosts),
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": 0,
            "LOG_LEVEL": "WARNING",
        }
    )
    sys.stdin.readline()
    wall, cpu = time.perf_counter(), time.process_time()
    process.crawl(Receiver)
    process.start()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if received[0] != len(urls):
        raise SystemExit(f"Scrapy received {received[0]} of {len(urls)} pages")
    _say(Cost(pages=received[0], wall=wall, cpu=cpu, stages={"fetch": cpu}, peak=_own_peak()))


def _say(cost: Cost) -> None:
    sys.stdout.write(json.dumps(asdict(cost)) + "\n")
    sys.stdout.flush()


# -- the run


@contextmanager
def child(who: str, server: Server, folder: Path, profile: str = "") -> Iterator[Callable[[], Cost]]:
    """A crawler in a process of its own; each call of what is yielded is one pass."""
    told = {
        "connect_to": server.connect_to,
        "urls": server.urls,
        "folder": str(folder / who),
        "profile": profile,
    }
    task = folder / f"{who}.json"
    task.write_text(json.dumps(told), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, __file__, "--child", who, "--task", str(task)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def go() -> Cost:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{who}: the crawler ended without a result; see its messages above")
        return Cost(**json.loads(line))

    try:
        yield go
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def one_round(server: Server) -> dict[str, Cost]:
    """Stet's three passes and bare Scrapy's one."""
    costs = {}
    with tempfile.TemporaryDirectory(prefix="stet-crawl-") as folder:
        with child("scrapy", server, Path(folder)) as go:
            costs["bare Scrapy"] = go()
        with child("stet", server, Path(folder)) as go:
            for name in PASSES:
                server.noise(on=name == "noise")
                costs[f"Stet, {name}"] = go()
            server.noise(on=False)
    return costs


def report(rounds: list[dict[str, Cost]]) -> None:
    """The median of the rounds and the cheapest, with what all rounds together found."""
    print(
        f"\n{'':<16}{'pages/s':>8}{'ms/page':>9}{'(best)':>8}  "
        + "".join(f"{name:>10}" for name in STAGE_NAMES)
        + f"{'MB':>7}{'+worker':>8}{'db MB':>7}{'WARC MB':>8}"
    )
    for name in rounds[0]:
        costs = [each[name] for each in rounds]
        line = f"{name:<16}{_median(c.pages / c.wall for c in costs):>8.0f}"
        line += f"{_median(1000 * c.cpu / c.pages for c in costs):>9.2f}"
        line += f"{min(1000 * c.cpu / c.pages for c in costs):>8.2f}  "
        line += "".join(
            f"{_median(1000 * c.stages.get(stage, 0.0) / c.pages for c in costs):>10.2f}" for stage in STAGE_NAMES
        )
        line += f"{max(c.peak for c in costs):>7.0f}{max(c.worker_peak for c in costs):>8.0f}"
        line += f"{costs[-1].database / 1e6:>7.1f}{costs[-1].warcs / 1e6:>8.1f}"
        found = sum((Counter(c.findings) for c in costs), Counter[str]())
        print(line, "  ", ", ".join(f"{count} {what}" for what, count in found.items()))


def _median(values: Iterator[float]) -> float:
    return statistics.median(list(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000, help="of all hosts together")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", choices=[*PAGES, "both"], default="both")
    parser.add_argument("--profile", metavar="OUT", help="write a cProfile file of a first pass, and end")
    parser.add_argument("--child", choices=["stet", "scrapy"], help=argparse.SUPPRESS)
    parser.add_argument("--task", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        told = json.loads(chosen.task.read_text("utf-8"))
        play_stet(told) if chosen.child == "stet" else play_scrapy(told)
        return
    for pages in PAGES if chosen.pages == "both" else (chosen.pages,):
        with serve(hosts=chosen.hosts, articles=chosen.articles, pages=pages) as server:
            print(f"\n{len(server.urls)} articles of {server.page_bytes / 1000:.0f} kB on {chosen.hosts} hosts")
            if chosen.profile:
                _profile(server, chosen.profile)
                return
            report([one_round(server) for _ in range(chosen.rounds)])


def _profile(server: Server, out: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="stet-crawl-") as folder,
        child("stet", server, Path(folder), profile=str(Path(out).absolute())),
    ):
        pass  # it ends by itself


if __name__ == "__main__":
    main()
