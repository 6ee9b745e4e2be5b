"""WARC files → index and findings, once more.

Knows how an exchange that lies in a WARC file is indexed, which fetches made one visit, and how an article's
history is found out anew from its visits. Used after a crash, when older captures come in late, and to make a lost
database again. Whatever was found out live is found out here by the same rules and with the same times.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from archive.alerting import Alerting
from archive.db import articles, blocks, findings, hints, outlets, record, tags
from archive.db import notes as noting
from archive.db.engine import Batch, Connection, Database
from archive.db.record import Logged
from archive.domain.model import PROBES, Capture, Exchange, Extraction, Outlet, Role
from archive.domain.redirects import leads_to
from archive.domain.urls import InvalidUrl, normalise
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.extraction import extract
from archive.extractor import EXTRACTOR
from archive.ingest import Settler, known_extraction
from archive.keeping import Kept, Purpose, index, kept, page_of, payload_reader
from archive.settings import Settings
from archive.visits import Probe, Visit
from archive.warc.places import Places
from archive.warc.reader import Group, Torn, exchange_of, group_at, iter_exchanges
from archive.warc.rebuild import capture_of, rebuild
from archive.warc.records import Prepared, prepare

logger = logging.getLogger(__name__)

RUN: Final = "run"
"""The field of a warcinfo record that is the same in all files of one run, and in no others. Whatever a run left
unsettled when it was broken off is settled at the begin of the next one."""

LATELY: Final = 20_000
"""The last fetches among which an opening looks for visits that were not settled: those of some hours at least; an
earlier opening looked at those before."""

WriteText = Callable[[Capture, Extraction], None]
"""Keeps the text of a new version in the WARC."""


# Exchanges and the journal -------------------------------------------------------------------------


def reconcile(database: Database, warcs: Places, path: Path) -> int:
    """Index the whole exchanges of the WARC file at `path` that have no row; returns how many there were.

    `warcs` are where the originals of its revisits lie.
    """
    added = 0
    with database.write() as connection, contextlib.suppress(Torn):  # damage is for `stet verify` to name
        known = record.places_in(connection, path.name)
        for group in iter_exchanges(path):
            if group.location.offset not in known:
                index_group(connection, warcs, group)
                added += 1
    return added


def index_group(connection: Connection, warcs: Places, group: Group, prepared: Prepared | None = None) -> Kept:
    """Index the exchange that the records of `group` keep, if need be `prepared`. Raises `EnvironmentFailed`."""
    if prepared is None:
        prepared = prepare(_exchange(connection, warcs, group))
    purpose = _purpose(connection, prepared.exchange)
    capture = capture_of(group.records, group.location)
    fetch_id, capture_id = index(connection, prepared, purpose, group.location, capture)
    found = record.capture(connection, capture_id) if capture_id is not None else None
    return kept(prepared, purpose, fetch_id, found)


def _exchange(connection: Connection, warcs: Places, group: Group) -> Exchange:
    """What the records keep. A revisit without its original is an answer that was cut after its head."""
    try:
        return exchange_of(warcs, group, lookup=lambda url, at: record.response_at(connection, url, at))
    except EnvironmentFailed as error:
        logger.warning("%s", error)
        return rebuild(group.records, chains=group.chains, payload=lambda _: b"")


def _purpose(connection: Connection, exchange: Exchange) -> Purpose:
    """What the notes of the exchange say that it was for."""
    notes = dict(exchange.notes)
    role, subject = Role(notes.get("role", Role.PROBE)), notes.get("subject", "")
    outlet_id = article_id = seed_id = None
    if name := notes.get("outlet"):
        outlet_id = _outlet(connection, name, exchange)
    if role in (Role.ARTICLE, Role.OPINION):
        article_id = _article(connection, subject or exchange.url, outlet_id, exchange.began)
    if role is Role.SEED and outlet_id is not None:
        seed_id = outlets.seed_id(connection, outlet_id, subject)
    purpose = Purpose(
        role=role,
        outlet_id=outlet_id,
        article_id=article_id,
        seed_id=seed_id,
        source=notes.get("source", ""),
        vantage=notes.get("vantage", ""),
    )
    if not (via := notes.get("via")):
        return purpose
    hop_of = record.hop_before(
        connection,
        via,
        role=role,
        outlet_id=outlet_id,
        article_id=article_id,
        seed_id=seed_id,
        vantage=purpose.vantage,
    )
    return replace(purpose, hop_of=hop_of)


def _outlet(connection: Connection, name: str, exchange: Exchange) -> int:
    """The outlet of this name; one that no journal tells of is made up of its name and the host."""
    try:
        return outlets.by_name(connection, name)[0]
    except NothingFound:
        made = Outlet(name=name, title=name, domains=(urlsplit(exchange.url).hostname or name,))
    try:
        return outlets.save(connection, made, exchange.began)
    except Misuse:  # the host is another outlet's
        return outlets.save(connection, replace(made, domains=()), exchange.began)


def _article(connection: Connection, subject: str, outlet_id: int | None, began: datetime) -> int | None:
    """The article at `subject`; one that no journal tells of is watched from its first fetch on."""
    try:
        url = normalise(subject)
    except InvalidUrl:
        return None
    article = articles.by_url(connection, url)
    if article is not None or outlet_id is None:
        return article.id if article is not None else None
    return articles.add(connection, outlet_id=outlet_id, url=url, found_in="", now=began)[0]


def apply_entry(connection: Connection, entry: Mapping[str, Any]) -> None:
    """Do again what a journal entry tells of. One that was done already changes nothing."""
    at, kind = datetime.fromisoformat(entry["at"]).astimezone(UTC), entry["kind"]
    if kind == "outlet":
        declared = {key: value for key, value in entry.items() if key not in ("at", "kind")}
        outlets.save(connection, outlets.declared(declared), at)
    elif kind == "outlet_removed":
        with contextlib.suppress(NothingFound):
            outlets.remove(connection, entry["name"], at)
    elif kind == "watched":
        outlet_id, _ = outlets.by_name(connection, entry["outlet"])
        articles.add_again(connection, entry, outlet_id=outlet_id, now=at)
    elif kind == "seed":
        outlets.note_seed_again(connection, entry, at=at)
    elif kind == hints.JOURNAL:
        hints.tell_again(connection, entry, at=at)
    elif kind == hints.PULL:
        hints.pull_again(connection, entry, at=at)
    elif kind == tags.JOURNAL:
        tags.tell_again(connection, entry, at=at)
    elif kind == noting.JOURNAL:
        noting.tell_again(connection, entry)
    elif kind == blocks.RESET:
        blocks.reset_again(connection, entry, at=at)


def rules(settings: Settings) -> str:
    """The settings by which findings are judged, for the warcinfo record of what is written from now on."""
    takedowns, edits = settings.takedowns, settings.edits
    return (
        f"confirmations={takedowns.confirmations}; span={_told(takedowns.span)};"
        f" confirm_after={_told(edits.confirm_after)}; offline_after={_told(takedowns.offline_after)};"
        f" vantages={','.join(settings.crawl.vantages)}"
    )


def _told(span: timedelta) -> str:
    """Seconds, all digits of them: `%g` would make 1,209,600 of 14 days `1.2096e+06`."""
    return f"{span.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"


def _span(told: str) -> timedelta:
    """What `_told` says; files of earlier versions tell long spans with an exponent."""
    return timedelta(seconds=float(told.removesuffix("s")))


def settings_by(rules: str, settings: Settings) -> Settings:
    """`settings` with the rules that a warcinfo record tells; as they are where it tells none."""
    told = dict(part.strip().split("=", 1) for part in rules.split(";") if "=" in part)
    if not told:
        return settings
    takedowns = replace(
        settings.takedowns,
        confirmations=int(told["confirmations"]),
        span=_span(told["span"]),
    )
    if "offline_after" in told:
        takedowns = replace(takedowns, offline_after=_span(told["offline_after"]))
    crawl = settings.crawl
    if "vantages" in told:  # their addresses are nobody's business; only how many were asked counts
        crawl = replace(crawl, vantages=dict.fromkeys(filter(None, told["vantages"].split(",")), ""))
    edits = settings.edits
    if "confirm_after" in told:
        edits = replace(edits, confirm_after=_span(told["confirm_after"]))
    return replace(settings, takedowns=takedowns, edits=edits, crawl=crawl)


# Visits --------------------------------------------------------------------------------------------


class Replayer:
    """Settles visits that lie in the WARC files."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        warcs: Places,
        *,
        write_text: WriteText = lambda _capture, _page: None,
        alerting: Alerting | None = None,
    ) -> None:
        self.database = database
        self.settings = settings
        self._warcs = warcs
        self._write_text = write_text
        self._read_payload = payload_reader(warcs)
        self._alerting = alerting  # of what a crash left; whatever else is settled here was told long ago
        self.settler = Settler(database, settings, read_payload=self._read_payload, write_text=write_text)

    def judge_by(self, settings: Settings) -> None:
        """Go by other rules from now on."""
        self.settings = self.settler.settings = settings

    def visit(self, last: Logged) -> Visit | Probe | None:
        """The visit or probe that ended with the fetch `last`; None where it was broken off before its end."""
        return self.visit_to(self.kept_at(last))

    def kept_at(self, row: Logged) -> Kept:
        """A fetch of the log, read again."""
        with self.database.read() as connection:
            return self._kept(connection, row)

    def visit_to(self, last: Kept) -> Visit | Probe | None:
        """The same of a fetch that was read already."""
        hops = [last]
        with self.database.read() as connection:
            while (before := hops[0].purpose.hop_of) is not None:
                hops.insert(0, self._kept(connection, record.logged(connection, before)))
        return visit_of(hops)

    def _kept(self, connection: Connection, row: Logged) -> Kept:
        exchange = _exchange(connection, self._warcs, group_at(self._warcs, row.location))
        capture = record.capture(connection, row.capture_id) if row.capture_id is not None else None
        purpose = Purpose(
            role=row.role,
            outlet_id=row.outlet_id,
            article_id=row.article_id,
            seed_id=row.seed_id,
            hop_of=row.hop_of,
            source=row.source,
            vantage=row.vantage,
        )
        return kept(prepare(exchange), purpose, row.id, capture)

    def page(self, last: Kept) -> tuple[bytes, str, str] | None:
        """The page that must be read to settle a visit: body, URL, Content-Type. None where there is none."""
        return page_of(self.database, last, self._read_payload)

    def read(self, last: Kept) -> Extraction | None:
        """What a reader would read of the last answer of a visit.

        It is read again, although its version is known: that holds the words, and not what this very page said of
        itself, its canonical address for one.
        """
        found = known_extraction(self.database, last)
        if found is not None:
            return found
        page = self.page(last)
        return None if page is None else extract(page[0], url=page[1], content_type=page[2])

    def settle_left(self) -> int:
        """Settle what was kept, and not settled when a process ended, in whatever way it did; how many visits.

        Whoever wants to know of what that finds is told now.
        """
        with self.database.read() as connection:
            left = record.unsettled(connection, lately=LATELY)
        settled = 0
        for last in left:
            visit = self.visit(last)
            if visit is None:
                continue
            settled += 1
            if isinstance(visit, Probe):
                self._settle(visit)
                continue
            if self.is_overtaken(visit):
                self.rederive(visit.article_id, tell_since=last.began)
            else:
                self._settle(visit)
        return settled

    def is_overtaken(self, visit: Visit) -> bool:
        """Whether a later visit of its article was settled by now; what it says of the outlet is past."""
        with self.database.read() as connection:
            checked = articles.by_id(connection, visit.article_id).last_checked
        return checked is not None and checked > visit.last.exchange.began

    def _settle(self, visit: Visit | Probe) -> None:
        self.settler.alerting = self._alerting
        try:
            self.settler.settle(visit, self.read(visit.last))
        except EnvironmentFailed:
            raise
        except Exception:  # the bytes are safe, and the others go on
            logger.exception("%s: kept, but not settled", visit.last.exchange.url)
            self.settler.put_off(visit)
        finally:
            self.settler.alerting = None

    def rederive(self, article_id: int, *, tell_since: datetime | None = None) -> None:
        """Forget what was found out about an article, and find it out anew from all its visits in time order.

        All or nothing. Raises `Unreadable` for a capture whose bytes are not there, and changes nothing then. Of
        what is found at `tell_since` and later whoever wants to know is told, unless he was told of it before.
        """
        with Batch(self.database) as batch:
            self.rederive_in(batch, article_id, tell_since=tell_since)
            batch.commit()

    def rederive_in(self, batch: Batch, article_id: int, *, tell_since: datetime | None = None) -> None:
        """The same as a part of `batch`."""
        with batch.write() as connection:
            before = articles.by_id(connection, article_id)
            lasts = record.visits_of(connection, article_id)
            known = findings.captures_read(connection, article_id, EXTRACTOR)
            findings.forget(connection, article_id)
            articles.forget_findings(connection, article_id)
        again = Replayer(batch, self.settings, self._warcs, write_text=self._unless_among(known))
        again.settler.late = True
        if self._alerting is not None and tell_since is not None:
            again.settler.alerting = self._alerting.only_since(tell_since)
        for last in lasts:
            if (visit := again.visit(last)) is not None:
                again.settler.settle(visit, again.read(visit.last))
        with batch.write() as connection:
            articles.update(connection, article_id, next_check=before.next_check, next_why=before.next_why)

    def _unless_among(self, known: AbstractSet[int]) -> WriteText:
        """Writes down the text of captures that were not read before."""

        def write(capture: Capture, page: Extraction) -> None:
            if capture.id not in known:
                self._write_text(capture, page)

        return write


def visit_of(hops: Iterable[Kept]) -> Visit | Probe | None:
    """What these fetches made, in order; None where the last one led on and was not followed."""
    found = tuple(hops)
    last = found[-1]
    if last.whole and leads_to(last.exchange.url, last.head) is not None:
        return None
    if last.purpose.role in PROBES:
        subject = dict(last.exchange.notes).get("subject", found[0].exchange.url)
        return Probe(subject=subject, hops=found)
    assert last.purpose.article_id is not None
    return Visit(article_id=last.purpose.article_id, hops=found)
