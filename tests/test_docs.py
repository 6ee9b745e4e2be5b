"""The documents say what is so: commands are current, the README's session is real, tables are complete."""

import dataclasses
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from archive.domain.model import Outlet, Seed
from archive.warc import framing
from archive.warc.reader import iter_members
from crawler.outlets import known, loads
from tests import command_docs
from tests.played import ROOT, on_terminal, played

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_document_is_current():
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == command_docs.document(), "run: python -m tests.command_docs > docs/commands.md"


# The README's session.


def session() -> list[tuple[str, str]]:
    """The commands on the demo's home that the README shows, each with its output."""
    (block,) = re.findall(r"```console\n(\$ stet [^`]*--home demo[^`]*)```", README)
    parts = re.split(r"(?m)^\$ (stet .*)\n", block)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def shape(text: str) -> str:
    """`text` without what differs from one demo to the next: times, dates in URLs."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", text)
    return re.sub(r"/\d{4}/\d\d/\d\d/", "/DATE/", text)


def today(command: str) -> str:
    """The command with the date that the demo of this test run has in its URLs."""
    date = re.search(r"/\d{4}/\d\d/\d\d/", played().output)[0]
    return re.sub(r"/\d{4}/\d\d/\d\d/", date, command)


def test_the_readme_shows_what_the_commands_print():
    assert len(session()) == 2
    for command, shown in session():
        said = on_terminal(100, *shlex.split(today(command))[1:], cwd=played().folder, NO_COLOR="1")
        assert shape(said).strip() == shape(shown).strip()


def test_the_first_screen_ends_with_a_diff():
    lines = README.splitlines()
    assert next(n for n, line in enumerate(lines) if "[-" in line) < 40


def test_every_command_that_the_readme_names_is_there():
    names = {" ".join(name.split()[1:]) for name, _ in command_docs.walk()}
    for line in re.findall(r"\$ stet ([a-z ]+)", README):
        assert any(line.strip() == name or line.startswith(name + " ") for name in names if name), line


@pytest.mark.parametrize(
    "document", ["README.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / document).parent.joinpath(target).exists(), target


def test_the_changelog_tells_of_this_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^## \[(.+?)\]", text)[:2] == ["Unreleased", project["version"]]


# Outlets.

OUTLETS = (ROOT / "docs" / "outlets.md").read_text(encoding="utf-8")


def example() -> str:
    return re.search(r"```toml\n(.*?)```", OUTLETS, re.DOTALL)[1]


def test_the_example_of_an_outlet_has_every_key_and_is_one():
    assert loads(example()).seeds
    written = tomllib.loads(example())
    assert list(written) == [f.name for f in dataclasses.fields(Outlet) if f.name != "seeds"] + ["seeds"]
    assert list(written["seeds"][0]) == [f.name for f in dataclasses.fields(Seed)]


def test_every_outlet_that_ships_is_listed():
    listed = re.findall(r"(?m)^\| `(\S+)` \| (.+?) \| (.*?) ?\|$", OUTLETS)
    assert listed == [(one.name, one.title, one.closed) for one in known()]


def test_none_of_them_is_said_to_be_checked():
    assert not [seed.url for one in known() for seed in one.seeds if seed.checked]


# WARC.


def test_every_record_type_in_the_demo_is_explained():
    text = (ROOT / "docs" / "warc.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"(?m)^\| `([a-z]+)`", text))
    found = {member.record.type for path in warcs() for member in iter_members(path)}
    assert (
        found <= explained == {"warcinfo", "response", "revisit", "request", "metadata", "resource", "conversion"}
    )


def test_the_fields_named_in_the_document_are_written():
    text = (ROOT / "docs" / "warc.md").read_text(encoding="utf-8")
    records = [member.record for path in warcs() for member in iter_members(path)]
    heads = {name for record in records for name, _ in record.headers}
    said = {name for r in records if r.type == "metadata" for name, _ in framing.parse_fields(r.block)}
    for name in ("WARC-Concurrent-To", "WARC-IP-Address", "WARC-Protocol", "WARC-Block-Digest", "Stet-Extractor"):
        assert f"`{name}`" in text
        assert name in heads
    assert {"fetchBegan", "note.role", "note.outlet"} <= said


def warcs() -> list[Path]:
    return sorted((played().home / "warcs").glob("*.warc.gz"))
