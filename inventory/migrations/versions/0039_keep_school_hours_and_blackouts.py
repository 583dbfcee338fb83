"""Keep school hours and blackouts.

Revision: 0039, after 0043.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_blackout",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("entered_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("begins_at", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_calendar_blackout_one_owner"),
        ),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_calendar_blackout_hours_forwards")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_calendar_blackout_forwards")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_calendar_blackout_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_calendar_blackout_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_blackout")),
    )
    op.create_index(
        "ix_calendar_blackout_last_day", "calendar_blackout", ["last_day"], unique=False
    )
    op.create_index(
        op.f("ix_calendar_blackout_organisation_code"),
        "calendar_blackout",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calendar_blackout_school_code"), "calendar_blackout", ["school_code"], unique=False
    )
    op.create_table(
        "calendar_hours",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("entered_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("lessons", sa.String(), nullable=True),
        sa.Column("evenings", sa.String(), nullable=True),
        sa.Column("boards", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_calendar_hours_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_calendar_hours_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_calendar_hours_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_hours")),
    )
    op.create_index(
        op.f("ix_calendar_hours_organisation_code"),
        "calendar_hours",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calendar_hours_school_code"), "calendar_hours", ["school_code"], unique=False
    )
    op.add_column("calendar_entry", sa.Column("stage", sa.String(length=32), nullable=True))
    op.add_column(
        "calendar_entry",
        sa.Column("entered_by", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column(
        "calendar_entry", sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "calendar_entry", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("calendar_entry", sa.Column("previous", sa.String(), nullable=True))
    op.add_column(
        "calendar_entry",
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.add_column("calendar_entry", sa.Column("follows", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("calendar_entry", "follows")
    op.drop_column("calendar_entry", "revision")
    op.drop_column("calendar_entry", "previous")
    op.drop_column("calendar_entry", "removed_at")
    op.drop_column("calendar_entry", "entered_at")
    op.drop_column("calendar_entry", "entered_by")
    op.drop_column("calendar_entry", "stage")
    op.drop_index(op.f("ix_calendar_hours_school_code"), table_name="calendar_hours")
    op.drop_index(op.f("ix_calendar_hours_organisation_code"), table_name="calendar_hours")
    op.drop_table("calendar_hours")
    op.drop_index(op.f("ix_calendar_blackout_school_code"), table_name="calendar_blackout")
    op.drop_index(op.f("ix_calendar_blackout_organisation_code"), table_name="calendar_blackout")
    op.drop_index("ix_calendar_blackout_last_day", table_name="calendar_blackout")
    op.drop_table("calendar_blackout")
