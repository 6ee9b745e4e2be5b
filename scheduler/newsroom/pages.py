"""HTML of a pretend outlet: article pages in three designs, fronts, notices, barriers.

Values in, text out. A page carries what real ones carry around a story: header, menu, byline, dates,
figure, side column, footer, JSON-LD, Open Graph, canonical. The element that holds the story's words is
marked `itemprop="articleBody"` in every design. Nothing here knows state, time or HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from scheduler.newsroom.furniture import Furniture, direction, furniture, section_label
from scheduler.newsroom.noise import QUIET, Noise
from scheduler.newsroom.story import Words

Link = tuple[str, str]
"""Text and URL."""

DESIGNS = 3
SIDE_LINKS = 5  #: links in each list of the side column


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What all pages of an outlet share."""

    title: str
    base: str  #: scheme and host
    language: str
    sections: tuple[str, ...]
    design: int = 0  #: counts redesigns

    @property
    def labels(self) -> Furniture:
        """The outlet's labels in its language."""
        return furniture(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """What one article page shows."""

    words: Words
    canonical: str
    amp_url: str = ""
    others: tuple[Link, ...] = ()  #: to choose related and most-read stories from
    walled: bool = False  #: first paragraph and an appeal only


def stamp(moment: datetime) -> str:
    """`2026-03-02T08:00:00+00:00`: dates for machines, to the second."""
    return moment.isoformat(timespec="seconds")


def article(masthead: Masthead, page: ArticlePage, noise: Noise = QUIET) -> str:
    """An article page in the outlet's design of the day."""
    core = (_broadsheet, _magazine, _wire_service)[masthead.design % DESIGNS]
    main = core(masthead, page, noise)
    return document(
        masthead, page.words.title, main, head=_article_head(masthead, page), others=page.others, noise=noise
    )


def amp(masthead: Masthead, page: ArticlePage) -> str:
    """The AMP twin: the same words, hardly any furniture."""
    words = page.words
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in words.paragraphs)
    return (
        f'<!doctype html>\n<html amp lang="{masthead.language}" dir="{direction(masthead.language)}">\n'
        "<head>\n"
        f'<meta charset="utf-8">\n<title>{escape(words.title)}</title>\n'
        f'<link rel="canonical" href="{page.canonical}">\n{_json_ld(masthead, page)}</head>\n'
        f'<body><article><h1>{escape(words.title)}</h1>\n<div itemprop="articleBody">\n{body}</div></article>'
        f"</body>\n</html>\n"
    )


def document(
    masthead: Masthead,
    title: str,
    main: str,
    *,
    head: str = "",
    others: Sequence[Link] = (),
    noise: Noise = QUIET,
) -> str:
    """A whole page: `main` within header, menu, side column and footer."""
    labels = masthead.labels
    skin = ("paper", "mag", "wire")[masthead.design % DESIGNS]
    html = f"""<!doctype html>
<html lang="{masthead.language}" dir="{direction(masthead.language)}">
<head>
<meta charset="utf-8">
<title>{escape(title)} | {escape(masthead.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" type="text/css" href="{noise.asset(f"/static/{skin}.css")}">
<link rel="alternate" type="application/rss+xml" title="RSS" href="/rss.xml">
<link rel="alternate" type="application/atom+xml" title="Atom" href="/atom.xml">
<link rel="alternate" type="application/feed+json" title="JSON" href="/feed.json">
{noise.in_head()}
{head}<script{noise.nonce("boot")}>window.newsroom={{"design":"{skin}"}};</script>
</head>
<body class="{noise.cls(skin)}">
{noise.above(labels)}
<header class="{noise.cls(skin + "-top")}"><a href="/" rel="home">{escape(masthead.title)}</a>
{_menu(masthead)}
<form action="/search"><input name="q" placeholder="{labels.search}"></form></header>
<main id="main">
{main}
</main>
<aside class="{noise.cls(skin + "-side")}">
{noise.beside(labels)}
{_list(labels.related, noise.choose("related", others, SIDE_LINKS))}
{_list(labels.most_read, noise.choose("most_read", others[::-1], SIDE_LINKS))}
</aside>
<footer><p>© {escape(masthead.title)}</p>
<a href="/about">{labels.about}</a> <a href="/contact">{labels.contact}</a>
<a href="/privacy">{labels.privacy}</a>
{noise.in_footer()}</footer>
</body>
</html>
"""
    return noise.over_all(html)


