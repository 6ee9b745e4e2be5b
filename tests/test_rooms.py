"""The benchmark of the reading room, in small: whatever pages and calls there are, it finds and asks for each."""

from __future__ import annotations

import subprocess
import sys

from tests.played import ROOT, environment


def test_every_page_and_call_is_asked_for_while_a_crawl_runs():
    sizes = ["--articles=300", "--captures=3000", "--versions=600", "--outlets=12"]
    command = [sys.executable, "benchmarks/rooms.py", *sizes, "--seconds=6", "--readers=8", "--think=0"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    *_, counted, last = done.stdout.splitlines()
    assert ", 0 errors, " in counted
    assert "pages and calls are over 300 ms at p95" in last
    assert "not asked" not in done.stdout
