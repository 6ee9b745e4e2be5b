"""RSS 0.9x–2.0, RDF, Atom and JSON Feed, as they really are, to articles that can be looked at.

feedparser reads the XML kinds. It is handed a stream of clean UTF-8 and never the body itself: given plain
bytes it may take them for a file name. DOCTYPEs are taken out, so that no entity is fetched or expanded.
Its dates are not used: it reads unknown zones as UTC. What is not well-formed is mended by lxml first:
feedparser's own loose parser needs time that grows with the square of the depth (15 s for 0.9 MB of open
tags), and lxml stops at a depth of 256.

Knows formats. Refuses to know whether an entry is news, or what is behind its link.
"""

from __future__ import annotations

import html.entities
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser
import lxml.etree

from archive.errors import NothingFound
from crawler.discovery.reading import (
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

#: Five times the largest feed known to us (730 entries, 1.6 MB); feedparser takes some seconds for it.
MAX_FEED_BYTES = 8_388_608

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_MOST_PREFIXES = 30
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "atom10": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_XML_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})


class NotAFeed(NothingFound):
    """What was served is no feed. `reason` says what it is instead."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} is no feed: {reason}")
        self.url = url
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One article as its feed announces it. Times are aware UTC, None where the feed is unclear."""

    url: str  #: normalised
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    guid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says of itself, and its entries in its own order, each URL once."""

    kind: str  #: `rss`, `rdf`, `atom` or `json`
    title: str = ""
    language: str = ""  #: as written: `en-gb`
    home: str = ""
    self_url: str = ""  #: the topic to name to a hub
    hubs: tuple[str, ...] = ()  #: WebSub
    next_page: str = ""  #: RFC 5005, JSON Feed `next_url`
    entries: tuple[FeedEntry, ...] = ()
    skipped: int = 0  #: entries that name no http(s) address


def parse_feed(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """The feed in `body`, whatever its content type says. Raises `NotAFeed`."""
    if len(body) > MAX_FEED_BYTES:
        raise NotAFeed(url, f"{len(body)} bytes are more than the {MAX_FEED_BYTES} that we read")
    text = as_text(unpacked(body, MAX_FEED_BYTES), content_type)
    if not text.strip():
        raise NotAFeed(url, "the answer is empty")
    if text[0] in "{[":
        return _json_feed(text, url)
    root = root_of(text)
    if root not in _XML_ROOTS:
        raise NotAFeed(url, _instead(root))
    return _xml_feed(text, url)


def _instead(root: str) -> str:
    if root in {"html", "head", "body", "div", "p", "title", "meta", "script"}:
        return "it is an HTML page"
    if root in {"urlset", "sitemapindex"}:
        return "it is a sitemap"
    return f"its root element is <{root}>" if root else "it is no XML and no JSON"


# --- RSS, RDF, Atom ----------------------------------------------------------------------------------


def _xml_feed(text: str, url: str) -> Feed:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    read = feedparser.parse(
        io.BytesIO(_well_formed(text, url)),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed, links = read["feed"], _links(read["feed"])
    entries, skipped = _unique(_xml_entry(entry, url) for entry in read["entries"])
    version = str(read["version"] or "rss")
    return Feed(
        kind="atom" if version.startswith("atom") else "rdf" if version in {"rss090", "rss10"} else "rss",
        title=plain(_first(feed, "title")),
        language=plain(_first(feed, "language")),
        home=next(_hrefs(links, "alternate", url), "") or document_url(_first(feed, "link"), url),
        self_url=next(_hrefs(links, "self", url), ""),
        hubs=tuple(dict.fromkeys(_hrefs(links, "hub", url))),
        next_page=next(_hrefs(links, "next", url), ""),
        entries=entries,
        skipped=skipped,
    )


def _well_formed(text: str, url: str) -> bytes:
    """`text` as it is when a parser takes it, else mended: stray marks, open tags, unbound prefixes."""
    text = _ENTITY.sub(_character, without_doctype(text))
    for mended in (text, _with_prefixes(with_escaped_ampersands(text))):
        try:
            lxml.etree.fromstring(mended.encode(), _parser(recover=False))
        except lxml.etree.XMLSyntaxError:
            continue
        return mended.encode()
    try:
        root = lxml.etree.fromstring(mended.encode(), _parser(recover=True))
    except lxml.etree.XMLSyntaxError as error:
        raise NotAFeed(url, "it is broken beyond reading") from error
    if root is None:
        raise NotAFeed(url, "it is broken beyond reading")
    return lxml.etree.tostring(root, encoding="utf-8")


def _parser(*, recover: bool) -> lxml.etree.XMLParser:
    return lxml.etree.XMLParser(
        recover=recover, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )


def _character(found: re.Match[str]) -> str:
    """The character of an HTML entity, which XML does not know; XML's own five stay."""
    name = found[1]
    known = html.entities.html5.get(name + ";")
    return known if known and name not in {"amp", "lt", "gt", "quot", "apos"} else found[0]


