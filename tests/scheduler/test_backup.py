"""A home is saved while it is in use, and comes back whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import home as homes
from archive.backup import MANIFEST
from archive.errors import StetError
from archive.restoring import Backup
from scheduler.cli import run
from scheduler.crawling import Pass, run_pass
from scheduler.progress import Progress
from tests.played import environment, kept, stet

WITHIN = 60  #: seconds for a program to come to a point that it reaches in one or two


@pytest.fixture
def home(tmp_path):
    """A home of one's own, with keys and a log as a home has them."""
    made = shutil.copytree(kept().home, tmp_path / "home")
    (made / "keys").mkdir(exist_ok=True)
    (made / "keys" / "secret.pem").write_text("secret")
    (made / "keys" / "secret.pem").chmod(0o600)
    (made / "roots.pem").write_text("a root")
    return made


def files(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder but for hidden files and SQLite's own."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if not name.startswith(".") and not name.startswith("stet.db")
    }


def articles(home: Path, capsys) -> str:
    capsys.readouterr()
    assert run(["articles", "--json", "--home", str(home)]) == 0
    return capsys.readouterr().out


def verified(home: Path) -> bool:
    return run(["verify", "--home", str(home)]) == 0


@pytest.mark.parametrize("into", ["file", "folder"])
def test_a_home_comes_back_as_it_was(home, tmp_path, capsys, into):
    before, said = files(home), articles(home, capsys)
    target = tmp_path / "saved"
    if into == "folder":
        target.mkdir()
    assert run(["backup", str(target), "--warcs", "--home", str(home)]) == 0
    shutil.rmtree(home)
    assert run(["restore", str(target), str(home)]) == 0
    assert files(home) == before
    assert stat.S_IMODE((home / "keys" / "secret.pem").stat().st_mode) == 0o600
    assert articles(home, capsys) == said
    assert verified(home)


def test_only_its_owner_can_read_it_and_it_says_why(home, tmp_path, capsys):
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 0
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    assert "private keys" in capsys.readouterr().err


def test_without_warc_files_it_is_small_and_says_what_is_missing(home, tmp_path, capsys):
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 0
    assert not [name for name in zipfile.ZipFile(tmp_path / "b.zip").namelist() if "warc" in name]
    assert run(["restore", str(tmp_path / "b.zip"), str(tmp_path / "new")]) == 0
    assert "the WARC files are not in this backup" in capsys.readouterr().err
    assert not verified(tmp_path / "new")
    shutil.copytree(home / "warcs", tmp_path / "new" / "warcs", dirs_exist_ok=True)
    assert verified(tmp_path / "new")


def test_a_folder_of_backups_holds_each_closed_file_once(place, herald, tmp_path, capsys):
    """The second backup copies what is new since the first; both can be restored, and the newest is taken."""
    story, saved = herald.publish(), tmp_path / "saved"
    saved.mkdir()
    place.watch(herald)
    place.look()
    assert run(["backup", str(saved), "--warcs", "--home", str(place.root)]) == 0
    [first] = saved.glob("stet-*.zip")
    story.edit_silently(story.words.paragraphs[0], "Nothing of it was true.")
    place.look()
    assert run(["backup", str(saved), "--warcs", "--home", str(place.root)]) == 0
    assert "2 WARC files, 1 of them copied now" in capsys.readouterr().err
    assert len(list((saved / "warcs").glob("*.warc.gz"))) == 2
    for source, versions in (saved, 2), (first, 1):
        root = tmp_path / f"with-{versions}"
        assert run(["restore", str(source), str(root)]) == 0
        assert json.loads(articles(root, capsys))["versions"] == versions
        assert verified(root)


