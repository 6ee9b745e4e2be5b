"""What changes on a page between two fetches although no editor touched it.

A `Noise` hands small pieces of markup to the page templates: varying tokens, counters, link lists, ad
slots; and it may set the same words in other characters. It depends on its turn (a count of fetches)
alone, never on chance or the clock, and it never reaches the words of the story.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TypeVar

from scheduler.newsroom import boxes
from scheduler.newsroom.furniture import Furniture
from scheduler.newsroom.inserts import Inserts
from scheduler.newsroom.story import Words
from scheduler.newsroom.typesetting import FORMS, STYLES, encode, typeset

T = TypeVar("T")

#: Each kind with an example in the wild.
NOISES: dict[str, str] = {
    "nonces": "CSP nonces on scripts, CSRF tokens in meta and form fields",
    "counters": "shares, views and comments counted beside the story",
    "related": "related stories, another choice each time",
    "most_read": "a ranking in the side column",
    "ads": "ad slots: between paragraphs without words, in the side column with words",
    "timestamps": "the time of rendering in a comment, a meta tag and the footer",
    "relative_times": "'37 minutes ago' beside the byline",
    "comments": "readers' comments below the story",
    "newsletter": "an appeal below the story, in one of several wordings",
    "cookie_banner": "a consent banner over the page, sometimes absent",
    "ticker": "a breaking-news bar at the top",
    "attribute_order": "the attributes of every element in another order",
    "class_hashes": "class names with build hashes",
    "asset_versions": "?v=… on style sheets and images",
    "white_space": "other indentation and line ends between elements",
    "headers": "Set-Cookie and X-Request-Id",
    "live_ticker": "a box of breaking news beside the story, other items each time",
    "ab_headlines": "the alternative headline of a story that has one, in all places at once",
    "ab_modules": "one of several small modules above the first paragraph, or none",
    "regions": "edition, weather and prices of the visitor's region",
    "devices": "the mobile page in place of the page for desks",
    "encodings": "another charset, letters as references, a byte order mark",
    "typography": "curly or straight quotes, dashes, dots, spaces that do not break, soft hyphens",
    "crops": "pictures in other sizes, from other hosts",
    "read_more": "'READ MORE' and a headline between two paragraphs",
    "inside_counters": "shares and readers counted within the story's box",
    "inside_times": "'Updated 37 minutes ago' within the story's box",
    "appeals": "an appeal between paragraphs that comes on all stories at once, and goes",
    "most_read_inside": "a ranking within the story's box",
}


_START_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)((?: [a-zA-Z:-]+=\"[^\"]*\"){2,})(/?)>")
_ATTRIBUTE = re.compile(r" [a-zA-Z:-]+=\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one fetch. Without kinds, every piece is empty."""

    kinds: frozenset[str] = frozenset()
    turn: int = 0

    def token(self, salt: str, length: int = 16) -> str:
        """Hex digits that another turn does not repeat."""
        return hashlib.sha256(f"{self.turn}/{salt}".encode()).hexdigest()[:length]

    def number(self, salt: str, below: int) -> int:
        """A number in `0 … below - 1`."""
        return int(self.token(salt, 12), 16) % below

    def choose(self, kind: str, items: Sequence[T], count: int) -> list[T]:
        """`count` of the items: the first ones, or another choice each turn under `kind`."""
        chosen = list(items)
        if kind in self.kinds:
            chosen.sort(key=lambda item: self.token(f"{kind}{item}"))
        return chosen[:count]

    def nonce(self, salt: str) -> str:
        """An attribute with its leading space."""
        return f' nonce="{self.token("nonce" + salt)}"' if "nonces" in self.kinds else ""

    def cls(self, name: str) -> str:
        """The class attribute's value for `name`."""
        return f"{name} css-{self.token('class' + name, 6)}" if "class_hashes" in self.kinds else name

    def asset(self, path: str) -> str:
        """The URL of a style sheet or image."""
        return f"{path}?v={self.token('asset' + path, 8)}" if "asset_versions" in self.kinds else path

    def image(self, path: str) -> str:
        """The URL of a picture, in the crop of the turn."""
        if "crops" not in self.kinds or not path.startswith("/media/"):
            return self.asset(path)
        width = 320 + 80 * self.number("width" + path, 12)
        host = f"//img{self.number('cdn' + path, 4)}.cdn.example"
        stem, dot, suffix = path.rpartition(".")
        forms = (
            f"{path}?w={width}&amp;h={width * 9 // 16}&amp;crop=faces",
            f"{host}{path}?width={width}&amp;quality=80&amp;fit=cover&amp;dpr=2",
            f"{stem}-{width}x{width * 9 // 16}{dot}{suffix}",
            f"{host}/resize/{width}x{width * 3 // 4}{path}",
        )
        return forms[self.number("crop" + path, len(forms))]

    def dressed(self, words: Words) -> Words:
        """The story's words in the turn's characters, under the headline of the turn."""
        if "ab_headlines" in self.kinds and words.alternative and self.number("headline", 2):
            words = replace(words, title=words.alternative)
        if "typography" not in self.kinds:
            return words
        style = self.number("typography", STYLES)
        return replace(
            words,
            title=typeset(words.title, style),
            standfirst=typeset(words.standfirst, style),
            caption=typeset(words.caption, style),
            dateline=typeset(words.dateline, style),
            paragraphs=tuple(typeset(paragraph, style) for paragraph in words.paragraphs),
            notes=tuple(typeset(note, style) for note in words.notes),
            links=tuple((typeset(text, style), url) for text, url in words.links),
        )

    @property
    def mobile(self) -> bool:
        """Whether the page for small screens is shown."""
        return "devices" in self.kinds and self.number("device", 3) == 0

    def encoded(self, html: str, language: str) -> tuple[bytes, str]:
        """The page's bytes and its Content-Type."""
        return encode(html, language, self.number("encoding", FORMS) if "encodings" in self.kinds else 0)

    def in_head(self) -> str:
        """Meta tags for `<head>`."""
        pieces = []
        if "nonces" in self.kinds:
            pieces.append(f'<meta name="csrf-token" content="{self.token("csrf", 32)}">')
        if "timestamps" in self.kinds:
            pieces.append(f'<meta name="rendered" content="{self._clock()}">')
        return "\n".join(pieces)

    def above(self, words: Furniture, more: Inserts) -> str:
        """What stands over the page: banner, ticker, the visitor's region."""
        pieces = []
        if "cookie_banner" in self.kinds and self.turn % 3:
            pieces.append(
                f'<div class="cookie-banner" role="dialog"><p>{words.cookies} ({self.number("us", 900)}).</p>'
                f"<button>{words.accept}</button></div>"
            )
        if "ticker" in self.kinds:
            pieces.append(f'<div class="ticker">{words.latest}: {self.number("ticker", 10_000)}</div>')
        if "regions" in self.kinds:
            pieces.append(boxes.region(self, more))
        return "\n".join(pieces)

    def in_byline(self, words: Furniture) -> str:
        """Counters and relative times beside the byline."""
        pieces = []
        if "relative_times" in self.kinds:
            pieces.append(f'<span class="ago">{1 + self.number("ago", 58)} {words.minutes_ago}</span>')
        if "counters" in self.kinds:
            pieces.append(
                f'<span class="shares">{self.turn + self.number("shares", 9_000)}</span>'
                f'<span class="views">{self.turn + self.number("views", 90_000)}</span>'
            )
        return "".join(pieces)

    def below(self, words: Furniture) -> str:
        """What stands under the story: the appeal and the readers' comments."""
        pieces = []
        if "newsletter" in self.kinds:
            pieces.append(
                f'<aside class="newsletter"><p>{words.newsletter} #{self.number("letter", 500)}</p></aside>'
            )
        if "comments" in self.kinds:
            items = "".join(
                f"<li><b>reader{self.number(f'who{i}', 5_000)}</b> <p>+{self.number(f'vote{i}', 90)}</p></li>"
                for i in range(1 + self.turn % 4)
            )
            pieces.append(f'<section class="comments"><h2>{words.comments}</h2><ul>{items}</ul></section>')
        return "\n".join(pieces)

    def beside(self, words: Furniture, more: Inserts) -> str:
        """Worded advertisements and the live ticker for the side column."""
        pieces = []
        if "ads" in self.kinds:
            sponsor = escape(_SPONSORS[self.turn % len(_SPONSORS)])
            pieces.append(
                f'<div class="sponsored"><small>{words.advertisement}</small>'
                f'<a href="/ads/{self.token("sponsor", 8)}">{sponsor}</a></div>'
            )
        if "live_ticker" in self.kinds:
            pieces.append(boxes.live(self, more))
        return "\n".join(pieces)

    def in_footer(self) -> str:
        """The time of rendering, for readers of source code and for readers."""
        if "timestamps" not in self.kinds:
            return ""
        return f"<!-- rendered {self._clock()} by web{self.number('node', 40):02d} -->\n<p>{self._clock()}</p>"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Response headers."""
        if "headers" not in self.kinds:
            return ()
        return (
            ("X-Request-Id", self.token("request", 32)),
            ("Set-Cookie", f"visitor={self.token('visitor')}; Path=/"),
            ("Set-Cookie", f"edge={self.token('edge', 4)}; Path=/; SameSite=Lax"),
        )

    def over_all(self, html: str) -> str:
        """What touches the whole page: white space and the order of attributes."""
        if "white_space" in self.kinds:
            html = html.replace(">\n<", ">\n" + " " * (self.turn % 7) + "<")
            html += "\n" * (self.turn % 5)
        if "attribute_order" in self.kinds:
            html = _START_TAG.sub(self._reorder, html)
        return html

    def _reorder(self, match: re.Match[str]) -> str:
        attributes = _ATTRIBUTE.findall(match[2])
        cut = self.turn % len(attributes)
        return f"<{match[1]}{''.join(attributes[cut:] + attributes[:cut])}{match[3]}>"

    def _clock(self) -> str:
        minutes, seconds = divmod(self.turn, 60)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:{seconds:02d}.{self.number('ms', 1000):03d}"


_SPONSORS = (
    "Doctors hate this one trick",
    "Compare car insurance in two minutes",
    "The watch that everybody talks about",
    "A villa by the sea from 99 a month",
)
QUIET = Noise()
