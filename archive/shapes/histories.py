"""An article's history and its time line as one value each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from typing_extensions import TypedDict

from archive.domain import chronicle
from archive.overview import GapRow, gap_row
from archive.shapes.articles import ArticleRow, StandingRow, VersionRow, standing_row, version_row
from archive.shapes.findings import ChangeRow, change_row

if TYPE_CHECKING:
    from archive.db.findings import Change, Version
    from archive.db.lifelines import Lifeline
    from archive.domain.gaps import Gap
    from archive.domain.history import History, StandingChange


class SpellRow(TypedDict):
    """A stretch of time in which one version stood."""

    version: int
    """Its number."""
    first_seen: datetime
    last_seen: datetime
    change: int | None
    """The id of the change that brought it."""
    headline: str
    standfirst: str
    authors: list[str]


class LineRow(TypedDict):
    """A headline, standfirst or byline, and how long it stood."""

    text: str
    first_seen: datetime
    last_seen: datetime | None
    """Null: it stands."""
    versions: list[int]


class SpanRow(TypedDict):
    """A stretch of time in which a sentence stood without a break."""

    first_seen: datetime
    last_seen: datetime | None
    came_by: int | None
    """The id of the change that brought it."""
    went_by: int | None
    """The id of the change that took it."""
    instead_of: int | None
    """The sentence that was edited into it."""
    became: int | None
    """The sentence that it was edited into."""


class SentenceRow(TypedDict):
    """A sentence that stood or stands."""

    id: int
    text: str
    first_seen: datetime
    last_seen: datetime | None
    """Null: it stands."""
    versions: list[int]
    authors: list[str]
    """The byline under which it first stood."""
    spans: list[SpanRow]


class PlacedRow(TypedDict):
    """A sentence in its paragraph, with the white space around it."""

    sentence: int | None
    text: str


_Step = TypedDict("_Step", {"from": datetime, "to": datetime})


class ToldRow(_Step):
    """A change of the history; its versions are numbers."""

    id: int
    kind: str
    kinds: list[str]
    detected_at: datetime
    from_version: int
    to_version: int
    words_added: int
    words_removed: int
    weight: float
    stealth: bool
    summary: str
    reasons: list[str]


class BlindRow(TypedDict):
    """A span in which nobody saw the article."""

    after: datetime | None
    before: datetime | None
    presences: list[str]
    fetches: int
    why: str


class TurnRow(TypedDict):
    """A step of the standing."""

    at: datetime
    before: str
    after: str
    reason: str | None
    why: str


class HistoryRow(TypedDict):
    """Which sentence stood when, instead of what, and who wrote it."""

    url: str
    outlet: str
    title: str
    standing: str
    reason: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    last_checked: datetime | None
    extractor: str
    unread_versions: list[int]
    spells: list[SpellRow]
    headlines: list[LineRow]
    standfirsts: list[LineRow]
    bylines: list[LineRow]
    sentences: list[SentenceRow]
    paragraphs: list[list[PlacedRow]]
    """The text that stood last."""
    removed: list[int]
    """Sentences that stand no more."""
    changes: list[ToldRow]
    gaps: list[BlindRow]
    standings: list[TurnRow]


def history_row(history: History) -> HistoryRow:
    """A history, as `stet history --format json` has it."""
    return cast("HistoryRow", chronicle.as_json(history))


class DotRow(TypedDict):
    """A capture on a time line."""

    id: int
    at: datetime
    status: int
    revisit: bool
    version: int | None
    """The number of the version that it shows; null: it shows no story."""


class RunRow(TypedDict):
    """Looks in a row that saw the same."""

    presence: str
    sighting: str
    first: datetime
    last: datetime
    looks: int


class TimelineRow(TypedDict):
    """All that a time line draws, oldest first."""

    article: ArticleRow
    captures: list[DotRow]
    sightings: list[RunRow]
    cut: datetime | None
    """Captures and sightings before this are left out; null: all are here. Ask with `until` for those."""
    versions: list[VersionRow]
    changes: list[ChangeRow]
    standings: list[StandingRow]
    gaps: list[GapRow]


def timeline_row(
    article: ArticleRow,
    line: Lifeline,
    *,
    versions: Iterable[Version],
    changes: Iterable[Change],
    standings: Iterable[StandingChange],
    gaps: Iterable[Gap],
) -> TimelineRow:
    """A time line."""
    return {
        "article": article,
        "captures": [
            {"id": one.id, "at": one.at, "status": one.status, "revisit": one.revisit, "version": one.version}
            for one in line.captures
        ],
        "sightings": [
            {
                "presence": one.presence,
                "sighting": one.sighting,
                "first": one.first,
                "last": one.last,
                "looks": one.looks,
            }
            for one in line.sightings
        ],
        "cut": line.cut,
        "versions": [version_row(one) for one in versions],
        "changes": [change_row(one) for one in changes],
        "standings": [standing_row(one) for one in standings],
        "gaps": [gap_row(one) for one in gaps],
    }
