"""The same words in other characters: typography, entities, encodings.

What a content system does to a text without an editor. Every function keeps each word and each mark of
punctuation; only its shape on the page or its bytes differ. Nothing here knows time, state or chance.
"""

from __future__ import annotations

import re
from html.entities import codepoint2name

STYLES = 4  #: as written; typewriter; book; with hints for line breaks

_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
_STRAIGHT |= {ord("–"): "-", ord("—"): "-", ord("…"): "..."}
_OPENING = re.compile(r'(^|[\s(\[])"')
_LONG_WORD = re.compile(r"[a-zA-Zà-žÀ-Žа-яА-ЯёЁ]{12,}")

#: The encodings of the years before UTF-8, by language; what they lack is written as a reference.
LEGACY = {
    "ar": "windows-1256",
    "ku": "windows-1254",
    "ru": "windows-1251",
    "tr": "iso-8859-9",
}
FORMS = 6  #: of a page's bytes, see `encode`

_MARKUP = re.compile(r"(<script\b.*?</script>|<!--.*?-->|<[^>]*>|&[#\w]+;)", re.DOTALL)
_META = '<meta charset="utf-8">'


def typeset(text: str, style: int) -> str:
    """`text` in one of the STYLES."""
    match style % STYLES:
        case 1:
            return text.translate(_STRAIGHT)
        case 2:
            return _book(text)
        case 3:
            return _LONG_WORD.sub(lambda word: f"{word[0][:6]}\u00ad{word[0][6:]}", text)
        case _:
            return text


def _book(text: str) -> str:
    """Curly quotes, en dashes, one sign for three dots, no break between a number and its unit."""
    text = _OPENING.sub("\\1“", text.translate(_STRAIGHT)).replace('"', "”").replace("'", "’")
    text = text.replace(" - ", " – ").replace("...", "…")
    return re.sub(r"(\d) (?=\w)", "\\1\u00a0", text)


def encode(html: str, language: str, form: int) -> tuple[bytes, str]:
    """A page's bytes and Content-Type in one of the FORMS, all of which mean the same page."""
    match form % FORMS:
        case 1:
            return entities(html, named=True).encode(), "text/html; charset=utf-8"
        case 2:
            name = LEGACY.get(language, "windows-1252")
            data = html.replace(_META, f'<meta charset="{name}">').encode(name, "xmlcharrefreplace")
            return data, f"text/html; charset={name}"
        case 3:
            return html.encode("utf-8-sig"), "text/html"
        case 4:
            return entities(html, named=False).encode(), "text/html; charset=UTF-8"
        case 5:
            name = LEGACY.get(language, "windows-1252")
            meta = f'<meta http-equiv="Content-Type" content="text/html; charset={name}">'
            return html.replace(_META, meta).encode(name, "xmlcharrefreplace"), "text/html"
        case _:
            return html.encode(), "text/html; charset=utf-8"


def entities(html: str, *, named: bool) -> str:
    """Letters beyond ASCII, and quotation marks, as references; scripts, comments and tags are left alone."""
    pieces = _MARKUP.split(html)
    pieces[::2] = [_referenced(text, named) for text in pieces[::2]]
    return "".join(pieces)


def _referenced(text: str, named: bool) -> str:
    if text.isascii() and '"' not in text and "'" not in text:
        return text
    return "".join(
        letter if letter.isascii() and letter not in "\"'" else _reference(letter, named) for letter in text
    )


def _reference(letter: str, named: bool) -> str:
    name = codepoint2name.get(ord(letter)) if named else None
    return f"&{name};" if name else f"&#{ord(letter)};"
