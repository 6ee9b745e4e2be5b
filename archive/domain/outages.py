"""When many articles of an outlet fail together, that is one thing: it is down, or a shelf of it was cleared.

Pure. Knows the last look at each article of an outlet, and when it was last there before. Refuses to say anything
of a single article: that is for `archive.domain.standing`, which is told whether an outage is open.

What failed together has a common moment: all of it was last there before, and first not there after. Articles that
are removed one by one have none, because each was still seen when the one before it was gone already.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from archive.domain.model import Presence
from archive.domain.standing import Rules

WINDOW: Final = timedelta(days=11)
"""What began further back is not found any more. Old articles are looked at every ten days."""

ENOUGH: Final = 5
"""Articles that fail together. Chosen; of an outlet with fewer, all of them."""

SMALL: Final = 3
"""An outlet with fewer articles has no outages: nothing tells them from removals but its front page."""

MASS: Final = 10
"""One in so many of those looked at since is a mass removal, where the others are there. Chosen: an outlet that
is broken in part is more often so in whole shelves than in single pages."""

ONSET: Final = timedelta(days=1)
"""Articles that were still seen so long after the first miss may have gone with it: that one may be chance."""

TELL_AFTER: Final = 24
"""An outage is worth telling when it has lasted for one in so many parts of the span: an hour. Servers restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The last look at one article of an outlet, or at its front page (article 0).

    Articles that are held to be taken down, or never were there, are no part of this, nor is what was seen from
    other vantage points.
    """

    article_id: int
    at: datetime
    presence: Presence
    kind: str
    seen: datetime  #: when it was last there, this look included
    away: datetime | None  #: the first look since then that found it not there; None: it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What is held of an outlet of which many articles fail together."""

    began: datetime  #: the first look that belongs to it
    presence: Presence  #: what most of its looks were
    kind: str
    failed: int
    looked: int  #: at so many articles since it began
    mass: bool = False  #: not the outlet is down, but many of its articles were removed
    mixed: datetime | None = None  #: since when some articles are there again while others are not
    offline: datetime | None = None  #: since when the outlet is held to be offline
    last_good: datetime | None = None  #: when anything of the outlet was last there

    def covers(self, away: datetime | None) -> bool:
        """Whether an article that is not there since `away` may have failed with the others: care is needed."""
        return away is not None and self.began <= away

    def holds(self, seen: datetime | None, away: datetime | None) -> bool:
        """Whether it failed with them as far as one can tell: it needs no alert of its own."""
        return seen is not None and self.covers(away) and seen < self.began + ONSET

    def is_worth_telling(self, now: datetime, rules: Rules) -> bool:
        """Whether it has lasted long enough to tell somebody of it."""
        return self.mass or self.offline is not None or now - self.began >= rules.span / TELL_AFTER


def assess(
    held: Outage | None, looks: Collection[Look], now: datetime, *, ended: datetime | None, rules: Rules
) -> Outage | None:
    """What is held of an outlet after the last look at each of its articles; None: nothing is wrong.

    What failed before the last outage `ended` and lingers is judged alone.
    """
    if held is None:
        after = max(ended, now - WINDOW) if ended is not None else now - WINDOW
        return _open(looks, after) or _dead(looks, now, rules)
    return _follow_mass(held, looks, now, rules) if held.mass else _follow(held, looks, now, rules)


# Opening -------------------------------------------------------------------------------------------


def _open(looks: Collection[Look], after: datetime) -> Outage | None:
    """The earliest moment since which most articles failed, or a part of them was gone while others were there."""
    failing = [look for look in looks if look.away is not None]
    if len(failing) < SMALL:
        return None
    gone = [look for look in failing if look.presence is Presence.GONE]
    moments = sorted({look.away for look in failing if look.away is not None and look.away > after})
    times = sorted(look.at for look in looks)
    small = min(ENOUGH, len(looks))
    for fallen, mass in ((_Fallen(failing), False), (_Fallen(gone), True)):
        for moment in moments:
            fell, looked = fallen.count(moment), len(times) - bisect_left(times, moment)
            together = (
                fell >= ENOUGH and MASS * fell >= looked if mass else fell >= small and 3 * fell > 2 * looked
            )
            if together:
                return replace(_outage(moment, fallen.then(moment), looked), mass=mass)
    return None


