"""Index what schools have of each kind, for equipment standards.

Revision: 0031, after 0030. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "ix_device_school_code_kind_lifecycle",
        "device",
        ["school_code", "kind", "lifecycle", "is_personal", "room_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_device_school_code_kind_lifecycle", table_name="device")
