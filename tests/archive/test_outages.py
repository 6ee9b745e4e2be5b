"""What fails together, told from what is removed one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Presence
from archive.domain.outages import ENOUGH, Look, Outage, assess, end_sentence, sentence
from archive.domain.standing import Rules

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = Rules()
GONE, WALL = (Presence.GONE, "not_found"), (Presence.BARRIER, "bot_challenge")
MUTE = (Presence.UNREACHABLE, "tls_failed")


def at(hours):
    return START + timedelta(hours=hours)


class Watched:
    """An outlet as it is looked at: every look is kept, and what is held of it follows each."""

    def __init__(self, articles, rules=RULES):
        self.rules, self.outage, self.ended, self.told = rules, None, None, []
        self.looks = {}
        for number in range(1, articles + 1):
            self.look(number, -24 + number / 100)

    def look(self, article, hours, found=None):
        """Look at one article; `found` is presence and kind, None: it is there."""
        now, last = at(hours), self.looks.get(article)
        presence, kind = found or (Presence.PRESENT, "present")
        there = presence is Presence.PRESENT
        self.looks[article] = Look(
            article_id=article,
            at=now,
            presence=presence,
            kind=kind,
            seen=now if there else last.seen,
            away=None if there else (last.away or now),
        )
        before = self.outage
        self.outage = assess(before, self.looks.values(), now, ended=self.ended, rules=self.rules)
        if before is None and self.outage is not None:
            self.told.append(sentence(self.outage))
        if before is not None and self.outage is None:
            self.ended = now
            self.told.append(end_sentence(before))

    def watch(self, hours, failing=None):
        """One pass over all; those in `failing` (number → what is found) are not there."""
        for number in list(self.looks):
            self.look(number, hours + number / 1000, (failing or {}).get(number))

    def all_fail(self, hours, found):
        self.watch(hours, dict.fromkeys(self.looks, found))


@pytest.mark.parametrize("found", [GONE, WALL, MUTE, (Presence.GONE, "redirected")])
@pytest.mark.parametrize("articles", [3, 4, 5, 40, 300])
def test_an_outage_is_one_thing_and_ends(articles, found):
    outlet = Watched(articles)
    outlet.all_fail(0, found)
    assert outlet.outage is not None
    assert not outlet.outage.mass
    assert (outlet.outage.presence, outlet.outage.kind) == found
    assert outlet.outage.failed == outlet.outage.looked == articles
    outlet.all_fail(6, found)
    outlet.watch(12)
    assert outlet.outage is None
    outlet.watch(18)
    assert len(outlet.told) == 2


@pytest.mark.parametrize("articles", [1, 2])
def test_two_articles_are_no_outage(articles):
    outlet = Watched(articles)
    for hours in (0, 6, 12, 24):
        outlet.all_fail(hours, GONE)
    assert outlet.outage is None


def test_four_of_many_are_no_outage():
    outlet = Watched(30)
    outlet.watch(0, dict.fromkeys(range(1, 5), MUTE))
    assert outlet.outage is None


def test_six_removed_one_by_one_are_no_outage_though_nothing_else_is_left():
    outlet = Watched(6)
    for day in range(6):
        for hours in (0, 8, 16):
            outlet.watch(24 * day + hours, dict.fromkeys(range(1, day + 2), GONE))
    assert outlet.told == []


def test_six_removed_together_while_as_many_are_there_are_a_mass_removal():
    outlet = Watched(12)
    for hours in (0, 4, 8, 12):
        outlet.watch(hours, dict.fromkeys(range(1, 7), GONE))
    assert outlet.outage is not None
    assert outlet.outage.mass
    assert outlet.outage.failed == 6


def test_two_pages_of_a_hundred_that_fail_are_nothing_to_tell():
    outlet = Watched(300)
    for hours in range(0, 200, 4):
        outlet.watch(hours, dict.fromkeys(range(1, 1 + hours // 24), GONE))
    assert outlet.told == []


def test_a_cleared_archive_is_an_outage_until_others_are_seen_and_then_a_mass_removal():
    outlet = Watched(100)
    removed = dict.fromkeys(range(1, 91), (Presence.GONE, "redirected"))
    outlet.watch(0, removed)
    assert outlet.outage is not None
    for hours in range(4, 24, 4):
        outlet.watch(hours, removed)
    assert outlet.outage.mass
    assert outlet.outage.failed == 90
    assert outlet.outage.holds(outlet.looks[1].seen, outlet.looks[1].away)
    assert not outlet.outage.holds(outlet.looks[95].seen, None)
    assert outlet.outage.covers(at(50))
    assert not outlet.outage.holds(at(48), at(50))  # a removal of its own
    assert outlet.told == [outlet.told[0]]
    for number in range(1, 91):  # they are taken down, and their looks no part of it any more
        del outlet.looks[number]
    outlet.watch(100)
    assert outlet.outage is None


def test_what_was_gone_before_is_no_part_of_a_mass_removal():
    outlet = Watched(40)
    for hours in (0, 4, 8, 12, 16, 20):
        outlet.watch(hours, dict.fromkeys([1, *(range(20, 41) if hours else ())], GONE))
    assert outlet.outage.mass
    assert outlet.outage.failed == 21
    assert not outlet.outage.holds(outlet.looks[1].seen, outlet.looks[1].away)


def test_a_wall_that_lets_some_through_is_no_removal():
    outlet = Watched(40)
    outlet.all_fail(0, WALL)
    for hours in range(4, 100, 4):
        outlet.watch(hours, dict.fromkeys(range(1, 31), WALL))
        assert outlet.outage is not None
        assert not outlet.outage.mass


def test_an_outlet_of_which_nothing_was_seen_for_a_fortnight_is_offline():
    outlet = Watched(10)
    for day in range(13):
        outlet.all_fail(24 * day, MUTE)
        assert outlet.outage.offline is None
    outlet.all_fail(24 * 14, GONE)  # parked: whatever is answered, it is not the outlet
    assert outlet.outage.offline is not None
    assert "Offline" in sentence(outlet.outage)
    outlet.watch(24 * 20)
    assert outlet.outage is None


def test_a_slow_death_ends_offline():
    outlet = Watched(6)
    for day in range(24):
        outlet.watch(24 * day, dict.fromkeys(range(1, day + 1), GONE))
    assert outlet.outage.offline is not None


def test_one_article_and_its_front_page_can_be_offline():
    outlet = Watched(1)
    outlet.look(0, -1)
    for day in range(16):
        outlet.all_fail(24 * day, (Presence.BARRIER, "parked_domain"))
    assert outlet.outage.offline is not None


def test_a_restart_of_a_server_is_held_back_and_not_worth_telling():
    outlet = Watched(30)
    outlet.all_fail(0, MUTE)
    assert not outlet.outage.is_worth_telling(at(0.5), RULES)
    assert outlet.outage.is_worth_telling(at(1.1), RULES)


def test_sentences():
    outage = Outage(began=START, presence=Presence.GONE, kind="not_found", failed=1200, looked=1300)
    assert sentence(outage) == (
        "Outage: 1,200 of the 1,300 articles looked at since 2026-03-02 08:00 UTC are not there (gone: not found)."
        " Nothing is held to be taken down before it is over."
    )


FOUND = st.sampled_from([None, None, GONE, WALL, MUTE])


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(1, 12), st.integers(0, 40), FOUND), max_size=60))
def test_what_is_held_of_an_outlet_rests_on_what_was_seen(articles, history):
    outlet, now = Watched(articles), 0
    for article, hours, found in history:
        if article > articles:
            continue
        now += hours
        outlet.look(article, now, found)
        held = outlet.outage
        if held is None:
            continue
        assert held.failed <= held.looked
        assert held.began <= at(now)
        assert held.failed >= min(ENOUGH, articles, 3) or held.offline
        if held.offline:
            assert at(now) - max(look.seen for look in outlet.looks.values()) >= RULES.offline_after
