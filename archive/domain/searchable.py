"""Text made fit for being searched: what a reader would call the same words is the same letters here.

It knows the *key* of a text (what is compared when somebody searches), what a query asks for, which words a change
took out and put in, and how a hit is shown. A query is found in a text exactly where its key is a part of the
text's key: search by parts of words, in any script. It refuses to know where texts are kept.

A key has no typography (`wording.fold` says what that is: two texts that fold to the same have the same key), no
case, and white space only between words of scripts that have it. All i are one: Turkish has four of them, ı I i İ,
and English calls I and i the same letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from archive.domain.diff import Edit, diff, line_diff
from archive.domain.wording import DOUBLED, plain, undoubled, words
from archive.errors import Misuse

#: Scripts in which a character or two are a word, and white space tells little. Each of their characters stands
#: between blanks in a key, so that also one alone is three characters long: what indexes of trigrams can find.
_APART = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPEAKABLE = regex.compile(r"[\p{Cc}\p{Cs}]")  # no database takes all of them, and nobody reads one
# Blanks stay between two words of scripts with spaces; beside punctuation they are typography: « mot », "mot".
# The first look-behind is a case of those after it; it halves the time.
_WORD, _MARK = (rf"[{kind}--[{_APART}]]" for kind in (r"[\p{L}\p{N}\p{Pc}]", r"[\p{M}\p{Cf}]"))
_LOOSE = regex.compile(
    rf"\ (?<![a-z0-9]\ (?=[a-z0-9])) (?: (?<! {_WORD} {_MARK}*+ \ ) | (?! {_WORD} | {_MARK}) )",
    regex.VERSION1 | regex.VERBOSE,
)
# English needs no more than this; it takes half the time.
_COMMON = (*((mark, plain(mark)) for mark in "“”‘’`–—…"), ("\N{NO-BREAK SPACE}", " "))
_LOOSE_ASCII = regex.compile(r"\ (?:(?<![a-z0-9_]\ )|(?![a-z0-9_]))")
_SET_APART = regex.compile(rf"[{_APART}]", regex.VERSION1)
_BETWEEN = regex.compile(rf"(?=[{_APART}])|(?<=[{_APART}])", regex.VERSION1)
# What no mark joins to its neighbours is folded together, the rest by clusters.
_RUN = regex.compile(r"\s++|[!-~]+(?!\p{M})|[\p{L}\p{N}]+(?!\p{M})|\X")
_CLUSTER = regex.compile(r"\X")
_QUOTED = regex.compile(r'"([^"]*)"?|([^\s"]+)')

#: Characters of a snippet, and how many of them stand before the first hit.
SNIPPET = 160
BEFORE = 60


def key(text: str) -> str:
    """What is compared when somebody searches for `text`, or in it."""
    text = _UNSPEAKABLE.sub(" ", text)
    for mark, simple in _COMMON:
        text = text.replace(mark, simple)
    if text.isascii():
        return _LOOSE_ASCII.sub("", " ".join(DOUBLED.sub(undoubled, text).lower().split()))
    text = DOUBLED.sub(undoubled, plain(text))
    text = _LOOSE.sub("", " ".join(caseless(text).split()))
    return _BETWEEN.sub(" ", text) if _SET_APART.search(text) else text


def key_of(pieces: Iterable[str]) -> str:
    """The key of texts that stand apart: no hit reaches from one into the next.

    Each ends with a line break, and all with one more: every part of two characters begins a trigram.
    """
    keys = [key(piece) for piece in pieces]
    return "".join(f"{each}\n" for each in keys if each) + "\n"


def caseless(text: str) -> str:
    """The text without case, and with one i."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text.casefold()).replace("i\u0307", "i").replace("ı", "i")


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody searches for: keys, all of which must be there."""

    terms: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Query:
        """Words, and phrases in double quotes of any shape. Raises `Misuse` where nothing is left of them."""
        found = map(key, asked(text))
        terms = tuple(dict.fromkeys(term for term in found if term))
        if not terms:
            raise Misuse(f"{text!r} holds nothing to search for; give a word, or a phrase in double quotes")
        return cls(terms)

    def stands_in(self, text_key: str) -> bool:
        """Whether all of it stands in the text with this key."""
        return all(term in text_key for term in self.terms)


def asked(text: str) -> list[str]:
    """The words and phrases that a query names, as they are written."""
    return [found for phrase, word in _QUOTED.findall(plain(text)) if (found := (phrase or word).strip())]


def edited(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a change took out and what it put in, as published: headline, standfirst and body of both sides.

    The very stretches that `stet diff` marks, without those that differ in typography and punctuation only.
    """
    edits = list[Edit]()
    for was, now in zip(before[:-1], after[:-1], strict=True):
        edits += line_diff(was, now).edits
    if words(before[-1]) != words(after[-1]):  # paragraphs broken elsewhere took no word away
        edits += diff(before[-1], after[-1]).edits
    told = [(edit, edit.words) for edit in edits]
    removed = tuple(edit.removed.strip() for edit, (old, _) in told if old)
    added = tuple(edit.added.strip() for edit, (_, new) in told if new)
    return removed, added


