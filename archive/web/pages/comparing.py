"""Two versions → what a page shows of the step between them, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from archive import comparing
from archive.db import articles, findings, lives, outlets, record, timeline
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.domain.classify import Verdict, classify
from archive.domain.diff import Run, diff
from archive.domain.model import Capture, Extraction, Outlet
from archive.domain.sides import Sides
from archive.domain.steps import compared
from archive.errors import Misuse, NothingFound
from archive.extractor import EXTRACTOR
from archive.web.pages.facing import MOST_LETTERS, Sheet, sheet, shortened

MOST_ITEMS: Final = 200
"""Links, pictures, captions and stamps of each kind that a page shows."""

MOST_RUNS: Final = 400
"""Of one of them, or of a headline: one that has more was made to be long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two versions, and the capture next to the step that shows it."""

    version: Version
    capture: Capture | None
    first_seen: datetime
    last_seen: datetime
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What differs of something that is not the body: its name, and each item of it."""

    name: str
    items: tuple[tuple[Run, ...], ...]
    left_out: int = 0
    torn: bool = False  #: some of it is not there to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The step between two versions as a page shows it."""

    article: Article
    outlet: Outlet
    before: Side
    after: Side
    change: Change | None  #: where it was found as one
    verdict: Verdict | None  #: else what it amounts to; None: to nothing that matters, or to too much to tell
    earlier: Change | None  #: the change before it
    later: Change | None
    times: tuple[datetime, datetime]  #: the earlier wording last seen, the later one first seen
    fields: tuple[Beside, ...]
    sheet: Sheet
    whole: bool  #: to the letter
    noise: bool  #: something was left out as noise
    cut: tuple[int, int]  #: letters of either text that were not compared

    @property
    def told(self) -> Change | Verdict | None:
        """What it amounts to."""
        return self.change or self.verdict


def step_between(connection: Connection, old: int, new: int, change_id: int | None, *, whole: bool) -> Step:
    """The step between two versions by their ids; of several changes that are the same step the last one.

    Raises `NothingFound` and `Misuse`.
    """
    before, after = (_version(connection, each) for each in (old, new))
    if before.article_id != after.article_id:
        raise Misuse(f"versions {old} and {new} are of different articles, and say nothing of each other")
    article = articles.by_id(connection, before.article_id)
    told = [each for each in findings.changes_of(connection, article.id) if each.superseded_by is None]
    numbers = {each.id: each.number for each in lives.readings(connection, article.id)}
    steps = [(numbers.get(each.from_version), numbers.get(each.to_version)) for each in told]
    same = [each for each, of in zip(told, steps, strict=True) if of == (before.number, after.number)]
    change = next((each for each in same if each.id == change_id), same[-1] if same else None)
    return step(connection, article, before, after, told, change, whole=whole)


def step_of(connection: Connection, change_id: int, *, whole: bool) -> Step:
    """The step of a change. Raises `NothingFound`."""
    change = findings.change(connection, change_id)
    if change is None:
        raise NothingFound(f"change {change_id}: there is none")
    return step_between(connection, change.from_version, change.to_version, change_id, whole=whole)


def _version(connection: Connection, version_id: int) -> Version:
    found = findings.find_version(connection, version_id)
    if found is None:
        raise NothingFound(f"version {version_id}: there is none")
    return found


def step(
    connection: Connection,
    article: Article,
    before: Version,
    after: Version,
    told: Sequence[Change],
    change: Change | None,
    *,
    whole: bool,
) -> Step:
    """The step between two versions of an article, whose changes are `told`."""
    if before.extraction.extractor != after.extraction.extractor:
        raise Misuse(
            "the two wordings were read by different extractors and cannot be compared;"
            " 'stet reextract --apply' reads the earlier one again"
        )
    furniture = comparing.furniture_between(connection, article, before, after)
    pages, cut = _bounded(before.extraction, after.extraction)
    judged = pages if any(cut) else compared(*pages, furniture)
    shown = pages if whole else judged
    verdict = None if change or any(cut) else classify(*judged)
    times = (change.from_at, change.to_at) if change else (before.last_seen, after.first_seen)
    body, sides = diff(shown[0].text, shown[1].text), Sides(*shown)
    earlier, later = _neighbours(told, change, times)
    return Step(
        article=article,
        outlet=outlets.by_id(connection, article.outlet_id),
        before=_side(connection, article, before, times[0]),
        after=_side(connection, article, after, times[1]),
        change=change,
        verdict=verdict,
        earlier=earlier,
        later=later,
        times=times,
        fields=tuple(_beside(sides)),
        sheet=sheet(body.blocks),
        whole=whole,
        noise=shown != pages,
        cut=cut,
    )


