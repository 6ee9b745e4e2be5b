"""What people and scripts see of takedowns, by the real commands on a home that met a real newspaper."""

import json
import re
import shlex
import zipfile
from dataclasses import dataclass
from datetime import datetime

import pytest

from archive import bundles
from archive.domain import standing
from archive.domain.model import Reason, Standing
from archive.domain.sightings import KINDS, MEANINGS
from archive.domain.verdicts import Part
from scheduler.cli import run
from tests.homes import START, Place
from tests.newsroom import Newsroom, Story
from tests.played import ROOT

#: What scripts rely on, by DESIGN, and what was added.
STAY = "url outlet standing reason since confirmed_at last_live evidence"
MORE = "kind id article title why first_miss misses restored_at changed outage vantages opinion hints"
PROOF = "role at url status sighting why vantage warc offset capture"


@dataclass
class Paper:
    """A newspaper after five passes, and the home that looked on. A pass looks twice at what it misses first."""

    place: Place
    bridge: Story  #: answered with 410 from 9:00 on, taken down at 9:30
    harbour: Story  #: 404 at 9:00 and 9:30, taken down; there again at 10:00, with other words
    ferry: Story  #: there all the time
    market: Story  #: 404 at 10:30, for the first time


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        place = Place(tmp_path_factory.mktemp("seen") / "home", room, confirmations=3, span="1s")
        place.watch(herald)
        bridge = herald.publish("Cracks in the old bridge", ["Engineers warned of cracks in the old bridge."])
        harbour = herald.publish("Harbour sold", ["The harbour was sold on Monday.", "Nobody objected to it."])
        ferry = herald.publish("Ferry runs again", ["The ferry runs again from Monday on, the council said."])
        market = herald.publish("Market closed", ["The market is closed until the end of the month."])
        place.look()
        bridge.withdraw(410, listed=True)
        harbour.withdraw(404, listed=True)
        place.look()
        place.look()
        harbour.restore()
        harbour.edit_silently("Nobody objected", "Two ministers objected")
        place.look()
        market.withdraw(404, listed=True)
        place.look()
        yield Paper(place, bridge, harbour, ferry, market)


@pytest.fixture
def go(paper, capfd):
    """Run a command on the home; what it said on stdout, and with which exit code."""

    def said(*arguments: object, code: int = 0) -> str:
        done = run([*map(str, arguments), "--home", str(paper.place.root)])
        out, err = capfd.readouterr()
        assert done == code, err
        said.remarks = err
        return out

    return said


@pytest.fixture
def rows(go):
    return lambda *arguments: [json.loads(line) for line in go("takedowns", *arguments, "--json").splitlines()]


# The list.


def test_what_is_gone_and_what_is_suspected_to_be_the_latest_first(paper, rows):
    market, bridge = rows()
    assert (market["url"], market["standing"], market["reason"]) == (paper.market.url, "missing", "not_found")
    assert (bridge["url"], bridge["standing"], bridge["reason"]) == (paper.bridge.url, "taken_down", "gone")
    assert market["confirmed_at"] is None, "a suspicion is not confirmed"
    assert bridge["confirmed_at"] == bridge["since"] > bridge["first_miss"] > bridge["last_live"]
    assert (market["misses"], bridge["misses"]) == (2, 5)


def test_a_row_has_the_keys_that_stay(rows):
    for row in rows("--restored"):
        assert set(row) == {*STAY.split(), *MORE.split()}
        for proof in row["evidence"]:
            assert set(proof) == set(PROOF.split())


def test_the_evidence_is_the_last_good_the_first_bad_and_the_confirming_look(paper, rows):
    _, bridge = rows()
    looks = [(proof["role"], proof["sighting"], proof["status"]) for proof in bridge["evidence"]]
    assert [look for look in looks if look[0] != "control"] == [
        ("last_good", "present", 200),
        ("first_bad", "gone", 410),
        ("confirming", "gone", 410),
        ("confirming", "gone", 410),
    ]
    others = {look[1:] for look in looks if look[0] == "control"}
    assert others
    assert others <= {("unchanged", 304), ("present", 200)}
    assert [proof["at"] for proof in bridge["evidence"]] == sorted(proof["at"] for proof in bridge["evidence"])
    by_place = {
        (capture.location.warc, capture.location.offset): capture for capture in paper.place.every_capture()
    }
    for proof in bridge["evidence"]:
        capture = by_place[proof["warc"], proof["offset"]]
        assert (capture.url, capture.status) == (proof["url"], proof["status"])


def test_each_piece_of_evidence_can_be_got(go, rows):
    for row in rows("--restored"):
        for proof in row["evidence"]:
            head = go("get", proof["url"], "--any-status", "--at", proof["capture"], "--as", "headers")
            answered = 200 if proof["status"] == 304 else proof["status"]  # what the 304 confirms
            assert head.startswith(f"HTTP/1.1 {answered} ")


