"""The lives of very many articles: when each was looked at, reworded, removed. For `benchmarks/rooms.py`.

Decides everything but words, in memory and by a seed, so that one home is like another. What is looked at often is
reworded often, by Zipf's law, and large outlets have most of the articles, by the same law. Looks come thick at
first and thin out, as a recrawl makes them. Times are milliseconds since 1970, as the tables have them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.domain.model import Reason, Standing
from benchmarks.lookup import counts_of

SEED = 1926
DAY = 86_400_000
SPAN = 2 * 365 * DAY  #: of the archive, up to now
LANGUAGES = ("en", "en", "en", "ar", "tr", "ru", "ku", "zh")  #: of outlets, in turn
MOST_LOOKS, MOST_WORDINGS = 2_000, 40  #: of one article
SILENT = 0.03  #: share of looks that see nothing
SECTIONS = ("politics", "world", "culture", "economy", "sport")

#: What became of articles, and how often.
ENDS: Sequence[tuple[float, Standing, Reason | None]] = (
    (0.025, Standing.TAKEN_DOWN, Reason.NOT_FOUND),
    (0.008, Standing.TAKEN_DOWN, Reason.GONE),
    (0.006, Standing.MISSING, Reason.NOT_FOUND),
    (0.004, Standing.MOVED, None),
    (0.006, Standing.UNREACHABLE, None),
    (0.004, Standing.BARRED, None),
)
GONE = (Standing.TAKEN_DOWN, Standing.MISSING)
CONFIRMING = 3  #: looks that find an article gone, before it is held to be taken down


@dataclass(slots=True)
class Paper:
    """An outlet."""

    id: int
    number: int  #: 0: the largest

    @property
    def language(self) -> str:
        """ISO 639-1, of all its articles."""
        return LANGUAGES[self.number % len(LANGUAGES)]

    @property
    def name(self) -> str:
        """Short and unique."""
        return f"paper-{self.number:02}"

    @property
    def host(self) -> str:
        """Where it lives."""
        return f"www.{self.name}.example"


@dataclass(slots=True)
class Life:
    """An article, from its first look to its last."""

    id: int
    paper: Paper
    looks: list[int]  #: that gave a capture, in their order
    wordings: list[int]  #: the look that showed each wording first
    gone: int  #: the first look that found it gone; as many as there are looks: none did
    standing: Standing
    reason: str
    silent: list[int] = field(default_factory=list)  #: looks that saw nothing
    versions: list[int] = field(default_factory=list)  #: ids
    title: str = ""  #: of the last wording
    came_back: bool = False  #: what was gone was there again at the last look

    @property
    def url(self) -> str:
        """Its address."""
        section = SECTIONS[self.id % len(SECTIONS)]
        return f"https://{self.paper.host}/{section}/a-story-of-{self.id}"

    def wording_at(self, look: int) -> int:
        """Which wording a look showed."""
        return sum(first <= look for first in self.wordings) - 1 if len(self.wordings) > 1 else 0

    @property
    def is_there(self) -> bool:
        """Whether it can still be read, as far as anybody knows."""
        return self.standing not in GONE


def lives(papers: Sequence[Paper], *, count: int, captures: int, versions: int, now: int) -> list[Life]:
    """So many, in the order of their first looks."""
    chance = random.Random(SEED)
    looks = counts_of(captures, count, MOST_LOOKS)
    wordings = [max(1, each) for each in counts_of(versions, count, MOST_WORDINGS)]
    ranks = list(range(count))
    chance.shuffle(ranks)
    odds = list(itertools.accumulate(1 / (1 + paper.number) for paper in papers))
    starts = sorted(now - SPAN + chance.randrange(SPAN - DAY) for _ in ranks)
    return [
        _life(
            chance,
            1 + n,
            chance.choices(papers, cum_weights=odds)[0],
            _looks(chance, starts[n], now, max(looks[rank], wordings[rank])),
            wordings[rank],
        )
        for n, rank in enumerate(ranks)
    ]


def _looks(chance: random.Random, begin: int, now: int, count: int) -> list[int]:
    """Thick at first; no two at one moment."""
    later = (begin + 60_000 + int((now - begin - 120_000) * chance.random() ** 3) for _ in range(count - 1))
    return sorted({begin, *later})


def _life(chance: random.Random, number: int, paper: Paper, looks: list[int], wordings: int) -> Life:
    standing, reason = _end(chance) if len(looks) > wordings + CONFIRMING else (Standing.LIVE, "")
    gone = len(looks) - (CONFIRMING + 1 if standing is Standing.TAKEN_DOWN else 1 if standing in GONE else 0)
    shown = sorted({0, *chance.sample(range(1, gone), min(wordings, gone) - 1)}) if gone > 1 else [0]
    made = Life(number, paper, looks, shown, gone, standing, reason)
    made.silent = [at + chance.randrange(1_000, 30_000) for at in looks if chance.random() < SILENT]
    if standing is Standing.TAKEN_DOWN and chance.random() < 0.15:
        made.standing, made.reason, made.came_back = Standing.LIVE, "", True
    return made


def _end(chance: random.Random) -> tuple[Standing, str]:
    point = chance.random()
    for share, standing, reason in ENDS:
        if point < share:
            return standing, reason.value if reason else ""
        point -= share
    return Standing.LIVE, ""


def in_order(all_lives: Sequence[Life]) -> list[tuple[int, Life, int]]:
    """Every look in the order of time: when, at which, the number of the look; -1: it saw nothing."""
    return sorted(_every(all_lives), key=lambda look: (look[0], look[1].id))


def _every(all_lives: Sequence[Life]) -> Iterator[tuple[int, Life, int]]:
    for life in all_lives:
        yield from ((at, life, n) for n, at in enumerate(life.looks))
        yield from ((at, life, -1) for at in life.silent)
