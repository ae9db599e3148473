"""The bank's cases, enemies, numbers and law collections; long work."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(table, column, *, nullable=False):
    """Return a column that points at another table's row."""
    return sa.Column(column, ID, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id():
    return sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True)


# What two people have seen never changes: an edit is a new version.
FIXED = "NEW.content_digest <> OLD.content_digest OR NEW.approved_at IS NULL"


def keep_approved_items(connection):
    if connection.dialect.name == "sqlite":
        connection.execute(
            sa.text(
                "CREATE TRIGGER item_approved_is_fixed BEFORE UPDATE ON item "
                f"WHEN OLD.approved_at IS NOT NULL AND (NEW.content <> OLD.content OR {FIXED}) "
                "BEGIN SELECT RAISE(ABORT, 'an approved item never changes'); END"
            )
        )
        return
    connection.execute(
        sa.text(
            "CREATE FUNCTION exam_item_is_fixed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'an approved item never changes'; END$$"
        )
    )
    connection.execute(
        sa.text(
            "CREATE TRIGGER item_approved_is_fixed BEFORE UPDATE ON item FOR EACH ROW "
            "WHEN (OLD.approved_at IS NOT NULL AND "
            f"(NEW.content::text <> OLD.content::text OR {FIXED})) "
            "EXECUTE FUNCTION exam_item_is_fixed()"
        )
    )


def release_approved_items(connection):
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("DROP TRIGGER IF EXISTS item_approved_is_fixed"))
        return
    connection.execute(sa.text("DROP TRIGGER IF EXISTS item_approved_is_fixed ON item"))
    connection.execute(sa.text("DROP FUNCTION IF EXISTS exam_item_is_fixed()"))


def upgrade():
    op.create_table(
        "job",
        _id(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("account_id", ID, nullable=False, comment="whom it acts for"),
        sa.Column("key", sa.String(80), comment="of the same work"),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "running", "done", "failed",
                name="jobstate", native_enum=False, create_constraint=True, length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("done", sa.Integer(), nullable=False, comment="parts finished"),
        sa.Column(
            "total", sa.Integer(), nullable=False, comment="parts in all, 0 while not known"
        ),
        sa.Column("checkpoint", sa.JSON()),
        sa.Column("outcome", sa.JSON()),
        sa.Column("error", sa.JSON(), comment="{code, facts}"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease"),
        sa.CheckConstraint(
            "(state IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="end"
        ),
        sa.UniqueConstraint("key"),
    )  # fmt: skip
    op.create_index("ix_job_account_id", "job", ["account_id"])
    op.create_index("ix_job_state", "job", ["state"])
    op.create_table(
        "item_enemy",
        _id(),
        _to("organisation", "authority_id"),
        sa.Column("first_code", sa.String(40), nullable=False),
        sa.Column("second_code", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        _to("account", "noted_by_id"),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        _to("account", "lifted_by_id", nullable=True),
        sa.Column("lifted_at", sa.DateTime()),
        sa.UniqueConstraint("authority_id", "first_code", "second_code"),
        sa.CheckConstraint("first_code < second_code", name="order"),
        sa.CheckConstraint("(lifted_by_id IS NULL) = (lifted_at IS NULL)", name="lifting"),
        sa.CheckConstraint("lifted_by_id IS NULL OR lifted_by_id <> noted_by_id", name="four_eyes"),
    )
    op.create_index("ix_item_enemy_authority_id", "item_enemy", ["authority_id"])
    op.create_table(
        "item_statistic",
        _id(),
        _to("item", "item_id"),
        _to("sitting", "sitting_id"),
        sa.Column(
            "counts", sa.JSON(), nullable=False, comment="question_bank.analysis.ItemCounts"
        ),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("item_id", "sitting_id"),
    )
    op.create_index("ix_item_statistic_item_id", "item_statistic", ["item_id"])
    op.create_index("ix_item_statistic_sitting_id", "item_statistic", ["sitting_id"])
    op.create_table(
        "law_collection",
        _id(),
        _to("organisation", "authority_id"),
        sa.Column(
            "sha256", sa.String(64), nullable=False, comment="of the file, kept in the file store"
        ),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column(
            "changed",
            sa.Integer(),
            nullable=False,
            comment="articles that differ from the one before",
        ),
        sa.Column(
            "withheld", sa.Integer(), nullable=False, comment="items that left the pool"
        ),
        sa.Column("reason", sa.String(400), nullable=False),
        _to("account", "imported_by_id"),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_law_collection_authority_id", "law_collection", ["authority_id"])
    for column in (
        sa.Column("set_code", sa.String(40), comment="the case it belongs to"),
        sa.Column(
            "withheld_at",
            sa.DateTime(),
            comment="out of the pool since its article changed; ends with the next version",
        ),
        sa.Column("withheld_reason", sa.String(400)),
    ):
        op.add_column("item", column)
    keep_approved_items(op.get_bind())


def downgrade():
    release_approved_items(op.get_bind())
    for column in ("withheld_reason", "withheld_at", "set_code"):
        op.drop_column("item", column)
    for table in ("law_collection", "item_statistic", "item_enemy", "job"):
        op.drop_table(table)
