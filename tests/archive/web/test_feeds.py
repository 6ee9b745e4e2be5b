"""The Atom feeds as readers meet them: valid, each thing once and for good, and nothing twice over the wire."""

from __future__ import annotations

import html
import io
import re
import time
import zipfile
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles
from archive.db.tables import tags
from archive.domain import atom
from archive.domain.atom import Entry, Feed, Link
from tests.atoms import faults
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.serving import Site, served

RULES = """
[alerts.channels.desk]
kind = "webhook"
url = "https://hooks.example.org/stet"
secret = "env:STET_TEST_KEY"

[alerts.rules.gone]
channels = ["desk"]
standings = ["taken_down"]

[alerts.rules.minister]
channels = ["desk"]
removed = ["denied"]
"""


REPORT = [
    "The minister denied it on Tuesday, in a letter that the council of the town made public the same evening.",
    "Engineers had warned of cracks in the bridge two years before it was closed to all traffic last winter.",
    "About 4,000 people crossed the bridge every day, most of them on their way to the market at the harbour.",
    "So it was.",
]


SILENT = "herald changed “denied” to “confirmed”, silently: Minister denies the report"
EDITED = "herald changed “Tuesday” to “Wednesday” and more: Minister denies the report"
GONE = "herald took down: Ferry runs again"
BACK = "herald put back: Ferry runs again"
OTHER = "globe changed “Tuesday” to “Wednesday”, silently: Harbour closed"


class Reader:
    """A feed reader: it remembers what it has read, by ids, and what it was told to ask again with."""

    def __init__(self, site: Site, path: str) -> None:
        self.site, self.path = site, path
        self.read = dict[str, str]()
        self.etag = self.modified = None

    def poll(self) -> list[str]:
        """The titles of what is new; it must be a feed that nothing is to be said against."""
        url = f"{self.site.base}{self.path}"
        found = feedparser.parse(url, etag=self.etag, modified=self.modified)
        if found.status == 304:
            return []
        assert found.status == 200
        assert not found.bozo, found.get("bozo_exception")
        assert faults(self.site.get(self.path).body) == []
        self.etag, self.modified = found.etag, found.get("modified")
        new = [entry for entry in found.entries if entry.id not in self.read]
        self.read |= {entry.id: entry.title for entry in new}
        return [entry.title for entry in new]


@pytest.fixture(scope="module")
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def place(tmp_path, room):
    herald = room.outlet(f"herald{time.monotonic_ns()}.example", title="The Herald")
    made = Place(tmp_path / "home", room, confirmations=2, span="1s", takedowns=RULES)
    made.watch(herald, name="herald")
    made.herald = herald
    made.report = herald.publish("Minister denies the report", REPORT)
    made.ferry = herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
    made.look()
    return made


def later(place: Place) -> None:
    """A look, and one that confirms it."""
    place.look()
    place.look()


def test_a_reader_that_polls_meets_each_thing_once(place):
    with served(place.home) as site:
        reader = Reader(site, "/feeds/all.atom")
        assert reader.poll() == []
        place.report.edit_silently("denied", "confirmed")
        later(place)
        assert reader.poll() == [SILENT]
        assert reader.poll() == []
        place.ferry.withdraw(410, listed=True)
        place.report.edit("Tuesday", "Wednesday", note="Correction: an earlier version named the wrong day.")
        later(place)
        assert sorted(reader.poll()) == [EDITED, GONE]
        place.ferry.restore()
        later(place)
        assert reader.poll() == [BACK]
    with served(place.home, base="https://archive.localhost") as site:  # restarted, at another address
        reader.site, reader.etag, reader.modified = site, None, None
        assert reader.poll() == []


def test_an_entry_says_what_went_what_came_and_where_the_proof_is(place):
    place.report.edit_silently("denied", "confirmed")
    later(place)
    with served(place.home, base="https://archive.localhost") as site:
        found = feedparser.parse(site.get("/feeds/all.atom").body)
        [entry] = found.entries
        assert found.feed.title == "Stet"
        [content] = entry.content
        assert content.type == "text/html"
        assert content.language == "en"
        assert "<del>denied</del>" in content.value
        assert "<ins>confirmed</ins>" in content.value
        assert entry.summary == place.changes()[0].summary
        assert {tag.term for tag in entry.tags} >= {"change", "stealth", *place.changes()[0].kinds}
        alternate, earlier, later_, evidence = entry.links
        assert (alternate.rel, alternate.href) == ("alternate", place.report.url)
        for link, word in ((earlier, "denied"), (later_, "confirmed")):
            reply = site.get(link.href.removeprefix("https://archive.localhost"))
            assert (reply.status, word in reply.text) == (200, True)
        assert evidence.href == f"https://archive.localhost/evidence/change/{place.changes()[0].id}"
        bundle = site.get(evidence.href.removeprefix("https://archive.localhost"))
        assert bundle["content-disposition"] == f'attachment; filename="change-{place.changes()[0].id}.zip"'
        assert zipfile.ZipFile(io.BytesIO(bundle.body)).testzip() is None
        assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) == place.changes()[0].detected_at.replace(
            microsecond=0
        )


