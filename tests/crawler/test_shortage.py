"""A disk that is full: nothing half stays, nothing kept is lost, and all goes on by itself when there is room.

The disk is a real one, a small tmpfs. The one interposed failure is EIO, which no mechanism at hand produces.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import random
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from archive.errors import EnvironmentFailed
from archive.warc.checking import Kind, check_folder
from archive.warc.files import NoRoom
from archive.warc.reader import iter_members
from archive.warc.recovery import recover
from archive.warc.writer import WarcWriter
from crawler import runtime
from tests.archive.test_warc import INFO, Clock, exchange, files, http, keep
from tests.homes import Place, kinds

DISK = 24 << 20
TEXT = [
    "Engineers warned the city council of cracks in the old bridge two years before it was closed.",
    "Their letter, seen by this newspaper, names the three pillars that gave way in the winter.",
    "The council denies that it ever got such a letter, and wants to ask the engineers about it in May.",
]


@pytest.fixture
def disk():
    """A file system of 24 MiB."""
    folder = Path(tempfile.mkdtemp(prefix="stet-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # lazy: a place closes its database late
    folder.rmdir()


def free(folder):
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


@contextlib.contextmanager
def filled(folder, but):
    """Somebody else takes all room on the disk `but` so many bytes."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free(folder) - but)
    try:
        yield filler
    finally:
        filler.unlink(missing_ok=True)


def home_on(disk, room, *, reserve, patience):
    place = Place(disk / "home", room)
    text = place._text
    place._text = lambda: f'[archive]\nreserve = "{reserve}"\npatience = "{patience}"\n{text()}'
    return place


def stories(herald, room, count, size=350_000):
    """Pages that do not compress."""
    urls, paragraphs = [], "".join(f"<p>{text}</p>" for text in TEXT).encode()
    for number in range(count):
        path = f"/world/2026/03/02/a-long-story-number-{number}"
        padding = random.Random(number).randbytes(size).hex().encode()
        body = b"<html><title>Story %d</title><article>%s</article><!--%s--></html>"
        room.serve_page(herald.host, path, body % (number, paragraphs, padding))
        urls.append(herald.url(path))
    return urls


def whole(place):
    """Every record of every file is whole, and every fetch of the database is there."""
    for path in place.home.spool.glob("*.warc.gz"):
        assert sum(1 for _ in iter_members(path))
    assert [place.exchange(row).url for row in place.log()] == [row["url"] for row in place.log()]


def test_nothing_is_fetched_when_the_reserve_is_touched_and_the_next_pass_goes_on(disk, room, herald):
    place = home_on(disk, room, reserve="8MiB", patience="1ms")
    place.watch(stories=stories(herald, room, 4, size=20_000))
    with filled(disk, 5 << 20):
        with pytest.raises(NoRoom, match=r"MiB are free, less than the 8\.0 of \[archive\] reserve; free some"):
            place.due()
        assert place.log() == []
    assert kinds(place.due(days=1)) == ["new"] * 4  # in the same process
    whole(place)


def test_a_full_disk_ends_the_pass_with_whole_records_and_the_next_pass_goes_on(disk, room, herald):
    place = home_on(disk, room, reserve="0", patience="1ms")
    place.watch(stories=stories(herald, room, 8))
    with filled(disk, 2 << 20), pytest.raises(EnvironmentFailed) as caught:
        place.due()
    assert "\n" not in str(caught.value)
    whole(place)
    assert len(place.log("article")) < 8
    place.due(days=1)
    assert [article.versions for article in place.articles()] == [1] * 8
    whole(place)


def test_a_short_shortage_is_waited_for_within_the_pass(disk, room, herald, caplog):
    place = home_on(disk, room, reserve="8MiB", patience="60s")
    place.watch(stories=stories(herald, room, 4, size=20_000))
    with filled(disk, 5 << 20) as filler:

        def make_room():
            while "waiting for it" not in caplog.text:
                time.sleep(0.01)
            filler.unlink()

        helper = threading.Thread(target=make_room)
        helper.start()
        found = place.due()
        helper.join()
    assert kinds(found) == ["new"] * 4
    assert caplog.text.count("waiting for it") == 1
    whole(place)


def test_what_the_database_could_not_take_gets_its_row_at_the_next_start(place, herald, monkeypatch):
    """The bytes are in the WARC; the row is made from them, and nothing is fetched for it again."""
    herald.publish(paragraphs=TEXT)
    place.watch(herald)
    index, tries = runtime.Keeper.keep.__globals__["index"], []

    def failing(*arguments, **more):
        tries.append(arguments)
        if len(tries) == 2:
            raise EnvironmentFailed("stet.db: the database fails: disk I/O error")
        return index(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setitem(runtime.Keeper.keep.__globals__, "index", failing)
        with pytest.raises(EnvironmentFailed, match="disk I/O error"):
            place.look()
    assert len(place.log()) == 1
    assert len(list(place.home.spool.glob("*.open"))) == 1
    place.look()
    urls = [row["url"] for row in place.log()]
    assert urls[:2] == [herald.url("/robots.txt"), herald.url("/rss.xml")]
    assert place.articles()
    whole(place)
    assert not list(place.home.spool.glob("*.open"))


def test_a_disk_that_fails_is_trusted_with_nothing_more(tmp_path, monkeypatch):
    """After EIO from fdatasync the kernel takes the bytes for written: the file is left, whole, for the repair."""
    clock = Clock()
    with WarcWriter(tmp_path, info=INFO, now=clock) as writer:
        keep(writer, exchange())
        with monkeypatch.context() as patch:
            sync, tries = os.fdatasync, []

            def failing(descriptor):
                tries.append(descriptor)
                if len(tries) == 1:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                sync(descriptor)

            patch.setattr(os, "fdatasync", failing)
            with pytest.raises(EnvironmentFailed, match="Input/output error"):
                keep(writer, exchange(http(b"another"), after=1))
        keep(writer, exchange(http(b"a third"), after=2))
    recover(tmp_path)
    assert len(files(tmp_path)) == 2
    found = [m.record.block for path in files(tmp_path) for m in iter_members(path) if m.record.type == "response"]
    assert sorted(block[-7:] for block in found) == sorted([exchange().response[-7:], b"a third"])
    assert [fault for fault in check_folder(tmp_path) if fault.kind is not Kind.SEAL] == []


def test_an_idle_file_is_sealed_although_nobody_writes(place, herald):
    story = herald.publish(paragraphs=TEXT)
    place.watch(herald)
    with runtime.opened(place.home, now=place.clock) as opened:
        kept = opened.writer.write_journal([{"kind": "test", "at": "2026-03-02T08:00:00+00:00"}])
        assert not opened.writer.tend()
        place.clock.advance(minutes=15)
        asyncio.run(opened.tend())
        names = {path.name for path in place.home.spool.iterdir()}
        assert names == {kept.warc, f"{kept.warc}.sha256"}
    assert story.url
