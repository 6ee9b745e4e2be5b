"""Memento over HTTP, held to RFC 7089: what the outside judge (lanl/memento-validator) checks, and more.

Section numbers are those of RFC 7089.
"""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from archive.domain.times import iso
from archive.warc import cdxj
from tests.homes import START
from tests.serving import Shop, links, page

URL = "http://herald.example/story"


def date(moment) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """One story: 9:00 first words, 10:00 the second, 11:00 gone (404), 12:00 the second again."""
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.story = [
            shop.keep(URL, page(b"<p>first")),
            shop.keep(URL, page(gzip.compress(b"<p>second", mtime=0), "Content-Encoding: gzip")),
            shop.keep(URL, page(b"<p>not here", status="404 Not Found")),
            shop.keep(URL, page(gzip.compress(b"<p>second", mtime=0), "Content-Encoding: gzip")),
        ]
        yield shop


def gate(shop, moment=None, url=URL, **headers):
    if moment is not None:
        headers["Accept_Datetime"] = moment if isinstance(moment, str) else date(moment)
    return shop.get(f"/timegate/{url}", **headers)


# The TimeGate.


@pytest.mark.parametrize(("hours", "number"), [(1, 0), (1.9, 0), (2, 1), (2.99, 1), (3.5, 2), (4, 3), (500, 3)])
def test_the_timegate_leads_to_what_stood_at_that_time(shop, hours, number):
    """Section 4.2.1: 302, Location is the URI-M; and ours is the latest at or before, never a later one."""
    reply = gate(shop, START + timedelta(hours=hours))
    assert reply.status == 302
    assert reply["location"] == shop.base + shop.memento(shop.story[number])


def test_the_timegate_says_on_what_its_answer_hangs_and_is_no_memento(shop):
    """Section 4.2.1: Vary has "accept-datetime", Link has the original, and there is no Memento-Datetime."""
    reply = gate(shop, START + timedelta(hours=2))
    assert "accept-datetime" in reply["vary"]
    assert not reply.all("memento-datetime")
    assert [uri for uri, _ in reply.links["original"]] == [URL]
    [(timemap, attributes)] = reply.links["timemap"]
    assert timemap == f"{shop.base}/timemap/link/{URL}"
    assert attributes["type"] == "application/link-format"


def test_without_a_time_the_timegate_leads_to_the_last_memento(shop):
    """Section 4.1.1, step 3: no Accept-Datetime means the most recent one; a blank one is none."""
    for reply in (gate(shop), gate(shop, "")):
        assert (reply.status, reply["location"]) == (302, shop.base + shop.memento(shop.story[-1]))


def test_a_time_before_all_mementos_leads_to_the_first(shop):
    """Section 4.5.3: a time outside of what is held leads to the first or the last memento."""
    assert gate(shop, "Mon, 03 Feb 1992 00:00:00 GMT")["location"].endswith(shop.memento(shop.story[0]))
    assert gate(shop, "Tue, 03 Feb 2032 00:00:00 GMT")["location"].endswith(shop.memento(shop.story[-1]))


@pytest.mark.parametrize(
    "value", ["BROKEN_DATETIME", "2026-03-02", "Mon, 30 Feb 2026 00:00:00 GMT", "Mon, 02 Mar 2026 25:00:00 GMT"]
)
def test_a_time_that_is_none_is_refused(shop, value):
    """Section 4.5.3: a value that is no "accept-dt-value" is answered with 400."""
    reply = gate(shop, value)
    assert reply.status == 400
    assert "Accept-Datetime" in reply.text
    assert reply.text.count("\n") == 1


def test_the_day_of_the_week_is_not_held_against_the_date(shop):
    assert gate(shop, "Sun, 02 Mar 2026 10:30:00 GMT")["location"].endswith(shop.memento(shop.story[1]))


@pytest.mark.parametrize(("minutes", "number"), [(0, 0), (89, 0), (91, 1), (115, 1), (10_000, 3)])
def test_the_closest_only_where_it_is_asked_for(shop, minutes, number):
    at = START + timedelta(minutes=minutes)
    by_header = gate(shop, at, Prefer="closest")
    by_path = shop.get(f"/timegate/closest/{URL}", Accept_Datetime=date(at))
    assert by_header["location"] == by_path["location"] == shop.base + shop.memento(shop.story[number])
    assert by_header["preference-applied"] == "closest"  # RFC 7240 section 3
    assert "prefer" in by_header["vary"]


def test_an_unknown_url_is_not_found_and_says_so_in_one_line(shop):
    for path in ("/timegate/", "/timemap/link/", "/timemap/json/", "/timemap/cdxj/", "/web/20260302/"):
        reply = shop.get(f"{path}http://nowhere.example/")
        assert (reply.status, reply.text) == (404, "http://nowhere.example/: no capture of it is kept here\n")


# Mementos.