def test_what_came_back_is_listed_when_asked_for_with_the_change_that_it_brought(paper, go, rows):
    _, harbour, _ = rows("--restored")
    assert (harbour["url"], harbour["standing"], harbour["reason"]) == (paper.harbour.url, "live", None)
    assert harbour["restored_at"] == harbour["since"] > harbour["confirmed_at"]
    roles = [proof["role"] for proof in harbour["evidence"] if proof["role"] != "control"]
    assert roles == ["last_good", "first_bad", "confirming", "confirming", "this"]
    diff = " ".join(go("diff", harbour["url"], "--change", harbour["changed"]).split())
    assert "[-Nobody-]{+Two ministers+} objected" in diff.replace("-] {+", "-]{+")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("--standing taken_down", ["bridge"]),
        ("--standing missing --standing taken_down", ["market", "bridge"]),
        ("--reason gone", ["bridge"]),
        ("--reason not_found", ["market"]),
        ("--reason not_found --restored", ["market", "harbour"]),
        ("--restored", ["market", "harbour", "bridge"]),
        ("--reason gone --restored", ["bridge"]),
        ("--reason legal --restored", []),
        ("--since 2026-03-02T09:30", ["market", "bridge"]),
        ("--since 2026-03-02T10:00 --restored", ["market", "harbour"]),
        ("--until 2026-03-02T09:59 --restored", ["bridge"]),
        ("--outlet herald --limit 1", ["market"]),
        ("--limit 2 --restored", ["market", "harbour"]),
        ("--all", ["market", "bridge"]),
        ("--hints", ["market", "bridge"]),
        ("--standing moved", []),
        ("--standing live --limit 1", ["harbour"]),
    ],
)
def test_filters(paper, rows, filters, found):
    assert [row["url"] for row in rows(*filters.split())] == [getattr(paper, name).url for name in found]


def test_people_get_a_table(paper, go):
    lines = go("takedowns", "--restored").splitlines()
    assert re.split(r"\s{2,}", lines[0]) == ["Since (UTC)", "Outlet", "Standing", "Title", "Why", "URL"]
    shown = [re.split(r"\s{2,}", line)[2] for line in lines[1:]]
    assert shown == ["missing (not found)", "restored", "taken down (gone)"]
    go("takedowns", "--reason", "legal")
    assert go.remarks == "no takedowns\n"


# One article.


def test_the_story_of_one_article_in_the_order_of_time(paper, go):
    said = go("takedowns", paper.harbour.url)
    steps = re.findall(r"(?m)^\d{4}-\d\d-\d\d (\d\d:\d\d):\d\d  (.*)$", said)
    assert steps == [
        ("09:00", "live → missing (not found): the outlet answers 404 Not Found"),
        ("09:30", "missing → taken down (not found): the outlet answers 404 Not Found"),
        ("10:00", "taken down → live, restored: 85% of the known words are there"),
    ]
    assert "the last look that found it there: 200" in said
    assert "the first look that did not find it: 404" in said
    assert "a later look that did not find it either: 404" in said


def test_what_the_story_says_to_run_runs(paper, go, tmp_path):
    commands = re.findall(r"stet (.*)$", go("takedowns", paper.harbour.url), re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["diff", "get", "export"]
    for command in commands:
        words = shlex.split(command)
        if words[0] == "export":
            words[-1] = str(tmp_path / words[-1])
        go(*words)
    [bundle] = tmp_path.iterdir()
    assert bundles.check(bundle).flaws == []
    with zipfile.ZipFile(bundle) as file:
        assert "{+Two ministers+}" in file.read("diff.txt").decode()


def test_scripts_get_the_same_row_and_all_steps(paper, rows):
    [bridge] = rows(paper.bridge.url)
    assert bridge | {"steps": None} == rows("--standing", "taken_down")[0] | {"steps": None}
    assert [(step["before"], step["after"], step["reason"]) for step in bridge["steps"]] == [
        ("live", "missing", "gone"),
        ("missing", "taken_down", "gone"),
    ]
    for step in bridge["steps"]:
        assert datetime.fromisoformat(step["at"])
        assert {proof["role"] for proof in step["evidence"]} >= {"last_good", "first_bad"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["FERRY"], 1, "was never found gone or out of reach; 'stet fetches "),
        (["FERRY", "--json"], 1, "was never found gone or out of reach; 'stet fetches "),
        (["http://nobody.example/"], 1, "http://nobody.example/: not watched here; "),
        (["FERRY", "--restored"], 2, "stet takedowns: of one URL the whole story is told; leave the filters out"),
        (["--outlet", "nobody"], 1, "outlet 'nobody': not watched here"),
        (["--reason", "bored"], 2, "'bored' is not one of 'not_found'"),
        (["--standing", "dead"], 2, "'dead' is not one of 'live'"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_line(paper, go, arguments, code, said):
    assert go("takedowns", *(paper.ferry.url if word == "FERRY" else word for word in arguments), code=code) == ""
    assert said in go.remarks
    assert len(go.remarks.splitlines()) == 1


# The document.

DOCUMENT = (ROOT / "docs" / "takedowns.md").read_text(encoding="utf-8")


def table(heading: str) -> list[str]:
    """What stands in the first column of the table under such a head."""
    [rows] = re.findall(rf"(?m)^\| {heading} \|.*\n\| ---.*\n((?:\|.*\n)+)", DOCUMENT)
    return re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows.splitlines()))


