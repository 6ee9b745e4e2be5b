"""The books of a home: what is due, what a crash left, and what is wrong with the log itself."""

import json
import shutil
import time

import pytest

from archive import fixity
from archive.db import files
from archive.db.engine import open_database
from archive.home import create, find
from archive.warc.heads import read_heads
from archive.warc.ledger import HEADS, Ledger
from tests.homes import START
from tests.played import kept


@pytest.fixture
def home(tmp_path):
    """A home of one's own, to be damaged."""
    return find(shutil.copytree(kept().home, tmp_path / "home"), {})


@pytest.fixture
def database(home):
    database = open_database(home.database_url)
    yield database
    database.close()


def keep(home, database):
    return fixity.keep_books(home, database, now=lambda: START, resolve=None)


def faults(home, database, **wanted):
    told = list(fixity.prove(home, database, fixity.Wanted(**wanted), now=lambda: START))
    return [(fault.file, fault.offset, fault.kind.value, fault.what) for fault in told]


def test_where_nothing_is_new_no_head_is_signed(home, database):
    before = (home.log / HEADS).read_bytes()
    assert keep(home, database) == []
    assert (home.log / HEADS).read_bytes() == before


def test_the_books_of_a_home_from_before_are_made_from_its_files(home, database):
    """As after a `stet reindex` without the log: leaves, and the seals in the database, come of files alone."""
    with database.read() as connection:
        sealed = files.seals(connection)
    assert len(sealed) == 5
    for folder in (home.log, home.keys):
        shutil.rmtree(folder)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE warcs SET sha256 = '', size = NULL, sealed = NULL")
    assert keep(home, database) == []
    with database.read() as connection:
        assert files.seals(connection) == sealed
        assert files.sealed_since(connection, START) == sorted(sealed)
    assert len(read_heads(home.log / HEADS)) == 1
    assert faults(home, database) == []


def test_files_that_a_crash_left_open_are_in_the_log_before_the_next_fetch(place, herald):
    herald.publish()
    place.watch(herald)
    place.look()
    [path] = place.home.spool.glob("*.warc.gz")
    path.with_name(f"{path.name}.sha256").unlink()
    for folder in (place.home.log, place.home.keys):
        shutil.rmtree(folder)
    path.rename(path.with_name(f"{path.name}.open"))
    place.look()
    first, second = read_heads(place.home.log / HEADS)
    assert first.head.size < second.head.size
    with Ledger(place.home.log, place.home.warcs) as ledger:
        assert len(ledger.files()) == 2


def test_a_bit_in_the_leaves_is_told_of_the_log_and_of_the_record(home, database):
    path = home.log / "level-00"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    told = faults(home, database)
    first = min(home.spool.glob("*.warc.gz")).name
    assert [(file, kind) for file, _, kind, _ in told] == [("log/heads.jsonl", "log"), (first, "log")]
    for level in home.log.glob("level-*"):  # what docs/trust.md says to do
        level.unlink()
    assert keep(home, database) == []
    assert faults(home, database) == []


def test_a_bit_in_the_hashes_above_the_leaves_is_told_with_its_byte(home, database):
    path = home.log / "level-04"
    data = bytearray(path.read_bytes())
    data[70] ^= 1
    path.write_bytes(data)
    [(file, offset, kind, what)] = faults(home, database)
    assert (file, offset, kind) == ("log/level-04", 64, "log")
    assert "remove the file" in what
    path.unlink()
    keep(home, database)
    assert faults(home, database) == []


@pytest.mark.parametrize(
    ("deed", "file", "words"),
    [
        (lambda log: (log / "level-00").unlink(), "log", "cannot be opened as a log"),
        (lambda log: (log / "spans.jsonl").unlink(), "log/spans.jsonl", "tells of 0 records"),
        (lambda log: (log / "heads.jsonl").unlink(), "log/heads.jsonl", "there is no tree head"),
        (lambda log: swap_lines(log / "spans.jsonl"), "log/spans.jsonl", "line 1: does not follow"),
        (lambda log: swap_lines(log / "heads.jsonl"), "log/heads.jsonl", "line 1: does not follow"),
    ],
)
def test_a_file_of_the_log_that_is_gone_or_reordered_is_named(home, database, deed, file, words):
    deed(home.log)
    told = faults(home, database)
    assert any(where == file and words in what for where, _, _, what in told)


def swap_lines(path):
    first, second, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([second, first, *others]))


def test_spans_that_name_another_file_make_no_record_right(home, database):
    """Spans are under no signature; a false one makes records look changed."""
    path = home.log / "spans.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    one, other = lines[3], lines[4]
    one["warc"], other["warc"] = other["warc"], one["warc"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = faults(home, database)
    assert {file for file, _, kind, _ in told if kind == "log"} == {one["warc"], other["warc"]}


def test_without_the_public_key_nothing_is_believed(home, database):
    (home.keys / "tree-heads.public.pem").unlink()
    [(file, _, kind, what)] = faults(home, database)
    assert (file, kind) == ("keys/tree-heads.public.pem", "head")
    assert "cannot be read" in what


def test_a_slow_scrub_reads_no_faster_than_it_may():
    wait, began = fixity.paced(1_000_000), time.monotonic()
    for _ in range(10):
        wait(10_000)
    assert time.monotonic() - began >= 0.09
    assert fixity.paced(None)(10**12) is None


def test_a_home_in_which_nothing_was_kept_yet_has_no_fault(tmp_path):
    """The daemon keeps its books from the first minute on; the key is made when there is something to sign."""
    (tmp_path / "new").mkdir()
    home = create(tmp_path / "new", {})
    database = open_database(home.database_url)
    for _ in range(2):
        assert keep(home, database) == []
        assert faults(home, database) == []
    database.close()
