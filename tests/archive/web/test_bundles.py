"""Evidence over HTTP is the bundle that `stet export --evidence` writes, and a stranger can check it."""

from __future__ import annotations

import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive import bundles, evidence
from archive.db.tables import standings
from archive.domain.model import Standing
from scheduler.cli import run
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.serving import served


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        made = Place(tmp_path_factory.mktemp("bundles") / "home", room, confirmations=2, span="1s")
        made.watch(herald)
        report = herald.publish("Minister denies the report", ["The minister denied it on Tuesday, in a letter."])
        herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
        for act in (
            lambda: None,
            lambda: report.edit_silently("denied", "confirmed"),
            lambda: report.withdraw(410),
        ):
            act()
            made.look()
            made.look()
        yield made


@pytest.fixture(scope="module")
def site(place):
    with served(place.home) as site:
        yield site


def taken_down(place: Place) -> int:
    return next(step.id for step in place.standings() if step.after is Standing.TAKEN_DOWN)


def test_a_change_and_a_takedown_can_be_taken_along_and_checked(place, site, tmp_path):
    change = place.changes()[0].id
    for path, name, finding in (
        (f"/evidence/change/{change}", f"change-{change}.zip", str(change)),
        (f"/evidence/standing/{taken_down(place)}", f"takedown-{taken_down(place)}.zip", place.articles()[0].url),
    ):
        reply = site.get(path)
        assert reply.status == 200
        assert reply["content-type"] == "application/zip"
        assert reply["content-disposition"] == f'attachment; filename="{name}"'
        assert int(reply["content-length"]) == len(reply.body)
        bundle = tmp_path / name
        bundle.write_bytes(reply.body)
        assert not bundles.check(bundle).flaws
        by_hand = tmp_path / f"by-hand-{name}"
        asked = finding if finding.isdigit() else f"takedown:{taken_down(place)}"
        assert run(["export", "--evidence", asked, "-o", str(by_hand), "--home", str(place.root)]) == 0
        assert by_hand.read_bytes() == reply.body
        assert zipfile.ZipFile(bundle).testzip() is None
        assert site.head(path)["content-disposition"] == reply["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/evidence/change/99999",
        "/evidence/standing/99999",
        "/evidence/change/9999999999999999999999999",
        "/evidence/notice/1",
        "/evidence/change/http:%2F%2Fherald.example",
        "/evidence/change/-1",
    ],
)
def test_what_is_not_there_is_said_to_be_so(site, path):
    reply = site.get(path)
    assert reply.status == 404
    assert reply.text.count("\n") == 1
    assert "/home" not in reply.text


def test_no_more_than_two_are_made_at_once(place, site, monkeypatch):
    """The third is asked to come again; whoever is served is served whole."""
    begun, go = threading.Semaphore(0), threading.Event()
    make = evidence.export

    def slowly(*given):
        begun.release()
        assert go.wait(30)
        return make(*given)

    monkeypatch.setattr("archive.evidence.export", slowly)
    path = f"/evidence/change/{place.changes()[0].id}"
    with ThreadPoolExecutor(2) as pool:
        first = [pool.submit(site.get, path) for _ in range(2)]
        for _ in range(2):
            assert begun.acquire(timeout=30)
        third = site.get(path)
        go.set()
        assert [each.result().status for each in first] == [200, 200]
    assert (third.status, third["retry-after"]) == (503, "30")
    assert third.text.count("\n") == 1
    assert site.get(path).status == 200


def test_what_no_signed_head_stands_for_yet_is_not_proven_yet(place, site):
    """A home without a log, as before its books were kept for the first time."""
    log, aside = place.home.log, place.root / "log aside"
    log.rename(aside)
    try:
        reply = site.get(f"/evidence/change/{place.changes()[0].id}")
    finally:
        aside.rename(log)
    assert reply.status == 503
    assert reply["retry-after"] == "300"
    assert reply.text == "not all of its records are in a signed log yet; come again\n"


def test_a_step_whose_records_are_lost_is_an_error_of_the_disk_and_tells_no_path(place, site):
    with place.reading() as connection:
        assert connection.execute(standings.select()).first() is not None
    moved = [(path, path.with_suffix(".away")) for path in place.home.spool.glob("*.warc.gz")]
    for path, aside in moved:
        path.rename(aside)
    try:
        reply = site.get(f"/evidence/standing/{taken_down(place)}")
    finally:
        for path, aside in moved:
            aside.rename(path)
    assert reply.status == 503
    assert str(place.root) not in reply.text
