"""One finding → a bundle that a hostile stranger can check without us.

Knows what a finding rests on: the last capture before it, the first after it, those that confirm it, and every
fetch in between, failures too. Each record goes out as it was kept, with the proof that it stood in the log when
the log's head was signed. Nothing comes from the clock. Refuses to judge what it hands out
(`archive.bundles` does, from the bundle alone) and to say more than the records do.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from archive import bundles, capture_logs, comparing, fixity, memento, statements, wacz
from archive.db import articles, findings, record, selecting, takedowns
from archive.db.articles import Article
from archive.db.engine import Connection, Database
from archive.db.findings import Change, Version
from archive.db.record import FetchRow
from archive.db.selecting import Held
from archive.domain.history import StandingChange
from archive.domain.model import Presence, Standing
from archive.domain.times import iso, stamp
from archive.domain.verdicts import Part, in_words, is_restoration, parts, step_in_words, vantages
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.home import Home
from archive.statements import Facts, FirstRecord
from archive.warc import heads as tree_heads
from archive.warc.files import bytes_of, new_file
from archive.warc.gathering import Share
from archive.warc.heads import SignedHead
from archive.warc.ledger import Ledger
from archive.warc.proofs import Proof, extension_json, proof_json

CONFIRMING: Final = 5
"""Later captures that are taken because they show the same. More prove nothing more, and a story may have
thousands."""

EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A finding and what it rests on."""

    kind: str  #: `change`, `takedown`, `restoration`, or `standing` for any other step
    id: int
    article: Article
    at: datetime
    summary: str
    roles: Mapping[int, str]  #: fetch id → what it is to the finding
    later: frozenset[int] = frozenset()  #: those that only confirm it afterwards
    before: Version | None = None
    after: Version | None = None

    @property
    def name(self) -> str:
        """As it is called in the bundle."""
        return f"{self.kind} {self.id}"


# What a finding rests on ---------------------------------------------------------------------------


def case_of(connection: Connection, asked: str) -> Case:
    """The finding that `asked` names: the id of a change, `takedown:ID`, or the URL of an article that is gone.

    Raises `NothingFound` where there is none.
    """
    if asked.isascii() and asked.isdigit():
        change = findings.change(connection, int(asked))
        if change is None:
            raise NothingFound(f"change {asked}: there is none; 'stet changes --json' lists them with their ids")
        return _case_of_change(connection, change)
    prefix, _, number = asked.partition(":")
    if prefix == "takedown" and number.isascii() and number.isdigit():
        step = findings.standing(connection, int(number))
        if step is None:
            raise NothingFound(f"{asked}: there is none; name the article by its URL")
        return _case_of_standing(connection, step)
    article = memento.article_at(connection, asked)
    steps = findings.standings_listed(connection, article_id=article.id)
    gone = [step for step in steps if step.after is Standing.TAKEN_DOWN] or [
        step for step in steps if step.after is not Standing.LIVE
    ]
    if not gone:
        raise NothingFound(
            f"{asked}: was never found gone; for an edit name a change: stet changes {asked} --json"
        )
    return _case_of_standing(connection, gone[0])


def _case_of_change(connection: Connection, change: Change) -> Case:
    article = articles.by_id(connection, change.article_id)
    before, after = (findings.version(connection, v) for v in (change.from_version, change.to_version))
    made_by = selecting.fetches_by_capture(connection, article.id)
    found_by = after.extraction.extractor  # a later one may read the captures otherwise
    read = memento.shown(connection, article, extractor=found_by)
    shown = [(made_by[c.id], v.number, c) for c, v in read]
    first_after = made_by[change.capture_id]
    earlier = [f for f, n, c in shown if n == before.number and c.timestamp < change.to_at]
    later = [(f, n) for f, n, c in shown if c.timestamp > change.to_at]
    roles: dict[int, str] = {}
    if earlier:
        roles[earlier[0]] = "the first known capture of the earlier wording"
        roles[earlier[-1]] = "the last capture before the change"
    roles[first_after] = "the first capture after the change"
    confirming = _same(later, after.number)
    roles |= dict.fromkeys(confirming, "shows the later wording again")
    second_look = made_by.get(change.confirmed_by or 0)
    if second_look is not None and second_look != first_after:
        roles[second_look] = "the second look, which confirmed the change"
    log = record.fetches_of(connection, article.id, limit=1_000_000)[::-1]
    start = earlier[-1] if earlier else first_after
    _add_between(roles, log, start, first_after, "between the two captures")
    return Case(
        kind="change",
        id=change.id,
        article=article,
        at=change.detected_at,
        summary=change.summary,
        roles=_with_what_they_need(connection, roles),
        later=frozenset(confirming),
        before=before,
        after=after,
    )


