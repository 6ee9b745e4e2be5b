"""Facts of one fetch → what it says of the article's presence.

Pure. Knows status codes, redirects and words; knows neither time nor history beyond the article's
last known wording. A page that is *replaced* by something else (a wall, the home page, another
story) is a sighting and never an edit.

    no whole answer → unreachable
    the known words are there → present, whatever else the answer says
    marks of a wall, a challenge, a block → barrier
    404, 410, 451, a front page, a notice, nothing → gone
    what nobody understands → barrier, for silence is the smaller harm
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import regex

from archive.domain.answers import of_cut, of_status, of_trouble, unreachable
from archive.domain.barriers import barrier
from archive.domain.fetched import MARKUP, FetchFacts
from archive.domain.fronts import front
from archive.domain.identity import identity
from archive.domain.meanings import KINDS, MEANINGS, seen
from archive.domain.model import Extraction, Sighting
from archive.domain.notfound import NOTHING_HERE, title_says
from archive.domain.pages import (
    MIN_WORDS,
    MIN_WORDS_CLAIMED,
    SAME_STORY,
    TEASER,
    beginning_of,
    claims_article,
    is_beginning,
    is_own,
    names_a_story,
    names_itself,
    opens_up,
    same_address,
    shared_words,
    shows_less,
    word_count,
)
from archive.domain.replaced import replaced
from archive.domain.retractions import reads_as_notice
from archive.domain.soft404 import like_an_answer, tells_truly
from archive.domain.urls import InvalidUrl

__all__ = [
    "KINDS", "MARKUP", "MEANINGS", "MIN_WORDS", "MIN_WORDS_CLAIMED", "SAME_STORY", "TEASER", "FetchFacts",
    "claims_article", "is_beginning", "is_wall", "opens_up", "shared_words", "shows_less", "sight", "word_count",
]  # fmt: skip

#: Where readers are sent instead of a story: the first part of the path. A consent wall can be long.
_WALLS: Final = {
    "login": r"log-?in|sign-?in|sign-?up|sso|auth|oauth2?|account|register|registration",
    "consent": r"consent|cookie|cookies|cookiewall|privacy|gdpr",
    "paywall": r"subscribe|subscription|paywall",
    "bot_challenge": r"captcha|challenge",
    "forbidden": r"blocked",
}
_WALL = regex.compile(
    r"/(?:[a-z]{2}/)?(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _WALLS.items()) + r")(?:[/._-]|$)",
    regex.IGNORECASE,
)


def sight(facts: FetchFacts, known: Extraction | None) -> Sighting:
    """Judge one fetch of an article whose last known wording is `known` (None before the first)."""
    if facts.trouble is not None:
        return of_trouble(facts.trouble, facts.trouble_detail)
    if facts.truncated is not None:
        return of_cut(facts.truncated)
    if facts.status is None:
        return unreachable("no_answer", "no answer could be read")
    if facts.unchanged:
        return seen("unchanged", "the very bytes seen before")
    if facts.decoding_problem and facts.status == 200:
        return unreachable("undecodable", f"the page's bytes cannot be decoded: {facts.decoding_problem}")
    page = facts.extraction if facts.status in (200, 404, 410) else None
    if facts.final_is_elsewhere:
        return seen("elsewhere", f"redirected to another site, {facts.final_url}")
    there = _there(facts, page, known) if page is not None else None
    return there or _barred(facts, page, known) or _by_status(facts) or _by_words(facts, page, known)


def _there(facts: FetchFacts, page: Extraction, known: Extraction | None) -> Sighting | None:
    """The article's words are there, whatever the status and the marks around them."""
    despite = "" if facts.status == 200 else f", although the status is {facts.status}"
    if known is None:
        own = bool(despite) and claims_article(page) and is_own(page, facts.url) and not facts.redirected
        if own and word_count(page.text) >= MIN_WORDS and not title_says(page.title) and not is_beginning(page):
            return seen("present", f"the page holds a story{despite}")
        return None
    share = shared_words(known, page)
    if shows_less(known, page):
        if share >= SAME_STORY or _begins(known, page):
            return seen("in_part", f"not free any more: {share:.0%} of the known words can be read{despite}")
        return None
    if share < SAME_STORY:
        return None
    if is_beginning(page):
        return seen("in_part", f"the beginning that is known can be read: {share:.0%} of its words{despite}")
    address = _new_address(facts, page, known)
    if address:
        return seen("moved", f"{share:.0%} of the known words are there, at {address}{despite}")
    return seen("present", f"{share:.0%} of the known words are there{despite}")


