"""What the database holds of one article's wording → its `History`.

It only reads. Of each version it takes the last reading by one extractor: today's, or, while an upgrade has not
read the history again, the one that read most of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from archive import memento
from archive.db import findings, gaps
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.domain.blame import Spell, blame
from archive.domain.history import History, Told, brought_by
from archive.domain.model import Capture
from archive.errors import NothingFound
from archive.extractor import EXTRACTOR


def history_of(connection: Connection, url: str) -> History:
    """The history of the article behind `url`; raises `NothingFound`."""
    article = memento.article_at(connection, url)
    versions = findings.versions_of(connection, article.id)
    if not versions:
        raise NothingFound(f"{url}: no version of it is known yet; 'stet crawl --url {url}' fetches it")
    extractor = _reader(versions)
    readings = {v.number: v for v in versions if v.extraction.extractor == extractor}
    spells = _spells(memento.shown(connection, article), readings)
    numbers = {version.id: version.number for version in versions}
    told = [_told(change, numbers) for change in findings.changes_of(connection, article.id)]
    return History(
        url=article.url,
        outlet=article.outlet,
        title=article.title,
        standing=article.held.standing.value,
        reason=article.held.reason.value if article.held.reason else "",
        first_seen=article.first_seen,
        last_seen=article.last_seen,
        last_checked=article.last_checked,
        extractor=extractor,
        unread=tuple(sorted(set(numbers.values()) - readings.keys())),
        blame=blame(spells),
        pages=tuple(readings[spell.version].extraction for spell in spells),
        changes=tuple(change for change in told if change.superseded_by is None),
        brought_by=brought_by(spells, told),
        gaps=tuple(gaps.of_article(connection, article.id)),
        turns=tuple(findings.standings_of(connection, article.id)),
    )


def _reader(versions: Iterable[Version]) -> str:
    """The extractor that read most versions; of several today's, and then the latest."""
    read = Counter({v.extraction.extractor: 0 for v in versions})
    read.update(extractor for extractor, _ in {(v.extraction.extractor, v.number) for v in versions})
    latest = {v.extraction.extractor: v.id for v in versions}
    return max(read, key=lambda extractor: (read[extractor], extractor == EXTRACTOR, latest[extractor]))


def _spells(shown: Iterable[tuple[Capture, Version]], readings: dict[int, Version]) -> list[Spell]:
    """Captures in the order of time → stretches in which one version stood."""
    looks = [(capture.timestamp, version.number) for capture, version in shown if version.number in readings]
    stretches = [(number, [at for at, _ in same]) for number, same in groupby(looks, lambda look: look[1])]
    return [Spell(n, readings[n].extraction.text, times[0], times[-1]) for n, times in stretches]


def _told(change: Change, numbers: dict[int, int]) -> Told:
    plain = {name: getattr(change, name) for name in Told.__slots__}
    plain |= {name: numbers.get(plain[name], 0) for name in ("from_version", "to_version")}
    return Told(**plain)
