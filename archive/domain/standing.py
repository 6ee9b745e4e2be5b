"""Standing + sighting → standing. One transition table.

Pure: thresholds and `now` are arguments. A removal is held to be true only after several fetches
over some time found the article gone; a barrier or an unreachable server says nothing about it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.domain.model import Presence, Reason, Sighting, Standing

#: The sightings that may lead to `taken_down`, and the reason each gives.
REASONS = {"not_found": Reason.NOT_FOUND, "gone": Reason.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one article: its standing, and the run of bad sightings that may change it."""

    standing: Standing
    reason: Reason | None = None
    misses: int = 0  #: gone sightings in a row, nothing but silence between them
    first_miss: datetime | None = None


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


def judge(held: Held, sighting: Sighting, now: datetime, *, confirmations: int, span: timedelta) -> Held:
    """Return what is held after `sighting`, seen at `now`.

    `confirmations` sightings as gone over at least `span` make a suspicion a removal. A gone
    sighting of a kind that is not yet understood well enough (see `REASONS`) changes nothing.
    """
    move = TABLE[held.standing][sighting.presence]
    if move in (Move.CLEAR, Move.RESTORE):
        return Held(standing=Standing.LIVE)
    if move is Move.KEEP or sighting.kind not in REASONS:
        return held
    if move is Move.CONFIRM:
        return Held(standing=held.standing, reason=held.reason, misses=held.misses + 1, first_miss=held.first_miss)
    return _suspect(held, REASONS[sighting.kind], now, confirmations=confirmations, span=span)


def _suspect(held: Held, reason: Reason, now: datetime, *, confirmations: int, span: timedelta) -> Held:
    first = held.first_miss or now
    misses = held.misses + 1
    confirmed = misses >= confirmations and now - first >= span
    return Held(
        standing=Standing.TAKEN_DOWN if confirmed else Standing.MISSING,
        reason=reason,
        misses=misses,
        first_miss=first,
    )
