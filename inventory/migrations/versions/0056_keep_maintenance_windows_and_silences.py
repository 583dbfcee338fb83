"""Keep maintenance windows and silences.

Revision: 0056, after 0055.
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maintenance_window",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("room_id", sa.String(length=20), nullable=True),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("entered_by", sa.String(length=100), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_maintenance_window_one_place"),
        ),
        sa.CheckConstraint(
            "begins_at < ends_at", name=op.f("ck_maintenance_window_window_forwards")
        ),
        sa.CheckConstraint(
            "room_id IS NULL OR device_id IS NULL",
            name=op.f("ck_maintenance_window_room_or_device"),
        ),
        sa.CheckConstraint(
            "school_code IS NOT NULL OR (room_id IS NULL AND device_id IS NULL)",
            name=op.f("ck_maintenance_window_parts_of_a_school"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_maintenance_window_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_maintenance_window_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_maintenance_window_room_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_maintenance_window_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_window")),
    )
    op.create_index(
        op.f("ix_maintenance_window_device_id"), "maintenance_window", ["device_id"], unique=False
    )
    op.create_index(
        op.f("ix_maintenance_window_ends_at"), "maintenance_window", ["ends_at"], unique=False
    )
    op.create_index(
        op.f("ix_maintenance_window_organisation_code"),
        "maintenance_window",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_maintenance_window_room_id"), "maintenance_window", ["room_id"], unique=False
    )
    op.create_index(
        op.f("ix_maintenance_window_school_code"),
        "maintenance_window",
        ["school_code"],
        unique=False,
    )
    op.create_table(
        "silence",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("line_id", sa.String(length=20), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("entered_by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_silence_silence_forwards")),
        sa.CheckConstraint(
            "device_id IS NULL OR line_id IS NULL", name=op.f("ck_silence_device_or_line")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_silence_device_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_silence_line_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_silence_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_device_id"), "silence", ["device_id"], unique=False)
    op.create_index(op.f("ix_silence_ends_at"), "silence", ["ends_at"], unique=False)
    op.create_index(op.f("ix_silence_line_id"), "silence", ["line_id"], unique=False)
    op.create_index(op.f("ix_silence_school_code"), "silence", ["school_code"], unique=False)
    op.add_column(
        "alert",
        sa.Column("acknowledged_text", sa.String(length=500), server_default="", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("alert", "acknowledged_text")
    op.drop_index(op.f("ix_silence_school_code"), table_name="silence")
    op.drop_index(op.f("ix_silence_line_id"), table_name="silence")
    op.drop_index(op.f("ix_silence_ends_at"), table_name="silence")
    op.drop_index(op.f("ix_silence_device_id"), table_name="silence")
    op.drop_table("silence")
    op.drop_index(op.f("ix_maintenance_window_school_code"), table_name="maintenance_window")
    op.drop_index(op.f("ix_maintenance_window_room_id"), table_name="maintenance_window")
    op.drop_index(op.f("ix_maintenance_window_organisation_code"), table_name="maintenance_window")
    op.drop_index(op.f("ix_maintenance_window_ends_at"), table_name="maintenance_window")
    op.drop_index(op.f("ix_maintenance_window_device_id"), table_name="maintenance_window")
    op.drop_table("maintenance_window")