def _same(later: Sequence[tuple[int, int]], number: int) -> list[int]:
    """The first of the `later` captures, up to where the wording changed again."""
    found: list[int] = []
    for fetch, shown in later:
        if shown != number or len(found) == CONFIRMING:
            break
        found.append(fetch)
    return found


def _case_of_standing(connection: Connection, step: StandingChange) -> Case:
    article = articles.by_id(connection, step.article_id)
    log = record.fetches_of(connection, article.id, limit=1_000_000)[::-1]
    back = is_restoration(step.before, step.after)
    steps = [_taken_down_before(connection, step), step] if back else [step]
    roles = {fetch: role for each in steps if each is not None for fetch, role in _roles(each)}
    start = min((row for row in log if row.id in roles), key=lambda row: (row.began, row.id)).id
    _add_between(roles, log, start, step.evidence["this"], "between them")
    later = _later(log, step)
    roles |= later
    before, after = _wordings(connection, step) if back else (None, None)
    if before is None:
        before = _last_wording(connection, article, step)
    return Case(
        kind="takedown" if step.after is Standing.TAKEN_DOWN else "restoration" if back else "standing",
        id=step.id,
        article=article,
        at=step.at,
        summary=step_in_words(step),
        roles=_with_what_they_need(connection, roles),
        later=frozenset(later),
        before=before,
        after=after,
    )


_ROLES: Final = {
    Part.LAST_GOOD: "the last capture that shows the article",
    Part.FIRST_BAD: "found the article gone",
    Part.CONFIRMING: "found the article gone",
    Part.CONTROL: "another page of the outlet, which was there at that time",
    Part.OPINION: "the answer of another archive that was asked for the article",
}


def _roles(step: StandingChange) -> Iterator[tuple[int, str]]:
    """What each fetch is to a step, of those that the step names."""
    labels = {fetch: label for label, fetch in vantages(step.evidence).items()}
    for fetch, part in parts(step.evidence).items():
        if fetch == step.evidence["this"]:
            yield fetch, f"with it the article was held to be {in_words(step.after)}"
        elif part is Part.LIVE_ELSEWHERE:
            yield fetch, f"shows the article as seen from the vantage point {labels[fetch]}"
        else:
            yield fetch, _ROLES[part]


def _taken_down_before(connection: Connection, back: StandingChange) -> StandingChange | None:
    """The step that took an article down which `back` restored."""
    before = [step for step in findings.standings_of(connection, back.article_id) if step.at < back.at]
    return next((step for step in reversed(before) if step.after is Standing.TAKEN_DOWN), None)


_AGAIN: Final = {
    Presence.PRESENT: "found it there again",
    Presence.GONE: "found it gone again",
    Presence.BARRIER: "met a barrier again",
    Presence.UNREACHABLE: "could not reach it again",
}


def _later(log: Sequence[FetchRow], step: StandingChange) -> dict[int, str]:
    """Later fetches that say the same as the one that made the step."""
    said = next((row.presence for row in log if row.id == step.evidence["this"]), "")
    same = [row.id for row in log if said and row.began > step.at and row.presence == said]
    return {fetch: _AGAIN[Presence(said)] for fetch in same[:CONFIRMING]}


def _wordings(connection: Connection, step: StandingChange) -> tuple[Version, Version] | tuple[None, None]:
    """The last wording before a restoration and the one after it, where they differ."""
    change_id = takedowns.changed_by(connection, step)
    change = findings.change(connection, change_id) if change_id is not None else None
    if change is None:
        return None, None
    return findings.version(connection, change.from_version), findings.version(connection, change.to_version)


def _last_wording(connection: Connection, article: Article, step: StandingChange) -> Version | None:
    """The wording that was last seen by the time of a step."""
    shown = [version for capture, version in memento.shown(connection, article) if capture.timestamp <= step.at]
    return shown[-1] if shown else None


def _add_between(roles: dict[int, str], log: Sequence[FetchRow], start: int, end: int, role: str) -> None:
    """Every fetch of the log from `start` to `end`, whatever came of it, also what speaks against the finding."""
    began = {row.id: row.began for row in log}
    for row in log:
        if began[start] < row.began < began[end] and row.id not in roles:
            roles[row.id] = role


def _with_what_they_need(connection: Connection, roles: Mapping[int, str]) -> dict[int, str]:
    """The same with the redirects on the way to each, and the answers that others only repeat."""
    found = dict(roles)
    for fetch, original in selecting.originals_of(connection, roles):
        found.setdefault(original, f"holds the page that fetch {fetch} repeats")
    answers = {fetch: fetch for fetch in roles}  # fetch → the answer that it led to
    while answers:
        hops = {one.hop_of: answers[one.id] for one in selecting.held_by_id(connection, answers) if one.hop_of}
        answers = {hop: answer for hop, answer in hops.items() if hop not in found}
        found |= {hop: f"redirected on the way to fetch {answer}" for hop, answer in answers.items()}
    return found


