"""Standings, reasons, and what a fetch is to a finding: in words for people. Pure.

It knows what each of them means and refuses to say more: of what cannot be seen it never says that it is gone.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Final

from archive.domain.history import StandingChange
from archive.domain.model import Reason, Standing

THERE: Final = frozenset({Standing.LIVE, Standing.MOVED})
"""The standings of what is held to be there to read."""

STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.LIVE: "there to read, as far as is known",
    Standing.MISSING: "found gone, and not yet confirmed: a suspicion, which nobody is told of",
    Standing.TAKEN_DOWN: "found gone several times over some time, while others of its outlet were there",
    Standing.MOVED: "there to read, at another address than the one that it was first known by",
    Standing.UNREACHABLE: "no answer came for some time; nobody can say whether it is there",
    Standing.BARRED: "something stood before it for some time; nobody can say whether it is there",
}
"""What each standing says of an article."""

REASONS: Final[Mapping[Reason, str]] = {
    Reason.NOT_FOUND: "the outlet answers 404 Not Found",
    Reason.GONE: "the outlet answers 410 Gone",
    Reason.LEGAL: "the outlet answers 451: withheld for legal reasons",
    Reason.SOFT_404: "the outlet says that there is no such page, with a status that says that there is",
    Reason.REDIRECTED: "its address leads to a front page, a section or another article",
    Reason.EMPTIED: "the page is there without its story",
    Reason.RETRACTED: "a notice stands in the place of the story",
    Reason.OUTLET_OFFLINE: "nothing of the outlet could be read for a long time",
    Reason.GEO_BLOCKED: "gone as seen from here, and there as seen from another vantage point",
}
"""Why an article does not stand as live."""


class Part(enum.StrEnum):
    """What a fetch is to a step of a standing."""

    LAST_GOOD = "last_good"
    FIRST_BAD = "first_bad"
    CONFIRMING = "confirming"
    CONTROL = "control"
    LIVE_ELSEWHERE = "live_elsewhere"
    OPINION = "opinion"
    THIS = "this"


PARTS: Final[Mapping[Part, str]] = {
    Part.LAST_GOOD: "the last look that found it there",
    Part.FIRST_BAD: "the first look that did not find it",
    Part.CONFIRMING: "a later look that did not find it either",
    Part.CONTROL: "another page of the outlet, which was there at that time",
    Part.LIVE_ELSEWHERE: "as seen from another vantage point, where it was there",
    Part.OPINION: "what another archive answered when it was asked for it",
    Part.THIS: "the look that made the step",
}
"""The same in words."""


def parts(evidence: Mapping[str, Any]) -> dict[int, Part]:
    """Fetch → what it is to a step, of the evidence that the step keeps (`archive.judging` writes it).

    A fetch may be several things; then it goes by the one that tells most of it.
    """
    return {fetch: part for part, fetch in reversed(list(_named(evidence)))}


def vantages(evidence: Mapping[str, Any]) -> dict[str, int]:
    """The vantage points from which it was there, each with the fetch that saw it."""
    return dict(evidence.get("elsewhere") or {})


def _named(evidence: Mapping[str, Any]) -> Iterator[tuple[Part, int]]:
    """Each fetch with each of its parts, those that tell most first."""
    bad = evidence.get("confirming") or []
    named = {
        Part.FIRST_BAD: [evidence.get("first_bad")],
        Part.CONFIRMING: bad,
        Part.LIVE_ELSEWHERE: list(vantages(evidence).values()),
        Part.CONTROL: evidence.get("controls") or [],
        Part.OPINION: [evidence.get("opinion")],
        Part.THIS: [evidence.get("this")],
        Part.LAST_GOOD: [evidence.get("last_good")],
    }
    yield from ((part, fetch) for part, fetches in named.items() for fetch in fetches if fetch is not None)


def is_restoration(before: Standing, after: Standing) -> bool:
    """Whether a step brought an article back that had been taken down."""
    return before is Standing.TAKEN_DOWN and after in THERE


def in_words(name: str) -> str:
    """A value of an enumeration as people write it: `taken down`."""
    return name.replace("_", " ")


def standing_in_words(standing: str, reason: str = "") -> str:
    """A standing with its reason: `taken down (not found)`."""
    return in_words(standing) + (f" ({in_words(reason)})" if reason else "")


def step_in_words(step: StandingChange) -> str:
    """A step: `missing → taken down (not found): the outlet answers 404 Not Found`."""
    back = ", restored" if is_restoration(step.before, step.after) else ""
    return f"{in_words(step.before)} → {standing_in_words(step.after, step.reason)}{back}: {step.why}"
