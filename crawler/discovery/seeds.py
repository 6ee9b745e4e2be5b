"""Where discovery of an outlet may start: what its pages and robots.txt name, and the usual places.

Knows the conventions. Refuses to know which of the addresses answer: all seeds here are unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import lxml.html

from archive.domain.identity import article_key, looks_like_section, shape_of
from archive.domain.model import Seed, SeedKind
from crawler.discovery.reading import base_of, document_url, elements, page_of, plain
from crawler.discovery.sections import is_margin, links_within, text_of, words_in

#: Guesses where a page names no feed, likeliest first; each is relative to the outlet's home.
WELL_KNOWN_FEEDS = (
    "/feed/",  # WordPress
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",  # Hugo
    "/feeds/posts/default",  # Blogger
    "/feed.json",
    "/rss/news.xml",
    "/rss/all.xml",
    "/arc/outboundfeeds/rss/",  # Arc Publishing
)

#: The same for sitemaps. News sitemaps come first: they hold two days and are read whole at every visit.
WELL_KNOWN_SITEMAPS = (
    "/news-sitemap.xml",  # Yoast
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/googlenews.xml",
    "/arc/outboundfeeds/news-sitemap/",  # Arc Publishing
    "/sitemap.xml",
    "/sitemap_index.xml",  # Yoast
    "/wp-sitemap.xml",  # WordPress 5.5 and later
    "/sitemap-index.xml",
    "/sitemap.xml.gz",
    "/sitemap.txt",
)

_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
#: Types that only sometimes mean a feed; the address must say so too (oEmbed and WordPress use them as well).
_LOOSE_TYPES = frozenset({"text/xml", "application/xml", "application/json", "application/x-rss+xml"})
_FEED_ADDRESS = re.compile(
    r"(?:^|[/._?=&-])(?:rss2?|atom|feeds?)(?:$|[/._?=&-])|feeds\d*\.feedburner\.com|/rss\w*\.(?:xml|php|aspx?)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|yorum|kommentar|комментар|تعليق", re.IGNORECASE)
#: A page that names more feeds than this is a directory of feeds.
_MOST_SEEDS = 50
#: Menus name the main sections first; more of them repeat the same articles.
_MOST_SECTIONS = 12


def seeds_in_page(html: bytes | str, *, url: str) -> list[Seed]:
    """The feeds and sitemaps that a page names in its head; failing that, links that look like feeds."""
    page = page_of(html)
    if page is None:
        return []
    base = base_of(page, url)
    found: dict[str, Seed] = {}
    for link in elements(page, "link"):
        kind = _kind_of(link)
        address = document_url(link.get("href"), base) if kind else ""
        if kind and address:
            found.setdefault(address, Seed(url=address, kind=kind, checked=False))
    if not any(seed.kind is SeedKind.FEED for seed in found.values()):
        for anchor in elements(page, "a"):
            address = document_url(anchor.get("href"), base)
            if address and _is_feed_address(address) and not _COMMENTS.search(address):
                found.setdefault(address, Seed(url=address, kind=SeedKind.FEED, checked=False))
    return list(found.values())[:_MOST_SEEDS]


def _kind_of(link: lxml.html.HtmlElement) -> SeedKind | None:
    relations = (link.get("rel") or "").lower().split()
    href, title = link.get("href") or "", link.get("title") or ""
    if "sitemap" in relations:
        return SeedKind.SITEMAP
    if not {"alternate", "feed"}.intersection(relations) or _COMMENTS.search(href + " " + title):
        return None
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    stated = kind in _FEED_TYPES or (not kind and "feed" in relations)
    loose = kind in _LOOSE_TYPES and _FEED_ADDRESS.search(href) and "oembed" not in href
    return SeedKind.FEED if stated or loose else None


def _is_feed_address(address: str) -> bool:
    """Whether the host and the end of the path say "feed": a story about feeds does not."""
    parts = urlsplit(address)
    ending = "/".join(parts.path.rstrip("/").split("/")[-2:])
    if words_in(ending.replace("-", " ")) > 5:
        return False
    return _FEED_ADDRESS.search(f"{parts.hostname}/{ending}?{parts.query}") is not None


def sitemaps_in_robots(text: str | bytes, *, url: str) -> list[str]:
    """The sitemaps that a robots.txt names, in order. They belong to no user agent (RFC 9309 2.2.4)."""
    lines = (text.decode("utf-8", "replace") if isinstance(text, bytes) else text).lstrip("\ufeff").splitlines()
    found: dict[str, None] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in {"sitemap", "site-map", "sitemaps"}:
            address = document_url(value.partition(" #")[0].strip(), url)
            if address:
                found.setdefault(address)
    return list(found)


def sections_in_page(html: bytes | str, *, url: str, domains: Sequence[str] = ()) -> list[Seed]:
    """A few main section fronts: what the page's menus link to, shallow and in menu order."""
    page = page_of(html)
    if page is None:
        return []
    found: dict[str, Seed] = {}
    home = article_key(url)
    for anchor, address in links_within(page, url, domains):
        key = article_key(address)
        if key != home and key not in found and is_margin(anchor) and _is_front(address, text_of(anchor)):
            found[key] = Seed(url=document_url(address, url), kind=SeedKind.SECTION, checked=False)
    return list(found.values())[:_MOST_SECTIONS]


def _is_front(address: str, text: str) -> bool:
    parts = urlsplit(address)
    depth = len([segment for segment in parts.path.split("/") if segment])
    named = 0 < words_in(plain(text)) <= 4
    shape = shape_of(address)
    return named and 0 < depth <= 2 and not parts.query and shape.points >= 0 and looks_like_section(address)
