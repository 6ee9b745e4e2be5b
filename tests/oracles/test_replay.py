"""pywb replays what a crawl kept: each page as the outlet served it at that time, the edit neither early nor late.

pywb is GPL and wants packages that Scrapy cannot bear, so it runs as a program from an environment of its
own. It reads our WARC files and our index lines as they are.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from archive import home as homes
from archive import memento
from archive.db.articles import listed
from archive.db.engine import open_database
from archive.extraction import extract
from archive.home import Home
from tests.oracles.kept import ARABIC, CONFIRMED, DENIED, TWELVE, index_of, oracle
from tests.played import played

CONFIG = """\
collections:
  stet:
    archive_paths: {warcs}/
    index_paths: {index}
"""
START_WITHIN = 30  #: seconds for pywb to answer; it takes two or three
ANSWER_WITHIN = 10  #: seconds for one page
WARCIO_TRAILER = b"0\r\nChecksum: 1234\r\n\r\n"  #: what its reader makes of a trailer, see test_readers


class Replay:
    """pywb, listening on a port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def page(self, url: str, at: datetime, *, modifier: str = "id_") -> tuple[http.client.HTTPResponse, bytes]:
        """The answer for `url` at `at`, to the second; `id_`: as it was, `mp_`: with links rewritten."""
        with contextlib.closing(self._connection()) as connection:
            path = f"/stet/{at:%Y%m%d%H%M%S}{modifier}/{url}"
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            try:
                return response, response.read()
            except http.client.IncompleteRead as cut:
                return response, cut.partial

    def is_up(self) -> bool:
        with contextlib.closing(self._connection()) as connection, contextlib.suppress(OSError):
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        return False

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_WITHIN)


@contextlib.contextmanager
def replaying(folder: Path, home: Home) -> Iterator[Replay]:
    """pywb on loopback, over the WARC files and the index lines of a home; ended by its process handle."""
    wayback = oracle("wayback")
    index = folder / "index.cdxj"
    index.write_text("".join(f"{line}\n" for line in index_of(home)))
    (folder / "config.yaml").write_text(CONFIG.format(warcs=home.spool, index=index))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        command = [wayback, "-b", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        found, end = Replay(port), time.monotonic() + START_WITHIN
        while not found.is_up():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait(ANSWER_WITHIN)


@pytest.fixture(scope="module")
def replay(archive, tmp_path_factory):
    """The archive of this folder's story."""
    with replaying(tmp_path_factory.mktemp("pywb"), archive.home) as found:
        yield found


@pytest.mark.parametrize("modifier", ["id_", "mp_"])
def test_the_edited_article_reads_at_every_time_as_it_then_stood(archive, replay, modifier):
    """A revisit shows the wording before the edit until the edit, and after it the new one."""
    wordings = [DENIED] * 3 + [CONFIRMED] * 3 + [TWELVE] * 3
    captures = archive.captures("edited")
    for capture, wording in zip(captures, wordings, strict=True):
        response, body = replay.page(archive.urls["edited"], capture.timestamp, modifier=modifier)
        assert response.status == 200
        assert response.headers["Memento-Datetime"] == f"{capture.timestamp:%a, %d %b %Y %H:%M:%S} GMT"
        text = body.decode()
        shown = [words for words in (DENIED, CONFIRMED, TWELVE) if words in text]
        assert shown == [wording], f"at {capture.timestamp}"


@pytest.mark.parametrize("name", ["edited", "brotli", "zipped", "hinted", "arabic", "moved to", "reset"])
def test_each_page_that_was_kept_is_replayed_byte_for_byte(archive, replay, name):
    """Content codings undone, as pywb does it; an interim 103 is not taken for the answer."""
    whole = [c for c in archive.captures(name) if c.record_type == "response"]
    assert whole
    for capture in whole:
        response, body = replay.page(archive.urls[name], capture.timestamp)
        assert response.status == 200
        assert body == archive.body(name, capture.timestamp)


def test_arabic_words_are_intact_also_in_revisits(archive, replay):
    captures = archive.captures("arabic")
    assert [c.status for c in captures] == [200, *[304] * 6]
    for capture in captures:
        text = replay.page(archive.urls["arabic"], capture.timestamp, modifier="mp_")[1].decode("utf-8")
        assert all(paragraph in text for paragraph in ARABIC)


def test_a_moved_article_redirects_from_the_day_it_moved(archive, replay):
    """With the target's own address; of the pages before the move, the words.

    A redirect that came again as before is a revisit; pywb replays its head, and no body.
    """
    captures = archive.captures("moved")
    assert [c.status for c in captures] == [200, 304, 304, 301, 301, 301, 301]
    for capture in captures[:3]:
        response, body = replay.page(archive.urls["moved"], capture.timestamp)
        assert (response.status, b"Bridge to open in May" in body) == (200, True)
    for capture in captures[3:]:
        response, _ = replay.page(archive.urls["moved"], capture.timestamp)
        assert (response.status, response.headers["Location"]) == (301, archive.urls["moved to"])
    response, body = replay.page(archive.urls["moved to"], captures[4].timestamp)
    assert (response.status, b"Bridge to open in May" in body) == (200, True)


@pytest.mark.parametrize(("name", "status"), [("withdrawn", 404), ("gone", 410), ("legal", 451)])
def test_a_takedown_is_replayed_as_the_answer_that_it_was(archive, replay, name, status):
    captures = archive.captures(name)
    first, *later = [c for c in captures if c.status == status]
    notice = archive.body(name, first.timestamp)
    assert {c.record_type for c in later} == {"revisit"}
    for capture in (first, *later):
        response, body = replay.page(archive.urls[name], capture.timestamp)
        assert (response.status, body) == (status, notice)
    before = replay.page(archive.urls[name], captures[0].timestamp)
    assert (before[0].status, before[1]) == (200, archive.body(name, captures[0].timestamp))


def test_a_page_that_was_cut_is_replayed_as_far_as_it_came(archive, replay):
    """Its Content-Length announces more: pywb says so, too, and a browser shows what there is."""
    cut = next(c for c in archive.captures("cut") if c.truncated)
    response, body = replay.page(archive.urls["cut"], cut.timestamp)
    assert body == archive.body("cut", cut.timestamp)
    assert int(response.headers["Content-Length"]) > len(body)


def test_a_chunked_page_is_whole_and_only_its_trailer_is_added(archive, replay):
    """The fault of warcio's reader that test_readers tells of; chunk sizes and extensions are read right."""
    captures = archive.captures("chunked")
    assert [c.record_type for c in captures[:2]] == ["response", "revisit"]
    first = archive.body("chunked", captures[0].timestamp)
    for capture in captures[:2]:
        assert replay.page(archive.urls["chunked"], capture.timestamp)[1] == first + WARCIO_TRAILER


def test_what_the_demo_keeps_is_replayed_as_each_version_says(tmp_path):
    """Every capture that shows a story, of every article of `stet demo`, by the text that was read out of it."""
    home = homes.find(played().home, {})
    database = open_database(home.database_url)
    with database.read() as connection:
        shown = [pair for article in listed(connection) for pair in memento.shown(connection, article)]
    database.close()
    with replaying(tmp_path, home) as replay:
        for capture, version in shown:
            response, body = replay.page(capture.url, capture.timestamp)
            assert response.status == 200
            again = extract(body, url=capture.url, content_type=response.getheader("Content-Type", ""))
            assert (again.title, again.text) == (version.extraction.title, version.extraction.text)
    assert len({version.id for _, version in shown}) == 9  # seven articles, one of them in three wordings
    assert len(shown) > 40
