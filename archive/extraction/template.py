"""A page's mark-up → a sketch of its template.

Knows elements, their classes, ids and roles, and what stands in what, and not a word of the page. Two pages
of one template share most of the sketch, whatever their stories are; after a redesign they share little. What
changes from one build of a site to the next (hashes in class names, numbers in ids) is left out.

The sketch is a bottom-k sample (Broder 1997) of the set of the page's marks, in text: the `SIZE` smallest of their
hashes, four characters each, in order. A page with fewer marks is told in full.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree, html

SIZE: Final = 48
"""Hashes in a sketch: 192 characters. The share that two pages have in common is known to about 7 in 100."""

_HASHED = re.compile(
    r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{5,}|[A-Za-z]*[a-z][A-Z]{2,}[a-z]\w*|[b-df-hj-np-tv-z]{5,}"
)
_SPLIT = re.compile(r"--|__|[-_:]")
_ROLES = ("role", "itemprop", "data-testid", "data-component", "data-module")
_TOLD = ("class", "id", *_ROLES)

_NOT_SEEN = frozenset({"script", "style", "noscript", "template"})
_TEXT = frozenset(
    {"a", "b", "i", "em", "strong", "span", "p", "br", "li", "ul", "ol", "img", "h2", "h3", "h4", "q"}
)
"""Elements of any text: without a name of their own they say nothing of the template."""


def sketch(tree: html.HtmlElement) -> str:
    """The sketch of the page's template; empty where there is no body."""
    marks = {mark for body in tree.iter("body") for mark in _marks(body)}
    return "".join(sorted(map(_short, marks))[:SIZE])


def _short(mark: str) -> str:
    digest = hashlib.blake2b(mark.encode("utf-8", "surrogatepass"), digest_size=3).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")


def _marks(body: html.HtmlElement) -> Iterator[str]:
    """What the elements are called, each under the name of the one around it."""
    names: dict[html.HtmlElement, str] = {}
    for element in body.iter(etree.Element):
        if element.tag in _NOT_SEEN:
            continue
        tag, told = element.tag, element.get
        name = names[element] = _name(tag, *[told(key) for key in _TOLD])
        if name != tag or tag not in _TEXT:
            yield f"{names.get(element.getparent(), '')}>{name}"


@functools.lru_cache(maxsize=4096)  # most elements are like others of their page
def _name(tag: str, classes: str | None, own: str | None, *roles: str | None) -> str:
    """The tag with the classes, id and roles that the template gave it."""
    kept = sorted({name for word in (classes or "").split() if (name := _steady(word))})
    parts = [tag, *(f".{name}" for name in kept)]
    parts += [f"#{name}" for name in (_steady(own or ""),) if name]
    parts += [f"[{key}={_steady(value)}]" for key, value in zip(_ROLES, roles, strict=True) if value]
    return "".join(parts)


def _steady(name: str) -> str:
    """A name without the parts that a build or a story gave it."""
    parts = [part for part in _SPLIT.split(name) if part and not _HASHED.fullmatch(part)]
    return "-".join(part.lower() for part in parts if not any(sign.isdigit() for sign in part))
