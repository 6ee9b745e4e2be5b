"""The rules alone: two pages of one story, read and compared without a crawl and without a database.

What a wording that was seen once means, what an outlet repeats, and what the first page of a story was, is
known to a crawl only; so a pair of pages is the harder half of a judgement and the quicker one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.domain.model import Extraction
from archive.domain.steps import step
from archive.extraction import extract
from scheduler.newsroom import EDITS, NOISES, Outlet, Request, Response, Story, publish_editable
from scheduler.newsroom.designs import DESIGNS
from tests.newsroom import Newsroom

#: Kinds of noise that a pair cannot tell from an edit: what is tried out, and what comes on all stories at once.
NEED_MORE = ("ab_headlines", "appeals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two readings of a story, what must be told of them, and what is."""

    name: str
    where: str
    wanted: str  #: a kind, or nothing
    told: tuple[str, ...]
    before: Extraction
    after: Extraction

    @property
    def right(self) -> bool:
        """Whether that was told."""
        return self.wanted in self.told if self.wanted else not self.told


def reading(story: Story) -> Extraction:
    """What a page says, read at this moment."""
    target = "/" + story.url.split("/", 3)[3]
    answer = story.outlet.respond(Request(method="GET", target=target, host=story.outlet.host, path=story.path))
    assert isinstance(answer, Response)
    page = extract(answer.body, url=story.url, content_type=answer.content_type)
    assert page is not None
    return page


def papers(languages: Sequence[str]) -> Iterator[tuple[str, Newsroom, Outlet]]:
    """An outlet in each language and design, with a few stories to link to."""
    for turn, design in enumerate(DESIGNS):
        for language in languages:
            room = Newsroom()
            paper = room.outlet(f"{language}.example", language=language, article_body=turn % 2 == 1)
            for _ in range(turn):
                paper.redesign()
            for _ in range(6):
                publish_editable(paper)
            yield f"{language}, {design}", room, paper


def edited_pairs(languages: Sequence[str], names: Sequence[str] = ()) -> Iterator[Pair]:
    """Every edit on a quiet page."""
    for where, room, paper in papers(languages):
        for name, edit in EDITS.items():
            if edit.after or not edit.kind or paper.masthead.language not in edit.languages:
                continue
            if names and name not in names:
                continue
            story = publish_editable(paper, live=edit.live)
            before = reading(story)
            room.clock.advance(hours=3)
            edit.make(story, silently=True)
            yield _pair(name, where, edit.kind, before, reading(story))


def noisy_pairs(languages: Sequence[str], turns: int, names: Sequence[str] = ()) -> Iterator[Pair]:
    """Every kind of noise alone, then all together, with no edit at all: each fetch beside the one before it."""
    single = [kind for kind in NOISES if kind not in NEED_MORE]
    for where, _, paper in papers(languages):
        for kinds in [*([kind] for kind in single), single]:
            name = kinds[0] if len(kinds) == 1 else "all"
            if names and name not in names:
                continue
            paper.hush()
            paper.add_noise(*kinds)
            story = paper.stories[2]
            before = reading(story)
            for _ in range(turns):
                after = reading(story)
                yield _pair(name, where, "", before, after)
                before = after


def _pair(name: str, where: str, wanted: str, before: Extraction, after: Extraction) -> Pair:
    verdict = step(before, after)
    told = tuple(kind.value for kind in verdict.kinds) if verdict is not None else ()
    return Pair(name=name, where=where, wanted=wanted, told=told, before=before, after=after)
