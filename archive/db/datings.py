"""What lists said of when their stories were changed, and what that was worth. Knows the table `datings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from archive.db.rows import insert
from archive.db.tables import articles, datings
from archive.domain.lastmod import Trust

KEPT: Final = timedelta(days=30)
"""A part of a sitemap that was not read for so long is forgotten: archives are split by month."""

_AT_ONCE: Final = 500  # as in `articles.known_urls`


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """The dates of one list."""

    dates: Mapping[int, datetime] = field(default_factory=dict)  #: by article, in its last answer
    pulled: Mapping[int, datetime] = field(default_factory=dict)  #: articles that they led to, and when
    trust: Trust = field(default_factory=Trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of the last looks at an article."""

    id: int
    last_seen: datetime | None
    last_checked: datetime | None
    last_changed: datetime | None
    since: datetime  #: of its standing
    waits: bool  #: another wording was seen and is to be confirmed

    def shows_change(self, at: datetime) -> bool | None:
        """Whether there is something new since `at`; None while nobody knows."""
        if self.since >= at or (self.last_changed is not None and self.last_changed >= at):
            return True
        return None if self.waits or self.last_checked is None or self.last_checked < at else False


def of(connection: Connection, seed_id: int, url: str) -> Dating:
    """What is remembered of the list at `url`, which is a seed or a part of one."""
    query = select(datings).where(datings.c.seed_id == seed_id, datings.c.url == url)
    row = connection.execute(query).mappings().first()
    if row is None:
        return Dating()
    trust = Trust(row["tried"], row["borne_out"], row["doubted"])
    return Dating(dates=_unpacked(row["dates"]), pulled=_unpacked(row["pulled"]), trust=trust)


def note(connection: Connection, seed_id: int, url: str, dating: Dating, *, at: datetime) -> None:
    """Remember it; what was not read for long is forgotten."""
    values = {
        "at": at,
        "dates": _packed(dating.dates),
        "pulled": _packed(dating.pulled),
        "tried": dating.trust.tried,
        "borne_out": dating.trust.borne_out,
        "doubted": dating.trust.doubted,
    }
    statement = insert(connection, datings).values(seed_id=seed_id, url=url, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["seed_id", "url"], set_=values))
    connection.execute(datings.delete().where(datings.c.seed_id == seed_id, datings.c.at < at - KEPT))


def looks(connection: Connection, ids: Sequence[int]) -> dict[int, Look]:
    """The last looks at these articles, as far as they are watched."""
    found: dict[int, Look] = {}
    names = ("id", "last_seen", "last_checked", "last_changed", "since")
    for start in range(0, len(ids), _AT_ONCE):
        query = select(*(articles.c[name] for name in names), articles.c.wording)
        for row in connection.execute(query.where(articles.c.id.in_(ids[start : start + _AT_ONCE]))).mappings():
            waits = row["wording"].get("since") is not None
            found[row["id"]] = Look(waits=waits, **{name: row[name] for name in names})
    return found


def _packed(dates: Mapping[int, datetime]) -> dict[str, int]:
    return {str(article): int(when.timestamp()) for article, when in dates.items()}


def _unpacked(plain: Mapping[str, Any]) -> dict[int, datetime]:
    return {int(article): datetime.fromtimestamp(when, UTC) for article, when in plain.items()}
