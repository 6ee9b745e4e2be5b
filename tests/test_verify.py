"""What is kept is proven, and what a crash left behind is mended before anything else is kept."""

import json
import logging
import shutil

import pytest
from sqlalchemy import text

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
        for table in ("extractions", "changes", "versions", "captures", "fetches"):
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
