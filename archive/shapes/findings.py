"""What was found out: changes, what is said once of many articles, and hits of a search, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from archive.db.findings import Change
    from archive.db.notices import Notice
    from archive.db.searching import Hit


class _Found(TypedDict):
    """What a change and a notice have in common."""

    url: str
    outlet: str
    title: str
    kind: str
    """The heaviest of `kinds`."""
    kinds: list[str]
    detected_at: datetime
    words_added: int
    words_removed: int
    weight: float
    """From 0 to 1: how likely it is that a fact-checker wants to know."""
    stealth: bool
    """The page does not declare it."""
    summary: str
    reasons: list[str]


# `from` is a word of Python's own.
_Step = TypedDict("_Step", {"from": datetime, "to": datetime})


class ChangeRow(_Found, _Step):
    """A step between two wordings, from when the earlier one was last seen `to` when the later one first was."""

    id: int
    article: int
    """The article's id."""
    from_version: int
    """The id of the earlier version."""
    to_version: int
    """The id of the later version."""
    superseded_by: int | None
    """The id of the change that tells of this one too."""


def change_row(change: Change) -> ChangeRow:
    """A change."""
    return {
        "id": change.id,
        "article": change.article_id,
        "url": change.url,
        "outlet": change.outlet,
        "title": change.title,
        "kind": change.kind,
        "kinds": list(change.kinds),
        "detected_at": change.detected_at,
        "from": change.from_at,
        "to": change.to_at,
        "from_version": change.from_version,
        "to_version": change.to_version,
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "weight": change.weight,
        "stealth": change.stealth,
        "summary": change.summary,
        "reasons": list(change.reasons),
        "superseded_by": change.superseded_by,
    }


class NoticeRow(_Found, _Step):
    """What is said once of many articles of an outlet: a redesign. It stands beside changes in lists."""

    id: None
    articles: int
    """How many articles came in another template."""
    changed: list[str]
    """The addresses of those whose words changed with it."""
    example: str
    """The address of the first one."""


def notice_row(notice: Notice) -> NoticeRow:
    """A notice, as a row beside changes."""
    return {
        "id": None,
        "url": notice.url,
        "outlet": notice.outlet,
        "title": notice.title,
        "kind": notice.kind,
        "kinds": [notice.kind],
        "detected_at": notice.told,
        "from": notice.at,
        "to": notice.last_at,
        "words_added": 0,
        "words_removed": 0,
        "weight": 0.0,
        "stealth": False,
        "summary": notice.summary,
        "reasons": ["many articles of the outlet came in another template"],
        "articles": notice.articles,
        "changed": list(notice.changed),
        "example": notice.example,
    }


class HitRow(TypedDict):
    """Where words were found: an article by its latest version that holds them, or a change."""

    article: int
    """The article's id."""
    url: str
    outlet: str
    title: str
    version: int
    """The number of the version with the words, or of the one that the change led to."""
    version_id: int
    """The id of that version."""
    timestamp: datetime
    """When that version was first seen."""
    snippet: str
    """What stands around the words, which are marked by `**`."""
    still_live: bool
    """The words stand in the version that stands, and the article is there to read."""
    change: NotRequired[int]
    """The id of the change, where changes are searched."""
    last_seen: NotRequired[datetime | None]
    """When that version was last seen, where versions are searched."""


def hit_row(hit: Hit) -> HitRow:
    """A hit of a search."""
    row: HitRow = {
        "article": hit.article_id,
        "url": hit.url,
        "outlet": hit.outlet,
        "title": hit.title,
        "version": hit.version,
        "version_id": hit.version_id,
        "timestamp": hit.timestamp,
        "snippet": hit.snippet,
        "still_live": hit.still_live,
    }
    if hit.change_id is not None:
        row["change"] = hit.change_id
    else:
        row["last_seen"] = hit.last_seen
    return row
