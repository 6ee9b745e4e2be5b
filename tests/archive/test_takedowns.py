"""What is not there, as the database holds it: which articles are listed, and what stands beside each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import articles, findings, gaps, record, tables, takedowns
from archive.db.takedowns import Wanted
from archive.domain.history import StandingChange
from archive.domain.model import Exchange, Presence, Reason, Role, Sighting, Standing
from archive.domain.standing import Held
from archive.domain.verdicts import PARTS, REASONS, STANDINGS, Part, parts, step_in_words, vantages
from tests.homes import NOW, Shelf
from tests.postgres import new_database

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def shelf(request, tmp_path):
    with Shelf(tmp_path, new_database() if request.param == "postgresql" else "") as shelf:
        yield shelf


def fetched(
    connection, shelf, path, at, presence=None, *, article_id=None, role=Role.ARTICLE, vantage="", kind="x"
):
    """A fetch of the log, with what it was taken for."""
    fetch = record.add_fetch(
        connection,
        Exchange(url=f"http://herald.example{path}", began=at),
        role=role,
        status=200,
        location=None,
        outlet_id=shelf.outlet,
        article_id=article_id,
        vantage=vantage,
    )
    if presence is not None:
        record.note_sighting(connection, fetch, Sighting(presence=presence, kind=kind, why=f"{kind} it is"))
    return fetch


def step(connection, article_id, at, before, after, reason="", **more):
    """A step of a standing, and the article so held."""
    held = Held(
        standing=Standing(after), reason=Reason(reason) if reason else None, first_miss=more.pop("miss", None)
    )
    articles.hold(connection, article_id, held, since=at)
    values = {"before": before, "after": after, "reason": reason, "why": "it is so", "evidence": {"this": None}}
    return findings.add_standing(connection, article_id=article_id, at=at, **(values | more))


def listed(connection, **wanted) -> list[str]:
    return [
        one.url.removeprefix("http://herald.example/") for one in takedowns.listed(connection, Wanted(**wanted))
    ]


# Which are listed.


@pytest.fixture
def various(shelf):
    """An article of each standing and reason that matters, the step of each an hour after the one before."""
    kinds = [
        ("live", ""),
        ("missing", "not_found"),
        ("taken_down", "legal"),
        ("moved", ""),
        ("unreachable", ""),
        ("unreachable", "outlet_offline"),
        ("barred", ""),
        ("barred", "geo_blocked"),
    ]
    with shelf.database.write() as connection:
        for hours, (standing, reason) in enumerate(kinds, 1):
            article = shelf.article(connection, f"/{standing}{'-' * bool(reason)}{reason}")
            if standing != "live":
                step(connection, article, NOW + hours * HOUR, "live", standing, reason)
    with shelf.database.read() as connection:
        yield connection


def test_what_is_gone_or_known_to_be_out_of_reach_is_listed_the_latest_first(various):
    assert listed(various) == [
        "barred-geo_blocked",
        "unreachable-outlet_offline",
        "taken_down-legal",
        "missing-not_found",
    ]


def test_all_is_whatever_is_not_live(various):
    assert listed(various, everything=True) == [
        "barred-geo_blocked",
        "barred",
        "unreachable-outlet_offline",
        "unreachable",
        "moved",
        "taken_down-legal",
        "missing-not_found",
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"standings": ["moved", "barred"]}, ["barred-geo_blocked", "barred", "moved"]),
        ({"standings": ["unreachable"], "reasons": ["outlet_offline"]}, ["unreachable-outlet_offline"]),
        ({"reasons": ["legal", "geo_blocked"]}, ["barred-geo_blocked", "taken_down-legal"]),
        ({"since": NOW + 6 * HOUR}, ["barred-geo_blocked", "unreachable-outlet_offline"]),
        ({"until": NOW + 2 * HOUR}, ["missing-not_found"]),
        ({"outlet": "other"}, []),
    ],
)
def test_filters(various, wanted, found):
    assert listed(various, **wanted) == found


def test_what_is_not_confirmed_has_no_time_of_confirmation(various):
    confirmed = {one.standing: one.confirmed_at for one in takedowns.listed(various, Wanted())}
    assert confirmed.pop(Standing.MISSING) is None
    assert all(confirmed.values())


# What stands beside an article.


def test_everything_that_speaks_of_an_article_stands_beside_it(shelf):
    with shelf.database.write() as connection:
        story, other = (shelf.article(connection, path) for path in ("/story", "/other"))
        good = fetched(connection, shelf, "/story", NOW, Presence.PRESENT, article_id=story)
        bad = fetched(connection, shelf, "/story", NOW + HOUR, Presence.GONE, article_id=story)
        control = fetched(connection, shelf, "/other", NOW + HOUR, Presence.PRESENT, article_id=other)
        before = fetched(connection, shelf, "/story", NOW, Presence.GONE, article_id=story, vantage="nl")
        early = fetched(connection, shelf, "/story", NOW + HOUR, Presence.GONE, article_id=story, vantage="de")
        there = fetched(
            connection, shelf, "/story", NOW + 2 * HOUR, Presence.PRESENT, article_id=story, vantage="de"
        )
        asked = fetched(connection, shelf, "/timegate", NOW + 2 * HOUR, role=Role.OPINION)
        this = fetched(connection, shelf, "/story", NOW + 3 * HOUR, Presence.GONE, article_id=story)
        evidence = {"last_good": good, "first_bad": bad, "confirming": [bad, this], "this": this}
        evidence |= {"controls": [control], "elsewhere": {"de": there}, "opinion": asked}
        step(
            connection,
            story,
            NOW + 3 * HOUR,
            "missing",
            "barred",
            "geo_blocked",
            evidence=evidence,
            miss=NOW + HOUR,
        )
        opinion = {"article_id": story, "fetch_id": asked, "archive": "http://archive.example/", "memento": ""}
        connection.execute(tables.opinions.insert().values(**opinion, at=NOW + 2 * HOUR, said="saw it last year"))
        for kind, ended in (("left_feed", None), ("noindex", NOW)):
            hint = {"article_id": story, "kind": kind, "at": NOW, "why": "it said so", "ended": ended}
            connection.execute(tables.hints.insert().values(hint))
    assert before < early
    with shelf.database.read() as connection:
        [one] = takedowns.listed(connection, Wanted())
    looks = [(proof.part, proof.fetch_id, proof.vantage) for proof in one.evidence]
    assert looks == [
        (Part.LAST_GOOD, good, ""),
        (Part.FIRST_BAD, bad, ""),
        (Part.CONTROL, control, ""),
        (Part.LIVE_ELSEWHERE, there, "de"),
        (Part.OPINION, asked, ""),
        (Part.CONFIRMING, this, ""),
    ]
    assert [(seen.vantage, seen.presence) for seen in one.vantages] == [("de", "present")], (
        "the last, since the miss"
    )
    assert one.opinion is not None
    assert (one.opinion.said, one.opinion.last_seen) == ("saw it last year", None)
    assert [hint.kind for hint in one.hints] == ["left_feed"], "the other holds no more"


def test_an_article_that_is_there_is_listed_for_its_hints_when_asked(shelf):
    with shelf.database.write() as connection:
        for path, ended in (("/held", None), ("/over", NOW)):
            hint = {"article_id": shelf.article(connection, path), "kind": "noindex", "at": NOW, "ended": ended}
            connection.execute(tables.hints.insert().values(hint))
    with shelf.database.read() as connection:
        assert listed(connection) == []
        assert listed(connection, hints=True) == ["held"]


def test_gaps_are_looked_for_where_no_look_told_anything_for_an_hour(shelf):
    with shelf.database.write() as connection:
        ids = [shelf.article(connection, path) for path in ("/a", "/b")]
        for hours in (0, 0.5, 1, 4, 4.5):
            for article in ids:
                fetched(connection, shelf, "/a", NOW + hours * HOUR, Presence.PRESENT, article_id=article)
        for article in ids:
            fetched(connection, shelf, "/a", NOW + 2 * HOUR, Presence.BARRIER, article_id=article)
    with shelf.database.read() as connection:
        [gap] = gaps.of_outlet(connection, shelf.outlet, NOW - HOUR, NOW + 5 * HOUR)
        assert (gap.since, gap.until, gap.presences) == (NOW + HOUR, NOW + 4 * HOUR, ("barrier",))
        assert gaps.of_outlet(connection, shelf.outlet, NOW + 4 * HOUR, NOW + 5 * HOUR) == []


# Words.


def test_every_standing_reason_and_part_has_its_words():
    assert list(STANDINGS) == list(Standing)
    assert list(REASONS) == list(Reason)
    assert list(PARTS) == list(Part)


@given(
    st.fixed_dictionaries(
        {"this": st.integers(1, 9)},
        optional={
            "last_good": st.none() | st.integers(1, 9),
            "first_bad": st.none() | st.integers(1, 9),
            "confirming": st.lists(st.integers(1, 9)),
            "controls": st.lists(st.integers(10, 12)),
            "elsewhere": st.dictionaries(st.sampled_from(["de", "nl"]), st.integers(13, 15)),
            "opinion": st.none() | st.integers(16, 17),
        },
    )
)
def test_every_fetch_of_the_evidence_is_one_part_of_it(evidence):
    found = parts(evidence)
    named = {evidence["this"], evidence.get("last_good"), evidence.get("first_bad"), evidence.get("opinion")}
    named |= {*evidence.get("confirming", ()), *evidence.get("controls", ()), *vantages(evidence).values()}
    assert set(found) == named - {None}
    for fetch in evidence.get("confirming", ()):
        assert found[fetch] in (Part.FIRST_BAD, Part.CONFIRMING)
    for fetch in vantages(evidence).values():
        assert found[fetch] is Part.LIVE_ELSEWHERE


@pytest.mark.parametrize(
    ("before", "after", "reason", "said"),
    [
        ("live", "missing", "not_found", "live → missing (not found): a_b"),
        ("taken_down", "live", "", "taken down → live, restored: a_b"),
        ("taken_down", "moved", "", "taken down → moved, restored: a_b"),
        ("barred", "live", "", "barred → live: a_b"),
        ("live", "barred", "geo_blocked", "live → barred (geo blocked): a_b"),
    ],
)
def test_a_step_in_words_leaves_addresses_alone(before, after, reason, said):
    one = StandingChange(
        id=1,
        article_id=1,
        url="",
        outlet="",
        title="",
        at=NOW,
        before=Standing(before),
        after=Standing(after),
        reason=reason,
        why="a_b",
        evidence={},
    )
    assert step_in_words(one) == said
