"""Articles that show whether an outlet answers at all, while others of it are missing.

Knows which articles can show that, and when one of them last did. Only what was seen straight from here counts:
what is there from elsewhere may be missing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, select, type_coerce

from archive.db.tables import Utc, articles, fetches
from archive.domain.model import Presence, Role, Standing

GROWN: Final = timedelta(days=1)
"""An article must have been first seen so long before, or for as long as a suspicion takes where that is shorter:
what is new today says nothing of an outlet's old pages."""

FEWEST: Final = 2
"""Controls that are visited in one pass, for one suspect or two."""

MOST: Final = 10
"""And for however many: the eleventh says nothing that ten did not."""

FEW: Final = 5
"""An outlet with fewer articles that are watched is known by its front page as well: `domain.outages.ENOUGH`."""

_LOST: Final = (Standing.MISSING.value, Standing.TAKEN_DOWN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What is to be visited beside the suspects of one outlet."""

    articles: tuple[int, ...] = ()  #: ids
    front: bool = False  #: the front page, since no article can show anything


def suspects(connection: Connection) -> dict[int, list[int]]:
    """Articles that are missing, by outlet: ids."""
    query = (
        select(articles.c.outlet_id, articles.c.id)
        .where(articles.c.standing == Standing.MISSING.value)
        .order_by(articles.c.id)
    )
    found: dict[int, list[int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.outlet_id, []).append(row.id)
    return found


def for_suspects(
    connection: Connection, outlet_id: int, count: int, now: datetime, *, span: timedelta = GROWN
) -> Controls:
    """What is to be visited beside `count` suspects of an outlet: its live articles, the latest seen first.

    Where all that it has are missing, taken down or of today, its front page is. Where others are there and nobody
    can see them either, nothing is: a front page that is up proves little then.
    """
    grown = (articles.c.outlet_id == outlet_id) & (articles.c.first_seen <= now - min(GROWN, span))
    live = (
        select(articles.c.id)
        .where(grown, articles.c.standing == Standing.LIVE.value, articles.c.away.is_(None))
        .order_by(articles.c.last_seen.desc(), articles.c.id)
        .limit(min(max(count, FEWEST), MOST))
    )
    found = tuple(connection.execute(live).scalars())
    others = select(articles.c.id).where(grown, articles.c.standing.not_in(_LOST)).limit(1)
    return Controls(articles=found, front=connection.execute(others).first() is None)


def wants_front(connection: Connection, outlet_id: int, now: datetime, every: timedelta) -> bool:
    """Whether the front page of an outlet with few articles is to be looked at, when one of them is visited.

    It is while one of them is not there, and else so seldom as `every` says (0: never), for it to be known before.
    """
    watched = select(articles.c.away).where(
        articles.c.outlet_id == outlet_id,
        articles.c.version_id.is_not(None),
        articles.c.standing != Standing.TAKEN_DOWN.value,
    )
    away = connection.execute(watched.limit(FEW)).scalars().all()
    if not away or len(away) == FEW:
        return False
    lately = select(fetches.c.id).where(
        fetches.c.outlet_id == outlet_id, fetches.c.began > now - every, fetches.c.role == Role.CONTROL.value
    )
    due = bool(every) and connection.execute(lately.limit(1)).first() is None
    return due or any(each is not None for each in away)


_PRESENT = (
    fetches.c.outlet_id == bindparam("outlet"),
    fetches.c.presence == Presence.PRESENT.value,
    fetches.c.began <= bindparam("until"),
    fetches.c.vantage == "",
    fetches.c.source == "",
)
_first_seen = type_coerce(  # no join: SQLite would begin with the articles
    select(articles.c.first_seen)
    .where(articles.c.id == fetches.c.article_id)
    .correlate(fetches)
    .scalar_subquery(),
    BigInteger,
)
_LAST = (
    select(fetches.c.began)
    .where(
        *_PRESENT,
        fetches.c.role == Role.ARTICLE.value,
        fetches.c.article_id != bindparam("but_article"),
        _first_seen <= type_coerce(fetches.c.began, BigInteger) - bindparam("grown", type_=BigInteger),
    )
    .order_by(fetches.c.began.desc())
    .limit(1)
)
_LAST_FRONT = (
    select(fetches.c.began)
    .where(*_PRESENT, fetches.c.role == Role.CONTROL.value, fetches.c.began > bindparam("since"))
    .order_by(fetches.c.began.desc())
    .limit(1)
)
_said = (
    select(fetches.c.presence)
    .where(
        fetches.c.article_id == articles.c.id,
        fetches.c.began <= bindparam("until"),
        fetches.c.role == Role.ARTICLE.value,
        fetches.c.presence.in_([Presence.PRESENT.value, Presence.GONE.value]),
        fetches.c.vantage == "",
        fetches.c.source == "",
    )
    .order_by(fetches.c.began.desc())
    .limit(1)
    .correlate(articles)
    .scalar_subquery()
)
_OTHERS = (
    select(articles.c.id)
    .where(
        articles.c.outlet_id == bindparam("outlet"),
        articles.c.id != bindparam("but_article"),
        articles.c.first_seen <= bindparam("born", type_=Utc),
        _said == Presence.PRESENT.value,
    )
    .limit(1)
)


def last_control(
    connection: Connection, outlet_id: int, *, but: int, at: datetime, span: timedelta = GROWN
) -> datetime | None:
    """When, not later than `at`, an article of the outlet other than `but` was last there, or else its front page.

    The front page counts only where there is no other article that was there when it last gave an answer: one that
    only cannot be seen would have to be seen.
    """
    grown = min(GROWN, span)
    wanted = {"outlet": outlet_id, "until": at, "but_article": but}
    last = connection.execute(_LAST, {**wanted, "grown": grown // timedelta(milliseconds=1)}).scalar()
    since = last or datetime.min.replace(tzinfo=UTC)
    front = connection.execute(_LAST_FRONT, {"outlet": outlet_id, "until": at, "since": since}).scalar()
    if front is None:
        return last
    others = connection.execute(_OTHERS, {**wanted, "born": at - grown}).first()
    return front if others is None else last
