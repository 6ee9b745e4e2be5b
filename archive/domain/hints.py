"""Two pages, or two answers of a seed → hints. Pure.

A hint makes one look sooner and says nothing by itself: that a page no longer wants to be found by search engines,
or that a feed or sitemap no longer names a story although it still names older ones. Lists are first-in-first-out,
by place or by date: what falls off their end is no hint, and where it cannot be told from that, there is none.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from itertools import pairwise

import regex

from archive.domain.model import SeedKind


class HintKind(enum.StrEnum):
    """What gives the hint."""

    NOINDEX = "noindex"
    LEFT_FEED = "left_feed"
    LEFT_SITEMAP = "left_sitemap"


#: The kinds of seeds that are lists of stories; what a section front shows is an editor's choice of the hour.
LEFT = {SeedKind.FEED: HintKind.LEFT_FEED, SeedKind.SITEMAP: HintKind.LEFT_SITEMAP}


# Search engines ------------------------------------------------------------------------------------

_META = regex.compile(r"<meta\b([^>]*)>", regex.IGNORECASE)
_OPAQUE = regex.compile(
    r"<!--.*?-->|<(script|style|template|noscript)\b.*?</\1\s*>", regex.IGNORECASE | regex.DOTALL
)
_ATTRIBUTE = regex.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ROBOTS = frozenset({"robots", "googlebot", "googlebot-news", "bingbot"})

#: Directives with a value of their own, in which `none` means something else: `max-image-preview:none`.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")


def forbids_indexing(markup: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a page asks any search engine not to list it, in its head or by X-Robots-Tag.

    It is read from the mark-up and not from what an extractor kept: of a page whose bytes came before, only the
    words of their first reading are known.
    """
    said = [value for name, value in headers if name.lower() == "x-robots-tag"]
    return any(map(_says_so, [*said, *_metas(markup)]))


def _metas(markup: str) -> Iterator[str]:
    head = _OPAQUE.sub(" ", markup)
    for element in _META.finditer(head):
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(element[1])}
        if given.get("name", "").strip().lower() in _ROBOTS:
            yield given.get("content", "")


def _says_so(directives: str) -> bool:
    """`noindex` or `none`, also for one agent alone: `otherbot: noindex, nofollow`."""
    for directive in directives.lower().split(","):
        agent, _, rest = directive.rpartition(":")
        if rest.strip() in ("noindex", "none") and agent.strip() not in _VALUED:
            return True
    return False


# Lists ---------------------------------------------------------------------------------------------

#: Older stories that must still be named, behind the one that is not. One may be pinned to the end of a list.
WITNESSES = 2

#: A list that names fewer of the stories that it named is another list, cut, or broken.
KEPT = 0.5

#: Share of the stories that must stand in the order of before; where fewer do, the list has an order of its own.
IN_ORDER = 0.8


@dataclass(frozen=True, slots=True)
class Entry:
    """A story in a list."""

    article: int
    dated: datetime | None = None  #: as the list said


def left(before: Sequence[Entry], after: Sequence[int]) -> list[int]:
    """The stories that a list named before and names no more, although it still names older ones."""
    named = set(after)
    if len({entry.dated for entry in before}) == 1:  # a date that all share says nothing
        before = [Entry(entry.article) for entry in before]
    staying = [entry.article for entry in before if entry.article in named]
    if len(named) < KEPT * len(before) or len(staying) < KEPT * len(before):
        return []
    witnesses = _in_order(staying, {article: place for place, article in enumerate(dict.fromkeys(after))})
    if len(witnesses) < IN_ORDER * len(staying):
        return []
    order = _order(before)
    return [
        entry.article
        for place, entry in enumerate(before)
        if entry.article not in named
        and _is_out_of_turn(entry, before[:place], before[place + 1 :], witnesses, order)
    ]


def _is_out_of_turn(
    entry: Entry, ahead: Sequence[Entry], behind: Sequence[Entry], witnesses: set[int], order: int
) -> bool:
    """Whether no list that drops its oldest stories, by place or by date, would have dropped this one."""
    before = [each for each in ahead if each.article in witnesses]
    after = [each for each in behind if each.article in witnesses]
    when = entry.dated
    if order and when is not None:  # of one date, the place decides
        older = [e for e in (after if order > 0 else before) if e.dated is not None and e.dated <= when]
        return len(older) >= WITNESSES
    older = [e for e in (*before, *after) if when is None or (e.dated is not None and e.dated < when)]
    return min(len(before), len(after), len(older)) >= WITNESSES


def _order(entries: Sequence[Entry]) -> int:
    """1: the newest first; -1: the oldest first; 0: nobody knows."""
    dates = [entry.dated for entry in entries if entry.dated is not None]
    if len(dates) < len(entries):
        return 0
    steps = [1 if one > other else -1 for one, other in pairwise(dates) if one != other]
    for order in (1, -1):
        if steps and steps.count(order) >= IN_ORDER * len(steps):
            return order
    return 0


def _in_order(staying: Sequence[int], places: dict[int, int]) -> set[int]:
    """The largest set of stories that stand in the order of before: the longest increasing run of places."""
    tails: list[int] = []  # places, and whose they are
    chain: dict[int, int | None] = {}
    owner: list[int] = []
    for article in staying:
        at = bisect_left(tails, places[article])
        chain[article] = owner[at - 1] if at else None
        tails[at:], owner[at:] = [places[article], *tails[at + 1 :]], [article, *owner[at + 1 :]]
    found: set[int] = set()
    last: int | None = owner[-1] if owner else None
    while last is not None:
        found.add(last)
        last = chain[last]
    return found
