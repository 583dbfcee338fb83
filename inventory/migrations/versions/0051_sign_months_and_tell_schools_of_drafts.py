"""Say which report signed a month, what its paper bears, and tell schools of drafts.

Revision: 0051, after 0049.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition_notice",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_notice_edition_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_edition_notice_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_notice")),
        sa.UniqueConstraint("edition_id", "round", "user_id", name="uq_edition_notice_edition_id"),
    )
    op.create_index(
        "ix_edition_notice_next_at", "edition_notice", ["state", "next_at"], unique=False
    )
    op.create_index(op.f("ix_edition_notice_user_id"), "edition_notice", ["user_id"], unique=False)
    op.add_column("month_verdict", sa.Column("edition_id", sa.String(length=20), nullable=True))
    # What a report has frozen waits for no late batch.
    op.execute("UPDATE month_verdict SET is_final = true WHERE frozen_at IS NOT NULL")
    for name, length in (("copies_to", 1000), ("printed_by", 200)):
        op.add_column(
            "report_edition",
            sa.Column(name, sa.String(length=length), server_default="", nullable=False),
        )
    op.add_column(
        "report_edition",
        sa.Column("tells_amounts", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    for name in ("tells_amounts", "printed_by", "copies_to"):
        op.drop_column("report_edition", name)
    op.drop_column("month_verdict", "edition_id")
    op.drop_index(op.f("ix_edition_notice_user_id"), table_name="edition_notice")
    op.drop_index("ix_edition_notice_next_at", table_name="edition_notice")
    op.drop_table("edition_notice")
