"""Whether nothing good was fetched for so long that somebody must be told. Pure.

It knows what was last fetched well, what was tried since, what waits, and since when the clock can be trusted. It
refuses to call a silence what is none: where there was nothing to fetch, where everything is paused, where the
daemon just began or the machine just woke, nobody is told. What it tells of one silence has one key, so that
whoever keeps what was told tells it once, also over a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.domain.times import iso, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the daemon sees of its own work."""

    now: datetime
    steady: datetime  #: since when it runs and neither slept nor had its clock set
    last_good: datetime | None  #: when a fetch last brought what was asked for
    failing: datetime | None = None  #: the first fetch after it, which brought nothing good; None: none was tried
    tried: int = 0  #: so many were tried since
    waiting: datetime | None = None  #: since when something is due, of what is not paused; None: nothing is
    due: int = 0  #: so many articles and seeds are


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is to be told."""

    key: str  #: the same for the same silence
    text: str
    silent: bool  #: False: it is over


def silence(scene: Scene, silent_after: timedelta) -> timedelta | None:
    """For how long something should have been fetched and nothing was; None: not for too long, as far as known."""
    wanted = [at for at in (scene.failing, scene.waiting) if at is not None and at <= scene.now]
    if not wanted:
        return None
    # What lies ahead was written by a clock that went wrong.
    known = [at for at in (scene.steady, scene.last_good) if at is not None and at <= scene.now]
    since = max([*known, min(wanted)])
    lasted = scene.now - since
    return lasted if known and lasted >= silent_after else None


def watch(scene: Scene, silent_after: timedelta, told: Word | None = None) -> Word | None:
    """What is to be told now, if anything; `told` is what was told last.

    A silence is told once, and once that it is over.
    """
    lasted = silence(scene, silent_after)
    if told is not None and told.silent:
        if scene.last_good is None or _key(scene.last_good) == told.key:
            return None
        back = f"fetched again: the last good fetch was at {stamp(scene.last_good)} UTC"
        return Word(key=f"{told.key}:over", text=back, silent=False)
    if lasted is None:
        return None
    return Word(key=_key(scene.last_good), text=_in_words(scene, lasted), silent=True)


def _key(last_good: datetime | None) -> str:
    return f"silent:{iso(last_good) or 'ever'}"


def _in_words(scene: Scene, lasted: timedelta) -> str:
    last = f"the last good fetch was at {stamp(scene.last_good)} UTC" if scene.last_good else "there never was any"
    tried = f"{scene.tried:,} fetches since then brought nothing" if scene.tried else "nothing was tried since"
    due = f", {scene.due:,} are due" if scene.due else ""
    return f"nothing good was fetched for {_span(lasted)}: {last}, {tried}{due}; see: stet status"


def _span(lasted: timedelta) -> str:
    minutes = int(lasted.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
