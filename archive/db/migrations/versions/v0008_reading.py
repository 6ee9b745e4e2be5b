"""The reading room: lists of all articles and of what was told about one, in their order; counts by standing."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the indexes by which they are read."""
    op.create_index("ix_articles_discovered", "articles", ["discovered"])
    op.create_index("ix_alerts_url_at", "alerts", ["url", "at"])
    op.create_index("ix_articles_outlet_id_standing", "articles", ["outlet_id", "standing"])
