"""Article links of a section front, told from the rest by URL shape, link text and place.

Knows what a link looks like. Refuses to know what is behind it: a wrong guess costs one fetch, a link
left out may cost an article, so the bar is low for links that stand in the page's body and high for
those in menus and footers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import lxml.html

from archive.domain.identity import ARTICLE_POINTS, Shape, article_key, shape_of
from archive.domain.urls import site_of, within
from crawler.discovery.reading import article_url, base_of, elements, page_of

#: Headlines have this many words at least; section names and buttons rarely do.
HEADLINE_WORDS = 4

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
#: Their text is not shown, or only to browsers without scripts, as mark-up.
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg"})
#: Longer than any headline; a teaser is cut here.
_LONGEST_TEXT = 300
_MARGINS = frozenset({"nav", "footer", "header", "aside", "menu"})
_MARGIN_ROLES = frozenset({"navigation", "contentinfo", "banner", "menu", "menubar", "search"})
_MARGIN_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|footer|breadcrumbs?|cookie|social|share|sidebar)(?:$|[\s_-])",
    re.IGNORECASE,
)
#: Scripts without spaces: about two characters make a word.
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link that looks like an article's: its URL (normalised), best text, points, and why."""

    url: str
    text: str
    score: int
    why: str


@dataclass(slots=True)
class _Seen:
    """All that one page says of one address."""

    url: str
    shape: Shape
    text: str = ""
    times: int = 0
    heading: bool = False
    margin: bool = True  #: until it is seen in the body


def article_links(html: bytes | str, *, url: str, domains: Sequence[str] = ()) -> list[Link]:
    """The article links of the page at `url`, in page order, each article once.

    `domains` are the outlet's; without them only the page's own host and its subdomains count.
    """
    page = page_of(html)
    if page is None:
        return []
    seen: dict[str, _Seen] = {}
    own = article_key(url)
    for anchor, address in links_within(page, url, domains):
        key = article_key(address)
        if key != own:
            _note(seen.setdefault(key, _Seen(address, shape_of(address))), anchor)
    return [link for each in seen.values() if (link := _judged(each)) is not None]


def links_within(
    page: lxml.html.HtmlElement, url: str, domains: Sequence[str]
) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """The page's anchors that stay with the outlet, and where each leads, normalised."""
    base = base_of(page, url)
    hosts = [site_of(domain) for domain in (*domains, urlsplit(url).hostname or "")]
    for anchor in elements(page, "a"):
        address = article_url(anchor.get("href"), base)
        host = urlsplit(address).hostname or "" if address else ""
        if address and any(within(host, own) for own in hosts if own):
            yield anchor, address


def text_of(anchor: lxml.html.HtmlElement) -> str:
    """What a reader sees of the link, or hears of it: text, label, title, the picture's description."""
    within = next(iter(anchor.iter(*_HEADINGS)), anchor)  # a teaser in a link: its heading is the headline
    shown = " ".join("".join(_shown(within)).split())[:_LONGEST_TEXT]
    if not shown:
        pictures = [image.get("alt") for image in anchor.iter("img")]
        described = [anchor.get("aria-label"), anchor.get("title"), *pictures]
        shown = next((" ".join(each.split()) for each in described if each and each.strip()), "")
    return shown


def _shown(element: lxml.html.HtmlElement) -> Iterator[str]:
    for part in element.iter():
        if part.tag not in _UNSEEN and part.text:
            yield part.text
        if part is not element and part.tail:
            yield part.tail


def is_margin(anchor: lxml.html.HtmlElement) -> bool:
    """Whether the link stands in a menu, a footer, a sidebar: by element, role or class name."""
    for ancestor in anchor.iterancestors():
        if ancestor.tag in ("body", "main", "article"):
            return False
        name = f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
        in_heading = ancestor.tag == "header" and any(True for _ in anchor.iter(*_HEADINGS))
        if (ancestor.tag in _MARGINS and not in_heading) or ancestor.get("role") in _MARGIN_ROLES:
            return True
        if _MARGIN_NAMES.search(name):
            return True
    return False


def words_in(text: str) -> int:
    """How many words `text` has, in any script."""
    return len(re.findall(r"[^\W\d_]+", _DENSE.sub("", text))) + len(_DENSE.findall(text)) // 2


def _note(seen: _Seen, anchor: lxml.html.HtmlElement) -> None:
    text = text_of(anchor)
    heading = _in_heading(anchor)
    better = words_in(text) > words_in(seen.text) and not (seen.heading and not heading)
    if better or (heading and not seen.heading and text):
        seen.text = text
    seen.times += 1
    seen.heading = seen.heading or heading
    seen.margin = seen.margin and is_margin(anchor)


def _in_heading(anchor: lxml.html.HtmlElement) -> bool:
    above = any(ancestor.tag in _HEADINGS for ancestor in anchor.iterancestors())
    return above or any(True for _ in anchor.iter(*_HEADINGS))


def _judged(seen: _Seen) -> Link | None:
    points = seen.shape.points
    words = words_in(seen.text)
    headline = words >= HEADLINE_WORDS
    signs = [*seen.shape.signs]
    score = points
    for holds, worth, sign in (
        (headline, 2, f"text of {words} words"),
        (seen.heading, 2, "in a heading"),
        (seen.times > 1 and headline, 1, f"linked {seen.times} times"),
    ):
        if holds:
            score += worth
            signs.append(sign)
    if seen.margin:
        wanted = points >= ARTICLE_POINTS and words > HEADLINE_WORDS
    else:
        by_text = points >= 0 and headline and (points > 0 or seen.heading)
        wanted = points >= ARTICLE_POINTS or (by_text and score >= ARTICLE_POINTS)
    if not wanted or seen.shape.signs == ("home page",):
        return None
    return Link(seen.url, seen.text, score, ", ".join(signs))
