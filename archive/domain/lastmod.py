"""What a list says of when its stories were changed × when they were last seen → which to look at now. Pure.

Knows that many of these dates are noise, and ignores them: a list whose dates all move at once tells when it was
made, and so does one whose stories are all of the last minutes or all of one second. What is left is tried, and a
list whose dates hardly ever came before a change is not believed for a while.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

SKEW: Final = timedelta(minutes=5)
"""Clocks of outlets and ours differ; a date that is farther in the future is a slip, most often a time zone left
out. Chosen: servers without NTP drift by seconds a day."""

ENOUGH: Final = 5
"""Fewer stories show no habit of a list."""

AT_ONCE: Final = 0.5
"""Share of a list's stories whose dates do not move at once because editors moved them. Of 88 million pages 16.5 %
had another title or body after a day (GDELT), and of no outlet's articles more than half are ever changed (BBC and
Guardian, 50 %; IEEE S&P 2024); between two looks at a list, minutes apart, it is a few of a hundred."""

TRIES: Final = 20
"""So many looks that a list's dates led to, before it can be doubted."""

LEAST: Final = 0.05
"""Share of them that must have shown a change. Chosen: of pages whose bytes differ 17.6 % have another wording
(GDELT); what is right less often than a third of that is set by something else than an editor."""

REST: Final = timedelta(days=30)
"""For so long a list is not believed; then it is tried again, for outlets change their software."""

REMEMBERED: Final = 200
"""Looks that weigh fully; older ones are forgotten by halves."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A story in a list: when it was changed, as the list says, and when it was last seen by us."""

    article: int
    modified: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Trust:
    """How often a list's dates led to a look, and how often that showed a change."""

    tried: int = 0
    borne_out: int = 0
    doubted: datetime | None = None  #: since when it is not believed

    def and_looks(self, tried: int, borne_out: int, at: datetime) -> Trust:
        """With so many looks more."""
        if self.doubted is not None:
            return Trust() if at - self.doubted >= REST else self
        now = Trust(self.tried + tried, self.borne_out + borne_out)
        if now.tried >= TRIES and now.borne_out < LEAST * now.tried:
            return replace(now, doubted=at)
        return Trust(now.tried // 2, now.borne_out // 2) if now.tried >= REMEMBERED else now


def noise(before: Mapping[int, datetime], after: Sequence[Dated], at: datetime) -> str:
    """Why the dates of a list say nothing this time, in words; empty where they may.

    `before` are the dates of its last answer, by article.
    """
    known = [one for one in after if one.article in before]
    moved = [one for one in known if before[one.article] != one.modified]
    if len(known) >= ENOUGH and len(moved) >= AT_ONCE * len(known):
        return f"{len(moved)} of {len(known)} dates moved at once"
    just_now = [one for one in after if abs(at - one.modified) <= SKEW]
    if len(just_now) >= ENOUGH and len(just_now) >= AT_ONCE * len(after):
        return f"{len(just_now)} of {len(after)} dates are of this very moment"
    fresh = Counter(one.modified for one in after if one.seen < one.modified and not _is_day(one.modified))
    if fresh.total() >= ENOUGH:
        shared = max(fresh.values())
        if shared >= max(ENOUGH, AT_ONCE * fresh.total()):
            return f"{shared} of {fresh.total()} new dates are the same"
    return ""


def changed(before: Mapping[int, datetime], after: Sequence[Dated], at: datetime) -> list[Dated]:
    """The stories that were changed since they were last seen, as their list says and did not say before."""
    return [one for one in after if before.get(one.article) != one.modified and _is_news(one, before, at)]


def _is_news(one: Dated, before: Mapping[int, datetime], at: datetime) -> bool:
    if one.modified > at + SKEW:
        return False
    known = before.get(one.article)
    # A day without a time may mean its last minute; only that it is another one than before says something.
    if _is_day(one.modified) and known is not None and known < one.modified:
        return one.seen < one.modified + timedelta(days=1)
    return one.seen < one.modified


def _is_day(moment: datetime) -> bool:
    return moment.time() == time()
