"""A judge of changes: a noisy newsroom, edits planted in it, real crawls, and what `stet changes` tells of them.

    with Newsroom(start=START) as room:
        trial = Trial(room, folder, articles=20, rounds=8, edits=12)
        trial.play()
        verdict = trial.verdict()
        assert not verdict.missed and not verdict.others

Every edit that was planted must be told once, with the right kind among its kinds, and nothing else must
be told. What the judge reads is the command's JSON; it knows no table and no rule.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.db import findings
from archive.domain.diff import diff
from archive.domain.model import Extraction
from archive.domain.rendering import as_text
from scheduler.cli import run
from scheduler.newsroom import EDITS, Story, publish_editable
from scheduler.newsroom.designs import DESIGNS
from scheduler.newsroom.passages import LANGUAGES
from scheduler.newsroom.sample import sample_title
from tests.homes import Place
from tests.newsroom import Newsroom

HOURS = 2  #: between two rounds
REST = 8  #: rounds between two edits of one story; less than half a day might be taken for an experiment
WALL = 3  #: rounds that a paywall stands
LIVE = 10  #: one story of so many is a live blog
FIELDS = ("title", "standfirst", "authors", "published", "modified", "captions", "links", "images", "stamps")
TRIED = 12  #: one story of so many has two headlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One thing that must be told, or (without a kind) must not."""

    name: str
    kind: str
    url: str
    at: datetime
    where: str = ""  #: language and design
    silent: bool = False


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was told, held against what was planted."""

    found: list[tuple[Planted, dict[str, Any]]] = field(default_factory=list)
    missed: list[Planted] = field(default_factory=list)
    mistaken: list[tuple[Planted, dict[str, Any]]] = field(default_factory=list)  #: told, under another kind
    others: list[dict[str, Any]] = field(default_factory=list)  #: told, and nothing was planted

    @property
    def wrong_stealth(self) -> list[tuple[Planted, dict[str, Any]]]:
        """Declared edits that are called silent."""
        return [(planted, told) for planted, told in self.found if told["stealth"] and not planted.silent]


def told(place: Place, *options: str) -> list[dict[str, Any]]:
    """What `stet changes --json` prints, oldest first."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = run(["changes", "--home", str(place.root), "--json", "--limit", "1000000", *options])
    assert status == 0
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    return sorted(rows, key=lambda row: (row["detected_at"], row["id"]))


def judge(planted: Sequence[Planted], rows: Sequence[dict[str, Any]]) -> Verdict:
    """Each planted thing takes the first row of its page after it; what is left was made up."""
    verdict, left = Verdict(), list(rows)
    latest_first = sorted(planted, key=lambda one: one.at, reverse=True)
    for one in latest_first:
        if not one.kind:
            continue
        mine = [row for row in left if row["url"] == one.url and row["detected_at"] >= one.at.isoformat()[:19]]
        row = next((row for row in mine if one.kind in row["kinds"]), mine[0] if mine else None)
        if row is None:
            verdict.missed.append(one)
            continue
        left.remove(row)
        (verdict.found if one.kind in row["kinds"] else verdict.mistaken).append((one, row))
    verdict.others = left
    return verdict


