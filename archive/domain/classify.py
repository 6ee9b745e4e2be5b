"""Two extractions of an article → what kind of change lies between them, how heavy, how open.

It knows which fields make a version distinct and which differences are only typography, and both from
one list: `classify` finds no change exactly where `fingerprint` finds no difference. It refuses to
compare across extractors, and it judges words alone: whether a page is this article at all, or a
wall, or another story, is a sighting's business; whether a wording stood before is history's, which says
it with `with_revert` or `with_variants`.

What is said of each field stands in `fields`, of the text in `story`, of a sentence in `facts`; which
languages a rule knows is told in docs/changes.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archive.domain.comparison import Both, Tally, compared, tally
from archive.domain.diff import Diff, line_diff
from archive.domain.fields import ECHOED, of_dates, of_fields, of_links
from archive.domain.kinds import Kind, Place, Reason
from archive.domain.model import Digest, Extraction
from archive.domain.notes import is_note
from archive.domain.story import of_text
from archive.domain.wording import fold

__all__ = ["Kind", "Verdict", "classify", "declares", "fingerprint", "with_revert", "with_variants"]


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


# Neither the date, nor a note told readers of a change that they would want to be told of.
_STEALTH = 0.2
# Two wordings that alternate: both are published, to different readers.
_VARIANTS = 0.3

#: So many reasons of one kind are told, and weigh; the others are counted.
_TOLD = 3
# What the clauses of its words end with, where a field's words changed.
_FIELDS = {
    Kind.HEADLINE: Place.HEADLINE,
    Kind.STANDFIRST: Place.STANDFIRST,
    Kind.CAPTION: Place.CAPTION,
}

#: So many kinds have a clause of the summary.
_CLAUSES = 4


def fingerprint(extraction: Extraction) -> Digest:
    """The digest of what makes a version distinct: the extractor, and the fields that `Compared` lists.

    Typography does not count (see `archive.domain.wording.fold`), nor does the order of authors, pictures,
    captions, links and stamps.
    """
    fields = [extraction.extractor, *compared(extraction)]
    data = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return Digest("sha256:" + hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest())


def classify(before: Extraction, after: Extraction) -> Verdict | None:
    """What changed between two extractions, or None: the same fingerprint, no new version.

    ValueError when the extractors differ: an upgrade must re-extract both sides, or it looks like an edit.
    """
    if before.extractor != after.extractor:
        raise ValueError(f"never compare across extractors: {before.extractor!r} and {after.extractor!r}")
    both = Both(before, after)
    if both.was == both.now:
        return None
    counts = tally(both)
    groups = _by_kind(_reasons(both))
    told = [reason for group in groups for reason in group[:_TOLD]]
    weights, texts = [reason.weight for reason in told], list[str]()
    for group in groups:
        texts += [reason.text for reason in group[:_TOLD] if reason.text not in texts]
        if len(group) > _TOLD:
            texts.append(f"and {len(group) - _TOLD:,} more of {group[0].kind.value.replace('_', ' ')}")
    substantial = any(not reason.minor for group in groups for reason in group)
    stealth = substantial and not declares(before, after, both.body)
    if stealth:
        texts.append("neither the modified date nor a note on the page declares it")
        weights.append(_STEALTH)
    return Verdict(
        kinds=tuple(group[0].kind for group in groups),
        weight=_together(weights),
        reasons=tuple(texts),
        stealth=stealth,
        summary=_summary(groups, counts),
        diff=both.body,
        words_added=counts.added,
        words_removed=counts.removed,
    )


def declares(before: Extraction, after: Extraction, body: Diff) -> bool:
    """Whether the later page says that it was changed: by its modified date, an update stamp or a note.

    Notes are known in the languages listed in `notes`; elsewhere only dates and stamps speak.
    """
    if after.modified is not None and (before.modified is None or after.modified > before.modified):
        return True
    if {fold(stamp) for stamp in after.stamps} - {fold(stamp) for stamp in before.stamps}:
        return True
    fields = line_diff(before.title, after.title), line_diff(before.standfirst, after.standfirst)
    blocks = [block for change in (*fields, body) for block in change.blocks]
    fresh = (block.new_text for block in blocks if any(edit.words[1] for edit in block.edits))
    return any(is_note(text) for text in fresh)


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


def _reasons(both: Both) -> list[Reason]:
    """All that is to be said of the step; never nothing."""
    found = [*of_fields(both), *of_text(both)]
    found += of_links(both, said=bool(found))
    return found or [of_dates(both)]


def _by_kind(reasons: Iterable[Reason]) -> list[list[Reason]]:
    """The reasons of each kind, heaviest first, and none twice; the heaviest kind first."""
    groups: dict[Kind, dict[str, Reason]] = {}
    for reason in sorted(reasons, key=lambda reason: -reason.weight):
        groups.setdefault(reason.kind, {}).setdefault(reason.text, reason)
    return [list(group.values()) for group in groups.values()]


def _summary(groups: Sequence[Sequence[Reason]], counts: Tally) -> str:
    """A clause for each of the heaviest kinds that is not said already, then what else there is."""
    groups = [group for group in groups if group[0].weight > ECHOED] or groups
    clauses, said = list[str](), list[Reason]()
    for group in groups[:_CLAUSES]:
        if not any(_says(reason, group[0]) for reason in said):
            more = f" ({len(group) - 1:,} more)" if len(group) > 1 else ""
            clauses.append(counts.text if group[0].kind is Kind.BODY else group[0].text + more)
            said.append(group[0])
    rest = [group[0].kind.value.replace("_", " ") for group in groups[_CLAUSES:]]
    if rest:
        clauses.append("also " + ", ".join(rest))
    text = "; ".join(clauses)
    return text[:1].upper() + text[1:] + "."


def _says(heavier: Reason, reason: Reason) -> bool:
    """Whether a reason is told with a heavier one: that a number became another in the headline."""
    field = _FIELDS.get(reason.kind)
    return reason.text in heavier.text or (field is not None and heavier.text.endswith(field))


def _together(weights: Iterable[float]) -> float:
    """Several reasons weigh more than one and never more than 1."""
    rest = 1.0
    for weight in weights:
        rest *= 1 - weight
    return round(1 - rest, 3)
