"""The reading room: notes that people write of articles."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    """Add what notes are kept in."""
    op.create_table(
        "notes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("article_id", KEY, sa.ForeignKey("articles.id", name="fk_notes_article_id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited", TIME, nullable=True),
        sa.Column("edited_by", sa.String(), nullable=False),
        sa.Column("removed", TIME, nullable=True),
        sa.Column("removed_by", sa.String(), nullable=False),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("key", name="uq_notes_key"),
    )
    op.create_index("ix_notes_article_id", "notes", ["article_id"])
    op.create_index("ix_notes_at", "notes", ["at"])
