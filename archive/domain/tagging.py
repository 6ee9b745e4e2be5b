"""How tags are spelt, and what a note may hold. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from archive.errors import Misuse

MOST: Final = 64
"""Characters of a tag. It stands in tables and in the names of files."""

LONGEST: Final = 10_000
"""Characters of a note. Chosen: some four pages; who has more to say writes a document."""

# No database takes all of them, and nobody reads one; what turns the direction of writing hides what is written.
_UNREADABLE = regex.compile(r"[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069--[\n\t]]", regex.VERSION1)


def tag_in(text: str) -> str:
    """A tag: one word of letters, digits and `-_.:`, its accents written in one way. Raises `Misuse`."""
    plain = unicodedata.normalize("NFC", text)
    if not 0 < len(plain) <= MOST or not all(one.isalnum() or one in "-_.:" for one in plain):
        raise Misuse(f"{plain!r} is no tag; use one word of letters, digits and '-_.:', such as court")
    return plain


def note_in(text: str) -> str:
    """What a note says, its lines ended as they are here. Raises `Misuse`."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain:
        raise Misuse("the note is empty; write something, or leave it")
    if len(plain) > LONGEST:
        raise Misuse(f"the note has {len(plain):,} characters; write at most {LONGEST:,}")
    if found := _UNREADABLE.search(plain):
        raise Misuse(f"the note holds U+{ord(found[0]):04X}, which nobody can read; take it out")
    return plain
