"""What an outlet says it has published: RSS 2.0, Atom, JSON Feed 1.1, sitemaps with the news extension.

Values in, text out. Feeds and sitemaps carry no noise: they are the same bytes until a story changes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from scheduler.newsroom.parts import Masthead, stamp
from scheduler.newsroom.story import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story as the lists show it."""

    url: str
    words: Words


def _lead(words: Words) -> str:
    return words.standfirst or (words.paragraphs[0] if words.paragraphs else "")


def rss(masthead: Masthead, items: Sequence[Item], updated: datetime) -> str:
    """RSS 2.0 with atom:link and dc:creator."""
    entries = "".join(
        f"<item><title>{escape(item.words.title)}</title><link>{item.url}</link>"
        f'<guid isPermaLink="true">{item.url}</guid>'
        f"<pubDate>{format_datetime(item.words.published)}</pubDate>"
        f"<dc:creator>{escape(item.words.author)}</dc:creator>"
        f"<description>{escape(_lead(item.words))}</description></item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{escape(masthead.title)}</title><link>{masthead.base}/</link>"
        f"<description>{escape(masthead.title)}</description><language>{masthead.language}</language>"
        f'<atom:link href="{masthead.base}/rss.xml" rel="self" type="application/rss+xml"/>'
        f"<lastBuildDate>{format_datetime(updated)}</lastBuildDate>\n{entries}</channel></rss>\n"
    )


def atom(masthead: Masthead, items: Sequence[Item], updated: datetime) -> str:
    """Atom 1.0 (RFC 4287)."""
    entries = "".join(
        f"<entry><title>{escape(item.words.title)}</title><id>{item.url}</id>"
        f'<link rel="alternate" type="text/html" href="{item.url}"/>'
        f"<published>{stamp(item.words.published)}</published><updated>{stamp(item.words.modified)}</updated>"
        f"<author><name>{escape(item.words.author or masthead.title)}</name></author>"
        f"<summary>{escape(_lead(item.words))}</summary></entry>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{masthead.language}">'
        f"<title>{escape(masthead.title)}</title><id>{masthead.base}/</id>"
        f'<link rel="self" href="{masthead.base}/atom.xml"/><link rel="alternate" href="{masthead.base}/"/>'
        f"<updated>{stamp(updated)}</updated>\n{entries}</feed>\n"
    )


def json_feed(masthead: Masthead, items: Sequence[Item]) -> str:
    """JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": masthead.title,
        "language": masthead.language,
        "home_page_url": masthead.base + "/",
        "feed_url": masthead.base + "/feed.json",
        "items": [
            {
                "id": item.url,
                "url": item.url,
                "title": item.words.title,
                "summary": _lead(item.words),
                "date_published": stamp(item.words.published),
                "date_modified": stamp(item.words.modified),
                "authors": [{"name": item.words.author}],
            }
            for item in items
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def sitemap_index(children: Sequence[tuple[str, datetime]]) -> str:
    """An index of sitemaps: (URL, lastmod)."""
    entries = "".join(
        f"<sitemap><loc>{url}</loc><lastmod>{stamp(when)}</lastmod></sitemap>\n" for url, when in children
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</sitemapindex>\n'
    )


def urlset(items: Sequence[Item]) -> str:
    """A sitemap of article pages with lastmod."""
    entries = "".join(
        f"<url><loc>{item.url}</loc><lastmod>{stamp(item.words.modified)}</lastmod></url>\n" for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def news_sitemap(masthead: Masthead, items: Sequence[Item]) -> str:
    """A sitemap with the Google News extension."""
    entries = "".join(
        f"<url><loc>{item.url}</loc><lastmod>{stamp(item.words.modified)}</lastmod><news:news><news:publication>"
        f"<news:name>{escape(masthead.title)}</news:name><news:language>{masthead.language}</news:language>"
        f"</news:publication><news:publication_date>{stamp(item.words.published)}</news:publication_date>"
        f"<news:title>{escape(item.words.title)}</news:title></news:news></url>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}</urlset>\n'
    )