def test_a_memento_says_when_it_was_and_what_is_around_it(shop):
    """Section 2.1.1 and 2.1.3: Memento-Datetime, and links to original, TimeGate, TimeMap and other mementos."""
    reply = shop.get(shop.memento(shop.story[1]))
    assert reply.status == 200
    assert parsedate_to_datetime(reply["memento-datetime"]) == START + timedelta(hours=2)
    assert [uri for uri, _ in reply.links["original"]] == [URL]
    assert [uri for uri, _ in reply.links["timegate"]] == [f"{shop.base}/timegate/{URL}"]
    around = {rel: uri for rel in ("first", "prev", "next", "last") for uri, _ in reply.links[rel]}
    wanted = {"first": 0, "prev": 0, "next": 2, "last": 3}
    assert around == {rel: shop.base + shop.memento(shop.story[number]) for rel, number in wanted.items()}
    assert shop.base + shop.memento(shop.story[1]) in [uri for uri, _ in reply.links["memento"]]


def test_every_link_to_a_memento_has_its_date(shop):
    """Section 2.2.4: a link with the relation "memento" must carry a datetime."""
    for uri, attributes in shop.get(shop.memento(shop.story[1])).links["memento"]:
        reply = shop.get(uri)
        assert reply["memento-datetime"] == attributes["datetime"]


def test_what_the_timegate_names_is_a_memento_whose_date_leads_back_to_it(shop):
    for capture in shop.story:
        reply = shop.get(shop.memento(capture))
        assert gate(shop, reply["memento-datetime"])["location"] == shop.base + shop.memento(capture)


def test_a_404_is_a_memento_too(shop):
    """Section 4.5.5: a memento of a 4XX has that status and a Memento-Datetime, so that it is known for one."""
    reply = shop.get(shop.memento(shop.story[2]))
    assert (reply.status, reply.body) == (404, b"<p>not here")
    assert reply["memento-datetime"] == date(START + timedelta(hours=3))


def test_head_says_what_get_says(shop):
    for path in (
        f"/timegate/{URL}",
        f"/timemap/link/{URL}",
        shop.memento(shop.story[1]),
        "/web/2026/http://x.example",
    ):
        got, head = shop.get(path), shop.head(path)
        without = {"date", "content-length", "transfer-encoding"}
        assert [f for f in got.fields if f[0].lower() not in without] == [
            f for f in head.fields if f[0].lower() not in without
        ]
        assert (got.status, head.body) == (head.status, b"")


def test_the_page_is_decoded_and_the_raw_one_is_as_its_digest_has_it(shop):
    capture = shop.story[1]
    assert shop.get(shop.memento(capture)).body == b"<p>second"
    raw = shop.get(shop.memento(capture, "id_"))
    assert raw["content-encoding"] == "gzip"
    assert raw.body == gzip.compress(b"<p>second", mtime=0)


def test_a_revisit_shows_the_payload_of_its_original_and_its_own_date(shop):
    assert shop.story[3].record_type == "revisit"
    reply = shop.get(shop.memento(shop.story[3]))
    assert (reply.status, reply.body) == (200, b"<p>second")
    assert reply["memento-datetime"] == date(START + timedelta(hours=4))


def test_the_original_head_stands_behind_a_prefix(shop):
    reply = shop.get(shop.memento(shop.story[1]))
    assert reply["x-archive-orig-content-encoding"] == "gzip"
    assert not reply.all("content-encoding")
    assert reply["content-type"] == "text/html"


@pytest.mark.parametrize(
    ("stamp", "number"),
    [
        ("20260302090000", 0),
        ("202603020959", 0),
        ("20260302100000", 1),
        ("2026030210", 1),
        ("20260302", 3),
        ("2026", 3),
        ("20300101000000", 3),
        ("20260302100000001", 1),
    ],
)
@pytest.mark.parametrize("how", ["", "id_", "if_"])
def test_any_other_time_leads_to_the_memento_that_stood_then(shop, stamp, number, how):
    """Section 4.5.6: what stands between carries no Memento-Datetime."""
    reply = shop.get(f"/web/{stamp}{how}/{URL}")
    kept = "" if how == "if_" else how
    assert (reply.status, reply["location"]) == (302, shop.base + shop.memento(shop.story[number], kept))
    assert not reply.all("memento-datetime")


def test_nothing_stood_before_the_first_capture(shop):
    reply = shop.get(f"/web/20260302080000/{URL}")
    assert (reply.status, reply.text) == (
        404,
        f"{URL}: nothing was captured before 2026-03-02 09:00:00 UTC; ask for a later time\n",
    )
    nearest = shop.get(f"/web/20260302080000/{URL}", Prefer="closest")
    assert nearest["location"] == shop.base + shop.memento(shop.story[0])


@pytest.mark.parametrize("stamp", ["soon", "*", "20261345", "123", "20260302100000000000", "2026id", "2026zz__"])
def test_what_is_no_time_is_refused_in_one_line(shop, stamp):
    reply = shop.get(f"/web/{stamp}/{URL}")
    assert reply.status == 400
    assert reply.text.count("\n") == 1


