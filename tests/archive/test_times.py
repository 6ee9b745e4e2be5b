"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.times import ago, iso, parse_since, parse_time, stamp
from archive.errors import Misuse

LAST = 999_999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026", (2026, 12, 31, 23, 59, 59, LAST)),
        ("202602", (2026, 2, 28, 23, 59, 59, LAST)),
        ("2024-02", (2024, 2, 29, 23, 59, 59, LAST)),
        ("20261122", (2026, 11, 22, 23, 59, 59, LAST)),
        ("2026-11-22", (2026, 11, 22, 23, 59, 59, LAST)),
        ("2026112214", (2026, 11, 22, 14, 59, 59, LAST)),
        ("202611221430", (2026, 11, 22, 14, 30, 59, LAST)),
        ("20261122143005", (2026, 11, 22, 14, 30, 5, LAST)),
        ("20261122143005123", (2026, 11, 22, 14, 30, 5, 123_000)),
        ("2026-11-22T14", (2026, 11, 22, 14, 59, 59, LAST)),
        ("2026-11-22T14:30Z", (2026, 11, 22, 14, 30, 59, LAST)),
        ("2026-11-22 14:30:05", (2026, 11, 22, 14, 30, 5, LAST)),
        ("2026-11-22T14:30:05.123Z", (2026, 11, 22, 14, 30, 5, 123_000)),
        ("2026-11-22T14:30:05+02:00", (2026, 11, 22, 12, 30, 5, LAST)),
        ("20261122T143005Z", (2026, 11, 22, 14, 30, 5, LAST)),
        ("  2026-11-22  ", (2026, 11, 22, 23, 59, 59, LAST)),
        ("9999", (9999, 12, 31, 23, 59, 59, LAST)),
    ],
)
def test_a_shortened_time_means_its_end(text, moment):
    assert parse_time(text) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026", (2026, 1, 1)),
        ("2024-02", (2024, 2, 1)),
        ("2026-11-22", (2026, 11, 22)),
        ("2026112214", (2026, 11, 22, 14)),
        ("20261122143005", (2026, 11, 22, 14, 30, 5)),
        ("20261122143005123", (2026, 11, 22, 14, 30, 5, 123_000)),
        ("2026-11-22T14", (2026, 11, 22, 14)),
        ("2026-11-22T14:30Z", (2026, 11, 22, 14, 30)),
        ("2026-11-22 14:30:05", (2026, 11, 22, 14, 30, 5)),
        ("2026-11-22T14:30:05.123Z", (2026, 11, 22, 14, 30, 5, 123_000)),
        ("2026-11-22T14:30+02:00", (2026, 11, 22, 12, 30)),
    ],
)
def test_a_shortened_time_to_begin_with_means_its_beginning(text, moment):
    assert parse_since(text) == datetime(*moment, tzinfo=UTC)


NO_TIMES = [
    "",
    "yesterday",
    "2026-13-01",
    "20261301",
    "2026-02-30",
    "0000",
    "202",
    "12",
    "2026-11-22T25:00",
    "٢٠٢٦",
]
NO_TIMES += ["9999-12-31T23:59-10:00", "0001-01-01T00:00+10:00", "2026-11-22T14:30:05Zulu"]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_told_in_one_line(text):
    with pytest.raises(Misuse, match="not a time; write 2026-11-22"):
        parse_time(text)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_misuse(text):
    try:
        found = parse_time(text)
    except Misuse as error:
        found = error
    assert "\n" not in str(found)


@given(st.integers(0, 4 * 10**12).map(lambda ms: EPOCH + timedelta(milliseconds=ms)))
def test_what_we_print_reads_back_as_the_same_moment_or_the_end_of_its_second(moment):
    assert parse_time(iso(moment)) == moment
    assert parse_time(moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03}") == moment
    assert timedelta() <= parse_time(stamp(moment)) - moment < timedelta(seconds=1)


def test_nothing_is_printed_for_no_time():
    assert (stamp(None), iso(None), ago(None, datetime.now(UTC))) == ("", None, "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7199, "120 min ago"),
        (7200, "2 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 d ago"),
        (-90, "in 2 min"),
        (-86400 * 3, "in 3 d"),
    ],
)
def test_how_long_ago(seconds, words):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == words
