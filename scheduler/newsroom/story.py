"""One story at the outlet's side: its words, and the verbs that an editor has for them.

A verb either declares what it does (`edit`, `retitle` … stamp `dateModified` and show "Updated") or
does not (`edit_silently` …). What the page, the feeds and the sitemap make of it is told elsewhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archive.errors import Misuse

if TYPE_CHECKING:
    from scheduler.newsroom.outlet import Outlet

#: How an outlet takes a story away, and what a visitor then gets.
WITHDRAWALS: dict[str, str] = {
    "404": "404 Not Found",
    "410": "410 Gone",
    "451": "451 Unavailable For Legal Reasons (RFC 7725)",
    "soft_404": "200, and a page that says that there is no such page",
    "home": "a redirect to the home page",
    "section": "a redirect to the section front",
    "emptied": "200, the headline, and a note in place of the words",
    "retracted": "200, 'Retracted' in the headline, and the editors' reason in place of the words",
}

#: What stands between a visitor and a story that is still there.
BARRIERS: dict[str, str] = {
    "paywall": "200, the first paragraph, an appeal, `isAccessibleForFree: false`",
    "consent": "302 to a cookie wall",
    "login": "302 to a sign-in page",
    "bot": "403 and a challenge that wants JavaScript",
    "geo": "451 and a note that names the region",
    "rate_limit": "429 with Retry-After",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a story says of itself at one time."""

    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    modified: datetime
    author: str = ""
    section: str = "politics"
    standfirst: str = ""
    caption: str = ""
    notes: tuple[str, ...] = ()  #: corrections, as readers see them below the text
    dateline: str = ""  #: place and agency before the first paragraph: `Northford (NA)`
    image: str = ""  #: path of the picture; a caption without one stands below a stock photo
    links: tuple[tuple[str, str], ...] = ()  #: words of the paragraphs, and where they lead
    alternative: str = ""  #: a headline that is tried out against the first one
    live: bool = False  #: a live blog: the paragraphs are its posts, the newest on top


