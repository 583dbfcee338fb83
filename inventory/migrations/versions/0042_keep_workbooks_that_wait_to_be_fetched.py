"""Keep workbooks that wait to be fetched.

Revision: 0042, after 0038. Every step may be done twice.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("export_run"):
        return
    op.create_table(
        "export_run",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export_run"),
    )
    op.create_index("ix_export_run_seen_at", "export_run", ["seen_at"])
    op.create_index("ix_export_run_user_id", "export_run", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_export_run_user_id", table_name="export_run")
    op.drop_index("ix_export_run_seen_at", table_name="export_run")
    op.drop_table("export_run")
