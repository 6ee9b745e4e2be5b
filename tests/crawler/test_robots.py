"""robots.txt after RFC 9309, whose sentences are the tests' docstrings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Trouble
from crawler.robots import LIMIT, UNREACHABLE_FOR, lifetime, read

URL = "https://herald.example/politics/story.html"
FORBID = b"User-agent: *\nDisallow: /politics/\n"


@pytest.mark.parametrize(
    ("text", "url", "allowed"),
    [
        (b"", URL, True),
        (FORBID, URL, False),
        (FORBID, "https://herald.example/world/story.html", True),
        (b"\xef\xbb\xbf" + FORBID, URL, False),  # with a BOM
        (FORBID.replace(b"\n", b"\r\n"), URL, False),
        (FORBID.replace(b"*", b"stet"), URL, False),
        (FORBID.replace(b"*", b"STET"), URL, False),  # "crawlers MUST use case-insensitive matching"
        (FORBID.replace(b"*", b"otherbot"), URL, True),
        (b"User-agent: *\nDisallow: /\nAllow: /politics/\n", URL, True),  # the most specific match
        (b"User-agent: *\nDisallow: /*.html$\n", URL, False),
        (b"User-agent: *\nDisallow: /*.html$\n", URL + "?page=2", True),
        (b"\x00\xff\xfe garbage", URL, True),
        (b"<html><body>Not found</body></html>", URL, True),
    ],
)
def test_what_is_allowed(text, url, allowed):
    assert read(200, text).refusal(url) == (None if allowed else Trouble.ROBOTS_FORBID)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 301, 304])
def test_unavailable(status):
    """2.3.1.3: "the crawler MAY access any resources on the server"."""
    assert read(status, FORBID).refusal(URL) is None


@pytest.mark.parametrize(("status", "trouble"), [(500, ""), (503, ""), (429, ""), (None, ""), (None, "timed_out")])
def test_unreachable(status, trouble):
    """2.3.1.4: "the crawler MUST assume complete disallow"."""
    robots = read(status, b"", trouble)
    assert robots.refusal(URL) is Trouble.ROBOTS_UNREACHABLE
    assert robots.unreachable


def test_too_many_redirects():
    """2.3.1.2: "If there are more than five consecutive redirects, crawlers MAY assume … unavailable"."""
    assert read(None, b"", "redirect_limit").refusal(URL) is None


def test_how_long_an_answer_holds():
    """2.4: "Crawlers SHOULD NOT use the cached version for more than 24 hours, unless … unreachable"."""
    day = timedelta(days=1)
    assert lifetime(read(200, FORBID), day) == day
    assert lifetime(read(404, b""), day) == day
    assert lifetime(read(503, b""), day) == UNREACHABLE_FOR
    assert lifetime(read(503, b""), timedelta(minutes=1)) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("line", "seconds"), [("7", 7), ("0.5", 0.5), ("-1", None), ("x", None), ("999999", None)]
)
def test_crawl_delay(line, seconds):
    assert read(200, f"User-agent: *\nCrawl-delay: {line}\n".encode()).crawl_delay == seconds


def test_the_limit():
    """2.5: "The parsing limit MUST be at least 500 kibibytes"."""
    assert LIMIT >= 500 * 1024
    padding = b"# " + b"x" * (LIMIT - len(FORBID) - 3) + b"\n"
    assert read(200, padding + FORBID).refusal(URL) is Trouble.ROBOTS_FORBID
    assert read(200, b"#" * LIMIT + b"\n" + FORBID).refusal(URL) is None


@given(st.binary(max_size=300), st.integers(100, 599))
def test_any_bytes_give_an_answer(body, status):
    robots = read(status, body)
    assert robots.refusal(URL) in (None, Trouble.ROBOTS_FORBID, Trouble.ROBOTS_UNREACHABLE)
    assert robots.crawl_delay is None or robots.crawl_delay >= 0
