"""What is held of a wording before it is told, what an outlet repeats, and notices about many articles at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add wordings that are not confirmed, learnt furniture, and notices."""
    with op.batch_alter_table("articles") as batch:
        batch.add_column(sa.Column("wording", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("changes") as batch:
        batch.add_column(sa.Column("superseded_by", KEY, nullable=True))
        batch.add_column(sa.Column("confirmed_by", KEY, nullable=True))
        batch.drop_constraint("uq_changes_article_id_to_at", type_="unique")
        batch.create_unique_constraint(
            "uq_changes_article_id_detected_at_to_version", ["article_id", "detected_at", "to_version"]
        )
    op.create_index("ix_changes_superseded_by", "changes", ["superseded_by"])
    op.create_table(
        "blocks",
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("mask", sa.BigInteger(), nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("born", sa.Boolean(), nullable=False),
        sa.Column("filling", sa.BigInteger(), nullable=False),
        sa.Column("fillings", sa.Integer(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=True),
        sa.Column("varied", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_blocks_outlet_id"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_blocks_article_id"),
        sa.PrimaryKeyConstraint("outlet_id", "mask", "article_id", name="pk_blocks"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_blocks_article_id", "blocks", ["article_id"])
    op.create_table(
        "resets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("mask", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_resets_outlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resets"),
    )
    op.create_index("ix_resets_outlet_id", "resets", ["outlet_id"])
    op.create_table(
        "dresses",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_dresses_outlet_id"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_dresses_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dresses"),
        sa.UniqueConstraint("article_id", "at", name="uq_dresses_article_id_at"),
    )
    op.create_index("ix_dresses_article_id", "dresses", ["article_id"])
    op.create_index("ix_dresses_outlet_id_at", "dresses", ["outlet_id", "at"])
    op.create_table(
        "notices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_notices_outlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_outlet_id", "notices", ["outlet_id"])
