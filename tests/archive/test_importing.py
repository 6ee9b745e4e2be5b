"""What others kept takes its place in time: kept as it was, with where it came from, and never twice."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from archive.db.tables import captures, fetches
from archive.domain.model import Exchange, RecordType, Undone
from archive.importing import FileReport, Importer
from archive.warc.checking import check_folder
from archive.warc.foreign import Fault
from crawler.runtime import opened
from crawler.watching import draft
from tests.foreign import DAY, Warc, answer, arc, page, request, sha1, wacz
from tests.homes import Place

HOUR = timedelta(hours=1)
URL = "http://herald.example/politics/2019/05/04/minister-denies-report-on-harbour"
WORDS = [
    "The minister denied on Tuesday that the harbour had been sold without the consent of the quarter.",
    "At least 120 people lost their homes when the warehouses behind the harbour were torn down in May.",
    "“We knew of no objections,” he said. The opposition demands an inquiry by the end of the month.",
]
EDITED = [WORDS[0].replace("denied", "confirmed"), *WORDS[1:]]


class Room:
    """No newsroom: nothing is fetched here."""

    connect_to: ClassVar[dict[str, str]] = {}
    tls = None
    ca_path = ""


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path / "home", Room())


def bring(place: Place, *paths: Path, **how) -> tuple[list[FileReport], Importer]:
    """Import files as the command does."""
    reports: list[FileReport] = []
    with opened(place.home, now=place.clock) as runtime:
        importer = Importer(
            runtime.keeper,
            runtime.replayer,
            place.home.warcs,
            draft=lambda url: draft(urlsplit(url).hostname),
            **how,
        )
        importer.run(paths, reports)
    return reports, importer


def exchanges(place: Place) -> list[Exchange]:
    return [place.exchange(row) for row in place.log()]


def no_fault(place: Place) -> None:
    from archive.db import record

    with place.reading() as connection:
        assert list(map(str, check_folder(place.home.warcs, record.captures_by_place(connection)))) == []


def story(*paragraphs: str) -> bytes:
    return answer(page("Minister denies report on harbour", *paragraphs))


def test_bytes_date_address_and_origin_are_kept(place, tmp_path):
    moment = DAY + timedelta(milliseconds=123)
    made = Warc()
    made.info()
    number = made.pair(URL, story(*WORDS), moment)
    made.add("metadata", URL, b"fetchTimeMs: 42\r\n", moment, WARC_Concurrent_To=number)
    path = tmp_path / "old.warc.gz"
    path.write_bytes(made.packed())
    [report], _ = bring(place, path)
    assert (report.records, report.kept, report.known, report.faults) == (4, 1, 0, [])
    [kept] = exchanges(place)
    assert (kept.url, kept.began, kept.ip) == (URL, moment, "192.0.2.7")
    assert (kept.response, kept.request) == (story(*WORDS), request(URL))
    notes = dict(kept.notes)
    assert notes["source"] == "old.warc.gz"
    assert notes["sourceRecord"] == number.strip("<>")
    assert notes["sourceOffset"] == str(len(made.members()[0]))
    assert notes["sourceDigest"].startswith("sha256:")
    assert notes["sourceMetadata"] == "fetchTimeMs: 42\r\n"
    assert ["WARC-Date", "2019-05-04T10:00:00.123Z"] in json.loads(notes["sourceHeaders"])
    assert place.log()[0]["source"] == "old.warc.gz"
    no_fault(place)


def test_pages_become_articles_of_an_outlet_that_is_paused(place, tmp_path):
    made = Warc()
    made.info()
    made.pair(URL, story(*WORDS))
    made.pair("http://herald.example/", answer(page("The Herald", "Links.")))
    made.pair("http://herald.example/style.css", b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\np{}")
    made.pair("http://herald.example/about-us", answer(b"<p>Who we are: a newspaper of the harbour.</p>" * 9))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    _, importer = bring(place, tmp_path / "a.warc.gz")
    assert importer.new_articles == [URL]
    [article] = place.articles()
    assert (article.url, article.discovered, article.first_seen, article.versions) == (URL, DAY, DAY, 1)
    assert [row["role"] for row in place.log()] == ["article", "import", "import", "import"]
    with place.reading() as connection:
        from archive.db import articles, outlets

        [(_, outlet)] = outlets.all_outlets(connection).items()
        assert (outlet.name, outlet.paused) == (importer.drafted[0], True)
        assert articles.due(connection, place.clock.moment, force=True) == []
    no_fault(place)


def test_nothing_is_imported_twice(place, tmp_path):
    """Not the same file, nor the same records in another form, nor in a WACZ."""
    made = Warc()
    made.info()
    for hour, words in enumerate([WORDS, EDITED]):
        made.pair(URL, story(*words), DAY + hour * HOUR)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    (tmp_path / "a.warc").write_bytes(made.plain())
    wacz(tmp_path / "a.wacz", {"a.warc.gz": made.packed()})
    reports, _ = bring(place, tmp_path / "a.warc.gz", tmp_path / "a.wacz")
    assert [(r.kept, r.known) for r in reports] == [(2, 0), (0, 2)]
    before = (place.count(captures), place.versions(URL), place.changes())
    for name in ("a.warc", "a.warc.gz", "a.wacz"):
        [report], importer = bring(place, tmp_path / name)
        assert (report.kept, report.known, importer.new_articles) == (0, 2, [])
    assert (place.count(captures), place.versions(URL), place.changes()) == before


def test_a_dry_run_says_the_same_and_keeps_nothing(place, tmp_path):
    made = Warc()
    made.info()
    made.pair(URL, story(*WORDS))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    wacz(tmp_path / "a.wacz", {"a.warc.gz": made.packed()})
    reports, _ = bring(place, tmp_path / "a.warc.gz", tmp_path / "a.wacz", dry=True)
    assert [(r.kept, r.known) for r in reports] == [(1, 0), (0, 1)]
    assert (place.count(fetches), list(place.home.spool.iterdir())) == (0, [])


def test_versions_and_changes_stand_in_the_order_of_time_not_of_files(place, tmp_path):
    third = [EDITED[0], WORDS[1].replace("120", "12"), WORDS[2]]
    for name, hour, words in (("late", 9, third), ("middle", 5, EDITED), ("early", 1, WORDS)):
        made = Warc()
        made.info()
        made.pair(URL, story(*words), DAY + hour * HOUR)
        (tmp_path / f"{name}.warc.gz").write_bytes(made.packed())
        bring(place, tmp_path / f"{name}.warc.gz")
    assert [v.first_seen for v in place.versions(URL)] == [DAY + h * HOUR for h in (1, 5, 9)]
    assert [v.number for v in place.versions(URL)] == [1, 2, 3]
    assert [(c.detected_at, c.words_added) for c in place.changes()] == [(DAY + 5 * HOUR, 1), (DAY + 9 * HOUR, 1)]
    assert place.article(URL).last_seen == DAY + 9 * HOUR
    no_fault(place)


def test_block_pages_and_missing_pages_are_no_versions(place, tmp_path):
    made = Warc()
    made.info()
    made.pair(URL, answer(b"<h1>Just a moment...</h1>", status="403 Forbidden"), DAY)
    made.pair(URL, story(*WORDS), DAY + HOUR)
    made.pair(URL, answer(b"<title>Attention</title><p>Checking your browser.</p>"), DAY + 2 * HOUR)
    made.pair(URL, answer(b"<h1>Not found</h1>", status="404 Not Found"), DAY + 3 * HOUR)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert len(place.versions(URL)) == 1
    assert place.changes() == []
    presences = [row.presence for row in place.fetches(URL)]
    assert presences[0] == "barrier"
    assert presences[1] == "present"
    assert presences[3] == "gone"
    assert place.article(URL).held.standing == "missing"


def test_a_redirect_and_what_it_led_to_are_one_visit(place, tmp_path):
    moved, short = URL + "-1", "http://hld.example/x7"
    made = Warc()
    made.info()
    hop = lambda to: answer(b"", f"Location: {to}", status="301 Moved Permanently")  # noqa: E731
    made.pair(short, hop(URL), DAY)
    made.pair(URL, hop(moved), DAY + timedelta(seconds=1))
    made.pair(moved, story(*WORDS), DAY + timedelta(seconds=2))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    [article] = place.articles()
    rows = place.log()
    assert {row["article_id"] for row in rows} == {article.id}
    assert [row["hop_of"] for row in rows] == [None, rows[0]["id"], rows[1]["id"]]
    assert place.article(short).id == place.article(moved).id
    no_fault(place)


def test_a_redirect_to_the_front_page_is_told_as_one(place, tmp_path):
    made = Warc()
    made.info()
    made.pair(URL, story(*WORDS), DAY)
    made.pair(URL, answer(b"", "Location: /", status="302 Found"), DAY + HOUR)
    made.pair("http://herald.example/", answer(page("The Herald", "Links. " * 50)), DAY + HOUR)
    made.pair("http://herald.example/", answer(page("The Herald", "Others. " * 50)), DAY + 2 * HOUR)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert [row["role"] for row in place.log()] == ["article", "article", "article", "import"]
    assert [(f.presence, f.sighting) for f in place.fetches(URL)] == [
        ("present", "present"),
        ("", ""),
        ("gone", "redirected"),
    ]


# Odd shapes ----------------------------------------------------------------------------------------

PAGE = page("Minister denies report on harbour", *WORDS)
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
ODD = {
    "chunked": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, ()),
    "de-chunked": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + PAGE, (Undone.FRAMING,)),
    "decoded": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 77\r\n\r\n" + PAGE,
        (Undone.FRAMING, Undone.CODING),
    ),
    "decoded br": (HEAD + b"Content-Encoding: br\r\n\r\n" + PAGE, (Undone.FRAMING, Undone.CODING)),
    "decoded zstd": (HEAD + b"Content-Encoding: zstd\r\n\r\n" + PAGE, (Undone.FRAMING, Undone.CODING)),
    "both": (
        HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + PAGE,
        (Undone.FRAMING, Undone.CODING),
    ),
    "decoded in chunks": (
        HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
        (Undone.CODING,),
    ),
    "gzip": (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE), ()),
    "de-chunked gzip": (
        HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + gzip.compress(PAGE),
        (Undone.FRAMING,),
    ),
    "HTTP/2": (b"HTTP/2 200\r\ncontent-type: text/html\r\n\r\n" + PAGE, ()),
    "no length": (HEAD + b"\r\n" + PAGE, ()),
    "line feeds": (b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + PAGE, ()),
    "interim": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD + b"\r\n" + PAGE, ()),
}


@pytest.mark.parametrize("shape", ODD)
def test_pages_of_every_odd_shape_are_read_and_their_bytes_stay(place, tmp_path, shape):
    raw, undone = ODD[shape]
    made = Warc()
    made.info()
    made.add("response", URL, raw, DAY)
    made.add("response", URL, raw, DAY + HOUR)  # and once more, as a revisit
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert [e.interim + e.response for e in exchanges(place)] == [raw, raw]
    assert {e.undone for e in exchanges(place)} == {undone}
    [version] = place.versions(URL)
    assert version.extraction.text.split("\n\n") == WORDS
    assert [row.presence for row in place.fetches(URL)] == ["present", "present"]
    assert [c.record_type for c in place.every_capture()] == ["response", "revisit"]
    no_fault(place)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Length: 9000\r\n\r\n" + PAGE,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED[:-30],
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:-20],
        HEAD,
    ],
)
def test_pages_that_were_cut_are_kept_and_never_compared(place, tmp_path, raw):
    made = Warc()
    made.info()
    made.pair(URL, story(*WORDS), DAY)
    made.add("response", URL, raw, DAY + HOUR)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert exchanges(place)[1].response == raw
    assert place.fetches(URL)[1].presence == "unreachable"
    assert len(place.versions(URL)) == 1
    no_fault(place)


def test_what_the_recorder_cut_is_said_to_be_cut(place, tmp_path):
    made = Warc()
    made.info()
    made.add("response", URL, HEAD + b"\r\n" + PAGE[:-100], WARC_Truncated="length")
    made.add("response", URL, HEAD + b"\r\n" + PAGE[:-200], DAY + HOUR, WARC_Truncated="whatever")
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert [c.truncated for c in place.every_capture()] == ["length", "unspecified"]


def test_arc_records_are_captures_too(place, tmp_path):
    (tmp_path / "old.arc.gz").write_bytes(b"".join(map(gzip.compress, arc([(URL, DAY, story(*WORDS))]))))
    [report], _ = bring(place, tmp_path / "old.arc.gz")
    assert (report.kept, report.faults, dict(report.passed)) == (1, [], {"warcinfo": 1})
    [kept] = exchanges(place)
    assert (kept.began, kept.ip, kept.response) == (DAY, "192.0.2.7", story(*WORDS))
    assert dict(kept.notes)["sourceFormat"] == "ARC"
    assert len(place.versions(URL)) == 1


def test_what_is_no_exchange_is_passed_over_and_counted(place, tmp_path):
    made = Warc()
    made.info()
    made.add("resource", "urn:pageinfo:http://herald.example/", b"{}")
    made.add("conversion", URL, b"The words.")
    made.add("response", "dns:herald.example", b"20190504100000\r\nherald.example. A 192.0.2.7\r\n")
    made.add("request", URL, request(URL))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    [report], _ = bring(place, tmp_path / "a.warc.gz")
    assert dict(report.passed) == {"warcinfo": 1, "resource": 1, "conversion": 1, "dns": 1, "request": 1}
    assert (report.kept, report.faults, place.count(fetches)) == (0, [], 0)


# Revisits ------------------------------------------------------------------------------------------

SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
OLD_SAME = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
UNMODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
BODY = page("Minister denies report on harbour", *WORDS)


def revisit(made: Warc, hour: int, profile: str = SAME, head: bytes | None = None, *, dated: bool = True) -> None:
    head = answer(BODY).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head is None else head
    named = {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": "2019-05-04T10:00:00Z"} if dated else {}
    fields = {"WARC_Profile": profile, "WARC_Payload_Digest": sha1(BODY), "WARC_Truncated": "length", **named}
    made.add("revisit", URL, head, DAY + hour * HOUR, Content_Type="application/http; msgtype=response", **fields)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("dated", [True, False])
def test_a_revisit_finds_its_original_whichever_comes_first(place, tmp_path, first, dated):
    made, other = Warc(), Warc()
    made.info()
    made.add("response", URL, answer(BODY), DAY, WARC_Payload_Digest=sha1(BODY))
    other.info()
    revisit(other, 1, SAME if dated else OLD_SAME, dated=dated)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    (tmp_path / "b.warc.gz").write_bytes(other.packed())
    paths = [tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"]
    reports, _ = bring(place, *(paths if first else reversed(paths)))
    assert [f for r in reports for f in r.faults] == []
    one, two = place.every_capture()
    assert (two.record_type, two.refers_to_timestamp) == (RecordType.REVISIT, one.timestamp)
    assert exchanges(place)[1].response == answer(BODY)
    assert [row.presence for row in place.fetches(URL)] == ["present", "present"]
    again, _ = bring(place, *paths)
    assert [(r.kept, r.known) for r in again] == [(0, 1), (0, 1)]
    no_fault(place)


@pytest.mark.parametrize("head", [b"", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'])
def test_an_unmodified_page_is_the_page_that_it_was(place, tmp_path, head):
    made = Warc()
    made.info()
    made.add("response", URL, answer(BODY), DAY)
    revisit(made, 1, UNMODIFIED, head)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    bring(place, tmp_path / "a.warc.gz")
    assert [(c.status, c.record_type) for c in place.every_capture()] == [(200, "response"), (304, "revisit")]
    assert [row.sighting for row in place.fetches(URL)] == ["present", "unchanged"]
    notes = dict(exchanges(place)[1].notes)
    assert ("sourceHead" in notes) == (not head)
    again, _ = bring(place, tmp_path / "a.warc.gz")
    assert (again[0].kept, again[0].known) == (0, 2)
    no_fault(place)


def test_a_revisit_without_original_is_told_and_is_no_empty_page(place, tmp_path):
    made = Warc()
    made.info()
    revisit(made, 1)
    (tmp_path / "b.warc.gz").write_bytes(made.packed())
    [report], _ = bring(place, tmp_path / "b.warc.gz")
    assert (report.kept, report.unresolved, report.damaged) == (1, 1, 0)
    assert "neither here nor kept" in report.faults[0].what
    assert place.count(captures) == 0
    [kept] = exchanges(place)
    assert dict(kept.notes)["sourceBlock"].startswith("HTTP/1.1 200 OK")
    [again], _ = bring(place, tmp_path / "b.warc.gz")
    assert (again.kept, again.known) == (0, 1)
    made = Warc()
    made.info()
    made.add("response", URL, answer(BODY), DAY)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    reports, _ = bring(place, tmp_path / "a.warc.gz", tmp_path / "b.warc.gz")
    assert [r.kept for r in reports] == [1, 1]
    assert [c.record_type for c in place.every_capture()] == ["response", "revisit"]
    no_fault(place)


def test_a_revisit_of_another_payload_is_not_believed(place, tmp_path):
    made = Warc()
    made.info()
    made.add("response", URL, answer(b"other words"), DAY)
    revisit(made, 1)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    [report], _ = bring(place, tmp_path / "a.warc.gz")
    assert report.unresolved == 1
    assert place.count(captures) == 1


def test_two_captures_of_one_second_are_both_kept(place, tmp_path):
    """Dates of old archives have no milliseconds; a revisit names its original by URL and date."""
    made = Warc()
    made.info()
    for body in (b"one" * 400, b"two" * 400):
        made.add("response", URL, answer(body), DAY)
    for hour, body in ((1, b"one" * 400), (2, b"two" * 400)):
        made.add("response", URL, answer(body), DAY + hour * HOUR)
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    [report], _ = bring(place, tmp_path / "a.warc.gz")
    assert report.kept == 4
    assert [e.response[-3:] for e in exchanges(place)] == [b"one", b"two", b"one", b"two"]
    no_fault(place)


def test_damage_is_told_and_the_rest_is_kept(place, tmp_path):
    made = Warc()
    made.info()
    for hour, words in enumerate([WORDS, EDITED]):
        made.pair(URL, story(*words), DAY + hour * HOUR)
    data = bytearray(made.packed())
    begin = len(made.members()[0])
    data[begin + 40 : begin + 60] = bytes(20)
    (tmp_path / "a.warc.gz").write_bytes(data)
    [report], _ = bring(place, tmp_path / "a.warc.gz")
    [fault] = report.faults
    assert isinstance(fault, Fault)
    assert (fault.file, fault.place.offset, report.kept) == ("a.warc.gz", begin, 1)
    assert "sourceDamage" in dict(exchanges(place)[0].notes)
    no_fault(place)


def test_a_stranger_of_the_same_name_is_another_outlet(place, tmp_path):
    """An import must never write over an outlet that is watched."""
    made = Warc()
    made.info()
    for host in ("www.herald.com", "www.herald.org", "news.herald.com"):
        made.pair(f"http://{host}/2019/05/04/minister-denies-report-{len(host)}", story(*WORDS))
    (tmp_path / "a.warc.gz").write_bytes(made.packed())
    _, importer = bring(place, tmp_path / "a.warc.gz")
    with place.reading() as connection:
        from archive.db import outlets

        domains = [o.domains for o in outlets.all_outlets(connection).values()]
    assert sorted(importer.drafted) == ["herald", "herald-2"]
    assert sorted(domains) == [("herald.com",), ("herald.org",)]
