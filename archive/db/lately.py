"""What was found since a moment: the first thing that somebody asks who was here before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from archive.db.findings import STANDINGS, as_standing
from archive.db.tables import changes, edits, standings
from archive.domain.history import StandingChange
from archive.domain.model import Standing
from archive.domain.verdicts import THERE

_GONE = standings.c.after == Standing.TAKEN_DOWN.value
_BACK = and_(
    standings.c.before == Standing.TAKEN_DOWN.value, standings.c.after.in_(sorted(each.value for each in THERE))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much was found."""

    changes: int  #: without those that a later one tells of
    silent: int  #: of these, that no note on the page declares
    gone: int  #: articles that were found to be taken down
    back: int  #: and put back


def counts(connection: Connection, since: datetime) -> Counts:
    """How much was found since then."""
    told = select(func.count(), func.coalesce(func.sum(changes.c.stealth.cast(_NUMBER)), 0)).where(
        changes.c.detected_at >= since, changes.c.superseded_by.is_(None)
    )
    found, silent = connection.execute(told).one()
    steps = select(func.count().filter(_GONE), func.count().filter(_BACK)).where(standings.c.at >= since)
    gone, back = connection.execute(steps).one()
    return Counts(changes=int(found), silent=int(silent), gone=int(gone), back=int(back))


_NUMBER = changes.c.words_added.type


def vanished(connection: Connection, since: datetime, *, limit: int) -> list[StandingChange]:
    """The articles that were found to be taken down or put back since then, the latest first."""
    query = STANDINGS.where(standings.c.at >= since, or_(_GONE, _BACK))
    query = query.order_by(standings.c.at.desc(), standings.c.id.desc()).limit(limit)
    return [as_standing(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Stretches:
    """What a change took out and what it put in, as published; what was so in several places stands here once."""

    removed: Sequence[str]
    added: Sequence[str]


def stretches(connection: Connection, ids: Collection[int]) -> Mapping[int, Stretches]:
    """The same of these changes, by their ids."""
    query = select(edits.c.change_id, edits.c.removed, edits.c.added).where(edits.c.change_id.in_(ids))
    return {row.change_id: Stretches(_once(row.removed), _once(row.added)) for row in connection.execute(query)}


def _once(texts: Sequence[str]) -> list[str]:
    """Each text, but for those that are a part of another."""
    different = list(dict.fromkeys(text for text in texts if text.strip()))
    return [text for text in different if not any(text in other for other in different if other != text)]
