"""Health out of an index alone; no index in which all rows are alike.

The visits of a month are a small part of a table of long rows: what is counted of them stands in the index now.
Nearly every change is superseded by none, so that SQLite, where it knew no better, took all changes by that index
and sorted them, for each page of a list.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Widen the index of an outlet's visits by time; drop that of what supersedes a change."""
    op.create_index(
        "ix_fetches_looks",
        "fetches",
        ["outlet_id", "began", "role", "vantage", "presence", "sighting", "trouble"],
    )
    op.drop_index("ix_fetches_outlet_id_began", "fetches")
    op.drop_index("ix_changes_superseded_by", "changes")
