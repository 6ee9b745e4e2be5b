"""A paragraph → where in it somebody else's words stand.

It knows the quotation marks of all languages, “these”, „these“, «these», »these«, 「these」 and "these",
and the single ones where they are no apostrophes. A mark that is opened and never closed runs to the
paragraph's end: so do English papers when a quotation goes on. It refuses to know speech without marks,
and whether a title or a word of irony stands in them: `classify` looks at how long they are.
"""

from __future__ import annotations

import regex

_PAIRS = {
    "“": "”“",
    "„": "“”",
    "«": "»",
    "「": "」",
    "『": "』",
    "‹": "›",
    "﹁": "﹂",
    "»": "«",
    "›": "‹",
    "‚": "‘’",
    "‘": "’",
    '"': '"',
    "”": "”",  # Swedish and Finnish open with it
    "'": "'",
}
_MARK = regex.compile(r"[“”„‟«»「」『』‹›﹁﹂‚‘’\"']|''")
_SINGLE = "‚‘’'‹›"

Span = tuple[int, int]
"""Where the words between two marks begin, and where they end."""


def quoted(text: str) -> list[Span]:
    """The stretches inside quotation marks, outermost ones only, in order."""
    found, opened, closers, opener_is_single = list[Span](), -1, "", False
    for match in _MARK.finditer(text):
        mark, at, end = match[0][0], match.start(), match.end()
        if opened < 0:
            if mark in _PAIRS and _may_open(text, at, end):
                opened, closers, opener_is_single = end, _PAIRS[mark], mark in _SINGLE
        elif mark in closers and _may_close(text, at, end, single=mark in "’'"):
            found.append((opened, at))
            opened = -1
    goes_on = text[opened - 1 : opened] not in "\"'" or not text[: opened - 1].strip()  # 5" is no speech
    if 0 <= opened < len(text) and not opener_is_single and goes_on:
        found.append((opened, len(text)))
    return found


def _may_open(text: str, at: int, end: int) -> bool:
    """Before it a space or a bracket, after it a word; "»" and "”" must not be the end of something."""
    before, after = text[at - 1 : at], text[end : end + 1]
    wide = text[at] in "「『﹁"
    return wide or (
        (bool(after.strip()) or text[at] in "«„") and not regex.fullmatch(r"[\p{L}\p{N}\p{Po}]", before)
    )


def _may_close(text: str, at: int, end: int, *, single: bool) -> bool:
    """An apostrophe stands between letters or after a space; a closing mark does not."""
    if not single:
        return True
    return not text[at - 1 : at].isspace() and not regex.match(r"[\p{L}\p{N}]", text[end : end + 1] or " ")