class Trial:
    """A newsroom in every language and design, a home that watches it, and a plan of edits."""

    def __init__(
        self,
        room: Newsroom,
        folder: Path,
        *,
        articles: int,
        rounds: int,
        edits: int,
        noisy: bool = True,
        **settings,
    ) -> None:
        self.room, self.rounds, self.noisy = room, rounds, noisy
        self.stories = list(itertools.islice(self._published(articles), articles))
        self.place = Place(folder / "home", room, **settings)
        self.place.watch(stories=self.stories)
        self.plan = self._planned(edits)
        self.planted: list[Planted] = []
        self.fetches, self.seconds = 0, 0.0

    def _published(self, articles: int) -> Iterator[Story]:
        """Round robin over outlets, one for each language, so that every outlet has its share."""
        papers = []
        for number, language in enumerate(LANGUAGES[: max(1, articles // 3)]):
            paper = self.room.outlet(
                f"{language}.example", title=f"Paper {language}", language=language, article_body=number % 3 == 0
            )
            for _ in range(number % len(DESIGNS)):
                paper.redesign()
            papers.append(paper)
        for number, paper in enumerate(itertools.cycle(papers)):
            yield publish_editable(paper, live=number // len(papers) % LIVE == LIVE - 1)

    def _planned(self, edits: int) -> dict[int, list[tuple[str, Story]]]:
        """Round → what is edited then. A story is edited once, but for what needs an edit before it."""
        plan: dict[int, list[tuple[str, Story]]] = {}
        free = [story for n, story in enumerate(self.stories) if n % TRIED != TRIED - 1]
        last = self.rounds - WALL
        for number, (name, edit) in enumerate(itertools.islice(itertools.cycle(EDITS.items()), edits)):
            fits = (s for s in free if edit.live == s.words.live and _language(s) in edit.languages)
            story = next(fits, None)
            if story is None:
                continue
            free.remove(story)
            start = 2 + number * 7 % max(1, last - 2 - (REST if edit.after else 0))
            if edit.after:
                plan.setdefault(start, []).append((edit.after, story))
                start += REST
            plan.setdefault(start, []).append((name, story))
        return plan

    def play(self) -> None:
        """All rounds: the clock goes on, editors edit, everything that is watched is fetched."""
        began = time.perf_counter()
        tried = self.stories[TRIED - 1 :: TRIED] if self.noisy else []
        for story in tried:
            story.try_headline(sample_title(f"{story.path}/tried", _language(story)))
            self._note("ab_headlines", "variants", story)
        for paper in self.room.outlets.values():
            if self.noisy:
                paper.add_noise()
        walled: dict[int, list[Story]] = {}
        for number in range(self.rounds):
            self.room.clock.set(self.place.clock.moment)
            for name, story in self.plan.get(number, ()):
                self._note(name, EDITS[name].kind, story, silent=number % 2 == 0)
                EDITS[name].make(story, silently=number % 2 == 0)
                if story.barrier:
                    walled.setdefault(number + WALL, []).append(story)
            for story in walled.get(number, ()):
                story.unwall()
            self.place.look(hours=HOURS)
            self.fetches += self.place.tally.fetches
        self.seconds = time.perf_counter() - began

    def _note(self, name: str, kind: str, story: Story, *, silent: bool = True) -> None:
        at = self.place.clock.moment
        where = f"{_language(story)}, {list(DESIGNS)[story.outlet.masthead.design % len(DESIGNS)]}"
        self.planted.append(Planted(name=name, kind=kind, url=story.url, at=at, where=where, silent=silent))

    def verdict(self) -> Verdict:
        """What `stet changes` tells, held against what was planted."""
        return judge(self.planted, told(self.place))

    def why(self, row: dict[str, Any]) -> str:
        """The two readings of a change, where they differ, for whoever mends the rules."""
        with self.place.reading() as connection:
            change = findings.change(connection, row["id"])
            sides = [findings.version(connection, id_) for id_ in (change.from_version, change.to_version)]
        before, after = (side.extraction for side in sides)
        return differences(before, after)


def _language(story: Story) -> str:
    return story.outlet.masthead.language


def differences(before: Extraction, after: Extraction) -> str:
    """Where two readings differ, field by field."""
    lines = []
    for name in (
        "title",
        "standfirst",
        "authors",
        "published",
        "modified",
        "captions",
        "links",
        "images",
        "stamps",
    ):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            lines.append(f"        {name}: {was!r} → {now!r}")
    if before.text != after.text:
        lines += [f"        {line}" for line in as_text(diff(before.text, after.text)).splitlines()]
    return "\n".join(lines)


def report(trial: Trial, verdict: Verdict) -> str:
    """All that went wrong, readably; empty when nothing did."""
    lines = [f"MISSED  {one.name} ({one.kind}) {one.where} {one.url}" for one in verdict.missed]
    for one, row in verdict.mistaken:
        lines.append(f"KIND    {one.name} wants {one.kind}, told {', '.join(row['kinds'])} {one.where} {one.url}")
        lines.append(trial.why(row))
    for row in verdict.others:
        lines.append(f"OTHER   {', '.join(row['kinds'])}: {row['summary']} {row['url']} {row['detected_at']}")
        lines.append(trial.why(row))
    for one, row in verdict.wrong_stealth:
        lines.append(f"STEALTH {one.name} was declared {one.where} {row['url']}")
    return "\n".join(lines)


def counted(verdict: Verdict) -> Counter[str]:
    """The others by kind."""
    return Counter(row["kind"] for row in verdict.others)
