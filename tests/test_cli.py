"""The `stet` program: its help, its errors, its manners on a terminal and in a pipe.

What the archivists' commands say is told in `tests/archive/test_commands.py`.
"""

import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from archive.home import create
from crawler.outlets import loads
from scheduler.cli import run, stet
from tests import command_docs
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import ROOT, kept

COMMANDS = dict(command_docs.walk())


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch):
    for name in os.environ:
        if name.startswith(("STET_", "NO_COLOR", "LOGLEVEL")):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path) -> Path:
    """A copy of the kept home, to be damaged."""
    return shutil.copytree(kept().home, tmp_path / "home")


# Help.


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    assert run([*name.split()[1:], "--help"]) == 0
    said = capsys.readouterr().out
    assert COMMANDS[name].help
    assert all(option.help for option in COMMANDS[name].params if isinstance(option, click.Option))
    example = said.partition("\nExample:\n")[2]
    assert name in example or isinstance(COMMANDS[name], click.Group)


EXAMPLES = [
    line for command in COMMANDS.values() for line in re.findall(r"\bstet(?: [^|>)\n]*)?", command.example)
]


@pytest.mark.parametrize("line", sorted(set(EXAMPLES)))
def test_every_example_is_a_command_that_parses(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "urls.txt").write_text("https://www.example.org/\n")
    command, arguments = stet, shlex.split(line.rstrip('"'))[1:]
    context = stet.make_context("stet", arguments)
    while isinstance(command, click.Group):
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, arguments, parent=context)
    assert context.params is not None


def test_every_command_knows_its_home_but_those_that_make_one():
    without = {name for name, c in COMMANDS.items() if "home" not in {p.name for p in c.params}}
    groups = {name for name, c in COMMANDS.items() if isinstance(c, click.Group)}
    assert without - groups == {"stet init", "stet demo", "stet restore", "stet completion"}


def test_lists_have_json():
    assert {name for name, c in COMMANDS.items() if "as_json" in {p.name for p in c.params}} >= {
        f"stet {name}" for name in ("articles", "changes", "captures", "fetches", "status", "crawl", "add")
    } | {f"stet outlet {name}" for name in ("list", "show", "add", "check")}


