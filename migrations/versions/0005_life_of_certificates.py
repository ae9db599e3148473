"""Certificates held up, replaced, cancelled; whole sittings declared void.

The table of certificates is rebuilt on SQLite: one enrolment may now have several, of which one
stands. New columns may be empty, so that no row's digest in the trail changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIRST = ("intended", "valid", "revoked")
STATES = ("intended", "valid", "suspended", "revoked", "replaced", "cancelled")
STANDING = {
    "uq_certificate_standing": ("enrolment_id", "state IN ('valid', 'suspended')"),
    "uq_certificate_intended": ("enrolment_id", "state = 'intended'"),
    "uq_certificate_replaces": ("replaces_id", "state <> 'cancelled'"),
}
SIGNED_BEFORE = "(state = 'intended') = (record IS NULL)"
SIGNED = "(state IN ('intended', 'cancelled')) = (record IS NULL)"
STATE_CHECK, SIGNED_CHECK = "ck_certificate_certificatestate", "ck_certificate_signed_record"


def _to(table, column, *, nullable=False, name=None):
    """Return a column that points at another table's row."""
    return sa.Column(column, ID, sa.ForeignKey(f"{table}.id", name=name), nullable=nullable)


def _one_of(states):
    return f"state IN ({', '.join(repr(state) for state in states)})"


def _certificate(*more):
    """Return the table of certificates as it is known to SQLite, which tells no CHECKs."""
    return sa.Table(
        "certificate",
        sa.MetaData(),
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("result_id", ID, nullable=False),
        sa.Column("authority_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("key_id", sa.String(16)),
        sa.Column("record", sa.LargeBinary()),
        sa.Column("prepared_by_id", ID, nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("signed_by_id", ID),
        sa.Column("signed_at", sa.DateTime()),
        sa.CheckConstraint(
            "(signed_by_id IS NULL) = (signed_at IS NULL)", name=op.f("ck_certificate_signature")
        ),
        sa.CheckConstraint(
            "signed_by_id IS NULL OR signed_by_id <> prepared_by_id",
            name=op.f("ck_certificate_four_eyes"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_certificate_{column}_{table}")
            )
            for column, table in (
                ("authority_id", "organisation"),
                ("enrolment_id", "enrolment"),
                ("prepared_by_id", "account"),
                ("result_id", "result"),
                ("signed_by_id", "account"),
            )
        ),
        sa.UniqueConstraint(
            "authority_id", "year", "serial", name=op.f("uq_certificate_authority_id_year_serial")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint(
            "status_list", "status_index", name=op.f("uq_certificate_status_list_status_index")
        ),
        sa.Index("ix_certificate_authority_id", "authority_id"),
        *more,
    )


def _checks(states, signed):
    return (
        sa.CheckConstraint(_one_of(states), name=op.f(STATE_CHECK)),
        sa.CheckConstraint(signed, name=op.f(SIGNED_CHECK)),
    )


def _uniques():
    return tuple(
        sa.UniqueConstraint(column, name=op.f(f"uq_certificate_{column}"))
        for column in ("enrolment_id", "result_id")
    )


def _change_checks(batch_op, states, signed):
    for name, rule in ((STATE_CHECK, _one_of(states)), (SIGNED_CHECK, signed)):
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), rule)


def _change_certificate():
    before = _certificate(*_checks(FIRST, SIGNED_BEFORE), *_uniques())
    with op.batch_alter_table("certificate", copy_from=before) as batch_op:
        for column in ("enrolment_id", "result_id"):
            batch_op.drop_constraint(op.f(f"uq_certificate_{column}"), type_="unique")
        _change_checks(batch_op, STATES, SIGNED)
        batch_op.add_column(
            sa.Column(
                "replaces_id", ID, comment="the certificate this one was issued for anew"
            )
        )
        batch_op.create_foreign_key(
            op.f("fk_certificate_replaces_id_certificate"), "certificate", ["replaces_id"], ["id"]
        )
    for column in ("enrolment_id", "result_id"):
        op.create_index(f"ix_certificate_{column}", "certificate", [column])
    for name, (column, where) in STANDING.items():
        _one(name, "certificate", column, where)


def _one(name, table, column, where):
    rule = sa.text(where)
    op.create_index(
        name, table, [column], unique=True, sqlite_where=rule, postgresql_where=rule
    )


def _two_persons(table):
    """Return the columns and checks of what one person asks and another decides."""
    return (
        sa.Column("reason", sa.String(400), nullable=False),
        _to("account", "asked_by_id"),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        _to("account", "decided_by_id", nullable=True),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("rejected", sa.Boolean(), comment="true: not carried out; empty otherwise"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id",
            name=op.f(f"ck_{table}_four_eyes"),
        ),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{table}_decision")
        ),
        sa.CheckConstraint(
            "rejected IS NULL OR decided_at IS NOT NULL", name=op.f(f"ck_{table}_rejection")
        ),
    )


