"""A second reading of the page: its blocks in order, by nothing but the mark-up.

Simple and stable, where trafilatura weighs and may drop a whole table: every stretch of text between two
block elements is a block, outside of navigation, footers, forms and the like. It knows which blocks the story's
text holds, and so where on the page the story stands: links, pictures and what the text leaves out are read
there. Refuses to decide what the text is: that is `body`'s business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import html

from archive.domain.model import Link
from archive.domain.notes import Note, is_stamp, note
from archive.domain.urls import InvalidUrl, normalise
from archive.extraction import pictures
from archive.extraction.characters import tidy, words
from archive.extraction.fields import Head
from archive.extraction.tree import text_of

BOX_SHARE = 0.8
"""The smallest element with so much of the story's text is its box. Chosen: a standfirst or a note may stand
beside it."""

_LINKED_SHARE = 0.5  #: a block with more of its words in links to other pages points elsewhere
_STAMP_WORDS = 30  #: words of the longest block that may hold a stamp beside a byline
_PART = 25  #: letters of a block that is taken for a part of a paragraph
_NEAR = 3  #: blocks after the headline or the story's first in which a stamp may stand
_NOTE_WORDS = 5  #: words of the shortest note; "Updated 3 hours ago" has four
_MAX_ASIDES = 400
_MAX_DEPTH = 250  # libxml2 gives up at 256

_OUTSIDE = frozenset({
    "nav", "footer", "form", "script", "style", "noscript", "template", "button", "select", "textarea", "svg",
    "iframe", "object", "dialog", "video", "audio", "canvas", "head", "menu", "math",
})  # fmt: skip
_MARGIN = frozenset({"header", "aside", "figure"})
"""Read for stamps alone: what stands there is not of the story's text."""
_ROLES = {
    "navigation": _OUTSIDE, "contentinfo": _OUTSIDE, "search": _OUTSIDE, "dialog": _OUTSIDE, "alert": _OUTSIDE,
    "alertdialog": _OUTSIDE, "banner": _MARGIN, "complementary": _MARGIN,
}  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figure", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_ASIDE = re.compile(
    r"by-?line|dateline|\bdates?\b|author|share|sharing|social|related|recommend|newsletter|promo|teaser|comment"
    r"|counter|\btags?\b|advert|\bads?\b|sponsor|banner|cookie|consent|subscri|paywall|sidebar|breadcrumb|popular"
    r"|most-?read|trending|caption|credit|toolbar|widget|\bmeta\b|signup|sign-up|donat",
    re.IGNORECASE,
)
"""Classes and ids of what stands amid a story and is no part of it."""

_PIECES = re.compile(r"\s*[|•·]\s*")
_LETTERS = re.compile(r"[^\W_]+")


FIGURE, HEADER, BESIDE = 1, 2, 3
"""Kinds of margin: round a picture; a header, or an element named for what is no part of a story; an aside."""

Margins = tuple[tuple[int, int], ...]
"""Of the elements around a block, those that are margins: how many elements are around each, and its kind."""


@dataclass(slots=True)
class Block:
    """A stretch of text between two block elements."""

    text: str
    path: tuple[int, ...]  #: numbers of the elements around it, the outermost first
    margins: Margins
    elsewhere: int  #: words in links to other pages
    links: tuple[tuple[str, str], ...]  #: text and address
    starts: tuple[str, ...] = ()  #: the text from each inline element on: where a stamp may begin
    inner: bool = False  #: all of it links within the page

    def is_story(self, paragraphs: Container[str]) -> bool:
        """Whether it is one of the story's paragraphs or a long part of one: "News" stands in many a text."""
        letters = _letters(self.text)
        return letters in paragraphs or len(letters) >= _PART


class Picture(NamedTuple):
    """A picture, or a text under one."""

    path: tuple[int, ...]
    margins: Margins
    name: str
    caption: str = ""


