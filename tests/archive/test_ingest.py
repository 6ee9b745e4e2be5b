"""The write path without a network: bytes are safe first, then they are thought about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive import home as homes
from archive import judging
from archive.db import articles, findings, record
from archive.domain.model import Exchange, HttpHead, Presence, RecordType, Role, Standing, Trouble, Truncated
from archive.errors import EnvironmentFailed
from archive.extraction import extract
from archive.extractor import EXTRACTOR
from archive.facts import is_front
from archive.ingest import Settler, known_extraction
from archive.keeping import Keeper, Purpose, Unreadable, modified, page_of, payload_reader, readable, sendable
from archive.visits import Visit
from archive.warc.reader import exchange_at, iter_exchanges, read_record
from archive.warc.writer import WarcWriter
from tests.homes import HERALD, NOW, Shelf
from tests.upgrades import NAME, upgrade

URL = "http://herald.example/world/2026/03/02/engineers-warned-of-cracks"
TEXT = "Engineers warned the council of cracks in the old bridge two years before it was closed for good. " * 3
WALLED = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",'
    ' "headline": "Engineers warned of cracks", "isAccessibleForFree": false}</script>'
)


def html(text=TEXT, title="Engineers warned of cracks", head=""):
    return f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1><p>{text}</p></article>"


def answer(body=None, *, status="200 OK", headers=""):
    body = (html() if body is None else body).encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


class Desk:
    """A keeper and a settler over one home, and the one article that they work on."""

    def __init__(self, folder):
        self.shelf = Shelf(folder)
        self.database = self.shelf.database
        self.warcs = folder / "warcs"
        self.writer = WarcWriter(self.warcs, info={"software": "test"}, now=lambda: NOW)
        self.keeper = Keeper(self.database, self.writer)
        self.read = payload_reader(self.warcs)
        settings = homes.create(folder / "home", {}).settings
        self.texts = []
        self.settler = Settler(
            self.database,
            settings,
            read_payload=self.read,
            write_text=lambda capture, page: self.texts.append(capture.id),
        )
        with self.database.write() as connection:
            self.id = self.shelf.article(connection, URL.removeprefix("http://herald.example"))
        self.hours = 0

    def keep(self, response, *, url=URL, hours=1, validated=None, hop_of=None, **exchange):
        self.hours += hours
        request = b"GET / HTTP/1.1\r\n\r\n" if response else b""
        at = NOW + timedelta(hours=self.hours)
        sent = Exchange(url=url, began=at, request=request, response=response, **exchange)
        purpose = Purpose(
            role=Role.ARTICLE,
            outlet_id=self.shelf.outlet,
            article_id=self.id,
            validated=validated,
            hop_of=hop_of,
        )
        return self.keeper.keep(sent, purpose)

    def settle(self, *kept):
        page = page_of(self.database, kept[-1], self.read)
        extraction = known_extraction(self.database, kept[-1])
        if extraction is None and page is not None:
            extraction = extract(page[0], url=page[1], content_type=page[2])
        return self.settler.settle(Visit(article_id=self.id, hops=kept), extraction)

    @property
    def article(self):
        with self.database.read() as connection:
            return articles.by_id(connection, self.id)

    @property
    def log(self):
        """What was seen, oldest first."""
        with self.database.read() as connection:
            return record.fetches_of(connection, self.id)[::-1]

    @property
    def versions(self):
        with self.database.read() as connection:
            return findings.versions_of(connection, self.id)


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.writer.close()
    desk.database.close()


# Keeping -------------------------------------------------------------------------------------------


def test_what_is_kept_is_on_disk_and_indexed(desk):
    kept = desk.keep(answer())
    assert read_record(desk.warcs, kept.capture.location).block == answer()
    assert kept.capture.digest == read_record(desk.warcs, kept.capture.location).get("WARC-Payload-Digest")
    assert (kept.status, kept.whole, kept.content_type) == (200, True, "text/html")
    assert exchange_at(desk.warcs, kept.capture.location) == kept.exchange


def test_a_failure_is_kept_as_metadata_and_has_no_capture(desk):
    kept = desk.keep(b"", trouble=Trouble.TIMED_OUT, trouble_detail="no answer within 60 s")
    assert (kept.capture, kept.status, kept.whole, kept.body) == (None, None, False, b"")
    [file] = desk.warcs.iterdir()
    [group] = iter_exchanges(file)
    assert [member.type for member in group.records] == ["metadata", "request"] or len(group.records) == 1


@pytest.mark.parametrize("cut", list(Truncated))
def test_a_cut_answer_is_kept_and_nothing_repeats_it(desk, cut):
    first = desk.keep(answer()[:-50], truncated=cut, trouble=Trouble.DISCONNECTED)
    again = desk.keep(answer()[:-50], truncated=cut, trouble=Trouble.DISCONNECTED)
    assert first.capture.truncated is again.capture.truncated is cut
    assert again.capture.record_type is RecordType.RESPONSE


def test_the_same_bytes_again_are_a_revisit_of_the_first(desk):
    first, again = desk.keep(answer()), desk.keep(answer())
    assert again.capture.record_type is RecordType.REVISIT
    assert again.capture.refers_to_timestamp == first.capture.timestamp
    assert again.body == first.body


def test_a_304_that_was_asked_for_is_a_revisit_and_another_is_not(desk):
    first = desk.keep(answer())
    asked = desk.keep(b"HTTP/1.1 304 Not Modified\r\n\r\n", validated=first.capture.id)
    not_asked = desk.keep(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert asked.capture.refers_to_timestamp == first.capture.timestamp
    assert not_asked.capture.record_type is RecordType.RESPONSE
    assert page_of(desk.database, asked, desk.read) == (html().encode(), URL, "text/html")
    assert page_of(desk.database, not_asked, desk.read) is None


def test_a_304_of_a_revisit_refers_to_the_payload_itself(desk):
    first = desk.keep(answer())
    same = desk.keep(answer())
    asked = desk.keep(b"HTTP/1.1 304 Not Modified\r\n\r\n", validated=same.capture.id)
    assert asked.capture.refers_to_timestamp == first.capture.timestamp


def test_a_disk_that_takes_nothing_leaves_no_row(desk):
    desk.warcs.write_bytes(b"")  # a file where the folder should be
    with pytest.raises(EnvironmentFailed, match="cannot take a new WARC file"):
        desk.keep(answer())
    with desk.database.read() as connection:
        assert record.fetches_of(connection, desk.id) == []


@pytest.mark.parametrize(
    ("response", "yes"),
    [
        (answer(), True),
        (answer(status="404 Not Found"), True),  # some show the article all the same
        (answer(status="410 Gone"), True),
        (answer(status="403 Forbidden"), False),
        (answer(status="206 Partial Content"), False),
        (answer().replace(b"text/html", b"text/plain"), True),
        (answer().replace(b"text/html", b"application/pdf"), False),
        (answer().replace(b"text/html", b"TEXT/HTML; charset=x"), True),
        (answer().replace(b"Content-Type: text/html\r\n", b""), True),
        (answer(headers="Content-Encoding: gzip\r\n"), False),  # it is none
        (answer()[:-5], False),
    ],
)
def test_what_an_extractor_can_read(desk, response, yes):
    assert readable(desk.keep(response)) is yes


# Settling ------------------------------------------------------------------------------------------


def test_first_words_an_edit_and_back(desk):
    assert [f.what for f in desk.settle(desk.keep(answer()))] == ["new"]
    edited = answer(html(TEXT.replace("two years", "three years", 1)))
    assert desk.settle(desk.keep(edited)) == []  # one look proves nothing
    assert (desk.article.next_why, len(desk.versions)) == (articles.TO_CONFIRM, 1)
    assert [f.what for f in desk.settle(desk.keep(edited))] == ["change"]
    assert desk.settle(desk.keep(answer())) == []
    [back] = desk.settle(desk.keep(answer()))
    assert back.text.endswith("Back to version 1.")
    assert [version.number for version in desk.versions] == [1, 2]
    assert desk.article.version_id == desk.versions[0].id
    assert len(desk.texts) == 2  # the text of each version is kept once


def test_all_times_are_those_of_the_fetch(desk):
    """So that replaying the WARC files gives the same findings."""
    [found] = desk.settle(desk.keep(answer(), hours=7))
    assert found.at == NOW + timedelta(hours=7) == desk.article.last_seen == desk.versions[0].first_seen


def test_the_bytes_of_a_404_served_with_200_are_not_the_article(desk):
    desk.settle(desk.keep(answer()))
    gone = html("The page that you look for is not here. " * 10, "Not found")
    desk.settle(desk.keep(answer(gone, status="404 Not Found")))
    assert desk.settle(desk.keep(answer(gone))) == []
    assert [row.sighting for row in desk.log] == ["present", "not_found", "soft_404"]
    assert len(desk.versions) == 1


def test_the_article_served_with_404_is_there_and_so_are_its_edits(desk):
    desk.settle(desk.keep(answer()))
    for status in ("404 Not Found", "410 Gone"):
        desk.settle(desk.keep(answer(status=status)))
    edited = html(TEXT.replace("two years", "three years", 1))
    for _ in range(2):
        found = desk.settle(desk.keep(answer(edited, status="404 Not Found")))
    assert [row.sighting for row in desk.log] == ["present"] * 5
    assert ([each.what for each in found], len(desk.versions)) == (["change"], 2)
    assert desk.article.etag == ""  # what a server says of an error it does not say of the article


def test_a_teaser_of_what_was_read_as_a_whole_is_there_in_part_and_no_edit(desk):
    desk.settle(desk.keep(answer()))
    walled = html(TEXT[: len(TEXT) * 2 // 3], head=WALLED)
    for _ in range(3):
        assert desk.settle(desk.keep(answer(walled))) == []
    assert [row.sighting for row in desk.log] == ["present", "in_part", "in_part", "in_part"]
    assert len(desk.versions) == 1


def test_a_standing_version_that_cannot_be_read_again_harms_nobody_else(desk, monkeypatch):
    desk.settle(desk.keep(answer()))
    for file in desk.warcs.iterdir():
        file.write_bytes(b"damaged")
    upgrade(monkeypatch)
    kept = desk.keep(answer(html(TEXT + "More.")))
    with pytest.raises(Unreadable):
        desk.settle(kept)
    assert issubclass(Unreadable, Exception)
    assert not issubclass(Unreadable, EnvironmentFailed)
    desk.settler.put_off(Visit(article_id=desk.id, hops=(kept,)))
    assert desk.article.last_checked == kept.exchange.began
    assert desk.article.next_check is None


def test_an_upgrade_reads_the_standing_version_once(desk, monkeypatch):
    desk.settle(desk.keep(answer()))
    upgrade(monkeypatch)
    reads = []
    reader = desk.settler.read_payload
    desk.settler.read_payload = lambda capture: reads.append(capture.url) or reader(capture)
    for _ in range(3):  # unreachable: nothing else would renew it
        assert (
            desk.settler.settle(Visit(article_id=desk.id, hops=(desk.keep(b"", trouble=Trouble.TIMED_OUT),)), None)
            == []
        )
    assert reads == [URL]
    assert [(v.number, v.extraction.extractor) for v in desk.versions] == [(1, EXTRACTOR), (1, NAME)]


def test_what_was_never_seen_has_no_standing_to_lose(desk):
    for _ in range(5):
        assert desk.settle(desk.keep(answer(status="404 Not Found"), hours=24)) == []
    assert desk.article.held.standing is Standing.LIVE


def test_a_name_and_its_article_become_one(desk):
    """The article is known; a second name that shows the same words by its canonical link is an alias."""
    desk.settle(desk.keep(answer()))
    known, other = desk.id, URL + "?page=print-7"
    with desk.database.write() as connection:
        desk.id, _ = articles.add(connection, outlet_id=desk.shelf.outlet, url=other, found_in="x", now=NOW)
    page = html(head=f'<link rel="canonical" href="{URL}">')
    assert desk.settle(desk.keep(answer(page), url=other)) == []
    with desk.database.read() as connection:
        assert articles.by_url(connection, other).id == known
        assert len(articles.listed(connection)) == 1
        assert len(record.captures_of(connection, known)) == 2


def test_a_settled_visit_is_written_as_a_whole_or_not_at_all(desk, monkeypatch):
    kept = desk.keep(answer())
    monkeypatch.setattr(judging, "settle", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.settle(kept)
    assert desk.versions == []
    with desk.database.read() as connection:
        assert record.fetches_of(connection, desk.id)[0].presence == ""


def test_a_sighting_is_noted_at_the_hop_that_answered(desk):
    first = desk.keep(answer(status="302 Found", headers=f"Location: {URL}-2\r\n"))
    second = desk.keep(answer(), url=URL + "-2", hours=0, hop_of=first.fetch_id)
    desk.settle(first, second)
    with desk.database.read() as connection:
        log = record.fetches_of(connection, desk.id)
    assert {row.id: row.presence for row in log} == {first.fetch_id: "", second.fetch_id: Presence.PRESENT.value}


@pytest.mark.parametrize(
    ("url", "front"),
    [
        ("http://herald.example/", True),
        ("http://herald.example", True),
        ("http://herald.example/?from=gone", True),
        ("http://herald.example/rss.xml", True),
        ("http://herald.example/world/", True),
        (URL, False),
    ],
)
def test_front_pages(url, front):
    assert is_front(url, HERALD) is front


@pytest.mark.parametrize(
    ("tag", "sent"),
    [('"abc"', '"abc"'), ('W/"a-b"', 'W/"a-b"'), ("", ""), ('"caf\xe9"', ""), ('"a\x00b"', ""), ('"a\tb"', "")],
)
def test_a_broken_validator_is_not_sent_back(tag, sent):
    assert sendable(tag) == sent


MONDAY = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("changed", "answered", "sent"),
    [
        ("Mon, 02 Mar 2026 11:00:00 GMT", MONDAY, "Mon, 02 Mar 2026 11:00:00 GMT"),
        ("Mon, 02 Mar 2026 11:59:00 GMT", "", "Mon, 02 Mar 2026 11:59:00 GMT"),
        (MONDAY, MONDAY, ""),  # it may change again within this second, and the date would be the same
        ("Mon, 02 Mar 2026 11:59:01 GMT", MONDAY, ""),
        ("Tue, 03 Mar 2026 12:00:00 GMT", MONDAY, ""),
        ("last Monday", MONDAY, ""),
        ("", MONDAY, ""),
    ],
)
def test_a_page_that_may_be_changing_just_now_has_no_date_to_ask_by(changed, answered, sent):
    head = HttpHead(status=200, headers=(("Last-Modified", changed), ("Date", answered)))
    assert modified(head, datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) == sent
