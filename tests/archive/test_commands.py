"""The archivists' commands on a small story: what they list, what they take out, how they compare."""

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.db import articles
from archive.db.engine import open_database
from archive.home import find
from archive.warc import cdxj
from scheduler.cli import run
from tests.archive.test_timemaps import parse_links
from tests.played import kept


@pytest.fixture
def stet(capfd, monkeypatch):
    """Run a command on the kept home; it must succeed. Returns what it said on stdout."""
    for name in ("STET_HOME", "NO_COLOR", "LOGLEVEL"):
        monkeypatch.delenv(name, raising=False)

    def go(*arguments: object) -> str:
        code = run([*map(str, arguments), "--home", str(kept().home)])
        out, err = capfd.readouterr()
        assert code == 0, err
        go.remarks = err
        return out

    return go


@pytest.fixture
def rows(stet):
    return lambda *arguments: [json.loads(line) for line in stet(*arguments, "--json").splitlines()]


KEYS = {
    ("articles",): "url outlet title standing first_seen last_seen last_checked next_check versions captures",
    ("captures", "REPORT"): "url timestamp status mime digest record_type warc offset length",
    ("changes",): ("id url outlet kind kinds detected_at from to words_added words_removed stealth summary"),
    ("fetches", "REPORT"): "url began status presence sighting why trouble",
    ("search", "minister"): "url outlet version timestamp snippet still_live",
    ("search", "--removed", "120"): "url outlet version timestamp snippet still_live",
    ("outlet", "list"): "name domains feeds sitemaps sections health",
    ("outlet", "list", "--known"): "name domains feeds sitemaps sections health",
    ("outlet", "show", "herald"): "name domains feeds sitemaps sections health",
    ("takedowns",): "url outlet standing reason since confirmed_at last_live evidence",
    (
        "takedowns",
        "--all",
        "--restored",
        "--hints",
    ): "url outlet standing reason since confirmed_at last_live evidence",
    ("outlet", "health"): "outlet state since success_rate block_rate last_good gaps outages",
    ("status",): "home articles captures versions changes due next_check last_fetch disk_free outlets",
}


@pytest.mark.parametrize("command", KEYS, ids=" ".join)
def test_json_has_the_keys_that_stay(rows, command):
    arguments = [kept().report if word == "REPORT" else word for word in command]
    found = rows(*arguments)
    assert found
    for row in found:
        assert set(KEYS[command].split()) <= set(row)


@pytest.mark.parametrize("command", KEYS, ids=" ".join)
def test_json_times_are_iso_8601_in_utc(rows, command):
    arguments = [kept().report if word == "REPORT" else word for word in command]
    for row in rows(*arguments):
        for key in (
            "timestamp",
            "began",
            "detected_at",
            "first_seen",
            "last_seen",
            "next_check",
            "from",
            "to",
            "since",
        ):
            if row.get(key):
                assert row[key].endswith("Z")
                assert datetime.fromisoformat(row[key])


# Lists and their filters.


def test_articles_by_standing_words_outlet_and_limit(rows):
    assert {row["url"] for row in rows("articles")} == {kept().report, kept().bridge, kept().once}
    (gone,) = rows("articles", "--standing", "taken_down")
    assert (gone["url"], gone["reason"]) == (kept().bridge, "not_found")
    assert [row["url"] for row in rows("articles", "--words", "HARBOUR")] == [kept().once]
    assert len(rows("articles", "--outlet", "herald")) == 3
    assert len(rows("articles", "--limit", "2")) == 2
    assert rows("articles", "--standing", "barred") == []