def test_the_document_has_every_standing_every_reason_and_every_role():
    assert table("standing") == list(Standing)
    assert table("reason") == list(Reason)
    assert table("role") == list(Part)


def test_the_document_has_every_kind_of_sighting_with_its_presence_and_its_meaning():
    section = DOCUMENT.partition("## Sightings")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| (.+?) \|$", section)
    said = {kind: (presence, meaning) for kind, presence, meaning in rows}
    assert len(said) == len(rows)
    assert said == {kind: (presence.value, MEANINGS[kind]) for kind, presence in KINDS.items()}


def test_the_document_has_the_thresholds_that_are_no_settings():
    numbers = dict(enumerate(["no", "one", "two", "three", "four", "five", "six", "seven"]))
    said = " ".join(DOCUMENT.split())
    assert f"within {numbers[standing.FLAPPING_BEFORE]} spans before" in said
    assert f"looks over {numbers[standing.FLAPPING_SPAN]} spans" in said
    assert standing.FLAPPING_CONFIRMATIONS == 2
    assert "twice as many looks" in said
    assert f"believed gone after {numbers[standing.MASS_SPAN]} spans" in said


def test_the_document_has_every_key(rows):
    [first, *_] = rows()
    assert set(table("key")) == set(first)


# Outlets.


@pytest.fixture(scope="module")
def dark(tmp_path_factory):
    """Six articles that were there for a day, out of reach for three hours, and are behind a wall since."""
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        place = Place(tmp_path_factory.mktemp("dark") / "home", room, offline_after="30d")
        place.watch(herald)
        for number in range(6):
            herald.publish(f"Story {number}", [f"This is the story of the number {number}, told at some length."])
        place.look()
        place.look(hours=23)
        herald.break_with("reset")
        for _ in range(3):
            place.look(hours=1)
        herald.mend()
        place.look(hours=1)
        herald.wall("forbidden")
        place.look(hours=2)
        yield place


def said_of(capfd, place, *arguments) -> list[dict]:
    assert run([*arguments, "--json", "--home", str(place.root)]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_an_outage_is_a_row_of_its_own_and_no_article_is_one(capfd, dark):
    outage = said_of(capfd, dark, "takedowns")[-1]
    assert (outage["kind"], outage["standing"], outage["outlet"]) == ("outage", None, "herald")
    assert outage["restored_at"] > outage["since"] > outage["first_miss"] > outage["last_live"]
    assert [proof["role"] for proof in outage["evidence"]] == ["last_good", "first_bad"]
    assert outage["misses"] == 6
    assert said_of(capfd, dark, "takedowns", "--standing", "missing") == []
    assert {row["kind"] for row in said_of(capfd, dark, "takedowns")} == {"outage"}


def test_health_tells_rates_outages_and_gaps(capfd, dark):
    [herald] = said_of(capfd, dark, "outlet", "health", "--since", "2026-03-01")
    assert herald["fetches"] == sum(herald["kinds"].values())
    assert sum(herald[rate] for rate in ("success_rate", "block_rate", "failure_rate")) == pytest.approx(1)
    assert min(herald[rate] for rate in ("success_rate", "block_rate", "failure_rate")) > 0
    assert herald["outages"][-1]["failed"] == 6
    idle, cut, walled = herald["gaps"]
    assert (idle["presences"], idle["fetches"]) == ([], 0), "nobody looked for a day"
    assert (cut["presences"], cut["fetches"], cut["articles"]) == (["unreachable"], 18, 6)
    assert (walled["presences"], walled["to"]) == (["barrier"], None), "it goes on"
    assert idle["from"] < idle["to"] < cut["from"] < cut["to"] < walled["from"]
    assert herald["controls"]["articles"] == 6
    assert herald["articles"] == {"live": 6}
    [again] = said_of(capfd, dark, "outlet", "health", "herald", "--since", "2026-03-01")
    assert again["gaps"] == herald["gaps"]


def test_people_are_told_the_same(capfd, dark):
    assert run(["outlet", "health", "herald", "--since", "2026-03-01", "--home", str(dark.root)]) == 0
    said = capfd.readouterr().out
    for name in (
        "articles",
        "looks",
        "last good",
        "late",
        "outage",
        "not seen",
        "not found",
        "controls",
        "robots",
    ):
        assert re.search(rf"(?m)^  {name} +\S", said), name
    assert run(["outlet", "health", "nobody", "--home", str(dark.root)]) == 1
    assert "outlet 'nobody': not watched here" in capfd.readouterr().err


def test_the_list_of_outlets_and_the_status_tell_of_their_health(capfd, dark):
    [herald] = said_of(capfd, dark, "outlet", "list")
    assert herald["health"]["success_rate"] + herald["health"]["block_rate"] < 1
    assert herald["health"]["last_good"] < "2026-03-03T13"
    [status] = said_of(capfd, dark, "status")
    assert status["standings"] == dict.fromkeys(Standing, 0) | {"live": 6}
    assert status["outlets"][0]["last_good"] == herald["health"]["last_good"]
    assert status["outlets"][0]["gaps"][-1]["to"] is None
