"""What is kept is proven, and what a crash left behind is mended before anything else is kept."""

import json
import logging
import shutil

import pytest
from sqlalchemy import text

from archive.db.engine import open_database
from scheduler.cli import run
from tests.played import kept


@pytest.fixture
def home(tmp_path):
    """A home of one's own, to be damaged."""
    return shutil.copytree(kept().home, tmp_path / "home")


def verify(home, capsys, *options):
    code = run(["verify", "--home", str(home), *options])
    return code, capsys.readouterr()


def test_a_home_as_it_should_be_has_no_fault(home, capsys):
    code, said = verify(home, capsys)
    assert (code, said.out) == (0, "")
    assert "no fault in 5 files" in said.err


def test_a_flipped_bit_is_named_with_file_and_byte(home, capsys):
    path = sorted((home / "warcs").glob("*.warc.gz"))[2]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    code, said = verify(home, capsys, "--json")
    faults = [json.loads(line) for line in said.out.splitlines()]
    assert code == 1
    assert {fault["file"] for fault in faults} == {path.name}
    assert any(fault["offset"] is not None and fault["offset"] <= len(data) // 2 for fault in faults)
    assert {"file", "offset", "kind", "what"} == set(faults[0])
    assert said.err.startswith("stet: ")


def names(home):
    return [path.name for path in sorted((home / "warcs").glob("*.warc.gz"))]


def proven(home):
    """When each file was proven, and how many faults it had then."""
    database = open_database(f"sqlite:///{home / 'stet.db'}")
    with database.read() as connection:
        rows = connection.execute(text("SELECT name, proven, faults FROM warcs")).all()
    database.close()
    return {name: (moment, faults) for name, moment, faults in rows}


def test_a_part_is_proven_where_a_part_is_asked_for(home, capsys):
    one, *others = names(home)
    code, said = verify(home, capsys, "--file", one)
    assert code == 0
    assert "no fault in 1 file, " in said.err
    assert {name for name, (_, faults) in proven(home).items() if faults == 0} == {one}
    flip_one = home / "warcs" / others[0]
    data = bytearray(flip_one.read_bytes())
    data[-10] ^= 1
    flip_one.write_bytes(data)
    assert verify(home, capsys, "--file", one)[0] == 0
    assert verify(home, capsys, "--file", one, "--file", f"warcs/{others[0]}")[0] == 1
    assert verify(home, capsys, "--since", "2026-01-01")[0] == 1
    code, said = verify(home, capsys, "--since", "2099-01-01")
    assert (code, "no fault in 0 files" in said.err) == (0, True)
    code, said = verify(home, capsys, "--file", "never-was.warc.gz")
    assert (code, said.out) == (1, "never-was.warc.gz: there is no such file\n")


def test_a_revisit_is_proven_although_its_original_lies_in_a_file_that_is_not_read(home, capsys):
    *_, last = names(home)
    assert verify(home, capsys, "--file", last)[0] == 0
    database = open_database(f"sqlite:///{home / 'stet.db'}")
    with database.write() as connection:
        connection.execute(text("UPDATE captures SET digest = 'sha256:' || digest WHERE record_type = 'response'"))
    database.close()
    code, said = verify(home, capsys, "--file", last)
    assert code == 1
    assert "the original of the revisit record of" in said.out


def test_a_scrub_takes_the_files_in_turn(home, capsys):
    seen = []
    for _ in range(6):
        code, said = verify(home, capsys, "--oldest", "1", "--rate", "1GB")
        assert (code, "no fault in 1 file, " in said.err) == (0, True)
        seen.append(max(proven(home).items(), key=lambda one: one[1][0] or 0)[0])
    assert sorted(seen[:5]) == names(home)
    assert seen[5] == seen[0]
    assert "no fault in 5 files" in verify(home, capsys, "--oldest", "1GiB", "--rate", "1GB")[1].err


def test_a_scrub_is_not_held_up_by_a_file_that_is_gone(home, capsys):
    first = names(home)[0]
    (home / "warcs" / first).unlink()
    assert verify(home, capsys, "--oldest", "1")[0] == 1
    assert proven(home)[first][1] > 0
    _, said = verify(home, capsys, "--oldest", "1")
    assert first not in said.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--oldest", "much"], "expected a size such as"),
        (["--oldest", "1GiB", "--file", "x"], "--oldest chooses the files itself"),
        (["--known-head", "nowhere.jsonl"], "holds no tree head"),
        (["--since", "yesterday-ish"], "yesterday-ish"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(home, capsys, options, said):
    code, output = verify(home, capsys, *options)
    assert code == 2
    assert said in output.err


def test_a_seal_that_somebody_removed_is_named(home, capsys):
    name = names(home)[0]
    (home / "warcs" / f"{name}.sha256").unlink()
    code, said = verify(home, capsys)
    assert (code, said.out) == (1, f"{name}: its seal is missing\n")


def test_a_home_from_before_the_log_is_taken_into_it_by_the_next_crawl(home, capsys):
    for folder in ("log", "keys"):
        shutil.rmtree(home / folder)
    code, said = verify(home, capsys)
    assert (code, said.out) == (0, "")
    assert "no log yet, the next crawl begins one" in said.err


def test_a_missing_file_is_named(home, capsys):
    path = min((home / "warcs").glob("*.warc.gz"))
    path.unlink()
    code, said = verify(home, capsys)
    assert code == 1
    assert path.name in said.out


def test_what_a_killed_crawl_left_is_mended_by_the_next_one(place, herald, capsys, caplog):
    """As kill -9 leaves it: the file under its name for open ones, the last record torn."""
    story = herald.publish()
    place.watch(herald)
    place.look()
    [path] = (place.root / "warcs").glob("*.warc.gz")
    path.with_name(f"{path.name}.sha256").unlink()
    whole = path.read_bytes()
    path.rename(path.with_name(f"{path.name}.open")).write_bytes(whole + whole[: len(whole) // 3][-700:])
    with caplog.at_level(logging.WARNING):
        place.look(hours=1)
    assert "after a crash: " in caplog.text
    assert path.read_bytes() == whole
    assert path.with_name(f"{path.name}.torn").stat().st_size == 700
    assert place.last(story).presence == "present"
    code, said = verify(place.root, capsys)
    assert (code, said.out) == (0, "")


def test_what_was_kept_and_not_indexed_when_the_crawl_was_killed_is_indexed_by_the_next_one(place, herald, capsys):
    """As a kill between the WARC and the database leaves it: the rows of the last exchanges are missing."""
    story = herald.publish()
    herald.publish_many(2)
    place.watch(herald)
    place.look()
    before = [(f.url, f.role, f.status, f.article_id) for f in place.fetches(story)]
    captures = len(place.captures(story))
    with place.writing() as connection:
        for table in ("siblings", "extractions", "edits", "changes", "texts", "versions", "captures", "fetches"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(
            text("UPDATE articles SET version_id = NULL, capture_id = NULL, captures = 0, versions = 0")
        )
        connection.execute(text("UPDATE seeds SET capture_id = NULL, etag = '', last_modified = ''"))
    for path in (place.root / "warcs").glob("*.warc.gz"):
        path.rename(path.with_name(f"{path.name}.open"))
    place.look(hours=1)
    assert [(f.url, f.role, f.status, f.article_id) for f in place.fetches(story)][: len(before)] == before
    assert len(place.captures(story)) == captures + 1
    code, said = verify(place.root, capsys)
    assert (code, said.out) == (0, "")
