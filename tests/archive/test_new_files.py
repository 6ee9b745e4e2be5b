"""Files that are made once, whoever else makes them at the same moment: other threads, too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from archive.warc import heads, wacz_auth
from archive.warc.files import write_new


def test_of_many_threads_that_make_a_file_one_does_and_none_is_in_the_way_of_another(tmp_path):
    at_once, path = Barrier(8), tmp_path / "file"

    def make(n: int) -> bool:
        at_once.wait()
        try:
            write_new(path, f"{n}".encode() * 4096, 0o600)
        except FileExistsError:
            return False
        return True

    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(make, range(8)))
        assert made.count(True) == 1
        assert path.read_bytes() == f"{made.index(True)}".encode() * 4096
        assert list(tmp_path.iterdir()) == [path]
        path.unlink()


@pytest.mark.parametrize("signing_key", [heads.signing_key, wacz_auth.signing_key])
def test_threads_that_sign_for_the_first_time_sign_with_one_key(tmp_path, signing_key):
    at_once = Barrier(6)

    def ask(_n: int) -> object:
        at_once.wait()
        return signing_key(tmp_path / "keys").public_key()

    with ThreadPoolExecutor(6) as pool:
        keys = list(pool.map(ask, range(6)))
    assert all(key == keys[0] for key in keys)
    assert len(list((tmp_path / "keys").iterdir())) == 2
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "keys").iterdir()}
    assert signing_key(tmp_path / "keys").public_key() == keys[0]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "keys").iterdir()} == before