def test_changes_by_article_kind_stealth_weight_and_time(rows):
    silent, declared = rows("changes")
    assert (declared["stealth"], silent["stealth"]) == (False, True)
    assert declared["kind"] == declared["kinds"][0] == "modality"
    assert rows("changes", "--stealth") == [silent]
    assert rows("changes", kept().report) == [silent, declared]
    assert rows("changes", kept().once) == []
    assert rows("changes", "--kind", "modality") == [declared]
    assert rows("changes", "--kind", "numbers") == [silent]
    assert rows("changes", "--kind", "headline") == []
    heavier = max(silent, declared, key=lambda row: row["weight"])
    assert heavier in rows("changes", "--min-weight", heavier["weight"])
    assert rows("changes", "--min-weight", "1") == []
    assert rows("changes", "--outlet", "herald", "--limit", "1") == [silent]


def test_changes_by_words_and_by_several_kinds(rows):
    silent, declared = rows("changes")
    assert rows("changes", "--removed", "denied", "--added", "CONFIRMED") == [declared]
    assert rows("changes", "--removed", "120") == [silent]
    assert rows("changes", "--removed", "confirmed") == []
    assert rows("changes", *(word for kind in silent["kinds"] for word in ("--kind", kind)), "--limit", "1") == [
        silent
    ]
    assert rows("changes", "--until", "2026-03-02T09:15") == [declared]
    assert rows("changes", "--all") == [silent, declared]


def test_search_finds_what_stood_and_what_was_taken_out(rows):
    [was] = rows("search", "minister", "DENIED")
    assert (was["url"], was["version"], was["still_live"]) == (kept().report, 1, False)
    assert was["snippet"].startswith("The **minister** **denied** on Tuesday")
    [stands] = rows("search", '"minister confirmed"')
    assert (stands["version"], stands["still_live"]) == (3, True)
    assert [row["url"] for row in rows("search", "harbour", "--limit", "1")] == [kept().report]
    assert {row["url"] for row in rows("search", "harbour")} == {kept().report, kept().once}
    assert rows("search", "harbour", "--until", "2026-03-02T08:45", "--outlet", "herald")
    [gone] = rows("search", "cracks")
    assert not gone["still_live"]  # it stands in the last version, and that was taken down
    [change] = rows("search", "--removed", "120")
    assert (change["version"], change["snippet"]) == (3, "**120**")
    assert rows("search", "--added", "12")[-1]["still_live"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "nobody wrote that"], 1, "nobody wrote that: stands in no version that is kept here"),
        (["search", "--removed", "minister", "--json"], 1, "minister: removed by no change that is kept here"),
        (["search", "harbour", "--since", "2027"], 1, "harbour: stands in no version that is kept here"),
        (["search", '""'], 2, "'\"\"' holds nothing to search for; give a word, or a phrase in double quotes"),
        (
            ["search", "--added", "--removed", "x"],
            2,
            "stet search: --removed or --added? 'stet changes' takes both",
        ),
        (["search", "x", "--outlet", "nobody"], 1, "nobody"),
        (["changes", "--removed", " "], 2, "' ' holds nothing to search for"),
    ],
)
def test_a_search_for_nothing_says_so_in_one_line(capfd, arguments, code, said):
    assert run([*arguments, "--home", str(kept().home)]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("2026", 2),
        ("2026-03-02", 2),
        ("20260302", 2),
        ("2026-03-02T09:15Z", 1),
        ("202603020915", 1),
        ("2026-03-03", 0),
    ],
)
def test_since_means_the_first_moment_of_a_shortened_time(rows, since, count):
    assert len(rows("changes", "--since", since)) == count


def test_captures_are_listed_oldest_first_and_by_status_and_time(rows):
    found = rows("captures", kept().bridge)
    assert [row["status"] for row in found][-3:] == [404, 404, 404]  # twice in the pass that missed it first
    assert [row["timestamp"] for row in found] == sorted(row["timestamp"] for row in found)
    assert rows("captures", kept().bridge, "--status", "404") == found[-3:]
    assert rows("captures", kept().bridge, "--since", "2026-03-02T09:45") == found[-3:]
    assert {(kept().home / "warcs" / row["warc"]).is_file() for row in found} == {True}


