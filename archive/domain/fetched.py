"""What one fetch of an article brought: the facts that `archive.domain.sightings` judges."""

from __future__ import annotations

from dataclasses import dataclass

from archive.domain.model import Extraction, Trouble, Truncated
from archive.domain.pages import same_address
from archive.domain.soft404 import Answer

#: Characters of an answer's body in which barriers are looked for.
MARKUP = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFacts:
    """What one fetch brought, redirects followed."""

    url: str  #: as asked for
    final_url: str  #: as answered, after redirects
    status: int | None  #: of the last hop; None when no answer could be read
    trouble: Trouble | None = None
    trouble_detail: str = ""
    truncated: Truncated | None = None
    unchanged: bool = False  #: 304, or the very bytes of an answer in which this article stood
    mime: str = ""
    final_is_front: bool = False  #: redirected to the outlet's home page or a section front
    final_is_wall: bool = False  #: redirected to a login, consent or subscription page
    final_is_elsewhere: bool = False  #: redirected to a site that is neither the outlet's nor known to hold it
    decoding_problem: str = ""  #: the content coding could not be undone
    extraction: Extraction | None = None  #: of a page with status 200, 404 or 410
    chain: tuple[tuple[str, int | None], ...] = ()  #: every hop, the last one too: its URL and status
    headers: tuple[tuple[str, str], ...] = ()  #: of the last answer, as sent
    markup: str = ""  #: the body of the last answer as text, as far as `MARKUP` goes, whatever its status
    site: str = ""  #: the outlet's name, as people call it
    domains: tuple[str, ...] = ()  #: the outlet's
    moved_before: bool = False  #: the final URL is one of the article's own addresses already
    siblings: tuple[Answer, ...] = ()  #: what the outlet answers to addresses of this shape that cannot exist
    dead_ends: int = 0  #: other articles of the outlet, known to have lived, whose redirects end at this URL now
    other: str = ""  #: the final URL is that of another article: its title, or its address where it has none

    @property
    def redirected(self) -> bool:
        """Whether the answer came from another address than the one that was asked."""
        return bool(self.final_url) and not same_address(self.url, self.final_url)
