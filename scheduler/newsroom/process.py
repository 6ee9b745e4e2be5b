"""A newsroom in a process of its own, so that a benchmark's server takes no time from its client.

    with serve_in_process(hosts=20, stories=100) as served:
        crawl(served.seeds, connect_to=served.connect_to)

The child ends when the pipe to its standard input closes, thus also when its parent dies.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.errors import EnvironmentFailed
from scheduler.newsroom.room import Newsroom
from scheduler.newsroom.wire import Request, Response

LANGUAGES = ("en", "ar", "tr", "ku", "ru")  #: dealt out to the hosts in turn
PATIENCE = 10.0  #: seconds for the child to end once told; it takes milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a room that runs elsewhere offers."""

    connect_to: dict[str, str]
    hosts: tuple[str, ...]
    seeds: tuple[str, ...]  #: one sitemap index a host
    urls: tuple[str, ...]  #: every article


def fill(room: Newsroom, *, hosts: int, stories: int, noise: bool = False) -> Served:
    """Publish `stories` made-up stories on each of `hosts` outlets."""
    for number in range(hosts):
        language = LANGUAGES[number % len(LANGUAGES)]
        outlet = room.outlet(f"outlet-{number:02d}.example", language=language, title=f"Outlet {number}")
        outlet.publish_many(stories)
        if noise:
            outlet.add_noise()
    outlets = room.outlets.values()
    return Served(
        connect_to=room.connect_to,
        hosts=tuple(room.outlets),
        seeds=tuple(outlet.url("/sitemap.xml") for outlet in outlets),
        urls=tuple(story.url for outlet in outlets for story in outlet.stories),
    )


def warm(room: Newsroom) -> None:
    """Render and compress every article now, so that a benchmark does not wait for it (0.4 ms a page)."""
    for outlet in room.outlets.values():
        for story in outlet.stories:
            answer = room.respond(Request(method="GET", target=story.path, host=outlet.host, path=story.path))
            assert isinstance(answer, Response)
            assert answer.zipped


@contextlib.contextmanager
def serve_in_process(*, hosts: int = 1, stories: int = 10, noise: bool = False, port: int = 0) -> Iterator[Served]:
    """Run `python -m scheduler.newsroom` as a child for the length of the block."""
    command = [
        sys.executable,
        "-m",
        "scheduler.newsroom",
        f"--hosts={hosts}",
        f"--stories={stories}",
        f"--port={port}",
    ]
    child = subprocess.Popen(  # noqa: S603 (our own module, no shell)
        [*command, *(["--noise"] if noise else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        if not line:
            raise EnvironmentFailed(
                "newsroom: the server process ended before it listened; see its messages above"
            )
        told = json.loads(line)
        lists = {key: tuple(told[key]) for key in ("hosts", "seeds", "urls")}
        yield Served(connect_to=told["connect_to"], **lists)
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(PATIENCE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until standard input ends; the first line on standard output is a `Served` as JSON."""
    parser = argparse.ArgumentParser(prog="python -m scheduler.newsroom", description=main.__doc__)
    parser.add_argument("--hosts", type=int, default=1, help="how many outlets")
    parser.add_argument("--stories", type=int, default=10, help="how many stories on each")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--noise", action="store_true", help="let everything around the stories vary")
    chosen = parser.parse_args(arguments)
    with Newsroom(port=chosen.port) as room:
        served = fill(room, hosts=chosen.hosts, stories=chosen.stories, noise=chosen.noise)
        if not chosen.noise:
            warm(room)
        sys.stdout.write(json.dumps(asdict(served)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
