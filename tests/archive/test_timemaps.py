"""TimeMaps in their three forms, read back by small parsers of the standards' own grammar."""

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import timeline
from archive.domain.model import Capture, Digest, Location, RecordType
from archive.domain.urls import urlkey
from archive.timemaps import render
from archive.warc import cdxj
from tests.homes import Shelf


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    with Shelf(tmp_path_factory.mktemp("shelf")) as shelf:
        yield shelf


URL = "https://www.example.org/news/story.html?a=1,2;b=%22c%22"
START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
IDS = itertools.count(1)


def capture(hours: float = 0, *, url: str = URL, status: int = 200) -> Capture:
    return Capture(
        url=url,
        urlkey=urlkey(url),
        timestamp=START + timedelta(hours=hours),
        status=status,
        mime="text/html",
        digest=Digest("sha256:" + "0" * 64),
        record_type=RecordType.RESPONSE,
        record_id="urn:uuid:1",
        location=Location(warc="stet-1.warc.gz", offset=int(hours * 10), length=100),
        id=next(IDS),
    )


# RFC 6690 section 2: link-value-list; RFC 5988 section 5 for quoted-string.
LINK = re.compile(r'\s*<(?P<uri>[^<>"{}|\\^`\x00-\x20]*)>(?P<params>(?:\s*;\s*[a-z]+="[^"]*")*)\s*(?:,|$)')
PARAM = re.compile(r';\s*([a-z]+)="([^"]*)"')


def parse_links(text: str) -> list[tuple[str, dict[str, str]]]:
    found, position = [], 0
    while text[position:].strip():
        link = LINK.match(text, position)
        assert link, f"no link at {text[position : position + 80]!r}"
        found.append((link["uri"], dict(PARAM.findall(link["params"]))))
        position = link.end()
    return found


def test_a_link_timemap_names_the_original_itself_and_every_memento():
    """RFC 7089 section 5: "application/link-format" with original, timegate, self and mementos."""
    links = parse_links(render(URL, [capture(0), capture(1), capture(30)], "link"))
    by_rel = {params["rel"]: (uri, params) for uri, params in links}
    assert by_rel["original"][0] == URL
    assert by_rel["timegate"][0] == f"/timegate/{URL}"
    uri, params = by_rel["self"]
    assert uri == f"/timemap/link/{URL}"
    assert params["type"] == "application/link-format"
    assert params["from"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert params["until"] == "Mon, 02 Mar 2026 18:00:00 GMT"
    mementos = [(uri, params) for uri, params in links if "memento" in params["rel"].split()]
    assert [params["rel"] for _, params in mementos] == ["first memento", "memento", "last memento"]
    assert mementos[1][0] == f"/web/20260301130000250/{URL}"


def test_the_only_memento_is_the_first_and_the_last():
    """RFC 7089 section 2.2.4: a Memento can be first and last at once."""
    *_, (_, params) = parse_links(render(URL, [capture()], "link"))
    assert params["rel"] == "first last memento"


hours = st.lists(st.floats(0, 100_000), min_size=1, max_size=8).map(sorted)


@given(hours)
def test_every_capture_is_in_a_link_timemap_once_and_in_order(moments):
    captures = [capture(h) for h in moments]
    links = parse_links(render(URL, captures, "link"))
    times = [parsedate_to_datetime(p["datetime"]) for _, p in links if "memento" in p["rel"].split()]
    assert times == [c.timestamp.replace(microsecond=0) for c in captures]


@given(hours)
def test_the_json_timemap_says_the_same(moments):
    captures = [capture(h) for h in moments]
    document = json.loads(render(URL, captures, "json"))
    assert document["original_uri"] == URL
    assert document["timegate_uri"] == f"/timegate/{URL}"
    listed = document["mementos"]["list"]
    assert listed[0] == document["mementos"]["first"]
    assert listed[-1] == document["mementos"]["last"]
    assert [datetime.fromisoformat(entry["datetime"]) for entry in listed] == [
        c.timestamp.replace(microsecond=c.timestamp.microsecond // 1000 * 1000) for c in captures
    ]
    links = parse_links(render(URL, captures, "link"))
    assert [e["uri"] for e in listed] == [uri for uri, p in links if "memento" in p["rel"].split()]


@given(hours)
def test_cdxj_lines_are_sorted_by_their_bytes_and_read_back(moments):
    captures = [capture(h) for h in reversed(moments)]
    lines = render(URL, captures, "cdxj").splitlines()
    assert [line.encode() for line in lines] == sorted(line.encode() for line in lines)
    assert {cdxj.parse_line(line).location for line in lines} == {c.location for c in captures}


@pytest.mark.parametrize("form", ["link", "json", "cdxj"])
def test_each_form_ends_with_a_line_end(form):
    assert render(URL, [capture()], form).endswith("\n")


addresses = st.sampled_from(
    ["http://a.example/", "https://a.example/", "http://a.example/b", "http://a-b.example/!"]
)


@given(st.lists(st.tuples(addresses, st.integers(0, 3)), max_size=12))
def test_the_whole_index_comes_out_sorted_as_sort_sorts_it(shelf, rows):
    """Readers search index files by halving: one line out of order hides others."""
    with shelf.database.engine.connect() as connection:
        for address, ms in rows:
            shelf.keep(address, connection=connection, at=START + timedelta(milliseconds=ms))
        lines = list(cdxj.lines(timeline.every(connection)))
        connection.rollback()
    assert len(lines) == len(rows)
    assert [line.encode() for line in lines] == sorted(line.encode() for line in lines)
