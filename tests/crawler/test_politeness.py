"""How long to leave a host alone, by what the outlet, robots.txt and its answers say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import HttpHead, Outlet
from crawler.politeness import LONGEST_HOLD, UNSAID, delay, hold

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outlet", "crawl_delay", "seconds"),
    [
        (None, None, 10),
        (None, 30, 30),
        (None, 3, 10),  # robots.txt may ask for more, never for less
        (Outlet(name="a"), None, 10),
        (Outlet(name="a", delay=2), None, 2),  # the user knows this outlet
        (Outlet(name="a", delay=0), None, 0),
        (Outlet(name="a", delay=2), 30, 30),
        (Outlet(name="a", delay=40), 30, 40),
        (Outlet(name="a", delay=2, obey_robots=False), 30, 2),
    ],
)
def test_the_longest_of_what_anybody_asks_for(outlet, crawl_delay, seconds):
    assert delay(outlet, home=10, crawl_delay=crawl_delay) == seconds


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (200, "120", None),
        (404, "120", None),
        (429, "120", 120),
        (503, "120", 120),
        (503, " 7 ", 7),
        (503, "0", 0),
        (503, "", UNSAID),
        (429, "soon", UNSAID),
        (429, "-5", UNSAID),
        (429, "1.5", UNSAID),
        (429, "٣٠", UNSAID),
        (429, "99999999999999999999", LONGEST_HOLD),
        (503, "Mon, 02 Mar 2026 08:02:00 GMT", 120),
        (503, "Mon, 02 Mar 2026 08:02:00 -0000", 120),
        (503, "Monday, 02-Mar-26 08:02:00 GMT", 120),  # RFC 850
        (503, "Mon Mar  2 08:02:00 2026", 120),  # asctime
        (503, "Mon, 02 Mar 2026 07:00:00 GMT", 0),
        (503, "Mon, 02 Mar 2099 08:02:00 GMT", LONGEST_HOLD),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(status, value, seconds):
    """RFC 9110 10.2.3: "an HTTP-date or a number of seconds to delay after receiving the response"."""
    assert hold(HttpHead(status=status, headers=(("retry-after", value),)), NOW) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Mon, 02 Mar 2026 09:00:00 GMT", 120),  # its clock is fast by an hour
        ("Mon, 02 Mar 2026 07:00:00 GMT", 7320),  # or what it names is an hour and more away
        ("soon", 3720),
        ("", 3720),
    ],
)
def test_a_date_is_one_of_the_clock_of_whoever_says_it(date, seconds):
    headers = (("Date", date), ("Retry-After", "Mon, 02 Mar 2026 09:02:00 GMT"))
    assert hold(HttpHead(status=503, headers=headers), NOW) == seconds


@given(st.text())
def test_no_header_breaks_it_or_stops_an_outlet_for_more_than_a_day(value):
    assert 0 <= hold(HttpHead(status=429, headers=(("Retry-After", value),)), NOW) <= LONGEST_HOLD
