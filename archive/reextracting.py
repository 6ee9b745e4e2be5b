"""An article's history as today's extractor reads it: two versions are compared by one ruler, or not at all.

After an upgrade the captures of an article are read again from the WARC files. What comes of it are further
readings of the versions that are known: rows of `versions` with the numbers that they have, and nothing else. No
change, no standing and no version is found or lost here; what was told stays as it was told, with the readings
that it was found by.

Knows which bytes are to be read again and what the readings mean; refuses to know who reads them, and when.
Each article is one transaction, written whole or not at all.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, pairwise

from archive.db import articles, blocks, findings, readings, record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.findings import Version
from archive.db.readings import Shown
from archive.domain import classify, wordings
from archive.domain.dress import redesigned
from archive.domain.model import Capture, Extraction
from archive.domain.sightings import word_count
from archive.domain.steps import step
from archive.extraction import extract
from archive.extractor import EXTRACTOR
from archive.keeping import ReadPayload, Unreadable

Pages = Mapping[int, Extraction]
"""What today's extractor reads, by the capture that holds the bytes."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """One wording as today's extractor reads it."""

    number: int  #: of its version; 0 while that is not confirmed
    extraction: Extraction
    fingerprint: str
    capture_id: int  #: the first that shows it
    id: int = 0  #: in the database; 0: not there yet
    seen: list[datetime] = field(default_factory=list)  #: when it was there to read, in order
    added: list[int] = field(default_factory=list)  #: captures that are now known to show it
    redressed: bool = False  #: its template is another one than before

    def saw(self, capture: _Capture) -> None:
        """It was there to read in this capture as well.

        Where today's extractor reads two versions alike, the reading is of the first one: the step between them is
        none to it.
        """
        self.seen.append(capture.at)
        if capture.number:
            self.number = min(self.number or capture.number, capture.number)
        if capture.today is None:
            self.added.append(capture.id)

    def wear(self, template: str) -> None:
        """The same words stand in another template from now on: a visit shall not take that for a redesign."""
        self.extraction = replace(self.extraction, template=template)
        self.redressed = True

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When it was first and last seen."""
        return self.seen[0], self.seen[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Capture:
    """A capture in which the article was there to read."""

    id: int
    payload: int
    at: datetime
    number: int  #: as an earlier extractor has it, if one read it; 0: not confirmed
    version: tuple[int, int]  #: what names the version that it shows: `Version.name`
    before: int | None  #: the reading of the last earlier extractor
    today: int | None  #: that of today's


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be read again of one article."""

    article_id: int
    payloads: tuple[Capture, ...]  #: each is read once, however many captures repeat it


def work_on(connection: Connection, article_id: int) -> Work:
    """All that today's extractor has not read of an article, and an earlier one has."""
    captures = _captures(readings.shown(connection, article_id))
    wanted = _unread(captures)
    return Work(article_id=article_id, payloads=tuple(record.capture(connection, each) for each in wanted))


def write(connection: Connection, article_id: int, pages: Pages, unread: Mapping[int, str]) -> None:
    """Keep the readings of an article that `work_on` asked for, and why some of the payloads could not be read."""
    if not readings.shown(connection, article_id):  # it was found to be another article meanwhile
        readings.note(connection, article_id, EXTRACTOR, {})
        return
    article = articles.by_id(connection, article_id)
    captures, plan = _keep(connection, article, pages)
    _learn(connection, article, captures, plan, pages)
    missing = {each.id: unread.get(each.payload, "") for each in captures if each.id not in plan.shown}
    readings.note(connection, article_id, EXTRACTOR, missing)


def give_up(connection: Connection, article_id: int, why: str) -> None:
    """Leave the history of an article as the earlier extractor read it; `why` is what kept us from more."""
    left = [each for each in _captures(readings.shown(connection, article_id)) if each.today is None]
    readings.note(connection, article_id, EXTRACTOR, {each.id: why for each in left})


def _learn(
    connection: Connection, article: Article, captures: Sequence[_Capture], plan: Plan, pages: Pages
) -> None:
    """What the outlet repeats is learnt from the new readings too: a paragraph that they brought in is no news."""
    blocks.forget(connection, article.id)
    noted: list[str] = []
    for capture in captures:
        if capture.id not in plan.shown:
            continue
        page = pages.get(capture.payload, plan.shown[capture.id].extraction)
        paragraphs = [*page.paragraphs, *page.asides]
        if paragraphs != noted:
            blocks.note(connection, article.outlet_id, article.id, paragraphs, capture.at)
            noted = paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What a visit cannot wait for: the version that stands, and what else is held of the wording.

    Each is read from the last capture that shows it: what an earlier extractor left out may have changed since the
    first. Where that one cannot be read, from the one before.
    """

    article_id: int
    stands: tuple[Capture, ...]  #: the payloads that show it, the latest first
    others: tuple[tuple[Capture, ...], ...]  #: the same for candidates and variants


def wanted_now(connection: Connection, article_id: int) -> Now | None:
    """What is to be read again before a visit of an article is settled; None where nothing is."""
    if readings.stands_by(connection, article_id) in (None, EXTRACTOR):
        return None
    article = articles.by_id(connection, article_id)
    assert article.version_id is not None
    version = findings.version(connection, article.version_id)
    captures = _captures(readings.shown(connection, article_id))
    names = dict.fromkeys(findings.version(connection, each).name for each in article.wording.known)

    def showing(name: tuple[int, int]) -> tuple[Capture, ...]:
        payloads = dict.fromkeys(c.payload for c in reversed(captures) if c.version == name)
        return tuple(record.capture(connection, payload) for payload in payloads)

    others = (showing(name) for name in names if name != version.name)
    return Now(article_id=article_id, stands=showing(version.name), others=tuple(filter(None, others)))


def write_now(connection: Connection, now: Now, pages: Pages) -> None:
    """Keep what was read of that, in `pages`. Raises `Unreadable` where the version that stands was not."""
    if not any(capture.id in pages for capture in now.stands):
        raise Unreadable(f"article {now.article_id}: no capture of the version that stands can be read again")
    article = articles.by_id(connection, now.article_id)
    assert article.version_id is not None
    version = findings.version(connection, article.version_id)
    _keep(connection, article, pages)
    again = articles.by_id(connection, article.id).version_id
    assert again is not None
    found = findings.version(connection, again)
    # Until the captures before it are read again, it goes for the whole version.
    span = (min(version.first_seen, found.first_seen), found.last_seen)
    readings.adjust(connection, again, number=found.number, span=span)


def standing_version(connection: Connection, article: Article, read_payload: ReadPayload) -> Version | None:
    """The version that stands, as today's extractor reads it; None before the first.

    What a visit cannot wait for is read here and now where nobody did before. Raises `Unreadable`.
    """
    if article.version_id is None:
        return None
    version = findings.version(connection, article.version_id)
    if version.extraction.extractor == EXTRACTOR:
        return version
    now = wanted_now(connection, article.id)
    assert now is not None
    pages: dict[int, Extraction] = {}
    trouble = _read_one(now.stands, read_payload, pages)
    if trouble is not None:
        raise trouble
    for each in now.others:
        _read_one(each, read_payload, pages)
    write_now(connection, now, pages)
    stands = articles.by_id(connection, article.id).version_id
    assert stands is not None
    return findings.version(connection, stands)


def _read_one(
    payloads: Iterable[Capture], read_payload: ReadPayload, pages: dict[int, Extraction]
) -> Unreadable | None:
    """Read the first of the payloads that can be read; what was the matter where none can."""
    trouble = None
    for payload in payloads:
        try:
            body, content_type = read_payload(payload)
        except Unreadable as error:
            trouble = trouble or error
        else:
            pages[payload.id] = extract(body, url=payload.url, content_type=content_type)
            return None
    return trouble or Unreadable("no capture shows it")


def _keep(connection: Connection, article: Article, pages: Pages) -> tuple[list[_Capture], Plan]:
    """Write down what `pages` say."""
    captures = _captures(readings.shown(connection, article.id))
    known = readings.by(connection, article.id, EXTRACTOR)
    plan = Plan(captures, known, pages)
    of_today = {version.id: version for version in known}
    waited = {each: version for each, version in of_today.items() if not version.number}
    # The latest first: a version goes by the first reading of it, and is compared by that.
    for reading in sorted(plan.readings.values(), key=lambda each: each.span[1], reverse=True):
        if reading.id in waited and reading.number:
            findings.number(connection, waited[reading.id], reading.number)
        if reading.id and reading.redressed:
            findings.redress(connection, of_today[reading.id], reading.extraction.template)
        if not reading.id:
            reading.id = findings.add_reading(
                connection,
                article.id,
                reading.extraction,
                reading.fingerprint,
                capture_id=reading.capture_id,
                words=word_count(reading.extraction.text),
                at=reading.span[0],
                number=reading.number,
            ).id
        readings.adjust(connection, reading.id, number=reading.number, span=reading.span)
    pairs = ((capture, reading.id) for reading in plan.readings.values() for capture in reading.added)
    readings.show(connection, sorted(pairs), EXTRACTOR)
    _let_stand(connection, article, captures, plan)
    return captures, plan


def _let_stand(connection: Connection, article: Article, captures: Sequence[_Capture], plan: Plan) -> None:
    """Let the version that stands, and whatever else is held of the wording, go by today's readings.

    Each by that of the last capture that shows it.
    """
    if article.version_id is None:
        return
    last = {c.version: plan.shown[c.id].id for c in captures if c.id in plan.shown}
    today: dict[int, Version] = {}
    for each in {*article.wording.readings, article.version_id}:
        version = findings.version(connection, each)
        if version.extraction.extractor == EXTRACTOR:
            today[each] = version
        elif version.name in last:
            today[each] = findings.version(connection, last[version.name])
    names = {each: findings.first_reading(connection, version) for each, version in today.items()}
    held = wordings.to_json(article.wording.renamed(names)) if article.wording != wordings.Held() else {}
    stands = today.get(article.version_id)
    if stands is None:  # it cannot be read: so all stays as it was
        return
    title = stands.extraction.title or article.title
    articles.update(connection, article.id, version_id=stands.id, title=title, wording=held)


# What would be altered ----------------------------------------------------------------------------------


class What(enum.StrEnum):
    """What an upgrade does to a history."""

    DIFFERS = "differs"  # a version reads otherwise
    UNREADABLE = "unreadable"  # a capture cannot be read, or no story is found in it any more
    VANISHES = "vanishes"  # two versions in a row read alike
    APPEARS = "appears"  # one version reads in two ways: an edit that nobody saw, or noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One thing that would be read otherwise."""

    what: What
    url: str
    outlet: str
    version: int
    at: datetime  #: of the capture
    extractor: str  #: the one that read it before
    summary: str
    kinds: tuple[str, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    sides: tuple[Extraction, Extraction] | None = None  #: as both extractors read it


def altered(connection: Connection, article_id: int, pages: Pages, unread: Mapping[int, str]) -> list[Alteration]:
    """What `write` would alter of an article, by the time of the captures; nothing is written."""
    article = articles.by_id(connection, article_id)
    captures = [c for c in _captures(readings.shown(connection, article_id)) if c.number and c.before is not None]
    plan = Plan(captures, readings.by(connection, article_id, EXTRACTOR), pages)
    before = {each: findings.version(connection, each) for each in {c.before for c in captures if c.before}}
    firsts = {c.before: c for c in reversed(captures)}  # what a reading says was found in its first capture
    rows: list[Alteration | None] = []
    for capture in captures:
        version = before[capture.before or 0]
        if capture.id not in plan.shown:
            rows.append(_row(article, capture, version, What.UNREADABLE, unread.get(capture.payload, "")))
        elif firsts[capture.before] is capture:
            page = pages.get(capture.payload, plan.shown[capture.id].extraction)
            rows.append(_otherwise(article, capture, version, page))
    for earlier, later in pairwise(c for c in captures if c.id in plan.shown):
        sides = plan.shown[earlier.id], plan.shown[later.id]
        alike = sides[0] is sides[1] or same(sides[0].extraction, sides[1].extraction)
        version = before[later.before or 0]
        if alike and earlier.number != later.number:
            said = f"versions {earlier.number} and {later.number} read alike"
            rows.append(_row(article, later, version, What.VANISHES, said))
        elif not alike and earlier.number == later.number:
            said = f"version {later.number} reads in two ways"
            rows.append(
                _row(article, later, version, What.APPEARS, said, sides[0].extraction, sides[1].extraction)
            )
    return sorted(filter(None, rows), key=lambda row: (row.at, row.version))


def _otherwise(article: Article, capture: _Capture, version: Version, page: Extraction) -> Alteration | None:
    """How today's extractor reads the capture in which an earlier one found `version`; None: the same."""
    if word_count(version.extraction.text) and not word_count(page.text):
        return _row(article, capture, version, What.UNREADABLE, "no story is found in it any more")
    return _row(article, capture, version, What.DIFFERS, "", version.extraction, page)


def _row(
    article: Article,
    capture: _Capture,
    version: Version,
    what: What,
    summary: str,
    *sides: Extraction,
) -> Alteration | None:
    """A row of the report; None where the two sides differ in nothing but the extractor's name."""
    verdict = None
    if sides:
        before, after = (
            replace(side, extractor=EXTRACTOR) for side in sides
        )  # for once, to see what the ruler does
        verdict = step(before, after)
        if verdict is None:
            return None
    return Alteration(
        what=what,
        url=article.url,
        outlet=article.outlet,
        version=capture.number,
        at=capture.at,
        extractor=version.extraction.extractor,
        summary=": ".join(filter(None, [summary, verdict.summary if verdict else ""])),
        kinds=tuple(kind.value for kind in verdict.kinds) if verdict else (),
        words_added=verdict.words_added if verdict else 0,
        words_removed=verdict.words_removed if verdict else 0,
        sides=(sides[0], sides[1]) if sides else None,
    )


# The rule -----------------------------------------------------------------------------------------------


class Plan:
    """Which captures show which reading, by what is known and what `pages` add to it."""

    def __init__(self, captures: Sequence[_Capture], known: Sequence[Version], pages: Pages) -> None:
        self.readings = {version.fingerprint: _reading(version) for version in known}  #: by fingerprint
        self.shown: dict[int, Reading] = {}  #: by capture
        by_id = {reading.id: reading for reading in self.readings.values()}
        by_payload = {c.payload: by_id[c.today] for c in captures if c.today is not None}
        last: dict[tuple[int, int], Reading] = {}  # of each version: its latest reading so far
        for capture in captures:
            if capture.today is not None:
                reading = by_id[capture.today]
            elif capture.payload in by_payload:
                reading = by_payload[capture.payload]
            elif capture.payload in pages:
                reading = self._of(capture, pages[capture.payload], last.get(capture.version))
                by_payload[capture.payload] = reading
            else:
                continue
            reading.saw(capture)
            last[capture.version] = self.shown[capture.id] = reading

    def _of(self, capture: _Capture, page: Extraction, before: Reading | None) -> Reading:
        """The reading that `page` is; `before` is how the same version was read last."""
        fingerprint = classify.fingerprint(page)
        if (known := self.readings.get(fingerprint)) is not None:
            if redesigned(known.extraction, page):
                known.wear(page.template)
            return known
        undressed = before is not None and not (capture.number and redesigned(before.extraction, page))
        if before is not None and undressed and same(before.extraction, page):
            return before
        made = Reading(
            number=capture.number,
            extraction=page,
            fingerprint=fingerprint,
            capture_id=capture.id,
        )
        self.readings[fingerprint] = made
        return made


def same(before: Extraction, after: Extraction) -> bool:
    """Whether two readings by one extractor differ in nothing that matters."""
    return step(before, after) is None


def _reading(version: Version) -> Reading:
    return Reading(
        number=version.number,
        extraction=version.extraction,
        fingerprint=version.fingerprint,
        capture_id=version.capture_id,
        id=version.id,
    )


def _captures(shown: Sequence[Shown]) -> list[_Capture]:
    """The captures by time, each once."""
    return [_capture(list(same_one)) for _, same_one in groupby(shown, key=lambda each: each.capture_id)]


def _capture(shown: Sequence[Shown]) -> _Capture:
    """One capture, of whose readings the later ones come last."""
    today = next((each for each in shown if each.extractor == EXTRACTOR), None)
    before = next((each for each in reversed(shown) if each.extractor != EXTRACTOR), None)
    one = before or shown[-1]
    return _Capture(
        id=one.capture_id,
        payload=one.payload,
        at=one.at,
        number=one.number,
        version=(one.number, 0) if one.number else (0, one.version_id),
        before=before.version_id if before else None,
        today=today.version_id if today else None,
    )


def _unread(captures: Sequence[_Capture]) -> Iterator[int]:
    """The payloads that today's extractor is to read, in the order of time."""
    done = {each.payload for each in captures if each.today is not None}
    return iter(dict.fromkeys(c.payload for c in captures if c.today is None and c.payload not in done))
