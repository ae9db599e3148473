"""${message}."""

import sqlalchemy as sa
from alembic import op

EXACT = sa.Numeric(12, 3).with_variant(sa.String(20), "sqlite")

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
