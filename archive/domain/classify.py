"""Two extractions of an article → what kind of change lies between them, how heavy, how open.

It knows which fields make a version distinct and which differences are only typography, and both from
one list: `classify` finds no change exactly where `fingerprint` finds no difference. It refuses to
compare across extractors, and it judges words alone: whether a page is this article at all, or a
wall, or another story, is a sighting's business.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive.domain.diff import Diff, diff, line_diff
from archive.domain.model import Digest, Extraction
from archive.domain.notes import is_note
from archive.domain.wording import fold, words


class Kind(enum.StrEnum):
    """What changed."""

    HEADLINE = "headline"
    STANDFIRST = "standfirst"
    NUMBERS = "numbers"  # numbers, dates and sums in the text
    NAMES = "names"  # of people, places, organisations
    QUOTATION = "quotation"  # words inside quotation marks altered
    QUOTATION_REMOVED = "quotation_removed"
    NEGATION = "negation"  # did → did not
    MODALITY = "modality"  # confirmed → alleged
    ATTRIBUTION = "attribution"  # police said
    PARAGRAPH_ADDED = "paragraph_added"
    PARAGRAPH_REMOVED = "paragraph_removed"
    PARAGRAPH_MOVED = "paragraph_moved"
    BODY = "body"  # other words of the text
    LINK = "link"
    IMAGE = "image"
    CAPTION = "caption"
    BYLINE = "byline"
    DATELINE = "dateline"
    CORRECTION = "correction"  # a note of correction, clarification or update was added
    LIVE_APPEND = "live_append"  # a live blog went on
    TYPO = "typo"
    PUNCTUATION = "punctuation"
    DATE = "date"  # the page's dates moved and nothing else did
    REVERT = "revert"  # back to an earlier version
    VARIANTS = "variants"  # two wordings that alternate


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of the step between two extractions."""

    kinds: tuple[Kind, ...]  #: heaviest first, never empty
    weight: float  #: 0, nobody would mind, to 1
    reasons: tuple[str, ...]  #: the weight in words, in the order of `kinds`
    stealth: bool  #: words of headline or body changed and the page does not say so
    summary: str  #: one sentence for people
    diff: Diff  #: of the body
    words_added: int  #: in headline and body
    words_removed: int

    @property
    def kind(self) -> Kind:
        """The heaviest kind."""
        return self.kinds[0]


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: Kind
    weight: float
    reason: str
    clause: str  # its part of the summary


# How heavy a kind is by itself. Chosen, not measured: an order first (a headline is what most people
# read; a date alone is hardly news), with room below 1 for the kinds to come. Several kinds add up
# like independent chances, so that the sum stays below 1.
_WEIGHTS = {Kind.HEADLINE: 0.6, Kind.BODY: 0.4, Kind.BYLINE: 0.2, Kind.DATE: 0.05}
_PUNCTUATION_ONLY = 0.1  # the same words with other punctuation, or in another order of paragraphs
_REWRITTEN = 0.4  # what the body gains as the share of its characters that changed goes to 1
_STEALTH = 0.2  # nobody was told
_VARIANTS = 0.3  # both are published, to different readers


def fingerprint(extraction: Extraction) -> Digest:
    """The digest of what makes a version distinct: extractor, headline, body, byline, both dates.

    Typography does not count (see `archive.domain.wording.fold`), nor does the order of authors.
    """
    fields = [extraction.extractor, *_compared(extraction)]
    data = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return Digest("sha256:" + hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest())


def classify(before: Extraction, after: Extraction) -> Verdict | None:
    """What changed between two extractions, or None: the same fingerprint, no new version.

    ValueError when the extractors differ: an upgrade must re-extract both sides, or it looks like an edit.
    """
    if before.extractor != after.extractor:
        raise ValueError(f"never compare across extractors: {before.extractor!r} and {after.extractor!r}")
    was, now = _compared(before), _compared(after)
    if was == now:
        return None
    body = diff(before.text, after.text)
    headline_tally = _tally(line_diff(before.title, after.title))
    body_tally = _tally(body) if words(before.text) != words(after.text) else _NO_WORDS
    added, removed = (headline_tally[n] + body_tally[n] for n in (0, 1))
    found = _findings(was, now, headline_tally, body, body_tally)
    findings = sorted(found, key=lambda finding: -finding.weight)
    reasons = [finding.reason for finding in findings]
    weights = [finding.weight for finding in findings]
    stealth = bool(added or removed) and not declares(before, after, body)
    if stealth:
        reasons.append("neither the modified date nor a note on the page declares it")
        weights.append(_STEALTH)
    return Verdict(
        kinds=tuple(finding.kind for finding in findings),
        weight=_together(weights),
        reasons=tuple(reasons),
        stealth=stealth,
        summary=_sentence([finding.clause for finding in findings]),
        diff=body,
        words_added=added,
        words_removed=removed,
    )


