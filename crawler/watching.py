"""Watching single articles: which outlet a URL belongs to, and an outlet for those that have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.db import articles, outlets
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.domain.identity import twin_of
from archive.domain.interest import BY_HAND
from archive.domain.model import Outlet
from archive.domain.urls import normalise
from crawler.outlets import known_for, slug
from crawler.sites import registrable


def watch(connection: Connection, url: str, *, now: datetime) -> tuple[Article, bool]:
    """Watch the article at `url`. Returns it, and whether it is new. Raises `InvalidUrl`."""
    plain = normalise(url)
    plain = twin_of(plain) or plain
    known = articles.by_url(connection, plain)
    if known is not None:
        return known, False
    outlet_id, _ = outlet_for(connection, plain, now=now)
    article_id, _ = articles.add(connection, outlet_id=outlet_id, url=plain, found_in=BY_HAND, now=now)
    return articles.by_id(connection, article_id), True


def outlet_for(connection: Connection, url: str, *, now: datetime) -> tuple[int, Outlet]:
    """The outlet that owns `url`: one that is watched, one that we know, or a new one with no seeds."""
    found = outlets.for_url(connection, url)
    if found is not None:
        return found
    shipped = known_for(url)
    # A known one lends its name and politeness; its seeds are read when the user adds the outlet.
    outlet = replace(shipped, seeds=()) if shipped is not None else draft(urlsplit(url).hostname or "")
    outlet = replace(outlet, name=outlets.free_name(connection, outlet.name))
    return outlets.save(connection, outlet, now), outlet


def draft(host: str) -> Outlet:
    """An outlet without seeds for the site that `host` belongs to."""
    domain = registrable(host)
    return Outlet(name=slug(domain), title=domain, domains=(domain,))
