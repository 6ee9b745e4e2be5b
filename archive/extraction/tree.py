"""Characters to a tree, within bounds.

Knows lxml's parser and its weak spots. Refuses to judge what on the page is article and what is not.
"""

from __future__ import annotations

import re

from lxml import etree, html

MAX_CHARS = 5_000_000
"""Characters that are parsed; the rest is ignored. The largest of 267 labelled news pages has 1.5 million."""

MAX_ELEMENTS = 20_000
"""Above this a page gets the plain reading instead of trafilatura, which needs 100 to 170 microseconds an element
on flat pages: at this limit two to three seconds. The largest of the labelled news pages has 3,129."""

_PROLOGUE = re.compile(r"\s*(?:<\?xml[^<>]*>\s*)?(?:<!doctype[^<>]*>)?", re.IGNORECASE)  # some upset libxml2
_SELF_CLOSED = re.compile(r"(<html\b[^>]*?)\s*/>", re.IGNORECASE)  # `<html … />` would end the page at once
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HUGE_TAG = re.compile(r"<([a-zA-Z][\w-]*)[^<>]{20000,}>")
"""A tag this long loses its attributes: 50,000 of them cost libxml2 four seconds, growing by the square."""

_NESTERS = re.compile(
    r"</?(?!(?:html|head|body|title|meta|link|script|style|p|h[1-6])\b)[a-z][^<>]*>", re.IGNORECASE
)


def parse(text: str) -> html.HtmlElement | None:
    """The `html` element of a page, without comments and processing instructions; None if there is none.

    libxml2 gives up 256 elements deep and loses all that follows. Such a page (unclosed tags, as a rule) is
    parsed again without the elements that nest, so that its paragraphs are still read.
    """
    text = _NOT_XML.sub("", text[:MAX_CHARS])
    text = text[prologue.end() :] if (prologue := _PROLOGUE.match(text)) else text
    text = _SELF_CLOSED.sub(r"\1>", text[:4096], count=1) + text[4096:]
    text = _HUGE_TAG.sub(r"<\1>", text)
    tree, too_deep = _parse(text)
    return _parse(_NESTERS.sub(" ", text))[0] if too_deep else tree


def _parse(text: str) -> tuple[html.HtmlElement | None, bool]:
    parser = html.HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None, False
    return tree, any("depth" in entry.message for entry in parser.error_log)


def oversized(tree: html.HtmlElement) -> bool:
    """True for a tree that only the plain reading may touch."""
    return sum(1 for _ in tree.iter()) > MAX_ELEMENTS


def text_of(element: html.HtmlElement) -> str:
    """All characters inside `element`, scripts and styles left out."""
    return "".join(_pieces(element))


def _pieces(element: html.HtmlElement) -> list[str]:
    # br counts as white space, or two words would run into one.
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if event == "start":
            pieces.append("" if node.tag in ("script", "style") else (node.text or ""))
        else:
            pieces.append(" " if node.tag == "br" else "")
            pieces.append((node.tail or "") if node is not element else "")
    return pieces
