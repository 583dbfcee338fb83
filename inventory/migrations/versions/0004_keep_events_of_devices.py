"""Keep events of devices.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_event",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_event_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_event_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_event")),
    )
    op.create_index(
        "ix_device_event_device_id_at", "device_event", ["device_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_device_event_school_code"), "device_event", ["school_code"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_device_event_school_code"), table_name="device_event")
    op.drop_index("ix_device_event_device_id_at", table_name="device_event")
    op.drop_table("device_event")
