"""The shape of an address, and an address of that shape that cannot exist. Pure: chance is an argument.

Addresses that one program of an outlet serves have one shape, so that what it answers to one of them tells of all.
An outlet has few: sections and stories are not told apart by their names.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

import regex

from archive.domain.urls import normalise, split

_DATE = regex.compile(
    r"(?:19|20)\d\d(?:-?\d\d){0,2}|\d{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", regex.IGNORECASE
)
_FULL_DATE = regex.compile(r"(?:19|20)\d\d(?:[-_]?\d\d){0,2}")
_FILE = regex.compile(r"(.+?)(\.[A-Za-z]{1,5}\d?)")
_PIECE = regex.compile(r"\d+|[^\W\d_]+")
_UUID = regex.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", regex.IGNORECASE)

#: Keys of a query that name stories in most newsroom systems.
_ID = regex.compile(r"(?:\w*_)?(?:\w*id|no|nr|num|idx|p|news|haber|story|article|artikel|a|n)", regex.IGNORECASE)

#: Digits of a number that names no story: it fits 64 bits and is larger than any that counts stories.
_DIGITS: Final = 18
#: A number with so many digits names a story and no section, page or date.
_LONG: Final = 5


def shape(url: str) -> str:
    """What the addresses that one program serves have in common: `herald.example/word/date/date/slug.html?id`.

    Raises `InvalidUrl`.
    """
    parts = split(normalise(url))
    segments = parts.path.split("/")[1:]
    *folders, leaf = segments
    tail = "/" if not leaf and folders else ""
    if tail:
        *folders, leaf = folders
    name, ending = _name_and_ending(leaf)
    kinds = [*(_kind(each) for each in folders), *([_kind(name, leaf=True) + ending.lower()] if leaf else [])]
    keys = sorted({pair.partition("=")[0].lower() for pair in parts.query.split("&") if pair})
    return parts.host.removeprefix("www.") + "/" + "/".join(kinds) + tail + ("?" + "&".join(keys) if keys else "")


def sibling(url: str, letters: str) -> str:
    """An address of the same shape beside `url` that cannot exist, its name made of `letters`, 25 by chance.

    Letters and digits; the first should be a letter. Raises `InvalidUrl`; ValueError where `letters` are too few.
    """
    if len(letters) < 20 or not letters.isascii() or not letters.isalnum():
        raise ValueError("an address that cannot exist needs 20 letters or more")
    parts = split(normalise(url))
    segments = parts.path.split("/")
    at = next((n for n in range(len(segments) - 1, 0, -1) if segments[n]), 0)
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    named = [_is_id(key, value) for key, _, value in pairs]
    query = "&".join(
        key + mark + (_other(value, letters) if is_id else value)
        for (key, mark, value), is_id in zip(pairs, named, strict=True)
    )
    changed = [
        _other(each, letters) if n != at and _names_a_story(each) else each for n, each in enumerate(segments)
    ]
    if not any(named) or _names_a_story(segments[at]):  # else the query alone names the story
        name, ending = _name_and_ending(segments[at])
        changed[at] = _other(name, letters) + ending
        changed = ["", *changed] if at == 0 else changed
    return parts.origin + "/".join(changed) + ("?" + query if query else "")


def _name_and_ending(leaf: str) -> tuple[str, str]:
    found = _FILE.fullmatch(leaf)
    return (found[1], found[2]) if found else (leaf, "")


def _kind(segment: str, *, leaf: bool = False) -> str:
    plain = unquote(segment, errors="replace")
    if not leaf and _DATE.fullmatch(plain):
        return "date"
    if plain.isascii() and plain.isdigit():
        return "number"
    return "slug" if leaf or _names_a_story(plain) else "word"


def _names_a_story(text: str) -> bool:
    """Whether a part of a path is the name of a story: a long number, several words, or one very long one."""
    plain = unquote(text, errors="replace")
    if _FULL_DATE.fullmatch(plain):
        return False
    pieces = _PIECE.findall(plain)
    return len(pieces) >= 4 or any(len(piece) >= (_LONG if piece.isdigit() else 20) for piece in pieces)


def _is_id(key: str, value: str) -> bool:
    """Whether a pair of the query names a story."""
    number = value.isascii() and value.isdigit()
    return _names_a_story(value) or (number and len(value) > 1 and _ID.fullmatch(key) is not None)


def _other(name: str, letters: str) -> str:
    """Another name of the same make: a number for a number, letters for words, both where both stood there."""
    number = "9" + "".join(str(ord(each) % 10) for each in letters)[: _DIGITS - 1]
    plain = unquote(name, errors="replace")
    if plain.isascii() and plain.isdigit():
        return number
    if _UUID.fullmatch(plain):
        digits = ("".join(f"{ord(each) % 16:x}" for each in letters) * 2)[:32]
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    word = letters if letters[0].isalpha() else "x" + letters[1:]
    front = regex.fullmatch(r"(\d{5,})([-_.,])(.+)", plain)
    back = regex.fullmatch(r"(.+?)([-_.,])(\d{5,})", plain)
    if front:
        return number + front[2] + word
    return word + back[2] + number if back else word
