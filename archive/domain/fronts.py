"""Whether the page that answered at the address of a story is a front page: of the outlet or of a section. Pure.

Knows what the page calls itself and how its mark-up is built. A page that claims to be an article is none,
whatever else it looks like.
"""

from __future__ import annotations

import html
from typing import Final
from urllib.parse import urlsplit

import regex

from archive.domain.identity import looks_like_section
from archive.domain.model import Extraction
from archive.domain.pages import claims_article, names_itself, words_of
from archive.domain.urls import InvalidUrl, split

#: A front is links: so many with a headline's words, and this share of all words stands in links. Of 267 article
#: pages 20 have both, and all of these claim to be articles; of the nine that do not claim it none has both.
HEADLINES: Final = 20
HEADLINE_WORDS: Final = 4
LINKED: Final = 0.5

#: A page that asks not to be found leads on to so many others where it is a front; walls do not. Chosen.
LEADS: Final = 10

#: Share of the words of a part of the title that a heading has where it is the title's.
TITLED: Final = 0.6

_TITLE = regex.compile(r"<title\b[^>]*>(.*?)</title>", regex.DOTALL | regex.IGNORECASE)
_HEADING = regex.compile(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", regex.DOTALL | regex.IGNORECASE)
_LINK = regex.compile(r"<a\s[^>]*>(.*?)</a>", regex.DOTALL | regex.IGNORECASE)
_UNSEEN = regex.compile(
    r"<(script|style|noscript|template)\b.*?</\1\s*>|<!--.*?-->", regex.DOTALL | regex.IGNORECASE
)
_SEPARATOR = regex.compile(r"\s[-–—|·•:»]+\s|[|·•»]")
_TAG = regex.compile(r"<[^<>]*>")
_FRONT_TYPES = ("WebSite", "CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage", "Blog")


def front(url: str, page: Extraction, markup: str) -> str:
    """Why the page that answered at `url` is a front page, in words; empty where it may be a story."""
    said = page.structured
    if _is_root(url) or claims_article(page):
        return ""
    for named in names_itself(page):
        if _is_front_of(named, url) and not said.published:
            return f"the page says that it is {named}"
    if said.published:
        return ""
    if _is_links(markup):
        return "the page is a list of links"
    hidden = "noindex" in (said.robots or "").lower()
    if hidden and len(_LINK.findall(_UNSEEN.sub(" ", markup))) >= LEADS and not _has_its_title(markup):
        return "the page has the title of a site and not of a story, no date, and asks not to be found"
    return ""


def _is_root(url: str) -> bool:
    return urlsplit(url).path in ("", "/") and not urlsplit(url).query


def _is_front_of(named: str, url: str) -> bool:
    try:
        hosts = {split(each).host.removeprefix("www.") for each in (named, url)}
        return len(hosts) == 1 and looks_like_section(named) and not looks_like_section(url)
    except InvalidUrl:
        return False


def _is_links(markup: str) -> bool:
    seen = _UNSEEN.sub(" ", markup)
    links = [words_of(_TAG.sub(" ", each)) for each in _LINK.findall(seen)]
    if sum(len(words) >= HEADLINE_WORDS for words in links) < HEADLINES:
        return False
    return sum(map(len, links)) >= LINKED * len(words_of(_TAG.sub(" ", seen)))


def _has_its_title(markup: str) -> bool:
    """Whether the words of the title stand in a heading, as a story's do; true where either is missing."""
    title = _TITLE.search(markup)
    parts = [set(words_of(each)) for each in _SEPARATOR.split(_plain(title[1]))] if title else []
    headings = [set(words_of(_plain(each))) for each in _HEADING.findall(markup)]
    if not any(parts) or not any(headings):
        return True
    return any(len(part & each) >= TITLED * len(part) for part in parts if part for each in headings)


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub(" ", markup))
