"""The daemon: tags, leases, subscriptions at hubs, and alerts with their outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    """Add what the daemon and its alerts are kept in."""
    op.create_table(
        "tags",
        sa.Column("article_id", KEY, sa.ForeignKey("articles.id", name="fk_tags_article_id"), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "tag", name="pk_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tags_tag", "tags", ["tag"])
    op.create_table(
        "editions",
        sa.Column("article_id", KEY, sa.ForeignKey("articles.id", name="fk_editions_article_id"), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "url", name="pk_editions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_editions_url", "editions", ["url"])
    op.create_table(
        "datings",
        sa.Column("seed_id", KEY, sa.ForeignKey("seeds.id", name="fk_datings_seed_id"), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("pulled", sa.JSON(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("borne_out", sa.Integer(), nullable=False),
        sa.Column("doubted", TIME, nullable=True),
        sa.PrimaryKeyConstraint("seed_id", "url", name="pk_datings"),
    )
    op.create_table(
        "rates",
        sa.Column("outlet_id", KEY, sa.ForeignKey("outlets.id", name="fk_rates_outlet_id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", name="pk_rates"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "alert_rules",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("added", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alert_rules"),
    )
    _outbox()
    op.create_table(
        "subscriptions",
        sa.Column("seed_id", KEY, sa.ForeignKey("seeds.id", name="fk_subscriptions_seed_id"), nullable=False),
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked", TIME, nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("pinged", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try", TIME, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seed_id", name="pk_subscriptions"),
        sa.UniqueConstraint("token", name="uq_subscriptions_token"),
    )


def _outbox() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried", TIME, nullable=True),
        sa.Column("next_try", TIME, nullable=True),
        sa.Column("until", TIME, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("sent", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
    )
    op.create_index("ix_deliveries_state_next_try", "deliveries", ["state", "next_try"])
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("delivery_id", KEY, sa.ForeignKey("deliveries.id", name="fk_alerts_delivery_id"), nullable=True),
        sa.Column("acknowledged", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("rule", "subject", "channel", name="uq_alerts_rule_subject_channel"),
    )
    op.create_index("ix_alerts_at", "alerts", ["at"])
    op.create_index("ix_alerts_delivery_id", "alerts", ["delivery_id"])
    op.create_index("ix_alerts_state_due", "alerts", ["state", "due"])
    op.create_table(
        "snoozes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snoozes"),
    )
