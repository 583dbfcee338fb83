"""Index devices by what the catalogue calls them.

Revision: 0020, after 0019. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("ix_device_catalogue_id", "device", ["catalogue_id"])


def downgrade() -> None:
    op.drop_index("ix_device_catalogue_id", table_name="device")
