"""A sentence before and after → what of it changed that a fact-checker would look at.

Numbers, names, negations, hedges and attributions, each with its reason in words. What the rules know of
which language stands in `lexicons`, `numerals`, `naming` and `negating`. It refuses to judge sentences that
only came or went: what they say is new or gone, not altered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import regex

from archive.domain.edits import Change, Pair, Sentence, Word
from archive.domain.kinds import Kind, Place, Reason, shown, told
from archive.domain.lexicons import EVERYDAY, NAME_PARTICLES, bare, finder
from archive.domain.naming import Names
from archive.domain.negating import denies, negated
from archive.domain.numerals import Numeral, is_one, numerals
from archive.domain.spelling import accentless, doubled, respelt
from archive.domain.wording import is_word

# How likely it is that a fact-checker wants to know. Chosen, not measured: an order first. What turns a
# sentence round weighs most, then what can be checked, then who says it; what takes another's place weighs
# more than what came or went beside it, and a name that the article goes on using little.
NEGATION = 0.7
NUMBER = 0.6
NUMBER_CAME = 0.35
SIGN = 0.5  # of money, per cent
DATE = 0.3
DATE_CAME = 0.12
SWAPPED = 0.5  # numbers that changed places
NAME = 0.55
NAME_GONE = 0.5
NAME_CAME = 0.35
NAME_MOVED = 0.15  # one that stands elsewhere in both texts
MODALITY = 0.55
ATTRIBUTION = 0.4
SOURCE = 0.35  # police said → officials said

#: In these places the same weighs more, or less.
EMPHASIS = {Place.HEADLINE: 1.2, Place.QUOTATION: 1.3, Place.CAPTION: 0.6}

#: An edit of more words than that is another sentence, not the same one denied, hedged or attributed.
DENIED, HEDGED, ATTRIBUTED = 6, 8, 10
#: Names take each other's place in edits of so many words; in longer ones they come and go.
RENAMED = 6
#: So do numbers, in edits of so many.
TRADED = 12

#: What has more words without a full stop is no sentence, and is not looked into.
LONGEST = 2_000
#: So many words on either side show where a word came or went.
CONTEXT = 2

_HEDGING = ("hedges", "certain", "denials")


@dataclass(frozen=True)
class Sides:
    """What is known of the two articles that a sentence stands in."""

    codes: tuple[str, ...]  #: the languages whose lists are read
    names: Names
    named_before: frozenset[str]  #: names that stand anywhere in the earlier article
    named_after: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be said of one sentence, and whether more of it changed than that says."""

    reasons: tuple[Reason, ...]
    typo: bool  #: nothing but slips of spelling
    rest: int = 0  #: words that changed and that no reason speaks of
    quoted: int = 0  #: the same, inside quotation marks


def facts(pair: Pair, place: Place, sides: Sides) -> Found:
    """Look at a sentence before and after."""
    changes = [change for change in pair.changes if _worded(pair, change)]
    if max(len(pair.old.words), len(pair.new.words)) > LONGEST:
        return Found((), typo=False, rest=sum(len(change.old) + len(change.new) for change in changes))
    if all(_respelt(pair, change, place, sides) for change in changes):
        return Found((), typo=bool(changes))
    spoken = set[tuple[int, int]]()  # side and word that a reason speaks of
    reasons = [
        *_numbers(pair, place, sides, spoken),
        *_names(pair, place, sides, spoken),
        *_negations(pair, place, sides, spoken),
        *_modalities(pair, place, sides, spoken),
        *_attributions(pair, place, sides, spoken),
    ]
    rest = quoted = 0
    for change in changes:
        left = [] if _respelt(pair, change, place, sides) else list(_unspoken(pair, change, spoken))
        if not reasons or any(bare(word.text) not in EVERYDAY for word in left):
            quoted += sum(word.quoted for word in left)
            rest += sum(not word.quoted for word in left)
    return Found(tuple(reasons), typo=False, rest=rest, quoted=quoted)


