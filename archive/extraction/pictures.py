"""An `img` element → what picture it shows, whatever its crop, size, format or server.

Knows how outlets and their image servers write sizes into addresses. Refuses to fetch or to look at pixels: two
names for one picture are two pictures here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import html

from archive.extraction.characters import tidy

_SMALL = 60  #: pixels: icons, avatars and counters; pictures of stories are wider
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-srcset", "data-lazy-srcset", "srcset", "src")
"""Where the address stands. What `src` holds is a stand-in on pages that load pictures late."""

_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|jxl|heic|svg|bmp|tiff?)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s_\-.,@=+()]+")
_SIZE = re.compile(
    r"""(?: \d{1,4}x\d{0,4} | x\d{1,4} | (?:w|h|q|r|s|c|ar|dpr|fp[xy]|width|height|scale|crop|size)\d+
        | \d{1,4}(?:w|h|px|x|k|wx|hx) | r\d | [1-4]x | full(?:size)? | scaled? | crop(?:ped)? | rotated | resized?
        | fill | fit | limit | auto | webp | jpe?g | png | avif | gif
        | (?:x{0,2}-?)?(?:small|medium|large|big|tiny|mini|huge|thumb(?:nail)?|square|landscape|portrait|wide
            |original|orig|master|jumbo|hero|teaser|standard|default|desktop|mobile|tablet|retina|preview|lead|lede|gallery)
            (?:\d+|x\d+)?
        | super-?jumbo | article(?:large|inline) | master\d+
        | (?:three|two|four|sixteen)by(?:two|three|four|nine)\w*
        | \d{1,2}by\d{1,2} | (?:16|4|3|2|1|21|9)(?:to|zu)(?:9|3|2|1|4|16) | g | f\d+ | o | v\d{6,} )""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,4}")
_PLACES = frozenset({
    "image", "images", "img", "imgs", "media", "medias", "file", "files", "upload", "uploads", "photo", "photos",
    "pic", "pics", "picture", "pictures", "bild", "bilder", "foto", "fotos", "content", "assets", "static", "cdn",
    "wp-content", "production", "index", "resize", "transform", "crops", "fetch", "cache", "styles", "public",
    "ace",
})  # fmt: skip
"""Path parts that name no picture."""


def identity(image: html.HtmlElement) -> str:
    """The picture's name; empty for icons, counters and what has neither address nor text."""
    if _tiny(image):
        return ""
    for address in _addresses(image):
        if name := named(address):
            return name
    return tidy(image.get("alt") or "").casefold()


def named(address: str) -> str:
    """The name in an address: its last path part without sizes, formats and places; empty where there is none."""
    try:
        parts = urlsplit(address.strip())
        query = parse_qs(parts.query)
    except ValueError:
        return ""
    inner = next((values[0] for key in ("url", "src", "image") if (values := query.get(key))), "")
    if inner and _EXTENSION.search(inner):  # an image server that is given the address
        return named(inner)
    for part in reversed(unquote(parts.path).split("/")):
        tokens = [token for token in _BETWEEN.split(_EXTENSION.sub("", part).casefold()) if token]
        sized = [bool(_SIZE.fullmatch(token)) for token in tokens]
        kept = [token for token, size in zip(tokens, sized, strict=True) if not size]
        after = sum(not size for size in sized[sized.index(True) :]) if any(sized) else 0
        while len(kept) > 1 and _NUMBER.fullmatch(kept[-1]) and (after > 0 or _rounded(kept[-1])):
            kept.pop()  # what follows a size is one, too; what stands before it may number the picture
            after -= 1
        name = "-".join(kept)
        if len(name) >= 3 and name not in _PLACES and not all(map(_NUMBER.fullmatch, kept)):
            return name
    return ""


def is_file(address: str) -> bool:
    """Whether a link leads to a picture."""
    return bool(_EXTENSION.search(address))


def _rounded(number: str) -> bool:
    """Whether it may be a width: years and numbers of photographs are seldom round."""
    return len(number) >= 3 and number.endswith("0") and not number.startswith(("19", "20"))


def _addresses(image: html.HtmlElement) -> Iterator[str]:
    for attribute in _SOURCES:
        value = (image.get(attribute) or "").strip()
        if value and not value.startswith(("data:", "blob:", "about:")):
            yield value.split()[0].rstrip(",") if "srcset" in attribute else value


def _tiny(image: html.HtmlElement) -> bool:
    return any((size := image.get(side) or "").isdigit() and int(size) < _SMALL for side in ("width", "height"))
