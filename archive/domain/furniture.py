"""What an outlet repeats across its articles: which paragraphs are furniture of the house and no part of a story.

Pure. It knows a paragraph by its `mask`, and what was seen of that mask in the other articles of the outlet. It
refuses to know what a paragraph says: appeals, boxes, agency lines and labels in any language are found out by
standing in many articles. So is what editors repeat by hand: a paragraph of background, a statement that lawyers
asked for. To take one of those out is an edit, and the rules below are made around it:

    a line that is no prose    furniture from three other articles on
    prose that came            from three others that had it when they were first seen, or from many: what editors
                               add to old articles is told of at each of them
    prose that went            from many others: ten, and a tenth of the outlet's articles
    either, in three others    that had it, lost it and had it again: it varies without meaning
    only its numbers differ    where three others counted on as well: a line twice, prose three times. A toll that
                               is put right in three articles was put right once in each.

Furniture is whole paragraphs. Edited words are an edit, wherever they stand, and a note of a correction or an
update is never furniture.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import regex

from archive.domain.notes import is_note
from archive.domain.trimmings import is_prose
from archive.domain.wording import fold

FEW: Final = 3
"""Other articles. Of the 3,415 paragraphs that we read as stories on 152 real pages of 70 sites, 38 stand on two
pages of a site: 31 lines and 7 of prose, none of them of a story; one on three. (`benchmarks/furniture.py`)"""

MANY: Final = 10
SHARE: Final = 10
"""Other articles, and one in so many of the outlet's. Chosen: a dossier of a few articles, or one affair among all
that a paper writes, has fewer with the same paragraph of background."""

FILLINGS_OF_A_LINE: Final = 2
FILLINGS_OF_PROSE: Final = 3

_NUMBER = regex.compile(r"\p{N}[\p{N}.,:/'’٫٬%‰]*+(?:[kKmM](?!\p{L}))?")
_CLOCK = regex.compile(r"#\s?(?:[ap]\s?\.?\s?m\b(?:\s?\.)?|uhr\b|h\b(?:\s?#)?)")
_UNIT = r"""(?:
    s|secs?|seconds?|min(?:ute)?s?|m|h|hrs?|hours?|d|days?|weeks?|months?|years?
    | sekunden?|min(?:uten?)?|std|stunden?|tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?
    | saniye|sn|dakika|dk|saat|gün|hafta|ay|yıl
    | ثانية|ثوان|دقيقة|دقائق|دقيقتين|ساعة|ساعات|ساعتين|يوم|أيام|يومين|أسبوع|أسابيع|شهر|أشهر|سنة|سنوات
    | deqe|deqîqe|saet|roj|hefte|meh|sal|خولەک|کاتژمێر|ڕۆژ|هەفتە|مانگ|ساڵ
    | secondes?|heures?|j|jours?|semaines?|mois|ans?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?
    | секунд[уы]?|сек|минут[уы]?|мин|час(?:а|ов)?|ч|день|дня|дней|недел[юиь]|месяц(?:а|ев)?|лет|год(?:а)?
    )"""
_ONE = r"(?:\#|an?|one|einer?|einem|une?|una|bir|один|одну)"
_AGO = regex.compile(
    rf"""\b(?:just\ now|gerade\ eben|az\ önce|الآن|à\ l'instant|ahora\ mismo|только\ что)\b
    | (?:{_ONE}\s?)?\b{_UNIT}\.?\s(?:ago|önce|berê|назад)\b | {_ONE}\s?{_UNIT}\.?\s(?:ago|önce|berê|назад)\b
    | \b(?:vor|il\ y\ a|hace|قبل|منذ|پێش|berî)\ (?:{_ONE}\s?)?{_UNIT}(?!\p{{L}})""",
    regex.VERSION1 | regex.VERBOSE,
)
_SIGNS = (
    *("ago", "önce", "berê", "berî", "назад", "vor ", "il y a", "hace", "قبل", "منذ", "پێش"),
    *("just now", "gerade eben", "الآن", "l'instant", "ahora", "только"),
)  # one of these stands in whatever `_AGO` finds, and in few other paragraphs: they save nine tenths of the time


def masked(paragraph: str) -> str:
    """Without typography and case; each number is one sign, each clock time and "2 hours ago" another."""
    return _masked(fold(paragraph).casefold())


def _masked(text: str) -> str:
    text = _NUMBER.sub("#", text)
    if any(sign in text for sign in _SIGNS):
        text = _AGO.sub("@", text)
    return _CLOCK.sub("@", text) if "#" in text else text


def mask(paragraph: str) -> int:
    """64 bits, signed, for what paragraphs have in common that differ only in numbers, times and typography.

    "1,234 readers" and "97 readers" have one mask.
    """
    return mask_and_filling(paragraph)[0]


def mask_and_filling(paragraph: str) -> tuple[int, int]:
    """The mask, and 64 bits for what it leaves out: 0 where it leaves out nothing."""
    text = fold(paragraph).casefold()
    kept = _masked(text)
    return _hash(kept), 0 if kept == text else _hash(text)


def spelt(one: int) -> str:
    """A mask for people: 16 hex digits."""
    return f"{one % 2**64:016x}"


def read(text: str) -> int:
    """The mask that `spelt` spelt. ValueError when it is none."""
    if not regex.fullmatch("[0-9a-fA-F]{16}", text):
        raise ValueError("a mask has 16 hex digits")
    value = int(text, 16)
    return value - 2**64 if value >= 2**63 else value


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Furniture:
    """What is furniture between two wordings of one article: `paragraph in furniture`."""

    masks: frozenset[int] = frozenset()

    def __contains__(self, paragraph: object) -> bool:
        """Never for a note: who corrects a hundred articles with one sentence says so a hundred times."""
        return (
            bool(self.masks)
            and isinstance(paragraph, str)
            and mask(paragraph) in self.masks
            and not is_note(paragraph)
        )


NOTHING: Final = Furniture()
"""No furniture is known."""


# What is kept of a mask in one article -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a masked paragraph stood in one article, from sight to sight."""

    at: datetime  #: first seen there
    born: bool  #: there when the article was first seen
    filling: int = 0  #: what its numbers and times were when last seen
    fillings: int = 1  #: how often they were other ones, and once
    gone: datetime | None = None  #: since when it is not there
    varied: datetime | None = None  #: when it was known to come and go
    counted: datetime | None = None  #: when it was known to count on


def stood(before: Stand | None, paragraph: str, now: int, at: datetime, *, born: bool) -> Stand:
    """What is kept when the paragraph was seen at `at` with the filling `now`. The earliest sight stays."""
    if before is None:
        return Stand(at=at, born=born, filling=now)
    after = before
    if before.gone is not None:
        after = replace(after, gone=None, varied=before.varied or at)
    if now != before.filling:
        needed = FILLINGS_OF_PROSE if is_prose(paragraph) else FILLINGS_OF_A_LINE
        fillings = before.fillings + 1
        enough = before.counted or (at if fillings >= needed else None)
        after = replace(after, filling=now, fillings=fillings, counted=enough)
    return after


def missed(before: Stand, at: datetime) -> Stand:
    """What is kept when the article was seen without it. What came later and went again varies."""
    if before.gone is not None:
        return before
    return replace(before, gone=at, varied=before.varied if before.born else before.varied or at)


def looked(known: Mapping[int, Stand], paragraphs: Sequence[str], at: datetime) -> dict[int, Stand]:
    """What changes in what is kept of an article when these paragraphs were seen in it at `at`.

    A page that lost most of its paragraphs (a wall came down, the reading failed) says nothing of the rest.
    """
    seen: dict[int, tuple[str, int]] = {}
    for paragraph in paragraphs:
        one, filling = mask_and_filling(paragraph)
        seen.setdefault(one, (paragraph, filling))
    after = {one: stood(known.get(one), *each, at, born=not known) for one, each in seen.items()}
    there = [one for one, stand in known.items() if stand.gone is None]
    absent = [one for one in there if one not in seen]
    if 2 * len(absent) <= len(there):
        after |= {one: missed(known[one], at) for one in absent}
    return {one: stand for one, stand in after.items() if known.get(one) != stand}


# What is made of it --------------------------------------------------------------------------------


class Way(enum.Enum):
    """What happened to a paragraph between two wordings."""

    CAME = "came"
    WENT = "went"
    COUNTED = "counted"  #: only what the mask leaves out differs


@dataclass(frozen=True, slots=True)
class Differing:
    """A paragraph that stands on one side only, or with other numbers on either."""

    mask: int
    way: Way
    prose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """In how many other articles of the outlet a mask was seen."""

    stood: int = 0
    born: int = 0  #: among them, those that had it when they were first seen
    varied: int = 0  #: and those in which it came and went
    counted: int = 0  #: and those in which it counted on


_NOWHERE: Final = Elsewhere()


def differing(before: Iterable[str], after: Iterable[str]) -> list[Differing]:
    """The paragraphs that the other wording has not, or not with these numbers, by their masks."""
    sides = [{fold(text): text for text in side} for side in (before, after)]
    ours, theirs = (
        {mask(text): text for key, text in one.items() if key not in other}
        for one, other in ((sides[0], sides[1]), (sides[1], sides[0]))
    )
    found = []
    for one in ours | theirs:
        way = Way.WENT if one not in theirs else Way.CAME if one not in ours else Way.COUNTED
        text = ours[one] if one in ours else theirs[one]
        found.append(Differing(mask=one, way=way, prose=is_prose(text)))
    return found


def is_furniture(one: Differing, elsewhere: Elsewhere, articles: int) -> bool:
    """The rule. `articles`: how many the outlet has by then."""
    many = elsewhere.stood >= MANY and SHARE * elsewhere.stood >= articles
    if one.way is Way.COUNTED:
        share = elsewhere.stood >= FEW and SHARE * elsewhere.stood >= articles
        return elsewhere.counted >= FEW and share
    if many or elsewhere.varied >= FEW:
        return True
    if not one.prose:
        return elsewhere.stood >= FEW
    return one.way is Way.CAME and elsewhere.born >= FEW


def learnt(found: Iterable[Differing], elsewhere: Mapping[int, Elsewhere], articles: int) -> Furniture:
    """What of the differing paragraphs is furniture."""
    return Furniture(
        frozenset(one.mask for one in found if is_furniture(one, elsewhere.get(one.mask, _NOWHERE), articles))
    )
