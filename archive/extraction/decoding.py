"""Bytes to characters: which encoding a page is in, and what to do when it says so wrongly.

Knows the order of the WHATWG encoding sniffing algorithm (HTML section 13.2.3.2): byte order mark,
then the HTTP header, then the declaration in the page, then a guess; and the labels of the Encoding
Standard (through w3lib: `latin1` means windows-1252, `gb2312` means gb18030). Beyond the standard it
repairs three wrong declarations that would otherwise garble words. Refuses to look at the meaning of
mark-up, and never fails: what cannot be decoded becomes U+FFFD, as in a browser.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from charset_normalizer import from_bytes
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    resolve_encoding,
    to_unicode,
)

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_PRESCAN = 65_536
"""Bytes searched for a declaration. The standard says 1,024; browsers read on through a long head."""

_SAMPLE = 20_000
"""Bytes of text given to the statistical guess: 10 to 40 ms of work, and more gains nothing."""

_META = re.compile(rb"<meta[^>]{0,300}charset[^>]{0,100}>", re.IGNORECASE)
_LANG = re.compile(rb"<html[^>]{0,500}?\slang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z]+)?)", re.IGNORECASE)

_BY_LANGUAGE = {
    "ar": ("cp1256",), "az": ("cp1254",), "be": ("cp1251",), "bg": ("cp1251",), "cs": ("cp1250",),
    "el": ("cp1253",), "et": ("cp1257",), "fa": ("cp1256",), "he": ("cp1255",), "hr": ("cp1250",),
    "hu": ("cp1250",), "ja": ("euc_jp", "cp932"), "kk": ("cp1251",), "ko": ("cp949",), "ku": ("cp1254",),
    "lt": ("cp1257",), "lv": ("cp1257",), "mk": ("cp1251",), "pl": ("cp1250",), "ro": ("cp1250",),
    "ru": ("cp1251",), "sk": ("cp1250",), "sl": ("cp1250",), "sr": ("cp1251",), "th": ("cp874",),
    "tr": ("cp1254",), "uk": ("cp1251",), "ur": ("cp1256",), "vi": ("cp1258",),
    "zh": ("gb18030",), "zh-hk": ("big5hkscs",), "zh-hant": ("big5hkscs",), "zh-tw": ("big5hkscs",),
}  # fmt: skip
"""The legacy encoding that pages of a language use: the standard's table of locale defaults, plus EUC-JP."""

_BY_DOMAIN = {
    "bg": "bg", "by": "be", "cn": "zh", "cz": "cs", "eg": "ar", "gr": "el", "hk": "zh-hk", "hr": "hr",
    "hu": "hu", "il": "he", "iq": "ar", "ir": "fa", "jo": "ar", "jp": "ja", "kr": "ko", "kz": "kk",
    "lb": "ar", "lt": "lt", "lv": "lv", "mk": "mk", "pl": "pl", "ps": "ar", "ro": "ro", "rs": "sr",
    "ru": "ru", "sa": "ar", "sk": "sk", "su": "ru", "sy": "ar", "th": "th", "tr": "tr", "tw": "zh-tw",
    "ua": "uk", "vn": "vi",
}  # fmt: skip
"""The language to expect under a country's domain when the page does not name one."""

_TURKISH = "ğışİĞŞ".encode("cp1254")
"""Where windows-1254 differs from windows-1252; there the same bytes read ð ý þ Ý Ð Þ."""

