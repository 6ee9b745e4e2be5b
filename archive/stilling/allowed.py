"""What may stand in a still page: elements, and which of their attributes.

The names are those of the HTML Living Standard, sections 4.3 to 4.11 and 16.2.
"""

from __future__ import annotations

from typing import Final

KEPT: Final = frozenset(
    [
        "html",
        "head",
        "body",
        "title",
        "article",
        "section",
        "nav",
        "aside",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hgroup",
        "header",
        "footer",
        "address",
        "main",
        "search",
        "p",
        "hr",
        "pre",
        "blockquote",
        "ol",
        "ul",
        "menu",
        "li",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "div",
        "a",
        "em",
        "strong",
        "small",
        "s",
        "cite",
        "q",
        "dfn",
        "abbr",
        "ruby",
        "rt",
        "rp",
        "data",
        "time",
        "code",
        "var",
        "samp",
        "kbd",
        "sub",
        "sup",
        "i",
        "b",
        "u",
        "mark",
        "bdi",
        "bdo",
        "span",
        "br",
        "wbr",
        "ins",
        "del",
        "img",
        "table",
        "caption",
        "colgroup",
        "col",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "details",
        "summary",
        "center",
        "font",
        "big",
        "tt",
        "strike",
        "nobr",
    ]
)
"""Elements that stay what they are. `style`, `link` and `meta` are made anew where they are needed."""

DROPPED: Final = frozenset(
    [
        "script",
        "template",
        "iframe",
        "frame",
        "frameset",
        "noframes",
        "object",
        "embed",
        "applet",
        "param",
        "portal",
        "fencedframe",
        "video",
        "audio",
        "track",
        "source",
        "canvas",
        "map",
        "area",
        "svg",
        "math",
        "base",
        "input",
        "select",
        "textarea",
        "option",
        "optgroup",
        "datalist",
        "keygen",
        "isindex",
        "noembed",
        "plaintext",
        "xmp",
        "listing",
        "bgsound",
    ]
)
"""Elements that go with all that they hold. Any other that is not kept goes alone, and what it holds stays."""

SHOWN_BY_NOTHING: Final = frozenset(("iframe", "frame", "object", "embed", "video", "audio", "canvas"))
"""Of those that go, the ones that a reader would miss: a word stands in their place."""

BLOCKS: Final = frozenset(("form", "fieldset", "noscript", "dialog"))
"""Elements that become a `div`, so that the page keeps its shape; what else is not known becomes a `span`, or a
`div` where its name has a hyphen, as those have that an outlet made for itself."""

VOID: Final = frozenset(("br", "hr", "img", "wbr", "col"))

EVERYWHERE: Final = frozenset(("class", "id", "lang", "dir", "title", "role", "hidden"))
"""Attributes of any element, besides `aria-…`. `style` is rewritten."""

OF: Final = {
    "a": frozenset(("name",)),
    "img": frozenset(("alt", "width", "height")),
    "ol": frozenset(("start", "reversed", "type")),
    "li": frozenset(("value",)),
    "time": frozenset(("datetime",)),
    "data": frozenset(("value",)),
    "ins": frozenset(("datetime",)),
    "del": frozenset(("datetime",)),
    "details": frozenset(("open",)),
    "td": frozenset(("colspan", "rowspan", "headers", "align", "valign", "width", "height")),
    "th": frozenset(("colspan", "rowspan", "headers", "scope", "align", "valign", "width", "height")),
    "col": frozenset(("span", "width")),
    "colgroup": frozenset(("span", "width")),
    "table": frozenset(("width", "border", "cellpadding", "cellspacing", "align")),
    "font": frozenset(("size", "color", "face")),
}
"""Attributes of one element. Addresses are no attributes that are kept: they are made anew."""
