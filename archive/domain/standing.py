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

#: The sightings that may lead to `taken_down`, and the reason each gives. Where those of one suspicion differ,
#: the latest gives the reason: it is what a reader meets there now.
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

#: A suspicion of which nothing was heard for so many spans, and so long, lapses: what an outlet answered a month
#: ago and what it answers now are two things. Chosen; who crawls by hand once a week still gets confirmations.
LAPSE = 30
LAPSE_LEAST = timedelta(days=30)

#: A control is near the end of a suspicion when it was seen in the last quarter of the span, or since the bad
#: sighting before the last. Suspects are looked at six times a span, so that the pass before this one is near;
#: a pass over a large outlet takes up to an hour, whatever the span is.
NEAR = 4
NEAR_LEAST = timedelta(hours=1)

#: An outlet whose articles went and came back of late is believed later: so many times the confirmations and
#: the span. Both chosen; a flapping server is up half of the time, so that 6 fetches in a row that miss it by
#: chance are one in 64, and 18 of them (three spans at the pace of suspicions) one in 260,000.
FLAPPING_CONFIRMATIONS = 2
FLAPPING_SPAN = 3

#: For so many spans before a suspicion a return of another article counts as flapping. Chosen.
FLAPPING_BEFORE = 7

#: Articles that went together are believed gone after so many spans each. Chosen: an outlet that loses a shelf of
#: its archive by mistake has it back within two days, or does not want it back.
MASS_SPAN = 3

