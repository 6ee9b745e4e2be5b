"""Does a daemon that is maltreated lose anything, tell anything twice, or grow? Hundreds of rounds.

    python benchmarks/soak.py [--rounds 500] [--seed 1] [--minutes 25] [--speed 1500] [--steady]

Five outlets live a random life (`soak_world`): edits, declared and not, reverts, withdrawals, restorations, new
stories; hosts hang, answer 500, 503 and 429, cut their answers, reset connections, are away. `stet run` watches
them by a clock that runs 1500 times as fast (`soak_daemon`); nothing else of it is replaced. Its alerts go to a
webhook that fails, hangs and takes messages without a word. Meanwhile the daemon is killed (SIGKILL), stopped
and started again, told to take its settings again, right ones and wrong ones; its disk is full; its database is
held by another process for longer than a writer waits; its clock is set.

In the end what the outlets did is held against what the database says. What stood long enough to be seen must be
known exactly once, nothing else may be; each thing that is told has one alert for each rule and channel, each
alert arrived, and twice only where the receiver took it without an answer, or something was done to the daemon
within a second after it was taken; `stet verify` and `stet reindex --check` agree. `--steady` maltreats nothing
and measures what one process holds over so many rounds. Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, select

from archive import home as homes
from archive.db import outlets, tables, told
from archive.db.engine import open_database
from archive.domain.model import Outlet, Seed, SeedKind
from benchmarks.killing import disk, full
from benchmarks.soak_daemon import Fast, children
from benchmarks.soak_receiver import Receiver
from benchmarks.soak_world import SAID, World, fits

SETTINGS = """\
[archive]
rotate_size = "2MiB"
reserve = "1MiB"
patience = "3s"
[crawl]
delay = 0.02
max_delay = 3.0
timeout = "1s"
robots_max_age = "6h"
allow_private_addresses = true
[crawl.connect_to]
{table}
[takedowns]
confirmations = 3
span = "{span}s"
[daemon]
serve = false
stop_within = "3s"
[alerts.channels.desk]
kind = "webhook"
url = "{webhook}"
secret = "file:secret"
[alerts.rules.all]
channels = ["desk"]
[alerts.rules.silent]
channels = ["desk"]
stealth = true
[alerts.rules.gone]
channels = ["desk"]
standings = ["taken_down"]
"""
PAPERS = ("herald", "courier", "gazette", "tribune", "observer")
STORIES = 6  #: of each at the start
SPAN = 7200  #: seconds of the fast clock over which a removal must be confirmed
PATIENCE = timedelta(
    hours=50
)  #: of the fast clock, to catch up in the end; what was taken down is looked at daily
WRITES = 1.0  #: seconds in which the daemon writes down that a message arrived; it takes some ten milliseconds
GROWTH = 1.10  #: of the memory of one process: the last hundred rounds to the second hundred


@dataclass
class Log:
    """What was done to the daemon, and when it may have lost what it had just fetched."""

    done: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[float, float]] = field(default_factory=list)
    acts: list[tuple[float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def trouble(self, at: float) -> bool:
        """Whether what was sent at that moment may not have been kept."""
        return any(begin <= at <= end for begin, end in list(self.bad))

    def broke_off(self, at: float) -> bool:
        """Whether something was done to the daemon before it could write down what it had sent at that moment."""
        return any(begin <= at + WRITES and at <= end for begin, end in self.acts)

    @contextlib.contextmanager
    def amiss(self, what: str, *, before: float = 1.5, after: float = 1.5) -> Iterator[None]:
        """Something is amiss in this block."""
        self.done[what] += 1
        begun, at = time.monotonic(), len(self.bad)
        self.bad.append((begun - before, float("inf")))
        try:
            yield
        finally:
            ended = time.monotonic()
            self.bad[at] = (begun - before, ended + after)
            self.acts.append((begun, ended))


class Soak:
    """One run."""

    def __init__(self, root: Path, world: World, receiver: Receiver, clock: Fast, log: Log) -> None:
        self.world, self.receiver, self.clock, self.log = world, receiver, clock, log
        self.chance = world.chance
        self.root = root
        top = root.parent.parent  # what is written there is not on the disk that gets full
        self.samples, self.offset, self.said = top / "samples", top / "set", top / "said"
        self.offset.write_text("0")
        self.samples.touch()
        table = "\n".join(f'"{host}" = "{address}"' for host, address in world.connect_to.items())
        self.settings = SETTINGS.format(table=table, span=SPAN, webhook=receiver.url)
        self.home = homes.create(root, settings_text=self.settings)
        (root / "secret").touch(0o600)
        (root / "secret").write_text(receiver.secret)
        self.database = open_database(self.home.database_url)
        with self.database.write() as connection:
            for name in PAPERS:
                host = f"{name}.example"
                seed = Seed(url=f"http://{host}/rss.xml", kind=SeedKind.FEED)
                made = Outlet(name=name, domains=(host,), home=f"http://{host}/", seeds=(seed,))
                outlets.save(connection, made, clock.now())
        self.daemon = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """The daemon."""
        program = Path(__file__).with_name("soak_daemon.py")
        command = [sys.executable, str(program), str(self.root), "--origin", str(self.clock.origin)]
        command += ["--start", self.clock.start.isoformat(), "--speed", str(self.clock.speed)]
        command += ["--set", str(self.offset), "--samples", str(self.samples)]
        with self.said.open("ab") as file:
            return subprocess.Popen(command, stdout=file, stderr=file)

    def rounds(self) -> int:
        """So many in all, in all processes."""
        last: dict[int, int] = {}
        for line in self.lines():
            last[line["pid"]] = line["rounds"]
        return sum(last.values())

    def lines(self) -> list[dict[str, float]]:
        """What the daemons wrote down of themselves."""
        whole = self.samples.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole]

    def is_up(self) -> bool:
        """Whether it is more than a process that begins."""
        return any(line["pid"] == self.daemon.pid for line in self.lines()[-100:])

    # What is done to it.

    def kill(self) -> None:
        """SIGKILL, and another one is started; now and then that one is killed while it puts things in order."""
        with self.log.amiss("killed (SIGKILL)"):
            for _ in range(1 + (self.chance.random() < 0.25)):
                self.daemon.kill()
                self.daemon.wait()
                self.daemon = self.start()
                time.sleep(self.chance.uniform(0.5, 1.5))

    def stop(self) -> None:
        """SIGTERM, and another one is started."""
        with self.log.amiss("stopped (SIGTERM) and started"):
            begun, up = time.monotonic(), self.is_up()
            self.daemon.terminate()
            code = self.daemon.wait()
            took = time.monotonic() - begun
            if (code and (up or code != -signal.SIGTERM)) or took > 3 + 5 + 7:
                self.log.faults.append(f"SIGTERM: exit code {code} after {took:.1f} s")
            self.daemon = self.start()

    def kill_readers(self) -> None:
        """SIGKILL to the processes that read pages for it, as by a machine that is short of memory."""
        with self.log.amiss("readers killed (SIGKILL)"):
            for keeper in children(str(self.daemon.pid)):
                for reader in children(keeper):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(reader), signal.SIGKILL)

    def reload(self) -> None:
        """SIGHUP, with settings that are right or wrong."""
        with self.log.amiss("reloaded (SIGHUP)"):
            wrong = self.chance.random() < 0.5
            (self.root / "stet.toml").write_text(self.settings + ("[nonsense]\n" if wrong else ""))
            self.daemon.send_signal(signal.SIGHUP)
            time.sleep(2)
            (self.root / "stet.toml").write_text(self.settings)

    def fill(self) -> None:
        """The disk is full for some seconds."""
        with self.log.amiss("disk full", after=4.0), full(self.root.parent):
            time.sleep(self.chance.uniform(1, 8))

    def hold(self) -> None:
        """Another process holds the database for longer than a writer waits."""
        with self.log.amiss("database held", after=6.0):
            other = sqlite3.connect(self.root / "stet.db", isolation_level=None, timeout=30)
            try:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(self.chance.uniform(3, 14))
                other.execute("ROLLBACK")
            finally:
                other.close()

    def set_clock(self) -> None:
        """The daemon's clock is set back by an hour, or forward by up to a day."""
        with self.log.amiss("clock set", after=7.0):
            by = self.chance.choice((-3600.0, 3600.0, 86_400.0))
            self.offset.write_text(str(float(self.offset.read_text()) + by))
            self.log.done[f"of them by {timedelta(seconds=abs(by))} {'back' if by < 0 else 'forward'}"] += 1

    def maltreat(self, small: bool) -> None:
        """One thing, by chance."""
        acts = [self.kill] * 5 + [self.stop] * 2 + [self.hold, self.reload, self.reload, self.set_clock]
        acts += [self.kill_readers] * 2
        self.chance.choice(acts + [self.fill] * 2 * small)()

    def look(self) -> None:
        """It must be alive."""
        code = self.daemon.poll()
        if code == 3 and self.log.trouble(time.monotonic()):
            self.log.done["ended at its start (exit code 3), as its database was held or its disk full"] += 1
            self.daemon = self.start()
        elif code is not None:
            self.log.faults.append(f"the daemon ended by itself, exit code {code}: {self.last_words()}")
            self.daemon = self.start()

    def last_words(self) -> str:
        """The end of what it said."""
        return " / ".join(self.said.read_text(errors="replace").strip().splitlines()[-3:])


