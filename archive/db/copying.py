"""A copy of an SQLite database as it is at one moment, also while somebody writes to it.

Done by SQLite's own backup API in one read transaction: writers go on meanwhile, and what they commit later is not
in the copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from archive.errors import EnvironmentFailed

PAGES: Final = 4096
"""Pages between two steps, 16 MiB: a tenth of a second."""


def copy(source: Path, to: Path, *, step: Callable[[], None] = lambda: None) -> None:
    """Copy the database `source` into the new file `to`, and prove the copy. Raises `EnvironmentFailed`.

    `step` is called now and then, and may end it by an exception.
    """
    try:
        url = source.resolve().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(url, uri=True)) as database, closing(sqlite3.connect(to)) as made:
            database.execute("BEGIN")
            database.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # what comes later is not ours
            database.backup(made, pages=PAGES, progress=lambda *_: step(), sleep=0)
            database.rollback()
            made.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
            [[said]] = made.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        raise EnvironmentFailed(f"{source}: the database cannot be copied: {error}") from error
    if said != "ok":
        raise EnvironmentFailed(f"{source}: the database is damaged: {said}; 'stet reindex' makes it anew")
