"""Two extractions of one article → the same two without what is mere noise between them.

It knows which differences no editor made: counters, relative times, labels, calls to the reader, furniture that
an outlet puts on many articles, and blocks that the reader of the page took for the story once and once not. It
refuses to take away what may be news: a word, a number or a "not" inside a sentence, a paragraph of prose amid
the story, a note of correction, the headline.

What is equal on both sides is left alone, whatever it is. The result depends on nothing but the pair;
`comparable(b, a)` is `comparable(a, b)` turned round, and a pair that is comparable stays as it is.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from archive.domain.diff import Block, BlockKind, diff
from archive.domain.furniture import NOTHING
from archive.domain.model import Extraction
from archive.domain.notes import is_note
from archive.domain.trimmings import Trimming, heads_comments, is_prose, speaks_of_itself, trimming, without_dates
from archive.domain.witness import witnessed
from archive.domain.wording import fold, words

WITNESS_WORDS = 100  #: a shorter JSON-LD text may be an excerpt, and says nothing of what it lacks
WITNESS_SHARE = 0.8  #: of the prose that both sides show: so much of it stands in a JSON-LD text that is the story
TALKS = 3
"""So many paragraphs on both sides that speak as calls do: the text itself is about such things (terms of use, a
privacy policy), and none of its paragraphs is taken for a call."""

_LOOSE = frozenset({Trimming.COUNTER, Trimming.AGO, Trimming.MARKET, Trimming.LABEL, Trimming.CALL})
_HEADS = frozenset({Trimming.COUNTER, Trimming.LABEL, Trimming.CALL})  # what may stand over other furniture


def comparable(
    before: Extraction, after: Extraction, furniture: Container[str] = NOTHING
) -> tuple[Extraction, Extraction]:
    """Both sides without what is noise between them. Equal wordings mean that nothing changed."""
    before, after = witnessed(before, after)
    olds, news = list(before.paragraphs), list(after.paragraphs)
    olds, news = _settled(olds, before, news, after)
    while True:
        step = _Step(olds, news, before, after, furniture)
        gone_old, gone_new = step.noise()
        if not gone_old and not gone_new:
            break
        olds = [text for n, text in enumerate(olds) if n not in gone_old]
        news = [text for n, text in enumerate(news) if n not in gone_new]
    pair = _with_text(before, olds), _with_text(after, news)
    return _linked(*_stamped(*_captioned(*pair, furniture)))


def _captioned(before: Extraction, after: Extraction, furniture: Container[str]) -> tuple[Extraction, Extraction]:
    """Without what stands under pictures and is no caption: a label, a call, a counter, a line on every page."""
    if before.captions == after.captions:
        return before, after
    kept = [
        tuple(text for text in side.captions if trimming(text) not in _LOOSE and text not in furniture)
        for side in (before, after)
    ]
    return replace(before, captions=kept[0]), replace(after, captions=kept[1])


def _stamped(before: Extraction, after: Extraction) -> tuple[Extraction, Extraction]:
    """Without visible update stamps, where the page's data states one and the same date of change on both sides.

    A stamp that moves alone then says when the page was put together, or how long ago something was.
    """
    stated = before.structured.modified
    if before.stamps == after.stamps or not stated or stated != after.structured.modified:
        return before, after
    return replace(before, stamps=()), replace(after, stamps=())


def _linked(before: Extraction, after: Extraction) -> tuple[Extraction, Extraction]:
    """Without links whose words are not in the text, or no more: what they stood in was noise."""
    if before.links == after.links:
        return before, after
    texts = (_letters(side.text) for side in (before, after))
    kept = [
        tuple(link for link in side.links if _letters(link.text) in text)
        for side, text in zip((before, after), texts, strict=True)
    ]
    return replace(before, links=kept[0]), replace(after, links=kept[1])


def _with_text(side: Extraction, paragraphs: Sequence[str]) -> Extraction:
    return side if len(paragraphs) == len(side.paragraphs) else replace(side, text="\n\n".join(paragraphs))


def _settled(
    olds: list[str], before: Extraction, news: list[str], after: Extraction
) -> tuple[list[str], list[str]]:
    """Without paragraphs that the other side has as well, only that the reader left them out there."""
    left_before, left_after = ({fold(text) for text in (*side.asides, *side.pointers)} for side in (before, after))
    if not left_before and not left_after:
        return olds, news
    old_has, new_has = ({fold(text) for text in side} for side in (olds, news))
    return (
        [text for text in olds if fold(text) in new_has or fold(text) not in left_after],
        [text for text in news if fold(text) in old_has or fold(text) not in left_before],
    )


class _Step:
    """One look at the pair: which paragraphs of either side are noise as things stand."""

    def __init__(
        self,
        olds: Sequence[str],
        news: Sequence[str],
        before: Extraction,
        after: Extraction,
        furniture: Container[str],
    ) -> None:
        self.blocks = diff("\n\n".join(olds), "\n\n".join(news)).blocks if list(olds) != list(news) else ()
        self.furniture = furniture
        kept = [block.old_text for block in self.blocks if block.kind is BlockKind.KEPT]
        prose = [text for text in kept if is_prose(text)]
        self.calls = sum(map(speaks_of_itself, prose)) < TALKS
        self.witness = _witness(before, after, prose)
        stands = [n for n, block in enumerate(self.blocks) if _is_story(block)]
        self.first, self.last = (stands[0], stands[-1]) if stands else (len(self.blocks), -1)

    def noise(self) -> tuple[set[int], set[int]]:
        """The numbers of the paragraphs that are noise, before and after."""
        gone_old, gone_new, run = set[int](), set[int](), dict[BlockKind, str]()
        for at, block in enumerate(self.blocks):
            if block.kind is BlockKind.KEPT or block.typographic:
                run.clear()
                continue
            if block.kind in (BlockKind.ADDED, BlockKind.REMOVED):
                text = block.old_text or block.new_text
                noisy = self._came_or_went(text, at, run.get(block.kind, ""))
                over = text if trimming(text) in _HEADS else run.get(block.kind, "")
                run[block.kind] = over if noisy else ""
            else:
                noisy = self._changed(block, at)
                run.clear()
            if noisy:
                gone_old |= {block.old} if block.old is not None else set()
                gone_new |= {block.new} if block.new is not None else set()
        return gone_old, gone_new

    def _came_or_went(self, text: str, at: int, over: str) -> bool:
        """Whether a paragraph that came or went is noise; `over` is the furniture that came or went above it."""
        kind = trimming(text)
        if kind is Trimming.AGO or self._loose(text, kind):
            return True
        if is_note(text) or self._told(text):
            return False
        if is_prose(text):
            return at > self.last and bool(over) and heads_comments(over)
        return at < self.first or at > self.last or bool(over) or self.witness is not None

    def _changed(self, block: Block, at: int) -> bool:
        old, new = block.old_text, block.new_text
        kinds = trimming(old), trimming(new)
        if all(self._loose(text, kind) for text, kind in zip((old, new), kinds, strict=True)):
            return True
        edge = at < self.first or at > self.last
        return edge and kinds == (Trimming.WHEN, Trimming.WHEN) and without_dates(old) == without_dates(new)

    def _loose(self, text: str, kind: Trimming | None) -> bool:
        """Furniture by its words alone, wherever it stands."""
        if kind is Trimming.AGO:
            return True
        if is_note(text) or self._told(text):
            return False
        return text in self.furniture or (kind in _LOOSE and (kind is not Trimming.CALL or self.calls))

    def _told(self, text: str) -> bool:
        """Whether the page's own structured data holds it as a part of the story."""
        return self.witness is not None and _letters(text) in self.witness


def _is_story(block: Block) -> bool:
    return (
        block.kind in (BlockKind.KEPT, BlockKind.CHANGED) and is_prose(block.new_text) and is_prose(block.old_text)
    )


def _witness(before: Extraction, after: Extraction, prose: Sequence[str]) -> str | None:
    """The letters of the JSON-LD text, where both sides have the same one and it is the whole story."""
    bodies = [side.structured.article_body or "" for side in (before, after)]
    if bodies[0] != bodies[1] or len(words(bodies[0])) < WITNESS_WORDS or not prose:
        return None
    letters = _letters(bodies[0])
    held = sum(_letters(text) in letters for text in prose)
    return letters if held >= WITNESS_SHARE * len(prose) else None


def _letters(text: str) -> str:
    """The words without anything between them: marks and spaces differ between a page and its JSON-LD."""
    return "".join(words(text)).lower()