# The bundle ----------------------------------------------------------------------------------------


def keep_books(home: Home, database: Database) -> list[str]:
    """Bring the log up to date, so that all that was kept can be proven; what could not be done, in a line each.

    While somebody crawls, that one does it, and what its head stands for by now must do.
    """
    try:
        with home.lock("an export"):
            return fixity.keep_books(home, database, now=lambda: datetime.now(UTC), resolve=None)
    except EnvironmentFailed as error:
        return [] if home.is_in_use() else [str(error)]


def export(home: Home, connection: Connection, case: Case, output: Path) -> int:
    """Write the bundle of `case`; how many records are proven in it.

    Raises `Misuse` where `output` is there already, `NothingFound` where no head stands for a record yet, and
    `EnvironmentFailed`; then nothing is left of it.
    """
    if output.suffix != ".zip":
        raise Misuse(f"{output}: an evidence bundle is a ZIP file; write -o {output.with_suffix('.zip').name}")
    held = _in_the_log(home, case, selecting.held_by_id(connection, case.roles))
    chosen = wacz.selection(connection, held, title=f"{case.article.title or case.article.url}: {case.name}")
    shares = wacz.collect(home, connection, chosen)
    with new_file(output) as file, zipfile.ZipFile(file, "w") as archive:
        bundle = _Bundle(archive, max(one.began for one in held))
        bundle.add_package(home, shares, chosen)
        proofs, log = _proofs(home, shares)
        for path, data in _proof_files(home, shares, proofs, log):
            bundle.add(path, data)
        found_by = case.before.extraction.extractor if case.before else None
        entries = capture_logs.entries(home, connection, case.article, held, case.roles, extractor=found_by)
        for path, data in _words(home, case, held, entries, shares, proofs, log).items():
            bundle.add(path, data)
        bundle.close(home)
    return sum(map(len, proofs.values()))


def _in_the_log(home: Home, case: Case, held: Sequence[Held]) -> list[Held]:
    """The fetches without those later ones that no head stands for yet: the finding does not rest on them."""
    found: list[Held] = []
    with Ledger(home.log, home.warcs) as ledger:
        for one in held:
            try:
                ledger.prove_exchange(one.location)
            except NothingFound:
                if one.id not in case.later:
                    raise
            else:
                found.append(one)
    return found


class _Bundle:
    """A ZIP file of stored files, and the list of their digests."""

    def __init__(self, archive: zipfile.ZipFile, moment: datetime) -> None:
        self._archive = archive
        self._date = max(EARLIEST, moment.timetuple()[:6])
        self._lines: list[str] = []

    def add(self, path: str, data: bytes) -> None:
        """A file, and its line in the manifest."""
        self._write(path, [data])
        self._lines.append(f"{hashlib.sha256(data).hexdigest()}  {path}\n")

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        entry = zipfile.ZipInfo(path, self._date)
        entry.create_system, entry.external_attr = 3, 0o644 << 16  # Unix, readable by all
        with self._archive.open(entry, "w", force_zip64=path.endswith(".wacz")) as file:
            for piece in pieces:
                file.write(piece)

    def add_package(self, home: Home, shares: Sequence[Share], chosen: wacz.Selection) -> None:
        """The records, as a WACZ file that replays by itself."""
        with tempfile.TemporaryFile() as file:
            wacz.write(home, shares, chosen, file, sign=wacz.signer(home))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._write(bundles.PACKAGE, iter(lambda: file.read(1 << 20), b""))
        self._lines.append(f"{digest}  {bundles.PACKAGE}\n")

    def close(self, home: Home) -> None:
        """The manifest, and the home's signature on it."""
        manifest = "".join(sorted(self._lines, key=lambda line: line[66:])).encode()
        key = tree_heads.signing_key(home.keys)
        self._write(bundles.MANIFEST, [manifest])
        self._write(bundles.SIGNATURE, [key.sign(manifest)])


@dataclass(frozen=True, slots=True)
class _Log:
    """The heads that the proofs are under, oldest first, with what leads from each to the next, and the tokens."""

    heads: tuple[SignedHead, ...]
    extensions: tuple[dict[str, object], ...]
    tokens: Mapping[str, bytes]  #: by file name