def name_key(word: str, language_codes: tuple[str, ...] = ()) -> str:
    """The same for a name however it is inflected, as far as that can be told without a dictionary."""
    plain = accentless(bare(word).partition("'")[0])
    if "ar" in language_codes and len(plain) > 4 and plain[0] in "وبلف":
        plain = plain[1:]
    if "ru" in language_codes and len(plain) > 4:
        plain = plain.rstrip("аеиоуыьюяйм") or plain
    return plain.removesuffix("s") if len(plain) > 4 and "de" in language_codes else plain


# Which words changed.


def _words(sentence: Sentence, at: Iterable[int]) -> list[str]:
    return [sentence.cores[n] for n in at if is_word(sentence.cores[n])]


def _worded(pair: Pair, change: Change) -> bool:
    return bool(_words(pair.old, change.old) or _words(pair.new, change.new))


def _respelt(pair: Pair, change: Change, place: Place, sides: Sides) -> bool:
    """Nothing but a slip: no number, no negation, and no name but for its accents."""
    olds, news = _words(pair.old, change.old), _words(pair.new, change.new)
    if not olds or not news:
        side, at, words = (pair.new, change.new, news) if news else (pair.old, change.old, olds)
        before, after = side.cores[at.start - 1] if at.start else "", side.cores[at.stop : at.stop + 1]
        return doubled(words, before, after[0] if after else "") and not numerals(words, sides.codes)
    if not respelt(olds, news):
        return False
    if [n.value for n in numerals(olds, sides.codes)] != [n.value for n in numerals(news, sides.codes)]:
        return False
    if any(negated(olds, news, sides.codes)):
        return False
    if accentless("".join(olds)) == accentless("".join(news)):
        return True
    return not (_names_in(pair.old, change.old, place, sides) or _names_in(pair.new, change.new, place, sides))


def _unspoken(pair: Pair, change: Change, spoken: set[tuple[int, int]]) -> Iterator[Word]:
    for side, sentence, at in ((0, pair.old, change.old), (1, pair.new, change.new)):
        for n in at:
            if (side, n) not in spoken and is_word(sentence.cores[n]):
                yield sentence.words[n]


def _spot(pair: Pair, place: Place, old: Iterable[int], new: Iterable[int]) -> Place:
    """The place, or a quotation where all of these words stand in one."""
    words = [*(pair.old.words[n] for n in old), *(pair.new.words[n] for n in new)]
    return Place.QUOTATION if words and all(word.quoted for word in words) else place


def _reason(kind: Kind, weight: float, subject: str, old: str, new: str, spot: Place) -> Reason:
    return Reason(kind, min(weight * EMPHASIS.get(spot, 1.0), 0.95), told(subject, old, new, spot))


# Numbers.


def _numbers(pair: Pair, place: Place, sides: Sides, spoken: set[tuple[int, int]]) -> Iterator[Reason]:
    was, now = numerals(pair.old.cores, sides.codes), numerals(pair.new.cores, sides.codes)
    changed = [{n for change in pair.changes for n in at(change)} for at in (_old, _new)]
    gone, come = _without_common(was, now, changed[0]), _without_common(now, was, changed[1])
    for change in pair.near:
        trade = max(len(change.old), len(change.new)) <= TRADED
        for sort in ("number", "sign", "date"):
            olds = [one for one in gone if one.sort == sort and _meets(one.span, change.old)]
            news = [one for one in come if one.sort == sort and _meets(one.span, change.new)]
            apart = [*zip_longest(olds, []), *zip_longest([], news)]
            for old, new in zip_longest(olds, news) if trade else apart:
                yield _number(pair, place, sort, old, new)
    spoken.update((0, n) for one in gone for n in one.span)
    spoken.update((1, n) for one in come for n in one.span)
    if not gone and not come and _swapped(pair, was, now):
        spoken.update((side, n) for side, ns in enumerate((was, now)) for one in ns for n in one.span)
        text = "the numbers " + " and ".join(dict.fromkeys(one.text for one in was if one.sort == "number"))
        yield Reason(Kind.NUMBERS, SWAPPED, f"{text} changed places")


def _old(change: Change) -> range:
    return change.old


def _new(change: Change) -> range:
    return change.new


