"""The archive's own books: what each WARC file is and when it was proven, acts of the user, provenance."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the journal, the state of WARC files, and where an imported fetch came from."""
    op.create_table(
        "journal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("warcs") as batch:
        batch.add_column(sa.Column("size", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("sha256", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("sealed", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("proven", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("faults", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("stored", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("fetches") as batch:
        batch.add_column(sa.Column("source", sa.String(), nullable=False, server_default=""))
