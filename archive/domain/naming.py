"""The sentences of two texts → which of their words are names of people, places, organisations.

By what each script and language gives away:

- Latin, Cyrillic, Greek and Armenian letters: a capital inside a sentence. At its beginning only a word
  that stands with a capital inside another sentence, too, or before a further name, or in capitals alone.
- German writes every noun like that: there, what follows a title or an adverb of speech, two capitals in a
  row without an article, capitals alone, countries and cities that are often in the news, and what is so
  known from elsewhere in either text. Another lone place or company is not seen unless it stands so somewhere.
- A headline in title case, or in capitals, says nothing itself: there, names known from the text.
- Arabic letters have no capitals: what follows a title or a particle of names (بن, أبو, عبد), common given
  names, countries and cities often in the news, and what is so known from elsewhere. No other name is seen.
- Chinese, Japanese, Korean and Thai: only foreign names with a middle dot, and Latin letters.

It refuses to know who is who: "Mr. Karim" and "the baker" may be one man.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import regex

from archive.domain.lexicons import (
    ARTICLES,
    EVERYDAY,
    GIVEN_NAMES,
    MEASURES,
    NAME_PARTICLES,
    PLACES,
    TITLES,
    VERBS_OF_SPEECH,
    bare,
)
from archive.domain.numerals import is_date
from archive.domain.wording import is_word

_CAPITAL = regex.compile(r"\p{Lu}[\p{L}\p{M}\p{Nd}'-]*+")
_CAPITALS = regex.compile(r"\p{Lu}[\p{Lu}\p{M}\p{Nd}]++")
_CASELESS = regex.compile(r"[\p{Arabic}\p{Hebrew}]{2,}+")
_NO_NAME_DE = regex.compile(r".*(?:(?:ung|heit|keit|schaft|tion|tät)(?:en)?|ismus|nis(?:se)?)")
_ADJECTIVE_DE = regex.compile(r".*e[rsnm]?")  # at a sentence's beginning: Massiver Stromausfall
# in Altenbrück, aus Marktlinden: by the ending, where a preposition and no article stands before it
_WHERE_DE = frozenset({"in", "aus", "nach", "bei", "von", "um", "vor", "über"})
_PLACE_DE = regex.compile(
    r".{2,}(?:stadt|burg|dorf|heim|hausen|brücken?|furt|linden|kirchen|bach|wald|hafen|feld|ingen|au|see|berg|rode|stein)"
)
_TITLE_CASE = 0.6  # of the words of four letters and more; of 40 headlines in title case all have 0.8
_AFTER_TITLE = 2  # words after a title that may be of the name, in scripts without capitals
_MIDDLE_DOTS = "·・•‧"
# Everyday words that a name may begin with: Los Angeles, El Sisi.
_LEADING = frozenset(
    ["new", "los", "las", "el", "la", "le", "al", "de", "del", "di", "da", "van", "von", "der", "den"]
)


class Names:
    """The names that two texts give away between them."""

    def __init__(self, sentences: Iterable[Sequence[str]], language: str) -> None:
        self._asked: dict[tuple[tuple[str, ...], bool], list[int]] = {}
        self.german = language == "de"
        self.lower: set[str] = set()
        self.known: set[str] = set()
        self.after_article: set[str] = set()
        kept = [words for words in sentences if words]
        for words in kept:
            self.lower.update(word for word in words if word[:1].islower())
            self.after_article.update(later for word, later in pairwise(words) if bare(word) in ARTICLES)
        for words in kept:
            if not _shouts(words):
                self.known.update(words[n] for n in self._by_place(words))

    def among(self, words: tuple[str, ...], *, headline: bool = False) -> list[int]:
        """Where names stand in a sentence or headline."""
        if (words, headline) not in self._asked:
            self._asked[words, headline] = self._among(words, headline=headline)
        return self._asked[words, headline]

    def _among(self, words: Sequence[str], *, headline: bool) -> list[int]:
        if _shouts(words) or (headline and not self.german and in_title_case(words)):
            return [n for n, word in enumerate(words) if self._is_known(word)]
        places = set(self._by_place(words))
        places.update(n for n, word in enumerate(words) if self._is_known(word))
        return sorted(places)

    def _is_known(self, word: str) -> bool:
        if word in self.known:
            return not (self.german and word in self.lower)
        stem = word.removesuffix("s") if self.german else word.partition("'")[0]
        return stem != word and len(stem) > 2 and stem in self.known

    def _by_place(self, words: Sequence[str]) -> Iterable[int]:
        for n, word in enumerate(words):
            if _CAPITAL.fullmatch(word):
                if self._is_capital_name(words, n):
                    yield n
            elif _CASELESS.fullmatch(word):
                if _is_caseless_name(words, n):
                    yield n
            elif word in _MIDDLE_DOTS and 0 < n < len(words) - 1:
                yield from _around(words, n)

    def _is_capital_name(self, words: Sequence[str], n: int) -> bool:
        word = words[n]
        plain = bare(word)
        if len(word) < 2 or plain in TITLES or is_date(word):
            return False
        if plain in EVERYDAY and (plain not in _LEADING or _begins(words, n) or not self._continues(words, n + 1)):
            return False
        if _CAPITALS.fullmatch(word):
            return True
        if self.german:
            return self._is_german_name(words, n)
        if not _begins(words, n):
            return True
        return plain not in self.lower and self._continues(words, n + 1)

    def _continues(self, words: Sequence[str], n: int) -> bool:
        """Whether a name goes on here."""
        word = words[n] if n < len(words) else ""
        capital = len(word) > 1 and _CAPITAL.fullmatch(word) is not None
        if capital and bare(word) in _LEADING:
            return self._continues(words, n + 1)
        return capital and bare(word) not in EVERYDAY and not is_date(word)

    def _is_german_name(self, words: Sequence[str], n: int) -> bool:
        word, before = words[n], words[n - 1] if n else ""
        if bare(word) in PLACES or bare(word.removesuffix("s")) in PLACES:
            return True
        if bare(before) in TITLES or bare(before) in NAME_PARTICLES:
            return not _NO_NAME_DE.fullmatch(word)
        if bare(before) in _WHERE_DE and _PLACE_DE.fullmatch(word) and word not in self.after_article:
            return True
        if word in self.after_article or bare(word) in self.lower or _NO_NAME_DE.fullmatch(word):
            return False
        if bare(word) in MEASURES or bare(before) in MEASURES:
            return False
        if _begins(words, n) and _ADJECTIVE_DE.fullmatch(word):
            return False
        spoken = bare(before) in VERBS_OF_SPEECH or any(bare(w) in VERBS_OF_SPEECH for w in words[n + 1 : n + 2])
        near = [m for m in (n - 1, n + 1) if 0 <= m < len(words)]
        beside = [words[m] for m in near if not (_begins(words, m) and _ADJECTIVE_DE.fullmatch(words[m]))]
        row = any(
            _CAPITAL.fullmatch(w)
            and bare(w) not in ARTICLES | MEASURES | EVERYDAY
            and not is_date(w)
            and w not in self.after_article
            and not _NO_NAME_DE.fullmatch(w)
            for w in beside
        )
        return row or (spoken and not (_begins(words, n) and not before))


def in_title_case(words: Sequence[str]) -> bool:
    """Whether most words of some length begin with a capital: a headline, the name of a book."""
    long = [word for word in words if len(word) > 3 and (word[0].isupper() or word[0].islower())]
    return len(long) > 1 and sum(word[0].isupper() for word in long) > _TITLE_CASE * len(long)


def _shouts(words: Sequence[str]) -> bool:
    """Whether it is all in capitals."""
    long = [word for word in words if len(word) > 3 and word[0].isalpha()]
    return len(long) > 1 and sum(word.isupper() for word in long) > _TITLE_CASE * len(long)


def _begins(words: Sequence[str], n: int) -> bool:
    """Whether a capital is owed to the place: a sentence, quotation, or clause after a colon begins."""
    before = n - 1
    if before >= 0 and words[before] in ("'", '"', "(", "["):
        before -= 1
        if before >= 0 and words[n - 1] in ("(", "["):
            return False
        return before < 0 or not is_word(words[before]) or words[n - 1] == '"'
    return before < 0 or words[before] in (":", ".", "!", "?", "...") or not any(map(is_word, words[:n]))


def _is_caseless_name(words: Sequence[str], n: int) -> bool:
    word = bare(words[n])
    if _is_given(words[n]) or _is_place(word):
        return True
    if word in TITLES or word in EVERYDAY or word in VERBS_OF_SPEECH or is_date(words[n]):
        return False
    if any(bare(words[m]) in NAME_PARTICLES for m in (n - 1, n + 1) if 0 <= m < len(words)):
        return True
    earlier = [bare(w) for w in words[max(0, n - _AFTER_TITLE) : n]]
    if n and _is_given(words[n - 1]):
        return True
    titled = next((m for m in range(len(earlier) - 1, -1, -1) if earlier[m] in TITLES), None)
    return titled is not None and not any(w in EVERYDAY or w in VERBS_OF_SPEECH for w in earlier[titled:])


def _is_given(word: str) -> bool:
    """A common given name, also with an "and" joined to it; "on" looks like Ali, and is not written like him."""
    plain = bare(word)
    return word != "على" and (plain in GIVEN_NAMES or plain.removeprefix("و") in GIVEN_NAMES)


def _is_place(plain: str) -> bool:
    """A country or city, also with a preposition joined to it (بالموصل) and Sorani's endings."""
    forms = (plain, plain[1:] if plain[:1] in "وبلف" else plain, plain.removesuffix("ي"), plain.removesuffix("دا"))
    return any(form in PLACES for form in forms) or ("ل" + plain[1:] if plain.startswith("لل") else "") in PLACES


def _around(words: Sequence[str], dot: int) -> Iterable[int]:
    """The characters left and right of a middle dot that can be of a foreign name, four at most."""
    for step in (-1, 1):
        n, count = dot + step, 0
        while 0 <= n < len(words) and regex.fullmatch(r"[\p{Han}\p{Katakana}ー]+", words[n]) and count < 4:
            yield n
            n, count = n + step, count + 1
