"""An article's life on one line: what happened → where each mark stands, and how to look closer. Pure.

It knows places between 0 and 1, and cells: a cell is as much of the line as an eye or a finger can tell apart.
What falls into one cell is one mark, so that thousands of looks make as many marks as there is room for, and
nothing is left out: each mark says how many it stands for. It refuses to know pixels, pages and words for people.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

CELLS: Final = 120
"""Eight pixels each on a desk, three on a phone."""

LEAST: Final = timedelta(seconds=10)
"""Nobody needs to look closer: captures of one address are a second apart or more."""

LONELY: Final = timedelta(hours=1)
"""The line of what happened at one moment alone."""

TICKS: Final = 6
"""Labels that a phone has room for."""


class Lane(enum.StrEnum):
    """What stands above what, from the top."""

    STANDING = "standing"
    VERSION = "version"
    CHANGE = "change"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a moment, or held for a while."""

    lane: Lane
    at: datetime
    until: datetime | None = None  #: None: a moment
    lasts: bool = False  #: it holds still; `until` is only the end of what is known
    kind: str = ""  #: the standing, the heaviest kind of a change …
    number: int = 0  #: of the version, the id of the change or the step
    said: str = ""  #: in words, as the archive has them
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the article."""

    at: datetime
    presence: str  #: empty: it says nothing of the article, such as a redirect on the way
    kept: bool  #: there is a capture of it
    href: str = ""  #: where that is


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, never empty."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """From one end to the other."""
        return self.until - self.since

    def place(self, at: datetime) -> float:
        """Where a moment stands, 0 to 1; what lies outside stands at the end."""
        return min(max((at - self.since) / self.length, 0.0), 1.0)

    def within(self, whole: Span) -> Span:
        """As much of it as lies in `whole`, moved there where it can be; never less than the least."""
        length = min(max(self.length, LEAST), whole.length)
        since = min(max(self.since, whole.since), whole.until - length)
        return Span(since, since + length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One or more events of a lane, and where they stand."""

    lane: Lane
    x: float
    width: float  #: 0 for moments
    events: tuple[Event, ...]

    @property
    def event(self) -> Event:
        """The first of them."""
        return self.events[0]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the first of them to the end of the last."""
        return self.event.at, max(each.until or each.at for each in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The looks of one cell."""

    x: float
    width: float
    since: datetime
    until: datetime
    looks: int
    kept: int
    presences: Mapping[str, int]
    href: str  #: of the only capture; empty where there are several, or none


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A moment that people count by."""

    x: float
    at: datetime
    step: str  #: `year`, `month`, `day`, `minute` or `second`: how finely it is to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line as it is drawn."""

    whole: Span
    span: Span
    marks: tuple[Mark, ...]  #: by lane, and then in the order of time
    bins: tuple[Bin, ...]
    ticks: tuple[Tick, ...]
    most: int  #: looks of the fullest bin
    nearer: Span | None  #: where each of the keys leads; None: nowhere
    farther: Span | None
    earlier: Span | None
    later: Span | None

    def of(self, lane: str) -> tuple[Mark, ...]:
        """The marks of one lane."""
        return tuple(mark for mark in self.marks if mark.lane == lane)

    def around(self, mark: Mark | Bin) -> Span:
        """The span that shows apart what `mark` holds together."""
        since, until = (mark.since, mark.until) if isinstance(mark, Bin) else mark.span
        return widened(since, until).within(self.whole)


def whole(events: Iterable[Event], looks: Iterable[Look]) -> Span | None:
    """The span of all that is known, with some air around; None where nothing is."""
    moments = [moment for each in events for moment in (each.at, each.until) if moment is not None]
    moments += [look.at for look in looks]
    return widened(min(moments), max(moments)) if moments else None


def widened(since: datetime, until: datetime) -> Span:
    """Both ends with air around them, for a mark at the very edge can hardly be seen."""
    air = (until - since) / 25 if until - since >= LEAST else LONELY / 2 if since == until else LEAST
    return Span(_moved(since, -air), _moved(until, air))


def _moved(at: datetime, by: timedelta) -> datetime:
    """Some time later or earlier; as far as calendars go, for what is imported may be of any date."""
    try:
        return at + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)


def draw(
    events: Iterable[Event],
    looks: Iterable[Look],
    *,
    full: Span,
    span: Span | None = None,
    cells: int = CELLS,
) -> Line:
    """The events and looks of `full` as they stand in `span`, in at most so many cells."""
    shown = full if span is None else span.within(full)
    inside = sorted((each for each in events if _within(each, shown)), key=_order)
    lanes = groupby(inside, lambda each: each.lane)
    marks = [mark for _, of_lane in lanes for mark in _marks(list(of_lane), shown, cells)]
    bins = tuple(_bins(looks, shown, cells))
    return Line(
        whole=full,
        span=shown,
        marks=tuple(marks),
        bins=bins,
        ticks=tuple(ticks(shown)),
        most=max((each.looks for each in bins), default=0),
        **_ways(shown, full),
    )


