"""Index what happened lately, and keep when agents came back.

Every step may be done twice: this script is no single transaction.

Revision: 0062, after 0060.
"""

import sqlalchemy as sa
from alembic import op

from inventory.migrations.online import create_index

revision = "0062"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = {one["name"] for one in sa.inspect(op.get_bind()).get_columns("agent")}
    if "back_at" not in known:
        op.add_column("agent", sa.Column("back_at", sa.DateTime(timezone=True), nullable=True))
    create_index("ix_device_event_kind_at", "device_event", ("kind", "at"))


def downgrade() -> None:
    op.drop_index("ix_device_event_kind_at", table_name="device_event")
    op.drop_column("agent", "back_at")
