"""What devices are watched by, where they hang, and what brokers ask for.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _state_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("present_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=True),
        sa.Column("last_present_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attached_device_id", sa.String(length=20), nullable=True),
        sa.Column("attached_port", sa.String(length=255), nullable=True),
        sa.Column("attached_vlan", sa.Integer(), nullable=True),
        sa.Column("attached_since", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    op.create_table(
        "device_mac",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("mac", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_mac_device_id")),
        sa.PrimaryKeyConstraint("device_id", "mac", name=op.f("pk_device_mac")),
    )
    op.create_index(op.f("ix_device_mac_mac"), "device_mac", ["mac"], unique=False)
    # Whatever was the usual port stays the usual one, also if the protocol changes.
    op.add_column("device", sa.Column("service_port", sa.Integer(), nullable=True))
    op.execute("UPDATE device SET service_port = udp_port WHERE udp_port <> 161")
    op.drop_column("device", "udp_port")
    op.add_column(
        "device", sa.Column("ping", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE device ADD COLUMN ssh_credential_id VARCHAR"
        " CONSTRAINT fk_device_ssh_credential_id REFERENCES credential (id)"
    )
    op.add_column("device", sa.Column("ssh_platform", sa.String(), nullable=True))
    op.add_column(
        "device", sa.Column("ssh_port", sa.Integer(), nullable=False, server_default="22")
    )
    for column in _state_columns():
        op.add_column("device_state", column)
    op.create_index(
        op.f("ix_device_state_attached_device_id"),
        "device_state",
        ["attached_device_id"],
        unique=False,
    )
    for name in ("ca", "certificate", "key_secret"):
        op.add_column("broker", sa.Column(name, sa.String(), nullable=True))
    op.add_column(
        "broker",
        sa.Column("discovery_prefix", sa.String(), nullable=False, server_default="homeassistant"),
    )
    op.add_column(
        "broker", sa.Column("announce", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    for name in ("announce", "discovery_prefix", "key_secret", "certificate", "ca"):
        op.drop_column("broker", name)
    op.drop_index(op.f("ix_device_state_attached_device_id"), table_name="device_state")
    for column in reversed(_state_columns()):
        op.drop_column("device_state", column.name)
    op.add_column(
        "device", sa.Column("udp_port", sa.Integer(), nullable=False, server_default="161")
    )
    op.execute("UPDATE device SET udp_port = service_port WHERE service_port IS NOT NULL")
    for name in ("ssh_port", "ssh_platform", "ssh_credential_id", "ping", "service_port"):
        op.drop_column("device", name)
    op.drop_index(op.f("ix_device_mac_mac"), table_name="device_mac")
    op.drop_table("device_mac")
