"""Sitemaps: indexes, URL sets, plain lists, and the feeds that some outlets serve in their place.

Read with lxml rather than Scrapy's own reader: that one knows neither the news extension nor an index
whose addresses stand without `<loc>`, and closes a cut document by itself, which makes half an address
look whole. Names are matched without their namespaces, which are absent or wrong in the wild as often
as not. DOCTYPEs are taken out, so that no entity is fetched or expanded.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import lxml.etree

from archive.errors import NothingFound
from crawler.discovery.feeds import NotAFeed, parse_feed
from crawler.discovery.reading import (
    MAX_BYTES,
    article_url,
    as_text,
    document_url,
    moment,
    plain,
    root_of,
    unpacked,
    with_escaped_ampersands,
    without_doctype,
)

#: The protocol's own limit for one file (sitemaps.org); what comes after is left out.
MAX_ENTRIES = 50_000

_WHOLE = re.compile(r"</(?:[\w.-]+:)?(?:url|sitemap)\s*>", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>", re.IGNORECASE)


class NotASitemap(NothingFound):
    """What was served is no sitemap. `reason` says what it is instead."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} is no sitemap: {reason}")
        self.url = url
        self.reason = reason


class SitemapKind(StrEnum):
    """The four things that are served as sitemaps."""

    INDEX = "index"
    URLSET = "urlset"
    TEXT = "text"
    FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapEntry:
    """One page that the outlet lists. Times are aware UTC."""

    url: str  #: normalised
    lastmod: datetime | None = None
    title: str = ""  #: from the news extension, as are the next two
    published: datetime | None = None
    language: str = ""
    alternates: tuple[tuple[str, str], ...] = ()  #: (language, URL) of translations


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapChild:
    """A sitemap that an index names."""

    url: str
    lastmod: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one sitemap file lists, in its own order, each URL once."""

    kind: SitemapKind
    entries: tuple[SitemapEntry, ...] = ()
    children: tuple[SitemapChild, ...] = ()
    whole: bool = True  #: False: the document ends before its end; what was whole is here


def parse_sitemap(body: bytes, *, url: str, content_type: str = "") -> Sitemap:
    """The sitemap in `body`, whatever its name and content type say. Raises `NotASitemap`."""
    text = as_text(unpacked(body, MAX_BYTES), content_type)
    if not text.strip():
        raise NotASitemap(url, "the answer is empty" if not body else "nothing in it can be read")
    root = root_of(text)
    if root in {"urlset", "sitemapindex"}:
        return _xml_sitemap(text, root, url)
    if root in {"rss", "rdf", "feed", "channel"} or text[0] == "{":
        return _from_feed(text, url)
    if root:
        reason = "it is an HTML page" if root in {"html", "head", "body"} else f"its root element is <{root}>"
        raise NotASitemap(url, reason)
    return _list(text, url)


def _from_feed(text: str, url: str) -> Sitemap:
    """RSS and Atom are sitemaps too (sitemaps.org, "Other Sitemap formats")."""
    try:
        feed = parse_feed(text.encode(), url=url)
    except NotAFeed as error:
        raise NotASitemap(url, error.reason) from error
    entries = tuple(
        SitemapEntry(
            url=entry.url,
            lastmod=entry.updated or entry.published,
            title=entry.title,
            published=entry.published,
        )
        for entry in feed.entries
    )
    return Sitemap(kind=SitemapKind.FEED, entries=entries[:MAX_ENTRIES])


def _list(text: str, url: str) -> Sitemap:
    """One address a line. A page of prose is none: the first line must be an address."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not lines[0].lower().startswith(("http://", "https://")):
        raise NotASitemap(url, "it is neither XML nor a list of addresses")
    addresses = (article_url(line, url) for line in lines if line.lower().startswith(("http://", "https://")))
    kept = dict.fromkeys(filter(None, addresses))
    entries = tuple(SitemapEntry(url=address) for address in list(kept)[:MAX_ENTRIES])
    return Sitemap(kind=SitemapKind.TEXT, entries=entries)


def _xml_sitemap(text: str, root: str, url: str) -> Sitemap:
    whole = _CLOSED.search(text) is not None
    if not whole:  # the parser would close what was cut, and half an address would pass for one
        ends = [match.end() for match in _WHOLE.finditer(text)]
        text = text[: ends[-1]] if ends else ""
    entries: dict[str, SitemapEntry] = {}
    children: dict[str, SitemapChild] = {}
    for element in _items(text):
        if _name(element) == "sitemap":
            if child := _child(element, url):
                children.setdefault(child.url, child)
        elif entry := _entry(element, url):
            entries.setdefault(entry.url, entry)
        if len(entries) + len(children) >= MAX_ENTRIES:
            break
    index = len(children) > len(entries) or (root == "sitemapindex" and not entries)
    return Sitemap(
        kind=SitemapKind.INDEX if index else SitemapKind.URLSET,
        entries=tuple(entries.values()),
        children=tuple(children.values()),
        whole=whole,
    )


def _items(text: str) -> Iterator[lxml.etree._Element]:
    """The `url` and `sitemap` elements, each freed once it was seen."""
    reader = lxml.etree.iterparse(
        io.BytesIO(with_escaped_ampersands(without_doctype(text)).encode()),
        events=("end",),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        for _, element in reader:
            if _name(element) in {"url", "sitemap"}:
                yield element
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    except lxml.etree.XMLSyntaxError:
        return  # what came before is kept


def _name(element: lxml.etree._Element) -> str:
    tag = element.tag
    return re.split(r"[}:]", tag)[-1].lower() if isinstance(tag, str) else ""


def _texts(element: lxml.etree._Element) -> dict[str, str]:
    """The texts of the element's own children by local name, first wins."""
    found: dict[str, str] = {}
    for child in element:
        if (name := _name(child)) and child.text:
            found.setdefault(name, child.text.strip())
    return found


def _child(element: lxml.etree._Element, url: str) -> SitemapChild | None:
    texts = _texts(element)
    address = document_url(texts.get("loc") or (element.text or "").strip(), url)
    return SitemapChild(url=address, lastmod=moment(texts.get("lastmod"))) if address else None


def _entry(element: lxml.etree._Element, url: str) -> SitemapEntry | None:
    texts = _texts(element)
    address = article_url(texts.get("loc"), url)
    if not address:
        return None
    news: dict[str, str] = {}
    for child in element:
        if _name(child) == "news":
            news = _texts(child)
            for inner in child:
                if _name(inner) == "publication":
                    news |= _texts(inner)
    return SitemapEntry(
        url=address,
        lastmod=moment(texts.get("lastmod")),
        title=plain(news.get("title")),
        published=moment(news.get("publication_date")),
        language=plain(news.get("language")),
        alternates=tuple(_alternates(element, url)),
    )


def _alternates(element: lxml.etree._Element, url: str) -> Iterator[tuple[str, str]]:
    for child in element:
        is_link = _name(child) == "link" and child.get("rel", "alternate") == "alternate"
        if is_link and (address := article_url(child.get("href"), url)):
            yield str(child.get("hreflang") or ""), address