def live(soak: Soak, *, rounds: int, minutes: float, small: bool, steady: bool) -> None:
    """Let everything happen until there were so many rounds."""
    until, next_act = time.monotonic() + minutes * 60, time.monotonic() + 10
    told_at = 0
    while (count := soak.rounds()) < rounds and time.monotonic() < until:
        soak.world.tick()
        soak.look()
        if not steady and time.monotonic() > next_act:
            soak.maltreat(small)
            next_act = time.monotonic() + soak.chance.uniform(3, 12)
        if count >= told_at + 100:
            told_at = count // 100 * 100
            print(
                f"  {count} rounds after {time.monotonic() - soak.clock.origin:.0f} s", file=sys.stderr, flush=True
            )
        time.sleep(0.1)


def settle(soak: Soak) -> None:
    """Everything is well; the daemon may catch up, and is stopped."""
    soak.world.end()
    soak.receiver.calm = True
    until = time.monotonic() + PATIENCE / timedelta(seconds=soak.clock.speed)
    while time.monotonic() < until and not is_settled(soak):
        soak.look()
        time.sleep(0.5)
    soak.daemon.terminate()
    if code := soak.daemon.wait():
        soak.log.faults.append(f"the last SIGTERM: exit code {code}")


def is_settled(soak: Soak) -> bool:
    """Whether all that stands is known and all that is to be told was told."""
    lives = soak.world.lives.values()
    if not all(len(life.now.good(soak.log.trouble)) >= 4 for life in lives):
        return False
    with soak.database.read() as connection:
        waiting = select(tables.alerts.c.id).where(tables.alerts.c.state == "waiting").limit(1)
        return connection.execute(waiting).first() is None


