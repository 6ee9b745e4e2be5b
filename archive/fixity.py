"""Keeping the books of a home, and proving them: seals, the log with its heads, timestamps, all that was kept.

`keep_books` is for the end of each pass, and may be called at any time; `prove` reads everything, or a part, and
tells what is wrong; `scrub` proves the part that was not proven for longest. Knows what of it is due. Refuses to
know how an authority's address is found: whoever may use the network passes `resolve` in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from archive.db import files, record
from archive.db.engine import Connection, Database
from archive.domain.urls import InvalidUrl
from archive.errors import NothingFound, StetError
from archive.home import Home
from archive.reaching import Resolve
from archive.settings import AuthoritySettings
from archive.warc.chain import check_chain
from archive.warc.checking import Checked, Known, Paced, Told, check_folder
from archive.warc.faults import Fault, Kind
from archive.warc.files import bytes_of
from archive.warc.framing import Record, bare
from archive.warc.heads import PUBLIC_KEY, SignedHead, public_key, signing_key
from archive.warc.ledger import HEADS, TOKENS, Ledger, Unfit
from archive.warc.places import OPEN, SEAL, listed
from archive.warc.seals import digest_in, seal_new
from archive.warc.timestamps import Authority, Stamp, Transport, authority, over_http, witness, witnessed

BACKLOG: Final = 3
"""Heads that an authority is asked about in one go beside the newest: what others witnessed while it was down."""

PATIENCE: Final = 60.0
"""Seconds for all authorities together; who was not asked until then is asked at the next occasion."""

_ONE = threading.Lock()
"""One at a time keeps the books; the log itself refuses a second writer, which is for other processes."""


# Keeping -------------------------------------------------------------------------------------------


def keep_books(
    home: Home,
    database: Database,
    *,
    now: Callable[[], datetime],
    resolve: Resolve | None,
    durable: Callable[[], Mapping[str, int]] = lambda: MappingProxyType({}),
    stop: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Seal closed files, put all that is kept into the log, sign a head over it, have it witnessed.

    What could not be done is told in one line each and is done at the next occasion: a log that does not fit must
    keep nobody from capturing. Raises `EnvironmentFailed` where a file cannot be sealed. Without `resolve` nobody
    is asked for timestamps, and after `stop` nobody any more. Whoever writes in this process says what is
    `durable` of the files that are open: see `WarcWriter`.
    """
    with _ONE:
        return _keep_books(home, database, now=now, resolve=resolve, durable=durable, stop=stop)


def _keep_books(
    home: Home,
    database: Database,
    *,
    now: Callable[[], datetime],
    resolve: Resolve | None,
    durable: Callable[[], Mapping[str, int]],
    stop: Callable[[], bool],
) -> list[str]:
    seal_new(home.spool)
    with database.write() as connection:
        files.note_sealed(connection, _new_seals(home.spool, files.seals(connection)))
    try:
        with Ledger(home.log, home.warcs, write=True) as ledger:
            # What is in a bucket was covered before it went there, unless the log is new.
            kept = listed(home.spool if ledger.size else home.warcs)
            ledger.cover((copies.files[0] for copies in kept.values() if copies.files), durable())
            if ledger.size:
                ledger.publish(signing_key(home.keys), now=now())
            if resolve is None or not ledger.heads:
                return []
            return list(_witness(ledger, home, now=now(), transport=over_http(resolve), stop=stop))
    except (StetError, OSError) as error:  # the folder may be none, the bucket away
        return [f"the log over what is kept is not up to date: {error}"]


def _new_seals(folder: Path, known: Collection[str]) -> Iterator[files.Sealed]:
    """What the seals say of files that the database does not know as sealed."""
    for path in sorted(folder.glob("*.warc.gz")):
        if path.name in known:
            continue
        seal = path.with_name(path.name + SEAL)
        sha256 = digest_in(seal, path.name) if seal.exists() else None
        if sha256 is not None:
            at = datetime.fromtimestamp(seal.stat().st_mtime, UTC)
            yield files.Sealed(name=path.name, size=path.stat().st_size, sha256=sha256, at=at)


