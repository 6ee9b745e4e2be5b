"""Two extractions of an article → what lies between them: nothing, another dress, or a change.

Puts together what `noise`, `dress` and `classify` know each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable

from archive.domain import dress, noise
from archive.domain.classify import Verdict, classify
from archive.domain.furniture import NOTHING
from archive.domain.model import Extraction
from archive.domain.wording import words

#: Share of an edit's words that must have come and gone in a third wording too, for the third to be built on the
#: edit. What varies at every fetch brings other words each time: at most what it replaced, half of it, is shared.
STILL = 0.8


def step(before: Extraction, after: Extraction, furniture: Container[str] = NOTHING) -> Verdict | None:
    """What changed, or None where that is mere noise. `furniture` is what the outlet has everywhere."""
    return classify(*compared(before, after, furniture))


def compared(
    before: Extraction, after: Extraction, furniture: Container[str] = NOTHING
) -> tuple[Extraction, Extraction]:
    """Both sides as `step` judges them."""
    compare = dress.comparable if dress.redesigned(before, after) else noise.comparable
    return compare(before, after, furniture)


def built_on(candidate: Extraction, stands: Extraction, seen: Extraction) -> bool:
    """Whether `seen` holds the edit that made `candidate` of `stands`, and another one."""
    before, edited, after = (_words(page) for page in (stands, candidate, seen))
    came, went = edited - before, before - edited
    still = ((after - before) & came).total() + ((before - after) & went).total()
    return still >= STILL * (came.total() + went.total()) > 0


def same_edit(one: tuple[Extraction, Extraction], other: tuple[Extraction, Extraction]) -> bool:
    """Whether the very same words came and went in two steps."""
    (a, b), (c, d) = (tuple(map(_words, pair)) for pair in (one, other))
    return (b - a, a - b) == (d - c, c - d) and a != b


def nearest(to: Extraction, among: Iterable[Extraction]) -> int:
    """Which of some wordings is the nearest to another one; the first of those that are as near."""
    after = _words(to)
    sizes = [((after - one).total() + (one - after).total(), n) for n, one in enumerate(map(_words, among))]
    return min(sizes)[1]


def _words(page: Extraction) -> Counter[str]:
    return Counter(words(f"{page.title}\n\n{page.standfirst}\n\n{page.text}"))