def notice(masthead: Masthead, headline: str, others: Sequence[Link] = ()) -> str:
    """A page with one thing to say: not found, sign in, about us."""
    latest = _list(masthead.labels.latest, others[:SIDE_LINKS])
    return document(masthead, headline, f'<div class="notice"><h1>{escape(headline)}</h1>\n{latest}</div>')


def challenge(masthead: Masthead) -> str:
    """A bot check: no words of the outlet, a script, a form."""
    return (
        '<!doctype html>\n<html lang="en-US">\n<head><title>Just a moment...</title>\n'
        '<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>\n'
        f"<body><noscript>Enable JavaScript and cookies to continue to {escape(masthead.base)}</noscript>\n"
        '<form id="challenge-form" method="POST"><input type="hidden" name="token" value="0"></form>\n'
        "<script>window.check={};</script></body>\n</html>\n"
    )


def front(masthead: Masthead, heading: str, stories: Sequence[tuple[str, str, str]], noise: Noise = QUIET) -> str:
    """A home page or section front; `stories` are (headline, URL, first words)."""
    teasers = "\n".join(
        f'<div class="teaser"><a href="{url}"><img alt="" src="{noise.asset("/static/photo.svg")}"></a>\n'
        f'<h2><a href="{url}">{escape(title)}</a></h2>\n<p>{escape(lead)}</p></div>'
        for title, url, lead in stories
    )
    return document(masthead, heading, f"<h1>{escape(heading)}</h1>\n{teasers}", noise=noise)


def _menu(masthead: Masthead) -> str:
    links = [(masthead.labels.home, "/")]
    links += [(section_label(section, masthead.language), f"/{section}/") for section in masthead.sections]
    return (
        "<nav><ul>"
        + "".join(f'<li><a href="{url}">{escape(text)}</a></li>' for text, url in links)
        + "</ul></nav>"
    )


def _list(heading: str, links: Sequence[Link]) -> str:
    if not links:
        return ""
    items = "".join(f'<li><a href="{url}">{escape(text)}</a></li>\n' for text, url in links)
    return f"<section><h2>{heading}</h2>\n<ul>\n{items}</ul></section>"


def _article_head(masthead: Masthead, page: ArticlePage) -> str:
    words = page.words
    lead = escape(words.standfirst or words.paragraphs[0] if words.paragraphs else words.standfirst)
    lines = [
        f'<link rel="canonical" href="{page.canonical}">',
        f'<link rel="amphtml" href="{page.amp_url}">' if page.amp_url else "",
        f'<meta name="description" content="{lead}">',
        f'<meta name="author" content="{escape(words.author)}">' if words.author else "",
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(words.title)}">',
        f'<meta property="og:description" content="{lead}">',
        f'<meta property="og:url" content="{page.canonical}">',
        f'<meta property="og:site_name" content="{escape(masthead.title)}">',
        f'<meta property="article:published_time" content="{stamp(words.published)}">',
        f'<meta property="article:modified_time" content="{stamp(words.modified)}">',
    ]
    return "\n".join(line for line in lines if line) + "\n" + _json_ld(masthead, page)


def _json_ld(masthead: Masthead, page: ArticlePage) -> str:
    words = page.words
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": page.canonical},
        "headline": words.title,
        "datePublished": stamp(words.published),
        "dateModified": stamp(words.modified),
        "articleSection": section_label(words.section, masthead.language),
        "inLanguage": masthead.language,
        "publisher": {"@type": "NewsMediaOrganization", "name": masthead.title, "url": masthead.base},
        "isAccessibleForFree": not page.walled,
    }
    if words.author:
        data["author"] = [{"@type": "Person", "name": words.author}]
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>\n'


