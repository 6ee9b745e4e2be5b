"""What else was seen by the time of a sighting: of an article from other vantage points, of an outlet's articles.

Everything is asked as of a time, so that replaying the WARC files gives the same answers.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from archive.db.tables import articles, fetches, standings
from archive.domain.model import Presence, Role, Standing, Trouble

_ELSEWHERE = (
    select(fetches.c.vantage, fetches.c.id, fetches.c.began, fetches.c.presence, fetches.c.sighting)
    .where(
        fetches.c.article_id == bindparam("article"),
        fetches.c.began <= bindparam("at"),
        fetches.c.vantage != "",
        fetches.c.presence != "",
    )
    .order_by(fetches.c.began, fetches.c.id)
)
_TELLS = (Presence.PRESENT.value, Presence.GONE.value)
_FLAPPED = (
    select(func.max(standings.c.at))
    .join(articles, articles.c.id == standings.c.article_id)
    .where(
        articles.c.outlet_id == bindparam("outlet"),
        standings.c.flap.is_(True),
        standings.c.article_id != bindparam("article"),
        standings.c.at <= bindparam("at"),
    )
)
_CONTROLS = (
    select(fetches.c.id)
    .where(
        fetches.c.outlet_id == bindparam("outlet"),
        fetches.c.began <= bindparam("at"),
        fetches.c.began >= bindparam("since"),
        fetches.c.presence == Presence.PRESENT.value,
        fetches.c.vantage == "",
        fetches.c.source == "",
        fetches.c.role.in_([Role.ARTICLE.value, Role.CONTROL.value]),
        fetches.c.article_id.is_distinct_from(bindparam("article")),
    )
    .order_by(fetches.c.began.desc(), fetches.c.id.desc())
    .limit(bindparam("most"))
)


def elsewhere(connection: Connection, article_id: int, at: datetime) -> dict[str, tuple[int, datetime]]:
    """Vantage point → the last fetch from there that showed the article, and its time.

    Not where a later one from there found it gone.
    """
    rows = connection.execute(_ELSEWHERE, {"article": article_id, "at": at})
    last = {row.vantage: row for row in rows if row.presence in _TELLS}
    there = {label: row for label, row in last.items() if row.presence == Presence.PRESENT.value}
    return {label: (row.id, row.began) for label, row in sorted(there.items())}


def asked(connection: Connection, article_id: int, *, since: datetime, at: datetime, patience: int) -> int:
    """From how many vantage points the article was looked for in that time.

    A look whose way out failed is none. But a way that failed `patience` times is not waited for: a proxy that is
    dead for good must not keep every removal from being confirmed.
    """
    rows = connection.execute(_ELSEWHERE, {"article": article_id, "at": at})
    looks = Counter[str]()
    for row in rows:
        if row.began >= since:
            looks[row.vantage] += 1 if row.sighting == Trouble.PROXY_FAILED.value else patience
    return sum(count >= patience for count in looks.values())


def flapped(connection: Connection, outlet_id: int, at: datetime, *, but: int) -> datetime | None:
    """When another article of the outlet, which had been gone, was last found to be there after all."""
    return connection.execute(_FLAPPED, {"outlet": outlet_id, "article": but, "at": at}).scalar()


_MOVED = (
    select(standings.c.evidence)
    .join(articles, articles.c.id == standings.c.article_id)
    .where(
        articles.c.outlet_id == bindparam("outlet"),
        standings.c.article_id != bindparam("article"),
        standings.c.after == Standing.MOVED.value,
        standings.c.at > bindparam("since"),
        standings.c.at <= bindparam("at"),
    )
    .order_by(standings.c.at.desc())
    .limit(100)
)
_HOP = select(fetches.c.url, fetches.c.hop_of).where(fetches.c.id == bindparam("fetch"))


def moves(
    connection: Connection, outlet_id: int, *, since: datetime, at: datetime, but: int
) -> list[tuple[str, str]]:
    """From where to where other articles of the outlet were redirected when they were found to have moved."""
    wanted = {"outlet": outlet_id, "article": but, "since": since, "at": at}
    found = []
    for evidence in connection.execute(_MOVED, wanted).scalars():
        urls = way(connection, evidence.get("this"))
        if len(urls) > 1:
            found.append((urls[-1], urls[0]))
    return found


def way(connection: Connection, fetch_id: int | None) -> list[str]:
    """The addresses that led to a fetch, its own first."""
    hop, urls = fetch_id, list[str]()
    while hop is not None:
        url, hop = connection.execute(_HOP, {"fetch": hop}).one()
        urls.append(url)
    return urls


def controls(
    connection: Connection, outlet_id: int, *, since: datetime, at: datetime, but: int, most: int
) -> list[int]:
    """The last fetches of other articles of the outlet, or of its front page, that showed them: ids."""
    wanted = {"outlet": outlet_id, "article": but, "since": since, "at": at, "most": most}
    return list(connection.execute(_CONTROLS, wanted).scalars())
