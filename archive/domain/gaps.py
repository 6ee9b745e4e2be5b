"""Looks → the spans in which nobody could see. Pure.

A look *tells* when it found the article there or gone; a barrier or an unreachable server tells nothing. A gap
lies between two looks that told something, and is never papered over: either some looks in between met silence, or
there were none although one was due. Knows nothing of why nobody looked, beyond that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.domain.model import Presence

TELLING = frozenset({Presence.PRESENT.value, Presence.GONE.value})
"""The presences that tell something of the article."""

SILENT = frozenset({Presence.BARRIER.value, Presence.UNREACHABLE.value})
"""Those that tell nothing."""

LATE = timedelta(hours=6)
"""No shorter span without a look is a gap, however soon one was due: whoever starts a pass by hand, or a few times
a day, does not look at fresh articles three times an hour."""

UNTRIED = "nothing was fetched, although a look was due"
"""Why nobody could see where nobody looked."""


@dataclass(frozen=True, slots=True)
class Look:
    """One fetch, and what it says. Without a presence it says nothing at all, but shows that somebody tried."""

    at: datetime
    presence: str
    why: str = ""
    pause: timedelta | None = None  #: after which the next one was due; None: no other was
    article: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody could see."""

    since: datetime | None  #: the last look before it; None: there was none that told anything
    until: datetime | None  #: the first look after it; None: it goes on
    presences: tuple[str, ...]  #: what the looks met, in the order of first sight; empty where nobody looked
    looks: int
    why: str  #: as the last of them says
    articles: int = 0  #: of so many


def gaps(looks: Iterable[Look], now: datetime | None = None) -> Iterator[Gap]:
    """The spans without a telling look, of looks in the order of time; to `now`, or else to the last look."""
    told: Look | None = None
    between: list[Look] = []
    for look in looks:
        if look.presence in TELLING:
            yield from _between(told, between, look.at)
            told, between = look, []
        else:
            between.append(look)
    yield from _between(told, between, None, now)


def _between(
    told: Look | None, looks: Sequence[Look], until: datetime | None, now: datetime | None = None
) -> Iterator[Gap]:
    """The gaps between two telling looks, before the first or after the last; `looks` are those in between."""
    silent = [look for look in looks if look.presence in SILENT]
    if silent:
        presences = tuple(dict.fromkeys(look.presence for look in silent))
        since, articles = told.at if told else None, len({look.article for look in silent})
        yield Gap(since, until, presences, len(silent), silent[-1].why, articles)
        return
    tries = [told, *looks] if told else list(looks)
    ends = [look.at for look in tries[1:]] + ([until] if until else [])
    for one, end in zip(tries, ends, strict=False):
        if _is_late(one, end):
            yield Gap(one.at, end, (), 0, UNTRIED)
    if tries and until is None and now is not None and _is_late(tries[-1], now):
        yield Gap(tries[-1].at, None, (), 0, UNTRIED)


def _is_late(look: Look, end: datetime) -> bool:
    """Whether nobody looked again for so long that this is no matter of pace."""
    return look.pause is not None and end - look.at > max(2 * look.pause, LATE)


def within(gap: Gap, since: datetime | None, until: datetime | None) -> bool:
    """Whether a gap lies in this span, or reaches into it."""
    begins = gap.since is None or until is None or gap.since < until
    return begins and (gap.until is None or since is None or gap.until > since)
