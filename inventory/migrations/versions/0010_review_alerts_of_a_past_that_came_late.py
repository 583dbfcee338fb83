"""Review alerts of a past that came late.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_review",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_review_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_review")),
    )
    op.create_index(
        op.f("ix_device_review_marked_at"), "device_review", ["marked_at"], unique=False
    )
    op.add_column(
        "agent",
        sa.Column("spool_dropped_readings", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "agent", sa.Column("spool_fault", sa.String(length=32), nullable=False, server_default="")
    )
    op.add_column(
        "agent", sa.Column("spool_set_aside", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("agent", sa.Column("status_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("agent", "status_at")
    op.drop_column("agent", "spool_set_aside")
    op.drop_column("agent", "spool_fault")
    op.drop_column("agent", "spool_dropped_readings")
    op.drop_index(op.f("ix_device_review_marked_at"), table_name="device_review")
    op.drop_table("device_review")
