"""Notes: what people write of articles. A user's act, so it goes into the journal. Knows the table `notes`.

Nothing that was written is lost: a note that is altered keeps its earlier words with their times and authors, and
one that is removed stays, marked. A note is named by its key, which stays when a database is made again; its id
does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select

from archive.db import journal
from archive.db.tables import aliases, articles, notes
from archive.errors import NothingFound

JOURNAL: Final = "note"
"""The kind of the journal entry that tells a note as it is from then on."""

_AT_ONCE: Final = 500  # as in `articles.known_urls`
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(milliseconds=1)  # the finest time that the tables know


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a note said before it was altered."""

    text: str
    at: datetime  #: when that was written
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote of an article, and what became of it."""

    key: str
    article_id: int
    at: datetime
    author: str
    text: str
    edited: datetime | None = None  #: last
    edited_by: str = ""
    removed: datetime | None = None
    removed_by: str = ""
    earlier: tuple[Wording, ...] = ()  #: oldest first

    @property
    def last(self) -> datetime:
        """When anything was last done to it."""
        return max(filter(None, (self.at, self.edited, self.removed)))

    @property
    def last_by(self) -> str:
        """Who did that."""
        return self.removed_by or self.edited_by or self.author

    @property
    def version(self) -> str:
        """Names the note as it is now: another word for when anything was last done to it."""
        return str((self.last - _EPOCH) // _TICK)


def add(connection: Connection, article_id: int, text: str, *, author: str, at: datetime) -> Note:
    """Write a note of an article."""
    made = Note(key=uuid.uuid4().hex, article_id=article_id, at=_whole(at), author=author, text=text)
    connection.execute(notes.insert().values(_row(made)))
    _tell(connection, made)
    return made


def edit(connection: Connection, key: str, text: str, *, by: str, at: datetime) -> Note:
    """Put other words in the place of a note's; the earlier ones are kept. Those that it has change nothing."""
    held = by_key(connection, key)
    if text == held.text:
        return held
    before = Wording(text=held.text, at=held.edited or held.at, by=held.edited_by or held.author)
    made = replace(held, text=text, edited=_after(held, at), edited_by=by, earlier=(*held.earlier, before))
    return _put(connection, made)


def remove(connection: Connection, key: str, *, by: str, at: datetime) -> Note:
    """Mark a note as removed; one that is removed already stays as it is."""
    held = by_key(connection, key)
    if held.removed is not None:
        return held
    return _put(connection, replace(held, removed=_after(held, at), removed_by=by))


def by_key(connection: Connection, key: str) -> Note:
    """The note of this key, also one that is removed. Raises `NothingFound`."""
    row = connection.execute(select(notes).where(notes.c.key == key)).mappings().one_or_none()
    if row is None:
        raise NothingFound(f"note '{key}': there is none of this key")
    return _note(row)


def of_article(connection: Connection, article_id: int, *, removed: bool = False) -> list[Note]:
    """The notes of an article, oldest first; with `removed` those too that are removed."""
    query = select(notes).where(notes.c.article_id == article_id).order_by(notes.c.at, notes.c.id)
    if not removed:
        query = query.where(notes.c.removed.is_(None))
    return [_note(row) for row in connection.execute(query).mappings()]


def counted(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """How many notes each of these articles has, where it has any; those that are removed do not count."""
    found: dict[int, int] = {}
    for start in range(0, len(ids), _AT_ONCE):
        these = notes.c.article_id.in_(ids[start : start + _AT_ONCE]), notes.c.removed.is_(None)
        query = select(notes.c.article_id, func.count()).where(*these).group_by(notes.c.article_id)
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def latest(connection: Connection, *, limit: int) -> list[Note]:
    """The notes that were written last, of all articles."""
    query = select(notes).where(notes.c.removed.is_(None)).order_by(notes.c.at.desc(), notes.c.id.desc())
    return [_note(row) for row in connection.execute(query.limit(limit)).mappings()]


def tell_again(connection: Connection, document: Mapping[str, Any]) -> None:
    """Have the note as a journal entry of the kind `note` tells it; an entry that is older changes nothing."""
    query = select(aliases.c.article_id).where(aliases.c.url == document["url"])
    article_id = connection.execute(query).scalar()
    if article_id is None:
        return
    told = _unpacked(document["note"], article_id)
    try:
        held = by_key(connection, told.key)
    except NothingFound:
        connection.execute(notes.insert().values(_row(told)))
        return
    if held.last < told.last:
        connection.execute(notes.update().where(notes.c.key == told.key).values(_row(told)))


def hand_over(connection: Connection, *, away: int, into: int) -> None:
    """Give the notes of an article to another."""
    connection.execute(notes.update().where(notes.c.article_id == away).values(article_id=into))


def _put(connection: Connection, made: Note) -> Note:
    connection.execute(notes.update().where(notes.c.key == made.key).values(_row(made)))
    _tell(connection, made)
    return made


def _after(held: Note, at: datetime) -> datetime:
    """Later than all that was done to it, also where a clock was set back: the latest entry holds."""
    return max(_whole(at), held.last + _TICK)


def _whole(at: datetime) -> datetime:
    """As the table knows it, so that a note is the same before and after it was written."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _tell(connection: Connection, note: Note) -> None:
    url = connection.execute(select(articles.c.url).where(articles.c.id == note.article_id)).scalar_one()
    journal.note(connection, JOURNAL, {"url": url, "note": _packed(note)}, at=note.last)


def _row(note: Note) -> dict[str, Any]:
    names = ("key", "article_id", "at", "author", "text", "edited", "edited_by", "removed", "removed_by")
    earlier = [{"text": one.text, "at": one.at.isoformat(), "by": one.by} for one in note.earlier]
    return {**{name: getattr(note, name) for name in names}, "earlier": earlier}


def _note(row: RowMapping | Mapping[str, Any]) -> Note:
    values = {name: value for name, value in row.items() if name not in ("id", "earlier")}
    earlier = (Wording(text=one["text"], at=_time(one["at"]), by=one["by"]) for one in row["earlier"])
    return Note(**values, earlier=tuple(earlier))


_TIMES: Final = ("at", "edited", "removed")


def _packed(note: Note) -> dict[str, Any]:
    """A note as the journal tells it: all of it but whose it is, which its address says."""
    row = _row(note)
    del row["article_id"]
    return row | {name: row[name].isoformat() for name in _TIMES if row[name] is not None}


def _unpacked(document: Mapping[str, Any], article_id: int) -> Note:
    times = {name: _time(document[name]) for name in _TIMES if document[name] is not None}
    return _note({**document, **times, "article_id": article_id})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
