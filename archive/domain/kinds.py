"""What can be said of a change: its kinds, and one reason for it in words."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What changed."""

    HEADLINE = "headline"
    STANDFIRST = "standfirst"
    NUMBERS = "numbers"  # numbers, dates and sums in the text
    NAMES = "names"  # of people, places, organisations
    QUOTATION = "quotation"  # words inside quotation marks altered
    QUOTATION_REMOVED = "quotation_removed"
    NEGATION = "negation"  # did → did not
    MODALITY = "modality"  # confirmed → alleged
    ATTRIBUTION = "attribution"  # police said
    PARAGRAPH_ADDED = "paragraph_added"
    PARAGRAPH_REMOVED = "paragraph_removed"
    PARAGRAPH_MOVED = "paragraph_moved"
    BODY = "body"  # other words of the text
    LINK = "link"
    IMAGE = "image"
    CAPTION = "caption"
    BYLINE = "byline"
    DATELINE = "dateline"
    CORRECTION = "correction"  # a note of correction, clarification or update was added
    LIVE_APPEND = "live_append"  # a live blog went on
    TYPO = "typo"
    PUNCTUATION = "punctuation"
    DATE = "date"  # the page's dates moved and nothing else did
    REVERT = "revert"  # back to an earlier version
    VARIANTS = "variants"  # two wordings that alternate


class Place(enum.StrEnum):
    """Where in an article something stands; its value is how a reason names it."""

    TEXT = ""
    HEADLINE = "the headline"
    STANDFIRST = "the standfirst"
    CAPTION = "a caption"
    QUOTATION = "a quotation"
    BYLINE = "the byline"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is to be said of a change."""

    kind: Kind
    weight: float
    text: str
    minor: bool = False  #: no word was changed that anybody need be told of


#: What is quoted in a reason is no longer than this, in characters.
SHOWN = 60


def told(subject: str, old: str, new: str, place: Place = Place.TEXT) -> str:
    """`the number 12 became 21 in the headline`, `"not" was put in`, `… was taken out of a quotation`."""
    lead = f"{subject} " if subject else ""
    if old and new:
        return f"{lead}{old} became {new}" + (f" in {place}" if place else "")
    verb = "were" if '" and "' in (new or old) else "was"
    if new:
        return f"{lead}{new} {verb} put " + (f"into {place}" if place else "in")
    return f"{lead}{old} {verb} taken out" + (f" of {place}" if place else "")


def shown(text: str, limit: int = SHOWN) -> str:
    """A text in quotation marks, cut between words where it is long; nothing for nothing."""
    plain = " ".join(text.split())
    if not plain:
        return ""
    if plain.endswith((".", ",", ";")) and not plain.endswith(".."):
        plain = plain[:-1]
    if len(plain) > limit:
        cut = plain[:limit].rstrip()
        head = cut.rpartition(" ")[0]
        plain = f"{head if len(head) > limit // 2 else cut} …"
    return f'"{plain}"'
