"""What is held of a wording before it is told, what an outlet repeats, and notices about many articles at once."""

import sqlalchemy as sa
from alembic import op

from archive.db import searching

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
        "rereadings",
        sa.Column("article_id", KEY, nullable=False, autoincrement=False),
        sa.Column("extractor", sa.String(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_rereadings"),
    )
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
    _add_kinds()
    _add_search()
    searching.rebuild(op.get_bind())


def _add_kinds() -> None:
    """The kinds of each change in rows of their own; triggers keep them, whoever writes changes."""
    op.create_table(
        "change_kinds",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name="fk_change_kinds_change_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "at", "change_id", name="pk_change_kinds"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_change_kinds_change_id", "change_kinds", ["change_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION keep_change_kinds() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {_FORGET_KINDS}; {_KINDS_OF_NEW} json_array_elements_text(NEW.kinds) AS value; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER keep_change_kinds AFTER INSERT OR UPDATE OF kinds, detected_at ON changes"
            " FOR EACH ROW EXECUTE FUNCTION keep_change_kinds()"
        )
        op.execute(f"{_KINDS_OF_ALL} json_array_elements_text(changes.kinds) AS value")
        return
    # A later migration that makes `changes` anew, as Alembic's batches may, has to make these anew too.
    for name, occasion in (("note", "INSERT"), ("keep", "UPDATE OF kinds, detected_at")):
        op.execute(
            f"CREATE TRIGGER {name}_change_kinds AFTER {occasion} ON changes BEGIN"
            f" {_FORGET_KINDS}; {_KINDS_OF_NEW} json_each(NEW.kinds); END"
        )
    op.execute(f"{_KINDS_OF_ALL} json_each(changes.kinds)")


_FORGET_KINDS = "DELETE FROM change_kinds WHERE change_id = NEW.id"
_NOTE_KINDS = "INSERT INTO change_kinds (kind, at, change_id) SELECT DISTINCT value, {0}.detected_at, {0}.id FROM"
_KINDS_OF_NEW, _KINDS_OF_ALL = _NOTE_KINDS.format("NEW"), _NOTE_KINDS.format("changes") + " changes,"


def _add_search() -> None:
    """What can be searched, and the means of the database to search it (see `archive.db.searching`)."""
    op.create_table(
        "texts",
        sa.Column("id", KEY, nullable=False, autoincrement=False),
        sa.Column("version_id", KEY, nullable=True),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_texts_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
        sa.UniqueConstraint("version_id", name="uq_texts_version_id"),
    )
    op.create_table(
        "edits",
        sa.Column("id", KEY, nullable=False, autoincrement=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("removed_key", sa.Text(), nullable=False),
        sa.Column("added_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_edits_change_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_edits"),
        sa.UniqueConstraint("change_id", name="uq_edits_change_id"),
    )
    connection = op.get_bind()
    means = _PG_TRGM if connection.dialect.name == "postgresql" else _FTS5
    try:
        with connection.begin_nested():
            for statement in means:
                op.execute(statement)
    except sa.exc.DBAPIError:
        pass  # no such means here: keys are read one after another


_AS_IT_STANDS = "columnsize = 0, tokenize = 'trigram case_sensitive 1'"
_FTS5 = [
    f"CREATE VIRTUAL TABLE texts_index USING fts5(key, content = '', {_AS_IT_STANDS})",
    "CREATE VIRTUAL TABLE texts_terms USING fts5vocab(texts_index, row)",
    f"""CREATE VIRTUAL TABLE edits_index
        USING fts5(removed_key, added_key, content = 'edits', content_rowid = 'id', {_AS_IT_STANDS})""",
    """CREATE TRIGGER index_edits AFTER INSERT ON edits BEGIN
        INSERT INTO edits_index (rowid, removed_key, added_key) VALUES (NEW.id, NEW.removed_key, NEW.added_key);
    END""",
    """CREATE TRIGGER unindex_edits AFTER DELETE ON edits BEGIN
        INSERT INTO edits_index (edits_index, rowid, removed_key, added_key)
        VALUES ('delete', OLD.id, OLD.removed_key, OLD.added_key);
    END""",
]
_PG_TRGM = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_texts_key ON texts USING gin (key gin_trgm_ops)",
    "CREATE INDEX ix_edits_keys ON edits USING gin (removed_key gin_trgm_ops, added_key gin_trgm_ops)",
]
