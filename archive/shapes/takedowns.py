"""What is not there, with what that rests on, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from archive.domain.model import Reason
from archive.shapes.articles import StandingRow, standing_row

if TYPE_CHECKING:
    from archive.db.takedowns import Outage, Proof, Step, Verdict


class ProofRow(TypedDict):
    """A fetch that a finding rests on, and where its records lie."""

    role: str
    """What it is to the finding: `last_good`, `first_bad`, `confirming`, `control` …"""
    at: datetime
    url: str
    status: int | None
    sighting: str | None
    why: str | None
    vantage: str | None
    warc: str | None
    offset: int | None
    capture: str | None
    """The 17 digits of its capture's time, as `/web/` and `/timemap/` have them."""


def proof_rows(found: Sequence[Proof]) -> list[ProofRow]:
    """The evidence of a finding."""
    from archive.warc import cdxj

    return [
        {
            "role": proof.part.value,
            "at": proof.at,
            "url": proof.url,
            "status": proof.status,
            "sighting": proof.sighting or None,
            "why": proof.why or None,
            "vantage": proof.vantage or None,
            "warc": proof.warc,
            "offset": proof.offset,
            "capture": cdxj.stamp(proof.captured) if proof.captured else None,
        }
        for proof in found
    ]


class OutageRow(TypedDict):
    """A time when many articles of an outlet failed together."""

    kind: str
    """`outage`, `mass_removal` or `outlet_offline`."""
    began: datetime
    told: datetime | None
    ended: datetime | None
    offline: datetime | None
    """Since when the outlet is held to be offline."""
    failed: int
    """Articles, at most."""
    looked: int
    """Of so many that were looked at."""
    why: str


def outage_row(one: Outage) -> OutageRow:
    """An outage."""
    held = one.row.outage
    return {
        "kind": one.kind,
        "began": held.began,
        "told": one.row.told,
        "ended": one.row.ended,
        "offline": held.offline,
        "failed": held.failed,
        "looked": held.looked,
        "why": one.row.why,
    }


class ElsewhereRow(TypedDict):
    """The last look from another vantage point since it was first found gone."""

    vantage: str
    at: datetime
    presence: str
    why: str


class OpinionRow(TypedDict):
    """What a Memento archive answered when it was asked for the article."""

    archive: str
    at: datetime
    last_seen: datetime | None
    memento: str | None
    said: str


class HintRow(TypedDict):
    """What made one look sooner, and says nothing by itself."""

    kind: str
    at: datetime
    why: str


class TakedownRow(TypedDict):
    """An article that is not there, or is there again; or an outage of an outlet."""

    kind: str
    """`article`; or what an outage is called."""
    id: int | None
    """Of the step, as the evidence bundle goes by."""
    article: int | None
    """The article's id; null: an outage."""
    url: str
    outlet: str
    title: str
    standing: str | None
    reason: str | None
    why: str
    since: datetime
    confirmed_at: datetime | None
    last_live: datetime | None
    first_miss: datetime | None
    misses: int
    restored_at: datetime | None
    changed: int | None
    """The change between the last version before a restoration and the one after it."""
    outage: OutageRow | None
    vantages: list[ElsewhereRow]
    opinion: OpinionRow | None
    hints: list[HintRow]
    evidence: list[ProofRow]


def verdict_row(one: Verdict) -> TakedownRow:
    """What is held of an article."""
    last = one.restoration if one.restored else one.steps[-1].step if one.steps else None
    hint = one.hints[-1] if one.hints else None
    return {
        "kind": "article",
        "id": last.id if last else None,
        "article": one.article_id,
        "url": one.url,
        "outlet": one.outlet,
        "title": one.title,
        "standing": one.standing.value,
        "reason": one.reason or None,
        "why": last.why if last else hint.why if hint else "",
        "since": last.at if last else hint.at if hint else one.since,
        "confirmed_at": one.confirmed_at,
        "last_live": one.last_seen,
        "first_miss": one.first_miss,
        "misses": one.misses,
        "restored_at": one.restoration.at if one.restoration else None,
        "changed": one.changed,
        "outage": outage_row(one.outage) if one.outage else None,
        "vantages": [
            {"vantage": each.vantage, "at": each.at, "presence": each.presence, "why": each.why}
            for each in one.vantages
        ],
        "opinion": _opinion(one),
        "hints": [{"kind": hint.kind, "at": hint.at, "why": hint.why} for hint in one.hints],
        "evidence": proof_rows(one.evidence),
    }


def verdict_in_words(one: Verdict) -> str:
    """Its standing for people: `taken down (not found)`, `restored`, `live (noindex)`."""
    from archive.domain.verdicts import standing_in_words

    if one.restored:
        return "restored"
    if not one.steps and one.hints:
        return f"live ({one.hints[-1].kind.replace('_', ' ')})"
    return standing_in_words(one.standing, one.reason)


def _opinion(one: Verdict) -> OpinionRow | None:
    if one.opinion is None:
        return None
    said = one.opinion
    return {
        "archive": said.archive,
        "at": said.at,
        "last_seen": said.last_seen,
        "memento": said.memento or None,
        "said": said.said,
    }


def outlet_outage_row(one: Outage) -> TakedownRow:
    """What many articles of an outlet are told of at once, as a row beside the articles."""
    row, held = one.row, one.row.outage
    assert row.told is not None
    return {
        "kind": one.kind,
        "id": None,
        "article": None,
        "url": one.url,
        "outlet": row.outlet,
        "title": row.title,
        "standing": None,
        "reason": Reason.OUTLET_OFFLINE.value if held.offline else None,
        "why": row.why,
        "since": row.told,
        "confirmed_at": held.offline,
        "last_live": one.last_live,
        "first_miss": held.began,
        "misses": held.failed,
        "restored_at": row.ended,
        "changed": None,
        "outage": outage_row(one),
        "vantages": [],
        "opinion": None,
        "hints": [],
        "evidence": proof_rows(one.evidence),
    }


class StepRow(StandingRow):
    """A step of a standing, with what it rests on."""

    evidence: list[ProofRow]


def step_row(one: Step) -> StepRow:
    """A step of a standing."""
    return {**standing_row(one.step), "evidence": proof_rows(one.evidence)}
