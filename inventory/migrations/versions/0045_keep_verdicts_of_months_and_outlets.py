"""Keep verdicts of months, and outlets.

Revision: 0045, after 0039.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outlet",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("circuit", sa.String(length=200), nullable=False),
        sa.Column("down_mbps", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("up_mbps", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name=op.f("fk_outlet_organisation_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet")),
    )
    op.create_index(
        op.f("ix_outlet_organisation_code"), "outlet", ["organisation_code"], unique=False
    )
    op.create_table(
        "month_target_verdict",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("standard", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=48), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.Float(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("provisioned", sa.String(length=20), nullable=False),
        sa.Column("delivered_down", sa.String(length=20), nullable=True),
        sa.Column("delivered_up", sa.String(length=20), nullable=True),
        sa.Column("available", sa.String(length=20), nullable=False),
        sa.Column("contracted_down", sa.Float(), nullable=True),
        sa.Column("contracted_up", sa.Float(), nullable=True),
        sa.Column("median_down", sa.Float(), nullable=True),
        sa.Column("median_up", sa.Float(), nullable=True),
        sa.Column("reached_down", sa.Float(), nullable=True),
        sa.Column("reached_up", sa.Float(), nullable=True),
        sa.Column("tests_down", sa.Integer(), nullable=False),
        sa.Column("tests_up", sa.Integer(), nullable=False),
        sa.Column("passed_down", sa.Integer(), nullable=False),
        sa.Column("passed_up", sa.Integer(), nullable=False),
        sa.Column("notes", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_month_target_verdict_school_code")
        ),
        sa.PrimaryKeyConstraint(
            "month",
            "school_code",
            "standard",
            "version",
            "target",
            name=op.f("pk_month_target_verdict"),
        ),
    )
    op.create_index(
        "ix_month_target_verdict_school_code",
        "month_target_verdict",
        ["school_code", "month"],
        unique=False,
    )
    op.create_table(
        "month_verdict",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("standard", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=48), nullable=False),
        sa.Column("asked", sa.Float(), nullable=True),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("contracted_down", sa.Float(), nullable=True),
        sa.Column("contracted_up", sa.Float(), nullable=True),
        sa.Column("median_down", sa.Float(), nullable=True),
        sa.Column("median_up", sa.Float(), nullable=True),
        sa.Column("reached_down", sa.Float(), nullable=True),
        sa.Column("reached_up", sa.Float(), nullable=True),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("availability", sa.Float(), nullable=True),
        sa.Column("latency", sa.Float(), nullable=True),
        sa.Column("utilisation", sa.Float(), nullable=True),
        sa.Column("notes", sa.String(length=600), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=100), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_month_verdict_school_code")
        ),
        sa.PrimaryKeyConstraint("month", "school_code", name=op.f("pk_month_verdict")),
    )
    op.create_index(
        "ix_month_verdict_school_code", "month_verdict", ["school_code", "month"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_month_verdict_school_code", table_name="month_verdict")
    op.drop_table("month_verdict")
    op.drop_index("ix_month_target_verdict_school_code", table_name="month_target_verdict")
    op.drop_table("month_target_verdict")
    op.drop_index(op.f("ix_outlet_organisation_code"), table_name="outlet")
    op.drop_table("outlet")
