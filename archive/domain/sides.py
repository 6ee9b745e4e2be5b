"""The two extractions around a diff → what differs of everything that is not the body.

It knows the fields of an extraction that people see, in the order a page shows them, and how each is compared:
lines word by word, captions and stamps as prose, links and pictures as things that are there or not. It refuses to
judge: what of it matters is `classify`'s and `noise`'s business.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from archive.domain.diff import Block, BlockKind, Diff, Mark, Run, diff, line_diff, tidy
from archive.domain.model import Extraction, Link
from archive.domain.wording import fold

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two extractions around a diff, for what stands beside the body."""

    before: Extraction
    after: Extraction

    @property
    def fields(self) -> tuple[tuple[str, Diff], ...]:
        """The fields that differ, each with its name and diff."""
        pairs = [
            ("Headline", self.before.title, self.after.title),
            ("Standfirst", self.before.standfirst, self.after.standfirst),
            ("Byline", ", ".join(self.before.authors), ", ".join(self.after.authors)),
            ("Published", when(self.before.published), when(self.after.published)),
            ("Modified", when(self.before.modified), when(self.after.modified)),
        ]
        return tuple((name, line_diff(old, new)) for name, old, new in pairs if old != new)

    @property
    def echoes(self) -> bool:
        """Whether the standfirst only repeats how the body begins, on both sides: then the body tells of it."""
        return all(_echoes(side) for side in (self.before, self.after))

    @property
    def lists(self) -> tuple[tuple[str, tuple[Block, ...]], ...]:
        """What there may be many of: for each kind that differs its name, and what differs of it.

        Indexes count the items. Links and pictures count as often as they stand, wherever that is: a moved
        paragraph takes its links along.
        """
        before, after = self.before, self.after
        found = [
            ("Stamp", _prose(before.stamps, after.stamps)),
            ("Caption", _prose(before.captions, after.captions)),
            ("Link", tuple(_links(before.links, after.links))),
            ("Image", tuple(_images(before.images, after.images))),
        ]
        return tuple((name, blocks) for name, blocks in found if blocks)


def _echoes(page: Extraction) -> bool:
    return fold(page.text).startswith(fold(page.standfirst.rstrip(" .…")))


def when(moment: datetime | None) -> str:
    """A date as people read it; empty where there is none."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def _prose(before: Sequence[str], after: Sequence[str]) -> tuple[Block, ...]:
    """Lines of text, compared like paragraphs."""
    lines = diff(*("\n\n".join(" ".join(line.split()) for line in side) for side in (before, after)))
    return tuple(block for block in lines.blocks if block.kind is not BlockKind.KEPT)


def _links(before: Sequence[Link], after: Sequence[Link]) -> Iterator[Block]:
    """Links that came, went, lead elsewhere or read otherwise."""
    olds, news = _only_here(before, after), _only_here(after, before)
    pairs = _paired(olds, news, lambda link: link.url)
    left = {i: link for i, link in olds.items() if i not in pairs}
    came = {j: link for j, link in news.items() if j not in pairs.values()}
    pairs |= _paired(left, came, lambda link: link.text)
    for i, old in olds.items():
        if i not in pairs:
            yield Block(BlockKind.REMOVED, i, None, (Run(Mark.REMOVED, f"{old.text} <{old.url}>"),))
            continue
        new = news.pop(pairs[i])
        text = [(run.mark, run.text) for block in line_diff(old.text, new.text).blocks for run in block.runs]
        address = (
            [(Mark.KEPT, old.url)] if old.url == new.url else [(Mark.REMOVED, old.url), (Mark.ADDED, new.url)]
        )
        yield Block(BlockKind.CHANGED, i, pairs[i], tidy([*text, (Mark.KEPT, " <"), *address, (Mark.KEPT, ">")]))
    for j, new in news.items():
        yield Block(BlockKind.ADDED, None, j, (Run(Mark.ADDED, f"{new.text} <{new.url}>"),))


def _images(before: Sequence[str], after: Sequence[str]) -> Iterator[Block]:
    """Pictures that went and came; part of a picture's name says nothing."""
    for i, picture in _only_here(before, after).items():
        yield Block(BlockKind.REMOVED, i, None, (Run(Mark.REMOVED, picture),))
    for j, picture in _only_here(after, before).items():
        yield Block(BlockKind.ADDED, None, j, (Run(Mark.ADDED, picture),))


def _only_here(here: Sequence[Item], there: Sequence[Item]) -> dict[int, Item]:
    """By index, the items that this side has oftener than the other; of equal ones the last."""
    found, left = dict[int, Item](), Counter(there)
    for n, item in enumerate(here):
        left[item] -= 1
        if left[item] < 0:
            found[n] = item
    return found


def _paired(olds: dict[int, Link], news: dict[int, Link], key: Callable[[Link], str]) -> dict[int, int]:
    """Those of either side that have the same key, in order: old index → new index."""
    places: dict[str, deque[int]] = defaultdict(deque)
    for j, link in news.items():
        places[key(link)].append(j)
    return {i: places[key(link)].popleft() for i, link in olds.items() if places.get(key(link))}
