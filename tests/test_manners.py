"""The `stet` program's manners: on a terminal, in a pipe, when it is stopped, and when a shell completes it."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from archive.warc.reader import iter_members
from scheduler.cli import COMPLETE, run, stet
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import environment, kept, on_terminal
from tests.played import stet as in_process_of_its_own


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch):
    for name in os.environ:
        if name.startswith(("STET_", "NO_COLOR", "LOGLEVEL")):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path) -> Path:
    """A copy of the kept home, to be damaged."""
    return shutil.copytree(kept().home, tmp_path / "home")


# On a terminal.


@pytest.mark.parametrize("columns", [80, 120])
def test_tables_fit_the_terminal_and_urls_stay_whole(columns):
    said = on_terminal(columns, "articles", "--home", kept().home, NO_COLOR="1")
    for url in (kept().report, kept().bridge, kept().once):
        assert url in said
    assert all(len(line) <= max(columns, len(kept().report) + 2) for line in said.splitlines())
    assert "Minister denies the report" in said


def test_colour_is_for_terminals_and_no_color_forbids_it(capsys):
    coloured = on_terminal(80, "diff", kept().report, "--home", kept().home)
    assert "\x1b[31;9m" in coloured
    plain = on_terminal(80, "diff", kept().report, "--home", kept().home, NO_COLOR="1")
    assert "\x1b" not in plain
    assert run(["diff", kept().report, "--home", str(kept().home)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_page_on_a_terminal_cannot_drive_it(home):
    with Newsroom() as room:
        paper = room.outlet("paper.example")
        room.serve_page("paper.example", "/evil.html", b"<p>ok \x1b]0;owned\x07\x9b2J</p>")
        place = Place(home.parent / "evil", room)
        place.watch(stories=[paper.url("/evil.html")])
        place.look()
        said = on_terminal(80, "get", paper.url("/evil.html"), "--any-status", "--home", place.root)
    assert "ok  ]0;owned" in said
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", said)


def test_warc_records_are_not_poured_onto_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert run(["get", kept().report, "--as", "warc", "--home", str(kept().home)]) == 2
    assert "write them to a file with -o FILE" in capsys.readouterr().err


# In a pipe.


def shell(line: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("stet ", f"{shlex.quote(sys.executable)} -m scheduler.cli ")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )


def test_a_reader_who_has_seen_enough_is_no_error():
    done = shell(f"stet outlet list --known --json --home {kept().home} | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_behind_the_output_is_an_error_of_the_environment():
    done = shell(f"stet articles --home {kept().home} > /dev/full")
    assert done.returncode == 3
    assert done.stderr == "stet: output: No space left on device\n"


def test_json_is_utf_8_whatever_the_locale():
    done = in_process_of_its_own(
        "outlet",
        "list",
        "--known",
        "--json",
        "--home",
        kept().home,
        text=False,
        env=environment(PYTHONIOENCODING="ascii"),
    )
    assert done.returncode == 0
    assert "BBC News Türkçe" in done.stdout.decode("utf-8")


# Crawling.


@pytest.fixture
def busy(tmp_path):
    """A newsroom whose articles take their time, and a home that watches it."""
    with Newsroom() as room:
        herald = room.outlet("herald.example", title="The Herald")
        herald.publish_many(6)
        place = Place(tmp_path / "busy", room, delay=0.1)
        place.watch(herald)
        assert place.home
        yield place


def start(place, *arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "scheduler.cli", "crawl", "--home", str(place.root), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def pausing(place, *, seconds):
    """The same place, with so long a pause between two fetches."""
    place.settings["delay"] = seconds
    assert place.home
    return place


def kept_records(place) -> int:
    """How many whole records the WARC files hold; a torn one raises."""
    return sum(1 for path in place.home.spool.glob("*.warc.gz") for _ in iter_members(path))


def test_a_second_crawl_is_refused_and_ctrl_c_loses_nothing(busy, capsys):
    first = start(pausing(busy, seconds=1))
    assert "new" in first.stdout.readline()
    assert run(["crawl", "--home", str(busy.root)]) == 3
    assert f"in use by stet crawl (process {first.pid}); wait for it or stop it" in capsys.readouterr().err
    assert run(["status", "--home", str(busy.root)]) == 0  # reading is free
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=20)
    assert first.returncode == 130
    assert err.splitlines()[-1] == "stet: stopped; what was kept is safe"
    assert "Traceback" not in err
    assert kept_records(busy) > 0
    assert not list(busy.home.spool.glob("*.open"))
    pausing(busy, seconds=0)
    assert run(["crawl", "--home", str(busy.root), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[-1].endswith("new articles")
    assert all(json.loads(line)["what"] == "new" for line in out.splitlines() if line.startswith("{"))
    assert len(busy.articles()) == 6
    assert all(article.versions == 1 for article in busy.articles())


def test_a_crawl_goes_on_when_nobody_reads_what_it_finds(busy):
    with start(busy) as crawl:
        crawl.stdout.readline()
        crawl.stdout.close()
        assert crawl.stderr.read().endswith("6 new articles\n")
    assert crawl.returncode == 0
    assert all(article.versions == 1 for article in busy.articles())


def test_findings_go_to_stdout_and_the_tally_to_stderr(busy, capsys):
    assert run(["crawl", "--home", str(busy.root)]) == 0
    out, err = capsys.readouterr()
    assert len(re.findall(r"(?m)^\d\d:\d\d:\d\d new ", out)) == len(out.splitlines()) == 6
    assert re.fullmatch(r"\d+ fetches, 6 new articles", err.splitlines()[-1])
    assert "\x1b" not in out + err


# Completion.


def completed(*words: str) -> list[str]:
    """What completes the last of these words."""
    *before, last = words
    return [item.value for item in ShellComplete(stet, {}, "stet", COMPLETE).get_completions(before, last)]


def test_commands_values_and_names_are_completed(monkeypatch):
    assert {"crawl", "captures", "changes", "channel", "completion"} == set(completed("c"))
    assert completed("articles", "--standing", "ta") == ["taken_down"]
    assert completed("changes", "--kind", "b") == ["body", "byline"]
    monkeypatch.setenv("STET_HOME", str(kept().home))
    assert completed("articles", "--outlet", "") == ["herald"]
    monkeypatch.delenv("STET_HOME")
    assert completed("outlet", "show", "--home", str(kept().home), "he") == ["herald"]
    assert completed("outlet", "add", "guar")[0] == "guardian"


def test_completion_without_a_home_offers_nothing_and_says_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert completed("articles", "--outlet", "h") == []
    assert capfd.readouterr() == ("", "")


def test_a_shell_asks_by_a_variable():
    environ = environment(_STET_COMPLETE="bash_complete", COMP_WORDS="stet articles --standing ta", COMP_CWORD="3")
    assert in_process_of_its_own(env=environ).stdout == "plain,taken_down\n"


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --no")]
)
def test_the_script_for_each_shell(shell, sign, capsys):
    assert run(["completion", shell]) == 0
    assert sign in capsys.readouterr().out


def test_the_script_is_one_that_bash_takes():
    done = shell('eval "$(stet completion bash)" && complete -p stet')
    assert done.returncode == 0, done.stderr
    assert "stet" in done.stdout