@dataclass(slots=True)
class Blocks:
    """The page's blocks and pictures, in order."""

    blocks: list[Block]
    pictures: list[Picture]
    articles: set[int]  #: numbers of the `article` elements
    base: str  #: where relative links start from
    headline: int  #: the number of the block after the first `h1`; 0 without one

    def story(self, paragraphs: Sequence[str], headlines: Sequence[str] = ()) -> Story:
        """What belongs to the story that has these paragraphs; `headlines` are known and no part of it."""
        held = _held(self.blocks, [*paragraphs, *headlines])
        told = _held(self.blocks, headlines)
        whole = set(map(_letters, paragraphs))
        sure = {n for n in held - told if self.blocks[n].is_story(whole)}
        box = self._box([block for n, block in enumerate(self.blocks) if n in sure])
        within = [n for n in sorted(sure) if _stands(self.blocks[n], box)]
        pictures = [picture for picture in self.pictures if _stands(picture, box)]
        asides, pointers = _left_out(self.blocks, held, box, self.headline)
        return Story(
            links=tuple(_links(self, within)),
            images=tuple(dict.fromkeys(picture.name for picture in pictures if picture.name)),
            captions=tuple(dict.fromkeys(picture.caption for picture in pictures if picture.caption)),
            stamps=tuple(dict.fromkeys(_stamps(self, sure))),
            asides=tuple(asides[:_MAX_ASIDES]),
            pointers=tuple(pointers[:_MAX_ASIDES]),
        )

    def _box(self, story: Sequence[Block]) -> tuple[int, ...]:
        """The path of the smallest element that holds most of the story, or of the `article` around that."""
        sizes: Counter[tuple[int, ...]] = Counter()
        for block in story:
            for depth in range(len(block.path) + 1):
                sizes[block.path[:depth]] += len(block.text)
        needed = BOX_SHARE * sizes[()]
        box = max((path for path, size in sizes.items() if size >= needed), key=len, default=())
        around = [depth for depth, number in enumerate(box, 1) if number in self.articles]
        return box[: around[-1]] if around else box


@dataclass(slots=True)
class Story:
    """What belongs to the story beside its text."""

    links: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()


def read_blocks(tree: html.HtmlElement, head: Head) -> Blocks:
    """All blocks of the page, before anything was taken out of `tree`."""
    walk = _Walk(head)
    walk.visit(tree, margins=(), link=None, depth=0)
    walk.flush(margins=())
    return Blocks(walk.blocks, walk.pictures, walk.articles, head.base, walk.headline)


@dataclass(slots=True)
class _Walk:
    """One pass over the tree, in document order."""

    head: Head
    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    headline: int = 0
    path: list[int] = field(default_factory=list)
    number: int = 0
    articles: set[int] = field(default_factory=set)
    row: int = 0  # depth of table rows whose cells are one block
    pieces: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: int = 0
    inner: int = 0

    def visit(self, node: html.HtmlElement, *, margins: Margins, link: str | None, depth: int) -> None:
        tag = node.tag
        kind = _ROLES.get(node.get("role") or "", ())
        if tag in _OUTSIDE or kind is _OUTSIDE or node.get("hidden") is not None or depth > _MAX_DEPTH:
            return
        if tag == "img":
            self._picture(node, margins, link)
            return
        if tag == "br":
            self.flush(margins=margins) if not self.row else self.pieces.append(" ")
            return
        if tag == "figcaption":
            self._picture(node, margins, link)
        is_block = tag in _BLOCKS and not self.row
        if is_block:
            self.flush(margins=margins)
            self.number += 1
            self.path.append(self.number)
            self.articles |= {self.number} if tag == "article" else set()
        elif tag in _CELLS and self.pieces:
            self.pieces.append(" | ")
        if found := self._margin(node, kind):
            margins = (*margins, (len(self.path) + (not is_block), found))
        self._inside(node, margins=margins, link=link, depth=depth)
        if is_block:
            self.flush(margins=margins)
            self.path.pop()
        if tag == "h1" and not self.headline:
            self.headline = len(self.blocks)

    @staticmethod
    def _margin(node: html.HtmlElement, kind: Collection[str]) -> int:
        """The kind of margin that `node` is."""
        if node.tag == "aside" or node.get("role") == "complementary":
            return BESIDE
        if node.tag == "figure":
            return FIGURE
        if node.tag in _MARGIN or kind is _MARGIN:
            return HEADER
        named = node.get("class") or node.get("id")
        found = _ASIDE.search(named) if named else None
        return 0 if found is None else FIGURE if found[0].lower() in ("caption", "credit") else HEADER

    def _inside(self, node: html.HtmlElement, *, margins: Margins, link: str | None, depth: int) -> None:
        """The text and the children of `node`."""
        tag = node.tag
        is_row = tag == "tr" and node.find(".//table") is None
        self.row += is_row
        is_link = tag == "a" and bool(node.get("href"))
        target = (node.get("href") or "").strip() if is_link else link
        begun = len(self.pieces)
        self._add(node.text, target)
        for child in node:
            if isinstance(child.tag, str):
                self.visit(child, margins=margins, link=target, depth=depth + 1)
            self._add(child.tail, target)
        if is_link and target and begun <= len(self.pieces):
            self.links.append(("".join(self.pieces[begun:]), target))
        self.row -= is_row

    def _add(self, text: str | None, link: str | None) -> None:
        if not text:
            return
        self.pieces.append(text)
        if link is not None:
            count = words(text)
            if link.startswith("#"):
                self.inner += count
            else:
                self.elsewhere += count

    def _picture(self, node: html.HtmlElement, margins: Margins, link: str | None) -> None:
        # A picture that leads to another page is that page's.
        if link is None or pictures.is_file(link):
            caption = tidy(text_of(node)) if node.tag == "figcaption" else ""
            name = "" if caption else pictures.identity(node)
            self.pictures.append(Picture(tuple(self.path), margins, name, caption))

    def flush(self, *, margins: Margins) -> None:
        """The text gathered so far is a block."""
        text = tidy("".join(self.pieces)).strip("| ")
        if text:
            starts: tuple[str, ...] = ()
            if len(self.pieces) > 1 and len(text) < 300 and any(map(str.isdigit, text)):
                starts = tuple(tidy("".join(self.pieces[n:])) for n in range(1, len(self.pieces)))
            inner = self.inner > 0 and self.inner >= words(text)
            links = tuple(self.links)
            self.blocks.append(Block(text, tuple(self.path), margins, self.elsewhere, links, starts, inner))
        self.pieces.clear()
        self.links.clear()
        self.elsewhere = self.inner = 0


