"""`stet import` as a person runs it: the rows, the exit codes, and what a kill in the middle leaves."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.archive.test_importing import EDITED, HOUR, URL, WORDS, Room, no_fault, story
from tests.foreign import DAY, Warc, answer, page
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import environment, kept, stet


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path / "home", Room())


def two_wordings() -> Warc:
    made = Warc()
    made.info()
    for hour, words in enumerate([WORDS, EDITED]):
        made.pair(URL, story(*words), DAY + hour * HOUR)
    return made


def test_a_file_is_brought_in_and_read_as_if_it_had_been_captured(place, tmp_path):
    (tmp_path / "old.warc.gz").write_bytes(two_wordings().packed())
    done = stet("import", "--home", place.root, "--json", tmp_path / "old.warc.gz")
    assert done.returncode == 0, done.stderr
    [row] = map(json.loads, done.stdout.splitlines())
    assert (row["records"], row["kept"], row["known"], row["damaged"]) == (5, 2, 0, 0)
    assert "1 new article" in done.stderr
    assert "is new and paused" in done.stderr
    shown = stet("diff", "--home", place.root, URL)
    assert "[-denied-]{+confirmed+}" in shown.stdout
    at = stet("get", "--home", place.root, URL, "--at", "2019-05-04T10:30", "--as", "text")
    assert "denied" in at.stdout
    assert stet("verify", "--home", place.root).returncode == 0
    again = stet("import", "--home", place.root, tmp_path / "old.warc.gz")
    assert (again.returncode, again.stdout.split()[-4:]) == (0, ["0", "2", "1", "0"])


def test_evidence_says_what_was_not_fetched_here(place, tmp_path):
    """A statement must not make anybody swear to the fetch of another."""
    (tmp_path / "old.warc.gz").write_bytes(two_wordings().packed())
    assert stet("import", "--home", place.root, tmp_path / "old.warc.gz").returncode == 0
    bundle = tmp_path / "change.zip"
    made = stet("export", "--home", place.root, "--evidence", 1, "-o", bundle)
    assert made.returncode == 0, made.stderr
    assert stet("verify", "--offline", bundle).returncode == 0
    with zipfile.ZipFile(bundle) as packed:
        log = packed.read("capture-log.txt").decode()
        statement = packed.read("statement.txt").decode()
    assert log.count("IMPORTED   not fetched by this archive: from old.warc.gz; digest sha256:") == 2
    assert statement.count("NOT fetched by this system, but imported") == 2
    # And the bundle is a file to import from, too.
    other = Place(tmp_path / "other", Room())
    row = json.loads(stet("import", "--home", other.root, "--json", bundle).stdout)
    assert (row["kept"], row["faults"]) == (2, [])


def test_damage_ends_with_1_and_each_place_is_named(place, tmp_path):
    made = two_wordings()
    data = made.packed()
    (tmp_path / "torn.warc.gz").write_bytes(data[:-30])
    done = stet("import", "--home", place.root, "--json", tmp_path / "torn.warc.gz")
    assert done.returncode == 1
    row = json.loads(done.stdout)
    begin = len(data) - len(made.members()[-1])
    assert [(f["offset"], f["lost"]) for f in row["faults"]] == [(begin, True)]
    assert f"torn.warc.gz at byte {begin}: " in done.stderr
    assert done.stderr.splitlines()[-1] == "stet: stet import: 1 place damaged, named above"
    assert (row["kept"], row["damaged"]) == (2, 1)


@pytest.mark.parametrize(("name", "data"), [("a.txt", b"Hello"), ("a.zip", b"PK\x05\x06" + bytes(18))])
def test_what_is_no_archive_ends_with_2_and_nothing_is_kept(place, tmp_path, name, data):
    (tmp_path / "old.warc.gz").write_bytes(two_wordings().packed())
    (tmp_path / name).write_bytes(data)
    for path in (tmp_path / name, tmp_path / "nothing.warc.gz", tmp_path):
        done = stet("import", "--home", place.root, tmp_path / "old.warc.gz", path)
        assert (done.returncode, done.stderr.count("\n")) == (2, done.stderr.count("\n"))
        assert "Traceback" not in done.stderr
    assert place.log() == []


def test_a_dry_run_by_command(place, tmp_path):
    (tmp_path / "old.warc.gz").write_bytes(two_wordings().packed())
    done = stet("import", "--home", place.root, "--dry-run", "--json", tmp_path / "old.warc.gz")
    assert (done.returncode, json.loads(done.stdout)["kept"]) == (0, 2)
    assert place.log() == []


def test_an_outlet_that_is_not_watched_is_refused_by_name(place, tmp_path):
    (tmp_path / "old.warc.gz").write_bytes(two_wordings().packed())
    done = stet("import", "--home", place.root, "--outlet", "heral", tmp_path / "old.warc.gz")
    assert done.returncode == 1
    assert "outlet 'heral': not watched here" in done.stderr


def test_older_captures_become_earlier_versions_of_what_is_watched_and_the_watch_goes_on(tmp_path):
    """The story of one article: seen by others, then by us, then their files come in, then we look again."""
    with Newsroom() as room:
        herald = room.outlet("herald.example", title="The Herald")
        place = Place(tmp_path / "home", room)
        place.watch(herald)
        report = herald.publish("Minister denies report on harbour", EDITED)
        place.look()
        made = Warc()
        made.info()
        made.pair(report.url, answer(page("Minister denies report on harbour", *WORDS)), DAY)
        made.pair(report.url, answer(b"<h1>403</h1>", status="403 Forbidden"), DAY + HOUR)
        (tmp_path / "old.warc.gz").write_bytes(made.packed())
        done = stet("import", "--home", place.root, tmp_path / "old.warc.gz")
        assert done.returncode == 0, done.stderr
        assert "new and paused" not in done.stderr
        assert [v.first_seen < DAY + HOUR for v in place.versions(report)] == [True, False]
        [change] = place.changes()
        assert change.summary.startswith('"denied" became "confirmed"')
        assert place.article(report).first_seen == DAY
        report.edit("120 people", "12 people")
        found = place.look()
        assert [f.what for f in found] == ["change"]
        assert [v.number for v in place.versions(report)] == [1, 2, 3]
        assert len(place.changes()) == 2
        no_fault(place)
        same = stet("reindex", "--check", "--home", place.root)
        assert same.returncode == 0, same.stdout + same.stderr


def many_pages(count: int) -> Warc:
    made = Warc()
    made.info()
    for number in range(count):
        url = f"http://herald.example/2019/05/04/story-of-the-harbour-{number % 9}"
        words = [f"Wording number {number}, {random.Random(number).randbytes(20).hex()}.", *WORDS]
        made.pair(url, answer(page("A story of the harbour", *words)), DAY + timedelta(minutes=number))
    return made


def test_killed_at_any_moment_it_is_begun_again_and_nothing_is_doubled_or_missing(place, tmp_path):
    """kill -9, again and again; then once to its end."""
    path = tmp_path / "old.warc.gz"
    path.write_bytes(many_pages(60).packed())
    command = [sys.executable, "-m", "scheduler.cli", "import", "--home", str(place.root), str(path)]
    chance = random.Random(7)
    for _ in range(6):
        before = len(place.log())
        process = subprocess.Popen(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wanted = before + chance.randrange(1, 12)
        while process.poll() is None and len(place.log()) < wanted:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = stet("import", "--home", place.root, "--json", path)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["kept"] + row["known"], row["known"] > 0) == (60, True)
    log = place.log()
    assert len(log) == len({(entry["url"], entry["began"]) for entry in log}) == 60
    assert sum(len(place.versions(article.url)) for article in place.articles()) == 60
    assert len(place.changes()) == 51
    no_fault(place)
    same = stet("reindex", "--check", "--home", place.root)
    assert same.returncode == 0, same.stdout + same.stderr


class Paper(BaseHTTPRequestHandler):
    """A page in chunks, as most servers send one."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = page("A story of the harbour", *WORDS)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), 100):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(body[at : at + 100]), body[at : at + 100]))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
