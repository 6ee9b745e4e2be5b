"""A captured page → the same, still. Pure.

A new tree is built of what is on the list. Nothing of the old one is carried over but names that are on it, texts,
and attributes that are on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HTMLParser, document_fromstring, tostring

from archive.stilling import styles
from archive.stilling.allowed import BLOCKS, DROPPED, EVERYWHERE, KEPT, OF, SHOWN_BY_NOTHING, VOID

MOST_ELEMENTS: Final = 50_000
"""Of a page; what follows is left out, and the page says so. Home pages have five thousand."""
DEEPEST: Final = 200
"""Elements within elements; what lies deeper is left out. Browsers nest 512, Python calls a thousand."""
MOST_VALUE: Final = 2000
"""Characters of an attribute."""

_DRAWN = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif|bmp);base64,[A-Za-z0-9+/=\s]{1,200000}", re.ASCII)
_LAZY: Final = ("data-src", "data-original", "data-lazy-src", "data-srcset", "srcset")
"""Where pages put the address of a picture that a script would load."""


class Leads(Protocol):
    """Where what the page refers to is shown."""

    def picture(self, url: str) -> str | None:
        """Of an image that was captured; None: it was not."""

    def style(self, url: str) -> str | None:
        """Of a style sheet that was captured, or what a style refers to."""

    def page(self, url: str) -> str | None:
        """Of a page that was captured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What came of a page."""

    html: str
    omitted: int = 0  #: elements that were left out
    pictures: int = 0  #: that are shown
    missing: int = 0  #: pictures that were not kept


@dataclass(slots=True)
class _Maker:
    base: str
    leads: Leads
    notes: dict[str, str]
    count: int = 0
    omitted: int = 0
    pictures: int = 0
    missing: int = 0
    sheets: list[etree._Element] = field(default_factory=list)

    def children(self, old: etree._Element, new: etree._Element, depth: int) -> None:
        """Put what `old` holds into `new`."""
        _add(new, old.text)
        for child in old:
            if isinstance(child.tag, str):
                self.element(child, new, depth)
            _add(new, child.tail)

    def element(self, old: etree._Element, parent: etree._Element, depth: int) -> None:
        """Put `old` into `parent`, its tail apart."""
        name = _name(old)
        self.count += 1
        if self.count > MOST_ELEMENTS or depth > DEEPEST:
            self.omitted += 1
        elif name == "style":
            self.sheet(old)
        elif name == "link":
            self.link(old)
        elif name == "img":
            self.picture(old, parent)
        elif name in DROPPED:
            self.omitted += 1
            if name in SHOWN_BY_NOTHING:
                _sub(parent, "span", {"class": "stet-left-out"}).text = self.notes["left out"]
        elif name not in ("meta", "head", "title", "html", "body"):
            new = _sub(parent, _becomes(name), self.attributes(old, name))
            if name not in VOID:
                self.children(old, new, depth + 1)

    def attributes(self, old: etree._Element, name: str) -> dict[str, str]:
        """Those that stay."""
        allowed = EVERYWHERE | OF.get(name, frozenset())
        found = {
            key: value[:MOST_VALUE]
            for key, value in _items(old)
            if key in allowed or re.fullmatch(r"aria-[a-z]{1,30}", key)
        }
        if style := old.get("style"):
            found["style"] = styles.inline(style, self.styled)
        if name == "a":
            found |= self.anchor(old.get("href", ""))
        return found

    def anchor(self, href: str) -> dict[str, str]:
        """A link within the page, or to what was captured; any other is text that says where it led."""
        if href.startswith("#"):
            return {"href": href[:MOST_VALUE]}
        url = self.absolute(href)
        if url is None:
            return {}
        shown = self.leads.page(url)
        if shown is None:
            return {"title": url[:MOST_VALUE]}
        return {"href": shown, "target": "_blank", "rel": "noopener noreferrer"}

    def absolute(self, url: str) -> str | None:
        """The whole address of something on the web; None where it leads elsewhere, or is none."""
        try:
            whole = urljoin(self.base, url.strip())
            parts = urlsplit(whole)
        except ValueError:
            return None
        return whole if parts.scheme in ("http", "https") and parts.netloc else None

    def styled(self, url: str) -> str | None:
        """What a style on the page refers to."""
        if _DRAWN.fullmatch(url):
            return url
        whole = self.absolute(url)
        return None if whole is None else self.leads.style(whole)

    def sheet(self, old: etree._Element) -> None:
        new = etree.Element("style")
        new.text = styles.sheet(old.text or "", self.styled)
        if media := old.get("media"):
            new.set("media", media[:MOST_VALUE])
        self.sheets.append(new)

    def link(self, old: etree._Element) -> None:
        relations = (old.get("rel") or "").lower().split()
        if "stylesheet" not in relations or "alternate" in relations:
            return
        whole = self.absolute(old.get("href", ""))
        where = None if whole is None else self.leads.style(whole)
        if where is not None:
            new = etree.Element("link", {"rel": "stylesheet", "href": where})
            if media := old.get("media"):
                new.set("media", media[:MOST_VALUE])
            self.sheets.append(new)

    def picture(self, old: etree._Element, parent: etree._Element) -> None:
        """The first of its addresses that was captured; where none was, its words in a box."""
        for url in _addresses(old):
            whole = self.absolute(url)
            where = url if _DRAWN.fullmatch(url) else whole and self.leads.picture(whole)
            if where:
                self.pictures += 1
                _sub(parent, "img", {**self.attributes(old, "img"), "src": where})
                return
        self.missing += 1
        box = _sub(parent, "span", {"class": "stet-picture", "role": "img"})
        box.text = f"[{old.get('alt', '')[:MOST_VALUE].strip() or self.notes['picture']}]"


def still(body: bytes, charset: str | None, base: str, leads: Leads, notes: dict[str, str], style: str) -> Still:
    """The page that `body` is, at `base`.

    `notes` are the words for what is left out (`left out`) and for a picture without any (`picture`); `style` is
    the address of the style sheet that shows them.
    """
    root = _parsed(body, charset)
    maker = _Maker(_base(root, base), leads, notes)
    html = etree.Element("html")
    head, new = etree.SubElement(html, "head"), etree.Element("body")
    for name in ("lang", "dir", "class", "id"):
        if value := root.get(name):
            html.set(name, value[:MOST_VALUE])
    for each in root:
        if isinstance(each.tag, str) and _name(each) == "head":
            maker.children(each, etree.Element("head"), 0)
        elif isinstance(each.tag, str) and _name(each) == "body":
            for key, value in maker.attributes(each, "body").items():
                new.set(key, value)
            maker.children(each, new, 0)
    etree.SubElement(head, "meta", {"charset": "utf-8"})
    etree.SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    etree.SubElement(head, "title").text = _clean(root.findtext(".//title") or "")
    head.extend(maker.sheets)
    etree.SubElement(head, "link", {"rel": "stylesheet", "href": style})
    html.append(new)
    text = tostring(html, doctype="<!doctype html>", encoding="unicode", method="html")
    return Still(html=text, omitted=maker.omitted, pictures=maker.pictures, missing=maker.missing)


def _parsed(body: bytes, charset: str | None) -> etree._Element:
    """The tree, as tolerant as browsers are; an empty one where there is nothing to parse."""
    try:
        parser = HTMLParser(encoding=charset, remove_comments=True, remove_pis=True, huge_tree=True)
    except LookupError:
        parser = HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return document_fromstring(b"<html><head></head><body></body></html>")


def _base(root: etree._Element, url: str) -> str:
    """What relative addresses are relative to (HTML, section 2.4.3)."""
    for each in root.iter("base"):
        if href := each.get("href"):
            try:
                whole = urljoin(url, href.strip())
            except ValueError:
                return url
            return whole if urlsplit(whole).scheme in ("http", "https") else url
    return url


def _addresses(image: etree._Element) -> Iterator[str]:
    """Where a picture may be, best first."""
    if src := image.get("src"):
        yield src.strip()
    for name in _LAZY:
        for candidate in image.get(name, "").split(","):
            if url := candidate.strip().partition(" ")[0]:
                yield url


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _becomes(name: str) -> str:
    if name in KEPT:
        return name
    return "div" if name in BLOCKS or "-" in name else "span"


def _items(element: etree._Element) -> Iterator[tuple[str, str]]:
    for key, value in element.items():
        yield str(key).lower(), _clean(str(value))


def _sub(parent: etree._Element, name: str, attributes: dict[str, str]) -> etree._Element:
    return etree.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})


def _add(parent: etree._Element, text: str | None) -> None:
    """Text after all that `parent` holds."""
    if text:
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + _clean(text)
        else:
            parent.text = (parent.text or "") + _clean(text)


def _clean(text: str) -> str:
    """Without the characters that no HTML document may hold, and that lxml refuses."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "", text)
