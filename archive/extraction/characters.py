"""Characters: what white space is, what is dropped, and how rare letters get through trafilatura unharmed.

Knows Unicode categories. Knows nothing of HTML.

Three kinds of character are dropped because they are not part of what is read: control characters
(Cc), private-use ones (Co: glyphs of icon fonts), and U+00AD and U+FEFF, which hint at a line break
or mark the start of a file and split a word when they are kept. All else stays, format characters
(Cf) included: ZWNJ, ZWJ and the bidi marks are spelling in Persian, Sorani, Hindi and in emoji.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_STAND_INS = range(0x12000, 0x1239A)
"""Cuneiform signs: assigned since Unicode 7, all letters, unchanged by NFC, and rare in news."""

_DROPPED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\ufeff\ue000-\uf8ff\U000f0000-\U0010fffd]+")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED = _IDEOGRAPHS + "\u0e00-\u0edf\u1000-\u109f\u1780-\u17ff"  # and Thai, Lao, Burmese, Khmer
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def tidy(text: str) -> str:
    """One line of text: NFC, white space of any kind made one blank, undisplayed characters dropped."""
    return " ".join(unicodedata.normalize("NFC", _DROPPED.sub("", text)).split())


def words(text: str) -> int:
    """The number of words; a character counts as one in scripts that put no space between words."""
    return sum(1 for _ in _WORD.finditer(text))


def stand_ins(present: Iterable[str]) -> dict[int, str]:
    """For each displayed character that Python calls unprintable, a letter that the page does not use.

    trafilatura removes what `str.isprintable` refuses: format characters, and letters or emoji
    newer than Python's own Unicode tables, so that the text would depend on the Python version.
    The result is a table for `str.translate`, empty for most pages; `reverse` undoes it. A page
    with more such characters than there are stand-ins keeps the last of them unprotected.
    """
    used = set(present)
    odd = sorted(c for c in used if not (c.isprintable() or c.isspace() or _DROPPED.match(c)))
    free = (chr(code) for code in _STAND_INS if chr(code) not in used)
    return {ord(char): letter for char, letter in zip(odd, free, strict=False)}


def reverse(table: dict[int, str]) -> dict[int, str]:
    """The table that brings the original characters back."""
    return {ord(letter): chr(code) for code, letter in table.items()}