def _without_common(some: Sequence[Numeral], others: Sequence[Numeral], changed: set[int]) -> list[Numeral]:
    """Those that the other side has not; of several equal ones those in an edit."""
    left, found = Counter((one.sort, one.value) for one in others), list[Numeral]()
    for one in sorted(some, key=lambda one: any(n in changed for n in one.span)):
        if left[one.sort, one.value]:
            left[one.sort, one.value] -= 1
        else:
            found.append(one)
    return sorted(found, key=lambda one: one.span.start)


def _number(pair: Pair, place: Place, sort: str, old: Numeral | None, new: Numeral | None) -> Reason:
    spans = [one.span if one else range(0) for one in (old, new)]
    texts = [one.text if one else "" for one in (old, new)]
    if sort == "number" and (old is None or new is None):
        for change in pair.changes:  # one victim, two victims
            at = change.new if old is None else change.old
            other, words = (change.old, pair.old.cores) if old is None else (change.new, pair.new.cores)
            here = spans[1] if old is None else spans[0]
            ones = [words[n] for n in other if is_one(words[n])]
            if here and here[0] in at and ones:
                texts[0 if old is None else 1] = ones[0]
    both = all(texts)
    weights = {
        "number": (NUMBER if both else NUMBER_CAME),
        "sign": (SIGN if both else NUMBER_CAME),
        "date": (DATE if both else DATE_CAME),
    }
    subject = {"number": "the number", "sign": "the unit", "date": "the date"}[sort]
    spot = _spot(pair, place, *spans)
    return _reason(Kind.NUMBERS, weights[sort], subject, texts[0], texts[1], spot)


def _swapped(pair: Pair, was: Sequence[Numeral], now: Sequence[Numeral]) -> bool:
    """The same numbers in another order among the same words."""
    if [one.value for one in was] == [one.value for one in now]:
        return False
    figures = [{n for one in side for n in one.span} for side in (was, now)]
    sides = zip((pair.old, pair.new), figures, strict=True)
    rest = [[core for n, core in enumerate(side.cores) if n not in taken] for side, taken in sides]
    return rest[0] == rest[1]


# Names.


def _names_in(sentence: Sentence, at: range, place: Place, sides: Sides) -> list[int]:
    among = sides.names.among(sentence.cores, headline=place is Place.HEADLINE)
    return [n for n in among if n in at]


def _names(pair: Pair, place: Place, sides: Sides, spoken: set[tuple[int, int]]) -> Iterator[Reason]:
    kept = {name_key(pair.old.cores[n], sides.codes) for n in _kept(pair)}
    for change in pair.near:
        olds, news = _names_in(pair.old, change.old, place, sides), _names_in(pair.new, change.new, place, sides)
        gone = [n for n in olds if not _stays(pair.old, n, pair.new, news, kept, sides)]
        come = [n for n in news if not _stays(pair.new, n, pair.old, olds, kept, sides)]
        trade = gone and come and max(len(change.old), len(change.new)) <= RENAMED
        for some, others in [(gone, come)] if trade else [(gone, []), ([], come)]:
            reason = _name(pair, place, sides, change, some, others) if some or others else None
            if reason:
                spoken.update((0, n) for n in olds)
                spoken.update((1, n) for n in news)
                yield reason


def _stays(
    sentence: Sentence, n: int, other: Sentence, others: Sequence[int], kept: set[str], sides: Sides
) -> bool:
    """Whether a name stands on the other side of the edit, or beside it; in a quotation only the edit counts."""
    key = name_key(sentence.cores[n], sides.codes)
    beside = key in kept and not sentence.words[n].quoted
    return beside or any(name_key(other.cores[m], sides.codes) == key for m in others)


def _kept(pair: Pair) -> Iterator[int]:
    changed = {n for change in pair.changes for n in change.old}
    return (n for n in range(len(pair.old.cores)) if n not in changed)


