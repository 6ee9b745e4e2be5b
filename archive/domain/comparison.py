"""Two extractions side by side: the fields that make a version distinct, and what is known of both texts.

It knows which fields count and how each is folded, and works out languages, names and words once, when
they are first asked for. It refuses to say what a difference means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from archive.domain.diff import Diff, diff, line_diff
from archive.domain.edits import Sentence, sentences_of
from archive.domain.facts import Sides, name_key
from archive.domain.lexicons import languages
from archive.domain.model import Extraction, Link
from archive.domain.naming import Names
from archive.domain.wording import fold, is_word

#: In articles of more characters than that, a fifth of a second each, names are known by the sentences
#: that changed alone.
READ_WHOLE = 300_000


class Compared(NamedTuple):
    """The fields that make a version distinct, as they are compared."""

    headline: str
    standfirst: str
    text: str
    byline: list[str]
    captions: list[str]
    images: list[str]
    links: list[list[str]]
    stamps: list[str]
    published: str
    modified: str


def link_key(link: Link) -> tuple[str, str]:
    """A link's words, and where it leads: http and https are one place, and follow how the page came."""
    return fold(link.text), link.url.partition("://")[2] or link.url


def compared(extraction: Extraction) -> Compared:
    """The fields without typography, those that have no order in a fixed one."""
    return Compared(
        headline=fold(extraction.title),
        standfirst=fold(extraction.standfirst),
        text=fold(extraction.text),
        byline=sorted({fold(author) for author in extraction.authors}),
        captions=sorted(map(fold, extraction.captions)),
        images=sorted(set(extraction.images)),
        links=sorted(map(list, set(map(link_key, extraction.links)))),
        stamps=sorted({fold(stamp) for stamp in extraction.stamps}),
        published=_instant(extraction.published, extraction.structured.published),
        modified=_instant(extraction.modified, extraction.structured.modified),
    )


def _instant(when: datetime | None, statement: str | None) -> str:
    """A date that the page states. One that was only guessed from the page moves with its furniture."""
    return when.astimezone(UTC).isoformat() if when and statement else ""


class Both:
    """An article before and after."""

    def __init__(self, before: Extraction, after: Extraction) -> None:
        self.before, self.after = before, after
        self.was, self.now = compared(before), compared(after)

    @cached_property
    def body(self) -> Diff:
        """How the text became another."""
        return diff(self.before.text, self.after.text)

    @cached_property
    def headline(self) -> Diff:
        """How the headline became another."""
        return line_diff(self.before.title, self.after.title)

    @cached_property
    def words(self) -> tuple[list[str], list[str]]:
        """The words of either text."""
        old, new = ([w for w in side.text.split(" ") if is_word(w)] for side in (self.was, self.now))
        return old, new

    @property
    def same_words(self) -> bool:
        """Whether the texts hold the same words in the same order."""
        return self.words[0] == self.words[1]

    @cached_property
    def sides(self) -> Sides:
        """Languages and names."""
        language = self.after.language or self.before.language
        codes = languages(language, self.after.text or self.after.title or self.before.text)
        held = [list(self._sentences(one)) for one in (self.before, self.after)]
        names = Names((sentence.cores for side in held for sentence in side), language)
        old, new = (
            frozenset(name_key(s.cores[n], codes) for s in side for n in names.among(s.cores)) for side in held
        )
        return Sides(codes, names, old, new)

    def _sentences(self, one: Extraction) -> Iterator[Sentence]:
        changed = one.text
        if len(changed) > READ_WHOLE:
            blocks = [block for block in self.body.blocks if block.edits]
            changed = "\n\n".join(b.old_text if one is self.before else b.new_text for b in blocks)[:READ_WHOLE]
        return sentences_of("\n\n".join([one.standfirst, changed, *one.captions]))


@dataclass(frozen=True, slots=True)
class Tally:
    """Words that came and went in headline and body, and the body's part of it in words."""

    added: int
    removed: int
    text: str  #: `3 words added and 2 removed in 1 paragraph`


def tally(both: Both) -> Tally:
    """Count the words; paragraphs broken elsewhere hold words in marks that never left."""
    blocks = () if both.same_words else both.body.blocks
    by_block = [[edit.words for edit in block.edits] for block in blocks]
    removed = sum(len(old) for edits in by_block for old, _ in edits)
    added = sum(len(new) for edits in by_block for _, new in edits)
    touched = sum(any(old or new for old, new in edits) for edits in by_block)
    text = f"{many(added or removed, 'word')} {'added' if added else 'removed'}"
    text += f" and {removed:,} removed" if added and removed else ""
    text += f" in {many(touched, 'paragraph')}"
    return Tally(added + both.headline.words_added, removed + both.headline.words_removed, text)


def many(count: int, noun: str) -> str:
    """`1 word`, `2,000 words`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