def _order(event: Event) -> tuple[int, datetime, datetime, int]:
    return list(Lane).index(event.lane), event.at, event.until or event.at, event.number


def _within(event: Event, span: Span) -> bool:
    return event.at <= span.until and (event.until or event.at) >= span.since


def _marks(events: Sequence[Event], span: Span, cells: int) -> Iterator[Mark]:
    """Neighbours that begin and end in one cell are one mark."""
    for _, group in groupby(enumerate(events), lambda each: _cell(each[0], each[1], span, cells)):
        same = tuple(event for _, event in group)
        x, end = span.place(same[0].at), max(span.place(each.until or each.at) for each in same)
        yield Mark(lane=same[0].lane, x=x, width=end - x, events=same)


def _cell(number: int, event: Event, span: Span, cells: int) -> tuple[int, int]:
    """The cell that holds all of an event; what is larger than one stands for itself."""
    begin, end = (min(int(span.place(at) * cells), cells - 1) for at in (event.at, event.until or event.at))
    return (begin, -1) if begin == end else (begin, number)


def _bins(looks: Iterable[Look], span: Span, cells: int) -> Iterator[Bin]:
    """The looks, cell by cell; cells without any are left out."""
    inside = sorted((look for look in looks if span.since <= look.at <= span.until), key=lambda look: look.at)
    for cell, group in groupby(inside, lambda look: min(int(span.place(look.at) * cells), cells - 1)):
        same = list(group)
        kept = [look for look in same if look.kept]
        yield Bin(
            x=cell / cells,
            width=1 / cells,
            since=same[0].at,
            until=same[-1].at,
            looks=len(same),
            kept=len(kept),
            presences=dict(sorted(Counter(look.presence for look in same).items())),
            href=kept[0].href if len(kept) == 1 else "",
        )


def _ways(shown: Span, full: Span) -> dict[str, Span | None]:
    """Half as much, twice as much, and half a span to either side."""
    half, middle = shown.length / 2, shown.since + shown.length / 2
    closer = min(max(half, LEAST), shown.length)
    ways = {
        "nearer": Span(middle - closer / 2, middle + closer / 2),
        "farther": Span(_moved(shown.since, -half), _moved(shown.until, half)),
        "earlier": Span(_moved(shown.since, -half), shown.until - half),
        "later": Span(shown.since + half, _moved(shown.until, half)),
    }
    there = {name: way.within(full) for name, way in ways.items()}
    return {name: way if way != shown else None for name, way in there.items()}


# What people count by ------------------------------------------------------------------------------

_SECONDS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200)
_DAYS: Final = (1, 2, 7, 14)
_MONTHS: Final = (1, 3, 6)


def ticks(span: Span) -> Iterator[Tick]:
    """Round moments of UTC within a span, at most as many as there is room for."""
    for moments, step in _grids(span):
        found = []
        for at in moments:
            found.append(at)
            if len(found) > TICKS:
                break
        else:
            yield from (Tick(x=span.place(at), at=at, step=step) for at in found)
            return


def _grids(span: Span) -> Iterator[tuple[Iterator[datetime], str]]:
    """Grids of moments, each coarser than the one before it."""
    midnight = span.since.replace(hour=0, minute=0, second=0, microsecond=0)
    for seconds in _SECONDS:
        yield _every(midnight, timedelta(seconds=seconds), span), "second" if seconds < 60 else "minute"
    for days in _DAYS:
        yield _every(midnight, timedelta(days=days), span), "day"
    for months in _MONTHS:
        yield _monthly(span, months), "month"
    years = 1
    while True:
        yield _monthly(span, 12 * years), "year"
        years *= 2


def _every(start: datetime, step: timedelta, span: Span) -> Iterator[datetime]:
    at = start + step * -((start - span.since) // step)
    while at <= span.until:
        if at >= span.since:
            yield at
        at += step


def _monthly(span: Span, months: int) -> Iterator[datetime]:
    """First days of months; those of years are counted from the year 0."""
    first = span.since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    number = (first.year * 12 + first.month - 1) // months * months
    while number // 12 <= min(span.until.year, 9999):
        at = first.replace(year=max(number // 12, 1), month=number % 12 + 1)
        if span.since <= at <= span.until:
            yield at
        number += months
