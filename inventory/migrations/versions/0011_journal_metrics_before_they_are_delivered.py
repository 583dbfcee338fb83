"""Journal metrics before they are delivered.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metric_journal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "written_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("delivered_to", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_journal")),
    )
    op.create_index(
        "ix_metric_journal_waits",
        "metric_journal",
        ["id"],
        unique=False,
        postgresql_where=sa.text("delivered_to IS NULL AND refusal = ''"),
        sqlite_where=sa.text("delivered_to IS NULL AND refusal = ''"),
    )
    op.create_table(
        "metric_run",
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("epoch", sa.String(length=255), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "epoch", "first", name=op.f("pk_metric_run")),
        # A run grows in place, batch after batch, as long as its page has room.
        postgresql_with={"fillfactor": "50"},
    )
    if op.get_bind().dialect.name == "postgresql":
        # What is compressed already is not worth a second try.
        op.execute("ALTER TABLE metric_journal ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("metric_run")
    op.drop_index(
        "ix_metric_journal_waits",
        table_name="metric_journal",
        postgresql_where=sa.text("delivered_to IS NULL AND refusal = ''"),
        sqlite_where=sa.text("delivered_to IS NULL AND refusal = ''"),
    )
    op.drop_table("metric_journal")
