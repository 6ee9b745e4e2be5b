"""One article's whole life, end to end: a real server, a real crawl, real WARC files, an injected clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive import memento
from archive.db import record
from archive.domain.model import Reason, RecordType, Role, Standing
from archive.extraction import extract
from archive.warc.reader import read_record
from tests.homes import kinds
from tests.upgrades import upgrade

TEXT = [
    "The minister denied on Tuesday that 120 people had lost their homes when the harbour was sold.",
    "“We knew of no objections at the time,” he said. The opposition demands an inquiry by the end of May.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody in office.",
]


@pytest.fixture
def story(herald, place):
    story = herald.publish("Minister denies report on harbour deal", TEXT, author="Ada Lind", section="politics")
    place.watch(herald)
    return story


def test_the_life_of_one_article(place, herald, story):
    """Found, unchanged, edited, edited in silence, reverted, gone, taken down, restored: all of it is told."""
    herald.publish_many(3)
    assert kinds(place.look()) == ["new"] * 4
    assert place.look(hours=1) == []

    story.edit("denied", "confirmed", note="Correction: an earlier version of this article said the opposite.")
    [change] = place.look(hours=1)
    assert (change.what, change.text) == (
        "change",
        (
            '"denied" became "confirmed"; a note of correction was put in: '
            '"Correction: Correction: an earlier version of this article said the opposite".'
        ),
    )

    story.edit_silently("120 people", "12 people")
    place.look(hours=1)
    story.revert()
    [back] = place.look(hours=1)
    assert back.text.endswith("Back to version 2.")

    story.withdraw(404)
    [missing] = place.look(hours=1)
    assert missing.text == "missing: the outlet answers 404 Not Found; to be confirmed"
    assert place.look(hours=8) == []
    assert place.article(story).held.misses == 3  # the first was looked at twice
    [down] = place.look(hours=17)
    assert down.text == "taken down: the outlet answers 404 Not Found, confirmed by 4 fetches"
    assert place.look(days=2) == []

    story.restore()
    [restored] = place.look(days=1)
    assert restored.text.startswith("restored")

    article = place.article(story)
    assert (article.held.standing, article.held.misses, article.versions) == (Standing.LIVE, 0, 3)
    assert [c.stealth for c in place.changes()] == [False, True, True]
    assert [(s.before, s.after) for s in place.standings()] == [
        (Standing.LIVE, Standing.MISSING),
        (Standing.MISSING, Standing.TAKEN_DOWN),
        (Standing.TAKEN_DOWN, Standing.LIVE),
    ]
    the_way_it_stood_is_still_there(place, story)


def the_way_it_stood_is_still_there(place, story):
    home = place.home
    with place.reading() as connection:
        seen = memento.shown(connection, memento.article_at(connection, story.url))
        for capture, version in seen:
            page = memento.page(home, connection, capture)
            text = extract(page.body, url=capture.url, content_type=page.head.get("content-type")).text
            assert text == version.extraction.text
        assert [version.number for _, version in seen] == [1, 1, 2, 2, 3, 3, 2, 2, 2]  # each edit was seen twice


def test_a_takedown_names_the_fetches_that_it_rests_on(place, herald, story):
    others = herald.publish_many(3)
    place.look()
    story.withdraw(410)
    for hours in (1, 12, 13):
        place.look(hours=hours)
    log = place.fetches(story)
    down = place.standings()[-1]
    assert (down.after, down.reason) == (Standing.TAKEN_DOWN, Reason.GONE.value)
    seen = {row.id for other in others for row in place.fetches(other)[1:]}
    with place.reading() as connection:
        controls = record.fetches_by_id(connection, down.evidence.pop("controls"))
    assert controls
    assert all(row.id in seen or row.role is Role.CONTROL for row in controls)  # or the front page
    assert down.evidence == {
        "last_good": log[0].id,
        "first_bad": log[1].id,
        "confirming": [row.id for row in log[1:]],
        "this": log[4].id,
    }


def test_many_looks_within_the_span_are_not_enough(place, story):
    place.look()
    story.withdraw(404)
    for _ in range(6):
        place.look(hours=3)
    assert place.article(story).held.standing is Standing.MISSING
    assert place.article(story).held.misses == 7  # the first was looked at twice


def test_a_suspicion_is_dropped_when_the_article_is_there_again(place, story):
    place.look()
    story.withdraw(404)
    place.look()
    story.restore()
    [live] = place.look()
    assert live.what == "standing"
    assert place.article(story).held.first_miss is None
    story.withdraw(404)
    place.look(days=3)
    assert place.article(story).held.standing is Standing.MISSING  # it begins anew


def test_what_was_never_seen_is_never_taken_down(place, herald, story):
    story.withdraw(404, listed=True)
    for _ in range(4):
        assert place.look(days=1) == []
    assert place.article(story).held.standing is Standing.LIVE
    assert place.last(story).sighting == "not_found"


@pytest.mark.parametrize(
    ("verb", "arguments", "kind", "stealth"),
    [
        ("edit", ("120", "130"), "numbers", False),
        ("edit_silently", ("120", "130"), "numbers", True),
        ("retitle", ("Ministry denies report on harbour deal",), "headline", False),
        ("change_byline", ("Tom Reed",), "byline", False),
        ("touch", (), "date", False),
        ("append", ("A spokeswoman declined to comment on Thursday.",), "paragraph_added", False),
        ("drop_paragraph", (3,), "paragraph_removed", False),
        ("move_paragraph", (1, 3), "paragraph_moved", False),
    ],
)
def test_every_kind_of_edit_is_told_once(place, story, verb, arguments, kind, stealth):
    place.look()
    place.room.clock.advance(hours=1)
    getattr(story, verb)(*arguments)
    assert kinds(place.look()) == ["change"]
    assert place.look() == []
    [change] = place.changes()
    assert (change.kind, change.stealth) == (kind, stealth)
    assert place.article(story).versions == 2


def test_a_to_b_to_a_is_two_changes_and_two_versions(place, story):
    place.look()
    story.edit_silently("120 people", "12 people")
    place.look()
    story.revert()
    place.look()
    article, changes = place.article(story), place.changes()
    assert [(c.from_version, c.to_version) for c in changes] == [(1, 2), (2, 1)]
    assert (article.versions, article.version_id) == (2, 1)
    assert place.captures(story)[-1].record_type is RecordType.REVISIT  # the very bytes of the first


def test_a_304_is_a_revisit_of_what_it_confirms(place, story):
    place.look()
    first = place.article(story)
    place.look(hours=1)
    original, unchanged = place.captures(story)
    assert (unchanged.record_type, place.last(story).status) == (RecordType.REVISIT, 304)
    record = read_record(place.home.warcs, unchanged.location)
    assert record.get("WARC-Refers-To") == f"<{original.record_id}>"
    assert record.get("WARC-Refers-To-Target-URI") == story.url
    assert record.get("WARC-Profile").endswith("server-not-modified")
    assert record.block == b""
    after = place.article(story)
    assert after.last_seen > first.last_seen
    assert (after.versions, after.captures) == (1, 2)
    assert place.versions(story)[0].last_seen == after.last_seen


def test_an_identical_payload_is_a_revisit_with_its_own_head(place, herald, story):
    place.look()
    place.look(days=2)  # after a day the validators are not trusted any more, so the whole page comes
    original, same = place.captures(story)
    record = read_record(place.home.warcs, same.location)
    assert place.last(story).status == 200
    assert record.get("WARC-Profile").endswith("identical-payload-digest")
    assert record.get("WARC-Refers-To") == f"<{original.record_id}>"
    assert record.block.startswith(b"HTTP/1.1 200 OK\r\n")
    assert place.last(story).sighting == "unchanged"
    assert place.article(story).versions == 1


def test_an_outlet_that_lies_with_its_validators_is_found_out_within_a_day(place, herald, story):
    place.look()
    story.break_with("stale_validators")
    story.edit_silently("120 people", "12 people")
    assert place.look(hours=12) == []  # 304, and nobody can know
    assert kinds(place.look(hours=13)) == ["change"]


def test_another_template_around_the_same_words_is_no_change(place, herald, story):
    herald.publish_many(4)
    place.look()
    herald.redesign()
    assert kinds(place.look()) == ["notice"]  # once, of all of them
    assert place.look() == []
    assert all(article.versions == 1 for article in place.articles())


def test_a_new_extractor_reads_the_standing_words_anew_and_tells_no_change(place, story, monkeypatch):
    place.look()
    story.edit("120 people", "12 people")
    place.look()
    before = place.article(story)
    upgrade(monkeypatch)
    assert place.look(hours=1) == []  # by a 304: the page comes from the WARC
    assert (place.last(story).status, place.last(story).sighting) == (304, "unchanged")
    assert place.look(days=2) == []  # by the same bytes
    after = place.article(story)
    assert after.version_id != before.version_id
    assert (after.versions, len(place.changes())) == (2, 1)
    with place.reading() as connection:
        shown = memento.shown(connection, memento.article_at(connection, story.url))
    assert [version.number for _, version in shown] == [1, 2, 2, 2, 2]  # also what only the old one read

    story.edit("12 people", "13 people")
    [change] = place.look(days=1)
    assert change.text == "The number 12 became 13."
    assert place.versions(story)[-1].number == 3


def test_a_new_extractor_that_reads_other_words_tells_no_change_either(place, story, monkeypatch):
    place.look()
    upgrade(monkeypatch, "capitals")
    assert place.look(days=2) == []
    assert place.changes() == []


def test_moments_are_those_of_the_fetches(place, story):
    place.look()
    capture, version = place.captures(story)[0], place.versions(story)[0]
    article = place.article(story)
    assert capture.timestamp == version.first_seen == article.first_seen == place.last(story).began
    assert timedelta(minutes=20) < article.next_check - article.last_checked < timedelta(hours=1)
