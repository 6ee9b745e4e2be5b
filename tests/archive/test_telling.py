"""Which events a rule takes: by place, by change, by standing; words in any script; laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Standing
from archive.domain.rules import KINDS, OUTAGES, Event, Rule, What
from archive.domain.telling import STRETCHES, holds, matches, packed, unpacked

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
FRONT = "http://herald.example/"
STORY = "http://herald.example/story"


def event(what=What.CHANGE, **known) -> Event:
    return Event(**{"what": what, "id": 1, "at": AT, "text": "", "url": STORY, "outlet": "herald", **known})


def rule(**wanted) -> Rule:
    return Rule(name="desk", channels=("desk",), **wanted)


CHANGE = event(kinds=("headline", "numbers"), weight=0.6, stealth=True, removed="twelve dead", added="nine dead")
TAKEDOWN = event(What.STANDING, standing="taken_down", before="missing", reason="not_found")
REDESIGN = event(What.NOTICE, kinds=("redesign",), mark="redesign", url=FRONT)
REMOVAL = event(What.NOTICE, kinds=("mass_removal",), mark="mass_removal", url=FRONT)
SILENCE = event(What.WATCH, kinds=("watch",), mark="silent", url="", outlet="")
EVENTS = {"change": CHANGE, "takedown": TAKEDOWN, "redesign": REDESIGN, "removal": REMOVAL, "silence": SILENCE}

#: What a rule wants, and what of the five it is told.
ABOUT = [
    ({}, "change takedown redesign removal silence"),
    ({"outlets": ("herald",)}, "change takedown redesign removal"),
    ({"outlets": ("post", "herald")}, "change takedown redesign removal"),
    ({"outlets": ("post",)}, ""),
    ({"articles": (STORY,)}, "change takedown"),
    ({"articles": ("http://herald.example/other",)}, ""),
    ({"min_weight": 0.5}, "change"),
    ({"min_weight": 0.7}, ""),
    ({"stealth": True}, "change"),
    ({"kinds": ("numbers",)}, "change"),
    ({"kinds": ("quotation",)}, ""),
    ({"removed": ("twelve",)}, "change"),
    ({"removed": ("nine",)}, ""),
    ({"removed": ("twelve",), "added": ("nine",)}, "change"),
    ({"removed": ("twelve",), "added": ("ten",)}, ""),
    ({"kinds": ("headline",), "min_weight": 0.7}, ""),
    ({"standings": ("taken_down",)}, "takedown removal"),
    ({"standings": ("live",)}, ""),
    ({"standings": ("missing",)}, "removal"),
    ({"standings": ("taken_down",), "kinds": ("headline",)}, "change takedown removal"),
    ({"standings": ("taken_down",), "min_weight": 0.9}, "takedown removal"),
    ({"kinds": ("redesign",)}, "redesign"),
    ({"kinds": ("mass_removal", "headline")}, "change removal"),
    ({"kinds": ("watch",)}, "silence"),
    ({"kinds": ("watch",), "outlets": ("herald",)}, ""),
]


@pytest.mark.parametrize(("wanted", "told"), ABOUT)
def test_a_rule_is_about(wanted, told):
    assert [name for name, one in EVENTS.items() if matches(rule(**wanted), one)] == told.split()


def test_an_article_is_known_by_any_of_its_addresses():
    old = "http://herald.example/old-address"
    assert not matches(rule(articles=(old,)), CHANGE)
    assert matches(rule(articles=(old,)), replace(CHANGE, addresses=frozenset({old})))


def test_tags_and_dossiers_are_of_the_article():
    tagged = replace(CHANGE, tags=frozenset({"election", "dossier:flood"}))
    assert matches(rule(tags=("war", "election")), tagged)
    assert matches(rule(dossiers=("flood",)), tagged)
    assert matches(rule(tags=("election",), dossiers=("flood",)), tagged)
    assert not matches(rule(tags=("election",), dossiers=("fire",)), tagged)
    assert not matches(rule(dossiers=("election",)), tagged)


def test_an_outage_concerns_whoever_watches_one_of_the_articles_and_a_redesign_does_not():
    concerned = frozenset({STORY})
    assert matches(rule(articles=(STORY,)), replace(REMOVAL, addresses=concerned))
    assert matches(rule(articles=(STORY,), standings=("taken_down",)), replace(REMOVAL, addresses=concerned))
    assert not matches(rule(articles=(STORY,)), replace(REDESIGN, addresses=concerned))
    assert matches(rule(tags=("war",)), replace(REMOVAL, tags=frozenset({"war"})))
    assert not matches(rule(tags=("war",)), REMOVAL)


def test_every_standing_that_an_outage_tells_of_is_one():
    assert {standing for told in OUTAGES.values() for standing in told} <= set(Standing)


# Words.

WORDS = [
    ("Ministers deny it", "ministers", True),
    ("Ministers deny it", "minister", False),  # whole words
    ("Ministers deny it", "minister*", True),
    ("Ministers deny it", "DENY IT", True),
    ("Ministers deny it", "deny  it", True),
    ("Ministers deny it", "it deny", False),
    ("the minister's house", "minister", True),
    ("the minister’s house", "minister's", True),
    ("l'homme armé", "homme", True),
    ("l’homme armé", "ARME\N{COMBINING ACUTE ACCENT}", True),  # canonical form
    ("l’homme armé", "arme", False),  # an accent is a letter's own
    ("GROSSE STRASSE", "große straße", True),
    ("Covid‑19", "covid-19", True),
    ("İSTANBUL", "istanbul", True),
    ("ΟΔΥΣΣΕΥΣ", "οδυσσευς", True),
    ("习近平主席访问", "主席", True),  # no spaces: any part is a word
    ("президента сняли", "президент", False),
    ("президента сняли", "президент*", True),
    ("killed 12 people", "12", True),
    ("killed 120 people", "12", False),
    ("he was\nkilled", "was killed", False),  # two stretches
    ("so­ft hyphen", "soft", True),
    ("", "soft", False),
]


@pytest.mark.parametrize(("text", "wanted", "found"), WORDS)
def test_words_are_whole_and_found_in_any_spelling(text, wanted, found):
    assert holds(text, [wanted]) is found


@given(st.lists(st.text(min_size=1), max_size=4), st.text())
def test_what_holds_one_of_some_words_holds_one_of_more(wanted, text):
    assert not holds(text, wanted) or holds(text, [*wanted, "more"])


# Laws.

outlets = st.sampled_from(["herald", "post"])
tags = st.sampled_from(["war", "election", "dossier:flood"])
kinds = st.sampled_from(["headline", "numbers", "typo", "redesign", "mass_removal", "watch"])
standings = st.sampled_from(list(Standing))
addresses = st.sampled_from([STORY, "http://herald.example/other"])
texts = st.lists(st.sampled_from(["twelve", "nine", "dead"]), max_size=3).map(" ".join)


def some(of) -> st.SearchStrategy[tuple]:
    return st.lists(of, max_size=2, unique=True).map(tuple)


events = st.builds(
    event,
    st.sampled_from(What),
    outlet=outlets,
    url=addresses,
    tags=st.frozensets(tags),
    kinds=some(kinds),
    weight=st.floats(0, 1),
    stealth=st.booleans(),
    removed=texts,
    added=texts,
    standing=standings,
)
WHERE = {"outlets": outlets, "articles": addresses, "tags": tags, "dossiers": st.just("flood")}
WHICH = {"kinds": kinds, "removed": st.just("twelve"), "added": st.just("nine")}
LISTS = {**WHERE, **WHICH, "standings": standings}
rules = st.builds(
    rule, min_weight=st.floats(0, 1), stealth=st.booleans(), **{name: some(of) for name, of in LISTS.items()}
)


@given(rules, events, st.data())
def test_one_more_name_in_a_list_takes_nothing_away(one, of, data):
    name = data.draw(st.sampled_from([name for name in LISTS if getattr(one, name)] or ["outlets"]))
    if getattr(one, name):
        more = replace(one, **{name: (*getattr(one, name), data.draw(LISTS[name]))})
        assert not matches(one, of) or matches(more, of)


@given(rules, events, st.data())
def test_a_place_that_is_given_where_none_was_adds_nothing(one, of, data):
    name = data.draw(st.sampled_from(list(WHERE)))
    wide = replace(one, **{name: ()})
    narrow = replace(one, **{name: (data.draw(WHERE[name]),)})
    assert not matches(narrow, of) or matches(wide, of)


@given(rules, events, st.floats(0, 1))
def test_a_greater_least_weight_adds_nothing(one, of, weight):
    low, high = sorted((one.min_weight, weight))
    if low:  # with none it may be about everything
        assert not matches(replace(one, min_weight=high), of) or matches(replace(one, min_weight=low), of)


@given(rules, events)
def test_without_conditions_of_what_all_of_a_place_is_told(one, of):
    place = replace(one, kinds=(), min_weight=0.0, stealth=False, removed=(), added=(), standings=())
    assert not matches(one, of) or matches(place, of)


@given(rules, events)
def test_a_rule_about_changes_alone_tells_of_no_standing(one, of):
    if one.picks_changes and not one.standings and of.what is What.STANDING:
        assert not matches(one, of)


@given(rules, events)
def test_a_rule_about_standings_alone_tells_of_no_change(one, of):
    if one.standings and not one.picks_changes and of.what is What.CHANGE:
        assert not matches(one, of)


# Kept.


@given(events)
def test_an_event_is_kept_and_read_again(one):
    assert unpacked(packed(one)) == one
    assert unpacked(packed(one)).subject == one.subject


def test_long_stretches_are_cut_where_they_are_kept():
    assert len(packed(replace(CHANGE, removed="x" * 100_000))["removed"]) == STRETCHES


def test_a_subject_tells_events_apart_and_knows_no_ids():
    others = [
        replace(CHANGE, mark="00"),
        replace(CHANGE, at=AT.replace(hour=9)),
        replace(CHANGE, url="http://herald.example/other"),
        TAKEDOWN,
        REDESIGN,
        REMOVAL,
        SILENCE,
    ]
    assert len({one.subject for one in (CHANGE, *others)}) == len(others) + 1
    assert replace(CHANGE, id=2, text="in other words", title="anew").subject == CHANGE.subject


def test_kinds_of_rules_are_named_once():
    assert len(set(KINDS)) == len(KINDS)
