"""Is anything lost when a busy crawl is killed? kill -9 at random moments of a real crawl, many times.

    python benchmarks/killing.py [--kills 200] [--seed 1]

A server in a process of its own plays 10 outlets with 40 stories each. `stet crawl --force` is started on one
home again and again, and killed with SIGKILL at a random moment after it began to write. WARC files are small
there, so that many are closed in the middle of it all. Every fourth kill is followed by one of the next start,
while it mends what the first one left; every eighth falls into a crawl whose disk is full (where root can mount a
tmpfs).

After each restart, every exchange that the database learnt of since is proven: each record against its digests,
and the bytes of the answer against what the server says when it is sent that very request again (but for its
clock). In the end one crawl may finish, and `stet verify` proves every file, record, digest and index row. Edits
must be none: the stories never change.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select

from archive import home as homes
from archive.db import outlets, record, totals
from archive.db.engine import Connection, open_database
from archive.db.tables import fetches, warcs
from archive.domain.model import Location, Outlet, Seed, SeedKind
from archive.warc import http1
from archive.warc.checking import record_faults
from archive.warc.reader import exchange_of, group_at
from crawler.runtime import opened
from scheduler.newsroom import Served, serve_in_process

SETTINGS = """\
[archive]
rotate_size = "150kB"
reserve = 0
patience = "30s"
[crawl]
delay = 0.0
allow_private_addresses = true
[crawl.connect_to]
{table}
"""
SPAN = 1.5  #: seconds, at most, from the first byte of a crawl to its kill; all 400 stories take about five
START = (0.7, 1.7)  #: seconds after its start in which a crawl mends what another one left
DISK = 1 << 30  #: bytes of the tmpfs
LEFT = 200_000  #: bytes that are left on a full disk
CLOCK = re.compile(rb"\r\nDate: [^\r]*", re.IGNORECASE)


def stet(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "scheduler.cli", *arguments, "--home", str(home)]


def prepare(root: Path, served: Served) -> homes.Home:
    table = "\n".join(f'"{host}" = "{address}"' for host, address in served.connect_to.items())
    home = homes.create(root, settings_text=SETTINGS.format(table=table))
    database = open_database(home.database_url)
    with database.write() as connection:
        for number, (host, seed) in enumerate(zip(served.hosts, served.seeds, strict=True)):
            made = Outlet(name=f"outlet-{number}", domains=(host,), seeds=(Seed(url=seed, kind=SeedKind.SITEMAP),))
            outlets.save(connection, made, datetime.now(UTC))
    database.close()
    return home


def killed(home: homes.Home, chance: random.Random, *, early: bool = False) -> bool:
    """Start a crawl and kill it, at its start or at work; whether it was still alive."""
    held = sizes(home)
    process = subprocess.Popen(
        stet(home.root, "crawl", "--force"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if early:
        time.sleep(chance.uniform(*START))
    else:
        until = time.monotonic() + 10
        while process.poll() is None and sizes(home) == held and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, SPAN))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def sizes(home: homes.Home) -> dict[str, int]:
    found = {}
    for path in home.spool.iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was given its final name just now
            found[path.name] = path.stat().st_size
    return found


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[bool]:
    """A small disk at `folder`; whether it is one."""
    folder.mkdir()
    size = f"size={DISK}"
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], stderr=subprocess.DEVNULL, check=False
        ).returncode
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """The disk at `folder` is full but for a few bytes."""
    filler = folder / "filler"
    state = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - LEFT)
    try:
        yield
    finally:
        filler.unlink()


class Witness:
    """Says what the server answers to a request, byte for byte but for its clock."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._known: dict[tuple[str, bytes], bytes] = {}

    def answer(self, url: str, request: bytes) -> bytes:
        """To this very request, sent again."""
        parts, table = urlsplit(url), self._served.connect_to
        host = parts.hostname or ""
        if (host, request) not in self._known:
            target = table.get(f"{host}:{parts.port or 80}") or table[host]
            address, _, port = target.rpartition(":")
            with socket.create_connection((address, int(port)), timeout=10) as connection:
                connection.sendall(request)
                answer = b""
                while not answer or not http1.parse(answer).complete:
                    step = connection.recv(65536)
                    if not step:
                        break
                    answer += step
            self._known[host, request] = CLOCK.sub(b"", answer)
        return self._known[host, request]