# What came of it.


def judge(soak: Soak, connection: Connection) -> dict[str, object]:
    """Hold what the outlets did against what the database says."""
    faults, world = soak.log.faults, soak.world
    known, steps = histories(connection)
    counts: Counter[str] = Counter()
    for life in world.lives.values():
        url = life.story.url
        shown = world.wordings(life)
        counts["states of stories"] += len(life.states)
        counts["wordings that had to be known"] += sum(must for _, must in shown)
        counts["changes known"] += max(0, len(known[url]) - 1)
        if not fits(shown, known[url]):
            faults.append(f"{url}: shown {shown}, known {known[url]}")
        removals = list(world.removals(life))
        down = [step for step in steps[url] if step == "taken_down"]
        counts["removals"] += len(removals)
        counts["removals that had to be known"] += sum(removals)
        counts["takedowns known"] += len(down)
        if not sum(removals) <= len(down) <= len(removals):
            faults.append(f"{url}: {len(removals)} removals, {sum(removals)} to be known; known: {steps[url]}")
        if steps[url] and steps[url][-1] == "taken_down":
            faults.append(f"{url}: it is back, and held to be taken down")
    return dict(counts)


def histories(connection: Connection) -> tuple[dict[str, list[int]], dict[str, list[str]]]:
    """What each article said, one after the other, by its changes; and its takedowns and restorations."""
    known: dict[str, list[int]] = defaultdict(list)
    rows = connection.execute(
        select(tables.articles.c.url, tables.versions.c.id, tables.versions.c.document, tables.versions.c.number)
        .join(tables.versions, tables.versions.c.article_id == tables.articles.c.id)
        .order_by(tables.versions.c.number, tables.versions.c.id)
    ).all()
    says = {row.id: number_in(row.document) for row in rows}
    for row in rows:
        if row.number == 1 and not known[row.url]:
            known[row.url].append(says[row.id])
    for row in connection.execute(
        select(tables.articles.c.url, tables.changes.c.from_version, tables.changes.c.to_version)
        .join(tables.changes, tables.changes.c.article_id == tables.articles.c.id)
        .order_by(tables.changes.c.detected_at, tables.changes.c.id)
    ):
        known[row.url].append(says[row.to_version])
    steps: dict[str, list[str]] = defaultdict(list)
    query = select(tables.articles.c.url, tables.standings.c.before, tables.standings.c.after)
    query = query.join(tables.standings, tables.standings.c.article_id == tables.articles.c.id)
    for row in connection.execute(query.order_by(tables.standings.c.at, tables.standings.c.id)):
        if "taken_down" in (row.before, row.after) and row.before != row.after:
            steps[row.url].append(row.after)
    return known, steps


