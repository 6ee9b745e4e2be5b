"""How the visits of an outlet went day by day, and where the hits of a search lie. They only read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Connection, case, func, select, type_coerce

from archive.db.searching import COUNTED, EVERYTHING, Scope, texts_found
from archive.db.tables import articles, fetches, outlets
from archive.domain.gaps import TELLING
from archive.domain.model import Presence
from archive.domain.searchable import Query

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_IDS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """How the straight visits of an outlet's articles went on one day, in UTC."""

    day: date
    count: int
    told: int  #: that told whether the article was there
    blocked: int
    failed: int

    @property
    def success(self) -> float | None:
        """The share that told something; None on a day without visits."""
        return self.told / self.count if self.count else None


def visits_by_day(connection: Connection, outlet_id: int, since: datetime, until: datetime) -> list[Visits]:
    """The visits of each day, the days of none too."""
    of = fetches.c
    day = (type_coerce(of.began, BigInteger) // _DAY_MS).label("day")

    def of_kind(*presences: str) -> ColumnElement[int]:
        return func.sum(case((of.presence.in_(presences), 1), else_=0))

    query = (
        select(
            day,
            func.count(),
            of_kind(*sorted(TELLING)),
            of_kind(Presence.BARRIER.value),
            of_kind(Presence.UNREACHABLE.value),
        )
        .where(
            of.outlet_id == outlet_id,
            of.presence.in_([each.value for each in Presence]),
            of.began >= since,
            of.began <= until,
            of.vantage == "",
            of.article_id.is_not(None),
        )
        .group_by("day")
    )
    found = {_EPOCH + timedelta(days=day): counts for day, *counts in connection.execute(query)}
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [_visits(at, *found.get(at, (0, 0, 0, 0))) for at in days]


def _visits(day: date, count: int, told: int, blocked: int, failed: int) -> Visits:
    return Visits(day=day, count=count, told=told, blocked=blocked, failed=failed)


def hits_by_outlet(connection: Connection, query: Query, scope: Scope = EVERYTHING) -> Mapping[str, int]:
    """In how many articles of each outlet words ever stood, the most first; as far as hits are counted."""
    ids = sorted({row.article_id for row in islice(texts_found(connection, query, scope), COUNTED)})
    found = Counter[str]()
    for start in range(0, len(ids), _IDS):
        some = (
            select(outlets.c.name, func.count())
            .join(articles, articles.c.outlet_id == outlets.c.id)
            .where(articles.c.id.in_(ids[start : start + _IDS]))
            .group_by(outlets.c.name)
        )
        for name, count in connection.execute(some):
            found[name] += count
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
