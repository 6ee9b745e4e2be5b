"""`stet serve` as a program of its own, on the home that the demo leaves."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys

import pytest

from tests.played import ROOT, environment, kept, played, stet
from tests.serving import Site, links


@contextlib.contextmanager
def serving(home, *more):
    """The program, and where it says that it serves."""
    command = [sys.executable, "-m", "scheduler.cli", "serve", "--home", home, "--port", "0", *more]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(), cwd=ROOT)
    try:
        said = program.stderr.readline()
        yield Site(re.search(r"http://\S+?(?=/ )", said)[0])
    finally:
        program.send_signal(signal.SIGINT)
        rest = program.communicate(timeout=20)[1]
    assert (program.returncode, rest) == (0, "")


@pytest.fixture(scope="module")
def site():
    with serving(played().home) as site:
        yield site


def rows(*arguments):
    return [json.loads(line) for line in stet(*arguments, "--home", played().home, "--json").stdout.splitlines()]


@pytest.fixture(scope="module")
def report():
    [url] = [row["url"] for row in rows("articles") if "minister" in row["url"]]
    return url


def test_the_edited_article_is_served_at_every_one_of_its_times(site, report):
    """As the command takes it out, so it is served: both choose by the same rule."""
    listed = links(site.get(f"/timemap/link/{report}").text)["memento"]
    assert len(listed) == len(rows("captures", report))
    for uri, _ in listed:
        reply = site.get(uri)
        taken = stet("get", report, "--home", played().home, "--at", uri.split("/")[4], "--any-status")
        assert (reply.status, reply.text) == (200, taken.stdout)


def test_the_text_of_a_memento_is_the_wording_that_stood_then(site, report):
    seen = [site.get(uri.replace("/http:", "te_/http:", 1)).text for uri in mementos(site, report)]
    assert seen[0] != seen[-1]
    assert seen[-1] == stet("get", report, "--home", played().home, "--as", "text").stdout
    assert "12 people had lost their homes" in seen[-1]


def mementos(site, url):
    return [uri for uri, _ in links(site.get(f"/timemap/link/{url}").text)["memento"]]


def test_a_capture_without_a_story_has_no_text(site):
    feed = next(row["url"] for row in rows("captures", "http://herald.example/rss.xml"))
    uri = mementos(site, feed)[0]
    assert "<rss" in site.get(uri).text
    reply = site.get(uri.replace("/http:", "te_/http:", 1))
    assert (reply.status, reply.text.count("\n")) == (404, 1)


def test_a_304_is_served_as_the_page_that_it_confirms(site, report):
    confirmed = [row for row in rows("captures", report) if row["status"] == 304]
    assert confirmed
    for row in confirmed:
        digits = re.sub(r"\D", "", row["timestamp"])
        reply = site.get(f"/web/{digits}/{report}")
        assert reply.status == 200
        assert b"minister" in reply.body


def test_a_port_that_is_taken_is_said_in_one_line(site):
    done = stet("serve", "--home", played().home, "--port", site.port)
    assert done.returncode == 3
    assert re.fullmatch(
        r"stet: 127\.0\.0\.1 port \d+: cannot be listened at: .*; choose another .*\n", done.stderr
    )


def test_behind_a_proxy_links_lead_to_the_public_address(tmp_path):
    home = shutil.copytree(kept().home, tmp_path / "home")
    with (home / "stet.toml").open("a") as file:
        file.write('[web]\nurl = "https://archive.example.org/stet/"\n')
    refused = stet("serve", "--home", home, "--port", "0")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "nobody has an account; run: stet account add" in refused.stderr
    assert stet("account", "add", "anna", "--home", home, input="a horse that reads the news\n").returncode == 0
    made = stet("token", "add", "reader", "--account", "anna", "--home", home)
    token = re.search(r"stet_\S+", made.stdout)[0]
    with serving(home) as site:
        assert site.get(f"/timegate/{kept().report}").status == 401
        reply = site.get(f"/timegate/{kept().report}", Authorization=f"Bearer {token}")
        assert reply["location"].startswith("https://archive.example.org/stet/web/2026")


def test_a_file_that_is_missing_is_the_archives_trouble_and_no_path_is_told(tmp_path):
    home = shutil.copytree(kept().home, tmp_path / "home")
    for file in (home / "warcs").iterdir():
        file.rename(home / file.name)
    command = [sys.executable, "-m", "scheduler.cli", "serve", "--home", home, "--port", "0"]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(), cwd=ROOT)
    try:
        site = Site(re.search(r"http://\S+?(?=/ )", program.stderr.readline())[0])
        reply = site.get(site.get(f"/timegate/{kept().report}")["location"])
        assert (reply.status, reply.text) == (503, "the archive cannot read this just now; its log says why\n")
    finally:
        program.send_signal(signal.SIGINT)
        log = program.communicate(timeout=20)[1]
    assert "warc.gz" in log