def _bounded(before: Extraction, after: Extraction) -> tuple[tuple[Extraction, Extraction], tuple[int, int]]:
    """Both sides, cut where they are too long for a page, and how many letters were left out of each."""
    (old, old_rest), (new, new_rest) = shortened(before.text), shortened(after.text)
    if not old_rest and not new_rest:
        return (before, after), (0, 0)
    return (replace(before, text=old), replace(after, text=new)), (old_rest, new_rest)


def _neighbours(
    told: Sequence[Change], change: Change | None, times: tuple[datetime, datetime]
) -> tuple[Change | None, Change | None]:
    """The changes before and after a step, in the order of time."""
    if change in told:
        at = told.index(change)
        return (told[at - 1] if at else None), (told[at + 1] if at + 1 < len(told) else None)
    earlier = [each for each in told if each.to_at <= times[0]]
    later = [each for each in told if each.to_at > times[1]]
    return (earlier[-1] if earlier else None), (later[0] if later else None)


def _side(connection: Connection, article: Article, version: Version, at: datetime) -> Side:
    """A version, with the capture that shows it at this time, else the first that shows it."""
    captures = timeline.at_moment(connection, article.id, at)
    shown = [each for each in captures if _shows(connection, each, version)]
    capture = shown[0] if shown else record.capture(connection, version.capture_id)
    return Side(
        version=version,
        capture=capture,
        first_seen=version.first_seen,
        last_seen=version.last_seen,
        language=version.extraction.language,
    )


def _shows(connection: Connection, capture: Capture, version: Version) -> bool:
    wording = findings.wording_of(connection, capture.id, version.extraction.extractor)
    return wording is not None and wording.name == version.name


def _beside(sides: Sides) -> list[Beside]:
    """The fields that differ, in the order in which a page shows them, and then lists of things."""
    fields = [
        _shown(name.lower(), [tuple(run for block in field.blocks for run in block.runs)])
        for name, field in sides.fields
        if name != "Standfirst" or not sides.echoes
    ]
    return fields + [_shown(f"{name.lower()}s", [each.runs for each in blocks]) for name, blocks in sides.lists]


def _shown(name: str, items: Sequence[tuple[Run, ...]]) -> Beside:
    """As much of it as a page holds."""
    kept = items[:MOST_ITEMS]
    torn = any(len(runs) > MOST_RUNS for runs in kept)
    cut = tuple(tuple(_short(run) for run in runs[:MOST_RUNS]) for runs in kept)
    return Beside(name=name, items=cut, left_out=len(items) - len(kept), torn=torn or cut != tuple(kept))


def _short(run: Run) -> Run:
    return (
        run if len(run.text) <= MOST_LETTERS // 100 else replace(run, text=run.text[: MOST_LETTERS // 100] + "…")
    )


def numbered(
    connection: Connection, article: Article, old: int | None, new: int | None, *, whole: bool
) -> Step | None:
    """The step between two versions by their numbers, by default the last two; None where there is only one.

    Both as one extractor reads them: today's where it has read both, else the last one that has. Raises
    `NothingFound`.
    """
    readings: dict[int, dict[str, int]] = {}
    for each in lives.readings(connection, article.id):
        readings.setdefault(each.number, {})[each.extractor] = each.id
    numbers = sorted(readings)
    if len(numbers) < 2:
        return None
    later = new or next((n for n in reversed(numbers) if n != old), numbers[-1])
    earlier = old or next((n for n in reversed(numbers) if n < later), numbers[0])
    for number in (earlier, later):
        if number not in readings:
            raise NothingFound(f"version {number}: this article has none; it has {numbers[0]} to {numbers[-1]}")
    both = readings[earlier].keys() & readings[later].keys()
    if not both:
        raise NothingFound("the two wordings were read by different extractors and cannot be compared")
    extractor = max(both, key=lambda each: (each == EXTRACTOR, readings[later][each]))
    return step_between(connection, readings[earlier][extractor], readings[later][extractor], None, whole=whole)
