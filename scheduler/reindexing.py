"""WARC files → a new database: the same articles, captures, versions, changes and standings as before.

Knows in which order things were found out (the WARC files tell), how far it has come, and how the new database
takes the place of the old one. All that it finds out it finds out by the rules and functions of the crawl.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.db import journal, own, record
from archive.db.engine import Batch, Connection, Database, open_database
from archive.domain.model import PROBES, Extraction, RecordType, Role
from archive.errors import EnvironmentFailed, Misuse
from archive.home import Home
from archive.keeping import Kept, Purpose, kept, readable
from archive.replaying import RUN, Replayer, apply_entry, index_group, settings_by
from archive.visits import Visit
from archive.warc.contents import Info, Journal, Piece, contents
from archive.warc.files import sync_folder
from archive.warc.places import Source, listed, size
from archive.warc.reader import Group, exchange_of
from archive.warc.rebuild import NOTE, facts
from archive.warc.records import Prepared, prepare
from archive.warc.recovery import Gap, recover
from crawler.readers import Readers
from scheduler import frontier

logger = logging.getLogger(__name__)

AHEAD = 32
"""Exchanges that are read ahead, so that the processes that read pages always have some to read."""

AHEAD_BYTES = 64 * 1024 * 1024
"""And bytes of their bodies, at most by one body more."""

COMMIT_EVERY = 5.0
"""Seconds between two commits: what is done again after a crash. Each commit flushes the disk once."""

_READ = (Role.ARTICLE, Role.SIBLING, Role.CONTROL)
"""What is fetched for these roles is a page."""

NEW, OLD = ".new", ".old"
"""What the names of the database that is being made, and of the one that it replaced, end with."""


@dataclass(slots=True)
class Tally:
    """What was done, in numbers."""

    files: int = 0
    exchanges: int = 0
    visits: int = 0
    entries: int = 0
    unsettled: int = 0  #: visits that could not be settled, because of an error of ours
    gaps: list[str] = field(default_factory=list)  #: damage that was passed over
    seconds: float = 0.0

    def sentence(self) -> str:
        """For the terminal."""
        rate = self.exchanges / self.seconds if self.seconds else 0
        text = (
            f"{self.files} files, {self.exchanges} exchanges, {self.visits} visits in {self.seconds:.0f} s"
            f" ({rate:.0f} exchanges a second)"
        )
        return text + (f", {self.unsettled} not settled, see the log" if self.unsettled else "")


@dataclass(slots=True)
class _Ahead:
    """A piece that was read, and what is found out about it meanwhile."""

    source: Source
    piece: Piece
    prepared: Prepared | None = None
    page: asyncio.Task[Extraction | None] | None = None

    @property
    def size(self) -> int:
        """Bytes that it holds in memory."""
        body = self.prepared.body if self.prepared else None
        return len(body.body) if body else 0


@dataclass(frozen=True, slots=True)
class _Open:
    """An answer that tells something, and what a reader would read of it; the files say when it was settled."""

    last: Kept
    page: asyncio.Task[Extraction | None] | None


def reindex(home: Home, *, into: str | None, step: Callable[[int, str], None], take_over: bool = True) -> Tally:
    """Make the database of `home` anew, in its own place or in the empty database at `into`.

    Hold the home. It can be killed at any moment and called again. `step` is told how many bytes are done, and of
    which file. What no WARC file tells is taken over from the old database, unless all that is wanted is one to be
    held against it. Raises `StetError`.
    """
    recover(home.spool)
    place = None if into else _sqlite(home)
    if place is not None and _was_finished(place):
        return Tally()
    url = into or _begun(_sqlite(home))
    database = open_database(url)
    try:
        tally = asyncio.run(_Maker(home, database, step).make())
        with database.write() as connection:
            waiting = _carry_over(home, connection) if take_over and _has_old(home) else []
            journal.forget(connection, journal.pending(connection))  # the checkpoint goes: all of it is made
            for entry in waiting:
                journal.note(connection, entry.kind, entry.document, at=entry.at)
    finally:
        database.close()
    if place is not None:
        _swap(place)
    return tally


def warc_files(home: Home) -> list[Source]:
    """The WARC files in the order in which they were written: their names begin with the time of that."""
    try:
        found = listed(home.warcs)
    except OSError as error:
        raise EnvironmentFailed(f"{error.filename}: cannot be read: {error.strerror or error}") from error
    return [copies.files[0] for _, copies in sorted(found.items()) if copies.files]


def _sqlite(home: Home) -> Path:
    if not home.database_url.startswith("sqlite:///"):
        raise Misuse(
            "stet reindex: the database is no SQLite file that could be replaced; make a new, empty one, name it"
            " with --into URL, and write it into stet.toml when it is done"
        )
    return Path(home.database_url.removeprefix("sqlite:///"))


class _Maker:
    """Fills one database from the WARC files of a home."""

    def __init__(self, home: Home, database: Database, step: Callable[[int, str], None]) -> None:
        self._home = home
        self._database = database
        self._step = step
        self._tally = Tally()
        self._readers = Readers(home.settings.crawl.extract_workers)
        self._run = ""
        self._resumed = False  # the next file to begin was begun before
        self._open: dict[str, _Open] = {}  # by the place of the last fetch

    async def make(self) -> Tally:
        """Do all of it, from where an earlier run was broken off."""
        started = time.monotonic()
        try:
            with Batch(self._database) as batch:
                self._replayer = Replayer(batch, self._home.settings, self._home.warcs)
                await self._replay(batch)
                self._finish(batch)
        finally:
            self._readers.close()
        self._tally.seconds = time.monotonic() - started
        return self._tally

    async def _replay(self, batch: Batch) -> None:
        name, offset = self._reached(batch)
        self._resumed = bool(name)
        self._open = self._left_open(batch) if name else {}
        committed = time.monotonic()
        async for ahead in self._in_order(name, offset):
            await self._take(batch, ahead)
            if isinstance(ahead.piece, Group) and time.monotonic() - committed > COMMIT_EVERY:
                self._commit(batch, ahead.source.name, ahead.piece.location.offset + 1)
                committed = time.monotonic()
        await self._settle_left(batch)

    def _left_open(self, batch: Batch) -> dict[str, _Open]:
        """What was not settled yet when an earlier run was broken off."""
        with batch.read() as connection:
            left = record.unsettled(connection)
        found = ((f"{row.location.warc}:{row.location.offset}", self._replayer.kept_at(row)) for row in left)
        return {place: _Open(last, None) for place, last in found}

    def _reached(self, batch: Batch) -> tuple[str, int]:
        with batch.read() as connection:
            found = [e.document for e in journal.pending(connection) if e.kind == own.CHECKPOINT]
            if not found and record.has_fetches(connection):
                raise Misuse("stet reindex: the database to be made is not empty; name one that is")
        return (found[-1]["warc"], found[-1]["offset"]) if found else ("", 0)

    def _commit(self, batch: Batch, name: str, offset: int) -> None:
        """Make what is done last, with a note of how far that is. The journal is in the WARC files already."""
        with batch.write() as connection:
            journal.forget(connection, journal.pending(connection))
            document = {"warc": name, "offset": offset}
            journal.note(connection, own.CHECKPOINT, document, at=datetime.now(UTC))
        batch.commit()

    async def _in_order(self, name: str, offset: int) -> AsyncIterator[_Ahead]:
        """Everything from there on, with a few pages always being read ahead."""
        window: deque[_Ahead] = deque()
        held = 0
        for source, piece in self._pieces(name, offset):
            window.append(ahead := self._look_ahead(source, piece))
            held += ahead.size
            if ahead.page is not None:
                await asyncio.sleep(0)  # the task begins
            while window and (len(window) > AHEAD or held > AHEAD_BYTES):
                held -= window[0].size
                yield window.popleft()
        for ahead in window:
            yield ahead

    def _pieces(self, name: str, offset: int) -> Iterator[tuple[Source, Piece]]:
        for source in warc_files(self._home):
            self._tally.files += 1
            done = 0
            try:
                for piece in contents(source):
                    at = piece.location.offset if isinstance(piece, Group) else piece.offset
                    self._step(at - done, source.name)
                    done = at
                    again = isinstance(piece, Info) and source.name == name
                    if again or (source.name, at) >= (name, offset):
                        yield source, piece
                self._step(size(source) - done, source.name)
            except OSError as error:
                raise EnvironmentFailed(f"{source}: cannot be read: {error.strerror or error}") from error

    def _look_ahead(self, source: Source, piece: Piece) -> _Ahead:
        """Begin to read the page of an answer that needs no other record."""
        if not isinstance(piece, Group) or piece.records[0].type != RecordType.RESPONSE:
            return _Ahead(source, piece)
        prepared = prepare(exchange_of(self._home.warcs, piece))
        page = None
        if (role := dict(prepared.exchange.notes).get("role", "")) in _READ:
            answer = kept(prepared, Purpose(role=Role(role)), 0, None)
            if readable(answer):
                reading = self._readers.read((answer.body, answer.exchange.url, answer.content_type))
                page = asyncio.create_task(reading)
        return _Ahead(source, piece, prepared, page)

    async def _take(self, batch: Batch, ahead: _Ahead) -> None:
        piece = ahead.piece
        if isinstance(piece, Gap):
            self._tally.gaps.append(
                f"{ahead.source.name} at byte {piece.offset}: {piece.length} bytes: {piece.why}"
            )
        elif isinstance(piece, Info):
            await self._begin(batch, piece)
        elif isinstance(piece, Journal):
            for entry in piece.entries:
                await self._enter(batch, entry)
        else:
            await self._exchange(batch, piece, ahead)

    async def _begin(self, batch: Batch, info: Info) -> None:
        """A file begins; with a new run, what the last one left is settled first, as it was then."""
        run = info.fields.get(RUN, "")
        if (run != self._run or not run) and not self._resumed:
            await self._settle_left(batch)
        self._run, self._resumed = run, False
        self._replayer.judge_by(settings_by(info.fields.get("takedowns", ""), self._home.settings))

    async def _enter(self, batch: Batch, entry: Mapping[str, Any]) -> None:
        self._tally.entries += 1
        if entry["kind"] == journal.SETTLED:
            await self._settle_at(entry["place"])
            return
        with batch.write() as connection:
            apply_entry(connection, entry)

    async def _exchange(self, batch: Batch, group: Group, ahead: _Ahead) -> None:
        for place in dict(facts(group.records)).get(NOTE + journal.SETTLED, "").split():
            await self._settle_at(place)
        with batch.write() as connection:
            found = index_group(connection, self._home.warcs, group, ahead.prepared)
        self._tally.exchanges += 1
        visit = found.purpose.role is Role.ARTICLE and found.purpose.article_id is not None
        if not (visit or found.purpose.role in PROBES) or found.purpose.source:
            return
        place = f"{group.location.warc}:{group.location.offset}"
        self._open[place] = _Open(found, ahead.page)
        if not self._run:  # an older file, which does not tell when
            await self._settle_at(place)

    async def _settle_at(self, place: str) -> None:
        """Settle the visit whose last fetch lies there; one that is settled already stays so."""
        if (visit := self._open.pop(place, None)) is not None:
            await self._settle(visit)

    async def _settle_left(self, batch: Batch) -> None:
        """Settle what the files do not tell when, in the order of the fetches: as the next opening did it."""
        left, self._open = self._open, {}
        for one in sorted(left.values(), key=lambda each: (each.last.exchange.began, each.last.fetch_id)):
            visit = self._replayer.visit_to(one.last)
            if isinstance(visit, Visit) and self._replayer.is_overtaken(visit):
                self._tally.visits += 1
                self._replayer.rederive_in(batch, visit.article_id)
            else:
                await self._settle(one)

    async def _settle(self, one: _Open) -> None:
        """As the crawl does it; a fault of ours keeps nothing else from being settled."""
        visit = self._replayer.visit_to(one.last)
        if visit is None:
            return
        self._tally.visits += 1
        try:
            page = self._replayer.read(one.last) if one.page is None else await one.page
            self._replayer.settler.settle(visit, page)
        except EnvironmentFailed:
            raise
        except Exception:
            self._tally.unsettled += 1
            logger.exception("%s: kept, but not settled", one.last.exchange.url)
            self._replayer.settler.put_off(visit)

    def _finish(self, batch: Batch) -> None:
        """Once all exchanges are there: histories into which older captures came late, and what comes next."""
        with batch.read() as connection:
            late = record.articles_with_source(connection)
        for article_id in late:
            self._replayer.rederive_in(batch, article_id)
        with batch.write() as connection:
            for source in warc_files(self._home):  # also one that holds texts alone
                record.warc_id(connection, source.name)
            frontier.replan(connection, self._home.settings)
        batch.commit()


# The new one takes the place of the old ------------------------------------------------------------


def _carry_over(home: Home, now: Connection) -> list[journal.Entry]:
    """Take over what only the old database knows, as far as it can still be read; what waits in its journal."""
    try:
        old = open_database(home.database_url)
        try:
            with old.read() as before:
                waiting = own.carry_over(before, now)
        finally:
            old.close()
    except EnvironmentFailed as error:
        logger.warning("%s; what only it knew is lost, see docs/backup.md", error)
        return []
    for entry in waiting:
        apply_entry(now, {"at": entry.at.isoformat(), "kind": entry.kind, **entry.document})
    return waiting


def _has_old(home: Home) -> bool:
    """Whether there is a database that may be taken over from; to open an SQLite file would make it."""
    url = home.database_url
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def _begun(place: Path) -> str:
    """The URL of the database to be made; a whole one that never took its place is out of date and goes."""
    new = place.with_name(place.name + NEW)
    if new.exists() and not _has_checkpoint(new):
        for end in ("", "-wal", "-shm"):
            new.with_name(new.name + end).unlink(missing_ok=True)
    return f"sqlite:///{new}"


def _has_checkpoint(path: Path) -> bool:
    database = open_database(f"sqlite:///{path}")
    try:
        with database.read() as connection:
            return any(entry.kind == own.CHECKPOINT for entry in journal.pending(connection))
    finally:
        database.close()


def _was_finished(place: Path) -> bool:
    """Whether an earlier run was killed between taking the old database away and putting the new one there."""
    new = place.with_name(place.name + NEW)
    if place.exists() or not place.with_name(place.name + OLD).exists() or not new.exists():
        return False
    if _has_checkpoint(new):
        return False
    _swap(place)
    return True


def _swap(place: Path) -> None:
    """Keep the old database, with its write-ahead log, under another name, and put the new one in its place."""
    old, new = place.with_name(place.name + OLD), place.with_name(place.name + NEW)
    try:
        if place.exists():
            for end in ("", "-wal", "-shm"):
                old.with_name(old.name + end).unlink(missing_ok=True)
            for end in ("-wal", "-shm"):
                if place.with_name(place.name + end).exists():
                    place.with_name(place.name + end).rename(old.with_name(old.name + end))
            place.rename(old)
        new.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        raise EnvironmentFailed(
            f"{new}: cannot take the place of {place}: {error.strerror}; run it again"
        ) from error
