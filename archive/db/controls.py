"""Articles that show whether an outlet answers at all, while others of it are missing.

Knows which articles can show that, and when one of them last did. Only what was seen straight from here counts:
what is there from elsewhere may be missing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, or_, select, type_coerce

from archive.db.tables import articles, fetches
from archive.domain.model import Presence, Role, Standing

GROWN: Final = timedelta(days=1)
"""An article must have been first seen so long before, or for as long as a suspicion takes where that is shorter:
what is new today says nothing of an outlet's old pages."""

FEWEST: Final = 2
"""Controls that are visited in one pass, for one suspect or two."""

MOST: Final = 10
"""And for however many: the eleventh says nothing that ten did not."""

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
        .where(grown, articles.c.standing == Standing.LIVE.value)
        .order_by(articles.c.last_seen.desc(), articles.c.id)
        .limit(min(max(count, FEWEST), MOST))
    )
    found = tuple(connection.execute(live).scalars())
    others = select(articles.c.id).where(grown, articles.c.standing.not_in(_LOST)).limit(1)
    return Controls(articles=found, front=connection.execute(others).first() is None)


_LAST = (
    select(fetches.c.began)
    .outerjoin(articles, articles.c.id == fetches.c.article_id)
    .where(
        fetches.c.outlet_id == bindparam("outlet"),
        fetches.c.presence == Presence.PRESENT.value,
        fetches.c.began <= bindparam("until"),
        fetches.c.vantage == "",
        fetches.c.source == "",
        or_(
            fetches.c.role == Role.CONTROL.value,
            (fetches.c.role == Role.ARTICLE.value)
            & (fetches.c.article_id != bindparam("but_article"))
            & (
                type_coerce(articles.c.first_seen, BigInteger)
                <= type_coerce(fetches.c.began, BigInteger) - bindparam("grown", type_=BigInteger)
            ),
        ),
    )
    .order_by(fetches.c.began.desc())
    .limit(1)
)


def last_control(
    connection: Connection, outlet_id: int, *, but: int, at: datetime, span: timedelta = GROWN
) -> datetime | None:
    """When, not later than `at`, an article of the outlet other than `but` was last there, or else its front page.

    Front pages are fetched only where no article can show anything.
    """
    grown = min(GROWN, span) // timedelta(milliseconds=1)
    wanted = {"outlet": outlet_id, "until": at, "but_article": but, "grown": grown}
    return connection.execute(_LAST, wanted).scalar()
