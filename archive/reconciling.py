"""WARC files → index: what a crash kept from being indexed.

The WARC is written before the database learns of it, so a process that is killed between the two leaves
whole exchanges without a row. Their metadata records say what they were fetched for. What they mean is
not found out here: an article whose visit was not settled is due as before, and is visited again.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from archive.db import articles, outlets, record
from archive.db.engine import Connection, Database
from archive.domain.model import Exchange, Role
from archive.domain.urls import InvalidUrl, normalise
from archive.errors import NothingFound
from archive.keeping import Purpose, index
from archive.warc.reader import Group, Torn, exchange_of, iter_exchanges
from archive.warc.rebuild import capture_of
from archive.warc.records import prepare


def reconcile(database: Database, path: Path) -> int:
    """Index the whole exchanges of the WARC file at `path` that have no row; returns how many there were."""
    added = 0
    with database.write() as connection, contextlib.suppress(Torn):  # damage is for `stet verify` to name
        known = record.places_in(connection, path.name)
        for group in iter_exchanges(path):
            if group.location.offset not in known:
                _add(connection, path.parent, group)
                added += 1
    return added


def _add(connection: Connection, folder: Path, group: Group) -> None:
    exchange = exchange_of(folder, group, lookup=lambda url, at: record.response_at(connection, url, at))
    purpose = _purpose(connection, exchange)
    index(connection, prepare(exchange), purpose, group.location, capture_of(group.records, group.location))


def _purpose(connection: Connection, exchange: Exchange) -> Purpose:
    """What the notes of the exchange say that it was for, as far as that is still known here."""
    notes = dict(exchange.notes)
    role, subject = Role(notes.get("role", Role.PROBE)), notes.get("subject", "")
    outlet_id = article_id = seed_id = None
    with contextlib.suppress(NothingFound):
        outlet_id, _ = outlets.by_name(connection, notes.get("outlet", ""))
    if role is Role.ARTICLE:
        with contextlib.suppress(InvalidUrl):
            article = articles.by_url(connection, normalise(subject))
            article_id = article.id if article is not None else None
    if role is Role.SEED and outlet_id is not None:
        seeds = {seed.url: seed.id for seed in outlets.seeds_of(connection, outlet_id)}
        seed_id = seeds.get(subject)
    via = notes.get("via")
    hop_of = record.latest_fetch(connection, via, exchange.began) if via else None
    return Purpose(role=role, outlet_id=outlet_id, article_id=article_id, seed_id=seed_id, hop_of=hop_of)