def with_revert(verdict: Verdict, number: int) -> Verdict:
    """The verdict on a step back to the earlier version of this number."""
    return replace(
        verdict,
        kinds=(*verdict.kinds, Kind.REVERT),
        reasons=(*verdict.reasons, f"version {number} stands again"),
        summary=f"{verdict.summary} Back to version {number}.",
    )


def with_variants(verdict: Verdict) -> Verdict:
    """The verdict on two wordings that alternate: nobody edited anything."""
    return replace(
        verdict,
        kinds=(Kind.VARIANTS, *verdict.kinds),
        weight=_VARIANTS,
        reasons=("two wordings alternate from one look to the next", *verdict.reasons),
        stealth=False,
        summary=f"Two wordings alternate. {verdict.summary}",
    )


def declares(before: Extraction, after: Extraction, body: Diff) -> bool:
    """Whether the later page says that it was changed: by its modified date, an update stamp or a note.

    Stamps and notes are known in the languages listed in `notes`; elsewhere only the date speaks.
    """
    if after.modified is not None and (before.modified is None or after.modified > before.modified):
        return True
    fields = line_diff(before.title, after.title), line_diff(before.standfirst, after.standfirst)
    blocks = [block for change in (*fields, body) for block in change.blocks]
    fresh = (block.new_text for block in blocks if any(edit.words[1] for edit in block.edits))
    return any(is_note(text) for text in fresh)


_Compared = tuple[str, str, list[str], str, str]


def _compared(extraction: Extraction) -> _Compared:
    """The fields that make a version distinct, as they are compared."""
    return (
        fold(extraction.title),
        fold(extraction.text),
        _byline(extraction),
        _instant(extraction.published, extraction.structured.published),
        _instant(extraction.modified, extraction.structured.modified),
    )


def _byline(extraction: Extraction) -> list[str]:
    return sorted({fold(author) for author in extraction.authors})


def _instant(when: datetime | None, statement: str | None) -> str:
    """A date that the page states. One that was only guessed from the page moves with its furniture."""
    return when.astimezone(UTC).isoformat() if when and statement else ""


_Tally = tuple[int, int, int]
_NO_WORDS = (0, 0, 0)  # also for paragraphs broken elsewhere, whose marks hold words that never left


def _tally(change: Diff) -> _Tally:
    """Words added, words removed, and how many paragraphs they lie in."""
    by_block = [[edit.words for edit in block.edits] for block in change.blocks]
    removed = sum(len(old) for edits in by_block for old, _ in edits)
    added = sum(len(new) for edits in by_block for _, new in edits)
    return added, removed, sum(any(old or new for old, new in edits) for edits in by_block)


def _findings(
    was: _Compared, now: _Compared, headline: _Tally, body: Diff, body_tally: _Tally
) -> Iterator[_Finding]:
    title, text, byline, published, _ = (old != new for old, new in zip(was, now, strict=True))
    if title:
        yield _headline(headline)
    if text:
        yield _body(body, body_tally)
    if byline:
        yield _Finding(Kind.BYLINE, _WEIGHTS[Kind.BYLINE], "the byline changed", "byline changed")
    if not (title or text or byline):
        clause = f"only the {'publication' if published else 'modification'} date changed"
        yield _Finding(Kind.DATE, _WEIGHTS[Kind.DATE], clause, clause)


def _headline(headline: _Tally) -> _Finding:
    if any(headline):
        reason = "the headline's words changed"
        return _Finding(Kind.HEADLINE, _WEIGHTS[Kind.HEADLINE], reason, "headline changed")
    reason, clause = "only the headline's punctuation changed", "punctuation of the headline changed"
    return _Finding(Kind.HEADLINE, _PUNCTUATION_ONLY, reason, clause)


def _body(body: Diff, tally: _Tally) -> _Finding:
    """`3 words added and 2 removed in 1 paragraph; 1 paragraph moved`, or what there is to say instead."""
    added, removed, touched = tally
    moved = f"{_many(body.paragraphs_moved, 'paragraph')} moved" if body.paragraphs_moved else ""
    if not added and not removed:
        reason = "paragraphs stand in another order" if moved else "only the text's punctuation changed"
        return _Finding(Kind.BODY, _PUNCTUATION_ONLY, reason, moved or "punctuation of the text changed")
    clause = f"{_many(added or removed, 'word')} {'added' if added else 'removed'}"
    clause += f" and {removed:,} removed" if added and removed else ""
    clause += f" in {_many(touched, 'paragraph')}"
    share = 1 - body.similarity
    reason = f"the body's words changed: {_percent(share)} of the text"
    weight = _WEIGHTS[Kind.BODY] + _REWRITTEN * share
    return _Finding(Kind.BODY, weight, reason, "; ".join(filter(None, (clause, moved))))


def _sentence(clauses: list[str]) -> str:
    text = "; ".join(clauses)
    return text[:1].upper() + text[1:] + "."


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{round(100 * share)} %"


def _together(weights: list[float]) -> float:
    """Several reasons weigh more than one and never more than 1."""
    rest = 1.0
    for weight in weights:
        rest *= 1 - weight
    return round(1 - rest, 3)
