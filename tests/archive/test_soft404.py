"""How an outlet says "not found" with status 200, and what only looks like it."""

from __future__ import annotations

import json
import tarfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import permutations
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.beside import shape, sibling
from archive.domain.fetched import FetchFacts
from archive.domain.identity import article_key
from archive.domain.model import Extraction, StructuredData
from archive.domain.sightings import sight
from archive.domain.soft404 import Answer, like_an_answer, tells_truly
from archive.domain.urls import InvalidUrl, normalise
from archive.extraction import extract
from benchmarks.corpus import ABSENT, CORPUS
from tests.strategies import ADDRESSES

LETTERS = "qwhzkcmvbxjtgpdnrylsfaeio"
AT = datetime(2026, 3, 2, tzinfo=UTC)
URL = "https://herald.example/world/2026/03/02/engineers-warned-of-cracks"
FURNITURE = (
    "Subscribe to our morning briefing and read what the city talks about before breakfast every single day"
)
NOTHING = (
    "We looked everywhere for what you asked for. Try the search above, or one of the stories that others read."
)


def page(text, title="Engineers warned of cracks", **structured):
    return Extraction(extractor="x", title=title, text=text, structured=StructuredData(**structured))


def answer(text="", title="", *, final_url="https://herald.example/world/2026/03/02/" + LETTERS, **more):
    given = {"status": 200, "at": AT, "shape": shape(URL)} | more
    url = "https://herald.example/world/2026/03/02/" + LETTERS
    return Answer(url=url, final_url=final_url, title=title, text=text, **given)


STORY = page(" ".join(f"word{n} of{n} story{n}" for n in range(60)) + " " + FURNITURE)


def like(found, *answers, known=STORY, final_url=URL):
    return like_an_answer(found, final_url, answers, known, redirected=final_url != URL)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, "herald.example/word/date/date/date/slug"),
        ("https://www.herald.example/sport/2025/12/30/seven-goals", "herald.example/word/date/date/date/slug"),
        ("https://herald.example/world/bridge-closed-4711234.html?utm_source=x", "herald.example/word/slug.html"),
        ("https://herald.example/news/50473792", "herald.example/word/number"),
        ("https://herald.example/news_view.html?idx=8576&page=1", "herald.example/slug.html?idx&page"),
        ("https://herald.example/?p=12", "herald.example/?p"),
        ("https://herald.example/2019/11/bridge/", "herald.example/date/date/slug/"),
        ("https://herald.example/a/engineers-warned-of-cracks/amp", "herald.example/word/slug/slug"),
    ],
)
def test_addresses_that_one_program_serves_have_one_shape(url, expected):
    assert shape(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, f"https://herald.example/world/2026/03/02/{LETTERS}"),
        ("https://herald.example/world/bridge-closed-4711234.html", f"/world/{LETTERS}-9"),
        ("https://herald.example/news/50473792", "/news/9"),
        ("https://herald.example/news_view.html?idx=8576&page=1", "/news_view.html?idx=9"),
        ("https://herald.example/?p=12", "herald.example/?p=9"),
        ("https://herald.example/4711234-bridge-closed/", f"-{LETTERS}/"),
        (
            "https://herald.example/50473792/bridge",
            f"/9{''.join(str(ord(c) % 10) for c in LETTERS)[:17]}/{LETTERS}",
        ),
    ],
)
def test_a_sibling_has_another_name_of_the_same_make(url, expected):
    assert expected in sibling(url, LETTERS)


@given(ADDRESSES, st.text("abcdefghijklmnopqrstuvwxyz", min_size=25, max_size=25))
def test_a_sibling_has_the_shape_of_its_brother_and_is_another_address(url, letters):
    try:
        made = sibling(url, letters)
    except InvalidUrl:
        return
    if letters not in url.lower():  # by chance one in 26^25 is
        assert article_key(made) != article_key(url)
    if urlsplit(normalise(url)).path.strip("/"):
        assert shape(made) == shape(url)


@pytest.mark.parametrize("letters", ["", "short", "not/a-name" * 3, "ü" * 25])
def test_letters_that_could_be_a_name_are_refused(letters):
    with pytest.raises(ValueError, match="20 letters"):
        sibling(URL, letters)


def test_the_page_that_the_outlet_shows_for_what_cannot_exist():
    assert like(page(NOTHING, "Herald"), answer(NOTHING, "Herald"))
    assert like(page(NOTHING + " " + FURNITURE, "Herald"), answer(NOTHING + " " + FURNITURE, "Herald"))


