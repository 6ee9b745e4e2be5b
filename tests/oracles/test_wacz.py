"""py-wacz finds our WACZ files valid, and cdxj-indexer makes the same index of the records in them.

py-wacz is the reference implementation. It runs in an environment of its own: it cannot bear `brotli`.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from scheduler.cli import run as stet
from tests.oracles.kept import oracle, run


@pytest.fixture(scope="module", params=["edited", "withdrawn", "all"])
def package(archive, request, tmp_path_factory) -> Path:
    """An article that was edited, one that was withdrawn, and all that was kept."""
    path = tmp_path_factory.mktemp("wacz") / f"{request.param}.wacz"
    what = ["--since", "2026"] if request.param == "all" else [archive.urls[request.param]]
    assert stet(["export", *what, "-o", str(path), "--home", str(archive.home.root)]) == 0
    return path


def test_py_wacz_finds_it_valid(package):
    checked = run([oracle("wacz", of="wacz"), "validate", "-f", str(package)])
    assert "Version detected as 1.1.1" in checked.stdout
    assert "Validation succeeded, the passed WACZ is valid" in checked.stdout
    assert checked.returncode == 0


def test_py_wacz_refuses_it_when_a_byte_was_changed(package, tmp_path):
    """So that its consent means something: all can be read as before, and one file is not what it was.

    The byte is of the time in a gzip header (RFC 1952, 2.3.1): whatever else is changed there, py-wacz may not be
    able to read, and breaks off before it judges.
    """
    changed = tmp_path / "changed.wacz"
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(changed, "w") as new:
        for number, entry in enumerate(old.infolist()):
            data = bytearray(old.read(entry))
            if number == 0:
                assert data[:4] == b"\x1f\x8b\x08\x00"
                data[4] ^= 1
            new.writestr(entry, bytes(data))
    checked = run([oracle("wacz", of="wacz"), "validate", "-f", str(changed)])
    assert "Validation failed, the passed WACZ is invalid" in checked.stdout
    assert checked.returncode == 1


def test_cdxj_indexer_makes_the_same_index(package, tmp_path):
    """Line by line, digests of the records too; but for the time, which it cuts to a second."""
    with zipfile.ZipFile(package) as file:
        file.extractall(tmp_path)
    warcs = sorted(map(str, (tmp_path / "archive").iterdir()))
    theirs = run([oracle("cdxj-indexer"), "-p", "-d", *warcs], check=True).stdout.splitlines()
    ours = gzip.decompress((tmp_path / "indexes/index.cdx.gz").read_bytes()).decode().splitlines()
    assert sorted(map(cut, ours)) == sorted(map(cut, theirs))
    assert len(ours) > 5


def cut(line: str) -> tuple[str, str, str]:
    key, stamp, said = line.split(" ", 2)
    return key, stamp[:14], json.dumps(json.loads(said), sort_keys=True)


def test_py_wacz_builds_a_package_of_our_records(package, tmp_path):
    """It reads them all: the way back, from our WARC files to a WACZ file of its own, is open too."""
    with zipfile.ZipFile(package) as file:
        file.extractall(tmp_path)
    warcs = sorted(map(str, (tmp_path / "archive").iterdir()))
    made = tmp_path / "theirs.wacz"
    run([oracle("wacz", of="wacz"), "create", "-o", str(made), *warcs], check=True)
    with zipfile.ZipFile(made) as file:
        lines = gzip.decompress(file.read("indexes/index.cdx.gz")).decode().splitlines()
    with zipfile.ZipFile(package) as file:
        ours = gzip.decompress(file.read("indexes/index.cdx.gz")).decode().splitlines()
    assert {cut(line)[:2] for line in ours} == {cut(line)[:2] for line in lines}
