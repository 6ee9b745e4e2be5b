"""Feeds as Atom says them (RFC 4287), in pages (RFC 5005 section 3). Pure.

Knows elements and their order, and refuses to trust any text: what XML cannot hold is left out, the rest escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

import regex

from archive.domain.times import iso

MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
#: XML 1.0 section 2.2, `Char`: of what Python can hold, all but these. Halves of surrogate pairs are none either.
_NO_CHAR: Final = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

ET.register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where else something is (section 4.2.7)."""

    rel: str
    href: str
    type: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    id: str
    title: str
    updated: datetime
    summary: str  #: plain text
    content: str  #: HTML
    language: str = ""  #: of the content
    author: str = ""
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A page of a feed."""

    id: str
    title: str
    author: str
    links: tuple[Link, ...]
    entries: Sequence[Entry]
    generator: str = ""

    @property
    def updated(self) -> datetime:
        """When its latest entry was; a feed without entries has no such time, and must have one."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


def document(feed: Feed) -> bytes:
    """The feed as XML in UTF-8."""
    root = ET.Element(_name("feed"), {_LANG: "en"})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", iso(feed.updated) or "")
    _author(root, feed.author)
    _links(root, feed.links)
    if feed.generator:
        _text(root, "generator", feed.generator)
    for entry in feed.entries:
        _entry(ET.SubElement(root, _name("entry")), entry)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _entry(root: ET.Element, entry: Entry) -> None:
    _text(root, "id", entry.id)
    _text(root, "title", entry.title)
    _text(root, "updated", iso(entry.updated) or "")
    _text(root, "published", iso(entry.updated) or "")
    if entry.author:
        _author(root, entry.author)
    _links(root, entry.links)
    for term in entry.categories:
        ET.SubElement(root, _name("category"), {"term": _clean(term)})
    _text(root, "summary", entry.summary)
    content = _text(root, "content", entry.content)
    content.set("type", "html")
    if entry.language:
        content.set(_LANG, entry.language)


def _name(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _clean(text: str) -> str:
    return _NO_CHAR.sub("", text)


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, _name(name))
    element.text = _clean(text)
    return element


def _author(parent: ET.Element, name: str) -> None:
    _text(ET.SubElement(parent, _name("author")), "name", name)


def _links(parent: ET.Element, links: Sequence[Link]) -> None:
    for link in links:
        given = {"rel": link.rel, "href": link.href, "type": link.type, "title": _clean(link.title)}
        ET.SubElement(parent, _name("link"), {key: value for key, value in given.items() if value})
