"""What a page says of itself, and how much of the known words stands on it. Pure.

Knows words as runs of letters and digits, in any script. Refuses to judge: what it means for an article is for
`archive.domain.sightings`.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Sequence

import regex

from archive.domain.identity import article_key, looks_like_article
from archive.domain.model import Extraction
from archive.domain.urls import InvalidUrl

#: A page with fewer words than this is no story by itself. The shortest of 181 gold texts of real stories
#: has 66 words. Of 42 pages that stand in the place of a story, 32 have fewer than 35 (login walls 26,
#: "not found" 21 to 30, most challenges 33, script shells none); the long ones are front pages and notices.
MIN_WORDS = 35

#: But a flash of one sentence is one, where the page says that it is an article (JSON-LD or og:type). 258 of
#: 267 real article pages say so, and none of those 42. Stubs that redirect or apologise have 0 to 10 words.
MIN_WORDS_CLAIMED = 12

#: Share of the known words that must be found again for a page to be the same article. Of 238 pairs of
#: different stories of one outlet 1.3 % share so much (half of them a quarter or more: articles, prepositions),
#: of 2,520 pairs of a story and a page in its place none. Of 93 recorded real edits one kept less (7 %, with
#: the headline kept), the next 65 %.
SAME_STORY = 0.55

#: A page that says it is not free and has fewer words than this shows only a beginning. Of 21 such pages
#: three have 27, 69 and 92 words, the others 396 or more.
TEASER = 100

#: Words in a row that make a shingle. Four ordinary ones in a row rarely stand in two texts by chance.
SHINGLE = 4

_ARTICLE_TYPES = ("Article", "Report", "BlogPosting")  # of schema.org: NewsArticle, AnalysisNewsArticle …

_WORD = regex.compile(r"\w+")
_ESCAPE = regex.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = regex.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", regex.DOTALL)


def words_of(text: str) -> list[str]:
    """The words of `text` in order, in lower case."""
    return _WORD.findall(text.lower())


def word_count(text: str) -> int:
    """How many words `text` has."""
    return len(_WORD.findall(text))


def shared_words(known: Extraction, page: Extraction) -> float:
    """Share of the known text's running words that the page's text still has, 0 to 1."""
    before, after = Counter(words_of(known.text)), Counter(words_of(page.text))
    total = before.total()
    return (before & after).total() / total if total else float(known.title == page.title)


def shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    """All runs of `SHINGLE` words; of a shorter text itself."""
    if len(words) < SHINGLE:
        return {tuple(words)} if words else set()
    return {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def claims_article(page: Extraction) -> bool:
    """Whether the page says of itself that it is an article."""
    said = page.structured
    return said.og_type == "article" or any(name.endswith(_ARTICLE_TYPES) for name in said.types)


def names_itself(page: Extraction) -> Iterator[str]:
    """The addresses that the page calls its own."""
    yield from filter(None, (page.structured.canonical, page.structured.og_url))


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are spellings of one: by scheme, `www.`, final slash, twin or tracking."""
    try:
        return article_key(one) == article_key(other)
    except InvalidUrl:
        return one == other


def names_a_story(url: str) -> bool:
    """Whether the spelling of `url` is an article's; not, where it is no address."""
    try:
        return looks_like_article(url)
    except InvalidUrl:
        return False


def is_own(page: Extraction, url: str) -> bool:
    """Whether the page says that its address is `url`, and names no other."""
    named = list(names_itself(page))
    return bool(named) and all(same_address(each, url) for each in named)


def is_beginning(page: Extraction) -> bool:
    """Whether a page says that it is not free and shows so little that it must be a beginning."""
    return page.structured.free is False and word_count(page.text) < TEASER


def opens_up(known: Extraction, page: Extraction) -> bool:
    """Whether `page` shows the whole of what `known` was the beginning of: more to read, and no edit."""
    return is_beginning(known) and not is_beginning(page) and shared_words(known, page) >= SAME_STORY


def shows_less(known: Extraction, page: Extraction) -> bool:
    """Whether a page that says it is not free shows less than was read before, and for that reason.

    One that always said so and still shows most of its words was edited. What the others leave out is no edit.
    """
    words, before = word_count(page.text), word_count(known.text)
    if page.structured.free is not False or words >= 0.9 * before:
        return False
    return known.structured.free is not False or words < TEASER or shared_words(known, page) < SAME_STORY


def beginning_of(known: Extraction, page: Extraction) -> int:
    """How many of the page's words are those that the known text begins with, in runs as they stood there."""
    shown, before = words_of(page.text), words_of(known.text)
    begin = shingles(before[: 2 * len(shown)])
    held = [tuple(shown[at : at + SHINGLE]) in begin for at in range(len(shown) - SHINGLE + 1)]
    return sum(any(held[max(0, at - SHINGLE + 1) : at + 1]) for at in range(len(shown)))


def lies_in(markup: str, known: Extraction) -> bool:
    """Whether most of the known text is somewhere in the mark-up, where the extractor did not find it.

    Scripts count: a page may be drawn from what they hold.
    """
    wanted = shingles(words_of(known.text))
    if not wanted or not markup:
        return False
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), markup)
    found = shingles(words_of(html.unescape(_TAG.sub(" ", plain))))
    return len(wanted & found) >= SAME_STORY * len(wanted)
