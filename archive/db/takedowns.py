"""What is not there, or was not for some time: articles by their standing, restorations, outages; with evidence.

It only reads. What the log of fetches says of an article's evidence is looked up here; what that means in words is
the business of `archive.domain.verdicts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from archive.db import outages
from archive.db.findings import STANDINGS, as_standing
from archive.db.outages import Row
from archive.db.tables import (
    articles,
    captures,
    changes,
    fetches,
    hints,
    opinions,
    outlets,
    standings,
    warcs,
)
from archive.domain.history import StandingChange
from archive.domain.model import Presence, Reason, Role, Standing
from archive.domain.outages import name_of
from archive.domain.verdicts import THERE, Part, is_restoration, parts, vantages

_THERE: Final = sorted(standing.value for standing in THERE)

IDS: Final = 500
"""So many ids go into one statement; SQLite takes at most 32,766."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A fetch that a finding rests on, and where its records lie."""

    part: Part
    fetch_id: int
    at: datetime
    url: str
    status: int | None
    sighting: str
    why: str
    vantage: str
    warc: str | None
    offset: int | None
    captured: datetime | None  #: when its capture is of; None: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What made one look sooner, and still holds."""

    kind: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a Memento archive answered when it was asked for an article."""

    archive: str
    at: datetime
    last_seen: datetime | None
    memento: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The last look at an article from another vantage point since it was first found gone."""

    vantage: str
    at: datetime
    presence: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Many articles of an outlet that failed together, with what that rests on."""

    row: Row
    url: str  #: the outlet's home page, or an article where it has none
    evidence: tuple[Proof, ...]  #: the last good look at the outlet before it, and the first bad one

    @property
    def kind(self) -> str:
        """What it is called: an `outage`, a `mass_removal`, or `outlet_offline`."""
        return name_of(self.row.outage)

    @property
    def last_live(self) -> datetime | None:
        """When anything of the outlet was last there before."""
        return next((proof.at for proof in self.evidence if proof.part is Part.LAST_GOOD), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a standing, with the fetches that it rests on, oldest first."""

    step: StandingChange
    evidence: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is held of one article, since when, and why."""

    article_id: int
    url: str
    outlet: str
    title: str
    standing: Standing
    reason: str
    since: datetime
    first_miss: datetime | None
    misses: int
    last_seen: datetime | None
    steps: tuple[Step, ...]  #: all of them, oldest first
    restoration: StandingChange | None  #: the last one
    changed: int | None  #: the change between the last version before that and the version after it
    outage: Outage | None
    vantages: tuple[Elsewhere, ...]
    opinion: Opinion | None
    hints: tuple[Hint, ...]

    @property
    def restored(self) -> bool:
        """Whether it is there again after it had been taken down."""
        return self.standing in THERE and self.restoration is not None

    @property
    def taken_down(self) -> Step | None:
        """The last step that took it down."""
        return next((s for s in reversed(self.steps) if s.step.after is Standing.TAKEN_DOWN), None)

    @property
    def confirmed_at(self) -> datetime | None:
        """When it was confirmed that it stands so; of what is restored, that it was taken down."""
        if self.standing is Standing.MISSING:
            return None
        if self.standing in THERE:
            return self.taken_down.step.at if self.taken_down else None
        return self.since

    @property
    def evidence(self) -> tuple[Proof, ...]:
        """What the standing rests on; of what is restored, first what had taken it down."""
        if not self.steps:
            return ()
        if not self.restored or self.taken_down is None or self.restoration is None:
            return self.steps[-1].evidence
        back = next(s for s in self.steps if s.step.id == self.restoration.id)
        there = {proof.fetch_id: proof for s in (self.taken_down, back) for proof in s.evidence}
        return tuple(sorted(there.values(), key=lambda proof: (proof.at, proof.fetch_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which takedowns are asked for."""

    outlet: str | None = None
    standings: Collection[str] = ()  #: none: those in which an article is gone or held to be out of reach
    reasons: Collection[str] = ()
    everything: bool = False  #: whatever is not live
    restored: bool = False  #: also what is there again
    hints: bool = False  #: also what is live, and of which a hint says that it may go
    since: datetime | None = None  #: of the step
    until: datetime | None = None


