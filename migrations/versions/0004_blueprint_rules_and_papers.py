"""Rules of a blueprint beside its cells; what is said of papers; papers disclosed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(table, column, *, nullable=False):
    """Return a column that points at another table's row."""
    return sa.Column(column, ID, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id():
    return sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True)


def upgrade():
    op.add_column(
        "blueprint",
        sa.Column("rules", sa.JSON(), comment="question_bank.PaperRules; empty: cells alone"),
    )
    op.create_table(
        "paper_remark",
        _id(),
        _to("paper", "paper_id"),
        sa.Column(
            "kind",
            sa.Enum(
                "remark", "answer", "strike",
                name="remarkkind", native_enum=False, create_constraint=True, length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(32), comment="of the item struck out"),
        _to("account", "made_by_id"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(kind = 'strike') = (fingerprint IS NOT NULL)", name="struck"),
        sa.UniqueConstraint("paper_id", "fingerprint"),
    )  # fmt: skip
    op.create_index("ix_paper_remark_paper_id", "paper_remark", ["paper_id"])
    op.create_table(
        "paper_disclosure",
        _id(),
        _to("paper", "paper_id"),
        _to("account", "first_custodian_id"),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column(
            "half",
            sa.LargeBinary(),
            comment="opened share, encrypted under the running server's key; wiped on use",
        ),
        _to("account", "second_custodian_id", nullable=True),
        sa.Column("disclosed_at", sa.DateTime()),
        sa.Column("seed", sa.String(64), comment="in hex, public since it was disclosed"),
        sa.Column("items", sa.JSON(), comment="uids in paper order"),
        sa.CheckConstraint(
            "second_custodian_id IS NULL OR second_custodian_id <> first_custodian_id",
            name="two_custodians",
        ),
        sa.CheckConstraint("(disclosed_at IS NULL) = (seed IS NULL)", name="disclosed"),
        sa.UniqueConstraint("paper_id"),
    )


def downgrade():
    op.drop_table("paper_disclosure")
    op.drop_table("paper_remark")
    op.drop_column("blueprint", "rules")