def _proofs(home: Home, shares: Sequence[Share]) -> tuple[dict[str, list[Proof]], _Log]:
    """A proof for each record, by WARC file; and the heads concerned, the latest of all among them."""
    with Ledger(home.log, home.warcs) as ledger:
        proofs = {share.warc: [ledger.prove(share.warc, part.offset) for part in share.parts] for share in shares}
        under = {proof.head.head.size: proof.head for some in proofs.values() for proof in some}
        under[ledger.heads[-1].head.size] = ledger.heads[-1]
        chain = tuple(under[size] for size in sorted(under))
        extensions = tuple(extension_json(ledger.extend(old, new)) for old, new in pairwise(chain))
        tokens = {path.name: bytes_of(path) for head in chain for path in ledger.tokens(head).values()}
    return proofs, _Log(chain, extensions, tokens)


def _proof_files(
    home: Home, shares: Sequence[Share], proofs: Mapping[str, Sequence[Proof]], log: _Log
) -> Iterable[tuple[str, bytes]]:
    documents = []
    for share in shares:
        offset = 0
        for part, proof in zip(share.parts, proofs[share.warc], strict=True):
            documents.append({"file": f"archive/{share.warc}", "offset": offset, **proof_json(proof)})
            offset += part.length
    yield bundles.PROOFS, bundles.json_bytes({"records": documents, "extensions": list(log.extensions)})
    yield bundles.PUBLIC_KEY, bytes_of(home.keys / tree_heads.PUBLIC_KEY)
    for signed in log.heads:
        stem = bundles.head_stem(signed)
        yield f"{stem}.txt", tree_heads.statement(signed.head)
        yield f"{stem}.sig", signed.signature
        yield f"{stem}.signed.txt", tree_heads.text(signed)
    for name, token in sorted(log.tokens.items()):
        yield f"{bundles.TIMESTAMPS}{name}", token
    for name, authority in sorted(home.settings.fixity.authorities.items()):
        if any(token.endswith(f"-{name}.tsr") for token in log.tokens):
            yield f"{bundles.TIMESTAMPS}{name}{bundles.ROOTS}", bytes_of(home.root / authority.roots)


def _words(
    home: Home,
    case: Case,
    held: Sequence[Held],
    entries: Sequence[Mapping[str, Any]],
    shares: Sequence[Share],
    proofs: Mapping[str, Sequence[Proof]],
    log: _Log,
) -> dict[str, bytes]:
    """The files that people read."""
    files: dict[str, bytes] = {}
    article, before, after = case.article, case.before, case.after
    if before is not None and after is not None:
        for form, path in (("html", "diff.html"), ("text", "diff.txt")):
            files[path] = comparing.render(article.url, before, after, form=form).encode("utf-8", "replace")
    for version, path in ((before, "text-before.txt"), (after, "text-after.txt")):
        if version is not None:
            words = f"{version.extraction.title}\n\n{version.extraction.text}\n"
            files[path] = words.encode("utf-8", "replace")
    files[bundles.FINDING] = bundles.json_bytes(_finding(case, held))
    head = capture_logs.software(home, proofs)
    files[bundles.CAPTURE_LOG] = bundles.json_bytes({**head, "fetches": list(entries)})
    files["capture-log.txt"] = capture_logs.text(head, entries).encode("utf-8", "replace")
    facts = Facts(
        finding=case.name,
        summary=case.summary,
        at=case.at,
        url=article.url,
        outlet=article.outlet,
        title=article.title,
        fetches=entries,
        software=head,
        records=sum(map(len, proofs.values())),
        key=log.heads[-1].key,
        heads=[(bundles.head_stem(signed), stamp(signed.head.time), signed.head.size) for signed in log.heads],
        tokens=sorted(log.tokens),
        files=sorted(files),
    )
    first = shares[0].parts[0]
    leaf = proofs[shares[0].warc][0].leaf.hex()
    by_hand = FirstRecord(file=f"archive/{shares[0].warc}", offset=0, length=first.length, leaf=leaf)
    files["README.txt"] = statements.readme(facts, by_hand).encode("utf-8", "replace")
    files["statement.txt"] = statements.statement(facts).encode("utf-8", "replace")
    return files


def _finding(case: Case, held: Sequence[Held]) -> dict[str, object]:
    document: dict[str, object] = {
        "kind": case.kind,
        "id": case.id,
        "url": case.article.url,
        "outlet": case.article.outlet,
        "title": case.article.title,
        "found_at": iso(case.at),
        "summary": case.summary,
        "fetches": {str(one.id): case.roles[one.id] for one in held},
    }
    for name, version in (("before", case.before), ("after", case.after)):
        if version is not None:
            document[name] = {
                "version": version.number,
                "first_seen": iso(version.first_seen),
                "last_seen": iso(version.last_seen),
                "extractor": version.extraction.extractor,
                "fingerprint": version.fingerprint,
            }
    return document