def listed(connection: Connection, wanted: Wanted, *, limit: int = 100) -> list[Verdict]:
    """What is held of articles that are not there, the latest step first."""
    rows = (row for query in queries(wanted) for row in connection.execute(query.limit(limit)))
    at: dict[int, datetime] = {row.id: row.at for row in rows}
    latest = sorted(at, key=lambda article: (at[article], article), reverse=True)[:limit]
    found = {verdict.article_id: verdict for verdict in verdicts(connection, latest)}
    return [found[article] for article in latest]


def queries(wanted: Wanted) -> list[Select[Any]]:
    """The articles that are asked for, each with its time, the latest first; no article is in two of these."""
    found = [_gone(wanted)]
    if wanted.restored:
        found.append(_restored(wanted))
    if wanted.hints:
        found.append(_hinted(wanted))
    return found


def _articles(wanted: Wanted, at: Any, *which: ColumnElement[bool]) -> Select[Any]:
    query = select(articles.c.id, at.label("at")).select_from(articles).where(*which)
    if wanted.outlet is not None:
        query = query.join(outlets, outlets.c.id == articles.c.outlet_id).where(outlets.c.name == wanted.outlet)
    if wanted.since is not None:
        query = query.where(at >= wanted.since)
    if wanted.until is not None:
        query = query.where(at <= wanted.until)
    return query.order_by(at.desc(), articles.c.id.desc())


def _gone(wanted: Wanted) -> Select[Any]:
    return _articles(wanted, articles.c.since, *_is_gone(wanted))


def _is_gone(wanted: Wanted) -> list[ColumnElement[bool]]:
    standing, reason = articles.c.standing, articles.c.reason
    which = [standing != Standing.LIVE.value]
    if wanted.standings:
        which = [standing.in_(sorted(wanted.standings))]
    elif not wanted.everything:
        which = [
            or_(
                standing.in_([Standing.MISSING.value, Standing.TAKEN_DOWN.value]),
                and_(standing == Standing.UNREACHABLE.value, reason == Reason.OUTLET_OFFLINE.value),
                and_(standing == Standing.BARRED.value, reason == Reason.GEO_BLOCKED.value),
            )
        ]
    if wanted.reasons:
        which.append(reason.in_(sorted(wanted.reasons)))
    return which


def _restored(wanted: Wanted) -> Select[Any]:
    """Articles that are there, by the last step that brought them back."""
    last = (
        select(standings.c.article_id, func.max(standings.c.at).label("at"))
        .where(standings.c.before == Standing.TAKEN_DOWN.value, standings.c.after.in_(_THERE))
        .group_by(standings.c.article_id)
        .subquery()
    )
    there = articles.c.standing.in_(_THERE), ~and_(*_is_gone(wanted))
    query = _articles(wanted, last.c.at, *there, *_had_reason(wanted.reasons))
    return query.join(last, last.c.article_id == articles.c.id)


def _had_reason(reasons: Collection[str]) -> list[ColumnElement[bool]]:
    """What is restored has no reason any more; it had one."""
    if not reasons:
        return []
    had = select(standings.c.article_id).where(
        standings.c.after == Standing.TAKEN_DOWN.value, standings.c.reason.in_(sorted(reasons))
    )
    return [articles.c.id.in_(had)]


def _hinted(wanted: Wanted) -> Select[Any]:
    last = (
        select(hints.c.article_id, func.max(hints.c.at).label("at"))
        .where(hints.c.ended.is_(None))
        .group_by(hints.c.article_id)
        .subquery()
    )
    there = [articles.c.standing.in_(_THERE), ~and_(*_is_gone(wanted))]
    if wanted.restored:
        there.append(articles.c.id.not_in(select(_restored(wanted).order_by(None).subquery().c.id)))
    return _articles(wanted, last.c.at, *there).join(last, last.c.article_id == articles.c.id)


def verdicts(connection: Connection, ids: Collection[int]) -> list[Verdict]:
    """What is held of these articles, with all their steps."""
    return [one for some in _some(ids) for one in _verdicts(connection, some)]


def _some(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + IDS] for start in range(0, len(ordered), IDS))


