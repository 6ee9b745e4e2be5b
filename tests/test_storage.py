"""A home whose WARC files live in a bucket: a real crawl, a real S3 server, and what can befall both."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from archive import home as homes
from archive.db import files
from archive.db.engine import open_database
from archive.db.record import captures_by_place
from archive.domain.model import Exchange
from archive.storing import store
from archive.warc.checking import check_folder
from archive.warc.records import prepare
from archive.warc.seals import seal_new
from archive.warc.writer import WarcWriter
from scheduler.cli import run
from tests.buckets import KEYS, S3, needs_s3
from tests.homes import START, Place
from tests.played import environment, stet

pytestmark = [needs_s3, pytest.mark.usefixtures("bucket_keys")]

SETTINGS = """\
[archive]
warcs = "s3://watch/{prefix}"

[storage]
endpoint = "{endpoint}"
allow_http = true
keep_local = "{keep}"
"""


@pytest.fixture
def prefix(request):
    return request.node.name.replace("[", "-").replace("]", "").replace(" ", "-")


# A crawl ---------------------------------------------------------------------------------------------


@pytest.fixture
def stored_place(room, herald, tmp_path, between, prefix):
    """A home that keeps nothing here once the bucket has it."""
    return Place(
        tmp_path / "home", room, archive=SETTINGS.format(prefix=prefix, endpoint=between.endpoint, keep="0s")
    )


def here(place: Place) -> list[str]:
    return sorted(path.name for path in (place.root / "warcs").glob("*.warc.gz*"))


def faults(place: Place) -> list[str]:
    with place.reading() as connection:
        return [str(fault) for fault in check_folder(place.home.warcs, captures_by_place(connection))]


def test_all_commands_work_with_every_warc_file_in_the_bucket_alone(stored_place, herald, s3, prefix, tmp_path):
    place = stored_place
    place.watch(herald)
    story = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
    place.look()
    story.edit_silently("Tuesday", "Monday")
    [change] = [found for found in place.look() if found.what == "change"]
    assert here(place) == [name for name in here(place) if name.endswith(".sha256")], "seals alone stay"
    there = [name.removeprefix(f"{prefix}/") for name in s3.names() if name.startswith(f"{prefix}/")]
    assert len(there) == 4
    assert [name for name in there if name.endswith(".sha256")] == here(place)
    # A 304 shows the page that it confirms: its original is read from the bucket.
    place.look()
    assert place.last(story).status == 304
    assert place.last(story).presence == "present"
    html = stet("get", story.url, "--home", place.root)
    assert (html.returncode, "on Monday" in html.stdout) == (0, True), html.stderr
    before = f"{change.at - timedelta(minutes=1):%Y-%m-%d %H:%M}"
    earlier = stet("get", story.url, "--at", before, "--as", "headers", "--home", place.root)
    assert earlier.stdout.startswith("HTTP/1.1 200 OK")
    warc = stet("get", story.url, "--as", "warc", "-o", tmp_path / "one.warc.gz", "--home", place.root)
    assert warc.returncode == 0, warc.stderr
    assert "{+Monday+}" in stet("diff", story.url, "--home", place.root).stdout
    assert 'rel="first memento"' in stet("timemap", story.url, "--home", place.root).stdout
    proven = stet("verify", "--home", place.root)
    assert (proven.returncode, proven.stdout) == (0, "")
    assert f"s3://watch/{prefix}: no fault in 3 files" in proven.stderr


def test_one_page_out_of_the_bucket_is_one_request(stored_place, herald, between):
    stored_place.watch(herald)
    story = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
    stored_place.look()
    between.seen.clear()
    assert stet("get", story.url, "--home", stored_place.root).returncode == 0
    assert [request.method for request in between.seen] == ["GET"]
    assert between.seen[0].range.startswith("bytes=")


def test_a_bucket_that_is_away_keeps_nobody_from_capturing(stored_place, herald, between, caplog, capsys):
    place = stored_place
    place.watch(herald)
    herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
    between.spoil = lambda _: 503
    with caplog.at_level(logging.WARNING):
        place.look()
    assert place.tally.failed == 0
    told = [record.getMessage() for record in caplog.records]
    [trouble, waits] = [line for line in told if "the log" not in line]
    assert trouble.startswith("not stored: s3://watch/")
    assert trouble.endswith("the store answers 503")
    assert f"{place.root}/warcs: 1 sealed file waits here and nowhere else" in waits
    assert faults_here(place) == []
    assert run(["status", "--json", "--home", str(place.root)]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["waiting_files"], status["stored_files"], status["warc_files"]) == (1, 0, 1)
    assert status["waiting_bytes"] == status["spool_bytes"] > 0
    assert run(["status", "--home", str(place.root)]) == 0
    assert "not in the bucket yet: 1 file" in capsys.readouterr().out
    # It comes back by itself.
    between.spoil = lambda _: None
    place.look()
    assert run(["status", "--json", "--home", str(place.root)]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["waiting_files"], status["stored_files"], status["spool_bytes"]) == (0, 2, 0)
    assert status["stored_bytes"] == status["warc_bytes"] > 0
    assert faults(place) == []


def faults_here(place: Place) -> list[str]:
    with place.reading() as connection:
        return [str(fault) for fault in check_folder(place.home.spool, captures_by_place(connection))]


def test_an_original_that_the_bucket_does_not_give_is_no_finding(stored_place, herald, between):
    """A 304 cannot be understood without its page; nothing is made of it, and the next visit goes on."""
    place = stored_place
    place.watch(herald)
    story = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
    place.look()
    between.spoil = lambda _: 503
    assert [found.what for found in place.look()] == []
    between.spoil = lambda _: None
    place.look()
    assert len(place.versions(story)) == 1
    assert place.standings() == []
    assert place.last(story).presence == "present"


def test_a_lost_database_is_not_begun_anew_beside_a_full_bucket(stored_place, herald):
    stored_place.watch(herald)
    stored_place.look()
    for path in (*stored_place.root.glob("stet.db*"), *(stored_place.root / "warcs").iterdir()):
        path.unlink()
    refused = stet("articles", "--home", stored_place.root)
    assert refused.returncode == 3
    assert "the database is missing, though s3://watch/" in refused.stderr


# A spool ---------------------------------------------------------------------------------------------


class Spool:
    """A home with sealed files that no crawl wrote: by default one that goes in parts and a small one."""

    def __init__(self, root: Path, endpoint: str, prefix: str, *, sizes=(9 << 20, 2000), keep="7d") -> None:
        text = SETTINGS.format(prefix=prefix, endpoint=endpoint, keep=keep)
        self.home = homes.create(root, {}, settings_text=text)
        self.prefix = prefix
        self.now = START
        with self._writer() as writer:
            for size in sizes:
                body = os.urandom(size)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
                sent = Exchange(url="http://a.example/", began=START, request=b"GET", response=head + body)
                writer.write(prepare(sent))
                writer.seal()
        seal_new(self.home.spool)
        self.bytes = {path.name: path.read_bytes() for path in self.paths}
        open_database(self.home.database_url).close()

    def _writer(self) -> WarcWriter:
        return WarcWriter(self.home.spool, info={"software": "test"}, now=lambda: START)

    @property
    def paths(self) -> list[Path]:
        return sorted(self.home.spool.glob("*.warc.gz"))

    def store(self, **later: float):
        self.now += timedelta(**later)
        database = open_database(self.home.database_url)
        try:
            return store(self.home, database, now=lambda: self.now)
        finally:
            database.close()

    def stored(self) -> list[str]:
        database = open_database(self.home.database_url)
        try:
            with database.read() as connection:
                return list(files.stored(connection))
        finally:
            database.close()

    def object(self, s3: S3, name: str) -> bytes | None:
        status, body = s3.ask("GET", f"/watch/{self.prefix}/{name}")
        return body if status == 200 else None

    def faults(self) -> list[str]:
        return [str(fault) for fault in check_folder(self.home.warcs)]


@pytest.fixture
def spool(tmp_path, between, prefix):
    return Spool(tmp_path / "home", between.endpoint, prefix)


def test_what_is_stored_was_read_back_and_is_kept_here_for_a_while(spool, s3, between):
    done = spool.store()
    assert (done.stored, done.dropped, done.waiting, done.troubles) == (list(spool.bytes), [], [], [])
    for name, whole in spool.bytes.items():
        assert spool.object(s3, name) == whole
        assert spool.object(s3, f"{name}.sha256") == (spool.home.spool / f"{name}.sha256").read_bytes()
        read = sum(_length(r.range) for r in between.seen if r.method == "GET" and r.path.endswith(name))
        assert read >= len(whole)
    between.seen.clear()
    done = spool.store(days=6)
    assert (done.stored, done.dropped, between.seen) == ([], [], []), "nothing is asked before its time"
    done = spool.store(days=1)
    assert done.dropped == list(spool.bytes)
    assert sum(_length(r.range) for r in between.seen if r.range) >= sum(map(len, spool.bytes.values()))
    assert spool.paths == []
    assert spool.faults() == []


def _length(span: str) -> int:
    if not span:
        return 0
    start, end = map(int, span.removeprefix("bytes=").split("-"))
    return end - start + 1


def test_a_file_that_the_bucket_lost_is_put_there_again_before_it_leaves(spool, s3):
    spool.store()
    name = next(iter(spool.bytes))
    s3.ask("DELETE", f"/watch/{spool.prefix}/{name}")
    assert spool.store(days=7).dropped == list(spool.bytes)
    assert spool.object(s3, name) == spool.bytes[name]


def test_a_file_that_the_bucket_spoilt_never_leaves(spool, s3):
    spool.store()
    name = next(iter(spool.bytes))
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}", b"x" + spool.bytes[name][1:])
    done = spool.store(days=7)
    assert done.dropped == list(spool.bytes)[1:]
    [trouble] = done.troubles
    assert trouble.startswith(f"s3://watch/{spool.prefix}/{name}: is not the file that was sealed here")
    assert [path.name for path in spool.paths] == [name]


@pytest.mark.parametrize("which", [0, 1], ids=["in parts", "in one piece"])
def test_what_is_there_already_is_proven_and_never_written_over(spool, s3, between, which):
    name = list(spool.bytes)[which]
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}", b"somebody else's")
    done = spool.store()
    assert done.stored == [other for other in spool.bytes if other != name]
    assert done.waiting == [name]
    [trouble] = done.troubles
    assert f"{spool.prefix}/{name}: is not the file that was sealed here; nothing is written over it" in trouble
    assert spool.object(s3, name) == b"somebody else's"
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}", spool.bytes[name])
    between.seen.clear()
    assert spool.store().stored == [name]
    assert not any(r.body > 1000 for r in between.seen), "what is the same is not sent again"


def test_a_server_that_says_it_has_what_it_has_not_is_found_out(spool, between):
    between.spoil = lambda request: (
        (lambda data: data[:-1] + b"x") if request.range and len(request.range) else None
    )
    done = spool.store()
    assert done.stored == []
    assert len(done.troubles) == len(done.waiting) == 2
    assert spool.store(days=30).dropped == []
    assert [path.read_bytes() for path in spool.paths] == list(spool.bytes.values())


def test_a_file_that_is_not_what_was_sealed_does_not_go_out(spool, s3):
    first = spool.paths[0]
    first.write_bytes(spool.bytes[first.name][:-1])
    done = spool.store()
    assert done.waiting == [first.name]
    assert "is not the file that was sealed; it stays where it is, run: stet verify" in done.troubles[0]
    assert spool.object(s3, first.name) is None


def test_no_file_is_begun_when_patience_is_over(spool):
    database = open_database(spool.home.database_url)
    done = store(spool.home, database, now=lambda: START, patience=timedelta(0))
    database.close()
    assert (done.stored, done.waiting, done.troubles) == ([], list(spool.bytes), [])


def test_without_the_right_the_first_refusal_is_enough(spool, between):
    between.spoil = lambda _: 403
    done = spool.store()
    assert [trouble.partition(": ")[2] for trouble in done.troubles] == ["the store answers 403"]
    assert done.waiting == list(spool.bytes)
    assert len(between.seen) == 1


# Killed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", range(0, 18, 2))
def test_killed_at_any_request_nothing_is_lost_and_nothing_leaves_early(spool, s3, between, moment):
    """`stet store` is killed with SIGKILL while its request number `moment` is under way, and started again."""
    text = (spool.home.root / "stet.toml").read_text().replace('"7d"', '"0s"')
    (spool.home.root / "stet.toml").write_text(text)
    reached, go_on = threading.Event(), threading.Event()

    def spoil(request):
        if len(between.seen) == moment + 1:
            reached.set()
            go_on.wait(30)
        return

    between.spoil = spoil
    command = [sys.executable, "-m", "scheduler.cli", "store", "--home", str(spool.home.root)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not reached.wait(0.02):
        if process.poll() is not None:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    go_on.set()
    assert reached.is_set(), "there are fewer requests than that"
    between.spoil = lambda _: None
    left = {path.name for path in spool.paths}
    for name in spool.bytes.keys() - left:
        assert name in spool.stored()
        assert spool.object(s3, name) == spool.bytes[name]
    again = stet("store", "--json", "--home", spool.home.root)
    assert again.returncode == 0, again.stderr
    assert spool.paths == []
    assert spool.stored() == list(spool.bytes)
    assert {name: spool.object(s3, name) for name in spool.bytes} == spool.bytes
    assert spool.faults() == []


# Proving ---------------------------------------------------------------------------------------------


def altered(spool, s3, name):
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}", spool.bytes[name][:4] + b"x" + spool.bytes[name][5:])


def removed(spool, s3, name):
    s3.ask("DELETE", f"/watch/{spool.prefix}/{name}")


def unsealed(spool, s3, name):
    s3.ask("DELETE", f"/watch/{spool.prefix}/{name}.sha256")
    (spool.home.spool / f"{name}.sha256").unlink()


def sealed_anew(spool, s3, name):
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}.sha256", f"{'0' * 64}  {name}\n".encode())


def cut(spool, s3, name):
    s3.ask("PUT", f"/watch/{spool.prefix}/{name}", spool.bytes[name][:-10])


HARM = {
    altered: ["s3://watch/{prefix}/{name} is not the file that was sealed"],
    removed: ["there is no such file"],
    unsealed: ["its seal is missing"],
    sealed_anew: ["s3://watch/{prefix}/{name} is not the file that was sealed"],
    cut: ["no whole record", "s3://watch/{prefix}/{name} is not the file that was sealed"],
}


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_verify_names_what_befell_a_file_that_the_bucket_alone_has(tmp_path, between, prefix, s3, harm):
    spool = Spool(tmp_path / "home", between.endpoint, prefix, sizes=(3000, 2000), keep="0s")
    spool.store()
    assert (spool.paths, spool.faults()) == ([], [])
    name = next(iter(spool.bytes))
    harm(spool, s3, name)
    found = spool.faults()
    assert all(fault.startswith(name) for fault in found)
    for said in HARM[harm]:
        assert any(said.format(prefix=prefix, name=name) in fault for fault in found), found


def test_verify_names_a_copy_that_is_not_the_file_here(tmp_path, between, prefix, s3):
    spool = Spool(tmp_path / "home", between.endpoint, prefix, sizes=(3000,))
    spool.store()
    [name] = spool.bytes
    altered(spool, s3, name)
    assert spool.faults() == [f"{name}: s3://watch/{prefix}/{name} is not the file that was sealed"]


def test_verify_names_a_copy_that_is_missing_while_the_file_is_here(stored_place, herald, s3, prefix):
    place = stored_place
    place.settings["archive"] = place.settings["archive"].replace('"0s"', '"7d"')
    place.watch(herald)
    place.look()
    [name] = [name for name in here(place) if name.endswith(".gz")]
    assert stet("verify", "--home", place.root).returncode == 0
    s3.ask("DELETE", f"/watch/{prefix}/{name}")
    said = stet("verify", "--home", place.root)
    assert (said.returncode, said.stdout.partition(";")[0]) == (1, f"{name}: its copy in the bucket is missing")


def test_verify_names_what_the_bucket_does_not_give(tmp_path, between, prefix):
    spool = Spool(tmp_path / "home", between.endpoint, prefix, sizes=(3000,), keep="0s")
    spool.store()
    between.spoil = lambda request: 500 if request.range else None
    assert any("cannot be read from here on: the store answers 500" in fault for fault in spool.faults())
    between.spoil = lambda _: 403
    said = stet("verify", "--home", spool.home.root)
    assert said.returncode == 3
    assert "the store answers 403" in said.stderr


# The command -----------------------------------------------------------------------------------------


def test_the_command_stores_now_and_says_what_it_did(spool, between, capsys):
    root = str(spool.home.root)
    between.spoil = lambda _: 503
    assert run(["store", "--home", root]) == 3
    said = capsys.readouterr()
    assert "the store answers 503" in said.err
    assert said.err.endswith(f"{root}/warcs: 2 sealed files wait here, see above\n")
    between.spoil = lambda _: None
    assert run(["store", "--json", "--home", root]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == [{"warc": name, "done": "stored"} for name in spool.bytes]
    assert run(["store", "--home", root]) == 0
    assert "has all sealed files" in capsys.readouterr().err


def test_without_a_bucket_there_is_nothing_to_store_in(tmp_path, capsys):
    homes.create(tmp_path, {})
    assert run(["store", "--home", str(tmp_path)]) == 2
    assert "[archive] warcs is a folder" in capsys.readouterr().err


def test_no_key_stands_anywhere(stored_place, herald, between, caplog):
    """Neither in the home, WARC files and database included, nor in what is told when all goes wrong."""
    place = stored_place
    place.watch(herald)
    between.spoil = lambda _: (
        403,
        f"<Error><AWSAccessKeyId>{KEYS['AWS_ACCESS_KEY_ID']}</AWSAccessKeyId>".encode(),
    )
    with caplog.at_level(logging.DEBUG):
        place.look()
    place.home.spool.joinpath("log").write_text(caplog.text)
    told = stet("store", "--home", place.root, env=environment(LOGLEVEL="DEBUG"))
    place.home.spool.joinpath("told").write_text(told.stdout + told.stderr)
    for path in (path for path in place.root.rglob("*") if path.is_file()):
        for key in KEYS.values():
            assert key.encode() not in path.read_bytes(), path