def _held(blocks: Sequence[Block], paragraphs: Sequence[str]) -> set[int]:
    """The numbers of the blocks that the story's text holds, each as often as the text does."""
    whole = Counter(map(_letters, paragraphs))
    text = "\0".join(map(_letters, paragraphs))
    used: Counter[str] = Counter()
    held = set()
    # Blocks that may stand in a margin come last: the same words amid the story are the story's.
    for n, block in sorted(enumerate(blocks), key=lambda item: bool(item[1].margins)):
        letters = _letters(block.text)
        if not letters:
            continue
        used[letters] += 1
        if used[letters] <= (whole[letters] or text.count(letters)):
            held.add(n)
    return held


def _margin(margins: Margins, box: tuple[int, ...]) -> int:
    """The strongest margin inside of the story's box; one around the box may hold the story itself."""
    return max((kind for depth, kind in margins if depth > len(box)), default=0)


def _stands(one: Block | Picture, box: tuple[int, ...]) -> bool:
    """Whether it stands in the story's box and in no margin there, but for that of a picture."""
    return _inside(one.path, box) and _margin(one.margins, box) <= FIGURE


def _inside(path: tuple[int, ...], box: tuple[int, ...]) -> bool:
    return path[: len(box)] == box


def _links(page: Blocks, story: Sequence[int]) -> Iterator[Link]:
    """The links of the story, absolute and without what only counts visitors; links within the page are none."""
    for n in story:
        for text, address in page.blocks[n].links:
            if address.startswith("#") or not (shown := tidy(text)):
                continue
            try:
                yield Link(text=shown, url=normalise(address, page.base))
            except InvalidUrl:  # mailto:, javascript:, and what leads nowhere
                continue


def _stamps(page: Blocks, held: set[int]) -> Iterator[str]:
    """Lines near the headline that say when the page was last touched."""
    first = min(held, default=0)
    for block in page.blocks[: max(first, page.headline) + _NEAR]:
        if words(block.text) <= _STAMP_WORDS:
            for line in (block.text, *block.starts) if any(map(str.isdigit, block.text)) else ():
                if found := next((piece for piece in _PIECES.split(line)[:1] if is_stamp(piece)), None):
                    yield found
                    break


def _left_out(
    blocks: Sequence[Block], held: set[int], box: tuple[int, ...], headline: int
) -> tuple[list[str], list[str]]:
    """What stands in the story's box and not in its text: what may be of it, and what leads elsewhere.

    A list of links within the page is one block of the former. A note of correction is, wherever it stands near
    the story.
    """
    asides, pointers, contents = list[str](), list[str](), list[str]()
    near = range(headline - _NEAR, max(held, default=headline) + 2 * _NEAR)
    for n, block in enumerate(blocks):
        if _margin(block.margins, box) or not _inside(block.path, box):
            if n in near and n not in held and _margin(block.margins, ()) < BESIDE and _is_note(block.text):
                asides.append(block.text)
            continue
        if block.inner:
            contents.append(block.text)
            continue
        asides += _joined(contents)
        if n not in held and _LETTERS.search(block.text):
            leads = block.elsewhere > _LINKED_SHARE * words(block.text)
            (pointers if leads else asides).append(block.text)
    return asides + _joined(contents), pointers


def _is_note(text: str) -> bool:
    """Whether a reader is told of a correction or an update, in more words than when it was."""
    return words(text) >= _NOTE_WORDS and note(text) in (Note.CORRECTION, Note.UPDATE)


def _joined(contents: list[str]) -> list[str]:
    """The lines as one, taken out of the list."""
    joined = [" | ".join(contents)] if contents else []
    contents.clear()
    return joined


def _letters(text: str) -> str:
    """The words without anything between them: marks and spaces differ between two readings of one page."""
    return "".join(_LETTERS.findall(text)).casefold()
