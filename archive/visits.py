"""What comes in to be settled, and what goes out to be told: visits, probes, findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.domain.model import Role
from archive.keeping import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The fetches of one article, redirects in order; the last one is the answer."""

    article_id: int
    hops: tuple[Kept, ...]

    @property
    def last(self) -> Kept:
        """The fetch that answered."""
        return self.hops[-1]

    @property
    def vantage(self) -> str:
        """The vantage point that it was seen from; empty: straight from here."""
        return self.last.purpose.vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The fetches of what is no article, but tells of some: a sibling, a control, an opinion."""

    subject: str  #: an article's URL: of the one beside it, or that was asked for; of a control: the front page
    hops: tuple[Kept, ...]

    @property
    def last(self) -> Kept:
        """The fetch that answered."""
        return self.hops[-1]

    @property
    def role(self) -> Role:
        """What was asked for."""
        return self.last.purpose.role


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something worth telling, for the terminal and the log."""

    what: str  #: `new`, `change`, `standing`, `notice`
    url: str
    outlet: str
    title: str
    at: datetime
    text: str
    id: int = 0  #: of the change, standing or notice
    kind: str = ""  #: of a notice
    alert: bool = True  #: whether to tell somebody who is not looking; a mere suspicion is for those who do
