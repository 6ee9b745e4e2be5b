"""How a story of a takedown is played: acts of the newsroom, spans of time, real passes, and what was told.

A script is acts (`story("withdraw", 404)`, `outlet("wall", "bot")`) and spans (`days(3)`) in which real passes go
over a real server at the pace that the real plan sets. One article is in question, "the bridge"; the others of its
outlet are of many ages. The stories themselves are in `tests.takedown_stories`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive import home as homes
from archive.db.compare import counts, differences
from archive.db.engine import open_database
from archive.db.tables import fetches
from archive.domain.model import Standing
from archive.visits import Finding
from crawler import gate
from scheduler.reindexing import reindex
from tests.homes import START, Place
from tests.newsroom import Newsroom, Outlet, Story

AGES = (1, 2, 3, 4, 6, 21, 89)
"""Of the other articles, in days: five are looked at every eight hours, one every other day, one every tenth."""

AGE = 5  #: of the article in question, in days: looked at every eight hours

BRIDGE = [
    "Engineers warned the city council of cracks in the old bridge two years before it was closed to traffic.",
    "Their letter, seen by this newspaper, names the three pillars that gave way in the winter of last year.",
    "The council denies that it ever received such a letter, and wants to ask the engineers about it in May.",
    "About 4,000 people crossed the bridge every day, most of them on their way to the market at the harbour.",
]


# Scripts -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """What a script acts on."""

    room: Newsroom
    place: Place
    paper: Outlet
    bridge: Story
    others: list[Story]
    first: str  #: the address at which the article in question was first known
    found: list[Finding] = field(default_factory=list)

    def pass_over(self, *, force: bool = False, **later: float) -> None:
        """One real pass, over what is due."""
        self.found += self.place.look(force=force, **later)
        self.room.clock.set(self.place.clock.moment)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script."""

    words: str
    do: Callable[[Stage], object]


def story(verb: str, *arguments: object, **more: object) -> Step:
    """Something happens to the article in question."""
    return Step(_words("the bridge", verb, arguments), lambda at: getattr(at.bridge, verb)(*arguments, **more))


def outlet(verb: str, *arguments: object, **more: object) -> Step:
    """Something happens to the outlet."""
    return Step(_words("the outlet", verb, arguments), lambda at: getattr(at.paper, verb)(*arguments, **more))


def other(number: int, verb: str, *arguments: object) -> Step:
    """Something happens to another article; 0 is the youngest."""
    return Step(
        _words(f"article {number}", verb, arguments), lambda at: getattr(at.others[number], verb)(*arguments)
    )


def older_than(age: float, verb: str, *arguments: object) -> Step:
    """Something happens to all articles that are older than so many days."""

    def do(at: Stage) -> None:
        for each in (at.bridge, *at.others):
            if at.place.clock.moment - each.words.published > timedelta(days=age):
                getattr(each, verb)(*arguments)

    return Step(_words(f"all older than {age:g} days", verb, arguments), do)


def each(verb: str, *arguments: object) -> Step:
    """Something happens to every article."""

    def do(at: Stage) -> None:
        for one in (at.bridge, *at.others):
            if verb == "move_below":
                one.move(f"{arguments[0]}{one.path}")
            else:
                getattr(one, verb)(*arguments)

    return Step(_words("all", verb, arguments), do)


def days(count: float, *, every: float = 6) -> Step:
    """Let so many days pass, with a pass over what is due every few hours."""

    def do(at: Stage) -> None:
        for _ in range(round(count * 24 / every)):
            at.pass_over(hours=every)

    return Step(f"{count:g} days", do)


def daily(count: int, verb: str, *arguments: object) -> Step:
    """One more article a day goes the same way, the youngest first; the one in question last of all."""

    def do(at: Stage) -> None:
        for each in [*at.others, at.bridge][:count]:
            getattr(each, verb)(*arguments)
            days(1).do(at)

    return Step(f"one article a day: {verb} {' '.join(map(str, arguments))}", do)


def merge(number: int, how: str) -> Step:
    """The news of the article in question is told in another one from now on."""
    return Step(
        f"the bridge: merged into article {number} ({how})", lambda at: at.bridge.merge(at.others[number], how)
    )


def _words(who: str, verb: str, arguments: tuple[object, ...]) -> str:
    said = " ".join(str(each)[:40] for each in arguments if not isinstance(each, list))
    return f"{who}: {verb.replace('_', ' ')} {said}".strip()


