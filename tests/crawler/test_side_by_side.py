"""Several rounds at once on one host: five outlets in five folders of it, by the log of its server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from archive.db import articles, outlets
from crawler.crawl import one_round
from crawler.runtime import Runtime, opened
from crawler.tasks import control_job, vantage_job
from scheduler import frontier, probes
from scheduler.newsroom import Request, Response, Script
from scheduler.newsroom.wire import http_date
from scheduler.probes import Scope
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import environment
from tests.proxies import HttpProxy

HOST = "press.example"
FOLDERS = ("politics", "world", "economy", "culture", "sport")


class Weary(Newsroom):
    """A newsroom that wants rest: one 429 for each entry of `rest`, to whatever is asked for but robots.txt."""

    def __init__(self, **more) -> None:
        super().__init__(**more)
        self.rest: list[str | float] = []  #: seconds as text, or a number of them as a date

    def respond(self, request: Request) -> Response | Script:
        with self.lock:
            if not self.rest or request.path == "/robots.txt":
                return super().respond(request)
            wanted = self.rest.pop(0)
        if not isinstance(wanted, str):
            wanted = http_date(self.clock.now() + timedelta(seconds=wanted))
        return Response(status=429, body=b"slowly\n", headers=(("Retry-After", wanted),))


class Press:
    """A host with five outlets, and a home that watches them."""

    def __init__(self, folder, room, *, stories: int = 2, crawl: str = "", **settings) -> None:
        self.room = room
        self.paper = room.outlet(HOST, title="The Press")
        for section in FOLDERS:
            for _ in range(stories):
                self.paper.publish(section=section)
        self.place = Place(folder / "home", room, crawl=f'contact = "mailto:a@example.org"\n{crawl}', **settings)
        for section in FOLDERS:
            front = f"/{section}/"
            domains = (f"{HOST}{front}".rstrip("/"),)
            self.place.watch(self.paper, front, name=section, domains=domains, home=self.paper.url(front))
        self.place.watch(stories=self.paper.stories)

    def work(self, runtime: Runtime, name: str, *labels: str) -> dict[str, list]:
        """All that a round may do of one outlet: seeds, articles, looks from elsewhere, siblings, the front."""
        now = runtime.now()
        with runtime.database.read() as connection:
            seeds = frontier.due_seeds(connection, now, outlet=name, force=True)
            visits = frontier.due_articles(connection, now, outlet=name, force=True)
            known = articles.listed(connection, outlet=name)
            outlet_id, outlet = known[0].outlet_id, seeds[0].task.outlet
            asked = probes.siblings_wanted(connection, Scope(outlet_id=outlet_id), runtime.settings, now)
        looks = [vantage_job(each, outlet, label) for label in labels for each in known]
        control = control_job(outlet.home, outlet_id, outlet)
        return {"seeds": seeds, "articles": [*visits, *looks], "probes": [*asked, control]}

    def rounds(self, *labels: str, meanwhile=None) -> None:
        """Five rounds at once, one of each outlet; `meanwhile` is awaited beside them."""

        async def play(runtime: Runtime) -> None:
            works = [self.work(runtime, name, *labels) for name in FOLDERS]
            beside = [meanwhile()] if meanwhile is not None else []
            await asyncio.gather(*(one_round(runtime, **work) for work in works), *beside)
            await runtime.aclose()

        with opened(self.place.home) as runtime:
            asyncio.run(play(runtime))

    @property
    def asked(self) -> list:
        return self.room.log.requests_for(HOST)

    @property
    def gaps(self) -> list[float]:
        return self.room.log.gaps(HOST)


@pytest.fixture
def weary():
    with Weary() as room:
        yield room


@pytest.fixture
def press(tmp_path, weary):
    return Press(tmp_path, weary, delay=0.1)


def test_five_rounds_of_one_host_never_overlap(tmp_path, weary):
    """Seeds, articles, siblings, front pages and looks from another country: all wait for one turn."""
    with HttpProxy(lambda: weary.connect_to) as proxy:
        press = Press(tmp_path, weary, delay=0.07, crawl=f'[crawl.vantages]\nus = "{proxy.url}"')
        press.rounds()
        press.paper.break_with("late", seconds=0.03)
        press.rounds("us")
    assert weary.log.overlaps(HOST) == []
    assert min(press.gaps) >= 0.07
    paths = [visit.path for visit in press.asked]
    assert paths.count("/robots.txt") == 2  # once from here, once from there
    assert all(paths.count(story.path) == 3 for story in press.paper.stories)
    assert all(paths.count(f"/{section}/") == 4 for section in FOLDERS)  # as seed and as front page
    names = {story.path for story in press.paper.stories} | {f"/{section}/" for section in FOLDERS}
    assert len(set(paths) - names - {"/robots.txt"}) == 5  # what cannot exist, once in each folder


def test_of_two_outlets_the_slower_one_counts_before_and_after(tmp_path, weary):
    press = Press(tmp_path, weary, stories=3, delay=0)
    slow = next(story for story in press.paper.stories if story.words.section == "world")
    with press.place.writing() as connection:
        made = replace(outlets.by_name(connection, "world")[1], delay=0.3)
        outlets.save(connection, made, press.place.clock.moment)
    press.rounds()
    assert slow.path in [visit.path for visit in press.asked]
    for before, after in pairwise(press.asked):
        if "/world/" in before.path + after.path:
            assert after.received - before.finished >= 0.3


def test_crawl_delay_holds_from_robots_txt_on(press):
    press.paper.robots("User-agent: *\nCrawl-delay: 0.4\n")
    press.rounds()
    assert len(press.asked) >= 16
    assert min(press.gaps) >= 0.4


@pytest.mark.parametrize("wanted", ["2", 3.0])
@pytest.mark.parametrize("fast_by", [-3600, 0, 3600])
def test_retry_after_is_obeyed_to_the_second_while_five_rounds_wait(press, weary, wanted, fast_by):
    """As seconds and as a date, which is one of the server's own clock, however wrong that is."""
    weary.clock.advance(seconds=fast_by)
    weary.rest = [wanted]
    press.rounds()
    [at] = [n for n, visit in enumerate(press.asked) if visit.status == 429]
    # A date has no fractions of a second: it is up to one before what was meant.
    least, most = (2, 3) if wanted == "2" else (2, 4)
    assert least <= press.gaps[at] < most
    assert max(gap for n, gap in enumerate(press.gaps) if n != at) < 1


