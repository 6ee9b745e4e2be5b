"""What was found, as rules and messages see it: `Event`s made of changes, standings and outlets.

Only reads. What an event says is as it is known at this moment: the article's tags, and the addresses that lead to
it, of which those are looked up that a rule names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from archive.db import findings, told
from archive.db.findings import Version
from archive.db.tables import aliases, articles, edits, outlets, tags, versions
from archive.domain.rules import Event, What

IDS = 500
"""So many addresses go into one statement; SQLite takes at most 32,766."""


def of_change(
    connection: Connection, change_id: int, named: Collection[str] = (), *, title: str = ""
) -> Event | None:
    """The change with this id. `named`: the addresses that rules name; `title`: another than the article's."""
    change = findings.change(connection, change_id)
    if change is None:
        return None
    row = connection.execute(select(edits.c.removed, edits.c.added).where(edits.c.change_id == change_id)).first()
    removed, added = row if row is not None else ((), ())
    query = select(versions.c.fingerprint).where(versions.c.id == change.to_version)
    return Event(
        what=What.CHANGE,
        id=change.id,
        at=change.detected_at,
        text=change.summary,
        url=change.url,
        outlet=change.outlet,
        title=title or change.title,
        addresses=_leading_to(connection, articles.c.id == change.article_id, named),
        tags=_tags(connection, articles.c.id == change.article_id),
        kinds=change.kinds,
        weight=change.weight,
        stealth=change.stealth,
        removed=_lines(removed),
        added=_lines(added),
        from_at=change.from_at,
        to_at=change.to_at,
        from_version=change.from_version,
        to_version=change.to_version,
        mark=connection.execute(query).scalar_one()[:MARK],
    )


MARK = 12
"""Digits of a version's fingerprint that tell it from the article's others."""


def of_standing(
    connection: Connection, standing_id: int, named: Collection[str] = (), *, text: str = ""
) -> Event | None:
    """The step of a standing with this id."""
    found = findings.standing(connection, standing_id)
    if found is None:
        return None
    return Event(
        what=What.STANDING,
        id=found.id,
        at=found.at,
        text=text or f"{found.before} → {found.after}: {found.why}".replace("_", " "),
        url=found.url,
        outlet=found.outlet,
        title=found.title,
        addresses=_leading_to(connection, articles.c.id == found.article_id, named),
        tags=_tags(connection, articles.c.id == found.article_id),
        standing=found.after.value,
        reason=found.reason,
        before=found.before.value,
    )


def of_outlet(
    connection: Connection,
    notice_id: int,
    named: Collection[str] = (),
    *,
    kind: str,
    outlet: str,
    title: str,
    url: str,
    at: datetime,
    text: str,
) -> Event:
    """What is told once of a whole outlet; all its articles are concerned."""
    theirs = articles.c.outlet_id == select(outlets.c.id).where(outlets.c.name == outlet).scalar_subquery()
    return Event(
        what=What.NOTICE,
        id=notice_id,
        at=at,
        text=text,
        url=url,
        outlet=outlet,
        title=title,
        addresses=_leading_to(connection, theirs, named),
        tags=_tags(connection, theirs),
        kinds=(kind,),
        mark=kind,
    )


def wordings(connection: Connection, event: Event) -> tuple[Version, Version] | None:
    """The two wordings that a change lies between; None where they are gone, or its ids are another's."""
    if event.from_version is None or event.to_version is None:
        return None
    ids = event.from_version, event.to_version
    if connection.execute(select(func.count()).where(versions.c.id.in_(ids))).scalar_one() != len(set(ids)):
        return None
    before, after = (findings.version(connection, each) for each in ids)
    same = before.article_id == after.article_id and after.fingerprint[:MARK] == event.mark
    return (before, after) if same else None


def history(connection: Connection, since: datetime, named: Collection[str] = ()) -> Iterator[Event]:
    """All that was told since then, the latest first."""
    before = None
    while some := told.listed(connection, before=before, limit=PAGE):
        for one in some:
            if one.at < since:
                return
            yield from _events(connection, one, named)
        before = some[-1].at


PAGE = 200
"""Things that were told that are read at once."""


def _events(connection: Connection, one: told.Told, named: Collection[str]) -> Iterator[Event]:
    if one.what is What.CHANGE:
        found = of_change(connection, one.id, named)
    elif one.what is What.STANDING:
        found = of_standing(connection, one.id, named)
    else:
        known = {name: getattr(one, name) for name in ("kind", "outlet", "title", "url", "at", "text")}
        found = of_outlet(connection, one.id, named, **known)
    if found is not None:
        yield found


def _lines(stretches: Iterable[str]) -> str:
    """One stretch a line."""
    return "\n".join(" ".join(stretch.split()) for stretch in stretches)


def _tags(connection: Connection, whose: ColumnElement[bool]) -> frozenset[str]:
    query: Select[Any] = select(tags.c.tag).distinct().join(articles, articles.c.id == tags.c.article_id)
    return frozenset(connection.execute(query.where(whose)).scalars())


def _leading_to(connection: Connection, whose: ColumnElement[bool], named: Collection[str]) -> frozenset[str]:
    """Which of the addresses `named` lead to them."""
    wanted, found = sorted(named), set[str]()
    query: Select[Any] = select(aliases.c.url).join(articles, articles.c.id == aliases.c.article_id)
    for start in range(0, len(wanted), IDS):
        part = aliases.c.url.in_(wanted[start : start + IDS])
        found.update(connection.execute(query.where(whose, part)).scalars())
    return frozenset(found)