def test_what_all_pages_of_the_outlet_share_makes_none_of_them_alike():
    other = " ".join(f"strike{n} talks{n}" for n in range(12))
    assert not like(
        page(f"{FURNITURE} {other}", "Teachers call off strike"), answer(f"{FURNITURE} {NOTHING}", "Herald")
    )
    assert not like(page(FURNITURE), answer(FURNITURE + " " + NOTHING, "Not here"))


def test_two_pages_without_words_are_alike_by_their_title_only():
    assert like(page("", "Nothing here"), answer("", "Nothing here"))
    assert not like(page("", "Nothing here"), answer("", "Please wait"))
    assert not like(page(""), answer("", STORY.title))  # the article's own headline
    assert not like(page("", ""), answer("", ""))


def test_at_first_sight_a_page_that_claims_to_be_an_article_is_not_judged_by_furniture():
    assert not like(page(NOTHING, "Herald", og_type="article"), answer(NOTHING, "Herald"), known=None)
    assert like(page(NOTHING, "Herald"), answer(NOTHING, "Herald"), known=None)
    assert not like(page(NOTHING, "A story"), answer(NOTHING, "Herald"), known=None)


def test_the_place_where_dead_addresses_are_sent():
    sent = answer(final_url="https://herald.example/archive-search")
    assert "archive-search" in like(page("x"), sent, final_url="https://herald.example/archive-search")
    assert not like(page("x"), sent, final_url="https://herald.example/world/")
    assert not like(page("x"), sent)


@pytest.mark.parametrize("status", [404, 410, 503, None])
def test_an_answer_with_another_status_is_no_pattern(status):
    assert not like(page(NOTHING, "Herald"), answer(NOTHING, "Herald", status=status))


def test_the_latest_answer_says_whether_the_outlet_tells_truly():
    earlier, later = answer(status=200), answer(status=404, at=AT + timedelta(days=7))
    silent = answer(status=None, at=AT + timedelta(days=8))
    assert tells_truly([later, earlier, silent])
    assert not tells_truly([earlier, silent])
    assert not tells_truly([])


def seen(found, *answers, known=STORY):
    facts = FetchFacts(url=URL, final_url=URL, status=200, mime="text/html", extraction=found, siblings=answers)
    return sight(facts, known).kind


def test_an_outlet_that_tells_truly_is_not_held_to_its_phrases():
    says = page("The page that you look for could not be found.", "Page not found | Herald")
    assert seen(says) == "soft_404"
    assert seen(says, answer(status=200)) == "soft_404"
    assert seen(says, answer(status=404)) == "other_page"


def test_phrases_alone_never_suffice():
    """The words are there; or they are not, and there are far too many others."""
    title = "Page not found: how the web forgets"
    assert seen(page(STORY.text + " Page not found.", title)) == "present"
    long = page("Page not found. " + " ".join(f"web{n} forgets{n}" for n in range(200)), "Page not found | Herald")
    assert seen(long) == "other_page"


def test_no_article_of_the_corpus_is_like_another_page_of_its_host():
    """Each taken once for what the outlet answers to an address that cannot exist."""
    if not (CORPUS / "articles.jsonl").is_file():
        pytest.skip(ABSENT)
    rows = map(json.loads, (CORPUS / "articles.jsonl").read_text("utf-8").splitlines())
    hosts = defaultdict(list)
    for row in rows:
        hosts[urlsplit(row.get("url") or "").hostname].append(row)
    several = {
        row["page"]: row["url"] for host, found in hosts.items() if host and len(found) > 1 for row in found
    }
    with tarfile.open(CORPUS / "pages.tar.xz") as pages:
        read = {
            url: extract(pages.extractfile(name).read(), url=url, content_type="text/html")
            for name, url in several.items()
        }
    pairs = 0
    for one, other in permutations(read, 2):
        if urlsplit(one).hostname == urlsplit(other).hostname:
            pairs += 1
            found = Answer(
                shape="",
                url=other,
                at=AT,
                status=200,
                final_url=other,
                title=read[other].title,
                text=read[other].text,
            )
            facts = FetchFacts(url=one, final_url=one, status=200, extraction=read[one], siblings=(found,))
            assert sight(facts, None).kind != "soft_404", one
            lost = page(" ".join(f"lost{n}" for n in range(200)), "Lost")
            assert not like_an_answer(read[one], one, [found], lost, redirected=False), (one, other)
    assert pairs > 100
