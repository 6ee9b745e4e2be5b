"""What an outlet's front page says of the outlet: does it answer, and with what it has always shown? Pure.

Where no other article can show that an outlet answers readers as ever, its front page must. Knows when a page is
one that leads to stories; refuses to say anything of the stories themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from archive.domain.barriers import barrier
from archive.domain.identity import article_key, looks_like_article
from archive.domain.model import Presence, Sighting
from archive.domain.sightings import FetchFacts, sight
from archive.domain.urls import InvalidUrl, site_of, within

FEWEST_STORIES: Final = 3
"""A page that leads to fewer stories is no front page: as in finding an outlet's seeds. Of 40 real pages that
stand in the way of a story (challenges, blocks, walls, parked domains, outages) none leads to more than two."""


def stories_among(links: Iterable[str], url: str, domains: Iterable[str]) -> int:
    """To how many different stories of its own site a page at `url` leads; `domains` are the outlet's."""
    own = [site_of(each) for each in (*domains, urlsplit(url).hostname or "") if each]
    return len({article_key(link) for link in links if _is_story(link, own)})


def _is_story(link: str, own: list[str]) -> bool:
    try:
        host = urlsplit(link).hostname or ""
        return any(within(host, site) for site in own) and looks_like_article(link)
    except (InvalidUrl, ValueError):
        return False


def sight_front(facts: FetchFacts, *, stories: int) -> Sighting:
    """Judge one fetch of a front page that leads to so many stories. It is never gone: then nobody answers."""
    seen = sight(facts, None)
    if seen.presence is Presence.GONE and facts.status != 200:
        why = f"the front page itself is not there: {seen.why}"
        return Sighting(presence=Presence.UNREACHABLE, kind="odd_status", why=why)
    readable = facts.trouble is None and facts.truncated is None and facts.status == 200
    if not readable or facts.decoding_problem or facts.final_is_wall or facts.final_is_elsewhere:
        return seen
    found = barrier(
        status=200, headers=facts.headers, markup=facts.markup, url=facts.final_url, page=facts.extraction
    )
    if found is not None and (found.sure or stories < FEWEST_STORIES):
        return Sighting(presence=Presence.BARRIER, kind=found.kind, why=found.why)
    if stories < FEWEST_STORIES:
        why = f"a page that leads to {stories} stories is no front page"
        return Sighting(presence=Presence.BARRIER, kind="other_page", why=why)
    why = f"the front page is there and leads to {stories} stories"
    return Sighting(presence=Presence.PRESENT, kind="present", why=why)
