"""Verification for organisations: batches, tokens, pushed changes; work that is not due yet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTCOMES = (
    "valid", "expired", "not-yet-valid", "suspended", "replaced", "revoked", "status-unknown",
    "refused", "not-found", "unreadable", "limited",
)  # fmt: skip


def _to(table, column, *, nullable=False):
    """Return a column that points at another table's row."""
    return sa.Column(column, ID, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id():
    return sa.Column("id", ID, autoincrement=True, nullable=False, primary_key=True)


def _enum(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade():
    op.add_column("job", sa.Column("due_at", sa.DateTime(), comment="not before; empty: at once"))
    op.create_table(
        "verification_batch",
        _id(),
        _to("organisation", "organisation_id"),
        _to("account", "asked_by_id"),
        _to("job", "job_id"),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False, comment="ID numbers masked"),
        sa.Column(
            "sha256", sa.String(64), nullable=False,
            comment="of the file, held until it is removed",
        ),
        sa.Column("counts", sa.JSON(), comment="outcome → rows"),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("file_removed_at", sa.DateTime()),
        sa.Column("rows_removed_at", sa.DateTime()),
    )  # fmt: skip
    op.create_index(
        "ix_verification_batch_organisation_id", "verification_batch", ["organisation_id"]
    )
    op.create_table(
        "verification_row",
        _id(),
        _to("verification_batch", "batch_id"),
        sa.Column("place", sa.Integer(), nullable=False, comment="from 1, in the order of the file"),
        sa.Column("source", sa.String(300), nullable=False, comment="row, or file and page"),
        sa.Column("way", _enum("way", "number", "code"), nullable=False),
        sa.Column("number", sa.String(40), nullable=False, comment="as asked; ID numbers masked"),
        sa.Column("name", sa.String(60), nullable=False, comment="as asked; ID numbers masked"),
        sa.Column("outcome", _enum("outcome", *OUTCOMES), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("stated", sa.JSON(), comment="signed fields that are shown"),
        sa.UniqueConstraint("batch_id", "place"),
    )
    op.create_table(
        "look_up_use",
        _id(),
        _to("organisation", "organisation_id"),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.UniqueConstraint("organisation_id", "on_day"),
    )
    _tokens()
    _messages()


def _tokens():
    op.create_table(
        "api_token",
        _id(),
        _to("organisation", "organisation_id"),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False, comment="SHA-256"),
        sa.Column(
            "tail", sa.String(4), nullable=False, comment="last four characters, to know it again"
        ),
        _to("account", "created_by_id"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime()),
        _to("account", "revoked_by_id", nullable=True),
        sa.Column("revoked_at", sa.DateTime()),
        sa.CheckConstraint("(revoked_by_id IS NULL) = (revoked_at IS NULL)", name="revocation"),
        sa.CheckConstraint("expires_at > created_at", name="dates"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_api_token_organisation_id", "api_token", ["organisation_id"])
    op.create_table(
        "api_answer",
        _id(),
        _to("api_token", "token_id"),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("asked", sa.LargeBinary(32), nullable=False, comment="SHA-256 of the call's body"),
        sa.Column("answer", sa.LargeBinary(), nullable=False, comment="encrypted JSON"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("token_id", "key"),
    )
    op.create_index("ix_api_answer_made_at", "api_answer", ["made_at"])


def _messages():
    op.create_table(
        "webhook",
        _id(),
        _to("organisation", "organisation_id"),
        sa.Column("url", sa.String(400), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="AES-256-GCM, core.crypto"),
        sa.Column("purpose", sa.String(200), nullable=False),
        _to("account", "set_by_id"),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        _to("account", "ended_by_id", nullable=True),
        sa.Column("ended_at", sa.DateTime()),
        sa.CheckConstraint("(ended_by_id IS NULL) = (ended_at IS NULL)", name="ending"),
    )
    op.create_index(
        "uq_webhook_standing",
        "webhook",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "webhook_delivery",
        _id(),
        _to("webhook", "webhook_id"),
        _to("certificate", "certificate_id", nullable=True),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column(
            "body", sa.String(2000), nullable=False, comment="JSON as it is sent and signed"
        ),
        sa.Column(
            "state", _enum("deliverystate", "waiting", "delivered", "failed"), nullable=False
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), comment="HTTP status of the last try"),
        sa.Column("problem", sa.String(40), comment="code of the last failure"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("tried_at", sa.DateTime()),
        sa.Column("next_at", sa.DateTime()),
        sa.Column("finished_at", sa.DateTime()),
        sa.CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finish"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_webhook_delivery_webhook_id", "webhook_delivery", ["webhook_id"])


def downgrade():
    for table in (
        "webhook_delivery",
        "webhook",
        "api_answer",
        "api_token",
        "look_up_use",
        "verification_row",
        "verification_batch",
    ):
        op.drop_table(table)
    op.drop_column("job", "due_at")
