"""What a seed's answer leads to: article URLs worth watching, and further sitemaps.

Pure: an answer and the outlet go in, links come out. What is known already, and what is fetched
next, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive.db.articles import Found
from archive.domain.identity import looks_like_article, looks_like_section, twin_of
from archive.domain.model import Outlet, SeedKind
from archive.domain.urls import in_scope
from crawler.discovery.feeds import Feed, parse_feed
from crawler.discovery.sections import article_links
from crawler.discovery.sitemaps import Sitemap, parse_sitemap

#: Sitemaps of one index that are read in one pass, the newest first. News sitemaps hold two days;
#: archives are split by month or by 1,000 entries, and only the newest parts can hold news.
MOST_CHILDREN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """All that one answer leads to."""

    articles: tuple[Found, ...] = ()  #: the desktop page where a seed named its AMP or mobile twin
    named: tuple[Found, ...] = ()  #: those and the older ones, in the order of the answer
    sitemaps: tuple[str, ...] = ()  #: further ones to read now
    skipped: int = 0  #: links that are too old, of other sites, or no articles
    newest: datetime | None = None
    hubs: tuple[str, ...] = ()  #: that tell when there is news (WebSub)
    topic: str = ""  #: by which they know it


def harvest(
    kind: SeedKind, body: bytes, *, url: str, content_type: str, outlet: Outlet, since: datetime
) -> Harvest:
    """Read a seed's answer. Raises `NotAFeed` or `NotASitemap`, which say what it is instead."""
    if kind is SeedKind.FEED:
        return _from_feed(parse_feed(body, url=url, content_type=content_type), outlet, since)
    if kind is SeedKind.SITEMAP:
        return _from_sitemap(parse_sitemap(body, url=url, content_type=content_type), outlet, since)
    links = article_links(body, url=url, domains=outlet.domains)
    return _chosen(((Found(url=link.url, title=link.text), True) for link in links), outlet, since)


def _from_feed(feed: Feed, outlet: Outlet, since: datetime) -> Harvest:
    # A feed is made of stories: its entries need no article-like address.
    rows = ((_found(e.url, e.title, e.published, e.updated), True) for e in feed.entries)
    return replace(_chosen(rows, outlet, since), hubs=feed.hubs, topic=feed.self_url)


def _from_sitemap(sitemap: Sitemap, outlet: Outlet, since: datetime) -> Harvest:
    rows = ((_found(e.url, e.title, e.published, e.lastmod), bool(e.title)) for e in sitemap.entries)
    chosen = _chosen(rows, outlet, since)
    recent = [c for c in sitemap.children if c.lastmod is None or c.lastmod >= since]
    recent.sort(key=lambda c: (c.lastmod is not None, c.lastmod or since), reverse=True)
    children = tuple(c.url for c in recent[:MOST_CHILDREN])
    return replace(chosen, sitemaps=children)


def _found(url: str, title: str, published: datetime | None, modified: datetime | None) -> Found:
    """An entry. An outlet that has no other date tells of a change by moving that of publication."""
    latest = max(filter(None, (published, modified)), default=None)
    return Found(url=url, title=title, published=published or modified, modified=latest)


def _chosen(rows: Iterable[tuple[Found, bool]], outlet: Outlet, since: datetime) -> Harvest:
    """Keep the outlet's own, recent, article-like links; with each comes whether it is surely a story."""
    named: dict[str, Found] = {}
    kept: dict[str, Found] = {}
    skipped = 0
    newest: datetime | None = None
    for entry, surely in rows:
        date = entry.published
        url = twin_of(entry.url) or entry.url
        newest = max(filter(None, (newest, date)), default=None)
        if not belongs(url, outlet) or not _is_story(url, surely):
            skipped += 1
            continue
        found = replace(entry, url=url)
        named.setdefault(url, found)
        if date is not None and date < since:
            skipped += 1
        else:
            kept.setdefault(url, found)
    return Harvest(articles=tuple(kept.values()), named=tuple(named.values()), skipped=skipped, newest=newest)


def _is_story(url: str, surely: bool) -> bool:
    if surely:
        return urlsplit(url).path not in ("", "/")
    return looks_like_article(url) and not looks_like_section(url)


def belongs(url: str, outlet: Outlet) -> bool:
    """Whether `url` lies on one of the outlet's domains (all do, where none is declared)."""
    return not outlet.domains or any(in_scope(url, domain) for domain in outlet.domains)


def horizon(now: datetime, max_age: timedelta) -> datetime:
    """Stories older than this are not taken up by discovery."""
    return now - max_age