# Tales ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """One story: how it goes, and what must be told of it."""

    script: tuple[Step, ...]
    steps: tuple[str, ...] | None  #: of the article in question: each standing with its reason; None: see `ends`
    ends: str = ""  #: its last standing, where it is to be left open how often it was suspected
    alerts: int = 0  #: in all, of all articles and of the outlet
    others: tuple[str, ...] = ()  #: steps of other articles that are no mere suspicion and no mere silence
    versions: int = 1
    changes: int = 0
    why: str = ""  #: where two people might not agree
    owed: str = ""  #: why it does not come out so yet
    language: str = "en"
    https: bool = False
    age: int = AGE
    ages: tuple[int, ...] = AGES
    unwatched: int = 0  #: more articles, which the front page shows; then no feed is watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came out."""

    steps: tuple[str, ...]
    ends: str
    alerts: tuple[str, ...]
    others: tuple[str, ...]
    versions: int
    changes: int
    stray_versions: int  #: of other articles, beyond their first
    fetches: int

    def faults(self, tale: Tale) -> list[str]:
        """In what it is not as it must be."""
        pairs = [
            ("alerts", len(self.alerts), tale.alerts),
            ("others", self.others, tale.others),
            ("versions", self.versions, tale.versions),
            ("changes", self.changes, tale.changes),
            ("versions of others", self.stray_versions, 0),
        ]
        if tale.steps is not None:
            pairs.append(("steps", self.steps, tale.steps))
        elif not self.ends.startswith(tale.ends) or (
            tale.ends != "taken_down" and any(step.startswith("taken_down") for step in self.steps)
        ):
            pairs.append(("steps", self.steps, f"{tale.ends} at last, and no removal but that"))
        return [f"{what}: {came!r}, and not {must!r}" for what, came, must in pairs if came != must]


def play(tale: Tale, folder: Path, then: Callable[[Stage], object] = lambda _stage: None) -> Told:
    """Play a tale in a new home at `folder`; `then` looks at what is there in the end."""
    with ExitStack() as stack:
        # What is told does not hang on it, and articles that lead to one page would wait for minutes in all.
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(gate, "SAME_URL", 0.0)
        room = stack.enter_context(Newsroom(https=tale.https, start=START))
        paper = room.outlet("herald.example", title="The Herald", language=tale.language)
        others = [paper.publish(published=START - timedelta(days=age)) for age in tale.ages]
        bridge = paper.publish(
            "Engineers warned of cracks in the old bridge" if tale.language == "en" else "",
            BRIDGE if tale.language == "en" else (),
            section="politics",
            published=START - timedelta(days=tale.age),
        )
        for age in range(tale.unwatched):
            paper.publish(published=START - timedelta(days=age + 1))
        # Where a server hangs, every look waits that long; where none does, a busy machine may be slow.
        hangs = any("timeout" in step.words for step in tale.script)
        place = Place(
            folder, room, timeout="500ms" if hangs else "10s", crawl='contact = "mailto:stories@example.org"'
        )
        place.watch(None if tale.unwatched else paper, stories=[*others, bridge])
        stage = Stage(room, place, paper, bridge, others, bridge.url)
        stage.pass_over(force=True)
        for step in tale.script:
            step.do(stage)
        then(stage)
        return _told(stage)


def _told(stage: Stage) -> Told:
    place, bridge = stage.place, stage.place.article(stage.first).id
    rows = place.standings()
    steps = tuple(_step(row) for row in rows if row.article_id == bridge)
    extra = [article.versions - 1 for article in place.articles() if article.id != bridge and article.versions]
    with place.reading() as connection:
        count = connection.execute(select(func.count()).select_from(fetches)).scalar_one()
    return Told(
        steps=steps,
        ends=steps[-1] if steps else "live",
        alerts=tuple(f.text for f in stage.found if f.what in ("standing", "notice") and f.alert),
        others=tuple(
            _step(row)
            for row in rows
            if row.article_id != bridge and {row.before, row.after} & {Standing.TAKEN_DOWN, Standing.MOVED}
        ),
        versions=place.article(stage.first).versions,
        changes=len(place.changes()),
        stray_versions=sum(extra),
        fetches=count,
    )


def _step(row) -> str:
    return f"{row.after.value} {row.reason or ''}".strip()


def made_again(folder: Path) -> list[str]:
    """The rows in which the database of a home differs from one that is made again from its WARC files alone."""
    home = homes.find(folder, {})
    again = f"sqlite:///{folder / 'again.db'}"
    reindex(home, into=again, step=lambda _count, _name: None)
    one, other = open_database(home.database_url), open_database(again)
    with one.read() as left, other.read() as right:
        differ = [str(difference) for difference in differences(left, right)]
        assert counts(left).keys() >= {"standings", "outages", "siblings", "hints", "opinions"}
    one.close()
    other.close()
    return differ
