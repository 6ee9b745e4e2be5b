"""When many articles of an outlet show another template, that is one thing to tell: the outlet was redesigned.

Pure. It knows numbers only: how many articles were looked at of late, and how many of them came in another dress
than before. One article in another dress is a special or an interactive, and nothing to tell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

KIND: Final = "redesign"

ENOUGH: Final = 5
"""Articles. Chosen: fewer are a special, or a test that an editor makes."""

SHARE: Final = 3
"""One in so many of those looked at of late. Chosen: a redesign may come to one part of a site after the other."""

LOOKS: Final = 100
"""The last looks at articles of the outlet that are counted: a pass over a large outlet, days at a small one."""

WINDOW: Final = timedelta(days=7)
"""Looks further back do not count; and a wave that paused for so long is over."""


def is_wave(dressed: int, looked_at: int) -> bool:
    """Whether it is a redesign when so many of the articles looked at of late came in another dress.

    The first look at an article does not count: nobody knows its dress before.
    """
    return dressed >= ENOUGH and SHARE * dressed >= looked_at


def sentence(articles: int, changed: int) -> str:
    """What is told of it."""
    seen = "1 article" if articles == 1 else f"{articles:,} articles"
    said = "their words are the same" if articles > 1 else "its words are the same"
    if changed:
        said = f"the words of {changed:,} of them changed as well"
    return f"Another template, so far seen on {seen}; {said}."