def test_what_is_saved_in_the_middle_of_a_crawl_is_whole_and_the_crawl_goes_on(place, herald, tmp_path, capsys):
    """At that moment a WARC file is open, and pages are kept that nothing was found out about yet."""
    stories = [herald.publish() for _ in range(6)]
    place.watch(herald)
    said: list[int] = []

    def found(_finding: object) -> None:
        if len(said) in (0, 3):
            saved = tmp_path / f"{len(said)}.zip"
            assert [path.suffix for path in (place.root / "warcs").glob("*.warc.gz*")] == [".open"]
            said.append(run(["backup", str(saved), "--warcs", "--home", str(place.root)]))
        else:
            said.append(0)

    place.clock.advance(minutes=30)
    run_pass(place.home, Pass(force=True), progress=Progress(), tell=found, now=place.clock)
    assert said == [0] * 6
    assert verified(place.root)
    for number in 0, 3:
        root = tmp_path / f"home-{number}"
        assert run(["restore", str(tmp_path / f"{number}.zip"), str(root)]) == 0
        assert not list((root / "warcs").glob("*.open"))
        assert verified(root)
        capsys.readouterr()
        again = homes.find(root, {})
        place.clock.advance(minutes=30)
        run_pass(again, Pass(force=True), progress=Progress(), tell=lambda _found: None, now=place.clock)
        seen = [json.loads(line) for line in articles(root, capsys).splitlines()]
        assert {row["url"] for row in seen} == {story.url for story in stories}
        assert all(row["versions"] == 1 for row in seen)
        assert verified(root)