def _name(
    pair: Pair, place: Place, sides: Sides, change: Change, gone: Sequence[int], come: Sequence[int]
) -> Reason | None:
    """What became of the names in one edit; None where only a first name or a "he" was traded for them."""
    old, new = _spans(pair.old, gone), _spans(pair.new, come)
    subject = "the names" if " and " in (old or new) else "the name"
    spot = _spot(pair, place, gone, come)
    if gone and come:
        known = _all_known(pair.old, gone, sides) and _all_known(pair.new, come, sides)
        return _reason(Kind.NAMES, (NAME + NAME_MOVED) / 2 if known else NAME, subject, old, new, spot)
    sentence, names, at = (pair.old, gone, change.old) if gone else (pair.new, come, change.new)
    known = _all_known(sentence, names, sides)
    style = _shortened(sentence, names, at, place, sides) or (known and _traded(pair, change, place, sides))
    if style and spot is not Place.QUOTATION:
        return None
    weight = NAME_MOVED if known and spot is not Place.QUOTATION else NAME_GONE if gone else NAME_CAME
    return _reason(Kind.NAMES, weight, subject, old, new, spot)


def _spans(sentence: Sentence, at: Sequence[int]) -> str:
    """The names at these places as they are written: those side by side are one."""
    spans = list[list[int]]()
    for n in at:
        between = sentence.cores[spans[-1][-1] + 1 : n] if spans else ()
        if spans and all(core == "-" or bare(core) in NAME_PARTICLES for core in between):
            spans[-1] += range(spans[-1][-1] + 1, n + 1)
        else:
            spans.append([n])
    texts = (" ".join(sentence.cores[n] for n in span).replace(" - ", "-") for span in spans)
    return " and ".join(shown(text) for text in dict.fromkeys(texts))


def _all_known(sentence: Sentence, at: Sequence[int], sides: Sides) -> bool:
    keys = {name_key(sentence.cores[n], sides.codes) for n in at}
    return keys <= sides.named_before and keys <= sides.named_after


def _shortened(sentence: Sentence, names: Sequence[int], at: range, place: Place, sides: Sides) -> bool:
    """Whether the rest of the same name still stands beside it: Hosni Mubarak, Mubarak."""
    among = set(sides.names.among(sentence.cores, headline=place is Place.HEADLINE))
    if names[-1] - names[0] >= len(names):
        return False
    return any(n in among and n not in at for n in (names[0] - 1, names[-1] + 1))


def _traded(pair: Pair, change: Change, place: Place, sides: Sides) -> bool:
    """Whether other words took the names' place in running text, where "he" will do."""
    named = [_names_in(pair.old, change.old, place, sides), _names_in(pair.new, change.new, place, sides)]
    both = _words(pair.old, change.old) and _words(pair.new, change.new)
    return place is Place.TEXT and bool(both) and not all(named)


# Negation, modality, attribution.


def _negations(pair: Pair, place: Place, sides: Sides, spoken: set[tuple[int, int]]) -> Iterator[Reason]:
    for change in pair.near:
        olds, news = _words(pair.old, change.old), _words(pair.new, change.new)
        if max(len(olds), len(news)) > DENIED:
            continue
        was, now = negated(olds, news, sides.codes)
        if not was and not now:
            continue
        spots = [
            [n for n in at if side.cores[n] in words]
            for side, at, words in ((pair.old, change.old, was), (pair.new, change.new, now))
        ]
        spoken.update((side, n) for side, ns in enumerate(spots) for n in ns)
        single = [not denies(words[0], sides.codes) if words else False for words in (was, now)]
        if any(single):  # a verb that denies in one word took the other's place
            spoken.update((0, n) for n in change.old)
            spoken.update((1, n) for n in change.new)
            was, now = olds, news
        elif len(was) > len(now):
            was, now = (was, []) if not now else (was, now)
        spot = _spot(pair, place, *spots)
        reason = _reason(Kind.NEGATION, NEGATION, "", shown(" ".join(was)), shown(" ".join(now)), spot)
        yield replace(reason, text=reason.text + _context(pair, spots))


