"""The one write path for findings: visit → version, change, standing.

`settle` looks at what `archive.keeping` has made safe, asks the pure rules, and writes what they found
in one transaction. All times are those of the exchange, never "now", so that replaying the WARC files
gives the same findings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import NamedTuple

from archive import hinting, judging, probing, reextracting
from archive.alerting import Alerting
from archive.db import articles, blocks, findings, journal, notices, outlets, record
from archive.db.articles import Article
from archive.db.engine import Connection, Database
from archive.db.findings import Version
from archive.db.notices import Notice
from archive.domain import classify, wordings
from archive.domain.dress import redesigned
from archive.domain.identity import Identity, identity
from archive.domain.model import (
    Capture,
    Extraction,
    Outlet,
    Presence,
    RecordType,
    Sighting,
    Standing,
)
from archive.domain.pages import same_address
from archive.domain.sightings import FetchFacts, opens_up, shared_words, shows_less, sight, word_count
from archive.domain.steps import built_on, nearest, same_edit, step
from archive.domain.urls import InvalidUrl, normalise
from archive.extractor import EXTRACTOR
from archive.facts import facts_of
from archive.keeping import Kept, ReadPayload, modified, sendable
from archive.settings import Settings
from archive.visits import Finding, Probe, Visit

#: Share of its words that a page must have in common with an article to be taken for it when both came by
#: different URLs. No two different stories of one outlet (238 pairs) share more than 71 %; AMP and mobile
#: twins have the same paragraphs.
SAME_ARTICLE = 0.8

#: How long an article waits to be compared with one that was found beside it and is still to be fetched.
WAIT = timedelta(days=1)

_NO_TIME = timedelta(0)
_SECOND = timedelta(seconds=1)

#: When a wording that waits to be confirmed is looked for again, where the second look showed nothing.
_AGAIN = timedelta(minutes=10)


def known_extraction(database: Database, kept: Kept) -> Extraction | None:
    """What a repeated payload says, without reading it again: the version of the capture it repeats."""
    if kept.capture is None or kept.capture.record_type is not RecordType.REVISIT or kept.status not in (200, 304):
        return None
    with database.read() as connection:
        original = record.original(connection, kept.capture)
        version = findings.version_of_capture(connection, original.id, EXTRACTOR)
        return None if version is None else version.extraction


class _Named(NamedTuple):
    """The article that a page is of."""

    article: Article
    known: Version | None
    before: str  #: the address by which it went until this page named another


class Settler:
    """Finds out what a visit means for its article."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        read_payload: ReadPayload,
        write_text: Callable[[Capture, Extraction], None],
        journalled: bool = False,
        alerting: Alerting | None = None,
    ) -> None:
        self.database = database
        self.settings = settings
        self.read_payload = read_payload
        self._write_text = write_text
        self._journalled = journalled  # the WARC files shall tell when each visit was settled
        self.alerting = alerting  #: None: nobody is told of what is found
        self.late = False  #: what is settled was long ago: what holds for its whole outlet was found out then

    def settle(self, visit: Visit | Probe, extraction: Extraction | None) -> list[Finding]:
        """Write what `visit` says, with the `extraction` of its last answer where it has one."""
        with self.database.write() as connection:
            if isinstance(visit, Probe):
                probing.settle(connection, visit, extraction)
                self._journal(connection, visit)
                return []
            found = self._settle(connection, visit, extraction)
            if self.alerting is not None:  # in one transaction: what was found and who is to be told of it
                for finding in found:
                    self.alerting.note(connection, finding)
            return found

    def _settle(self, connection: Connection, visit: Visit, extraction: Extraction | None) -> list[Finding]:
        at = visit.last.exchange.began
        article = articles.by_id(connection, visit.article_id)
        _, outlet = outlets.by_name(connection, article.outlet)
        known = self._standing_version(connection, article)
        if known is not None and known.id != article.version_id:  # it was read again just now
            article = articles.by_id(connection, article.id)
        facts = facts_of(connection, visit, article, outlet, known, extraction)
        sighting = sight(facts, known.extraction if known else None)
        record.note_sighting(connection, visit.last.fetch_id, sighting)
        self._journal(connection, visit)
        by = judging.rules(self.settings)
        if visit.vantage:  # a sighting, and nothing of what an outlet shows elsewhere becomes ours
            return judging.settle_elsewhere(connection, article.id, visit, sighting, by)
        found: list[Finding] = []
        if sighting.presence is Presence.PRESENT and extraction is not None:
            moved = sighting.kind == "moved"
            named = self._identify(connection, article, known, visit, extraction, outlet, moved=moved)
            if named is None:
                why = "may be the same as an article that is still to be fetched"
                articles.update(connection, article.id, last_checked=at, next_check=at, next_why=why)
                return []
            sighting = self._seen_again(connection, visit, facts, sighting, named, article)
            article, known = named.article, named.known
            if known is None or not shows_less(known.extraction, extraction):
                found += self._see_words(connection, article, known, visit, extraction)
            else:  # a part of what is known: it is there, and its words are those
                articles.update(connection, article.id, last_seen=at)
            hinting.note_page(connection, article, visit)
        found += judging.settle(connection, article.id, visit, sighting, by, late=self.late)
        if not (self.late or visit.last.purpose.source):
            hinting.pull_editions(connection, article.id, found, at=at)
        articles.update(connection, article.id, last_checked=at, **self._next(connection, article.id, at))
        return found

    def _journal(self, connection: Connection, visit: Visit | Probe) -> None:
        if self._journalled:
            document = {"place": record.place_of(connection, visit.last.fetch_id)}
            journal.note(connection, journal.SETTLED, document, at=visit.last.exchange.began)

    def _next(self, connection: Connection, article_id: int, at: datetime) -> dict[str, object]:
        """When to look again: soon where something waits for a second look, else it is to be planned."""
        article = articles.by_id(connection, article_id)
        # Two captures of one URL in one second would share the address of a memento.
        soon = max(self.settings.edits.confirm_after, _SECOND)
        if article.held.standing is Standing.MISSING and article.held.first_miss == at:
            return {"next_check": at + soon, "next_why": articles.GONE_ONCE}
        since = article.wording.since
        if since is None or at - since > WAIT:
            return {"next_check": None}
        return {"next_check": at + (soon if since == at else _AGAIN), "next_why": articles.TO_CONFIRM}

    def _seen_again(
        self,
        connection: Connection,
        visit: Visit,
        facts: FetchFacts,
        sighting: Sighting,
        named: _Named,
        asked: Article,
    ) -> Sighting:
        """The sighting in the light of what is known of the article that it turned out to be of.

        That is of the address at which the article was known until now: of one that moved, the new address may be
        read before the old one that leads there, and each of the two has to tell of the move.
        """
        if named.article.id == asked.id or named.known is None:
            return sighting
        again = sight(replace(facts, url=named.before), named.known.extraction)
        if again.presence is not Presence.PRESENT:
            return sighting
        record.note_sighting(connection, visit.last.fetch_id, again)
        return again

    def put_off(self, visit: Visit | Probe) -> None:
        """Leave a visit that could not be settled at that; the article is planned like any other."""
        with self.database.write() as connection:
            record.put_off(connection, visit.last.fetch_id)
            if isinstance(visit, Probe) or visit.vantage:
                return
            at = visit.last.exchange.began
            articles.update(connection, visit.article_id, last_checked=at, next_check=None)

    def _standing_version(self, connection: Connection, article: Article) -> Version | None:
        """The article's version as today's extractor reads it; an upgrade must not look like an edit."""
        return reextracting.standing_version(connection, article, self.read_payload)

    def _read(
        self,
        connection: Connection,
        article_id: int,
        page: Extraction,
        *,
        capture_id: int,
        at: datetime,
        number: int = 0,
    ) -> Version:
        """The reading of the article that `page` is, added where it is new."""
        fingerprint = classify.fingerprint(page)
        found = findings.reading_with(connection, article_id, page.extractor, fingerprint)
        return found or findings.add_reading(
            connection,
            article_id,
            page,
            fingerprint,
            capture_id=capture_id,
            words=word_count(page.text),
            at=at,
            number=number,
        )

    def _identify(
        self,
        connection: Connection,
        article: Article,
        known: Version | None,
        visit: Visit,
        extraction: Extraction,
        outlet: Outlet,
        *,
        moved: bool,
    ) -> _Named | None:
        """Find the article's own URL; join it with the article that is already known by that URL.

        None where that one was not fetched yet, so that nobody can tell whether they are the same. Where the words
        `moved` with a redirect, its end is the article's, even if it is spelt as if it were another story's.
        """
        found = identity(
            visit.hops[0].exchange.url,
            visit.last.exchange.url,
            extraction.structured.canonical,
            extraction.structured.og_url,
            outlet_domains=outlet.domains,
        )
        same = moved and known is not None and shared_words(known.extraction, extraction) >= SAME_ARTICLE
        if same and len(visit.hops) > 1 and same_address(found.url, visit.hops[0].exchange.url):
            end, others = normalise(visit.last.exchange.url), (found.url, *found.aliases)
            found = Identity(url=end, aliases=others, why="the redirect, and the same words at its end")
        other = articles.by_url(connection, found.url)
        if known is None and (other is None or other.id == article.id):
            other = articles.led_here(connection, visit.last.exchange.url, but=article.id)
        if other is not None and other.id != article.id:
            if known is None and _is_to_come(other, article, visit.last.exchange.began):
                return None
            theirs = self._standing_version(connection, other)
            if theirs is None or shared_words(theirs.extraction, extraction) < SAME_ARTICLE:
                return _Named(article, known, article.url)
            if known is None:
                articles.merge(connection, away=article.id, into=other.id)
                article, known = articles.by_id(connection, other.id), theirs
            elif len(visit.hops) > 1 and other.discovered >= article.discovered:
                # It moved, and was found at its new place before anybody looked at the old one.
                findings.hand_over(connection, away=other.id, into=article.id)
                articles.merge(connection, away=other.id, into=article.id)
                article = articles.by_id(connection, article.id)
            else:
                return _Named(article, known, article.url)
        before = article.url
        for url in (found.url, *found.aliases):
            articles.add_alias(connection, article.id, url, found.why)
        if known is not None and len(visit.hops) > 1:
            _add_end(connection, article, visit, shared_words(known.extraction, extraction))
        owner = articles.by_url(connection, found.url)
        if found.url != article.url and owner is not None and owner.id == article.id:
            articles.rename(connection, article.id, found.url)
            article = articles.by_id(connection, article.id)
        return _Named(article, known, before)

    def _see_words(
        self,
        connection: Connection,
        article: Article,
        known: Version | None,
        visit: Visit,
        extraction: Extraction,
    ) -> list[Finding]:
        """What the words of a page mean that shows the article."""
        last = visit.last
        assert last.capture is not None
        at = last.exchange.began
        first = known is None or opens_up(known.extraction, extraction)
        seen, told = None, list[Finding]()
        if known is not None and not first:
            if redesigned(known.extraction, extraction) and not self.late:
                told = _noticed(
                    notices.note_dress(connection, article.outlet_id, article.id, extraction.template, at)
                )
            seen = self._recognised(connection, article, known, extraction, last.capture)
        if seen is None:
            seen = self._read(connection, article.id, extraction, capture_id=last.capture.id, at=at)
        # Also of a page that is known: what was gone and is there again varies.
        blocks.note(connection, article.outlet_id, article.id, _paragraphs(extraction), at)
        findings.show(connection, last.capture.id, seen, at)
        articles.update(
            connection,
            article.id,
            first_seen=article.first_seen or at,
            last_seen=at,
            published=extraction.published or article.published,
            **_validators(visit, article.url),
        )
        if first:
            return self._first(connection, article, known, seen, at)
        assert known is not None
        return told + self._another(connection, article, known, seen, visit)

    def _first(
        self, connection: Connection, article: Article, known: Version | None, seen: Version, at: datetime
    ) -> list[Finding]:
        """The first wording of an article; or the whole story where only its beginning was known."""
        self._stand(connection, article, seen)
        held = wordings.see(wordings.Held(), findings.first_reading(connection, seen), at, confirm_after=_NO_TIME)
        articles.update(connection, article.id, wording=wordings.to_json(held.held))
        words = word_count(seen.extraction.text)
        text = f"{words} words kept"
        if known is not None:
            text = f"the whole story, {words} words, where a beginning was kept"
        return [_finding("new", article, seen.extraction.title, at, text)]

    def _same_after_all(self, connection: Connection, article_id: int, before: Version, after: Version) -> None:
        """What looked like another wording is known for noise by now: both are readings of one version."""
        held = articles.by_id(connection, article_id).wording
        if not after.number:
            findings.number(connection, after, before.number)
            held = held.replaced(after.id, before.id)
        articles.update(connection, article_id, version_id=after.id, wording=wordings.to_json(held))

    def _stand(
        self, connection: Connection, article: Article, reading: Version, *, only_number: bool = False
    ) -> Version:
        """Let the wording of `reading` stand; one that is no version yet becomes the next."""
        if not reading.number:
            number = findings.number(connection, reading)
            articles.update(connection, article.id, versions=number)
            self._write_text(record.capture(connection, reading.capture_id), reading.extraction)
            reading = replace(reading, number=number)
        if only_number:
            return reading
        title = reading.extraction.title or article.title
        articles.update(connection, article.id, version_id=reading.id, title=title)
        return reading

    def _recognised(
        self, connection: Connection, article: Article, known: Version, page: Extraction, capture: Capture
    ) -> Version | None:
        """The reading that a page repeats, to the letter or but for noise; None where it is another wording."""
        same = findings.reading_with(connection, article.id, page.extractor, classify.fingerprint(page))
        if same is not None:
            if redesigned(same.extraction, page):
                findings.redress(connection, same, page.template)
            return same
        others = (findings.version(connection, each) for each in article.wording.known)
        candidates = [known, *(each for each in others if each.extraction.extractor == page.extractor)]
        for one in candidates:
            each = _in_dress(connection, one, page)
            if self._between(connection, article, each.extraction, page, capture.timestamp) is None:
                if one.id == article.version_id != each.id:
                    articles.update(connection, article.id, version_id=each.id)
                return self._dressed(connection, article, each, page, capture) or each
        return None

    def _dressed(
        self, connection: Connection, article: Article, same: Version, page: Extraction, capture: Capture
    ) -> Version | None:
        """A reading of the same version in the outlet's new dress, to which what comes next is compared."""
        if not same.number or not redesigned(same.extraction, page):
            return None
        reading = self._read(
            connection, article.id, page, capture_id=capture.id, at=capture.timestamp, number=same.number
        )
        if same.id == article.version_id:
            articles.update(connection, article.id, version_id=reading.id)
        return reading

    def _between(
        self, connection: Connection, article: Article, before: Extraction, after: Extraction, at: datetime
    ) -> classify.Verdict | None:
        """What lies between two wordings, in the light of what is known of the outlet at `at`."""
        sides = _paragraphs(before), _paragraphs(after)
        return step(before, after, blocks.furniture_of(connection, article.outlet_id, article.id, *sides, at))

    def _another(
        self, connection: Connection, article: Article, known: Version, seen: Version, visit: Visit
    ) -> list[Finding]:
        """One more look at an article whose wording is known."""
        at = visit.last.exchange.began
        before = replace(article.wording, stands=findings.first_reading(connection, known))
        reading = findings.first_reading(connection, seen)
        if before.candidate is not None and reading not in (before.stands, before.candidate):
            candidate = findings.version(connection, before.candidate)
            followed = built_on(candidate.extraction, known.extraction, seen.extraction)
        else:
            followed = False
        twin = self._twin(connection, before, reading, seen)
        outcome = wordings.see(
            before,
            reading if twin is None else twin,
            at,
            confirm_after=self.settings.edits.confirm_after,
            sure=bool(visit.last.purpose.source) or self._known_by_others(connection, known, seen),
            built_on=followed,
        )
        held = outcome.held
        if twin is not None and twin == held.stands:
            held = wordings.joined(held, reading)
        articles.update(connection, article.id, wording=wordings.to_json(held))
        found: list[Finding] = []
        for told in outcome.steps:
            found += self._tell(connection, article, told, visit)
        return found

    def _known_by_others(self, connection: Connection, known: Version, seen: Version) -> bool:
        """Whether what stands was seen in captures of others only: then nothing of ours flaps."""
        return seen.number != known.number and not findings.seen_by_us(connection, known)

    def _twin(self, connection: Connection, held: wordings.Held, reading: int, seen: Version) -> int | None:
        """The wording from which `seen` differs just as two that alternate did: an edit came to both of them."""
        if not held.tested or reading in held.variants or reading in (held.stands, held.candidate):
            return None
        tested = [findings.version(connection, one).extraction for one in sorted(held.tested)]
        for one in (held.candidate, held.stands):
            if one is None:
                continue
            step_here = findings.version(connection, one).extraction, seen.extraction
            if any(same_edit(pair, step_here) for pair in permutations(tested, 2)):
                return one
        return None

    def _tell(self, connection: Connection, article: Article, told: wordings.Step, visit: Visit) -> list[Finding]:
        """Write down a change, or that two wordings alternate."""
        at, capture = visit.last.exchange.began, visit.last.capture
        assert capture is not None
        after = findings.version(connection, told.after)
        befores = [told.before]
        if told.act is wordings.Act.CHANGE:  # of wordings that alternate the one that was edited
            befores += sorted(article.wording.variants - {told.before, told.after})
        stood = [findings.version(connection, each) for each in befores]
        before = stood[nearest(after.extraction, (each.extraction for each in stood))]
        before = _in_dress(connection, before, after.extraction)
        verdict = self._between(connection, article, before.extraction, after.extraction, at)
        if verdict is None:
            self._same_after_all(connection, article.id, before, after)
            return []
        back = after.number
        after = self._stand(connection, article, after, only_number=told.act is wordings.Act.VARIANTS)
        if told.act is wordings.Act.VARIANTS:
            verdict = classify.with_variants(verdict)
        elif back:
            verdict = classify.with_revert(verdict, back)
        shown = record.captured_at(connection, article.id, told.first)
        change_id = findings.add_change(
            connection,
            article_id=article.id,
            detected_at=at,
            kind=verdict.kind.value,
            kinds=[kind.value for kind in verdict.kinds],
            weight=verdict.weight,
            stealth=verdict.stealth,
            summary=verdict.summary,
            reasons=list(verdict.reasons),
            words_added=verdict.words_added,
            words_removed=verdict.words_removed,
            from_version=before.id,
            to_version=after.id,
            from_at=before.last_seen,
            to_at=told.first,
            capture_id=shown if shown is not None else after.capture_id,
            confirmed_by=capture.id,
        )
        if told.since is not None:
            among = findings.all_readings(connection, [told.before, told.after, *article.wording.variants])
            since = min(told.since, at - wordings.REST)  # one of the two may have stood for long between
            findings.supersede(connection, change_id, article_id=article.id, among=among, since=since)
        articles.update(connection, article.id, last_changed=told.first)
        return [_finding("change", article, after.extraction.title, at, verdict.summary, change_id)]


