"""Two stretches of words → whether they are one, spelt in two ways.

It knows slips of one letter (of two in long words), British and American spelling, accents and umlauts
written out, words joined, parted or doubled, and capitals. It has no dictionary: of two words that differ by
a letter it cannot tell whether both exist, so everyday words, short ones, endings that make a plural or a
tense, and beginnings that deny (legal, illegal) are never slips.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex
from rapidfuzz.distance import OSA

from archive.domain.lexicons import EVERYDAY, bare

_LONG = 7  # letters, from which two wrong ones are a slip
_SHORT = 4  # letters, below which only letters that changed places are one
_DENYING = ("un", "in", "im", "il", "ir", "dis", "non", "anti", "mis", "a", "ne", "na", "не", "без", "нe")
_ENDINGS = (
    "s",
    "es",
    "ed",
    "d",
    "ing",
    "n",
    "en",
    "e",
    "er",
    "ler",
    "lar",
    "n't",
    "'s",
    "r",
    "ы",
    "и",
    "а",
    "у",
    "ат",
)
_AMERICAN = tuple(
    (regex.compile(pattern), put)
    for pattern, put in (
        (r"(?<=[a-z]{2})ou(?=r)", "o"),
        (r"(?<=[a-z]{2})[sz](?=(?:e|ed|es|er|ers|ing|ation|ations|able)$)", "z"),
        (r"(?<=[a-z]{2})ys(?=e|ed|ing)", "yz"),
        (r"(?<=[a-z]{2}[td])re(?=$|s$|d$)", "er"),
        (r"ogue(?=s?$)", "og"),
        (r"(?<=[aeiou])ll(?=(?:ed|ing|er|ers|or|ors)$)", "l"),
        (r"(?<=[a-z]{2})ence(?=s?$)", "ense"),
        (r"ae|oe", "e"),
        (r"(?<=program)me", ""),
        (r"^grey", "gray"),
        (r"^tyre(?=s?$)", "tire"),
        (r"^kerb(?=s?$)", "curb"),
        (r"^sceptic", "skeptic"),
        (r"^plough", "plow"),
        (r"^mould", "mold"),
        (r"(?<=judg|acknowledg)e(?=ment)", ""),
        (r"^towards$", "toward"),
    )
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "æ": "ae", "ø": "oe", "å": "aa"})


def respelt(olds: Sequence[str], news: Sequence[str]) -> bool:
    """Whether the words say the same and only their spelling differs."""
    old, new = [[bare(word) for word in side] for side in (olds, news)]
    if "".join(old) == "".join(new):
        return True
    if not old or not new or len(old) != len(new):
        return False
    return all(one_word(x, y) for x, y in zip(old, new, strict=True))


def doubled(words: Sequence[str], before: str, after: str) -> bool:
    """Whether a single word repeats the one beside it: `the the`."""
    return len(words) == 1 and bare(words[0]) in (bare(before), bare(after))


def one_word(old: str, new: str) -> bool:
    """Whether two words, bare ones, are the same with a slip in one of them or in another spelling."""
    if old == new or accentless(old) == accentless(new) or _american(old) == _american(new):
        return True
    if regex.search(r"\p{N}", old + new) or (old in EVERYDAY and new in EVERYDAY):
        return False
    if _denies(old, new) or _inflects(old, new):
        return False
    if OSA.distance(old, new) == 1:
        swapped = len(old) == len(new) and sorted(old) == sorted(new)
        return min(len(old), len(new)) >= (3 if swapped else _SHORT)
    return min(len(old), len(new)) >= _LONG and OSA.distance(old, new) == 2


def accentless(word: str) -> str:
    """Without accents, umlauts written out; `müller` and `mueller` are one."""
    spelt = word.lower().translate(_UMLAUTS)
    return "".join(char for char in unicodedata.normalize("NFD", spelt) if not unicodedata.combining(char))


def _american(word: str) -> str:
    for pattern, put in _AMERICAN:
        word = pattern.sub(put, word)
    return word


def _denies(old: str, new: str) -> bool:
    short, long = sorted((old, new), key=len)
    return any(long == prefix + short for prefix in _DENYING)


def _inflects(old: str, new: str) -> bool:
    """One ends where the other goes on with an ending, or both end in one: a plural, a tense, a case."""
    short, long = sorted((old, new), key=len)
    if len(short) < len(long):
        return long.startswith(short) and long[len(short) :] in _ENDINGS
    return short[:-1] == long[:-1] and not regex.fullmatch(r"[a-z]*", short + long)
