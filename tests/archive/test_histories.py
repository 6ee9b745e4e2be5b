"""An article's history as one document: stories that are lived through, and how they read afterwards."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from archive.db import findings
from archive.domain.blame import Spell, blame
from archive.domain.chronicle import as_html, as_json, as_text
from archive.domain.gaps import Gap
from archive.domain.history import History, Told, brought_by
from archive.domain.model import Extraction
from archive.histories import history_of
from scheduler.cli import run
from tests.played import kept

TEXT = [
    "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
    "“We knew of no objections at the time,” he said. The opposition demands an inquiry by the end of May.",
]
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def story(herald, place):
    story = herald.publish("Minister denies report on harbour deal", TEXT, author="Ada Lind", section="politics")
    place.watch(herald)
    place.look()
    return story


def told(place, story) -> dict:
    with place.reading() as connection:
        return as_json(history_of(connection, story.url))


def sentence(found: dict, words: str) -> dict:
    (one,) = (row for row in found["sentences"] if words in row["text"])
    return one


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def change(number: int, *, between: tuple[int, int], at: int, kinds=("body",), by: int | None = None) -> Told:
    return Told(
        id=number, detected_at=hour(at), kinds=kinds, weight=0.5, stealth=False, summary="Something changed.",
        reasons=(), words_added=1, words_removed=1, from_version=between[0], to_version=between[1],
        from_at=hour(at - 1), to_at=hour(at), superseded_by=by,
    )  # fmt: skip


def history(*texts: str, **values) -> History:
    """A text an hour, each of a version of its own."""
    spells = [Spell(n, text, hour(n), hour(n)) for n, text in enumerate(texts, 1)]
    plain = {
        "url": "https://herald.example/1", "outlet": "herald", "title": "A title",
        "standing": "live", "reason": "",
        "first_seen": hour(1), "last_seen": hour(len(texts)), "last_checked": hour(len(texts)),
        "extractor": "plain/1", "unread": (), "blame": blame(spells), "changes": (),
        "pages": tuple(Extraction(extractor="plain/1", text=text) for text in texts),
        "brought_by": (None,) * len(texts), "gaps": (), "turns": (),
    }  # fmt: skip
    return History(**plain | values)


# Stories.


def test_an_edited_sentence_tells_what_it_replaced_by_which_change_and_under_which_byline(place, story):
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    found = told(place, story)
    was, now = sentence(found, "120 people"), sentence(found, "12 people")
    (change,) = found["changes"]
    assert (was["last_seen"], was["versions"], was["spans"][0]["became"]) == (change["from"], [1], now["id"])
    assert (now["first_seen"], now["versions"]) == (change["to"], [2])
    assert now["last_seen"] is None
    assert now["authors"] == ["Ada Lind"]
    assert (now["spans"][0]["came_by"], now["spans"][0]["instead_of"]) == (change["id"], was["id"])
    assert was["spans"][0]["went_by"] == change["id"]
    assert found["removed"] == [was["id"]]


def test_a_sentence_that_came_back_is_one_with_two_spans(place, story):
    story.edit_silently("120 people", "12 people")
    place.look(days=1)
    story.revert()
    place.look(days=1)
    found = told(place, story)
    back = sentence(found, "120 people")
    edit, revert = found["changes"]
    assert [(s["came_by"], s["went_by"]) for s in back["spans"]] == [(None, edit["id"]), (revert["id"], None)]
    assert [spell["version"] for spell in found["spells"]] == [1, 2, 1]
    assert back["versions"] == [1]
    assert "revert" in revert["kinds"]


def test_the_turns_of_wordings_that_alternate_go_by_the_one_change_that_tells_of_them(place, story):
    for _ in range(2):
        story.edit_silently("120 people", "12 people")
        place.look(hours=1)
        story.revert()
        place.look(hours=1)
    found = told(place, story)
    (variants,) = found["changes"]
    assert variants["kind"] == "variants"
    assert len(found["spells"]) > 2
    assert {spell["change"] for spell in found["spells"][1:]} == {variants["id"]}


def test_the_text_can_be_put_together_from_its_sentences(place, story):
    story.edit("denied", "confirmed", note="Correction: an earlier version of this article said the opposite.")
    place.look(hours=1)
    found = told(place, story)
    text = "\n\n".join("".join(placed["text"] for placed in paragraph) for paragraph in found["paragraphs"])
    assert text == place.versions(story)[-1].extraction.text
    for placed in (placed for paragraph in found["paragraphs"] for placed in paragraph):
        assert found["sentences"][placed["sentence"]]["last_seen"] is None


def test_times_in_which_nobody_could_look_are_told(place, story):
    story.break_with("server_error")
    for _ in range(3):
        place.look(hours=2)
    story.mend()
    place.look(hours=2)
    story.withdraw(404)
    place.look(hours=2)
    found = told(place, story)
    (away,) = found["gaps"]  # what is gone was looked at, and its standing tells of it
    assert (away["presences"], away["fetches"]) == (["unreachable"], 3)
    assert away["after"] < away["before"] == found["last_seen"]
    assert [(s["before"], s["after"]) for s in found["standings"]][-1] == ("live", "missing")


def test_readings_of_one_version_are_one_and_the_last_counts(place, story):
    version = place.versions(story)[0]
    again = dataclasses.replace(version.extraction, text=version.extraction.text + "\n\nMost read today.")
    with place.writing() as connection:
        reading = findings.add_reading(
            connection, version.article_id, again, "sha256:1", capture_id=version.capture_id, words=1,
            at=version.first_seen, number=1,
        )  # fmt: skip
    found = told(place, story)
    assert [spell["version"] for spell in found["spells"]] == [1]
    assert sentence(found, "Most read today.")["last_seen"] is None
    assert reading.number == 1


def test_what_was_seen_once_and_not_confirmed_is_no_part_of_it(place, story):
    version = place.versions(story)[0]
    once = dataclasses.replace(version.extraction, text="Half of a page.")
    with place.writing() as connection:
        findings.add_reading(
            connection, version.article_id, once, "sha256:1", capture_id=version.capture_id, words=1,
            at=version.first_seen, number=0,
        )  # fmt: skip
    assert "Half of a page." not in json.dumps(told(place, story))


def test_while_an_upgrade_reads_it_again_the_reader_of_most_versions_is_asked(place, story):
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    first, second = place.versions(story)

    def read_again(version):
        newer = dataclasses.replace(version.extraction, extractor="newer/1")
        with place.writing() as connection:
            findings.add_reading(
                connection, version.article_id, newer, f"sha256:{version.number}", words=1,
                capture_id=version.capture_id, at=version.first_seen, number=version.number,
            )  # fmt: skip

    read_again(second)
    assert (told(place, story)["extractor"], told(place, story)["unread_versions"]) == (
        first.extraction.extractor,
        [],
    )
    read_again(dataclasses.replace(second, number=3))  # of which today's has no reading
    found = told(place, story)
    assert (found["extractor"], found["unread_versions"]) == (first.extraction.extractor, [3])


# The rules.


def test_a_change_that_another_one_tells_of_leads_to_that_one():
    spells = [Spell(n, "", hour(at), hour(at)) for at, n in enumerate([1, 2, 1, 3])]
    changes = [
        change(1, between=(1, 2), at=1, by=3),
        change(2, between=(2, 1), at=2, by=3),
        change(3, between=(1, 2), at=5, kinds=("variants",)),
        change(4, between=(1, 3), at=3),
    ]
    assert brought_by(spells, changes) == (None, 3, 3, 4)
    assert brought_by(spells, []) == (None, None, None, None)


# How it reads.


def test_text_has_a_gutter_of_times_and_keeps_to_the_width():
    text = as_text(
        history("One stands. Ten were hurt.", "One stands. Twelve were hurt. " + "Long words. " * 20), width=60
    )
    assert "2026-03-02 09:00  One stands.\n" in text
    assert "2026-03-02 10:00  Twelve were hurt." in text
    assert "\n                  " in text
    assert (
        "2026-03-02 09:00  (until 2026-03-02 09:00, version 1)\n" + " " * 18 + "[-Ten-]{+Twelve+} were hurt."
        in text
    )
    assert all(len(line) <= 60 for line in text.split("\n"))


def test_sections_that_say_nothing_are_left_out():
    text = as_text(history("One."))
    assert text.endswith("The text\n2026-03-02 09:00  One.")
    assert "Changes" not in text
    assert "<h2>Changes" not in as_html(history("One."))


def test_an_article_that_is_gone_is_told_as_last_seen():
    assert "The text as last seen" in as_text(history("One.", standing="taken_down", reason="not_found"))
    assert "taken down (not found)" in as_html(history("One.", standing="taken_down", reason="not_found"))


def test_strangers_text_drives_neither_terminal_nor_browser():
    hostile = "\x1b[31m<script>alert(1)</script>&"
    found = history(
        hostile, f"{hostile} And {hostile}.", title=hostile, url=f"https://herald.example/{hostile}",
        gaps=(Gap(None, None, ("gone",), 1, hostile),), changes=(change(1, between=(1, 2), at=2),),
    )  # fmt: skip
    assert "\x1b" not in as_text(found)
    html = as_html(found)
    assert "<script" not in html
    ET.fromstring(html.removeprefix("<!DOCTYPE html>").replace('charset="utf-8">', 'charset="utf-8"/>')
                  .replace('initial-scale=1">', 'initial-scale=1"/>'))  # fmt: skip


def test_right_to_left_text_keeps_its_direction_beside_times_and_notes():
    html = as_html(history("قال إن عشرة قُتلوا.", "قال إن عشرين قُتلوا.", brought_by=(None, 7)))
    assert '<p dir="auto"><span class="since"><small dir="ltr">' in html
    assert '<span dir="auto"><small dir="ltr">' in html
    assert not re.search(r"<(time|small)(?![^>]*dir=)", html)
    assert '<a href="#change-7">' in html


# The command.


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_the_command_tells_the_history_in_the_form_asked_for(form, tmp_path, capfd):
    file = tmp_path / "history"
    assert run(["history", kept().report, "--home", str(kept().home), "--format", form, "-o", str(file)]) == 0
    written = file.read_text(encoding="utf-8")
    assert run(["history", kept().report, "--home", str(kept().home), "--format", form]) == 0
    if form != "text":  # its width is the terminal's
        assert capfd.readouterr().out == written
    signs = {
        "text": "[-denied-]{+confirmed+}",
        "html": "<del>denied</del><ins>confirmed</ins>",
        "json": '"became": 2',
    }
    assert signs[form] in written


def test_the_command_knows_only_what_is_watched(capfd):
    assert run(["history", "https://nowhere.example/", "--home", str(kept().home)]) == 1
    assert "not watched here" in capfd.readouterr().err