def _add_end(connection: Connection, article: Article, visit: Visit, share: float) -> None:
    """Where redirects end, its words stand; so that address leads to it, however little it is like the others."""
    if share >= SAME_ARTICLE:
        with contextlib.suppress(InvalidUrl):
            articles.add_alias(connection, article.id, normalise(visit.last.exchange.url), "redirect")


def _in_dress(connection: Connection, version: Version, page: Extraction) -> Version:
    """The version as it was read in the page's own dress, if it ever was: there the least is lost in comparing."""
    if not version.number or not redesigned(version.extraction, page):
        return version
    readings = findings.readings_of(connection, version)
    return next((each for each in readings if not redesigned(each.extraction, page)), version)


def _noticed(notice: Notice | None) -> list[Finding]:
    """What is told of many articles at once."""
    if notice is None:
        return []
    return [
        Finding(
            what="notice",
            url=notice.url,
            outlet=notice.outlet,
            title=notice.title,
            at=notice.told,
            text=notice.summary,
            id=notice.id,
            kind=notice.kind,
        )
    ]


def _paragraphs(page: Extraction) -> list[str]:
    """What may be furniture."""
    return [*page.paragraphs, *page.asides]


def _is_to_come(other: Article, article: Article, now: datetime) -> bool:
    """Whether `other` will soon be fetched for the first time, so that `article` can wait for it."""
    first = other.version_id is None and other.last_checked is None and other.outlet_id == article.outlet_id
    return first and now - article.discovered < WAIT


def _validators(visit: Visit, url: str) -> dict[str, object]:
    """What the next conditional request, for `url`, may carry: only what that URL itself was answered with."""
    last = visit.last
    if last.status == 304:
        return {}
    head = last.head
    if (
        len(visit.hops) > 1
        or last.exchange.url != url
        or last.capture is None
        or head is None
        or head.status != 200
    ):
        return {"etag": "", "last_modified": "", "capture_id": None}
    return {
        "etag": sendable(head.get("etag")),
        "last_modified": modified(head, last.exchange.began),
        "capture_id": last.capture.id,
    }


def _finding(what: str, article: Article, title: str, at: datetime, text: str, id_: int = 0) -> Finding:
    return Finding(
        what=what,
        url=article.url,
        outlet=article.outlet,
        title=title or article.title,
        at=at,
        text=text,
        id=id_,
    )
