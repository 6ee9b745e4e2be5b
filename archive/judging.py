"""Sighting → standing, with its evidence: reads what else is known, asks the rules, writes the step.

Every question is asked as of the time of the visit: rows of later fetches do not count, so that replaying the WARC
files gives the same steps. What concerns the whole outlet, its outages, is found out on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from archive.db import articles, controls, findings, opinions, outages, record, witnesses
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.domain.model import Presence, Sighting, Standing
from archive.domain.moves import WAVE, deed
from archive.domain.outages import BACK, BACK_AGAIN, assess, end_sentence, name_of, sentence
from archive.domain.standing import ALERTS, Around, Held, Rules, Step, is_flap, judge, step, there_elsewhere
from archive.settings import Settings
from archive.visits import Finding, Visit

CONTROLS: Final = 3
"""Fetches of other articles that go into the evidence of a step: one may be doubted."""

_SILENT: Final = (Presence.BARRIER, Presence.UNREACHABLE)


def rules(settings: Settings) -> Rules:
    """The thresholds of a home."""
    given = settings.takedowns
    return Rules(
        confirmations=given.confirmations,
        span=given.span,
        offline_after=given.offline_after,
        vantages=len(settings.crawl.vantages),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One visit, straight from here, before the judge."""

    connection: Connection
    article: Article  #: as it was before this visit, but for its words
    visit: Visit
    sighting: Sighting
    rules: Rules
    late: bool  #: long ago: what holds for the whole outlet was found out then

    @property
    def at(self) -> datetime:
        """When it was."""
        return self.visit.last.exchange.began


def settle(
    connection: Connection, article_id: int, visit: Visit, sighting: Sighting, by: Rules, *, late: bool = False
) -> list[Finding]:
    """Write what `sighting` makes of the article's standing, and say what is to be told of it."""
    article = articles.by_id(connection, article_id)
    if article.version_id is None and sighting.presence is not Presence.PRESENT:
        return []  # what was never seen cannot have been taken away, and nobody misses it
    case = Judging(connection=connection, article=article, visit=visit, sighting=sighting, rules=by, late=late)
    articles.note_look(connection, article.id, sighting, case.at)
    told, outage = _of_outlet(case)
    held = judge(article.held, sighting, case.at, rules=by, around=_around(case, outage))
    return told + _write(case, held, outage)


# The outlet ----------------------------------------------------------------------------------------


def _of_outlet(case: Judging) -> tuple[list[Finding], outages.Row | None]:
    """The outage that the outlet is in after this visit, and what is to be told of it."""
    connection, article, at = case.connection, case.article, case.at
    before = outages.open_at(connection, article.outlet_id, at)
    if case.late or (before is None and case.sighting.presence is Presence.PRESENT):
        return [], before
    away = None if case.sighting.presence is Presence.PRESENT else article.held.away or at
    looks = outages.looks(connection, article.outlet_id, at, away={article.id: away})
    held = before.outage if before is not None else None
    ended = outages.last_end(connection, article.outlet_id, at)
    after = assess(held, looks, at, ended=ended, rules=case.rules)
    if after is None:
        if before is None:
            return [], None
        outages.end(connection, before.id, at)
        if before.told is None:
            return [], None
        was_offline = before.outage.offline is not None  # whoever was told that wants to know
        return [_notice(before, at, end_sentence(before.outage), kind=BACK_AGAIN, alert=was_offline)], None
    told_before = before.told if before is not None else None
    # Not by an article that is there: it may be the first of all that are there again.
    bad = case.sighting.presence is not Presence.PRESENT
    told = told_before or (at if bad and after.is_worth_telling(at, case.rules) else None)
    if after == held and told == told_before:
        return [], before
    made = outages.write(connection, article.outlet_id, after, why=sentence(after), told=told)
    row = outages.by_id(connection, made)
    if told_before is not None and held is not None and held.offline is not None and after.offline is None:
        return [_notice(row, at, BACK, kind=BACK_AGAIN)], row
    dead = after.offline is not None and (held is None or held.offline is None)
    news = told_before is None or held is None or after.mass != held.mass or dead
    return [_notice(row, at, sentence(after), kind=name_of(after))] if told is not None and news else [], row


def _notice(row: outages.Row, at: datetime, text: str, *, kind: str, alert: bool = True) -> Finding:
    return Finding(
        what="notice",
        url=row.home,
        outlet=row.outlet,
        title=row.title,
        at=at,
        text=text,
        id=row.id,
        kind=kind,
        alert=alert,
    )


# What else was seen --------------------------------------------------------------------------------


def _around(case: Judging, outage: outages.Row | None) -> Around:
    """What else was seen by then. Only what is gone is asked for: the rest says all by itself."""
    connection, article, at = case.connection, case.article, case.at
    down = outage.outage if outage is not None else None
    offline = down is not None and down.offline is not None
    if case.sighting.presence is not Presence.GONE:
        return Around(offline=offline)
    there = witnesses.elsewhere(connection, article.id, at)
    since = article.held.first_miss
    return Around(
        control=controls.last_control(connection, article.outlet_id, but=article.id, at=at, span=case.rules.span),
        outage=down is not None and not down.mass,
        mass=down is not None and down.mass and down.covers(article.held.away),
        offline=offline,
        flapped=witnesses.flapped(connection, article.outlet_id, at, but=article.id),
        elsewhere=max((when for _, when in there.values()), default=None),
        asked=_asked(case, since) if since is not None else 0,
    )


