"""Takedowns: silences, vantage points, outages, siblings that cannot exist, hints and opinions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    """Add what standings are judged by. Columns are added in place: no table is made anew, so triggers stay."""
    op.add_column("fetches", sa.Column("vantage", sa.String(), nullable=False, server_default=""))
    op.add_column("articles", sa.Column("noindex", sa.Boolean(), nullable=True))
    op.add_column("articles", sa.Column("moved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("articles", sa.Column("away", TIME, nullable=True))
    op.add_column("articles", sa.Column("last_miss", TIME, nullable=True))
    op.create_index("ix_fetches_outlet_id_presence_began", "fetches", ["outlet_id", "presence", "began"])
    redirected = sa.text("hop_of IS NOT NULL")
    op.create_index(
        "ix_fetches_hop_of", "fetches", ["hop_of"], sqlite_where=redirected, postgresql_where=redirected
    )
    op.add_column("articles", sa.Column("silence", sa.String(), nullable=False, server_default=""))
    op.add_column("articles", sa.Column("silences", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("articles", sa.Column("first_silence", TIME, nullable=True))
    op.add_column("articles", sa.Column("last_presence", sa.String(), nullable=False, server_default=""))
    op.add_column("articles", sa.Column("last_sighting", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_articles_standing_since", "articles", ["standing", "since"])
    _add_outages()
    _add_siblings()
    _add_hints()


def _add_outages() -> None:
    op.create_table(
        "outages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("began", TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("told", TIME, nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("mass", sa.Boolean(), nullable=False),
        sa.Column("mixed", TIME, nullable=True),
        sa.Column("last_good", TIME, nullable=True),
        sa.Column("offline", TIME, nullable=True),
        sa.Column("ended", TIME, nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_outages_outlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outages"),
        sa.UniqueConstraint("outlet_id", "began", name="uq_outages_outlet_id_began"),
    )
    op.create_index("ix_outages_outlet_id", "outages", ["outlet_id"])
    with op.batch_alter_table("standings") as batch:
        batch.add_column(sa.Column("outage_id", KEY, nullable=True))
        batch.add_column(sa.Column("flap", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key("fk_standings_outage_id", "outages", ["outage_id"], ["id"])
    op.create_index("ix_standings_outage_id", "standings", ["outage_id"])


def _add_siblings() -> None:
    op.create_table(
        "siblings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet_id", KEY, nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("fetch_id", KEY, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("final_url", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name="fk_siblings_outlet_id"),
        sa.ForeignKeyConstraint(["fetch_id"], ["fetches.id"], name="fk_siblings_fetch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_siblings"),
        sa.UniqueConstraint("outlet_id", "shape", "at", name="uq_siblings_outlet_id_shape_at"),
    )


def _add_hints() -> None:
    op.create_table(
        "hints",
        sa.Column("id", KEY, nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ended", TIME, nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_hints_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hints"),
        sa.UniqueConstraint("article_id", "kind", "at", name="uq_hints_article_id_kind_at"),
    )
    op.create_index("ix_hints_article_id", "hints", ["article_id"])
    op.create_index("ix_hints_at", "hints", ["at"])
    op.create_table(
        "listings",
        sa.Column("seed_id", KEY, nullable=False, autoincrement=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["seed_id"], ["seeds.id"], name="fk_listings_seed_id"),
        sa.PrimaryKeyConstraint("seed_id", name="pk_listings"),
    )
    op.create_table(
        "opinions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("fetch_id", KEY, nullable=False),
        sa.Column("archive", sa.String(), nullable=False),
        sa.Column("last_seen", TIME, nullable=True),
        sa.Column("memento", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_opinions_article_id"),
        sa.ForeignKeyConstraint(["fetch_id"], ["fetches.id"], name="fk_opinions_fetch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opinions"),
        sa.UniqueConstraint("article_id", "at", name="uq_opinions_article_id_at"),
    )
    op.create_index("ix_opinions_article_id", "opinions", ["article_id"])