def _with_prefixes(text: str) -> str:
    """Namespace declarations for prefixes that the document uses and does not bind."""
    bound = set(re.findall(r"xmlns:([\w.-]+)\s*=", text))
    used = dict.fromkeys(re.findall(r"<([A-Za-z_][\w.-]*):[A-Za-z_]", text))
    missing = [prefix for prefix in used if prefix not in bound and prefix != "xml"][:_MOST_PREFIXES]
    declared = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:unbound:" + prefix)}"' for prefix in missing
    )
    return re.sub(r"<([A-Za-z][\w.:-]*)", lambda found: found[0] + declared, text, count=1)


def _xml_entry(entry: dict[str, Any], url: str) -> FeedEntry | None:
    links = _links(entry)
    pages = [link for link in links if link.get("rel", "alternate") == "alternate"]
    pages.sort(key=lambda link: "html" not in str(link.get("type", "html")))  # stable: HTML first
    guid = plain(_first(entry, "id"))
    choices = [
        _first(entry, "feedburner_origlink"),
        *(link.get("href") for link in pages),
        _first(entry, "link"),
    ]
    found = next(filter(None, (article_url(choice, url) for choice in choices)), "")
    found = found or (article_url(guid, url) if guid.startswith(("http://", "https://")) else "")
    if not found:
        return None
    return FeedEntry(
        url=found,
        title=plain(_first(entry, "title")),
        published=moment(_first(entry, "published", "created")),
        updated=moment(_first(entry, "updated")),
        guid=guid,
    )


def _first(values: dict[str, Any], *names: str) -> object:
    """A value as the document gave it. feedparser's own look-up would guess one date from another."""
    return next((dict.get(values, name) for name in names if dict.get(values, name)), None)


def _links(values: dict[str, Any]) -> list[dict[str, Any]]:
    links = _first(values, "links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []


def _hrefs(links: list[dict[str, Any]], rel: str, url: str) -> Iterator[str]:
    found = (document_url(link.get("href"), url) for link in links if link.get("rel") == rel)
    return filter(None, found)


def _unique(entries: Iterable[FeedEntry | None]) -> tuple[tuple[FeedEntry, ...], int]:
    kept: dict[str, FeedEntry] = {}
    skipped = 0
    for entry in entries:
        if entry is None:
            skipped += 1
        else:
            kept.setdefault(entry.url, entry)
    return tuple(kept.values()), skipped


# --- JSON Feed ---------------------------------------------------------------------------------------


def _json_feed(text: str, url: str) -> Feed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently: only a list of items is asked for."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(url, "it is broken JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise NotAFeed(url, "it is JSON without a list of items")
    hubs = data.get("hubs")
    named = [hub.get("url") for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    entries, skipped = _unique(_json_entry(item, url) for item in data["items"])
    return Feed(
        kind="json",
        title=plain(data.get("title")),
        language=plain(data.get("language")),
        home=document_url(data.get("home_page_url"), url),
        self_url=document_url(data.get("feed_url"), url),
        hubs=tuple(dict.fromkeys(filter(None, (document_url(hub, url) for hub in named)))),
        next_page=document_url(data.get("next_url"), url),
        entries=entries,
        skipped=skipped,
    )


def _json_entry(item: object, url: str) -> FeedEntry | None:
    if not isinstance(item, dict):
        return None
    guid = str(item.get("id") or "")
    found = article_url(item.get("url"), url)
    if not found and guid.startswith(("http://", "https://")):
        found = article_url(guid, url)
    if not found:
        return None
    return FeedEntry(
        url=found,
        title=plain(item.get("title")),
        published=moment(item.get("date_published")),
        updated=moment(item.get("date_modified")),
        guid=guid,
    )
