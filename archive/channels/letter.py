"""What stands in a message, before it is text or HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from archive.domain.essence import line
from archive.domain.excerpts import Excerpt
from archive.domain.rules import Event, What


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Times in words and links of an event; empty where there is none."""

    article: str
    found: str
    earlier: str  #: when the earlier wording was last seen
    later: str  #: when the later one was first seen
    earlier_link: str
    later_link: str
    kept_link: str  #: what was kept of the article at a step of its standing
    evidence: str
    why: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One event of a message."""

    event: Event
    essence: str
    excerpt: Excerpt
    facts: Facts
    shown: bool  #: with its words; else it is listed alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message."""

    heading: str
    sections: tuple[Section, ...]
    counted: int  #: events that are not even listed
    rule: str
    archive: str  #: where it is served
    snooze: str  #: the command

    @property
    def shown(self) -> int:
        """How many sections are shown with their words."""
        return sum(section.shown for section in self.sections)

    @property
    def has_words(self) -> bool:
        """Whether words that went or came are shown."""
        return any(section.shown and section.excerpt.parts for section in self.sections)

    def shorter(self) -> Letter:
        """With fewer sections shown; the others stay listed."""
        keep = self.shown * 2 // 3 or 1
        cut = (replace(section, shown=section.shown and n < keep) for n, section in enumerate(self.sections))
        return replace(self, sections=tuple(cut))

    @property
    def groups(self) -> list[tuple[str, list[Section]]]:
        """The sections of each outlet, in their order; first what Stet says of itself."""

        def name(section: Section) -> str:
            return "Stet" if section.event.what is What.WATCH else line(section.event.outlet, 80)

        return [(outlet, list(its)) for outlet, its in groupby(self.sections, key=name)]
