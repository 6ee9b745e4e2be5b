"""Headline, standfirst, authors and the like: what the page shows and what its head says.

Knows the meta tags and class names that outlets use. Each field has one fixed order of sources, so that a
page that is fetched again gives the same value unless a source of it changed. Refuses to touch the body text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import html

from archive.extraction.characters import tidy, words
from archive.extraction.claims import Claims
from archive.extraction.tree import text_of

_MAX_HEADLINE = 400  # characters; the longest of the labelled pages has 211
_AGREEMENT = 0.5
"""Share of the shorter text's words that two headlines have in common when they are about the same story."""

_HEADLINE_WORDS = 4  # in an `h1` that agrees with nothing; the sites' names in those of 267 pages have two to four
_BESIDE = ("footer", "aside")  # not `nav`: one of the pages has its headline in the trail of sections
_STORY_HEADING = re.compile(r"headline|(?:entry|article|post|story)[-_]+(?:title|hed)", re.IGNORECASE)

_SUFFIX = re.compile(r"\s+[|·•»–—-]\s+|\s+:\s+")  # what stands between a headline and the outlet's name
_WORD = re.compile(r"\w+")

_AUTHOR_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator",
)  # fmt: skip
_BYLINE = re.compile(r"(^|[\s_-])(byline|by-line|authors?)([\s_-]?name)?($|\s)", re.IGNORECASE)
_OTHERS = re.compile(r"(?:^|[\s_-])(?:comments?|related|recent|popular|widget|sidebar)(?:$|[\s_-])", re.IGNORECASE)
_BY = re.compile(r"^(?:written\s+by|story\s+by|by|von|par|por|di|door|av|af)\b[:\s]\s*(?=\S)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[;|•·&,،、]\s*|\s+(?:and|und|et|y|e|en|och|og|ve|و)\s+", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@|\.(?:com|org|net)\b|^\W*$|^\d", re.IGNORECASE)
_MAX_NAME = 80  # characters: longer values are biographies
_MAX_AUTHORS = 30


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a page, read once: meta tags by lower-case name, and where relative links start from."""

    metas: dict[str, list[str]]
    base: str

    def first(self, *names: str) -> str:
        """The first non-empty meta content under one of `names`, in the order of `names`."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")

    def absolute(self, link: str) -> str | None:
        """`link` as an absolute http(s) URL; None for anything else."""
        try:
            url = urljoin(self.base, link.strip())
            parts = urlsplit(url)
        except ValueError:
            return None
        return url if link.strip() and parts.scheme in ("http", "https") and parts.netloc else None


def read_head(tree: html.HtmlElement, url: str) -> Head:
    """All meta tags of the page, wherever they stand, and its base URL."""
    metas: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.strip().lower(), []).append(tidy(meta.get("content") or ""))
    head = Head(metas=metas, base=url)
    base = next((node.get("href") for node in tree.iter("base") if node.get("href")), None)
    return Head(metas=metas, base=head.absolute(base) or url) if base else head