def _begins(known: Extraction, page: Extraction) -> bool:
    """Whether a page shows a true beginning of the known text, and enough of it.

    The first 150 words of all 214 longer stories among our labelled pages do; of 196 pairs of two stories of one
    host, cut to 200 words, none shares more than 29 words in this way.
    """
    held = beginning_of(known, page)
    return held >= TEASER and held * 2 >= word_count(page.text)


def _new_address(facts: FetchFacts, page: Extraction, known: Extraction) -> str:
    """Where the words stand now, if that is another of the article's addresses; else empty.

    A page that always named that address, or that only names one which is another article's, did not move.
    """
    if facts.moved_before or facts.final_is_front or facts.final_is_wall:
        return ""
    said = page.structured
    try:
        found = identity(facts.url, facts.final_url, said.canonical, said.og_url, outlet_domains=facts.domains).url
    except InvalidUrl:
        return ""
    if same_address(found, facts.url):
        stays = any(same_address(each, facts.url) for each in names_itself(page))
        return facts.final_url if facts.redirected and not stays and names_a_story(facts.final_url) else ""
    before = any(same_address(found, each) for each in names_itself(known))
    return "" if not facts.redirected and (before or facts.other) else found


def _barred(facts: FetchFacts, page: Extraction | None, known: Extraction | None) -> Sighting | None:
    """Something stands between, by its marks or by the address of the wall."""
    assert facts.status is not None
    found = barrier(
        status=facts.status, headers=facts.headers, markup=facts.markup, url=facts.final_url, page=facts.extraction
    )
    if found is not None and (found.sure or known is not None or not _is_story(page)):
        return seen(found.kind, found.why)
    if page is not None and known is not None and shows_less(known, page):
        return seen(
            "paywall", f"not free any more: {shared_words(known, page):.0%} of the known words can be read"
        )
    if facts.final_is_wall and facts.status == 200:
        return seen(wall(facts.final_url) or "login", f"redirected to a login or consent page, {facts.final_url}")
    return None


def _is_story(page: Extraction | None) -> bool:
    return page is not None and claims_article(page) and word_count(page.text) >= MIN_WORDS


def _by_status(facts: FetchFacts) -> Sighting | None:
    """What the status says; None of a page with status 200."""
    assert facts.status is not None
    if facts.status == 200:
        return None
    return of_status(facts.status, facts.headers)


def _by_words(facts: FetchFacts, page: Extraction | None, known: Extraction | None) -> Sighting:
    """What a page with status 200 says that shows none of the known words."""
    if page is None:
        return seen("no_page", f"not a page to read ({facts.mime or 'no type'})")
    return _at_first(facts, page) if known is None else replaced(facts, page, known)


def _at_first(facts: FetchFacts, page: Extraction) -> Sighting:
    """A page at an address where nothing was read before: a story, or what stands in the place of one."""
    if facts.final_is_front:
        return seen("redirected", f"redirected to a front page, {facts.final_url}")
    like = like_an_answer(page, facts.final_url, facts.siblings, None, redirected=facts.redirected)
    if like:
        return seen("soft_404", like)
    words, claims = word_count(page.text), claims_article(page)
    if not claims and words < NOTHING_HERE and title_says(page.title) and not tells_truly(facts.siblings):
        return seen("soft_404", f"the page says that there is none, {page.title!r}, and holds no story")
    if words < NOTHING_HERE and words < MIN_WORDS and reads_as_notice(page.title, page.text):
        return seen("retracted", "a few words say that the story was taken back")
    listing = front(facts.final_url or facts.url, page, facts.markup)
    if listing:
        return seen("redirected", listing)
    if words < (MIN_WORDS_CLAIMED if claims else MIN_WORDS):
        return seen("no_text", "the page holds no story to read")
    if is_beginning(page):
        return seen("in_part", "the page says that it is not free; its beginning is there")
    return seen("present", "the page holds a story")


def is_wall(url: str) -> bool:
    """Whether `url` spells a login, consent or subscription page."""
    return wall(url) != ""


def wall(url: str) -> str:
    """The kind of wall that `url` spells; empty where it spells none."""
    found = _WALL.match(urlsplit(url).path)
    return (found.lastgroup or "") if found else ""
