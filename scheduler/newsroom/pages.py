"""HTML of a pretend outlet: article pages, fronts, notices, barriers.

Values in, text out. A page carries what real ones carry around a story: header, menu, byline, dates,
figure, side column, footer, JSON-LD, Open Graph, canonical. How the story's box is built is told in
`designs`. Nothing here knows state, time or HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from scheduler.newsroom.absences import Absences
from scheduler.newsroom.boxes import Link
from scheduler.newsroom.designs import DESIGNS, small
from scheduler.newsroom.furniture import Furniture, direction, section_label
from scheduler.newsroom.noise import QUIET, Noise
from scheduler.newsroom.parts import ArticlePage, Masthead, listing, shown, stamp
from scheduler.newsroom.story import Words

SKINS = tuple(DESIGNS)
SIDE_LINKS = 5  #: links in each list of the side column


def article(masthead: Masthead, page: ArticlePage, noise: Noise = QUIET) -> str:
    """An article page in the outlet's design of the day."""
    core = small if noise.mobile else DESIGNS[_skin(masthead)]
    main, head = core(masthead, page, noise), _article_head(masthead, page)
    return document(masthead, page.words.title, main, head=head, others=page.others, noise=noise)


def _skin(masthead: Masthead) -> str:
    return SKINS[masthead.design % len(SKINS)]


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
    labels, skin = masthead.labels, _skin(masthead)
    frame = _FRAMES["mobile" if noise.mobile else skin]
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
{noise.above(labels, masthead.more)}
{frame(masthead, skin, main, others, noise)}
</body>
</html>
"""
    return noise.over_all(html)


def _plain_frame(masthead: Masthead, skin: str, main: str, others: Sequence[Link], noise: Noise) -> str:
    """Header, the main column, the side column, footer."""
    return f"""<header class="{noise.cls(skin + "-top")}">{_brand(masthead)}
{_menu(masthead)}
{_search(masthead)}</header>
<main id="main">
{main}
</main>
<aside class="{noise.cls(skin + "-side")}">
{_side(masthead, others, noise)}
</aside>
<footer>{_foot(masthead, noise)}</footer>"""


def _portal_frame(masthead: Masthead, skin: str, main: str, others: Sequence[Link], noise: Noise) -> str:
    """The menu behind the search, the lists below the story within the same column."""
    return f"""<div role="banner" class="{noise.cls(skin + "-bar")}">{_search(masthead)}{_brand(masthead)}</div>
{_menu(masthead)}
<main id="main-content">
{main}
<div class="{noise.cls(skin + "-onward")}" data-component="onward-journeys">
{_side(masthead, others, noise)}
</div></main>
<div role="contentinfo">{_foot(masthead, noise)}</div>"""


def _blog_frame(masthead: Masthead, skin: str, main: str, others: Sequence[Link], noise: Noise) -> str:
    """Nothing but divisions with names."""
    return f"""<div id="page" class="hfeed site"><div id="masthead">{_brand(masthead)}{_menu(masthead)}</div>
<div id="content" class="site-content"><div id="primary">
{main}
</div>
<div id="secondary" class="{noise.cls(skin + "-widgets")}">{_search(masthead)}
{_side(masthead, others, noise)}
</div></div>
<div id="colophon">{_foot(masthead, noise)}</div></div>"""


def _mobile_frame(masthead: Masthead, skin: str, main: str, others: Sequence[Link], noise: Noise) -> str:
    """No side column; one list below the story, the menu at the very end."""
    return f"""<div class="m-bar">{_brand(masthead)} <button>☰</button></div>
<div class="m-page {noise.cls(skin)}">
{main}
{listing(masthead.labels.most_read, noise.choose("most_read", others, SIDE_LINKS))}
</div>
<div class="m-foot">{_menu(masthead)}{_foot(masthead, noise)}</div>"""


_FRAMES = {
    "paper": _plain_frame,
    "mag": _plain_frame,
    "wire": _plain_frame,
    "portal": _portal_frame,
    "blog": _blog_frame,
    "mobile": _mobile_frame,
}


def _brand(masthead: Masthead) -> str:
    return f'<a href="/" rel="home">{escape(masthead.title)}</a>'


def _search(masthead: Masthead) -> str:
    return f'<form action="/search"><input name="q" placeholder="{masthead.labels.search}"></form>'


def _side(masthead: Masthead, others: Sequence[Link], noise: Noise) -> str:
    labels = masthead.labels
    return "\n".join(
        (
            noise.beside(labels, masthead.more),
            listing(labels.related, noise.choose("related", others, SIDE_LINKS)),
            listing(labels.most_read, noise.choose("most_read", others[::-1], SIDE_LINKS)),
        )
    )


def _foot(masthead: Masthead, noise: Noise) -> str:
    labels = masthead.labels
    return f"""<p>© {escape(masthead.title)}</p>
