"""Lists by time are read from an index, whatever SQLite happens to know of the tables."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from archive.db import findings, walks
from archive.db.engine import open_database

#: As a home knew itself that had grown since: of indexes that came later nothing was known.
KNOWN = (
    ("articles", "ix_articles_standing_since", "100000 16667 1"),
    ("articles", "ix_articles_outlet_id", "100000 1000"),
    ("articles", "ix_articles_next_check", "100000 1"),
    ("outlets", "sqlite_autoindex_outlets_1", "100 1"),
    ("changes", "ix_changes_detected_at", "100000 1"),
    ("changes", "ix_changes_article_id", "100000 2"),
    ("changes", "sqlite_autoindex_changes_1", "100000 2 1 1"),
)

LISTS = {
    "articles": lambda connection: walks.articles(connection),
    "changes": lambda connection: walks.changes(connection, walks.Wanted()),
    "changes by stealth": lambda connection: walks.changes(connection, walks.Wanted(stealth=True)),
    "latest changes": lambda connection: findings.changes_listed(connection, limit=20),
    "latest steps": lambda connection: findings.standings_listed(connection, limit=20),
}


@pytest.fixture(params=["nothing is known", "little is known"])
def connection(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'stet.db'}"
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("DELETE FROM sqlite_stat1"))
        if request.param == "little is known":
            for row in KNOWN:
                connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", row)
    database.close()
    database = open_database(url)
    with database.read() as connection:
        yield connection
    database.close()


@pytest.mark.parametrize("which", LISTS)
def test_a_list_by_time_sorts_nothing(connection, which):
    asked = []

    @event.listens_for(connection.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    LISTS[which](connection)
    event.remove(connection.engine, "before_cursor_execute", note)
    assert asked
    for statement, parameters in asked:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        assert not [step for step in plan if "TEMP B-TREE" in step], (statement, plan)