def test_feeds_of_an_outlet_a_rule_and_a_dossier(place, room):
    other = room.outlet(f"globe{time.monotonic_ns()}.example", title="The Globe")
    place.watch(other, name="globe")
    other.publish("Harbour closed", ["The harbour was closed on Tuesday."])
    place.look()
    place.report.edit_silently("denied", "confirmed")
    other.stories[0].edit_silently("Tuesday", "Wednesday")
    place.ferry.withdraw(410, listed=True)
    later(place)
    with place.writing() as connection:
        report = place.article(place.report)
        connection.execute(tags.insert().values(article_id=report.id, tag="dossier:bridge one", at=START))
    with served(place.home) as site:
        titles = lambda path: [e.title for e in feedparser.parse(site.get(path).body).entries]  # noqa: E731
        assert len(titles("/feeds/all.atom")) == 3
        assert titles("/feeds/outlet/globe.atom") == [OTHER]
        assert len(titles("/feeds/outlet/herald.atom")) == 2
        assert titles("/feeds/rule/gone.atom") == [GONE]
        assert titles("/feeds/rule/minister.atom") == [SILENT]
        assert titles("/feeds/dossier/bridge%20one.atom") == [SILENT]
        ids = {feedparser.parse(site.get(f"/feeds/{path}.atom").body).feed.id for path in ("all", "rule/gone")}
        assert len(ids) == 2
        for path in ("outlet/nobody", "rule/nobody", "dossier/nobody", "story/x"):
            reply = site.get(f"/feeds/{path}.atom")
            assert reply.status == 404
            assert reply.text.count("\n") == 1


def test_who_asks_again_gets_nothing_twice(place):
    place.report.edit_silently("denied", "confirmed")
    later(place)
    with served(place.home) as site:
        first = site.get("/feeds/all.atom")
        assert first["content-type"] == "application/atom+xml; charset=utf-8"
        for header in ({"If_None_Match": first["etag"]}, {"If_None_Match": f'"x", {first["etag"]}'}):
            again = site.get("/feeds/all.atom", **header)
            assert (again.status, again.body) == (304, b"")
            assert again["etag"] == first["etag"]
        assert site.get("/feeds/all.atom", If_Modified_Since=first["last-modified"]).status == 304
        both = {"If_None_Match": '"old"', "If_Modified_Since": first["last-modified"]}
        assert site.get("/feeds/all.atom", **both).status == 200  # RFC 9110 section 13.1.3
        assert site.head("/feeds/all.atom")["etag"] == first["etag"]
        place.report.edit_silently("Tuesday", "Wednesday")
        later(place)
        for header in ({"If_None_Match": first["etag"]}, {"If_Modified_Since": first["last-modified"]}):
            assert site.get("/feeds/all.atom", **header).status == 200


def test_a_long_history_comes_in_pages(place, monkeypatch):
    monkeypatch.setattr("archive.feeds.PER_PAGE", 2)
    for old, new in (("denied", "confirmed"), ("Tuesday", "Wednesday"), ("So it was.", "So it was said.")):
        place.report.edit_silently(old, new)
        later(place)
    place.ferry.withdraw(410, listed=True)
    later(place)
    with served(place.home) as site:
        path, found, pages = "/feeds/all.atom", [], 0
        while path:
            reply = site.get(path)
            assert faults(reply.body) == []
            page = feedparser.parse(reply.body)
            found += page.entries
            pages += 1
            path = next((link.href.removeprefix(site.base) for link in page.feed.links if link.rel == "next"), "")
        assert pages == 2
        assert len({entry.id for entry in found}) == len(found) == 4
        assert [entry.updated for entry in found] == sorted((e.updated for e in found), reverse=True)
        assert site.get("/feeds/all.atom?before=yesterday").status == 400


HOSTILE = 'A <script>alert(1)</script> & "title" ]]> \x0b\x1b[31m \u202egnp.exe'


def test_a_hostile_page_can_neither_break_the_feed_nor_run_anything(place):
    evil = place.herald.publish(
        "Plain", ["First <b>words</b> stood here for some time.", "And more of it &lt;b&gt;."]
    )
    later(place)
    evil.retitle(HOSTILE)
    evil.edit_silently("First", "<img src=x onerror=alert(1)> \ufffe First")
    later(place)
    with place.writing() as connection:
        articles.update(connection, place.article(evil).id, title=HOSTILE)
    with served(place.home) as site:
        reply = site.get("/feeds/all.atom")
    assert faults(reply.body) == []
    found = feedparser.parse(reply.body, sanitize_html=False)
    assert not found.bozo
    [entry] = found.entries
    assert "\x1b" not in entry.title
    assert "\u202e" not in entry.title
    assert "<script>" in html.unescape(entry.title)  # as text: the title's type is text
    assert not re.search(r"<(?!/?(?:p|dl|dt|dd|ins|del|a|span)\b)", entry.content[0].value)
    assert not re.search(r"<[^>]*\son\w+=", entry.content[0].value)
    assert reply["content-security-policy"] == "default-src 'none'; sandbox"
    assert reply["x-content-type-options"] == "nosniff"


TEXT = st.text(st.characters(), max_size=40)


@given(TEXT, TEXT, TEXT, st.lists(TEXT.filter(str.strip), max_size=3))
def test_whatever_stands_in_it_a_feed_is_well_formed(title, summary, content, terms):
    """Law: no text can make a document that a parser or the rules of RFC 4287 find fault with."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    entry = Entry(
        id="urn:uuid:6b0f7a4e-6d0c-5d4e-9a55-8f1f6f1c2a77",
        title=title,
        updated=at,
        summary=summary,
        content=html.escape(content),
        categories=tuple(f"x{term}" for term in terms),
        links=(Link(rel="related", href="http://a.example/", title=summary),),
    )
    own = Link(rel="self", href="http://a.example/feed")
    document = atom.document(Feed(id="urn:x:y", title=title, author="Stet", links=(own,), entries=[entry]))
    assert faults(document) == []
    assert not feedparser.parse(document).bozo
