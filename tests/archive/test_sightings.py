"""What one fetch says of an article. Most of it is: nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Extraction, Presence, StructuredData, Trouble, Truncated
from archive.domain.sightings import (
    MIN_WORDS,
    MIN_WORDS_CLAIMED,
    SAME_STORY,
    TEASER,
    FetchFacts,
    is_wall,
    shared_words,
    sight,
    word_count,
)

URL = "https://herald.example/world/bridge"
WORDS = tuple("engineers warned council of cracks in the old bridge two years before it was closed".split())  # noqa: SIM905


def page(text, title="Engineers warned of cracks", **structured):
    return Extraction(extractor="x", title=title, text=text, structured=StructuredData(**structured))


STORY = page(" ".join(f"{word}{n}" for n in range(10) for word in WORDS))
OTHER = page(" ".join(f"strike{n} talks{n}" for n in range(80)), "Teachers call off strike")


def see(known=STORY, **facts):
    return sight(FetchFacts(**{"url": URL, "final_url": URL, "status": 200, "mime": "text/html", **facts}), known)


def part(share):
    words = STORY.text.split()
    return " ".join(words[: round(len(words) * share)])


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_is_unreachable(trouble):
    seen = see(status=None, trouble=trouble, trouble_detail="so it is")
    assert (seen.presence, seen.kind) == (Presence.UNREACHABLE, trouble.value)
    assert seen.why.endswith(": so it is")
    assert len(see(status=None, trouble=trouble).why.split()) >= 3  # plain words, also where the wire has none


@pytest.mark.parametrize("cut", list(Truncated))
@pytest.mark.parametrize("status", [200, 404, 410, 403])
def test_what_was_cut_says_nothing_whatever_its_status(cut, status):
    assert see(status=status, truncated=cut, extraction=STORY).presence is Presence.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "presence", "kind"),
    [
        (404, Presence.GONE, "not_found"),
        (410, Presence.GONE, "gone"),
        (401, Presence.BARRIER, "login"),
        (402, Presence.BARRIER, "paywall"),
        (403, Presence.BARRIER, "forbidden"),
        (407, Presence.BARRIER, "proxy_login"),
        (429, Presence.BARRIER, "rate_limit"),
        (451, Presence.GONE, "legal"),
        (500, Presence.UNREACHABLE, "server_error"),
        (503, Presence.UNREACHABLE, "server_error"),
        (599, Presence.UNREACHABLE, "server_error"),
        (302, Presence.UNREACHABLE, "redirect"),
        (304, Presence.UNREACHABLE, "odd_status"),
        (204, Presence.UNREACHABLE, "odd_status"),
        (206, Presence.UNREACHABLE, "odd_status"),
        (418, Presence.UNREACHABLE, "odd_status"),
        (None, Presence.UNREACHABLE, "no_answer"),
    ],
)
@pytest.mark.parametrize("known", [None, STORY])
def test_by_status(status, presence, kind, known):
    seen = see(known, status=status)
    assert (seen.presence, seen.kind) == (presence, kind)
    assert seen.why


@given(st.integers(100, 999).filter(lambda status: status not in (200, 404, 410, 451)))
def test_only_404_410_and_451_say_by_themselves_that_it_is_gone(status):
    assert see(status=status).presence in (Presence.BARRIER, Presence.UNREACHABLE)


@pytest.mark.parametrize(
    ("found", "facts", "presence", "kind"),
    [
        (STORY, {}, Presence.PRESENT, "present"),
        (page(part(0.9)), {}, Presence.PRESENT, "present"),
        (page(part(0.6), "Another headline"), {}, Presence.PRESENT, "present"),
        (page(part(0.5), "Another headline"), {}, Presence.BARRIER, "other_page"),
        (page(part(0.5)), {}, Presence.PRESENT, "present"),  # rewritten under the same headline
        (OTHER, {}, Presence.BARRIER, "other_page"),
        (page("This story was removed."), {}, Presence.GONE, "retracted"),
        (page("Most read today"), {}, Presence.GONE, "emptied"),
        (page(""), {}, Presence.GONE, "emptied"),
        (OTHER, {"final_is_front": True}, Presence.GONE, "redirected"),
        (STORY, {"final_is_front": True}, Presence.PRESENT, "present"),  # its words are there
        (
            OTHER,
            {"final_is_wall": True, "final_url": "https://herald.example/login?to=bridge"},
            Presence.BARRIER,
            "login",
        ),
        (
            page(""),
            {"final_is_wall": True, "final_url": "https://herald.example/consent"},
            Presence.BARRIER,
            "consent",
        ),
        (
            STORY,
            {"final_is_wall": True, "final_url": "https://herald.example/consent"},
            Presence.PRESENT,
            "present",
        ),
        (STORY, {"final_is_elsewhere": True}, Presence.BARRIER, "elsewhere"),
        (page(part(0.1), free=False), {}, Presence.BARRIER, "paywall"),
        (page(part(0.7), free=False), {}, Presence.PRESENT, "in_part"),  # it was free before
        (page(part(0.95), free=False), {}, Presence.PRESENT, "present"),
        (None, {}, Presence.BARRIER, "no_page"),
        (STORY, {"decoding_problem": "bad gzip"}, Presence.UNREACHABLE, "undecodable"),
        (STORY, {"unchanged": True}, Presence.PRESENT, "unchanged"),
    ],
)
def test_against_the_known_words(found, facts, presence, kind):
    seen = see(extraction=found, **facts)
    assert (seen.presence, seen.kind) == (presence, kind)


def test_an_article_that_was_never_free_may_be_edited():
    known = page(STORY.text, free=False)
    assert see(known, extraction=page(part(0.8), free=False)).presence is Presence.PRESENT
    assert see(known, extraction=page(part(0.3), free=False)).kind == "paywall"


@pytest.mark.parametrize(
    ("words", "structured", "presence"),
    [
        (MIN_WORDS, {}, Presence.PRESENT),
        (MIN_WORDS - 1, {}, Presence.BARRIER),
        (MIN_WORDS_CLAIMED, {"types": ("NewsArticle",)}, Presence.PRESENT),
        (MIN_WORDS_CLAIMED, {"og_type": "article"}, Presence.PRESENT),
        (MIN_WORDS_CLAIMED - 1, {"og_type": "article"}, Presence.BARRIER),
        (MIN_WORDS_CLAIMED, {"og_type": "website"}, Presence.BARRIER),
        (TEASER - 1, {"free": False, "og_type": "article"}, Presence.PRESENT),
        (MIN_WORDS_CLAIMED - 1, {"free": False, "og_type": "article"}, Presence.BARRIER),
        (TEASER, {"free": False}, Presence.PRESENT),
        (MIN_WORDS, {"free": True}, Presence.PRESENT),
    ],
)
def test_at_first_sight(words, structured, presence):
    found = page(" ".join(f"word{n}" for n in range(words)), **structured)
    assert see(None, extraction=found).presence is presence


def test_at_first_sight_a_front_page_is_no_article():
    assert see(None, extraction=STORY, final_is_front=True).kind == "redirected"
    assert see(None, extraction=STORY, final_is_wall=True).kind == "login"


@pytest.mark.parametrize(
    ("path", "wall"),
    [
        ("/login", True),
        ("/login?return=/world/bridge", True),
        ("/en/sign-in/", True),
        ("/consent.html", True),
        ("/subscribe/offer", True),
        ("/privacy-wall", True),
        ("/world/login-data-of-millions-stolen", False),
        ("/consentful-technology-is-here", False),
        ("/world/2026/privacy", False),
        ("/", False),
    ],
)
def test_addresses_of_walls(path, wall):
    assert is_wall(f"https://herald.example{path}") is wall


@given(st.lists(st.sampled_from(WORDS), max_size=40), st.lists(st.sampled_from(WORDS), max_size=40))
def test_shares_are_shares(one, other):
    a, b = page(" ".join(one), "A"), page(" ".join(other), "B")
    assert 0 <= shared_words(a, b) <= 1
    assert shared_words(a, a) == 1
    assert shared_words(a, page(" ".join(one + other))) == (1 if one else 0)


def test_words_of_any_script_are_counted():
    assert word_count("Kürt dili; اللغة العربية — 12 слов.") == 6


def test_the_threshold_lies_between_what_was_measured():
    """Different stories of one outlet share 55 % or more in 1.3 % of pairs; real edits keep 65 % or more."""
    assert 0.5 < SAME_STORY < 0.64
