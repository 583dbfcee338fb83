"""Index lists of a city: devices of a kind, worst first, and devices by when they changed.

Revision: 0018, after 0017. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "ix_device_kind_status_rank_name_id", "device", ["kind", "status_rank", "name", "id"]
    )
    create_index("ix_device_state_since_device_id", "device_state", ["since", "device_id"])


def downgrade() -> None:
    op.drop_index("ix_device_state_since_device_id", table_name="device_state")
    op.drop_index("ix_device_kind_status_rank_name_id", table_name="device")
