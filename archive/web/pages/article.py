"""All that a page says of one article, gathered from the database: its standing, its life, its wordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.db import alerts, articles, editions, findings, gaps, lives, notes, outlets, tags, takedowns
from archive.db.alerts import Alert
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Change, Version
from archive.db.lives import Glimpse, Reading, Stay
from archive.db.notes import Note
from archive.db.takedowns import Step as StandingStep
from archive.db.takedowns import Verdict
from archive.domain.gaps import Gap
from archive.domain.history import History
from archive.domain.model import Outlet
from archive.domain.times import iso, parse_since, parse_time
from archive.domain.verdicts import THERE
from archive.errors import Misuse, NothingFound
from archive.extractor import EXTRACTOR
from archive.histories import history_of
from archive.timemaps import Addresses
from archive.warc import cdxj
from archive.web.pages import comparing, sentences, timeline
from archive.web.pages.comparing import Step
from archive.web.pages.sentences import Gone, Piece
from archive.web.pages.timeline import Event, Lane, Line, Look, Span

VIEWS: Final = ("text", "sentences", "inline", "beside")
"""Ways to look at the wording."""

MOST_LOOKS: Final = 10_000
"""Looks that are drawn, the latest of the span; a story of a year has some thousands."""

MOST_CHANGES: Final = 200
MOST_ALERTS: Final = 20

MOST_WORDS: Final = 400_000
"""Of all spells together, for whom sentences are followed: 200 versions of 2,000 words, within a second."""

LARGEST: Final = 2**63 - 1
"""The largest id that a database has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of an article is asked for."""

    view: str = ""  #: empty: what says most
    version: int | None = None  #: a version's number
    old: int | None = None
    new: int | None = None
    whole: bool = False  #: to the letter
    since: datetime | None = None  #: of the time line
    until: datetime | None = None

    @staticmethod
    def read(query: Mapping[str, str]) -> Asked:
        """From the parameters of a request; raises `Misuse`."""
        view = query.get("view", "")
        if view and view not in VIEWS:
            raise Misuse(f"view {view[:40]!r}: there is none; there are {', '.join(VIEWS)}")
        since, until = query.get("since") or None, query.get("until") or None
        asked = Asked(
            view=view,
            version=_number(query, "version"),
            old=_number(query, "old"),
            new=_number(query, "new"),
            whole=query.get("all", "") == "1",
            since=parse_since(since) if since else None,
            until=parse_time(until) if until else None,
        )
        if asked.since and asked.until and asked.since >= asked.until:
            raise Misuse("since is not before until; exchange them")
        return asked


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text)):
        raise Misuse(f"{name} {text[:40]!r} is no number of a version")
    return int(text)


def number_of(text: str, name: str) -> int:
    """An id in a request; raises `Misuse`."""
    found = _number({name: text}, name)
    if found is None:
        raise Misuse(f"{name} is missing")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One version, to be read, with the capture that shows it last."""

    version: Version
    stay: Stay | None
    memento: str  #: where the page itself is, as it was captured; empty where that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The sentences of an article, and who wrote which when."""

    history: History
    paragraphs: list[tuple[Piece, ...]]
    gone: list[Gone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A change in a list, with where its diff and its evidence are."""

    change: Change
    old: int  #: the versions' numbers
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is said of one article."""

    article: Article
    asked: Asked
    view: str
    language: str
    verdict: Verdict
    outlet: Outlet
    line: Line | None  #: None: nobody looked yet
    events: Sequence[Event]
    glimpsed: bool  #: all looks of the span are drawn
    stays: Sequence[Stay]
    versions: Sequence[Reading]  #: one a number, the newest reading of it
    changes: Sequence[Listed]  #: the latest first
    more_changes: int
    gaps: Sequence[Gap]
    shown: Shown | None
    told: Told | None
    too_long: bool  #: for the sentences to be followed on a page
    step: Step | None
    urls: Sequence[str]
    editions: Sequence[Article]
    tags: Sequence[str]
    notes: Sequence[Note]
    alerts: Sequence[Alert]
    memento: str  #: of the latest capture that shows it, else the latest at all

    @property
    def is_there(self) -> bool:
        """Whether it is held to be there to read."""
        return self.article.held.standing in THERE

    @property
    def evidence(self) -> tuple[StandingStep, ...]:
        """The steps of its standing, the latest first."""
        return self.verdict.steps[::-1]


def find(connection: Connection, article_id: int) -> Article:
    """The article with this id; raises `NothingFound`."""
    found = articles.of_ids(connection, [article_id]) if article_id <= LARGEST else []
    if not found:
        raise NothingFound(f"article {article_id}: there is none; it may have become one with another")
    return found[0]


def page(connection: Connection, article: Article, asked: Asked) -> Page:
    """Gather what is asked for. Raises `NothingFound` and `Misuse`."""
    changes = [each for each in findings.changes_of(connection, article.id) if each.superseded_by is None]
    readings = lives.readings(connection, article.id)
    numbers = {each.id: each.number for each in readings}
    told = [
        Listed(change=c, old=numbers.get(c.from_version, 0), new=numbers.get(c.to_version, 0)) for c in changes
    ]
    stays = lives.stays(connection, article.id, extractor=EXTRACTOR)
    [verdict] = takedowns.verdicts(connection, [article.id])
    line, events, missed, glimpsed = _line(connection, article, asked, stays, told, verdict)
    view = asked.view or _telling(article, told)
    shown = _shown(connection, readings, stays, asked.version)
    wants_step = view in ("inline", "beside")
    step = comparing.numbered(connection, article, asked.old, asked.new, whole=asked.whole) if wants_step else None
    too_long = _words(stays, readings) > MOST_WORDS
    wants_told = view == "sentences" and shown is not None and not too_long
    urls = articles.urls_of(connection, article.id)
    return Page(
        article=article,
        asked=asked,
        view=view,
        language=shown.version.extraction.language if shown else "",
        verdict=verdict,
        outlet=outlets.by_id(connection, article.outlet_id),
        line=line,
        events=events,
        glimpsed=glimpsed,
        stays=stays,
        versions=list({each.number: each for each in readings}.values()),
        changes=told[::-1][:MOST_CHANGES],
        more_changes=max(len(told) - MOST_CHANGES, 0),
        gaps=missed,
        shown=shown,
        told=_told(connection, article) if wants_told else None,
        too_long=too_long,
        step=step,
        urls=urls,
        editions=articles.of_ids(connection, editions.of(connection, article.id)),
        tags=sorted(tags.of_article(connection, article.id)),
        notes=notes.of_article(connection, article.id),
        alerts=alerts.about(connection, [article.url, *urls], limit=MOST_ALERTS),
        memento=_latest(article, stays),
    )


def _telling(article: Article, changes: Sequence[object]) -> str:
    """The view that says most: of what is there what changed last, of what is gone the text that was there."""
    return "inline" if changes and article.held.standing in THERE else "text"


def _words(stays: Iterable[Stay], readings: Iterable[Reading]) -> int:
    words = {each.number: each.words for each in readings}
    return sum(words.get(stay.number, 0) for stay in stays)


def _shown(
    connection: Connection, readings: Sequence[Reading], stays: Sequence[Stay], number: int | None
) -> Shown | None:
    """The version of this number, else the one that was seen last; None where there is none at all."""
    if number is None:
        number = stays[-1].number if stays else None
    if number is None:
        return None
    found = [each for each in readings if each.number == number]
    if not found:
        raise NothingFound(f"version {number}: this article has none")
    reading = max(found, key=lambda each: (each.extractor == EXTRACTOR, each.id))
    stay = next((each for each in reversed(stays) if each.number == number), None)
    memento = address(stay.url, stay.last_seen) if stay else ""
    return Shown(version=findings.version(connection, reading.id), stay=stay, memento=memento)


def _told(connection: Connection, article: Article) -> Told:
    history = history_of(connection, article.url)
    return Told(history=history, paragraphs=sentences.pieces(history), gone=sentences.gone(history))


def _latest(article: Article, stays: Sequence[Stay]) -> str:
    if stays:
        return address(stays[-1].url, stays[-1].last_seen)
    return address(article.url, article.last_checked) if article.captures and article.last_checked else ""


def address(url: str, at: datetime) -> str:
    """Where the memento of a URL at a time is."""
    return Addresses().at(cdxj.stamp(at), url)


# The time line --------------------------------------------------------------------------------------


def _line(
    connection: Connection,
    article: Article,
    asked: Asked,
    stays: Sequence[Stay],
    changes: Sequence[Listed],
    verdict: Verdict,
) -> tuple[Line | None, list[Event], list[Gap], bool]:
    """The line, all that stands on it but for looks, the gaps, and whether every look of the span is drawn."""
    ends = lives.ends(connection, article.id)
    if ends is None:
        return None, [], [], True
    missed = gaps.of_article(connection, article.id)
    events = [
        *_standings(verdict, *ends),
        *_versions(article, stays),
        *map(_change, changes),
        *(_gap(gap, *ends) for gap in missed),
    ]
    full = timeline.whole(events, [Look(at=end, presence="", kept=False) for end in ends])
    assert full is not None
    span = Span(asked.since or full.since, asked.until or full.until) if asked.since or asked.until else full
    span = span.within(full) if span.since < span.until else full
    glimpsed = lives.glimpses(connection, article.id, since=span.since, until=span.until, limit=MOST_LOOKS)
    line = timeline.draw(events, map(_look, glimpsed), full=full, span=span)
    return line, events, missed, len(glimpsed) < MOST_LOOKS


def _look(glimpse: Glimpse) -> Look:
    kept = glimpse.captured is not None
    href = address(glimpse.url, glimpse.captured) if glimpse.captured else ""
    return Look(at=glimpse.at, presence=glimpse.presence, kept=kept, href=href)


def _standings(verdict: Verdict, first: datetime, last: datetime) -> Iterator[Event]:
    """What was held to be true, and from when to when."""
    steps = [one.step for one in verdict.steps]
    begin = verdict.steps[0].step.before if steps else verdict.standing
    turns = [(first, begin, 0, ""), *((s.at, s.after, s.id, s.why) for s in steps)]
    ends = [*(turn[0] for turn in turns[1:]), max(last, turns[-1][0])]
    for (at, standing, number, why), until in zip(turns, ends, strict=True):
        yield Event(
            lane=Lane.STANDING,
            at=min(at, until),
            until=until,
            lasts=number == turns[-1][2],
            kind=standing.value,
            number=number,
            said=why,
            href=f"#standing-{number}" if number else "",
        )


def _versions(article: Article, stays: Sequence[Stay]) -> Iterator[Event]:
    for stay in stays:
        yield Event(
            lane=Lane.VERSION,
            at=stay.first_seen,
            until=stay.last_seen,
            lasts=stay is stays[-1] and article.held.standing in THERE,
            number=stay.number,
            href=f"?view=text&version={stay.number}#wording",
        )


def _change(told: Listed) -> Event:
    change = told.change
    return Event(
        lane=Lane.CHANGE,
        at=change.to_at,
        kind=change.kind,
        number=change.id,
        said=change.summary,
        href=diff_address(change),
    )


def diff_address(change: Change) -> str:
    """Where the page of a change is."""
    return f"/diff?from={change.from_version}&to={change.to_version}&change={change.id}"


def _gap(gap: Gap, first: datetime, last: datetime) -> Event:
    since = gap.since or first
    return Event(
        lane=Lane.GAP,
        at=since,
        until=max(gap.until or last, since),
        lasts=gap.until is None,
        kind=gap.presences[0] if gap.presences else "unseen",
        number=gap.looks,
        said=gap.why,
    )


def span_query(span: Span) -> str:
    """The parameters that show this span."""
    return f"since={iso(span.since)}&until={iso(span.until)}"