def test_no_arguments_show_the_help_and_are_misuse(capsys):
    assert run([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Commands:" in said.err


def test_the_version_is_that_of_the_distribution(capsys):
    assert run(["--version"]) == 0
    assert re.fullmatch(r"stet, version \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_help_waits_for_no_heavy_library():
    heavy = ("sqlalchemy", "scrapy", "twisted", "lxml", "trafilatura", "feedparser", "alembic")
    code = f"import sys, archive.cli, scheduler.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


# Misuse and bad luck: one line, the right exit code, and nothing lost.

URL = {"REPORT": lambda: kept().report, "ONCE": lambda: kept().once, "HOME": lambda: str(kept().home)}
STRANGE = "https://unknown.example/story"

REFUSED = [
    ("--nope", 2, "No such option '--nope'"),
    ("frobnicate", 2, "No such command 'frobnicate'"),
    ("articles surplus", 2, "unexpected extra argument"),
    ("articles --standing gone", 2, "'gone' is not one of 'live'"),
    ("articles --outlet heralt", 1, "outlet 'heralt': not watched here"),
    ("articles --limit 0", 2, "'--limit': 0 is not in the range"),
    ("articles --limit many", 2, "'many' is not a valid integer"),
    ("changes --kind heading", 2, "kinds are headline, standfirst, numbers"),
    ("changes --min-weight 7", 2, "'--min-weight'"),
    ("changes --since soon", 2, "'--since': 'soon': not a time; write 2026-11-22"),
    ("changes --outlet heralt", 1, "outlet 'heralt': not watched here"),
    (f"changes {STRANGE}", 1, "not watched here; 'stet add"),
    (f"captures {STRANGE}", 1, STRANGE),
    (f"fetches {STRANGE}", 1, "not watched here"),
    (f"timemap {STRANGE}", 1, STRANGE),
    (f"get {STRANGE}", 1, "not watched here"),
    (f"diff {STRANGE}", 1, "not watched here"),
    ("captures nonsense", 2, "nonsense"),
    ("get file:///etc/passwd", 2, "file:///etc/passwd"),
    ("get 'http://[::1'", 2, "http://[::1"),
    ("get", 2, "Missing argument 'URL'"),
    ("get REPORT --at yesterday", 2, "'--at': 'yesterday': not a time; write 2026-11-22"),
    ("get REPORT --at 2026-02-30", 2, "not a time"),
    ("get REPORT --at 1999", 1, "nothing was captured before 2026-03-02"),
    ("get REPORT --as pdf", 2, "'pdf' is not one of"),
    ("get REPORT -o HOME", 2, "is a directory"),
    ("diff ONCE", 1, "only one wording of it was ever seen"),
    ("diff REPORT --from 1999", 1, "nothing was captured before"),
    ("diff REPORT --from 2027 --to 2026", 2, "is after --to"),
    ("diff REPORT --format pdf", 2, "'pdf' is not one of"),
    ("timemap REPORT --format xml", 2, "'xml' is not one of"),
    ("add", 2, "no URL given; write 'stet add https://…'"),
    ("add mailto:a@example.org", 2, "1 of 1 URLs cannot be watched"),
    ("add --file /nowhere/urls.txt", 2, "'/nowhere/urls.txt' does not exist"),
    ("crawl --outlet heralt", 1, "outlet 'heralt': not watched here"),
    (f"crawl --url {STRANGE}", 1, "not watched here"),
    ("crawl --outlet herald --url REPORT", 2, "exclude each other"),
    ("outlet add nosuch", 2, "neither a URL, nor a file, nor a known outlet"),
    ("outlet add nosuch.toml", 2, "nosuch.toml: there is no such file"),
    ("outlet add https://elsewhere.example/", 2, "[crawl] contact is not set"),
    ("outlet show heralt", 1, "outlet 'heralt': not watched here"),
    ("outlet pause heralt", 1, "outlet 'heralt': not watched here"),
    ("outlet remove herald", 2, "'stet outlet pause herald' stops the visits"),
    ("outlet check heralt", 1, "outlet 'heralt': not known"),
    ("outlet check heralt --known", 1, "'stet outlet list --known'"),
    ("completion tcsh", 2, "'tcsh' is not one of"),
    ("init HOME", 2, "is a Stet home already; nothing was changed"),
    ("init /dev/null/home", 3, "cannot be made"),
]


@pytest.mark.parametrize(("line", "code", "said"), REFUSED, ids=[line for line, _, _ in REFUSED])
def test_what_is_wrong_is_said_in_one_line_with_the_right_exit_code(line, code, said, capsys):
    arguments = [URL.get(word, lambda word=word: word)() for word in shlex.split(line)]
    homeless = arguments[0] in ("--nope", "frobnicate", "completion", "init")
    found = run(arguments if homeless else [*arguments, "--home", str(kept().home)])
    out, err = capsys.readouterr()
    assert (found, out) == (code, "")
    *_, last = lines = err.splitlines()
    assert said in last
    assert all(line.startswith("stet: ") or line == "nothing is watched that was not before" for line in lines)
    assert "Traceback" not in err


def test_an_output_file_that_cannot_be_written_is_named(capsys):
    assert run(["get", kept().report, "-o", "/dev/null/page.html", "--home", str(kept().home)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == (
        "stet: /dev/null/page.html: cannot be written: Not a directory; choose another place"
    )


def spoil_toml(home):
    (home / "stet.toml").write_text("[crawl\n")


def misspell_key(home):
    (home / "stet.toml").write_text("[crawl]\ndealy = 3\n")


def not_a_database(home):
    _forget_log(home)
    (home / "stet.db").write_bytes(b"This is no database. " * 500)


def folder_for_database(home):
    _forget_log(home)
    (home / "stet.db").unlink()
    (home / "stet.db").mkdir()


def newer_schema(home):
    with sqlite3.connect(home / "stet.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def lose_database(home):
    _forget_log(home)
    (home / "stet.db").unlink()


def lose_warcs(home):
    for path in (home / "warcs").iterdir():
        path.unlink()


def damage_warcs(home):
    for path in (home / "warcs").iterdir():
        path.write_bytes(b"\0" * path.stat().st_size)


def file_for_warcs(home):
    shutil.rmtree(home / "warcs")
    (home / "warcs").write_text("in the way")


def _forget_log(home):
    for name in ("stet.db-wal", "stet.db-shm"):
        (home / name).unlink(missing_ok=True)


DAMAGED = [
    (spoil_toml, "articles", 2, "stet.toml: not valid TOML"),
    (misspell_key, "crawl", 2, "unknown key 'dealy'; did you mean 'delay'?"),
    (not_a_database, "articles", 3, "file is not a database"),
    (not_a_database, "crawl", 3, "stet.db: the database cannot be opened"),
    (folder_for_database, "status", 3, "unable to open database file"),
    (newer_schema, "articles", 3, "newer"),
    (newer_schema, "crawl", 3, "newer"),
    (newer_schema, "add https://www.example.org/a", 3, "newer"),
    (lose_database, "articles", 3, "stet.db: the database is missing"),
    (lose_database, "crawl", 3, "stet.db: the database is missing"),
    (lose_database, "add https://www.example.org/a", 3, "stet.db: the database is missing"),
    (lose_warcs, "get REPORT", 3, ".warc.gz: this WARC file is missing"),
    (lose_warcs, "get REPORT --as warc -o /dev/null", 3, ".warc.gz: this WARC file is missing"),
    (damage_warcs, "get REPORT", 3, ".warc.gz at byte"),
    (file_for_warcs, "crawl --force", 3, "warcs"),
]


@pytest.mark.parametrize(
    ("damage", "line", "code", "said"), DAMAGED, ids=[f"{d.__name__} {x}" for d, x, *_ in DAMAGED]
)
def test_a_damaged_home_is_named_plainly(damage, line, code, said, home, capsys):
    damage(home)
    arguments = [URL.get(word, lambda word=word: word)() for word in shlex.split(line)]
    assert run([*arguments, "--home", str(home)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"stet: [^\n]*\n", err)
    assert said in err
    assert "Background on this error" not in err


def test_text_needs_no_warc(home, capsys):
    lose_warcs(home)
    assert run(["get", kept().report, "--as", "text", "--home", str(home)]) == 0


def test_without_a_home_every_command_says_what_to_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in ("articles", "crawl", "status", "add https://example.org/a", "outlet list", "outlet add guardian"):
        assert run(line.split()) == 2
        assert "no Stet home here or above; run 'stet init DIR'" in capsys.readouterr().err


def test_bad_variables_are_refused_by_name(monkeypatch, capsys):
    monkeypatch.setenv("STET_CRAWL_DELAY", "fast")
    assert run(["status", "--home", str(kept().home)]) == 2
    assert capsys.readouterr().err == ("stet: environment: STET_CRAWL_DELAY: expected a number, got 'fast'\n")
    monkeypatch.delenv("STET_CRAWL_DELAY")
    monkeypatch.setenv("LOGLEVEL", "loud")
    assert run(["status", "--home", str(kept().home)]) == 2
    assert "LOGLEVEL=loud: no such level" in capsys.readouterr().err


# Making a home, watching.


def test_init_makes_a_home_in_which_everything_works_at_once(tmp_path, monkeypatch, capsys):
    assert run(["init", str(tmp_path / "watch")]) == 0
    monkeypatch.chdir(tmp_path / "watch")
    assert "next: set [crawl] contact" in capsys.readouterr().err
    for command in (["articles"], ["changes"], ["outlet", "list"]):
        assert run([*command, "--json"]) == 0
    assert run(["status"]) == 0
    assert run(["crawl"]) == 0
    assert "0 fetches" in capsys.readouterr().err


def test_urls_come_from_the_command_line_from_a_file_and_from_standard_input(tmp_path, capsys, monkeypatch):
    home = create(tmp_path / "home", {}).root
    file = tmp_path / "urls.txt"
    file.write_bytes(b"\xef\xbb\xbf# those of today\nhttps://a.example/1\r\n\n  https://a.example/2  \n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"https://b.example/4\n")))
    rows = _json(["add", "--home", str(home), "--file", str(file), "https://b.example/3", "-"], capsys)
    assert [row["url"] for row in rows] == [
        "https://a.example/1",
        "https://a.example/2",
        "https://b.example/3",
        "https://b.example/4",
    ]
    assert {row["outlet"] for row in rows} == {"a", "b"}
    assert all(row["new"] for row in rows)


def test_one_bad_url_does_not_keep_the_others_out(tmp_path, capsys):
    home = create(tmp_path / "home", {}).root
    assert run(["add", "https://a.example/1", "nonsense", "--home", str(home)]) == 2
    assert "1 of 2 URLs cannot be watched, see above; the others are watched" in capsys.readouterr().err
    assert run(["articles", "--json", "--home", str(home)]) == 0
    assert json.loads(capsys.readouterr().out)["url"] == "https://a.example/1"


def test_a_file_that_is_no_text_is_refused(tmp_path, capsys):
    home = create(tmp_path / "home", {}).root
    (tmp_path / "urls.bin").write_bytes(b"https://a.example/\xff")
    assert run(["add", "--file", str(tmp_path / "urls.bin"), "--home", str(home)]) == 2
    assert "urls.bin: is not UTF-8 text" in capsys.readouterr().err


def test_an_outlet_is_paused_visited_again_and_removed(tmp_path, capsys):
    home = ["--home", str(create(tmp_path / "home", {}).root)]
    file = tmp_path / "paper.toml"
    file.write_text('name = "paper"\ndomains = ["paper.example"]\n')
    run(["add", "https://other.example/1", *home])
    state = lambda: {row["name"]: row["state"] for row in _json(["outlet", "list", *home], capsys)}  # noqa: E731
    assert state() == {"other": "watched"}
    assert run(["outlet", "pause", "other", *home]) == 0
    assert state() == {"other": "paused"}
    assert run(["outlet", "resume", "other", *home]) == 0
    assert state() == {"other": "watched"}
    assert run(["outlet", "remove", "other", *home]) == 2


def _json(arguments, capsys):
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# Adding an outlet.


@pytest.fixture
def place(tmp_path):
    with Newsroom() as room:
        paper = room.outlet("paper.example", title="The Paper")
        paper.publish_many(4)
        yield Place(tmp_path / "home", room)


@pytest.fixture
def paper(place):
    return place.home, ["--home", str(place.root)]


def test_an_outlet_is_added_by_its_address_shown_checked_and_written_as_toml(paper, tmp_path, capsys):
    _, home = paper
    tried = _json(["outlet", "add", "http://paper.example/", *home], capsys)
    assert {row["kind"] for row in tried if row["works"]} >= {"feed", "sitemap"}
    (row,) = _json(["outlet", "list", *home], capsys)
    assert (row["name"], row["title"], row["domains"]) == ("paper", "The Paper", ["paper.example"])
    assert sorted(row["feeds"] + row["sitemaps"] + row["sections"]) == sorted(
        r["url"] for r in tried if r["works"]
    )
    assert run(["outlet", "show", "paper", *home]) == 0
    shown = capsys.readouterr().out
    assert "not read yet (never fetched)" in shown
    assert loads(shown).title == "The Paper"
    assert all(row["works"] for row in _json(["outlet", "check", "paper", *home], capsys))
    file = tmp_path / "again.toml"
    file.write_text(shown, encoding="utf-8")
    assert run(["outlet", "remove", "paper", *home]) == 0
    assert run(["outlet", "add", str(file), "--name", "again", *home]) == 0
    assert "outlet 'again' is watched with" in capsys.readouterr().err
    assert [row["name"] for row in _json(["outlet", "list", *home], capsys)] == ["again"]


def test_a_domain_belongs_to_one_outlet(paper, capsys):
    _, home = paper
    assert run(["outlet", "add", "http://paper.example/", *home]) == 0
    capsys.readouterr()
    assert run(["outlet", "add", "http://paper.example/", "--name", "other", *home]) == 2
    assert "paper.example: belongs to outlet 'paper' already" in capsys.readouterr().err.splitlines()[-1]


def test_a_name_that_is_none_is_refused_with_one_that_is(paper, capsys):
    _, home = paper
    assert run(["outlet", "add", "http://paper.example/", "--name", "The Paper", *home]) == 2
    assert "use a-z, 0-9 and hyphens, such as 'the-paper'" in capsys.readouterr().err


def test_an_outlet_that_does_not_answer_is_not_added(paper, place, capsys):
    _, home = paper
    place.room.outlets["paper.example"].go_offline()
    assert run(["outlet", "add", "http://paper.example/", *home]) == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("; nothing was added")
    assert _json(["outlet", "list", *home], capsys) == []