def _verdicts(connection: Connection, ids: list[int]) -> list[Verdict]:
    steps = _steps(connection, ids)
    opinion, hint, seen = _opinions(connection, ids), _hints(connection, ids), _elsewhere(connection, ids)
    shut = {step.step.outage_id for some in steps.values() for step in some[-1:]}
    told = {one: outage_of(connection, outages.by_id(connection, one)) for one in shut if one is not None}
    query = select(articles, outlets.c.name.label("outlet")).join(outlets, outlets.c.id == articles.c.outlet_id)
    found = []
    for row in connection.execute(query.where(articles.c.id.in_(ids))).mappings():
        article = row["id"]
        of = steps[article]
        back = next((s.step for s in reversed(of) if is_restoration(s.step.before, s.step.after)), None)
        outage = of[-1].step.outage_id if of else None
        found.append(
            Verdict(
                article_id=article,
                **{name: row[name] for name in _PLAIN},
                standing=Standing(row["standing"]),
                steps=tuple(of),
                restoration=back,
                changed=changed_by(connection, back) if back else None,
                outage=told.get(outage) if outage is not None else None,
                vantages=tuple(seen[article]),
                opinion=opinion.get(article),
                hints=tuple(hint[article]),
            )
        )
    return found


_PLAIN = ("url", "outlet", "title", "reason", "since", "first_miss", "misses", "last_seen")


def _steps(connection: Connection, ids: list[int]) -> defaultdict[int, list[Step]]:
    query = STANDINGS.where(standings.c.article_id.in_(ids)).order_by(standings.c.at, standings.c.id)
    taken = [as_standing(row) for row in connection.execute(query).mappings()]
    known = proofs(connection, {fetch for step in taken for fetch in parts(step.evidence)})
    found = defaultdict[int, list[Step]](list)
    for step in taken:
        found[step.article_id].append(Step(step=step, evidence=evidence_of(step, known)))
    return found


def evidence_of(step: StandingChange, known: Mapping[int, RowMapping]) -> tuple[Proof, ...]:
    """What a step rests on, oldest first, of fetches that are `known`."""
    labels = {fetch: label for label, fetch in vantages(step.evidence).items()}
    there = [(part, known[fetch]) for fetch, part in parts(step.evidence).items() if fetch in known]
    return tuple(
        _proof(part, row, labels.get(row["id"], ""))
        for part, row in sorted(there, key=lambda pair: (pair[1]["began"], pair[1]["id"]))
    )


def _proof(part: Part, row: RowMapping, label: str = "") -> Proof:
    return Proof(
        part=part,
        fetch_id=row["id"],
        at=row["began"],
        vantage=row["vantage"] or label,
        captured=row["timestamp"],
        **{name: row[name] for name in ("url", "status", "sighting", "why", "warc", "offset")},
    )


_PROOFS = (
    select(
        fetches.c.id,
        *(fetches.c[name] for name in ("began", "url", "status", "sighting", "why", "vantage", "offset")),
        warcs.c.name.label("warc"),
        captures.c.timestamp,
    )
    .outerjoin(warcs, warcs.c.id == fetches.c.warc_id)
    .outerjoin(captures, captures.c.fetch_id == fetches.c.id)
)


def proofs(connection: Connection, ids: Collection[int]) -> dict[int, RowMapping]:
    """The fetches with these ids, with where they are kept."""
    rows = (connection.execute(_PROOFS.where(fetches.c.id.in_(some))).mappings() for some in _some(ids))
    return {row["id"]: row for some in rows for row in some}


def changed_by(connection: Connection, back: StandingChange) -> int | None:
    """The change between the last version before a restoration and the version after it; its id."""
    query = (
        select(changes.c.id, changes.c.superseded_by)
        .where(changes.c.article_id == back.article_id, changes.c.from_at < back.at, changes.c.to_at >= back.at)
        .order_by(changes.c.to_at, changes.c.id)
    )
    row = connection.execute(query.limit(1)).first()
    while row is not None and row.superseded_by is not None:
        later = select(changes.c.id, changes.c.superseded_by).where(changes.c.id == row.superseded_by)
        row = connection.execute(later).first()
    return None if row is None else int(row.id)