def test_a_host_that_says_429_again_and_again_is_left_alone_for_twice_as_long_each_time(press, weary):
    weary.rest = ["1", "1", "1"]
    press.rounds()
    refused = [n for n, visit in enumerate(press.asked) if visit.status == 429]
    assert [round(press.gaps[n] - 0.3) for n in refused] == [1, 2, 4]


def test_a_host_that_asks_for_more_than_a_pass_should_wait_ends_all_rounds_at_once(press, weary):
    weary.rest = ["60"]
    begun = time.monotonic()
    press.rounds()
    assert time.monotonic() - begun < 5
    assert press.asked[-1].status == 429
    press.rounds()  # it is remembered
    assert press.asked[-1].status == 429


def test_what_robots_txt_comes_to_forbid_is_not_asked_for_by_those_who_wait_already(tmp_path, weary):
    press = Press(tmp_path, weary, stories=4, delay=0.15, crawl='robots_max_age = "1s"')
    changed = []

    async def forbid() -> None:
        await asyncio.sleep(0.8)
        press.paper.robots("User-agent: *\nDisallow: /\n")
        changed.append(time.monotonic())

    press.rounds(meanwhile=forbid)
    last = [visit for visit in press.asked if visit.path != "/robots.txt"][-1]
    told = [visit for visit in press.asked if visit.path == "/robots.txt" and visit.received > changed[0]]
    assert last.received < changed[0] + 1 + 0.5  # the age, and what was on its way
    assert last.received < told[0].finished


def test_a_crawl_delay_that_is_raised_holds_for_those_who_wait_already(tmp_path, weary):
    press = Press(tmp_path, weary, delay=0.1, crawl='robots_max_age = "1s"')

    changed = []

    async def slow_down() -> None:
        while sum(visit.path != "/robots.txt" for visit in press.asked) < 4:  # noqa: ASYNC110 another thread asks
            await asyncio.sleep(0.01)
        press.paper.robots("User-agent: *\nCrawl-delay: 0.5\n")
        changed.append(time.monotonic())

    press.rounds(meanwhile=slow_down)
    second = next(
        n for n, visit in enumerate(press.asked) if visit.path == "/robots.txt" and visit.received > changed[0]
    )
    assert min(press.gaps[second:]) >= 0.5
    assert min(press.gaps[:second]) < 0.2
    assert len(press.gaps) - second > 5


def test_the_delay_holds_over_an_end_and_a_begin(tmp_path, weary):
    """As when the daemon takes new settings: the process is the same, and nothing takes a second."""
    press = Press(tmp_path, weary, stories=1, delay=0.6)
    for section in ("politics", "world"):

        async def play(runtime: Runtime, section=section) -> None:
            await one_round(runtime, seeds=press.work(runtime, section)["seeds"], follow=False)
            await runtime.aclose()

        with opened(press.place.home) as runtime:
            asyncio.run(play(runtime))
    assert len(press.asked) == 3
    assert min(press.gaps) >= 0.6


# After a crash.


def start(place: Place) -> subprocess.Popen:
    command = [sys.executable, "-m", "scheduler.cli", "crawl", "--force", "--home", str(place.root)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())


def killed_when(press: Press, seen) -> None:
    with start(press.place) as crawl:
        until = time.monotonic() + 90
        while not seen() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)  # the answer is on its way, or kept just now
        os.kill(crawl.pid, signal.SIGKILL)
    assert seen()


def test_retry_after_outlives_a_kill(press, weary):
    """By the server's log: nothing is asked for until the time is over, by whatever process."""
    weary.rest = ["6"]
    killed_when(press, lambda: any(visit.status == 429 for visit in press.asked))
    [at] = [n for n, visit in enumerate(press.asked) if visit.status == 429]
    with start(press.place) as crawl:
        crawl.communicate(timeout=60)
    assert len(press.asked) > at + 10
    assert 6 <= press.gaps[at] < 7.5


def test_crawl_delay_outlives_a_kill_in_the_midst_of_it(press):
    press.paper.robots("User-agent: *\nCrawl-delay: 4\n")
    killed_when(press, lambda: len(press.asked) > 1)
    before = len(press.asked)
    killed_when(press, lambda: len(press.asked) > before)
    assert min(press.gaps) >= 4