def canonical(tree: html.HtmlElement, head: Head) -> str | None:
    """The page's canonical link, absolute."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return head.absolute(link.get("href") or "")
    return None


def headlines(tree: html.HtmlElement, head: Head, claims: Claims) -> list[str]:
    """All candidates for the headline, the best first, without repetitions.

    The `h1` is what a reader sees and comes first if it agrees with what the head says of the story. If none
    agrees, the first that can be one does: a desk that rewrites the headline may leave the head as it was. Then
    JSON-LD, `og:title`, `title`.
    """
    sites = [site for site in (head.first("og:site_name", "application-name"), claims.publisher) if site]
    title = _without_site(_document_title(tree), sites, head.base)
    social = _without_site(head.first("og:title", "twitter:title"), sites, head.base)
    told = [text[:_MAX_HEADLINE] for text in (claims.headline, social, title) if text]
    headings = [(text, node) for node in _first_headings(tree) if (text := tidy(text_of(node)))]
    shown = [(text, node) for text, node in headings if len(text) <= _MAX_HEADLINE]
    best = [text for text, _ in shown if any(_agree(text, other) for other in told)]
    best = best or [
        text for text, node in shown if not _is_site(text, sites, head.base) and _heads_a_story(node, head)
    ]
    return list(dict.fromkeys([*best[:1], *told, *(text for text, _ in shown)]))


def _heads_a_story(heading: html.HtmlElement, head: Head) -> bool:
    """Whether an `h1` may be the story's: no short one (a site's name), none that leads to another page.

    Of 267 labelled pages 12 show an `h1` that does not agree with the head: 8 site's names, a link to another
    story, and the headline of a live blog, which alone is taken.
    """
    marked = _STORY_HEADING.search(f"{heading.get('class')} {heading.get('itemprop')}")
    if not marked and words(text_of(heading)) < _HEADLINE_WORDS:
        return False
    if any(above.tag in _BESIDE for above in heading.iterancestors()):
        return False
    links = [head.absolute(link.get("href") or "") for link in heading.iter("a")]
    links += [head.absolute(above.get("href") or "") for above in heading.iterancestors("a")]
    return all(link is None or link.partition("#")[0] == head.base.partition("#")[0] for link in links)


def _first_headings(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """The `h1` elements; those inside `article` or `main` first."""
    found = list(tree.iter("h1"))[:20]
    inside = [h for h in found if any(a.tag in ("article", "main") for a in h.iterancestors())]
    return [*inside, *(h for h in found if h not in inside)]


def _document_title(tree: html.HtmlElement) -> str:
    # The first in the head: an inline svg has titles as well.
    return next((tidy(text_of(node)) for node in tree.iter("title")), "")


def _without_site(title: str, sites: Sequence[str], url: str) -> str:
    """`title` without the outlet's name at its end, whatever stands between.

    Without a known name the last part goes if it is short and the rest is a headline's length.
    """
    cuts = list(_SUFFIX.finditer(title))
    if not cuts:
        return title
    rest, last = title[: cuts[-1].start()], title[cuts[-1].end() :]
    if _is_site(last, sites, url):
        return rest
    return rest if not sites and words(last) <= 3 and words(rest) >= 4 else title


def _is_site(text: str, sites: Sequence[str], url: str) -> bool:
    """Whether `text` is the outlet's name: as the page tells it, or as its address spells it."""
    letters = _letters(text)
    if any(letters in (_letters(site), f"the{_letters(site)}") for site in sites):
        return True
    host = _host(url).removeprefix("www.")
    return len(letters) >= 3 and letters in (_letters(host), _letters(host.partition(".")[0]))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()


def _agree(one: str, other: str) -> bool:
    first, second = (set(_WORD.findall(text.casefold())) for text in (one, other))
    shorter = min(len(first), len(second))
    return shorter > 0 and len(first & second) >= _AGREEMENT * shorter and (shorter > 2 or first == second)


def authors(tree: html.HtmlElement, head: Head, claims: Claims) -> tuple[str, ...]:
    """Names in the page's order: from JSON-LD, else meta tags, else the byline."""
    sources: tuple[Callable[[], list[str]], ...] = (
        lambda: list(claims.authors),
        lambda: [value for name in _AUTHOR_METAS for value in head.metas.get(name, ())],
        lambda: _bylines(tree),
    )
    for source in sources:
        names = dict.fromkeys(name for value in source() for name in _split_names(value))
        if names:
            return tuple(names)[:_MAX_AUTHORS]
    return ()


def _bylines(tree: html.HtmlElement) -> list[str]:
    """The first byline, not one beside the story: those of comments and of other stories come and go."""
    marked = (e for e in tree.iter("a", "span", "p", "div", "address") if _marks_author(e))
    return [tidy(text_of(e)) for e in marked if not any(map(_is_beside, e.iterancestors()))][:1]


def _is_beside(element: html.HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.tag in ("aside", "footer", "nav") or bool(_OTHERS.search(names))


def _marks_author(element: html.HtmlElement) -> bool:
    rel, prop = element.get("rel") or "", element.get("itemprop") or ""
    return "author" in (rel, prop) or bool(_BYLINE.search(element.get("class") or ""))


def _split_names(value: str) -> list[str]:
    """The names in one statement: `By A. Smith and B. Jones` → both; addresses and biographies → none."""
    value = _BY.sub("", value)
    # A comma parts names, but "Smith, John" is one name and "Jr" is none.
    if re.fullmatch(r"[^\W\d_]+, [^\W\d_]+", value):
        return [value]
    names = [name.strip(" .,:–—-") if len(name) > 3 else name for name in map(tidy, _BETWEEN.split(value))]
    return [name for name in names if name and len(name) <= _MAX_NAME and not _NO_NAME.search(name)]