def number_in(document: dict[str, str]) -> int:
    """What a version says."""
    said = SAID.search(document["text"])
    return int(said[1]) if said else -1


def judge_alerts(soak: Soak, connection: Connection) -> dict[str, object]:
    """Each thing that is told was written down once for each rule, and arrived."""
    faults = soak.log.faults
    rows = connection.execute(select(tables.alerts)).mappings().all()
    states = Counter(row["state"] for row in rows)
    by_rule: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["document"]["what"] != "watch":  # a word of the daemon about itself
            by_rule[row["rule"]][f"{row['document']['what']}:{row['document']['id']}"] += 1
    wanted = {f"{each.what}:{each.id}" for each in told.listed(connection, limit=1_000_000)}
    faults += [f"alert twice: {each}" for rule in by_rule.values() for each, count in rule.items() if count > 1]
    wanted = {each for each in wanted if each.startswith(("change:", "standing:"))}
    got = {each for each in by_rule["all"] if each.startswith(("change:", "standing:"))}
    faults += [f"alert lost: {each}" for each in sorted(wanted - got)]
    faults += [f"alert of what is not told: {each}" for each in sorted(got - wanted)]
    silent = select(tables.changes.c.id).where(tables.changes.c.stealth)
    hushed = {f"change:{each}" for each in connection.execute(silent).scalars()}
    faults += [f"alert lost (rule silent): {each}" for each in sorted(hushed - set(by_rule["silent"]))]
    faults += [f"alert {state}: {count}" for state, count in states.items() if state != "sent"]
    arrived = soak.receiver.arrived()
    keys = select(tables.deliveries.c.key).where(tables.deliveries.c.state == "sent")
    sent = set(connection.execute(keys).scalars())
    faults += [f"sent and not arrived: {key}" for key in sorted(sent - set(arrived))]
    doubles = 0
    for key, times in arrived.items():
        doubles += len(times) - 1
        for before, _ in pairwise(times):
            if before.answered and not soak.log.broke_off(before.at):
                faults.append(f"arrived twice without need: {key}")
    return {
        "told": len(wanted),
        "alerts": len(rows),
        "messages that arrived": len(arrived),
        "tries that failed": soak.receiver.failed,
        "messages that arrived again": doubles,
    }


