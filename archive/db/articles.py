"""Articles, the URLs that lead to them, and what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    func,
    nulls_first,
    or_,
    select,
    type_coerce,
)

from archive.db import journal, notes
from archive.db import tags as tagging
from archive.db.rows import insert_id
from archive.db.tables import (
    aliases,
    articles,
    captures,
    editions,
    fetches,
    hints,
    opinions,
    outlets,
    standings,
    versions,
)
from archive.domain import wordings
from archive.domain.hints import HintKind
from archive.domain.model import Presence, Reason, Sighting, Standing
from archive.domain.standing import Held
from archive.domain.urls import urlkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as the database holds it."""

    id: int
    outlet_id: int
    outlet: str
    url: str
    title: str
    held: Held
    since: datetime
    first_seen: datetime | None
    last_seen: datetime | None
    last_checked: datetime | None
    last_sighting: str  #: its kind, at the last look from here
    last_changed: datetime | None
    next_check: datetime | None
    next_why: str
    discovered: datetime
    found_in: str  #: the seed's URL, or "by hand"
    published: datetime | None
    noindex: bool | None
    version_id: int | None
    wording: wordings.Held  #: what is held of its wording; what stands there is `version_id`'s first reading
    versions: int
    captures: int
    etag: str
    last_modified: str
    capture_id: int | None
    validated: datetime | None  #: when the answer came that gave the validators


# Each has its outlet. An outer join all the same: it keeps the order of the tables, so that a list by time is read
# from an index. SQLite took all outlets first where it knew little, and sorted all articles for each page.
ARTICLES = (
    select(articles, outlets.c.name.label("outlet"), captures.c.timestamp.label("validated"))
    .select_from(articles)
    .outerjoin(outlets, outlets.c.id == articles.c.outlet_id)
    .outerjoin(captures, captures.c.id == articles.c.capture_id)
)
_PLAIN = [name for name in Article.__slots__ if name not in ("held", "outlet", "wording")]


