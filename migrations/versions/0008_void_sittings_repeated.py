"""A sitting declared void is held again: a further sitting of the kind, an attempt repeated.

Both tables are rebuilt on SQLite, which drops no UNIQUE otherwise. The new columns may be empty,
so that no row's digest in the trail changes. Going down is refused by the older constraints where
something was repeated.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# table, its new column, what the column says, the UNIQUE it takes the place of
SITTING = ("sitting", "follows_id", "the retake held before this one", ("class_id", "kind"))
ENTRY = (
    "entry",
    "repeats_id",
    "the attempt of a void sitting that this one repeats",
    ("enrolment_id", "attempt_number"),
)
RETAKES = ("ck_sitting_follows", "follows_id IS NULL OR kind = 'retake'")


def _one_of(table, column, name, *values):
    rule = f"{column} IN ({', '.join(repr(value) for value in values)})"
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _to(table, column, other, *, nullable=False):
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.Column(column, ID, sa.ForeignKey(f"{other}.id", name=name), nullable=nullable)


def _index(table, column):
    return sa.Index(f"ix_{table}_{column}", column)


def _unique(table, *columns):
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _sitting(*more):
    """Return the table of sittings as it is known to SQLite, which tells no CHECKs."""
    return sa.Table(
        "sitting",
        sa.MetaData(),
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        _to("sitting", "class_id", "training_class"),
        _to("sitting", "site_id", "site"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("opens_at", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        *(
            _to("sitting", f"{name}_custodian_id", "account", nullable=True)
            for name in ("authority", "site", "reserve")
        ),
        _to("sitting", "scheduled_by_id", "account"),
        sa.Column("scheduled_at", sa.DateTime(), nullable=False),
        sa.Column("ready_at", sa.DateTime()),
        _to("sitting", "opened_by_id", "account", nullable=True),
        sa.Column("opened_at", sa.DateTime()),
        _to("sitting", "closed_by_id", "account", nullable=True),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("handed_over_at", sa.DateTime()),
        sa.Column("handover", sa.JSON()),
        _one_of("sitting", "kind", "sittingkind", "first", "retake"),
        _one_of("sitting", "mode", "sittingmode", "paper", "computer"),
        _one_of(
            "sitting", "state", "sittingstate", "planned", "ready", "open", "closed", "handed_over"
        ),
        _check("sitting", "closed", "(closed_at IS NULL) = (closed_by_id IS NULL)"),
        _check("sitting", "opened", "(opened_at IS NULL) = (opened_by_id IS NULL)"),
        _check("sitting", "window", "ends_at > starts_at AND opens_at <= starts_at"),
        _index("sitting", "class_id"),
        _index("sitting", "site_id"),
        *more,
    )


def _entry(*more):
    """Return the table of entries as it is known to SQLite, which tells no CHECKs."""
    return sa.Table(
        "entry",
        sa.MetaData(),
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        _to("entry", "sitting_id", "sitting"),
        _to("entry", "enrolment_id", "enrolment"),
        _to("entry", "retake_of_id", "entry", nullable=True),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        _to("entry", "room_id", "room"),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.String(30), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("eligibility", sa.JSON(), nullable=False),
        sa.Column("photo", sa.LargeBinary()),
        sa.Column("photo_digest", sa.String(64)),
        _to("entry", "checked_in_by_id", "account", nullable=True),
        sa.Column("checked_in_at", sa.DateTime()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _one_of("entry", "state", "entrystate", "entered", "checked_in", "absent", "disqualified"),
        _check("entry", "retake_of", "(attempt_number = 2) = (retake_of_id IS NOT NULL)"),
        _check("entry", "checked_in", "(checked_in_at IS NULL) = (checked_in_by_id IS NULL)"),
        _check("entry", "one_retake", "attempt_number IN (1, 2)"),
        _unique("entry", "sitting_id", "enrolment_id"),
        _unique("entry", "sitting_id", "room_id", "seat"),
        _unique("entry", "ticket_number"),
        _index("entry", "enrolment_id"),
        _index("entry", "sitting_id"),
        *more,
    )


def _link(table, column):
    return op.f(f"fk_{table}_{column}_{table}")


def _loosen(before, table, column, comment, once, *checks):
    """Let a row point at the one before it, and hold the rule for the first of each chain."""
    name = op.f(f"uq_{table}_{'_'.join(once)}")
    with op.batch_alter_table(table, copy_from=before) as batch_op:
        batch_op.drop_constraint(name, type_="unique")
        batch_op.add_column(sa.Column(column, ID, comment=comment))
        batch_op.create_foreign_key(_link(table, column), table, [column], ["id"])
        for check, rule in checks:
            batch_op.create_check_constraint(op.f(check), rule)
    where = sa.text(f"{column} IS NULL")
    op.create_index(
        f"uq_{table}_once", table, list(once), unique=True,
        sqlite_where=where, postgresql_where=where,
    )  # fmt: skip
    op.create_index(f"uq_{table}_{column}", table, [column], unique=True)


def _tighten(after, table, column, _comment, once, *checks):
    op.drop_index(f"uq_{table}_once", table)
    op.drop_index(f"uq_{table}_{column}", table)
    with op.batch_alter_table(table, copy_from=after) as batch_op:
        for check, _rule in checks:
            batch_op.drop_constraint(op.f(check), type_="check")
        batch_op.drop_constraint(_link(table, column), type_="foreignkey")
        batch_op.drop_column(column)
        batch_op.create_unique_constraint(op.f(f"uq_{table}_{'_'.join(once)}"), list(once))


def upgrade():
    _loosen(_sitting(_unique("sitting", *SITTING[3])), *SITTING, RETAKES)
    _loosen(_entry(_unique("entry", *ENTRY[3])), *ENTRY)


def downgrade():
    follows = _to("sitting", SITTING[1], "sitting", nullable=True)
    repeats = _to("entry", ENTRY[1], "entry", nullable=True)
    _tighten(_entry(repeats), *ENTRY)
    check = sa.CheckConstraint(RETAKES[1], name=op.f(RETAKES[0]))
    _tighten(_sitting(follows, check), *SITTING, RETAKES)