class Story:
    """A story of a pretend outlet. Made by `Outlet.publish`."""

    def __init__(self, outlet: Outlet, path: str, words: Words) -> None:
        self.outlet = outlet
        self.path = path  #: percent-decoded
        self.words = words
        self.history: list[Words] = [words]
        self.changed = words.published  #: what the web server says in Last-Modified
        self.gone = ""  #: a key of WITHDRAWALS
        self.listed = True  #: in feeds, sitemap and fronts
        self.barrier = ""  #: a key of BARRIERS
        self.retry_after = 60
        self.former: dict[str, str] = {}  #: old path → `redirect` or `canonical`
        self.fleeting: list[Words] = []  #: what the next fetches show, one each

    @property
    def url(self) -> str:
        """The story's address now."""
        return self.outlet.url(self.path)

    @property
    def text(self) -> str:
        """The words of the body: paragraphs joined by a blank line."""
        return "\n\n".join(self.words.paragraphs)

    def edit(self, old: str, new: str, *, note: str | None = None) -> None:
        """Replace words of the body or standfirst, stamp the time, and tell readers if there is a `note`."""
        notes = (*self.words.notes, note) if note else self.words.notes
        self._write(declared=True, notes=notes, **self._replaced(old, new))

    def edit_silently(self, old: str, new: str) -> None:
        """Replace words of the body or standfirst; no stamp anywhere says so."""
        self._write(declared=False, **self._replaced(old, new))

    def rewrite(self, paragraphs: Sequence[str], *, silently: bool = False) -> None:
        """Put another body in the place of this one."""
        self._write(declared=not silently, paragraphs=tuple(paragraphs))

    def retitle(self, title: str, *, silently: bool = False) -> None:
        """Another headline; the address stays."""
        self._write(declared=not silently, title=title)

    def change_byline(self, author: str, *, silently: bool = False) -> None:
        """Another author."""
        self._write(declared=not silently, author=author)

    def change_standfirst(self, standfirst: str, *, silently: bool = False) -> None:
        """Another lead-in below the headline."""
        self._write(declared=not silently, standfirst=standfirst)

    def change_caption(self, caption: str, *, silently: bool = False) -> None:
        """Another text below the picture."""
        self._write(declared=not silently, caption=caption)

    def change_dateline(self, dateline: str, *, silently: bool = False) -> None:
        """Another place and agency before the first paragraph."""
        self._write(declared=not silently, dateline=dateline)

    def change_image(self, path: str, *, silently: bool = False) -> None:
        """Another picture."""
        self._write(declared=not silently, image=path)

    def link(self, words: str, url: str, *, silently: bool = False) -> None:
        """Let words of the body lead to `url`; without url, nowhere any more."""
        if words not in self.text:
            raise Misuse(f"newsroom: '{words}' is not in the body of {self.path}, so it cannot be a link")
        rest = tuple(link for link in self.words.links if link[0] != words)
        self._write(declared=not silently, links=(*rest, (words, url)) if url else rest)

    def correct(self, note: str, *, silently: bool = False) -> None:
        """A note of correction below the text, and not one other word."""
        self._write(declared=not silently, notes=(*self.words.notes, note))

    def post(self, paragraph: str) -> None:
        """One more post of a live blog, on top."""
        if not self.words.live:
            raise Misuse(f"newsroom: {self.path} is no live blog; publish it with live=True")
        self._write(declared=True, paragraphs=(paragraph, *self.words.paragraphs))

    def try_headline(self, title: str) -> None:
        """Test a second headline against the first; the noise `ab_headlines` shows them by turns."""
        self._write(declared=False, alternative=title)

    def flash(self, old: str, new: str, *, times: int = 1) -> None:
        """The next `times` fetches show other words: a test, a mistake, a page half made. Then it is over."""
        with self._changing():
            self.fleeting += [replace(self.words, **self._replaced(old, new))] * times

    def append(self, paragraph: str, *, silently: bool = False) -> None:
        """One more paragraph at the end."""
        self._write(declared=not silently, paragraphs=(*self.words.paragraphs, paragraph))

    def insert_paragraph(self, number: int, paragraph: str, *, silently: bool = False) -> None:
        """A paragraph that becomes number `number`, counted from 1."""
        rest = list(self.words.paragraphs)
        rest.insert(self._index(number, len(rest) + 1), paragraph)
        self._write(declared=not silently, paragraphs=tuple(rest))

    def drop_paragraph(self, number: int, *, silently: bool = False) -> None:
        """Without paragraph `number`, counted from 1."""
        rest = list(self.words.paragraphs)
        del rest[self._index(number, len(rest))]
        self._write(declared=not silently, paragraphs=tuple(rest))

    def move_paragraph(self, number: int, to: int, *, silently: bool = False) -> None:
        """Paragraph `number` becomes number `to`, both counted from 1."""
        rest = list(self.words.paragraphs)
        rest.insert(self._index(to, len(rest)), rest.pop(self._index(number, len(rest))))
        self._write(declared=not silently, paragraphs=tuple(rest))

    def touch(self) -> None:
        """A new `dateModified`, and not one other word."""
        self._write(declared=True)

    def revert(self, steps: int = 1) -> None:
        """The words, stamps and notes of `steps` revisions ago: the page is again what it was."""
        if steps >= len(self.history):
            raise Misuse(f"newsroom: {self.path} has {len(self.history) - 1} revisions to revert, not {steps}")
        with self._changing():
            self.words = self.history[-1 - steps]
            self.history.append(self.words)

    def withdraw(self, how: str | int = 404, *, listed: bool = False) -> None:
        """Take the story away, as a key of WITHDRAWALS says; by default out of the lists, too."""
        with self._changing():
            self.gone = _known(str(how), WITHDRAWALS, "a way to withdraw a story")
            self.listed = listed

    def restore(self) -> None:
        """Bring a withdrawn story back as it was."""
        with self._changing():
            self.gone, self.listed = "", True

    def unlist(self) -> None:
        """Out of feeds, sitemap and fronts; the page stays."""
        with self._changing():
            self.listed = False

    def move(self, path: str, how: str = "redirect") -> None:
        """A new address. The old one redirects (301), or shows the story with the new one as canonical."""
        if how not in ("redirect", "canonical"):
            raise Misuse(f"newsroom: '{how}' is no way to move a story; use redirect or canonical")
        with self._changing():
            self.outlet.place(self, path)
            self.former[self.path] = how
            self.former.pop(path, None)
            self.path = path

    def wall(self, kind: str, *, retry_after: int = 60) -> None:
        """Put a barrier before the story: a key of BARRIERS."""
        with self._changing():
            self.barrier = _known(kind, BARRIERS, "a barrier")
            self.retry_after = retry_after

    def unwall(self) -> None:
        """Take the barrier away."""
        with self._changing():
            self.barrier = ""

    def _write(self, *, declared: bool, **changes: Any) -> None:
        with self._changing():
            if declared:
                changes["modified"] = self.outlet.now()
            self.words = replace(self.words, **changes)
            self.history.append(self.words)

    def _replaced(self, old: str, new: str) -> dict[str, Any]:
        words = self.words
        if old not in self.text and old not in words.standfirst:
            raise Misuse(f"newsroom: '{old}' is not in the body of {self.path}; for the headline use retitle()")
        return {
            "paragraphs": tuple(paragraph.replace(old, new) for paragraph in words.paragraphs),
            "standfirst": words.standfirst.replace(old, new),
        }

    def _index(self, number: int, count: int) -> int:
        if not 1 <= number <= count:
            raise Misuse(f"newsroom: {self.path} has no paragraph {number}; count from 1 to {count}")
        return number - 1

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self.outlet.changing():
            yield
            self.changed = self.outlet.now()


def _known(name: str, table: dict[str, str], what: str) -> str:
    if name not in table:
        raise Misuse(f"newsroom: '{name}' is not {what}; use one of {', '.join(table)}")
    return name
