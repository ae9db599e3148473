"""A grant may follow a reversal: the entries of a person and class form one chain.

SQLite gets the column by ALTER TABLE: rebuilding a table that points at itself fails on its rows,
and would lose its triggers (0002). Going down is refused by the older index where hours were
granted again to the same requirement.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "credit_entry"
ONCE = "uq_credit_entry_once"
FOLLOWS = "uq_credit_entry_follows_id"
POINTS = "fk_credit_entry_follows_id_credit_entry"
CHAIN = ("ck_credit_entry_chain", "follows_id IS NULL OR reverses_id IS NULL")
FIRST = sa.text("reverses_id IS NULL AND follows_id IS NULL")
GRANT = sa.text("reverses_id IS NULL")


def _sqlite():
    return op.get_bind().dialect.name == "sqlite"


def _once(where):
    columns = ["person_id", "class_id", "target"]
    op.create_index(ONCE, TABLE, columns, unique=True, sqlite_where=where, postgresql_where=where)


def upgrade():
    op.drop_index(ONCE, TABLE)
    if _sqlite():
        op.execute(
            f"ALTER TABLE {TABLE} ADD COLUMN follows_id INTEGER "
            f"CONSTRAINT {POINTS} REFERENCES {TABLE} (id) CONSTRAINT {CHAIN[0]} CHECK ({CHAIN[1]})"
        )
    else:
        comment = "the reversal before this grant"
        op.add_column(TABLE, sa.Column("follows_id", sa.BigInteger(), comment=comment))
        op.create_foreign_key(POINTS, TABLE, TABLE, ["follows_id"], ["id"])
        op.create_check_constraint(sa.schema.conv(CHAIN[0]), TABLE, CHAIN[1])
    op.create_index(FOLLOWS, TABLE, ["follows_id"], unique=True)
    _once(FIRST)


def downgrade():
    op.drop_index(ONCE, TABLE)
    op.drop_index(FOLLOWS, TABLE)
    op.drop_column(TABLE, "follows_id")
    _once(GRANT)
