"""Is anything lost when a busy crawl is killed? kill -9 at random moments of a real crawl, many times.

    python benchmarks/killing.py [--kills 40] [--seed 1]

A server in a process of its own plays 10 outlets with 40 stories each. `stet crawl --force` is started on one
home again and again, and killed with SIGKILL after a random time. Then one crawl may finish, and
`stet verify` proves every file, record, digest and index row. Printed: how often a crawl was killed while it
fetched, what the last recovery said, how many exchanges are kept, and every fault (there must be none). Edits
must be none either: the stories never change.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive import home as homes
from archive.db import outlets, totals
from archive.db.engine import open_database
from archive.domain.model import Outlet, Seed, SeedKind
from scheduler.newsroom import Served, serve_in_process

SETTINGS = "[crawl]\ndelay = 0.0\nallow_private_addresses = true\n[crawl.connect_to]\n{table}\n"
SPAN = (1.5, 8.0)  #: seconds until a kill; a crawl of all 400 stories begins after one and takes about five


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


def killed(home: homes.Home, after: float) -> bool:
    """Start a crawl and kill it; whether it was still at work."""
    process = subprocess.Popen(
        stet(home.root, "crawl", "--force"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    with serve_in_process(hosts=10, stories=40) as served, tempfile.TemporaryDirectory() as folder:
        home = prepare(Path(folder) / "home", served)
        hits = sum(killed(home, chance.uniform(*SPAN)) for _ in range(chosen.kills))
        last = subprocess.run(stet(home.root, "crawl", "--force"), capture_output=True, text=True, check=True)
        proof = subprocess.run(stet(home.root, "verify"), capture_output=True, text=True, check=False)
        database = open_database(home.database_url)
        with database.read() as connection:
            counts = totals.counts(connection, datetime.now(UTC), since=datetime.now(UTC))
        database.close()
        print(f"killed while at work: {hits} of {chosen.kills}")
        print(f"torn ends set aside:  {len(list(home.spool.glob('*.torn')))}")
        print(f"the last crawl said:  {' / '.join(last.stderr.strip().splitlines()[-2:])}")
        kept = f"{counts['captures']} captures of {counts['articles']} articles in {counts['versions']} versions"
        print(f"kept: {kept}, {counts['changes']} changes (0 were made)")
        print(f"stet verify: exit code {proof.returncode}: {(proof.stdout + proof.stderr).strip()}")


if __name__ == "__main__":
    main()
