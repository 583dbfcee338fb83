"""Index lists of devices by vendor, warranty, purchase, and those out of service.

Revision: 0030, after 0029b. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0030"
down_revision = "0029b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("ix_device_vendor_name_id", "device", ["vendor", "name", "id"])
    for column in ("warranty_until", "purchased_on"):
        create_index(
            f"ix_device_{column}_name_id",
            "device",
            [column, "name", "id"],
            where=f"{column} IS NOT NULL",
        )
    create_index(
        "ix_device_out_of_service",
        "device",
        ["lifecycle", "name", "id"],
        where="lifecycle <> 'in_service'",
    )


def downgrade() -> None:
    for name in ("vendor_name_id", "warranty_until_name_id", "purchased_on_name_id"):
        op.drop_index(f"ix_device_{name}", table_name="device")
    op.drop_index("ix_device_out_of_service", table_name="device")
