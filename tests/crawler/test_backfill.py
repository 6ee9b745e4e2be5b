"""Captures of other archives come in one by one, as the outlet had sent them, and never twice."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain import timemap
from archive.domain.model import Undone
from archive.warc import http1
from tests.archive.test_importing import EDITED, HOUR, URL, WORDS, Room, no_fault
from tests.foreign import DAY, page
from tests.homes import Place
from tests.played import stet
from tests.waybacks import Shot, Wayback

PAGE = page("Minister denies report on harbour", *WORDS)
EDIT = page("Minister denies report on harbour", *EDITED)
SHOTS = [Shot(URL, DAY, PAGE), Shot(URL, DAY + HOUR, EDIT), Shot(URL, DAY + 2 * HOUR, b"gone", status=404)]


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path / "home", Room(), crawl="allow_private_addresses = true")


def backfill(place: Place, archive: Wayback, *more: object, url: str = URL):
    place.home  # noqa: B018 - writes its settings
    return stet("backfill", "--home", place.root, "--from", archive.address, "--json", url, *more)


def imported(place: Place) -> list:
    return [place.exchange(row) for row in place.log() if row["source"]]


def test_mementos_become_captures_of_their_time_and_tell_where_they_came_from(place):
    with Wayback(SHOTS) as archive:
        done = backfill(place, archive)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {
            "url": URL,
            "archive": archive.address,
            "mementos": 3,
            "kept": 3,
            "known": 0,
            "failed": 0,
        }
        kept = imported(place)
        assert [(e.url, e.began) for e in kept] == [(URL, DAY + n * HOUR) for n in range(3)]
        head = http1.parse(kept[0].response)
        assert (head.head.status, head.entity) == (200, PAGE)
        assert head.head.headers == (("content-type", "text/html; charset=utf-8"),)
        notes = dict(kept[0].notes)
        assert notes["source"] == archive.address
        assert notes["sourceRecord"] == f"{archive.address}{SHOTS[0].stamp}id_/{URL}"
    [change] = place.changes()
    assert change.detected_at == DAY + HOUR
    assert [row.presence for row in place.fetches(URL)] == ["present", "present", "gone"]
    # What the archive itself answered is kept as well: the TimeMap and each memento, with the archive's own head.
    own = [row for row in place.log("import") if not row["source"]]
    assert [row["status"] for row in own] == [200, 200, 200, 404]
    assert b"Memento-Datetime" in place.exchange(own[1]).response
    no_fault(place)


def test_it_goes_on_where_it_ended_and_takes_nothing_twice(place):
    shots = [Shot(URL, DAY + n * HOUR, PAGE + b"<!-- %d -->" % n) for n in range(7)]
    with Wayback(shots, page=3) as archive:
        assert json.loads(backfill(place, archive, "--limit", 2).stdout)["kept"] == 2
        again = json.loads(backfill(place, archive, "--limit", 3).stdout)
        assert (again["mementos"], again["kept"], again["known"]) == (7, 3, 2)
        since, until = "2019-05-04T14:30", "2019-05-04T15:30"
        assert json.loads(backfill(place, archive, "--since", since, "--until", until).stdout)["mementos"] == 1
        assert json.loads(backfill(place, archive).stdout)["kept"] == 1
        asked = archive.mementos_asked()
        assert len(asked) == len(set(asked)) == 7
        assert backfill(place, archive).returncode == 0
        assert archive.mementos_asked() == asked
    assert len(imported(place)) == 7
    assert len(place.versions(URL)) == 1


def test_an_archive_that_asks_for_patience_gets_it(place):
    with Wayback(SHOTS, refusals=[(429, {"Retry-After": "1"}), (503, {"Retry-After": "0"})]) as archive:
        done = backfill(place, archive)
        assert (done.returncode, json.loads(done.stdout)["kept"]) == (0, 3)
        assert len(archive.mementos_asked()) == 5


def test_an_archive_that_wants_to_be_left_alone_for_long_is(place):
    with Wayback(SHOTS, refusals=[(429, {"Retry-After": "900"})]) as archive:
        done = backfill(place, archive)
        assert done.returncode == 3
        assert "to be left alone for" in done.stderr.splitlines()[-1]
        assert len(archive.mementos_asked()) == 1
        done = backfill(place, archive)
        assert (done.returncode, len(archive.mementos_asked())) == (3, 1)


def test_an_archive_that_goes_down_is_told_and_what_came_is_kept(place):
    shots = [Shot(URL, DAY + n * HOUR, PAGE + b"<!-- %d -->" % n) for n in range(7)]
    with Wayback(shots, down_after=3) as archive:
        done = backfill(place, archive)
        assert (done.returncode, json.loads(done.stdout)["kept"]) == (3, 2)
        assert "3 mementos in a row did not come; what came is kept" in done.stderr
        assert len(place.versions(URL)) == 1
        archive.down_after = None
        assert json.loads(backfill(place, archive).stdout)["kept"] == 5
    done = backfill(place, archive)
    assert done.returncode == 3
    assert "Connection refused" in done.stderr
    no_fault(place)


def test_what_the_archive_does_not_have(place):
    with Wayback([]) as archive:
        done = backfill(place, archive)
        assert (done.returncode, "has no capture of it" in done.stderr) == (1, True)
    done = stet("backfill", "--home", place.root, "--from", "archive", URL)
    assert (done.returncode, "is no address of an archive" in done.stderr) == (2, True)


def test_an_archived_redirect_is_a_redirect_and_an_archives_own_is_followed(place):
    target = "http://herald.example/elsewhere/2019/05/the-harbour-was-sold"
    shots = [
        Shot(URL, DAY, PAGE),
        Shot(URL, DAY + HOUR, b"", status=301, headers=(("Location", target),)),
        Shot(URL, DAY + 2 * HOUR, PAGE),
    ]
    with Wayback(shots, elsewhere={shots[2].stamp: shots[0].stamp}) as archive:
        row = json.loads(backfill(place, archive).stdout)
    assert (row["kept"], row["known"]) == (2, 1)
    moved = http1.parse(imported(place)[1].response).head
    assert (moved.status, moved.get("location")) == (301, target)


CODED = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Length", "77"))


@pytest.mark.parametrize(
    ("shot", "undone"),
    [
        (Shot(URL, DAY, PAGE, headers=CODED), (Undone.FRAMING, Undone.CODING)),
        (Shot(URL, DAY, gzip.compress(PAGE, mtime=0), headers=CODED, coding="gzip"), (Undone.FRAMING,)),
        (Shot(URL, DAY, gzip.compress(PAGE, mtime=0), coding="gzip"), ()),
        (
            Shot(URL, DAY, PAGE, headers=(("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"))),
            (Undone.FRAMING,),
        ),
        (
            Shot(URL, DAY, PAGE, headers=(("Content-Type", "text/html"), ("Content-Length", "9"))),
            (Undone.FRAMING,),
        ),
    ],
)
def test_a_body_that_the_archive_undid_is_read_all_the_same(place, shot, undone):
    with Wayback([shot]) as archive:
        assert backfill(place, archive).returncode == 0
    [kept] = imported(place)
    assert kept.undone == undone
    [version] = place.versions(URL)
    assert version.extraction.text.split("\n\n") == WORDS
    no_fault(place)


def test_a_timemap_as_archives_write_it():
    text = (
        '<http://a.example/x>; rel="original",\n'
        '<http://web.archive.org/web/timemap/link/http://a.example/x>; rel="self"; type="application/link-format"'
        '; from="Sat, 04 May 2019 10:00:00 GMT",\n'
        '<http://web.archive.org/web/20190504100000/http://a.example:80/x>; rel="first memento"'
        '; datetime="Sat, 04 May 2019 10:00:00 GMT",\n'
        "<http://pywb.example/coll/20190504110000mp_/http://a.example/x?a=1,2>; rel=memento"
        '; datetime="Sat, 04 May 2019 11:00:00 GMT"; collection="coll",'
        '<http://archive.example/abc>; rel="memento"; datetime="Sat, 04 May 2019 11:00:00 GMT"'
    )
    read = timemap.read(text, url="http://web.archive.org/web/timemap/link/http://a.example/x")
    assert [(m.url, m.original, m.at) for m in read.mementos] == [
        ("http://web.archive.org/web/20190504100000id_/http://a.example:80/x", "http://a.example:80/x", DAY),
        (
            "http://pywb.example/coll/20190504110000id_/http://a.example/x?a=1,2",
            "http://a.example/x?a=1,2",
            DAY + HOUR,
        ),
    ]
    assert (read.opaque, read.pages) == (1, ())


@given(
    text=st.text() | st.lists(st.sampled_from(["<a>", ";", 'rel="memento"', ",", '"', "=", "<", "x"])).map("".join)
)
def test_any_text_is_a_timemap(text):
    timemap.read(text, url="http://a.example/")
    timemap.raw(text)
    timemap.http_date(text)


def test_a_capture_of_the_same_second_from_a_file_is_not_fetched_again(place, tmp_path):
    from tests.archive.test_importing import bring
    from tests.foreign import Warc, answer

    made = Warc()
    made.info()
    made.pair(URL, answer(PAGE), DAY + timedelta(milliseconds=300))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    with Wayback(SHOTS[:1]) as archive:
        row = json.loads(backfill(place, archive).stdout)
    assert (row["kept"], row["known"]) == (0, 1)
