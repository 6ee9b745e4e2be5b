"""An article's life as a time line draws it: captures and looks, as few columns as that takes, and bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from archive.db import findings
from archive.db.tables import captures, fetches, versions
from archive.extractor import EXTRACTOR

MOST: Final = 2_000
"""Captures, and looks, of one time line: more than a screen has points. The latest are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A capture."""

    id: int
    at: datetime
    status: int
    revisit: bool
    version: int | None  #: the number of the version that it shows; None: it shows no story


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Looks in a row that saw the same."""

    presence: str
    sighting: str
    first: datetime
    last: datetime
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifeline:
    """What a time line draws of fetches."""

    captures: tuple[Dot, ...]  #: oldest first
    sightings: tuple[Run, ...]  #: oldest first
    cut: datetime | None  #: what was before this is left out; None: it is all there


def of_article(
    connection: Connection, article_id: int, since: datetime | None = None, until: datetime | None = None
) -> Lifeline:
    """The life of an article between two times."""
    dots, looks = _captures(connection, article_id, since, until), _looks(connection, article_id, since, until)
    full = [rows[-1].at for rows in (dots, looks) if len(rows) == MOST]
    cut = max(full, default=None)
    shown = findings.versions_by_capture(connection, article_id, EXTRACTOR)
    numbers = _numbers(connection, article_id)
    return Lifeline(
        captures=tuple(
            Dot(
                id=row.id,
                at=row.at,
                status=row.status,
                revisit=row.record_type == "revisit",
                version=numbers.get(shown.get(row.id, 0)),
            )
            for row in reversed(dots)
            if cut is None or row.at >= cut
        ),
        sightings=tuple(_runs(row for row in reversed(looks) if cut is None or row.at >= cut)),
        cut=cut,
    )


def _captures(
    connection: Connection, article_id: int, since: datetime | None, until: datetime | None
) -> Sequence[Any]:
    of = captures.c
    query = select(of.id, of.timestamp.label("at"), of.status, of.record_type).where(of.article_id == article_id)
    query = query.where(*_between(of.timestamp, since, until)).order_by(of.timestamp.desc(), of.id.desc())
    return connection.execute(query.limit(MOST)).all()


def _looks(
    connection: Connection, article_id: int, since: datetime | None, until: datetime | None
) -> Sequence[Any]:
    of = fetches.c
    query = select(of.began.label("at"), of.presence, of.sighting).where(
        of.article_id == article_id, of.presence != "", of.vantage == "", *_between(of.began, since, until)
    )
    return list(connection.execute(query.order_by(of.began.desc(), of.id.desc()).limit(MOST)).all())


def _between(
    at: ColumnElement[datetime], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    return [*([at >= since] if since is not None else []), *([at <= until] if until is not None else [])]


def _numbers(connection: Connection, article_id: int) -> dict[int, int]:
    """Version → its number, of those that are confirmed."""
    query = select(versions.c.id, versions.c.number).where(
        versions.c.article_id == article_id, versions.c.number > 0
    )
    return {row.id: row.number for row in connection.execute(query)}


def _runs(looks: Iterable[Any]) -> Iterator[Run]:
    run: Run | None = None
    for row in looks:
        if run is not None and (run.presence, run.sighting) == (row.presence, row.sighting):
            run = replace(run, last=row.at, looks=run.looks + 1)
            continue
        if run is not None:
            yield run
        run = Run(presence=row.presence, sighting=row.sighting, first=row.at, last=row.at, looks=1)
    if run is not None:
        yield run