_OTHER_SCRIPT = frozenset({"cp1251", "koi8-r", "cp1253", "cp1255", "cp1256"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a payload and the name of the encoding, in Python's spelling."""

    text: str
    encoding: str


def decode(payload: bytes, *, content_type: str = "", url: str = "") -> Decoded:
    """Read `payload` as a browser would, with the repairs that the module docstring speaks of."""
    for mark, encoding in _BOMS:
        if payload.startswith(mark):
            return Decoded(payload[len(mark) :].decode(encoding, "replace"), encoding)
    encoding = _choose(payload, content_type, url)
    return Decoded(to_unicode(payload, encoding), encoding)


def _choose(payload: bytes, content_type: str, url: str) -> str:
    header = http_content_type_encoding(content_type)
    inside = _declared_inside(payload)
    declared = header or inside
    if declared and declared.startswith("utf-16"):
        # Section 13.2.3.3: a page that could be read to find this label is not UTF-16.
        declared = declared if b"\0" in payload[:64] else "utf-8"
    if declared is None:
        declared = _zero_bytes(payload)
    if declared is None:
        return "utf-8" if _mostly_utf8(payload) else _guess(payload, url)
    if declared == "utf-8":
        return _instead_of_utf8(payload, inside, url)
    if _single_byte(declared):
        return _instead_of_single_byte(payload, declared, url)
    return "utf-8" if not _decodes(payload, declared) and _decodes(payload, "utf-8") else declared


def _declared_inside(payload: bytes) -> str | None:
    """The page's own declaration: near the start as the standard has it, or later in a long head."""
    found = html_body_declared_encoding(payload[:4096])
    if found is None and (late := _META.search(payload[:_PRESCAN])):
        found = html_body_declared_encoding(late.group())
    return found


def _zero_bytes(payload: bytes) -> str | None:
    if payload[1:2] == b"\0" and payload[:1] == b"<":
        return "utf-16-le"
    return "utf-16-be" if payload[:2] == b"\0<" else None


def _instead_of_utf8(payload: bytes, inside: str | None, url: str) -> str:
    """UTF-8 unless most of what is not ASCII contradicts it: a few cut characters are no reason to change."""
    if _mostly_utf8(payload):
        return "utf-8"
    if inside and inside != "utf-8" and not inside.startswith("utf-16") and _decodes(payload, inside):
        return inside
    return _guess(payload, url)


def _instead_of_single_byte(payload: bytes, declared: str, url: str) -> str:
    """The declared encoding, unless the bytes are UTF-8 or the language needs its sibling.

    Text in a single-byte encoding almost never happens to be valid UTF-8 beyond ASCII.
    """
    if not payload.isascii() and _mostly_utf8(payload):
        return "utf-8"
    if declared != "cp1252":
        return declared
    fitting = _BY_LANGUAGE.get(_language(payload, url), ("",))[0]
    if fitting == "cp1254" and any(byte in payload for byte in _TURKISH):
        return fitting
    return fitting if fitting in _OTHER_SCRIPT and _dense(payload) else declared


def _guess(payload: bytes, url: str) -> str:
    """No usable declaration: by language, then by statistics, then windows-1252 as in the standard.

    Statistics may decide only between scripts: among the Latin encodings they take German for windows-1250.
    """
    for encoding in _BY_LANGUAGE.get(_language(payload, url), ()):
        if _decodes(payload, encoding):
            return encoding
    if not _dense(payload):
        return "cp1252"
    best = from_bytes(b"\n".join(piece for piece in _shown(payload) if not piece.isascii())[:_SAMPLE]).best()
    guess = resolve_encoding(best.encoding) if best else None
    return guess if guess and (guess in _OTHER_SCRIPT or not _single_byte(guess)) else "cp1252"


def _language(payload: bytes, url: str) -> str:
    """The language that the page or else its domain suggests; a key of the table, or an empty string."""
    if found := _LANG.search(payload[:_PRESCAN]):
        tag = found.group(1).decode("ascii").lower()
        return tag if tag in _BY_LANGUAGE else tag.partition("-")[0]
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return _BY_DOMAIN.get(host.rpartition(".")[2], "")


def _mostly_utf8(payload: bytes) -> bool:
    """True when characters that decode as UTF-8 outnumber the bytes that do not.

    In a legacy encoding the reverse holds by far, so the exact share does not matter; and a page does
    not change its encoding between two fetches because one teaser was cut within a character.
    """
    text = payload.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return wrong == 0 or sum(1 for char in text if char > "\x7f") > 2 * wrong


def _shown(payload: bytes) -> list[bytes]:
    """The pieces of text between tags, without scripts and styles; in linear time, whatever the bytes."""
    pieces = []
    for piece in payload.split(b"<"):
        tag, closed, text = piece.partition(b">")
        if closed and not tag[:6].lower().startswith((b"script", b"style")):
            pieces.append(text)
    return pieces


def _dense(payload: bytes) -> bool:
    """True when at least a fifth of the text is not ASCII: no language in Latin letters comes near that."""
    text = b"".join(_shown(payload))
    return sum(1 for byte in text if byte > 0x7F) * 5 > len(text.translate(None, b" \t\r\n"))


def _decodes(payload: bytes, encoding: str) -> bool:
    try:
        payload.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(encoding: str) -> bool:
    return encoding.startswith(("cp125", "iso8859", "koi8", "mac")) or encoding in {"cp874", "cp866"}
