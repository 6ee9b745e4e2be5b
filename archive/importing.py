"""Foreign archive files → captures, articles, versions: what others kept takes its place in time.

Each exchange is written anew into our own WARC files by the one write path, its bytes as they were and with
its own date, and says where it came from. Knows which pages become articles and which redirect led where; that
is found out by a first pass over all files, so that the second one writes each exchange once and for good.
Never keeps the same exchange twice: not when a file comes again, nor when an import was killed half-way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from archive.db import articles, outlets, record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.domain.identity import article_key, looks_like_article, looks_like_section, twin_of
from archive.domain.model import Capture, Exchange, Outlet, RecordType, Role
from archive.domain.redirects import leads_to
from archive.domain.sightings import claims_article
from archive.domain.urls import InvalidUrl, normalise, urlkey
from archive.errors import EnvironmentFailed
from archive.extraction import extract
from archive.keeping import Keeper, Purpose, Unreadable
from archive.replaying import Replayer
from archive.warc import http1
from archive.warc.foreign import Fault, ForeignRecord, read_file, read_time
from archive.warc.foreign_exchanges import Group, exchange_of, grouped, is_payload, revisited, unanswered
from archive.warc.http1 import Message
from archive.warc.places import Places
from archive.warc.reader import payload
from archive.warc.records import DECODE_LIMIT, Prepared, prepare

logger = logging.getLogger(__name__)

FOLLOWED_WITHIN: Final = timedelta(seconds=60)
"""So soon after a redirect its target was fetched because of it. Crawlers follow at once, but politely."""

MOST_HOPS: Final = 10
"""Redirects that are followed to find the article behind a URL."""

LONGEST_METADATA: Final = 64 * 1024
"""Bytes of foreign metadata that are taken over; Heritrix lists all links of a page there."""

_PAGE_TYPES: Final = frozenset(["", "text/html", "application/xhtml+xml"])
_CLAIM = re.compile(rb"""["'](?:\w*Article|\w*Report|BlogPosting|article)["']""")


@dataclass(slots=True, kw_only=True)
class FileReport:
    """What became of one file."""

    file: str
    records: int = 0  #: whole ones
    kept: int = 0  #: exchanges written anew
    known: int = 0  #: exchanges that were kept already
    passed: Counter[str] = field(default_factory=Counter)  #: records that are no exchanges, by type
    faults: list[Fault] = field(default_factory=list)
    unresolved: int = 0  #: revisits whose original is nowhere

    @property
    def damaged(self) -> int:
        """Places at which something was lost."""
        return sum(fault.lost for fault in self.faults)


@dataclass(slots=True, kw_only=True)
class _Origin:
    """Where an exchange comes from: the notes that say so."""

    digest: str  # of the file, or what else names a source
    report: FileReport

    def notes(self, group: Group, **more: str) -> tuple[tuple[str, str], ...]:
        principal = group.principal
        assert principal is not None
        place = principal.place
        said = {
            "source": principal.file,
            "sourceDigest": self.digest,
            "sourceOffset": f"{place.offset}+{place.inside}" if place.inside else str(place.offset),
            "sourceRecord": principal.id,
            "sourceFormat": principal.format,
            "sourceSoftware": group.software,
            "sourceDamage": "found behind damage" if principal.behind_damage else "",
            "sourceHeaders": json.dumps(principal.headers, ensure_ascii=False),
            "sourceMetadata": "".join(_metadata(group.metadata)),
            **more,
        }
        return tuple((name, value) for name, value in said.items() if value)


def _metadata(given: Sequence[ForeignRecord]) -> Iterator[str]:
    for each in given:
        if len(each.block) <= LONGEST_METADATA:
            yield each.block.decode("utf-8", "replace")


class Importer:
    """Imports into one home. `draft` makes an outlet for a URL of which none is known.

    `outlet` is the name of the one that every article is to belong to. With `dry`, nothing is written.
    """

    def __init__(
        self,
        keeper: Keeper,
        replayer: Replayer,
        warcs: Places,
        *,
        draft: Callable[[str], Outlet],
        outlet: str | None = None,
        dry: bool = False,
        plan: Callable[[int], None] = lambda _total: None,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        self._keeper = keeper
        self._database = keeper.database
        self._replayer = replayer
        self._warcs = warcs
        self._draft = draft
        self._outlet = outlet
        self._dry = dry
        self._plan = plan
        self._step = step
        self._found = _Findings()
        self._waiting: list[tuple[Group, _Origin]] = []  # revisits whose original did not come yet
        self._touched: set[int] = set()  # articles to be found out anew
        self._payloads: dict[str, int] = {}  # digests that a revisit without date names → capture
        self._seen: set[tuple[str, datetime, str | None]] = set()  # of a dry run: what would be kept by now
        self._groups = 0
        self.new_articles: list[str] = []
        self.drafted: list[str] = []  #: names of outlets that were made, paused

    def run(self, paths: Sequence[Path], reports: list[FileReport]) -> None:
        """Import these files; `reports` grows by one a file, as it is read, and is true at any moment.

        Raises `Misuse` for a file that is no archive file, before anything is kept, and `EnvironmentFailed`.
        """
        for path in paths:
            report = FileReport(file=str(path))
            reports.append(report)
            for piece in grouped(read_file(path)):
                self._look(piece, report)
        self._plan(self._groups)
        for path, report in zip(paths, reports, strict=True):
            origin = _Origin(digest=_sha256(path), report=report)
            for piece in grouped(read_file(path)):
                if isinstance(piece, Group) and piece.principal is not None:
                    self.take(piece, origin)
        self.finish()

    def finish(self) -> None:
        """Take the revisits that waited, and find out what all of it means for its articles."""
        waiting, self._waiting = sorted(self._waiting, key=lambda pair: _moment(pair[0])), []
        for group, origin in waiting:
            self._take_revisit(group, origin, last=True)
        self.derive()

    def derive(self) -> None:
        """Find out anew what the articles that were touched have been; then nothing is left to do for them."""
        if self._dry:
            return
        for article_id in sorted(self._touched):
            try:
                self._replayer.rederive(article_id)
            except Unreadable as error:
                logger.error("kept, but not compared: %s", error)
        self._touched.clear()
        self._keeper.keep_journal()

    # -- the first pass

    def _look(self, piece: Group | ForeignRecord | Fault, report: FileReport) -> None:
        """Count, and remember what the second pass must know beforehand."""
        if isinstance(piece, Fault):
            report.faults.append(piece)
            return
        if isinstance(piece, ForeignRecord):
            report.records += 1
            report.passed[piece.type or "nameless"] += 1
            return
        self._groups += 1
        report.records += len(piece.records)
        if piece.principal is None:
            report.passed.update(each.type for each in piece.records)
            return
        if piece.principal.type == RecordType.REVISIT and not piece.principal.get("WARC-Refers-To-Date"):
            self._found.wanted.add(piece.principal.get("WARC-Payload-Digest"))
        exchange = exchange_of(piece)
        if exchange is not None:
            self._found.look(exchange)

    # -- single exchanges, for who reads another archive page by page

    def claim(self, url: str, first: datetime) -> None:
        """Say that `url` is an article's, first seen at `first`, whatever its pages look like."""
        plain = normalise(url)
        self._found.articles.setdefault(article_key(plain), (twin_of(plain) or plain, first))
        with self._database.read() as connection:
            known = articles.known_urls(connection, _spellings(url))
            article = articles.by_url(connection, min(known)) if known else None
            if article and any(not visit.presence for visit in record.visits_of(connection, article.id)):
                self._touched.add(article.id)  # what was kept before an earlier process was killed

    def is_known(self, url: str, second: datetime) -> bool:
        """Whether a capture of `url` is kept that was made in this very second."""
        with self._database.read() as connection:
            return record.is_captured(connection, urlkey(url), second)

    def keep(self, exchange: Exchange, notes: Sequence[tuple[str, str]], report: FileReport) -> None:
        """Keep one exchange whose `notes` say where it comes from, unless it is kept already."""
        self._keep(exchange, notes, report)

    # -- the second pass

    def take(self, group: Group, origin: _Origin) -> None:
        """Keep what a group holds, unless it is kept already."""
        self._step()
        assert group.principal is not None
        if group.principal.type == RecordType.REVISIT:
            self._take_revisit(group, origin, last=False)
            return
        exchange = exchange_of(group)
        if exchange is None:
            self._refuse(group, origin, "has no date")
            return
        capture_id = self._keep(exchange, origin.notes(group), origin.report)
        digest = group.principal.get("WARC-Payload-Digest")
        if capture_id is not None and digest in self._found.wanted:
            self._payloads.setdefault(digest, capture_id)

    def _take_revisit(self, group: Group, origin: _Origin, *, last: bool) -> None:
        found = self._original(group)
        if found is None and not last:
            self._waiting.append((group, origin))
            return
        if found is None and self._dry:
            origin.report.kept += 1  # its original may be what would be kept before
            return
        if found is None:
            exchange, made = unanswered(group), False
            origin.report.unresolved += 1
            why = "refers to an original that is neither here nor kept; its head alone is kept"
            self._refuse(group, origin, why, lost=False)
        else:
            exchange, made = revisited(group, found[1])
        if exchange is None:
            self._refuse(group, origin, "has no date")
            return
        more = {"sourceHead": "not in the source, made up"} if made else {}
        if found is None:
            more["sourceBlock"] = group.principal.block.decode("latin-1") if group.principal else ""
        self._keep(exchange, origin.notes(group, **more), origin.report, validated=found[0].id if found else None)

    def _refuse(self, group: Group, origin: _Origin, why: str, *, lost: bool = True) -> None:
        principal = group.principal
        assert principal is not None
        what = f"the {principal.type} record of {principal.url[:200]} {why}"
        origin.report.faults.append(Fault(principal.file, principal.place, what, lost))

    def _keep(
        self,
        exchange: Exchange,
        sourced: Sequence[tuple[str, str]],
        report: FileReport,
        *,
        validated: int | None = None,
    ) -> int | None:
        """Keep `exchange` unless it is kept already; the id of its capture, if it has one."""
        try:
            prepared = prepare(exchange)
        except InvalidUrl:
            report.passed[_scheme(exchange.url)] += 1
            return None
        with self._database.read() as connection:
            known = record.known(
                connection,
                key=prepared.urlkey,
                url=prepared.url if prepared.digest else exchange.url,
                at=prepared.timestamp,
                digest=prepared.digest,
                status=prepared.status,
            )
        if known is None and self._dry:
            key = (prepared.urlkey, prepared.timestamp, prepared.digest)
            report.known += key in self._seen
            report.kept += key not in self._seen
            self._seen.add(key)
            return None
        if known is not None:
            report.known += 1
            if known.article_id is not None and not known.presence:
                self._touched.add(known.article_id)  # an import that was killed did not come so far
            return known.capture_id
        report.kept += 1
        purpose, notes = self._purpose(exchange, prepared)
        purpose = replace(purpose, validated=validated, source=dict(sourced)["source"])
        kept = self._keeper.keep(replace(exchange, notes=(*notes, *sourced)), purpose)
        if purpose.article_id is not None:
            self._touched.add(purpose.article_id)
        return kept.capture.id if kept.capture else None

    # -- originals of revisits

    def _original(self, group: Group) -> tuple[Capture, Message] | None:
        """What a revisit refers to, among all that is kept: its capture, and its answer taken apart."""
        principal = group.principal
        assert principal is not None
        said = principal.get("WARC-Payload-Digest")
        with self._database.read() as connection:
            candidates = list(self._candidates(connection, principal, said))
        for capture in candidates:
            try:
                message = payload(self._warcs, capture.location)
            except EnvironmentFailed:
                continue
            if is_payload(said, message):
                return capture, message
        return None

    def _candidates(self, connection: Connection, revisit: ForeignRecord, said: str) -> Iterator[Capture]:
        with contextlib.suppress(InvalidUrl):
            url = revisit.get("WARC-Refers-To-Target-URI").strip("<>") or revisit.url
            moment = read_time(revisit.get("WARC-Refers-To-Date"))
            before = moment or revisit.date
            if before is not None:
                yield from record.responses_until(connection, url, before, exactly=moment is not None)
        if said in self._payloads:
            yield record.original(connection, record.capture(connection, self._payloads[said]))

    # -- what for

    def _purpose(self, exchange: Exchange, prepared: Prepared) -> tuple[Purpose, tuple[tuple[str, str], ...]]:
        """What the exchange is of, and the notes that say so to whoever reads the WARC files."""
        with self._database.write() as connection:
            article = self._article(connection, exchange.url)
            came_from = self._found.redirect_to(exchange)
            behind = self._article(connection, came_from) if came_from else None
            hop_of = None
            if came_from and behind is not None and article in (None, behind):
                hop_of = _hop(connection, came_from, behind, exchange.began)
                article = behind if hop_of is not None else article
            if prepared.status == 0 or article is None:
                owner = outlets.for_url(connection, prepared.url)
                notes = [("role", Role.IMPORT.value), *([("outlet", owner[1].name)] if owner else [])]
                return Purpose(role=Role.IMPORT, outlet_id=owner[0] if owner else None), tuple(notes)
            notes = [("role", Role.ARTICLE.value), ("outlet", article.outlet), ("subject", article.url)]
            notes += [("via", came_from)] if came_from and hop_of is not None else []
            purpose = Purpose(role=Role.ARTICLE, outlet_id=article.outlet_id, article_id=article.id, hop_of=hop_of)
            return purpose, tuple(notes)

    def _article(self, connection: Connection, url: str) -> Article | None:
        """The article that a URL leads to: known, or to be made because one of its captures is an article's."""
        for _ in range(MOST_HOPS):
            try:
                forms = _spellings(url)
            except InvalidUrl:
                return None
            known = articles.known_urls(connection, forms)
            if form := next((form for form in forms if form in known), None):
                return articles.by_url(connection, form)
            if page := self._found.articles.get(article_key(url)):
                return self._add(connection, *page)
            following = self._found.leads.get(url)
            if following is None:
                return None
            url = following
        return None

    def _add(self, connection: Connection, url: str, first: datetime) -> Article:
        if self._outlet is not None:
            outlet_id, _ = outlets.by_name(connection, self._outlet)
        elif (owner := outlets.for_url(connection, url)) is not None:
            outlet_id = owner[0]
        else:
            drafted = self._draft(url)
            name = outlets.free_name(connection, drafted.name)
            drafted = replace(drafted, name=name, paused=True)
            outlet_id = outlets.save(connection, drafted, first)
            self.drafted.append(drafted.name)
        article_id, new = articles.add(connection, outlet_id=outlet_id, url=url, found_in="import", now=first)
        if new:
            self.new_articles.append(url)
        return articles.by_id(connection, article_id)


def _hop(connection: Connection, url: str, article: Article, began: datetime) -> int | None:
    """The fetch of `url` for this article, just before `began`, that redirected to what began then."""
    hop_of = record.hop_before(
        connection, url, role=Role.ARTICLE, outlet_id=article.outlet_id, article_id=article.id, seed_id=None
    )
    if hop_of is None or not _is_recent(record.logged(connection, hop_of).began, began):
        return None
    return hop_of


def _scheme(url: str) -> str:
    """What a record that is no web page is counted under: `dns`, `ftp`, or `no URL`."""
    return url.partition(":")[0][:20].lower() if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url) else "no URL"


def _moment(group: Group) -> str:
    assert group.principal is not None
    return group.principal.get("WARC-Date")


def _is_recent(before: datetime, after: datetime) -> bool:
    return timedelta(0) <= after - before <= FOLLOWED_WITHIN


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise EnvironmentFailed(f"{path}: cannot be read: {error.strerror}; check the disk") from error


def _spellings(url: str) -> list[str]:
    """The forms under which the article at `url` may be known. Raises `InvalidUrl`."""
    plain = normalise(url)
    forms = [plain, *filter(None, [twin_of(plain)])]
    for form in tuple(forms):
        scheme, _, rest = form.partition("://")
        bare = rest.removeprefix("www.")
        forms += [f"{s}://{host}" for s in (scheme, "https", "http") for host in (rest, bare, f"www.{bare}")]
    return list(dict.fromkeys(forms))


@dataclass(slots=True)
class _Findings:
    """What a first look at all files tells: which pages are articles, and where redirects led."""

    articles: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # key → URL, first time
    leads: dict[str, str] = field(default_factory=dict)  # URL → where it redirects
    targets: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  # URL → from where, when
    wanted: set[str] = field(default_factory=set)  # payload digests that revisits name without a date

    def look(self, exchange: Exchange) -> None:
        """Take note of one exchange."""
        message = http1.parse(exchange.response, undone=exchange.undone)
        target = leads_to(exchange.url, message.head)
        if target is not None:
            self.leads[exchange.url] = target
            self.targets.setdefault(target, []).append((exchange.began, exchange.url))
            return
        with contextlib.suppress(InvalidUrl):
            if exchange.truncated is None and message.complete and is_article(exchange.url, message):
                plain = normalise(exchange.url)
                plain = twin_of(plain) or plain
                known = self.articles.get(article_key(plain))
                first = min(exchange.began, known[1]) if known else exchange.began
                self.articles[article_key(plain)] = (known[0] if known else plain, first)

    def redirect_to(self, exchange: Exchange) -> str | None:
        """The URL from which a redirect led to this exchange, just before it."""
        came = [pair for pair in self.targets.get(exchange.url, ()) if _is_recent(pair[0], exchange.began)]
        return max(came)[1] if came else None


def is_article(url: str, message: Message) -> bool:
    """Whether a page is an article's: by its URL, or because it says so. Raises `InvalidUrl`."""
    if message.head.status != 200 or http1.mime(message.head) not in _PAGE_TYPES:
        return False
    plain = normalise(url)
    if looks_like_article(plain) and not looks_like_section(plain):
        return True
    if urlsplit(plain).path in ("", "/"):
        return False
    decoded = http1.body_of(message, limit=DECODE_LIMIT)
    if not decoded.complete or _CLAIM.search(decoded.body) is None:
        return False
    return claims_article(extract(decoded.body, url=url, content_type=message.head.get("content-type")))
