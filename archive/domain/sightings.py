"""Facts of one fetch → what it says of the article's presence.

Pure. Knows status codes, redirects and words; knows neither time nor history beyond the article's
last known wording. A page that is *replaced* by something else (a wall, the home page, another
story) is a sighting and never an edit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import regex

from archive.domain.model import Extraction, Presence, Sighting, Trouble, Truncated
from archive.domain.soft404 import Answer

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

#: Where readers are sent instead of a story: the first part of the path. A consent wall can be long.
_WALL = regex.compile(
    r"/(?:[a-z]{2}/)?(?:log-?in|sign-?in|sign-?up|sso|auth|oauth2?|account|register|registration|consent|cookie"
    r"|cookies|cookiewall|privacy|gdpr|subscribe|subscription|paywall|captcha|challenge|blocked)(?:[/._-]|$)",
    regex.IGNORECASE,
)

_ARTICLE_TYPES = ("Article", "Report", "BlogPosting")  # of schema.org: NewsArticle, AnalysisNewsArticle …

_WORD = regex.compile(r"\w+")

_GONE = {404: ("not_found", "the outlet answers 404 Not Found"), 410: ("gone", "the outlet answers 410 Gone")}
_BARRIERS = {
    401: ("login", "the outlet asks for a login (401)"),
    402: ("paywall", "the outlet asks for payment (402)"),
    403: ("forbidden", "the outlet refuses this visitor (403)"),
    407: ("proxy_login", "a proxy asks for a login (407)"),
    429: ("rate_limit", "the outlet asks for fewer requests (429)"),
    451: ("legal", "the page is withheld for legal reasons (451)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFacts:
    """What one fetch brought, redirects followed."""

    url: str  #: as asked for
    final_url: str  #: as answered, after redirects
    status: int | None  #: of the last hop; None when no answer could be read
    trouble: Trouble | None = None
    trouble_detail: str = ""
    truncated: Truncated | None = None
    unchanged: bool = False  #: 304, or the very bytes of an answer in which this article stood
    mime: str = ""
    final_is_front: bool = False  #: redirected to the outlet's home page or a section front
    final_is_wall: bool = False  #: redirected to a login, consent or subscription page
    final_is_elsewhere: bool = False  #: redirected to a site that is neither the outlet's nor known to hold it
    decoding_problem: str = ""  #: the content coding could not be undone
    extraction: Extraction | None = None
    chain: tuple[tuple[str, int | None], ...] = ()  #: every hop, the last one too: its URL and status
    headers: tuple[tuple[str, str], ...] = ()  #: of the last answer, as sent
    markup: str = ""  #: the body of the last answer as text, as far as `MARKUP` goes, whatever its status
    site: str = ""  #: the outlet's name, as people call it
    moved_before: bool = False  #: the final URL is one of the article's own addresses already
    siblings: tuple[Answer, ...] = ()  #: what the outlet answers to addresses of this shape that cannot exist
    dead_ends: int = 0  #: other articles of the outlet, known to have lived, whose redirects end at this URL now
    other: str = ""  #: the final URL is that of another article: its title, or its address where it has none


#: Characters of an answer's body in which barriers are looked for.
MARKUP = 200_000


def sight(facts: FetchFacts, known: Extraction | None) -> Sighting:
    """Judge one fetch of an article whose last known wording is `known` (None before the first)."""
    if facts.trouble is not None:
        return _unreachable(facts.trouble.value, facts.trouble_detail or facts.trouble.value.replace("_", " "))
    if facts.truncated is not None:
        return _unreachable("cut", f"the answer was cut short ({facts.truncated.value})")
    if facts.status is None:
        return _unreachable("no_answer", "no answer could be read")
    if facts.unchanged:
        return Sighting(presence=Presence.PRESENT, kind="unchanged", why="the very bytes seen before")
    if facts.status != 200:
        return _by_status(facts.status)
    return _by_words(facts, known)


def _by_status(status: int) -> Sighting:
    if status in _GONE:
        kind, why = _GONE[status]
        return Sighting(presence=Presence.GONE, kind=kind, why=why)
    if status in _BARRIERS:
        kind, why = _BARRIERS[status]
        return Sighting(presence=Presence.BARRIER, kind=kind, why=why)
    if status >= 500:
        return _unreachable("server_error", f"the outlet's server fails ({status})")
    if status == 304:
        return _unreachable("odd_status", "the outlet says 'not modified' of what it was not asked about (304)")
    if 300 <= status < 400:
        return _unreachable("redirect", f"a redirect that leads nowhere ({status})")
    return _unreachable("odd_status", f"an answer that is no page ({status})")


def _by_words(facts: FetchFacts, known: Extraction | None) -> Sighting:
    if facts.decoding_problem:
        return _unreachable("undecodable", f"the page's bytes cannot be decoded: {facts.decoding_problem}")
    page = facts.extraction
    if page is None:
        return _barrier("no_page", f"not a page to read ({facts.mime or 'no type'})")
    if facts.final_is_wall:
        return _barrier("wall", f"redirected to a login or consent page, {facts.final_url}")
    if facts.final_is_elsewhere:
        return _barrier("elsewhere", f"redirected to another site, {facts.final_url}")
    if known is not None:
        return _against_known(facts, page, known)
    if facts.final_is_front:
        return _redirected(facts)
    words = word_count(page.text)
    if words < (MIN_WORDS_CLAIMED if claims_article(page) else MIN_WORDS):
        return _barrier("no_text", "the page holds no story to read")
    if is_beginning(page):
        why = "the page says that it is not free; its beginning is there"
        return Sighting(presence=Presence.PRESENT, kind="in_part", why=why)
    return Sighting(presence=Presence.PRESENT, kind="present", why="the page holds a story")


def _against_known(facts: FetchFacts, page: Extraction, known: Extraction) -> Sighting:
    share = shared_words(known, page)
    if _is_teaser(page, known, share):
        return _barrier("paywall", f"not free any more: {share:.0%} of the known words can be read")
    if share >= SAME_STORY:
        return Sighting(presence=Presence.PRESENT, kind="present", why=f"{share:.0%} of the known words are there")
    if facts.final_is_front:
        return _redirected(facts)
    if word_count(page.text) < MIN_WORDS_CLAIMED:
        return Sighting(presence=Presence.GONE, kind="emptied", why="the page is there without its story")
    if page.title and page.title == known.title:
        why = f"the headline stands, with {share:.0%} of the known words"
        return Sighting(presence=Presence.PRESENT, kind="present", why=why)
    return _barrier("other_page", f"another text stands there: only {share:.0%} of the known words are left")


def _is_teaser(page: Extraction, known: Extraction, share: float) -> bool:
    """Whether a page that says it is not free shows less than was read before, and for that reason.

    One that always said so and still shows most of its words was edited.
    """
    words, before = word_count(page.text), word_count(known.text)
    if page.structured.free is not False or words >= 0.9 * before:
        return False
    return known.structured.free is not False or words < TEASER or share < SAME_STORY


def is_beginning(page: Extraction) -> bool:
    """Whether a page says that it is not free and shows so little that it must be a beginning."""
    return page.structured.free is False and word_count(page.text) < TEASER


def opens_up(known: Extraction, page: Extraction) -> bool:
    """Whether `page` shows the whole of what `known` was the beginning of: more to read, and no edit."""
    return is_beginning(known) and not is_beginning(page) and shared_words(known, page) >= SAME_STORY


def is_wall(url: str) -> bool:
    """Whether `url` spells a login, consent or subscription page."""
    return _WALL.match(urlsplit(url).path) is not None


def claims_article(page: Extraction) -> bool:
    """Whether the page says of itself that it is an article."""
    said = page.structured
    return said.og_type == "article" or any(name.endswith(_ARTICLE_TYPES) for name in said.types)


def shared_words(known: Extraction, page: Extraction) -> float:
    """Share of the known text's running words that the page's text still has, 0 to 1."""
    before = Counter(_WORD.findall(known.text.lower()))
    after = Counter(_WORD.findall(page.text.lower()))
    total = before.total()
    return (before & after).total() / total if total else float(known.title == page.title)


def word_count(text: str) -> int:
    """How many words `text` has."""
    return len(_WORD.findall(text))


def _barrier(kind: str, why: str) -> Sighting:
    return Sighting(presence=Presence.BARRIER, kind=kind, why=why)


def _unreachable(kind: str, why: str) -> Sighting:
    return Sighting(presence=Presence.UNREACHABLE, kind=kind, why=why)


def _redirected(facts: FetchFacts) -> Sighting:
    why = f"redirected to a front page, {facts.final_url}"
    return Sighting(presence=Presence.GONE, kind="redirected", why=why)
