"""Register test servers of bureaus, and which way a planned test goes.

Revision: 0049, after 0048.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speedtest_server",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("path", sa.String(length=32), nullable=False),
        sa.Column("capacity_mbps", sa.Numeric(precision=10, scale=3), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_speedtest_server_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speedtest_server")),
    )
    op.create_index(
        op.f("ix_speedtest_server_organisation_code"),
        "speedtest_server",
        ["organisation_code"],
        unique=False,
    )
    op.add_column(
        "planned_test",
        sa.Column("outside", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("planned_test", "outside")
    op.drop_index(op.f("ix_speedtest_server_organisation_code"), table_name="speedtest_server")
    op.drop_table("speedtest_server")
