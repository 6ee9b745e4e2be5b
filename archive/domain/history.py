"""An article's history as one value: what it says and since when, what it said, what changed, when nobody saw it.

Pure. It knows which change brought which wording. It refuses to know databases, and how
people read a history (`chronicle` says that).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.domain.blame import Blame, Spell, stood
from archive.domain.gaps import Gap
from archive.domain.model import Extraction, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change, as it was told."""

    id: int
    detected_at: datetime
    kinds: tuple[str, ...]
    weight: float
    stealth: bool
    summary: str
    reasons: tuple[str, ...]
    words_added: int
    words_removed: int
    from_version: int  #: a version's number
    to_version: int
    from_at: datetime  #: when the earlier wording was last seen
    to_at: datetime  #: when the later one was first seen
    superseded_by: int | None = None  #: the change that tells of this one too


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """One step of an article's standing, with its evidence."""

    id: int
    article_id: int
    url: str
    outlet: str
    title: str
    at: datetime
    before: Standing
    after: Standing
    reason: str
    why: str
    evidence: Mapping[str, Any]  #: name → id of a fetch, a list of them, or one by vantage point
    outage_id: int | None = None  #: the outage that tells of this step for all articles


@dataclass(frozen=True, slots=True)
class Line:
    """A value of a field of one line, and how long it stood."""

    text: str
    first_seen: datetime
    last_seen: datetime | None  #: None: it stands
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known of an article's wording, in the order of time."""

    url: str
    outlet: str
    title: str
    standing: str
    reason: str
    first_seen: datetime | None
    last_seen: datetime | None
    last_checked: datetime | None
    extractor: str  #: the reader of all of its texts
    unread: tuple[int, ...]  #: numbers of versions that this reader has not read
    blame: Blame
    pages: tuple[Extraction, ...]  #: what each spell shows
    changes: tuple[Told, ...]  #: but for those that another one tells of
    brought_by: tuple[int | None, ...]  #: for each spell the change that brought it
    gaps: tuple[Gap, ...]
    turns: tuple[StandingChange, ...]

    @property
    def spells(self) -> tuple[Spell, ...]:
        """The stretches of time in which one version stood."""
        return self.blame.spells

    def lines(self, values: Sequence[str]) -> tuple[Line, ...]:
        """The values of a field, one for each spell, with how long each stood; where there was none, nothing."""
        last = len(self.spells) - 1
        return tuple(
            Line(
                text,
                self.spells[i].first_seen,
                None if j == last else self.spells[j].last_seen,
                tuple(sorted({spell.version for spell in self.spells[i : j + 1]})),
            )
            for text, i, j in stood(values)
            if text
        )

    @property
    def headlines(self) -> tuple[Line, ...]:
        """The headlines that stood."""
        return self.lines([page.title for page in self.pages])

    @property
    def standfirsts(self) -> tuple[Line, ...]:
        """The standfirsts that stood."""
        return self.lines([page.standfirst for page in self.pages])

    @property
    def bylines(self) -> tuple[Line, ...]:
        """The bylines that stood."""
        return self.lines([", ".join(page.authors) for page in self.pages])


def brought_by(spells: Sequence[Spell], changes: Sequence[Told]) -> tuple[int | None, ...]:
    """For each spell the change that brought it, or the one that tells of that one too.

    The turns of wordings that alternate go by the change that says that they do; the first spell goes by none.
    """
    by_step = {(told.from_version, told.to_version, told.to_at): told.id for told in changes}
    between = {frozenset((told.from_version, told.to_version)): told.id for told in changes if _alternate(told)}
    teller = {told.id: told.superseded_by for told in changes}
    found: list[int | None] = [None] * len(spells)
    for n in range(1, len(spells)):
        pair = spells[n - 1].version, spells[n].version
        change = by_step.get((*pair, spells[n].first_seen)) or between.get(frozenset(pair))
        while change is not None and (later := teller.get(change)) is not None:
            change = later
        found[n] = change
    return tuple(found)


def _alternate(told: Told) -> bool:
    return "variants" in told.kinds
