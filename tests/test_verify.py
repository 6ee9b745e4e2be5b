"""What is kept is proven, and what a crash left behind is mended before anything else is kept."""

import json
import logging
import shutil

import pytest

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
