"""Standing + sighting → standing. One transition table.

Pure: thresholds, `now` and what else was seen of the outlet are arguments. A removal is held to be true only after
several fetches over some time found the article gone while others of its outlet were there; a barrier or an
unreachable server says nothing about it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archive.domain.model import Presence, Reason, Sighting, Standing

#: The sightings that may lead to `taken_down`, and the reason each gives.
REASONS = {
    "not_found": Reason.NOT_FOUND,
    "gone": Reason.GONE,
    "legal": Reason.LEGAL,
    "soft_404": Reason.SOFT_404,
    "redirected": Reason.REDIRECTED,
    "merged": Reason.REDIRECTED,
    "emptied": Reason.EMPTIED,
    "retracted": Reason.RETRACTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one article: its standing, and the runs of sightings that may change it."""

    standing: Standing
    reason: Reason | None = None
    misses: int = 0  #: gone sightings in a row, nothing but silence between them
    first_miss: datetime | None = None
    silence: Presence | None = None  #: barrier or unreachable, as last met
    silences: int = 0  #: of that kind in a row, since somebody last could see
    first_silence: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The thresholds of a home."""

    confirmations: int = 3
    span: timedelta = timedelta(hours=24)
    offline_after: timedelta = timedelta(days=14)
    vantages: int = 0  #: other ways out by which a suspicion is checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else was seen, not later than the sighting that is judged."""

    control: datetime | None = None
    """When another article of the outlet, known to live, was last there; where there is none, its front page."""

    outage: bool = False  #: many articles of the outlet fail together
    offline: bool = False  #: and have done so for so long that the outlet is held to be offline
    flapped: datetime | None = None  #: when an article of the outlet that had been gone was last there again
    elsewhere: datetime | None = None  #: when this article was last there as seen from another vantage point
    asked: int = 0  #: vantage points from which it was looked for since the first miss


NOTHING = Around()


class Move(enum.Enum):
    """What a sighting does to a standing."""

    KEEP = "keep"  #: it says nothing
    CLEAR = "clear"  #: live, and no suspicion left
    RESTORE = "restore"  #: live again
    SUSPECT = "suspect"  #: missing, or one more miss
    CONFIRM = "confirm"  #: it was down and is still down


_NO_WORD = {Presence.BARRIER: Move.KEEP, Presence.UNREACHABLE: Move.KEEP}

#: Every standing and every presence is there, so that a gap is an error and not a surprise.
TABLE: dict[Standing, dict[Presence, Move]] = {
    Standing.LIVE: {Presence.PRESENT: Move.CLEAR, Presence.GONE: Move.SUSPECT, **_NO_WORD},
    Standing.MISSING: {Presence.PRESENT: Move.CLEAR, Presence.GONE: Move.SUSPECT, **_NO_WORD},
    Standing.TAKEN_DOWN: {Presence.PRESENT: Move.RESTORE, Presence.GONE: Move.CONFIRM, **_NO_WORD},
    Standing.MOVED: {Presence.PRESENT: Move.RESTORE, Presence.GONE: Move.SUSPECT, **_NO_WORD},
    Standing.UNREACHABLE: {Presence.PRESENT: Move.RESTORE, Presence.GONE: Move.SUSPECT, **_NO_WORD},
    Standing.BARRED: {Presence.PRESENT: Move.RESTORE, Presence.GONE: Move.SUSPECT, **_NO_WORD},
}


def judge(held: Held, sighting: Sighting, now: datetime, *, rules: Rules, around: Around = NOTHING) -> Held:
    """Return what is held after `sighting`, seen at `now`.

    `rules.confirmations` sightings as gone over at least `rules.span` make a suspicion a removal. A gone
    sighting of a kind that is not yet understood well enough (see `REASONS`) changes nothing.
    """
    del around
    move = TABLE[held.standing][sighting.presence]
    if move in (Move.CLEAR, Move.RESTORE):
        return Held(standing=Standing.LIVE)
    if move is Move.KEEP or sighting.kind not in REASONS:
        return held
    if move is Move.CONFIRM:
        return replace(held, misses=held.misses + 1)
    return _suspect(held, REASONS[sighting.kind], now, rules)


def _suspect(held: Held, reason: Reason, now: datetime, rules: Rules) -> Held:
    first = held.first_miss or now
    misses = held.misses + 1
    confirmed = misses >= rules.confirmations and now - first >= rules.span
    return Held(
        standing=Standing.TAKEN_DOWN if confirmed else Standing.MISSING,
        reason=reason,
        misses=misses,
        first_miss=first,
    )
