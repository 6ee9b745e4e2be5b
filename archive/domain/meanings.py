"""All kinds of sightings: which presence each speaks of, and what it means, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archive.domain.answers import of_trouble
from archive.domain.model import Presence, Sighting, Trouble

_P, _G, _B, _U = Presence.PRESENT, Presence.GONE, Presence.BARRIER, Presence.UNREACHABLE

_MEANINGS: Final[dict[str, tuple[Presence, str]]] = {
    "present": (_P, "the article's words are there"),
    "unchanged": (_P, "the very bytes seen before"),
    "in_part": (_P, "the page is not free, and shows a part of the article"),
    "moved": (_P, "the article's words are there, at another address"),
    "not_found": (_G, "404 Not Found"),
    "gone": (_G, "410 Gone"),
    "legal": (_G, "451, withheld for legal reasons"),
    "soft_404": (_G, "the outlet says that there is no such page, with status 200"),
    "redirected": (_G, "a front page, or a place where dead addresses are sent, stands in its stead"),
    "emptied": (_G, "the article's page is there without its words"),
    "retracted": (_G, "a notice stands in place of the words"),
    "merged": (_G, "another article stands at its address"),
    "paywall": (_B, "too little can be read without paying"),
    "login": (_B, "only for those who log in"),
    "consent": (_B, "a question about cookies stands before it"),
    "bot_challenge": (_B, "a test whether a person asks"),
    "geo_block": (_B, "not shown in this place"),
    "rate_limit": (_B, "the outlet asks for fewer requests"),
    "forbidden": (_B, "the outlet refuses this visitor"),
    "parked_domain": (_B, "the domain is parked or for sale"),
    "captive_portal": (_B, "the network's own page answers"),
    "court_or_provider_block": (_B, "a court, an authority or a provider blocks it"),
    "elsewhere": (_B, "redirected to another site"),
    "proxy_login": (_B, "a proxy asks for a login"),
    "no_page": (_B, "an answer that is no page to read"),
    "no_text": (_B, "a page without text, such as one that scripts fill"),
    "interstitial": (_B, "a page on the way to another"),
    "maintenance": (_B, "the outlet says that it is being worked on"),
    "other_page": (_B, "another text, and nobody can tell why"),
    **{trouble.value: (_U, of_trouble(trouble, "").why) for trouble in Trouble},
    "server_error": (_U, "the outlet's server fails (5xx)"),
    "cut": (_U, "the answer was cut short"),
    "no_answer": (_U, "no answer could be read"),
    "odd_status": (_U, "an answer that is no page"),
    "redirect": (_U, "a redirect that leads nowhere"),
    "undecodable": (_U, "the page's bytes cannot be decoded"),
}
KINDS: Final[Mapping[str, Presence]] = {kind: presence for kind, (presence, _) in _MEANINGS.items()}
MEANINGS: Final[Mapping[str, str]] = {kind: words for kind, (_, words) in _MEANINGS.items()}


def seen(kind: str, why: str) -> Sighting:
    """A sighting of that kind."""
    return Sighting(presence=KINDS[kind], kind=kind, why=why)
