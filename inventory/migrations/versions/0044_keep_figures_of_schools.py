"""Keep figures of schools month by month, and their recognitions.

Revision: 0044, after 0042.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recognition",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("programme", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("recognised_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_recognition_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
    )
    op.create_index(
        op.f("ix_recognition_school_code"), "recognition", ["school_code"], unique=False
    )
    op.create_table(
        "school_measure",
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("stand", sa.String(length=16), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_school_measure_school_code")
        ),
        sa.PrimaryKeyConstraint("school_code", "month", "measure", name=op.f("pk_school_measure")),
    )
    op.create_index(
        "ix_school_measure_month_measure", "school_measure", ["month", "measure"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_school_measure_month_measure", table_name="school_measure")
    op.drop_table("school_measure")
    op.drop_index(op.f("ix_recognition_school_code"), table_name="recognition")
    op.drop_table("recognition")
