"""What commands print: tables that fit, JSON that is JSON, and no title that drives the terminal."""

import io
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from archive.layout import NARROWEST, Column, table, wrap
from archive.output import clean, clean_lines, json_line, wants_colour

COLUMNS = [
    Column("standing", "Standing"),
    Column("outlet", "Outlet", rank=1),
    Column("title", "Title", wraps=True),
    Column("captures", "Captures", rank=2),
    Column("url", "URL", below=True),
]
TITLE = "Court in Tarn hears fifty-three witnesses in the dispute over the harbour and the bridge"
URL = "https://www.example.org/a-rather-long-section/2026/11/22/" + "court-in-tarn-" * 8
ROW = ["live", "guardian", TITLE, "12", URL]


def test_where_nobody_looks_every_row_is_one_whole_line():
    headings, line = table(COLUMNS, [ROW], None)
    assert headings.split() == ["Standing", "Outlet", "Title", "Captures", "URL"]
    assert line.endswith(URL)
    assert TITLE in line


def test_a_wide_terminal_gets_the_same():
    assert table(COLUMNS, [ROW], 400) == table(COLUMNS, [ROW], None)


@pytest.mark.parametrize("width", [80, 120])
def test_a_long_url_stands_whole_below_its_row_and_squeezes_nothing(width):
    headings, *lines = table(COLUMNS, [ROW, ROW], width)
    assert "URL" not in headings
    assert lines.count(f"  {URL}") == 2
    others = [line for line in [headings, *lines] if URL not in line]
    assert all(cell_len(line) <= width for line in others)
    assert "Captures" in headings
    assert len(others) == 1 + 2 * (1 if width > 118 else 2)


def test_where_room_is_short_the_least_important_columns_go_first():
    assert "Captures" not in table(COLUMNS, [ROW], 60)[0]
    assert "Outlet" in table(COLUMNS, [ROW], 60)[0]
    narrow = table(COLUMNS, [ROW], 50)[0]
    assert narrow.split() == ["Standing", "Title"]


def test_text_is_never_squeezed_below_what_can_be_read():
    assert all(len(line) > 20 for line in table(COLUMNS, [ROW], 10) if "hears" in line)
    assert NARROWEST >= 28


def test_wide_and_joining_characters_keep_the_columns_in_line():
    rows = [["live", "a", "日本語の見出し", "1", "u"], ["live", "b", "می‌خواهم", "1", "u"]]
    lines = table(COLUMNS, rows, 200)
    at = [cell_len(line[: line.rindex("u")]) for line in lines[1:]]
    assert len(set(at)) == 1


@example("aa \u0301", 2)
@given(st.text(st.sampled_from("ab 日é\u0301"), max_size=60), st.integers(2, 30))
def test_wrapping_loses_nothing_but_blanks_and_keeps_the_width(text, width):
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


HOSTILE = "\x1b[31mred\x1b]0;title\x07\x9b2J\r\n\x00\u202eevil\u2066\u2028\ud800 \u200cok\u200f"


def test_nothing_that_a_terminal_obeys_is_left():
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\ud800]", clean(HOSTILE))
    assert clean("می\u200cخواهم \u200f") == "می\u200cخواهم \u200f"
    assert clean_lines("a\tb\r\nc\x1b[0m\n") == "a\tb\nc [0m\n"


@given(st.text())
def test_json_lines_are_one_line_of_json_that_says_the_same(text):
    line = json_line({"title": text})
    assert json.loads(line) == {"title": text}
    assert clean(line) == line
    assert len(line.splitlines()) == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),  # https://no-color.org: "when present and not an empty string"
        (Terminal(), {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_and_only_where_it_is_wanted(monkeypatch, stream, environ, wanted):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(stream) is wanted
