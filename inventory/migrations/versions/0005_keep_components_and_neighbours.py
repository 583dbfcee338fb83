"""Keep components and neighbours.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "component",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("class", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_component_device_id")),
        sa.PrimaryKeyConstraint("device_id", "place", name=op.f("pk_component")),
    )
    op.create_index(op.f("ix_component_serial"), "component", ["serial"], unique=False)
    op.create_table(
        "neighbour",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("local_port", sa.String(length=255), nullable=False),
        sa.Column("remote_name", sa.String(), nullable=True),
        sa.Column("remote_port", sa.String(), nullable=True),
        sa.Column("protocol", sa.String(length=16), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_neighbour_device_id")),
        sa.PrimaryKeyConstraint("device_id", "place", name=op.f("pk_neighbour")),
    )
    op.create_index(op.f("ix_neighbour_remote_name"), "neighbour", ["remote_name"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_neighbour_remote_name"), table_name="neighbour")
    op.drop_table("neighbour")
    op.drop_index(op.f("ix_component_serial"), table_name="component")
    op.drop_table("component")
