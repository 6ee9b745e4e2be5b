"""Opening the database: engine, transactions, schema version.

A writer's transaction takes the write lock at its start (`BEGIN IMMEDIATE`), so two processes wait
for each other instead of failing half-way. SQLite runs in WAL mode: readers never wait. The WARC
files are the truth, therefore `synchronous=NORMAL` is enough: a power cut may lose the last
transactions, which are rebuilt from the WARCs, but never tears the database.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self

import sqlalchemy
from sqlalchemy import Connection as Connection
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from archive.errors import EnvironmentFailed

#: The newest migration; `tests/archive/test_db.py` holds it against the scripts.
HEAD = "0009"

#: How long a writer waits for another one. A pass of the crawler commits every few milliseconds.
BUSY_TIMEOUT_MS = 10_000


failures: Counter[str] = Counter()
"""How often the databases of this process failed: `busy`, where somebody else wrote for too long, or `other`."""


class Database:
    """One open database. `read()` and `write()` give connections inside a transaction."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self._where = where

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; takes no lock that writers wait for."""
        with self._guarded(), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing: commits at the end, rolls back on any exception."""
        with self._guarded(), self.engine.connect() as plain:
            connection = plain.execution_options(stet_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise  # a broken rule of ours (IntegrityError and its like), not a broken database
            failures["busy" if "locked" in _said(error) else "other"] += 1
            raise EnvironmentFailed(f"{self._where}: the database fails: {_said(error)}") from error


class Batch(Database):
    """A database of which all reads and writes are one transaction, until `commit`.

    For work that can be begun again, and for many steps of which all or none shall be seen. A write that fails is
    taken back alone. Leaving it without `commit` takes back all since the last one.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine, database._where)
        self._connection = self.engine.connect().execution_options(stet_write=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """What is written so far, committed or not."""
        with self._guarded():
            yield self._connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One step: taken back alone where it fails."""
        with self._guarded(), self._connection.begin_nested():
            yield self._connection

    def commit(self) -> None:
        """Make everything so far last."""
        with self._guarded():
            self._connection.commit()


def open_database(url: str) -> Database:
    """Open the database at `url`, creating or upgrading its schema where that is due."""
    try:
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(
            f"database {url!r}: cannot be opened: {error}; for PostgreSQL run: pip install 'stet[postgresql]'"
        ) from error
    except (sqlalchemy.exc.ArgumentError, ImportError) as error:
        raise EnvironmentFailed(f"database {url!r}: cannot be opened: {error}") from error
    where = engine.url.database or engine.url.render_as_string()
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        found = _schema_version(engine)
        if found is not None and found > HEAD:
            engine.dispose()
            raise EnvironmentFailed(
                f"{where}: made by a newer Stet (schema {found}, this one knows {HEAD}); update it"
            )
        if found != HEAD:
            _upgrade(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise EnvironmentFailed(f"{where}: the database cannot be opened: {_said(error)}") from error
    return Database(engine, where)


def _said(error: SQLAlchemyError) -> str:
    """What the database itself says, on one line: PostgreSQL speaks in several."""
    return " ".join(str(getattr(error, "orig", error)).split())


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        write = connection.get_execution_options().get("stet_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _schema_version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    # Imported here: it costs a tenth of a second, and almost every start finds nothing to do.
    from alembic import command
    from alembic.config import Config

    with engine.connect() as plain:
        connection = plain.execution_options(stet_write=True)
        with connection.begin():
            config = Config()
            config.set_main_option("script_location", "archive.db:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
