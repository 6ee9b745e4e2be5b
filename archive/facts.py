"""Visit → the facts of a sighting: what came, and what is known of the outlet and the article by then.

Rows of later fetches do not count, so that replaying the WARC files gives the same facts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from archive.db import articles, findings, record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Version
from archive.domain.identity import looks_like_section
from archive.domain.model import Extraction, Outlet, RecordType
from archive.domain.sightings import MARKUP, FetchFacts, is_beginning, is_wall
from archive.domain.urls import InvalidUrl, normalise, site_of, within
from archive.extraction.decoding import decode
from archive.keeping import Kept
from archive.visits import Visit

DEAD_ENDS: Final = timedelta(days=30)
"""For so long back other articles are counted whose redirects end at the same place: longer than the longest pause
between two looks at an old article, so that all that were sent there are among them."""


def facts_of(
    connection: Connection,
    visit: Visit,
    article: Article,
    outlet: Outlet,
    known: Version | None,
    extraction: Extraction | None,
) -> FetchFacts:
    """What is known of a visit, and of its article and outlet by then."""
    last, redirected = visit.last, len(visit.hops) > 1
    return FetchFacts(
        url=article.url,
        final_url=last.exchange.url,
        status=last.status,
        trouble=last.exchange.trouble,
        trouble_detail=last.exchange.trouble_detail,
        truncated=last.truncated,
        unchanged=extraction is not None and _repeats(connection, last, article, known, extraction),
        mime=last.content_type,
        final_is_front=redirected and is_front(last.exchange.url, outlet),
        final_is_wall=redirected and is_wall(last.exchange.url),
        final_is_elsewhere=known is not None and _is_elsewhere(connection, visit, known, outlet),
        decoding_problem=last.decoding_problem if last.status == 200 else "",
        extraction=extraction,
        chain=tuple((hop.exchange.url, hop.status) for hop in visit.hops),
        headers=last.head.headers if last.head is not None else (),
        markup=markup_of(last.body, last.content_type),
        site=outlet.title,
        domains=outlet.domains,
        moved_before=redirected and _leads_to(connection, last.exchange.url) == article.id,
        dead_ends=_dead_ends(connection, article, last) if redirected else 0,
        other=_other(connection, article, visit, extraction),
    )


def _leads_to(connection: Connection, url: str) -> int | None:
    """The article that `url` leads to: its id."""
    try:
        found = articles.by_url(connection, normalise(url))
    except InvalidUrl:
        return None
    return None if found is None else found.id


def _dead_ends(connection: Connection, article: Article, last: Kept) -> int:
    at = last.exchange.began
    return record.dead_ends(
        connection, article.outlet_id, article.id, last.exchange.url, since=at - DEAD_ENDS, until=at
    )


def _other(connection: Connection, article: Article, visit: Visit, page: Extraction | None) -> str:
    """The other article at whose address the visit ended, or whose address the page says is its own."""
    canonical = page.structured.canonical if page is not None else None
    ends = [visit.last.exchange.url] if len(visit.hops) > 1 else []
    for url in (*ends, *filter(None, [canonical])):
        try:
            found = articles.by_url(connection, normalise(url))
        except InvalidUrl:
            continue
        if found is not None and found.id != article.id and found.version_id is not None:
            return found.title or found.url
    return ""


def markup_of(body: bytes, content_type: str) -> str:
    """The begin of an answer's body as text, for the marks of barriers."""
    return decode(body[:MARKUP], content_type=content_type).text if body else ""


def _repeats(
    connection: Connection, kept: Kept, article: Article, known: Version | None, page: Extraction
) -> bool:
    """Whether an answer brings the very bytes of an earlier one in which this article stood.

    The same block page twice, or the bytes of another article, prove nothing; nor does a beginning that was
    kept before the whole story could be read.
    """
    if kept.capture is None or kept.capture.record_type is not RecordType.REVISIT or kept.status not in (200, 304):
        return False
    original = record.original(connection, kept.capture)
    shown = findings.shown_in(connection, original.id, article.id)
    return bool(shown) and (not is_beginning(page) or (known is not None and known.id in shown))


def _is_elsewhere(connection: Connection, visit: Visit, known: Version, outlet: Outlet) -> bool:
    """Whether redirects led to a site that is neither the outlet's nor the one that the known words came from.

    The same words on another site are a copy; its edits are not the outlet's.
    """
    if len(visit.hops) < 2:
        return False
    home = urlsplit(record.capture(connection, known.capture_id).url).hostname or ""
    sites = [*outlet.domains, home, urlsplit(visit.hops[0].exchange.url).hostname or ""]
    host = urlsplit(visit.last.exchange.url).hostname or ""
    return not any(within(host, site_of(site)) for site in sites if site)


def is_front(url: str, outlet: Outlet) -> bool:
    """Whether `url` is the outlet's home page or one of its section fronts."""
    if urlsplit(url).path in ("", "/"):
        return True
    try:
        plain = normalise(url)
        fronts = {normalise(front) for front in (outlet.home, *(seed.url for seed in outlet.seeds)) if front}
    except InvalidUrl:
        return False
    return plain in fronts or looks_like_section(plain)