def as_article(row: RowMapping) -> Article:
    """The article in a row of `ARTICLES`."""
    held = Held(
        standing=Standing(row["standing"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        misses=row["misses"],
        first_miss=row["first_miss"],
        last_miss=row["last_miss"],
        moved=row["moved"],
        away=row["away"],
        silence=Presence(row["silence"]) if row["silence"] else None,
        silences=row["silences"],
        first_silence=row["first_silence"],
    )
    wording = wordings.from_json(row["wording"])
    plain = {name: row[name] for name in _PLAIN}
    return Article(held=held, outlet=row["outlet"], wording=wording, **plain)


def _all(connection: Connection, query: Select[Any]) -> list[Article]:
    return [as_article(row) for row in connection.execute(query).mappings()]


def by_id(connection: Connection, article_id: int) -> Article:
    """The article with this id, which must exist."""
    return as_article(connection.execute(ARTICLES.where(articles.c.id == article_id)).mappings().one())


def of_ids(connection: Connection, ids: Sequence[int]) -> list[Article]:
    """The articles with these ids, in the order in which they were found; those that are no more are left out."""
    return _all(connection, ARTICLES.where(articles.c.id.in_(ids)).order_by(articles.c.id))


def by_url(connection: Connection, identity: str) -> Article | None:
    """The article that the URL `identity` (normalised) leads to."""
    query = ARTICLES.join(aliases, aliases.c.article_id == articles.c.id).where(aliases.c.url == identity)
    row = connection.execute(query).mappings().first()
    return None if row is None else as_article(row)


def led_here(connection: Connection, url: str, *, but: int) -> Article | None:
    """Another article with a version, whose redirects ended at `url`: the one that moved there, if one did."""
    query = (
        ARTICLES.where(articles.c.version_id.is_not(None), articles.c.id != but)
        .where(
            articles.c.id.in_(
                select(captures.c.article_id)
                .join(fetches, fetches.c.id == captures.c.fetch_id)
                .where(captures.c.urlkey == urlkey(url), captures.c.url == url, fetches.c.vantage == "")
            )
        )
        .order_by(articles.c.id)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else as_article(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that is to be watched."""

    url: str  #: normalised
    title: str = ""
    published: datetime | None = None
    modified: datetime | None = None  #: as a list says


def add(
    connection: Connection,
    *,
    outlet_id: int,
    url: str,
    found_in: str,
    now: datetime,
    title: str = "",
    published: datetime | None = None,
) -> tuple[int, bool]:
    """Watch the article at `url` (normalised). Returns its id, and whether it is new."""
    found = Found(url=url, title=title, published=published)
    [added] = add_all(connection, [found], outlet_id=outlet_id, found_in=found_in, now=now)
    return added


def add_all(
    connection: Connection, wanted: Sequence[Found], *, outlet_id: int, found_in: str, now: datetime
) -> list[tuple[int, bool]]:
    """Watch articles of one outlet. Returns of each its id, and whether it is new."""
    added = [_add(connection, found, outlet_id=outlet_id, found_in=found_in, now=now) for found in wanted]
    if new := [found for found, (_, is_new) in zip(wanted, added, strict=True) if is_new]:
        outlet = connection.execute(select(outlets.c.name).where(outlets.c.id == outlet_id)).scalar_one()
        rows = [[f.url, f.title, f.published.isoformat() if f.published else None] for f in new]
        document = {"outlet": outlet, "found_in": found_in, "articles": rows}
        journal.note(connection, "watched", document, at=now)
    return added


def add_again(connection: Connection, document: Mapping[str, Any], *, outlet_id: int, now: datetime) -> None:
    """Watch the articles that a journal entry of the kind `watched` tells of."""
    for url, title, published in document["articles"]:
        when = datetime.fromisoformat(published) if published else None
        found = Found(url=url, title=title, published=when)
        _add(connection, found, outlet_id=outlet_id, found_in=document["found_in"], now=now)


def _add(
    connection: Connection, found: Found, *, outlet_id: int, found_in: str, now: datetime
) -> tuple[int, bool]:
    known = connection.execute(select(aliases.c.article_id).where(aliases.c.url == found.url)).scalar()
    if known is not None:
        return known, False
    statement = articles.insert().values(
        outlet_id=outlet_id,
        url=found.url,
        title=found.title,
        standing=Standing.LIVE.value,
        since=now,
        discovered=now,
        found_in=found_in,
        published=found.published,
        next_check=now,
        next_why="never fetched",
    )
    article_id = insert_id(connection, statement)
    connection.execute(aliases.insert().values(url=found.url, article_id=article_id, why="found"))
    return article_id, True


def known_urls(connection: Connection, urls: list[str]) -> set[str]:
    """Which of these normalised URLs lead to an article already."""
    found: set[str] = set()
    for start in range(0, len(urls), 500):  # SQLite takes at most 32,766 variables; 500 keeps statements small
        part = urls[start : start + 500]
        found |= set(connection.execute(select(aliases.c.url).where(aliases.c.url.in_(part))).scalars())
    return found


def add_alias(connection: Connection, article_id: int, url: str, why: str) -> None:
    """Let `url` lead to the article too, unless it leads to one already."""
    if connection.execute(select(aliases.c.article_id).where(aliases.c.url == url)).scalar() is None:
        connection.execute(aliases.insert().values(url=url, article_id=article_id, why=why))


def rename(connection: Connection, article_id: int, url: str) -> None:
    """Call the article by another of its URLs."""
    connection.execute(articles.update().where(articles.c.id == article_id).values(url=url))


def merge(connection: Connection, *, away: int, into: int) -> None:
    """Give all that `away` has to `into`, and forget `away`, which must have no version."""
    held = connection.execute(select(versions.c.id).where(versions.c.article_id == away)).first()
    if held is not None:
        raise ValueError(f"article {away} has versions of its own")
    for table in (hints, opinions, editions):  # of an article without a version they say nothing
        connection.execute(table.delete().where(table.c.article_id == away))
    tagging.hand_over(connection, away=away, into=into)
    notes.hand_over(connection, away=away, into=into)
    for table in (aliases, fetches, captures, standings):
        connection.execute(table.update().where(table.c.article_id == away).values(article_id=into))
    moved = connection.execute(select(articles.c.captures).where(articles.c.id == away)).scalar_one()
    connection.execute(articles.update().where(articles.c.id == into).values(captures=articles.c.captures + moved))
    connection.execute(articles.delete().where(articles.c.id == away))


def update(connection: Connection, article_id: int, **values: Any) -> None:
    """Write columns of one article."""
    connection.execute(articles.update().where(articles.c.id == article_id).values(**values))


def note_look(connection: Connection, article_id: int, sighting: Sighting, at: datetime) -> None:
    """Write what the last look at an article said of it."""
    said = {"last_presence": sighting.presence.value, "last_sighting": sighting.kind}
    update(connection, article_id, last_checked=at, **said)


def hold(connection: Connection, article_id: int, held: Held, *, since: datetime) -> None:
    """Write what is held of an article's standing, and since when it stands so."""
    values = {
        "standing": held.standing.value,
        "reason": held.reason.value if held.reason else "",
        "misses": held.misses,
        "first_miss": held.first_miss,
        "last_miss": held.last_miss,
        "moved": held.moved,
        "away": held.away,
        "silence": held.silence.value if held.silence else "",
        "silences": held.silences,
        "first_silence": held.first_silence,
        "since": since,
    }
    update(connection, article_id, **values)


def forget_findings(connection: Connection, article_id: int) -> None:
    """Make an article as it was before its first visit; its addresses, fetches and captures stay."""
    article = by_id(connection, article_id)
    of_pages = hints.delete().where(hints.c.article_id == article_id, hints.c.kind == HintKind.NOINDEX.value)
    connection.execute(of_pages)
    connection.execute(editions.delete().where(editions.c.article_id == article_id))
    update(
        connection,
        article_id,
        standing=Standing.LIVE.value,
        reason="",
        since=article.discovered,
        misses=0,
        first_miss=None,
        last_miss=None,
        moved=False,
        away=None,
        silence="",
        silences=0,
        first_silence=None,
        first_seen=None,
        last_seen=None,
        last_presence="",
        last_sighting="",
        last_checked=None,
        last_changed=None,
        noindex=None,
        version_id=None,
        wording={},
        versions=0,
        etag="",
        last_modified="",
        capture_id=None,
    )


def due(connection: Connection, now: datetime, *, outlet: str | None = None, force: bool = False) -> list[Article]:
    """Articles whose next check has come, the most overdue first; with `force` all, the longest unseen first."""
    query = ARTICLES.where(outlets.c.paused.is_(False))
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    if force:
        order = nulls_first(articles.c.last_checked)
    else:
        query, order = query.where(articles.c.next_check <= now), articles.c.next_check
    return _all(connection, query.order_by(order, articles.c.id))


def due_of(connection: Connection, outlet_id: int, now: datetime, *, limit: int) -> list[Article]:
    """What of an outlet is due, in the order in which it should be visited, the first so many.

    Second looks first, then suspicions, then what was never seen; then that which is late by the most of its own
    pauses, so that after a long sleep a story of today is not behind thousands of old ones.
    """
    urgency = case(
        (articles.c.next_why.in_(SECOND_LOOKS), 0),
        (articles.c.standing == Standing.MISSING.value, 1),
        (articles.c.last_checked.is_(None), 2),
        else_=3,
    )
    stamp = int(now.timestamp() * 1000)
    at, last = type_coerce(articles.c.next_check, BigInteger), type_coerce(articles.c.last_checked, BigInteger)
    late = (stamp - at) * 1.0 / case((at - last > _LEAST_PAUSE, at - last), else_=_LEAST_PAUSE)
    query = ARTICLES.where(articles.c.outlet_id == outlet_id, articles.c.next_check <= now)
    return _all(connection, query.order_by(urgency, late.desc(), articles.c.id).limit(limit))


_LEAST_PAUSE: Final = 60_000
"""Milliseconds; a shorter pause, or one that a stepped clock turned round, counts as this."""


def outlets_due(connection: Connection, now: datetime) -> dict[int, int]:
    """Outlets that are not paused, of which articles are due: id → how many."""
    query = (
        select(articles.c.outlet_id, func.count())
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(articles.c.next_check <= now, outlets.c.paused.is_(False))
        .group_by(articles.c.outlet_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def unseen_since(connection: Connection, ids: Sequence[int], since: datetime) -> int:
    """How many of these nobody looked at since then."""
    unseen = or_(articles.c.last_checked.is_(None), articles.c.last_checked < since)
    query = select(func.count()).where(articles.c.id.in_(ids), unseen)
    return int(connection.execute(query).scalar_one())


TO_CONFIRM: Final = "another wording was seen: a second look"
GONE_ONCE: Final = "it was not there: a second look"
SECOND_LOOKS: Final = (TO_CONFIRM, GONE_ONCE)
"""Why an article is to be fetched again so soon."""


def to_confirm(connection: Connection, until: datetime, *, outlet: str | None = None) -> list[Article]:
    """Articles of which something is to be confirmed by then, the most overdue first."""
    query = ARTICLES.where(
        outlets.c.paused.is_(False), articles.c.next_check <= until, articles.c.next_why.in_(SECOND_LOOKS)
    )
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    return _all(connection, query.order_by(articles.c.next_check, articles.c.id))


_TURNED_AWAY: Final = ("geo_block", "forbidden", "legal")
"""Sightings that may be for us alone, where we are."""


def seem_gone(
    connection: Connection, *, outlet_id: int | None = None, checked_since: datetime | None = None
) -> list[Article]:
    """Articles that may be there for others: suspected missing or geo-blocked; who waits longest, first.

    With `checked_since` those that were looked at since then, and also those that turned us away. He waits longest
    whose last look from a vantage point is longest ago.
    """
    elsewhere = select(func.max(fetches.c.began)).where(
        fetches.c.article_id == articles.c.id, fetches.c.vantage != ""
    )
    doubtful = or_(
        articles.c.standing == Standing.MISSING.value,
        articles.c.reason == Reason.GEO_BLOCKED.value,
    )
    if checked_since is not None:
        turned_away = articles.c.last_sighting.in_(_TURNED_AWAY)
        doubtful = and_(or_(doubtful, turned_away), articles.c.last_checked >= checked_since)
    query = ARTICLES.where(outlets.c.paused.is_(False), articles.c.version_id.is_not(None), doubtful)
    if outlet_id is not None:
        query = query.where(articles.c.outlet_id == outlet_id)
    return _all(connection, query.order_by(nulls_first(elsewhere.scalar_subquery()), articles.c.id))


def unplanned(connection: Connection) -> list[Article]:
    """Articles that were fetched and have no next check yet."""
    return _all(connection, ARTICLES.where(articles.c.next_check.is_(None)))


def unanswered(connection: Connection) -> set[int]:
    """Articles to be planned whose last fetch did not say whether they are there: ids."""
    last = (
        select(func.max(fetches.c.id))
        .join(articles, articles.c.id == fetches.c.article_id)
        .where(articles.c.next_check.is_(None), fetches.c.presence != "", fetches.c.vantage == "")
        .group_by(fetches.c.article_id)
    )
    silent = fetches.c.presence.in_([Presence.UNREACHABLE.value, Presence.BARRIER.value])
    query = select(fetches.c.article_id).where(fetches.c.id.in_(last), silent)
    return set(connection.execute(query).scalars())


def replan(connection: Connection, plans: Sequence[tuple[int, datetime, str]]) -> None:
    """Write next checks: article id, when, why then. One statement for all."""
    if plans:
        statement = articles.update().where(articles.c.id == bindparam("planned_id"))
        statement = statement.values(next_check=bindparam("planned_at"), next_why=bindparam("planned_why"))
        connection.execute(
            statement, [{"planned_id": i, "planned_at": at, "planned_why": why} for i, at, why in plans]
        )


def listed(
    connection: Connection,
    *,
    outlet: str | None = None,
    standing: str | None = None,
    words: str | None = None,
    tag: str | None = None,
    limit: int = 100,
) -> list[Article]:
    """Articles for people, the latest changed or found first."""
    query = ARTICLES.order_by(articles.c.discovered.desc(), articles.c.id.desc()).limit(limit)
    if outlet is not None:
        query = query.where(outlets.c.name == outlet)
    if standing is not None:
        query = query.where(articles.c.standing == standing)
    if words is not None:
        pattern = f"%{words}%"
        query = query.where(or_(articles.c.title.ilike(pattern), articles.c.url.ilike(pattern)))
    if tag is not None:
        query = query.where(articles.c.id.in_(tagging.tagged(tag)))
    return _all(connection, query)


def urls_of(connection: Connection, article_id: int) -> list[str]:
    """Every URL that leads to the article."""
    query = select(aliases.c.url).where(aliases.c.article_id == article_id).order_by(aliases.c.url)
    return list(connection.execute(query).scalars())
