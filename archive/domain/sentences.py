"""Sentences that are written as patterns, one a line, in any language: how they are spelt and looked for. Pure.

In a line `…` stands for up to eight words, `*` for any letters, `(a|b)` for either. A line matches whole words,
but for scripts that put no spaces between them.
"""

from __future__ import annotations

import functools

import regex

from archive.domain.wording import plain

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")
_GAP = r"(?:\S+\s+){0,8}?"


class Sentences:
    """A table of lines. It is read when it is first asked, for that takes a tenth of a second."""

    def __init__(self, lines: str) -> None:
        self._lines = [line.strip() for line in lines.splitlines() if line.strip()]

    @functools.cached_property
    def _pattern(self) -> regex.Pattern[str]:
        return regex.compile("|".join(map(_line, self._lines)))

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in `text`, which is `folded`."""
        return self._pattern.search(text) is not None


def _line(line: str) -> str:
    spaced = plain(line).casefold().replace(" ... ", "\0")
    said = spaced.replace("*", r"[\p{L}\p{M}]*+").replace(" ", r"\s+").replace("\0", rf"\s+{_GAP}")
    return f"(?:{said})" if _UNSPACED.search(line) else rf"(?<![\p{{L}}\p{{M}}])(?:{said})(?![\p{{L}}\p{{M}}])"


def folded(text: str) -> str:
    """A text as the patterns read it."""
    return plain(text).casefold()
