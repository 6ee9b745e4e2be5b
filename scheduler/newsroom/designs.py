"""How a story's box is built: five designs for desks, one for small screens.

The element that holds the story's words is marked `itemprop="articleBody"` in each of them. Everything
else differs: elements, classes, order, and the furniture that stands within the box.
"""

from __future__ import annotations

from html import escape

from scheduler.newsroom.furniture import section_label
from scheduler.newsroom.noise import Noise
from scheduler.newsroom.parts import ArticlePage, Masthead, appeal, body, dates


def _broadsheet(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    words, labels = page.words, masthead.labels
    byline = f'<p class="byline">{labels.by} <a rel="author" href="/about">{escape(words.author)}</a></p>'
    return f"""<article itemscope itemtype="https://schema.org/NewsArticle">
<header><h1 itemprop="headline">{escape(words.title)}</h1>
{f'<p class="standfirst">{escape(words.standfirst)}</p>' if words.standfirst else ""}
{byline if words.author else ""}
<p class="dates">{dates(words, labels)} {noise.in_byline(labels)}</p></header>
<div class="{noise.cls("article-body")}" itemprop="articleBody">
{body(masthead, page, noise, "<p>{}</p>" + chr(10))}</div>
{appeal(page, labels)}
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
<div class="story-meta">{author} {dates(words, labels)} {noise.in_byline(labels)}</div></div>
<div class="share-bar"><button>{labels.share}</button></div>
<section class="{noise.cls("story-content")}" itemprop="articleBody">
{body(masthead, page, noise, '<div class="block"><p class="text">{}</p></div>' + chr(10))}</section>
{appeal(page, labels)}
{noise.below(labels)}</div>"""


def _wire_service(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    words, labels = page.words, masthead.labels
    author = f"<address>{labels.by} {escape(words.author)}</address>" if words.author else ""
    return f"""<article class="item">
<p class="dateline">{dates(words, labels)}</p>
<h1>{escape(words.title)}</h1>
{author}{noise.in_byline(labels)}
<div class="{noise.cls("item-text")}" itemprop="articleBody">
{f'<p class="lead"><b>{escape(words.standfirst)}</b></p>' if words.standfirst else ""}
{body(masthead, page, noise, "<p>{}</p>" + chr(10))}</div>
{appeal(page, labels)}
<p class="tools"><a href="/share">{labels.share}</a></p>
</article>
{noise.below(labels)}"""


def _portal(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    """Made by components: many containers, the author and the topics after the text."""
    words, labels, more = page.words, masthead.labels, masthead.more
    standfirst = f'<div data-component="intro"><strong>{escape(words.standfirst)}</strong></div>'
    contributor = f'<div data-component="byline-block"><span>{escape(words.author)}</span></div>'
    topic = section_label(words.section, masthead.language)
    return f"""<div id="app"><div class="{noise.cls("grid")}"><div role="main" class="{noise.cls("column-main")}">
<div data-component="headline-block"><h1 id="content" tabindex="-1"><span>{escape(words.title)}</span></h1></div>
<div data-component="metadata">{dates(words, labels)} {noise.in_byline(labels)}</div>
{contributor if words.author else ""}
{standfirst if words.standfirst else ""}
<div class="{noise.cls("rich-text")}" itemprop="articleBody">
{body(masthead, page, noise, '<div data-component="text-block"><div><p>{}</p></div></div>' + chr(10))}
</div>
{appeal(page, labels)}
<div data-component="topic-list"><h2>{more.topics}</h2>
<ul><li><a href="/{words.section}/">{topic}</a></li></ul></div>
</div></div></div>
{noise.below(labels)}"""


def _gazette(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    """As blogs are built: a post with its entry, what it is filed under, and a box about the author."""
    words, labels, more = page.words, masthead.labels, masthead.more
    section = section_label(words.section, masthead.language)
    card = f'<span class="author vcard"><a rel="author" href="/about">{escape(words.author)}</a></span>'
    about = f'<div class="author-box"><h4>{more.about_author}</h4><p>{escape(words.author)}</p></div>'
    neighbours = " ".join(f'<a rel="prev" href="{url}">{escape(text)}</a>' for text, url in page.others[:2])
    return f"""<div class="post hentry category-{words.section}">
<h1 class="entry-title">{escape(words.title)}</h1>
<div class="entry-meta"><span class="posted-on">{dates(words, labels)}</span>
{card if words.author else ""}
{noise.in_byline(labels)}</div>
{f'<div class="entry-summary"><p><em>{escape(words.standfirst)}</em></p></div>' if words.standfirst else ""}
<div class="{noise.cls("entry-content")}" itemprop="articleBody">
{body(masthead, page, noise, '<p class="has-text">{}</p>' + chr(10))}</div>
{appeal(page, labels)}
<div class="tags">{more.topics}: <a href="/{words.section}/">{section}</a></div>
{about if words.author else ""}
<div class="post-nav">{neighbours}</div>
<div class="share"><button>{labels.share}</button></div>
</div>
{noise.below(labels)}"""


DESIGNS = {
    "paper": _broadsheet,
    "mag": _magazine,
    "wire": _wire_service,
    "portal": _portal,
    "blog": _gazette,
}


def small(masthead: Masthead, page: ArticlePage, noise: Noise) -> str:
    """The page for small screens: the same words in elements of its own."""
    words, labels = page.words, masthead.labels
    author = f'<div class="m-author">{labels.by} {escape(words.author)}</div>' if words.author else ""
    return f"""<div class="m-story"><div class="m-head"><h1 class="m-title">{escape(words.title)}</h1>
{f'<div class="m-lead"><p>{escape(words.standfirst)}</p></div>' if words.standfirst else ""}
{author}<div class="m-dates">{dates(words, labels)}</div>
<div class="m-share"><button>{labels.share}</button></div></div>
<div class="m-text" itemprop="articleBody">
{body(masthead, page, noise, '<p class="m-p">{}</p>' + chr(10))}</div>
{appeal(page, labels)}
{noise.below(labels)}</div>"""