@pytest.mark.parametrize("compressed", [True, False])
def test_what_wget_recorded_is_read(place, tmp_path, compressed):
    with ThreadingHTTPServer(("127.0.0.1", 0), Paper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/2019/05/04/story-of-the-harbour"
        command = ["wget", "-q", "--warc-file", "taken", "-O", "page.html", url]
        more = [] if compressed else ["--no-warc-compression"]
        subprocess.run([*command, *more], cwd=tmp_path, check=True)
        server.shutdown()
    [path] = tmp_path.glob("taken.warc*")
    done = stet("import", "--home", place.root, "--json", path)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["kept"], row["faults"]) == (1, [])
    [version] = place.versions(url)
    assert version.extraction.text.split("\n\n") == WORDS
    assert dict(place.exchange(place.log()[0]).notes)["sourceSoftware"].startswith("Wget/")
    no_fault(place)


def test_what_another_home_kept_is_read_as_it_was_there(place):
    """Also its revisits, whose 304 heads stand elsewhere, and its redirects."""
    theirs = kept()
    paths = sorted((theirs.home / "warcs").glob("*.warc.gz"))
    done = stet("import", "--home", place.root, "--json", *paths)
    assert done.returncode == 0, done.stderr
    rows = list(map(json.loads, done.stdout.splitlines()))
    assert [(row["unresolved"], row["faults"]) for row in rows] == [(0, [])] * len(paths)
    for url in (theirs.report, theirs.bridge, theirs.once):
        command = ("captures", "--json", "--home")
        mine = [json.loads(line) for line in stet(*command, place.root, url).stdout.splitlines()]
        there = [json.loads(line) for line in stet(*command, theirs.home, url).stdout.splitlines()]
        same = ("url", "timestamp", "status", "mime", "digest", "record_type")
        assert [[row[key] for key in same] for row in mine] == [[row[key] for key in same] for row in there]
        versions = [v.extraction.text for v in place.versions(url)]
        diff = stet("diff", "--home", theirs.home, url, "--format", "json")
        assert versions
        assert stet("diff", "--home", place.root, url, "--format", "json").stdout == diff.stdout
    no_fault(place)