<a href="/about">{labels.about}</a> <a href="/contact">{labels.contact}</a>
<a href="/privacy">{labels.privacy}</a>
{noise.in_footer()}"""


def notice(masthead: Masthead, headline: str, others: Sequence[Link] = ()) -> str:
    """A page with one thing to say: not found, sign in, about us."""
    latest = listing(masthead.labels.latest, others[:SIDE_LINKS])
    return document(masthead, headline, f'<div class="notice"><h1>{escape(headline)}</h1>\n{latest}</div>')


def mislaid(masthead: Masthead, stories: Sequence[tuple[str, str, str]]) -> str:
    """A page for addresses that lead nowhere, at length: what may have happened, and teasers of other stories."""
    labels = masthead.labels
    said = f"<h1>{labels.not_found}</h1>\n<p>{masthead.absences.mislaid}</p>"
    others = f'<section class="teasers"><h2>{labels.related}</h2>\n{_teasers(stories, QUIET)}</section>'
    return document(masthead, labels.not_found, f'<div class="notice error-404">{said}\n{others}</div>')


def hollow(masthead: Masthead, url: str, others: Sequence[Link]) -> str:
    """The template of a story, with nothing in it: its row in the database is gone, its route is not."""
    main = '<article><h1></h1><div itemprop="articleBody"></div></article>'
    return document(masthead, "", main, head=_self(url, "article"), others=others)


def challenge(masthead: Masthead) -> str:
    """Cloudflare's check of a browser: no words of the outlet, a script, a form."""
    return (
        '<!doctype html>\n<html lang="en-US">\n<head><title>Just a moment...</title>\n'
        '<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>\n'
        f"<body><noscript>Enable JavaScript and cookies to continue to {escape(masthead.base)}</noscript>\n"
        '<form id="challenge-form" method="POST"><input type="hidden" name="token" value="0"></form>\n'
        "<script>window._cf_chl_opt={cType:'managed'};</script>\n"
        '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body>\n</html>\n'
    )


def front(
    masthead: Masthead, heading: str, url: str, stories: Sequence[tuple[str, str, str]], noise: Noise = QUIET
) -> str:
    """A home page or section front; `stories` are (headline, URL, first words)."""
    main = f"<h1>{escape(heading)}</h1>\n{_teasers(stories, noise)}"
    return document(masthead, heading, main, head=_self(url, "website"), noise=noise)


def _self(url: str, kind: str) -> str:
    """What a page calls itself that is no story."""
    return (
        f'<link rel="canonical" href="{url}">\n'
        f'<meta property="og:url" content="{url}">\n<meta property="og:type" content="{kind}">\n'
    )


def _teasers(stories: Sequence[tuple[str, str, str]], noise: Noise) -> str:
    return "\n".join(
        f'<div class="teaser"><a href="{url}"><img alt="" src="{noise.asset("/static/photo.svg")}"></a>\n'
        f'<h2><a href="{url}">{escape(title)}</a></h2>\n<p>{escape(lead)}</p></div>'
        for title, url, lead in stories
    )


def _menu(masthead: Masthead) -> str:
    links = [(masthead.labels.home, "/")]
    links += [(section_label(section, masthead.language), f"/{section}/") for section in masthead.sections]
    return (
        "<nav><ul>"
        + "".join(f'<li><a href="{url}">{escape(text)}</a></li>' for text, url in links)
        + "</ul></nav>"
    )


def _article_head(masthead: Masthead, page: ArticlePage) -> str:
    words = page.words
    lead = escape(words.standfirst or words.paragraphs[0] if words.paragraphs else words.standfirst)
    lines = [
        f'<link rel="canonical" href="{page.canonical}">',
        '<meta name="robots" content="noindex, nofollow">' if page.noindex else "",
        f'<link rel="amphtml" href="{page.amp_url}">' if page.amp_url else "",
        f'<meta name="description" content="{lead}">',
        f'<meta name="author" content="{escape(words.author)}">' if words.author else "",
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(words.title)}">',
        f'<meta property="og:description" content="{lead}">',
        f'<meta property="og:url" content="{page.canonical}">',
        f'<meta property="og:site_name" content="{escape(masthead.title)}">',
        f'<meta property="og:image" content="{masthead.base}{words.image}">' if words.image else "",
        f'<meta property="article:published_time" content="{stamp(words.published)}">',
        f'<meta property="article:modified_time" content="{stamp(words.modified)}">',
    ]
    return "\n".join(line for line in lines if line) + "\n" + _json_ld(masthead, page)


def _json_ld(masthead: Masthead, page: ArticlePage) -> str:
    words = page.words
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting" if words.live else "NewsArticle",
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
    if words.image:
        data["image"] = [masthead.base + words.image]
    if masthead.article_body:
        data["articleBody"] = "\n".join(shown(page))
    if words.live:
        data["coverageStartTime"] = stamp(words.published)
        data["liveBlogUpdate"] = [{"@type": "BlogPosting", "articleBody": post} for post in words.paragraphs]
    text = json.dumps(data).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>\n'


def dressed(masthead: Masthead) -> Masthead:
    """The same outlet in its next design."""
    return replace(masthead, design=masthead.design + 1)


def gone_words(words: Words, how: str, labels: Furniture, said: Absences) -> Words:
    """What a page shows when its words were taken away but the page was not."""
    if how == "editors_note":
        return replace(words, title=said.note, paragraphs=(said.withdrawn,), standfirst="", caption="", notes=())
    if how == "emptied":
        return replace(words, paragraphs=(labels.removed + ".",), standfirst="", caption="", notes=())
    if how == "retracted":
        title = f"{labels.retracted}: {words.title}"
        return replace(
            words, title=title, paragraphs=(labels.retraction + ".",), standfirst="", caption="", notes=()
        )
    return words
