"""An upgrade of the extractor: every history is read again, and nobody is told of a change."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from archive import evidence, memento, reextracting
from archive.db import readings, tables
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.domain.furniture import mask
from archive.domain.model import Standing
from archive.errors import EnvironmentFailed
from archive.extractor import EXTRACTOR
from scheduler import crawling, rereading
from scheduler.cli import run
from tests.homes import START, Place, kinds
from tests.played import environment
from tests.postgres import new_database
from tests.upgrades import NAME, upgrade

TEXT = [
    "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
    "“We knew of no objections at the time,” he said. The opposition demands an inquiry by the end of May.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody in office.",
    "The harbour was sold for 4 million in March, and the buyer is a company without an office.",
]
OLDER = "older/0+stet.0"


@pytest.fixture
def story(herald, place):
    story = herald.publish("Minister denies report on harbour deal", TEXT, author="Ada Lind", section="politics")
    place.watch(herald)
    return story


def lived(place, story) -> None:
    """Three wordings, a 304 and a 404 among the captures."""
    place.look(hours=1)
    place.look(hours=1)  # 304
    story.edit("denied", "confirmed")
    place.look(hours=1)
    story.withdraw(404)
    place.look(hours=1)
    story.restore()
    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    place.look(days=2)  # the same bytes


def apply(place, **more) -> rereading.Tally:
    """What `stet reextract --apply` does, in this process."""
    database = place.database()
    with database.read() as connection:
        wanted = readings.pending(connection, rereading.EXTRACTOR, again=True)
    try:
        return rereading.apply(place.home, database, wanted, **more)
    finally:
        database.close()


def told(place) -> dict[str, list]:
    """All that was ever told, and by which ids."""
    with place.reading() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(table.c.id)))
            for table in (tables.changes, tables.standings, tables.fetches, tables.captures)
        }


def read(place, story) -> dict[str, list[tuple[int, str]]]:
    """By extractor: the captures in their order, each with number and text of the reading that it shows."""
    found: dict[str, list[tuple[int, str]]] = {}
    with place.reading() as connection:
        shown = readings.shown(connection, memento.article_at(connection, story.url).id)
        for each in shown:
            text = connection.execute(
                select(tables.versions.c.document).where(tables.versions.c.id == each.version_id)
            ).scalar_one()["text"]
            found.setdefault(each.extractor, []).append((each.number, text))
    return found


def test_each_capture_is_read_again_and_nothing_is_told(place, story, monkeypatch):
    lived(place, story)
    before, history = told(place), read(place, story)
    upgrade(monkeypatch, "capitals")
    tally = apply(place)
    assert told(place) == before
    assert (tally.articles, tally.pages, tally.unread, tally.left) == (1, 3, 0, 0)  # each payload once
    after = read(place, story)
    assert after[EXTRACTOR] == history[EXTRACTOR]  # it stays: it is what the changes were found by
    assert after[NAME] == [(number, text.upper()) for number, text in history[EXTRACTOR]]
    article = place.article(story)
    assert (article.versions, article.held.standing) == (3, Standing.LIVE)
    standing = next(v for v in place.versions(story) if v.id == article.version_id)
    assert (standing.number, standing.extraction.extractor) == (3, NAME)
    assert apply(place).articles == 0


def test_postgresql_is_told_the_same(room, herald, story, tmp_path, monkeypatch):
    place = Place(tmp_path / "elsewhere", room, archive=f'[archive]\ndatabase = "{new_database()}"\n')
    place.watch(herald)
    lived(place, story)
    before, history = told(place), read(place, story)
    upgrade(monkeypatch, "capitals")
    apply(place)
    assert told(place) == before
    assert read(place, story)[NAME] == [(number, text.upper()) for number, text in history[EXTRACTOR]]
    assert apply(place).articles == 0


def test_the_next_edit_is_found_with_both_sides_by_the_new_one(place, story, monkeypatch):
    lived(place, story)
    upgrade(monkeypatch, "keeps less")
    apply(place)
    assert place.look(hours=1) == []
    story.edit("12 people", "13 people")
    assert kinds(place.look(hours=1)) == ["change"]
    change = place.changes()[-1]
    sides = [v for v in place.versions(story) if v.id in (change.from_version, change.to_version)]
    assert [(v.number, v.extraction.extractor) for v in sides] == [(3, NAME), (4, NAME)]


def test_spans_are_those_of_the_captures(place, story, monkeypatch):
    lived(place, story)
    old = place.versions(story)
    upgrade(monkeypatch)
    apply(place)
    new = [v for v in place.versions(story) if v.extraction.extractor == NAME]
    assert [(v.first_seen, v.last_seen, v.capture_id) for v in new] == [
        (v.first_seen, v.last_seen, v.capture_id) for v in old
    ]


# What reads otherwise -----------------------------------------------------------------------------------


def test_versions_that_read_alike_now_are_one_reading_and_their_step_stays_told(place, story, monkeypatch):
    """The older extractor was right: an edit of the last paragraph is none to one that leaves it out."""
    place.look(hours=1)
    story.edit("4 million", "5 million")
    place.look(hours=1)
    place.look(days=2)
    upgrade(monkeypatch, "drops the last")
    apply(place)
    assert {number for number, _ in read(place, story)[NAME]} == {1}
    assert len(place.changes()) == 1
    with place.reading() as connection:  # and can still be shown, as it was found
        before, after = memento.versions_between(connection, story.url, None, None)
    assert "4 million" in before.extraction.text
    assert "5 million" in after.extraction.text
    with place.reading() as connection:
        case = evidence.case_of(connection, str(place.changes()[0].id))
    assert sorted(case.roles.values()) == [  # as it was found, whatever is read by now
        "shows the later wording again",
        "the first capture after the change",
        "the last capture before the change",
        "the second look, which confirmed the change",
    ]
    story.edit("5 million", "6 million")
    assert place.look(hours=1) == []
    story.edit("120 people", "12 people")
    assert kinds(place.look(hours=1)) == ["change"]
    assert place.versions(story)[-1].number == 3


def test_an_edit_that_only_the_new_one_sees_is_two_readings_of_one_version(place, story, monkeypatch):
    with monkeypatch.context() as older:
        upgrade(older, "drops the last", name=OLDER)
        place.look(hours=1)
        story.edit("4 million", "5 million")
        assert place.look(hours=1) == []
    apply(place)
    assert [number for number, _ in read(place, story)[EXTRACTOR]] == [1, 1]
    texts = [text for _, text in read(place, story)[EXTRACTOR]]
    assert "4 million" in texts[0]
    assert "5 million" in texts[1]
    assert place.changes() == []
    assert place.look(hours=1) == place.look(days=2) == []  # what stands is read from the last capture
    with place.reading() as connection:
        moments = [c.timestamp for c in memento.captures_of(connection, story.url)]
        found = [memento.standing_at(connection, story.url, at)[1].extraction.text for at in moments[:2]]
    assert found == texts
    story.edit("120 people", "12 people")
    [change] = place.look(hours=1)  # and the next edit is compared with that one, not with the first
    assert change.text == "The number 120 became 12."


def test_a_visit_before_the_history_is_read_again_compares_with_the_last_capture(place, story, monkeypatch):
    """Not with the first one of the version: what lies between was never told, and is not told now."""
    place.settings["reextract"] = "false"
    with monkeypatch.context() as older:
        upgrade(older, "drops the last", name=OLDER)
        place.look(hours=1)
        story.edit("4 million", "5 million")
        place.look(hours=1)
    assert place.look(days=2) == []
    assert place.look(days=4) == []
    story.edit("5 million", "6 million")
    [change] = place.look(hours=1)
    assert change.text == "The number 5 million became 6 million."
    apply(place)
    assert len(place.changes()) == 1
    assert [n for n, _ in read(place, story)[EXTRACTOR]] == [1, 1, 1, 1, 2, 2]


def test_an_extractor_that_finds_no_story_any_more_takes_nothing_down(place, story, monkeypatch):
    lived(place, story)
    before = told(place)
    upgrade(monkeypatch, "nothing")
    apply(place)
    assert told(place) == before
    assert place.look(days=1) == place.look(days=4) == []
    assert place.article(story).held.standing is Standing.LIVE


def test_what_the_outlet_repeats_is_learnt_from_the_new_readings(place, herald, monkeypatch):
    """A box that the older extractor left out is furniture from the beginning, and no news in any article."""
    box = "Subscribe to our newsletter and read stories like this one every morning before breakfast."
    stories = herald.publish_many(4)
    for story in stories:
        story.append(box)
    place.watch(herald)
    with monkeypatch.context() as older:
        upgrade(older, "drops the last", name=OLDER)
        place.look(hours=1)
    stands = select(tables.blocks.c.born, tables.blocks.c.at).where(tables.blocks.c.mask == mask(box))
    with place.reading() as connection:
        assert connection.execute(stands).all() == []
    apply(place)
    with place.reading() as connection:
        found = connection.execute(stands).all()
    assert len(found) == 4
    assert all(born for born, _ in found)
    assert sorted(at for _, at in found) == sorted(place.versions(story)[0].first_seen for story in stories)


def test_a_redesign_that_was_told_is_not_told_again(place, herald, monkeypatch):
    """The templates too are compared as one extractor reads them, and with that of the last capture."""
    herald.publish_many(12)
    herald.add_noise("nonces", "counters")  # so that no page is the bytes of one before
    place.watch(herald)
    place.look(hours=1)
    herald.redesign()
    place.look(hours=1)
    before = place.count(tables.notices), place.count(tables.dresses)
    assert before == (1, 12)
    upgrade(monkeypatch, "keeps less")
    apply(place)
    assert place.look(days=60) == place.look(days=2) == []
    assert (place.count(tables.notices), place.count(tables.dresses)) == before
    assert place.changes() == []


def test_a_search_finds_what_the_new_one_reads(place, story, monkeypatch, capsys):
    with monkeypatch.context() as older:
        upgrade(older, "drops the last", name=OLDER)
        place.look(hours=1)
    search = ["search", "without an office", "--home", str(place.root)]
    assert run(search) == 1
    apply(place)
    assert run(search) == 0
    assert story.url in capsys.readouterr().out


# What waits to be confirmed, and what alternates --------------------------------------------------------


def test_a_wording_that_waits_is_confirmed_across_the_upgrade(place, story, monkeypatch):
    place.look(hours=1)
    story.edit("120 people", "12 people")
    with monkeypatch.context() as hurried:
        hurried.setattr(crawling, "SECOND_LOOKS", 0)
        assert place.look(hours=1) == []
    upgrade(monkeypatch)
    assert place.article(story).wording.candidate is not None
    apply(place)
    [change] = place.look(hours=1)
    assert change.what == "change"
    told_of = place.changes()[-1]
    assert told_of.to_at < told_of.detected_at  # its first sight was before the upgrade
    sides = [v for v in place.versions(story) if v.id in (told_of.from_version, told_of.to_version)]
    assert [(v.number, v.extraction.extractor) for v in sides] == [(1, NAME), (2, NAME)]


@pytest.mark.parametrize("all_of_it", [True, False], ids=["all is read again", "only what a visit needs"])
def test_a_set_of_variants_is_not_told_again(place, story, monkeypatch, all_of_it):
    place.settings["reextract"] = "false"
    place.look(hours=1)
    for _ in range(2):  # A B A B A
        story.edit("120 people", "12 people")
        place.look(minutes=30)
        story.revert()
        place.look(minutes=30)
    changes = [change.kind for change in place.changes()]
    assert "variants" in changes
    assert place.article(story).wording.variants
    upgrade(monkeypatch, "keeps less")
    if all_of_it:
        apply(place)
    for _ in range(2):
        story.edit("120 people", "12 people")
        assert place.look(minutes=30) == []
        story.revert()
        assert place.look(minutes=30) == []
    assert [change.kind for change in place.changes()] == changes


# What people see meanwhile ------------------------------------------------------------------------------


def seen(place, story) -> dict[str, object]:
    """What the commands that read say of the story."""
    found = {}
    for name, *arguments in (
        ("diff", "--format", "json"),
        ("diff", "--from", "2026-03-02T09:30", "--to", "2026-03-02T11:30", "--format", "json"),
        ("get", "--as", "text"),
        ("get", "--as", "text", "--at", "2026-03-02T09:30"),
        ("timemap",),
    ):
        output = place.root / "said"
        if name == "timemap":
            found[name] = run([name, story.url, "--home", str(place.root)])
            continue
        command = [name, story.url, *arguments, "-o", str(output), "--home", str(place.root)]
        assert run(command) == 0, command
        text = output.read_text()
        said = json.loads(text) if "json" in arguments else {"text": text}
        said.get("to", {}).pop("last_seen", None)  # it is looked at again meanwhile
        found[" ".join((name, *arguments))] = {k: v for k, v in said.items() if k != "extractor"}
    return found


def test_all_that_people_read_stays_before_during_and_after(place, story, monkeypatch):
    lived(place, story)
    before = seen(place, story)
    upgrade(monkeypatch)
    assert seen(place, story) == before
    place.settings["reextract"] = "false"
    place.look(hours=1)  # one capture is read by both
    assert seen(place, story) == before
    apply(place)
    assert seen(place, story) == before
    with place.reading() as connection:
        sides = memento.versions_between(connection, story.url, None, None)
    assert [side.extraction.extractor for side in sides] == [NAME, NAME]


def test_a_capture_that_only_an_older_one_read_is_not_compared_with_one_that_it_never_saw(
    place, herald, story, monkeypatch, capsys
):
    herald.add_noise("nonces", "counters")  # no two pages are the same bytes
    place.look(hours=1)
    place.look(days=2)
    place.settings["reextract"] = "false"
    upgrade(monkeypatch, "drops the last")
    story.edit("120 people", "12 people")
    place.look(days=2)
    asked = ["diff", story.url, "--from", "2026-03-02T09:30", "--home", str(place.root)]
    assert run(asked) == 1
    assert "'stet reextract --apply' reads the earlier one again" in capsys.readouterr().err
    apply(place)
    assert run(asked) == 0


# Pages that cannot be read ------------------------------------------------------------------------------


def damage(place, capture) -> None:
    """Spoil the record of a capture, so that it is no gzip member any more."""
    path = place.home.spool / capture.location.warc
    data = bytearray(path.read_bytes())
    start = capture.location.offset + 200
    data[start : start + 100] = bytes(100)
    path.write_bytes(bytes(data))


def test_a_damaged_record_is_named_and_passed_over_and_tried_again(place, story, monkeypatch, capsys):
    lived(place, story)
    capture = place.captures(story)[2]
    whole = (place.home.spool / capture.location.warc).read_bytes()
    damage(place, capture)
    upgrade(monkeypatch)
    assert (run(["reextract", "--apply", "--home", str(place.root)])) == 1
    said = capsys.readouterr().err
    assert story.url in said
    assert "2 captures cannot be read again" in said  # the second look brought the same bytes
    assert [number for number, _ in read(place, story)[NAME]] == [1, 1, 3, 3, 3]
    with place.reading() as connection:  # the history is whole still
        shown = memento.shown(connection, memento.article_at(connection, story.url))
    assert [version.number for _, version in shown] == [1, 1, 2, 2, 3, 3, 3]
    assert place.look(hours=1) == []
    assert place.tally.again.articles == 0  # it keeps nobody busy
    (place.home.spool / capture.location.warc).write_bytes(whole)
    assert run(["reextract", "--apply", "--home", str(place.root)]) == 0
    assert Counter(number for number, _ in read(place, story)[NAME]) == {1: 2, 2: 2, 3: 4}


@pytest.mark.parametrize("how", ["kills", "stalls"])
def test_a_page_that_kills_or_stalls_its_reader_is_passed_over(room, herald, tmp_path, how):
    place = Place(tmp_path / "home", room)
    bad = herald.publish("A page that is unreadable", [f"unreadable {text}" for text in TEXT])
    good = herald.publish("Minister denies report on harbour deal", TEXT)
    place.watch(herald)
    place.look(hours=1)
    command = [sys.executable, "-m", "tests.upgrades", how, "reextract", "--apply", "--home", str(place.root)]
    own = environment(STET_CRAWL_EXTRACT_WORKERS="1")
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 1, done.stderr
    assert bad.url in done.stderr
    assert ("its reader died" if how == "kills" else "cannot be read within 8 s") in done.stderr
    assert [number for number, _ in read(place, good)[NAME]] == [1]
    assert NAME not in read(place, bad)


def test_a_place_that_is_away_is_no_damage(place, story, monkeypatch):
    """Its pages would all be given up for lost."""
    lived(place, story)
    upgrade(monkeypatch)
    folder = place.home.spool
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder)  # whoever opens it is told so, as by a network share that hangs
    with pytest.raises(EnvironmentFailed):
        apply(place)
    folder.unlink()
    elsewhere.rename(folder)
    assert apply(place).articles == 1


# A little at a time -------------------------------------------------------------------------------------


def test_a_pass_reads_some_and_says_what_is_left(place, herald, monkeypatch, capsys):
    stories = herald.publish_many(7)
    place.watch(herald)
    place.look(hours=1)
    herald.go_offline()
    upgrade(monkeypatch, "capitals")
    monkeypatch.setattr(rereading.some, "__kwdefaults__", rereading.some.__kwdefaults__ | {"limit": 3})
    place.look(hours=1)
    assert (place.tally.again.articles, place.tally.again.left) == (3, 4)
    assert "3 articles read again" in place.tally.sentence()
    assert "4 articles left" in place.tally.sentence()
    place.look(hours=1)
    place.look(hours=1)
    assert (place.tally.again.articles, place.tally.again.left) == (1, 0)
    assert place.look(hours=1) == []
    assert "after an upgrade" not in place.tally.sentence()
    assert all(NAME in read(place, story) for story in stories)
    assert place.changes() == []


def test_an_error_of_ours_keeps_nobody_else_waiting(place, herald, monkeypatch, capsys):
    stories = herald.publish_many(3)
    place.watch(herald)
    place.look(hours=1)
    upgrade(monkeypatch)
    write = reextracting.write

    def fail(connection, article_id, pages, unread):
        write(connection, article_id, pages, unread)
        if article_id == place.article(stories[1]).id:
            raise ArithmeticError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(reextracting, "write", fail)
        assert apply(place).articles == 3
    assert [NAME in read(place, story) for story in stories] == [True, False, True]
    assert apply(place).articles == 1  # by hand it is tried again
    assert NAME in read(place, stories[1])


def test_status_says_what_is_left(place, story, monkeypatch, capsys):
    place.look(hours=1)
    upgrade(monkeypatch)
    assert run(["status", "--home", str(place.root)]) == 0
    assert f"1 article to be read again by {NAME}" in capsys.readouterr().out
    apply(place)
    assert run(["status", "--home", str(place.root)]) == 0
    assert "upgrade" not in capsys.readouterr().out


def test_no_time_no_work(place, herald, monkeypatch):
    herald.publish_many(5)
    place.watch(herald)
    place.look(hours=1)
    upgrade(monkeypatch)
    database = place.database()
    tally = rereading.some(place.home, database, seconds=-1)
    database.close()
    assert (tally.articles, tally.left) == (1, 4)  # one is always begun, or nothing would ever be done


# Before it is applied -----------------------------------------------------------------------------------


def test_the_report_says_what_would_be_altered_and_alters_nothing(place, story, herald, monkeypatch, capsys):
    other = herald.publish("Bridge closed", ["The bridge is closed. " * 12, "Also: it may rain tomorrow."])
    place.look(hours=1)
    story.edit("4 million", "5 million")
    place.look(hours=1)
    before = (place.root / "stet.db").read_bytes()
    upgrade(monkeypatch, "drops the last")
    assert run(["reextract", "--json", "--home", str(place.root)]) == 1
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    found = sorted((row["what"], row["url"] == story.url, row["version"]) for row in rows)
    assert found == [("differs", False, 1), ("differs", True, 1), ("differs", True, 2), ("vanishes", True, 2)]
    assert rows[0]["kinds"] == ["paragraph_removed"]
    assert "3 versions would read otherwise (paragraph_removed 3), 1 step would vanish" in err
    assert run(["reextract", "--outlet", "herald", "--limit", "1", "--home", str(place.root)]) == 1
    out, err = capsys.readouterr()
    assert "1 of 2 articles" in err
    assert other.url in out or "harbour" in out
    assert (place.root / "stet.db").read_bytes() == before
    assert run(["reextract", "--apply", "--home", str(place.root)]) == 0
    assert run(["reextract", "--home", str(place.root)]) == 0
    assert "nothing to do" in capsys.readouterr().err


def test_the_report_counts_what_the_new_one_would_tell_apart_and_what_it_cannot_read(
    place, story, monkeypatch, capsys
):
    with monkeypatch.context() as older:
        upgrade(older, "drops the last", name=OLDER)
        place.look(hours=1)
        story.edit("4 million", "5 million")
        place.look(hours=1)
    damage(place, place.captures(story)[0])
    assert run(["reextract", "--json", "--home", str(place.root)]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["what"] for row in rows] == ["unreadable"]
    assert run(["reextract", "--outlet", "nobody", "--home", str(place.root)]) == 1
    assert run(["reextract", "--apply", "--json", "--home", str(place.root)]) == 2


# At any moment ------------------------------------------------------------------------------------------


@pytest.fixture
def busy(place, herald):
    """Some articles with several versions each."""
    stories = herald.publish_many(40)
    place.watch(herald)
    place.look(hours=1)
    for turn in range(3):
        for story in stories:
            story.append(f"What was added at turn {turn} is told here in a sentence of its own.")
        place.look(hours=1)
    return place


def test_killed_at_any_moment_it_goes_on_and_comes_to_the_same(busy, tmp_path):
    before = told(busy)
    whole = shutil.copytree(busy.root, tmp_path / "whole")
    command = [sys.executable, "-m", "tests.upgrades", "keeps less", "reextract", "--apply", "--home"]
    assert subprocess.run([*command, str(whole)], env=environment(), check=False).returncode == 0
    kills = 0
    for pause in (0.9, 1.0, 1.1, 1.2, 1.4, 1.6):
        process = subprocess.Popen([*command, str(busy.root)], env=environment(), stderr=subprocess.DEVNULL)
        time.sleep(pause)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(60)
    assert subprocess.run([*command, str(busy.root)], env=environment(), check=False).returncode == 0
    assert kills
    one, other = (open_database(f"sqlite:///{root / 'stet.db'}") for root in (whole, busy.root))
    with one.read() as left, other.read() as right:
        assert [str(each) for each in differences(left, right)] == []
        assert readings.count_pending(right, NAME) == 0
    one.close()
    other.close()
    assert told(busy) == before
    assert START + timedelta(hours=1) < busy.articles()[0].last_seen
