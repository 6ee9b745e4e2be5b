"""What a page says of itself in JSON-LD and microdata.

Knows schema.org's shapes and the ways in which they arrive broken. Refuses to believe any of it: values
are handed on as written, and other modules weigh them against what the page shows.
"""

from __future__ import annotations

import html as entities
import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import html

from archive.extraction.characters import tidy
from archive.extraction.tree import text_of

_MAX_SCRIPTS = 40  # a page has rarely more than ten
_MAX_SCRIPT = 1_000_000  # characters; above that it is no description of an article
_MAX_NODES = 2_000  # objects looked at on one page: long lists of related items end somewhere

_ARTICLE = re.compile(r"(Article|Posting|Report|Review)$")
_OPENING = re.compile(r"\s*(?://|/\*)?\s*(?:<!--|<!\[CDATA\[)?\s*(?:\*/)?\s*")  # what may stand before the value
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_MARKUP = re.compile(r"<[^<>]{1,500}>")
_PARAGRAPH_END = re.compile(r"<br\b[^<>]*>|</?p\b[^<>]*>|</?div\b[^<>]*>|</li>|[\r\n]+", re.IGNORECASE)
_ABOUT_THE_SITE = frozenset(
    {"Organization", "NewsMediaOrganization", "WebSite", "BreadcrumbList", "Person", "ImageObject"}
)
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """Statements about the page's main entity. Empty values: nothing said."""

    types: tuple[str, ...] = ()
    headline: str = ""
    description: str = ""
    article_body: str = ""  #: paragraphs, one a line
    published: str = ""
    modified: str = ""
    free: bool | None = None
    authors: tuple[str, ...] = ()
    publisher: str = ""


def read_claims(tree: html.HtmlElement) -> Claims:
    """The claims of the page's article; microdata speaks only where there is no JSON-LD about an article."""
    nodes = _nodes(tree)
    main = next((node for node in nodes if _is_article(node)), None) or _microdata(tree)
    if main is None:
        return Claims(types=_other_types(nodes))
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return Claims(
        types=_types(main),
        headline=_text(main.get("headline")) or _text(main.get("name")),
        description=_text(main.get("description")),
        article_body=_lines(main.get("articleBody")),
        published=_text(main.get("datePublished")),
        modified=_text(main.get("dateModified")),
        free=_truth(main.get("isAccessibleForFree")),
        authors=tuple(dict.fromkeys(_names(main.get("author"), by_id) or _names(main.get("creator"), by_id))),
        publisher=next(iter(_names(main.get("publisher"), by_id)), ""),
    )


def _nodes(tree: html.HtmlElement) -> list[Node]:
    """All objects that describe the page itself, in document order: not those of lists and breadcrumbs."""
    scripts = [s for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower()]
    waiting: list[Any] = [_load(script.text or "") for script in scripts[:_MAX_SCRIPTS]]
    waiting.reverse()
    found: list[Node] = []
    while waiting and len(found) < _MAX_NODES:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            found.append(value)
            waiting.extend(value[key] for key in reversed(_INSIDE) if isinstance(value.get(key), dict | list))
    return found


def _load(script: str) -> Any:
    """The value in a script element; None for what cannot be mended.

    Mended are: comment and CDATA wrappers, raw control characters in strings, trailing commas, backslashes
    that escape nothing, quotes written as entities, and anything after the first value.
    """
    opening = _OPENING.match(script)
    text = script[opening.end() if opening else 0 :][:_MAX_SCRIPT]
    if text.startswith(("{&quot;", "[{&quot;")):
        text = entities.unescape(text)
    decoder = json.JSONDecoder(strict=False)
    for mended in (text, _BAD_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub(r"\1", text))):
        try:
            return decoder.raw_decode(mended)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _types(node: Node) -> tuple[str, ...]:
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return tuple(name.rpartition("/")[2].removeprefix("schema:") for name in names if isinstance(name, str))


def _is_article(node: Node) -> bool:
    return any(_ARTICLE.search(name) for name in _types(node)) and bool(node.get("headline") or node.get("name"))


def _other_types(nodes: list[Node]) -> tuple[str, ...]:
    return next((types for node in nodes if (types := _types(node)) and not _ABOUT_THE_SITE & set(types)), ())


def _text(value: Any) -> str:
    """A value as one line of text; the first one of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return ""
    return tidy(_MARKUP.sub(" ", entities.unescape(value))) if "&" in value or "<" in value else tidy(value)


def _lines(value: Any) -> str:
    """A long text as paragraphs, one a line; mark-up in it is dropped."""
    if isinstance(value, list):
        value = "\n".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    if "&lt;" in value:
        value = entities.unescape(value)
    return "\n".join(line for piece in _PARAGRAPH_END.split(value) if (line := _text(piece)))


def _names(value: Any, by_id: dict[str, Node]) -> list[str]:
    """The names in an author or publisher value, in order; references by `@id` are followed once."""
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        named = one
        if isinstance(one, dict) and not one.get("name") and isinstance(one.get("@id"), str):
            named = by_id.get(one["@id"], one)
        if isinstance(named, dict) and isinstance(named.get("name"), list):
            found.extend(_text(name) for name in named["name"])
        else:
            found.append(_text(named))
    return [name for name in found if name]


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.rpartition("/")[2].lower() if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(word)


def _microdata(tree: html.HtmlElement) -> Node | None:
    """The first article in microdata, as a JSON-LD node; nested items give only their names."""
    for scope in tree.iter():
        kind = scope.get("itemtype") or ""
        if scope.get("itemscope") is not None and _ARTICLE.search(kind.rstrip("/")):
            return _properties(scope, kind)
    return None


def _properties(scope: html.HtmlElement, kind: str) -> Node:
    node: Node = {"@type": kind.rstrip("/")}
    for element in scope.iter():
        names = (element.get("itemprop") or "").split()
        owner = next((a for a in element.iterancestors() if a.get("itemscope") is not None), None)
        if not names or owner is not scope:
            continue
        name = names[0]
        if element.get("itemscope") is not None:
            inner = next((e for e in element.iter() if e.get("itemprop") == "name"), element)
            node.setdefault(name, []).append({"name": _value(inner)})
        elif name in {"headline", "description", "datePublished", "dateModified", "isAccessibleForFree"}:
            node.setdefault(name, _value(element))
        elif name in {"author", "creator", "publisher"}:
            node.setdefault(name, []).append(_value(element))
    return node


def _value(element: html.HtmlElement) -> str:
    return element.get("content") or element.get("datetime") or text_of(element)
