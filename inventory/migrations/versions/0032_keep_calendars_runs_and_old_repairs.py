"""Keep calendars, runs of imports, and numbers and costs of old repairs.

Revision: 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("upload_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("choices", sa.String(), nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_seen_at"), "import_run", ["seen_at"], unique=False)
    op.create_index(op.f("ix_import_run_user_id"), "import_run", ["user_id"], unique=False)
    op.create_table(
        "calendar_entry",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_calendar_entry_one_owner"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_calendar_entry_forwards")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_calendar_entry_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_calendar_entry_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entry")),
    )
    op.create_index("ix_calendar_entry_last_day", "calendar_entry", ["last_day"], unique=False)
    op.create_index(
        op.f("ix_calendar_entry_organisation_code"),
        "calendar_entry",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calendar_entry_school_code"), "calendar_entry", ["school_code"], unique=False
    )
    op.add_column("ticket", sa.Column("record_number", sa.String(length=64), nullable=True))
    op.add_column("ticket", sa.Column("cost_cny", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "cost_cny")
    op.drop_column("ticket", "record_number")
    op.drop_index(op.f("ix_calendar_entry_school_code"), table_name="calendar_entry")
    op.drop_index(op.f("ix_calendar_entry_organisation_code"), table_name="calendar_entry")
    op.drop_index("ix_calendar_entry_last_day", table_name="calendar_entry")
    op.drop_table("calendar_entry")
    op.drop_index(op.f("ix_import_run_user_id"), table_name="import_run")
    op.drop_index(op.f("ix_import_run_seen_at"), table_name="import_run")
    op.drop_table("import_run")