# Refused -------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_is_left_as_it_is(home, tmp_path, capsys):
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 0
    before = files(home)
    assert run(["restore", str(tmp_path / "b.zip"), str(home)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert files(home) == before


def test_a_backup_in_the_home_would_be_lost_with_it(home, capsys):
    assert run(["backup", str(home / "b.zip"), "--home", str(home)]) == 2
    assert "choose another disk" in capsys.readouterr().err


def test_what_is_no_backup_is_not_replaced(home, tmp_path, capsys):
    (tmp_path / "thesis.odt").write_bytes(b"years of work")
    assert run(["backup", str(tmp_path / "thesis.odt"), "--home", str(home)]) == 2
    assert (tmp_path / "thesis.odt").read_bytes() == b"years of work"
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 0
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 0, "an earlier backup is"


def test_postgresql_is_saved_by_its_own_means(home, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("STET_ARCHIVE_DATABASE", "postgresql+psycopg://localhost/stet")
    assert run(["backup", str(tmp_path / "b.zip"), "--home", str(home)]) == 2
    assert "pg_dump" in capsys.readouterr().err


def test_a_damaged_file_keeps_nothing_else_from_being_saved(home, tmp_path, capsys):
    """It is named, and left out; where an earlier backup has it whole, that one is kept."""
    first, second, *_ = sorted((home / "warcs").glob("*.warc.gz"))
    saved = tmp_path / "saved"
    saved.mkdir()
    whole = first.read_bytes()
    second.write_bytes(second.read_bytes()[:-1] + b"x")
    assert run(["backup", str(saved), "--warcs", "--home", str(home)]) == 1
    assert f"{second}: is not what its seal says" in capsys.readouterr().err
    first.write_bytes(whole[:-1] + b"x")
    assert run(["backup", str(saved), "--warcs", "--home", str(home)]) == 1
    assert (saved / "warcs" / first.name).read_bytes() == whole


def test_a_file_of_the_folder_that_was_changed_is_refused_before_anything_is_written(home, tmp_path, capsys):
    saved = tmp_path / "saved"
    saved.mkdir()
    assert run(["backup", str(saved), "--warcs", "--home", str(home)]) == 0
    path = min((saved / "warcs").glob("*.warc.gz"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert run(["restore", str(saved), str(tmp_path / "new")]) == 3
    assert f"{path} is not what the manifest says" in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "saved"]


@pytest.fixture(scope="module")
def bytes_of_one(tmp_path_factory):
    path = tmp_path_factory.mktemp("one") / "b.zip"
    assert run(["backup", str(path), "--warcs", "--home", str(kept().home)]) == 0
    return path.read_bytes()


def contents(path: Path) -> dict[str, str]:
    """All that would come out of it, proven."""
    with Backup(path) as backup:
        backup.prove()
        found = {}
        for name in backup.entries:
            buffer = io.BytesIO()
            backup.copy(name, buffer)
            found[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
        return found


@given(data=st.data())
def test_a_backup_with_a_changed_byte_is_refused_or_gives_the_same(bytes_of_one, tmp_path_factory, data):
    """Some bytes of a ZIP file mean nothing: its times, for one. All others are noticed."""
    path = tmp_path_factory.getbasetemp() / "changed.zip"
    path.write_bytes(bytes_of_one)
    whole = contents(path)
    # The places where a ZIP file says what it holds are at its end; half of the blows fall there.
    least = data.draw(st.sampled_from([0, len(bytes_of_one) - 5000]))
    at = data.draw(st.integers(least, len(bytes_of_one) - 1))
    changed = bytearray(bytes_of_one)
    changed[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    with contextlib.suppress(StetError):  # any other error would be one of ours
        assert contents(path) == whole


@given(data=st.data())
def test_a_backup_that_was_cut_is_refused(bytes_of_one, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "cut.zip"
    path.write_bytes(bytes_of_one[: data.draw(st.integers(0, len(bytes_of_one) - 1))])
    with pytest.raises(StetError):
        contents(path)


@pytest.mark.parametrize(
    "name", ["home/../../evil", "/etc/evil", "evil", "warcs/a/b", "home/", "home//a", "home/a/./b"]
)
def test_no_file_gets_out_of_the_home(tmp_path, name):
    """Made by somebody who knows how: the manifest is right in all else."""
    entry = {"size": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as made:
        made.writestr(name, b"evil")
        made.writestr(MANIFEST, json.dumps({"format": 1, "files": {name: entry}}))
    with pytest.raises(StetError, match="by a name that it cannot have"):
        contents(tmp_path / "evil.zip")


# Killed --------------------------------------------------------------------------------------------


def killed(*arguments: object, when) -> None:
    """Run a command in a process of its own, and kill it as soon as `when` is true."""
    command = [sys.executable, "-m", "scheduler.cli", *map(str, arguments)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + WITHIN
    while not when():
        assert process.poll() is None, "it came to its end before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(WITHIN)


def test_a_backup_that_is_killed_leaves_the_earlier_one_and_no_half_one(home, tmp_path):
    target = tmp_path / "saved" / "b.zip"
    target.parent.mkdir()
    assert run(["backup", str(target), "--home", str(home)]) == 0
    before = target.read_bytes()
    (home / "large.bin").write_bytes(os.urandom(1 << 25) * 3)
    part = target.with_name("b.zip.part")
    killed("backup", target, "--home", home, when=lambda: part.exists() and part.stat().st_size > 1 << 20)
    assert target.read_bytes() == before
    assert stet("backup", target, "--home", home).returncode == 0
    assert [path.name for path in target.parent.iterdir()] == ["b.zip"]
    assert len(target.read_bytes()) > len(before)


def test_a_restore_that_is_killed_leaves_no_half_home(home, tmp_path, capsys):
    (home / "large.bin").write_bytes(os.urandom(1 << 25) * 3)
    target, root = tmp_path / "b.zip", tmp_path / "new"
    assert run(["backup", str(target), "--warcs", "--home", str(home)]) == 0
    staging = tmp_path / ".new.restoring"
    killed("restore", target, root, when=staging.exists)
    assert not root.exists()
    assert run(["restore", str(target), str(root)]) == 3
    assert f"{staging}: is left of a restore" in capsys.readouterr().err
    shutil.rmtree(staging)
    assert run(["restore", str(target), str(root)]) == 0
    assert files(root) == files(home)
    assert verified(root)