#: What was last there from another vantage point so long ago is not there any more. Barred articles are looked at
#: daily, and one of the answers may fail.
ELSEWHERE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one article: its standing, and the runs of sightings that may change it."""

    standing: Standing
    reason: Reason | None = None
    moved: bool = False  #: when it was last there, it was at another address than the one it was first known by
    away: datetime | None = None  #: the first sighting that did not see it, since it was last there
    misses: int = 0  #: gone sightings in a row, nothing but silence between them
    first_miss: datetime | None = None
    last_miss: datetime | None = None
    silence: Presence | None = None  #: barrier or unreachable, as last met
    silences: int = 0  #: in a row, since somebody last could see or since the kind changed
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
    mass: bool = False  #: many articles were removed together, and this is one of them
    offline: bool = False  #: the outage has lasted for so long that the outlet is held to be offline
    flapped: datetime | None = None  #: when a step of another article of the outlet last was a `flap`
    elsewhere: datetime | None = None  #: when this article was last there as seen from another vantage point
    asked: int = 0  #: vantage points from which it was looked for since the first miss


NOTHING = Around()


class Move(enum.Enum):
    """What a sighting does to a standing."""

    SEEN = "seen"  #: live, or moved where it was that before
    SUSPECT = "suspect"  #: missing, one more miss, or enough of them
    STILL = "still"  #: it was down and is still down
    FADE = "fade"  #: nobody could see; after enough of that, barred or unreachable
    WAIT = "wait"  #: the same of a suspicion, which has more patience
    KEEP = "keep"  #: nobody could see, and that changes nothing


#: Every standing and every presence is there, so that a gap is an error and not a surprise.
TABLE: dict[Standing, dict[Presence, Move]] = {
    standing: {
        Presence.PRESENT: Move.SEEN,
        Presence.GONE: gone,
        Presence.BARRIER: silent,
        Presence.UNREACHABLE: silent,
    }
    for standing, gone, silent in (
        (Standing.LIVE, Move.SUSPECT, Move.FADE),
        (Standing.MOVED, Move.SUSPECT, Move.FADE),
        (Standing.MISSING, Move.SUSPECT, Move.WAIT),
        (Standing.TAKEN_DOWN, Move.STILL, Move.KEEP),
        (Standing.UNREACHABLE, Move.SUSPECT, Move.FADE),
        (Standing.BARRED, Move.SUSPECT, Move.FADE),
    )
}

_SILENT = {Presence.BARRIER: Standing.BARRED, Presence.UNREACHABLE: Standing.UNREACHABLE}


def judge(held: Held, sighting: Sighting, now: datetime, *, rules: Rules, around: Around = NOTHING) -> Held:
    """Return what is held after `sighting`, seen at `now`.

    While an outage is open, nothing counts towards a removal, and a suspicion starts over. Otherwise a gone
    sighting of a kind that is not in `REASONS` changes nothing.
    """
    move = TABLE[held.standing][sighting.presence]
    if move is Move.SEEN:
        moved = held.moved or held.standing is Standing.MOVED or sighting.kind == "moved"
        return Held(standing=Standing.MOVED if moved else Standing.LIVE, moved=moved)
    held_back = around.outage and held.standing is not Standing.TAKEN_DOWN
    if held_back:
        held = replace(held, misses=0, first_miss=None, last_miss=None)
    if sighting.presence is Presence.GONE and sighting.kind not in REASONS:
        return held
    held = replace(_counted(held, sighting.presence, now), away=held.away or now)
    if around.offline and held.standing is not Standing.TAKEN_DOWN:
        return _unsuspected(held, Standing.UNREACHABLE, Reason.OUTLET_OFFLINE)
    if sighting.presence in _SILENT:
        return _fade(held, move, now, rules)
    return held if held_back else _gone(held, move, REASONS[sighting.kind], now, rules, around)


# Silence -------------------------------------------------------------------------------------------


def _counted(held: Held, presence: Presence, now: datetime) -> Held:
    """One more silence in a row, or the end of them.

    Of what was live, silences of both kinds are one run, named by the latest: a server that fails and refuses in
    turn is not seen either. Of what is barred or unreachable, only a run of the other kind changes that.
    """
    if presence not in _SILENT:
        return replace(held, silence=None, silences=0, first_silence=None)
    if held.first_silence is None or (presence is not held.silence and held.standing in _SILENT.values()):
        return replace(held, silence=presence, silences=1, first_silence=now)
    return replace(held, silence=presence, silences=held.silences + 1)


def _fade(held: Held, move: Move, now: datetime, rules: Rules) -> Held:
    """What silence makes of a standing: nothing, before it was long enough."""
    assert held.silence is not None
    assert held.first_silence is not None
    patience = {Move.FADE: rules.span, Move.WAIT: _lapse(rules)}.get(move)
    if patience is None:
        return held
    standing = _SILENT[held.silence]
    enough = held.silences >= rules.confirmations and now - held.first_silence >= patience
    if enough and standing is not held.standing:
        return _unsuspected(held, standing)
    if held.reason is Reason.OUTLET_OFFLINE:  # others of the outlet are there again
        return replace(held, reason=None)
    return held


def _unsuspected(held: Held, standing: Standing, reason: Reason | None = None) -> Held:
    return replace(held, standing=standing, reason=reason, misses=0, first_miss=None, last_miss=None)


# Removal -------------------------------------------------------------------------------------------


def _gone(held: Held, move: Move, reason: Reason, now: datetime, rules: Rules, around: Around) -> Held:
    if held.reason is Reason.GEO_BLOCKED:
        if around.elsewhere is not None and now - around.elsewhere <= max(2 * rules.span, ELSEWHERE):
            return replace(held, misses=held.misses + 1, last_miss=now)
        return replace(held, standing=Standing.MISSING, reason=reason, misses=1, first_miss=now, last_miss=now)
    first, misses = held.first_miss or now, held.misses
    if held.first_miss is None or (move is Move.SUSPECT and now - (held.last_miss or first) > _lapse(rules)):
        first, misses = now, 0
    counted = replace(held, misses=misses + 1, first_miss=first, last_miss=now)
    if around.elsewhere is not None and around.elsewhere >= first:
        return replace(counted, standing=Standing.BARRED, reason=Reason.GEO_BLOCKED)
    if move is Move.STILL:  # the reason stays that of the sightings which it rests on
        return counted
    sure = _is_enough(counted, now, rules, around) and _is_controlled(counted, held.last_miss, now, rules, around)
    return replace(counted, standing=Standing.TAKEN_DOWN if sure else Standing.MISSING, reason=reason)


def there_elsewhere(held: Held, last: str) -> Held:
    """What is held once an article was there as seen from a vantage point; `last` is the last sighting from here.

    Gone from here at two looks it is geo-blocked; at one it may have been a slip. A page here that says so itself
    is believed once it has barred us for long enough.
    """
    gone = held.standing in (Standing.MISSING, Standing.TAKEN_DOWN) and held.misses > 1
    if gone or (held.standing is Standing.BARRED and last == "geo_block"):
        return replace(held, standing=Standing.BARRED, reason=Reason.GEO_BLOCKED)
    return held


def _is_enough(held: Held, now: datetime, rules: Rules, around: Around) -> bool:
    """Whether enough sightings over enough time found the article gone."""
    assert held.first_miss is not None
    confirmations, span = rules.confirmations, rules.span
    if around.flapped is not None and around.flapped >= held.first_miss - FLAPPING_BEFORE * rules.span:
        confirmations, span = FLAPPING_CONFIRMATIONS * confirmations, FLAPPING_SPAN * span
    if around.mass:
        span = max(span, MASS_SPAN * rules.span)
    return held.misses >= confirmations and now - held.first_miss >= span


def _is_controlled(held: Held, before: datetime | None, now: datetime, rules: Rules, around: Around) -> bool:
    """Whether others of the outlet were there meanwhile, and all vantage points were asked.

    `before` is the time of the bad sighting before this one.
    """
    assert held.first_miss is not None
    if around.asked < rules.vantages or around.control is None:
        return False
    if held.misses > 1 and around.control < held.first_miss:
        return False
    near = now - around.control <= max(rules.span / NEAR, NEAR_LEAST)
    return near or (before is not None and around.control >= before)


def _lapse(rules: Rules) -> timedelta:
    return max(LAPSE * rules.span, LAPSE_LEAST)


# What is told --------------------------------------------------------------------------------------


class Step(enum.Enum):
    """What happened between two standings, as people call it."""

    SUSPECTED = "suspected"  #: gone at one fetch
    CLEARED = "cleared"  #: the suspicion was nothing
    TAKEN_DOWN = "taken down"
    RESTORED = "restored"  #: it had been taken down, and is there again
    MOVED = "moved"  #: the same words at another address
    GEO_BLOCKED = "geo-blocked"  #: gone here, and there from another vantage point
    UNBLOCKED = "unblocked"  #: it had been that, and is there again from here
    BARRED = "barred"
    UNREACHABLE = "unreachable"
    OFFLINE = "offline"  #: the whole outlet
    BACK = "back"  #: nobody could see, and it is there again


#: Worth an alert. A suspicion is one fetch, and most are nothing. Walls and sick servers come and go by the
#: hundred, say nothing of the article, and are told once for the outlet where it is the outlet: whoever wants
#: them finds them in the lists. A move is rare, and whoever has quoted the article wants its new address.
ALERTS = frozenset(
    {Step.TAKEN_DOWN, Step.RESTORED, Step.MOVED, Step.GEO_BLOCKED, Step.UNBLOCKED},
)

_GONE_TO = {Standing.TAKEN_DOWN: Step.TAKEN_DOWN, Standing.MISSING: Step.SUSPECTED}
_CAME_FROM = {
    Standing.TAKEN_DOWN: Step.RESTORED,
    Standing.MISSING: Step.CLEARED,
    Standing.BARRED: Step.BACK,
    Standing.UNREACHABLE: Step.BACK,
}


def step(before: Held, after: Held) -> Step | None:
    """What happened from `before` to `after`; None where there is nothing to tell."""
    if (before.standing, before.reason) == (after.standing, after.reason):
        return None
    if after.standing is before.standing and Reason.GEO_BLOCKED not in (before.reason, after.reason):
        return Step.OFFLINE if after.reason is Reason.OUTLET_OFFLINE else None
    if after.standing in (Standing.LIVE, Standing.MOVED):
        return _return(before, after)
    if after.reason is Reason.OUTLET_OFFLINE:
        return Step.OFFLINE
    if after.reason is Reason.GEO_BLOCKED:
        return Step.GEO_BLOCKED
    if after.standing in _GONE_TO:
        return _GONE_TO[after.standing]
    return Step.BARRED if after.standing is Standing.BARRED else Step.UNREACHABLE


def _return(before: Held, after: Held) -> Step:
    if before.standing is Standing.TAKEN_DOWN:  # also where it came back at another address
        return Step.RESTORED
    if after.moved and not before.moved:
        return Step.MOVED
    return Step.UNBLOCKED if before.reason is Reason.GEO_BLOCKED else _CAME_FROM.get(before.standing, Step.BACK)


def is_flap(before: Held, after: Held) -> bool:
    """Whether a step shows that articles of the outlet go and come back.

    One that was gone at one fetch only does not: with thousands of articles that happens every day.
    """
    return step(before, after) in (Step.CLEARED, Step.RESTORED) and before.misses > 1
