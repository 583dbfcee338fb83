"""Keep packed schools, hours of use, and the budgets of projects.

Revision: 0034, after 0033.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "packed_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("every_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packed_time")),
    )
    op.create_table(
        "packed_school",
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("devices", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_packed_school_school_code")
        ),
        sa.PrimaryKeyConstraint("school_code", name=op.f("pk_packed_school")),
    )
    op.create_table(
        "device_usage",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("hours_a_week", sa.Float(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_usage_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_usage_school_code")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_usage")),
    )
    op.create_index(
        op.f("ix_device_usage_school_code"), "device_usage", ["school_code"], unique=False
    )
    op.add_column("budget_entry", sa.Column("order_id", sa.String(length=20), nullable=True))
    op.create_index(op.f("ix_budget_entry_order_id"), "budget_entry", ["order_id"], unique=False)
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE procurement_project ADD COLUMN programme_id VARCHAR(20)"
        " CONSTRAINT fk_procurement_project_programme_id REFERENCES programme (id)"
    )
    op.add_column(
        "procurement_project", sa.Column("budget_category", sa.String(length=32), nullable=True)
    )
    op.create_index(
        op.f("ix_procurement_project_programme_id"),
        "procurement_project",
        ["programme_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_procurement_project_programme_id"), table_name="procurement_project")
    op.drop_column("procurement_project", "budget_category")
    op.drop_column("procurement_project", "programme_id")
    op.drop_index(op.f("ix_budget_entry_order_id"), table_name="budget_entry")
    op.drop_column("budget_entry", "order_id")
    op.drop_index(op.f("ix_device_usage_school_code"), table_name="device_usage")
    op.drop_table("device_usage")
    op.drop_table("packed_school")
    op.drop_table("packed_time")
