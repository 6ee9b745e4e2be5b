"""Where an article was found, and how people tagged it → how much it matters to be in time. Pure.

The weight is the μ of LambdaCrawl (Kolobov et al. 2019): so much more costs each second by which a change of the
article is seen late. Where fetches are scarce the rate that follows grows as the root of it, so the weights are
squares: an article of weight 4 is fetched about twice as often as its like of weight 1, and never more than that.
What is said twice counts once: of two reasons the greater holds, so that no heap of tags can take the whole budget
to itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from archive.domain.rules import DOSSIER

BY_HAND: Final = "by hand"
"""Where an article was found that a person gave by its address."""

ANYBODY: Final = 1.0
"""An article that an outlet's seeds led to, and nobody asked for."""

TAGGED: Final = 2.0
"""A person tagged it. Chosen: tags are given by the hundred."""

ASKED_FOR: Final = 4.0
"""A person watches it singly, or a dossier quotes it: twice the fetches. Chosen; a person adds tens among tens of
thousands, and twice their share of the budget is nothing to the others."""


def interest(found_in: str, tags: Iterable[str] = ()) -> float:
    """How much the article matters, as a multiple of one that nobody asked for."""
    wanted = set(tags)
    if found_in == BY_HAND or any(tag.startswith(DOSSIER) for tag in wanted):
        return ASKED_FOR
    return TAGGED if wanted else ANYBODY