# TimeMaps.


def test_the_link_timemap_lists_every_capture(shop):
    """Section 5: original, timegate, self with from and until, and a memento for each."""
    reply = shop.get(f"/timemap/link/{URL}")
    assert reply["content-type"] == "application/link-format"
    found = links(reply.text)
    assert [uri for uri, _ in found["original"]] == [URL]
    assert [uri for uri, _ in found["timegate"]] == [f"{shop.base}/timegate/{URL}"]
    [(own, span)] = found["self"]
    assert own == f"{shop.base}/timemap/link/{URL}"
    assert span["from"] == date(START + timedelta(hours=1))
    assert span["until"] == date(START + timedelta(hours=4))
    assert [uri for uri, _ in found["memento"]] == [shop.base + shop.memento(each) for each in shop.story]


def test_the_other_forms_list_the_same(shop):
    document = json.loads(shop.get(f"/timemap/json/{URL}").body)
    assert [each["datetime"] for each in document["mementos"]["list"]] == [iso(c.timestamp) for c in shop.story]
    lines = shop.get(f"/timemap/cdxj/{URL}").text.splitlines()
    assert lines == [cdxj.line(each) for each in shop.story]


def test_a_form_that_is_none_is_refused(shop):
    assert shop.get(f"/timemap/xml/{URL}").text == "'xml' is no form of a TimeMap; there are link, json, cdxj\n"


def test_a_long_history_is_whole(tmp_path):
    """It is read and sent in pieces of a thousand."""
    with Shop(tmp_path) as shop:
        made = [shop.keep(URL, at=number * 0.5) for number in range(2003)]
        found = links(shop.get(f"/timemap/link/{URL}").text)
        assert [uri for uri, _ in found["memento"]] == [shop.base + shop.memento(each) for each in made]
        assert [uri for uri, _ in found["last"]] == [shop.base + shop.memento(made[-1])]


# Captures that are close together.


def test_of_two_captures_within_a_second_each_has_its_own_address(tmp_path):
    with Shop(tmp_path) as shop:
        early = shop.keep(URL, page(b"<p>early"), at=0.1)
        late = shop.keep(URL, page(b"<p>late"), at=0.7)
        assert shop.get(shop.memento(early)).body == b"<p>early"
        assert shop.get(shop.memento(late)).body == b"<p>late"
        assert shop.get(f"/web/20260302080000/{URL}")["location"].endswith(shop.memento(late))
        listed = [uri for uri, _ in links(shop.get(f"/timemap/link/{URL}").text)["memento"]]
        assert listed == [shop.base + shop.memento(early), shop.base + shop.memento(late)]


def test_two_urls_of_one_key_and_one_moment_are_told_apart_by_their_url(tmp_path):
    with Shop(tmp_path) as shop:
        plain = shop.keep("http://herald.example/x", page(b"<p>plain"), at=1)
        secure = shop.keep("https://www.herald.example/x", page(b"<p>secure"), at=1)
        assert shop.get(shop.memento(plain)).body == b"<p>plain"
        assert shop.get(shop.memento(secure)).body == b"<p>secure"


# Redirects.


def test_a_captured_redirect_leads_to_the_memento_of_what_was_fetched_then(tmp_path):
    """Section 4.5.4: a memento of a 3XX has that status, and is one."""
    with Shop(tmp_path) as shop:
        shop.keep("http://herald.example/new", page(b"<p>before"), at=0)
        moved = page(b"", "Location: /new", status="301 Moved Permanently")
        hop = shop.kept("http://herald.example/old", moved, at=10)
        target = shop.keep("http://herald.example/new", page(b"<p>then"), at=10.4, hop_of=hop.fetch_id)
        shop.keep("http://herald.example/new", page(b"<p>later"), at=20)
        reply = shop.get(shop.memento(hop.capture))
        assert (reply.status, reply["location"]) == (301, shop.base + shop.memento(target))
        assert reply["memento-datetime"] == date(START + timedelta(seconds=10))
        assert reply["x-archive-orig-location"] == "/new"
        assert shop.get(shop.memento(hop.capture, "id_"))["location"] == shop.base + shop.memento(target, "id_")
        assert shop.get(reply["location"]).body == b"<p>then"


def test_a_redirect_that_was_not_followed_leads_to_what_stood_then(tmp_path):
    with Shop(tmp_path) as shop:
        moved = page(b"", "Location: https://other.example/new", status="302 Found")
        hop = shop.keep("http://herald.example/old", moved, at=10)
        assert shop.get(shop.get(shop.memento(hop))["location"]).status == 404
        earlier = shop.keep("https://other.example/new", page(b"<p>earlier"), at=5)
        assert shop.get(shop.get(shop.memento(hop))["location"])["location"].endswith(shop.memento(earlier))
