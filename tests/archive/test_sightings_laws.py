"""Laws of sightings: whatever an answer holds, some things are never concluded from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.barriers import barrier
from archive.domain.model import Extraction, Presence, StructuredData, Trouble, Truncated
from archive.domain.sightings import KINDS, MEANINGS, SAME_STORY, FetchFacts, is_beginning, shared_words, sight
from archive.domain.soft404 import Answer
from archive.domain.standing import REASONS

DOCS = (Path(__file__).parents[2] / "docs" / "takedowns.md").read_text(encoding="utf-8")
URL = "https://herald.example/world/2026/03/02/engineers-warned-of-cracks"
ADDRESSES = (
    URL,
    "https://herald.example/",
    "https://herald.example/404",
    "https://herald.example/login?to=x",
    "https://herald.example/sport/2026/03/01/another-story-of-the-day",
    "https://other.example/x",
    "no address",
    "",
)
SENTENCES = (
    "Engineers warned the council of cracks in the old bridge two years before it was closed.",
    "Nobody answered the letters that they wrote, and the bridge stayed open to lorries.",
    "The page you are looking for could not be found.",
    "This article has been removed for legal reasons.",
    "Subscribe to continue reading.",
    "Checking your browser before accessing.",
    "Diese Seite wurde nicht gefunden.",
)
TEXTS = st.lists(st.sampled_from(SENTENCES), max_size=12).map("\n\n".join)
MAYBE_ADDRESS = st.none() | st.sampled_from(ADDRESSES)
PAGES = st.builds(
    Extraction,
    extractor=st.just("x"),
    title=st.sampled_from(
        ("", "Engineers warned of cracks", "Page not found", "404", "Retracted: Engineers", "Herald")
    ),
    text=TEXTS,
    published=st.none() | st.just(datetime(2026, 3, 2, tzinfo=UTC)),
    structured=st.builds(
        StructuredData,
        types=st.sampled_from(((), ("NewsArticle",))),
        free=st.sampled_from((None, True, False)),
        canonical=MAYBE_ADDRESS,
        og_url=MAYBE_ADDRESS,
        og_type=st.sampled_from((None, "article", "website")),
        robots=st.sampled_from((None, "noindex")),
    ),
)
ANSWERS = st.builds(
    Answer,
    shape=st.just(""),
    url=st.just("https://herald.example/world/2026/03/02/qwhzkcmvbx"),
    at=st.just(datetime(2026, 3, 1, tzinfo=UTC)),
    status=st.sampled_from((None, 200, 404, 503)),
    final_url=st.sampled_from(ADDRESSES),
    title=st.sampled_from(("", "Page not found", "Herald")),
    text=TEXTS,
)
MARKUP = st.sampled_from(
    (
        "",
        "<html><title>Just a moment...</title>",
        "<h1>Access denied</h1>",
        "<p>".join(SENTENCES),
        "<form>captcha</form>",
    )
)
FACTS = st.builds(
    FetchFacts,
    url=st.sampled_from(ADDRESSES),
    final_url=st.sampled_from(ADDRESSES),
    status=st.none() | st.sampled_from((200, 404, 410, 451, 403, 429, 503, 302)) | st.integers(100, 999),
    trouble=st.none() | st.sampled_from(list(Trouble)),
    truncated=st.none() | st.sampled_from(list(Truncated)),
    unchanged=st.booleans(),
    final_is_front=st.booleans(),
    final_is_wall=st.booleans(),
    final_is_elsewhere=st.booleans(),
    decoding_problem=st.sampled_from(("", "bad gzip")),
    extraction=st.none() | PAGES,
    headers=st.sampled_from(((), (("cf-mitigated", "challenge"),), (("Server", "AkamaiGHost"),))),
    markup=MARKUP,
    moved_before=st.booleans(),
    siblings=st.lists(ANSWERS, max_size=2).map(tuple),
    dead_ends=st.integers(0, 4),
    other=st.sampled_from(("", "Teachers call off their strike")),
)


@given(FACTS, st.none() | PAGES)
def test_any_facts_give_a_sighting_of_a_kind_that_is_known(facts, known):
    seen = sight(facts, known)
    assert KINDS[seen.kind] is seen.presence
    assert seen.why


@given(FACTS, st.none() | PAGES)
def test_what_did_not_arrive_as_a_whole_is_unreachable(facts, known):
    if facts.trouble is None and facts.truncated is None and facts.status is not None:
        facts = replace(facts, trouble=Trouble.TIMED_OUT)
    assert sight(facts, known).presence is Presence.UNREACHABLE


@given(FACTS, st.none() | PAGES)
def test_a_barrier_is_never_gone_and_never_there(facts, known):
    """But where the article's own words are there."""
    facts = replace(facts, trouble=None, truncated=None, status=facts.status or 200, unchanged=False)
    found = barrier(
        status=facts.status, headers=facts.headers, markup=facts.markup, url=facts.final_url, page=facts.extraction
    )
    words = known is not None and facts.extraction is not None and shared_words(known, facts.extraction) > 0
    if found is not None and found.sure and not words and facts.status not in (404, 410):
        assert sight(facts, known).presence in (Presence.BARRIER, Presence.UNREACHABLE)


@given(FACTS, PAGES, PAGES)
def test_where_most_of_the_known_words_are_the_article_is(facts, known, page):
    """Whatever the status and the marks, unless the answer was cut or is undecodable; a copy elsewhere is none."""
    facts = replace(
        facts,
        trouble=None,
        truncated=None,
        status=404 if facts.status != 200 else 200,
        decoding_problem="",
        final_is_elsewhere=False,
        extraction=page,
    )
    if known.text and shared_words(known, page) >= SAME_STORY:
        assert sight(facts, known).presence is Presence.PRESENT


@given(FACTS, PAGES)
def test_what_shows_a_beginning_only_says_so(facts, known):
    seen = sight(facts, known)
    if seen.kind in ("present", "moved") and facts.extraction is not None:
        assert not is_beginning(facts.extraction) or facts.extraction.title == known.title


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_words_also_in_the_documentation(kind):
    said = MEANINGS[kind]
    assert len(said.split()) >= 2
    assert f"| `{kind}` | {KINDS[kind].value} | {said} |" in DOCS


def test_what_may_lead_to_a_removal_is_all_that_is_gone():
    assert {kind for kind, presence in KINDS.items() if presence is Presence.GONE} == set(REASONS)
    assert {trouble.value for trouble in Trouble} <= {
        kind for kind, presence in KINDS.items() if presence is Presence.UNREACHABLE
    }