def _asked(case: Judging, since: datetime) -> int:
    patience = case.rules.confirmations
    return witnesses.asked(case.connection, case.article.id, since=since, at=case.at, patience=patience)


# The step ------------------------------------------------------------------------------------------


def _write(case: Judging, held: Held, outage: outages.Row | None) -> list[Finding]:
    connection, article, at = case.connection, case.article, case.at
    before = article.held
    if held == before:
        return []
    articles.hold(
        connection, article.id, held, since=at if held.standing is not before.standing else article.since
    )
    what = step(before, held)
    if what is None:
        return []
    within = outage.id if outage is not None and _tells(outage, article, held) else None
    if what is Step.BACK:  # the end of an outage is told as well
        within = findings.told_by(connection, article.id)
    standing_id = findings.add_standing(
        connection,
        article_id=article.id,
        at=at,
        before=before.standing.value,
        after=held.standing.value,
        reason=held.reason.value if held.reason else "",
        why=case.sighting.why,
        evidence=_evidence(case, held),
        outage_id=within,
        flap=is_flap(before, held),
    )
    if within is not None:  # what is told of the outlet tells of this too
        return []
    return [
        Finding(
            what="standing",
            url=article.url,
            outlet=article.outlet,
            title=article.title,
            at=at,
            text=_in_words(what, before, held, case.sighting),
            id=standing_id,
            alert=what in ALERTS and not (what is Step.MOVED and _is_of_a_wave(case)),
        )
    ]


def _is_of_a_wave(case: Judging) -> bool:
    """Whether another article of the outlet lately moved in the same way, so that somebody was told of it."""
    ends = [hop.exchange.url for hop in case.visit.hops]
    if len(ends) < 2:
        return False
    others = witnesses.moves(
        case.connection, case.article.outlet_id, since=case.at - WAVE, at=case.at, but=case.article.id
    )
    return deed(ends[0], ends[-1]) in {deed(*other) for other in others}


def _tells(outage: outages.Row, article: Article, held: Held) -> bool:
    """Whether what is told of the outlet tells of this step too."""
    if outage.outage.mass:
        together = outage.outage.holds(article.last_seen, held.away)
        return together and held.standing in (Standing.MISSING, Standing.TAKEN_DOWN)
    return held.standing not in (Standing.LIVE, Standing.MOVED)


def _evidence(case: Judging, held: Held) -> dict[str, Any]:
    """The fetches that a step rests on, by their ids."""
    connection, article, at = case.connection, case.article, case.at
    log = record.fetches_of(connection, article.id, until=at)
    straight = [row for row in log if not row.vantage and row.presence]
    good = next((row for row in straight if row.presence == Presence.PRESENT.value), None)
    since = held.first_miss or held.first_silence or article.held.first_miss or article.held.first_silence
    count = _that_count(held, article.held)
    counted = [
        row.id for row in reversed(straight) if since is not None and row.began >= since and row.presence in count
    ]
    found: dict[str, Any] = {
        "last_good": good.id if good is not None else None,
        "first_bad": counted[0] if counted else None,
        "confirming": counted,
        "this": case.visit.last.fetch_id,
    }
    if since is not None and Presence.GONE.value in count:
        found["controls"] = witnesses.controls(
            connection, article.outlet_id, since=since, at=at, but=article.id, most=CONTROLS
        )
    there = witnesses.elsewhere(connection, article.id, at)
    if there and since is not None:
        found["elsewhere"] = {label: fetch for label, (fetch, when) in there.items() if when >= since}
    said = [each for each in opinions.of_article(connection, article.id) if since and since <= each.at <= at]
    if said:
        found["opinion"] = said[0].fetch_id
    return found


def _that_count(after: Held, before: Held) -> Sequence[str]:
    """The presences whose sightings a standing rests on."""
    held = after if after.standing not in (Standing.LIVE, Standing.MOVED) else before
    if held.standing in (Standing.BARRED, Standing.UNREACHABLE) and not held.misses:
        return [each.value for each in _SILENT]
    return [Presence.GONE.value]


def _in_words(what: Step, before: Held, after: Held, sighting: Sighting) -> str:
    if what is Step.TAKEN_DOWN:
        return f"taken down: {sighting.why}, confirmed by {after.misses} fetches"
    if what is Step.SUSPECTED:
        return f"missing: {sighting.why}; to be confirmed"
    if what is Step.GEO_BLOCKED and sighting.presence is Presence.GONE:
        return f"{what.value}: {sighting.why}, and it is there as seen from elsewhere"
    if what is Step.CLEARED:
        return f"there after all: {sighting.why}"
    if what is Step.BACK:
        return f"{before.standing.value} → {after.standing.value}: {sighting.why}".replace("_", " ")
    return f"{what.value}: {sighting.why}"


# From elsewhere ------------------------------------------------------------------------------------


def settle_elsewhere(
    connection: Connection, article_id: int, visit: Visit, sighting: Sighting, by: Rules
) -> list[Finding]:
    """Write what a look from a vantage point makes of a standing, and say what is to be told of it.

    Only what is there for others changes anything at once; what else such a look says is asked for when the next
    one from here is judged.
    """
    article = articles.by_id(connection, article_id)
    if sighting.presence is not Presence.PRESENT:
        return []
    said = replace(sighting, why=f"there as seen from {visit.vantage}, and not from here")
    case = Judging(connection=connection, article=article, visit=visit, sighting=said, rules=by, late=False)
    return _write(case, there_elsewhere(article.held, article.last_sighting), None)