def test_fetches_are_listed_latest_first_with_what_they_say(rows):
    found = rows("fetches", kept().bridge)
    assert [row["presence"] for row in found] == ["gone"] * 3 + ["present"] * 3
    assert rows("fetches", kept().bridge, "--presence", "gone", "--limit", "1") == found[:1]
    assert rows("fetches", kept().bridge, "--presence", "barrier") == []


def test_an_article_is_found_by_other_forms_of_its_url(rows):
    assert rows("captures", kept().report + "?utm_source=mail#top") == rows("captures", kept().report)


@pytest.mark.parametrize(
    ("command", "remark"),
    [
        (["articles", "--standing", "barred"], "no such articles"),
        (["changes", "--kind", "byline"], "no changes"),
        (["fetches", "BRIDGE", "--presence", "barrier"], "no such fetches"),
        (["captures", "BRIDGE", "--status", "500"], "no such captures"),
    ],
)
def test_an_empty_list_is_said_on_stderr_and_is_no_failure(stet, command, remark):
    assert stet(*(kept().bridge if word == "BRIDGE" else word for word in command)) == ""
    assert stet.remarks == f"{remark}\n"


def test_a_table_that_is_piped_has_one_line_a_row_and_whole_urls(stet):
    headings, *lines = stet("articles").splitlines()
    assert headings.split() == ["Standing", "Outlet", "Title", "Versions", "Captures", "Checked", "URL"]
    assert {line.split()[-1] for line in lines} == {kept().report, kept().bridge, kept().once}


# One memento.


def test_get_as_html_gives_the_bytes_of_the_page(stet, tmp_path):
    file = tmp_path / "page.html"
    assert stet("get", kept().report, "-o", file) == ""
    assert b"12 people lost their homes" in file.read_bytes()
    assert re.fullmatch(r"captured 2026-03-02 \d\d:\d\d:\d\d UTC, sha256:[0-9a-f]{64}\n", stet.remarks)
    assert stet("get", kept().report) == file.read_text(encoding="utf-8")


def test_get_as_text_is_the_headline_and_the_story(stet):
    title, _, *paragraphs = stet("get", kept().report, "--as", "text").splitlines()
    assert title == "Minister denies the report"
    assert (
        "The minister confirmed on Tuesday that the harbour had been sold without the consent of the quarter."
        in paragraphs
    )
    assert any(paragraph.startswith("At least 12 people lost their homes") for paragraph in paragraphs)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-03-02T08:45Z", "The minister denied on Tuesday"),
        ("20260302084500", "The minister denied on Tuesday"),
        ("2026-03-02T09:15Z", "120 people"),
        ("2026-03-02", "12 people"),
        ("2030", "12 people"),
    ],
)
def test_at_means_the_latest_at_or_before(stet, at, words):
    assert words in stet("get", kept().report, "--as", "text", "--at", at)


def test_at_the_very_millisecond_of_a_capture_is_that_capture(stet, rows):
    for row in rows("captures", kept().report):
        stet("get", kept().report, "--at", row["timestamp"], "--any-status")
        assert row["digest"] in stet.remarks


def test_closest_may_be_later_than_the_time_asked_for(stet):
    """At 9:29 the wording of 9:00 stood, and the capture of 9:30 is nearer."""
    report = kept().report
    assert "At least 120 people" in stet("get", report, "--as", "text", "--at", "2026-03-02T09:29Z")
    assert "At least 12 people" in stet("get", report, "--as", "text", "--at", "2026-03-02T09:29Z", "--closest")
    assert "The minister denied" in stet("get", report, "--as", "text", "--at", "2025", "--closest")
    stet("get", kept().bridge, "--any-status", "--at", "2026-03-02T09:59Z", "--closest")
    assert "captured 2026-03-02 10:0" in stet.remarks


