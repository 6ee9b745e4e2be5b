"""Looking after what is kept while more comes: books, proofs, readings after an upgrade, backups.

Knows what is read to tell whether something is due (`scheduler.due` decides), and whom to tell of what went wrong:
the log at every new trouble, and an alert where somebody must act. Each of these can be killed at any moment.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from archive import fixity, storing
from archive.db import files, readings
from archive.db.engine import Database
from archive.errors import StetError
from archive.extractor import EXTRACTOR
from archive.fixity import Proof, Wanted
from archive.home import Home
from archive.reaching import Resolve
from archive.warc.faults import Fault
from archive.warc.heads import read_heads
from archive.warc.ledger import HEADS
from archive.warc.seals import unsealed
from crawler.lookup import lookup
from scheduler import backups, due, rereading

if TYPE_CHECKING:
    from scheduler.jobs import Context

logger = logging.getLogger(__name__)

Tell = Callable[[str, str], None]
"""Told of what somebody must act on: a key, under which it is told once, and the text."""

Stop = Callable[[], bool]

SLICE: Final = 180.0
"""Seconds of reading in one slice of proving, at `[fixity] scrub_rate`: 1.4 GiB by default."""

PATIENCE: Final = timedelta(days=1)
"""After so long a trouble that may have passed by itself, such as a bucket that is away, is told by an alert."""

AGAIN: Final = 3600.0
"""Seconds before a backup that failed is tried again."""


def _go_on() -> bool:
    return False


# Books ---------------------------------------------------------------------------------------------


def books_due(home: Home, database: Database, now: datetime) -> bool:
    """Whether seals, log or bucket lack something that they should have by now."""
    head = home.log / HEADS
    last = read_heads(head, last=1)
    grown = not head.exists() or _written(home.spool) > head.stat().st_mtime
    closed = bool(unsealed(home.spool))
    if due.books(last=last[0].head.time if last else None, grown=grown, closed=closed, now=now):
        return True
    return home.bucket is not None and bool(_to_store(home, database, now))


def _written(spool: Path) -> float:
    """When something was written to the WARC files last; a seal counts, too."""
    return max((path.stat().st_mtime for path in spool.glob("*.warc.gz*") if path.exists()), default=0.0)


def _to_store(home: Home, database: Database, now: datetime) -> list[Path]:
    """The files of the spool that the bucket lacks, or that may leave the spool."""
    with database.read() as connection:
        known = files.stored(connection)
    keep = home.settings.storage.keep_local
    sealed = storing.sealed(home.spool)
    return [path for path in sealed if path.name not in known or now - known[path.name].at >= keep]


def keep_books(
    home: Home,
    database: Database,
    *,
    now: Callable[[], datetime],
    tell: Tell,
    resolve: Resolve | None = None,
    durable: Callable[[], Mapping[str, int]] = lambda: MappingProxyType({}),
    stop: Stop = _go_on,
) -> list[str]:
    """Bring seals, log, timestamps and bucket up to date, as far as it goes; what could not be done, in lines."""
    troubles = fixity.keep_books(home, database, now=now, resolve=resolve, durable=durable, stop=stop)
    last = read_heads(home.log / HEADS, last=1)
    if troubles and last and now() - last[0].head.time > PATIENCE:
        tell(f"books:{last[0].head.size}", f"for more than a day no head was signed: {troubles[0]}")
    done = storing.store(home, database, now=now, stop=stop)
    if done.troubles and done.waiting:
        oldest = home.spool / done.waiting[0]
        if oldest.exists() and now() - _modified(oldest) > PATIENCE:
            said = f"{done.count()} for more than a day to be stored: {done.troubles[0]}"
            tell(f"store:{oldest.name}", said)
    return [*troubles, *(f"not stored: {trouble}" for trouble in done.troubles)]


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


async def books(context: Context) -> None:
    """Seals, log, timestamps and bucket, where something of them is due."""
    home, runtime = context.home, context.runtime

    def work() -> list[str]:
        if not books_due(home, context.database, runtime.now()):
            return []
        return keep_books(
            home,
            context.database,
            now=runtime.now,
            tell=context.tell,
            resolve=lookup(home.settings.crawl),
            durable=runtime.writer.durable,
            stop=context.stopping.is_set,
        )

    context.notes.warn("books", await context.in_thread(work))


# Proving -------------------------------------------------------------------------------------------


def slice_bytes(home: Home) -> int:
    """How much is proven in one go."""
    return int(home.settings.fixity.scrub_rate * SLICE)


def proof_due(home: Home, database: Database, now: datetime) -> bool:
    """Whether it is time to prove some of what is kept."""
    with database.read() as connection:
        known = files.proving(connection, slice_bytes(home))
    return due.proof(
        oldest=known.oldest,
        last=known.last,
        next_bytes=known.next,
        total=known.bytes,
        every=home.settings.daemon.scrub_every,
        now=now,
    )


def prove_some(
    home: Home, database: Database, *, now: Callable[[], datetime], tell: Tell, stop: Stop = _go_on
) -> Proof:
    """Read and prove what was not for longest, and tell of each damaged file once.

    Raises `fixity.Stopped` when it was told to end; what was read to its end counts.
    """
    proving = fixity.scrub(home, database, Wanted(stop=stop), budget=slice_bytes(home), now=now)
    found: list[Fault] = []
    try:
        while True:
            found.append(next(proving))
    except StopIteration as end:
        proof: Proof = end.value
        return proof
    finally:
        for name, faults in groupby(sorted(found, key=lambda fault: fault.file), key=lambda fault: fault.file):
            tell(*_damage(name, list(faults)))


def _damage(name: str, faults: list[Fault]) -> tuple[str, str]:
    """A key that is the same as long as the same is wrong, and what is."""
    signs = sorted(f"{fault.offset} {fault.kind.value} {fault.what}" for fault in faults)
    key = hashlib.sha256("\n".join(signs).encode()).hexdigest()[:16]
    more = f" (and {len(faults) - 1} more in this file)" if len(faults) > 1 else ""
    return f"damage:{name}:{key}", f"damage: {faults[0]}{more}; run: stet verify --file {name}"


async def prove(context: Context) -> None:
    """A slice of all that is kept is read and proven, where one is due."""

    def work() -> Proof | None:
        now = context.runtime.now
        if not proof_due(context.home, context.database, now()):
            return None
        stop = context.stopping.is_set
        return prove_some(context.home, context.database, now=now, tell=context.tell, stop=stop)

    try:
        proof = await context.in_thread(work)
    except fixity.Stopped as stopped:
        logger.info("%s", stopped)
        return
    if proof is not None:
        logger.info("proven: %d files, %d bytes", proof.files, proof.bytes)


# Readings after an upgrade -------------------------------------------------------------------------


async def reread(context: Context) -> None:
    """After an upgrade of the extractor: a few histories, while there are outlets to spare for it."""
    if not context.settings.edits.reextract or context.rounds.full:
        return

    def work() -> rereading.Tally:
        with context.database.read() as connection:
            if not readings.pending(connection, EXTRACTOR, limit=1):
                return rereading.Tally()
        return rereading.some(context.home, context.database, stop=context.stopping.is_set)

    tally = await context.in_thread(work)
    if tally.articles:
        logger.info("after an upgrade: %s", tally.sentence())


# Backups -------------------------------------------------------------------------------------------


def back_up(home: Home, *, now: datetime, tell: Tell, stop: Stop = _go_on) -> bool:
    """Make the backup that is due, if one is; whether all is well."""
    folder = backups.folder_of(home)
    if folder is None:
        return True
    last: datetime | None = None
    try:
        # One that is dated after now was made by a clock that was wrong.
        last = next((one.made for one in backups.held(folder, home) if one.made <= now), None)
        if not due.backup(last=last, now=now, zone=ZoneInfo(home.settings.alerts.timezone)):
            return True
        saved = backups.save(home, folder, now=now, stop=stop)
    except backups.Stopped as stopped:
        logger.info("%s", stopped)
        return True
    except StetError as error:
        # The key is that of the last good one: told once, and again only after it went well in between.
        tell(f"backup:{last.isoformat() if last else 'none'}", f"no backup was made: {error}")
        return False
    if saved.left_out:
        text = "; ".join(saved.left_out)
        tell(f"backup:{hashlib.sha256(text.encode()).hexdigest()[:16]}", f"the backup lacks something: {text}")
    logger.info("saved %d files in %s (manifest sha256 %s)", saved.files, saved.path, saved.manifest)
    return True


async def backup(context: Context) -> None:
    """The daily backup, where it is due; one that failed is tried again after an hour."""
    if not context.notes.is_time("backup", context.clock.monotonic(), AGAIN):
        return
    now, stop = context.runtime.now(), context.stopping.is_set
    if await context.in_thread(lambda: back_up(context.home, now=now, tell=context.tell, stop=stop)):
        context.notes.forget("backup")
