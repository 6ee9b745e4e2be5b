"""The demo tells its story, and what it suggests works."""

import re
import shlex

import pytest

from scheduler.cli import run
from scheduler.demo import SCENES
from tests.played import played


def story() -> list[str]:
    """The lines between the title of each scene and the next one."""
    return re.split(r"(?m)^\d\. .*$", played().output)


def test_every_scene_is_told():
    titles = re.findall(r"(?m)^\d\. (.*)$", played().output)
    assert titles == [title for title, _ in SCENES]


TOLD = [
    (1, r"new +herald: “Minister denies report on harbour deal” — \d+ words kept"),
    (1, r"new +sabah: “[^”]*[\u0600-\u06ff]"),
    (2, r"change +herald: “Minister denies .* \"denied\" became \"confirmed\"; a note of correction was put in"),
    (3, r"change +herald: “Minister denies .* The number 120 became 12\."),
    (4, r"standing herald: “Engineers warned .* — missing: .*404.*to be confirmed"),
    (4, r"standing herald: “Engineers warned .* — taken down: .*confirmed by 2 fetches"),
    (5, r"notice +herald: “The Herald” — Outage: 5 of the 5 articles"),
    (6, r"notice +herald: “The Herald” — The outage is over"),
    (6, r"standing herald: “Engineers warned .* — restored"),
]


@pytest.mark.parametrize(("scene", "line"), TOLD)
def test_each_finding_is_told_in_its_scene(scene, line):
    assert re.search(rf"(?m)^\d\d:\d\d:\d\d {line}", story()[scene])


def test_nothing_is_told_that_did_not_happen():
    findings = [len(re.findall(r"(?m)^\d\d:\d\d:\d\d ", scene)) for scene in story()]
    assert findings == [0, 7, 1, 1, 2, 1, 2]


def test_the_diff_stands_at_the_end():
    assert "people had lost their homes" in story()[-1]
    assert "[-120-]{+12+}" in story()[-1]


def suggested() -> list[str]:
    return re.findall(r"(?m)^  (?=stet )(.*)$", played().output.partition("Try next:")[2])


def test_there_is_something_to_try_next():
    assert len(suggested()) >= 6


def test_every_suggested_command_works_and_says_something(monkeypatch, capfd):
    monkeypatch.chdir(played().folder)
    for line in suggested():
        assert run(shlex.split(line)[1:]) == 0, capfd.readouterr().err
        assert capfd.readouterr().out


def test_the_pages_of_changes_are_there_to_look_at():
    place = re.search(r"(?m)^Every change as a page for the browser: (\S+)$", played().output)
    pages = list(played().folder.glob(place[1]))
    assert len(pages) == 2
    assert all("<ins>" in page.read_text(encoding="utf-8") for page in pages)


def test_the_reading_room_is_named_with_its_address():
    said = r"(?m)^All of it in the reading room: stet serve --home demo, and then http://127\.0\.0\.1:8400/$"
    assert re.search(said, played().output)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert run(["demo", "--folder", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == f"stet: {tmp_path}: exists already; remove it, or choose another place with --folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
