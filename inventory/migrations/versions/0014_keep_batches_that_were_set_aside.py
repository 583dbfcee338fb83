"""Keep batches that were set aside.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantined_batch",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("agent_id", sa.String(length=20), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_part", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_quarantined_batch_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_batch")),
    )
    op.create_index(
        op.f("ix_quarantined_batch_agent_id"), "quarantined_batch", ["agent_id"], unique=False
    )
    op.create_index(
        op.f("ix_quarantined_batch_kept_at"), "quarantined_batch", ["kept_at"], unique=False
    )
    op.create_table(
        "quarantined_body",
        sa.Column("batch_id", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["quarantined_batch.id"], name=op.f("fk_quarantined_body_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_quarantined_body")),
    )


def downgrade() -> None:
    op.drop_table("quarantined_body")
    op.drop_index(op.f("ix_quarantined_batch_kept_at"), table_name="quarantined_batch")
    op.drop_index(op.f("ix_quarantined_batch_agent_id"), table_name="quarantined_batch")
    op.drop_table("quarantined_batch")