def _make_change():
    op.create_table(
        "certificate_change",
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        *_two_persons("certificate_change"),
        _to("certificate", "certificate_id"),
        sa.Column(
            "kind",
            sa.Enum(
                "suspend", "lift", "replace", "correct",
                name="changekind", native_enum=False, create_constraint=True, length=40,
            ),
            nullable=False,
        ),
        _to("certificate", "replacement_id", nullable=True),
        sa.CheckConstraint(
            "replacement_id IS NULL OR (kind IN ('replace', 'correct') "
            "AND decided_at IS NOT NULL AND rejected IS NULL)",
            name=op.f("ck_certificate_change_replacement"),
        ),
        sa.UniqueConstraint("replacement_id"),
    )  # fmt: skip
    op.create_index(
        "ix_certificate_change_certificate_id", "certificate_change", ["certificate_id"]
    )
    _one(
        "uq_certificate_change_open",
        "certificate_change",
        "certificate_id",
        "decided_at IS NULL",
    )


def _make_voiding():
    op.create_table(
        "sitting_voiding",
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        *_two_persons("sitting_voiding"),
        _to("sitting", "sitting_id"),
    )
    op.create_index("ix_sitting_voiding_sitting_id", "sitting_voiding", ["sitting_id"])
    _one("uq_sitting_voiding_standing", "sitting_voiding", "sitting_id", "rejected IS NULL")


def _revocation(*more):
    return sa.Table(
        "revocation",
        sa.MetaData(),
        sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True),
        sa.Column("certificate_id", ID, nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by_id", ID),
        sa.Column("decided_at", sa.DateTime()),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (decided_at IS NULL)", name=op.f("ck_revocation_decision")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id",
            name=op.f("ck_revocation_four_eyes"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_revocation_{column}_{table}")
            )
            for column, table in (
                ("asked_by_id", "account"),
                ("certificate_id", "certificate"),
                ("decided_by_id", "account"),
            )
        ),
        *more,
    )


REJECTION = ("ck_revocation_rejection", "rejected IS NULL OR decided_at IS NOT NULL")
ONCE = "uq_revocation_certificate_id"


def _change_revocation():
    before = _revocation(sa.UniqueConstraint("certificate_id", name=op.f(ONCE)))
    with op.batch_alter_table("revocation", copy_from=before) as batch_op:
        batch_op.drop_constraint(op.f(ONCE), type_="unique")
        batch_op.add_column(
            sa.Column("rejected", sa.Boolean(), comment="true: not carried out; empty otherwise")
        )
        batch_op.create_check_constraint(op.f(REJECTION[0]), REJECTION[1])
    op.create_index("ix_revocation_certificate_id", "revocation", ["certificate_id"])
    _one("uq_revocation_standing", "revocation", "certificate_id", "rejected IS NULL")


def upgrade():
    _change_certificate()
    _change_revocation()
    _make_change()
    _make_voiding()


def downgrade():
    """Go back; refused by the database where an enrolment has had a second certificate."""
    op.drop_table("sitting_voiding")
    op.drop_table("certificate_change")
    op.drop_index("uq_revocation_standing", "revocation")
    op.drop_index("ix_revocation_certificate_id", "revocation")
    after = _revocation(
        sa.Column("rejected", sa.Boolean()),
        sa.CheckConstraint(REJECTION[1], name=op.f(REJECTION[0])),
    )
    with op.batch_alter_table("revocation", copy_from=after) as batch_op:
        batch_op.drop_constraint(op.f(REJECTION[0]), type_="check")
        batch_op.drop_column("rejected")
        batch_op.create_unique_constraint(op.f(ONCE), ["certificate_id"])
    for name in (*STANDING, "ix_certificate_enrolment_id", "ix_certificate_result_id"):
        op.drop_index(name, "certificate")
    replaces = op.f("fk_certificate_replaces_id_certificate")
    after = _certificate(
        sa.Column("replaces_id", ID),
        sa.ForeignKeyConstraint(["replaces_id"], ["certificate.id"], name=replaces),
        *_checks(STATES, SIGNED),
    )
    with op.batch_alter_table("certificate", copy_from=after) as batch_op:
        batch_op.drop_constraint(replaces, type_="foreignkey")
        batch_op.drop_column("replaces_id")
        _change_checks(batch_op, FIRST, SIGNED_BEFORE)
        for column in ("enrolment_id", "result_id"):
            batch_op.create_unique_constraint(op.f(f"uq_certificate_{column}"), [column])
