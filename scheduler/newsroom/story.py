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
    "451": "451 Unavailable For Legal Reasons (RFC 7725), with who blocks it",
    "soft_404": "200, and a page that says that there is no such page, with the latest headlines",
    "soft_404_related": "200, the same at length, with teasers of other stories",
    "unknown": "whatever the outlet answers to addresses that never were: `Outlet.unknown`",
    "home": "a redirect to the home page",
    "section": "a redirect to the section front",
    "home_page": "200, and the home page at this address",
    "emptied": "200, the headline, and a note in place of the words",
    "hollow": "200, and the template with nothing in it",
    "retracted": "200, 'Retracted' in the headline, and the editors' reason in place of the words",
    "editors_note": "200, and a long note of the editors under a headline of its own",
}

#: What an outlet answers to an address that never was.
UNKNOWNS: dict[str, str] = {
    "404": "404 and a page that says so",
    "soft_404": "the same page with 200 and the latest headlines",
    "soft_404_related": "the same at length, with teasers of other stories",
    "home": "a redirect to the home page",
    "section": "a redirect to the front of the section that the address begins with, or home",
    "home_page": "200, and the home page at this address",
}

#: What stands between a visitor and a story that is still there.
BARRIERS: dict[str, str] = {
    "paywall": "200, the first paragraph, an appeal, `isAccessibleForFree: false`",
    "paywall_hard": "the same with not one paragraph",
    "metered": "the same with two paragraphs, for those who have read their share",
    "consent": "302 to a cookie wall",
    "consent_page": "200, and a cookie wall in place of the page",
    "login": "302 to a sign-in page",
    "login_page": "200, and a sign-in form in place of the story",
    "bot": "403 and a challenge that wants JavaScript (Cloudflare)",
    "cloudflare_block": "403, and no way to pass (Cloudflare)",
    "akamai": "403 (Akamai)",
    "datadome": "403 and a captcha (DataDome)",
    "perimeterx": "403 and a button to press and hold (PerimeterX)",
    "aws_waf": "202 and a script (AWS WAF)",
    "imperva": "200 and an empty frame (Imperva)",
    "sucuri": "200 and a script (Sucuri)",
    "captcha": "200 and a captcha of no firm in particular",
    "geo": "451 and a note that names the region",
    "geo_page": "403 and the same note",
    "rate_limit": "429 with Retry-After",
    "forbidden": "403 and a web server's plain page",
    "maintenance": "503 with Retry-After, and a note",
    "maintenance_page": "the same note with 200",
    "script_shell": "200, and a page that only scripts would fill",
    "meta_refresh": "200, and a stub that leads to an advertisement first",
    "parked": "200, and what is sold where the domain has lapsed; of a whole host",
    "captive_portal": "a redirect to the page of the network that the visitor is in; of a whole host",
    "court_block": "200, and a page that names the court's decision; of a whole host",
    "provider_block": "200, and a page of the visitor's provider; of a whole host",
}

MOVES: dict[str, str] = {
    "redirect": "301 to the new address",
    "canonical": "the page at both, with the new address as canonical",
}

PAYWALLS = {"paywall": 1, "paywall_hard": 0, "metered": 2}
"""Paragraphs that are free."""


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
        self.merged: tuple[Story, str] | None = None  #: another story that holds this one's news now, and how
        self.noindexed = False
        self.status = 200  #: what its page is sent with
        self.flapping: tuple[str, int] | None = None  #: a key of WITHDRAWALS or BARRIERS, at every n-th fetch
        self.fetched = 0  #: since it flaps
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
            self.gone = known(str(how), WITHDRAWALS, "a way to withdraw a story")
            self.listed = listed

    def restore(self) -> None:
        """Bring a withdrawn story back as it was."""
        with self._changing():
            self.gone, self.merged, self.listed = "", None, True

    def merge(self, into: Story, how: str = "redirect") -> None:
        """Tell the news in another story from now on: this address leads there (301), or shows that page."""
        with self._changing():
            self.merged = into, known(how, MOVES, "a way to merge stories")
            self.listed = False

    def flap(self, how: str | int, *, every: int = 2) -> None:
        """Every `every`-th fetch from now on finds it withdrawn or walled (a key of either table)."""
        with self._changing():
            self.flapping, self.fetched = (known(str(how), WITHDRAWALS | BARRIERS, "a way to flap"), every), 0

    def settle(self) -> None:
        """No flapping any more."""
        with self._changing():
            self.flapping = None

    def send_with(self, status: int) -> None:
        """The same page with another status than 200: a server that is set up wrongly."""
        with self._changing():
            self.status = status

    def noindex(self, *, on: bool = True) -> None:
        """Ask search engines to forget the page (`<meta name="robots">`)."""
        with self._changing():
            self.noindexed = on

    def unlist(self) -> None:
        """Out of feeds, sitemap and fronts; the page stays."""
        with self._changing():
            self.listed = False

    def move(self, path: str, how: str = "redirect") -> None:
        """A new address. The old one redirects (301), or shows the story with the new one as canonical."""
        with self._changing():
            self.outlet.place(self, path)
            self.former[self.path] = known(how, MOVES, "a way to move a story")
            self.former.pop(path, None)
            self.path = path

    def wall(self, kind: str, *, retry_after: int = 60) -> None:
        """Put a barrier before the story: a key of BARRIERS."""
        with self._changing():
            self.barrier = known(kind, BARRIERS, "a barrier")
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


def known(name: str, table: dict[str, str], what: str) -> str:
    """`name`, where it is a key of `table`."""
    if name not in table:
        raise Misuse(f"newsroom: '{name}' is not {what}; use one of {', '.join(table)}")
    return name
