"""A judge of Atom documents by the rules of RFC 4287: faults, each with the section that says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")  # 3.3: RFC 3339, `T` and `Z` large
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|")
_MEDIA_TYPE = re.compile(r"[!#$&^\w.+-]+/[!#$&^\w.+-]+")

ONCE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated")}  # 4.1.1, 4.1.2
AT_MOST_ONCE = {
    "feed": ("generator", "icon", "logo", "rights", "subtitle"),
    "entry": ("content", "published", "rights", "source", "summary"),
}


def faults(document: bytes) -> list[str]:
    """What is wrong with a document; an empty list, where nothing is."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        return [f"2: not well-formed XML: {error}"]
    if root.tag != f"{ATOM}feed":
        return [f"4.1.1: the root is {root.tag}"]
    return list(_feed(root))


def _feed(root) -> Iterator[str]:
    entries = root.findall(f"{ATOM}entry")
    yield from _container(root, "feed")
    has_author = root.find(f"{ATOM}author") is not None
    if not any(link.get("rel") == "self" for link in root.findall(f"{ATOM}link")):
        yield "4.1.1: a feed SHOULD have a link to itself"
    for entry in entries:
        yield from _container(entry, "entry")
        if not has_author and entry.find(f"{ATOM}author") is None:
            yield "4.1.2: neither the feed nor the entry has an author"
        if entry.find(f"{ATOM}content") is None and not any(
            link.get("rel", "alternate") == "alternate" for link in entry.findall(f"{ATOM}link")
        ):
            yield "4.1.2: an entry without content must have an alternate link"
    for id_, count in Counter(entry.findtext(f"{ATOM}id") for entry in entries).items():
        if count > 1:
            yield f"4.1.1: {count} entries have the id {id_}"
    for element in root.iter():
        if not _TAG.fullmatch(element.get(LANG, "")):
            yield f"2: {element.get(LANG)!r} is no language"


def _container(element, kind: str) -> Iterator[str]:
    names = Counter(child.tag.removeprefix(ATOM) for child in element)
    for name in ONCE[kind]:
        if names[name] != 1:
            yield f"4.1: a {kind} with {names[name]} {name}"
    for name in AT_MOST_ONCE[kind]:
        if names[name] > 1:
            yield f"4.1: a {kind} with {names[name]} {name}"
    for child in element:
        yield from _child(child)
    alternates = Counter(
        (link.get("type"), link.get("hreflang"))
        for link in element.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    )
    if any(count > 1 for count in alternates.values()):
        yield "4.1: two alternate links of one type and language"


def _child(child) -> Iterator[str]:
    name = child.tag.removeprefix(ATOM)
    if name not in CHILDREN:
        yield f"4: {name} is no element of ours"
    else:
        yield from CHILDREN[name](name, child)


def _words(name: str, child) -> Iterator[str]:
    if child.get("type", "text") not in ("text", "html", "xhtml"):
        yield f"3.1.1: {name} of the type {child.get('type')}"
    if len(child):
        yield f"3.1.1: {name} has child elements"


def _date(_name: str, child) -> Iterator[str]:
    if not _DATE.fullmatch(child.text or ""):
        yield f"3.3: {child.text!r} is no date"


def _id(_name: str, child) -> Iterator[str]:
    if not _ABSOLUTE.fullmatch(child.text or ""):
        yield f"4.2.6: {child.text!r} is no absolute IRI"


def _person(_name: str, child) -> Iterator[str]:
    if [each.tag for each in child] != [f"{ATOM}name"] or not (child[0].text or "").strip():
        yield "3.2: an author has one name"


def _link(_name: str, child) -> Iterator[str]:
    if not _ABSOLUTE.fullmatch(child.get("href", "")):
        yield f"4.2.7.1: a link to {child.get('href')!r}"
    if child.get("type") is not None and not _MEDIA_TYPE.fullmatch(child.get("type")):
        yield f"4.2.7.3: {child.get('type')!r} is no media type"


def _category(_name: str, child) -> Iterator[str]:
    if not child.get("term"):
        yield "4.2.2.1: a category without a term"


CHILDREN = {
    **dict.fromkeys(("title", "subtitle", "summary", "rights", "content", "generator"), _words),
    **dict.fromkeys(("updated", "published"), _date),
    "id": _id,
    "author": _person,
    "link": _link,
    "category": _category,
    "entry": lambda _name, _child: iter(()),
}