def judge_keeping(soak: Soak) -> dict[str, object]:
    """The WARC files prove, and make the same database."""
    result: dict[str, object] = {}
    for name in (["verify"], ["reindex", "--check"]):
        command = [sys.executable, "-m", "scheduler.cli", *name, "--home", str(soak.root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = (done.stderr.strip().splitlines() or [""])[-1]
        result[f"stet {' '.join(name)}"] = f"exit code {done.returncode}: {last}"
        if done.returncode:
            soak.log.faults.append(f"stet {' '.join(name)}: {(done.stdout + done.stderr).strip()[-2000:]}")
    return result


def memory(soak: Soak, *, steady: bool) -> None:
    """What the daemons held, for each hundred rounds."""
    print(f"{'rounds':>12} {'memory':>9} {'readers':>9} {'files':>6} {'threads':>8}   (medians)")
    groups: dict[int, list[dict[str, float]]] = defaultdict(list)
    before, last = 0, {"pid": 0, "rounds": 0}
    for line in soak.lines():
        if line["pid"] != last["pid"]:
            before += int(last["rounds"])
        last = line
        groups[int(before + line["rounds"]) // 100].append(line)
    medians = {}
    for group, lines in sorted(groups.items()):
        here = {
            key: statistics.median(line[key] for line in lines)
            for key in ("memory", "readers", "files", "threads")
        }
        medians[group] = here
        which, own, readers = f"{group * 100}–{group * 100 + 99}", here["memory"] / 1e6, here["readers"] / 1e6
        print(f"{which:>12} {own:>6.1f} MB {readers:>6.1f} MB {here['files']:>6.0f} {here['threads']:>8.0f}")
    if steady and len(medians) > 3:
        second, final = medians[sorted(medians)[1]], medians[max(medians)]
        growth = final["memory"] / second["memory"]
        print(f"memory of the last hundred rounds to that of the second: {growth:.3f}")
        if growth > GROWTH or final["files"] > second["files"] + 5 or final["threads"] > second["threads"] + 3:
            soak.log.faults.append("it grows")


def report(soak: Soak, *, steady: bool, began: float) -> int:
    """Print it all; the exit code."""
    with soak.database.read() as connection:
        counts: dict[str, object] = {"rounds": soak.rounds(), "fetches": rows(connection, "fetches")}
        counts |= judge(soak, connection) | judge_alerts(soak, connection)
    soak.database.close()
    counts |= judge_keeping(soak)
    fast = timedelta(seconds=round((time.monotonic() - soak.clock.origin) * soak.clock.speed))
    print(f"{time.monotonic() - began:.0f} s, in which {fast} passed for the daemon")
    for what, count in soak.log.done.items():
        print(f"{what}: {count}")
    broke = Counter(kind for _, kind, _, _ in soak.world.faulty)
    print(f"hosts broke down: {', '.join(f'{kind} {count}' for kind, count in sorted(broke.items()))}")
    for what, count in counts.items():
        print(f"{what}: {count}")
    memory(soak, steady=steady)
    print(f"faults: {len(soak.log.faults)}")
    print(*soak.log.faults[:40], sep="\n", end="\n" if soak.log.faults else "")
    return 1 if soak.log.faults else 0


def rows(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=20.0, help="no longer than this, but for the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1500.0)
    parser.add_argument("--steady", action="store_true", help="maltreat nothing: one process for all rounds")
    parser.add_argument("--keep", type=Path, help="a folder for what is left: the home, what the daemon said")
    chosen = parser.parse_args()
    chance, log, began = random.Random(chosen.seed), Log(), time.monotonic()
    clock = Fast(origin=began, start=datetime.now(UTC), speed=chosen.speed)
    with contextlib.ExitStack() as stack:
        top = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        top.mkdir(exist_ok=True)
        small = stack.enter_context(disk(top / "disk"))
        receiver = stack.enter_context(Receiver(random.Random(chosen.seed)))
        world = stack.enter_context(
            World(clock=clock, chance=chance, trouble=log.trouble, span=SPAN / chosen.speed)
        )
        for name in PAPERS:
            world.found(f"{name}.example", STORIES)
        soak = Soak(top / "disk" / "home", world, receiver, clock, log)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                live(soak, rounds=chosen.rounds, minutes=chosen.minutes, small=small, steady=chosen.steady)
            settle(soak)
            return report(soak, steady=chosen.steady, began=began)
        finally:
            soak.daemon.kill()
            if chosen.keep:
                subprocess.run(["cp", "-a", str(top / "disk" / "home"), str(top / "left")], check=False)


if __name__ == "__main__":
    sys.exit(main())
