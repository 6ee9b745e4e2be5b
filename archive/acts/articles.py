"""What a person does with an article: watch it, tag it, write a note of it, have it looked at now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from archive.acts import books
from archive.db import articles, hints, notes, outlets, tags
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.notes import Note
from archive.domain.rights import Person
from archive.domain.tagging import note_in, tag_in
from archive.errors import Changed, Conflict, NothingFound

BY_HAND: Final = "asked for by hand"
"""Why an article is looked at: somebody wanted to know."""


class Watch(Protocol):
    """Watches the article at a URL, and says whether it is new. `crawler.watching.watch` does."""

    def __call__(self, connection: Connection, url: str, *, now: datetime) -> tuple[Article, bool]:
        """Raises `Misuse` for what is no URL of an article."""
        ...  # pragma: no cover


def watch(connection: Connection, person: Person, url: str, *, way: Watch, now: datetime) -> tuple[Article, bool]:
    """Watch the article at `url`; it, and whether it is new."""
    article, new = way(connection, url, now=now)
    if new:
        books.note(connection, person, "watch", article.url, now)
    return article, new


def look(connection: Connection, person: Person, article_id: int, *, now: datetime) -> Article:
    """Have an article fetched as soon as can be, as far as its outlet's manners allow."""
    article = _article(connection, article_id)
    _, outlet = outlets.by_name(connection, article.outlet)
    if outlet.paused:
        raise Conflict(f"outlet '{outlet.name}' is paused, so nothing of it is fetched; resume it first")
    if hints.tell_pull(connection, article.id, BY_HAND, at=now):
        books.note(connection, person, "look", article.url, now)
    return articles.by_id(connection, article.id)


def tag(connection: Connection, person: Person, ids: Sequence[int], name: str, *, now: datetime) -> int:
    """Tag articles; how many were not tagged so before."""
    return _each(connection, person, ids, name, now=now, on=True)


def untag(connection: Connection, person: Person, ids: Sequence[int], name: str, *, now: datetime) -> int:
    """Take a tag from articles; how many had it."""
    return _each(connection, person, ids, name, now=now, on=False)


def _each(
    connection: Connection, person: Person, ids: Sequence[int], name: str, *, now: datetime, on: bool
) -> int:
    plain, done = tag_in(name), 0
    for article in [_article(connection, each) for each in dict.fromkeys(ids)]:
        if (tags.add if on else tags.remove)(connection, article.id, plain, at=now):
            books.note(connection, person, "tag" if on else "untag", f"{plain} {article.url}", now)
            done += 1
    return done


def write(connection: Connection, person: Person, article_id: int, text: str, *, now: datetime) -> Note:
    """Write a note of an article."""
    article, plain = _article(connection, article_id), note_in(text)
    made = notes.add(connection, article.id, plain, author=person.name, at=now)
    books.note(connection, person, "note", f"{made.key} {article.url}", now)
    return made


def edit(
    connection: Connection, person: Person, key: str, text: str, *, was: str | None = None, now: datetime
) -> Note:
    """Put other words into a note; what it said before is kept with it. `was` is its version, as it was read."""
    held, plain = _held(connection, key, was), note_in(text)
    if held.removed is not None:
        raise Conflict(f"the note is removed already, by {held.removed_by}; write another one")
    made = notes.edit(connection, key, plain, by=person.name, at=now)
    if made != held:
        books.note(connection, person, "edit note", _subject(connection, made), now)
    return made


def remove(connection: Connection, person: Person, key: str, *, was: str | None = None, now: datetime) -> Note:
    """Mark a note as removed; its words are kept."""
    held = _held(connection, key, was)
    made = notes.remove(connection, key, by=person.name, at=now)
    if made != held:
        books.note(connection, person, "remove note", _subject(connection, made), now)
    return made


def _held(connection: Connection, key: str, was: str | None) -> Note:
    """The note, where it is still as somebody read it who wants to alter it."""
    held = notes.by_key(connection, key)
    if was is not None and was != held.version:
        raise Changed(f"the note was changed meanwhile by {held.last_by}; read it again, and then alter it")
    return held


def _subject(connection: Connection, note: Note) -> str:
    return f"{note.key} {articles.by_id(connection, note.article_id).url}"


def _article(connection: Connection, article_id: int) -> Article:
    found = articles.of_ids(connection, [article_id])
    if not found:
        raise NothingFound(f"article {article_id}: there is none, or it is one with another now; search for it")
    return found[0]