def test_get_shows_the_article_and_with_any_status_also_what_stood_in_its_place(stet):
    assert "Engineers warned" in stet("get", kept().bridge, "--as", "text")
    assert "captured 2026-03-02 09:3" in stet.remarks
    assert "Engineers warned" not in stet("get", kept().bridge, "--any-status")
    assert "captured 2026-03-02 10:3" in stet.remarks
    assert stet("get", kept().bridge, "--any-status", "--as", "headers").startswith("HTTP/1.1 404 Not Found\r\n")
    before = stet("get", kept().bridge, "--any-status", "--as", "text", "--at", "2026-03-02T09:45Z")
    assert "Engineers warned" in before


def test_get_as_headers_is_the_head_as_sent(stet, tmp_path):
    file = tmp_path / "head"
    stet("get", kept().report, "--as", "headers", "-o", file)
    assert file.read_bytes().startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Type: text/html" in file.read_bytes()


def test_a_feed_is_no_article_and_can_be_taken_too(stet):
    assert "<rss" in stet("get", kept().feed)


def warc(path: Path) -> list[tuple[str, str, bytes]]:
    with path.open("rb") as file:
        return [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.raw_stream.read())
            for r in ArchiveIterator(file, no_record_parse=True)
        ]


def test_get_as_warc_is_a_warc_file_that_others_read(stet, tmp_path):
    file = tmp_path / "story.warc.gz"
    stet("get", kept().report, "--as", "warc", "-o", file)
    found = warc(file)
    assert [kind for kind, _, _ in found][:3] == ["response", "request", "metadata"]
    assert {url for _, url, _ in found} == {kept().report}
    assert b"12 people lost their homes" in found[0][2] or b"Content-Encoding" in found[0][2]
    assert found[0][2].startswith(b"HTTP/1.1 200 OK\r\n")
    assert found[1][2].startswith(b"GET /")


def test_get_as_warc_of_a_revisit_brings_the_original_along(stet, rows, tmp_path):
    revisit = next(row for row in rows("captures", kept().once) if row["record_type"] == "revisit")
    file = tmp_path / "story.warc.gz"
    stet("get", kept().once, "--at", revisit["timestamp"], "--as", "warc", "-o", file)
    kinds = [kind for kind, _, _ in warc(file)]
    assert "revisit" in kinds
    assert "response" in kinds
    assert kinds.index("response") < kinds.index("revisit")


# Comparing.


def test_diff_shows_the_last_change_unless_times_are_given(stet):
    assert "[-120-]{+12+} people lost their homes" in stet("diff", kept().report)
    earlier = stet("diff", kept().report, "--to", "2026-03-02T09:15Z")
    assert "[-denied-]{+confirmed+}" in earlier
    both = stet("diff", kept().report, "--from", "2026-03-02T08:45Z")
    assert "[-denied-]{+confirmed+}" in both
    assert "[-120-]{+12+}" in both


def test_diff_says_which_versions_it_compares_and_leaves_a_line_before_the_text(stet):
    url, versions, summary, blank, *_ = stet("diff", kept().report).splitlines()
    assert url == kept().report
    assert re.fullmatch(r"version 2, last seen .* UTC → version 3, first seen .* UTC", versions)
    assert summary.endswith(".")
    assert blank == ""


def test_diff_of_the_same_wording_says_so(stet):
    same = stet("diff", kept().report, "--from", "2026-03-02T09:45Z", "--to", "2026-03-02T10:15Z")
    assert "No difference that matters." in same


def test_diff_as_html_is_a_whole_page_that_needs_nothing_else(stet, tmp_path):
    file = tmp_path / "diff.html"
    stet("diff", kept().report, "--format", "html", "-o", file)
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<del>120</del><ins>12</ins>" in page
    assert not re.search(r"<script|src=|href=", page)