class _Fallen:
    """How many of these were last there before a moment, and first not there after it."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = looks
        self._away = sorted(look.away for look in looks if look.away is not None)
        self._seen = sorted(look.seen for look in looks)

    def then(self, moment: datetime) -> list[Look]:
        return [look for look in self.looks if look.away is not None and look.away >= moment > look.seen]

    def count(self, moment: datetime) -> int:
        later = len(self._away) - bisect_left(self._away, moment)
        return later - (len(self._seen) - bisect_left(self._seen, moment))  # what was seen later fell later


def _outage(began: datetime, fell: Sequence[Look], looked: int) -> Outage:
    [((presence, kind), _)] = Counter((look.presence, look.kind) for look in fell).most_common(1)
    good = max(look.seen for look in fell)
    return Outage(began=began, presence=presence, kind=kind, failed=len(fell), looked=looked, last_good=good)


def _dead(looks: Collection[Look], now: datetime, rules: Rules) -> Outage | None:
    """An outlet that died slowly, or has few articles: neither they nor the front page were there for long."""
    failing = [look for look in looks if look.away is not None]
    if len(looks) < 2 or len(failing) < len(looks):
        return None
    good = max(look.seen for look in failing)
    if now - good < rules.offline_after:
        return None
    began = min(look.away for look in failing if look.away is not None and look.away > good)
    return replace(_outage(began, failing, len(looks)), offline=now, last_good=good)


# Going on ------------------------------------------------------------------------------------------


def _follow(held: Outage, looks: Collection[Look], now: datetime, rules: Rules) -> Outage | None:
    """An outage ends when two thirds of what failed is there again.

    Where articles stay away for half a span while others are there, it is over too, or was none: what is gone
    then was removed. (In a pass over a cleared archive hundreds of dead articles may come before a living one.)
    """
    held = _count(held, looks)
    away = [look for look in looks if look.away is not None and look.away >= held.began]
    there = [look for look in looks if look.away is None and look.at >= held.began]
    if len(there) >= min(SMALL, held.failed) and 3 * len(away) <= held.failed:
        return None
    good = max(look.seen for look in looks) if looks else held.last_good or held.began
    held = replace(held, last_good=good)
    if not there or now - good >= rules.span / 2:
        offline = held.offline or (now if now - good >= rules.offline_after else None)
        return replace(held, mixed=None, offline=offline)
    held = replace(held, mixed=held.mixed or good, offline=None)
    assert held.mixed is not None
    if now - held.mixed < rules.span / 2:
        return held
    still = [look for look in away if look.at >= held.mixed]
    gone = [look for look in still if look.presence is Presence.GONE]
    if 3 * len(gone) > 2 * len(away):
        return replace(held, mass=True, mixed=None)
    back = sum(look.at >= held.mixed for look in there)
    return held if 3 * len(still) > 2 * (len(still) + back) else None


def _follow_mass(held: Outage, looks: Collection[Look], now: datetime, rules: Rules) -> Outage | None:
    """A mass removal is over when nothing of it is undecided; where nothing is there any more, it is an outage.

    An article that was there when it was last looked at is there: that was long ago where it is an old one.
    """
    if not any(look.presence is Presence.GONE and held.covers(look.away) for look in looks):
        return None
    held = replace(_count(held, looks), last_good=max(look.seen for look in looks))
    assert held.last_good is not None
    there = any(look.away is None for look in looks)
    return replace(held, mass=False) if not there and now - held.last_good >= rules.span / 2 else held


def _count(held: Outage, looks: Collection[Look]) -> Outage:
    fell = [look for look in looks if held.holds(look.seen, look.away)]
    if len(fell) <= held.failed:
        return held
    looked = sum(look.at >= held.began for look in looks)
    most = _outage(held.began, fell, looked)
    return replace(held, presence=most.presence, kind=most.kind, failed=most.failed, looked=looked)


# Words ---------------------------------------------------------------------------------------------


def name_of(outage: Outage) -> str:
    """What it is called: an `outage`, a `mass_removal`, or `outlet_offline`."""
    return "outlet_offline" if outage.offline else "mass_removal" if outage.mass else "outage"


BACK_AGAIN: Final = "outlet_back"
"""What it is called that an outlet is there again which was held to be offline."""


def sentence(outage: Outage) -> str:
    """What is told of it."""
    kind = outage.kind.replace("_", " ")
    if outage.offline is not None:
        good = f" since {outage.last_good:%Y-%m-%d}" if outage.last_good else ""
        return (
            f"Offline: nothing of the outlet was there{good} ({kind}). No article is held to be taken down for it."
        )
    of = f"{outage.failed:,} of the {outage.looked:,} articles looked at"
    if outage.mass:
        return (
            f"Many articles removed together: {of} since {outage.began:%Y-%m-%d %H:%M} UTC are gone ({kind}) while"
            " others are there. Each is held to be taken down when it has stayed gone for three times the span."
        )
    return (
        f"Outage: {of} since {outage.began:%Y-%m-%d %H:%M} UTC are not there ({outage.presence.value}: {kind})."
        " Nothing is held to be taken down before it is over."
    )


BACK: Final = "Back: an article of the outlet is there again. It had been held to be offline."
"""What is told of the first sign of life."""


def end_sentence(outage: Outage) -> str:
    """What is told when it is over."""
    if outage.mass:
        return "The removal of many articles together is over: each of them is confirmed, or there again."
    return "The outage is over: articles are there again. Nothing was held to be taken down for it."