def _witness(
    ledger: Ledger, home: Home, *, now: datetime, transport: Transport, stop: Callable[[], bool]
) -> Iterator[str]:
    """Ask the authorities that are due; why one did not answer as it should, in one line each."""
    until = time.monotonic() + PATIENCE
    for name, given in home.settings.fixity.authorities.items():
        owed = _owed(ledger, name, due=now - home.settings.fixity.pause)
        if not owed:
            continue
        try:
            one = _authority(home, name, given)
        except StetError as error:
            yield str(error)
            continue
        for signed in owed:
            if stop() or time.monotonic() > until:
                break
            failures = witness(signed, [one], transport, ledger.folder / TOKENS).failures
            if failures:
                yield f"timestamp authority {name}: {failures[name]}"
                break


def _owed(ledger: Ledger, name: str, *, due: datetime) -> list[SignedHead]:
    """The heads that the authority `name` is asked about now.

    None, if it was asked about one lately. Else the newest, which stands for all records before it, too, and those
    that others witnessed since it first did and it did not, so that one head has all witnesses.
    """
    tokens = ledger.folder / TOKENS
    has = list(witnessed(ledger.heads, tokens, by=name))
    if any(signed.head.time > due for signed in has):
        return []
    missed = [signed for signed in witnessed(ledger.heads, tokens) if has and signed.head.size > has[0].head.size]
    wanted = [*ledger.heads[-1:], *(signed for signed in reversed(missed) if signed != ledger.heads[-1])]
    return [signed for signed in wanted if signed not in has][: 1 + BACKLOG]


def _authority(home: Home, name: str, given: AuthoritySettings) -> Authority:
    return authority(name, given.url, bytes_of(home.root / given.roots))


# Proving -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be proven."""

    only: Collection[str] | None = None  #: names of WARC files; None: all
    known: Sequence[SignedHead] = ()  #: heads that were kept elsewhere
    key: Path | None = None  #: the public key, kept elsewhere; None: the home's own
    rate: int | None = None  #: bytes a second; None: as quickly as it goes
    stop: Callable[[], bool] = lambda: False  #: then `Stopped` is raised, within a record


@dataclass(slots=True)
class Proof:
    """What was looked at."""

    files: int = 0
    bytes: int = 0
    records: int = 0
    uncovered: int = 0  #: records that are not in the log yet
    heads: int = 0
    stamps: tuple[tuple[int, str, Stamp], ...] = ()  #: the head's line, the authority, what it says
    unjudged: int = 0  #: tokens of authorities whose roots are not known here
    logged: bool = False  #: there is a log


def prove(
    home: Home, database: Database, wanted: Wanted, *, now: Callable[[], datetime]
) -> Generator[Fault, None, Proof]:
    """Hold what is kept against all that is known of it: every fault, with file and byte.

    Each file is read once. When a closed file was proven, and with how many faults, is written down. Somebody may
    be crawling meanwhile. Raises `EnvironmentFailed` where the folder or the database cannot be read.
    """
    proof = Proof()
    busy = home.is_in_use()  # before anything is read, so that what comes later is known to be new
    ledger, faults = _open_ledger(home)
    with ledger or nullcontext():
        yield from faults
        yield from _prove_log(home, ledger, wanted, proof)
        with database.read() as connection:
            told = Told(
                ledger=ledger,
                sealed=_among(files.seals(connection), wanted.only),
                stored=files.stored(connection) if home.bucket else (),
                busy=busy,
                only=wanted.only,
                known=None if wanted.only is None else _known(connection),
            )
            done = _Done(database, home.spool, proof, now)
            rows = record.captures_by_place(connection, wanted.only)
            yield from check_folder(home.warcs, rows, told, paced=_braked(wanted), done=done)
    return proof


class _Done:
    """Counts files that were read, and writes down which of them were proven."""

    def __init__(self, database: Database, folder: Path, proof: Proof, now: Callable[[], datetime]) -> None:
        self._database, self._folder, self._proof, self._now = database, folder, proof, now

    def __call__(self, name: str, checked: Checked, faults: int) -> None:
        self._proof.files += bool(checked.size) or not faults
        self._proof.bytes += checked.size
        self._proof.records += checked.records
        self._proof.uncovered += checked.uncovered
        if not (self._folder / (name + OPEN)).exists():
            with self._database.write() as connection:
                files.note_proven(connection, name, at=self._now(), faults=faults)


