"""The words that an edit replaced → whether something is denied now that was not, or the other way round.

Particles in the languages of `lexicons`; English "n't", French "n'"; verbs that deny by their beginning in
Kurdish and Persian (kir, nekir; کرد، نەکرد) and by a syllable inside in Turkish (geldi, gelmedi), where the
verb that does not deny stood in its place. It refuses to know words that deny by their sense (failed to),
and Chinese, Japanese and Korean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from archive.domain.lexicons import NEGATING_PREFIXES, bare, entries

# How a Turkish verb ends when it denies, and when it does not; after the stem, before person and number.
_TURKISH = tuple(
    (regex.compile(denying), regex.compile(plain))
    for denying, plain in (
        ("m[ae]d[ıi]", "[dt][ıiuü]"),
        ("m[ıiuü]yor", "[ıiuü]?yor"),
        ("m[ae]y[ae]c[ae]", "y?[ae]c[ae]"),
        ("m[ae]m[ıi]ş", "m[ıiuü]ş"),
        ("m[ae]z", "[aeıiuü]?r"),
        ("m[ae]y[ae]n", "y?[ae]n"),
        ("m[ae]m[ae]", "m[ae]"),
        ("m[ae]s[ıi]n", "s[ıiuü]n"),
    )
)
_VOWELS = regex.compile("[aeıioöuü]")


def negated(olds: Sequence[str], news: Sequence[str], codes: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The words that deny on either side; empty twice where both deny equally often."""
    was, now = ([word for word in side if denies(word, codes)] for side in (olds, news))
    lost, came = list(_affixed(news, olds, codes)), list(_affixed(olds, news, codes))
    was += [word for word in lost if word not in was]
    now += [word for word in came if word not in now]
    return (was, now) if len(was) != len(now) else ([], [])


def denies(word: str, codes: tuple[str, ...]) -> bool:
    """Whether the word denies whatever stands beside it."""
    plain = bare(word)
    if plain in entries("negations", codes):
        return True
    if "en" in codes and plain.endswith(("n't", "n’t")):
        return True
    return "fr" in codes and plain.startswith("n'")


def _affixed(plains: Sequence[str], others: Sequence[str], codes: tuple[str, ...]) -> Iterator[str]:
    """Those of `others` that are one of `plains`, denied."""
    for other in others:
        word = bare(other)
        if any(_denies_of(word, bare(plain), codes) for plain in plains):
            yield other


def _denies_of(word: str, plain: str, codes: tuple[str, ...]) -> bool:
    for prefix, instead in (pair for code in codes for pair in NEGATING_PREFIXES.get(code, ())):
        if len(plain) > 1 and plain.startswith(instead) and word == bare(prefix) + plain.removeprefix(instead):
            return True
    return "tr" in codes and _turkish(word, plain)


def _turkish(word: str, plain: str) -> bool:
    for denying, other in _TURKISH:
        for found in denying.finditer(word, 2) if len(word) < 40 else ():
            stem, tail = word[: found.start()], word[found.end() :]
            for size in (len(stem), len(stem) - 1):  # iste-miyor, ist-iyor
                same = size > 1 and _soft(stem[:size]) == _soft(plain[:size])
                match = other.match(plain, size) if same else None
                if match and _VOWELS.sub("", plain[match.end() :]) == _VOWELS.sub("", tail):
                    return True
    return False


def _soft(stem: str) -> str:
    """A stem's last consonant is voiced before a vowel: git-, gid-."""
    return stem[:-1] + {"t": "d", "p": "b", "k": "ğ", "ç": "c"}.get(stem[-1:], stem[-1:])
