"""Two extractions of an article → what lies between them: nothing, another dress, or a change.

Puts together what `noise`, `dress` and `classify` know each.
"""

from __future__ import annotations

from archive.domain.classify import Verdict, classify
from archive.domain.diff import diff
from archive.domain.model import Extraction


def step(before: Extraction, after: Extraction) -> Verdict | None:
    """What changed, or None where that is mere noise."""
    return classify(before, after)


def nearer(one: Extraction, other: Extraction, *, to: Extraction) -> bool:
    """Whether the wording `to` is nearer to `one` than to `other`."""
    return _likeness(one, to) > _likeness(other, to)


def _likeness(before: Extraction, after: Extraction) -> float:
    """The share of characters that stand in both, headline and standfirst included."""
    sides = (f"{page.title}\n\n{page.standfirst}\n\n{page.text}" for page in (before, after))
    return diff(*sides).similarity
