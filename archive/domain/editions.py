"""A page's head → the other editions of its story: the same in other languages, each an article of its own. Pure.

They are what `hreflang` says they are: `rel="alternate"` with a language, in the page's head or its `Link` field.
A page's feeds, its print and its mobile twin are alternates too, and have none. An edition says nothing of
another: that one changed only makes one look at the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from html import unescape
from typing import Final

import regex

from archive.domain.urls import InvalidUrl, normalise

MOST: Final = 30
"""More pages than this are no editions of one story, but a mistake in a template. Chosen: the European Union has
24 languages."""

JUST_NOW: Final = timedelta(hours=1)
"""An edition that changed itself within this time is not pulled: what it did is what the others follow. Chosen."""

_HEAD_ENDS = regex.compile(r"</head\s*>|<body\b", regex.IGNORECASE)
_OPAQUE = regex.compile(
    r"<!--.*?-->|<(script|style|template|noscript)\b.*?</\1\s*>", regex.IGNORECASE | regex.DOTALL
)
_LINK = regex.compile(r"<link\b([^>]*)>", regex.IGNORECASE)
_ATTRIBUTE = regex.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FIELD = regex.compile(r"<([^<>]*)>([^<>]*)")
_PARAMETER = regex.compile(r""";\s*([\w-]+)\*?\s*=\s*(?:"([^"]*)"|([^\s",;]+))""")


def editions(markup: str, fields: Iterable[str], base: str) -> tuple[str, ...]:
    """The addresses of the other editions that a page at `base` names, sorted; none where there are too many.

    `fields` are the values of its `Link` fields.
    """
    own = normalise(base)
    found = set()
    for href, rel, language in (*_in_head(markup), *_in_fields(fields)):
        if "alternate" in rel.lower().split() and language.strip():
            try:
                found.add(normalise(href.strip(), base))
            except InvalidUrl:
                continue
    found.discard(own)
    return tuple(sorted(found)) if len(found) <= MOST else ()


def _in_head(markup: str) -> Iterator[tuple[str, str, str]]:
    """Address, relation and language of each `<link>`."""
    end = _HEAD_ENDS.search(markup)
    head = markup[: end.start()] if end else markup
    if "hreflang" not in head.lower():
        return
    for element in _LINK.finditer(_OPAQUE.sub(" ", head)):
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(element[1])}
        yield given.get("href", ""), given.get("rel", ""), given.get("hreflang", "")


def _in_fields(fields: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for value in fields:
        for target, parameters in _FIELD.findall(value):
            given = {name.lower(): a or b for name, a, b in reversed(_PARAMETER.findall(parameters))}
            yield target, given.get("rel", ""), given.get("hreflang", "")