def _opinions(connection: Connection, ids: list[int]) -> dict[int, Opinion]:
    """The last one of each article."""
    query = select(opinions).where(opinions.c.article_id.in_(ids)).order_by(opinions.c.at)
    return {row["article_id"]: Opinion(**_fields(Opinion, row)) for row in connection.execute(query).mappings()}


def _hints(connection: Connection, ids: list[int]) -> defaultdict[int, list[Hint]]:
    query = select(hints).where(hints.c.article_id.in_(ids), hints.c.ended.is_(None))
    found = defaultdict[int, list[Hint]](list)
    for row in connection.execute(query.order_by(hints.c.at, hints.c.kind)).mappings():
        found[row["article_id"]].append(Hint(**_fields(Hint, row)))
    return found


def _fields(kind: type[Opinion | Hint | Elsewhere], row: RowMapping) -> dict[str, Any]:
    """The columns that go by the names of fields of `kind`."""
    return {name: row[name] for name in kind.__slots__ if name in row}


def _elsewhere(connection: Connection, ids: list[int]) -> defaultdict[int, list[Elsewhere]]:
    last = (
        select(func.max(fetches.c.id))
        .join(articles, articles.c.id == fetches.c.article_id)
        .where(
            fetches.c.article_id.in_(ids),
            fetches.c.vantage != "",
            fetches.c.presence != "",
            fetches.c.began >= articles.c.first_miss,
        )
        .group_by(fetches.c.article_id, fetches.c.vantage)
    )
    found = defaultdict[int, list[Elsewhere]](list)
    query = select(fetches, fetches.c.began.label("at")).where(fetches.c.id.in_(last))
    for row in connection.execute(query.order_by(fetches.c.vantage)).mappings():
        found[row["article_id"]].append(Elsewhere(**_fields(Elsewhere, row)))
    return found


def outages_listed(
    connection: Connection,
    *,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Outage]:
    """When many articles of an outlet failed together, the latest told first, each with what it rests on."""
    found = outages.listed(connection, outlet=outlet, since=since, until=until, limit=limit)
    return [outage_of(connection, row) for row in found]


def outage_of(connection: Connection, row: Row) -> Outage:
    """An outage with what it rests on."""
    ends = _ends(connection, row)
    known = proofs(connection, ends.values())
    found = [_proof(part, known[fetch]) for part, fetch in ends.items()]
    example = next((proof.url for proof in found if proof.part is Part.FIRST_BAD), "")
    return Outage(row=row, url=row.home or example, evidence=tuple(found))


def _ends(connection: Connection, row: Row) -> dict[Part, int]:
    """The last good look at an article of the outlet before an outage, and the first bad one of it."""
    looks = select(fetches.c.id).where(
        fetches.c.outlet_id == row.outlet_id, fetches.c.role == Role.ARTICLE.value, fetches.c.vantage == ""
    )
    there = fetches.c.presence == Presence.PRESENT.value
    good = looks.where(there, fetches.c.began < row.outage.began).order_by(
        fetches.c.began.desc(), fetches.c.id.desc()
    )
    bad = looks.where(~there, fetches.c.presence != "", fetches.c.began >= row.outage.began)
    ends = {Part.LAST_GOOD: good, Part.FIRST_BAD: bad.order_by(fetches.c.began, fetches.c.id)}
    ids = {part: connection.execute(query.limit(1)).scalar() for part, query in ends.items()}
    return {part: fetch for part, fetch in ids.items() if fetch is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What can speak for an outlet when one of its articles is missing."""

    articles: int  #: that are there to read
    last_seen: datetime | None  #: when one of them last was
    front_page: datetime | None  #: when it was last fetched for that, and answered


def controls_of(connection: Connection, outlet_id: int) -> Controls:
    """What can speak for an outlet."""
    there = select(func.count(), func.max(articles.c.last_seen)).where(
        articles.c.outlet_id == outlet_id,
        articles.c.standing.in_(_THERE),
        articles.c.last_seen.is_not(None),
    )
    number, last_seen = connection.execute(there).one()
    front = select(fetches.c.began).where(
        fetches.c.outlet_id == outlet_id, fetches.c.role == Role.CONTROL.value, fetches.c.status == 200
    )
    last = connection.execute(front.order_by(fetches.c.began.desc()).limit(1)).scalar()
    return Controls(articles=int(number), last_seen=last_seen, front_page=last)
