"""The values that the templates take, and the small pieces of markup that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from scheduler.newsroom import boxes
from scheduler.newsroom.absences import Absences, absences
from scheduler.newsroom.boxes import Link
from scheduler.newsroom.furniture import Furniture, furniture
from scheduler.newsroom.inserts import Inserts, inserts
from scheduler.newsroom.noise import Noise
from scheduler.newsroom.story import Words

STOCK_PHOTO = "/static/photo.svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What all pages of an outlet share."""

    title: str
    base: str  #: scheme and host
    language: str
    sections: tuple[str, ...]
    design: int = 0  #: counts redesigns
    article_body: bool = False  #: the whole text stands in the structured data, too

    @property
    def labels(self) -> Furniture:
        """The outlet's labels in its language."""
        return furniture(self.language)

    @property
    def absences(self) -> Absences:
        """What the outlet says in place of a story, in its language."""
        return absences(self.language)

    @property
    def more(self) -> Inserts:
        """What the outlet puts between paragraphs, in its language."""
        return inserts(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """What one article page shows."""

    words: Words
    canonical: str
    amp_url: str = ""
    others: tuple[Link, ...] = ()  #: to choose related and most-read stories from
    free: int | None = None  #: paragraphs before a paywall and its appeal; None: no paywall
    appeal: str = ""  #: what the paywall says
    noindex: bool = False

    @property
    def walled(self) -> bool:
        """Whether a paywall stands before the rest."""
        return self.free is not None


def stamp(moment: datetime) -> str:
    """`2026-03-02T08:00:00+00:00`: dates for machines, to the second."""
    return moment.isoformat(timespec="seconds")


def shown(page: ArticlePage) -> list[str]:
    """The paragraphs that a reader sees, the first one behind its dateline."""
    paragraphs = list(page.words.paragraphs[: page.free])
    if page.words.dateline and paragraphs:
        paragraphs[0] = f"{page.words.dateline} – {paragraphs[0]}"
    return paragraphs


def body(masthead: Masthead, page: ArticlePage, noise: Noise, pattern: str) -> str:
    """The paragraphs, each in `pattern`, with a figure after the first and corrections at the end."""
    words, paragraphs = page.words, shown(page)
    between = boxes.within(noise, masthead.labels, masthead.more, page.others, len(paragraphs))
    pieces = [between.get(0, "")]
    for number, paragraph in enumerate(paragraphs, 1):
        piece = pattern.format(_linked(paragraph, words.links))
        pieces.append(_post(piece, number, len(paragraphs)) if words.live else piece)
        if number == 1 and (words.caption or words.image):
            pieces.append(figure(words, noise))
        pieces.append(between.get(number, ""))
    if not page.walled:
        pieces += [
            f'<p class="correction"><strong>{masthead.labels.correction}:</strong> {escape(note)}</p>\n'
            for note in words.notes
        ]
    return "".join(pieces)


def figure(words: Words, noise: Noise) -> str:
    """The picture and the text below it."""
    caption = f"<figcaption>{escape(words.caption)}</figcaption>" if words.caption else ""
    return f'<figure><img alt="" src="{noise.image(words.image or STOCK_PHOTO)}">{caption}</figure>\n'


def _linked(paragraph: str, links: Sequence[Link]) -> str:
    html = escape(paragraph)
    for text, url in links:
        html = html.replace(escape(text), f'<a href="{escape(url)}">{escape(text)}</a>', 1)
    return html


def _post(piece: str, number: int, count: int) -> str:
    """A post of a live blog; the oldest one is number 1."""
    return f'<div class="post" id="post-{count + 1 - number}">\n{piece}</div>\n'


def dates(words: Words, labels: Furniture) -> str:
    """When it was published and, if it was, updated."""
    published = _time("datePublished", words.published, labels.published)
    if words.modified == words.published:
        return published
    return published + " " + _time("dateModified", words.modified, labels.updated)


def _time(name: str, moment: datetime, label: str) -> str:
    return f'<time itemprop="{name}" datetime="{stamp(moment)}">{label} {moment:%d.%m.%Y %H:%M}</time>'


def appeal(page: ArticlePage, labels: Furniture) -> str:
    """What stands at a paywall in place of the rest."""
    if not page.walled:
        return ""
    said = page.appeal or labels.subscribe
    return f'<div class="paywall"><h2>{said}</h2><a href="/login">{labels.sign_in}</a></div>'


def listing(heading: str, links: Sequence[Link]) -> str:
    """A list of links under its heading."""
    if not links:
        return ""
    items = "".join(f'<li><a href="{url}">{escape(text)}</a></li>\n' for text, url in links)
    return f"<section><h2>{heading}</h2>\n<ul>\n{items}</ul></section>"
