"""Where an answer sends whoever asked, if anywhere. Pure.

The crawler follows redirects, and whoever reads its WARC files must know whether an answer was the last of a
visit.
"""

from __future__ import annotations

from typing import Final

from archive.domain.model import HttpHead
from archive.domain.urls import InvalidUrl, fetchable

FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
"""Answers whose Location is asked for next (RFC 9110 section 15.4); 300 leaves the choice to a person."""


def leads_to(url: str, head: HttpHead | None) -> str | None:
    """The address that is asked for after `head` was the answer to `url`; None where it is the last one."""
    if head is None or head.status not in FOLLOWED:
        return None
    places = head.get_all("location")
    try:
        return fetchable(places[-1], url) if places and places[-1] else None
    except InvalidUrl:
        return None