def _modalities(pair: Pair, place: Place, sides: Sides, spoken: set[tuple[int, int]]) -> Iterator[Reason]:
    for change in pair.near:
        if max(len(change.old), len(change.new)) > HEDGED:
            continue
        counts, texts, spots = [], [], []
        for side, sentence, at in ((0, pair.old, change.old), (1, pair.new, change.new)):
            found = [(which, span) for which in _HEDGING for span in _listed(which, sentence, at, sides)]
            counts.append(Counter(which for which, _ in found))
            texts.append(" … ".join(" ".join(sentence.cores[n] for n in span) for _, span in found))
            spots.append({n for _, span in found for n in span})
            if found:
                spoken.update((side, n) for n in spots[-1])
        if counts[0] != counts[1]:
            spot = _spot(pair, place, *spots)
            reason = _reason(Kind.MODALITY, MODALITY, "", shown(texts[0]), shown(texts[1]), spot)
            yield replace(reason, text=reason.text + _context(pair, [sorted(one) for one in spots]))


def _context(pair: Pair, spots: Sequence[Sequence[int]]) -> str:
    """The words around what came or went alone: `: "did not know of"`."""
    if bool(spots[0]) == bool(spots[1]):
        return ""
    sentence, at = (pair.old, spots[0]) if spots[0] else (pair.new, spots[1])
    words = [core for core in sentence.cores[max(0, at[0] - CONTEXT) : at[-1] + 1 + CONTEXT] if core != '"']
    return f": {shown(regex.sub(r' (?=[.,;:!?،؛])', '', ' '.join(words)))}"


def _attributions(pair: Pair, place: Place, sides: Sides, spoken: set[tuple[int, int]]) -> Iterator[Reason]:
    for change in pair.near:
        if max(len(change.old), len(change.new)) > ATTRIBUTED:
            continue
        both = ((pair.old, change.old), (pair.new, change.new))
        hedges = [_listed("hedges", sentence, at, sides) for sentence, at in both]  # said to be
        said = [
            [
                span
                for span in _listed("attributions", sentence, at, sides)
                if not any(_meets(span, h) for h in hedged)
            ]
            for hedged, (sentence, at) in zip(hedges, both, strict=True)
        ]
        if len(said[0]) != len(said[1]):
            phrases = [
                [_phrase(sentence, span, at) for span in side]
                for side, (sentence, at) in zip(said, both, strict=True)
            ]
            weight, subject = ATTRIBUTION, "the attribution"
        else:
            sources = [_listed("sources", sentence, at, sides) for sentence, at in both]
            phrases = [
                [span for span in side if _said(sentence, span, sides)]
                for side, (sentence, _) in zip(sources, both, strict=True)
            ]
            weight, subject = SOURCE, "the source"
        texts = [
            " … ".join(" ".join(sentence.cores[n] for n in span) for span in side)
            for side, (sentence, _) in zip(phrases, both, strict=True)
        ]
        if bare(texts[0]) == bare(texts[1]) or (weight == SOURCE and not all(texts)):
            continue
        spoken.update((side, n) for side, spans in enumerate(phrases) for span in spans for n in span)
        yield _reason(Kind.ATTRIBUTION, weight, subject, shown(texts[0]), shown(texts[1]), place)


def _phrase(sentence: Sentence, span: range, at: range) -> range:
    """An attribution with who is named beside it, as far as the edit goes: two words on either side."""
    start, stop = span.start, span.stop
    while start - 1 in at and span.start - start < 2 and is_word(sentence.cores[start - 1]):
        start -= 1
    while stop in at and stop - span.stop < 2 and is_word(sentence.cores[stop]):
        stop += 1
    return range(start, stop)


def _listed(which: str, sentence: Sentence, at: range, sides: Sides) -> list[range]:
    """Where a list's entries stand in a sentence, those that the edit touches."""
    pattern = finder(which, sides.codes)
    if pattern is None or not at:
        return []
    found = list[range]()
    for match in pattern.finditer(sentence.bare):
        first = sentence.bare.count(" ", 0, match.start())
        span = range(first, first + match[0].count(" ") + 1)
        month = match[0] == "may" and sentence.cores[first] != "may"
        if not month and _meets(span, at):
            found.append(span)
    return found


def _meets(span: range, at: range) -> bool:
    return span.start < at.stop and at.start < span.stop


def _said(sentence: Sentence, span: range, sides: Sides) -> bool:
    """Whether a verb or adverb of saying stands within three words of a source."""
    around = range(max(0, span.start - 3), min(len(sentence.cores), span.stop + 3))
    return bool(_listed("attributions", sentence, around, sides))
