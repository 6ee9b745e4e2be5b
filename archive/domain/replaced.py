"""A page at an article's address that shows few of its known words: what took their place. Pure.

What is sure to be no story in the article's place is gone: a front page, what the outlet answers to addresses that
cannot exist, a page that says "not found", a notice, another article, nothing. Phrases never suffice alone: the
known words are lost, and few words are there. What is not understood is another page, which says nothing.
"""

from __future__ import annotations

from typing import Final

from archive.domain.fetched import FetchFacts
from archive.domain.fronts import front
from archive.domain.meanings import seen
from archive.domain.model import Extraction, Sighting
from archive.domain.notfound import NOTHING_HERE, address_says, text_says, title_says
from archive.domain.pages import (
    MIN_WORDS,
    MIN_WORDS_CLAIMED,
    claims_article,
    is_own,
    lies_in,
    names_a_story,
    names_itself,
    same_address,
    shared_words,
    word_count,
)
from archive.domain.retractions import WORDS as NOTICE
from archive.domain.retractions import reads_as_notice
from archive.domain.soft404 import like_an_answer, tells_truly

#: Other articles whose redirects end at one address make it a place where dead addresses are sent. One may have
#: been merged with this one.
DEAD_ENDS: Final = 2


def replaced(facts: FetchFacts, page: Extraction, known: Extraction) -> Sighting:
    """A page that shows few of the known words: what took their place."""
    share = shared_words(known, page)
    if facts.final_is_front:
        return seen("redirected", f"redirected to a front page, {facts.final_url}")
    if lies_in(facts.markup, known):
        return seen("no_text", "the known words are in the page's source, but not where a reader finds them")
    like = like_an_answer(page, facts.final_url, facts.siblings, known, redirected=facts.redirected)
    if like:
        return seen("redirected" if facts.redirected else "soft_404", like)
    return (
        _says_nothing_is_here(facts, page, known)
        or _taken_back(facts, page, known)
        or _another(facts, page)
        or _emptied(facts, page, known)
        or _rewritten(facts, page, known, share)
        or seen("other_page", f"another text stands there: only {share:.0%} of the known words are left")
    )


def _says_nothing_is_here(facts: FetchFacts, page: Extraction, known: Extraction) -> Sighting | None:
    """The page says "not found", and the known words are gone. An outlet that says so by its status means it."""
    if facts.redirected and address_says(facts.final_url):
        return seen("soft_404", f"redirected to a page for what is not there, {facts.final_url}")
    if tells_truly(facts.siblings) or word_count(page.text) >= 2 * NOTHING_HERE:
        return None
    if title_says(page.title) and page.title != known.title:
        return seen("soft_404", f"the page says that there is none: {page.title!r}")
    if word_count(page.text) < NOTHING_HERE and page.title != known.title and text_says(page.text):
        return seen("soft_404", "the page says that there is none, in the few words that it has")
    return None


def _taken_back(facts: FetchFacts, page: Extraction, known: Extraction) -> Sighting | None:
    """A notice on the article's own page: most of its words are gone, few words are there, and they say why."""
    words = word_count(page.text)
    if words >= NOTICE or words * 2 >= max(word_count(known.text), 2 * MIN_WORDS) or facts.redirected:
        return None
    if _is_its_own(facts, page, known) and reads_as_notice(page.title, page.text):
        return seen("retracted", f"a notice of {words} words stands in place of the story: {_begin(page.text)!r}")
    return None


def _another(facts: FetchFacts, page: Extraction) -> Sighting | None:
    """Another article, or a front page, stands there."""
    if facts.other:
        return seen("merged", f"another article stands in its place: {facts.other}")
    if facts.redirected and facts.dead_ends >= DEAD_ENDS:
        why = f"redirected to {facts.final_url}, where {facts.dead_ends} other articles that lived are sent too"
        return seen("redirected", why)
    listing = front(facts.final_url or facts.url, page, facts.markup)
    if listing:
        return seen("redirected", listing)
    named = next((each for each in names_itself(page) if not same_address(each, facts.url)), "")
    if claims_article(page) and word_count(page.text) >= MIN_WORDS and named and names_a_story(named):
        return seen("merged", f"the page says that it is another article, {named}")
    return None


def _emptied(facts: FetchFacts, page: Extraction, known: Extraction) -> Sighting | None:
    """The article's own page without its words."""
    if facts.redirected or word_count(page.text) >= MIN_WORDS_CLAIMED:
        return None
    if _is_its_own(facts, page, known):
        return seen("emptied", "the page is there without its story")
    if word_count(page.text) == 0:
        return seen("no_text", "the page holds no text to read")
    return None


def _rewritten(facts: FetchFacts, page: Extraction, known: Extraction, share: float) -> Sighting | None:
    """The same article in quite other words: its headline stands, or all else that names it.

    With another headline and less than half as long it may be a notice in words that nobody here knows.
    """
    words = word_count(page.text)
    if page.title and page.title == known.title and words >= MIN_WORDS_CLAIMED:
        return seen("present", f"the headline stands, with {share:.0%} of the known words")
    dated = page.published is not None and page.published == known.published
    sure = dated and not facts.redirected and is_own(page, facts.url) and claims_article(page)
    sure = sure and words * 2 >= word_count(known.text)
    if sure and words >= MIN_WORDS and page.structured.free is not False:
        why = f"rewritten: {share:.0%} of the known words are left on the page that has its address and its date"
        return seen("present", why)
    return None


def _is_its_own(facts: FetchFacts, page: Extraction, known: Extraction) -> bool:
    """Whether the page is still the article's, by its headline or by what it calls itself."""
    titled = bool(page.title) and (known.title in page.title or page.title in known.title) and bool(known.title)
    return titled or is_own(page, facts.url)


def _begin(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