# Showing a hit -------------------------------------------------------------------------------------


def snippet(pieces: Iterable[str], query: Query, *, mark: tuple[str, str] = ("**", "**")) -> str:
    """The stretch of one of the texts around its first hit, on one line, all hits in it marked.

    The piece with most of the query is taken. Where a hit cannot be led back to the letters as they were
    published, the piece's beginning is shown unmarked.
    """
    best, most = "", -1
    for piece in filter(str.strip, pieces):
        folded = key_of([piece])
        found = sum(term in folded for term in query.terms)
        if found > most:
            best, most = piece, found
        if most == len(query.terms):
            break
    text = " ".join(best.split())
    spans = _spans(text, query)
    start, end = _window(text, spans[0] if spans else (0, 0))
    shown, at = "…" if start else "", start
    for first, last in spans:
        if first >= at and last <= end:
            shown += text[at:first] + mark[0] + text[first:last] + mark[1]
            at = last
    return shown + text[at:end] + ("…" if end < len(text) else "")


def _window(text: str, hit: tuple[int, int]) -> tuple[int, int]:
    """From the beginning of a word before the hit to the end of one after it."""
    start = max(0, hit[0] - BEFORE)
    if start and (blank := text.find(" ", start, hit[0])) >= 0:
        start = blank + 1
    end = min(len(text), max(start + SNIPPET, hit[1]))
    if end < len(text) and (blank := text.rfind(" ", hit[1], end + 1)) > hit[1]:
        end = blank
    return start, end


def _spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the query's terms stand in `text`, in order, joined where they touch or overlap."""
    folded, places = _placed(text)
    hits = sorted(_hits(folded, places, query))
    joined: list[tuple[int, int]] = []
    for first, last in hits:
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _hits(folded: str, places: Sequence[tuple[int, int]], query: Query) -> Iterator[tuple[int, int]]:
    for term in query.terms:
        at = folded.find(term)
        while at >= 0:
            letters = [n for n in range(at, at + len(term)) if folded[n] != " "]
            yield places[letters[0]][0], places[letters[-1]][1]
            at = folded.find(term, at + len(term))


_Places = list[tuple[int, int]]


def _placed(text: str) -> tuple[str, _Places]:
    """The key of `text`, and for each of its characters the stretch of `text` that it comes from."""
    folded, places = list[str](), _Places()
    for run in _RUN.finditer(text):
        start, end = run.span()
        letters = _letters(run[0])
        if letters == " ":
            if folded and folded[-1] != " ":
                folded.append(" ")
                places.append((start, end))
        elif len(letters) == end - start:
            folded += letters
            places += zip(range(start, end), range(start + 1, end + 1), strict=True)
        else:
            for part in _CLUSTER.finditer(run[0]):
                letters = _letters(part[0])
                folded += letters
                places += [(start + part.start(), start + part.end())] * len(letters)
    whole = "".join(folded)
    for pattern, put in ((DOUBLED, undoubled), (_LOOSE, _nothing), (_BETWEEN, _blank)):
        whole, places = _replaced(pattern, put, whole, places)
    return whole, places


def _letters(text: str) -> str:
    if text.isascii() and text.isprintable() and text != " ":
        return text.lower().replace("`", "'")
    letters = caseless(plain(_UNSPEAKABLE.sub(" ", text)))
    return " " if letters.isspace() else letters


def _replaced(
    pattern: regex.Pattern[str], put: Callable[[regex.Match[str]], str], text: str, places: _Places
) -> tuple[str, _Places]:
    """`pattern.sub(put, text)`, with the places of what remains."""
    made, kept, at = list[str](), _Places(), 0
    for match in pattern.finditer(text):
        new = put(match)
        made += text[at : match.start()], new
        near = places[match.start() : match.end()] or places[match.start() - 1 : match.start()] or [(0, 0)]
        kept += places[at : match.start()] + [(near[0][0], near[-1][1])] * len(new)
        at = match.end()
    return "".join([*made, text[at:]]), kept + places[at:]


def _nothing(_: regex.Match[str]) -> str:
    return ""


def _blank(_: regex.Match[str]) -> str:
    return " "
