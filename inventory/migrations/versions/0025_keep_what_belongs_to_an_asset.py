"""Keep steps of devices' lives, fields of one's own and attachments.

Revision: 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("owner_table", sa.String(length=63), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("organisation_code", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name="fk_attachment_organisation_code"
        ),
        sa.ForeignKeyConstraint(["school_code"], ["school.code"], name="fk_attachment_school_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_owner_table_owner_id", "attachment", ["owner_table", "owner_id"])
    op.create_index("ix_attachment_school_code", "attachment", ["school_code"])
    op.create_table(
        "custom_field",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("label_en", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_custom_field")),
    )
    op.create_table(
        "life_step",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=False),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_life_step_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_step")),
    )
    op.create_index("ix_life_step_device_id_at", "life_step", ["device_id", "at"])
    op.add_column(
        "device", sa.Column("custom_fields", sa.String(), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    op.drop_column("device", "custom_fields")
    op.drop_index("ix_life_step_device_id_at", table_name="life_step")
    op.drop_table("life_step")
    op.drop_table("custom_field")
    op.drop_index("ix_attachment_school_code", table_name="attachment")
    op.drop_index("ix_attachment_owner_table_owner_id", table_name="attachment")
    op.drop_table("attachment")