def test_diff_as_json_says_what_changed_and_how_much(stet):
    found = json.loads(stet("diff", kept().report, "--format", "json"))
    assert found["url"] == kept().report
    assert (found["from"]["version"], found["to"]["version"]) == (2, 3)
    assert (found["words_added"], found["words_removed"], found["stealth"]) == (1, 1, True)
    assert ["removed", "120"] in [run for block in found["diff"]["paragraphs"] for run in block["runs"]]


def test_diff_of_a_change_is_the_step_that_changes_lists(stet, rows):
    later, earlier = (row for row in rows("changes", kept().report))
    _, versions, summary, *_ = stet("diff", kept().report, "--change", earlier["id"]).splitlines()
    assert versions.startswith("version 1, last seen 2026-03-02 08:3")
    assert summary == earlier["summary"]
    found = json.loads(stet("diff", kept().report, "--change", later["id"], "--format", "json"))
    assert (found["from"]["version"], found["to"]["version"]) == (2, 3)
    for key in ("kinds", "weight", "stealth", "summary", "reasons", "words_added", "words_removed"):
        assert found[key] == later[key]
    assert found["change"] == later["id"]


def test_diff_shows_as_much_around_a_change_as_asked_for(stet):
    assert "unchanged …" in stet("diff", kept().report, "--context", 0)
    assert "unchanged …" not in stet("diff", kept().report, "--context", 9)
    assert "unchanged …" not in stet("diff", kept().report, "--format", "html")
    assert "unchanged …" in stet("diff", kept().report, "--format", "html", "--context", 0)


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["--change", 999], 1, "change 999: there is none; 'stet changes http"),
    (["--change", 1, "--to", "2026"], 2, "leave --from and --to out"),
    (["--context", -1], 2, "'--context'"),
])  # fmt: skip
def test_diff_refuses_what_it_cannot_show_in_one_line(arguments, code, words, capfd):
    assert run(["diff", kept().report, *map(str, arguments), "--home", str(kept().home)]) == code
    assert words in capfd.readouterr().err


def test_diff_refuses_the_change_of_another_article(rows, capfd):
    change = rows("changes", kept().report)[0]["id"]
    assert run(["diff", kept().once, "--change", str(change), "--home", str(kept().home)]) == 1
    assert f"change {change} is one of {kept().report}" in capfd.readouterr().err


# TimeMaps.


def test_the_three_timemaps_list_the_same_captures(stet, rows):
    links = parse_links(stet("timemap", kept().report))
    mementos = [uri for uri, params in links if "memento" in params["rel"].split()]
    document = json.loads(stet("timemap", kept().report, "--format", "json"))
    lines = stet("timemap", kept().report, "--format", "cdxj").splitlines()
    stamps = [cdxj.stamp(datetime.fromisoformat(row["timestamp"])) for row in rows("captures", kept().report)]
    assert mementos == [f"/web/{stamp}/{kept().report}" for stamp in stamps]
    assert [entry["uri"] for entry in document["mementos"]["list"]] == mementos
    assert [line.split(" ")[1] for line in lines] == stamps
    assert lines == sorted(lines)


def test_a_feed_has_a_timemap_too(stet):
    assert len(stet("timemap", kept().feed, "--format", "cdxj").splitlines()) == 5


# Strangers' text.


HOSTILE = "\x1b[31mRed\x1b]0;x\x07 \u202eevil\x9b2J\nnew line"


@pytest.mark.parametrize("command", [["articles"], ["articles", "--json"], ["changes"], ["changes", "--json"]])
def test_a_hostile_title_cannot_drive_the_terminal(command, tmp_path, capfd):
    home = shutil.copytree(kept().home, tmp_path / "home")
    database = open_database(find(home, {}).database_url)
    with database.write() as connection:
        article = articles.by_url(connection, kept().report)
        articles.update(connection, article.id, title=HOSTILE)
    database.close()
    assert run([*command, "--home", str(home)]) == 0
    said = capfd.readouterr().out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said)
    assert "Red" in said