def _body(page: ArticlePage, labels: Furniture, noise: Noise, pattern: str) -> str:
    """The paragraphs, each in `pattern`, with a figure after the first and corrections at the end."""
    words = page.words
    shown = words.paragraphs[:1] if page.walled else words.paragraphs
    pieces = []
    for number, paragraph in enumerate(shown, 1):
        pieces.append(pattern.format(escape(paragraph)))
        if number == 1 and words.caption:
            pieces.append(
                f'<figure><img alt="" src="{noise.asset("/static/photo.svg")}">'
                f"<figcaption>{escape(words.caption)}</figcaption></figure>\n"
            )
        pieces.append(noise.between(number))
    if not page.walled:
        pieces += [
            f'<p class="correction"><strong>{labels.correction}:</strong> {escape(note)}</p>\n'
            for note in words.notes
        ]
    return "".join(pieces)


def _dates(words: Words, labels: Furniture) -> str:
    published = _time("datePublished", words.published, labels.published)
    if words.modified == words.published:
        return published
    return published + " " + _time("dateModified", words.modified, labels.updated)


def _time(name: str, moment: datetime, label: str) -> str:
    return f'<time itemprop="{name}" datetime="{stamp(moment)}">{label} {moment:%d.%m.%Y %H:%M}</time>'


def _appeal(page: ArticlePage, labels: Furniture) -> str:
    if not page.walled:
        return ""
    return f'<div class="paywall"><h2>{labels.subscribe}</h2><a href="/login">{labels.sign_in}</a></div>'


def _broadsheet(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    words, labels = page.words, masthead.labels
    byline = f'<p class="byline">{labels.by} <a rel="author" href="/about">{escape(words.author)}</a></p>'
    return f"""<article itemscope itemtype="https://schema.org/NewsArticle">
<header><h1 itemprop="headline">{escape(words.title)}</h1>
{f'<p class="standfirst">{escape(words.standfirst)}</p>' if words.standfirst else ""}
{byline if words.author else ""}
<p class="dates">{_dates(words, labels)} {noise.in_byline(labels)}</p></header>
<div class="{noise.cls("article-body")}" itemprop="articleBody">
{_body(page, labels, noise, "<p>{}</p>" + chr(10))}</div>
{_appeal(page, labels)}
<div class="share"><a href="/share">{labels.share}</a></div>
</article>
{noise.below(labels)}"""


def _magazine(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    words, labels = page.words, masthead.labels
    author = f'<span class="story-author">{escape(words.author)}</span>' if words.author else ""
    return f"""<div class="story" data-kind="longread">
<div class="story-hero"><span class="kicker">{section_label(words.section, masthead.language)}</span>
<h1 class="story-title">{escape(words.title)}</h1>
{f'<h2 class="story-deck">{escape(words.standfirst)}</h2>' if words.standfirst else ""}
<div class="story-meta">{author} {_dates(words, labels)} {noise.in_byline(labels)}</div></div>
<div class="share-bar"><button>{labels.share}</button></div>
<section class="{noise.cls("story-content")}" itemprop="articleBody">
{_body(page, labels, noise, '<div class="block"><p class="text">{}</p></div>' + chr(10))}</section>
{_appeal(page, labels)}
{noise.below(labels)}</div>"""


def _wire_service(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    words, labels = page.words, masthead.labels
    author = f"<address>{labels.by} {escape(words.author)}</address>" if words.author else ""
    return f"""<article class="item">
<p class="dateline">{_dates(words, labels)}</p>
<h1>{escape(words.title)}</h1>
{author}{noise.in_byline(labels)}
<div class="{noise.cls("item-text")}" itemprop="articleBody">
{f'<p class="lead"><b>{escape(words.standfirst)}</b></p>' if words.standfirst else ""}
{_body(page, labels, noise, "<p>{}</p>" + chr(10))}</div>
{_appeal(page, labels)}
<p class="tools"><a href="/share">{labels.share}</a></p>
</article>
{noise.below(labels)}"""


def dressed(masthead: Masthead) -> Masthead:
    """The same outlet in its next design."""
    return replace(masthead, design=masthead.design + 1)


def gone_words(words: Words, how: str, labels: Furniture) -> Words:
    """What a page shows when its words were taken away but the page was not."""
    if how == "emptied":
        return replace(words, paragraphs=(labels.removed + ".",), standfirst="", caption="", notes=())
    if how == "retracted":
        title = f"{labels.retracted}: {words.title}"
        return replace(
            words, title=title, paragraphs=(labels.retraction + ".",), standfirst="", caption="", notes=()
        )
    return words
