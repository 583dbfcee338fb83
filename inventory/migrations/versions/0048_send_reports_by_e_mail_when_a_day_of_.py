"""Send reports by e-mail when a day of the month has come.

Revision: 0048, after 0047.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_delivery",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_report_delivery_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_report_delivery_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_report_delivery_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_delivery")),
    )
    op.create_index(
        op.f("ix_report_delivery_organisation_code"),
        "report_delivery",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_report_delivery_school_code"), "report_delivery", ["school_code"], unique=False
    )
    op.create_table(
        "report_recipient",
        sa.Column("delivery_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["report_delivery.id"], name=op.f("fk_report_recipient_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_report_recipient_user_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "user_id", name=op.f("pk_report_recipient")),
    )
    op.create_index(
        op.f("ix_report_recipient_user_id"), "report_recipient", ["user_id"], unique=False
    )
    op.create_table(
        "report_sending",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["report_delivery.id"], name=op.f("fk_report_sending_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_report_sending_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sending")),
        sa.UniqueConstraint(
            "delivery_id", "user_id", "period", name="uq_report_sending_delivery_id"
        ),
    )
    op.create_index(
        "ix_report_sending_next_at", "report_sending", ["state", "next_at"], unique=False
    )
    op.create_index(op.f("ix_report_sending_user_id"), "report_sending", ["user_id"], unique=False)
    op.add_column(
        "app_user", sa.Column("email", sa.String(length=254), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("app_user", "email")
    op.drop_index(op.f("ix_report_sending_user_id"), table_name="report_sending")
    op.drop_index("ix_report_sending_next_at", table_name="report_sending")
    op.drop_table("report_sending")
    op.drop_index(op.f("ix_report_recipient_user_id"), table_name="report_recipient")
    op.drop_table("report_recipient")
    op.drop_index(op.f("ix_report_delivery_school_code"), table_name="report_delivery")
    op.drop_index(op.f("ix_report_delivery_organisation_code"), table_name="report_delivery")
    op.drop_table("report_delivery")
