"""Books of phrases: one pattern of many, written down a line at a time. Pure."""

from __future__ import annotations

import regex


def group(book: str) -> str:
    """The lines of `book` as alternatives of one pattern; blank lines, and blanks at both ends, do not count."""
    return f"(?:{'|'.join(line for raw in book.splitlines() if (line := raw.strip()))})"


def either(book: str) -> regex.Pattern[str]:
    """A pattern that any line of `book` matches."""
    return regex.compile(group(book))
