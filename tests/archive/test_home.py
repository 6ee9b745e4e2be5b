"""A home: how it is found, made, shared, and how plainly it is missed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import EnvironmentFailed, Misuse
from archive.home import Home, create, find


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create(tmp_path / "watch", {})


def test_a_new_home_has_settings_and_a_place_for_warcs(home):
    assert (home.root / "stet.toml").read_text(encoding="utf-8").startswith("# Settings of this Stet home.")
    assert home.warcs == (home.root / "warcs",)
    assert home.spool.is_dir()
    assert home.database_url == f"sqlite:///{home.root}/stet.db"


def test_making_a_home_twice_changes_nothing(home):
    (home.root / "stet.toml").write_text("[crawl]\ndelay = 99\n", encoding="utf-8")
    with pytest.raises(Misuse, match="is a Stet home already; nothing was changed"):
        create(home.root, {})
    assert find(home.root, {}).settings.crawl.delay == 99


def test_a_home_may_be_made_among_other_files(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    create(tmp_path, {})
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_where_a_file_is_in_the_way_no_half_a_home_is_left(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentFailed, match="choose another folder"):
        create(tmp_path / "file" / "home", {})
    (tmp_path / "warcs").write_text("in the way")
    with pytest.raises(EnvironmentFailed, match=re.escape(str(tmp_path / "warcs"))):
        create(tmp_path, {})
    assert not (tmp_path / "stet.toml").exists()


def test_the_option_goes_before_the_variable_and_that_before_the_folder(tmp_path):
    one, two, three = (create(tmp_path / name, {}).root for name in ("one", "two", "three"))
    inside = three / "notes" / "deep"
    inside.mkdir(parents=True)
    environ = {"STET_HOME": str(two)}
    assert find(one, environ, cwd=inside).root == one
    assert find(None, environ, cwd=inside).root == two
    assert find(None, {}, cwd=inside).root == three
    assert find(None, {"STET_HOME": ""}, cwd=inside).root == three


def test_without_a_home_the_error_says_what_to_run(tmp_path):
    with pytest.raises(Misuse, match=r"no Stet home here or above; run 'stet init DIR'"):
        find(None, {}, cwd=tmp_path)
    with pytest.raises(Misuse, match=r"not a Stet home \(no stet.toml\); 'stet init .*' makes one"):
        find(tmp_path, {})
    with pytest.raises(Misuse, match=r"^\$STET_HOME: "):
        find(None, {"STET_HOME": str(tmp_path)})
    (tmp_path / "file").write_text("")
    with pytest.raises(Misuse, match="not a Stet home"):
        find(tmp_path / "file", {})


def test_relative_and_absolute_places_of_database_and_warcs(home):
    toml = home.root / "stet.toml"
    toml.write_text('[archive]\ndatabase = "sqlite:///db/index.db"\nwarcs = "/srv/warcs"\n', encoding="utf-8")
    moved = find(home.root, {})
    assert moved.database_url == f"sqlite:///{home.root}/db/index.db"
    assert moved.warcs == (Path("/srv/warcs"),)
    toml.write_text('[archive]\ndatabase = "sqlite:////var/stet.db"\n', encoding="utf-8")
    assert find(home.root, {}).database_url == "sqlite:////var/stet.db"


def test_a_lost_database_beside_warc_files_is_not_replaced_by_an_empty_one(home):
    home.require_database()  # a new home has neither
    (home.spool / "stet-1.warc.gz").write_bytes(b"")
    with pytest.raises(EnvironmentFailed, match=r"stet\.db: the database is missing.*stet reindex"):
        home.require_database()
    (home.root / "stet.db").write_bytes(b"")
    home.require_database()


HOLDER = """
import sys
from archive.home import find
with find(sys.argv[1], {}).lock("stet crawl"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_with_the_name_of_the_first(home):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        message = rf"in use by stet crawl \(process {holder.pid}\); wait for it or stop it"
        with pytest.raises(EnvironmentFailed, match=message), home.lock("stet crawl"):
            pytest.fail("both hold the home")
    finally:
        holder.communicate("", timeout=10)
    with home.lock("stet crawl"):
        assert str(os.getpid()) in (home.root / ".lock").read_text()


def test_a_lock_dies_with_its_process(home):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate(timeout=10)
    with home.lock("stet outlet add"):
        pass


def test_a_failure_inside_gives_the_lock_back(home):
    with pytest.raises(RuntimeError), home.lock("stet crawl"):
        raise RuntimeError
    with home.lock("stet crawl"):
        pass


def test_a_folder_where_the_lock_should_be_is_an_error_of_the_environment(home):
    (home.root / ".lock").mkdir()
    with pytest.raises(EnvironmentFailed, match="check the folder's permissions"), home.lock("stet crawl"):
        pass