def _among(seals: dict[str, str], only: Collection[str] | None) -> dict[str, str]:
    return seals if only is None else {name: seal for name, seal in seals.items() if name in only}


def _open_ledger(home: Home) -> tuple[Ledger | None, list[Fault]]:
    """The log as it is; None, and what is wrong, where it cannot be used."""
    try:
        return Ledger(home.log, home.warcs), []
    except NothingFound:
        if (home.keys / PUBLIC_KEY).exists():
            what = "there is no log, and a key that signed one; put the folder back from a backup"
            return None, [Fault(home.log.name, None, Kind.LOG, what)]
        return None, []
    except Unfit as error:
        return None, [Fault(_in_home(home, error.path), error.offset, Kind.LOG, error.why)]
    except StetError as error:
        return None, [Fault(home.log.name, None, Kind.LOG, str(error))]


def _prove_log(home: Home, ledger: Ledger | None, wanted: Wanted, proof: Proof) -> Iterator[Fault]:
    """Faults of heads, leaves and tokens, as far as they show without the records."""
    proof.logged = ledger is not None
    path, key = home.log / HEADS, wanted.key or home.keys / PUBLIC_KEY
    if ledger is None and not path.exists() and not wanted.known:
        return
    given = home.settings.fixity.authorities
    roots = {name: _authority(home, name, one).roots for name, one in given.items()}
    try:
        leaves = ledger.all_leaves() if ledger else None
        report = check_chain(
            path, leaves, public_key(key), tokens=home.log / TOKENS, roots=roots, known=wanted.known
        )
    except StetError as error:
        yield Fault(_in_home(home, key), None, Kind.HEAD, str(error))
        return
    proof.heads, proof.stamps, proof.unjudged = len(report.heads), report.stamps, len(report.unjudged)
    yield from report.faults
    if ledger and not report.faults:
        for level, offset in ledger.check_levels():
            what = "is not what the hashes below it give; remove the file, and the next crawl makes it anew"
            yield Fault(_in_home(home, level), offset, Kind.LOG, what)


def _in_home(home: Home, path: Path) -> str:
    return str(path.relative_to(home.root)) if path.is_relative_to(home.root) else str(path)


def _known(connection: Connection) -> Known:
    """Asks the index for what a record refers to, when the files with the others are not read."""

    def known(one: Record) -> bool:
        url = one.get("WARC-Refers-To-Target-URI") or one.url
        digest = one.get("WARC-Payload-Digest") if one.get("WARC-Refers-To-Target-URI") else ""
        try:
            return record.refers_to_known(connection, url, digest, bare(one.get("WARC-Refers-To")))
        except InvalidUrl:
            return False

    return known


class Stopped(StetError):
    """Whoever asked for the proof wants no more of it. Files that were read to their end are proven."""


def _braked(wanted: Wanted) -> Paced:
    wait = paced(wanted.rate)

    def go_on(count: int) -> None:
        if wanted.stop():
            raise Stopped("proving was stopped; it goes on with the same file")
        wait(count)

    return go_on


def paced(rate: int | None) -> Paced:
    """A brake: it waits where more than `rate` bytes a second would be read."""
    if rate is None:
        return lambda _: None
    began, total = time.monotonic(), 0

    def wait(count: int) -> None:
        nonlocal total
        total += count
        ahead = total / rate - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)

    return wait


def scrub(
    home: Home, database: Database, wanted: Wanted, *, budget: int, now: Callable[[], datetime]
) -> Generator[Fault, None, Proof]:
    """Prove the closed files that were not proven for longest, one at least and up to `budget` bytes.

    Done again and again, it proves everything in turn. Where `wanted` names no rate, that of the settings holds.
    """
    with database.write() as connection:
        files.note_sealed(connection, _new_seals(home.spool, files.seals(connection)))
        chosen = files.longest_unproven(connection, budget)
    rate = wanted.rate or home.settings.fixity.scrub_rate
    return (yield from prove(home, database, replace(wanted, only=chosen, rate=rate), now=now))
