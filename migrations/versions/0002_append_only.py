"""Rows that are only ever added: the trail, custody, credits, saved answers, reviews.

A later migration that alters one of these tables in batch mode rebuilds it on SQLite and must
put its triggers back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "access_event",
    "audit_checkpoint",
    "audit_entry",
    "credit_entry",
    "custody_entry",
    "item_review",
    "response_event",
)
HEADS = ("audit_head",)  # moves on with each entry, is never deleted


def append_only(connection, tables, operations=("UPDATE", "DELETE")):
    if connection.dialect.name == "sqlite":
        for table in tables:
            for operation in operations:
                connection.execute(
                    sa.text(
                        f"CREATE TRIGGER {table}_no_{operation.lower()} "
                        f"BEFORE {operation} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )
                )
        return
    connection.execute(
        sa.text(
            "CREATE OR REPLACE FUNCTION exam_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END$$"
        )
    )
    for table in tables:
        events = " OR ".join((*operations, "TRUNCATE"))
        connection.execute(
            sa.text(
                f"CREATE TRIGGER {table}_append_only BEFORE {events} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION exam_append_only()"
            )
        )


def not_append_only(connection, tables, operations=("UPDATE", "DELETE")):
    for table in tables:
        if connection.dialect.name == "sqlite":
            for operation in operations:
                connection.execute(
                    sa.text(f"DROP TRIGGER IF EXISTS {table}_no_{operation.lower()}")
                )
        else:
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))


def upgrade():
    connection = op.get_bind()
    append_only(connection, TABLES)
    append_only(connection, HEADS, operations=("DELETE",))


def downgrade():
    connection = op.get_bind()
    not_append_only(connection, TABLES)
    not_append_only(connection, HEADS, operations=("DELETE",))
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("DROP FUNCTION IF EXISTS exam_append_only()"))