class Proof:
    """Proves what the database learnt of since the last time."""

    def __init__(self, home: homes.Home, witness: Witness) -> None:
        self.home, self.witness = home, witness
        self.last = 0
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def go_on(self) -> None:
        """Restart, and look at all that is new."""
        with opened(self.home) as runtime, runtime.database.read() as connection:
            rows = connection.execute(
                select(fetches.c.id, fetches.c.offset, fetches.c.length, warcs.c.name)
                .join(warcs, warcs.c.id == fetches.c.warc_id)
                .where(fetches.c.id > self.last)
                .order_by(fetches.c.id)
            ).all()
            for row in rows:
                self._prove(connection, Location(warc=row.name, offset=row.offset, length=row.length))
                self.last = row.id
        for path in self.home.spool.glob("*.open"):
            self.faults.append(f"{path.name} was left")

    def _prove(self, connection: Connection, place: Location) -> None:
        self.counts["exchanges proven"] += 1
        try:
            group = group_at(self.home.warcs, place)
            for each in group.records:
                self.faults += [f"{place}: {kind} {why}" for kind, why in record_faults(each)]
            kept = exchange_of(
                self.home.warcs, group, lookup=lambda url, at: record.response_at(connection, url, at)
            )
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a fault)
            self.faults.append(f"{place}: {error}")
            return
        if not kept.response or kept.trouble is not None:
            self.counts["of them without a whole answer"] += 1
        elif CLOCK.sub(b"", kept.response) != self.witness.answer(kept.url, kept.request):
            self.faults.append(f"{place}: {kept.url} is not what the server sends")


def kill_again_and_again(home: homes.Home, proof: Proof, kills: int, chance: random.Random, small: bool) -> None:
    counts = proof.counts
    number = 0
    while number < kills:
        number += 1
        if small and number % 8 == 0:
            with full(home.root.parent):
                counts["killed on a full disk"] += killed(home, chance)
        else:
            counts["killed at work"] += killed(home, chance)
        if number % 4 == 0 and number < kills:
            number += 1
            counts["killed at the next start"] += killed(home, chance, early=True)
        proof.go_on()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.monotonic()
    with (
        serve_in_process(hosts=10, stories=40) as served,
        tempfile.TemporaryDirectory() as top,
        disk(Path(top) / "disk") as small,
    ):
        home = prepare(Path(top) / "disk" / "home", served)
        proof = Proof(home, Witness(served))
        with contextlib.suppress(KeyboardInterrupt):  # then what was proven so far is told
            kill_again_and_again(home, proof, chosen.kills, random.Random(chosen.seed), small)
        last = subprocess.run(stet(home.root, "crawl", "--force"), capture_output=True, text=True, check=True)
        proof.go_on()
        verified = subprocess.run(stet(home.root, "verify"), capture_output=True, text=True, check=False)
        database = open_database(home.database_url)
        with database.read() as connection:
            counts = totals.counts(connection, datetime.now(UTC), since=datetime.now(UTC))
        database.close()
        kills = sum(count for what, count in proof.counts.items() if what.startswith("killed"))
        print(f"{kills} kills in {time.monotonic() - began:.0f} s, full disk: {'yes' if small else 'no'}")
        for what, count in proof.counts.items():
            print(f"{what}: {count}")
        print(f"faults: {len(proof.faults)}")
        print(*proof.faults[:20], sep="\n", end="\n" if proof.faults else "")
        print(f"torn ends set aside:  {len(list(home.spool.glob('*.torn*')))}")
        print(f"the last crawl said:  {' / '.join(last.stderr.strip().splitlines()[-2:])}")
        kept = f"{counts['captures']} captures of {counts['articles']} articles in {counts['versions']} versions"
        print(f"kept: {kept}, {counts['changes']} changes (0 were made)")
        print(f"stet verify: exit code {verified.returncode}: {(verified.stdout + verified.stderr).strip()}")


if __name__ == "__main__":
    main()
